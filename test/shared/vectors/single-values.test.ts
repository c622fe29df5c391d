/** Single values as bytes and JSON, decimals and truncated bounds against the shared vectors. @module */
import { expect, test } from "vitest";
import { fromHex, type Json, stringifyJson, toHex } from "../../../src/base/index.ts";
import {
  type PrimitiveType,
  parseDecimal,
  type Type,
  typeFromString,
  valueFromJson,
  valueToJson,
} from "../../../src/schema/index.ts";
import {
  decimalByteLength,
  decodeUnscaled,
  decodeValue,
  encodeUnscaled,
  encodeUnscaledFixed,
  encodeValue,
  truncateLowerBound,
  truncateUpperBound,
} from "../../../src/values/index.ts";
import { held, primitive, vectors } from "./held.ts";

interface Binary {
  cases: { type: string; value: unknown; hex: string }[];
  promoted_bounds: { current_type: string; hex: string; value?: unknown; value_days?: number }[];
}
const binary = vectors<Binary>("single-value-binary.json");

test("single-value-binary.json: encodeValue() and decodeValue() meet every case (SCH-055, SCH-056)", () => {
  expect(binary.cases.length).toBe(47);
  for (const { type: text, value, hex } of binary.cases) {
    const type = primitive(text);
    expect(toHex(encodeValue(type, held(type, value)!)), `${text} ${value}`).toBe(hex);
    expect(decodeValue(type, fromHex(hex)), `${text} ${hex}`).toEqual(held(type, value));
  }
});

test("single-value-binary.json: bounds written before a promotion (SCH-058, SCH-059)", () => {
  expect(binary.promoted_bounds.length).toBe(7);
  for (const { current_type, hex, value, value_days } of binary.promoted_bounds) {
    const type = primitive(current_type);
    const perDay = current_type === "timestamp" ? 86_400_000_000n : 86_400_000_000_000n;
    const expected = value_days === undefined ? held(type, value) : BigInt(value_days) * perDay;
    expect(decodeValue(type, fromHex(hex)), `${current_type} ${hex}`).toBe(expected);
  }
});

test("decimal-encoding.json: lengths, minimal and fixed bytes (SCH-056)", () => {
  const file = vectors<{
    required_bytes: { precision: number; fixed_len_bytes: number }[];
    examples: { type: string; value: string; unscaled: string; min_hex: string; fixed_hex: string }[];
  }>("decimal-encoding.json");
  for (const { precision, fixed_len_bytes } of file.required_bytes) {
    expect(decimalByteLength(precision), `precision ${precision}`).toBe(fixed_len_bytes);
  }
  for (const { type: text, value, unscaled, min_hex, fixed_hex } of file.examples) {
    const type = primitive(text) as PrimitiveType & { kind: "decimal" };
    const number = parseDecimal(value, type.precision, type.scale);
    expect(number).toBe(BigInt(unscaled));
    expect(toHex(encodeUnscaled(number))).toBe(min_hex);
    expect(toHex(encodeUnscaledFixed(number, fixed_hex.length / 2))).toBe(fixed_hex);
    expect(decodeUnscaled(fromHex(fixed_hex))).toBe(number);
  }
});

interface JsonVectors {
  cases: { type: string; value: unknown; json: unknown }[];
  invalid: { type: string; json: unknown }[];
}

test("single-value-json.json: both directions, and what must be refused (SCH-046 to SCH-054)", () => {
  const file = vectors<JsonVectors>("single-value-json.json");
  expect(file.cases.length).toBe(26);
  for (const { type: text, json: given } of file.cases) {
    const type = typeOf(text);
    const long = /^<number (\d+)>$/.exec(String(given));
    const json = (long === null ? given : BigInt(long[1]!)) as Json;
    const value = valueFromJson(type, json);
    expect(stringifyJson(valueToJson(type, value)), text).toBe(stringifyJson(json));
    expect(valueFromJson(type, valueToJson(type, value)), text).toEqual(value);
  }
  for (const { type: text, json } of file.invalid) {
    expect(() => valueFromJson(typeOf(text), json as Json), `${text} ${String(json)}`).toThrow(/Cannot read/);
  }
});

interface Truncation {
  string_lower: { value: string; length: number; expected: string }[];
  string_upper: { value: string; length: number; expected: string | null }[];
  binary_lower: { value: string; length: number; expected: string }[];
  binary_upper: { value: string; length: number; expected: string | null }[];
}

test("metrics-bound-truncation.json: bounds of text and bytes (MAN-068, MAN-070)", () => {
  const file = vectors<Truncation>("metrics-bound-truncation.json");
  const string = primitive("string");
  const bytes = primitive("binary");
  for (const { value, length, expected } of file.string_lower) {
    expect(truncateLowerBound(string, value, length)).toBe(expected);
  }
  for (const { value, length, expected } of file.string_upper) {
    expect(truncateUpperBound(string, value, length), `${value} to ${length}`).toBe(expected ?? undefined);
  }
  for (const { value, length, expected } of file.binary_lower) {
    expect(truncateLowerBound(bytes, fromHex(value), length)).toEqual(fromHex(expected));
  }
  for (const { value, length, expected } of file.binary_upper) {
    const upper = expected === null ? undefined : fromHex(expected);
    expect(truncateUpperBound(bytes, fromHex(value), length), `${value} to ${length}`).toEqual(upper);
  }
});

/** Types the JSON vectors write in a short form of their own, such as `list<struct<7: int, 8: string>>`. */
function typeOf(text: string): Type {
  const list = /^list<(.*)>$/.exec(text);
  if (list !== null)
    return { kind: "list", elementId: 100, elementRequired: true, element: typeOf(list[1]!) };
  const map = /^map<(\w+),(.*)>$/.exec(text);
  if (map !== null) {
    const [key, value] = [typeOf(map[1]!), typeOf(map[2]!)];
    return { kind: "map", keyId: 101, key, valueId: 102, valueRequired: true, value };
  }
  const struct = /^struct<(.*)>$/.exec(text);
  if (struct !== null) {
    const fields = struct[1]!.split(",").map((part) => {
      const [id, type] = part.split(":");
      return { id: Number(id), name: `f${id!.trim()}`, required: false, type: typeOf(type!.trim()) };
    });
    return { kind: "struct", fields };
  }
  const negative = /^decimal\((\d+), (-\d+)\)$/.exec(text);
  if (negative !== null) return { kind: "decimal", precision: 38, scale: Number(negative[2]) };
  return typeFromString(text);
}
