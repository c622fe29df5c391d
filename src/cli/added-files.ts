/** What one snapshot added, by partition. Spec: Manifests. @module */
import type { AbortOptions, Json } from "../base/index.ts";
import { type DataFile, readManifest } from "../manifests/index.ts";
import { type Snapshot, specById } from "../metadata/index.ts";
import { type PartitionSpec, partitionFields } from "../partitioning/index.ts";
import { snapshotManifests } from "../planning/index.ts";
import type { Schema } from "../schema/index.ts";
import type { Table } from "../table/index.ts";
import { count } from "./format.ts";
import { partitionJson, partitionText } from "./partition-text.ts";

/** Files and rows in one partition. */
export interface PartitionTotals {
  /** `event_timestamp_month=2025-10 organization_id=org_abc`. */
  readonly text: string;
  readonly values: { readonly [name: string]: Json };
  readonly files: number;
  readonly rows: number;
}

/** The data files a snapshot added; only its own manifests are read. */
export async function addedFiles(
  table: Table,
  snapshot: Snapshot,
  options: AbortOptions = {},
): Promise<readonly DataFile[]> {
  const { io } = table;
  const files: DataFile[] = [];
  for (const manifest of await snapshotManifests(io, snapshot, options)) {
    if (manifest.addedSnapshotId !== snapshot.snapshotId || manifest.content !== "data") continue;
    const spec = specById(table.metadata, manifest.partitionSpecId);
    const bytes = await io.open(manifest.manifestPath, manifest.manifestLength).read(undefined, options);
    const entries = readManifest(bytes, {
      manifest,
      fields: spec === undefined ? [] : partitionFields(spec, table.schema),
      what: manifest.manifestPath,
      columns: { metricsFor: "none" },
    });
    for (const entry of entries) if (entry.status === "added") files.push(entry.dataFile);
  }
  return files;
}

/** Sums files by partition, in the order of the partitions' text. */
export function partitionTotals(
  files: readonly DataFile[],
  schema: Schema,
  specOf: (specId: number) => PartitionSpec | undefined,
): readonly PartitionTotals[] {
  const totals = new Map<string, PartitionTotals>();
  for (const { specId, partition, recordCount } of files) {
    const spec = specOf(specId);
    if (spec === undefined) continue;
    const text = partitionText(spec, schema, partition);
    const known = totals.get(text);
    totals.set(text, {
      text,
      values: known?.values ?? partitionJson(spec, schema, partition),
      files: (known?.files ?? 0) + 1,
      rows: (known?.rows ?? 0) + recordCount,
    });
  }
  return [...totals.values()].sort((a, b) => (a.text < b.text ? -1 : 1));
}

/** One line a partition: its name, rows and files. */
export function partitionLines(totals: readonly PartitionTotals[]): string {
  const width = Math.max(0, ...totals.map(({ text }) => text.length));
  return totals
    .map(
      ({ text, rows, files }) => `  ${text.padEnd(width)}  ${count(rows, "row")} in ${count(files, "file")}`,
    )
    .join("\n");
}

/** Totals as JSON. */
export function totalsJson(totals: readonly PartitionTotals[]): Json {
  return totals.map(({ text, values, files, rows }) => ({ name: text, partition: values, files, rows }));
}
