package interop;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.apache.iceberg.CombinedScanTask;
import org.apache.iceberg.DeleteFile;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.ScanTaskParser;
import org.apache.iceberg.Table;
import org.apache.iceberg.TableProperties;
import org.apache.iceberg.TableScan;
import org.apache.iceberg.data.InteropReader;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.expressions.And;
import org.apache.iceberg.expressions.Bound;
import org.apache.iceberg.expressions.BoundPredicate;
import org.apache.iceberg.expressions.BoundTransform;
import org.apache.iceberg.expressions.Expression;
import org.apache.iceberg.expressions.Expressions;
import org.apache.iceberg.expressions.Or;
import org.apache.iceberg.expressions.UnboundPredicate;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.metrics.InMemoryMetricsReporter;
import org.apache.iceberg.metrics.ScanReportParser;
import org.apache.iceberg.rest.PlanStatus;
import org.apache.iceberg.rest.responses.PlanTableScanResponse;
import org.apache.iceberg.rest.responses.PlanTableScanResponseParser;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.Types;

/**
 * Plans in Iceberg's own JSON: {metadata, filter?, split?} plans, {metadata, tasks: [text]} or {metadata, plan: text}
 * takes tasks or a REST answer that somebody else wrote.
 */
final class Plans {
  private Plans() {}

  /** Each task as ScanTaskParser prints it. */
  static List<String> toJson(Table table, JsonNode request) throws Exception {
    List<String> out = new ArrayList<>();
    for (FileScanTask task : tasks(table, request)) out.add(ScanTaskParser.toJson(task));
    return out;
  }

  /** The plan as a REST catalog answers planTableScan. */
  static String planToJson(Table table, JsonNode request) throws Exception {
    List<FileScanTask> tasks = tasks(table, request);
    Map<String, DeleteFile> deletes = new LinkedHashMap<>();
    for (FileScanTask task : tasks) for (DeleteFile file : task.deletes()) deletes.put(file.contentOffset() + file.location(), file);
    return PlanTableScanResponseParser.toJson(
        PlanTableScanResponse.builder()
            .withPlanStatus(PlanStatus.COMPLETED)
            .withPlanId("plan")
            .withFileScanTasks(tasks)
            .withDeleteFiles(new ArrayList<>(deletes.values()))
            .withSpecsById(table.specs())
            .build());
  }

  /** What a task says, as one JSON object. */
  static List<String> tell(Table table, JsonNode request) throws Exception {
    List<String> out = new ArrayList<>();
    for (FileScanTask task : tasks(table, request)) {
      ObjectNode row = Canonical.mapper().createObjectNode();
      PartitionSpec spec = task.spec();
      row.set("file", Views.fileRow(spec, task.file()));
      row.put("first_row_id", task.file().firstRowId());
      row.put("start", task.start());
      row.put("length", task.length());
      TreeSet<String> deletes = new TreeSet<>();
      for (DeleteFile file : task.deletes()) {
        ObjectNode told = Views.fileRow(table.specs().get(file.specId()), file);
        told.put("referenced_data_file", file.referencedDataFile());
        told.put("content_offset", file.contentOffset());
        told.put("content_size", file.contentSizeInBytes());
        deletes.add(told.toString());
      }
      ArrayNode list = row.putArray("deletes");
      for (String text : deletes) list.add(Canonical.mapper().readTree(text));
      ArrayNode residual = row.putArray("residual");
      for (String text : conjuncts(task.residual(), table.schema().asStruct())) residual.add(text);
      out.add(row.toString());
    }
    return out;
  }

  /** The rows of the tasks, by Iceberg's generic reader: deletes applied, residuals checked. */
  static List<String> read(Table table, JsonNode request) throws Exception {
    Types.StructType type = table.schema().asStruct();
    List<String> out = new ArrayList<>();
    for (FileScanTask task : tasks(table, request)) {
      try (CloseableIterable<Record> rows = InteropReader.open(table, task)) {
        for (Record row : rows) out.add(Canonical.row(type, Oracle.chosen(table.schema(), row)));
      }
    }
    return out;
  }

