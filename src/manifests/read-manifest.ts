/** Reading manifests of any format version, with inheritance applied. Spec: Manifests; Sequence Number Inheritance; First Row ID Inheritance. @module */
import {
  type AvroContainer,
  type AvroCursor,
  asBytes,
  asInt,
  asList,
  asLong,
  asNumber,
  asRepeatedString,
  asString,
  avroName,
  type Decoder,
  primitiveDecoder,
  recordReader,
  type WantedField,
} from "../avro/index.ts";
import type { PartitionTuple } from "../partitioning/index.ts";
import type { Field, PrimitiveValue } from "../schema/index.ts";
import type { ColumnMetrics } from "../values/index.ts";
import type {
  DataFile,
  EntryStatus,
  FileContent,
  FileFormat,
  ManifestEntry,
  ManifestFile,
} from "./data-file.ts";
import { openManifest } from "./header.ts";
import { asMetricMap, type WantedIds } from "./metric-maps.ts";

/** What of the entries is decoded; everything else is stepped over. */
export interface ManifestColumns {
  /** Field ids whose counts and bounds are decoded, `all` (default) or `none`. */
  readonly metricsFor?: ReadonlySet<number> | "all" | "none";
  /** Whether column sizes are among them. Default: only when `metricsFor` is `all`. */
  readonly columnSizes?: boolean;
}

/** What the manifest list says of the manifest, as far as reading needs it. */
export type ManifestContext = Pick<
  ManifestFile,
  "partitionSpecId" | "content" | "addedSnapshotId" | "sequenceNumber" | "firstRowId"
>;

export interface ReadManifestOptions {
  readonly manifest: ManifestContext;
  /** The partition fields of the manifest's spec, in its order: `partitionFields(spec, schema)`. */
  readonly fields: readonly Field[];
  /** Names the file in errors: its path. */
  readonly what: string;
  readonly columns?: ManifestColumns;
  /** Leave out deleted entries, which scans never use (MAN-011). Default false. */
  readonly liveOnly?: boolean;
}

/**
 * All entries of a manifest in file order. Snapshot ids, sequence numbers and row ids that are inherited are
 * filled in from the manifest list (MAN-029, 030, 036); the numbers of an unnumbered manifest stay absent.
 * @throws IcebergError `corrupt-file` naming file and offset; `unsupported` for format version 4 and later.
 */
export function readManifest(bytes: Uint8Array, options: ReadManifestOptions): ManifestEntry[] {
  const entries: ManifestEntry[] = [];
  const container = openManifest(bytes, options.what);
  const read = entryReader(container, options);
  for (const block of container.blocks()) {
    for (let i = 0; i < block.count; i++) {
      const entry = read(block.cursor);
      if (entry !== undefined) entries.push(entry);
    }
  }
  return entries;
}

/** The entries of {@link readManifest} one by one, holding one unpacked block at a time. */
export function* manifestEntries(
  bytes: Uint8Array,
  options: ReadManifestOptions,
): Generator<ManifestEntry, void, undefined> {
  const container = openManifest(bytes, options.what);
  const read = entryReader(container, options);
  for (const block of container.blocks()) {
    for (let i = 0; i < block.count; i++) {
      const entry = read(block.cursor);
      if (entry !== undefined) yield entry;
    }
  }
}

