/** The counters a snapshot's summary holds, and their totals. Spec: Snapshot summary, Optional fields (MET-030..032). @module */
import type { DataFile } from "../manifests/index.ts";
import type { SnapshotOperation, SnapshotSummary } from "./snapshot.ts";

/** What happened to files, counted. Sizes in bytes. */
export interface SummaryCounters {
  addedDataFiles: number;
  deletedDataFiles: number;
  addedDeleteFiles: number;
  removedDeleteFiles: number;
  addedEqualityDeleteFiles: number;
  removedEqualityDeleteFiles: number;
  /** Without deletion vectors (MET-031). */
  addedPositionDeleteFiles: number;
  removedPositionDeleteFiles: number;
  addedDvs: number;
  removedDvs: number;
  addedRecords: number;
  deletedRecords: number;
  addedFilesSize: number;
  removedFilesSize: number;
  /** Records of position delete files and positions in deletion vectors. */
  addedPositionDeletes: number;
  removedPositionDeletes: number;
  addedEqualityDeletes: number;
  removedEqualityDeletes: number;
}

/** Counters of one commit as it adds and removes files; per partition too when a limit asks for it. */
export interface SummaryCollector {
  readonly counters: SummaryCounters;
  /** By partition path; of unpartitioned files the path is "". */
  readonly partitions: Map<string, SummaryCounters>;
}

/** What {@link snapshotSummary} puts together. */
export interface SummaryInput {
  readonly operation: SnapshotOperation;
  readonly counters: Readonly<SummaryCounters>;
  /**
   * Summary of the parent snapshot. `undefined`: there is no parent, totals start from 0. A parent without a
   * summary is an empty map: its totals are unknown and stay so.
   */
  readonly previous: SnapshotSummary | undefined;
  /** Counters by partition path; absent when manifests were added whole and nobody counted. */
  readonly partitions?: ReadonlyMap<string, Readonly<SummaryCounters>>;
  /** `write.summary.partition-limit`: up to so many partitions are listed (MET-032). Default 0, none. */
  readonly partitionLimit?: number;
  /** Further entries: engine name, manifest counts, the caller's own. They cannot replace a counter. */
  readonly extra?: Iterable<readonly [string, string]>;
}

/** `[counter, key]` in the order they are written. */
const COUNTERS: readonly (readonly [keyof SummaryCounters, string])[] = [
  ["addedFilesSize", "added-files-size"],
  ["removedFilesSize", "removed-files-size"],
  ["addedDataFiles", "added-data-files"],
  ["deletedDataFiles", "deleted-data-files"],
  ["addedEqualityDeleteFiles", "added-equality-delete-files"],
  ["removedEqualityDeleteFiles", "removed-equality-delete-files"],
  ["addedPositionDeleteFiles", "added-position-delete-files"],
  ["removedPositionDeleteFiles", "removed-position-delete-files"],
  ["addedDeleteFiles", "added-delete-files"],
  ["removedDeleteFiles", "removed-delete-files"],
  ["addedDvs", "added-dvs"],
  ["removedDvs", "removed-dvs"],
  ["addedRecords", "added-records"],
  ["deletedRecords", "deleted-records"],
  ["addedPositionDeletes", "added-position-deletes"],
  ["removedPositionDeletes", "removed-position-deletes"],
  ["addedEqualityDeletes", "added-equality-deletes"],
  ["removedEqualityDeletes", "removed-equality-deletes"],
];

/** `[total, added, removed]`. */
const TOTALS: readonly (readonly [string, keyof SummaryCounters, keyof SummaryCounters])[] = [
  ["total-records", "addedRecords", "deletedRecords"],
  ["total-files-size", "addedFilesSize", "removedFilesSize"],
  ["total-data-files", "addedDataFiles", "deletedDataFiles"],
  ["total-delete-files", "addedDeleteFiles", "removedDeleteFiles"],
  ["total-position-deletes", "addedPositionDeletes", "removedPositionDeletes"],
  ["total-equality-deletes", "addedEqualityDeletes", "removedEqualityDeletes"],
];

const DERIVED: ReadonlySet<string> = new Set([
  "operation",
  "changed-partition-count",
  "partition-summaries-included",
  ...COUNTERS.map(([, key]) => key),
  ...TOTALS.map(([key]) => key),
]);

/** Whether {@link snapshotSummary} decides on a key: an entry of that name from elsewhere would be a lie. */
export function isDerivedSummaryKey(key: string): boolean {
  return DERIVED.has(key) || key.startsWith("partitions.");
}

