/** Evaluation of bound predicates: truth tables of the Expressions spec. @module */
import { describe, expect, test } from "vitest";
import { bind, columnEvaluator, evaluator, parseExpression } from "../../../src/expressions/index.ts";
import { Schema, type StructType, typeFromString } from "../../../src/schema/index.ts";

const inner: StructType = {
  kind: "struct",
  fields: [
    { id: 11, name: "x", required: false, type: typeFromString("int") },
    {
      id: 12,
      name: "deep",
      required: false,
      type: {
        kind: "struct",
        fields: [{ id: 13, name: "y", required: false, type: typeFromString("string") }],
      },
    },
  ],
};
const schema = new Schema([
  { id: 1, name: "i", required: false, type: typeFromString("int") },
  { id: 2, name: "l", required: false, type: typeFromString("long") },
  { id: 3, name: "d", required: false, type: typeFromString("double") },
  { id: 4, name: "s", required: false, type: typeFromString("string") },
  { id: 5, name: "b", required: false, type: typeFromString("binary") },
  { id: 6, name: "t", required: false, type: typeFromString("boolean") },
  { id: 7, name: "u", required: false, type: typeFromString("uuid") },
  { id: 8, name: "ts", required: false, type: typeFromString("timestamp") },
  { id: 9, name: "constructor", required: false, type: typeFromString("int") },
  { id: 10, name: "n", required: false, type: inner },
]);

function matching(filter: string, column: string, values: readonly unknown[]): readonly unknown[] {
  const matches = evaluator(bind(parseExpression(filter), schema));
  return values.filter((value) => matches({ [column]: value }));
}

describe("evaluator()", () => {
  const ints = [null, undefined, -1, 0, 5, 6];
  test.each([
    ["i < 5", [-1, 0]],
    ["i <= 5", [-1, 0, 5]],
    ["i > 0", [5, 6]],
    ["i >= 0", [0, 5, 6]],
    ["i = 5", [5]],
    ["i <> 5", [null, undefined, -1, 0, 6]],
    ["i in (5, 6)", [5, 6]],
    ["i not in (5, 6)", [null, undefined, -1, 0]],
    ["i is null", [null, undefined]],
    ["i is not null", [-1, 0, 5, 6]],
    ["not (i < 5)", [null, undefined, 5, 6]],
    ["i > 0 and i < 6", [5]],
    ["i < 0 or i > 5 or i is null", [null, undefined, -1, 6]],
  ])("nulls: %s (SCN-019, SCN-021)", (filter, expected) => {
    expect(matching(filter, "i", ints)).toStrictEqual(expected);
  });

  const doubles = [null, Number.NaN, Number.NEGATIVE_INFINITY, -1, -0, 0, 1, Number.POSITIVE_INFINITY];
  test.each([
    ["d < 0", [Number.NEGATIVE_INFINITY, -1]],
    ["d <= 0", [Number.NEGATIVE_INFINITY, -1, -0, 0]],
    ["d >= 1", [1, Number.POSITIVE_INFINITY]],
    ["d = 0", [-0, 0]],
    ["d <> 0", [null, Number.NaN, Number.NEGATIVE_INFINITY, -1, 1, Number.POSITIVE_INFINITY]],
    ["d in (0, 1)", [-0, 0, 1]],
    ["d not in (0, 1)", [null, Number.NaN, Number.NEGATIVE_INFINITY, -1, Number.POSITIVE_INFINITY]],
    ["d is nan", [Number.NaN]],
    ["d is not nan", [null, Number.NEGATIVE_INFINITY, -1, -0, 0, 1, Number.POSITIVE_INFINITY]],
    ["not (d < 0)", [null, Number.NaN, -0, 0, 1, Number.POSITIVE_INFINITY]],
  ])("NaN and zeros: %s (SCN-020, SCN-023)", (filter, expected) => {
    expect(matching(filter, "d", doubles)).toStrictEqual(expected);
  });

  test("prefixes and null (SCN-022)", () => {
    const texts = [null, "", "a", "ab", "b", "\u{1f9ca}a"];
    expect(matching("s starts with 'a'", "s", texts)).toStrictEqual(["a", "ab"]);
    expect(matching("s not starts with 'a'", "s", texts)).toStrictEqual([null, "", "b", "\u{1f9ca}a"]);
    expect(matching("s like '%'", "s", texts)).toStrictEqual(texts.slice(1));
  });

  test("orders: code points, unsigned bytes, false below true, uuids by byte (SCN-023)", () => {
    expect(matching("s > '\uffff'", "s", ["\u{10000}", "\ue000"])).toStrictEqual(["\u{10000}"]);
    const bytes = [Uint8Array.of(0x7f), Uint8Array.of(0x80), Uint8Array.of(0x80, 0)];
    expect(matching("b > X'80'", "b", bytes)).toStrictEqual([bytes[2]]);
    expect(matching("b = X'80' or b in (X'7f', X'00')", "b", bytes)).toStrictEqual([bytes[0], bytes[1]]);
    expect(matching("b <> X'80'", "b", [...bytes, null])).toStrictEqual([bytes[0], bytes[2], null]);
    expect(matching("t < true", "t", [true, false, null])).toStrictEqual([false]);
    const low = "0fffffff-0000-0000-0000-000000000000";
    const high = "f0000000-0000-0000-0000-000000000000";
    expect(matching(`u > '${low}'`, "u", [low, high])).toStrictEqual([high]);
  });

  test("int64 is exact", () => {
    expect(matching("l = 9007199254740993", "l", [9007199254740992n, 9007199254740993n])).toStrictEqual([
      9007199254740993n,
    ]);
    expect(matching("l > 9007199254740992", "l", [9007199254740992n, 9007199254740993n])).toStrictEqual([
      9007199254740993n,
    ]);
  });

  test("transform terms apply to rows, the smallest integers included", () => {
    expect(matching("truncate(10, i) < 0", "i", [-(2 ** 31), -1, 0, null])).toStrictEqual([-(2 ** 31), -1]);
    expect(matching("truncate(10, l) = -10", "l", [-(2n ** 63n), -1n, -10n, 0n])).toStrictEqual([-1n, -10n]);
    expect(matching("day(ts) = '1969-12-31'", "ts", [-1n, 0n, null])).toStrictEqual([-1n]);
    expect(matching("month(ts) is null", "ts", [-1n, null])).toStrictEqual([null]);
  });

  test("nested columns, null parents and names of Object.prototype", () => {
    const of = (filter: string) => evaluator(bind(parseExpression(filter), schema));
    const rows = [{ n: { x: 1, deep: { y: "a" } } }, { n: { x: 2, deep: null } }, { n: null }, {}];
    expect(rows.map(of("n.x = 1"))).toStrictEqual([true, false, false, false]);
    expect(rows.map(of("n.deep.y = 'a'"))).toStrictEqual([true, false, false, false]);
    expect(rows.map(of("n.deep.y is null"))).toStrictEqual([false, true, true, true]);
    expect([{ constructor: 1 }, {}].map((row) => of("constructor is not null")(row))).toStrictEqual([
      true,
      false,
    ]);
  });

  test("columnEvaluator() reads columns by row index", () => {
    const columns = { i: Int32Array.of(1, 5, 9), s: ["a", null, "b"] };
    const bound = bind(parseExpression("i > 1 and s is not null"), schema);
    const matches = columnEvaluator(bound, (term) => columns[term.name as "i" | "s"]);
    expect([0, 1, 2].map(matches)).toStrictEqual([false, false, true]);
  });
});
