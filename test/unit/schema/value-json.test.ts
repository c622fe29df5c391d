/** Single values as JSON: what each type writes, and what it refuses to read. @module */
import { expect, test } from "vitest";
import { isIcebergError, type Json, JsonFloat, parseJson, stringifyJson } from "../../../src/base/index.ts";
import {
  optional,
  required,
  type Type,
  t,
  type Value,
  valueFromJson,
  valueToJson,
} from "../../../src/schema/index.ts";

test.each([
  [t.boolean(), true, "true"],
  [t.int(), -5, "-5"],
  [t.long(), 2n ** 63n - 1n, "9223372036854775807"],
  [t.double(), 1, "1.0"],
  [t.double(), -0, "-0.0"],
  [t.decimal(9, 2), 1420n, '"14.20"'],
  [t.date(), -1, '"1969-12-31"'],
  [t.time(), 81068123456n, '"22:31:08.123456"'],
  [t.timestamptz(), 1510871468123456n, '"2017-11-16T22:31:08.123456+00:00"'],
  [t.timestampNs(), 1510871468000000001n, '"2017-11-16T22:31:08.000000001"'],
  [t.fixed(4), Uint8Array.of(0, 1, 2, 255), '"000102ff"'],
  [t.list(t.long(), { required: false }), [1n, null], "[1,null]"],
  [t.map(t.string(), t.long()), [["a", 1n]], '{"keys":["a"],"values":[1]}'],
] as [Type, Value, string][])("valueToJson() of %o writes %o as %s (SCH-046)", (type, value, text) => {
  expect(stringifyJson(valueToJson(type, value))).toBe(text);
  expect(valueFromJson(type, parseJson(text))).toEqual(value);
});

test("structs are keyed by field id and keep only what is there (SCH-041, SCH-046)", () => {
  const type: Type = {
    kind: "struct",
    fields: [
      { id: 7, name: "x", ...required(t.int()) },
      { id: 8, name: "y", ...optional(t.string()) },
    ],
  };
  expect(stringifyJson(valueToJson(type, { x: 1, y: null }))).toBe('{"7":1,"8":null}');
  expect(valueFromJson(type, { "7": 1, "9": true })).toEqual({ x: 1 });
  expect(valueFromJson(type, {})).toEqual({});
});

test("hex and uuids are read in either case, offsets as Z too (SCH-049, SCH-051, SCH-054)", () => {
  expect(valueFromJson(t.binary(), "0aFF")).toEqual(Uint8Array.of(10, 255));
  expect(valueFromJson(t.uuid(), "F79C3E09-677C-4BBD-A479-3F349CB785E7")).toBe(
    "f79c3e09-677c-4bbd-a479-3f349cb785e7",
  );
  expect(valueFromJson(t.timestamptz(), "1970-01-01T00:00:00Z")).toBe(0n);
  expect(valueFromJson(t.double(), 3)).toBe(3);
  expect(valueFromJson(t.float(), new JsonFloat(0.1))).toBe(Math.fround(0.1));
});

test.each([
  [t.int(), 2 ** 31],
  [t.int(), 1.5],
  [t.int(), "1"],
  [t.long(), 2n ** 63n],
  [t.boolean(), 1],
  [t.double(), "1.0"],
  [t.decimal(9, 2), "14.2"],
  [t.decimal(9, 2), 14.2],
  [t.fixed(2), "0102ff"],
  [t.fixed(2), "01"],
  [t.binary(), "0"],
  [t.timestamp(), "1970-01-01T00:00:00+00:00"],
  [t.timestamptz(), "1970-01-01T00:00:00"],
  [t.timestamptz(), "1970-01-01T01:00:00+01:00"],
  [t.list(t.int()), [null]],
  [t.list(t.int()), { a: 1 }],
  [t.map(t.int(), t.int()), { keys: [1, 2], values: [1] }],
  [t.map(t.int(), t.int()), { keys: [null], values: [1] }],
  [t.map(t.int(), t.int()), [[1, 1]]],
  [t.struct({ x: optional(t.int()) }), [1]],
] as [Type, Json][])("valueFromJson() of %o refuses %o (SCH-046 to SCH-052)", (type, json) => {
  try {
    valueFromJson(type, json);
    expect.unreachable();
  } catch (error) {
    expect(isIcebergError(error, "invalid-argument")).toBe(true);
  }
});

test("NaN, infinities and types without a JSON form are refused (SCH-040, SCH-047)", () => {
  expect(() => valueToJson(t.double(), Number.NaN)).toThrow(/no JSON form/);
  expect(() => valueToJson(t.float(), Number.NEGATIVE_INFINITY)).toThrow(/no JSON form/);
  for (const type of [t.unknown(), t.variant()]) {
    expect(() => valueToJson(type, 1)).toThrow(new RegExp(`type ${type.kind}`));
    expect(() => valueFromJson(type, 1)).toThrow(new RegExp(`type ${type.kind}`));
  }
});
