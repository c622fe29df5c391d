/** The delete files a scan must know of. Spec: Scan Planning, Row-level Deletes; SCN-004, SCN-053 to SCN-068. @module */
import type { AbortOptions } from "../base/index.ts";
import { DeleteFileIndex, isDeletionVector } from "../deletes/index.ts";
import { columnIdsOf } from "../expressions/index.ts";
import { type ManifestEntry, manifestEntries } from "../manifests/index.ts";
import type { TableMetadata } from "../metadata/index.ts";
import type { Schema } from "../schema/index.ts";
import type { OpenedManifest } from "./manifest-cache.ts";
import type { ScanReporter } from "./scan-report.ts";
import type { SpecFilter } from "./spec-filter.ts";

export interface PlanDeletesInput {
  readonly metadata: TableMetadata;
  /** The schema the filter is bound to. */
  readonly schema: Schema;
  readonly filterOf: (specId: number, manifestPath: string) => SpecFilter;
  readonly reporter: ScanReporter;
}

/**
 * Indexes the live delete files of the manifests that may delete rows the filter selects: deletes of partitions it
 * excludes delete rows of those partitions only, and equality deletes whose values it excludes delete rows that it
 * excludes as well (SCN-004). Manifests of unpartitioned specs are always read, for their equality deletes are global.
 * @throws IcebergError `corrupt-file` naming the manifest, `invalid-metadata` as the index does.
 */
export async function planDeletes(
  manifests: AsyncIterable<OpenedManifest>,
  input: PlanDeletesInput,
  options: AbortOptions = {},
): Promise<DeleteFileIndex> {
  const { metadata, schema, filterOf, reporter } = input;
  const { metrics } = reporter;
  const kept: ManifestEntry[] = [];
  for await (const { manifest, bytes } of manifests) {
    options.signal?.throwIfAborted();
    metrics.scannedDeleteManifests++;
    const filter = filterOf(manifest.partitionSpecId, manifest.manifestPath);
    const entries = manifestEntries(bytes, {
      manifest,
      fields: filter.fields,
      what: manifest.manifestPath,
      liveOnly: true,
      // Which columns equality deletes compare, their entries tell; position deletes have bounds of paths.
      columns: { metricsFor: "all", columnSizes: false },
    });
    for (const entry of entries) if (mayDelete(entry, filter, reporter)) kept.push(entry);
  }
  for (const { dataFile } of kept) {
    metrics.indexedDeleteFiles++;
    if (dataFile.content === "equality-deletes") metrics.equalityDeleteFiles++;
    else if (isDeletionVector(dataFile)) metrics.dvs++;
    else metrics.positionalDeleteFiles++;
  }
  return new DeleteFileIndex(kept, { specs: metadata.partitionSpecs, schema, schemas: metadata.schemas });
}

function mayDelete({ dataFile }: ManifestEntry, filter: SpecFilter, reporter: ScanReporter): boolean {
  const inside = { files: 1, rows: Math.max(0, dataFile.recordCount) };
  for (const { conjunct, mayMatchPartition } of filter.conjuncts) {
    if (mayMatchPartition(dataFile.partition)) continue;
    reporter.skip("delete-file", "partition-value", conjunct.text, inside);
    return false;
  }
  if (dataFile.content !== "equality-deletes") return true;
  const { equalityIds = [] } = dataFile;
  for (const { conjunct, mayMatchFile } of filter.conjuncts) {
    // Of other columns the file says what its writer liked.
    if (!columnIdsOf(conjunct.bound).every((id) => equalityIds.includes(id))) continue;
    if (mayMatchFile(dataFile)) continue;
    reporter.skip("delete-file", "column-metrics", conjunct.text, inside);
    return false;
  }
  return true;
}
