package interop;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.iceberg.BaseTable;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.DeleteFile;
import org.apache.iceberg.FileFormat;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.HasTableOperations;
import org.apache.iceberg.MetadataColumns;
import org.apache.iceberg.PartitionKey;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.PartitionSpecParser;
import org.apache.iceberg.RowDelta;
import org.apache.iceberg.Schema;
import org.apache.iceberg.SchemaParser;
import org.apache.iceberg.StructLike;
import org.apache.iceberg.Table;
import org.apache.iceberg.TableProperties;
import org.apache.iceberg.AppendFiles;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.SupportsNamespaces;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.data.BaseDeleteLoader;
import org.apache.iceberg.data.GenericFileWriterFactory;
import org.apache.iceberg.data.InternalRecordWrapper;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.data.parquet.GenericParquetReaders;
import org.apache.iceberg.deletes.BaseDVFileWriter;
import org.apache.iceberg.deletes.EqualityDeleteWriter;
import org.apache.iceberg.deletes.PositionDelete;
import org.apache.iceberg.deletes.PositionDeleteWriter;
import org.apache.iceberg.encryption.EncryptedOutputFile;
import org.apache.iceberg.expressions.Evaluator;
import org.apache.iceberg.expressions.Expression;
import org.apache.iceberg.expressions.Expressions;
import org.apache.iceberg.expressions.Literal;
import org.apache.iceberg.hadoop.HadoopTables;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.io.DeleteWriteResult;
import org.apache.iceberg.io.FanoutDataWriter;
import org.apache.iceberg.io.OutputFileFactory;
import org.apache.iceberg.parquet.Parquet;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.Types;

/** What Java writes for others to read, and onto tables that others wrote: appends and all three kinds of delete. */
final class Writes {
  private Writes() {}

  /** Runs create, append, eq-delete, pos-delete, dv or delete-file-count; replies the metadata location. */
  static void run(JsonNode request, ObjectNode reply) throws Exception {
    String op = request.get("op").asText();
    Table table = op.equals("create") ? create(request) : Tables.open(request);
    switch (op) {
      case "create":
        break;
      case "append":
        append(table, request.get("rows"));
        break;
      case "eq-delete":
        equalityDelete(table, request);
        break;
      case "pos-delete":
        reply.put("deleted", positionDelete(table, request));
        break;
      case "dv":
        reply.put("deleted", deletionVectors(table, request));
        break;
      case "evolve":
        evolve(table, request);
        break;
      default:
        throw new IllegalArgumentException("No operation " + op);
    }
    table.refresh();
    String location = ((HasTableOperations) table).operations().current().metadataFileLocation();
    reply.put("metadata", location);
  }

  /** {schema, spec?, version?, properties?} in a folder (Hadoop table) or a REST catalog. */
  private static Table create(JsonNode request) {
    Schema schema = SchemaParser.fromJson(request.get("schema").toString());
    PartitionSpec spec = request.hasNonNull("spec") ? PartitionSpecParser.fromJson(schema, request.get("spec").toString()) : PartitionSpec.unpartitioned();
    Map<String, String> properties = new HashMap<>();
    properties.put(TableProperties.FORMAT_VERSION, request.path("version").asText("2"));
    request.path("properties").fields().forEachRemaining(e -> properties.put(e.getKey(), e.getValue().asText()));
    if (request.hasNonNull("dir")) return new HadoopTables(Tables.CONF).create(schema, spec, properties, request.get("dir").asText());
    var catalog = Tables.catalog(request);
    TableIdentifier name = TableIdentifier.parse(request.get("table").asText());
    Namespace namespace = name.namespace();
    if (!((SupportsNamespaces) catalog).namespaceExists(namespace)) ((SupportsNamespaces) catalog).createNamespace(namespace);
    return catalog.createTable(name, schema, spec, properties);
  }

  private static void append(Table table, JsonNode rows) throws Exception {
    AppendFiles append = table.newFastAppend();
    dataFiles(table, rows).forEach(append::appendFile);
    append.commit();
  }

