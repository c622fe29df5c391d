/**
 * Forgetting old snapshots: first in the table's metadata, then, when that commit stands, the files that nothing leads
 * to any more. Spec: Snapshot Retention Policy; CMT-070 … CMT-078.
 * @module
 */
import { type AbortOptions, type FileIO, IcebergError } from "../base/index.ts";
import { identifierText, type LoadedTable } from "../catalog/index.ts";
import { type Change, type CommitOperation, commitWithRetry, requireSameTable } from "../commit/index.ts";
import {
  applyUpdates,
  type Expiry,
  type ExpiryOptions,
  expiredSnapshots,
  requirementsFor,
  type Snapshot,
  snapshotById,
  type TableMetadata,
  type TableRequirement,
  type TableUpdate,
} from "../metadata/index.ts";
import { mapAhead } from "../planning/index.ts";
import type { Schema } from "../schema/index.ts";
import { Table } from "../table/index.ts";
import { type FileLists, type FileProblem, NO_FILES, unreachableFiles } from "./unreachable-files.ts";

export interface ExpireSnapshotsOptions extends AbortOptions {
  /**
   * Snapshots made before this time may go; a number is milliseconds since the epoch. Default: the table's
   * `history.expire.max-snapshot-age-ms`, five days. A branch's own `max-snapshot-age-ms` wins over both.
   */
  readonly olderThan?: Date | number;
  /**
   * How many snapshots each branch keeps whatever their age, at least 1. Default: the table's
   * `history.expire.min-snapshots-to-keep`, 1. A branch's own `min-snapshots-to-keep` wins over both.
   */
  readonly retainLast?: number;
  /** Snapshots to remove whatever their age; alone, they are all that is removed. */
  readonly snapshotIds?: readonly bigint[];
  /** Say what would be removed, and change nothing. Default `false`. */
  readonly dryRun?: boolean;
  /** Delete the files that only removed snapshots led to. Default `true`. */
  readonly cleanExpiredFiles?: boolean;
  /** Files read or deleted at once. Default 8. */
  readonly concurrency?: number;
}

export interface ExpireSnapshotsResult<S extends Schema, R, I> {
  /** The version without the snapshots; for a dry run, the version that was looked at. */
  readonly table: Table<S, R, I>;
  /** Removed, in the table's order. */
  readonly snapshots: readonly Snapshot[];
  /** Branches and tags that were past their age. */
  readonly refs: readonly string[];
  /** What was deleted; for a dry run, what would be. */
  readonly files: FileLists;
  /**
   * Files that could not be read or deleted. One of a kept snapshot that cannot be read keeps every file: `files` is
   * empty then.
   */
  readonly problems: readonly FileProblem[];
}

const DEFAULT_CONCURRENCY = 8;

/**
 * Removes snapshots and references that the table's retention settings, or the options, no longer keep. `main` and what
 * any remaining branch or tag is at stay. Files are deleted only after the commit is known to have happened, and
 * only those that no remaining snapshot leads to.
 *
 * @example
 * const { snapshots, files } = await expireSnapshots(table, { olderThan: Date.now() - 7 * 86_400_000, retainLast: 10 });
 * console.log(`${snapshots.length} snapshots, ${files.dataFiles.length} data files`);
 * @throws IcebergError `validation-failed` when the table has `gc.enabled=false` or an id given is the head of a branch
 *   or tag; `no-such-snapshot` for an unknown id; `invalid-argument`.
 * @throws CommitFailedError nothing is changed. CommitStateUnknownError: no file was deleted. When aborted after the
 *   commit, files may be left behind that nothing leads to.
 */
export async function expireSnapshots<S extends Schema, R, I>(
  table: Table<S, R, I>,
  options: ExpireSnapshotsOptions = {},
): Promise<ExpireSnapshotsResult<S, R, I>> {
  const context = table.contextFor("expire snapshots of");
  const { dryRun = false, cleanExpiredFiles = true, concurrency = DEFAULT_CONCURRENCY, signal } = options;
  checkOptions(options, concurrency);
  const base = await context.client.loadTable(table.identifier, { signal });
  requireSameTable("expire snapshots of", table, base);
  requireKnown(base, options.snapshotIds ?? []);
  const expire = new Expire(options, () => context.runtime.now());
  let before = base;
  let after = base;
  const change = await expire.prepare(base);
  if (change.updates.length > 0) {
    after = dryRun
      ? { ...base, metadata: applyUpdates(base.metadata, change.updates, { nowMs: context.runtime.now() }) }
      : await commitWithRetry(context, base, expire, { signal });
    before = expire.base ?? base;
  }
  const kept = new Set(after.metadata.snapshots.map((snapshot) => snapshot.snapshotId));
  const removed = {
    table: new Table<S, R, I>(dryRun ? base : after, context),
    snapshots: before.metadata.snapshots.filter((snapshot) => !kept.has(snapshot.snapshotId)),
    refs: [...before.metadata.refs.keys()].filter((name) => !after.metadata.refs.has(name)),
  };
  if (!cleanExpiredFiles || removed.snapshots.length === 0) {
    return { ...removed, files: NO_FILES, problems: [] };
  }
  const removal = { before: before.metadata, after: after.metadata, io: base.io, concurrency };
  try {
    const { files, problems } = await unreachableFiles(removal, { signal });
    if (dryRun) return { ...removed, files, problems };
    const deleted = await deleteFiles(base.io, files, concurrency, { signal });
    return { ...removed, files: deleted.files, problems: [...problems, ...deleted.problems] };
  } catch (error) {
    if (signal?.aborted) throw error;
    const location = locationIn(error) ?? after.metadataLocation;
    return { ...removed, files: NO_FILES, problems: [{ location, error }] };
  }
}

