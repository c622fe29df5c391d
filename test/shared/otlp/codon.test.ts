/** The Codon fixtures against their independent oracle: rows, rejections, partitions. @module */
import { describe, expect, it } from "vitest";
import { decodeLogs, decodeTraces } from "../../../src/otlp-wire/index.ts";
import { buildPartitionSpec, partitionTupleOf } from "../../../src/partitioning/index.ts";
import { logEvents, mapLogs, mapSpans, traceEvents } from "../../../src/telemetry/index.ts";
import { bytes, expectations, JSON_TYPE, plainRow } from "./fixtures.ts";

interface ExpectedTrace extends Record<string, unknown> {
  readonly partition: { readonly event_timestamp_month: number; readonly organization_id: string };
}

const encodings = [
  ["pb", {}],
  ["json", JSON_TYPE],
] as const;

describe.each(encodings)("codon/traces.%s", (extension, options) => {
  const request = decodeTraces(bytes(`codon/traces.${extension}`), options);
  const { rows, rejected } = mapSpans(request);
  const expected = expectations<ExpectedTrace>("codon/expected-trace_events.jsonl");

  it("gives exactly the 285 expected rows of trace_events, in order", () => {
    expect(expected.length).toBe(285);
    expect(rows.map((row) => plainRow(row, ["raw_attributes_json"]))).toEqual(
      expected.map(({ partition: _, ...columns }) => columns),
    );
  });

  it("gives exactly the 73 expected rejections with their missing columns", () => {
    expect(rejected.length).toBe(73);
    expect(
      rejected.map(({ traceId, spanId, name, missing }) => ({
        trace_id: traceId,
        span_id: spanId,
        name,
        missing,
      })),
    ).toEqual(expectations("codon/expected-rejected-spans.jsonl"));
  });

  it("partitions every row by month and organization as expected", () => {
    const { schema, options: tableOptions } = traceEvents;
    const spec = buildPartitionSpec(schema, tableOptions.partitionSpec);
    const tupleOf = partitionTupleOf(spec, schema);
    const partitions = rows.map((row) => {
      const [event_timestamp_month, organization_id] = tupleOf(row);
      return { event_timestamp_month, organization_id };
    });
    expect(spec.fields.map((field) => field.name)).toEqual(["event_timestamp_month", "organization_id"]);
    expect(partitions).toEqual(expected.map((row) => row.partition));
    expect(new Set(partitions.map((partition) => partition.event_timestamp_month))).toEqual(
      new Set([668, 669]),
    );
  });

  it("keeps every span attribute in the raw JSON, keys sorted", () => {
    for (const row of rows.slice(0, 20)) {
      const raw = JSON.parse(row.raw_attributes_json!) as { attributes: Record<string, unknown> };
      const span = request.resourceSpans
        .flatMap((group) => group.scopeSpans.flatMap((scope) => scope.spans))
        .find((candidate) => candidate.spanId === row.span_id && candidate.traceId === row.trace_id)!;
      expect(Object.keys(raw.attributes)).toEqual(span.attributes.map(({ key }) => key).sort());
      expect(Object.keys(raw)).toEqual(Object.keys(raw).sort());
    }
  });
});

it("codon/traces: both encodings decode to equal requests", () => {
  expect(decodeTraces(bytes("codon/traces.json"), JSON_TYPE)).toEqual(decodeTraces(bytes("codon/traces.pb")));
});

describe.each(encodings)("codon/logs.%s", (extension, options) => {
  it("gives exactly the 243 expected rows of log_events, each with its own log id", () => {
    const { rows, rejected } = mapLogs(decodeLogs(bytes(`codon/logs.${extension}`), options));
    const expected = expectations("codon/expected-log_events.jsonl");
    expect(expected.length).toBe(243);
    expect(rejected).toEqual([]);
    expect(rows.map((row) => plainRow(row, ["log_id", "raw_attributes_json"]))).toEqual(expected);
    expect(rows.every((row) => /^[0-9a-f]{32}$/.test(row.log_id!))).toBe(true);
    expect(new Set(rows.map((row) => row.log_id)).size).toBe(243);
  });
});

it("codon/logs: ids and raw JSON are the same from both encodings", () => {
  expect(mapLogs(decodeLogs(bytes("codon/logs.json"), JSON_TYPE)).rows).toEqual(
    mapLogs(decodeLogs(bytes("codon/logs.pb"))).rows,
  );
});

it("logEvents has the columns of the expected rows", () => {
  const [first] = expectations<Record<string, unknown>>("codon/expected-log_events.jsonl");
  const names = logEvents.schema.fields.map((field) => field.name);
  expect(names.filter((name) => name !== "log_id" && name !== "raw_attributes_json")).toEqual(
    Object.keys(first!),
  );
});
