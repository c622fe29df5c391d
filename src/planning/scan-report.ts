/** What planning looked at, what it skipped, and by which rule. Names follow Java's ScanReport. @module */

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
  | "row-group-statistics";

/** How much one predicate skipped at one level by one rule. */
export interface SkipCount {
  readonly level: "manifest" | "file" | "row-group";
  readonly rule: SkipRule;
  /** The conjunct of the filter that decided, as text; empty for `no-live-files`. */
  readonly predicate: string;
  /** Things skipped at this level. */
  count: number;
  /** Data files inside them; 0 for row groups. A manifest whose counts are unknown adds none. */
  files: number;
  rows: number;
}

/** Counters of one scan (SCN-081). Sizes in bytes, times in milliseconds. */
export interface ScanMetrics {
  totalPlanningDurationMs: number;
  totalDataManifests: number;
  scannedDataManifests: number;
  skippedDataManifests: number;
  totalDeleteManifests: number;
  resultDataFiles: number;
  skippedDataFiles: number;
  /** Size of the result's data files. */
  totalFileSizeInBytes: number;
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

/** Collects a {@link ScanReport} while a scan runs. */
export class ScanReporter {
  readonly metrics: ScanMetrics = {
    totalPlanningDurationMs: 0,
    totalDataManifests: 0,
    scannedDataManifests: 0,
    skippedDataManifests: 0,
    totalDeleteManifests: 0,
    resultDataFiles: 0,
    skippedDataFiles: 0,
    totalFileSizeInBytes: 0,
    resultRecords: 0,
    totalRowGroups: 0,
    skippedRowGroups: 0,
    readRecords: 0,
    returnedRecords: 0,
  };
  private readonly byRule = new Map<string, SkipCount>();

  /** Counts one skipped thing. */
  skip(
    level: SkipCount["level"],
    rule: SkipRule,
    predicate: string,
    inside: { readonly files: number; readonly rows: number },
  ): void {
    const key = `${level} ${rule} ${predicate}`;
    let entry = this.byRule.get(key);
    if (entry === undefined) {
      entry = { level, rule, predicate, count: 0, files: 0, rows: 0 };
      this.byRule.set(key, entry);
    }
    entry.count++;
    entry.files += inside.files;
    entry.rows += inside.rows;
    if (level === "manifest") this.metrics.skippedDataManifests++;
    if (level === "row-group") this.metrics.skippedRowGroups++;
    else this.metrics.skippedDataFiles += inside.files;
  }

  get skipped(): readonly SkipCount[] {
    return [...this.byRule.values()];
  }
}
