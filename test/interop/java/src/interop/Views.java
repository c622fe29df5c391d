package interop;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.iceberg.ContentFile;
import org.apache.iceberg.InteropEntries;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.StructLike;
import org.apache.iceberg.Table;

/** Metadata views: snapshots, files, entries and partitions, as JSON rows. */
final class Views {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private Views() {}

  static Snapshot snapshot(Table table, JsonNode request) {
    if (!request.hasNonNull("snapshot")) return table.currentSnapshot();
    Snapshot found = table.snapshot(Long.parseLong(request.get("snapshot").asText()));
    if (found == null) throw new IllegalArgumentException("No snapshot " + request.get("snapshot"));
    return found;
  }

  static List<String> snapshots(Table table) {
    List<String> out = new ArrayList<>();
    for (Snapshot s : table.snapshots()) {
      ObjectNode row = JSON.objectNode();
      row.put("snapshot_id", s.snapshotId());
      row.put("parent_id", s.parentId());
      row.put("sequence_number", s.sequenceNumber());
      row.put("timestamp_ms", s.timestampMillis());
      row.put("manifest_list", s.manifestListLocation());
      row.put("operation", s.operation());
      row.put("schema_id", s.schemaId());
      ObjectNode summary = row.putObject("summary");
      new TreeMap<>(s.summary()).forEach(summary::put);
      out.add(row.toString());
    }
    return out;
  }

  static List<InteropEntries.Entry> entriesOf(Table table, JsonNode request) throws Exception {
    Snapshot snapshot = snapshot(table, request);
    return snapshot == null ? List.of() : InteropEntries.read(snapshot, table.io(), table.specs());
  }

  static List<String> files(Table table, JsonNode request) throws Exception {
    List<String> out = new ArrayList<>();
    for (InteropEntries.Entry entry : entriesOf(table, request)) {
      if (entry.status() != 2) out.add(fileRow(table, entry).toString());
    }
    return out;
  }

  static ObjectNode fileRow(Table table, InteropEntries.Entry entry) {
    ContentFile<?> file = entry.file();
    ObjectNode row = fileRow(table.specs().get(file.specId()), file);
    row.put("sequence_number", entry.dataSequence());
    return row;
  }

  static ObjectNode fileRow(PartitionSpec spec, ContentFile<?> file) {
    ObjectNode row = JSON.objectNode();
    row.put("content", file.content().id());
    row.put("file_path", file.location());
    row.put("file_format", file.format().toString());
    row.put("spec_id", file.specId());
    row.set("partition", partition(spec, file.partition()));
    row.put("record_count", file.recordCount());
    row.put("file_size_in_bytes", file.fileSizeInBytes());
    row.put("sort_order_id", file.sortOrderId());
    row.set("column_sizes", counts(file.columnSizes()));
    row.set("value_counts", counts(file.valueCounts()));
    row.set("null_value_counts", counts(file.nullValueCounts()));
    row.set("nan_value_counts", counts(file.nanValueCounts()));
    row.set("lower_bounds", bounds(file.lowerBounds()));
    row.set("upper_bounds", bounds(file.upperBounds()));
    ArrayNode offsets = row.putArray("split_offsets");
    if (file.splitOffsets() != null) file.splitOffsets().forEach(offsets::add);
    ArrayNode equality = row.putArray("equality_ids");
    if (file.equalityFieldIds() != null) file.equalityFieldIds().forEach(equality::add);
    return row;
  }

  static List<String> entries(Table table, JsonNode request) throws Exception {
    List<String> out = new ArrayList<>();
    for (InteropEntries.Entry entry : entriesOf(table, request)) {
      ContentFile<?> file = entry.file();
      ObjectNode row = fileRow(table, entry);
      row.put("status", entry.status());
      row.put("snapshot_id", entry.snapshotId());
      row.put("file_sequence_number", entry.fileSequence());
      row.put("manifest", entry.manifest().path());
      row.put("first_row_id", file.firstRowId());
      out.add(row.toString());
    }
    return out;
  }

  /** Live data rows and files per partition. */
  static List<String> partitions(Table table, JsonNode request) throws Exception {
    Map<String, long[]> found = new LinkedHashMap<>();
    for (InteropEntries.Entry entry : entriesOf(table, request)) {
      if (entry.status() == 2 || entry.file().content().id() != 0) continue;
      ContentFile<?> file = entry.file();
      ObjectNode key = JSON.objectNode();
      key.set("partition", partition(table.specs().get(file.specId()), file.partition()));
      key.put("spec_id", file.specId());
      long[] sums = found.computeIfAbsent(key.toString(), k -> new long[2]);
      sums[0] += file.recordCount();
      sums[1]++;
    }
    List<String> out = new ArrayList<>();
    for (Map.Entry<String, long[]> e : found.entrySet()) {
      String head = e.getKey().substring(0, e.getKey().length() - 1);
      out.add(head + ",\"record_count\":" + e.getValue()[0] + ",\"file_count\":" + e.getValue()[1] + "}");
    }
    return out;
  }

  static ObjectNode partition(PartitionSpec spec, StructLike values) {
    return spec.isUnpartitioned() ? JSON.objectNode() : Canonical.struct(spec.partitionType(), values);
  }

  private static ObjectNode counts(Map<Integer, Long> map) {
    ObjectNode out = JSON.objectNode();
    if (map != null) new TreeMap<>(map).forEach((id, count) -> out.put(String.valueOf(id), count));
    return out;
  }

  private static ObjectNode bounds(Map<Integer, ByteBuffer> map) {
    ObjectNode out = JSON.objectNode();
    if (map != null) new TreeMap<>(map).forEach((id, bytes) -> out.put(String.valueOf(id), Canonical.hex(bytes)));
    return out;
  }
}
