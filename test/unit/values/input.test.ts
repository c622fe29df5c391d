/** Rows in, rows out, canonical JSON. @module */
import { describe, expect, test } from "vitest";
import { IcebergError, stringifyJson } from "../../../src/base/index.ts";
import { defineSchema, optional, required, type Type, t } from "../../../src/schema/index.ts";
import {
  atRow,
  canonicalJson,
  canonicalRow,
  coerceInput,
  rowCoercer,
  toRowValue,
} from "../../../src/values/index.ts";

const UUID = "f79c3e09-677c-4bbd-a479-3f349cb785e7";

describe("coerceInput()", () => {
  test.each([
    [t.long(), 5, 5n],
    [t.long(), -(2n ** 63n), -(2n ** 63n)],
    [t.int(), -0, 0],
    [t.float(), 0.1, Math.fround(0.1)],
    [t.float(), Number.NaN, Number.NaN],
    [t.decimal(9, 2), "14.2", 1420n],
    [t.decimal(9, 2), { unscaled: 142n, scale: 1 }, 1420n],
    [t.date(), "2017-11-16", 17486],
    [t.date(), new Date("1969-12-31T23:59:59.999Z"), -1],
    [t.time(), "00:00:01", 1_000_000n],
    [t.timestamp(), "1970-01-01T00:00:00.000001", 1n],
    [t.timestamptz(), "1970-01-01T01:00:00+01:00", 0n],
    [t.timestamptz(), new Date(-1), -1000n],
    [t.timestamptzNs(), new Date(1), 1_000_000n],
    [t.timestampNs(), 7n, 7n],
    [t.uuid(), UUID.toUpperCase(), UUID],
    [t.uuid(), Uint8Array.from({ length: 16 }, () => 0x11), "11111111-1111-1111-1111-111111111111"],
    [t.binary(), Uint8Array.of(1), Uint8Array.of(1)],
    [t.geometry(), Uint8Array.of(1), Uint8Array.of(1)],
    [t.geography(), Uint8Array.of(1), Uint8Array.of(1)],
    [t.variant(), { any: ["thing"] }, { any: ["thing"] }],
    [t.int(), -(2 ** 31), -(2 ** 31)],
    [t.int(), 2 ** 31 - 1, 2 ** 31 - 1],
    [t.long(), 2n ** 63n - 1n, 2n ** 63n - 1n],
    [t.date(), -0, 0],
    [t.date(), 2 ** 31 - 1, 2 ** 31 - 1],
    [t.date(), -(2 ** 31), -(2 ** 31)],
    [t.time(), 0n, 0n],
    [t.time(), 86_399_999_999n, 86_399_999_999n],
    [t.timestamp(), 2n ** 63n - 1n, 2n ** 63n - 1n],
    [t.timestamp(), -(2n ** 63n), -(2n ** 63n)],
    [t.timestamptzNs(), "1970-01-01T01:00:00.000000001+01:00", 1n],
    [t.timestampNs(), "1970-01-01T00:00:00.000000001", 1n],
    [t.decimal(9, 2), { unscaled: 1420n, scale: 2 }, 1420n],
    [t.decimal(9, 2), { unscaled: 0n, scale: 1000 }, 0n],
    [t.decimal(9, 2), { unscaled: 1n, scale: -3 }, 100_000n],
    [t.list(t.long()), [1, 2n], [1n, 2n]],
    [t.map(t.string(), t.long()), { a: 1 }, [["a", 1n]]],
    [t.map(t.long(), t.long()), new Map([[1, 2]]), [[1n, 2n]]],
    [t.map(t.long(), t.long(), { required: false }), [[1, null]], [[1n, null]]],
    [t.struct({ x: required(t.long()), y: optional(t.long()) }), { x: 1 }, { x: 1n, y: null }],
    [t.string(), undefined, null],
  ] as [Type, unknown, unknown][])("of %o takes %o (decision 2)", (type, input, held) => {
    expect(coerceInput(type, input, "c")).toEqual(held);
  });

  test.each([
    [t.long(), 2 ** 53, /64-bit bigint or a safe integer/],
    [t.long(), 2n ** 63n, /64-bit bigint/],
    [t.long(), "1", /64-bit bigint/],
    [t.long(), 1.5, /64-bit bigint/],
    [t.int(), 2 ** 31, /32-bit integer/],
    [t.int(), 1n, /32-bit integer/],
    [t.float(), 1e39, /32-bit float/],
    [t.double(), "1", /a number/],
    [t.float(), "1", /"1" to column "c": it takes a number/],
    [t.int(), -(2 ** 31) - 1, /32-bit integer/],
    [t.long(), -(2n ** 63n) - 1n, /64-bit bigint/],
    [t.string(), 5, /without lone surrogates/],
    [t.geometry(), "POINT(1 2)", /a Uint8Array/],
    [t.date(), 2 ** 31, /days as a number/],
    [t.date(), -(2 ** 31) - 1, /days as a number/],
    [t.date(), 5n, /days as a number/],
    [t.date(), new Date(Number.NaN), /days as a number/],
    [t.time(), -1n, /microseconds of the day/],
    [t.time(), 5, /microseconds of the day/],
    [t.timestamp(), 2n ** 63n, /micros as a bigint/],
    [t.timestamp(), -(2n ** 63n) - 1n, /micros as a bigint/],
    [t.timestampNs(), new Date(-8.64e15), /nanos as a bigint/],
    [t.timestampNs(), "1970-01-01T00:00:00Z", /without offset/],
    [t.timestamptzNs(), "1970-01-01T00:00:00", /with offset/],
    [t.uuid(), new Uint8Array(15), /a uuid as text or 16 bytes/],
    [t.uuid(), new Array(16).fill(1), /a uuid as text or 16 bytes/],
    [t.decimal(9, 2), { unscaled: 1, scale: 2 }, /as text or/],
    [t.decimal(9, 2), { unscaled: 1n }, /as text or/],
    [t.decimal(9, 2), { unscaled: 1n, scale: 1.5 }, /as text or/],
    [t.decimal(9, 2), { unscaled: 0n, scale: 1001 }, /as text or/],
    [t.decimal(9, 2), { unscaled: 0n, scale: -1001 }, /as text or/],
    [t.decimal(9, 2), { unscaled: 10n ** 9n, scale: 2 }, /decimal\(9, 2\)/],
    [t.map(t.string(), t.long()), "ab", /pairs or an object/],
    [t.map(t.string(), t.long()), 5, /pairs or an object/],
    [t.map(t.string(), t.long()), new Uint8Array(2), /pairs or an object/],
    [t.map(t.string(), t.long()), new Date(0), /pairs or an object/],
    [t.map(t.long(), t.long()), 5, /\[key, value\] pairs$/],
    [t.struct({ x: required(t.long()) }), 5, /5 to column "c": it takes an object/],
    [t.struct({ x: required(t.long()) }), new Uint8Array(1), /an object/],
    [t.boolean(), 1, /a boolean/],
    [t.decimal(4, 2), "100.00", /decimal\(4, 2\)/],
    [t.decimal(9, 2), 14.2, /as text or/],
    [t.decimal(9, 2), { unscaled: 1n, scale: 3 }, /decimal\(9, 2\)/],
    [t.date(), "2023-02-29", /YYYY-MM-DD/],
    [t.date(), 1.5, /days as a number/],
    [t.time(), 86_400_000_000n, /microseconds of the day/],
    [t.timestamp(), "1970-01-01T00:00:00Z", /without offset/],
    [t.timestamptz(), "1970-01-01T00:00:00", /with offset/],
    [t.timestamptz(), 0, /micros as a bigint/],
    [t.timestamptz(), new Date(Number.NaN), /a Date/],
    [t.timestamptzNs(), new Date(8.64e15), /nanos as a bigint/],
    [t.string(), "a\ud800", /without lone surrogates/],
    [t.uuid(), "x", /a uuid/],
    [t.fixed(2), Uint8Array.of(1), /of 2 bytes/],
    [t.binary(), [1], /a Uint8Array/],
    [t.unknown(), 1, /only null/],
    [t.list(t.long()), "ab", /an array of long/],
    [t.list(t.long()), [null], /c\.element.*required/],
    [t.list(t.long()), ["x"], /c\.element/],
    [t.map(t.long(), t.long()), { a: 1 }, /a Map or an array/],
    [t.map(t.string(), t.long()), { a: "x" }, /c\.value/],
    [t.map(t.string(), t.long()), [["a"]], /\[key, value\] pairs/],
    [t.struct({ x: required(t.long()) }), {}, /c\.x.*missing/],
    [t.struct({ x: required(t.long()) }), { x: 1, z: 1 }, /c\.z.*no such column/],
    [t.struct({ x: required(t.long()) }), [1], /an object/],
  ] as [Type, unknown, RegExp][])("of %o refuses %o (decision 2)", (type, input, message) => {
    const error = caught(() => coerceInput(type, input, "c"));
    expect(error.code).toBe("invalid-row");
    expect(error.message).toMatch(message);
    expect(error.message).toMatch(/"c[."]/);
  });
});

