/** The Avro record of a manifest entry per format version. Spec: Manifests; field order and docs are Java's (MAN-006, MAN-014). @module */
import { type AvroBuffer, avroName, avroTypeJson, primitiveEncoder } from "../avro/index.ts";
import { IcebergError, type Json, type JsonObject } from "../base/index.ts";
import type { Field, PrimitiveValue } from "../schema/index.ts";
import type { DataFile, EntryStatus, FileContent, ManifestEntry } from "./data-file.ts";
import {
  listJson,
  mapJson,
  optional,
  type RecordField,
  recordEncoder,
  recordJson,
  required,
  writeBytes,
  writeInt,
  writeList,
  writeLong,
  writeMap,
  writeText,
} from "./record-fields.ts";

/** Versions of the table format that this library reads and writes (MET-002). */
export type FormatVersion = 1 | 2 | 3;

export const STATUS_CODES: Readonly<Record<EntryStatus, number>> = { existing: 0, added: 1, deleted: 2 };

export const CONTENT_CODES: Readonly<Record<FileContent, number>> = {
  data: 0,
  "position-deletes": 1,
  "equality-deletes": 2,
};

/** What Java writes into the required but meaningless `block_size_in_bytes` of version 1 (MAN-016). */
const BLOCK_SIZE_IN_BYTES = 64 * 1024 * 1024;

/**
 * The fields of `manifest_entry`. Values are written as they stand in the entry: what inherits must already be
 * absent (see `writeManifest`).
 */
export function entryFields(
  version: FormatVersion,
  partition: readonly Field[],
): readonly RecordField<ManifestEntry>[] {
  const files = fileFields(version, partition);
  const writeFile = recordEncoder(files);
  const status = required(
    { id: 0, name: "status", type: "int" },
    (entry: ManifestEntry) => STATUS_CODES[entry.status],
    writeInt,
  );
  const file = required(
    { id: 2, name: "data_file", type: recordJson("r2", files) },
    (entry: ManifestEntry) => entry.dataFile,
    writeFile,
  );
  const snapshotId = { id: 1, name: "snapshot_id", type: "long" };
  if (version === 1) {
    return [status, required(snapshotId, (entry: ManifestEntry) => entry.snapshotId!, writeLong), file];
  }
  return [
    status,
    optional(snapshotId, (entry) => entry.snapshotId, writeLong),
    optional({ id: 3, name: "sequence_number", type: "long" }, (entry) => entry.sequenceNumber, writeInt),
    optional(
      { id: 4, name: "file_sequence_number", type: "long" },
      (entry) => entry.fileSequenceNumber,
      writeInt,
    ),
    file,
  ];
}

function fileFields(version: FormatVersion, partition: readonly Field[]): RecordField<DataFile>[] {
  const fields: RecordField<DataFile>[] = [];
  if (version > 1) {
    const doc = "Contents of the file: 0=data, 1=position deletes, 2=equality deletes";
    fields.push(
      required(
        { id: 134, name: "content", type: "int", doc },
        (file) => CONTENT_CODES[file.content],
        writeInt,
      ),
    );
  }
  fields.push(...identityFields(partition));
  if (version === 1) {
    const texts = { id: 105, name: "block_size_in_bytes", type: "long" };
    fields.push(required(texts, () => BLOCK_SIZE_IN_BYTES, writeInt));
  }
  fields.push(...metricFields(), ...layoutFields());
  if (version > 1) fields.push(EQUALITY_IDS);
  fields.push(SORT_ORDER_ID);
  if (version > 2) fields.push(FIRST_ROW_ID);
  if (version > 1) fields.push(REFERENCED_DATA_FILE);
  if (version > 2) fields.push(...DELETION_VECTOR);
  return fields;
}

function identityFields(partition: readonly Field[]): RecordField<DataFile>[] {
  const columns = partition.map((field, index) => partitionColumn(field, index));
  const json: Json = {
    type: "record",
    name: "r102",
    fields: partitionJson(partition, columns),
  };
  const writePartition = recordEncoder(columns);
  const location = "Location URI with FS scheme";
  const format = "File format name: avro, orc, or parquet";
  const tuple = "Partition data tuple, schema based on the partition spec";
  const rows = "Number of records in the file";
  const size = "Total file size in bytes";
  return [
    required(
      { id: 100, name: "file_path", type: "string", doc: location },
      (file) => file.filePath,
      writeText,
    ),
    // Upper case is what other readers compare with (MAN-017).
    required(
      { id: 101, name: "file_format", type: "string", doc: format },
      (file) => file.fileFormat.toUpperCase(),
      writeText,
    ),
    required(
      { id: 102, name: "partition", type: json, doc: tuple },
      (file) => file.partition,
      writePartition,
    ),
    required(
      { id: 103, name: "record_count", type: "long", doc: rows },
      (file) => file.recordCount,
      writeInt,
    ),
    required(
      { id: 104, name: "file_size_in_bytes", type: "long", doc: size },
      (file) => file.fileSizeInBytes,
      writeInt,
    ),
  ];
}

