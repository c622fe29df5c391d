/** mapSpans(): fallbacks, conversions, times, rejections and the raw JSON, on data of our own. @module */
import { describe, expect, it } from "vitest";
import { isIcebergError } from "../../../src/base/index.ts";
import type { AnyValue, Span } from "../../../src/otlp-wire/index.ts";
import {
  type MapSpansOptions,
  mapSpans,
  TRACE_EVENT_SOURCES,
  type TraceEventRow,
  type TraceEventSource,
} from "../../../src/telemetry/index.ts";
import {
  type Attributes,
  keyValues,
  OCTOBER,
  REQUIRED,
  SPAN_ID,
  span,
  TRACE_ID,
  traces,
} from "./requests.ts";

/** The row of one span with all required attributes. */
function row(
  attributes: Attributes = {},
  fields: Partial<Span> = {},
  resource: Attributes = {},
  options: MapSpansOptions = {},
): TraceEventRow {
  const { rows, rejected } = mapSpans(
    traces([span({ ...REQUIRED, ...attributes }, fields)], resource),
    options,
  );
  expect(rejected).toEqual([]);
  return rows[0]!;
}

const LONGS = new Set<string>(["duration_ms", "input_tokens", "output_tokens"]);
const NAMES = Object.entries(TRACE_EVENT_SOURCES).flatMap(([column, sources]) =>
  sources.flatMap((source, rank) => (typeof source === "string" ? [[column, source, rank] as const] : [])),
);

describe("mapSpans() fallbacks", () => {
  it.each(NAMES)("%s comes from %s, before later names and before the resource", (column, name) => {
    const sources = TRACE_EVENT_SOURCES[column as TraceEventSource].filter((s) => typeof s === "string");
    const later = sources.slice(sources.indexOf(name));
    const value = (n: number): AnyValue => (LONGS.has(column) ? BigInt(n) : `value ${n}`);
    const required = Object.fromEntries(Object.entries(REQUIRED).filter(([key]) => !sources.includes(key)));
    const map = (record: Attributes, resource: Attributes) =>
      mapSpans(traces([span({ ...required, ...record })], resource)).rows[0]?.[column as TraceEventSource];
    const everywhere = Object.fromEntries(later.map((key, i) => [key, value(100 + i)]));
    // On the span it beats everything later; on the resource it beats later names on the span.
    expect(map({ ...everywhere, [name]: value(1) }, everywhere)).toBe(value(1));
    const { [name]: _, ...laterOnly } = everywhere;
    expect(map(laterOnly, { [name]: value(2) })).toBe(value(2));
  });

  it("lists 79 names", () => {
    expect(NAMES.length).toBe(79);
  });

  it("service_name comes from the resource, then from the span", () => {
    expect(row({ "service.name": "span" }, {}, { "service.name": "resource" }).service_name).toBe("resource");
    expect(row({ "service.name": "span" }).service_name).toBe("span");
    expect(row().service_name).toBeNull();
  });

  it("takes the last of a repeated attribute, and skips empty values", () => {
    const attributes = [
      ...keyValues(REQUIRED),
      { key: "node_name", value: "a" },
      { key: "node_name", value: "b" },
    ];
    expect(row({}, { attributes }).node_name).toBe("b");
    expect(row({ "codon.nodespec.name": null, "agent.name": "later" }).node_name).toBe("later");
  });

  it("keeps blank text in nullable columns but not in required ones", () => {
    expect(row({ "codon.workload.name": "", workload_name: "later" }).workload_name).toBe("");
    expect(row({ "codon.nodespec.id": "  ", nodespec_id: "later" }).nodespec_id).toBe("later");
    const { rejected } = mapSpans(traces([span({ ...REQUIRED, "codon.nodespec.id": " \t" })]));
    expect(rejected[0]!.missing).toEqual(["nodespec_id"]);
  });

  it("writes other kinds into string columns as canonical JSON", () => {
    expect(row({ "codon.node.input": ["a", 1n] }).node_input).toBe('["a",1]');
    expect(row({ "codon.organization.id": 17n }).organization_id).toBe("17");
  });

  it("passes over values a long column cannot hold", () => {
    const tokens = row({ "codon.tokens.input": "many", "gen_ai.usage.input_tokens": "12" });
    expect(tokens.input_tokens).toBe(12n);
    expect(JSON.parse(tokens.raw_attributes_json!).attributes["codon.tokens.input"]).toBe("many");
    expect(row({ "gen_ai.usage.output_tokens": 7.5 }).output_tokens).toBeNull();
    expect(row({ "gen_ai.usage.output_tokens": 7 }).output_tokens).toBe(7n);
  });

  it("replaces the list of a column, on any level", () => {
    const mapping = { organization_id: ["acme.tenant"], node_name: [{ resource: "host.name" }] };
    const mapped = row({ "acme.tenant": "acme" }, {}, { "host.name": "h" }, { mapping });
    expect([mapped.organization_id, mapped.node_name, mapped.logic_id]).toEqual(["acme", "h", "logic"]);
    expect(() => mapSpans(traces([]), { mapping: { span_id: ["x"] } as never })).toThrow(
      /Cannot map column "span_id"/,
    );
  });

  it("uses the tenant from outside only where no attribute names one", () => {
    const tenant = { organization_id: "outer", org_namespace: "Outer" };
    expect(row({}, {}, {}, { tenant })).toMatchObject({ organization_id: "org", org_namespace: "Outer" });
    const { "codon.organization.id": _, ...rest } = REQUIRED;
    const { rows } = mapSpans(traces([span(rest)]), { tenant });
    expect(rows[0]!.organization_id).toBe("outer");
  });
});

