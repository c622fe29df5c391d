/** What a scan looked at and skipped, for people and as JSON. Spec: Scan Planning. @module */
import type { Json } from "../base/index.ts";
import type { ScanReport, SkipCount } from "../planning/index.ts";
import { count, grouped } from "./format.ts";
import { harmless } from "./terminal.ts";

/** Several lines: manifests, files, row groups and rows, each with what was skipped by which rule. */
export function scanSummary(report: ScanReport): string {
  const { metrics, skipped } = report;
  const files = metrics.resultDataFiles + metrics.skippedDataFiles;
  const skippedRows = rowsIn(skipped);
  const lines = [
    `manifests   ${grouped(metrics.scannedDataManifests)} of ${grouped(metrics.totalDataManifests)} read` +
      reasons(skipped, "manifest"),
    `files       ${grouped(metrics.resultDataFiles)} of ${grouped(files)} to read${fileReasons(report)}`,
  ];
  if (metrics.totalRowGroups > 0) {
    const read = metrics.totalRowGroups - metrics.skippedRowGroups;
    lines.push(
      `row groups  ${grouped(read)} of ${grouped(metrics.totalRowGroups)} read${reasons(skipped, "row-group")}`,
    );
  }
  const total = metrics.resultRecords + skippedRows;
  lines.push(
    `rows        ${grouped(metrics.resultRecords)} of ${grouped(total)} in files to read` +
      (skippedRows > 0 ? `, ${grouped(skippedRows)} skipped` : ""),
  );
  return lines.join("\n");
}

/** The same on one line, for the end of a scan. */
export function scanSummaryLine(report: ScanReport): string {
  const { metrics } = report;
  const files = metrics.resultDataFiles + metrics.skippedDataFiles;
  const parts = [
    `manifests ${metrics.scannedDataManifests} of ${metrics.totalDataManifests}`,
    `files ${metrics.resultDataFiles} of ${files}`,
  ];
  if (metrics.totalRowGroups > 0) {
    parts.push(
      `row groups ${metrics.totalRowGroups - metrics.skippedRowGroups} of ${metrics.totalRowGroups}`,
    );
  }
  return parts.join(", ");
}

/** The report as JSON; durations in milliseconds, sizes in bytes. */
export function reportJson(report: ScanReport): { readonly [key: string]: Json } {
  const { metrics } = report;
  return {
    table: report.tableName,
    snapshot_id: report.snapshotId ?? null,
    schema_id: report.schemaId,
    filter: report.filter,
    select: report.projectedFields,
    manifests: {
      total: metrics.totalDataManifests,
      read: metrics.scannedDataManifests,
      skipped: metrics.skippedDataManifests,
    },
    files: {
      total: metrics.resultDataFiles + metrics.skippedDataFiles,
      to_read: metrics.resultDataFiles,
      skipped: metrics.skippedDataFiles,
      size_to_read: metrics.totalFileSizeInBytes,
    },
    ...(metrics.totalRowGroups > 0 && {
      row_groups: {
        total: metrics.totalRowGroups,
        read: metrics.totalRowGroups - metrics.skippedRowGroups,
        skipped: metrics.skippedRowGroups,
      },
    }),
    rows: {
      total: metrics.resultRecords + rowsIn(report.skipped),
      to_read: metrics.resultRecords,
      skipped: rowsIn(report.skipped),
    },
    skipped: report.skipped.map((skip) => ({
      level: skip.level,
      rule: skip.rule,
      predicate: skip.predicate,
      count: skip.count,
      files: skip.files,
      rows: skip.rows,
    })),
    planning_ms: Math.round(metrics.totalPlanningDurationMs * 1000) / 1000,
  };
}

/** Rows of files that are not opened at all. */
function rowsIn(skipped: readonly SkipCount[]): number {
  return skipped.reduce(
    (sum, { level, rows }) => sum + (level === "manifest" || level === "file" ? rows : 0),
    0,
  );
}

function reasons(skipped: readonly SkipCount[], level: SkipCount["level"]): string {
  const here = skipped.filter((skip) => skip.level === level);
  if (here.length === 0) return "";
  const total = here.reduce((sum, skip) => sum + skip.count, 0);
  return `, ${grouped(total)} skipped${here.map(reason).join("")}`;
}

function fileReasons({ metrics, skipped }: ScanReport): string {
  if (metrics.skippedDataFiles === 0) return "";
  const inManifests = skipped.reduce((sum, skip) => sum + (skip.level === "manifest" ? skip.files : 0), 0);
  const within = inManifests === 0 ? "" : `\n    ${grouped(inManifests)} in skipped manifests`;
  const here = skipped.filter((skip) => skip.level === "file");
  return `, ${grouped(metrics.skippedDataFiles)} skipped${within}${here.map(reason).join("")}`;
}

function reason(skip: SkipCount): string {
  const predicate = skip.predicate === "" ? "" : `  ${harmless(skip.predicate)}`;
  const rows = skip.rows > 0 ? `  (${count(skip.rows, "row")})` : "";
  return `\n    ${grouped(skip.count)} by ${skip.rule}${predicate}${rows}`;
}
