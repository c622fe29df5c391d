/** Entries as they are made while decoding. Spec: Manifests; Sequence Number Inheritance. @module */
import type { PartitionTuple } from "../partitioning/index.ts";
import type {
  DataFile,
  EntryStatus,
  FileContent,
  FileFormat,
  ManifestEntry,
  ManifestFile,
} from "./data-file.ts";
import { SLOT } from "./entry-slots.ts";

/** What the manifest list says of the manifest: what reading needs, and what shows a manifest that is not whole. */
export type ManifestContext = Pick<
  ManifestFile,
  "partitionSpecId" | "content" | "addedSnapshotId" | "sequenceNumber" | "firstRowId"
> &
  Partial<Pick<ManifestFile, "manifestLength" | "addedFilesCount" | "existingFilesCount">>;

const NO_PARTITION: PartitionTuple = Object.freeze([]);

/**
 * The two records are classes only for speed: engines size instances by what constructors assign, and a plan
 * makes hundreds of thousands. Absent members are not assigned at all, so instances compare and spread like
 * object literals.
 */
export class DecodedFile implements DataFile {
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
export class DecodedEntry implements ManifestEntry {
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