  /** The report of a scan. */
  static String report(Table table, JsonNode request) throws Exception {
    InMemoryMetricsReporter reporter = new InMemoryMetricsReporter();
    TableScan scan = table.newScan().filter(Filters.of(request.get("filter"), table.schema())).metricsReporter(reporter);
    try (CloseableIterable<FileScanTask> files = scan.planFiles()) {
      files.forEach(task -> {});
    }
    return ScanReportParser.toJson(reporter.scanReport());
  }

  private static List<FileScanTask> tasks(Table table, JsonNode request) throws Exception {
    List<FileScanTask> out = new ArrayList<>();
    if (request.has("tasks")) {
      for (JsonNode text : request.get("tasks")) out.add(ScanTaskParser.fromJson(text.asText(), true));
      return out;
    }
    if (request.has("plan")) {
      JsonNode plan = Canonical.mapper().readTree(request.get("plan").asText());
      List<FileScanTask> read = PlanTableScanResponseParser.fromJson(plan, table.specs(), true).fileScanTasks();
      return read == null ? out : read;
    }
    TableScan scan = table.newScan().includeColumnStats().filter(Filters.of(request.get("filter"), table.schema()));
    if (request.hasNonNull("split")) {
      scan = scan.option(TableProperties.SPLIT_SIZE, request.get("split").asText()).option(TableProperties.SPLIT_OPEN_FILE_COST, "0");
      try (CloseableIterable<CombinedScanTask> groups = scan.planTasks()) {
        for (CombinedScanTask group : groups) out.addAll(group.files());
      }
    } else {
      try (CloseableIterable<FileScanTask> files = scan.planFiles()) {
        for (FileScanTask task : files) out.add(task);
      }
    }
    return out;
  }

  /** Each operand of the residual's AND in one exact form: bound, nothing of how it was written left. */
  private static TreeSet<String> conjuncts(Expression residual, Types.StructType type) {
    TreeSet<String> out = new TreeSet<>();
    Expression positive = Expressions.rewriteNot(residual);
    if (positive instanceof And and) {
      out.addAll(conjuncts(and.left(), type));
      out.addAll(conjuncts(and.right(), type));
    } else {
      String text = text(positive, type);
      if (!text.equals("true")) out.add(text);
    }
    return out;
  }

  private static String text(Expression expression, Types.StructType type) {
    if (expression instanceof And) return "and" + conjuncts(expression, type);
    if (expression instanceof Or) {
      TreeSet<String> parts = new TreeSet<>();
      disjuncts(expression, type, parts);
      return "or" + parts;
    }
    if (expression instanceof UnboundPredicate<?> predicate) return text(predicate.bind(type, true), type);
    if (!(expression instanceof BoundPredicate<?> predicate)) return expression.toString();
    String term = term(predicate.term());
    Type literal = predicate.term().type();
    String op = predicate.op().toString().toLowerCase().replace('_', '-');
    if (predicate.isLiteralPredicate()) {
      return op + "(" + term + ", " + value(literal, predicate.asLiteralPredicate().literal().value()) + ")";
    }
    if (predicate.isSetPredicate()) {
      TreeSet<String> values = new TreeSet<>();
      for (Object value : predicate.asSetPredicate().literalSet()) values.add(value(literal, value));
      return op + "(" + term + ", " + values + ")";
    }
    return op + "(" + term + ")";
  }

  /** Numbers with a fraction by their bits: languages print them in different ways. */
  private static String value(Type type, Object value) {
    if (value instanceof Float number) return String.format("%08x", Float.floatToIntBits(number));
    if (value instanceof Double number) return String.format("%016x", Double.doubleToLongBits(number));
    return Canonical.value(type, value).toString();
  }

  private static void disjuncts(Expression expression, Types.StructType type, TreeSet<String> out) {
    if (expression instanceof Or or) {
      disjuncts(or.left(), type, out);
      disjuncts(or.right(), type, out);
    } else {
      out.add(text(expression, type));
    }
  }

  private static String term(Bound<?> term) {
    String id = "#" + term.ref().fieldId();
    return term instanceof BoundTransform<?, ?> transform ? transform.transform() + "(" + id + ")" : id;
  }
}
