/** Which snapshots appended between two points of a table's history. Spec: Snapshots; SCN-074, P58. @module */
import { IcebergError } from "../base/index.ts";
import type { ManifestEntry, ManifestFile } from "../manifests/index.ts";
import {
  ancestorsOf,
  currentSnapshot,
  type Snapshot,
  snapshotById,
  type TableMetadata,
} from "../metadata/index.ts";

/** A part of a table's history, oldest end first. */
export interface SnapshotRange {
  /** Start behind this snapshot, which may be expired by now; behind the end lies nothing. Default: the beginning of the history that is kept. */
  readonly after?: bigint;
  /** Start with this snapshot; instead of `after`. */
  readonly from?: bigint;
  /** End with this snapshot. Default: the current one. */
  readonly to?: bigint;
}

/**
 * The snapshots of a range that only added files, newest first: ancestors of its end, of operation `append`. Others
 * (overwrites, deletes, rewrites) are passed over, as in Java's incremental append scan.
 * @throws IcebergError `no-such-snapshot` when the range's start is no ancestor of its end, or a snapshot is missing;
 * `invalid-argument` for both `after` and `from`.
 */
export function appendsBetween(metadata: TableMetadata, range: SnapshotRange): readonly Snapshot[] {
  const { after, from, to } = range;
  if (after !== undefined && from !== undefined) {
    throw new IcebergError("invalid-argument", "Cannot scan appends: give `after` or `from`, not both");
  }
  const end = to === undefined ? currentSnapshot(metadata) : snapshotById(metadata, to);
  if (end === undefined) {
    if (to === undefined && after === undefined && from === undefined) return [];
    throw missing(
      to === undefined ? "a table without a current snapshot" : `to snapshot ${to}`,
      "it is not there",
    );
  }
  const appends: Snapshot[] = [];
  // Nothing lies behind the end itself.
  if (after === end.snapshotId) return appends;
  for (const snapshot of ancestorsOf(metadata, end.snapshotId)) {
    if (snapshot.summary?.get("operation") === "append") appends.push(snapshot);
    if (snapshot.snapshotId === from) return appends;
    if (after !== undefined && snapshot.parentSnapshotId === after) return appends;
  }
  if (after === undefined && from === undefined) return appends;
  throw missing(
    from === undefined ? `after snapshot ${after}` : `from snapshot ${from}`,
    `it is no ancestor of ${end.snapshotId}, or the history between them was expired`,
  );
}

/** Which manifests and entries belong to some snapshots: those that they added themselves (SCN-074). */
export interface AppendedOnly {
  readonly manifest: (manifest: ManifestFile) => boolean;
  readonly entry: (entry: Pick<ManifestEntry, "status" | "snapshotId">) => boolean;
}

/** Merged manifests carry files of older snapshots too, so entries are judged one by one. */
export function appendedBy(snapshots: readonly Snapshot[]): AppendedOnly {
  const ids = new Set(snapshots.map(({ snapshotId }) => snapshotId));
  return {
    manifest: ({ content, addedSnapshotId }) => content === "data" && ids.has(addedSnapshotId),
    entry: ({ status, snapshotId }) => status === "added" && snapshotId !== undefined && ids.has(snapshotId),
  };
}

function missing(what: string, why: string): IcebergError {
  return new IcebergError("no-such-snapshot", `Cannot scan appends ${what}: ${why}`, { context: { what } });
}
