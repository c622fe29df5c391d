/** Rows for `bench/read.mjs`: spans of 24 columns, 19 of them text, as telemetry has them; the same on every run. @module */

/** Numbers that look random and never change. */
function numbers(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return (mixed ^ (mixed >>> 15)) >>> 0;
  };
}

const pool = (count, name) => Array.from({ length: count }, (_, i) => name(i));
const SERVICES = pool(20, (i) => `service-${i}`);
const OPERATIONS = pool(200, (i) => `POST /v1/models/${i}/completions`);
const HOSTS = pool(100, (i) => `ip-10-2-${i >> 4}-${i}.compute.internal`);
const PODS = pool(500, (i) => `worker-${i % 20}-5d7f9${i.toString(36)}`);
const ROUTES = pool(100, (i) => `/api/v2/organizations/:id/runs/${i}`);
const VERSIONS = pool(30, (i) => `2.${i}.${i * 3}`);
const MESSAGES = pool(20, (i) => `upstream timed out after ${i * 250} ms`);
const KINDS = ["SERVER", "CLIENT", "INTERNAL", "PRODUCER", "CONSUMER"];
const REGIONS = ["us-east-1", "us-west-2", "eu-west-1", "eu-central-1", "ap-south-1"];

const START = 1_760_000_000_000_000n;

/** Id of the trace that a row belongs to: spans of a trace lie together. */
export function traceIdOf(row) {
  const next = numbers(Math.floor(row / 8) + 1);
  return hex(next, 32);
}

function hex(next, digits) {
  let text = "";
  for (let i = 0; i < digits; i += 8) text += next().toString(16).padStart(8, "0");
  // Flat: a rope would charge its flattening to whoever reads it first.
  return Buffer.from(text, "latin1").latin1Slice();
}

/** The rows `[from, to)`. */
export function spans(from, to) {
  const next = numbers(from + 7);
  const pick = (values) => values[next() % values.length];
  const rows = [];
  for (let i = from; i < to; i++) {
    const service = pick(SERVICES);
    const failed = next() % 50 === 0;
    rows.push({
      ts: START + BigInt(i) * 250n + BigInt(next() % 200),
      trace_id: traceIdOf(i),
      span_id: hex(next, 16),
      parent_span_id: next() % 8 === 0 ? null : hex(next, 16),
      service,
      operation: pick(OPERATIONS),
      kind: pick(KINDS),
      status: failed ? "ERROR" : "OK",
      status_message: failed ? pick(MESSAGES) : null,
      host: pick(HOSTS),
      pod: pick(PODS),
      region: pick(REGIONS),
      zone: `${pick(REGIONS)}a`,
      environment: next() % 10 === 0 ? "staging" : "production",
      version: pick(VERSIONS),
      method: next() % 3 === 0 ? null : "POST",
      route: pick(ROUTES),
      user_id: `user-${next() % 50_000}`,
      session_id: hex(next, 16),
      attributes: `{"gen_ai.system":"openai","gen_ai.usage.input_tokens":${next() % 8000},"gen_ai.usage.output_tokens":${next() % 2000},"thread.id":${next() % 64},"service":"${service}"}`,
      duration_ns: BigInt(next()),
      bytes_in: BigInt(next() % 100_000),
      bytes_out: BigInt(next() % 1_000_000),
      http_status: failed ? 500n : 200n,
    });
  }
  return rows;
}

/** The columns, as `defineSchema` takes them. */
export function columns({ t, required, optional }) {
  const texts = ["service", "operation", "kind", "status"];
  return {
    ts: required(t.timestamptz()),
    trace_id: required(t.string()),
    span_id: required(t.string()),
    parent_span_id: optional(t.string()),
    ...Object.fromEntries(texts.map((name) => [name, required(t.string())])),
    status_message: optional(t.string()),
    ...Object.fromEntries(
      ["host", "pod", "region", "zone", "environment", "version"].map((name) => [name, required(t.string())]),
    ),
    method: optional(t.string()),
    route: required(t.string()),
    user_id: required(t.string()),
    session_id: required(t.string()),
    attributes: required(t.string()),
    duration_ns: required(t.long()),
    bytes_in: required(t.long()),
    bytes_out: required(t.long()),
    http_status: required(t.long()),
  };
}

/** What the reading of few columns reads: a time, a text of few values, a number. */
export const THREE = ["ts", "service", "duration_ns"];
