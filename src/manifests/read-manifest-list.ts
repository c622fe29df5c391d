/** Reading manifest lists of any format version. Spec: Manifest Lists; MAN-040, 041. @module */
import {
  asBoolean,
  asBytes,
  asInt,
  asLong,
  asNumber,
  asRecords,
  asString,
  type Decoder,
  openContainer,
  recordReader,
  type WantedField,
} from "../avro/index.ts";
import type { FieldSummary } from "../values/index.ts";
import type { ManifestFile } from "./data-file.ts";

/**
 * The manifests of a list in its order. Version 1 lists get their defaults: content data, sequence numbers 0;
 * counts that are null or missing stay absent, for unknown is not zero. A list that does not say which snapshot
 * added a manifest (very old ones) gives `-1n`.
 * @throws IcebergError `corrupt-file` naming the file (`what`) and offset.
 */
export function readManifestList(bytes: Uint8Array, what: string): ManifestFile[] {
  const container = openContainer(bytes, what);
  const slots: unknown[] = new Array(16).fill(undefined);
  const read = recordReader(container.type, listWanted(what), what);
  const manifests: ManifestFile[] = [];
  for (const { count, cursor } of container.blocks()) {
    for (let i = 0; i < count; i++) {
      const start = cursor.at;
      slots.fill(undefined);
      read(cursor, slots);
      const content = slots[3] ?? 0;
      if (content !== 0 && content !== 1) cursor.fail(`manifest content ${content}`, start);
      manifests.push(manifestOf(slots));
    }
  }
  return manifests;
}

function manifestOf(slots: readonly unknown[]): ManifestFile {
  return {
    manifestPath: slots[0] as string,
    manifestLength: slots[1] as number,
    partitionSpecId: (slots[2] as number | undefined) ?? 0,
    content: slots[3] === 1 ? "deletes" : "data",
    sequenceNumber: (slots[4] as number | undefined) ?? 0,
    minSequenceNumber: (slots[5] as number | undefined) ?? 0,
    addedSnapshotId: (slots[6] as bigint | undefined) ?? -1n,
    ...present("addedFilesCount", slots[7] as number | undefined),
    ...present("existingFilesCount", slots[8] as number | undefined),
    ...present("deletedFilesCount", slots[9] as number | undefined),
    ...present("addedRowsCount", slots[10] as number | undefined),
    ...present("existingRowsCount", slots[11] as number | undefined),
    ...present("deletedRowsCount", slots[12] as number | undefined),
    ...present("partitions", slots[13] as FieldSummary[] | undefined),
    ...present("keyMetadata", slots[14] as Uint8Array | undefined),
    ...present("firstRowId", slots[3] === 1 ? undefined : (slots[15] as bigint | undefined)),
  };
}

function summaryOf(slots: readonly unknown[]): FieldSummary {
  return {
    containsNull: slots[0] as boolean,
    ...present("containsNan", slots[1] as boolean | undefined),
    ...present("lowerBound", slots[2] as Uint8Array | undefined),
    ...present("upperBound", slots[3] as Uint8Array | undefined),
  };
}

function present<K extends string, V>(key: K, value: V | undefined): { readonly [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [P in K]: V });
}

/** Fields by id; the second names are those of Java before 1.5 (MAN-040). */
function listWanted(what: string): WantedField[] {
  return [
    { ...field(500, 0, asString, "manifest_path"), required: true },
    { ...field(501, 1, asNumber, "manifest_length"), required: true },
    field(502, 2, asInt, "partition_spec_id"),
    field(517, 3, asInt, "content"),
    field(515, 4, asNumber, "sequence_number"),
    field(516, 5, asNumber, "min_sequence_number"),
    field(503, 6, asLong, "added_snapshot_id"),
    field(504, 7, asNumber, "added_files_count", "added_data_files_count"),
    field(505, 8, asNumber, "existing_files_count", "existing_data_files_count"),
    field(506, 9, asNumber, "deleted_files_count", "deleted_data_files_count"),
    field(512, 10, asNumber, "added_rows_count"),
    field(513, 11, asNumber, "existing_rows_count"),
    field(514, 12, asNumber, "deleted_rows_count"),
    field(507, 13, asRecords(summaryWanted(), what, summaryOf), "partitions"),
    field(519, 14, asBytes, "key_metadata"),
    field(520, 15, asLong, "first_row_id"),
  ];
}

function summaryWanted(): WantedField[] {
  return [
    { ...field(509, 0, asBoolean, "contains_null"), required: true },
    field(518, 1, asBoolean, "contains_nan"),
    field(510, 2, asBytes, "lower_bound"),
    field(511, 3, asBytes, "upper_bound"),
  ];
}

function field(id: number, slot: number, decode: Decoder<unknown>, ...names: string[]): WantedField {
  return { id, names, slot, decode };
}
