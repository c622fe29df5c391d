/**
 * Small realistic traces of agent workloads, the same for the same seed: several organizations, runs over the months
 * 2025-09 to 2025-11, model calls with tokens, failures, and spans the table must refuse (a run's root without
 * node specification, plain HTTP calls).
 * @module
 */
import type {
  AnyValue,
  KeyValue,
  Resource,
  ResourceSpans,
  Span,
  SpanEvent,
  TracesData,
} from "../otlp-wire/index.ts";
import { SeededRandom } from "./random.ts";
import {
  SAMPLE_FAILURES,
  SAMPLE_MODELS,
  SAMPLE_ORGANIZATIONS,
  SAMPLE_WORKLOADS,
  type SampleNode,
  type SampleOrganization,
  type SampleWorkload,
} from "./sample-world.ts";
import { sha256Hex } from "./sha256.ts";

export interface SampleTracesOptions {
  /** Equal seeds give equal traces. Default: that of `sample/traces.pb`. */
  readonly seed?: number;
  /** Workload runs, spread evenly over organizations. Default 36, about 250 spans. */
  readonly runs?: number;
  /** Organizations to use, at most 4. Default 3. */
  readonly organizations?: number;
  /** Earliest start of a run, nanoseconds since the epoch. Default 2025-09-01T00:00:00Z. */
  readonly from?: bigint;
  /** Runs start before this. Default 2025-12-01T00:00:00Z. */
  readonly to?: bigint;
}

/**
 * Generates an export request.
 *
 * @example
 * const body = encodeTraces(sampleTraces({ seed: 7, runs: 10 }));
 */
export function sampleTraces(options: SampleTracesOptions = {}): TracesData {
  const { seed = 20_250_901, runs = 36, organizations = 3, from = SEPTEMBER, to = DECEMBER } = options;
  const random = new SeededRandom(seed);
  const chosen = SAMPLE_ORGANIZATIONS.slice(0, organizations);
  const step = (to - from) / BigInt(Math.max(1, runs));
  const resourceSpans = chosen.map((organization, index): ResourceSpans => {
    const spans: Span[] = [];
    for (let run = index; run < runs; run += chosen.length) {
      const start = from + step * BigInt(run) + (step * BigInt(random.between(0, 999))) / 1000n;
      spans.push(...new Run(random, organization, start).spans());
    }
    return {
      resource: resourceOf(organization),
      scopeSpans: [{ scope: SCOPE, spans, schemaUrl: SCHEMA_URL }],
      schemaUrl: SCHEMA_URL,
    };
  });
  return { resourceSpans };
}

/** 2025-09-01T00:00:00Z. */
const SEPTEMBER = 1_756_684_800_000_000_000n;
/** 2025-12-01T00:00:00Z. */
const DECEMBER = 1_764_547_200_000_000_000n;
const SCHEMA_URL = "https://opentelemetry.io/schemas/1.37.0";
const SCOPE = {
  name: "codon.instrumentation.langgraph",
  version: "0.4.0",
  attributes: [],
  droppedAttributesCount: 0,
};
const INTERNAL = 1;
const CLIENT = 3;
const OK = { code: 1, message: "" };
const UNSET = { code: 0, message: "" };
const MILLISECOND = 1_000_000n;

/** One execution of a workload: its spans share a trace. */
class Run {
  private readonly random: SeededRandom;
  private readonly organization: SampleOrganization;
  private readonly workload: SampleWorkload;
  private readonly traceId: string;
  private readonly runId: string;
  private readonly logicId: string;
  private readonly topic: string;
  private now: bigint;

  constructor(random: SeededRandom, organization: SampleOrganization, start: bigint) {
    this.random = random;
    this.organization = organization;
    this.workload = random.pick(SAMPLE_WORKLOADS);
    this.traceId = random.hex(16);
    this.runId = uuid(random.hex(16));
    this.logicId = stableId(`${organization.id}/${this.workload.name}`);
    this.topic = random.pick(this.workload.topics);
    this.now = start;
  }

  /** The root, then every node with its calls, in order of start. */
  spans(): Span[] {
    const start = this.now;
    const rootId = this.random.hex(8);
    const children: Span[] = [];
    let failed = false;
    for (const node of this.workload.nodes) {
      this.now += this.milliseconds(1, 20);
      const nodeSpans = this.node(node, rootId);
      children.push(...nodeSpans);
      failed = nodeSpans[0]!.status.code === 2;
      if (failed) break;
    }
    this.now += this.milliseconds(1, 5);
    const root = this.span("agent.graph", rootId, "", start, [
      ["agent.framework.name", "langgraph"],
      ["codon.organization.id", this.organization.id],
      ["codon.workload.logic_id", this.logicId],
      ["codon.workload.name", this.workload.name],
      ["codon.workload.run_id", this.runId],
    ]);
    return [failed ? { ...root, status: { code: 2, message: "a node failed" } } : root, ...children];
  }