describe("mapSpans() token usage", () => {
  it("keeps the JSON the sender made", () => {
    expect(row({ "codon.tokens.usage_json": "{}", "gen_ai.usage.input_tokens": 1n }).token_usage_json).toBe(
      "{}",
    );
  });

  it("makes an object of usage attributes, the span's before the resource's", () => {
    const usage = { "llm.token_count.prompt": 3n, "gen_ai.usage.cost": 0.5, "ai.usage.x": null, other: 1n };
    const resource = { "gen_ai.usage.cost": 1.5, "llm.usage.total": 9n };
    expect(row(usage, {}, resource).token_usage_json).toBe(
      '{"gen_ai.usage.cost":0.5,"llm.token_count.prompt":3,"llm.usage.total":9}',
    );
    expect(row({ "codon.tokens.input": 3n }).token_usage_json).toBeNull();
    const options = { tokenUsagePrefixes: ["codon.tokens."] };
    expect(row({ "codon.tokens.input": 3n }, {}, {}, options).token_usage_json).toBe(
      '{"codon.tokens.input":3}',
    );
  });
});

describe("mapSpans() ids and times", () => {
  it("nulls invalid span ids and rejects invalid trace ids", () => {
    expect(row({}, { spanId: "0000000000000000", parentSpanId: "0000000000000000" })).toMatchObject({
      span_id: null,
      parent_span_id: null,
    });
    const odd = row({}, { spanId: "abcd", parentSpanId: "ab" });
    expect([odd.span_id, odd.parent_span_id]).toEqual([null, null]);
    expect(JSON.parse(odd.raw_attributes_json!)).toMatchObject({ span_id: "abcd", parent_span_id: "ab" });
    expect(row({}, { parentSpanId: "b7ad6b7169203330" }).parent_span_id).toBe("b7ad6b7169203330");
    for (const traceId of ["", "00000000000000000000000000000000", "abcd"]) {
      expect(mapSpans(traces([span(REQUIRED, { traceId })])).rejected[0]!.missing).toEqual(["trace_id"]);
    }
  });

  it.each([
    ["the last nanosecond of a month", OCTOBER - 1n, 1_759_276_799_999_999n],
    ["the first of the next", OCTOBER, 1_759_276_800_000_000n],
    ["a nanosecond later", OCTOBER + 999n, 1_759_276_800_000_000n],
    ["1969, rounded down", -1n, -1n],
    ["a whole microsecond of 1969", -1000n, -1n],
    ["the largest time", 2n ** 64n - 1n, 18_446_744_073_709_551n],
  ])("event_timestamp of %s", (_, startTimeUnixNano, micros) => {
    const mapped = row({}, { startTimeUnixNano });
    expect(mapped.event_timestamp).toBe(micros);
    expect(JSON.parse(mapped.raw_attributes_json!).start_time_unix_nano).toBe(String(startTimeUnixNano));
  });

  it("keeps nanoseconds where the column has them", () => {
    const options = { timestampType: "timestamptz_ns" } as const;
    expect(row({}, { startTimeUnixNano: OCTOBER + 1n }, {}, options).event_timestamp).toBe(OCTOBER + 1n);
  });

  it("falls back to the end time, and rejects a span without any", () => {
    expect(row({}, { startTimeUnixNano: 0n, endTimeUnixNano: 5000n })).toMatchObject({
      event_timestamp: 5n,
      duration_ms: null,
    });
    const { rejected } = mapSpans(traces([span(REQUIRED, { startTimeUnixNano: 0n, endTimeUnixNano: 0n })]));
    expect(rejected[0]!.missing).toEqual(["event_timestamp"]);
  });

  it("takes the duration from the SDK, else from the times", () => {
    expect(row().duration_ms).toBe(2n);
    expect(row({ "codon.node.latency_ms": 0n }).duration_ms).toBe(0n);
    expect(row({ "codon.node.latency_ms": -5n }).duration_ms).toBe(2n);
    expect(row({ "codon.node.latency_ms": 4.5 }).duration_ms).toBe(2n);
    expect(row({}, { endTimeUnixNano: OCTOBER - 1n }).duration_ms).toBeNull();
    expect(row({}, { endTimeUnixNano: OCTOBER }).duration_ms).toBe(0n);
    expect(row({}, { endTimeUnixNano: 0n }).duration_ms).toBeNull();
  });
});

