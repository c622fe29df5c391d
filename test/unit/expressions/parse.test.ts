/** Filter text: grammar, round trip and errors. @module */
import { describe, expect, test } from "vitest";
import { IcebergError } from "../../../src/base/index.ts";
import {
  alwaysFalse,
  alwaysTrue,
  and,
  type Expression,
  eq,
  gt,
  gte,
  isIn,
  isNaN as isNan,
  isNull,
  lt,
  lte,
  not,
  notEq,
  notIn,
  notNaN,
  notNull,
  notStartsWith,
  or,
  parseExpression,
  startsWith,
  toText,
} from "../../../src/expressions/index.ts";
import { bucket, day, month, truncate } from "../../../src/partitioning/index.ts";

const READS: readonly (readonly [string, Expression])[] = [
  ["a = 1", eq("a", 1)],
  ["a == 1", eq("a", 1)],
  ["a <> 'x'", notEq("a", "x")],
  ["a != 'it''s'", notEq("a", "it's")],
  ["a<5 AND b>=6", and(lt("a", 5), gte("b", 6))],
  ["a <= 5 or b > 6 and c = 1", or(lte("a", 5), and(gt("b", 6), eq("c", 1)))],
  ["(a = 1 or b = 2) and not c = 3", and(or(eq("a", 1), eq("b", 2)), not(eq("c", 3)))],
  ["a In ('x', 'y')", isIn("a", ["x", "y"])],
  ["a not in (1)", notIn("a", [1])],
  ["a in ()", isIn("a", [])],
  ["a between 1 and 5 and b = 2", and(gte("a", 1), lte("a", 5), eq("b", 2))],
  ["a not between 1 and 5", or(lt("a", 1), gt("a", 5))],
  ["a is null", isNull("a")],
  ["a IS NOT NULL", notNull("a")],
  ["a is nan", isNan("a")],
  ["a is not NaN", notNaN("a")],
  ["a like 'abc%'", startsWith("a", "abc")],
  ["a not like '10\\%%'", notStartsWith("a", "10%")],
  ["a like 'abc'", eq("a", "abc")],
  ["a starts with 'x_'", startsWith("a", "x_")],
  ["a not starts with 'x'", notStartsWith("a", "x")],
  ["true", alwaysTrue],
  ["not true", alwaysFalse],
  ["5 < a", gt("a", 5)],
  ["'x' = a.b.c", eq("a.b.c", "x")],
  ['"a b".`c``d` = 1', eq("a b.c`d", 1)],
  ["a = 9223372036854775807", eq("a", 9223372036854775807n)],
  ["a = -9223372036854775808", eq("a", -9223372036854775808n)],
  ["a = 1.5", eq("a", 1.5)],
  ["a = 1.50", eq("a", { unscaled: 150n, scale: 2 })],
  ["a = 123456789012345678.25", eq("a", { unscaled: 12345678901234567825n, scale: 2 })],
  ["a = 1e3", eq("a", 1000)],
  ["a < -Infinity", lt("a", Number.NEGATIVE_INFINITY)],
  ["flag = true", eq("flag", true)],
  ["a = X'0aFF'", eq("a", Uint8Array.of(10, 255))],
  ["d = date '2026-01-31'", eq("d", "2026-01-31")],
  ["t >= TIMESTAMP '2026-01-31T01:02:03.004Z'", gte("t", new Date("2026-01-31T01:02:03.004Z"))],
  ["t >= TIMESTAMP '2026-01-31 01:02:03.000004'", gte("t", "2026-01-31 01:02:03.000004")],
  ["date = '2026-01-31'", eq("date", "2026-01-31")],
  ["month(ts) = 5", eq(month("ts"), 5)],
  ["days(ts) = '2026-01-31'", eq(day("ts"), "2026-01-31")],
  ['bucket(16, "user id") in (1, 2)', isIn(bucket(16, "user id"), [1, 2])],
  ["truncate(4, name) = 'abcd'", eq(truncate(4, "name"), "abcd")],
  ["constructor = 1", eq("constructor", 1)],
  ["ключ = 'значение'", eq("ключ", "значение")],
];

