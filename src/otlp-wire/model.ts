/**
 * The OTLP data model past the decoder: one shape for protobuf and JSON. Spec: OTLP 1.11.0, common, trace, logs and
 * metrics protos.
 *
 * Identifiers are lower-case hex (`""` when absent), times nanoseconds since the epoch as `bigint` (`0n` when absent),
 * 64-bit integers `bigint`, counts of dropped things, flags and enum numbers `number`, bytes `Uint8Array`. Enums are
 * open: a number this library does not know is kept.
 * @module
 */

/**
 * An attribute or body value. The JavaScript type tells the OTLP kind: `bigint` is an int, `number` a double,
 * a `Uint8Array` bytes, an array an array, a {@link KeyValueList} a kvlist, `null` the empty value.
 */
export type AnyValue =
  | null
  | string
  | boolean
  | bigint
  | number
  | Uint8Array
  | readonly AnyValue[]
  | KeyValueList;

/** A nested list of attributes; keys may repeat on the wire, readers take the last. */
export interface KeyValueList {
  readonly keyValues: readonly KeyValue[];
}

export interface KeyValue {
  readonly key: string;
  readonly value: AnyValue;
}

/** The entity that produced telemetry. */
export interface Resource {
  readonly attributes: readonly KeyValue[];
  readonly droppedAttributesCount: number;
}

/** The instrumentation scope. */
export interface Scope {
  readonly name: string;
  readonly version: string;
  readonly attributes: readonly KeyValue[];
  readonly droppedAttributesCount: number;
}

/** A decoded ExportTraceServiceRequest. */
export interface TracesData {
  readonly resourceSpans: readonly ResourceSpans[];
}
export interface ResourceSpans {
  readonly resource: Resource;
  readonly scopeSpans: readonly ScopeSpans[];
  readonly schemaUrl: string;
}
export interface ScopeSpans {
  readonly scope: Scope;
  readonly spans: readonly Span[];
  readonly schemaUrl: string;
}

export interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly traceState: string;
  readonly parentSpanId: string;
  readonly flags: number;
  readonly name: string;
  /** SpanKind: 0 unspecified, 1 internal, 2 server, 3 client, 4 producer, 5 consumer. */
  readonly kind: number;
  readonly startTimeUnixNano: bigint;
  readonly endTimeUnixNano: bigint;
  readonly attributes: readonly KeyValue[];
  readonly droppedAttributesCount: number;
  readonly events: readonly SpanEvent[];
  readonly droppedEventsCount: number;
  readonly links: readonly SpanLink[];
  readonly droppedLinksCount: number;
  readonly status: SpanStatus;
}
export interface SpanEvent {
  readonly timeUnixNano: bigint;
  readonly name: string;
  readonly attributes: readonly KeyValue[];
  readonly droppedAttributesCount: number;
}
export interface SpanLink {
  readonly traceId: string;
  readonly spanId: string;
  readonly traceState: string;
  readonly attributes: readonly KeyValue[];
  readonly droppedAttributesCount: number;
  readonly flags: number;
}
export interface SpanStatus {
  /** 0 unset, 1 OK, 2 ERROR. */
  readonly code: number;
  readonly message: string;
}

/** A decoded ExportLogsServiceRequest. */
export interface LogsData {
  readonly resourceLogs: readonly ResourceLogs[];
}
export interface ResourceLogs {
  readonly resource: Resource;
  readonly scopeLogs: readonly ScopeLogs[];
  readonly schemaUrl: string;
}
export interface ScopeLogs {
  readonly scope: Scope;
  readonly logRecords: readonly LogRecord[];
  readonly schemaUrl: string;
}
export interface LogRecord {
  readonly timeUnixNano: bigint;
  readonly observedTimeUnixNano: bigint;
  /** 0 unspecified, 1-4 TRACE, 5-8 DEBUG, 9-12 INFO, 13-16 WARN, 17-20 ERROR, 21-24 FATAL. */
  readonly severityNumber: number;
  readonly severityText: string;
  readonly body: AnyValue;
  readonly attributes: readonly KeyValue[];
  readonly droppedAttributesCount: number;
  readonly flags: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly eventName: string;
}

