package interop;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.iceberg.ContentFile;
import org.apache.iceberg.FileFormat;
import org.apache.iceberg.HasTableOperations;
import org.apache.iceberg.InteropEntries;
import org.apache.iceberg.ManifestFile;
import org.apache.iceberg.MetadataColumns;
import org.apache.iceberg.Metrics;
import org.apache.iceberg.MetricsConfig;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableMetadataParser;
import org.apache.iceberg.TableProperties;
import org.apache.iceberg.parquet.ParquetUtil;
import org.apache.iceberg.types.Comparators;
import org.apache.iceberg.types.Conversions;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.Types;

/**
 * Java's opinion of a table's bytes: metadata parses and survives a round trip, every manifest of every snapshot opens
 * and its counts add up, every live file has the stated size and rows, and stored metrics hold for the Parquet data.
 */
final class Validate {
  private final Table table;
  private final List<String> problems = new ArrayList<>();
  private int manifests;
  private int files;

  private Validate(Table table) {
    this.table = table;
  }

  /** Problems found, empty when the table is sound. Counts of what was opened are left in the result. */
  static Result run(Table table) throws Exception {
    Validate v = new Validate(table);
    v.metadata();
    Set<String> seen = new HashSet<>();
    for (Snapshot snapshot : table.snapshots()) v.snapshot(snapshot, seen);
    return new Result(v.problems, v.manifests, v.files);
  }

  record Result(List<String> problems, int manifests, int files) {}

  private void problem(String format, Object... values) {
    problems.add(String.format(format, values));
  }

  private void metadata() {
    TableMetadata metadata = ((HasTableOperations) table).operations().current();
    String text = TableMetadataParser.toJson(metadata);
    String again = TableMetadataParser.toJson(TableMetadataParser.fromJson(metadata.metadataFileLocation(), text));
    if (!text.equals(again)) problem("metadata does not survive Java's round trip");
    for (Snapshot snapshot : metadata.snapshots()) {
      if (snapshot.sequenceNumber() > metadata.lastSequenceNumber()) {
        problem("snapshot %d has sequence number %d, last is %d", snapshot.snapshotId(), snapshot.sequenceNumber(), metadata.lastSequenceNumber());
      }
    }
  }

  private void snapshot(Snapshot snapshot, Set<String> seenFiles) throws Exception {
    long records = 0;
    long dataFiles = 0;
    long deleteFiles = 0;
    Set<String> live = new HashSet<>();
    Map<String, long[]> perManifest = new HashMap<>();
    for (ManifestFile manifest : snapshot.allManifests(table.io())) {
      manifests++;
      perManifest.put(manifest.path(), new long[6]);
      long length = table.io().newInputFile(manifest.path()).getLength();
      if (length != manifest.length()) problem("%s: length %d, list says %d", manifest.path(), length, manifest.length());
    }
    for (InteropEntries.Entry entry : InteropEntries.read(snapshot, table.io(), table.specs())) {
      ContentFile<?> file = entry.file();
      long[] counts = perManifest.get(entry.manifest().path());
      int slot = entry.status() == 1 ? 0 : entry.status() == 0 ? 1 : 2;
      counts[slot]++;
      counts[slot + 3] += file.recordCount();
      if (entry.dataSequence() == null) problem("%s: no sequence number", file.location());
      if (entry.status() == 2) continue;
      // Several deletion vectors share one Puffin file
      String key = file.location() + "@" + (file instanceof org.apache.iceberg.DeleteFile d ? d.contentOffset() : null);
      if (!live.add(key)) problem("snapshot %d: %s is live twice", snapshot.snapshotId(), key);
      if (file.content().id() == 0) {
        dataFiles++;
        records += file.recordCount();
      } else {
        deleteFiles++;
      }
      if (seenFiles.add(key)) file(file);
    }
    for (ManifestFile m : snapshot.allManifests(table.io())) {
      long[] c = perManifest.get(m.path());
      same(m.path() + " added files", m.addedFilesCount(), c[0]);
      same(m.path() + " existing files", m.existingFilesCount(), c[1]);
      same(m.path() + " deleted files", m.deletedFilesCount(), c[2]);
      same(m.path() + " added rows", m.addedRowsCount(), c[3]);
      same(m.path() + " existing rows", m.existingRowsCount(), c[4]);
      same(m.path() + " deleted rows", m.deletedRowsCount(), c[5]);
    }
    total(snapshot, "total-records", records);
    total(snapshot, "total-data-files", dataFiles);
    total(snapshot, "total-delete-files", deleteFiles);
  }

