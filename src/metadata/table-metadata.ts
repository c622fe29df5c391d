/** The root of a table as an immutable record, and the look-ups into it. Spec: Table Metadata. @module */
import { IcebergError, type JsonObject } from "../base/index.ts";
import type { FormatVersion } from "../manifests/index.ts";
import type { PartitionSpec } from "../partitioning/index.ts";
import type { Schema } from "../schema/index.ts";
import type { SortOrder } from "../sorting/index.ts";
import type { MetadataLogEntry, Snapshot, SnapshotLogEntry, SnapshotRef } from "./snapshot.ts";

export type { FormatVersion };
/** The latest version this library reads and writes (MET-002). */
export const MAX_FORMAT_VERSION = 3;
/** Version of a table created without a wish (MET-018). */
export const DEFAULT_FORMAT_VERSION = 2;

/** One blob of a statistics file as metadata repeats it. */
export interface BlobMetadata {
  readonly type: string;
  readonly snapshotId: bigint;
  readonly sequenceNumber: number;
  /** Field ids, in order. */
  readonly fields: readonly number[];
  readonly properties?: ReadonlyMap<string, string>;
}

/** A Puffin file of statistics; advisory (MET-048). */
export interface StatisticsFile {
  readonly snapshotId: bigint;
  readonly statisticsPath: string;
  readonly fileSizeInBytes: number;
  /** Whole footer, from its leading magic to the end of the file (MET-050). */
  readonly fileFooterSizeInBytes: number;
  /** Base64, kept to the letter (MET-051). */
  readonly keyMetadata?: string;
  readonly blobMetadata: readonly BlobMetadata[];
}

/** A file of per-partition statistics (MET-052). */
export interface PartitionStatisticsFile {
  readonly snapshotId: bigint;
  readonly statisticsPath: string;
  readonly fileSizeInBytes: number;
}

/** A key of the table, itself encrypted (v3, MET-055). */
export interface EncryptedKey {
  readonly keyId: string;
  /** Base64, kept to the letter. */
  readonly encryptedKeyMetadata: string;
  readonly encryptedById?: string;
  readonly properties?: ReadonlyMap<string, string>;
}

/** Everything one metadata file says. Never changed in place: see `applyUpdates`. */
export interface TableMetadata {
  readonly formatVersion: FormatVersion;
  /** Absent only in v1 metadata that never got one (MET-059). */
  readonly tableUuid?: string;
  /** Without a trailing slash (MET-012). */
  readonly location: string;
  /** 0 in v1. */
  readonly lastSequenceNumber: number;
  readonly lastUpdatedMs: number;
  readonly lastColumnId: number;
  readonly schemas: readonly Schema[];
  readonly currentSchemaId: number;
  readonly partitionSpecs: readonly PartitionSpec[];
  readonly defaultSpecId: number;
  readonly lastPartitionId: number;
  readonly sortOrders: readonly SortOrder[];
  readonly defaultSortOrderId: number;
  readonly properties: ReadonlyMap<string, string>;
  /** Absent: the table has no current snapshot (MET-011). */
  readonly currentSnapshotId?: bigint;
  /** In the order they were added. */
  readonly snapshots: readonly Snapshot[];
  readonly snapshotLog: readonly SnapshotLogEntry[];
  readonly metadataLog: readonly MetadataLogEntry[];
  readonly refs: ReadonlyMap<string, SnapshotRef>;
  readonly statistics: readonly StatisticsFile[];
  readonly partitionStatistics: readonly PartitionStatisticsFile[];
  /** v3 only. */
  readonly nextRowId?: bigint;
  readonly encryptionKeys: readonly EncryptedKey[];
  /** Members of the file this library does not know, written back as they were (MET-005). */
  readonly unknownFields?: JsonObject;
}

/** The schema new data is written with. Throws `invalid-metadata` when the id dangles (MET-007). */
export function currentSchema(metadata: TableMetadata): Schema {
  return schemaById(metadata, metadata.currentSchemaId) ?? missing("schema", metadata.currentSchemaId);
}

/** The schema of an id, `undefined` when the table has none. */
export function schemaById(metadata: TableMetadata, schemaId: number): Schema | undefined {
  return metadata.schemas.find((schema) => schema.schemaId === schemaId);
}

