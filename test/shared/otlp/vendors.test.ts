/** Requests of other projects: all decode, with what they mean. @module */
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { isIcebergError } from "../../../src/base/index.ts";
import { decodeLogs, decodeMetrics, decodeTraces, type TracesData } from "../../../src/otlp-wire/index.ts";
import { mapLogs, mapMetrics, mapSpans, type TraceEventRow } from "../../../src/telemetry/index.ts";
import { bytes, JSON_TYPE, lines } from "./fixtures.ts";

/** Rows of spans that know no workload. */
function filled(request: TracesData): TraceEventRow[] {
  return mapSpans(request, {
    onUnmappable: () => ({ organization_id: "o", workload_run_id: "r", logic_id: "l", nodespec_id: "n" }),
  }).rows;
}

function jsonTraces(path: string): TraceEventRow[] {
  const parts = path.endsWith(".jsonl") ? lines(path) : [bytes(path)];
  return parts.flatMap((part) => filled(decodeTraces(part, JSON_TYPE)));
}

/** What a call throws. */
function thrown(call: () => unknown): unknown {
  try {
    return call();
  } catch (error) {
    return error;
  }
}

describe("invalid/* is refused with a typed error that says where", () => {
  it.each([
    ["log_invalid_severity.json", decodeLogs, "$.resourceLogs[0].scopeLogs[0].logRecords[0].severityNumber"],
    ["malformed.json", decodeLogs, "offset 447"],
    [
      "metrics_invalid_temporality.json",
      decodeMetrics,
      "$.resourceMetrics[0].scopeMetrics[0].metrics[0].sum.aggregationTemporality",
    ],
    ["trace_invalid_base64.json", decodeTraces, "$.resourceSpans[0].scopeSpans[0].spans[0].traceId"],
    ["trace_invalid_kind.json", decodeTraces, "$.resourceSpans[0].scopeSpans[0].spans[0].kind"],
    ["trace_mixed_encoding.json", decodeTraces, "$.resourceSpans[0].scopeSpans[0].spans[0].traceId"],
  ] as const)("%s", (file, decode, where) => {
    const error = thrown(() => decode(bytes(`invalid/${file}`), JSON_TYPE));
    expect(isIcebergError(error, "invalid-payload") && error.message).toContain(where);
  });
});

describe("proto-examples", () => {
  it("trace.json: upper-case ids become lower case", () => {
    const [row] = jsonTraces("proto-examples/trace.json");
    expect(row).toMatchObject({
      trace_id: "5b8efff798038103d269b633813fc60c",
      span_id: "eee19b7ec3c1b174",
      parent_span_id: "eee19b7ec3c1b173",
      service_name: "my.service",
    });
  });

  it("logs.json and events.json: bodies, severities and event names", () => {
    const logs = mapLogs(decodeLogs(bytes("proto-examples/logs.json"), JSON_TYPE)).rows;
    expect(logs[0]).toMatchObject({ severity_text: "Information", body: "Example log record" });
    const [event] = mapLogs(decodeLogs(bytes("proto-examples/events.json"), JSON_TYPE)).rows;
    expect(JSON.parse(event!.raw_attributes_json!)).toHaveProperty("event_name");
  });

  it("metrics.json: one row per scalar", () => {
    const { rows } = mapMetrics(decodeMetrics(bytes("proto-examples/metrics.json"), JSON_TYPE));
    expect(
      rows.map(({ metric_name, metric_type, metric_value }) => [metric_name, metric_type, metric_value]),
    ).toEqual([
      ["my.counter", "sum", 5],
      ["my.gauge", "gauge", 10],
      ["my.histogram_count", "histogram", 2],
      ["my.histogram_sum", "histogram", 2],
      ["my.histogram_min", "histogram", 0],
      ["my.histogram_max", "histogram", 2],
      ["my.exponential.histogram_count", "exponential_histogram", 3],
      ["my.exponential.histogram_sum", "exponential_histogram", 10],
      ["my.exponential.histogram_min", "exponential_histogram", 0],
      ["my.exponential.histogram_max", "exponential_histogram", 5],
    ]);
  });
});

