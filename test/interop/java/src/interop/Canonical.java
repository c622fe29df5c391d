package interop;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.apache.iceberg.StructLike;
import org.apache.iceberg.data.GenericRecord;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.Types;
import org.apache.iceberg.util.DateTimeUtil;

/** Canonical JSON rows (decision 13) from Iceberg's generic records, and back. */
final class Canonical {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final LocalDateTime EPOCH = LocalDateTime.ofEpochSecond(0, 0, ZoneOffset.UTC);
  private static final HexFormat HEX = HexFormat.of();

  private Canonical() {}

  static String row(Types.StructType type, StructLike row) {
    return struct(type, row).toString();
  }

  static ObjectNode struct(Types.StructType type, StructLike row) {
    ObjectNode out = JSON.objectNode();
    List<Types.NestedField> fields = type.fields();
    for (int i = 0; i < fields.size(); i++) {
      out.set(fields.get(i).name(), value(fields.get(i).type(), row.get(i, Object.class)));
    }
    return out;
  }

  /** A value held either as a generic record holds it (java.time) or internally (days, micros, nanos). */
  static JsonNode value(Type type, Object v) {
    if (v == null) return JSON.nullNode();
    switch (type.typeId()) {
      case BOOLEAN:
        return JSON.booleanNode((Boolean) v);
      case INTEGER:
        return JSON.numberNode((Integer) v);
      case LONG:
        return JSON.numberNode((Long) v);
      case FLOAT:
        return floating(((Float) v).doubleValue());
      case DOUBLE:
        return floating((Double) v);
      case DATE:
        return JSON.textNode(date(v instanceof Integer days ? LocalDate.ofEpochDay(days) : (LocalDate) v));
      case TIME:
        return JSON.textNode(time(v instanceof Long micros ? DateTimeUtil.timeFromMicros(micros) : (LocalTime) v, 6));
      case TIMESTAMP:
        return JSON.textNode(timestamp(v, 1_000L, 6) + (((Types.TimestampType) type).shouldAdjustToUTC() ? "Z" : ""));
      case TIMESTAMP_NANO:
        return JSON.textNode(timestamp(v, 1L, 9) + (((Types.TimestampNanoType) type).shouldAdjustToUTC() ? "Z" : ""));
      case STRING:
        return JSON.textNode(v.toString());
      case UUID:
        return JSON.textNode(v.toString());
      case FIXED:
        return JSON.textNode(v instanceof ByteBuffer b ? hex(b) : HEX.formatHex((byte[]) v));
      case BINARY:
      case GEOMETRY:
      case GEOGRAPHY:
        return JSON.textNode(hex((ByteBuffer) v));
      case DECIMAL:
        return JSON.textNode(((BigDecimal) v).toPlainString());
      case STRUCT:
        return struct(type.asStructType(), (StructLike) v);
      case LIST: {
        ArrayNode out = JSON.arrayNode();
        for (Object item : (List<?>) v) out.add(value(type.asListType().elementType(), item));
        return out;
      }
      case MAP: {
        TreeMap<String, JsonNode> sorted = new TreeMap<>();
        for (Map.Entry<?, ?> e : ((Map<?, ?>) v).entrySet()) {
          ArrayNode pair = JSON.arrayNode();
          pair.add(value(type.asMapType().keyType(), e.getKey()));
          pair.add(value(type.asMapType().valueType(), e.getValue()));
          sorted.put(pair.get(0).toString(), pair);
        }
        return JSON.arrayNode().addAll(sorted.values());
      }
      default:
        throw new Unsupported("no canonical form for " + type);
    }
  }

  static String hex(ByteBuffer buffer) {
    ByteBuffer copy = buffer.duplicate();
    byte[] bytes = new byte[copy.remaining()];
    copy.get(bytes);
    return HEX.formatHex(bytes);
  }

  private static JsonNode floating(double v) {
    if (Double.isNaN(v)) return JSON.textNode("NaN");
    if (Double.isInfinite(v)) return JSON.textNode(v > 0 ? "Infinity" : "-Infinity");
    return JSON.numberNode(v);
  }

