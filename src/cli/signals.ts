/** The three OTLP signals: how each is told apart, decoded and mapped to its table. Spec: OTLP/HTTP. @module */
import type { Json } from "../base/index.ts";
import {
  decodeLogs,
  decodeMetrics,
  decodeTraces,
  type LogsData,
  type MetricsData,
  type TracesData,
} from "../otlp-wire/index.ts";
import type { Schema } from "../schema/index.ts";
import {
  type AttributeSource,
  defineLogEvents,
  defineMetricEvents,
  defineTraceEvents,
  LOG_EVENT_SOURCES,
  METRIC_EVENT_SOURCES,
  mapLogs,
  mapMetrics,
  mapSpans,
  type TelemetryDefinitionOptions,
  type TelemetryTable,
  type TelemetryTenant,
  type TelemetryTimestampType,
  TRACE_EVENT_SOURCES,
} from "../telemetry/index.ts";
import { harmless } from "./terminal.ts";

export type SignalName = "traces" | "logs" | "metrics";
export const SIGNAL_NAMES: readonly SignalName[] = ["traces", "logs", "metrics"];

/** Something the table refuses: what it is, what it lacks, and both as JSON. */
export interface Rejection {
  /** `chat gpt  trace …  span …`, harmless. */
  readonly label: string;
  readonly missing: readonly string[];
  readonly json: { readonly [member: string]: Json };
}

/** A row of columns, not checked yet. */
export interface InputRow {
  readonly [column: string]: unknown;
}

/** What became of one request. */
export interface Mapped {
  /** Spans, log records or data points of the request. */
  readonly items: number;
  readonly rows: readonly InputRow[];
  readonly rejected: readonly Rejection[];
}

/** What the mapping may be told from outside. */
export interface MapSettings {
  readonly timestampType: TelemetryTimestampType;
  readonly tenant?: TelemetryTenant;
  /** Attribute sources by column; columns the signal does not have are not among them. */
  readonly mapping: Readonly<Record<string, readonly AttributeSource[]>>;
  /** Logs and metrics without organization are rejected; traces always are. */
  readonly requireOrganization: boolean;
  /** Metrics: a row for each bucket of a histogram too. */
  readonly histogramBuckets: boolean;
}

/** One signal. */
export interface Signal {
  readonly name: SignalName;
  /** The member of a JSON request that says which signal it is. */
  readonly key: string;
  /** What its items are called. */
  readonly item: readonly [one: string, many: string];
  /** Name of their count in JSON. */
  readonly countName: string;
  /** Columns whose attribute sources can be replaced. */
  readonly mappable: readonly string[];
  define(options: TelemetryDefinitionOptions): TelemetryTable<Schema>;
  /** Decodes a request and maps it; `where` names the request in rejections. Throws `invalid-payload`. */
  map(bytes: Uint8Array, contentType: string, settings: MapSettings, where: RequestPlace): Mapped;
}

/** Where a request stands. */
export interface RequestPlace {
  readonly file: string;
  /** From 1. */
  readonly request: number;
}

const traces: Signal = {
  name: "traces",
  key: "resourceSpans",
  item: ["span", "spans"],
  countName: "spans",
  mappable: Object.keys(TRACE_EVENT_SOURCES),
  define: defineTraceEvents,
  map: (bytes, contentType, settings) => mapTraces(decodeTraces(bytes, { contentType }), settings),
};

const logs: Signal = {
  name: "logs",
  key: "resourceLogs",
  item: ["log record", "log records"],
  countName: "log_records",
  mappable: Object.keys(LOG_EVENT_SOURCES),
  define: defineLogEvents,
  map: (bytes, contentType, settings, where) =>
    mapLogRecords(decodeLogs(bytes, { contentType }), settings, where),
};

const metrics: Signal = {
  name: "metrics",
  key: "resourceMetrics",
  item: ["data point", "data points"],
  countName: "data_points",
  mappable: Object.keys(METRIC_EVENT_SOURCES),
  define: defineMetricEvents,
  map: (bytes, contentType, settings, where) =>
    mapDataPoints(decodeMetrics(bytes, { contentType }), settings, where),
};

/** The signals by name. */
export const SIGNALS: Readonly<Record<SignalName, Signal>> = { traces, logs, metrics };

