/** Which snapshots and references a table may forget. Spec: Snapshot Retention Policy. Pure. @module */
import { IcebergError } from "../base/index.ts";
import { MAIN_BRANCH, type SnapshotRef } from "./snapshot.ts";
import { ancestorsOf, snapshotById, type TableMetadata } from "./table-metadata.ts";

/** What expiry decides. */
export interface Expiry {
  /** Snapshots to remove, in the table's order. */
  readonly snapshotIds: readonly bigint[];
  /** References past their age, or without a snapshot; never `main`. */
  readonly refNames: readonly string[];
}

/** Overrides of the table's `history.expire.*` properties for one run. */
export interface ExpiryOptions {
  readonly nowMs: number;
  /** Snapshots older than this may go, in place of `history.expire.max-snapshot-age-ms`. */
  readonly olderThanMs?: number;
  /** Snapshots each branch keeps, in place of `history.expire.min-snapshots-to-keep`. */
  readonly retainLast?: number;
  /**
   * Snapshots to remove whatever their age; ids the table does not have are ignored. Without `olderThanMs` and
   * `retainLast` nothing else is removed.
   */
  readonly snapshotIds?: readonly bigint[];
}

const MAX_SNAPSHOT_AGE = "history.expire.max-snapshot-age-ms";
const MIN_SNAPSHOTS = "history.expire.min-snapshots-to-keep";
const MAX_REF_AGE = "history.expire.max-ref-age-ms";
const FIVE_DAYS_MS = 432_000_000;

/**
 * What may be removed now, by age and by id.
 * @throws IcebergError as {@link expiredByAge}; `validation-failed` when an id given is the head of a branch or tag that
 *   stays (CMT-072).
 */
export function expiredSnapshots(metadata: TableMetadata, options: ExpiryOptions): Expiry {
  requireCollectable(metadata);
  const { snapshotIds = [], ...ages } = options;
  const onlyIds = snapshotIds.length > 0 && ages.olderThanMs === undefined && ages.retainLast === undefined;
  const byAge = onlyIds ? { snapshotIds: [], refNames: [] } : expiredByAge(metadata, ages);
  if (snapshotIds.length === 0) return byAge;
  const expired = new Set([...byAge.snapshotIds, ...snapshotIds]);
  const dropped = new Set(byAge.refNames);
  for (const [name, ref] of metadata.refs) {
    if (!dropped.has(name)) requireNotHead(name, ref, expired);
  }
  const all = metadata.snapshots.map((snapshot) => snapshot.snapshotId);
  return { snapshotIds: all.filter((id) => expired.has(id)), refNames: byAge.refNames };
}

function requireNotHead(name: string, ref: SnapshotRef, expired: ReadonlySet<bigint>): void {
  if (!expired.has(ref.snapshotId)) return;
  throw new IcebergError(
    "validation-failed",
    `Cannot expire snapshot ${ref.snapshotId}: ${ref.type} ${name} is at it; remove or move the ${ref.type} first`,
    { context: { snapshotId: ref.snapshotId, ref: name } },
  );
}

function requireCollectable(metadata: TableMetadata): void {
  if (metadata.properties.get("gc.enabled")?.toLowerCase() !== "false") return;
  throw new IcebergError(
    "validation-failed",
    "Cannot expire snapshots: the table has gc.enabled=false, its files may belong to other tables",
  );
}

/**
 * What may be removed by age. Each branch keeps its newest snapshots while they are among the first
 * `min-snapshots-to-keep` or young enough; a tag keeps its own; a snapshot no reference reaches is kept while young.
 * @throws IcebergError `validation-failed` when the table has `gc.enabled` = false; `invalid-schema` when a property
 *   is no number.
 */
function expiredByAge(metadata: TableMetadata, options: ExpiryOptions): Expiry {
  const { nowMs } = options;
  const oldest = options.olderThanMs ?? nowMs - numberOf(metadata, MAX_SNAPSHOT_AGE, FIVE_DAYS_MS);
  const keep = options.retainLast ?? numberOf(metadata, MIN_SNAPSHOTS, 1);
  const maxRefAge = numberOf(metadata, MAX_REF_AGE, Number.POSITIVE_INFINITY);
  const retained = new Set<bigint>();
  const reachable = new Set<bigint>();
  const refNames: string[] = [];
  for (const [name, ref] of metadata.refs) {
    if (name !== MAIN_BRANCH && isExpired(metadata, ref, nowMs, maxRefAge)) {
      refNames.push(name);
      continue;
    }
    if (ref.type === "tag") {
      retained.add(ref.snapshotId);
      reachable.add(ref.snapshotId);
      continue;
    }
    const minimum = Math.max(1, ref.minSnapshotsToKeep ?? keep);
    const since = ref.maxSnapshotAgeMs === undefined ? oldest : nowMs - ref.maxSnapshotAgeMs;
    let kept = 0;
    let open = true;
    for (const snapshot of ancestorsOf(metadata, ref.snapshotId)) {
      reachable.add(snapshot.snapshotId);
      open &&= kept < minimum || snapshot.timestampMs >= since;
      if (!open) continue;
      retained.add(snapshot.snapshotId);
      kept++;
    }
  }
  for (const { snapshotId, timestampMs } of metadata.snapshots) {
    if (!reachable.has(snapshotId) && timestampMs >= oldest) retained.add(snapshotId);
  }
  const snapshotIds = metadata.snapshots.map((snapshot) => snapshot.snapshotId);
  return { snapshotIds: snapshotIds.filter((id) => !retained.has(id)), refNames };
}

/** A reference's age is that of its snapshot; one whose snapshot is gone is expired whatever its age. */
function isExpired(metadata: TableMetadata, ref: SnapshotRef, nowMs: number, maxRefAge: number): boolean {
  const snapshot = snapshotById(metadata, ref.snapshotId);
  return snapshot === undefined || nowMs - snapshot.timestampMs > (ref.maxRefAgeMs ?? maxRefAge);
}

function numberOf(metadata: TableMetadata, key: string, fallback: number): number {
  const text = metadata.properties.get(key);
  if (text === undefined) return fallback;
  if (/^\d{1,19}$/.test(text)) return Number(text);
  throw new IcebergError(
    "invalid-schema",
    `Cannot use table property ${key}=${JSON.stringify(text)}: set it to an integer of at least 0`,
    { context: { property: key, value: text } },
  );
}
