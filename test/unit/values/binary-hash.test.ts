/** Single-value bytes, hashes, orders, keys and bounds, with values from the spec. @module */
import { describe, expect, test } from "vitest";
import { fromHex, IcebergError, isIcebergError, toHex } from "../../../src/base/index.ts";
import {
  type PrimitiveType,
  type PrimitiveValue,
  parseDate,
  typeFromString,
} from "../../../src/schema/index.ts";
import {
  compareFloats,
  compareText,
  compareValues,
  DEFAULT_METRICS_MODE,
  decimalByteLength,
  decodeValue,
  encodeUnscaledFixed,
  encodeValue,
  hashValue,
  truncateLowerBound,
  truncateText,
  truncateUpperBound,
  valueKey,
} from "../../../src/values/index.ts";

const type = (text: string) => typeFromString(text) as PrimitiveType;

describe("encodeValue() and decodeValue()", () => {
  test.each([
    ["boolean", true, "01"],
    ["int", 34, "22000000"],
    ["long", -1n, "ffffffffffffffff"],
    ["float", 1.5, "0000c03f"],
    ["double", -0, "0000000000000080"],
    ["date", -1, "ffffffff"],
    ["timestamp_ns", 1n, "0100000000000000"],
    ["string", "é💰", "c3a9f09f92b0"],
    ["uuid", "f79c3e09-677c-4bbd-a479-3f349cb785e7", "f79c3e09677c4bbda4793f349cb785e7"],
    ["decimal(9, 2)", 1420n, "058c"],
    ["decimal(9, 2)", 0n, "00"],
    ["decimal(9, 2)", 128n, "0080"],
    ["decimal(9, 2)", -128n, "80"],
  ] as [string, PrimitiveValue, string][])("%s %s is %s (SCH-055, SCH-056)", (text, value, hex) => {
    expect(toHex(encodeValue(type(text), value))).toBe(hex);
    expect(decodeValue(type(text), fromHex(hex))).toEqual(value);
  });

  test("reads bytes in place, wherever they start", () => {
    const bytes = fromHex("ff22000000ff").subarray(1, 5);
    expect(decodeValue(type("int"), bytes)).toBe(34);
    expect(decodeValue(type("boolean"), fromHex("07"))).toBe(true);
  });

  test.each([
    ["boolean", "0000"],
    ["int", "0000"],
    ["int", "0000000000000000"],
    ["long", "00"],
    ["double", "0000000000"],
    ["timestamptz", "00000000"],
    ["time", "00000000"],
    ["uuid", "00"],
    ["fixed[4]", "000000"],
    ["decimal(9, 2)", ""],
    ["string", "ff"],
    ["float", "0000000000000000"],
  ])("decodeValue() of %s refuses %s as corrupt", (text, hex) => {
    try {
      decodeValue(type(text), fromHex(hex));
      expect.unreachable();
    } catch (error) {
      expect(isIcebergError(error, "corrupt-file")).toBe(true);
    }
  });

  test("a wrong length is named with the type and the length it takes", () => {
    const error = caught(() => decodeValue(type("long"), fromHex("000000")));
    expect(error.message).toMatch(/3 bytes as long: it takes 8/);
    expect(error.context).toEqual({ type: "long", length: 3 });
    expect(caught(() => decodeValue(type("decimal(9, 2)"), fromHex(""))).message).toMatch(
      /decimal from 0 bytes/,
    );
  });

  test.each(["geometry", "geography"])("%s bytes pass through (MAN-074)", (text) => {
    const bytes = Uint8Array.of(1, 2);
    expect(encodeValue(type(text), bytes)).toBe(bytes);
    expect(decodeValue(type(text), bytes)).toBe(bytes);
  });

  test("four bytes of a promoted column are read as the old type (SCH-058)", () => {
    expect(decodeValue(type("long"), fromHex("ffffffff"))).toBe(-1n);
    expect(decodeValue(type("double"), fromHex("0000c03f"))).toBe(1.5);
    expect(decodeValue(type("timestamp"), fromHex("ffffffff"))).toBe(-86_400_000_000n);
    expect(decodeValue(type("timestamp_ns"), fromHex("01000000"))).toBe(86_400_000_000_000n);
    for (const [hex, day] of [
      ["ffffff7f", 2147483647],
      ["00000080", -2147483648],
    ] as const) {
      const error = caught(() => decodeValue(type("timestamp_ns"), fromHex(hex)));
      expect(error.code).toBe("corrupt-file");
      expect(error.message).toMatch(new RegExp(`day ${day} to timestamp_ns: out of range`));
    }
  });

  test("unknown has no binary form (SCH-057)", () => {
    for (const action of [
      () => encodeValue(type("unknown"), 1),
      () => decodeValue(type("unknown"), new Uint8Array(1)),
    ]) {
      expect(caught(action)).toMatchObject({
        code: "unsupported",
        message: expect.stringMatching(/type unknown: it has no binary form/),
      });
    }
  });

  test("encodeUnscaledFixed() extends the sign and refuses what does not fit", () => {
    expect(toHex(encodeUnscaledFixed(-2n, 4))).toBe("fffffffe");
    expect(caught(() => encodeUnscaledFixed(128n, 1))).toMatchObject({
      code: "invalid-argument",
      message: expect.stringMatching(/128 in 1 bytes/),
      context: { unscaled: 128n, length: 1 },
    });
    expect([9, 18, 38].map(decimalByteLength)).toEqual([4, 8, 16]);
  });
});