/** The spec new data is written with. Throws `invalid-metadata` when the id dangles. */
export function defaultSpec(metadata: TableMetadata): PartitionSpec {
  return specById(metadata, metadata.defaultSpecId) ?? missing("partition spec", metadata.defaultSpecId);
}

/** The partition spec of an id, `undefined` when the table has none. */
export function specById(metadata: TableMetadata, specId: number): PartitionSpec | undefined {
  return metadata.partitionSpecs.find((spec) => spec.specId === specId);
}

/** The order new data should be sorted in. Throws `invalid-metadata` when the id dangles. */
export function defaultSortOrder(metadata: TableMetadata): SortOrder {
  return (
    sortOrderById(metadata, metadata.defaultSortOrderId) ?? missing("sort order", metadata.defaultSortOrderId)
  );
}

/** The sort order of an id; an unknown id means unsorted (PRT-064) and gives `undefined`. */
export function sortOrderById(metadata: TableMetadata, orderId: number): SortOrder | undefined {
  return metadata.sortOrders.find((order) => order.orderId === orderId);
}

/** The head of `main`, `undefined` for a table without one. */
export function currentSnapshot(metadata: TableMetadata): Snapshot | undefined {
  const id = metadata.currentSnapshotId;
  return id === undefined ? undefined : snapshotById(metadata, id);
}

/** The snapshot of an id, `undefined` when the table has none. Constant time after the first call. */
export function snapshotById(metadata: TableMetadata, snapshotId: bigint): Snapshot | undefined {
  return findSnapshot(metadata.snapshots, snapshotId);
}

/** The snapshot a branch or tag names, `undefined` when there is no such reference. */
export function snapshotByRef(metadata: TableMetadata, ref: string): Snapshot | undefined {
  const id = metadata.refs.get(ref)?.snapshotId;
  return id === undefined ? undefined : snapshotById(metadata, id);
}

/** A snapshot and its ancestors, newest first; ends at the root or where history was expired. */
export function* ancestorsOf(metadata: TableMetadata, snapshotId: bigint): Generator<Snapshot> {
  let left = metadata.snapshots.length;
  let snapshot = snapshotById(metadata, snapshotId);
  // The count guards against a cycle in a corrupt file.
  while (snapshot !== undefined && left-- > 0) {
    yield snapshot;
    const parent = snapshot.parentSnapshotId;
    snapshot = parent === undefined ? undefined : snapshotById(metadata, parent);
  }
}

/**
 * Position by snapshot id, per list. A list made by {@link appendSnapshot} shares the index of the list it
 * extends: entries are only ever added, and a hit counts only if that position holds that id, so siblings that
 * extend one list differently do not disturb each other.
 */
const indexes = new WeakMap<readonly Snapshot[], Map<bigint, number>>();

/** The snapshot of an id in a list of snapshots. */
export function findSnapshot(snapshots: readonly Snapshot[], snapshotId: bigint): Snapshot | undefined {
  const at = indexOf(snapshots).get(snapshotId);
  const snapshot = at === undefined ? undefined : snapshots[at];
  return snapshot?.snapshotId === snapshotId ? snapshot : undefined;
}

/** A list with one more snapshot at its end; the index of ids is carried over instead of rebuilt. */
export function appendSnapshot(snapshots: readonly Snapshot[], snapshot: Snapshot): readonly Snapshot[] {
  const index = indexOf(snapshots);
  const next = [...snapshots, snapshot];
  const known = index.get(snapshot.snapshotId);
  if (known === undefined) index.set(snapshot.snapshotId, snapshots.length);
  // A sibling list has this id elsewhere: the new list needs an index of its own, built when first asked.
  if (known === undefined || known === snapshots.length) indexes.set(next, index);
  return next;
}

function indexOf(snapshots: readonly Snapshot[]): Map<bigint, number> {
  let index = indexes.get(snapshots);
  if (index === undefined) {
    index = new Map();
    for (const [at, snapshot] of snapshots.entries()) index.set(snapshot.snapshotId, at);
    indexes.set(snapshots, index);
  }
  return index;
}

function missing(what: string, id: number): never {
  throw new IcebergError("invalid-metadata", `Cannot find ${what} ${id}: the metadata does not list it`, {
    context: { id },
  });
}
