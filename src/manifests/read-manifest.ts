/** Reading manifests of any format version, with inheritance applied. Spec: Manifests; Sequence Number Inheritance; First Row ID Inheritance. @module */
import {
  type AvroContainer,
  type AvroCursor,
  asBytes,
  asInt,
  asList,
  asLong,
  asNumber,
  asRepeated,
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
import type {
  DataFile,
  EntryStatus,
  FileContent,
  FileFormat,
  ManifestEntry,
  ManifestFile,
} from "./data-file.ts";
import { openManifest } from "./header.ts";
import { asBounds, asCounts, type WantedIds } from "./metric-maps.ts";

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
  // Fields that the file lacks leave their slots undefined for good; the others are set anew by every entry.
  const slots: unknown[] = new Array(25).fill(undefined);
  const read = recordReader(container.type, entryWanted(slots, options), what);
  const rowIds = rowIdAssigner(manifest);
  return (cursor) => {
    const start = cursor.at;
    read(cursor, slots);
    const status = STATUSES[slots[SLOT.status] as number];
    if (status === undefined) return cursor.fail(`status ${slots[SLOT.status]} of an entry`, start);
    const content = CONTENTS[(slots[SLOT.content] as number | undefined) ?? 0];
    if (content === undefined || (content === "data") !== (manifest.content === "data")) {
      const code = slots[SLOT.content] ?? 0;
      return cursor.fail(`a file with content ${code} in a ${manifest.content} manifest`, start);
    }
    if (slots[SLOT.fileFormat] === undefined)
      return cursor.fail("an entry without a known file format", start);
    const inherits = status === "added" || manifest.sequenceNumber === 0;
    if (status === "existing" && !inherits && slots[SLOT.sequenceNumber] === undefined) {
      return cursor.fail("an existing file without its data sequence number", start);
    }
    const firstRowId = rowIds(status, slots);
    if (liveOnly === true && status === "deleted") return undefined;
    return new DecodedEntry(
      status,
      new DecodedFile(content, firstRowId, manifest.partitionSpecId, slots),
      inherits,
      manifest,
      slots,
    );
  };
}

/**
 * The first row id of each entry in turn (MAN-036): its own, else the manifest's plus the rows of the entries
 * before that had none either. Deleted entries neither get one nor advance it.
 */
function rowIdAssigner(manifest: ManifestContext) {
  // Row ids of committed manifests without a first row id are null, whatever their entries say (MAN-037).
  const none =
    manifest.content === "deletes" ||
    (manifest.firstRowId === undefined && manifest.sequenceNumber !== undefined);
  let next = manifest.firstRowId;
  return (status: EntryStatus, slots: readonly unknown[]): bigint | undefined => {
    if (none) return undefined;
    const own = slots[SLOT.firstRowId] as bigint | undefined;
    if (own !== undefined || next === undefined || status === "deleted") return own;
    const assigned = next;
    next += BigInt(slots[SLOT.recordCount] as number);
    return assigned;
  };
}

const NO_PARTITION: PartitionTuple = Object.freeze([]);

/**
 * The two records are classes only for speed: engines size instances by what constructors assign, and a plan
 * makes hundreds of thousands. Absent members are not assigned at all, so instances compare and spread like
 * object literals.
 */
class DecodedFile implements DataFile {
  declare readonly columnSizes?: Counts;
  declare readonly valueCounts?: Counts;
  declare readonly nullValueCounts?: Counts;
  declare readonly nanValueCounts?: Counts;
  declare readonly lowerBounds?: Bounds;
  declare readonly upperBounds?: Bounds;
  declare readonly keyMetadata?: Uint8Array;
  declare readonly splitOffsets?: readonly number[];
  declare readonly equalityIds?: readonly number[];
  declare readonly sortOrderId?: number;
  declare readonly firstRowId?: bigint;
  declare readonly referencedDataFile?: string;
  declare readonly contentOffset?: number;
  declare readonly contentSizeInBytes?: number;
  readonly content: FileContent;
  readonly filePath: string;
  readonly fileFormat: FileFormat;
  readonly specId: number;
  readonly partition: PartitionTuple;
  readonly recordCount: number;
  readonly fileSizeInBytes: number;