describe("rowCoercer()", () => {
  const schema = defineSchema({
    id: required(t.long()),
    name: optional(t.string()),
    level: required(t.int(), { writeDefault: 3 }),
  });
  const coerce = rowCoercer(schema);

  test("fills every column, with the write default where a row omits one (SCH-037)", () => {
    expect(coerce({ id: 1 })).toEqual({ id: 1n, name: null, level: 3 });
    expect(coerce({ level: 4, id: 1, name: undefined })).toEqual({ id: 1n, name: null, level: 4 });
  });

  test("names column and row in errors (SCH-039, decision 2)", () => {
    expect(caught(() => coerce({}, 7)).message).toBe(
      'Cannot write column "id": it is required, but its value is missing; give it one (row 7)',
    );
    expect(caught(() => coerce({ id: 1, level: null }, 0)).message).toMatch(
      /"level".*null; give it one \(row 0\)/,
    );
    expect(caught(() => coerce({ id: 1, nam: "x" }, 2)).message).toMatch(
      /"nam".*no such column; it has id, name, level \(row 2\)/,
    );
    for (const row of [null, undefined, 5, "row", [1], new Uint8Array(1)]) {
      const error = caught(() => coerce(row, 2));
      expect(error.message).toMatch(/to the row: it takes an object \(row 2\)/);
      expect(error.context).toEqual({ column: "the row", value: row, row: 2 });
    }
    expect(caught(() => coerce({})).message).toMatch(/give it one$/);
    expect(caught(() => coerce({})).context).toEqual({ column: "id" });
    expect(caught(() => coerce({ id: "x" }, 2)).context).toMatchObject({ column: "id", value: "x", row: 2 });
  });

  test("notices unknown keys however many columns the row omits (SCH-039)", () => {
    expect(caught(() => coerce({ id: 1, nam: "x" })).context).toEqual({ column: "nam", value: "x" });
    expect(caught(() => coerce({ id: 1, nam: "x", lev: 2 })).context).toEqual({ column: "nam", value: "x" });
  });

  test("the default of a struct is filled from its fields' defaults (SCH-041)", () => {
    const inner = t.struct({ a: required(t.int(), { writeDefault: 7 }), b: optional(t.int()) });
    const nested = defineSchema({ s: required(inner, { writeDefault: {} }) });
    expect(rowCoercer(nested)({})).toEqual({ s: { a: 7, b: null } });
  });

  test("a column __proto__ is a member like others", () => {
    const odd = defineSchema({ ["__proto__"]: optional(t.string()) });
    expect(Object.getOwnPropertyDescriptor(rowCoercer(odd)({}), "__proto__")).toEqual({
      value: null,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  });

  test("columns named like members of Object.prototype are read only from the row (SCH-029)", () => {
    const odd = defineSchema({ constructor: optional(t.string()), ["__proto__"]: optional(t.string()) });
    const row = rowCoercer(odd);
    expect(Object.entries(row({}))).toEqual([
      ["constructor", null],
      ["__proto__", null],
    ]);
    expect(Object.entries(row(JSON.parse('{"__proto__": "p", "constructor": "c"}')))).toEqual([
      ["constructor", "c"],
      ["__proto__", "p"],
    ]);
  });
});

describe("errors of inputs", () => {
  test.each([
    ["a", '"a"'],
    ["x".repeat(80), `"${"x".repeat(80)}"`],
    ["x".repeat(81), `"${"x".repeat(80)}…"`],
    [5n, "5n"],
    [5, "5"],
    [true, "true"],
    [Uint8Array.of(1, 255), "bytes 01ff (2)"],
    [new Uint8Array(40), `bytes ${"00".repeat(32)} (40)`],
    [[1, 2], "an array of 2"],
    [new Date(3), "Date 3"],
    [{ a: 1 }, "an object"],
  ])("show the value %o with its type", (input, shown) => {
    expect(caught(() => coerceInput(t.unknown(), input, "c")).message).toBe(
      `Cannot write ${shown} to column "c": it takes only null: its type is unknown`,
    );
  });

  test("a pair of null is shown, too", () => {
    const type = t.map(t.long(), t.long());
    expect(caught(() => coerceInput(type, [null], "c")).message).toMatch(/^Cannot write null to column "c"/);
  });

  test("carry the column, the value and, for text and digits that do not fit, why", () => {
    const error = caught(() => coerceInput(t.date(), "2023-02-29", "c"));
    expect(error.context).toEqual({ column: "c", value: "2023-02-29" });
    expect(error.cause).toBeInstanceOf(IcebergError);
    const digits = { unscaled: 1n, scale: 3 };
    expect(caught(() => coerceInput(t.decimal(9, 2), digits, "c")).cause).toBeInstanceOf(IcebergError);
    expect("cause" in caught(() => coerceInput(t.date(), [], "c"))).toBe(false);
  });

  test("atRow() adds the row to errors of rows only", () => {
    const other = new IcebergError("corrupt-file", "not of the row");
    const work = (error: Error) => () => {
      throw error;
    };
    expect(caught(() => atRow(3, work(other)))).toBe(other);
    const plain = new IcebergError("invalid-row", "no", { context: { column: "c" } });
    const added = caught(() => atRow(3, work(plain)));
    expect(added).toMatchObject({ message: "no (row 3)", context: { column: "c", row: 3 }, cause: plain });
  });
});

test("toRowValue() prints decimals, nested ones too, and keeps the rest", () => {
  const type = t.struct({
    price: required(t.decimal(9, 2)),
    list: required(t.list(t.decimal(9, 2), { required: false })),
    map: required(t.map(t.decimal(3, 1), t.long())),
    id: optional(t.long()),
  });
  const held = { price: 1420n, list: [5n, null], map: [[15n, 1n]], id: null } as const;
  expect(toRowValue(type, held)).toEqual({
    price: "14.20",
    list: ["0.05", null],
    map: [["1.5", 1n]],
    id: null,
  });
  expect(toRowValue(type, { list: [], map: [] } as never)).toMatchObject({ price: null, id: null });
  expect(toRowValue(t.decimal(9, 2), null)).toBeNull();
});

test("toRowValue() copies only what holds decimals", () => {
  const list = [1n, 2n];
  const map = [[1n, 2n]] as const;
  expect(toRowValue(t.list(t.long()), list)).toBe(list);
  expect(toRowValue(t.map(t.long(), t.long()), map)).toBe(map);
  expect(toRowValue(t.map(t.long(), t.decimal(3, 1)), map)).toEqual([[1n, "0.2"]]);
  expect(toRowValue(t.list(t.list(t.decimal(3, 1))), [[5n]])).toEqual([["0.5"]]);
});

describe("canonicalJson() (decision 13)", () => {
  test.each([
    [t.long(), 2n ** 63n - 1n, "9223372036854775807"],
    [t.decimal(9, 2), 1400n, '"14.00"'],
    [t.double(), Number.NaN, '"NaN"'],
    [t.double(), Number.NEGATIVE_INFINITY, '"-Infinity"'],
    [t.double(), 1, "1.0"],
    [t.double(), -0, "-0.0"],
    [t.binary(), Uint8Array.of(0, 255), '"00ff"'],
    [t.uuid(), UUID, `"${UUID}"`],
    [t.date(), 17486, '"2017-11-16"'],
    [t.time(), 0n, '"00:00:00.000000"'],
    [t.timestamptz(), 1759276800000000n, '"2025-10-01T00:00:00.000000Z"'],
    [t.timestamp(), 1759276800000000n, '"2025-10-01T00:00:00.000000"'],
    [t.timestamptzNs(), 1759276800000000000n, '"2025-10-01T00:00:00.000000000Z"'],
    [t.timestampNs(), 1n, '"1970-01-01T00:00:00.000000001"'],
    [t.list(t.long()), [1n], "[1]"],
    [t.map(t.string(), t.long(), { required: false }), [["a", null]], '[["a",null]]'],
    [t.string(), null, "null"],
    [t.boolean(), true, "true"],
    [t.int(), -5, "-5"],
    [t.string(), "é", '"é"'],
    [t.float(), 1.5, "1.5"],
    [t.decimal(9, 2), "14.00", '"14.00"'],
    [t.fixed(2), Uint8Array.of(1, 2), '"0102"'],
    [t.geometry(), Uint8Array.of(1, 2), '"0102"'],
    [t.geography(), Uint8Array.of(1, 2), '"0102"'],
    [t.timestampNs(), 0n, '"1970-01-01T00:00:00.000000000"'],
    [t.unknown(), 5, "null"],
    [t.variant(), 5n, "5"],
    [t.variant(), "x", '"x"'],
    [t.variant(), false, "false"],
    [t.variant(), 1.5, "1.5"],
    [t.variant(), Number.POSITIVE_INFINITY, '"Infinity"'],
    [t.variant(), Uint8Array.of(1, 2), '"0102"'],
    [t.variant(), new Date(0), '"1970-01-01T00:00:00.000Z"'],
    [t.variant(), { a: [null, 1n], b: { c: undefined } }, '{"a":[null,1],"b":{"c":null}}'],
  ] as [Type, never, string][])("of %o %s", (type, value, text) => {
    expect(stringifyJson(canonicalJson(type, value))).toBe(text);
  });

  test("rows are objects in the order of the schema, whatever the order of the row", () => {
    const schema = defineSchema({ b: required(t.long()), a: optional(t.struct({ y: optional(t.int()) })) });
    expect(stringifyJson(canonicalRow(schema.fields, { a: { y: 1 }, b: 2n }))).toBe('{"b":2,"a":{"y":1}}');
    expect(stringifyJson(canonicalRow(schema.fields, { b: 2n }))).toBe('{"b":2,"a":null}');
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
