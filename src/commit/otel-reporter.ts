/**
 * Reports as OpenTelemetry metrics and spans. The package is not needed here: a meter and a tracer of
 * `@opentelemetry/api` fit the shapes below.
 * @module
 */
import type { ScanMetrics } from "../planning/index.ts";
import type { CommitReported, MetricsReport, MetricsReporter, ScanReported } from "./metrics-reporter.ts";
import { commitCounterUnit } from "./report.ts";

/** Attributes of a measurement or span. */
export type OtelAttributes = Record<string, string | number | boolean>;

interface InstrumentOptions {
  readonly description?: string;
  readonly unit?: string;
}

/** What is used of OpenTelemetry's `Meter`. */
export interface MeterLike {
  createCounter(
    name: string,
    options?: InstrumentOptions,
  ): { add(value: number, attributes?: OtelAttributes): void };
  createHistogram(
    name: string,
    options?: InstrumentOptions,
  ): { record(value: number, attributes?: OtelAttributes): void };
}

/** What is used of OpenTelemetry's `Tracer`. */
export interface TracerLike {
  startSpan(
    name: string,
    options?: { readonly startTime?: Date; readonly attributes?: OtelAttributes },
  ): { end(endTime?: Date): void };
}

/** Either or both. */
export interface OpenTelemetryTargets {
  readonly meter?: MeterLike;
  readonly tracer?: TracerLike;
}

/** Counters of scans that are reported, under Java's names. */
const SCAN_COUNTERS: readonly (readonly [keyof ScanMetrics, string, "count" | "bytes"])[] = [
  ["resultDataFiles", "result-data-files", "count"],
  ["skippedDataFiles", "skipped-data-files", "count"],
  ["scannedDataManifests", "scanned-data-manifests", "count"],
  ["skippedDataManifests", "skipped-data-manifests", "count"],
  ["totalFileSizeInBytes", "total-file-size-in-bytes", "bytes"],
];

/**
 * A reporter that feeds a meter and a tracer: histograms `iceberg.commit.duration` and `iceberg.scan.planning.duration`
 * in seconds, a counter `iceberg.commit.<name>` or `iceberg.scan.<name>` for each of Java's counters but totals,
 * spans `iceberg.commit` and `iceberg.scan.plan`. All carry `iceberg.table`; nothing carries ids, which never repeat,
 * but the spans.
 *
 * @example
 * import { metrics, trace } from "@opentelemetry/api";
 * const metricsReporter = openTelemetryReporter({ meter: metrics.getMeter("tables"), tracer: trace.getTracer("tables") });
 */
export function openTelemetryReporter({ meter, tracer }: OpenTelemetryTargets): MetricsReporter {
  const instruments = meter && new Instruments(meter);
  return (reported: MetricsReport): void => {
    if (instruments !== undefined) {
      if (reported.kind === "commit") measureCommit(instruments, reported);
      else measureScan(instruments, reported);
    }
    const span = tracer?.startSpan(reported.kind === "commit" ? "iceberg.commit" : "iceberg.scan.plan", {
      startTime: new Date(reported.startedAtMs),
      attributes: spanAttributes(reported),
    });
    span?.end(new Date(reported.endedAtMs));
  };
}

function measureCommit(instruments: Instruments, { report }: CommitReported): void {
  const attributes = { "iceberg.table": report.tableName, "iceberg.operation": report.operation };
  const { totalDurationMs, attempts, counters } = report.metrics;
  instruments.record("iceberg.commit.duration", totalDurationMs / 1000, attributes);
  instruments.add("iceberg.commit.attempts", "count", attempts, attributes);
  for (const [name, value] of counters) {
    // Totals are a state, not a change: summing them up would mean nothing.
    if (!name.startsWith("total-")) {
      instruments.add(`iceberg.commit.${name}`, commitCounterUnit(name), value, attributes);
    }
  }
}

function measureScan(instruments: Instruments, { report }: ScanReported): void {
  const attributes = { "iceberg.table": report.tableName };
  const seconds = report.metrics.totalPlanningDurationMs / 1000;
  instruments.record("iceberg.scan.planning.duration", seconds, attributes);
  for (const [metric, name, unit] of SCAN_COUNTERS) {
    instruments.add(`iceberg.scan.${name}`, unit, report.metrics[metric], attributes);
  }
}

function spanAttributes(reported: MetricsReport): OtelAttributes {
  const { report } = reported;
  const common = {
    "iceberg.table": report.tableName,
    ...(report.snapshotId !== undefined && { "iceberg.snapshot.id": String(report.snapshotId) }),
  };
  if (reported.kind === "scan") {
    return {
      ...common,
      "iceberg.scan.filter": reported.report.filter,
      "iceberg.scan.result-data-files": reported.report.metrics.resultDataFiles,
    };
  }
  return {
    ...common,
    "iceberg.operation": reported.report.operation,
    "iceberg.commit.attempts": reported.report.metrics.attempts,
  };
}

/** Instruments by name, each made when it is first needed. */
class Instruments {
  private readonly meter: MeterLike;
  private readonly counters = new Map<string, ReturnType<MeterLike["createCounter"]>>();
  private readonly histograms = new Map<string, ReturnType<MeterLike["createHistogram"]>>();

  constructor(meter: MeterLike) {
    this.meter = meter;
  }

  add(name: string, unit: "count" | "bytes", value: number, attributes: OtelAttributes): void {
    let counter = this.counters.get(name);
    if (counter === undefined) {
      counter = this.meter.createCounter(name, { unit: unit === "bytes" ? "By" : "1" });
      this.counters.set(name, counter);
    }
    counter.add(value, attributes);
  }

  record(name: string, seconds: number, attributes: OtelAttributes): void {
    let histogram = this.histograms.get(name);
    if (histogram === undefined) {
      histogram = this.meter.createHistogram(name, { unit: "s" });
      this.histograms.set(name, histogram);
    }
    histogram.record(seconds, attributes);
  }
}