describe("mapSpans() status and errors", () => {
  const ERROR = { code: 2, message: "" };
  const event = (name: string, attributes: Attributes) => ({
    timeUnixNano: 1n,
    name,
    attributes: keyValues(attributes),
    droppedAttributesCount: 0,
  });
  const events = [
    event("exception", { "exception.message": "first" }),
    event("exception", { "exception.message": "last" }),
    event("retry", { "exception.message": "not an exception" }),
  ];

  it("names the span's status unless the SDK did", () => {
    const codes = [0, 1, 2, 7].map((code) => row({}, { status: { code, message: "" } }).status_code);
    expect(codes).toEqual(["UNSET", "OK", "ERROR", "UNSET"]);
    expect(row({ "codon.node.status_code": "PARTIAL" }, { status: ERROR }).status_code).toBe("PARTIAL");
  });

  it("takes the error message in order: SDK, status, last exception, error type", () => {
    const attributes = { "codon.node.error_message": "sdk", "error.type": "type" };
    const status = { code: 2, message: "status" };
    expect(row(attributes, { status, events }).error_message).toBe("sdk");
    expect(row({ "error.type": "type" }, { status, events }).error_message).toBe("status");
    expect(row({ "error.type": "type" }, { status: ERROR, events }).error_message).toBe("last");
    expect(row({ "error.type": "type" }, { status: ERROR }).error_message).toBe("type");
    expect(row({}, { status: ERROR }, { "error.type": "resource" }).error_message).toBe("resource");
    expect(row({}, { status: ERROR }).error_message).toBeNull();
  });

  it("has no error message without an error", () => {
    expect(
      row({ "error.type": "type" }, { status: { code: 1, message: "fine" }, events }).error_message,
    ).toBeNull();
    expect(row({ "codon.node.status_code": "ERROR", "error.type": "type" }).error_message).toBe("type");
  });
});

