/** Projections, residuals and pruning beyond what the vectors cover. @module */
import { describe, expect, test } from "vitest";
import { utf8Encode } from "../../../src/base/index.ts";
import {
  bind,
  explainInclusive,
  explainManifest,
  type FileMetrics,
  inclusiveMetricsEvaluator,
  inclusiveProjection,
  manifestEvaluator,
  parseExpression,
  residualEvaluator,
  strictMetricsEvaluator,
  strictProjection,
  toText,
} from "../../../src/expressions/index.ts";
import { type PartitionSpec, parseTransform } from "../../../src/partitioning/index.ts";
import { Schema, typeFromString } from "../../../src/schema/index.ts";
import { encodeValue } from "../../../src/values/index.ts";

const NAMES = ["id:long", "ts:timestamptz", "name:string", "d:double", "day:date", "n:int", "b:binary"];
const schema = new Schema([
  ...NAMES.map((text, index) => {
    const [name, type] = text.split(":");
    return { id: index + 1, name: name!, required: false, type: typeFromString(type!) };
  }),
  {
    id: 20,
    name: "s",
    required: false,
    type: { kind: "struct", fields: [{ id: 21, name: "x", required: true, type: typeFromString("int") }] },
  },
]);

/** `spec("1 day", "1 bucket[4]")`: source id and transform of each field. */
function spec(...fields: readonly string[]): PartitionSpec {
  return {
    specId: 0,
    fields: fields.map((text, index) => {
      const [source, transform] = text.split(" ");
      return {
        sourceId: Number(source),
        fieldId: 1000 + index,
        name: `p${index}`,
        transform: parseTransform(transform!),
      };
    }),
  };
}

const inclusive = (filter: string, by: PartitionSpec) =>
  toText(inclusiveProjection(bind(parseExpression(filter), schema), by, schema));
const strict = (filter: string, by: PartitionSpec) =>
  toText(strictProjection(bind(parseExpression(filter), schema), by, schema));

describe("projections", () => {
  test("several fields of one column: AND when inclusive, OR when strict (SCN-011)", () => {
    const by = spec("1 identity", "1 bucket[4]");
    expect(inclusive("id = 34", by)).toBe("p0 = 34 AND p1 = 3");
    expect(strict("id <> 34", by)).toBe("p0 <> 34 OR p1 <> 3");
  });

  test("what a spec does not partition by is true or false (SCN-011)", () => {
    expect(inclusive("id = 1 and name = 'x'", spec("1 identity"))).toBe("p0 = 1");
    expect(inclusive("id = 1 or name = 'x'", spec("1 identity"))).toBe("TRUE");
    expect(strict("id = 1 or name = 'x'", spec("1 identity"))).toBe("p0 = 1");
    expect(strict("id = 1 and name = 'x'", spec("1 identity"))).toBe("FALSE");
  });

  test("void and unknown transforms project nothing (SCN-012, PRT-004)", () => {
    expect(inclusive("id = 1 and id is null", spec("1 void", "1 zorder[3]"))).toBe("TRUE");
    expect(strict("id is not null", spec("1 void", "1 zorder[3]"))).toBe("FALSE");
  });

  test("null tests project through every known transform, NaN tests through identity alone (SCN-012)", () => {
    expect(inclusive("id is null", spec("1 bucket[4]"))).toBe("p0 IS NULL");
    expect(strict("ts is not null", spec("2 day"))).toBe("p0 IS NOT NULL");
    expect(inclusive("d is nan", spec("4 identity"))).toBe("p0 IS NAN");
  });

  test("orderings project to the tightest cut (SCN-013)", () => {
    expect(inclusive("id < 100", spec("1 truncate[10]"))).toBe("p0 <= 90");
    expect(inclusive("id > 99", spec("1 truncate[10]"))).toBe("p0 >= 100");
    expect(strict("id <= 99", spec("1 truncate[10]"))).toBe("p0 < 100");
    expect(strict("id >= 100", spec("1 truncate[10]"))).toBe("p0 > 90");
    expect(inclusive("ts < '2026-02-01T00:00:00Z'", spec("2 month"))).toBe("p0 <= 672");
    expect(inclusive("name < 'abcd'", spec("3 truncate[2]"))).toBe("p0 <= 'ab'");
    expect(strict("name > 'abcd'", spec("3 truncate[2]"))).toBe("p0 > 'ab'");
  });

  test("no neighbour at the ends of a type: nothing is projected (SCN-013)", () => {
    expect(inclusive("id < -9223372036854775808", spec("1 truncate[10]"))).toBe("TRUE");
    expect(strict("id <= 9223372036854775807", spec("1 truncate[10]"))).toBe("FALSE");
    expect(inclusive("n = -2147483648", spec("6 truncate[10]"))).toBe("TRUE");
  });

  test("prefix lengths are code points (SCN-014)", () => {
    const by = spec("3 truncate[3]");
    expect(inclusive("name starts with '🧊a'", by)).toBe("p0 STARTS WITH '🧊a'");
    expect(inclusive("name starts with '🧊ab'", by)).toBe("p0 = '🧊ab'");
    expect(inclusive("name starts with '🧊abc'", by)).toBe("p0 STARTS WITH '🧊ab'");
    expect(strict("name not starts with '🧊abc'", by)).toBe("p0 NOT STARTS WITH '🧊ab'");
    expect(inclusive("name not starts with '🧊abc'", by)).toBe("TRUE");
  });

  test("ordinals before the epoch may be off by one either way (SCN-015, SCN-016)", () => {
    expect(inclusive("ts = '1969-12-31T12:00:00Z'", spec("2 day"))).toBe(
      "p0 IN (DATE '1969-12-30', DATE '1969-12-31', DATE '1970-01-01')",
    );
    expect(inclusive("ts <= '1969-12-31T12:00:00Z'", spec("2 day"))).toBe("p0 <= DATE '1970-01-01'");
    expect(inclusive("ts >= '1969-12-31T12:00:00Z'", spec("2 hour"))).toBe("p0 >= -13");
    expect(strict("ts < '1969-12-31T12:00:00Z'", spec("2 hour"))).toBe("p0 < -13");
    expect(strict("ts > '1970-01-01T00:00:00Z'", spec("2 hour"))).toBe("p0 > 1");
    expect(inclusive("day = '1969-12-31'", spec("5 day"))).toBe("p0 = DATE '1969-12-31'");
    expect(inclusive("day = '1969-12-31'", spec("5 month"))).toBe("p0 IN (-1, 0)");
  });

  test("a predicate on a transform projects only through the very same one (SCN-017)", () => {
    expect(inclusive("day(ts) = '2026-01-31'", spec("2 day"))).toBe("p0 = DATE '2026-01-31'");
    expect(inclusive("day(ts) = '2026-01-31'", spec("2 month"))).toBe("TRUE");
    expect(inclusive("bucket(4, id) in (1, 2)", spec("1 bucket[4]", "1 bucket[8]"))).toBe("p0 IN (1, 2)");
    expect(strict("bucket(4, id) = 1", spec("1 bucket[4]"))).toBe("p0 = 1");
  });
});

