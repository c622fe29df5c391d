/** Where reports of scans and commits go. Spec: REST catalog, `reportMetrics`. @module */
import type { JsonObject } from "../base/index.ts";
import { identifierText, type LoadedTable } from "../catalog/index.ts";
import type { Runtime } from "../io/index.ts";
import type { Snapshot } from "../metadata/index.ts";
import type { ScanReport } from "../planning/index.ts";
import { type CommitReport, commitReport, commitReportToJson } from "./report.ts";

interface Reported {
  /** Milliseconds since the epoch. */
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  /** The body that a REST catalog's `metrics` endpoint takes, `report-type` included. */
  toJson(): JsonObject;
}

export interface ScanReported extends Reported {
  readonly kind: "scan";
  readonly report: ScanReport;
}

export interface CommitReported extends Reported {
  readonly kind: "commit";
  readonly report: CommitReport;
}

export type MetricsReport = ScanReported | CommitReported;

/**
 * Takes the report of every scan once it is planned, and of every snapshot once it is committed. It is not waited for,
 * and what it throws changes nothing.
 *
 * @example
 * const catalog = fileCatalog("./warehouse", {
 *   metricsReporter: ({ kind, report }) => console.log(kind, report.tableName, report.metrics),
 * });
 */
export type MetricsReporter = (report: MetricsReport) => unknown;

/** Hands a report over. A reporter that fails has only lost its report: the commit stands. */
export function deliverReport(reporter: MetricsReporter | undefined, report: MetricsReport): void {
  if (reporter === undefined) return;
  try {
    const result = reporter(report);
    if (result instanceof Promise) result.catch(ignore);
  } catch {
    // As above.
  }
}

/** Reports the snapshots of one commit that stands. */
export function reportSnapshots(
  context: { readonly runtime: Runtime; readonly metricsReporter?: MetricsReporter | undefined },
  table: LoadedTable,
  snapshots: readonly (Snapshot | undefined)[],
  { startedAtMs, attempts }: { readonly startedAtMs: number; readonly attempts: number },
): void {
  const { metricsReporter, runtime } = context;
  if (metricsReporter === undefined) return;
  const endedAtMs = runtime.now();
  for (const snapshot of snapshots) {
    if (snapshot === undefined) continue;
    const totalDurationMs = Math.max(0, endedAtMs - startedAtMs);
    const report = commitReport(identifierText(table.identifier), snapshot, { attempts, totalDurationMs });
    const toJson = () => ({ "report-type": "commit-report", ...commitReportToJson(report) });
    deliverReport(metricsReporter, { kind: "commit", report, startedAtMs, endedAtMs, toJson });
  }
}

function ignore(): void {}
