/** The records manifests are made of. Spec: Manifests, Data File Fields; Manifest Lists. @module */
import type { PartitionTuple } from "../partitioning/index.ts";
import type { ColumnMetrics, FieldSummary } from "../values/index.ts";

/** What a file holds: field 134. */
export type FileContent = "data" | "position-deletes" | "equality-deletes";
export type FileFormat = "avro" | "orc" | "parquet" | "puffin";

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