  private void same(String what, Number stated, long real) {
    if (stated != null && stated.longValue() != real) problem("%s: stated %s, really %d", what, stated, real);
  }

  private void total(Snapshot snapshot, String key, long real) {
    String stated = snapshot.summary().get(key);
    if (stated != null && Long.parseLong(stated) != real) problem("snapshot %d: %s is %s, really %d", snapshot.snapshotId(), key, stated, real);
  }

  private void file(ContentFile<?> file) {
    files++;
    var input = table.io().newInputFile(file.location());
    long length = input.getLength();
    if (length != file.fileSizeInBytes()) problem("%s: %d bytes, manifest says %d", file.location(), length, file.fileSizeInBytes());
    if (file.format() != FileFormat.PARQUET) return;
    Schema schema = schemaOf(file);
    Metrics real = ParquetUtil.fileMetrics(input, MetricsConfig.fromProperties(Map.of(TableProperties.DEFAULT_WRITE_METRICS_MODE, "full")));
    if (real.recordCount() != file.recordCount()) problem("%s: %d rows, manifest says %d", file.location(), real.recordCount(), file.recordCount());
    counted(file, "value count", file.valueCounts(), real.valueCounts());
    counted(file, "null count", file.nullValueCounts(), real.nullValueCounts());
    bounded(file, schema, "lower", file.lowerBounds(), real.lowerBounds(), 1);
    bounded(file, schema, "upper", file.upperBounds(), real.upperBounds(), -1);
    if (file.splitOffsets() != null && !file.splitOffsets().isEmpty()) offsets(file);
  }

  private Schema schemaOf(ContentFile<?> file) {
    // Position deletes have reserved columns; other files may use columns of any schema the table ever had
    if (file.content().id() == 1) return new Schema(MetadataColumns.DELETE_FILE_PATH, MetadataColumns.DELETE_FILE_POS);
    return table.schema();
  }

  private void offsets(ContentFile<?> file) {
    Long before = null;
    for (Long offset : file.splitOffsets()) {
      if (offset < 4 || offset >= file.fileSizeInBytes() || (before != null && offset <= before)) problem("%s: split offset %d", file.location(), offset);
      before = offset;
    }
  }

  private void counted(ContentFile<?> file, String what, Map<Integer, Long> stated, Map<Integer, Long> real) {
    if (stated == null || real == null) return;
    stated.forEach((id, count) -> {
      Long truth = real.get(id);
      if (truth != null && !truth.equals(count)) problem("%s: %s of field %d is %d, really %d", file.location(), what, id, count, truth);
    });
  }

  /** A stored lower bound must not be above the footer's, nor a stored upper bound below. */
  private void bounded(ContentFile<?> file, Schema schema, String side, Map<Integer, ByteBuffer> stated, Map<Integer, ByteBuffer> real, int wrong) {
    if (stated == null) return;
    stated.forEach((id, bytes) -> {
      Types.NestedField field = find(schema, id);
      if (field == null || !field.type().isPrimitiveType()) return;
      Type.PrimitiveType type = field.type().asPrimitiveType();
      Object held = Conversions.fromByteBuffer(type, bytes.duplicate());
      ByteBuffer truthBytes = real == null ? null : real.get(id);
      if (truthBytes == null) return;
      Object truth = Conversions.fromByteBuffer(type, truthBytes.duplicate());
      // Parquet footers widen zero to -0.0 below and 0.0 above; Iceberg's bounds are exact
      if (held instanceof Number a && truth instanceof Number b && a.doubleValue() == 0 && b.doubleValue() == 0) return;
      if (isCut(truthBytes, held, truth)) return;
      Comparator<Object> order = Comparators.forType(type);
      if (Integer.signum(order.compare(held, truth)) == wrong) {
        problem("%s: %s bound of %s is %s, the file has %s", file.location(), side, field.name(), held, truth);
      }
    });
  }

  /** Footers may hold the first 64 bytes of longer text, with the last character raised in an upper bound. */
  private static boolean isCut(ByteBuffer truthBytes, Object held, Object truth) {
    if (truthBytes.remaining() != 64 || !(held instanceof CharSequence) || held.toString().length() <= truth.toString().length()) return false;
    String shared = truth.toString().substring(0, truth.toString().length() - 1);
    return held.toString().startsWith(shared);
  }

  private Types.NestedField find(Schema current, int id) {
    Types.NestedField found = current.findField(id);
    if (found != null) return found;
    for (Schema schema : table.schemas().values()) {
      if (schema.findField(id) != null) return schema.findField(id);
    }
    return null;
  }
}
