/** Updates of snapshots, references, statistics and keys. Spec: Snapshots; Snapshot References. @module */
import { CommitFailedError, ValidationError } from "../base/index.ts";
import type { Draft } from "./draft.ts";
import { MAIN_BRANCH, type Snapshot, type SnapshotRef, sameRef } from "./snapshot.ts";
import { refFault } from "./snapshot-json.ts";
import {
  appendSnapshot,
  type EncryptedKey,
  findSnapshot,
  type PartitionStatisticsFile,
  type StatisticsFile,
} from "./table-metadata.ts";

/**
 * Adds a snapshot and moves the table's sequence number and next row id (MET-024, MET-027).
 * @throws CommitFailedError when its numbers were taken from an older state of the table (MET-028, CMT-019).
 */
export function addSnapshot(draft: Draft, snapshot: Snapshot): void {
  const { next } = draft;
  const id = snapshot.snapshotId;
  if (findSnapshot(next.snapshots, id) !== undefined) {
    throw new ValidationError(`Cannot add snapshot ${id}: the table has a snapshot of that id`, {
      context: { snapshotId: id },
    });
  }
  if (next.formatVersion > 1) numberSnapshot(draft, snapshot);
  if (next.formatVersion > 2) assignRows(draft, snapshot);
  // v1 has no sequence numbers.
  const stored =
    next.formatVersion === 1 && snapshot.sequenceNumber !== 0 ? { ...snapshot, sequenceNumber: 0 } : snapshot;
  next.snapshots = appendSnapshot(next.snapshots, Object.freeze(stored));
  draft.addedSnapshotIds.add(id);
  draft.changed = true;
}

function numberSnapshot(draft: Draft, snapshot: Snapshot): void {
  const { next } = draft;
  const stale = snapshot.sequenceNumber <= next.lastSequenceNumber;
  // A root snapshot may carry a smaller number; the table's never goes back.
  if (stale && snapshot.parentSnapshotId !== undefined) {
    throw new CommitFailedError(
      `Cannot add snapshot ${snapshot.snapshotId}: its sequence number ${snapshot.sequenceNumber} is not above the table's last ${next.lastSequenceNumber}`,
      { context: { snapshotId: snapshot.snapshotId } },
    );
  }
  next.lastSequenceNumber = Math.max(next.lastSequenceNumber, snapshot.sequenceNumber);
}

function assignRows(draft: Draft, snapshot: Snapshot): void {
  const { next } = draft;
  const nextRowId = next.nextRowId ?? 0n;
  const { firstRowId, addedRows } = snapshot;
  if (firstRowId === undefined || addedRows === undefined) {
    // A writer that began before the table was upgraded gets another chance.
    throw new CommitFailedError(
      `Cannot add snapshot ${snapshot.snapshotId} to a v3 table: it has no first-row-id or no added-rows`,
      { context: { snapshotId: snapshot.snapshotId } },
    );
  }
  if (addedRows < 0n) {
    throw new ValidationError(
      `Cannot add snapshot ${snapshot.snapshotId}: its added-rows ${addedRows} is negative`,
    );
  }
  if (firstRowId < nextRowId) {
    throw new CommitFailedError(
      `Cannot add snapshot ${snapshot.snapshotId}: its first-row-id ${firstRowId} is below the table's next-row-id ${nextRowId}`,
      { context: { snapshotId: snapshot.snapshotId } },
    );
  }
  next.nextRowId = firstRowId + addedRows;
}

/** Creates or moves a branch or tag; `main` is the current snapshot (MET-043, MET-044). */
export function setRef(draft: Draft, name: string, ref: SnapshotRef): void {
  const { next } = draft;
  const known = next.refs.get(name);
  if (sameRef(known, ref)) return;
  const fault =
    refFault(ref) ?? (name === MAIN_BRANCH && ref.type === "tag" ? "main is always a branch" : undefined);
  if (fault !== undefined)
    throw new ValidationError(`Cannot set ref ${name}: ${fault}`, { context: { ref } });
  if (findSnapshot(next.snapshots, ref.snapshotId) === undefined) {
    throw new ValidationError(`Cannot set ref ${name}: the table has no snapshot ${ref.snapshotId}`, {
      context: { ref },
    });
  }
  const refs = new Map(next.refs);
  refs.set(name, Object.freeze({ ...ref }));
  next.refs = refs;
  if (name === MAIN_BRANCH) next.currentSnapshotId = ref.snapshotId;
  draft.changed = true;
}

