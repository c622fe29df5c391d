/**
 * The scalars of a data point: one for gauges and sums, several for distributions. Names follow the OpenTelemetry
 * Prometheus compatibility convention, so counts and sums never share a name.
 * @module
 */
import type {
  ExponentialBuckets,
  ExponentialHistogramDataPoint,
  HistogramDataPoint,
  KeyValue,
  MetricPoints,
  NumberDataPoint,
  SummaryDataPoint,
} from "../otlp-wire/index.ts";
import { canonicalJson } from "./canonical-json.ts";
import { close, OPEN, put } from "./raw-json.ts";

/** One row's name and value, and what only its raw JSON says. */
export interface MetricScalar {
  readonly name: string;
  readonly value: number;
  /** The value to the digit where the point holds an integer. */
  readonly exact?: bigint;
  /** Upper bound of a bucket row, `+Inf` for the last. */
  readonly le?: string;
  readonly quantile?: number;
  /** JSON of the whole distribution; on the `_count` row alone. */
  readonly distribution?: string;
  /** Whether the row carries the point's exemplars. */
  readonly withExemplars?: boolean;
}

/** Any data point. */
export type DataPoint = MetricPoints["dataPoints"][number];

/** A data point with its scalars; `null` when the sender set no value. */
export interface ScaledPoint {
  readonly point: DataPoint;
  readonly scalars: readonly MetricScalar[] | null;
}

/** The scalars of every point of a metric; `buckets` adds bucket rows to explicit histograms. */
export function scalePoints(name: string, data: MetricPoints, buckets: boolean): ScaledPoint[] {
  switch (data.kind) {
    case "gauge":
    case "sum":
      return data.dataPoints.map((point) => ({ point, scalars: numberScalars(name, point) }));
    case "histogram":
      return data.dataPoints.map((point) => ({ point, scalars: histogramScalars(name, point, buckets) }));
    case "exponential_histogram":
      return data.dataPoints.map((point) => ({
        point,
        scalars: partScalars(name, point, exponentialJson(point)),
      }));
    case "summary":
      return data.dataPoints.map((point) => ({ point, scalars: summaryScalars(name, point) }));
  }
}

function numberScalars(name: string, { value }: NumberDataPoint): MetricScalar[] | null {
  if (value === null) return null;
  if (typeof value === "number") return [{ name, value, withExemplars: true }];
  return [{ name, value: Number(value), exact: value, withExemplars: true }];
}

function histogramScalars(name: string, point: HistogramDataPoint, buckets: boolean): MetricScalar[] {
  const scalars = partScalars(name, point, histogramJson(point));
  if (!buckets) return scalars;
  let below = 0n;
  point.explicitBounds.forEach((bound, i) => {
    below += point.bucketCounts[i] ?? 0n;
    scalars.push({ name: `${name}_bucket`, value: Number(below), le: String(bound) });
  });
  scalars.push({ name: `${name}_bucket`, value: Number(point.count), le: "+Inf" });
  return scalars;
}

function partScalars(
  name: string,
  { count, sum, min, max }: HistogramDataPoint | ExponentialHistogramDataPoint,
  distribution: string,
): MetricScalar[] {
  const scalars: MetricScalar[] = [
    { name: `${name}_count`, value: Number(count), distribution, withExemplars: true },
  ];
  if (sum !== null) scalars.push({ name: `${name}_sum`, value: sum });
  if (min !== null) scalars.push({ name: `${name}_min`, value: min });
  if (max !== null) scalars.push({ name: `${name}_max`, value: max });
  return scalars;
}

function summaryScalars(name: string, { count, sum, quantileValues }: SummaryDataPoint): MetricScalar[] {
  return [
    { name: `${name}_count`, value: Number(count), exact: count },
    { name: `${name}_sum`, value: sum },
    ...quantileValues.map(({ quantile, value }) => ({ name, value, quantile })),
  ];
}

function histogramJson({ bucketCounts, count, explicitBounds, max, min, sum }: HistogramDataPoint): string {
  let json = put(OPEN, "bucket_counts", list(bucketCounts));
  json = put(json, "count", String(count));
  json = put(json, "explicit_bounds", list(explicitBounds));
  json = put(json, "max", double(max));
  json = put(json, "min", double(min));
  return close(put(json, "sum", double(sum)));
}

function exponentialJson(point: ExponentialHistogramDataPoint): string {
  let json = put(OPEN, "count", String(point.count));
  json = put(json, "max", double(point.max));
  json = put(json, "min", double(point.min));
  json = put(json, "negative", bucketsJson(point.negative));
  json = put(json, "positive", bucketsJson(point.positive));
  json = put(json, "scale", String(point.scale));
  json = put(json, "sum", double(point.sum));
  json = put(json, "zero_count", String(point.zeroCount));
  return close(put(json, "zero_threshold", double(point.zeroThreshold === 0 ? null : point.zeroThreshold)));
}

function bucketsJson({ offset, bucketCounts }: ExponentialBuckets): string {
  return bucketCounts.length === 0 ? "" : `{"bucket_counts":${list(bucketCounts)},"offset":${offset}}`;
}

function list(values: readonly (bigint | number)[]): string {
  return values.length === 0 ? "" : canonicalJson(values);
}

function double(value: number | null): string {
  return value === null ? "" : canonicalJson(value);
}

/** The attributes of a row: the point's, and `le` for a bucket row. */
export function scalarAttributes(attributes: readonly KeyValue[], { le }: MetricScalar): readonly KeyValue[] {
  return le === undefined ? attributes : [...attributes, { key: "le", value: le }];
}
