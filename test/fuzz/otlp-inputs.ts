/** Valid OTLP requests of all three signals, for mutation. @module */
import type { TracesData } from "../../src/otlp-wire/index.ts";
import { decodeTraces } from "../../src/otlp-wire/index.ts";

const encoder = new TextEncoder();
const attributes =
  '[{"key":"a","value":{"stringValue":"x"}},{"key":"b","value":{"arrayValue":{"values":[{"intValue":"5"},{"doubleValue":0.5}]}}},{"key":"c","value":{"kvlistValue":{"values":[{"key":"d","value":{"boolValue":true}}]}}}]';
const point = `"startTimeUnixNano":"1","timeUnixNano":"2","attributes":${attributes}`;

/** Traces, logs and metrics, in that order. */
export const OTLP_JSON: readonly string[] = [
  `{"resourceSpans":[{"resource":{"attributes":${attributes}},"scopeSpans":[{"scope":{"name":"s","version":"1"},"spans":[{"traceId":"00112233445566778899aabbccddeeff","spanId":"aabbccddeeff0011","name":"n","kind":2,"startTimeUnixNano":"1700000000000000000","endTimeUnixNano":1700000000000000001,"attributes":${attributes},"events":[{"timeUnixNano":"5","name":"e"}],"links":[{"traceId":"00112233445566778899aabbccddeeff","spanId":"aabbccddeeff0011"}],"status":{"code":2,"message":"no"}}]}]}]}`,
  `{"resourceLogs":[{"resource":{},"scopeLogs":[{"logRecords":[{"timeUnixNano":"7","severityNumber":9,"severityText":"INFO","body":{"stringValue":"b"},"attributes":${attributes},"traceId":"00112233445566778899aabbccddeeff"}]}]}]}`,
  `{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"g","unit":"1","gauge":{"dataPoints":[{${point},"asInt":"3"}]}},{"name":"s","sum":{"aggregationTemporality":2,"isMonotonic":true,"dataPoints":[{${point},"asDouble":1.5}]}},{"name":"h","histogram":{"aggregationTemporality":1,"dataPoints":[{${point},"count":"3","sum":4,"bucketCounts":["1","2"],"explicitBounds":[0.5]}]}},{"name":"e","exponentialHistogram":{"dataPoints":[{${point},"count":"1","scale":3,"zeroCount":"0","positive":{"offset":1,"bucketCounts":["1"]}}]}},{"name":"q","summary":{"dataPoints":[{${point},"count":"1","sum":1,"quantileValues":[{"quantile":0.5,"value":1}]}]}}]}]}]}`,
];

export const TRACES: TracesData = decodeTraces(encoder.encode(OTLP_JSON[0]), {
  contentType: "application/json",
});

/** ExportLogsServiceRequest. */
export function logsRequest(): Uint8Array {
  const record = [
    fixed64(1, 7n),
    varint(2, 9),
    text(3, "INFO"),
    message(5, [text(1, "b")]),
    keyValue(6),
    text(9, "0123456789abcdef"),
  ];
  return bytes([
    message(1, [message(1, [keyValue(1)]), message(2, [message(1, [text(1, "s")]), message(2, record)])]),
  ]);
}

/** ExportMetricsServiceRequest with a point of every kind. */
export function metricsRequest(): Uint8Array {
  const times = [fixed64(2, 1n), fixed64(3, 2n)];
  const number = [keyValue(7), ...times, fixed64(6, 3n)];
  const histogram = [
    keyValue(9),
    ...times,
    fixed64(4, 3n),
    fixed64(5, 4n),
    packed(6, [1n, 2n]),
    packed(7, [1n]),
  ];
  const exponential = [
    keyValue(1),
    ...times,
    fixed64(4, 1n),
    varint(6, 6),
    message(8, [varint(1, 2), text(2, "\u0001")]),
  ];
  const summary = [keyValue(7), ...times, fixed64(4, 1n), message(6, [fixed64(1, 0n), fixed64(2, 1n)])];
  const metric = (field: number, name: string, point: readonly Part[]) =>
    message(2, [
      text(1, name),
      text(3, "1"),
      message(field, [message(1, point), varint(2, 2), varint(3, 1)]),
    ]);
  return bytes([
    message(1, [
      message(2, [
        metric(5, "g", number),
        metric(7, "s", number),
        metric(9, "h", histogram),
        metric(10, "e", exponential),
        metric(11, "q", summary),
      ]),
    ]),
  ]);
}

type Part = readonly number[];

function bytes(parts: readonly Part[]): Uint8Array {
  return Uint8Array.from(parts.flat());
}

function message(field: number, parts: readonly Part[]): Part {
  const body = parts.flat();
  return [...leb(field * 8 + 2), ...leb(body.length), ...body];
}

function text(field: number, value: string): Part {
  return message(field, [[...encoder.encode(value)]]);
}

function keyValue(field: number): Part {
  return message(field, [text(1, "k"), message(2, [message(5, [message(1, [varint(3, 5)])])])]);
}

function varint(field: number, value: number): Part {
  return [...leb(field * 8), ...leb(value)];
}

function fixed64(field: number, value: bigint): Part {
  return [...leb(field * 8 + 1), ...eight(value)];
}

function packed(field: number, values: readonly bigint[]): Part {
  return message(field, values.map(eight));
}

function eight(value: bigint): Part {
  return [...new Uint8Array(BigUint64Array.of(value).buffer)];
}

function leb(value: number): Part {
  return value < 128 ? [value] : [(value % 128) + 128, ...leb(Math.floor(value / 128))];
}
