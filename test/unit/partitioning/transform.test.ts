/** Transforms as text and as functions, with values from the spec. @module */
import { describe, expect, test } from "vitest";
import {
  applyTransform,
  formatTransform,
  parsePartitionTerm,
  parseTransform,
  preservesOrder,
  sameTransform,
  satisfiesOrderOf,
  transformApplies,
  transformResultType,
} from "../../../src/partitioning/index.ts";
import { type PrimitiveType, type PrimitiveValue, t, typeFromString } from "../../../src/schema/index.ts";

const type = (text: string) => typeFromString(text) as PrimitiveType;
const apply = (transform: string, source: string, value: PrimitiveValue | null) =>
  applyTransform(parseTransform(transform), type(source))(value);

describe("parseTransform()", () => {
  test("reads any case and prints lower case (PRT-003)", () => {
    for (const text of ["identity", "bucket[16]", "truncate[4]", "year", "month", "day", "hour", "void"]) {
      expect(formatTransform(parseTransform(text.toUpperCase()))).toBe(text);
      expect(parseTransform(text).kind).not.toBe("unknown");
    }
  });

  test.each(["bucket[0]", "truncate[0]", "bucket[2147483648]"])("refuses %s (PRT-003)", (text) => {
    const what = text.startsWith("bucket") ? "a bucket count" : "a truncate width";
    const value = Number(/\d+/.exec(text)?.[0]);
    expect(() => parseTransform(text)).toThrow(
      expect.objectContaining({
        code: "invalid-schema",
        message: `Cannot use ${value} as ${what}: it lies between 1 and 2147483647`,
        context: { value },
      }),
    );
  });

  test("a transform of several columns is not the one of its name (PRT-037, PRT-066)", () => {
    const several = { kind: "unknown", text: "bucket[4]" } as const;
    expect(sameTransform(several, parseTransform("bucket[4]"))).toBe(false);
    expect(sameTransform(several, { ...several })).toBe(true);
  });

  test.each(["zorder[3]", "Bucket[-1]", "bucket[ 4 ]", "months", "", "my_bucket[4]", "bucket[4]]"])(
    "keeps %j to the letter (PRT-004)",
    (text) => {
      expect(parseTransform(text)).toEqual({ kind: "unknown", text });
      expect(formatTransform(parseTransform(text))).toBe(text);
      expect(sameTransform(parseTransform(text), parseTransform("other"))).toBe(false);
      expect(() => applyTransform(parseTransform(text), t.int())).toThrow(
        expect.objectContaining({
          code: "unsupported",
          message: expect.stringMatching(/does not know it/),
          context: { transform: text },
        }),
      );
    },
  );
});

/** The table of PRT-001: which sources each transform takes. */
const SOURCES = {
  identity:
    "boolean int long float double decimal(9,2) date time timestamp timestamptz timestamp_ns timestamptz_ns string uuid fixed[4] binary unknown",
  "bucket[4]":
    "int long decimal(9,2) date time timestamp timestamptz timestamp_ns timestamptz_ns string uuid fixed[4] binary",
  "truncate[4]": "int long decimal(9,2) string binary",
  year: "date timestamp timestamptz timestamp_ns timestamptz_ns",
  month: "date timestamp timestamptz timestamp_ns timestamptz_ns",
  day: "date timestamp timestamptz timestamp_ns timestamptz_ns",
  hour: "timestamp timestamptz timestamp_ns timestamptz_ns",
};

describe("transformApplies()", () => {
  const all = [...SOURCES.identity.split(" "), "geometry", "geography", "variant"];
  test.each(Object.entries(SOURCES))("%s takes %s and nothing else (PRT-001)", (text, sources) => {
    const taken = all.filter((name) => transformApplies(parseTransform(text), typeFromString(name)));
    expect(taken).toEqual(sources.split(" "));
    expect(transformApplies(parseTransform(text), t.list(t.int()))).toBe(false);
  });

  test("void and unknown transforms take anything (PRT-004)", () => {
    for (const name of all) {
      expect(transformApplies(parseTransform("void"), typeFromString(name))).toBe(true);
      expect(transformApplies(parseTransform("zorder"), typeFromString(name))).toBe(true);
    }
  });

  test("applyTransform() refuses what does not apply", () => {
    expect(() => apply("hour", "date", 1)).toThrow(
      expect.objectContaining({
        code: "invalid-schema",
        message: "Cannot apply hour to values of type date",
        context: { transform: "hour", type: "date" },
      }),
    );
    expect(() => apply("bucket[4]", "boolean", true)).toThrow(/Cannot apply/);
  });
});

