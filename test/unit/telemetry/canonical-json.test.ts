/** Canonical JSON text of OTLP values (D5) and its use in string columns (D6). @module */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compareBytes, utf8Encode } from "../../../src/base/index.ts";
import { canonicalJson, columnText, compareUtf8 } from "../../../src/telemetry/canonical-json.ts";
import { toLong } from "../../../src/telemetry/convert.ts";

describe("canonicalJson()", () => {
  it.each([
    ["text", 'a "quote" ☃\n', '"a \\"quote\\" ☃\\n"'],
    ["true", true, "true"],
    ["an int past 2^53", 9007199254740993n, "9007199254740993"],
    ["a double", 0.1, "0.1"],
    ["an integral double", 5, "5.0"],
    ["a large double", 1e21, "1e+21"],
    ["minus zero", -0, "-0.0"],
    ["NaN", Number.NaN, '"NaN"'],
    ["minus infinity", Number.NEGATIVE_INFINITY, '"-Infinity"'],
    ["bytes", new Uint8Array([0, 171, 255]), '"00abff"'],
    ["null", null, "null"],
    ["an array", [1n, null, "x", []], '[1,null,"x",[]]'],
    ["no attributes", { keyValues: [] }, "{}"],
  ])("prints %s", (_, value, text) => {
    expect(canonicalJson(value)).toBe(text);
  });

  it("sorts keys by bytes at every level and keeps the last of repeated keys", () => {
    const value = {
      keyValues: [
        { key: "b", value: 1n },
        { key: "\u{1f600}", value: 2n },
        { key: "\uffee", value: 3n },
        {
          key: "a",
          value: {
            keyValues: [
              { key: "z", value: 1n },
              { key: "y", value: null },
            ],
          },
        },
        { key: "b", value: "last" },
      ],
    };
    expect(canonicalJson(value)).toBe('{"a":{"y":null,"z":1},"b":"last","\uffee":3,"\u{1f600}":2}');
  });
});

it("compareUtf8() orders text as its bytes do", () => {
  const text = fc.string({ unit: "binary", maxLength: 5 });
  fc.assert(
    fc.property(text, text, (a, b) => {
      expect(Math.sign(compareUtf8(a, b))).toBe(Math.sign(compareBytes(utf8Encode(a), utf8Encode(b))));
    }),
  );
});

it("columnText() leaves strings alone and quotes nothing", () => {
  const values = ["a", 1n, true, 1.5, Number.NaN, new Uint8Array([1, 2]), [1n], null];
  expect(values.map(columnText)).toEqual(["a", "1", "true", "1.5", "NaN", "0102", "[1]", null]);
});

describe("toLong()", () => {
  it.each([
    [5n, 5n],
    [5, 5n],
    [2 ** 53, 2n ** 53n],
    [5.5, null],
    [Number.NaN, null],
    [1e300, null],
    ["-17", -17n],
    ["+17", 17n],
    ["9223372036854775807", 2n ** 63n - 1n],
    ["9223372036854775808", null],
    ["-9223372036854775808", -(2n ** 63n)],
    ["1e3", null],
    [" 1", null],
    ["", null],
    ["-", null],
    [true, null],
    [[1n], null],
    [null, null],
  ])("%s is %s", (value, long) => {
    expect(toLong(value)).toBe(long);
  });
});