class Expire implements CommitOperation {
  /** The version the last attempt was made for. */
  base: LoadedTable | undefined;
  private readonly options: ExpireSnapshotsOptions;
  private readonly now: () => number;
  private expiry: Expiry = { snapshotIds: [], refNames: [] };

  constructor(options: ExpireSnapshotsOptions, now: () => number) {
    this.options = options;
    this.now = now;
  }

  prepare(base: LoadedTable): Promise<Change> {
    this.base = base;
    const { metadata } = base;
    this.expiry = expiredSnapshots(metadata, wishes(this.options, this.now()));
    const updates = updatesFor(metadata, this.expiry);
    return Promise.resolve({ updates, requirements: requirementsOf(metadata, updates) });
  }

  isApplied({ metadata }: LoadedTable): boolean {
    const { snapshotIds, refNames } = this.expiry;
    return (
      snapshotIds.every((id) => snapshotById(metadata, id) === undefined) &&
      refNames.every((name) => !metadata.refs.has(name))
    );
  }
}

function wishes(
  { olderThan, retainLast, snapshotIds }: ExpireSnapshotsOptions,
  nowMs: number,
): ExpiryOptions {
  return {
    nowMs,
    ...(olderThan !== undefined && { olderThanMs: Number(olderThan) }),
    ...(retainLast !== undefined && { retainLast }),
    ...(snapshotIds !== undefined && { snapshotIds }),
  };
}

/** Statistics go with their snapshots: catalogs that follow the letter of the protocol want to be told (CMT-092). */
function updatesFor(metadata: TableMetadata, { snapshotIds, refNames }: Expiry): TableUpdate[] {
  const updates: TableUpdate[] = refNames.map((refName) => ({ action: "remove-snapshot-ref", refName }));
  const gone = new Set(snapshotIds);
  for (const { snapshotId } of metadata.statistics) {
    if (gone.has(snapshotId)) updates.push({ action: "remove-statistics", snapshotId });
  }
  for (const { snapshotId } of metadata.partitionStatistics) {
    if (gone.has(snapshotId)) updates.push({ action: "remove-partition-statistics", snapshotId });
  }
  if (snapshotIds.length > 0) updates.push({ action: "remove-snapshots", snapshotIds });
  return updates;
}

/**
 * Every branch and tag must be where the decision saw it. The protocol asks for none of this, but a catalog that
 * removes snapshots takes along the references that were moved to them meanwhile, `main` too.
 */
function requirementsOf(metadata: TableMetadata, updates: readonly TableUpdate[]): TableRequirement[] {
  const refs = [...metadata.refs].map(
    ([ref, { snapshotId }]): TableRequirement => ({ type: "assert-ref-snapshot-id", ref, snapshotId }),
  );
  return [...requirementsFor(metadata, updates), ...refs];
}

/** Data first, lists last: what an interrupted run leaves behind is still described by what is left. */
async function deleteFiles(
  io: FileIO,
  files: FileLists,
  concurrency: number,
  options: AbortOptions,
): Promise<{ readonly files: FileLists; readonly problems: readonly FileProblem[] }> {
  const problems: FileProblem[] = [];
  const remove = async (locations: readonly string[]): Promise<readonly string[]> => {
    const deleted: string[] = [];
    const one = async (location: string): Promise<string | undefined> => {
      options.signal?.throwIfAborted();
      try {
        await io.delete(location, options);
        return location;
      } catch (error) {
        if (options.signal?.aborted) throw error;
        problems.push({ location, error });
        return undefined;
      }
    };
    for await (const location of mapAhead(locations, concurrency, one)) {
      if (location !== undefined) deleted.push(location);
    }
    return deleted;
  };
  const dataFiles = await remove(files.dataFiles);
  const deleteFiles = await remove(files.deleteFiles);
  const statisticsFiles = await remove(files.statisticsFiles);
  const manifests = await remove(files.manifests);
  const manifestLists = await remove(files.manifestLists);
  return { files: { dataFiles, deleteFiles, manifests, manifestLists, statisticsFiles }, problems };
}

function checkOptions({ olderThan, retainLast }: ExpireSnapshotsOptions, concurrency: number): void {
  const refuse = (what: string, value: unknown, rule: string) =>
    new IcebergError("invalid-argument", `Cannot expire snapshots with ${what} ${String(value)}: ${rule}`, {
      context: { [what]: value },
    });
  if (olderThan !== undefined && !Number.isFinite(Number(olderThan))) {
    throw refuse("olderThan", olderThan, "give a valid Date or milliseconds since the epoch");
  }
  if (retainLast !== undefined && !(Number.isSafeInteger(retainLast) && retainLast >= 1)) {
    throw refuse("retainLast", retainLast, "a branch keeps at least 1 snapshot");
  }
  if (!(Number.isSafeInteger(concurrency) && concurrency >= 1)) {
    throw refuse("concurrency", concurrency, "give a whole number of at least 1");
  }
}

function requireKnown({ identifier, metadata }: LoadedTable, snapshotIds: readonly bigint[]): void {
  for (const id of snapshotIds) {
    if (snapshotById(metadata, id) !== undefined) continue;
    throw new IcebergError(
      "no-such-snapshot",
      `Cannot expire snapshot ${id} of ${identifierText(identifier)}: the table has no such snapshot`,
      { context: { snapshotId: id } },
    );
  }
}

/** The file an error names, where it names one. */
function locationIn(error: unknown): string | undefined {
  const location = error instanceof IcebergError ? (error.context.location ?? error.context.what) : undefined;
  return typeof location === "string" ? location : undefined;
}
