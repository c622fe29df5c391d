/** Decoding OTLP/JSON: what proto3 JSON and OTLP say, and how errors name the place. @module */
import { describe, expect, it } from "vitest";
import { type AnyValue, decodeLogs, decodeTraces, type Span } from "../../../src/otlp-wire/index.ts";
import { payloadError } from "./thrown.ts";

const JSON_TYPE = { contentType: "application/json" };

/** Decodes a request whose only span is given as JSON text. */
function decodeSpan(text: string): Span {
  const bytes = new TextEncoder().encode(`{"resourceSpans":[{"scopeSpans":[{"spans":[${text}]}]}]}`);
  return decodeTraces(bytes, JSON_TYPE).resourceSpans[0]!.scopeSpans[0]!.spans[0]!;
}

function decodeValue(text: string): AnyValue {
  return decodeSpan(`{"attributes":[{"key":"k","value":${text}}]}`).attributes[0]!.value;
}

describe("decodeTraces() of JSON", () => {
  it("reads ids in either case, times as text or numbers, and ignores what it does not know", () => {
    const span = decodeSpan(`{"traceId":"00112233445566778899AABBCCDDEEFF","spanId":"Aabbccddeeff0011",
      "parentSpanId":"","kind":"SPAN_KIND_SERVER","startTimeUnixNano":"18446744073709551615",
      "endTimeUnixNano":9007199254740993,"trace_id":"snake","unknown":{"a":[1]},"flags":257,
      "status":{"code":"STATUS_CODE_ERROR","message":"no"},
      "events":[{"timeUnixNano":5,"name":"e"}],"links":[{"traceId":"00112233445566778899aabbccddeeff"}]}`);
    expect(span).toMatchObject({
      traceId: "00112233445566778899aabbccddeeff",
      spanId: "aabbccddeeff0011",
      parentSpanId: "",
      kind: 2,
      startTimeUnixNano: 18446744073709551615n,
      endTimeUnixNano: 9007199254740993n,
      flags: 257,
      status: { code: 2, message: "no" },
      events: [{ timeUnixNano: 5n, name: "e", attributes: [] }],
      links: [{ traceId: "00112233445566778899aabbccddeeff", spanId: "" }],
    });
  });

  it.each<[string, AnyValue]>([
    ['{"stringValue":"a\\u00e9"}', "aé"],
    ['{"stringValue":"lone \\ud800"}', "lone \ufffd"],
    ['{"boolValue":false}', false],
    ['{"intValue":"-9223372036854775808"}', -(2n ** 63n)],
    ['{"intValue":9007199254740993}', 9007199254740993n],
    ['{"intValue":-9007199254740993}', -9007199254740993n],
    ['{"intValue":42}', 42n],
    ['{"intValue":0}', 0n],
    ['{"doubleValue":1}', 1],
    ['{"doubleValue":18446744073709551616}', 2 ** 64],
    ['{"doubleValue":"NaN"}', Number.NaN],
    ['{"doubleValue":"Infinity"}', Number.POSITIVE_INFINITY],
    ['{"doubleValue":"-Infinity"}', Number.NEGATIVE_INFINITY],
    ['{"doubleValue":"1.5e3"}', 1500],
    ['{"doubleValue":null}', null],
    ["{}", null],
    ["null", null],
    ['{"bytesValue":"AQL/"}', new Uint8Array([1, 2, 255])],
    ['{"bytesValue":"_-8="}', new Uint8Array([255, 239])],
    ['{"bytesValue":"AQ"}', new Uint8Array([1])],
    ['{"bytesValue":""}', new Uint8Array()],
    ['{"arrayValue":{"values":[{"intValue":1},{},{"stringValue":"x"}]}}', [1n, null, "x"]],
    ['{"arrayValue":{}}', []],
    [
      '{"kvlistValue":{"values":[{"key":"__proto__","value":{"intValue":"1"}},{"key":"n"}]}}',
      {
        keyValues: [
          { key: "__proto__", value: 1n },
          { key: "n", value: null },
        ],
      },
    ],
  ])("reads the value %s", (text, value) => {
    expect(decodeValue(text)).toEqual(value);
  });

  it.each([
    ['{"traceId":"00"}', '.traceId is "00", not 32 hex digits'],
    ['{"spanId":"zz112233aabbccdd"}', '.spanId is "zz112233aabbccdd", not 16 hex digits'],
    ['{"kind":"SERVER"}', '.kind is "SERVER", not a known name'],
    ['{"kind":1.5}', ".kind is 1.5, not an integer"],
    ['{"name":5}', ".name is 5, not a string"],
    ['{"startTimeUnixNano":-1}', ".startTimeUnixNano is -1, outside 0 to 18446744073709551615"],
    ['{"startTimeUnixNano":"18446744073709551616"}', "outside 0 to 18446744073709551615"],
    ['{"flags":4294967296}', ".flags is 4294967296, outside 0 to 4294967295"],
    ['{"status":[]}', ".status is an array, not an object"],
    ['{"attributes":{}}', ".attributes is an object, not an array"],
    ['{"attributes":[{"key":"k"},7]}', ".attributes[1] is 7, not an object"],
    [
      '{"attributes":[{"key":"k","value":{"arrayValue":{"values":[{"intValue":"x"}]}}}]}',
      '.attributes[0].value.arrayValue.values[0].intValue is "x", not an integer',
    ],
    ['{"attributes":[{"value":{"boolValue":"true"}}]}', '.value.boolValue is "true", not true or false'],
    ['{"attributes":[{"value":{"doubleValue":"1,5"}}]}', '.value.doubleValue is "1,5", not a number'],
    ['{"attributes":[{"value":{"bytesValue":"a"}}]}', '.value.bytesValue is "a", not base64'],
    ['{"attributes":[{"value":{"bytesValue":"AQ=L"}}]}', '.value.bytesValue is "AQ=L", not base64'],
    ['{"attributes":[{"value":{"intValue":9223372036854775808}}]}', "is 9223372036854775808, outside"],
  ])("refuses the span %s and names the path", (span, message) => {
    const error = payloadError(() => decodeSpan(span));
    expect(error).toContain("Cannot decode OTLP/JSON traces: $.resourceSpans[0].scopeSpans[0].spans[0]");
    expect(error).toContain(message);
  });

  it("names the right element after longer siblings were read", () => {
    const text = '{"events":[{"attributes":[{"key":"a"},{"key":"b"}]},{"name":1}]}';
    expect(payloadError(() => decodeSpan(text))).toMatch(/spans\[0\]\.events\[1\]\.name is 1/);
  });

  it.each([
    ["not json", "offset 0"],
    ['{"resourceSpans":[}', "offset 18"],
    ['{"resourceSpans":[]', "offset 19"],
    ['{"resourceSpans":[]}x', "offset 20"],
    ["", "offset 0"],
  ])("refuses the text %s and names the offset", (text, where) => {
    const error = payloadError(() => decodeTraces(new TextEncoder().encode(text), JSON_TYPE));
    expect(error).toContain(where);
  });

  it("refuses bytes that are not UTF-8, and documents that are not objects", () => {
    expect(payloadError(() => decodeTraces(new Uint8Array([0x22, 0xff, 0x22]), JSON_TYPE))).toMatch(
      /not UTF-8/,
    );
    expect(payloadError(() => decodeTraces(new TextEncoder().encode("[]"), JSON_TYPE))).toMatch(
      /\$ is an array, not an object/,
    );
  });

  it("reads nesting of 100 and refuses 101", () => {
    const nest = (depth: number): string =>
      depth === 0 ? '{"intValue":1}' : `{"arrayValue":{"values":[${nest(depth - 1)}]}}`;
    expect(decodeValue(nest(100))).toBeInstanceOf(Array);
    expect(payloadError(() => decodeValue(nest(101)))).toMatch(/nested deeper than 100/);
  });

  it("reads deep junk in unknown members without following it", () => {
    const junk = `${"[".repeat(20_000)}${"]".repeat(20_000)}`;
    expect(decodeSpan(`{"name":"x","junk":${junk}}`).name).toBe("x");
  });
});

describe("decodeLogs() of JSON", () => {
  it("reads severity names and numbers", () => {
    const record = (severity: string) =>
      decodeLogs(
        new TextEncoder().encode(
          `{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"severityNumber":${severity}}]}]}]}`,
        ),
        JSON_TYPE,
      ).resourceLogs[0]!.scopeLogs[0]!.logRecords[0]!.severityNumber;
    expect(['"SEVERITY_NUMBER_TRACE"', '"SEVERITY_NUMBER_FATAL4"', "13", '"13"'].map(record)).toEqual([
      1, 24, 13, 13,
    ]);
  });
});
