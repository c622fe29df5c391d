/** How the two logs move with a commit. Spec: Table Metadata, snapshot-log and metadata-log. @module */
import { IcebergError } from "../base/index.ts";
import type { MetadataLogEntry, Snapshot, SnapshotLogEntry } from "./snapshot.ts";
import { findSnapshot } from "./table-metadata.ts";

/** `write.metadata.previous-versions-max`: entries kept in the metadata log (MET-039). */
export const PREVIOUS_VERSIONS_MAX = "write.metadata.previous-versions-max";
const DEFAULT_PREVIOUS_VERSIONS = 100;

/** What the snapshot log has to know of one commit. */
export interface LogChange {
  readonly snapshots: readonly Snapshot[];
  /** Whether this commit removed snapshots. */
  readonly removed: boolean;
  readonly currentBefore: bigint | undefined;
  readonly currentAfter: bigint | undefined;
  /** Ids of the snapshots this commit added. */
  readonly added: ReadonlySet<bigint>;
  /** Commit time, milliseconds. */
  readonly nowMs: number;
}

/**
 * The log after a commit: at most one new entry, for the snapshot that is current in the end, so snapshots
 * that were current only inside the transaction leave no trace (MET-037). Its time is the snapshot's own if
 * the commit added it, else the commit's (MET-035), and never before the last entry's, so the log stays sorted.
 * Removed snapshots take the history before them along (MET-036).
 */
export function nextSnapshotLog(
  log: readonly SnapshotLogEntry[],
  change: LogChange,
): readonly SnapshotLogEntry[] {
  const kept = change.removed ? afterLastGap(log, change.snapshots) : log;
  const current = change.currentAfter;
  if (current === undefined) return kept;
  const last = kept.at(-1);
  const moved = current !== change.currentBefore;
  // A file without a log may lose snapshots too; what remains must still end with the current one (MET-038).
  const broken = change.removed && last?.snapshotId !== current;
  if (!moved && !broken) return kept;
  const snapshot = findSnapshot(change.snapshots, current);
  const own = snapshot !== undefined && (change.added.has(current) || !moved);
  const timestampMs = own ? snapshot.timestampMs : change.nowMs;
  return [
    ...kept,
    { timestampMs: Math.max(timestampMs, last?.timestampMs ?? timestampMs), snapshotId: current },
  ];
}

/** The metadata log with the file that is being replaced at its end, oldest entries dropped (MET-039). */
export function nextMetadataLog(
  log: readonly MetadataLogEntry[],
  previous: MetadataLogEntry | undefined,
  properties: ReadonlyMap<string, string>,
): readonly MetadataLogEntry[] {
  if (previous === undefined) return log;
  const keep = Math.max(1, previousVersionsMax(properties));
  return [...(log.length >= keep ? log.slice(log.length - keep + 1) : log), previous];
}

/** Entries behind the last one whose snapshot is gone: simply filtering would leave a false history. */
function afterLastGap(
  log: readonly SnapshotLogEntry[],
  snapshots: readonly Snapshot[],
): readonly SnapshotLogEntry[] {
  let start = log.length;
  while (start > 0 && findSnapshot(snapshots, log[start - 1]!.snapshotId) !== undefined) start--;
  return start === 0 ? log : log.slice(start);
}

function previousVersionsMax(properties: ReadonlyMap<string, string>): number {
  const text = properties.get(PREVIOUS_VERSIONS_MAX);
  if (text === undefined) return DEFAULT_PREVIOUS_VERSIONS;
  if (!/^[+-]?\d{1,9}$/.test(text)) {
    throw new IcebergError(
      "invalid-schema",
      `Cannot use table property ${PREVIOUS_VERSIONS_MAX}=${JSON.stringify(text)}: set it to an integer`,
      { context: { property: PREVIOUS_VERSIONS_MAX, value: text } },
    );
  }
  return Number(text);
}