describe("parseExpression()", () => {
  test.each(READS)("reads %s", (text, expected) => {
    expect(parseExpression(text)).toStrictEqual(expected);
  });

  test.each(READS)("toText() of %s reads back the same", (_, expression) => {
    expect(parseExpression(toText(expression))).toStrictEqual(expression);
  });

  test("the same text comes out however it was spaced and cased", () => {
    expect(toText(parseExpression("  A='x'\n  and\tb  IS not nUll "))).toBe("A = 'x' AND b IS NOT NULL");
  });

  test.each([
    "null",
    "And",
    "a.in.b",
    "true",
    "infinity",
    "1st",
    "a b",
    "",
    'q"q',
    "date",
    "timestamp",
    "month",
    "x",
  ])("a column named %j survives its text", (name) => {
    for (const made of [eq(name, "v"), isNull(month(name)), not(gt(name, 1))]) {
      expect(parseExpression(toText(made))).toStrictEqual(made);
    }
  });

  const FAULTS: readonly (readonly [string, number, RegExp])[] = [
    ["", 1, /expected a predicate/],
    ["a", 2, /expected =, <>.*found the end/],
    ["a =", 4, /expected a value/],
    ["a = b", 5, /single quotes: 'b'/],
    ['kind = "error"', 8, /single quotes: 'error'/],
    ["a = null", 5, /use IS NULL/],
    ["a <> nan", 6, /use IS NOT NAN/],
    ["a = 'x", 5, /closing ' is missing/],
    ["a = 1 b = 2", 7, /expected AND, OR or the end/],
    ["(a = 1", 7, /expected AND, OR or \)/],
    ["a in 1", 6, /expected \(/],
    ["a in (1 2)", 9, /expected , or \)/],
    ["a like '%x'", 8, /only wildcard is a % at its end/],
    ["a like 'x_y'", 8, /only wildcard/],
    ["a like 5", 8, /pattern/],
    ["a is 5", 6, /expected NULL, NAN/],
    ["a not 5", 7, /expected IN, BETWEEN/],
    ["5 = 5", 5, /two values/],
    ["1st = 5", 2, /quote names/],
    ["a = 5; drop", 6, /unexpected character ";"/],
    ["and = 5", 1, /write "and"/],
    ["week(ts) = 5", 1, /transforms year, month/],
    ["bucket(x, id) = 5", 8, /positive number/],
    ["bucket(0, id) = 5", 8, /positive number/],
    ["a = X'0'", 5, /even number of hex/],
    ["a = 1e999", 5, /range of doubles/],
    ["a = \ud800", 5, /unexpected character/],
    ["a = '\ud800'", 5, /lone surrogates/],
    ["toString(a) = 1", 1, /transforms year/],
  ];
  test.each(FAULTS)("refuses %s", (text, position, message) => {
    const error = errorOf(() => parseExpression(text));
    expect(error.code).toBe("invalid-expression");
    expect(error.message).toMatch(message);
    expect(error.context.position).toBe(position);
  });

  test("an error shows the line and a caret under the fault", () => {
    const error = errorOf(() => parseExpression("a = 1 and\nkind = oops and b = 2"));
    expect(error.message.split("\n").slice(1)).toStrictEqual(["  kind = oops and b = 2", "         ^"]);
  });

  test("an error in a long line shows what stands around it", () => {
    const error = errorOf(() => parseExpression(`${"a = 1 and ".repeat(50)}b = oops`));
    const [, line, caret] = error.message.split("\n");
    expect(line!.length).toBeLessThan(130);
    expect(line!.slice(caret!.indexOf("^"))).toBe("oops");
  });

  test("nesting beyond the limit is an error, a chain of any length is not", () => {
    expect(errorOf(() => parseExpression(`${"(".repeat(300)}a = 1${")".repeat(300)}`)).message).toMatch(
      /nesting deeper than 200/,
    );
    expect(errorOf(() => parseExpression(`${"not ".repeat(100_000)}a = 1`)).message).toMatch(
      /nesting deeper/,
    );
    const chain = parseExpression(Array.from({ length: 20_000 }, (_, i) => `a = ${i}`).join(" or "));
    expect(chain.op === "or" && chain.operands.length).toBe(20_000);
    expect(errorOf(() => parseExpression(" ".repeat(1_000_001))).message).toMatch(/1000001 characters/);
  });
});

function errorOf(run: () => unknown): IcebergError {
  try {
    run();
  } catch (error) {
    if (error instanceof IcebergError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}
