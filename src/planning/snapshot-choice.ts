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
  | { readonly snapshotId: bigint; readonly asOf?: never; readonly ref?: never }
  /** The snapshot that was current at that time: a `Date` or milliseconds since the epoch. */
  | { readonly asOf: Date | number; readonly snapshotId?: never; readonly ref?: never }
  /** A branch or tag. */
  | { readonly ref: string; readonly snapshotId?: never; readonly asOf?: never };

export interface ChosenSnapshot {
  /** Absent: the table has none, the scan is empty (SCN-073). */
  readonly snapshot?: Snapshot;
  /** The table's schema for a branch, the snapshot's own for a snapshot id, time or tag (SCN-071). */
  readonly schema: Schema;
}

/**
 * @throws IcebergError `no-such-snapshot` naming what was asked for and what there is; `invalid-argument` for anything
 * but exactly one id, time or name.
 */
export function chooseSnapshot(metadata: TableMetadata, at: ScanTime | undefined): ChosenSnapshot {
  if (at === undefined) return withTableSchema(metadata, currentSnapshot(metadata));
  checkTime(at);
  if (at.snapshotId !== undefined)
    return withOwnSchema(metadata, required(metadata, at.snapshotId, `snapshot ${at.snapshotId}`));
  if (at.asOf !== undefined) return withOwnSchema(metadata, snapshotAsOf(metadata, Number(at.asOf)));
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

/** What the compiler checks for callers who have one; a guess would read another version than was meant. */
function checkTime({ snapshotId, asOf, ref }: { snapshotId?: unknown; asOf?: unknown; ref?: unknown }): void {
  const given = Object.entries({ snapshotId, asOf, ref }).filter(([, value]) => value !== undefined);
  const fault =
    given.length !== 1
      ? `it gives ${given.map(([key]) => key).join(" and ") || "nothing"}; give exactly one of snapshotId, asOf and ref`
      : snapshotId !== undefined && typeof snapshotId !== "bigint"
        ? `its snapshotId ${String(snapshotId)} is a ${typeof snapshotId}, ids are bigint`
        : asOf !== undefined && typeof asOf !== "number" && !(asOf instanceof Date)
          ? `its asOf ${String(asOf)} is a ${typeof asOf}; give a Date or milliseconds`
          : asOf !== undefined && Number.isNaN(Number(asOf))
            ? "its asOf is no time"
            : undefined;
  if (fault === undefined) return;
  throw new IcebergError("invalid-argument", `Cannot use the \`at\` of a scan: ${fault}`);
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
        : `its history starts at ${timeText(first.timestampMs)}`;
    throw noSuchSnapshot(`snapshot as of ${timeText(timeMs)}`, known);
  }
  return required(metadata, best.snapshotId, `snapshot ${best.snapshotId} of that time`);
}

function timeText(timeMs: number): string {
  const time = new Date(timeMs);
  return Number.isNaN(time.getTime()) ? `${timeMs} ms` : time.toISOString();
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
  if (snapshot !== undefined) return snapshot;
  const newest = metadata.snapshots.slice(-MAX_NAMED).map(({ snapshotId }) => snapshotId);
  const kept =
    newest.length === 0
      ? "no snapshots"
      : `${metadata.snapshots.length}, the newest are ${newest.join(", ")}`;
  throw noSuchSnapshot(what, `it was expired or never existed; the table has ${kept}`);
}

/** Snapshots that an error names. */
const MAX_NAMED = 3;

function noSuchSnapshot(what: string, why: string): IcebergError {
  return new IcebergError("no-such-snapshot", `Cannot read ${what}: ${why}`, { context: { what } });
}