describe("js-sdk: both encodings give the same rows but for what JSON cannot carry", () => {
  it("traces: NaN and Infinity are null in JSON", () => {
    const pb = filled(decodeTraces(bytes("js-sdk/traces.pb")));
    const json = jsonTraces("js-sdk/traces.json");
    const withoutDoubles = (row: TraceEventRow) => ({
      ...row,
      raw_attributes_json: row.raw_attributes_json!.replace(/"a\.(nan|inf)":(null|"NaN"|"Infinity")/g, ""),
    });
    expect(pb.map(withoutDoubles)).toEqual(json.map(withoutDoubles));
    const attributes = (row: TraceEventRow) => JSON.parse(row.raw_attributes_json!).attributes;
    expect(attributes(pb[0]!)).toMatchObject({
      "a.nan": "NaN",
      "a.inf": "Infinity",
      "a.mixed_null": [1, null, 3],
    });
    expect(attributes(json[0]!)).toMatchObject({
      "a.nan": null,
      "a.inf": null,
      "a.bigint_safe": 9007199254740991,
    });
  });

  it("logs", () => {
    const pb = mapLogs(decodeLogs(bytes("js-sdk/logs.pb"))).rows;
    expect(pb).toEqual(mapLogs(decodeLogs(bytes("js-sdk/logs.json"), JSON_TYPE)).rows);
    expect(pb.map((row) => row.body)).toEqual([
      "plain",
      '{"nested":{"a":[1,"two",{"three":3}]},"u8":"0102ff"}',
      null,
    ]);
    expect(pb[1]!.severity_text).toBe("ERROR");
  });

  it("metrics", () => {
    const pb = mapMetrics(decodeMetrics(bytes("js-sdk/metrics.pb"))).rows;
    expect(pb).toEqual(mapMetrics(decodeMetrics(bytes("js-sdk/metrics.json"), JSON_TYPE)).rows);
    expect(pb.length).toBe(12);
    expect(new Set(pb.map((row) => row.workload_run_id))).toEqual(new Set(["run-1"]));
  });
});

describe("genai and openinference: fallback order over vendors", () => {
  it("langfuse-vendor-spans.jsonl", () => {
    const rows = jsonTraces("genai/langfuse-vendor-spans.jsonl");
    expect(rows.length).toBe(15);
    const models = rows.filter((row) => row.model_name !== null);
    expect(
      models.map((row) => [row.model_name, row.model_vendor, row.input_tokens, row.output_tokens]),
    ).toEqual([
      ["gpt-3.5-turbo", "openai", 14n, 96n],
      ["gpt-3.5-turbo-0125", "OpenAI", 14n, 173n],
      ["gpt-4-0613", null, null, null],
      ["gemini-embedding-001", null, null, null],
      ["gpt-4.1-mini", null, null, null],
      ["gpt-4", null, null, null],
    ]);
    expect(rows.find((row) => row.model_name === "gpt-4.1-mini")).toMatchObject({
      node_input: '[{"role":"user","content":"hi"}]',
      node_output: "hello",
    });
  });

  it("genai-attribute-fixtures.json: the same call under three vocabularies", () => {
    const rows = jsonTraces("openinference/genai-attribute-fixtures.json");
    expect(rows.slice(0, 4).map((row) => [row.model_vendor, row.input_tokens, row.output_tokens])).toEqual(
      Array.from({ length: 4 }, () => ["openai", 97n, 52n]),
    );
    expect(rows.map((row) => row.node_role)).toEqual(["LLM", "LLM", "chat", "chat", "execute_tool"]);
  });
});

describe("greptimedb", () => {
  it("traces-1.json: spans without workload are rejected, not written", () => {
    const { rows, rejected } = mapSpans(decodeTraces(bytes("greptimedb/traces-1.json"), JSON_TYPE));
    expect([rows.length, rejected.length]).toEqual([0, 4]);
  });

  it("logs and metrics give their rows", () => {
    const logs = ["logs-1", "logs-2"].map(
      (name) => mapLogs(decodeLogs(bytes(`greptimedb/${name}.json`), JSON_TYPE)).rows.length,
    );
    const metrics = ["metrics-1", "metrics-2"].map(
      (name) => mapMetrics(decodeMetrics(bytes(`greptimedb/${name}.json`), JSON_TYPE)).rows.length,
    );
    expect([logs, metrics]).toEqual([
      [2, 1],
      [10, 1],
    ]);
  });
});