/** Removes a branch or tag; without `main` the table has no current snapshot (MET-044). */
export function removeRef(draft: Draft, name: string): void {
  const { next } = draft;
  if (!next.refs.has(name)) return;
  const refs = new Map(next.refs);
  refs.delete(name);
  next.refs = refs;
  if (name === MAIN_BRANCH) delete next.currentSnapshotId;
  draft.changed = true;
}

/** Removes snapshots with their statistics and the refs that name them; unknown ids are ignored (MET-046). */
export function removeSnapshots(draft: Draft, snapshotIds: readonly bigint[]): void {
  const { next } = draft;
  const gone = new Set(snapshotIds);
  const kept = next.snapshots.filter((snapshot) => !gone.has(snapshot.snapshotId));
  if (kept.length === next.snapshots.length) return;
  next.snapshots = kept;
  for (const [name, ref] of next.refs) if (gone.has(ref.snapshotId)) removeRef(draft, name);
  removeStatistics(draft, snapshotIds);
  removePartitionStatistics(draft, snapshotIds);
  draft.snapshotsRemoved = true;
  draft.changed = true;
}

/** Sets the statistics of a snapshot in place of those it had (MET-049). */
export function setStatistics(draft: Draft, file: StatisticsFile): void {
  draft.next.statistics = [...without(draft.next.statistics, [file.snapshotId]), file];
  draft.changed = true;
}

/** Removes the statistics of snapshots that have any. */
export function removeStatistics(draft: Draft, snapshotIds: readonly bigint[]): void {
  const kept = without(draft.next.statistics, snapshotIds);
  if (kept.length === draft.next.statistics.length) return;
  draft.next.statistics = kept;
  draft.changed = true;
}

/** Sets the partition statistics of a snapshot in place of those it had (MET-054). */
export function setPartitionStatistics(draft: Draft, file: PartitionStatisticsFile): void {
  draft.next.partitionStatistics = [...without(draft.next.partitionStatistics, [file.snapshotId]), file];
  draft.changed = true;
}

/** Removes the partition statistics of snapshots that have any. */
export function removePartitionStatistics(draft: Draft, snapshotIds: readonly bigint[]): void {
  const kept = without(draft.next.partitionStatistics, snapshotIds);
  if (kept.length === draft.next.partitionStatistics.length) return;
  draft.next.partitionStatistics = kept;
  draft.changed = true;
}

/** Adds a key; an id that is there already is left as it is (MET-055). */
export function addEncryptionKey(draft: Draft, key: EncryptedKey): void {
  const { next } = draft;
  if (next.formatVersion < 3) {
    throw new ValidationError(
      `Cannot add encryption key ${key.keyId}: a v${next.formatVersion} table has no keys`,
    );
  }
  if (next.encryptionKeys.some((known) => known.keyId === key.keyId)) return;
  next.encryptionKeys = [...next.encryptionKeys, key];
  draft.changed = true;
}

/** Removes a key; an unknown id is ignored. */
export function removeEncryptionKey(draft: Draft, keyId: string): void {
  const kept = draft.next.encryptionKeys.filter((key) => key.keyId !== keyId);
  if (kept.length === draft.next.encryptionKeys.length) return;
  draft.next.encryptionKeys = kept;
  draft.changed = true;
}

function without<T extends { readonly snapshotId: bigint }>(
  files: readonly T[],
  snapshotIds: readonly bigint[],
): readonly T[] {
  return files.filter((file) => !snapshotIds.includes(file.snapshotId));
}
