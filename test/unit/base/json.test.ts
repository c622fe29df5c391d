import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Json, JsonFloat, parseJson, stringifyJson } from "../../../src/base/index.ts";

describe("parseJson()", () => {
  it("keeps integers beyond 2^53 exact (MET-003)", () => {
    expect(parseJson("[9223372036854775807,-9223372036854775808,9007199254740991,9007199254740993]")).toEqual(
      [9223372036854775807n, -9223372036854775808n, 9007199254740991, 9007199254740993n],
    );
  });

  it("agrees with JSON.parse on every document, large integers rounded", () => {
    fc.assert(
      fc.property(fc.json(), fc.constantFrom(0, 2), (text, indent) => {
        const spaced = JSON.stringify(JSON.parse(text), null, indent);
        expect(rounded(parseJson(spaced))).toEqual(JSON.parse(spaced));
      }),
      { numRuns: 300 },
    );
  });

  it("round-trips every int64 and every finite double", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (value) => {
        const parsed = parseJson(stringifyJson(value)) as number | bigint;
        expect(BigInt(parsed)).toBe(value);
      }),
    );
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(Object.is(Number(parseJson(stringifyJson(new JsonFloat(value)))), value)).toBe(true);
      }),
    );
  });

  it.each([
    ['{"a":1,}', /member name at offset 7/],
    ["[1,2", /expected , or ]/],
    ["01", /after the end of the document|unexpected/],
    ["-", /unexpected character|ends early/],
    ["1.", /after the end/],
    ['"a', /unterminated/],
    ['"a\nb"', /control character/],
    ['"\\x"', /invalid escape/],
    ["tru", /unknown word/],
    ["", /ends early/],
    ["[1] 2", /after the end/],
    ["NaN", /unexpected/],
    ['{"a" 1}', /expected :/],
  ])("refuses %j and says where", (text, message) => {
    expect(() => parseJson(text, "metadata")).toThrow(message);
    expect(() => JSON.parse(text)).toThrow();
  });

  it("stops at nesting no document has, instead of overflowing the stack", () => {
    expect(() => parseJson("[".repeat(100_000))).toThrow(/nesting deeper/);
  });

  it("takes keys as data, __proto__ among them (MET-014)", () => {
    const parsed = parseJson('{"__proto__":{"x":1},"constructor":2,"toString":3}') as Record<string, Json>;
    expect(Object.keys(parsed)).toEqual(["__proto__", "constructor", "toString"]);
    expect(({} as Record<string, unknown>).x).toBeUndefined();
    expect(stringifyJson(parsed)).toBe('{"__proto__":{"x":1},"constructor":2,"toString":3}');
  });

  it("skips a byte order mark (MET-067)", () => {
    expect(parseJson("\uFEFF{}")).toEqual({});
  });

  it("reads -0 and escapes as JSON.parse does", () => {
    expect(Object.is(parseJson("-0"), -0)).toBe(true);
    expect(parseJson('"\\u00fc\\n\\"\\\\\\ud83e\\uddca"')).toBe('ü\n"\\\u{1F9CA}');
  });
});

describe("stringifyJson()", () => {
  it("prints doubles with a fraction (SCH-047) and leaves undefined members out", () => {
    expect(
      stringifyJson({ a: new JsonFloat(1), b: undefined, c: new JsonFloat(1e300), d: new JsonFloat(-0) }),
    ).toBe('{"a":1.0,"c":1e+300,"d":-0.0}');
  });

  it("indents like JSON.stringify", () => {
    const value = { a: [1, { b: null }], c: {}, d: [] };
    expect(stringifyJson(value, 2)).toBe(JSON.stringify(value, null, 2));
  });

  it("refuses numbers JSON cannot hold", () => {
    expect(() => stringifyJson(Number.NaN)).toThrow(/NaN/);
    expect(() => stringifyJson(new JsonFloat(Number.POSITIVE_INFINITY))).toThrow(/Infinity/);
  });
});

function rounded(value: Json): unknown {
  if (typeof value === "bigint") return Number(value);
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(rounded);
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, rounded(member as Json)]));
}
