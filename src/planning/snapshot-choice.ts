/** Which snapshot and which schema a scan reads. Spec: Point in Time Reads; Snapshot References. @module */
import { IcebergError } from "../base/index.ts";
import {
  currentSchema,
  currentSnapshot,
  MAIN_BRANCH,
  type Snapshot,
  schemaById,
  snapshotById,
  type TableMetadata,
} from "../metadata/index.ts";
import type { Schema } from "../schema/index.ts";

/** Exactly one way to say when (SCN-072). */
export type ScanTime =
  | { readonly snapshotId: bigint }
  /** The snapshot that was current at that time: a `Date` or milliseconds since the epoch. */
  | { readonly asOf: Date | number }
  /** A branch or tag. */
  | { readonly ref: string };

export interface ChosenSnapshot {
  /** Absent: the table has none, the scan is empty (SCN-073). */
  readonly snapshot?: Snapshot;
  /** The table's schema for a branch, the snapshot's own for a snapshot id, time or tag (SCN-071). */
  readonly schema: Schema;
}

/** @throws IcebergError `no-such-snapshot` naming what was asked for and what there is. */
export function chooseSnapshot(metadata: TableMetadata, at: ScanTime | undefined): ChosenSnapshot {
  if (at === undefined) return withTableSchema(metadata, currentSnapshot(metadata));
  if ("snapshotId" in at)
    return withOwnSchema(metadata, required(metadata, at.snapshotId, `snapshot ${at.snapshotId}`));
  if ("asOf" in at) return withOwnSchema(metadata, snapshotAsOf(metadata, Number(at.asOf)));
  const reference = metadata.refs.get(at.ref);
  if (reference === undefined) {
    if (at.ref === MAIN_BRANCH) return withTableSchema(metadata, undefined);
    throw noSuchSnapshot(
      `branch or tag ${JSON.stringify(at.ref)}`,
      `there is ${[...metadata.refs.keys()].join(", ") || "none"}`,
    );
  }
  const snapshot = required(metadata, reference.snapshotId, `snapshot of ${at.ref}`);
  return reference.type === "branch"
    ? withTableSchema(metadata, snapshot)
    : withOwnSchema(metadata, snapshot);
}

/** By the snapshot log, never by parents; of entries with one time the last was current afterwards (SCN-069). */
function snapshotAsOf(metadata: TableMetadata, timeMs: number): Snapshot {
  let best: { readonly timestampMs: number; readonly snapshotId: bigint } | undefined;
  for (const entry of metadata.snapshotLog) {
    if (entry.timestampMs <= timeMs && entry.timestampMs >= (best?.timestampMs ?? Number.NEGATIVE_INFINITY))
      best = entry;
  }
  if (best === undefined) {
    const first = metadata.snapshotLog[0];
    const known =
      first === undefined
        ? "the table has no history"
        : `its history starts at ${new Date(first.timestampMs).toISOString()}`;
    throw noSuchSnapshot(
      `snapshot as of ${Number.isFinite(timeMs) ? new Date(timeMs).toISOString() : timeMs}`,
      known,
    );
  }
  return required(metadata, best.snapshotId, `snapshot ${best.snapshotId} of that time`);
}

function withTableSchema(metadata: TableMetadata, snapshot: Snapshot | undefined): ChosenSnapshot {
  return { ...(snapshot && { snapshot }), schema: currentSchema(metadata) };
}

function withOwnSchema(metadata: TableMetadata, snapshot: Snapshot): ChosenSnapshot {
  const schema = snapshot.schemaId === undefined ? undefined : schemaById(metadata, snapshot.schemaId);
  return { snapshot, schema: schema ?? currentSchema(metadata) };
}

function required(metadata: TableMetadata, id: bigint, what: string): Snapshot {
  const snapshot = snapshotById(metadata, id);
  if (snapshot === undefined) throw noSuchSnapshot(what, "it was expired or never existed");
  return snapshot;
}

function noSuchSnapshot(what: string, why: string): IcebergError {
  return new IcebergError("no-such-snapshot", `Cannot read ${what}: ${why}`, { context: { what } });
}