describe("residualEvaluator()", () => {
  const residual = (filter: string, by: PartitionSpec, ...tuple: (number | bigint | string | null)[]) =>
    toText(residualEvaluator(bind(parseExpression(filter), schema), by, schema)(tuple));

  test("identity settles its column, day settles whole days (SCN-049, SCN-052)", () => {
    const by = spec("3 identity", "2 day");
    const filter = "name = 'a' and ts >= '2026-01-31T12:00:00Z'";
    const kept = "ts >= TIMESTAMP '2026-01-31T12:00:00.000000Z'";
    expect(residual(filter, by, "a", 20485)).toBe("TRUE");
    expect(residual(filter, by, "a", 20484)).toBe(kept);
    expect(residual(filter, by, "b", 20484)).toBe("FALSE");
    expect(residual(filter, by, "a", null)).toBe("FALSE");
  });

  test("null partition values follow the two-valued rules (SCN-049)", () => {
    expect(residual("id < 5", spec("1 identity"), null)).toBe("FALSE");
    expect(residual("id <> 5", spec("1 identity"), null)).toBe("TRUE");
    expect(residual("name starts with 'a'", spec("3 identity"), null)).toBe("FALSE");
  });

  test("without partition fields the residual is the filter itself (SCN-050)", () => {
    const bound = bind(parseExpression("id = 1 and name = 'x'"), schema);
    expect(residualEvaluator(bound, spec(), schema)([])).toBe(bound);
    expect(residualEvaluator(bound, spec("2 day", "1 void"), schema)([5, null])).toBe(bound);
  });
});

const one = <T>(id: number, value: T) => new Map([[id, value]]);

