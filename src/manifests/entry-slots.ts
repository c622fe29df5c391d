/** Which fields of a manifest entry are decoded, into which slots. Spec: Manifests; MAN-015, 017, 028. @module */
import {
  asBytes,
  asInt,
  asInterned,
  asList,
  asLong,
  asNumber,
  asRepeated,
  asString,
  avroName,
  type Decoder,
  primitiveDecoder,
  type RecordGate,
  recordReader,
  type WantedField,
} from "../avro/index.ts";
import type { PartitionTuple } from "../partitioning/index.ts";
import type { Field, PrimitiveValue } from "../schema/index.ts";
import type { FileFormat } from "./data-file.ts";
import { asBounds, asCounts, type WantedIds } from "./metric-maps.ts";

/** What of the entries is decoded; everything else is stepped over. */
export interface ManifestColumns {
  /** Field ids whose counts and bounds are decoded, `all` (default) or `none`. */
  readonly metricsFor?: ReadonlySet<number> | "all" | "none";
  /** Whether column sizes are among them. Default: only when `metricsFor` is `all`. */
  readonly columnSizes?: boolean;
}

/** Where each field goes in the slots. */
export const SLOT = {
  status: 0,
  snapshotId: 1,
  sequenceNumber: 2,
  fileSequenceNumber: 3,
  dataFile: 4,
  content: 5,
  filePath: 6,
  fileFormat: 7,
  partition: 8,
  recordCount: 9,
  fileSizeInBytes: 10,
  columnSizes: 11,
  valueCounts: 12,
  nullValueCounts: 13,
  nanValueCounts: 14,
  lowerBounds: 15,
  upperBounds: 16,
  keyMetadata: 17,
  splitOffsets: 18,
  equalityIds: 19,
  sortOrderId: 20,
  firstRowId: 21,
  referencedDataFile: 22,
  contentOffset: 23,
  contentSizeInBytes: 24,
} as const;

/** How many slots there are. */
export const SLOT_COUNT = Object.keys(SLOT).length;

const FORMATS: ReadonlySet<string> = new Set<FileFormat>(["avro", "orc", "parquet", "puffin"]);

/** What decides which fields are wanted. */
export interface EntryWishes {
  /** The partition fields of the manifest's spec, in its order. */
  readonly fields: readonly Field[];
  readonly columns?: ManifestColumns;
}

/**
 * The fields of `manifest_entry`; those of its `data_file` go straight into `slots`. `what` names the file in errors. With a gate for that record, slot
 * `filePath` gets the offset of the path in the block instead: most paths are never asked for.
 */
export function entryWanted(
  slots: unknown[],
  options: EntryWishes,
  what: string,
  gate?: RecordGate,
): WantedField[] {
  const files = fileWanted(options, what, gate === undefined ? asString : asPlace);
  const dataFile: Decoder<true> = (type) => {
    const read = recordReader(type, files, what, gate);
    return (cursor) => {
      read(cursor, slots);
      return true;
    };
  };
  return [
    { ...field(0, "status", SLOT.status, asInt), required: true },
    field(1, "snapshot_id", SLOT.snapshotId, asRepeated(asLong)),
    field(3, "sequence_number", SLOT.sequenceNumber, asNumber),
    field(4, "file_sequence_number", SLOT.fileSequenceNumber, asNumber),
    { ...field(2, "data_file", SLOT.dataFile, dataFile), required: true },
  ];
}

function fileWanted(options: EntryWishes, what: string, path: Decoder<unknown>): WantedField[] {
  const wanted: WantedField[] = [
    field(134, "content", SLOT.content, asInt),
    { ...field(100, "file_path", SLOT.filePath, path), required: true },
    { ...field(101, "file_format", SLOT.fileFormat, asRepeated(asFileFormat)), required: true },
    { ...field(103, "record_count", SLOT.recordCount, asNumber), required: true },
    { ...field(104, "file_size_in_bytes", SLOT.fileSizeInBytes, asNumber), required: true },
    field(131, "key_metadata", SLOT.keyMetadata, asBytes),
    field(132, "split_offsets", SLOT.splitOffsets, asRepeated(asList(asNumber))),
    field(135, "equality_ids", SLOT.equalityIds, asList(asInt)),
    field(140, "sort_order_id", SLOT.sortOrderId, asInt),
    field(142, "first_row_id", SLOT.firstRowId, asLong),
    field(143, "referenced_data_file", SLOT.referencedDataFile, asString),
    field(144, "content_offset", SLOT.contentOffset, asNumber),
    field(145, "content_size_in_bytes", SLOT.contentSizeInBytes, asNumber),
    ...metricsWanted(options.columns ?? {}),
  ];
  if (options.fields.length > 0) {
    // Files of one partition share their tuple.
    const partition = asInterned(asPartition(options.fields, what));
    wanted.push({ ...field(102, "partition", SLOT.partition, partition), required: true });
  }
  return wanted;
}

function metricsWanted(columns: ManifestColumns): WantedField[] {
  const metricsFor = columns.metricsFor ?? "all";
  const wanted: WantedField[] = [];
  if (columns.columnSizes ?? metricsFor === "all") {
    const ids: WantedIds = metricsFor === "none" ? "all" : metricsFor;
    wanted.push(field(108, "column_sizes", SLOT.columnSizes, asCounts(ids)));
  }
  if (metricsFor === "none" || (metricsFor !== "all" && metricsFor.size === 0)) return wanted;
  const counts = asCounts(metricsFor);
  const bounds = asBounds(metricsFor);
  wanted.push(
    field(109, "value_counts", SLOT.valueCounts, counts),
    field(110, "null_value_counts", SLOT.nullValueCounts, counts),
    field(137, "nan_value_counts", SLOT.nanValueCounts, counts),
    field(125, "lower_bounds", SLOT.lowerBounds, bounds),
    field(128, "upper_bounds", SLOT.upperBounds, bounds),
  );
  return wanted;
}

function field(id: number, name: string, slot: number, decode: Decoder<unknown>): WantedField {
  return { id, names: [name], slot, decode };
}

/** Where a text starts, its length included; read it with `readString` from there. */
const asPlace: Decoder<number> = (type) => {
  if (type.kind !== "string" && type.kind !== "bytes") return undefined;
  return (cursor) => {
    const start = cursor.at;
    const length = cursor.readLength();
    cursor.at += length;
    return start;
  };
};

/** The format name in any case (MAN-017); `undefined` for one that is not known. */
const asFileFormat: Decoder<FileFormat> = (type) => {
  const decode = asString(type);
  return (
    decode &&
    ((cursor) => {
      const name = decode(cursor)?.toLowerCase();
      return name !== undefined && FORMATS.has(name) ? (name as FileFormat) : undefined;
    })
  );
};

/** The tuple in spec order. */
function asPartition(fields: readonly Field[], what: string): Decoder<PartitionTuple> {
  return (type) => {
    const wanted = fields.map((partitionField, slot): WantedField => {
      const names = [partitionField.name, avroName(partitionField.name)];
      const decode = primitiveDecoder(partitionField.type);
      // A manifest without it is one of another spec: taken for nulls, its files would be skipped.
      return { id: partitionField.id, names, slot, decode, required: "may-be-null" };
    });
    const read = recordReader(type, wanted, what);
    return (cursor) => {
      const values: unknown[] = new Array(fields.length).fill(null);
      read(cursor, values);
      return values.map((value) => value ?? null) as (PrimitiveValue | null)[];
    };
  };
}