describe("mapSpans() onUnmappable", () => {
  const good = span(REQUIRED, { name: "good" });
  const bad = span({ "codon.workload.run_id": "run" }, { name: "bad" });
  const request = traces([good, bad], { "codon.organization.id": "org" });
  const rejection = { traceId: TRACE_ID, spanId: SPAN_ID, name: "bad", missing: ["logic_id", "nodespec_id"] };

  it("rejects by default and names the missing columns in their order", () => {
    const result = mapSpans(request);
    expect(result.rows.length).toBe(1);
    expect(result.rejected).toEqual([rejection]);
    expect([result.skipped, result.routed]).toEqual([[], { resourceSpans: [] }]);
    const all = mapSpans(traces([span({}, { traceId: "", startTimeUnixNano: 0n, endTimeUnixNano: 0n })]));
    expect(all.rejected[0]!.missing).toEqual([
      "trace_id",
      "workload_run_id",
      "event_timestamp",
      "organization_id",
      "logic_id",
      "nodespec_id",
    ]);
  });

  it("skips, counting apart", () => {
    const result = mapSpans(request, { onUnmappable: "skip" });
    expect([result.rows.length, result.rejected, result.skipped]).toEqual([1, [], [rejection]]);
  });

  it("routes the spans with their resource and scope", () => {
    const result = mapSpans(request, { onUnmappable: "route" });
    expect([result.rows.length, result.rejected]).toEqual([1, []]);
    expect(result.routed).toEqual(traces([bad], { "codon.organization.id": "org" }));
  });

  it("fills from a callback, and rejects what it leaves missing", () => {
    const seen: string[] = [];
    const { rows } = mapSpans(request, {
      onUnmappable: ({ missing, span: { name }, resource }) => {
        seen.push(`${name} ${missing} ${resource.attributes.length}`);
        return { logic_id: "L", nodespec_id: "N", workload_run_id: "not asked for" };
      },
    });
    expect(seen).toEqual(["bad logic_id,nodespec_id 1"]);
    expect(rows[1]).toMatchObject({ logic_id: "L", nodespec_id: "N", workload_run_id: "run" });
    expect(rows[1]!.raw_attributes_json).toContain('"name":"bad"');
    const partly = mapSpans(request, { onUnmappable: () => ({ logic_id: "L", nodespec_id: " " }) });
    expect(partly.rejected).toEqual([{ ...rejection, missing: ["nodespec_id"] }]);
    const decided = mapSpans(request, { onUnmappable: () => "skip" });
    expect(decided.skipped.length).toBe(1);
  });

  it("fills a time", () => {
    const request0 = traces([span(REQUIRED, { startTimeUnixNano: 0n, endTimeUnixNano: 0n })]);
    const { rows } = mapSpans(request0, { onUnmappable: () => ({ event_timestamp: 5n }) });
    expect(rows[0]!.event_timestamp).toBe(5n);
  });
});

describe("raw_attributes_json of a span", () => {
  it("holds everything, sorted, without empty members", () => {
    const full = span(REQUIRED, {
      traceState: "a=b",
      flags: 257,
      kind: 3,
      droppedAttributesCount: 1,
      droppedEventsCount: 2,
      droppedLinksCount: 3,
      status: { code: 2, message: "no" },
      events: [
        { timeUnixNano: 9n, name: "e", attributes: keyValues({ b: 1n, a: 2.5 }), droppedAttributesCount: 4 },
      ],
      links: [
        {
          traceId: TRACE_ID,
          spanId: SPAN_ID,
          traceState: "c=d",
          attributes: [],
          droppedAttributesCount: 0,
          flags: 1,
        },
      ],
    });
    const { rows } = mapSpans({
      resourceSpans: [
        {
          resource: { attributes: keyValues({ r: true }), droppedAttributesCount: 5 },
          scopeSpans: [
            {
              scope: {
                name: "s",
                version: "1",
                attributes: keyValues({ x: "y" }),
                droppedAttributesCount: 6,
              },
              spans: [full],
              schemaUrl: "scope-url",
            },
          ],
          schemaUrl: "resource-url",
        },
      ],
    });
    expect(rows[0]!.raw_attributes_json).toBe(
      '{"attributes":{"codon.nodespec.id":"node","codon.organization.id":"org",' +
        '"codon.workload.logic_id":"logic","codon.workload.run_id":"run"},' +
        '"dropped":{"attributes":1,"events":2,"links":3,"resource_attributes":5,"scope_attributes":6},' +
        '"end_time_unix_nano":"1759276800002999999",' +
        '"events":[{"attributes":{"a":2.5,"b":1},"dropped_attributes_count":4,"name":"e","time_unix_nano":"9"}],' +
        '"flags":257,"kind":3,' +
        `"links":[{"flags":1,"span_id":"${SPAN_ID}","trace_id":"${TRACE_ID}","trace_state":"c=d"}],` +
        '"name":"work","resource":{"r":true},"resource_schema_url":"resource-url","schema_url":"scope-url",' +
        '"scope":{"attributes":{"x":"y"},"name":"s","version":"1"},' +
        '"start_time_unix_nano":"1759276800000000000","status":{"code":2,"message":"no"},"trace_state":"a=b"}',
    );
  });

  it("is the SDK's own attribute when asked for", () => {
    const options = { rawAttributes: "codon" } as const;
    expect(row({ "codon.node.raw_attributes_json": "{ as is }" }, {}, {}, options).raw_attributes_json).toBe(
      "{ as is }",
    );
    expect(row({}, {}, {}, options).raw_attributes_json).toBeNull();
  });
});

it("mapSpans() refuses an unknown column with a typed error", () => {
  try {
    mapSpans(traces([]), { mapping: { nope: [] } as never });
    expect.unreachable();
  } catch (error) {
    expect(isIcebergError(error, "invalid-argument")).toBe(true);
  }
});