/** Metrics of one column: bounds as held values, counts as given. */
function file(
  id: number,
  counts: { rows?: number; nulls?: number; nans?: number; lower?: Uint8Array; upper?: Uint8Array },
): FileMetrics {
  const rows = counts.rows ?? 10;
  return {
    recordCount: rows,
    valueCounts: one(id, rows),
    ...(counts.nulls !== undefined && { nullValueCounts: one(id, counts.nulls) }),
    ...(counts.nans !== undefined && { nanValueCounts: one(id, counts.nans) }),
    ...(counts.lower && { lowerBounds: one(id, counts.lower) }),
    ...(counts.upper && { upperBounds: one(id, counts.upper) }),
  };
}
const long = (value: bigint) => encodeValue({ kind: "long" }, value);
const int = (value: number) => encodeValue({ kind: "int" }, value);
const double = (value: number) => encodeValue({ kind: "double" }, value);
const keeps = (filter: string, metrics: FileMetrics) =>
  inclusiveMetricsEvaluator(bind(parseExpression(filter), schema))(metrics);
const proves = (filter: string, metrics: FileMetrics) =>
  strictMetricsEvaluator(bind(parseExpression(filter), schema))(metrics);

describe("metrics evaluators", () => {
  test("bounds of a promoted column prune (SCN-042)", () => {
    const metrics = file(1, { nulls: 0, lower: int(10), upper: int(20) });
    expect(keeps("id < 10", metrics)).toBe(false);
    expect(keeps("id <= 10", metrics)).toBe(true);
    expect(keeps("id > 20 or id in (1, 2, 21)", metrics)).toBe(false);
    expect(keeps("id in (1, 15, 21)", metrics)).toBe(true);
  });

  test("columns without metrics are unknown, not empty (SCN-041)", () => {
    for (const filter of ["name is null", "name is not null", "name = 'x'", "name <> 'x'", "d is nan"]) {
      expect(keeps(filter, { recordCount: 5 })).toBe(true);
      expect(proves(filter, { recordCount: 5 })).toBe(false);
    }
  });

  test("an empty file matches nothing and proves everything, an unknown count neither (SCN-035, SCN-044)", () => {
    expect(keeps("id = 1", { recordCount: 0 })).toBe(false);
    expect(keeps("id = 1", { recordCount: -1 })).toBe(true);
    expect(proves("id = 1", { recordCount: 0 })).toBe(true);
    expect(proves("true", { recordCount: -1 })).toBe(false);
  });

  test("bounds no type could have written bound nothing (SCN-037)", () => {
    expect(keeps("id = 1", file(1, { lower: Uint8Array.of(1, 2, 3), upper: Uint8Array.of() }))).toBe(true);
    expect(keeps("d < 1", file(4, { lower: double(Number.NaN), upper: double(Number.NaN) }))).toBe(true);
  });

  test("<> and not in prune single-valued files alone (SCN-038)", () => {
    const single = { lower: double(1), upper: double(1) };
    expect(keeps("d <> 1", file(4, { nulls: 0, nans: 0, ...single }))).toBe(false);
    expect(keeps("d not in (1, 2)", file(4, { nulls: 0, nans: 0, ...single }))).toBe(false);
    expect(keeps("d <> 1", file(4, { nulls: 1, nans: 0, ...single }))).toBe(true);
    expect(keeps("d <> 1", file(4, { nulls: 0, ...single }))).toBe(true);
    expect(keeps("d <> 0", file(4, { nulls: 0, nans: 0, lower: double(-0), upper: double(0) }))).toBe(false);
  });

  test("prefixes compare as bytes, truncated bounds included (SCN-039, SCN-047)", () => {
    const metrics = file(3, { nulls: 0, lower: utf8Encode("éa"), upper: utf8Encode("éz") });
    expect(keeps("name starts with 'é'", metrics)).toBe(true);
    expect(keeps("name starts with 'f'", metrics)).toBe(false);
    expect(keeps("name starts with 'éaaa'", metrics)).toBe(true);
    expect(keeps("name starts with 'ézz'", metrics)).toBe(false);
    expect(keeps("name not starts with 'é'", metrics)).toBe(false);
    expect(proves("name starts with 'é'", metrics)).toBe(true);
    expect(proves("name not starts with 'f'", metrics)).toBe(true);
    expect(proves("name starts with 'éa'", metrics)).toBe(false);
  });

  test("strict proofs need known zeros (SCN-045)", () => {
    const bounds = { lower: long(1n), upper: long(5n) };
    expect(proves("id < 6", file(1, { nulls: 0, ...bounds }))).toBe(true);
    expect(proves("id < 6", file(1, { nulls: 1, ...bounds }))).toBe(false);
    expect(proves("id < 6", file(1, bounds))).toBe(false);
    expect(proves("id <> 6", file(1, bounds))).toBe(true);
    expect(proves("d < 6", file(4, { nulls: 0, lower: double(1), upper: double(5) }))).toBe(false);
    expect(proves("d < 6", file(4, { nulls: 0, nans: 0, lower: double(1), upper: double(5) }))).toBe(true);
  });

  test("nested columns: nulls of parents are not counted, strict refuses them (SCN-040, SCN-044)", () => {
    const metrics = file(21, { nulls: 0, lower: int(5), upper: int(5) });
    expect(keeps("s.x is null", metrics)).toBe(true);
    expect(keeps("s.x <> 5", metrics)).toBe(true);
    expect(keeps("s.x > 5", metrics)).toBe(false);
    expect(proves("s.x = 5", metrics)).toBe(false);
  });

  test("terms that keep order prune by bounds, others keep the file (SCN-082)", () => {
    const day = 86_400_000_000n;
    const metrics = file(2, { nulls: 0, lower: long(5n * day + 1n), upper: long(7n * day - 1n) });
    expect(keeps("day(ts) = '1970-01-05'", metrics)).toBe(false);
    expect(keeps("day(ts) = '1970-01-06'", metrics)).toBe(true);
    expect(keeps("day(ts) > '1970-01-07'", metrics)).toBe(false);
    expect(keeps("day(ts) is null", metrics)).toBe(false);
    expect(proves("day(ts) <= '1970-01-31'", metrics)).toBe(false);
    expect(keeps("bucket(4, id) = 1", file(1, { nulls: 0, lower: long(34n), upper: long(34n) }))).toBe(true);
    expect(
      keeps(
        "truncate(2, name) = 'zz'",
        file(3, { nulls: 0, lower: utf8Encode("aaa"), upper: utf8Encode("bbb") }),
      ),
    ).toBe(false);
  });

  test("term values beyond their type bound nothing", () => {
    const metrics = file(2, { nulls: 0, lower: long(-(2n ** 63n)), upper: long(2n ** 63n - 1n) });
    expect(keeps("hour(ts) > 0", metrics)).toBe(true);
    expect(keeps("hour(ts) < 0", metrics)).toBe(true);
    const least = file(6, { nulls: 0, lower: int(-(2 ** 31)), upper: int(-(2 ** 31)) });
    expect(keeps("truncate(10, n) < 0", least)).toBe(true);
    expect(inclusive("ts <= '+250000-01-01T00:00:00Z'", spec("2 hour"))).toBe("TRUE");
    expect(inclusive("ts <= '+200000-01-01T00:00:00Z'", spec("2 hour"))).toBe("p0 <= 1735895328");
  });

  test("explainInclusive() names column, predicate and rule", () => {
    const rule = (filter: string, metrics: FileMetrics) =>
      explainInclusive(bind(parseExpression(filter), schema))(metrics);
    const metrics = file(1, { nulls: 0, lower: long(10n), upper: long(20n) });
    expect(rule("name = 'x' and id < 5", metrics)).toStrictEqual({
      column: "id",
      predicateText: "id < 5",
      rule: "lower-bound",
    });
    expect(rule("id < 5 or id is null", metrics)).toStrictEqual({
      column: "id",
      predicateText: "id < 5 OR id IS NULL",
      rule: "lower-bound",
    });
    expect(rule("id < 5 or name = 'x'", metrics)).toBeUndefined();
    expect(rule("id = 5", { recordCount: 0 })).toStrictEqual({
      column: "",
      predicateText: "id = 5",
      rule: "no-rows",
    });
    expect(rule("name is null", file(3, { nulls: 0 }))?.rule).toBe("no-nulls");
    expect(rule("name = 'x'", file(3, { nulls: 10 }))?.rule).toBe("all-null-or-nan");
    expect(rule("false", metrics)?.rule).toBe("always-false");
  });
});

describe("manifestEvaluator()", () => {
  const projected = inclusiveProjection(bind(parseExpression("id = 5"), schema), spec("1 identity"), schema);
  const outside = { containsNull: false, lowerBound: long(6n), upperBound: long(9n) };

  test("summaries that are absent or of another number prune nothing (SCN-034)", () => {
    expect(manifestEvaluator(projected, [1])([outside])).toBe(false);
    expect(manifestEvaluator(projected, [1])(undefined)).toBe(true);
    expect(manifestEvaluator(projected, [1])([])).toBe(true);
    expect(manifestEvaluator(projected, [1])([outside, outside])).toBe(true);
  });

  test("explainManifest() names the partition field", () => {
    expect(explainManifest(projected, [1])([outside])).toStrictEqual({
      column: "p0",
      predicateText: "p0 = 5",
      rule: "lower-bound",
    });
    expect(explainManifest(projected, [1])(undefined)).toBeUndefined();
  });

  test("a summary that denies nulls, NaN and bounds says nothing (SCN-029)", () => {
    expect(manifestEvaluator(projected)([{ containsNull: false }])).toBe(true);
    expect(manifestEvaluator(projected)([{ containsNull: true }])).toBe(false);
  });
});