describe("hashValue()", () => {
  test.each([
    ["int", 34, 2017239379],
    ["long", 34n, 2017239379],
    ["long", -(2n ** 63n), 1366273829],
    ["decimal(9, 2)", 1420n, -500754589],
    ["date", parseDate("2017-11-16"), -653330422],
    ["time", 81068000000n, -662762989],
    ["timestamp", 1510871468000000n, -2047944441],
    ["timestamp_ns", 1510871468000001001n, -1207196810],
    ["timestamp_ns", -1n, 1651860712],
    ["string", "iceberg", 1210000089],
    ["uuid", "f79c3e09-677c-4bbd-a479-3f349cb785e7", 1488055340],
    ["binary", Uint8Array.of(0, 1, 2, 3), -188683207],
    ["boolean", true, 1392991556],
    ["double", 1, -142385009],
    ["double", -0, 1669671676],
    ["float", Number.NaN, 1428788237],
  ] as [string, PrimitiveValue, number][])("of %s %s is %d (PRT-011)", (text, value, hash) => {
    expect(hashValue(type(text), value)).toBe(hash);
  });

  test("refuses types without a hash (PRT-016)", () => {
    expect(caught(() => hashValue(type("geometry"), new Uint8Array(1)))).toMatchObject({
      code: "unsupported",
      message: expect.stringMatching(/Cannot hash values of type geometry/),
    });
  });

  test("of a float is that of its double's bits, every NaN's that of the one NaN (PRT-014)", () => {
    const bits = (value: number) => new BigInt64Array(Float64Array.of(value).buffer)[0]!;
    for (const value of [1.1, -2.5e-7, Number.MAX_VALUE, Number.NEGATIVE_INFINITY]) {
      expect(hashValue(type("double"), value)).toBe(hashValue(type("long"), bits(value)));
    }
    const odd = new Float64Array(BigUint64Array.of(0xfff8_0000_0000_0001n).buffer)[0]!;
    expect(hashValue(type("double"), odd)).toBe(hashValue(type("long"), 0x7ff8_0000_0000_0000n));
  });

  test.each(["", "a", "abc", "abcd", "abcde", "\u0080", "~\u007f", "é", "x".repeat(256), "x".repeat(257)])(
    "of text is that of its UTF-8 bytes (PRT-013): %j",
    (text) => {
      expect(hashValue(type("string"), text)).toBe(hashValue(type("binary"), new TextEncoder().encode(text)));
    },
  );

  test("refuses a lone surrogate (SCH-005)", () => {
    expect(() => hashValue(type("string"), "a\ud800")).toThrow(/lone surrogate/);
  });
});

