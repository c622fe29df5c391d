/** Decoding OTLP protobuf, from bytes written by hand or by our writer. @module */
import { describe, expect, it } from "vitest";
import { concatBytes, fromHex } from "../../../src/base/index.ts";
import {
  type AnyValue,
  decodeLogs,
  decodeTraces,
  encodeTraces,
  ProtoWriter,
  type Span,
} from "../../../src/otlp-wire/index.ts";
import { payloadError } from "./thrown.ts";

/** A request whose only span has these field bytes. */
function spanRequest(span: Uint8Array): Uint8Array {
  const writer = new ProtoWriter();
  writer.message(1, () => writer.message(2, () => writer.bytesField(2, span)));
  return writer.finish();
}

function decodeSpan(span: Uint8Array): Span {
  return decodeTraces(spanRequest(span)).resourceSpans[0]!.scopeSpans[0]!.spans[0]!;
}

/** The value of an attribute whose AnyValue has these bytes. */
function decodeValue(value: Uint8Array): AnyValue {
  const writer = new ProtoWriter();
  writer.message(9, () => {
    writer.string(1, "k");
    writer.bytesField(2, value);
  });
  return decodeSpan(writer.finish()).attributes[0]!.value;
}

const written = (write: (writer: ProtoWriter) => void): Uint8Array => {
  const writer = new ProtoWriter();
  write(writer);
  return writer.finish();
};