  constructor(
    content: FileContent,
    firstRowId: bigint | undefined,
    specId: number,
    slots: readonly unknown[],
  ) {
    this.content = content;
    this.filePath = slots[SLOT.filePath] as string;
    this.fileFormat = slots[SLOT.fileFormat] as FileFormat;
    this.specId = specId;
    this.partition = (slots[SLOT.partition] as PartitionTuple | undefined) ?? NO_PARTITION;
    this.recordCount = slots[SLOT.recordCount] as number;
    this.fileSizeInBytes = slots[SLOT.fileSizeInBytes] as number;
    const columnSizes = slots[SLOT.columnSizes] as Counts | undefined;
    if (columnSizes !== undefined) this.columnSizes = columnSizes;
    const valueCounts = slots[SLOT.valueCounts] as Counts | undefined;
    if (valueCounts !== undefined) this.valueCounts = valueCounts;
    const nullValueCounts = slots[SLOT.nullValueCounts] as Counts | undefined;
    if (nullValueCounts !== undefined) this.nullValueCounts = nullValueCounts;
    const nanValueCounts = slots[SLOT.nanValueCounts] as Counts | undefined;
    if (nanValueCounts !== undefined) this.nanValueCounts = nanValueCounts;
    const lowerBounds = slots[SLOT.lowerBounds] as Bounds | undefined;
    if (lowerBounds !== undefined) this.lowerBounds = lowerBounds;
    const upperBounds = slots[SLOT.upperBounds] as Bounds | undefined;
    if (upperBounds !== undefined) this.upperBounds = upperBounds;
    const keyMetadata = slots[SLOT.keyMetadata] as Uint8Array | undefined;
    if (keyMetadata !== undefined) this.keyMetadata = keyMetadata;
    const splitOffsets = slots[SLOT.splitOffsets] as number[] | undefined;
    if (splitOffsets !== undefined) this.splitOffsets = splitOffsets;
    const equalityIds = slots[SLOT.equalityIds] as number[] | undefined;
    if (equalityIds !== undefined) this.equalityIds = equalityIds;
    const sortOrderId = slots[SLOT.sortOrderId] as number | undefined;
    // Ignored on position deletes (MAN-027).
    if (sortOrderId !== undefined && content !== "position-deletes") this.sortOrderId = sortOrderId;
    if (firstRowId !== undefined) this.firstRowId = firstRowId;
    const referencedDataFile = slots[SLOT.referencedDataFile] as string | undefined;
    if (referencedDataFile !== undefined) this.referencedDataFile = referencedDataFile;
    const contentOffset = slots[SLOT.contentOffset] as number | undefined;
    if (contentOffset !== undefined) this.contentOffset = contentOffset;
    const contentSizeInBytes = slots[SLOT.contentSizeInBytes] as number | undefined;
    if (contentSizeInBytes !== undefined) this.contentSizeInBytes = contentSizeInBytes;
  }
}

type Counts = ReadonlyMap<number, number>;
type Bounds = ReadonlyMap<number, Uint8Array>;

/** An entry with what it inherits filled in (MAN-029, MAN-030). */
class DecodedEntry implements ManifestEntry {
  readonly status: EntryStatus;
  readonly snapshotId: bigint;
  declare readonly sequenceNumber?: number;
  declare readonly fileSequenceNumber?: number;
  readonly dataFile: DataFile;

  constructor(
    status: EntryStatus,
    dataFile: DataFile,
    inherits: boolean,
    manifest: ManifestContext,
    slots: readonly unknown[],
  ) {
    const inherited = inherits ? manifest.sequenceNumber : undefined;
    this.status = status;
    this.snapshotId = (slots[SLOT.snapshotId] as bigint | undefined) ?? manifest.addedSnapshotId;
    const sequenceNumber = (slots[SLOT.sequenceNumber] as number | undefined) ?? inherited;
    if (sequenceNumber !== undefined) this.sequenceNumber = sequenceNumber;
    const fileSequenceNumber = (slots[SLOT.fileSequenceNumber] as number | undefined) ?? inherited;
    if (fileSequenceNumber !== undefined) this.fileSequenceNumber = fileSequenceNumber;
    this.dataFile = dataFile;
  }
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
    field(1, "snapshot_id", SLOT.snapshotId, asRepeated(asLong, Object.is)),
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
    field(132, "split_offsets", SLOT.splitOffsets, asRepeated(asList(asNumber), sameNumbers)),
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

function sameNumbers(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((value, index) => value === b[index]);
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
