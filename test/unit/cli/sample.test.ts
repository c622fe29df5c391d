import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  isJsonObject,
  type JsonObject,
  parseJson,
  stringifyJson,
  utf8Encode,
} from "../../../src/base/index.ts";
import { tracesToJson } from "../../../src/cli/otlp-json.ts";
import { type AnyValue, decodeTraces, encodeTraces, type TracesData } from "../../../src/otlp-wire/index.ts";
import { sampleTraces } from "../../../src/telemetry/index.ts";
import { icewright, inFolder, SAMPLE } from "./harness.ts";

function document(text: string): JsonObject {
  const json = parseJson(text);
  if (!isJsonObject(json)) throw new Error("not an object");
  return json;
}

const decodeJson = (bytes: Uint8Array) => decodeTraces(bytes, { contentType: "application/json" });

describe("sample", () => {
  test("writes what the repository ships, and ingest takes it", async () => {
    await inFolder(async (cwd) => {
      const { status, stdout, stderr } = await icewright(["sample"], { cwd });
      expect([status, stderr]).toStrictEqual([0, ""]);
      expect(stdout).toMatch(/^wrote \d+ spans to sample-traces\.pb\n$/);
      const bytes = await readFile(join(cwd, "sample-traces.pb"));
      expect(bytes.equals(await readFile(SAMPLE))).toBe(true);
      expect((await icewright(["ingest", "sample-traces.pb"], { cwd })).status).toBe(0);
    });
  });

  test("seed and runs decide; JSON holds the same as protobuf", async () => {
    await inFolder(async (cwd) => {
      const flags = ["--seed", "7", "--runs", "5"];
      const json = await icewright(["sample", ...flags, "--out", "a.json", "--json"], { cwd });
      await icewright(["sample", ...flags, "--out", "a.pb"], { cwd });
      await icewright(["sample", "--seed", "8", "--runs", "5", "--out", "b.pb"], { cwd });
      const [fromJson, fromPb, other] = await Promise.all(
        ["a.json", "a.pb", "b.pb"].map((name) => readFile(join(cwd, name))),
      );
      expect(decodeJson(fromJson!)).toStrictEqual(decodeTraces(fromPb!));
      expect(decodeTraces(fromPb!)).toStrictEqual(
        decodeTraces(encodeTraces(sampleTraces({ seed: 7, runs: 5 }))),
      );
      expect(other!.equals(fromPb!)).toBe(false);
      expect(document(json.stdout)).toMatchObject({
        file: join(cwd, "a.json"),
        format: "json",
        size: fromJson!.length,
      });
    });
  });

  test("- is standard output", async () => {
    await inFolder(async (cwd) => {
      const argv = ["sample", "--out", "-", "--format", "json", "--runs", "1"];
      const { status, stdout, stderr } = await icewright(argv, { cwd });
      expect([status, stderr]).toStrictEqual([0, expect.stringMatching(/^wrote \d+ spans\n$/)]);
      expect(decodeJson(utf8Encode(stdout)).resourceSpans).toHaveLength(3);
      expect(await readdir(cwd)).toStrictEqual([]);
      const terminal = await icewright(["sample", "--out", "-"], { cwd, columns: 80 });
      expect([terminal.status, terminal.stdout]).toStrictEqual([2, ""]);
    });
  });

  test.each([
    [["--out", "taken.pb"], 1, "Cannot write taken.pb: it exists"],
    [["--out", "none/a.pb"], 1, "none/a.pb"],
    [["--runs", "0"], 2, "--runs takes a number of 1 or more"],
    [["--seed", "x"], 2, "--seed takes a whole number"],
    [["--format", "avro"], 2, "--format takes pb, json"],
  ])("%j fails and overwrites nothing", async (flags, expected, message) => {
    await inFolder(async (cwd) => {
      await writeFile(join(cwd, "taken.pb"), "mine");
      const { status, stderr } = await icewright(["sample", ...flags], { cwd });
      expect([status, stderr]).toStrictEqual([expected, expect.stringContaining(message)]);
      expect(await readdir(cwd)).toStrictEqual(["taken.pb"]);
      expect(await readFile(join(cwd, "taken.pb"), "utf8")).toBe("mine");
    });
  });
});

describe("tracesToJson()", () => {
  const value: fc.Memo<AnyValue> = fc.memo((depth) =>
    depth <= 1
      ? fc.oneof(
          fc.constant(null),
          fc.string({ unit: "grapheme" }),
          fc.boolean(),
          fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
          fc.double(),
          fc.uint8Array({ maxLength: 5 }),
        )
      : fc.oneof(
          value(depth - 1),
          fc.array(value(depth - 1), { maxLength: 3 }),
          fc
            .array(fc.record({ key: fc.string(), value: value(depth - 1) }), { maxLength: 3 })
            .map((keyValues) => ({ keyValues })),
        ),
  );

  test("decodes to the same request, every value and member", () => {
    const hex = (length: number) =>
      fc.string({ minLength: length, maxLength: length, unit: fc.constantFrom("0", "9", "a", "f") });
    const uint64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
    const uint32 = fc.integer({ min: 0, max: 2 ** 32 - 1 });
    const attributes = fc.array(fc.record({ key: fc.string(), value: value(3) }), { maxLength: 3 });
    const link = fc.record({
      traceId: hex(32),
      spanId: hex(16),
      traceState: fc.string(),
      attributes,
      droppedAttributesCount: uint32,
      flags: uint32,
    });
    const event = fc.record({
      timeUnixNano: uint64,
      name: fc.string(),
      attributes,
      droppedAttributesCount: uint32,
    });
    const span = fc.record({
      traceId: hex(32),
      spanId: hex(16),
      traceState: fc.string(),
      parentSpanId: fc.oneof(fc.constant(""), hex(16)),
      flags: uint32,
      name: fc.string(),
      kind: fc.integer({ min: 0, max: 5 }),
      startTimeUnixNano: uint64,
      endTimeUnixNano: uint64,
      attributes,
      droppedAttributesCount: uint32,
      events: fc.array(event, { maxLength: 2 }),
      droppedEventsCount: uint32,
      links: fc.array(link, { maxLength: 2 }),
      droppedLinksCount: uint32,
      status: fc.record({ code: fc.integer({ min: 0, max: 2 }), message: fc.string() }),
    });
    fc.assert(
      fc.property(
        fc.array(span, { maxLength: 2 }),
        attributes,
        fc.string(),
        (spans, ofResource, schemaUrl) => {
          const traces: TracesData = {
            resourceSpans: [
              {
                resource: { attributes: ofResource, droppedAttributesCount: 0 },
                scopeSpans: [
                  {
                    scope: { name: "s", version: "", attributes: ofResource, droppedAttributesCount: 3 },
                    spans,
                    schemaUrl,
                  },
                ],
                schemaUrl,
              },
            ],
          };
          const text = stringifyJson(tracesToJson(traces));
          // Generated records have no prototype.
          expect(decodeJson(utf8Encode(text))).toEqual(traces);
        },
      ),
    );
  });
});
