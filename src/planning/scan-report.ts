/** What planning looked at, what it skipped, and by which rule. Names follow Java's ScanReport. @module */
import type { DataFile } from "../manifests/index.ts";

/** Why something was skipped. */
export type SkipRule =
  /** The manifest has no live file (SCN-003). */
  | "no-live-files"
  /** The manifest's partition summaries exclude the predicate (SCN-029). */
  | "partition-summary"
  /** The file's partition tuple excludes it (SCN-013). */
  | "partition-value"
  /** The file's column metrics exclude it (SCN-035). */
  | "column-metrics"
  /** The row group's statistics exclude it (PAR-040). */
  | "row-group-statistics"
  /** The row group's bloom filter has none of the values asked for (PAR-042). */
  | "bloom-filter"
  /** The page index excludes a stretch of rows. */
  | "page-index";

/** How much one predicate skipped at one level by one rule. */
export interface SkipCount {
  readonly level: "manifest" | "file" | "row-group" | "page" | "delete-manifest" | "delete-file";
  readonly rule: SkipRule;
  /** The conjunct of the filter that decided, as text; empty for `no-live-files`. */
  readonly predicate: string;
  /** Things skipped at this level. */
  count: number;
  /** Files inside them; 0 for row groups and pages. A manifest whose counts are unknown adds none. */
  files: number;
  /** Rows inside them; of delete files the rows that say what is deleted. */
  rows: number;
  /** Bytes of the skipped files that were looked at one by one; of files in skipped manifests nothing is known. */
  bytes: number;
}

/** What something skipped holds. */
export interface SkippedContent {
  readonly files: number;
  readonly rows: number;
  readonly bytes?: number;
}

/** Counters of one scan (SCN-081). Sizes in bytes, times in milliseconds. */
export interface ScanMetrics {
  totalPlanningDurationMs: number;
  totalDataManifests: number;
  scannedDataManifests: number;
  skippedDataManifests: number;
  totalDeleteManifests: number;
  scannedDeleteManifests: number;
  skippedDeleteManifests: number;
  /** Delete files of the manifests read that may matter, and how many there are of each kind. */
  indexedDeleteFiles: number;
  equalityDeleteFiles: number;
  positionalDeleteFiles: number;
  /** Deletion vectors. */
  dvs: number;
  /** Those in skipped manifests, as far as their counts are known, included; so for data files. */
  skippedDeleteFiles: number;
  resultDataFiles: number;
  skippedDataFiles: number;
  /** Size of the result's data files. */
  totalFileSizeInBytes: number;
  /** Delete files of all tasks: one that applies to several data files counts for each, as in Java. */
  resultDeleteFiles: number;
  /** Their sizes; of a deletion vector its own part of the file. */
  totalDeleteFileSizeInBytes: number;
  /** Rows of the result's data files. */
  resultRecords: number;
  /** Row groups of the files opened so far, and what became of them; filled while rows are read. */
  totalRowGroups: number;
  skippedRowGroups: number;
  /** Rows decoded, and rows that matched. */
  readRecords: number;
  returnedRecords: number;
}

export interface ScanReport {
  readonly tableName: string;
  /** Absent for a table without snapshot. */
  readonly snapshotId?: bigint;
  readonly schemaId: number;
  /** The filter as text; `true` for none. */
  readonly filter: string;
  readonly projectedFields: readonly string[];
  readonly metrics: ScanMetrics;
  /** In the order the rules first applied. */
  readonly skipped: readonly SkipCount[];
}

/** What the report counts of a task. */
interface ReportedTask {
  readonly dataFile: DataFile;
  readonly deletes: readonly { readonly dataFile: DataFile }[];
}

/** Collects a {@link ScanReport} while a scan runs. */
export class ScanReporter {
  readonly metrics: ScanMetrics = {
    totalPlanningDurationMs: 0,
    totalDataManifests: 0,
    scannedDataManifests: 0,
    skippedDataManifests: 0,
    totalDeleteManifests: 0,
    scannedDeleteManifests: 0,
    skippedDeleteManifests: 0,
    indexedDeleteFiles: 0,
    equalityDeleteFiles: 0,
    positionalDeleteFiles: 0,
    dvs: 0,
    skippedDeleteFiles: 0,
    resultDataFiles: 0,
    skippedDataFiles: 0,
    totalFileSizeInBytes: 0,
    resultDeleteFiles: 0,
    totalDeleteFileSizeInBytes: 0,
    resultRecords: 0,
    totalRowGroups: 0,
    skippedRowGroups: 0,
    readRecords: 0,
    returnedRecords: 0,
  };
  private readonly byRule = new Map<SkipCount["level"], Map<SkipRule, Map<string, SkipCount>>>();
  private readonly inOrder: SkipCount[] = [];

  /** Counts one skipped thing. */
  skip(level: SkipCount["level"], rule: SkipRule, predicate: string, inside: SkippedContent): void {
    const entry = this.byRule.get(level)?.get(rule)?.get(predicate) ?? this.newCount(level, rule, predicate);
    entry.count++;
    entry.files += inside.files;
    entry.rows += inside.rows;
    entry.bytes += inside.bytes ?? 0;
    const { metrics } = this;
    switch (level) {
      case "row-group":
        metrics.skippedRowGroups++;
        break;
      case "page":
        break;
      case "delete-manifest":
        metrics.skippedDeleteManifests++;
        metrics.skippedDeleteFiles += inside.files;
        break;
      case "delete-file":
        metrics.skippedDeleteFiles += inside.files;
        break;
      case "manifest":
        metrics.skippedDataManifests++;
        metrics.skippedDataFiles += inside.files;
        break;
      case "file":
        metrics.skippedDataFiles += inside.files;
    }
  }

  /** Counts one planned data file and the deletes that come with it. */
  planned({ dataFile, deletes }: ReportedTask): void {
    const { metrics } = this;
    metrics.resultDataFiles++;
    metrics.totalFileSizeInBytes += dataFile.fileSizeInBytes;
    metrics.resultRecords += Math.max(0, dataFile.recordCount);
    metrics.resultDeleteFiles += deletes.length;
    for (const { dataFile: file } of deletes)
      metrics.totalDeleteFileSizeInBytes += file.contentSizeInBytes ?? file.fileSizeInBytes;
  }

  get skipped(): readonly SkipCount[] {
    return this.inOrder;
  }

  private newCount(level: SkipCount["level"], rule: SkipRule, predicate: string): SkipCount {
    const rules = mapIn(this.byRule, level);
    const entry = { level, rule, predicate, count: 0, files: 0, rows: 0, bytes: 0 };
    mapIn(rules, rule).set(predicate, entry);
    this.inOrder.push(entry);
    return entry;
  }
}

function mapIn<K, A, B>(maps: Map<K, Map<A, B>>, key: K): Map<A, B> {
  const known = maps.get(key);
  if (known !== undefined) return known;
  const made = new Map<A, B>();
  maps.set(key, made);
  return made;
}
