/**
 * Scan planning: from a filter to the files that may hold matching rows, skipping manifests by their partition
 * summaries and files by their partition values and column metrics (SCN-001). Spec: Scan Planning.
 *
 * The filter is planned conjunct by conjunct: a file is skipped as soon as one conjunct excludes it, which is
 * also what the report says of it.
 * @module
 */
import { type AbortOptions, type FileIO, IcebergError } from "../base/index.ts";
import {
  type BoundExpression,
  columnIdsOf,
  inclusiveMetricsEvaluator,
  inclusiveProjection,
  manifestEvaluator,
  partitionEvaluator,
  residualEvaluator,
} from "../expressions/index.ts";
import { type DataFile, type ManifestEntry, type ManifestFile, readManifest } from "../manifests/index.ts";
import { type Snapshot, specById, type TableMetadata } from "../metadata/index.ts";
import { type PartitionSpec, type PartitionTuple, partitionFields } from "../partitioning/index.ts";
import type { Schema } from "../schema/index.ts";
import type { ColumnMetrics, FieldSummary } from "../values/index.ts";
import { mapAhead } from "./concurrency.ts";
import type { ScanFilter } from "./scan-filter.ts";
import type { ScanReporter } from "./scan-report.ts";
import { DEFAULT_MANIFEST_CONCURRENCY, snapshotManifests } from "./snapshot-manifests.ts";

/** One data file to read, with the part of the filter its partition does not settle already. */
export interface FileScanTask {
  readonly dataFile: DataFile;
  readonly spec: PartitionSpec;
  /** Data sequence number of the file. */
  readonly sequenceNumber: number;
  /** Must still be applied to every row (SCN-051). */
  readonly residual: BoundExpression;
}

export interface PlanInput {
  readonly metadata: TableMetadata;
  readonly io: FileIO;
  readonly snapshot: Snapshot | undefined;
  /** The schema the filter is bound to. */
  readonly schema: Schema;
  readonly filter: ScanFilter;
  readonly reporter: ScanReporter;
  /** Milliseconds since the epoch, for the report. */
  readonly now: () => number;
}

/**
 * Plans the data files of a snapshot.
 * @throws IcebergError `unsupported` when the snapshot has row-level deletes, `corrupt-file`, `no-such-file`.
 */
export async function* planFiles(input: PlanInput, options: AbortOptions = {}): AsyncGenerator<FileScanTask> {
  const { metadata, io, snapshot, reporter } = input;
  if (snapshot === undefined) return;
  let started = input.now();
  const manifests = dataManifests(await snapshotManifests(io, snapshot, options), snapshot, reporter);
  const filters = new Map<number, SpecFilter>();
  const filterOf = (specId: number): SpecFilter => {
    const known = filters.get(specId);
    if (known !== undefined) return known;
    const spec = specById(metadata, specId);
    if (spec === undefined) {
      throw new IcebergError(
        "invalid-metadata",
        `Cannot plan: a manifest uses partition spec ${specId}, which the table does not have`,
        {
          context: { specId },
        },
      );
    }
    const made = specFilter(input, spec);
    filters.set(specId, made);
    return made;
  };
  const kept = manifests.filter((manifest) =>
    keepManifest(manifest, filterOf(manifest.partitionSpecId), reporter),
  );
  const metricsFor = new Set(columnIdsOf(input.filter.bound));
  const read = async (manifest: ManifestFile) => {
    const bytes = await io.open(manifest.manifestPath, manifest.manifestLength).read(undefined, options);
    const filter = filterOf(manifest.partitionSpecId);
    const what = manifest.manifestPath;
    return {
      filter,
      entries: readManifest(bytes, { manifest, fields: filter.fields, what, columns: { metricsFor } }),
    };
  };
  for await (const { filter, entries } of mapAhead(kept, DEFAULT_MANIFEST_CONCURRENCY, read)) {
    options.signal?.throwIfAborted();
    reporter.metrics.scannedDataManifests++;
    for (const entry of entries) {
      if (entry.status === "deleted") continue;
      const task = planEntry(entry, filter, reporter);
      if (task === undefined) continue;
      reporter.metrics.totalPlanningDurationMs += input.now() - started;
      yield task;
      started = input.now();
    }
  }
  reporter.metrics.totalPlanningDurationMs += input.now() - started;
}