test("transformResultType() (PRT-006)", () => {
  const result = (transform: string, source: string) =>
    transformResultType(parseTransform(transform), type(source)).kind;
  expect(result("day", "timestamp")).toBe("date");
  expect(result("bucket[2]", "string")).toBe("int");
  expect(result("month", "date")).toBe("int");
  expect(result("truncate[2]", "decimal(9, 2)")).toBe("decimal");
  expect(result("identity", "uuid")).toBe("uuid");
  expect(result("void", "long")).toBe("long");
  expect(result("zorder", "long")).toBe("string");
});

describe("applyTransform()", () => {
  test("buckets (PRT-012)", () => {
    expect(apply("bucket[16]", "int", 34)).toBe(3);
    expect(apply("bucket[16]", "string", "iceberg")).toBe(9);
    expect(apply("bucket[16]", "decimal(9, 2)", 1420n)).toBe(3);
    expect(apply("bucket[16]", "string", "")).toBe(0);
    expect(apply("bucket[16]", "int", 0)).toBe((1669671676 & 0x7fffffff) % 16);
  });

  test("truncates numbers downward (PRT-018, PRT-019)", () => {
    expect(["1", "-1", "-10", "0"].map((n) => apply("truncate[10]", "int", Number(n)))).toEqual([
      0, -10, -10, 0,
    ]);
    expect(apply("truncate[10]", "long", -1n)).toBe(-10n);
    expect(apply("truncate[50]", "decimal(9, 2)", 1065n)).toBe(1050n);
    expect(apply("truncate[10]", "decimal(9, 2)", -5n)).toBe(-10n);
    expect(apply("truncate[2]", "int", -(2 ** 31))).toBe(-(2 ** 31));
    expect(apply("truncate[10]", "int", 2 ** 31 - 1)).toBe(2147483640);
    expect(apply("truncate[2]", "long", -(2n ** 63n))).toBe(-(2n ** 63n));
    expect(apply("truncate[10]", "long", 2n ** 63n - 1n)).toBe(9223372036854775800n);
    expect(() => apply("truncate[10]", "int", -(2 ** 31))).toThrow(
      expect.objectContaining({
        code: "invalid-row",
        message: expect.stringMatching(/-2147483648 to a multiple of 10: the result leaves int/),
        context: { value: -(2 ** 31), width: 10 },
      }),
    );
    expect(() => apply("truncate[10]", "long", -(2n ** 63n))).toThrow(/leaves long/);
    expect(() => apply("truncate[10]", "decimal(1, 0)", -9n)).toThrow(/leaves decimal/);
  });

  test("truncates text and bytes (PRT-020, PRT-021)", () => {
    expect(apply("truncate[1]", "string", "🧊x")).toBe("🧊");
    expect(apply("truncate[2]", "binary", Uint8Array.of(1, 2, 3))).toEqual(Uint8Array.of(1, 2));
  });

  test("times of 2017-12-01T10:12:55.038194", () => {
    const value = 1512123175038194n;
    expect(["year", "month", "day", "hour"].map((unit) => apply(unit, "timestamptz", value))).toEqual([
      47, 575, 17501, 420034,
    ]);
    expect(apply("day", "timestamp_ns", value * 1000n)).toBe(17501);
    expect(["year", "month", "day"].map((unit) => apply(unit, "date", 17501))).toEqual([47, 575, 17501]);
  });

  test("the instant before the epoch is -1 in every unit (PRT-007, PRT-009)", () => {
    for (const source of ["timestamp", "timestamp_ns"]) {
      for (const unit of ["year", "month", "day", "hour"]) expect(apply(unit, source, -1n)).toBe(-1);
    }
    expect(apply("hour", "timestamp", -3_599_000_001n)).toBe(-1);
    expect(apply("hour", "timestamp", -3_600_000_001n)).toBe(-2);
    expect(apply("day", "timestamp", -86_399_000_001n)).toBe(-1);
  });

  test("days at the edge of exact doubles", () => {
    const day = 86_400_000_000n;
    const last = (2n ** 53n / day) * day;
    for (const start of [last, last - day, last + day, -last, 9_000_000n * day]) {
      expect(apply("day", "timestamp", start)).toBe(Number(start / day));
      expect(apply("day", "timestamp", start - 1n)).toBe(Number(start / day) - 1);
    }
  });

  test("one function serves many days (PRT-010)", () => {
    const month = applyTransform(parseTransform("month"), t.date());
    expect([0, 0, 31, 30, -1, 0].map((day) => month(day))).toEqual([0, 0, 1, 0, -1, 0]);
  });

  test("void is null, identity is the value, null stays null (PRT-002)", () => {
    expect(apply("void", "int", 1)).toBeNull();
    expect(apply("identity", "string", "")).toBe("");
    for (const transform of Object.keys(SOURCES)) {
      expect(apply(transform, transform === "truncate[4]" ? "int" : "timestamp", null)).toBeNull();
    }
    for (const unit of ["year", "month", "day"]) expect(apply(unit, "date", null)).toBeNull();
  });
});