/** One partition field, always optional (MAN-028); the value stands at `index` of the tuple. */
function partitionColumn(field: Field, index: number): RecordField<DataFile["partition"]> {
  const texts = { id: field.id, name: avroName(field.name), type: "null" };
  if (field.type.kind === "unknown") return required(texts, (tuple) => tuple[index] ?? null, nothing(field));
  return optional(texts, (tuple) => tuple[index], primitiveEncoder(field.type));
}

/**
 * The only value of an unknown type is null. A value whose type is lost with its dropped source column must not
 * become null in a rewritten manifest: that would merge partitions, and deletes would reach other files.
 */
function nothing(field: Field): (out: AvroBuffer, value: PrimitiveValue | null) => void {
  return (_, value) => {
    if (value === null) return;
    throw new IcebergError(
      "invalid-argument",
      `Cannot write value ${String(value)} of partition field ${field.name}: its type is unknown because its ` +
        "source column was dropped; leave the manifest as it is",
      { context: { fieldId: field.id } },
    );
  };
}

function partitionJson(
  partition: readonly Field[],
  columns: readonly RecordField<DataFile["partition"]>[],
): JsonObject[] {
  const named = new Set<string>();
  return partition.map((field, index) => {
    const type = avroTypeJson(field.type, named);
    const renamed = columns[index]!.name === field.name ? {} : { "iceberg-field-name": field.name };
    return {
      name: columns[index]!.name,
      type: type === "null" ? "null" : ["null", type],
      default: null,
      ...renamed,
      "field-id": field.id,
    };
  });
}

function metricFields(): RecordField<DataFile>[] {
  const counts = writeMap(writeInt);
  const bounds = writeMap(writeBytes);
  const count = (id: number, name: string, keyId: number, doc: string, of: (file: DataFile) => CountMap) =>
    optional({ id, name, type: mapJson(keyId, keyId + 1, "long"), doc }, of, counts);
  const bound = (id: number, name: string, keyId: number, doc: string, of: (file: DataFile) => BoundMap) =>
    optional({ id, name, type: mapJson(keyId, keyId + 1, "bytes"), doc }, of, bounds);
  return [
    count(108, "column_sizes", 117, "Map of column id to total size on disk", (file) => file.columnSizes),
    count(
      109,
      "value_counts",
      119,
      "Map of column id to total count, including null and NaN",
      (file) => file.valueCounts,
    ),
    count(
      110,
      "null_value_counts",
      121,
      "Map of column id to null value count",
      (file) => file.nullValueCounts,
    ),
    count(
      137,
      "nan_value_counts",
      138,
      "Map of column id to number of NaN values in the column",
      (file) => file.nanValueCounts,
    ),
    bound(125, "lower_bounds", 126, "Map of column id to lower bound", (file) => file.lowerBounds),
    bound(128, "upper_bounds", 129, "Map of column id to upper bound", (file) => file.upperBounds),
  ];
}

type CountMap = ReadonlyMap<number, number> | undefined;
type BoundMap = ReadonlyMap<number, Uint8Array> | undefined;

function layoutFields(): RecordField<DataFile>[] {
  return [
    optional(
      { id: 131, name: "key_metadata", type: "bytes", doc: "Encryption key metadata blob" },
      (file) => file.keyMetadata,
      writeBytes,
    ),
    optional(
      { id: 132, name: "split_offsets", type: listJson(133, "long"), doc: "Splittable offsets" },
      (file) => file.splitOffsets,
      writeList(writeInt),
    ),
  ];
}

const EQUALITY_IDS: RecordField<DataFile> = optional(
  { id: 135, name: "equality_ids", type: listJson(136, "int"), doc: "Equality comparison field IDs" },
  (file) => file.equalityIds,
  writeList(writeInt),
);

const SORT_ORDER_ID: RecordField<DataFile> = optional(
  { id: 140, name: "sort_order_id", type: "int", doc: "Sort order ID" },
  (file) => file.sortOrderId,
  writeInt,
);

const FIRST_ROW_ID: RecordField<DataFile> = optional(
  {
    id: 142,
    name: "first_row_id",
    type: "long",
    doc: "The first row ID assigned to the first row in the data file",
  },
  (file) => file.firstRowId,
  writeLong,
);

const REFERENCED_DATA_FILE: RecordField<DataFile> = optional(
  {
    id: 143,
    name: "referenced_data_file",
    type: "string",
    doc: "Fully qualified location (URI with FS scheme) of a data file that all deletes reference",
  },
  (file) => file.referencedDataFile,
  writeText,
);

const DELETION_VECTOR: readonly RecordField<DataFile>[] = [
  optional(
    {
      id: 144,
      name: "content_offset",
      type: "long",
      doc: "The offset in the file where the content starts",
    },
    (file) => file.contentOffset,
    writeInt,
  ),
  optional(
    {
      id: 145,
      name: "content_size_in_bytes",
      type: "long",
      doc: "The length of referenced content stored in the file",
    },
    (file) => file.contentSizeInBytes,
    writeInt,
  ),
];
