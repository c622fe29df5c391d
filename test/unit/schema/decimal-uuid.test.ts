/** Decimals and uuids as text. @module */
import { expect, test } from "vitest";
import {
  formatDecimal,
  parseDecimal,
  parseUuid,
  uuidBytes,
  uuidFromBytes,
} from "../../../src/schema/index.ts";

test("parseDecimal() brings text to the scale without rounding (SCH-003)", () => {
  expect(parseDecimal("14.20", 9, 2)).toBe(1420n);
  expect(parseDecimal("14.2", 9, 2)).toBe(1420n);
  expect(parseDecimal("14.200", 9, 2)).toBe(1420n);
  expect(parseDecimal("-.5", 9, 2)).toBe(-50n);
  expect(parseDecimal("5.", 9, 0)).toBe(5n);
  expect(parseDecimal("+1E-7", 9, 7)).toBe(1n);
  expect(parseDecimal("1.5e3", 9, 0)).toBe(1500n);
  expect(parseDecimal("99999999999999999999999999999999999999", 38, 0)).toBe(10n ** 38n - 1n);
  expect(() => parseDecimal("14.205", 9, 2)).toThrow(/more fractional digits/);
  expect(() => parseDecimal("10000000.00", 9, 2)).toThrow(/too many digits/);
});

test("parseDecimal() with exactScale takes the scale as written (SCH-048)", () => {
  expect(parseDecimal("14.20", 9, 2, { exactScale: true })).toBe(1420n);
  expect(() => parseDecimal("14.2", 9, 2, { exactScale: true })).toThrow(/has scale 1/);
  expect(parseDecimal("1E-7", 9, 7, { exactScale: true })).toBe(1n);
});

test.each(["", "-", ".", "1e", "e5", "1,5", "0x10", "NaN", "1e99999", "1 "])(
  "parseDecimal() refuses %j",
  (text) => {
    expect(() => parseDecimal(text, 9, 2)).toThrow(/as a decimal number/);
  },
);

test("formatDecimal() prints the scale, always", () => {
  expect(formatDecimal(1420n, 2)).toBe("14.20");
  expect(formatDecimal(-5n, 2)).toBe("-0.05");
  expect(formatDecimal(0n, 3)).toBe("0.000");
  expect(formatDecimal(-7n, 0)).toBe("-7");
  expect(formatDecimal(2n, -20)).toBe("2E+20");
});

test("uuids are lower case and big-endian (SCH-054)", () => {
  const text = "f79c3e09-677c-4bbd-a479-3f349cb785e7";
  expect(parseUuid(text.toUpperCase())).toBe(text);
  expect([...uuidBytes(text)].slice(0, 4)).toEqual([0xf7, 0x9c, 0x3e, 0x09]);
  expect(uuidFromBytes(uuidBytes(text))).toBe(text);
  expect(() => parseUuid(text.slice(1))).toThrow(/as a uuid/);
  expect(() => parseUuid(`${text}0`)).toThrow(/as a uuid/);
  expect(() => parseUuid(text.replace("-", "0"))).toThrow(/as a uuid/);
  expect(() => uuidFromBytes(new Uint8Array(15))).toThrow(/it takes 16/);
});
