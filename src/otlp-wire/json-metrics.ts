/** ExportMetricsServiceRequest from OTLP/JSON. Spec: OTLP JSON Protobuf Encoding; metrics.proto. @module */
import type { JsonObject } from "../base/index.ts";
import { jsonKeyValues, jsonResource, jsonScope, parseDocument } from "./json-common.ts";
import { JsonCursor } from "./json-cursor.ts";
import type {
  Exemplar,
  ExponentialBuckets,
  ExponentialHistogramDataPoint,
  HistogramDataPoint,
  Metric,
  MetricPoints,
  MetricsData,
  NumberDataPoint,
  SummaryDataPoint,
} from "./model.ts";
import { EMPTY_RESOURCE, EMPTY_SCOPE } from "./protobuf-common.ts";

/**
 * Decodes a request body.
 * @throws IcebergError `invalid-payload` naming the offset or JSON path at which decoding stopped.
 */
export function parseMetrics(bytes: Uint8Array): MetricsData {
  const what = "OTLP/JSON metrics";
  const cursor = new JsonCursor(what);
  const document = cursor.document(parseDocument(bytes, what));
  return {
    resourceMetrics: cursor.objects(document, "resourceMetrics", (entry) => ({
      resource: cursor.object(entry, "resource", (value) => jsonResource(cursor, value), EMPTY_RESOURCE),
      scopeMetrics: cursor.objects(entry, "scopeMetrics", (group) => ({
        scope: cursor.object(group, "scope", (value) => jsonScope(cursor, value), EMPTY_SCOPE),
        metrics: cursor.objects(group, "metrics", (metric) => jsonMetric(cursor, metric)),
        schemaUrl: cursor.string(group, "schemaUrl"),
      })),
      schemaUrl: cursor.string(entry, "schemaUrl"),
    })),
  };
}

function jsonMetric(cursor: JsonCursor, metric: JsonObject): Metric {
  return {
    name: cursor.string(metric, "name"),
    description: cursor.string(metric, "description"),
    unit: cursor.string(metric, "unit"),
    metadata: jsonKeyValues(cursor, metric, "metadata"),
    data: jsonPoints(cursor, metric),
  };
}

function jsonPoints(cursor: JsonCursor, metric: JsonObject): MetricPoints | null {
  return (
    cursor.object<MetricPoints | null>(metric, "gauge", (data) => gauge(cursor, data), null) ??
    cursor.object<MetricPoints | null>(metric, "sum", (data) => sum(cursor, data), null) ??
    cursor.object<MetricPoints | null>(metric, "histogram", (data) => histogram(cursor, data), null) ??
    cursor.object<MetricPoints | null>(
      metric,
      "exponentialHistogram",
      (data) => exponentialHistogram(cursor, data),
      null,
    ) ??
    cursor.object<MetricPoints | null>(metric, "summary", (data) => summary(cursor, data), null)
  );
}

function gauge(cursor: JsonCursor, data: JsonObject): MetricPoints {
  return { kind: "gauge", dataPoints: cursor.objects(data, "dataPoints", (p) => numberPoint(cursor, p)) };
}

function sum(cursor: JsonCursor, data: JsonObject): MetricPoints {
  return {
    kind: "sum",
    dataPoints: cursor.objects(data, "dataPoints", (point) => numberPoint(cursor, point)),
    aggregationTemporality: temporality(cursor, data),
    isMonotonic: cursor.bool(data, "isMonotonic"),
  };
}

function histogram(cursor: JsonCursor, data: JsonObject): MetricPoints {
  return {
    kind: "histogram",
    dataPoints: cursor.objects(data, "dataPoints", (point) => histogramPoint(cursor, point)),
    aggregationTemporality: temporality(cursor, data),
  };
}

function exponentialHistogram(cursor: JsonCursor, data: JsonObject): MetricPoints {
  return {
    kind: "exponential_histogram",
    dataPoints: cursor.objects(data, "dataPoints", (point) => exponentialHistogramPoint(cursor, point)),
    aggregationTemporality: temporality(cursor, data),
  };
}

