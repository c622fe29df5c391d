/** Binding: names, literals and what types already decide. @module */
import { describe, expect, test } from "vitest";
import { isIcebergError } from "../../../src/base/index.ts";
import {
  type BindOptions,
  bind,
  columnIdsOf,
  columnsOf,
  type Expression,
  eq,
  evaluator,
  gt,
  gte,
  isIn,
  isNull,
  lt,
  lte,
  notEq,
  notIn,
  notNull,
  parseExpression,
  rewriteNot,
  startsWith,
  toText,
} from "../../../src/expressions/index.ts";
import { bucket, hour, month, truncate, year } from "../../../src/partitioning/index.ts";
import { Schema, typeFromString } from "../../../src/schema/index.ts";

const COLUMNS: readonly string[] = [
  "boolean",
  "int",
  "long",
  "float",
  "double",
  "date",
  "time",
  "timestamp",
  "timestamptz",
  "timestamp_ns",
  "timestamptz_ns",
  "string",
  "uuid",
  "binary",
  "fixed[4]",
  "decimal(9,2)",
  "unknown",
];

/** One optional column per type, named after it, and the same required with an `r_` before the name. */
const schema = new Schema(
  COLUMNS.flatMap((text, index) => {
    const type = typeFromString(text);
    const name = text.replace(/[[(].*/, "");
    return [
      { id: 10 + index, name, required: false, type },
      { id: 110 + index, name: `r_${name}`, required: text !== "unknown", type },
    ];
  }),
  { schemaId: 3 },
);

function text(expression: Expression | string, options?: BindOptions): string {
  return toText(
    bind(typeof expression === "string" ? parseExpression(expression) : expression, schema, options),
  );
}

function message(expression: Expression | string, options?: BindOptions): string {
  try {
    text(expression, options);
  } catch (error) {
    if (isIcebergError(error, "invalid-expression")) return error.message;
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe("bind() resolves columns (SCN-024)", () => {
  const nested = new Schema([
    { id: 1, name: "ID", required: true, type: typeFromString("long") },
    { id: 2, name: "id", required: true, type: typeFromString("long") },
    {
      id: 3,
      name: "s",
      required: false,
      type: { kind: "struct", fields: [{ id: 4, name: "x", required: true, type: typeFromString("int") }] },
    },
    {
      id: 5,
      name: "r",
      required: true,
      type: { kind: "struct", fields: [{ id: 6, name: "x", required: true, type: typeFromString("int") }] },
    },
    {
      id: 7,
      name: "l",
      required: false,
      type: { kind: "list", elementId: 8, elementRequired: true, element: typeFromString("int") },
    },
  ]);

  test("by exact name unless asked otherwise", () => {
    expect(
      columnIdsOf(bind(parseExpression("id = 1 and ID = 2 and s.x = 3 and id = 4"), nested)),
    ).toStrictEqual([2, 1, 4]);
    expect(message("INT = 1")).toMatch(/schema 3 has no such column; did you mean int/);
    expect(text("INT = 1", { caseSensitive: false })).toBe("int = 1");
    expect(() => bind(eq("iD", 1), nested, { caseSensitive: false })).toThrow(
      /without case it names ID and id/,
    );
  });

  test("a missing column's error lists similar or available ones", () => {
    expect(message(eq("timestmp", 1))).toBe(
      'Cannot bind predicate on "timestmp": schema 3 has no such column; did you mean timestamp?',
    );
    expect(message(eq("nope_at_all", 1))).toMatch(/it has boolean, r_boolean, int, .* and 22 more$/);
  });

  test("columns inside lists and maps cannot be bound, lists themselves can be tested for null", () => {
    expect(() => bind(eq("l.element", 1), nested)).toThrow(/inside a list or map/);
    expect(toText(bind(isNull("l"), nested))).toBe("l IS NULL");
    expect(() => bind(eq("l", 1), nested)).toThrow(/only isNull and notNull apply/);
  });

  test("null tests fold only when the column and all its parents are required", () => {
    expect(text(isNull("r_int"))).toBe("FALSE");
    expect(text(notNull("r_int"))).toBe("TRUE");
    expect(toText(bind(isNull("s.x"), nested))).toBe("s.x IS NULL");
    expect(toText(bind(isNull("r.x"), nested))).toBe("FALSE");
  });

  test("an unknown column is always null", () => {
    expect(text("unknown is null")).toBe("TRUE");
    expect(text("unknown = 5 or unknown in ('a') or unknown < 1")).toBe("FALSE");
    expect(text("unknown <> 5 and unknown not in ('a')")).toBe("TRUE");
  });

  test("not over an ordering also matches null and NaN (SCN-019)", () => {
    expect(text("not (int < 5)")).toBe("int >= 5 OR int IS NULL");
    expect(text("not (double < 5)")).toBe("double >= 5 OR double IS NULL OR double IS NAN");
    expect(text("not (r_int < 5)")).toBe("r_int >= 5");
    expect(text("not (int = 5 and string like 'a%')")).toBe("int <> 5 OR string NOT STARTS WITH 'a'");
    expect(toText(rewriteNot(parseExpression("not (a < 5 or b is null)")))).toBe(
      "NOT (a < 5) AND b IS NOT NULL",
    );
    expect(columnsOf(parseExpression("not (a < 5 or b is null) and month(a) = 1"))).toStrictEqual(["a", "b"]);
  });
});

describe("bind() converts literals (SCN-025 to SCN-028)", () => {
  const FOLDS: readonly (readonly [string, string])[] = [
    // Beyond the range (SCN-025): a null never matches `<`, so the fold keeps the null test.
    ["int < 1099511627776", "int IS NOT NULL"],
    ["r_int <= 1099511627776", "TRUE"],
    ["int > 1099511627776 or int = 1099511627776", "FALSE"],
    ["int <> 1099511627776", "TRUE"],
    ["int in (1, 1099511627776)", "int = 1"],
    ["int not in (1099511627776)", "TRUE"],
    ["int > -1099511627776", "int IS NOT NULL"],
    ["int < -1099511627776", "FALSE"],
    ["long < 99999999999999999999", "long IS NOT NULL"],
    ["long >= 9223372036854775807", "long >= 9223372036854775807"],
    ["int < Infinity and int > -Infinity", "int IS NOT NULL AND int IS NOT NULL"],
    ["decimal < 10000000.00", "decimal IS NOT NULL"],
    ["decimal <= -9999999.99", "decimal <= -9999999.99"],
    ["timestamp_ns < '9999-01-01T00:00:00'", "timestamp_ns IS NOT NULL"],
    ["timestamp_ns < '1000-01-01T00:00:00'", "FALSE"],
    ["timestamptz < '+999999-01-01T00:00:00Z'", "timestamptz IS NOT NULL"],
    ["timestamp_ns > '-999999-01-01T00:00:00'", "timestamp_ns IS NOT NULL"],
    ["time >= 86400000000", "FALSE"],
    // Between two values of the type (SCN-026).
    ["int < 1.5", "int <= 1"],
    ["int >= 1.5", "int > 1"],
    ["int = 1.5", "FALSE"],
    ["int <> 1.5", "TRUE"],
    ["int > -1.5", "int > -2"],
    ["int = 2.00", "int = 2"],
    ["date < '2026-01-31T12:00:00'", "date <= DATE '2026-01-31'"],
    ["date >= '2026-01-31T12:00:00'", "date > DATE '2026-01-31'"],
    ["date >= '2026-01-31T00:00:00.000000001'", "date > DATE '2026-01-31'"],
    ["date < '2026-01-31T00:00:00'", "date < DATE '2026-01-31'"],
    ["timestamp < '2026-01-31T00:00:00.000000001'", "timestamp <= TIMESTAMP '2026-01-31T00:00:00.000000'"],
    ["timestamp = '2026-01-31T00:00:00.000000001'", "FALSE"],
    // Floats: the nearest value, but a finite literal beyond the range is below Infinity.
    ["float < 1e300", "float <= 3.4028234663852886e+38"],
    ["float > 1e300", "float > 3.4028234663852886e+38"],
    ["float > -1e300", "float > -Infinity"],
    ["float = 0.1", "float = 0.10000000149011612"],
    ["double = -0", "double = 0"],
    // Text to temporal types.
    ["date = '2026-01-31'", "date = DATE '2026-01-31'"],
    ["date = 20484", "date = DATE '2026-01-31'"],
    ["timestamp = '2026-01-31'", "timestamp = TIMESTAMP '2026-01-31T00:00:00.000000'"],
    ["timestamptz = '2026-01-31T02:00:00+02:00'", "timestamptz = TIMESTAMP '2026-01-31T00:00:00.000000Z'"],
    [
      "timestamptz_ns = '2026-01-31T00:00:00.000000001Z'",
      "timestamptz_ns = TIMESTAMP '2026-01-31T00:00:00.000000001Z'",
    ],
    ["timestamp_ns = 5", "timestamp_ns = TIMESTAMP '1970-01-01T00:00:00.000000005'"],
    ["time = '01:02:03.5'", "time = TIME '01:02:03.5'"],
    [
      "timestamp = TIMESTAMP '2026-01-31T00:00:00.000Z'",
      "timestamp = TIMESTAMP '2026-01-31T00:00:00.000000'",
    ],
    ["timestamp < -1", "timestamp < TIMESTAMP '1969-12-31T23:59:59.999999'"],
    // Decimals (SCN-027).
    ["decimal = 1.5", "decimal = 1.50"],
    ["decimal = '1.50'", "decimal = 1.50"],
    ["decimal = 1.500", "decimal = 1.50"],
    ["decimal = 3", "decimal = 3.00"],
    // Sets (SCN-028).
    ["int in (1)", "int = 1"],
    ["int not in (2)", "int <> 2"],
    ["int in ()", "FALSE"],
    ["int not in ()", "TRUE"],
    ["int in (1, 2, 1, 1.0)", "int IN (1, 2)"],
    ["binary in (X'01', X'01')", "binary = X'01'"],
    // Others.
    ["uuid = 'F79C3E09-677C-4BBD-A479-3F349CB785E7'", "uuid = 'f79c3e09-677c-4bbd-a479-3f349cb785e7'"],
    ["uuid = X'f79c3e09677c4bbda4793f349cb785e7'", "uuid = 'f79c3e09-677c-4bbd-a479-3f349cb785e7'"],
    ["fixed = '0A0b0c0d'", "fixed = X'0a0b0c0d'"],
    ["month(timestamp) = '2026-01'", "month(timestamp) = '2026-01'"],
    ["month(timestamp) = 672", "month(timestamp) = '2026-01'"],
    [
      "year(date) = '2026' and hour(timestamp) = '2026-01-31-23'",
      "year(date) = '2026' AND hour(timestamp) = '2026-01-31-23'",
    ],
    ["year(date) < -1", "year(date) < '1969'"],
    ["day(timestamp) = '2026-01-31'", "day(timestamp) = DATE '2026-01-31'"],
  ];
  test.each(FOLDS)("%s becomes %s", (from, to) => {
    expect(text(from)).toBe(to);
  });

  const REFUSED: readonly (readonly [string, RegExp])[] = [
    ["int = 'x'", /Cannot compare int, which is int, with 'x': use an integer without quotes/],
    ["string = 5", /string, which is string, with 5: use text in quotes/],
    ["decimal = 1.505", /decimal\(9, 2\), with 1.505: it has more than 2 fractional digits/],
    ["date = '2026-02-30'", /2026-02-30.*YYYY-MM-DD/],
    ["timestamp = '2026-01-31T00:00:00Z'", /without an offset/],
    ["timestamptz = '2026-01-31T00:00:00'", /with an offset/],
    ["uuid = 'abc'", /36 characters/],
    ["fixed = X'01'", /it has 1 bytes; use 4/],
    ["boolean = 1", /use true or false/],
    ["int starts with '1'", /only string columns have prefixes/],
    ["int is nan", /only float and double hold NaN/],
    ["int in (1, 'x')", /with 'x'/],
    ["month(timestamp) = '2026-13'", /use '2026-01'/],
    ["hour(date) = 5", /hour does not apply to date, which is date/],
    ["bucket(4, double) = 1", /bucket does not apply/],
  ];
  test.each(REFUSED)("%s is refused", (from, why) => {
    expect(message(from)).toMatch(why);
  });

  test("terms of the partitioning functions bind as in filters", () => {
    expect(text(eq(bucket(16, "long"), 3))).toBe("bucket(16, long) = 3");
    expect(text(gte(hour("timestamp"), 0))).toBe("hour(timestamp) >= '1970-01-01-00'");
    expect(text(startsWith(truncate(3, "string"), "ab"))).toBe("truncate(3, string) STARTS WITH 'ab'");
    expect(text(isIn(year("date"), [0, 1]))).toBe("year(date) IN ('1970', '1971')");
    expect(text(lt(month("date"), "1969-12"))).toBe("month(date) < '1969-12'");
    expect(() =>
      bind(
        eq({ kind: "transform", transform: { kind: "unknown", text: "zorder[3]" }, name: "int" }, 1),
        schema,
      ),
    ).toThrow(/does not know the transform zorder\[3\]/);
  });

  test("null, NaN, invalid dates and strings for lists are refused when built", () => {
    expect(() => eq("int", null as unknown as number)).toThrow(/use isNull or notNull/);
    expect(() => eq("double", Number.NaN)).toThrow(/use isNaN or notNaN/);
    expect(() => gt("date", new Date(Number.NaN))).toThrow(/invalid Date/);
    expect(() => isIn("string", "abc")).toThrow(/as a list/);
    expect(() => notIn("int", [1, undefined as unknown as number])).toThrow(/use isNull/);
  });

  test("literals are held apart from the caller's objects", () => {
    const bytes = Uint8Array.of(1, 2, 3, 4);
    const date = new Date(0);
    const [fixed, instant] = [eq("fixed", bytes), lte("timestamp", date)];
    bytes[0] = 9;
    date.setTime(5);
    expect(text(fixed)).toBe("fixed = X'01020304'");
    expect(text(instant)).toBe("timestamp <= TIMESTAMP '1970-01-01T00:00:00.000000'");
    expect(Object.isFrozen(fixed)).toBe(true);
  });

  test("a date boundary at noon selects the whole day before it (SCN-026)", () => {
    const matches = evaluator(bind(parseExpression("date < '1970-01-02T12:00:00'"), schema));
    expect([0, 1, 2].map((date) => matches({ date }))).toStrictEqual([true, true, false]);
    const floats = evaluator(bind(notEq("float", 1e300), schema));
    expect([Number.POSITIVE_INFINITY, null].map((float) => floats({ float }))).toStrictEqual([true, true]);
  });
});
