/** Small requests for the mapping tests. @module */
import type {
  AnyValue,
  KeyValue,
  LogRecord,
  LogsData,
  Metric,
  MetricsData,
  Span,
  TracesData,
} from "../../../src/otlp-wire/index.ts";

export type Attributes = Readonly<Record<string, AnyValue>>;

export function keyValues(attributes: Attributes): KeyValue[] {
  return Object.entries(attributes).map(([key, value]) => ({ key, value }));
}

export const TRACE_ID = "0af7651916cd43dd8448eb211c80319c";
export const SPAN_ID = "b7ad6b7169203331";
/** 2025-10-01T00:00:00Z in nanoseconds. */
export const OCTOBER = 1_759_276_800_000_000_000n;

/** Attributes that every mapped span needs. */
export const REQUIRED: Attributes = {
  "codon.workload.run_id": "run",
  "codon.organization.id": "org",
  "codon.workload.logic_id": "logic",
  "codon.nodespec.id": "node",
};

export function span(attributes: Attributes = {}, fields: Partial<Span> = {}): Span {
  return {
    traceId: TRACE_ID,
    spanId: SPAN_ID,
    traceState: "",
    parentSpanId: "",
    flags: 0,
    name: "work",
    kind: 0,
    startTimeUnixNano: OCTOBER,
    endTimeUnixNano: OCTOBER + 2_999_999n,
    attributes: keyValues(attributes),
    droppedAttributesCount: 0,
    events: [],
    droppedEventsCount: 0,
    links: [],
    droppedLinksCount: 0,
    status: { code: 0, message: "" },
    ...fields,
  };
}

const scopeOf = (attributes: Attributes) => ({
  name: "",
  version: "",
  attributes: keyValues(attributes),
  droppedAttributesCount: 0,
});
const resourceOf = (attributes: Attributes) => ({
  attributes: keyValues(attributes),
  droppedAttributesCount: 0,
});

/** A request of spans under one resource. */
export function traces(spans: readonly Span[], resource: Attributes = {}): TracesData {
  return {
    resourceSpans: [
      {
        resource: resourceOf(resource),
        scopeSpans: [{ scope: scopeOf({}), spans, schemaUrl: "" }],
        schemaUrl: "",
      },
    ],
  };
}

export function log(fields: Partial<LogRecord> = {}, attributes: Attributes = {}): LogRecord {
  return {
    timeUnixNano: OCTOBER,
    observedTimeUnixNano: 0n,
    severityNumber: 0,
    severityText: "",
    body: null,
    attributes: keyValues(attributes),
    droppedAttributesCount: 0,
    flags: 0,
    traceId: "",
    spanId: "",
    eventName: "",
    ...fields,
  };
}

export function logs(logRecords: readonly LogRecord[], resource: Attributes = {}): LogsData {
  return {
    resourceLogs: [
      {
        resource: resourceOf(resource),
        scopeLogs: [{ scope: scopeOf({}), logRecords, schemaUrl: "" }],
        schemaUrl: "",
      },
    ],
  };
}

export function metrics(
  list: readonly (Pick<Metric, "name" | "data"> & Partial<Metric>)[],
  resource: Attributes = {},
  scope: Attributes = {},
): MetricsData {
  return {
    resourceMetrics: [
      {
        resource: resourceOf(resource),
        scopeMetrics: [
          {
            scope: scopeOf(scope),
            metrics: list.map((metric) => ({ description: "", unit: "", metadata: [], ...metric })),
            schemaUrl: "",
          },
        ],
        schemaUrl: "",
      },
    ],
  };
}