describe("orders of transforms", () => {
  test("preservesOrder()", () => {
    const keeping = ["identity", "truncate[2]", "year", "month", "day", "hour"];
    for (const text of [...keeping, "bucket[2]", "void", "zorder"]) {
      expect(preservesOrder(parseTransform(text)), text).toBe(keeping.includes(text));
    }
  });

  test.each([
    ["identity", "day", true],
    ["identity", "bucket[4]", false],
    ["hour", "day", true],
    ["day", "hour", false],
    ["month", "year", true],
    ["bucket[4]", "bucket[4]", true],
    ["bucket[8]", "bucket[4]", false],
    ["truncate[4]", "identity", false],
    ["truncate[4]", "truncate[4]", true],
    ["truncate[4]", "truncate[2]", false],
    ["zorder", "zorder", false],
  ])("%s satisfies %s: %s (PRT-062)", (a, b, expected) => {
    expect(satisfiesOrderOf(parseTransform(a), parseTransform(b))).toBe(expected);
  });

  test("a longer truncation satisfies a shorter one of text, not of numbers (PRT-062)", () => {
    const [four, two] = [parseTransform("truncate[4]"), parseTransform("truncate[2]")];
    expect(satisfiesOrderOf(four, two, t.string())).toBe(true);
    expect(satisfiesOrderOf(four, two, t.binary())).toBe(true);
    expect(satisfiesOrderOf(two, four, t.string())).toBe(false);
    expect(satisfiesOrderOf(four, two, t.int())).toBe(false);
  });
});

describe("parsePartitionTerm()", () => {
  test.each([
    ["organization_id", "identity", "organization_id"],
    ["months(event_timestamp)", "month", "event_timestamp"],
    ["MONTH( ts )", "month", "ts"],
    ["years(ts)", "year", "ts"],
    ["days(ts)", "day", "ts"],
    ["hours(ts)", "hour", "ts"],
    ["bucket(16, id)", "bucket[16]", "id"],
    ["truncate(name, 4)", "truncate[4]", "name"],
    [" month (ts) ", "month", "ts"],
    ["bucket(c1, 4)", "bucket[4]", "c1"],
    ["bucket(4c, 4)", "bucket[4]", "4c"],
    ["identity(c)", "identity", "c"],
    ["year(ts)", "year", "ts"],
    ["date(ts)", "day", "ts"],
    ["hour(ts)", "hour", "ts"],
    ["date_hour(ts)", "hour", "ts"],
    [" org ", "identity", "org"],
    ['" a "', "identity", " a "],
    ["`ab`", "identity", "ab"],
    ['day("a b")', "day", "a b"],
    ["a.b", "identity", "a.b"],
  ])("reads %s (decision 20)", (text, transform, column) => {
    const term = parsePartitionTerm(text);
    expect([formatTransform(term.transform), term.column]).toEqual([transform, column]);
    expect(Object.keys(term)).toEqual(["kind", "column", "transform"]);
    expect(term.kind).toBe("partition-term");
  });

  test.each([
    ...["", "zorder(a)", "month(a, b)", "bucket(a)", "bucket(a, b)", "bucket(4, 5, a)", "month()", "a b"],
    ...["1 month(ts)", "a.month(ts)", "month(ts) x", "monthx)(ts)"],
    ...['x"a"', '"a"x', "x`a`", "`a`x", "month(x`a`)"],
  ])("refuses %j", (text) => {
    expect(() => parsePartitionTerm(text)).toThrow(
      expect.objectContaining({
        code: "invalid-argument",
        message: expect.stringMatching(/as a partition term/),
        context: { text },
      }),
    );
  });
});