describe("orders", () => {
  test("compareFloats() puts -0 before 0 and NaN last (PRT-058)", () => {
    const sorted = [Number.NaN, 0, -0, 1, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, -1].sort(
      compareFloats,
    );
    const expected = [Number.NEGATIVE_INFINITY, -1, -0, 0, 1, Number.POSITIVE_INFINITY, Number.NaN];
    expect(sorted.every((value, index) => Object.is(value, expected[index]))).toBe(true);
  });

  test("compareText() puts U+FFFD before U+10000, unlike `<` (PRT-059)", () => {
    expect("\ufffd" < "\u{10000}").toBe(false);
    expect(compareText("\ufffd", "\u{10000}")).toBeLessThan(0);
    expect(compareText("\u{10ffff}", "\ue000")).toBeGreaterThan(0);
    expect(compareText("\ud7ff", "\u{10000}")).toBeLessThan(0);
    expect(compareText("ab", "abc")).toBeLessThan(0);
    expect(compareText("abc", "abc")).toBe(0);
  });

  test("bytes are unsigned, booleans false first (PRT-060)", () => {
    for (const text of ["binary", "fixed[1]", "geometry", "geography"]) {
      expect(compareValues(type(text))(Uint8Array.of(100), Uint8Array.of(20)), text).toBeGreaterThan(0);
      expect(compareValues(type(text))(Uint8Array.of(1, 2), Uint8Array.of(1, 2)), text).toBe(0);
    }
    expect(compareValues(type("binary"))(Uint8Array.of(0x80), Uint8Array.of(0x7f, 1))).toBeGreaterThan(0);
    expect(compareValues(type("boolean"))(false, true)).toBeLessThan(0);
    const uuids = ["80000000-0000-0000-0000-000000000000", "7fffffff-0000-0000-0000-000000000000"] as const;
    expect(compareValues(type("uuid"))(...uuids)).toBeGreaterThan(0);
  });
});

test("valueKey() joins NaN with NaN and keeps -0 apart from 0 (PRT-065, PRT-067)", () => {
  const double = type("double");
  expect(valueKey(double, Number.NaN)).toBe(valueKey(double, -Number.NaN));
  expect(valueKey(double, -0)).not.toBe(valueKey(double, 0));
  expect(valueKey(type("int"), 1)).toBe(valueKey(type("long"), 1n));
  expect(valueKey(type("binary"), Uint8Array.of(1, 2))).toBe(valueKey(type("binary"), Uint8Array.of(1, 2)));
});

test("columns nobody configured get bounds of 16 (MAN-071)", () => {
  expect(DEFAULT_METRICS_MODE).toEqual({ kind: "truncate", length: 16 });
});

describe("truncated values", () => {
  test("truncateText() counts code points (PRT-020)", () => {
    expect(truncateText("🧊x", 1)).toBe("🧊");
    expect(truncateText("🧊🧊", 2)).toBe("🧊🧊");
    expect(truncateText("ab", 5)).toBe("ab");
  });

  test("bounds of types other than string and binary stay whole (MAN-069)", () => {
    const bytes = new Uint8Array(32).fill(9);
    expect(truncateLowerBound(type("fixed[32]"), bytes, 4)).toBe(bytes);
    expect(truncateUpperBound(type("fixed[32]"), bytes, 4)).toBe(bytes);
    expect(truncateUpperBound(type("uuid"), "f79c3e09-677c-4bbd-a479-3f349cb785e7", 4)).toHaveLength(36);
  });

  test("upper bounds skip the surrogates and drop what cannot grow (MAN-068)", () => {
    const string = type("string");
    expect(truncateUpperBound(string, "\ud7ffb", 1)).toBe("\ue000");
    expect(truncateUpperBound(string, "\uffffb", 1)).toBe("\u{10000}");
    expect(truncateUpperBound(string, "a\u{10ffff}c", 2)).toBe("b");
    expect(truncateUpperBound(string, "\u{10ffff}\u{10ffff}c", 2)).toBeUndefined();
    expect(truncateUpperBound(string, "ab", 2)).toBe("ab");
    expect(truncateUpperBound(string, "🧊🧊", 3)).toBe("🧊🧊");
    expect(truncateUpperBound(string, "a\ue000b", 2)).toBe("a\ue001");
    expect(truncateUpperBound(string, "a\u{10000}b", 2)).toBe("a\u{10001}");
    expect(truncateUpperBound(type("binary"), Uint8Array.of(1, 0xff, 2), 2)).toEqual(Uint8Array.of(2));
    expect(truncateUpperBound(type("binary"), Uint8Array.of(0xff, 2), 1)).toBeUndefined();
    expect(truncateUpperBound(type("binary"), Uint8Array.of(1, 0xff), 2)).toEqual(Uint8Array.of(1, 0xff));
    expect(truncateUpperBound(type("binary"), Uint8Array.of(0xff), 1)).toEqual(Uint8Array.of(0xff));
  });

  test("truncating bytes copies them: the input stays as it was", () => {
    const bytes = Uint8Array.of(1, 2, 3);
    truncateUpperBound(type("binary"), bytes, 2);
    expect([...bytes]).toEqual([1, 2, 3]);
  });
});

function caught(action: () => unknown): IcebergError {
  try {
    action();
  } catch (error) {
    if (error instanceof IcebergError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}
