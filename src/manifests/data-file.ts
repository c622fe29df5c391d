/** The records manifests are made of. Spec: Manifests, Data File Fields; Manifest Lists. @module */
import type { PrimitiveValue } from "../schema/index.ts";

/** What a file holds: field 134. */
export type FileContent = "data" | "position-deletes" | "equality-deletes";
export type FileFormat = "avro" | "orc" | "parquet" | "puffin";

/** Partition values in the order of the spec's fields, each null or a value of the field's result type. */
export type PartitionTuple = readonly (PrimitiveValue | null)[];

/** Per-column metrics, keyed by field id. A missing map or id means unknown, never zero (MAN-065). */
export interface ColumnMetrics {
  /** Compressed bytes on disk (108). */
  readonly columnSizes?: ReadonlyMap<number, number>;
  /** All values, nulls and NaNs included (109). */
  readonly valueCounts?: ReadonlyMap<number, number>;
  readonly nullValueCounts?: ReadonlyMap<number, number>;
  /** Floating-point columns only (137). */
  readonly nanValueCounts?: ReadonlyMap<number, number>;
  /** Single-value bytes, see Appendix D; at or below every non-null, non-NaN value (125). */
  readonly lowerBounds?: ReadonlyMap<number, Uint8Array>;
  /** At or above every such value (128). */
  readonly upperBounds?: ReadonlyMap<number, Uint8Array>;
}

/** A data or delete file as a manifest describes it. */
export interface DataFile extends ColumnMetrics {
  readonly content: FileContent;
  /** Full URI, byte for byte an identity (MAN-018). */
  readonly filePath: string;
  readonly fileFormat: FileFormat;
  /** The spec `partition` belongs to; from the manifest list, not stored per file. */
  readonly specId: number;
  readonly partition: PartitionTuple;
  readonly recordCount: number;
  readonly fileSizeInBytes: number;
  readonly keyMetadata?: Uint8Array;
  /** Start of each row group, ascending (132). */
  readonly splitOffsets?: readonly number[];
  readonly equalityIds?: readonly number[];
  readonly sortOrderId?: number;
  /** v3 row lineage: id of the file's first row (142). */
  readonly firstRowId?: bigint;
  readonly referencedDataFile?: string;
  readonly contentOffset?: number;
  readonly contentSizeInBytes?: number;
}

export type EntryStatus = "existing" | "added" | "deleted";

/** One line of a manifest. After inheritance (MAN-029) snapshot id and sequence numbers are filled in. */
export interface ManifestEntry {
  readonly status: EntryStatus;
  /** Snapshot that added the file, or deleted it when `status` is `deleted`. Absent: inherited. */
  readonly snapshotId?: bigint;
  /** Data sequence number. Absent: inherited. */
  readonly sequenceNumber?: number;
  readonly fileSequenceNumber?: number;
  readonly dataFile: DataFile;
}

export type ManifestContent = "data" | "deletes";

/** Bounds of one partition field over all entries of a manifest (507). */
export interface FieldSummary {
  readonly containsNull: boolean;
  /** Absent: unknown (MAN-045). */
  readonly containsNan?: boolean;
  readonly lowerBound?: Uint8Array;
  readonly upperBound?: Uint8Array;
}

/** One manifest as a manifest list describes it. Absent counts mean unknown, never zero (MAN-041). */
export interface ManifestFile {
  readonly manifestPath: string;
  readonly manifestLength: number;
  readonly partitionSpecId: number;
  readonly content: ManifestContent;
  /** Absent on a manifest that its own commit has not numbered yet (MAN-033). */
  readonly sequenceNumber?: number;
  readonly minSequenceNumber?: number;
  readonly addedSnapshotId: bigint;
  readonly addedFilesCount?: number;
  readonly existingFilesCount?: number;
  readonly deletedFilesCount?: number;
  readonly addedRowsCount?: number;
  readonly existingRowsCount?: number;
  readonly deletedRowsCount?: number;
  /** One per field of the spec, in its order; absent: unknown. */
  readonly partitions?: readonly FieldSummary[];
  readonly keyMetadata?: Uint8Array;
  readonly firstRowId?: bigint;
}
