/** Metadata tables that the table metadata alone answers. Spec: Snapshots; Snapshot References; Table Metadata. @module */
import type { LoadedTable } from "../catalog/index.ts";
import {
  ancestorsOf,
  type Snapshot,
  snapshotById,
  snapshotOperation,
  type TableMetadata,
} from "../metadata/index.ts";

/** One snapshot of {@link snapshots}. */
export interface SnapshotRow {
  readonly committed_at: number;
  readonly snapshot_id: bigint;
  readonly parent_id: bigint | null;
  /** `null` where the writer left no summary. */
  readonly operation: string | null;
  /** `null` for a v1 snapshot that lists its manifests inline. */
  readonly manifest_list: string | null;
  /** Without `operation`. */
  readonly summary: ReadonlyMap<string, string> | null;
}

/** Every snapshot the table still has, in the order of their commits. */
export function snapshots({ metadata }: Pick<LoadedTable, "metadata">): readonly SnapshotRow[] {
  return metadata.snapshots.map((snapshot) => ({
    committed_at: snapshot.timestampMs,
    snapshot_id: snapshot.snapshotId,
    parent_id: snapshot.parentSnapshotId ?? null,
    operation: snapshotOperation(snapshot) ?? null,
    manifest_list: snapshot.manifestList ?? null,
    summary: snapshot.summary === undefined ? null : withoutOperation(snapshot.summary),
  }));
}

/** One change of the current snapshot. */
export interface HistoryRow {
  readonly made_current_at: number;
  readonly snapshot_id: bigint;
  /** `null` too where the snapshot was expired. */
  readonly parent_id: bigint | null;
  /** False for snapshots that were rolled back. */
  readonly is_current_ancestor: boolean;
}

/** Which snapshot was current since when. */
export function history({ metadata }: Pick<LoadedTable, "metadata">): readonly HistoryRow[] {
  const current = metadata.currentSnapshotId;
  const ancestors = new Set<bigint>();
  if (current !== undefined) {
    ancestors.add(current);
    for (const { snapshotId, parentSnapshotId } of ancestorsOf(metadata, current)) {
      ancestors.add(snapshotId);
      // An expired parent was an ancestor all the same.
      if (parentSnapshotId !== undefined) ancestors.add(parentSnapshotId);
    }
  }
  return metadata.snapshotLog.map(({ timestampMs, snapshotId }) => ({
    made_current_at: timestampMs,
    snapshot_id: snapshotId,
    parent_id: snapshotById(metadata, snapshotId)?.parentSnapshotId ?? null,
    is_current_ancestor: ancestors.has(snapshotId),
  }));
}

/** One branch or tag. */
export interface RefRow {
  readonly name: string;
  readonly type: "BRANCH" | "TAG";
  readonly snapshot_id: bigint;
  readonly max_reference_age_in_ms: number | null;
  /** Branches only, like the next. */
  readonly min_snapshots_to_keep: number | null;
  readonly max_snapshot_age_in_ms: number | null;
}

/** The branches and tags. */
export function refs({ metadata }: Pick<LoadedTable, "metadata">): readonly RefRow[] {
  return [...metadata.refs].map(([name, ref]) => ({
    name,
    type: ref.type === "branch" ? "BRANCH" : "TAG",
    snapshot_id: ref.snapshotId,
    max_reference_age_in_ms: ref.maxRefAgeMs ?? null,
    min_snapshots_to_keep: ref.minSnapshotsToKeep ?? null,
    max_snapshot_age_in_ms: ref.maxSnapshotAgeMs ?? null,
  }));
}

/** One metadata file. */
export interface MetadataLogRow {
  readonly timestamp: number;
  readonly file: string;
  /** The snapshot that was current then; `null` without one, or where it was expired. */
  readonly latest_snapshot_id: bigint | null;
  readonly latest_schema_id: number | null;
  readonly latest_sequence_number: number | null;
}

/** The earlier metadata files the table remembers, then the present one. */
export function metadataLogEntries(
  table: Pick<LoadedTable, "metadata" | "metadataLocation">,
): readonly MetadataLogRow[] {
  const { metadata, metadataLocation } = table;
  const present = { timestampMs: metadata.lastUpdatedMs, metadataFile: metadataLocation };
  return [...metadata.metadataLog, present].map(({ timestampMs, metadataFile }) => {
    const latest = currentAt(metadata, timestampMs);
    return {
      timestamp: timestampMs,
      file: metadataFile,
      latest_snapshot_id: latest?.snapshotId ?? null,
      latest_schema_id: latest?.schemaId ?? null,
      latest_sequence_number: latest?.sequenceNumber ?? null,
    };
  });
}

/** By the snapshot log; of entries with one time the last was current afterwards. */
function currentAt(metadata: TableMetadata, timeMs: number): Snapshot | undefined {
  const entry = metadata.snapshotLog.findLast(({ timestampMs }) => timestampMs <= timeMs);
  return entry === undefined ? undefined : snapshotById(metadata, entry.snapshotId);
}

function withoutOperation(summary: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const others = new Map(summary);
  others.delete("operation");
  return others;
}
