/**
 * Scan planning: from a filter to the files that may hold matching rows, skipping manifests by their partition
 * summaries and files by their partition values and column metrics (SCN-001). Spec: Scan Planning.
 *
 * The filter is planned conjunct by conjunct: a file is skipped as soon as one conjunct excludes it, which is
 * also what the report says of it.
 * @module
 */
import type { AbortOptions, FileIO } from "../base/index.ts";
import type { DeleteFileIndex } from "../deletes/index.ts";
import { type BoundExpression, columnIdsOf } from "../expressions/index.ts";
import {
  type DataFile,
  type EntryScreen,
  type ManifestDecoder,
  type ManifestEntry,
  type ManifestFile,
  manifestDecoder,
} from "../manifests/index.ts";
import type { Snapshot, TableMetadata } from "../metadata/index.ts";
import type { PartitionSpec } from "../partitioning/index.ts";
import type { Schema } from "../schema/index.ts";
import { mapAhead } from "./concurrency.ts";
import { type AppendedOnly, appendedBy } from "./incremental.ts";
import { type ManifestCache, manifestReader } from "./manifest-cache.ts";
import { certainRows } from "./metadata-answers.ts";
import { planDeletes } from "./plan-deletes.ts";
import { remappedColumns } from "./remapped-columns.ts";
import type { ScanFilter } from "./scan-filter.ts";
import type { ScanReporter, SkipRule } from "./scan-report.ts";
import { DEFAULT_MANIFEST_CONCURRENCY, snapshotManifests } from "./snapshot-manifests.ts";
import { type SpecFilter, specFilters } from "./spec-filter.ts";

/** A delete file that applies to a task's data file, with its data sequence number. */
export type TaskDelete = Pick<ManifestEntry, "dataFile" | "sequenceNumber">;

/** One data file to read, with the part of the filter its partition does not settle already. */
export interface FileScanTask {
  readonly dataFile: DataFile;
  readonly spec: PartitionSpec;
  /** Data sequence number of the file; `undefined` in a task that came as JSON without it, as Java writes them. */
  readonly sequenceNumber: number | undefined;
  /** Must still be applied to every row (SCN-051). */
  readonly residual: BoundExpression;
  /**
   * Every delete file that applies: equality deletes, then a deletion vector or else position deletes (SCN-053 to
   * SCN-057). A reader applies them all or refuses the task.
   */
  readonly deletes: readonly TaskDelete[];
  /** A piece of the file begins here, in bytes: its row groups are those whose middle lies in it. Absent: the whole file. */
  readonly start?: number;
  /** Bytes of the piece; with `start`. */
  readonly length?: number;
}

export interface PlanInput {
  readonly metadata: TableMetadata;
  readonly io: FileIO;
  readonly snapshot: Snapshot | undefined;
  /** Plan what these snapshots appended instead of all that `snapshot` has; deletes are passed over (SCN-074). */
  readonly appends?: readonly Snapshot[] | undefined;
  /** Stop when files that are certain to give so many rows are planned. Default: plan all. */
  readonly limit?: number | undefined;
  /** Columns whose metrics tasks carry, beside those that planning needs. */
  readonly metricsFor?: Iterable<number> | undefined;
  /** Manifests of earlier plans. */
  readonly cache?: ManifestCache | undefined;
  /** Manifests read at once. Default {@link DEFAULT_MANIFEST_CONCURRENCY}. */
  readonly concurrency?: number | undefined;
  /** The schema the filter is bound to. */
  readonly schema: Schema;
  readonly filter: ScanFilter;
  readonly reporter: ScanReporter;
  /** Milliseconds since the epoch, for the report. */
  readonly now: () => number;
}

/**
 * Plans the data files of a snapshot, each with the deletes that apply to it. Delete manifests are read before the
 * first task is handed out, data manifests as tasks are asked for.
 * @throws IcebergError `corrupt-file` or `no-such-file` naming the list or manifest; `invalid-metadata` where they
 * contradict the table's metadata or each other.
 */
export async function* planFiles(input: PlanInput, options: AbortOptions = {}): AsyncGenerator<FileScanTask> {
  const { metadata, schema, reporter, concurrency = DEFAULT_MANIFEST_CONCURRENCY } = input;
  let started = input.now();
  const { manifests, appended } = await manifestsOf(input, options);
  const filterOf = specFilters(metadata, input.filter, schema);
  const kept = keptManifests(manifests, filterOf, reporter);
  const read = manifestReader(input.io, input.cache, options);
  const openedDeletes = mapAhead(kept.deletes, concurrency, read);
  const deletes = await planDeletes(openedDeletes, { metadata, schema, filterOf, reporter }, options);
  const metricsFor = new Set([
    ...columnIdsOf(input.filter.bound),
    ...deletes.equalityFieldIds,
    ...(input.metricsFor ?? []),
  ]);
  for (const id of remappedColumns(metadata)) metricsFor.delete(id);
  const decoderOf = decoders(metricsFor, reporter);
  let left = input.limit ?? Number.POSITIVE_INFINITY;
  for await (const { manifest, bytes } of mapAhead(kept.data, concurrency, read)) {
    options.signal?.throwIfAborted();
    reporter.metrics.scannedDataManifests++;
    const filter = filterOf(manifest.partitionSpecId, manifest.manifestPath);
    for (const entry of decoderOf(filter)(bytes, manifest, manifest.manifestPath)) {
      if (appended?.entry(entry) === false) continue;
      const task = taskOf(entry, filter, deletes);
      reporter.planned(task);
      reporter.metrics.totalPlanningDurationMs += input.now() - started;
      yield task;
      started = input.now();
      left -= certainRows(task) ?? 0;
      if (left <= 0) return;
    }
  }
  reporter.metrics.totalPlanningDurationMs += input.now() - started;
}