function summary(cursor: JsonCursor, data: JsonObject): MetricPoints {
  return { kind: "summary", dataPoints: cursor.objects(data, "dataPoints", (p) => summaryPoint(cursor, p)) };
}

function temporality(cursor: JsonCursor, data: JsonObject): number {
  return cursor.enumeration(data, "aggregationTemporality", TEMPORALITIES);
}

function pointHead(cursor: JsonCursor, point: JsonObject) {
  return {
    startTimeUnixNano: cursor.uint64(point, "startTimeUnixNano"),
    timeUnixNano: cursor.uint64(point, "timeUnixNano"),
    attributes: jsonKeyValues(cursor, point, "attributes"),
    flags: cursor.uint32(point, "flags"),
  };
}

function numberPoint(cursor: JsonCursor, point: JsonObject): NumberDataPoint {
  return {
    ...pointHead(cursor, point),
    value: numberValue(cursor, point),
    exemplars: exemplars(cursor, point),
  };
}

function numberValue(cursor: JsonCursor, point: JsonObject): number | bigint | null {
  if (point.asInt !== undefined && point.asInt !== null) return cursor.int64(point, "asInt");
  return cursor.optionalDouble(point, "asDouble");
}

function histogramPoint(cursor: JsonCursor, point: JsonObject): HistogramDataPoint {
  return {
    ...pointHead(cursor, point),
    count: cursor.uint64(point, "count"),
    sum: cursor.optionalDouble(point, "sum"),
    min: cursor.optionalDouble(point, "min"),
    max: cursor.optionalDouble(point, "max"),
    bucketCounts: cursor.list(point, "bucketCounts", (count) => cursor.uint64Element(count)),
    explicitBounds: cursor.list(point, "explicitBounds", (bound) => cursor.doubleElement(bound)),
    exemplars: exemplars(cursor, point),
  };
}

function exponentialHistogramPoint(cursor: JsonCursor, point: JsonObject): ExponentialHistogramDataPoint {
  return {
    ...pointHead(cursor, point),
    count: cursor.uint64(point, "count"),
    sum: cursor.optionalDouble(point, "sum"),
    min: cursor.optionalDouble(point, "min"),
    max: cursor.optionalDouble(point, "max"),
    scale: cursor.int32(point, "scale"),
    zeroCount: cursor.uint64(point, "zeroCount"),
    zeroThreshold: cursor.double(point, "zeroThreshold"),
    positive: buckets(cursor, point, "positive"),
    negative: buckets(cursor, point, "negative"),
    exemplars: exemplars(cursor, point),
  };
}

function buckets(cursor: JsonCursor, point: JsonObject, key: string): ExponentialBuckets {
  return cursor.object<ExponentialBuckets>(
    point,
    key,
    (value) => ({
      offset: cursor.int32(value, "offset"),
      bucketCounts: cursor.list(value, "bucketCounts", (count) => cursor.uint64Element(count)),
    }),
    { offset: 0, bucketCounts: [] },
  );
}

function summaryPoint(cursor: JsonCursor, point: JsonObject): SummaryDataPoint {
  return {
    ...pointHead(cursor, point),
    count: cursor.uint64(point, "count"),
    sum: cursor.double(point, "sum"),
    quantileValues: cursor.objects(point, "quantileValues", (value) => ({
      quantile: cursor.double(value, "quantile"),
      value: cursor.double(value, "value"),
    })),
  };
}

function exemplars(cursor: JsonCursor, point: JsonObject): Exemplar[] {
  return cursor.objects(point, "exemplars", (exemplar) => ({
    filteredAttributes: jsonKeyValues(cursor, exemplar, "filteredAttributes"),
    timeUnixNano: cursor.uint64(exemplar, "timeUnixNano"),
    value: numberValue(cursor, exemplar),
    spanId: cursor.hex(exemplar, "spanId", 8),
    traceId: cursor.hex(exemplar, "traceId", 16),
  }));
}

const TEMPORALITIES: ReadonlyMap<string, number> = new Map(
  ["UNSPECIFIED", "DELTA", "CUMULATIVE"].map((name, i) => [`AGGREGATION_TEMPORALITY_${name}`, i]),
);
