/** The sample: the file is what the generator makes, and what the tour needs is in it. @module */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { decodeTraces, encodeTraces } from "../../../src/otlp-wire/index.ts";
import { mapSpans, sampleTraces } from "../../../src/telemetry/index.ts";

const file = new Uint8Array(readFileSync(new URL("../../../sample/traces.pb", import.meta.url)));

it("sample/traces.pb is what sampleTraces() generates, byte for byte", () => {
  const generated = encodeTraces(sampleTraces());
  expect(generated.length).toBe(file.length);
  expect(Buffer.compare(generated, file)).toBe(0);
  expect(file.length).toBeLessThan(200_000);
});

it("sampleTraces() depends on its seed and sizes", () => {
  expect(encodeTraces(sampleTraces({ seed: 7 }))).toEqual(encodeTraces(sampleTraces({ seed: 7 })));
  expect(encodeTraces(sampleTraces({ seed: 8 }))).not.toEqual(encodeTraces(sampleTraces({ seed: 7 })));
  const small = sampleTraces({ runs: 2, organizations: 1 });
  expect(small.resourceSpans.length).toBe(1);
  expect(new Set(small.resourceSpans[0]!.scopeSpans[0]!.spans.map((span) => span.traceId)).size).toBe(2);
});

it("sample/traces.pb spans 3 organizations and 3 months, with model calls, failures and rejections", () => {
  const { rows, rejected } = mapSpans(decodeTraces(file));
  const months = new Set(
    rows.map((row) => new Date(Number(row.event_timestamp / 1000n)).toISOString().slice(0, 7)),
  );
  expect([...months].sort()).toEqual(["2025-09", "2025-10", "2025-11"]);
  expect(new Set(rows.map((row) => row.organization_id)).size).toBe(3);
  expect(new Set(rows.map((row) => row.workload_run_id)).size).toBe(36);
  expect(rows.filter((row) => row.input_tokens !== null && row.model_name !== null).length).toBeGreaterThan(
    50,
  );
  const failures = rows.filter((row) => row.status_code === "ERROR");
  expect(failures.length).toBeGreaterThan(3);
  expect(failures.every((row) => row.error_message !== null)).toBe(true);
  const roots = rejected.filter((span) => span.name === "agent.graph");
  expect(roots.length).toBe(36);
  expect(roots.every((span) => span.missing.join() === "nodespec_id")).toBe(true);
  expect(rejected.some((span) => span.name === "GET")).toBe(true);
});

it("sampleTraces() makes spans whose children lie within them", () => {
  for (const { scopeSpans } of sampleTraces().resourceSpans) {
    const { spans } = scopeSpans[0]!;
    const byId = new Map(spans.map((span) => [span.spanId, span]));
    expect(byId.size).toBe(spans.length);
    for (const span of spans) {
      expect(span.endTimeUnixNano >= span.startTimeUnixNano).toBe(true);
      if (span.parentSpanId === "") continue;
      const parent = byId.get(span.parentSpanId)!;
      expect(span.startTimeUnixNano >= parent.startTimeUnixNano).toBe(true);
      expect(span.endTimeUnixNano <= parent.endTimeUnixNano).toBe(true);
    }
  }
});