  private static List<DataFile> dataFiles(Table table, JsonNode rows) throws Exception {
    GenericFileWriterFactory writers = new GenericFileWriterFactory.Builder(table).dataSchema(table.schema()).dataFileFormat(FileFormat.PARQUET).build();
    PartitionKey key = new PartitionKey(table.spec(), table.schema());
    InternalRecordWrapper wrapper = new InternalRecordWrapper(table.schema().asStruct());
    try (FanoutDataWriter<Record> writer = new FanoutDataWriter<>(writers, outputs(table, FileFormat.PARQUET), table.io(), 128L << 20)) {
      for (JsonNode row : rows) {
        Record record = Canonical.record(table.schema().asStruct(), row);
        key.partition(wrapper.wrap(record));
        writer.write(record, table.spec(), key.copy());
      }
      writer.close();
      return writer.result().dataFiles();
    }
  }

  /**
   * {columns, rows, partitionRow?, global?, added?}: rows give values of `columns`; partitionRow names the partition it
   * is scoped to; `added` are rows of the same commit.
   */
  private static void equalityDelete(Table table, JsonNode request) throws Exception {
    List<String> columns = new ArrayList<>();
    for (JsonNode name : request.get("columns")) columns.add(name.asText());
    Schema deleted = table.schema().select(columns);
    int[] ids = deleted.columns().stream().mapToInt(Types.NestedField::fieldId).toArray();
    GenericFileWriterFactory writers = new GenericFileWriterFactory.Builder(table)
        .deleteFileFormat(FileFormat.PARQUET).equalityFieldIds(ids).equalityDeleteRowSchema(deleted).build();
    PartitionSpec spec = request.path("global").asBoolean(false) ? unpartitioned(table) : table.spec();
    StructLike partition = null;
    if (!spec.isUnpartitioned()) {
      PartitionKey key = new PartitionKey(spec, table.schema());
      Record row = Canonical.record(table.schema().asStruct(), request.get("partitionRow"));
      key.partition(new InternalRecordWrapper(table.schema().asStruct()).wrap(row));
      partition = key;
    }
    EncryptedOutputFile out = outputs(table, FileFormat.PARQUET).newOutputFile(spec, partition);
    EqualityDeleteWriter<Record> writer = writers.newEqualityDeleteWriter(out, spec, partition);
    try (writer) {
      for (JsonNode row : request.get("rows")) writer.write(Canonical.record(deleted.asStruct(), row));
    }
    RowDelta delta = table.newRowDelta().addDeletes(writer.toDeleteFile());
    if (request.hasNonNull("added")) dataFiles(table, request.get("added")).forEach(delta::addRows);
    delta.commit();
  }

  private static PartitionSpec unpartitioned(Table table) {
    return table.specs().values().stream().filter(PartitionSpec::isUnpartitioned).findFirst()
        .orElseThrow(() -> new IllegalArgumentException("The table never had an unpartitioned spec"));
  }

  /** Deletes the rows matching {filter} by position-delete files, one per data file. */
  private static int positionDelete(Table table, JsonNode request) throws Exception {
    GenericFileWriterFactory writers = new GenericFileWriterFactory.Builder(table).deleteFileFormat(FileFormat.PARQUET).build();
    OutputFileFactory outputs = outputs(table, FileFormat.PARQUET);
    RowDelta delta = table.newRowDelta();
    int count = 0;
    for (Hit hit : matching(table, Filters.of(request.get("filter"), table.schema()))) {
      DataFile file = hit.task.file();
      PartitionSpec spec = hit.task.spec();
      EncryptedOutputFile out = outputs.newOutputFile(spec, file.partition());
      PositionDeleteWriter<Record> writer = writers.newPositionDeleteWriter(out, spec, file.partition());
      try (writer) {
        for (long position : hit.positions) writer.write(PositionDelete.<Record>create().set(file.location(), position));
      }
      delta.addDeletes(writer.toDeleteFile());
      count += hit.positions.size();
    }
    delta.commit();
    return count;
  }