/** A decoded ExportMetricsServiceRequest. */
export interface MetricsData {
  readonly resourceMetrics: readonly ResourceMetrics[];
}
export interface ResourceMetrics {
  readonly resource: Resource;
  readonly scopeMetrics: readonly ScopeMetrics[];
  readonly schemaUrl: string;
}
export interface ScopeMetrics {
  readonly scope: Scope;
  readonly metrics: readonly Metric[];
  readonly schemaUrl: string;
}
export interface Metric {
  readonly name: string;
  readonly description: string;
  readonly unit: string;
  readonly metadata: readonly KeyValue[];
  /** The oneof of the wire; `null` when the sender set none of its members. */
  readonly data: MetricPoints | null;
}

/** AggregationTemporality as on the wire: 0 unspecified, 1 delta, 2 cumulative. */
export type Temporality = number;

/** The points of one metric, by OTLP kind. */
export type MetricPoints =
  | { readonly kind: "gauge"; readonly dataPoints: readonly NumberDataPoint[] }
  | {
      readonly kind: "sum";
      readonly dataPoints: readonly NumberDataPoint[];
      readonly aggregationTemporality: Temporality;
      readonly isMonotonic: boolean;
    }
  | {
      readonly kind: "histogram";
      readonly dataPoints: readonly HistogramDataPoint[];
      readonly aggregationTemporality: Temporality;
    }
  | {
      readonly kind: "exponential_histogram";
      readonly dataPoints: readonly ExponentialHistogramDataPoint[];
      readonly aggregationTemporality: Temporality;
    }
  | { readonly kind: "summary"; readonly dataPoints: readonly SummaryDataPoint[] };

interface DataPoint {
  readonly startTimeUnixNano: bigint;
  readonly timeUnixNano: bigint;
  readonly attributes: readonly KeyValue[];
  /** Bit 0: no recorded value. */
  readonly flags: number;
}
export interface NumberDataPoint extends DataPoint {
  /** `number` for as_double, `bigint` for as_int, `null` when neither was set. */
  readonly value: number | bigint | null;
  readonly exemplars: readonly Exemplar[];
}
export interface HistogramDataPoint extends DataPoint {
  readonly count: bigint;
  readonly sum: number | null;
  readonly min: number | null;
  readonly max: number | null;
  readonly bucketCounts: readonly bigint[];
  readonly explicitBounds: readonly number[];
  readonly exemplars: readonly Exemplar[];
}
export interface ExponentialHistogramDataPoint extends DataPoint {
  readonly count: bigint;
  readonly sum: number | null;
  readonly min: number | null;
  readonly max: number | null;
  readonly scale: number;
  readonly zeroCount: bigint;
  readonly zeroThreshold: number;
  readonly positive: ExponentialBuckets;
  readonly negative: ExponentialBuckets;
  readonly exemplars: readonly Exemplar[];
}
export interface ExponentialBuckets {
  readonly offset: number;
  readonly bucketCounts: readonly bigint[];
}
export interface SummaryDataPoint extends DataPoint {
  readonly count: bigint;
  readonly sum: number;
  readonly quantileValues: readonly QuantileValue[];
}
export interface QuantileValue {
  readonly quantile: number;
  readonly value: number;
}
export interface Exemplar {
  readonly filteredAttributes: readonly KeyValue[];
  readonly timeUnixNano: bigint;
  readonly value: number | bigint | null;
  readonly spanId: string;
  readonly traceId: string;
}

/** Whether a value is a kvlist. */
export function isKeyValueList(value: AnyValue): value is KeyValueList {
  return typeof value === "object" && value !== null && "keyValues" in value;
}

/** Nesting of arrays and kvlists deeper than this is refused, in both encodings. */
export const MAX_VALUE_DEPTH = 100;