/** Where each field goes in the slots. */
const SLOT = {
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

const STATUSES: readonly EntryStatus[] = ["existing", "added", "deleted"];
const CONTENTS: readonly FileContent[] = ["data", "position-deletes", "equality-deletes"];
const FORMATS: ReadonlySet<string> = new Set<FileFormat>(["avro", "orc", "parquet", "puffin"]);

type EntryReader = (cursor: AvroCursor) => ManifestEntry | undefined;

/** A reader of one entry; it must be given every entry of the file in order, for row ids depend on it (MAN-039). */
function entryReader(container: AvroContainer, options: ReadManifestOptions): EntryReader {
  const { manifest, what, liveOnly } = options;
  const slots: unknown[] = new Array(25).fill(undefined);
  const read = recordReader(container.type, entryWanted(slots, options), what);
  const inherit = inheritance(manifest);
  return (cursor) => {
    const start = cursor.at;
    slots.fill(undefined);
    read(cursor, slots);
    const status = STATUSES[slots[SLOT.status] as number];
    if (status === undefined) return cursor.fail(`status ${slots[SLOT.status]} of an entry`, start);
    const content = CONTENTS[(slots[SLOT.content] as number | undefined) ?? 0];
    if (content === undefined || (content === "data") !== (manifest.content === "data")) {
      return cursor.fail(
        `a file with content ${slots[SLOT.content] ?? 0} in a ${manifest.content} manifest`,
        start,
      );
    }
    const fileFormat = slots[SLOT.fileFormat] as FileFormat | undefined;
    if (fileFormat === undefined) return cursor.fail("an entry without a known file format", start);
    const problem = inherit(status, slots);
    if (problem !== undefined) return cursor.fail(problem, start);
    if (liveOnly === true && status === "deleted") return undefined;
    return makeEntry(status, content, fileFormat, manifest.partitionSpecId, slots);
  };
}

type Draft<T> = { -readonly [K in keyof T]: T[K] };

function makeEntry(
  status: EntryStatus,
  content: FileContent,
  fileFormat: FileFormat,
  specId: number,
  slots: readonly unknown[],
): ManifestEntry {
  const dataFile: Draft<DataFile> = {
    content,
    filePath: slots[SLOT.filePath] as string,
    fileFormat,
    specId,
    partition: (slots[SLOT.partition] as PartitionTuple | undefined) ?? NO_PARTITION,
    recordCount: slots[SLOT.recordCount] as number,
    fileSizeInBytes: slots[SLOT.fileSizeInBytes] as number,
  };
  addMetrics(dataFile, slots);
  addLayout(dataFile, content, slots);
  const entry: Draft<ManifestEntry> = { status, dataFile };
  const snapshotId = slots[SLOT.snapshotId] as bigint | undefined;
  if (snapshotId !== undefined) entry.snapshotId = snapshotId;
  const sequenceNumber = slots[SLOT.sequenceNumber] as number | undefined;
  if (sequenceNumber !== undefined) entry.sequenceNumber = sequenceNumber;
  const fileSequenceNumber = slots[SLOT.fileSequenceNumber] as number | undefined;
  if (fileSequenceNumber !== undefined) entry.fileSequenceNumber = fileSequenceNumber;
  return entry;
}

const NO_PARTITION: PartitionTuple = Object.freeze([]);

type Counts = ReadonlyMap<number, number>;
type Bounds = ReadonlyMap<number, Uint8Array>;

function addMetrics(file: Draft<ColumnMetrics>, slots: readonly unknown[]): void {
  const columnSizes = slots[SLOT.columnSizes];
  if (columnSizes !== undefined) file.columnSizes = columnSizes as Counts;
  const valueCounts = slots[SLOT.valueCounts];
  if (valueCounts !== undefined) file.valueCounts = valueCounts as Counts;
  const nullValueCounts = slots[SLOT.nullValueCounts];
  if (nullValueCounts !== undefined) file.nullValueCounts = nullValueCounts as Counts;
  const nanValueCounts = slots[SLOT.nanValueCounts];
  if (nanValueCounts !== undefined) file.nanValueCounts = nanValueCounts as Counts;
  const lowerBounds = slots[SLOT.lowerBounds];
  if (lowerBounds !== undefined) file.lowerBounds = lowerBounds as Bounds;
  const upperBounds = slots[SLOT.upperBounds];
  if (upperBounds !== undefined) file.upperBounds = upperBounds as Bounds;
}

function addLayout(file: Draft<DataFile>, content: FileContent, slots: readonly unknown[]): void {
  const keyMetadata = slots[SLOT.keyMetadata];
  if (keyMetadata !== undefined) file.keyMetadata = keyMetadata as Uint8Array;
  const splitOffsets = slots[SLOT.splitOffsets];
  if (splitOffsets !== undefined) file.splitOffsets = splitOffsets as number[];
  const equalityIds = slots[SLOT.equalityIds];
  if (equalityIds !== undefined) file.equalityIds = equalityIds as number[];
  const sortOrderId = slots[SLOT.sortOrderId];
  // Ignored on position deletes (MAN-027).
  if (sortOrderId !== undefined && content !== "position-deletes") file.sortOrderId = sortOrderId as number;
  const firstRowId = slots[SLOT.firstRowId];
  if (firstRowId !== undefined) file.firstRowId = firstRowId as bigint;
  const referencedDataFile = slots[SLOT.referencedDataFile];
  if (referencedDataFile !== undefined) file.referencedDataFile = referencedDataFile as string;
  const contentOffset = slots[SLOT.contentOffset];
  if (contentOffset !== undefined) file.contentOffset = contentOffset as number;
  const contentSizeInBytes = slots[SLOT.contentSizeInBytes];
  if (contentSizeInBytes !== undefined) file.contentSizeInBytes = contentSizeInBytes as number;
}

/** Fills inherited numbers into the slots; answers what is wrong with the entry, if anything. */
function inheritance(
  manifest: ManifestContext,
): (status: EntryStatus, slots: unknown[]) => string | undefined {
  const { sequenceNumber, addedSnapshotId, content } = manifest;
  // Row ids of committed manifests without a first row id are null, whatever their entries say (MAN-037).
  const clearRowIds = manifest.firstRowId === undefined && sequenceNumber !== undefined;
  let nextRowId = content === "data" ? manifest.firstRowId : undefined;
  return (status, slots) => {
    slots[SLOT.snapshotId] ??= addedSnapshotId;
    if (status === "added" || sequenceNumber === 0) {
      slots[SLOT.sequenceNumber] ??= sequenceNumber;
      slots[SLOT.fileSequenceNumber] ??= sequenceNumber;
    } else if (slots[SLOT.sequenceNumber] === undefined && status === "existing") {
      return `an existing file without a data sequence number in a manifest with sequence number ${sequenceNumber}`;
    }
    if (clearRowIds || content === "deletes") {
      slots[SLOT.firstRowId] = undefined;
    } else if (nextRowId !== undefined && status !== "deleted" && slots[SLOT.firstRowId] === undefined) {
      slots[SLOT.firstRowId] = nextRowId;
      nextRowId += BigInt(slots[SLOT.recordCount] as number);
    }
    return undefined;
  };
}

function entryWanted(slots: unknown[], options: ReadManifestOptions): WantedField[] {
  const { what } = options;
  const files = fileWanted(options);
  const dataFile: Decoder<true> = (type) => {
    const read = recordReader(type, files, what);
    return (cursor) => {
      read(cursor, slots);
      return true;
    };
  };
  return [
    { ...field(0, "status", SLOT.status, asInt), required: true },
    field(1, "snapshot_id", SLOT.snapshotId, asLong),
    field(3, "sequence_number", SLOT.sequenceNumber, asNumber),
    field(4, "file_sequence_number", SLOT.fileSequenceNumber, asNumber),
    { ...field(2, "data_file", SLOT.dataFile, dataFile), required: true },
  ];
}

function fileWanted(options: ReadManifestOptions): WantedField[] {
  const wanted: WantedField[] = [
    field(134, "content", SLOT.content, asInt),
    { ...field(100, "file_path", SLOT.filePath, asString), required: true },
    { ...field(101, "file_format", SLOT.fileFormat, asFileFormat), required: true },
    { ...field(103, "record_count", SLOT.recordCount, asNumber), required: true },
    { ...field(104, "file_size_in_bytes", SLOT.fileSizeInBytes, asNumber), required: true },
    field(131, "key_metadata", SLOT.keyMetadata, asBytes),
    field(132, "split_offsets", SLOT.splitOffsets, asList(asNumber)),
    field(135, "equality_ids", SLOT.equalityIds, asList(asInt)),
    field(140, "sort_order_id", SLOT.sortOrderId, asInt),
    field(142, "first_row_id", SLOT.firstRowId, asLong),
    field(143, "referenced_data_file", SLOT.referencedDataFile, asString),
    field(144, "content_offset", SLOT.contentOffset, asNumber),
    field(145, "content_size_in_bytes", SLOT.contentSizeInBytes, asNumber),
    ...metricsWanted(options.columns ?? {}),
  ];
  if (options.fields.length > 0) {
    const partition = asPartition(options.fields, options.what);
    wanted.push({ ...field(102, "partition", SLOT.partition, partition), required: true });
  }
  return wanted;
}

function metricsWanted(columns: ManifestColumns): WantedField[] {
  const metricsFor = columns.metricsFor ?? "all";
  const wanted: WantedField[] = [];
  if (columns.columnSizes ?? metricsFor === "all") {
    const ids: WantedIds = metricsFor === "none" ? "all" : metricsFor;
    wanted.push(field(108, "column_sizes", SLOT.columnSizes, asMetricMap(asNumber, ids)));
  }
  if (metricsFor === "none" || (metricsFor !== "all" && metricsFor.size === 0)) return wanted;
  const counts = asMetricMap(asNumber, metricsFor);
  const bounds = asMetricMap(asBytes, metricsFor);
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

/** The format name in any case (MAN-017); `undefined` for one that is not known. */
const asFileFormat: Decoder<FileFormat> = (type) => {
  const decode = asRepeatedString(type);
  return (
    decode &&
    ((cursor) => {
      const name = decode(cursor)?.toLowerCase();
      return name !== undefined && FORMATS.has(name) ? (name as FileFormat) : undefined;
    })
  );
};

/** The tuple in spec order; an entry whose values equal those of the entry before shares its tuple. */
function asPartition(fields: readonly Field[], what: string): Decoder<PartitionTuple> {
  return (type) => {
    const wanted = fields.map((partitionField, slot): WantedField => {
      const names = [partitionField.name, avroName(partitionField.name)];
      return { id: partitionField.id, names, slot, decode: primitiveDecoder(partitionField.type) };
    });
    const read = recordReader(type, wanted, what);
    const values: unknown[] = new Array(fields.length);
    let last: (PrimitiveValue | null)[] | undefined;
    return (cursor) => {
      values.fill(null);
      read(cursor, values);
      let same = last !== undefined;
      for (let i = 0; i < values.length; i++) {
        values[i] ??= null;
        if (same && !Object.is(values[i], last![i])) same = false;
      }
      if (!same) last = [...values] as (PrimitiveValue | null)[];
      return last;
    };
  };
}