/** Maps the spans of a request. */
export function mapTraces(request: TracesData, settings?: MapSettings): Mapped {
  const { rows, rejected } = mapSpans(request, settings && { ...settings });
  return {
    items: rows.length + rejected.length,
    rows,
    rejected: rejected.map(({ traceId, spanId, name, missing }) => ({
      label: `${harmless(name)}  trace ${traceId || "none"}  span ${spanId || "none"}`,
      missing,
      json: { trace_id: traceId, span_id: spanId, name, missing },
    })),
  };
}

function mapLogRecords(request: LogsData, settings: MapSettings, where: RequestPlace): Mapped {
  const { rows, rejected } = mapLogs(request, settings);
  return {
    items: rows.length + rejected.length,
    rows,
    rejected: rejected.map(({ index, missing }) => ({
      label: `log record ${index + 1} of ${placeText(where)}`,
      missing,
      json: { ...where, index, missing },
    })),
  };
}

function mapDataPoints(request: MetricsData, settings: MapSettings, where: RequestPlace): Mapped {
  const { rows, rejected } = mapMetrics(request, settings);
  return {
    items: dataPoints(request),
    rows,
    rejected: rejected.map(({ index, metricName, missing }) => ({
      label: `${harmless(metricName) || "a metric without name"}, data point ${index + 1} of ${placeText(where)}`,
      missing,
      json: { ...where, index, metric_name: metricName, missing },
    })),
  };
}

function dataPoints({ resourceMetrics }: MetricsData): number {
  let points = 0;
  for (const { scopeMetrics } of resourceMetrics) {
    for (const { metrics } of scopeMetrics) {
      for (const { data } of metrics) points += data?.dataPoints.length ?? 0;
    }
  }
  return points;
}

function placeText({ file, request }: RequestPlace): string {
  return `request ${request} in ${harmless(file)}`;
}

/**
 * The signal a file name tells: it contains `trace` or `span`, `log` or `metric`. `undefined` when it tells none, or
 * more than one.
 */
export function signalOfName(name: string): SignalName | undefined {
  const found = NAME_WORDS.filter(([, words]) => words.test(name));
  return found.length === 1 ? found[0]![0] : undefined;
}

const NAME_WORDS: readonly (readonly [SignalName, RegExp])[] = [
  ["traces", /trace|span/i],
  ["logs", /log/i],
  ["metrics", /metric/i],
];

/** The signal of a JSON request by its top-level member; `undefined` when it has none of the three. */
export function signalOfJson(bytes: Uint8Array): SignalName | undefined {
  for (const key of topLevelKeys(bytes)) {
    const name = SIGNAL_NAMES.find((candidate) => SIGNALS[candidate].key === key);
    if (name !== undefined) return name;
  }
  return undefined;
}

/**
 * The member names of the outermost object, in order, as far as the text holds together. Nothing is decoded: the key
 * that decides is usually the first thing in the text.
 */
function* topLevelKeys(bytes: Uint8Array): Generator<string> {
  let depth = 0;
  let isObject = false;
  let expectsKey = false;
  for (let at = 0; at < bytes.length; at++) {
    switch (bytes[at]) {
      case 0x22: {
        const end = stringEnd(bytes, at);
        if (depth === 1 && expectsKey) {
          yield String.fromCharCode(...bytes.subarray(at + 1, Math.min(end, at + MOST_KEY_BYTES)));
          expectsKey = false;
        }
        at = end;
        break;
      }
      case 0x7b:
      case 0x5b:
        if (depth === 0) isObject = bytes[at] === 0x7b;
        depth++;
        expectsKey = depth === 1 && isObject;
        break;
      case 0x7d:
      case 0x5d:
        depth--;
        break;
      case 0x2c:
        if (depth === 1) expectsKey = isObject;
        break;
    }
  }
}

/** Longer names are none of ours. */
const MOST_KEY_BYTES = 64;

/** Index of the quote that ends the string which starts at `start`, or of the end of the text. */
function stringEnd(bytes: Uint8Array, start: number): number {
  let at = start + 1;
  while (at < bytes.length && bytes[at] !== 0x22) at += bytes[at] === 0x5c ? 2 : 1;
  return at;
}
