/** Laws of the OTLP decoders: round trips, and nothing untyped out of broken bytes. @module */
import fc from "fast-check";
import { expect, test } from "vitest";
import { isIcebergError, stringifyJson, toHex } from "../../src/base/index.ts";
import {
  type AnyValue,
  decodeLogs,
  decodeMetrics,
  decodeTraces,
  encodeTraces,
  isKeyValueList,
  type KeyValue,
  type TracesData,
} from "../../src/otlp-wire/index.ts";

const text = fc.string({ unit: "binary", maxLength: 60 });
const id = (bytes: number) =>
  fc.oneof(fc.constant(""), fc.uint8Array({ minLength: bytes, maxLength: bytes }).map(toHex));
const nanos = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const uint32 = fc.nat({ max: 2 ** 32 - 1 });

const { value } = fc.letrec<{ value: AnyValue; keyValue: KeyValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    text,
    fc.constant(null),
    fc.boolean(),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    fc.double(),
    fc.uint8Array({ maxLength: 20 }).map((bytes) => Uint8Array.from(bytes)),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.array(tie("keyValue"), { maxLength: 4 }).map((keyValues) => ({ keyValues })),
  ),
  keyValue: fc.record({ key: text, value: tie("value") }),
}));
const attributes = fc.array(fc.record({ key: text, value }), { maxLength: 5 });

const span = fc.record({
  traceId: id(16),
  spanId: id(8),
  traceState: text,
  parentSpanId: id(8),
  flags: uint32,
  name: text,
  kind: fc.integer({ min: -3, max: 2 ** 31 - 1 }),
  startTimeUnixNano: nanos,
  endTimeUnixNano: nanos,
  attributes,
  droppedAttributesCount: uint32,
  events: fc.array(
    fc.record({ timeUnixNano: nanos, name: text, attributes, droppedAttributesCount: uint32 }),
    { maxLength: 3 },
  ),
  droppedEventsCount: uint32,
  links: fc.array(
    fc.record({
      traceId: id(16),
      spanId: id(8),
      traceState: text,
      attributes,
      droppedAttributesCount: uint32,
      flags: uint32,
    }),
    { maxLength: 2 },
  ),
  droppedLinksCount: uint32,
  status: fc.record({ code: fc.integer({ min: 0, max: 2 }), message: text }),
});

const traces: fc.Arbitrary<TracesData> = fc.record({
  resourceSpans: fc.array(
    fc.record({
      resource: fc.record({ attributes, droppedAttributesCount: uint32 }),
      scopeSpans: fc.array(
        fc.record({
          scope: fc.record({ name: text, version: text, attributes, droppedAttributesCount: uint32 }),
          spans: fc.array(span, { maxLength: 3 }),
          schemaUrl: text,
        }),
        { maxLength: 2 },
      ),
      schemaUrl: text,
    }),
    { maxLength: 3 },
  ),
});

test("decodeTraces() inverts encodeTraces()", () => {
  fc.assert(
    fc.property(traces, (request) => {
      expect(decodeTraces(encodeTraces(request))).toEqual(request);
    }),
    { numRuns: 100 },
  );
});

test("decodeTraces() reads from OTLP/JSON what it reads from protobuf", () => {
  fc.assert(
    fc.property(traces, (request) => {
      const bytes = new TextEncoder().encode(otlpJson(request));
      expect(decodeTraces(bytes, { contentType: "application/json" })).toEqual(request);
    }),
    { numRuns: 100 },
  );
});

test("every prefix of a request decodes or is an invalid payload", () => {
  fc.assert(
    fc.property(traces, (request) => {
      const bytes = encodeTraces(request);
      const step = Math.max(1, Math.floor(bytes.length / 200));
      for (let end = 0; end < bytes.length; end += step)
        expectTyped(() => decodeTraces(bytes.subarray(0, end)));
    }),
    { numRuns: 30 },
  );
});

test("damaged requests decode or are invalid payloads, as traces, logs and metrics, in both encodings", () => {
  const damage = fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(traces, damage, (request, changes) => {
      for (const original of [encodeTraces(request), new TextEncoder().encode(otlpJson(request))]) {
        const bytes = original.slice();
        for (const [at, byte] of changes) if (bytes.length > 0) bytes[at % bytes.length] = byte;
        for (const contentType of ["application/x-protobuf", "application/json"]) {
          for (const decode of [decodeTraces, decodeLogs, decodeMetrics]) {
            expectTyped(() => decode(bytes, { contentType }));
          }
        }
      }
    }),
    { numRuns: 100 },
  );
});

function expectTyped(call: () => unknown): void {
  try {
    call();
  } catch (error) {
    if (!isIcebergError(error, "invalid-payload")) throw error;
  }
}

/** A request as an OTLP/JSON sender writes it: integers alternately as text and as numbers. */
function otlpJson(request: TracesData): string {
  const plain = (item: unknown): unknown => {
    if (typeof item === "bigint") return item % 2n === 0n ? String(item) : item;
    if (Array.isArray(item)) return item.map(plain);
    if (typeof item !== "object" || item === null) return item;
    return Object.fromEntries(
      Object.entries(item).map(([key, member]) => [
        key,
        /^attributes$/.test(key) ? (member as KeyValue[]).map(jsonKeyValue) : plain(member),
      ]),
    );
  };
  return stringifyJson(plain(request) as never);
}

function jsonKeyValue({ key, value: held }: KeyValue): object {
  return { key, value: jsonValue(held) };
}

function jsonValue(held: AnyValue): object {
  if (held === null) return {};
  if (typeof held === "string") return { stringValue: held };
  if (typeof held === "boolean") return { boolValue: held };
  if (typeof held === "bigint") return { intValue: held % 2n === 0n ? String(held) : held };
  if (typeof held === "number") {
    // JSON has no -0 that survives as bare digits in every parser; text keeps it.
    return {
      doubleValue:
        Number.isFinite(held) && !Object.is(held, -0) ? held : Object.is(held, -0) ? "-0" : String(held),
    };
  }
  if (held instanceof Uint8Array) return { bytesValue: btoa(String.fromCharCode(...held)) };
  if (isKeyValueList(held)) return { kvlistValue: { values: held.keyValues.map(jsonKeyValue) } };
  return { arrayValue: { values: held.map(jsonValue) } };
}
