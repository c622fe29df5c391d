/** The Avro record of a manifest list entry per format version. Spec: Manifest Lists; field order and docs are Java's (MAN-040). @module */
import type { FieldSummary } from "../values/index.ts";
import type { ManifestFile } from "./data-file.ts";
import type { FormatVersion } from "./entry-fields.ts";
import {
  listJson,
  optional,
  type RecordField,
  recordEncoder,
  recordJson,
  required,
  writeBoolean,
  writeBytes,
  writeInt,
  writeList,
  writeLong,
  writeText,
} from "./record-fields.ts";

type ListField = RecordField<ManifestFile>;

/** The fields of `manifest_file`; required ones must be known in the manifests written. */
export function listFields(version: FormatVersion): readonly ListField[] {
  const place: ListField[] = [
    required(
      { id: 500, name: "manifest_path", type: "string", doc: "Location URI with FS scheme" },
      (manifest) => manifest.manifestPath,
      writeText,
    ),
    required(
      { id: 501, name: "manifest_length", type: "long", doc: "Total file size in bytes" },
      (manifest) => manifest.manifestLength,
      writeInt,
    ),
    required(
      { id: 502, name: "partition_spec_id", type: "int", doc: "Spec ID used to write" },
      (manifest) => manifest.partitionSpecId,
      writeInt,
    ),
  ];
  const snapshot: ListField = required(
    { id: 503, name: "added_snapshot_id", type: "long", doc: "Snapshot ID that added the manifest" },
    (manifest) => manifest.addedSnapshotId,
    writeLong,
  );
  const fileCounts = [
    count(504, "added_files_count", "int", "Added entry count", (m) => m.addedFilesCount, version),
    count(505, "existing_files_count", "int", "Existing entry count", (m) => m.existingFilesCount, version),
    count(506, "deleted_files_count", "int", "Deleted entry count", (m) => m.deletedFilesCount, version),
  ];
  const rowCounts = [
    count(512, "added_rows_count", "long", "Added rows count", (m) => m.addedRowsCount, version),
    count(513, "existing_rows_count", "long", "Existing rows count", (m) => m.existingRowsCount, version),
    count(514, "deleted_rows_count", "long", "Deleted rows count", (m) => m.deletedRowsCount, version),
  ];
  if (version === 1) return [...place, snapshot, ...fileCounts, PARTITIONS, ...rowCounts, KEY_METADATA];
  const sequenced = [...place, ...SEQUENCE, snapshot, ...fileCounts, ...rowCounts, PARTITIONS, KEY_METADATA];
  return version === 2 ? sequenced : [...sequenced, FIRST_ROW_ID];
}

function count(
  id: number,
  name: string,
  type: "int" | "long",
  doc: string,
  of: (manifest: ManifestFile) => number | undefined,
  version: FormatVersion,
): ListField {
  const texts = { id, name, type, doc };
  return version === 1
    ? optional(texts, of, writeInt)
    : required(texts, (manifest) => of(manifest)!, writeInt);
}

const SEQUENCE: readonly ListField[] = [
  required(
    { id: 517, name: "content", type: "int", doc: "Contents of the manifest: 0=data, 1=deletes" },
    (manifest) => (manifest.content === "data" ? 0 : 1),
    writeInt,
  ),
  required(
    { id: 515, name: "sequence_number", type: "long", doc: "Sequence number when the manifest was added" },
    (manifest) => manifest.sequenceNumber!,
    writeInt,
  ),
  required(
    { id: 516, name: "min_sequence_number", type: "long", doc: "Lowest sequence number in the manifest" },
    (manifest) => manifest.minSequenceNumber!,
    writeInt,
  ),
];

const SUMMARY: readonly RecordField<FieldSummary>[] = [
  required(
    {
      id: 509,
      name: "contains_null",
      type: "boolean",
      doc: "True if any file has a null partition value",
    },
    (summary) => summary.containsNull,
    writeBoolean,
  ),
  optional(
    { id: 518, name: "contains_nan", type: "boolean", doc: "True if any file has a nan partition value" },
    (summary) => summary.containsNan,
    writeBoolean,
  ),
  optional(
    { id: 510, name: "lower_bound", type: "bytes", doc: "Partition lower bound for all files" },
    (summary) => summary.lowerBound,
    writeBytes,
  ),
  optional(
    { id: 511, name: "upper_bound", type: "bytes", doc: "Partition upper bound for all files" },
    (summary) => summary.upperBound,
    writeBytes,
  ),
];

const PARTITIONS: ListField = optional(
  {
    id: 507,
    name: "partitions",
    type: listJson(508, recordJson("r508", SUMMARY)),
    doc: "Summary for each partition",
  },
  (manifest) => manifest.partitions,
  writeList(recordEncoder(SUMMARY)),
);

const KEY_METADATA: ListField = optional(
  { id: 519, name: "key_metadata", type: "bytes", doc: "Encryption key metadata blob" },
  (manifest) => manifest.keyMetadata,
  writeBytes,
);

const FIRST_ROW_ID: ListField = optional(
  {
    id: 520,
    name: "first_row_id",
    type: "long",
    doc: "Starting row ID to assign to new rows in ADDED data files",
  },
  (manifest) => manifest.firstRowId,
  writeLong,
);