describe("otlp2parquet", () => {
  it.each([
    ["metrics_exponential_histogram", 8],
    ["metrics_gauge", 3],
    ["metrics_histogram", 12],
    ["metrics_mixed", 6],
    ["metrics_sum", 4],
    ["metrics_summary", 16],
  ])("%s: protobuf and JSON lines give the same rows", (name, count) => {
    const pb = mapMetrics(decodeMetrics(bytes(`otlp2parquet/${name}.pb`))).rows;
    const json = lines(`otlp2parquet/${name}.jsonl`).flatMap(
      (line) => mapMetrics(decodeMetrics(line, JSON_TYPE)).rows,
    );
    expect(pb.length).toBe(count);
    expect(json).toEqual(pb);
  });

  it("traces.pb and logs.pb decode; their JSON has base64 ids, which OTLP/JSON refuses", () => {
    expect(filled(decodeTraces(bytes("otlp2parquet/traces.pb"))).length).toBe(19);
    expect(mapLogs(decodeLogs(bytes("otlp2parquet/logs.pb"))).rows.length).toBe(81);
    for (const path of ["otlp2parquet/trace.json", "otlp2parquet/log.json"]) {
      const decode = path.includes("trace") ? decodeTraces : decodeLogs;
      const error = thrown(() => decode(bytes(path), JSON_TYPE));
      expect(isIcebergError(error, "invalid-payload") && error.message).toMatch(/traceId is "nXmxo38/);
    }
    const refused = lines("otlp2parquet/logs.jsonl").filter((line) =>
      isIcebergError(
        thrown(() => decodeLogs(line, JSON_TYPE)),
        "invalid-payload",
      ),
    );
    expect(refused.length).toBe(31);
  });
});

describe("duckdb-otlp", () => {
  it("protobuf files hold one item each", () => {
    expect(filled(decodeTraces(bytes("duckdb-otlp/otlp_traces.pb"))).length).toBe(1);
    expect(mapLogs(decodeLogs(bytes("duckdb-otlp/otlp_logs.pb"))).rows.length).toBe(1);
    expect(mapMetrics(decodeMetrics(bytes("duckdb-otlp/otlp_metrics.pb"))).rows.length).toBe(1);
  });

  it("malformed.jsonl: each line for itself", () => {
    const outcomes = lines("duckdb-otlp/malformed.jsonl").map((line) => {
      const outcome = thrown(() => decodeTraces(line, JSON_TYPE));
      return isIcebergError(outcome) ? outcome.code : outcome;
    });
    expect(outcomes).toEqual([
      { resourceSpans: [] },
      "invalid-payload",
      "invalid-payload",
      "invalid-payload",
    ]);
  });

  it("traces_nulls, deep nesting and large attributes", () => {
    const nulls = lines("duckdb-otlp/traces_nulls.jsonl").flatMap(
      (line) => mapSpans(decodeTraces(line, JSON_TYPE)).rejected,
    );
    expect(nulls.map(({ missing }) => missing.includes("event_timestamp"))).toEqual([true, true, true]);
    const deep = decodeTraces(lines("duckdb-otlp/traces_deep_nesting.jsonl")[0]!, JSON_TYPE);
    const [span] = deep.resourceSpans[0]!.scopeSpans[0]!.spans;
    expect(span!.events.length).toBeGreaterThan(5);
    expect(span!.events[1]!.timeUnixNano).toBe(1640000000000000001n);
    const large = decodeTraces(lines("duckdb-otlp/traces_large_attrs.jsonl")[0]!, JSON_TYPE);
    expect(large.resourceSpans[0]!.resource.attributes.length).toBeGreaterThanOrEqual(50);
  });

  it("timestamps up to the end of unsigned 64-bit nanoseconds", () => {
    const times = ["ts_boundary_logs", "ts_overflow_logs"].map(
      (name) =>
        mapLogs(decodeLogs(lines(`duckdb-otlp/${name}.jsonl`)[0]!, JSON_TYPE)).rows[0]!.event_timestamp,
    );
    expect(times).toEqual([9223372036854775n, 18446744073709551n]);
  });

  it("logs and metrics with nulls, optional parts and temporality names", () => {
    const logs = lines("duckdb-otlp/logs_nulls.jsonl").flatMap((l) => mapLogs(decodeLogs(l, JSON_TYPE)).rows);
    expect(logs.map(({ body, severity_text, trace_id }) => [body, severity_text, trace_id])).toEqual([
      ["minimal log", "INFO", null],
      ["no trace context", null, null],
      [null, "INFO", null],
    ]);
    const metrics = (name: string) =>
      lines(`duckdb-otlp/${name}.jsonl`).flatMap((line) => mapMetrics(decodeMetrics(line, JSON_TYPE)).rows);
    expect(metrics("metrics_nulls").map((row) => [row.metric_name, row.metric_value])).toEqual([
      ["minimal_gauge", 42],
      ["sum_no_attrs", 100],
      ["empty_histogram_count", 0],
      ["empty_histogram_sum", 0],
    ]);
    expect(metrics("metrics_all_types").length).toBe(12);
    expect(metrics("metrics_optional_fields").length).toBe(6);
    const [delta] = metrics("metrics_temporality_strings");
    expect(JSON.parse(delta!.raw_attributes_json!).metric.temporality).toBe("delta");
  });
});

it("bench/traces-10k.pb.gz: 10,000 spans over 4 resources, 16 attributes each, 971 with an event", () => {
  const request = decodeTraces(gunzipSync(bytes("bench/traces-10k.pb.gz")));
  const spans = request.resourceSpans.flatMap((group) => group.scopeSpans.flatMap((scope) => scope.spans));
  expect([request.resourceSpans.length, spans.length]).toEqual([4, 10_000]);
  expect(new Set(spans.map((span) => span.attributes.length))).toEqual(new Set([16]));
  expect(spans.filter((span) => span.events.length > 0).length).toBe(971);
});