/** Counters at zero. */
export function noCounts(): SummaryCounters {
  return {
    addedDataFiles: 0,
    deletedDataFiles: 0,
    addedDeleteFiles: 0,
    removedDeleteFiles: 0,
    addedEqualityDeleteFiles: 0,
    removedEqualityDeleteFiles: 0,
    addedPositionDeleteFiles: 0,
    removedPositionDeleteFiles: 0,
    addedDvs: 0,
    removedDvs: 0,
    addedRecords: 0,
    deletedRecords: 0,
    addedFilesSize: 0,
    removedFilesSize: 0,
    addedPositionDeletes: 0,
    removedPositionDeletes: 0,
    addedEqualityDeletes: 0,
    removedEqualityDeletes: 0,
  };
}

/** A collector that has seen no file. */
export function newSummaryCollector(): SummaryCollector {
  return { counters: noCounts(), partitions: new Map() };
}

/** Counts one file into a collector, under its partition path. */
export function collectFile(
  collector: SummaryCollector,
  change: "added" | "removed",
  file: DataFile,
  partitionPath = "",
): void {
  countFile(collector.counters, change, file);
  let partition = collector.partitions.get(partitionPath);
  if (partition === undefined) {
    partition = noCounts();
    collector.partitions.set(partitionPath, partition);
  }
  countFile(partition, change, file);
}

/** Counts one file. A deletion vector counts with its own size, not that of the Puffin file around it (MET-031). */
export function countFile(counters: SummaryCounters, change: "added" | "removed", file: DataFile): void {
  const added = change === "added";
  const dv = file.content === "position-deletes" && file.fileFormat === "puffin";
  counters[added ? "addedFilesSize" : "removedFilesSize"] +=
    (dv ? file.contentSizeInBytes : undefined) ?? file.fileSizeInBytes;
  if (file.content === "data") {
    counters[added ? "addedDataFiles" : "deletedDataFiles"] += 1;
    counters[added ? "addedRecords" : "deletedRecords"] += file.recordCount;
    return;
  }
  counters[added ? "addedDeleteFiles" : "removedDeleteFiles"] += 1;
  if (file.content === "equality-deletes") {
    counters[added ? "addedEqualityDeleteFiles" : "removedEqualityDeleteFiles"] += 1;
    counters[added ? "addedEqualityDeletes" : "removedEqualityDeletes"] += file.recordCount;
    return;
  }
  if (dv) counters[added ? "addedDvs" : "removedDvs"] += 1;
  else counters[added ? "addedPositionDeleteFiles" : "removedPositionDeleteFiles"] += 1;
  counters[added ? "addedPositionDeletes" : "removedPositionDeletes"] += file.recordCount;
}

/**
 * The summary of a new snapshot: `operation`, counters that are not zero, the number of changed partitions and
 * the six totals. A total is left out when the parent's is missing or not a number, or when it would be negative.
 */
export function snapshotSummary(input: SummaryInput): SnapshotSummary {
  const summary = new Map<string, string>([["operation", input.operation]]);
  for (const [key, value] of input.extra ?? []) if (key !== "operation") summary.set(key, value);
  for (const [key, value] of countersOf(input.counters)) summary.set(key, value);
  if (input.partitions !== undefined) listPartitions(summary, input.partitions, input.partitionLimit ?? 0);
  for (const [total, added, removed] of TOTALS) {
    const before = input.previous === undefined ? 0n : countIn(input.previous.get(total));
    summary.delete(total);
    if (before === undefined) continue;
    const after = before + BigInt(input.counters[added]) - BigInt(input.counters[removed]);
    if (after >= 0n) summary.set(total, String(after));
  }
  return summary;
}

function listPartitions(
  summary: Map<string, string>,
  partitions: ReadonlyMap<string, Readonly<SummaryCounters>>,
  limit: number,
): void {
  summary.set("changed-partition-count", String(partitions.size));
  if (partitions.size === 0 || partitions.size > limit) return;
  summary.set("partition-summaries-included", "true");
  for (const [path, counters] of partitions) {
    const parts = countersOf(counters).map(([key, value]) => `${key}=${value}`);
    summary.set(`partitions.${path}`, parts.join(","));
  }
}

function countersOf(counters: Readonly<SummaryCounters>): [string, string][] {
  return COUNTERS.filter(([counter]) => counters[counter] > 0).map(([counter, key]) => [
    key,
    String(counters[counter]),
  ]);
}

function countIn(text: string | undefined): bigint | undefined {
  return text !== undefined && /^\d+$/.test(text) ? BigInt(text) : undefined;
}
