/**
 * What other commits did since an operation looked at the table (CMT-020, CMT-021, CMT-022).
 * Spec: Commit Conflict Resolution and Retry.
 * @module
 */
import { type AbortOptions, type FileIO, ValidationError } from "../base/index.ts";
import {
  type BoundExpression,
  bind,
  type Expression,
  inclusiveMetricsEvaluator,
  inclusiveProjection,
  manifestEvaluator,
  partitionEvaluator,
} from "../expressions/index.ts";
import type { ManifestContent, ManifestEntry, ManifestFile } from "../manifests/index.ts";
import {
  ancestorsOf,
  currentSchema,
  type Snapshot,
  type SnapshotOperation,
  snapshotById,
  snapshotOperation,
  type TableMetadata,
} from "../metadata/index.ts";
import { partitionFields, partitionKey } from "../partitioning/index.ts";
import { mapAhead, snapshotManifests } from "../planning/index.ts";
import { MANIFEST_LOOK_AHEAD } from "./filter-manifests.ts";
import { readEntries, requireSpec, schemaForSpec } from "./manifest-access.ts";
import type { PartitionSet } from "./removal.ts";

/** The stretch of history to look at. */
export interface Since {
  readonly io: FileIO;
  readonly metadata: TableMetadata;
  /** Head of the branch that is written to. */
  readonly head: Snapshot | undefined;
  /** The snapshot the operation started from, itself not looked at; absent: the whole history. */
  readonly start: bigint | undefined;
  /** Snapshots of the same commit, which are passed over. */
  readonly own?: ReadonlySet<bigint>;
}

/** Which entries of the stretch are asked for. */
export interface Question {
  readonly content: ManifestContent;
  /** What the snapshots that can have made such entries did; one that does not say is always looked at. */
  readonly operations: readonly SnapshotOperation[];
  readonly status: "added" | "deleted";
  /** Only files that may hold matching rows; all without one. */
  readonly filter?: Expression | undefined;
  /** Only files of these partitions. */
  readonly partitions?: PartitionSet | undefined;
}

const KNOWN: ReadonlySet<string | undefined> = new Set(["append", "replace", "overwrite", "delete"]);

/**
 * The snapshots after the start, newest first.
 * @throws ValidationError when the start is no ancestor of the head, or what lies between was expired.
 */
export function snapshotsSince({ metadata, head, start, own }: Since): readonly Snapshot[] {
  const found: Snapshot[] = [];
  let oldest: Snapshot | undefined;
  if (head === undefined) {
    if (start === undefined) return found;
    throw lostHistory(start, undefined);
  }
  for (const snapshot of ancestorsOf(metadata, head.snapshotId)) {
    if (snapshot.snapshotId === start) return found;
    if (own?.has(snapshot.snapshotId) !== true) found.push(snapshot);
    oldest = snapshot;
  }
  if (start === undefined && oldest?.parentSnapshotId === undefined) return found;
  // The start itself may be expired, as long as everything after it is there.
  if (start !== undefined && oldest?.parentSnapshotId === start) return found;
  throw lostHistory(start, oldest?.snapshotId);
}

/** The sequence number of the snapshot the operation started from; 0 when there is none or it is gone. */
export function startingSequence({ metadata, start }: Since): number {
  return start === undefined ? 0 : (snapshotById(metadata, start)?.sequenceNumber ?? 0);
}

/** The entries that the snapshots of the stretch themselves made. */
export async function* entriesSince(
  since: Since,
  question: Question,
  options: AbortOptions,
): AsyncGenerator<ManifestEntry> {
  const { io, metadata } = since;
  const inRange = new Set<bigint>();
  const manifests: ManifestFile[] = [];
  const operations: readonly string[] = question.operations;
  for (const snapshot of snapshotsSince(since)) {
    const operation = snapshotOperation(snapshot);
    if (operation !== undefined && KNOWN.has(operation) && !operations.includes(operation)) continue;
    inRange.add(snapshot.snapshotId);
    for (const manifest of await snapshotManifests(io, snapshot, options)) {
      const own = manifest.addedSnapshotId === snapshot.snapshotId;
      if (own && manifest.content === question.content) manifests.push(manifest);
    }
  }
  const tests = new Map<number, FileTest>();
  const testOf = (manifest: ManifestFile) => {
    const test = tests.get(manifest.partitionSpecId) ?? fileTest(metadata, question, manifest);
    tests.set(manifest.partitionSpecId, test);
    return test;
  };
  const read = async (manifest: ManifestFile) =>
    testOf(manifest).mayHold(manifest) ? await readEntries(io, metadata, manifest, options) : [];
  let at = 0;
  for await (const entries of mapAhead(manifests, MANIFEST_LOOK_AHEAD, read)) {
    const test = testOf(manifests[at++]!);
    for (const entry of entries) {
      if (entry.status !== question.status || entry.snapshotId === undefined) continue;
      if (inRange.has(entry.snapshotId) && test.matches(entry)) yield entry;
    }
  }
}

interface FileTest {
  mayHold(manifest: ManifestFile): boolean;
  matches(entry: ManifestEntry): boolean;
}

function fileTest(
  metadata: TableMetadata,
  { filter, partitions }: Question,
  manifest: ManifestFile,
): FileTest {
  const spec = requireSpec(metadata, manifest.partitionSpecId, manifest.manifestPath);
  if (partitions !== undefined) {
    const fields = partitionFields(spec, schemaForSpec(metadata, spec));
    const keys = partitions.get(spec.specId);
    return {
      mayHold: () => keys !== undefined,
      matches: ({ dataFile }) => keys?.has(partitionKey(fields, dataFile.partition)) === true,
    };
  }
  if (filter === undefined) return { mayHold: () => true, matches: () => true };
  const schema = currentSchema(metadata);
  const bound: BoundExpression = bind(filter, schema);
  const projected = inclusiveProjection(bound, spec, schema);
  const mayHold = manifestEvaluator(projected, spec.fields);
  const inPartition = partitionEvaluator(projected);
  const byMetrics = inclusiveMetricsEvaluator(bound);
  return {
    mayHold: ({ partitions: summaries }) => mayHold(summaries),
    matches: ({ dataFile }) => {
      if (!inPartition(dataFile.partition)) return false;
      // Metrics of delete files speak of the columns they compare, not of the rows they delete.
      return dataFile.content !== "data" || byMetrics(dataFile);
    },
  };
}

function lostHistory(start: bigint | undefined, oldest: bigint | undefined): ValidationError {
  const from = start === undefined ? "the beginning of the table" : `snapshot ${start}`;
  const known =
    oldest === undefined ? "the branch is empty" : `its history is known back to snapshot ${oldest}`;
  return new ValidationError(
    `Cannot tell what changed since ${from}, which the operation started from: ${known}; read the table again and redo the operation (CMT-020)`,
    { context: { start, oldest } },
  );
}
