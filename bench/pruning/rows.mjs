/** Seeded rows of `trace_events`: runs of twenty spans that belong to a tenant, in the order a collector would send them. */

const MODELS = ["gpt-4o", "gpt-4o-mini", "claude-sonnet-4", "mistral-large"];
const NODES = ["planner", "search", "writer", "critic", "publish"];
const SPANS_PER_RUN = 20;
/** The tables end here, so that they are the same in every run. */
const END = Date.UTC(2026, 0, 1);

/**
 * Rows of one month, oldest first. `timeOrdered`: run ids begin with their time, as those of UUID version 7 do, instead
 * of being random.
 */
export function* monthRows({ seed, monthsAgo, organizations, rows, timeOrdered }) {
  const random = mulberry32(seed * 1000 + monthsAgo);
  const end = new Date(END);
  const from = Date.UTC(end.getUTCFullYear(), end.getUTCMonth() - monthsAgo - 1, 1);
  const to = Date.UTC(end.getUTCFullYear(), end.getUTCMonth() - monthsAgo, 1);
  const runs = Math.ceil(rows / SPANS_PER_RUN);
  const step = (to - from) / runs;
  for (let run = 0; run < runs; run++) {
    const startMs = Math.floor(from + run * step);
    const time = startMs.toString(16).padStart(12, "0");
    const id = hex(random, 32);
    const runId = `run_${timeOrdered ? time + id.slice(12) : id}`;
    const traceId = hex(random, 32);
    // A few tenants send most of it.
    const organization = Math.floor(organizations * random() ** 2);
    const logic = `logic_${Math.floor(random() * 40)}`;
    let parent = null;
    for (let span = 0; span < SPANS_PER_RUN; span++) {
      const spanId = hex(random, 16);
      const node = NODES[span % NODES.length];
      const failed = random() < 0.02;
      const duration = Math.floor(20 + random() ** 3 * 8000);
      yield {
        span_id: spanId,
        trace_id: traceId,
        parent_span_id: parent,
        workload_run_id: runId,
        event_timestamp: BigInt(startMs) * 1000n + BigInt(span) * 250_000n,
        duration_ms: duration,
        organization_id: `org_${String(organization).padStart(2, "0")}`,
        org_namespace: `Tenant ${organization}`,
        logic_id: logic,
        nodespec_id: `${logic}/${node}`,
        service_name: `service-${organization % 3}`,
        workload_name: logic,
        node_name: node,
        node_role: node,
        model_name: MODELS[Math.floor(random() * MODELS.length)],
        model_vendor: "vendor",
        input_tokens: Math.floor(random() * 4000),
        output_tokens: Math.floor(random() * 900),
        token_usage_json: null,
        node_input: sentence(random),
        node_output: sentence(random),
        status_code: failed ? "ERROR" : "OK",
        error_message: failed ? "429: rate limit reached" : null,
        raw_attributes_json: `{"span":${span},"run":"${runId}"}`,
      };
      parent ??= spanId;
    }
  }
}

/** The named queries, asked for the run of a row of the table, and for the hour that ends with its newest row. */
export function queries({ organization_id, workload_run_id, trace_id, event_timestamp }, newest) {
  const at = new Date(Number(event_timestamp / 1000n));
  const first = new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth(), 1));
  const next = new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1, 1));
  const between = (from, to) =>
    `event_timestamp >= '${from.toISOString()}' AND event_timestamp < '${to.toISOString()}'`;
  const hour = 3_600_000;
  const end = Number(newest.event_timestamp / 1000n) + 1;
  return [
    ["one organization, one month", `organization_id = '${organization_id}' AND ${between(first, next)}`],
    ["one run", `workload_run_id = '${workload_run_id}'`],
    [
      "one run of a known tenant and month",
      `organization_id = '${organization_id}' AND ${between(first, next)} AND workload_run_id = '${workload_run_id}'`,
    ],
    ["one trace", `trace_id = '${trace_id}'`],
    [
      "three days, all tenants",
      between(new Date(first.getTime() + 240 * hour), new Date(first.getTime() + 312 * hour)),
    ],
    ["the last hour", between(new Date(end - hour), new Date(end))],
    ["errors of a model", "status_code = 'ERROR' AND model_name = 'gpt-4o'"],
  ];
}

const WORDS = "the plan was checked against three sources and two of them disagree about winter menus".split(
  " ",
);

function sentence(random) {
  let text = "";
  for (let word = 0; word < 12; word++) text += `${WORDS[Math.floor(random() * WORDS.length)]} `;
  return text + hex(random, 8);
}

function hex(random, digits) {
  let text = "";
  while (text.length < digits)
    text += Math.floor(random() * 2 ** 32)
      .toString(16)
      .padStart(8, "0");
  return text.slice(0, digits);
}

/** A small generator with good low bits (Tommy Ettinger's mulberry32). */
function mulberry32(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 15), z | 1);
    z ^= z + Math.imul(z ^ (z >>> 7), z | 61);
    return ((z ^ (z >>> 14)) >>> 0) / 2 ** 32;
  };
}
