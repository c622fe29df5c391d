package interop;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import org.apache.iceberg.Schema;
import org.apache.iceberg.expressions.Expression;
import org.apache.iceberg.expressions.Expressions;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.Types;

/** Iceberg expressions from {op, column, literals}, {and|or: [...]} and {not: ...}. */
final class Filters {
  private Filters() {}

  static Expression of(JsonNode node, Schema schema) {
    if (node == null || node.isNull()) return Expressions.alwaysTrue();
    if (node.has("and")) {
      Expression out = Expressions.alwaysTrue();
      for (JsonNode part : node.get("and")) out = Expressions.and(out, of(part, schema));
      return out;
    }
    if (node.has("or")) {
      Expression out = Expressions.alwaysFalse();
      for (JsonNode part : node.get("or")) out = Expressions.or(out, of(part, schema));
      return out;
    }
    if (node.has("not")) return Expressions.not(of(node.get("not"), schema));
    String op = node.get("op").asText();
    String column = node.get("column").asText();
    switch (op) {
      case "is-null":
        return Expressions.isNull(column);
      case "not-null":
        return Expressions.notNull(column);
      case "is-nan":
        return Expressions.isNaN(column);
      case "not-nan":
        return Expressions.notNaN(column);
      default:
        return compared(op, column, node.get("literals"), schema);
    }
  }

  private static Expression compared(String op, String column, JsonNode literals, Schema schema) {
    Types.NestedField field = schema.findField(column);
    if (field == null) throw new IllegalArgumentException("No column " + column);
    Type type = field.type();
    List<Object> values = new ArrayList<>();
    for (JsonNode literal : literals) values.add(Canonical.literal(type, literal));
    Object first = values.get(0);
    switch (op) {
      case "eq":
        return Expressions.equal(column, first);
      case "not-eq":
        return Expressions.notEqual(column, first);
      case "lt":
        return Expressions.lessThan(column, first);
      case "lt-eq":
        return Expressions.lessThanOrEqual(column, first);
      case "gt":
        return Expressions.greaterThan(column, first);
      case "gt-eq":
        return Expressions.greaterThanOrEqual(column, first);
      case "in":
        return known(column, Expressions.in(column, values));
      case "not-in":
        return known(column, Expressions.notIn(column, values));
      case "starts-with":
        return Expressions.startsWith(column, (String) first);
      case "not-starts-with":
        return known(column, Expressions.notStartsWith(column, (String) first));
      default:
        throw new IllegalArgumentException("No operator " + op);
    }
  }

  /** Java's row evaluator throws NullPointerException when these three meet a null string. */
  private static Expression known(String column, Expression expression) {
    return Expressions.and(Expressions.notNull(column), expression);
  }
}
