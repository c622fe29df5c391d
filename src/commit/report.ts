/** What a commit did, under the names of Java's CommitReport. Pure. Spec: REST catalog, `reportMetrics`. @module */
import type { JsonObject } from "../base/index.ts";
import { type Snapshot, snapshotOperation } from "../metadata/index.ts";

/** Java's name of each counter, the snapshot summary's, and its unit. */
const COUNTERS = [
  ["added-data-files", "added-data-files", "count"],
  ["removed-data-files", "deleted-data-files", "count"],
  ["total-data-files", "total-data-files", "count"],
  ["added-delete-files", "added-delete-files", "count"],
  ["added-equality-delete-files", "added-equality-delete-files", "count"],
  ["added-positional-delete-files", "added-position-delete-files", "count"],
  ["added-dvs", "added-dvs", "count"],
  ["removed-delete-files", "removed-delete-files", "count"],
  ["removed-positional-delete-files", "removed-position-delete-files", "count"],
  ["removed-dvs", "removed-dvs", "count"],
  ["removed-equality-delete-files", "removed-equality-delete-files", "count"],
  ["total-delete-files", "total-delete-files", "count"],
  ["added-records", "added-records", "count"],
  ["removed-records", "deleted-records", "count"],
  ["total-records", "total-records", "count"],
  ["added-files-size-bytes", "added-files-size", "bytes"],
  ["removed-files-size-bytes", "removed-files-size", "bytes"],
  ["total-files-size-bytes", "total-files-size", "bytes"],
  ["added-positional-deletes", "added-position-deletes", "count"],
  ["removed-positional-deletes", "removed-position-deletes", "count"],
  ["total-positional-deletes", "total-position-deletes", "count"],
  ["added-equality-deletes", "added-equality-deletes", "count"],
  ["removed-equality-deletes", "removed-equality-deletes", "count"],
  ["total-equality-deletes", "total-equality-deletes", "count"],
  ["manifests-created", "manifests-created", "count"],
  ["manifests-replaced", "manifests-replaced", "count"],
  ["manifests-kept", "manifests-kept", "count"],
  ["manifest-entries-processed", "entries-processed", "count"],
] as const;

/** A counter of a commit; sizes are bytes. */
export type CommitCounter = (typeof COUNTERS)[number][0];

const UNITS: ReadonlyMap<string, "count" | "bytes"> = new Map(COUNTERS.map(([name, , unit]) => [name, unit]));

/** The unit of a counter. */
export function commitCounterUnit(counter: CommitCounter): "count" | "bytes" {
  return UNITS.get(counter)!;
}

export interface CommitReport {
  readonly tableName: string;
  readonly snapshotId: bigint;
  readonly sequenceNumber: number;
  /** `append`, `overwrite`, `delete` or `replace`; empty for a snapshot that does not say. */
  readonly operation: string;
  readonly metrics: {
    /** Milliseconds from the first attempt's start until the commit stood. */
    readonly totalDurationMs: number;
    /** Swaps that were tried, the successful one included. */
    readonly attempts: number;
    /** Those the snapshot's summary has; an absent one was zero, or is not known. */
    readonly counters: ReadonlyMap<CommitCounter, number>;
  };
}

/** The report of a snapshot that was committed. A summary entry that is no number is left out, as in Java. */
export function commitReport(
  tableName: string,
  snapshot: Snapshot,
  { attempts, totalDurationMs }: { readonly attempts: number; readonly totalDurationMs: number },
): CommitReport {
  const counters = new Map<CommitCounter, number>();
  for (const [name, key] of COUNTERS) {
    const text = snapshot.summary?.get(key);
    if (text !== undefined && /^\d{1,15}$/.test(text)) counters.set(name, Number(text));
  }
  return {
    tableName,
    snapshotId: snapshot.snapshotId,
    sequenceNumber: snapshot.sequenceNumber,
    operation: snapshotOperation(snapshot) ?? "",
    metrics: { totalDurationMs, attempts, counters },
  };
}

/** A report as Java's CommitReportParser prints it. */
export function commitReportToJson(report: CommitReport): JsonObject {
  const { totalDurationMs, attempts, counters } = report.metrics;
  const printed = [...counters].map(([name, value]) => [name, { unit: commitCounterUnit(name), value }]);
  return {
    "table-name": report.tableName,
    "snapshot-id": report.snapshotId,
    "sequence-number": report.sequenceNumber,
    operation: report.operation,
    metrics: {
      "total-duration": {
        count: 1,
        "time-unit": "nanoseconds",
        "total-duration": Math.round(totalDurationMs * 1e6),
      },
      attempts: { unit: "count", value: attempts },
      ...Object.fromEntries(printed),
    },
    metadata: {},
  };
}
