/** Media types, and metrics equal from both encodings. @module */
import { describe, expect, it } from "vitest";
import { isIcebergError } from "../../../src/base/index.ts";
import { decodeMetrics, decodeTraces, encodingOf, ProtoWriter } from "../../../src/otlp-wire/index.ts";

describe("encodingOf()", () => {
  it.each([
    ["application/x-protobuf", "protobuf"],
    ["application/protobuf", "protobuf"],
    ["Application/JSON; charset=utf-8", "json"],
    [" application/json ", "json"],
    ["text/plain", null],
    ["", null],
  ])("%s is %s", (type, encoding) => {
    expect(encodingOf(type)).toBe(encoding);
  });
});

it("decodeTraces() refuses an unknown media type", () => {
  try {
    decodeTraces(new Uint8Array(), { contentType: "text/plain" });
    expect.unreachable();
  } catch (error) {
    expect(isIcebergError(error, "invalid-argument")).toBe(true);
  }
});

describe("decodeMetrics()", () => {
  const number = (w: ProtoWriter, write: () => void) =>
    w.message(1, () => {
      w.fixed64(2, 1n);
      w.fixed64(3, 2n);
      write();
    });
  /** One metric of each kind, in protobuf. */
  function protobuf(packed: boolean): Uint8Array {
    const w = new ProtoWriter();
    const metric = (name: string, field: number, write: () => void) =>
      w.message(2, () => {
        w.string(1, name);
        w.message(field, write);
      });
    w.message(1, () =>
      w.message(2, () => {
        metric("gauge", 5, () => {
          number(w, () => w.fixed64(6, 2n ** 64n - 7n)); // as_int -7
          number(w, () => w.double(4, Number.NaN));
          number(w, () => w.uint32(8, 1));
        });
        metric("sum", 7, () => {
          number(w, () => {
            w.double(4, 1.5);
            w.message(5, () => {
              w.fixed64(2, 9n);
              w.double(3, 0.5);
              w.hex(4, "0102030405060708");
              w.message(7, () => w.string(1, "f"));
            });
            w.message(7, () => w.string(1, "a"));
          });
          w.int32(2, 1);
          w.bool(3, true);
        });
        metric("histogram", 9, () => {
          number(w, () => {
            w.fixed64(4, 3n);
            w.double(5, 6);
            if (packed) {
              w.hex(6, "01000000000000000200000000000000");
              w.hex(7, "000000000000f03f");
            } else {
              w.fixed64(6, 1n);
              w.fixed64(6, 2n);
              w.double(7, 1);
            }
            w.double(11, 0);
          });
          w.int32(2, 2);
        });
        metric("exponential", 10, () =>
          w.message(1, () => {
            w.fixed64(3, 2n);
            w.fixed64(4, 5n);
            w.uint32(6, 3); // zigzag -2
            w.fixed64(7, 1n);
            w.message(8, () => {
              w.uint32(1, 4); // zigzag 2
              if (packed) w.hex(2, "02ac02");
              else {
                w.uint32(2, 2);
                w.uint32(2, 300);
              }
            });
            w.double(14, 0.25);
          }),
        );
        metric("summary", 11, () =>
          w.message(1, () => {
            w.fixed64(3, 2n);
            w.fixed64(4, 5n);
            w.double(5, 10);
            w.message(6, () => {
              w.double(1, 0.5);
              w.double(2, 2);
            });
          }),
        );
        w.message(2, () => w.string(1, "no data"));
      }),
    );
    return w.finish();
  }

  const json = `{"resourceMetrics":[{"scopeMetrics":[{"metrics":[
    {"name":"gauge","gauge":{"dataPoints":[
      {"startTimeUnixNano":"1","timeUnixNano":"2","asInt":"-7"},
      {"startTimeUnixNano":"1","timeUnixNano":"2","asDouble":"NaN"},
      {"startTimeUnixNano":"1","timeUnixNano":"2","flags":1}]}},
    {"name":"sum","sum":{"aggregationTemporality":"AGGREGATION_TEMPORALITY_DELTA","isMonotonic":true,"dataPoints":[
      {"startTimeUnixNano":1,"timeUnixNano":2,"asDouble":1.5,"attributes":[{"key":"a"}],"exemplars":[
        {"timeUnixNano":9,"asDouble":0.5,"spanId":"0102030405060708","filteredAttributes":[{"key":"f"}]}]}]}},
    {"name":"histogram","histogram":{"aggregationTemporality":2,"dataPoints":[
      {"startTimeUnixNano":1,"timeUnixNano":2,"count":"3","sum":6,"min":0,"bucketCounts":["1",2],"explicitBounds":[1]}]}},
    {"name":"exponential","exponentialHistogram":{"dataPoints":[
      {"timeUnixNano":2,"count":5,"scale":-2,"zeroCount":1,"positive":{"offset":2,"bucketCounts":[2,"300"]},
       "zeroThreshold":0.25}]}},
    {"name":"summary","summary":{"dataPoints":[
      {"timeUnixNano":2,"count":5,"sum":10,"quantileValues":[{"quantile":0.5,"value":2}]}]}},
    {"name":"no data"}]}]}]}`;

  it.each([true, false])("reads every kind alike from both encodings, packed %s", (packed) => {
    const fromJson = decodeMetrics(new TextEncoder().encode(json), { contentType: "application/json" });
    expect(decodeMetrics(protobuf(packed))).toEqual(fromJson);
    const { metrics } = fromJson.resourceMetrics[0]!.scopeMetrics[0]!;
    expect(metrics.map(({ data }) => data?.kind)).toEqual([
      "gauge",
      "sum",
      "histogram",
      "exponential_histogram",
      "summary",
      undefined,
    ]);
    expect(metrics[0]!.data!.dataPoints).toMatchObject([
      { value: -7n },
      { value: Number.NaN },
      { value: null },
    ]);
    expect(metrics[2]!.data!.dataPoints).toMatchObject([
      { bucketCounts: [1n, 2n], sum: 6, min: 0, max: null },
    ]);
    expect(metrics[3]!.data!.dataPoints).toMatchObject([
      { scale: -2, positive: { offset: 2, bucketCounts: [2n, 300n] }, negative: { bucketCounts: [] } },
    ]);
  });
});