  private node(node: SampleNode, rootId: string): Span[] {
    const { random } = this;
    const spanId = random.hex(8);
    const start = this.now;
    const calls: Span[] = [];
    const attributes: Attribute[] = [
      ["codon.nodespec.id", stableId(`${this.logicId}/${node.name}`)],
      ["codon.nodespec.name", node.name],
      ["codon.nodespec.role", node.role],
      ["codon.organization.id", this.organization.id],
      ["codon.workload.logic_id", this.logicId],
      ["codon.workload.name", this.workload.name],
      ["codon.workload.run_id", this.runId],
      ["codon.node.input", JSON.stringify({ topic: this.topic, node: node.name })],
    ];
    if (node.kind === "llm") calls.push(this.modelCall(node, spanId, attributes));
    if (node.host !== undefined) calls.push(this.fetch(node.host, spanId));
    if (node.kind === "plain") this.now += this.milliseconds(1, 30);
    const failure = random.chance(5) ? random.pick(SAMPLE_FAILURES) : undefined;
    attributes.push(["codon.node.latency_ms", (this.now - start) / MILLISECOND]);
    attributes.push(["codon.node.status_code", failure === undefined ? "OK" : "ERROR"]);
    if (failure === undefined) {
      const score = random.between(0, 1000);
      attributes.push(["codon.node.output", JSON.stringify({ draft: `${node.name}: ${this.topic}`, score })]);
      return [this.span(node.name, spanId, rootId, start, attributes), ...calls];
    }
    const [type, message] = failure;
    return [
      {
        ...this.span(node.name, spanId, rootId, start, attributes),
        status: { code: 2, message: `${type}: ${message}` },
        events: [exception(this.now, type, message)],
      },
      ...calls,
    ];
  }

  /** A span of a model provider's instrumentation; its organization is on the resource alone. */
  private modelCall(node: SampleNode, parentId: string, nodeAttributes: Attribute[]): Span {
    const { random } = this;
    const model = random.pick(SAMPLE_MODELS);
    const input = BigInt(random.between(120, 4000));
    const output = BigInt(random.between(15, 900));
    const start = this.now;
    this.now += this.milliseconds(300, 9000);
    nodeAttributes.push(
      ["codon.nodespec.model_name", model.name],
      ["codon.model.vendor", model.vendor],
      ["codon.tokens.input", input],
      ["codon.tokens.output", output],
      ["codon.tokens.usage_json", `{"prompt_tokens":${input},"completion_tokens":${output}}`],
    );
    const span = this.span(`chat ${model.name}`, random.hex(8), parentId, start, [
      ["codon.workload.run_id", this.runId],
      ["codon.workload.logic_id", this.logicId],
      ["codon.nodespec.id", stableId(`${this.logicId}/${node.name}`)],
      ["gen_ai.operation.name", "chat"],
      ["gen_ai.provider.name", model.vendor],
      ["gen_ai.request.model", model.name],
      ["gen_ai.response.model", model.served],
      ["gen_ai.request.temperature", random.between(0, 10) / 10],
      ["gen_ai.response.finish_reasons", ["stop"]],
      ["gen_ai.usage.input_tokens", input],
      ["gen_ai.usage.output_tokens", output],
    ]);
    return { ...span, kind: CLIENT, status: OK };
  }

  /** A plain HTTP client span: it knows nothing of workloads. */
  private fetch(host: string, parentId: string): Span {
    const start = this.now;
    this.now += this.milliseconds(5, 400);
    const span = this.span("GET", this.random.hex(8), parentId, start, [
      ["http.request.method", "GET"],
      ["server.address", host],
      ["server.port", 443n],
      ["http.response.status_code", this.random.chance(95) ? 200n : 503n],
    ]);
    return { ...span, kind: CLIENT };
  }

  private span(
    name: string,
    spanId: string,
    parentSpanId: string,
    startTimeUnixNano: bigint,
    attributes: readonly Attribute[],
  ): Span {
    return {
      traceId: this.traceId,
      spanId,
      traceState: "",
      parentSpanId,
      flags: 257,
      name,
      kind: INTERNAL,
      startTimeUnixNano,
      endTimeUnixNano: this.now,
      attributes: keyValues(attributes),
      droppedAttributesCount: 0,
      events: [],
      droppedEventsCount: 0,
      links: [],
      droppedLinksCount: 0,
      status: UNSET,
    };
  }

  /** A duration with nanoseconds that no other unit shows. */
  private milliseconds(low: number, high: number): bigint {
    return BigInt(this.random.between(low, high)) * MILLISECOND + BigInt(this.random.between(0, 999_999));
  }
}

type Attribute = readonly [key: string, value: AnyValue];

function keyValues(attributes: readonly Attribute[]): KeyValue[] {
  return attributes.map(([key, value]) => ({ key, value }));
}

function resourceOf({ id, namespace, service, environment }: SampleOrganization): Resource {
  return {
    attributes: keyValues([
      ["service.name", service],
      ["deployment.environment.name", environment],
      ["codon.organization.id", id],
      ["org.namespace", namespace],
      ["telemetry.sdk.language", "python"],
      ["telemetry.sdk.name", "opentelemetry"],
    ]),
    droppedAttributesCount: 0,
  };
}

function exception(timeUnixNano: bigint, type: string, message: string): SpanEvent {
  return {
    timeUnixNano,
    name: "exception",
    attributes: keyValues([
      ["exception.type", type],
      ["exception.message", message],
    ]),
    droppedAttributesCount: 0,
  };
}

/** The same identifier for the same thing in every run, as content hashes of specifications are. */
function stableId(of: string): string {
  return sha256Hex(of).slice(0, 40);
}

function uuid(hex: string): string {
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 3) | 8).toString(16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    variant + hex.slice(17, 20),
    hex.slice(20),
  ].join("-");
}
