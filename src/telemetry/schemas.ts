/**
 * Schemas of `trace_events`, `log_events` and `metric_events`: columns, order, names and nullability of the MVP
 * telemetry schema. STRING is string, BIGINT long, DOUBLE double; TIMESTAMP is Spark's, an instant, hence
 * timestamptz in microseconds unless another type is asked for.
 * @module
 */
import { type Column, optional, type Row, required, type SimpleType, t } from "../schema/index.ts";
import { defineSchema } from "../standard-schema/index.ts";
import type { TelemetryTimestampType } from "./convert.ts";

/** Type of `event_timestamp` as the compiler sees it: the option decides at run time. */
type EventTimestamp = SimpleType<TelemetryTimestampType>;

/** Schema of `trace_events`: one row per span, a node invocation within a workload. */
export function traceEventsSchema(timestampType: TelemetryTimestampType = "timestamptz") {
  return defineSchema({
    span_id: optional(t.string(), { doc: "Span id, 16 lower-case hex digits" }),
    trace_id: required(t.string(), { doc: "Trace id, 32 lower-case hex digits" }),
    parent_span_id: optional(t.string(), { doc: "Id of the calling span; null for a root" }),
    workload_run_id: required(t.string(), { doc: "One execution of a workload" }),
    event_timestamp: eventTimestamp(timestampType, "Start of the span"),
    duration_ms: optional(t.long(), { doc: "Latency in milliseconds" }),
    organization_id: required(t.string(), { doc: "Tenant" }),
    org_namespace: optional(t.string(), { doc: "Tenant's namespace, e.g. 'Codon', 'Pepsi'" }),
    logic_id: required(t.string(), { doc: "Identity of the workload's logic" }),
    nodespec_id: required(t.string(), { doc: "Identity of the node's specification" }),
    service_name: optional(t.string(), { doc: "Service that emitted the span" }),
    workload_name: optional(t.string()),
    node_name: optional(t.string()),
    node_role: optional(t.string()),
    model_name: optional(t.string()),
    model_vendor: optional(t.string()),
    input_tokens: optional(t.long()),
    output_tokens: optional(t.long()),
    token_usage_json: optional(t.string(), { doc: "Token usage as the provider reported it, JSON" }),
    node_input: optional(t.string()),
    node_output: optional(t.string()),
    status_code: optional(t.string(), { doc: "'OK', 'ERROR' or 'UNSET'" }),
    error_message: optional(t.string()),
    raw_attributes_json: optional(t.string(), { doc: "Everything the sender said, canonical JSON" }),
  });
}

/** Schema of `log_events`: one row per log record. */
export function logEventsSchema(timestampType: TelemetryTimestampType = "timestamptz") {
  return defineSchema({
    log_id: optional(t.string(), { doc: "Stable over retries of the same record" }),
    event_timestamp: eventTimestamp(timestampType, "When the event happened, else when it was observed"),
    workload_run_id: optional(t.string(), { doc: "One execution of a workload" }),
    trace_id: optional(t.string(), { doc: "Trace id, 32 lower-case hex digits" }),
    span_id: optional(t.string(), { doc: "Span id, 16 lower-case hex digits" }),
    organization_id: optional(t.string(), { doc: "Tenant" }),
    org_namespace: optional(t.string(), { doc: "Tenant's namespace" }),
    service_name: optional(t.string(), { doc: "Service that emitted the record" }),
    severity_text: optional(t.string()),
    body: optional(t.string(), { doc: "Text as it is, any other value as canonical JSON" }),
    raw_attributes_json: optional(t.string(), { doc: "Everything the sender said, canonical JSON" }),
  });
}

/** Schema of `metric_events`: one row per scalar of a data point. */
export function metricEventsSchema(timestampType: TelemetryTimestampType = "timestamptz") {
  return defineSchema({
    event_timestamp: eventTimestamp(timestampType, "Time of the data point"),
    metric_name: required(t.string(), { doc: "Name, with _count, _sum, _min, _max or _bucket for parts" }),
    organization_id: optional(t.string(), { doc: "Tenant" }),
    org_namespace: optional(t.string(), { doc: "Tenant's namespace" }),
    workload_run_id: optional(t.string(), { doc: "One execution of a workload" }),
    service_name: optional(t.string(), { doc: "Service that emitted the metric" }),
    metric_value: required(t.double()),
    metric_type: optional(t.string(), {
      doc: "'gauge', 'sum', 'histogram', 'exponential_histogram' or 'summary'",
    }),
    raw_attributes_json: optional(t.string(), { doc: "Everything the sender said, canonical JSON" }),
  });
}

/** A row of `trace_events`. */
export type TraceEventRow = Row<ReturnType<typeof traceEventsSchema>>;
/** A row of `log_events`. */
export type LogEventRow = Row<ReturnType<typeof logEventsSchema>>;
/** A row of `metric_events`. */
export type MetricEventRow = Row<ReturnType<typeof metricEventsSchema>>;

function eventTimestamp(type: TelemetryTimestampType, doc: string): Column<EventTimestamp, true> {
  return required<EventTimestamp>(timestampTypes[type](), { doc });
}

const timestampTypes = {
  timestamptz: t.timestamptz,
  timestamp: t.timestamp,
  timestamptz_ns: t.timestamptzNs,
} as const;