/** One conjunct of the filter, ready for every level at which it can exclude something. */
interface Conjunct {
  readonly text: string;
  readonly mayMatchManifest: (summaries: readonly FieldSummary[] | undefined) => boolean;
  readonly mayMatchPartition: (tuple: PartitionTuple) => boolean;
  readonly mayMatchFile: (file: ColumnMetrics & { readonly recordCount: number }) => boolean;
}

/** The filter as seen through one partition spec: each manifest is judged by its own (SCN-002). */
interface SpecFilter {
  readonly spec: PartitionSpec;
  readonly fields: ReturnType<typeof partitionFields>;
  readonly conjuncts: readonly Conjunct[];
  readonly residual: (tuple: PartitionTuple) => BoundExpression;
}

function specFilter({ filter, schema }: PlanInput, spec: PartitionSpec): SpecFilter {
  const fields = partitionFields(spec, schema);
  return {
    spec,
    fields,
    conjuncts: filter.conjuncts.map(({ text, bound }) => {
      const projected = inclusiveProjection(bound, spec, schema);
      return {
        text,
        mayMatchManifest: manifestEvaluator(projected),
        mayMatchPartition: partitionEvaluator(projected),
        mayMatchFile: inclusiveMetricsEvaluator(bound),
      };
    }),
    residual: residualEvaluator(filter.bound, spec, schema),
  };
}

function dataManifests(
  manifests: readonly ManifestFile[],
  snapshot: Snapshot,
  reporter: ScanReporter,
): readonly ManifestFile[] {
  const data = manifests.filter((manifest) => manifest.content === "data");
  reporter.metrics.totalDataManifests = data.length;
  reporter.metrics.totalDeleteManifests = manifests.length - data.length;
  const deletes = manifests.find((manifest) => manifest.content === "deletes" && !hasNoLiveFiles(manifest));
  if (deletes !== undefined) {
    throw new IcebergError(
      "unsupported",
      `Cannot read snapshot ${snapshot.snapshotId}: it has row-level deletes (${deletes.manifestPath}), which this version does not apply; compact the table with the engine that wrote them`,
      { context: { snapshotId: snapshot.snapshotId, manifest: deletes.manifestPath } },
    );
  }
  return data;
}

function keepManifest(manifest: ManifestFile, filter: SpecFilter, reporter: ScanReporter): boolean {
  const inside = {
    files: (manifest.addedFilesCount ?? 0) + (manifest.existingFilesCount ?? 0),
    rows: (manifest.addedRowsCount ?? 0) + (manifest.existingRowsCount ?? 0),
  };
  if (hasNoLiveFiles(manifest)) {
    reporter.skip("manifest", "no-live-files", "", inside);
    return false;
  }
  for (const conjunct of filter.conjuncts) {
    if (conjunct.mayMatchManifest(manifest.partitions)) continue;
    reporter.skip("manifest", "partition-summary", conjunct.text, inside);
    return false;
  }
  return true;
}

/** Only known zeros count: an unknown count keeps the manifest (SCN-003). */
function hasNoLiveFiles(manifest: ManifestFile): boolean {
  return manifest.addedFilesCount === 0 && manifest.existingFilesCount === 0;
}

function planEntry(
  entry: ManifestEntry,
  filter: SpecFilter,
  reporter: ScanReporter,
): FileScanTask | undefined {
  const { dataFile } = entry;
  const inside = { files: 1, rows: Math.max(0, dataFile.recordCount) };
  for (const conjunct of filter.conjuncts) {
    if (conjunct.mayMatchPartition(dataFile.partition)) continue;
    reporter.skip("file", "partition-value", conjunct.text, inside);
    return undefined;
  }
  for (const conjunct of filter.conjuncts) {
    if (conjunct.mayMatchFile(dataFile)) continue;
    reporter.skip("file", "column-metrics", conjunct.text, inside);
    return undefined;
  }
  reporter.metrics.resultDataFiles++;
  reporter.metrics.totalFileSizeInBytes += dataFile.fileSizeInBytes;
  reporter.metrics.resultRecords += inside.rows;
  return {
    dataFile,
    spec: filter.spec,
    sequenceNumber: entry.sequenceNumber ?? 0,
    residual: filter.residual(dataFile.partition),
  };
}
