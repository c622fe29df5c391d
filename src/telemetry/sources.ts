/**
 * Where each column of the telemetry tables comes from, as data: the fallback lists of model A.
 *
 * The first source with a value wins. A plain name is looked up on the record (span, log record, data point), then
 * on the scope where the signal says so, then on the resource, before the next name is tried. Replace the list of a
 * column with the `mapping` option: `{ organization_id: ["acme.tenant"] }`.
 * @module
 */
import { IcebergError } from "../base/index.ts";

/** An attribute by name on every level, or on one level alone. */
export type AttributeSource =
  | string
  | { readonly record: string }
  | { readonly scope: string }
  | { readonly resource: string };

/** Lists by column name. */
export type Mapping<Column extends string> = { readonly [C in Column]: readonly AttributeSource[] };

const WORKLOAD_RUN_ID = ["codon.workload.run_id", "workload_run_id", "workload.run_id"] as const;
const ORGANIZATION_ID = ["codon.organization.id", "organization_id", "organization.id"] as const;
const ORG_NAMESPACE = ["org.namespace", "org_namespace", "codon.org.namespace"] as const;

/**
 * Attribute sources of `trace_events`. Columns not listed come from span fields. `duration_ms`, `status_code`,
 * `error_message` and `token_usage_json` fall back to span fields when no attribute has a value.
 */
export const TRACE_EVENT_SOURCES = freezeMapping({
  workload_run_id: WORKLOAD_RUN_ID,
  duration_ms: ["codon.node.latency_ms"],
  organization_id: ORGANIZATION_ID,
  org_namespace: ORG_NAMESPACE,
  logic_id: ["codon.workload.logic_id", "logic_id"],
  nodespec_id: ["codon.nodespec.id", "nodespec_id"],
  service_name: [{ resource: "service.name" }, { record: "service.name" }],
  workload_name: ["codon.workload.name", "workload_name", "traceloop.workflow.name", "gen_ai.workflow.name"],
  node_name: [
    "codon.nodespec.name",
    "node_name",
    "graph.node.name",
    "gen_ai.agent.name",
    "agent.name",
    "traceloop.entity.name",
  ],
  node_role: [
    "codon.nodespec.role",
    "node_role",
    "openinference.span.kind",
    "traceloop.span.kind",
    "gen_ai.operation.name",
  ],
  // The name before the identifier: the SDK's own payload keeps model_name and model_identifier apart.
  model_name: [
    "codon.model.name",
    "codon.nodespec.model_name",
    "codon.model.id",
    "gen_ai.response.model",
    "gen_ai.request.model",
    "llm.model_name",
    "llm.response.model_name",
    "llm.request.model_name",
    "embedding.model_name",
    "ai.model.id",
  ],
  model_vendor: [
    "codon.model.vendor",
    "gen_ai.provider.name",
    "gen_ai.system",
    "llm.system",
    "llm.provider",
    "ai.model.provider",
  ],
  input_tokens: [
    "codon.tokens.input",
    "gen_ai.usage.input_tokens",
    "gen_ai.usage.prompt_tokens",
    "llm.token_count.prompt",
    "llm.usage.prompt_tokens",
    "ai.usage.inputTokens",
    "ai.usage.promptTokens",
  ],
  output_tokens: [
    "codon.tokens.output",
    "gen_ai.usage.output_tokens",
    "gen_ai.usage.completion_tokens",
    "llm.token_count.completion",
    "llm.usage.completion_tokens",
    "ai.usage.outputTokens",
    "ai.usage.completionTokens",
  ],
  token_usage_json: ["codon.tokens.usage_json"],
  node_input: [
    "codon.node.input",
    "codon.instrumentation.langgraph.node.inputs",
    "gen_ai.input.messages",
    "gen_ai.tool.call.arguments",
    "gen_ai.prompt",
    "traceloop.entity.input",
    "input.value",
    "ai.prompt.messages",
    "ai.prompt",
  ],
  node_output: [
    "codon.node.output",
    "codon.instrumentation.langgraph.node.outputs",
    "gen_ai.output.messages",
    "gen_ai.tool.call.result",
    "gen_ai.completion",
    "traceloop.entity.output",
    "output.value",
    "ai.response.text",
  ],
  status_code: ["codon.node.status_code"],
  error_message: ["codon.node.error_message"],
});

/** Columns of `trace_events` whose sources can be replaced. */
export type TraceEventSource = keyof typeof TRACE_EVENT_SOURCES;

/**
 * Without `codon.tokens.usage_json`, attributes under these prefixes make up `token_usage_json`. Plain
 * `codon.tokens.*` counts do not: they already have their columns, and the Codon SDK sets the JSON itself when
 * the provider reported usage.
 */
export const TOKEN_USAGE_PREFIXES: readonly string[] = Object.freeze([
  "gen_ai.usage.",
  "llm.token_count.",
  "llm.usage.",
  "ai.usage.",
]);

/** Attribute sources of `log_events`; `trace_id` and `span_id` serve records without a trace context. */
export const LOG_EVENT_SOURCES = freezeMapping({
  log_id: [{ record: "log.record.uid" }, { record: "log_id" }],
  workload_run_id: WORKLOAD_RUN_ID,
  trace_id: [{ record: "trace_id" }],
  span_id: [{ record: "span_id" }],
  organization_id: ORGANIZATION_ID,
  org_namespace: ORG_NAMESPACE,
  service_name: [{ resource: "service.name" }],
});

/** Columns of `log_events` whose sources can be replaced. */
export type LogEventSource = keyof typeof LOG_EVENT_SOURCES;

/** Attribute sources of `metric_events`: data point, then scope, then resource. */
export const METRIC_EVENT_SOURCES = freezeMapping({
  organization_id: ORGANIZATION_ID,
  org_namespace: ORG_NAMESPACE,
  workload_run_id: WORKLOAD_RUN_ID,
  service_name: [{ resource: "service.name" }],
});

/** Columns of `metric_events` whose sources can be replaced. */
export type MetricEventSource = keyof typeof METRIC_EVENT_SOURCES;

/**
 * The defaults with some columns' lists replaced.
 * @throws IcebergError `invalid-argument` on a column that has no attribute sources.
 */
export function overrideMapping<C extends string>(
  defaults: Mapping<C>,
  overrides: Partial<Mapping<C>> = {},
): Mapping<C> {
  for (const column of Object.keys(overrides)) {
    if (!Object.hasOwn(defaults, column)) {
      throw new IcebergError(
        "invalid-argument",
        `Cannot map column ${JSON.stringify(column)}: choose among ${Object.keys(defaults).join(", ")}`,
        { context: { column } },
      );
    }
  }
  return { ...defaults, ...overrides };
}

function freezeMapping<C extends string>(mapping: Mapping<C>): Mapping<C> {
  for (const column of Object.keys(mapping) as C[]) Object.freeze(mapping[column]);
  return Object.freeze(mapping);
}