/** What a plan looks at. */
export interface PlannedManifests {
  readonly manifests: readonly ManifestFile[];
  /** For a range of appends: which of their entries count. */
  readonly appended?: AppendedOnly;
}

/** The manifests of the snapshot; of a range those that its appends added, each once. */
export async function manifestsOf(
  { io, snapshot, appends }: PlanInput,
  options: AbortOptions,
): Promise<PlannedManifests> {
  if (appends === undefined)
    return { manifests: snapshot === undefined ? [] : await snapshotManifests(io, snapshot, options) };
  const appended = appendedBy(appends);
  const byPath = new Map<string, ManifestFile>();
  for (const one of appends) {
    for (const manifest of await snapshotManifests(io, one, options))
      if (appended.manifest(manifest)) byPath.set(manifest.manifestPath, manifest);
  }
  return { manifests: [...byPath.values()], appended };
}

interface KeptManifests {
  readonly data: readonly ManifestFile[];
  readonly deletes: readonly ManifestFile[];
}

function keptManifests(
  manifests: readonly ManifestFile[],
  filterOf: (specId: number, manifestPath: string) => SpecFilter,
  reporter: ScanReporter,
): KeptManifests {
  const data = manifests.filter(({ content }) => content === "data");
  const deletes = manifests.filter(({ content }) => content === "deletes");
  reporter.metrics.totalDataManifests = data.length;
  reporter.metrics.totalDeleteManifests = deletes.length;
  const keep = (manifest: ManifestFile) => keepManifest(manifest, filterOf, reporter);
  return { data: data.filter(keep), deletes: deletes.filter(keep) };
}

function keepManifest(
  manifest: ManifestFile,
  filterOf: (specId: number, manifestPath: string) => SpecFilter,
  reporter: ScanReporter,
): boolean {
  const level = manifest.content === "data" ? "manifest" : "delete-manifest";
  const inside = {
    files: (manifest.addedFilesCount ?? 0) + (manifest.existingFilesCount ?? 0),
    rows: (manifest.addedRowsCount ?? 0) + (manifest.existingRowsCount ?? 0),
  };
  if (hasNoLiveFiles(manifest)) {
    reporter.skip(level, "no-live-files", "", inside);
    return false;
  }
  for (const { conjunct, mayMatchManifest } of filterOf(manifest.partitionSpecId, manifest.manifestPath)
    .conjuncts) {
    if (mayMatchManifest(manifest.partitions)) continue;
    reporter.skip(level, "partition-summary", conjunct.text, inside);
    return false;
  }
  return true;
}

/** Only known zeros count: an unknown count keeps the manifest (SCN-003). */
function hasNoLiveFiles(manifest: ManifestFile): boolean {
  return manifest.addedFilesCount === 0 && manifest.existingFilesCount === 0;
}

/** The decoder of each spec's manifests. */
function decoders(
  metricsFor: ReadonlySet<number>,
  reporter: ScanReporter,
): (filter: SpecFilter) => ManifestDecoder {
  const made = new Map<SpecFilter, ManifestDecoder>();
  return (filter) => {
    const known = made.get(filter);
    if (known !== undefined) return known;
    const decoder = manifestDecoder({
      fields: filter.fields,
      liveOnly: true,
      columns: { metricsFor },
      screen: entryScreen(filter, reporter),
    });
    made.set(filter, decoder);
    return decoder;
  };
}

/** Leaves out what one conjunct excludes, and counts it. */
function entryScreen({ conjuncts }: SpecFilter, reporter: ScanReporter): EntryScreen {
  const byPartition = conjuncts.map(({ conjunct, mayMatchPartition }) => ({
    mayMatch: mayMatchPartition,
    skipped: { rule: "partition-value", predicate: conjunct.text } as const,
  }));
  const byMetrics = conjuncts.map(({ conjunct, mayMatchFile }) => ({
    mayMatch: mayMatchFile,
    skipped: { rule: "column-metrics", predicate: conjunct.text } as const,
  }));
  return {
    byPartition: (tuple) => {
      for (const { mayMatch, skipped } of byPartition) if (!mayMatch(tuple)) return skipped;
      return undefined;
    },
    byMetrics: (file) => {
      for (const { mayMatch, skipped } of byMetrics) if (!mayMatch(file)) return skipped;
      return undefined;
    },
    leftOut: (why, recordCount, bytes) => {
      const { rule, predicate } = why as { rule: SkipRule; predicate: string };
      reporter.skip("file", rule, predicate, { files: 1, rows: Math.max(0, recordCount), bytes });
    },
  };
}

function taskOf(entry: ManifestEntry, filter: SpecFilter, deletes: DeleteFileIndex): FileScanTask {
  return {
    dataFile: entry.dataFile,
    spec: filter.spec,
    sequenceNumber: entry.sequenceNumber ?? 0,
    residual: filter.residual(entry.dataFile),
    deletes: deletes.deletesFor(entry),
  };
}
