/** The raw JSON of metric rows; see `raw-json.ts` for its rules. @module */
import type { Exemplar, Metric, MetricPoints } from "../otlp-wire/index.ts";
import { canonicalJson } from "./canonical-json.ts";
import { type DataPoint, type MetricScalar, scalarAttributes } from "./metric-scalars.ts";
import {
  array,
  attributesJson,
  close,
  closeUnlessEmpty,
  OPEN,
  put,
  putCount,
  putSharedDropped,
  putText,
  putTime,
  type RawContext,
} from "./raw-json.ts";

/** JSON of what describes a metric as a whole. */
export function metricJson({ name, description, unit, metadata }: Metric, data: MetricPoints): string {
  let json = putText(OPEN, "description", description);
  if (data.kind === "sum") json = put(json, "is_monotonic", String(data.isMonotonic));
  json = put(json, "metadata", attributesJson(metadata));
  json = putText(json, "name", name);
  if ("aggregationTemporality" in data) {
    json = putText(json, "temporality", TEMPORALITIES[data.aggregationTemporality] ?? "");
  }
  return close(putText(json, "unit", unit));
}

/** The raw JSON of one row. `metric` comes from {@link metricJson}. */
export function rawScalar(
  scalar: MetricScalar,
  point: DataPoint,
  metric: string,
  context: RawContext,
): string {
  const exemplars = scalar.withExemplars && "exemplars" in point ? point.exemplars : [];
  let json = scalar.exact === undefined ? OPEN : put(OPEN, "as_int", String(scalar.exact));
  json = put(json, "attributes", attributesJson(scalarAttributes(point.attributes, scalar)));
  json = put(json, "distribution", scalar.distribution ?? "");
  json = put(json, "dropped", closeUnlessEmpty(putSharedDropped(OPEN, context)));
  json = put(json, "exemplars", array(exemplars, exemplarJson));
  json = putCount(json, "flags", point.flags);
  json = put(json, "metric", metric);
  if (scalar.quantile !== undefined) json = put(json, "quantile", canonicalJson(scalar.quantile));
  json = put(json, "resource", context.resource);
  json = putText(json, "resource_schema_url", context.resourceSchemaUrl);
  json = putText(json, "schema_url", context.schemaUrl);
  json = put(json, "scope", context.scope);
  json = putTime(json, "start_time_unix_nano", point.startTimeUnixNano);
  return close(putTime(json, "time_unix_nano", point.timeUnixNano));
}

const TEMPORALITIES = ["", "delta", "cumulative"];

function exemplarJson(exemplar: Exemplar): string {
  let json = put(OPEN, "filtered_attributes", attributesJson(exemplar.filteredAttributes));
  json = putText(json, "span_id", exemplar.spanId);
  json = putTime(json, "time_unix_nano", exemplar.timeUnixNano);
  json = putText(json, "trace_id", exemplar.traceId);
  return close(put(json, "value", exemplar.value === null ? "" : canonicalJson(exemplar.value)));
}