  /** Deletes the rows matching {filter} by deletion vectors in one Puffin file, merged with vectors that are there. */
  private static int deletionVectors(Table table, JsonNode request) throws Exception {
    Map<String, List<DeleteFile>> before = new HashMap<>();
    List<Hit> hits = matching(table, Filters.of(request.get("filter"), table.schema()));
    for (Hit hit : hits) before.put(hit.task.file().location(), hit.task.deletes());
    BaseDeleteLoader loader = new BaseDeleteLoader(file -> table.io().newInputFile(file.location()));
    OutputFileFactory outputs = OutputFileFactory.builderFor(table, 1, 1).format(FileFormat.PUFFIN).build();
    int count = 0;
    DeleteWriteResult result;
    try (BaseDVFileWriter writer = new BaseDVFileWriter(outputs, path -> previous(loader, before.get(path), path))) {
      for (Hit hit : hits) {
        for (long position : hit.positions) writer.delete(hit.task.file().location(), position, hit.task.spec(), hit.task.file().partition());
        count += hit.positions.size();
      }
      writer.close();
      result = writer.result();
    }
    // From here on, or vectors of earlier snapshots count as concurrent
    RowDelta delta = table.newRowDelta().validateFromSnapshot(table.currentSnapshot().snapshotId());
    result.deleteFiles().forEach(delta::addDeletes);
    result.rewrittenDeleteFiles().forEach(delta::removeDeletes);
    delta.commit();
    return count;
  }

  private static org.apache.iceberg.deletes.PositionDeleteIndex previous(BaseDeleteLoader loader, List<DeleteFile> deletes, String path) {
    List<DeleteFile> positional = deletes == null ? List.of() : deletes.stream().filter(d -> d.content().id() == 1).toList();
    return positional.isEmpty() ? null : loader.loadPositionDeletes(positional, path);
  }

  /**
   * {add: {in?, name, type, default?}} | {rename: [from, to]} | {drop: name} | {widen: [name, type]} |
   * {writeDefault: [name, value]}; several at once. `in` is the struct it goes into; `default` sets both defaults.
   */
  private static void evolve(Table table, JsonNode request) {
    var update = table.updateSchema();
    for (JsonNode change : request.get("changes")) {
      if (change.has("rename")) update.renameColumn(change.get("rename").get(0).asText(), change.get("rename").get(1).asText());
      if (change.has("drop")) update.deleteColumn(change.get("drop").asText());
      if (change.has("widen")) update.updateColumn(change.get("widen").get(0).asText(), Types.fromPrimitiveString(change.get("widen").get(1).asText()));
      if (change.has("add")) {
        JsonNode add = change.get("add");
        var type = Types.fromPrimitiveString(add.get("type").asText());
        update.addColumn(add.path("in").textValue(), add.get("name").asText(), type, null, literal(type, add.get("default")));
      }
      if (change.has("writeDefault")) {
        String name = change.get("writeDefault").get(0).asText();
        update.updateColumnDefault(name, literal(table.schema().findType(name), change.get("writeDefault").get(1)));
      }
    }
    update.commit();
  }

  private static Literal<?> literal(Type type, JsonNode value) {
    return value == null || value.isNull() ? null : Expressions.lit(Canonical.literal(type, value)).to(type);
  }

  private record Hit(FileScanTask task, List<Long> positions) {}

  /** Positions of matching rows, per data file, in each file's own order; existing deletes are not looked at. */
  private static List<Hit> matching(Table table, Expression filter) throws Exception {
    Schema schema = table.schema();
    List<Types.NestedField> fields = new ArrayList<>(schema.columns());
    fields.add(MetadataColumns.ROW_POSITION);
    Schema withPosition = new Schema(fields);
    Evaluator evaluator = new Evaluator(schema.asStruct(), filter);
    InternalRecordWrapper wrapper = new InternalRecordWrapper(withPosition.asStruct());
    List<Hit> out = new ArrayList<>();
    try (CloseableIterable<FileScanTask> tasks = table.newScan().planFiles()) {
      for (FileScanTask task : tasks) {
        List<Long> positions = new ArrayList<>();
        try (CloseableIterable<Record> rows = Parquet.read(table.io().newInputFile(task.file().location()))
            .project(withPosition)
            .createReaderFunc(type -> GenericParquetReaders.buildReader(withPosition, type))
            .build()) {
          for (Record row : rows) {
            if (evaluator.eval(wrapper.wrap(row))) positions.add((Long) row.get(fields.size() - 1));
          }
        }
        if (!positions.isEmpty()) out.add(new Hit(task, positions));
      }
    }
    return out;
  }

  private static OutputFileFactory outputs(Table table, FileFormat format) {
    return OutputFileFactory.builderFor(table, 1, 1).format(format).build();
  }
}