describe("decodeTraces() of protobuf", () => {
  it("reads a request written by hand", () => {
    const span = fromHex(
      [
        "0a10000102030405060708090a0b0c0d0eff", // trace_id
        "1208a1a2a3a4a5a6a7a8", // span_id
        "2a0468c3a969", // name "héi"
        "3003", // kind client
        "39ff0f000000000000", // start 4095
        "41ffffffffffffffff", // end 2^64-1
        "4a070a016b12021801", // attribute k = int 1
        "5a0c090200000000000000120165", // event at 2, named e
        "7a061202626f1802", // status ERROR "bo"
        "850101010000", // flags 257
      ].join(""),
    );
    expect(decodeSpan(span)).toEqual({
      traceId: "000102030405060708090a0b0c0d0eff",
      spanId: "a1a2a3a4a5a6a7a8",
      traceState: "",
      parentSpanId: "",
      flags: 257,
      name: "héi",
      kind: 3,
      startTimeUnixNano: 4095n,
      endTimeUnixNano: 18446744073709551615n,
      attributes: [{ key: "k", value: 1n }],
      droppedAttributesCount: 0,
      events: [{ timeUnixNano: 2n, name: "e", attributes: [], droppedAttributesCount: 0 }],
      droppedEventsCount: 0,
      links: [],
      droppedLinksCount: 0,
      status: { code: 2, message: "bo" },
    });
  });

  it("skips unknown fields of every wire type, and known fields of another wire type", () => {
    const noise = fromHex(["f80601", "f9060102030405060708", "fa06026869", "fd0601020304", "2805"].join(""));
    expect(decodeSpan(concatBytes([noise, fromHex("2a0178"), noise])).name).toBe("x");
  });

  it.each([
    ["group start", "53", "field 10 has wire type 3 at byte 7 of 7"],
    ["group end", "54", "field 10 has wire type 4 at byte 7 of 7"],
    ["wire type 6", "56", "field 10 has wire type 6 at byte 7 of 7"],
    ["wire type 7", "57", "field 10 has wire type 7 at byte 7 of 7"],
    ["field number 0", "02", "field number 0 at byte 6 of 7"],
    ["a long tag", "ffffffffffff01", "a tag or length of more than 32 bits at byte 6 of 13"],
    ["a string past its message", "2a05", "a field of 5 bytes runs past its message's end 8 at byte 7 of 8"],
    ["a number past the payload", "3901", "the payload ends inside a 8-byte number at byte 7 of 8"],
    ["a varint that goes on", "30ffffffffffffffffffff01", "a varint longer than 10 bytes at byte 7 of 18"],
    ["a varint cut short", "3080", "the payload ends inside a varint at byte 7 of 8"],
  ])("refuses %s and names the byte", (_, span, where) => {
    expect(payloadError(() => decodeSpan(fromHex(span)))).toBe(`Cannot decode OTLP traces: ${where}`);
  });

  it("refuses a number that runs past its message into the next", () => {
    const first = written((w) => w.bytesField(2, fromHex("39010203")));
    const bytes = written((w) =>
      w.message(1, () => w.bytesField(2, concatBytes([first, fromHex("1a0761626364656667")]))),
    );
    expect(payloadError(() => decodeTraces(bytes))).toMatch(/runs past its message's end/);
  });

  it("refuses a string that runs past its message but not past the payload, at its length", () => {
    const bytes = fromHex("0a0412021205".concat("0a00".repeat(4)));
    expect(payloadError(() => decodeTraces(bytes))).toBe(
      "Cannot decode OTLP traces: a field of 5 bytes runs past its message's end 6 at byte 5 of 14",
    );
  });

  it("keeps 64-bit integers exact", () => {
    const values = [
      0n,
      1n,
      -1n,
      127n,
      128n,
      2n ** 28n - 1n,
      2n ** 28n,
      2n ** 53n + 1n,
      2n ** 63n - 1n,
      -(2n ** 63n),
    ];
    for (const value of values) expect(decodeValue(written((w) => w.int64(3, value)))).toBe(value);
  });

  it("keeps negative and unknown enum numbers, and takes the low bits of counts", () => {
    const span = decodeSpan(
      written((w) => {
        w.int32(6, -5);
        w.int64(10, 2n ** 32n + 7n);
      }),
    );
    expect([span.kind, span.droppedAttributesCount]).toEqual([-5, 7]);
  });

  it("takes the last member of a oneof, and null for the empty value and a dictionary index", () => {
    const both = (w: ProtoWriter) => {
      w.string(1, "first");
      w.int64(3, 2n);
    };
    expect(decodeValue(written(both))).toBe(2n);
    expect(decodeValue(new Uint8Array())).toBeNull();
    expect(decodeValue(written((w) => w.int32(8, 4)))).toBeNull();
  });

  it("merges a resource and a scope that come in pieces", () => {
    const attribute = (w: ProtoWriter, field: number, key: string) =>
      w.message(field, () => w.message(field === 1 ? 1 : 3, () => w.string(1, key)));
    const [group] = decodeTraces(
      written((w) =>
        w.message(1, () => {
          attribute(w, 1, "a");
          w.message(2, () => {
            w.message(1, () => w.string(1, "scope"));
            w.message(1, () => w.string(2, "1.0"));
          });
          attribute(w, 1, "b");
        }),
      ),
    ).resourceSpans;
    expect(group!.resource.attributes.map(({ key }) => key)).toEqual(["a", "b"]);
    expect(group!.scopeSpans[0]!.scope).toMatchObject({ name: "scope", version: "1.0" });
  });

  it("replaces malformed UTF-8 and keeps a byte order mark", () => {
    expect(decodeValue(written((w) => w.bytesField(1, fromHex("61ff62"))))).toBe("a\ufffdb");
    expect(decodeValue(written((w) => w.bytesField(1, fromHex("efbbbf61"))))).toBe("\ufeffa");
  });

  it("does not mistake one string for another in its cache", () => {
    // "Aa" and "BB" collide under a hash by 31; non-ASCII text of equal length must not match either.
    const keys = ["Aa", "BB", "Aa", "é", "Ã©", "é", "BB"];
    const span = written((w) => {
      for (const key of keys) w.message(9, () => w.string(1, key));
    });
    expect(decodeSpan(span).attributes.map(({ key }) => key)).toEqual(keys);
  });

  it("reads bytes into arrays of their own", () => {
    const request = spanRequest(written((w) => w.message(9, () => w.message(2, () => w.hex(7, "010203")))));
    const { value } = decodeTraces(request).resourceSpans[0]!.scopeSpans[0]!.spans[0]!.attributes[0]!;
    request.fill(0);
    expect(value).toEqual(new Uint8Array([1, 2, 3]));
  });

  it("reads values nested 100 deep and refuses 101", () => {
    const nest = (depth: number): AnyValue => (depth === 0 ? "end" : [nest(depth - 1)]);
    const list = (depth: number): AnyValue =>
      depth === 0 ? "end" : { keyValues: [{ key: "k", value: list(depth - 1) }] };
    const request = (value: AnyValue) =>
      encodeTraces({
        resourceSpans: [
          {
            resource: { attributes: [{ key: "deep", value }], droppedAttributesCount: 0 },
            scopeSpans: [],
            schemaUrl: "",
          },
        ],
      });
    for (const make of [nest, list]) {
      const deep = make(100);
      expect(decodeTraces(request(deep)).resourceSpans[0]!.resource.attributes[0]!.value).toEqual(deep);
      expect(payloadError(() => decodeTraces(request(make(101))))).toMatch(
        /nested deeper than 100 at byte \d+/,
      );
    }
  });

  it("gives an empty request for no bytes", () => {
    expect(decodeTraces(new Uint8Array())).toEqual({ resourceSpans: [] });
  });

  it("reads from a view into a larger buffer", () => {
    const whole = concatBytes([fromHex("ffff"), spanRequest(fromHex("390100000000000000")), fromHex("ff")]);
    const view = whole.subarray(2, whole.length - 1);
    expect(decodeTraces(view).resourceSpans[0]!.scopeSpans[0]!.spans[0]!.startTimeUnixNano).toBe(1n);
  });
});

describe("decodeLogs() of protobuf", () => {
  it("reads every field of a record", () => {
    const bytes = written((w) =>
      w.message(1, () => {
        w.message(2, () => {
          w.message(2, () => {
            w.fixed64(1, 11n);
            w.int32(2, 17);
            w.string(3, "Error");
            w.message(5, () => w.bool(2, true));
            w.message(6, () => w.string(1, "k"));
            w.uint32(7, 3);
            w.fixed32(8, 1);
            w.hex(9, "0102030405060708090a0b0c0d0e0f10");
            w.hex(10, "0102030405060708");
            w.fixed64(11, 12n);
            w.string(12, "event");
          });
          w.string(3, "scope-url");
        });
        w.string(3, "resource-url");
      }),
    );
    const [group] = decodeLogs(bytes).resourceLogs;
    expect([group!.schemaUrl, group!.scopeLogs[0]!.schemaUrl]).toEqual(["resource-url", "scope-url"]);
    expect(group!.scopeLogs[0]!.logRecords).toEqual([
      {
        timeUnixNano: 11n,
        observedTimeUnixNano: 12n,
        severityNumber: 17,
        severityText: "Error",
        body: true,
        attributes: [{ key: "k", value: null }],
        droppedAttributesCount: 3,
        flags: 1,
        traceId: "0102030405060708090a0b0c0d0e0f10",
        spanId: "0102030405060708",
        eventName: "event",
      },
    ]);
  });
});
