package interop;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.HasTableOperations;
import org.apache.iceberg.IcebergBuild;
import org.apache.iceberg.IncrementalAppendScan;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.apache.iceberg.TableMetadataParser;
import org.apache.iceberg.data.GenericRecord;
import org.apache.iceberg.data.IcebergGenerics;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.data.parquet.GenericParquetReaders;
import org.apache.iceberg.hadoop.HadoopTables;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.metrics.ScanReportParser;
import org.apache.iceberg.parquet.Parquet;
import org.apache.iceberg.types.Types;
import org.apache.iceberg.util.SnapshotUtil;

/** Iceberg's Java library behind the harness's protocol: one JSON request a line, see engines/protocol.py. */
public final class Oracle {
  private Oracle() {}

  public static void main(String[] args) throws Exception {
    PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), false, StandardCharsets.UTF_8);
    System.setOut(System.err);
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      JsonNode request = Canonical.mapper().readTree(line);
      ObjectNode reply = Canonical.mapper().createObjectNode();
      reply.set("id", request.get("id"));
      List<String> rows = List.of();
      try {
        reply.put("ok", true);
        rows = answer(request, reply);
        if (rows != null) reply.put("rows", rows.size());
      } catch (Throwable error) {
        error.printStackTrace();
        rows = null;
        reply.put("ok", false);
        reply.put("error", error.getClass().getSimpleName() + ": " + error.getMessage());
        reply.put("unsupported", error instanceof Unsupported);
      }
      StringBuilder text = new StringBuilder(reply.toString()).append('\n');
      if (rows != null) for (String row : rows) text.append(row).append('\n');
      out.print(text);
      out.flush();
    }
  }

  /** Answers with rows, or null when the reply holds everything. */
  private static List<String> answer(JsonNode request, ObjectNode reply) throws Exception {
    switch (request.get("op").asText()) {
      case "hello":
        reply.put("version", IcebergBuild.version());
        return null;
      case "scan":
        return scan(Tables.open(request), request);
      case "count":
        reply.put("count", scan(Tables.open(request), request).size());
        return null;
      case "open-folder": {
        Table table = new HadoopTables(Tables.CONF).load(request.get("folder").asText());
        reply.put("count", scan(table, request).size());
        return null;
      }
      case "appends":
        return appends(Tables.open(request), request);
      case "snapshots":
        return Views.snapshots(Tables.open(request));
      case "files":
        return Views.files(Tables.open(request), request);
      case "entries":
        return Views.entries(Tables.open(request), request);
      case "partitions":
        return Views.partitions(Tables.open(request), request);
      case "dump":
        reply.set("metadata", Canonical.mapper().readTree(TableMetadataParser.toJson(((HasTableOperations) Tables.open(request)).operations().current())));
        return Views.entries(Tables.open(request), request);
      case "validate": {
        Validate.Result found = Validate.run(Tables.open(request));
        if (!found.problems().isEmpty()) throw new IllegalStateException(String.join("\n", found.problems()));
        reply.put("manifests", found.manifests());
        reply.put("files", found.files());
        return null;
      }
      case "tasks-to-json":
        return Plans.toJson(Tables.open(request), request);
      case "tell-tasks":
        return Plans.tell(Tables.open(request), request);
      case "read-tasks":
        return Plans.read(Tables.open(request), request);
      case "plan-to-json":
        reply.put("json", Plans.planToJson(Tables.open(request), request));
        return null;
      case "scan-report":
        reply.put("json", Plans.report(Tables.open(request), request));
        return null;
      case "report":
        reply.put("json", ScanReportParser.toJson(ScanReportParser.fromJson(request.get("json").asText())));
        return null;
      default:
        Writes.run(request, reply);
        return null;
    }
  }

  private static List<String> scan(Table table, JsonNode request) throws Exception {
    Snapshot snapshot = Views.snapshot(table, request);
    Schema schema = request.hasNonNull("snapshot") ? SnapshotUtil.schemaFor(table, snapshot.snapshotId()) : table.schema();
    IcebergGenerics.ScanBuilder builder = IcebergGenerics.read(table).where(Filters.of(request.get("filter"), schema));
    if (request.hasNonNull("snapshot")) builder = builder.useSnapshot(snapshot.snapshotId());
    if (request.hasNonNull("columns")) {
      List<String> names = new ArrayList<>();
      for (JsonNode name : request.get("columns")) names.add(name.asText());
      schema = schema.select(names);
      builder = builder.select(names);
    }
    List<String> out = new ArrayList<>();
    try (CloseableIterable<Record> rows = builder.build()) {
      // Rows of tables with deletes carry further columns that the delete files needed
      for (Record row : rows) out.add(Canonical.row(schema.asStruct(), chosen(schema, row)));
    }
    return out;
  }

  /** {after?, from?, to?}: the rows of an incremental append scan, for tables without partitions. */
  private static List<String> appends(Table table, JsonNode request) throws Exception {
    IncrementalAppendScan scan = table.newIncrementalAppendScan();
    if (request.hasNonNull("after")) scan = scan.fromSnapshotExclusive(Long.parseLong(request.get("after").asText()));
    if (request.hasNonNull("from")) scan = scan.fromSnapshotInclusive(Long.parseLong(request.get("from").asText()));
    if (request.hasNonNull("to")) scan = scan.toSnapshot(Long.parseLong(request.get("to").asText()));
    Schema schema = scan.schema();
    List<String> out = new ArrayList<>();
    try (CloseableIterable<FileScanTask> tasks = scan.planFiles()) {
      for (FileScanTask task : tasks) {
        try (CloseableIterable<Record> rows = Parquet.read(table.io().newInputFile(task.file().location()))
            .project(schema)
            .createReaderFunc(type -> GenericParquetReaders.buildReader(schema, type))
            .build()) {
          for (Record row : rows) out.add(Canonical.row(schema.asStruct(), row));
        }
      }
    }
    return out;
  }

  /** The table's columns of a row that may carry further ones. */
  static Record chosen(Schema schema, Record row) {
    if (row.struct().fields().size() == schema.columns().size()) return row;
    GenericRecord out = GenericRecord.create(schema);
    for (Types.NestedField field : schema.columns()) out.setField(field.name(), row.getField(field.name()));
    return out;
  }
}