  private static String timestamp(Object v, long nanosPerUnit, int digits) {
    LocalDateTime at;
    if (v instanceof Long units) {
      long perSecond = 1_000_000_000L / nanosPerUnit;
      at = LocalDateTime.ofEpochSecond(Math.floorDiv(units, perSecond), (int) (Math.floorMod(units, perSecond) * nanosPerUnit), ZoneOffset.UTC);
    } else if (v instanceof OffsetDateTime zoned) {
      at = zoned.withOffsetSameInstant(ZoneOffset.UTC).toLocalDateTime();
    } else {
      at = (LocalDateTime) v;
    }
    return date(at.toLocalDate()) + "T" + time(at.toLocalTime(), digits);
  }

  private static String date(LocalDate at) {
    int year = at.getYear();
    String shown = year >= 0 && year <= 9999 ? String.format("%04d", year) : String.format("%+07d", year);
    return String.format("%s-%02d-%02d", shown, at.getMonthValue(), at.getDayOfMonth());
  }

  private static String time(LocalTime at, int digits) {
    String nanos = String.format("%09d", at.getNano());
    return String.format("%02d:%02d:%02d.%s", at.getHour(), at.getMinute(), at.getSecond(), nanos.substring(0, digits));
  }

  /** A generic record of a struct type from a canonical JSON row; absent fields are null. */
  static Record record(Types.StructType type, JsonNode row) {
    GenericRecord out = GenericRecord.create(type);
    for (Types.NestedField field : type.fields()) out.setField(field.name(), parse(field.type(), row.get(field.name())));
    return out;
  }

  /** A generic record's value from its canonical JSON form. */
  static Object parse(Type type, JsonNode v) {
    if (v == null || v.isNull()) return null;
    String text = v.asText();
    switch (type.typeId()) {
      case BOOLEAN:
        return Boolean.parseBoolean(text);
      case INTEGER:
        return Integer.parseInt(text);
      case LONG:
        return Long.parseLong(text);
      case FLOAT:
        return Float.parseFloat(text);
      case DOUBLE:
        return Double.parseDouble(text);
      case DATE:
        return LocalDate.parse(text);
      case TIME:
        return LocalTime.parse(text);
      case TIMESTAMP:
        return local(text, ((Types.TimestampType) type).shouldAdjustToUTC());
      case TIMESTAMP_NANO:
        return local(text, ((Types.TimestampNanoType) type).shouldAdjustToUTC());
      case STRING:
        return text;
      case UUID:
        return UUID.fromString(text);
      case FIXED:
        return HEX.parseHex(text);
      case BINARY:
      case GEOMETRY:
      case GEOGRAPHY:
        return ByteBuffer.wrap(HEX.parseHex(text));
      case DECIMAL:
        return new BigDecimal(text).setScale(((Types.DecimalType) type).scale());
      case STRUCT:
        return record(type.asStructType(), v);
      case LIST: {
        List<Object> out = new ArrayList<>();
        for (JsonNode item : v) out.add(parse(type.asListType().elementType(), item));
        return out;
      }
      case MAP: {
        Map<Object, Object> out = new HashMap<>();
        for (JsonNode pair : v) out.put(parse(type.asMapType().keyType(), pair.get(0)), parse(type.asMapType().valueType(), pair.get(1)));
        return out;
      }
      default:
        throw new Unsupported("no canonical form for " + type);
    }
  }

  private static Object local(String text, boolean zoned) {
    LocalDateTime at = LocalDateTime.parse(text.endsWith("Z") ? text.substring(0, text.length() - 1) : text);
    return zoned ? (Object) at.atOffset(ZoneOffset.UTC) : at;
  }

  /**
   * A literal for Iceberg's expressions: internal units for dates and times, so that no conversion can differ; but a
   * number for nanoseconds counts microseconds there, hence the text.
   */
  static Object literal(Type type, JsonNode v) {
    Object parsed = parse(type, v);
    switch (type.typeId()) {
      case DATE:
        return (int) ((LocalDate) parsed).toEpochDay();
      case TIME:
        return ((LocalTime) parsed).toNanoOfDay() / 1000;
      case TIMESTAMP:
        return ChronoUnit.MICROS.between(EPOCH, wallClock(parsed));
      case TIMESTAMP_NANO:
        return v.asText();
      case FIXED:
        return ByteBuffer.wrap((byte[]) parsed);
      default:
        return parsed;
    }
  }

  /** Not through Instant, whose difference in microseconds overflows for years such as 1 and 9999. */
  private static LocalDateTime wallClock(Object v) {
    return v instanceof OffsetDateTime zoned ? zoned.toLocalDateTime() : (LocalDateTime) v;
  }

  static ObjectMapper mapper() {
    return MAPPER;
  }
}
