/** Laws of predicates, projections and pruning: P17 to P21 and P24 of the conformance list. @module */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isIcebergError, parseJson, stringifyJson } from "../../src/base/index.ts";
import {
  bind,
  type Expression,
  evaluator,
  explainInclusive,
  expressionFromJson,
  expressionToJson,
  type FileMetrics,
  inclusiveMetricsEvaluator,
  inclusiveProjection,
  manifestEvaluator,
  parseExpression,
  partitionEvaluator,
  residualEvaluator,
  rewriteNot,
  strictMetricsEvaluator,
  strictProjection,
  toText,
  transformed,
} from "../../src/expressions/index.ts";
import {
  applyTransform,
  type PartitionSpec,
  type Transform,
  transformApplies,
  transformResultType,
} from "../../src/partitioning/index.ts";
import { type PrimitiveType, type PrimitiveValue, Schema } from "../../src/schema/index.ts";
import {
  encodeValue,
  type FieldSummary,
  truncateLowerBound,
  truncateUpperBound,
} from "../../src/values/index.ts";
import { type Column, columnOf, expressionOn, oracle } from "./predicate-generators.ts";
import { anyPrimitiveType } from "./value-generators.ts";

/** Cases per law; PROPERTY_DEPTH multiplies them for a long run. */
const runs = (count: number) => ({ numRuns: count * Number(process.env.PROPERTY_DEPTH ?? 1) });
const RUNS = runs(250);
/** Double quotes only where the name needs them; this one does. */
const NAME = 'a "b".c';

function schemaOf(type: PrimitiveType, required = false): Schema {
  return new Schema([{ id: 1, name: NAME, required, type }]);
}

const columnAndFilter = columnOf(anyPrimitiveType).chain((column) =>
  expressionOn(NAME, column.type, column.literals).map((filter) => ({ column, filter })),
);

describe("expressions keep their truth (P24)", () => {
  test("evaluator(bind()) agrees with the spec's words on every value (SCN-019 to SCN-023)", () => {
    fc.assert(
      fc.property(columnAndFilter, ({ column, filter }) => {
        const matches = evaluator(bind(filter, schemaOf(column.type)));
        for (const value of column.rows)
          expect(matches({ [NAME]: value })).toBe(oracle(filter, column.type, value));
      }),
      RUNS,
    );
  });

  test("bind() folds for required columns without changing truth (SCN-024)", () => {
    fc.assert(
      fc.property(columnAndFilter, ({ column, filter }) => {
        const matches = evaluator(bind(filter, schemaOf(column.type, true)));
        for (const value of column.rows) {
          if (value !== null) expect(matches({ [NAME]: value })).toBe(oracle(filter, column.type, value));
        }
      }),
      RUNS,
    );
  });

  test("rewriteNot() keeps truth and leaves not only over orderings (SCN-010)", () => {
    const onlyOverOrderings = (expression: Expression): boolean => {
      if (expression.op === "not") return ["lt", "lt-eq", "gt", "gt-eq"].includes(expression.operand.op);
      return expression.op === "and" || expression.op === "or"
        ? expression.operands.every(onlyOverOrderings)
        : true;
    };
    fc.assert(
      fc.property(columnAndFilter, ({ column, filter }) => {
        const rewritten = rewriteNot(filter);
        expect(onlyOverOrderings(rewritten)).toBe(true);
        for (const value of column.rows)
          expect(oracle(rewritten, column.type, value)).toBe(oracle(filter, column.type, value));
      }),
      RUNS,
    );
  });

  test("parseExpression(toText(e)) is e", () => {
    fc.assert(
      fc.property(columnAndFilter, ({ filter }) => {
        expect(parseExpression(toText(filter))).toStrictEqual(filter);
      }),
      RUNS,
    );
  });

  test("the text of a bound expression binds to the same predicate again", () => {
    fc.assert(
      fc.property(columnAndFilter, ({ column, filter }) => {
        const schema = schemaOf(column.type);
        const bound = bind(filter, schema);
        expect(bind(parseExpression(toText(bound)), schema)).toStrictEqual(bound);
      }),
      RUNS,
    );
  });

  test("JSON of a bound expression reads back to the same predicate (RST-084, RST-085)", () => {
    fc.assert(
      fc.property(columnAndFilter, ({ column, filter }) => {
        const schema = schemaOf(column.type);
        const bound = bind(filter, schema);
        if (/Infinity/.test(toText(bound))) return; // Has no JSON form.
        const json = parseJson(stringifyJson(expressionToJson(bound)));
        expect(bind(expressionFromJson(json), schema)).toStrictEqual(bound);
      }),
      RUNS,
    );
  });
});

const anyTransform: fc.Arbitrary<Transform> = fc.oneof(
  fc.constantFrom<Transform>(
    { kind: "identity" },
    { kind: "year" },
    { kind: "month" },
    { kind: "day" },
    { kind: "hour" },
    { kind: "void" },
  ),
  fc.integer({ min: 1, max: 20 }).map((numBuckets): Transform => ({ kind: "bucket", numBuckets })),
  fc.integer({ min: 1, max: 12 }).map((width): Transform => ({ kind: "truncate", width })),
);

interface Partitioned {
  readonly column: Column;
  readonly transform: Transform;
  readonly filter: Expression;
}

/** A column, a transform that takes it and a filter, on the column or on the transform of it (SCN-017). */
const partitioned: fc.Arbitrary<Partitioned> = fc
  .tuple(columnOf(anyPrimitiveType), fc.array(anyTransform, { minLength: 6, maxLength: 6 }), fc.boolean())
  .chain(([column, candidates, onTerm]) => {
    const transform = candidates.find((candidate) => transformApplies(candidate, column.type)) ?? {
      kind: "identity" as const,
    };
    const onColumn = expressionOn(NAME, column.type, column.literals);
    const results = column.literals
      .map((value) => stored(transform, column.type, value))
      .filter((value) => value !== null && value !== undefined);
    const useTerm =
      onTerm && transform.kind !== "identity" && transform.kind !== "void" && results.length > 0;
    const filter = useTerm
      ? expressionOn(transformed(transform, NAME), transformResultType(transform, column.type), results)
      : onColumn;
    return filter.map((made) => ({ column, transform, filter: made }));
  });

/** The partition value of a value; `undefined` when it leaves its type: truncated minima, hours past int32. */
function stored(
  transform: Transform,
  type: PrimitiveType,
  value: PrimitiveValue | null,
): PrimitiveValue | null | undefined {
  try {
    const part = applyTransform(transform, type)(value);
    return transform.kind === "hour" && Math.abs(Number(part)) >= 2 ** 31 ? undefined : part;
  } catch (error) {
    if (isIcebergError(error, "invalid-row")) return undefined;
    throw error;
  }
}

/** Every partition value some writer may have stored: time ordinals before the epoch may be off by one. */
function storedByAnyone(
  transform: Transform,
  type: PrimitiveType,
  value: PrimitiveValue | null,
): (PrimitiveValue | null)[] {
  const right = stored(transform, type, value);
  if (right === undefined) return [];
  const isTime = ["year", "month", "day", "hour"].includes(transform.kind);
  if (
    !isTime ||
    typeof right !== "number" ||
    right >= 0 ||
    (type.kind === "date" && transform.kind === "day")
  )
    return [right];
  return type.kind === "date" ? [right, right + 1] : [right, right + 1, right - 1];
}

function specOf(transform: Transform): PartitionSpec {
  return { specId: 0, fields: [{ sourceId: 1, fieldId: 1000, name: "part", transform }] };
}

describe("projections are sound for every transform and type (P17, P18, P19)", () => {
  test("inclusiveProjection(): a matching row's partition matches (SCN-009, SCN-013 to SCN-018)", () => {
    fc.assert(
      fc.property(partitioned, ({ column, transform, filter }) => {
        const schema = schemaOf(column.type);
        const bound = bind(filter, schema);
        const matches = evaluator(bound);
        const mayMatch = partitionEvaluator(inclusiveProjection(bound, specOf(transform), schema));
        for (const value of column.rows) {
          if (!matches({ [NAME]: value })) continue;
          for (const part of storedByAnyone(transform, column.type, value))
            expect(mayMatch([part])).toBe(true);
        }
      }),
      runs(600),
    );
  });

  test("strictProjection(): every row of a matching partition matches (SCN-009, SCN-013 to SCN-018)", () => {
    fc.assert(
      fc.property(partitioned, ({ column, transform, filter }) => {
        const schema = schemaOf(column.type);
        const bound = bind(filter, schema);
        const matches = evaluator(bound);
        const mustMatch = partitionEvaluator(strictProjection(bound, specOf(transform), schema));
        for (const value of column.rows) {
          for (const part of storedByAnyone(transform, column.type, value)) {
            if (mustMatch([part])) expect(matches({ [NAME]: value })).toBe(true);
          }
        }
      }),
      runs(600),
    );
  });

  test("residualEvaluator(): the residual says of a partition's rows what the filter says (SCN-049)", () => {
    fc.assert(
      fc.property(partitioned, ({ column, transform, filter }) => {
        const schema = schemaOf(column.type);
        const bound = bind(filter, schema);
        const residual = residualEvaluator(bound, specOf(transform), schema);
        for (const value of column.rows) {
          for (const part of storedByAnyone(transform, column.type, value)) {
            const row = { [NAME]: value };
            expect(evaluator(residual([part]))(row)).toBe(evaluator(bound)(row));
          }
        }
      }),
      runs(400),
    );
  });

  test("manifestEvaluator(): a manifest with a matching partition is kept (P21, SCN-029)", () => {
    const input = fc.tuple(partitioned, fc.boolean());
    fc.assert(
      fc.property(input, ([{ column, transform, filter }, nanKnown]) => {
        const schema = schemaOf(column.type);
        const projected = inclusiveProjection(bind(filter, schema), specOf(transform), schema);
        const matches = partitionEvaluator(projected);
        const parts = column.rows
          .map((value) => stored(transform, column.type, value))
          .filter((part) => part !== undefined);
        if (!parts.some((part) => matches([part]))) return;
        const summary = summaryOf(transformResultType(transform, column.type), parts, nanKnown);
        expect(manifestEvaluator(projected, [1])([summary])).toBe(true);
        expect(manifestEvaluator(projected, [1])(undefined)).toBe(true);
      }),
      runs(400),
    );
  });
});

function summaryOf(
  type: PrimitiveType,
  parts: readonly (PrimitiveValue | null)[],
  nanKnown: boolean,
): FieldSummary {
  const bounds = sortedValues(type, parts);
  return {
    containsNull: parts.includes(null),
    ...(nanKnown && { containsNan: parts.some((part) => Number.isNaN(part)) }),
    ...(bounds.length > 0 && {
      lowerBound: encodeValue(type, bounds[0]!),
      upperBound: encodeValue(type, bounds.at(-1)!),
    }),
  };
}

/** Values but null and NaN from least to greatest, by brute force. */
function sortedValues(type: PrimitiveType, values: readonly (PrimitiveValue | null)[]): PrimitiveValue[] {
  const present = values.filter((value): value is PrimitiveValue => value !== null && !Number.isNaN(value));
  const below = (a: PrimitiveValue, b: PrimitiveValue) =>
    oracle(
      {
        op: "lt",
        term: { kind: "reference", name: "x" },
        literal: type.kind === "decimal" ? { unscaled: b as bigint, scale: type.scale } : b,
      },
      type,
      a,
    );
  return present.toSorted((a, b) => (below(a, b) ? -1 : below(b, a) ? 1 : 0));
}

interface MetricsShape {
  readonly counts: "all" | "values-only" | "none";
  readonly nans: boolean;
  readonly bounds: "both" | "lower" | "upper" | "none" | "truncated";
  readonly length: number;
}

const anyShape: fc.Arbitrary<MetricsShape> = fc.record({
  counts: fc.constantFrom("all", "all", "values-only", "none"),
  nans: fc.boolean(),
  bounds: fc.constantFrom("both", "both", "truncated", "truncated", "lower", "upper", "none"),
  length: fc.integer({ min: 1, max: 4 }),
});

/** Metrics of a column as a writer of some diligence records them. */
function metricsOf({ type, rows }: Column, shape: MetricsShape): FileMetrics {
  const values = sortedValues(type, rows);
  const floating = type.kind === "float" || type.kind === "double";
  const cut = shape.bounds === "truncated" && (type.kind === "string" || type.kind === "binary");
  const least = values[0];
  const greatest = values.at(-1);
  const lower = least === undefined ? undefined : cut ? truncateLowerBound(type, least, shape.length) : least;
  const upper =
    greatest === undefined ? undefined : cut ? truncateUpperBound(type, greatest, shape.length) : greatest;
  const one = <T>(value: T) => new Map([[1, value]]);
  return {
    recordCount: rows.length,
    ...(shape.counts !== "none" && { valueCounts: one(rows.length) }),
    ...(shape.counts === "all" && { nullValueCounts: one(rows.filter((value) => value === null).length) }),
    ...(shape.nans &&
      floating && { nanValueCounts: one(rows.filter((value) => Number.isNaN(value)).length) }),
    ...(lower !== undefined &&
      shape.bounds !== "upper" &&
      shape.bounds !== "none" && { lowerBounds: one(encodeValue(type, lower)) }),
    ...(upper !== undefined &&
      shape.bounds !== "lower" &&
      shape.bounds !== "none" && { upperBounds: one(encodeValue(type, upper)) }),
  };
}

describe("metrics evaluators are sound (P20)", () => {
  test("a file with a matching row is kept; what must match, matches (SCN-035 to SCN-047)", () => {
    fc.assert(
      fc.property(columnAndFilter, anyShape, fc.boolean(), ({ column, filter }, shape, required) => {
        if (required && column.rows.includes(null)) return;
        const bound = bind(filter, schemaOf(column.type, required));
        const file = metricsOf(column, shape);
        const matching = column.rows.filter((value) => oracle(filter, column.type, value));
        const kept = inclusiveMetricsEvaluator(bound)(file);
        if (matching.length > 0) expect(kept).toBe(true);
        expect(explainInclusive(bound)(file) === undefined).toBe(kept);
        if (strictMetricsEvaluator(bound)(file)) expect(matching).toHaveLength(column.rows.length);
      }),
      runs(800),
    );
  });

  test("predicates on transform terms are sound too (SCN-082)", () => {
    fc.assert(
      fc.property(partitioned, anyShape, ({ column, filter }, shape) => {
        const bound = bind(filter, schemaOf(column.type));
        const file = metricsOf(column, shape);
        const matches = evaluator(bound);
        const matching = column.rows.filter((value) => matches({ [NAME]: value }));
        if (matching.length > 0) expect(inclusiveMetricsEvaluator(bound)(file)).toBe(true);
        if (strictMetricsEvaluator(bound)(file)) expect(matching).toHaveLength(column.rows.length);
      }),
      runs(400),
    );
  });

  test("nested columns under null parents are sound however nulls are counted (SCN-040)", () => {
    fc.assert(
      fc.property(
        columnAndFilter,
        anyShape,
        fc.nat({ max: 2 }),
        fc.boolean(),
        ({ column, filter }, shape, parents, counted) => {
          const schema = new Schema([
            {
              id: 2,
              name: "s",
              required: false,
              type: { kind: "struct", fields: [{ id: 1, name: "v", required: false, type: column.type }] },
            },
          ]);
          const nested = JSON.parse(JSON.stringify(toText(filter))) as string;
          const bound = bind(parseExpression(nested.replaceAll('"a ""b"".c"', "s.v")), schema);
          const matches = evaluator(bound);
          const rows: Record<string, unknown>[] = column.rows.map((value) => ({ s: { v: value } }));
          for (let i = 0; i < parents; i++) rows.push({ s: null });
          const nulls = new Array<null>(parents).fill(null);
          const file = {
            ...metricsOf(counted ? { ...column, rows: [...column.rows, ...nulls] } : column, shape),
            recordCount: rows.length,
          };
          if (rows.some(matches)) expect(inclusiveMetricsEvaluator(bound)(file)).toBe(true);
          if (strictMetricsEvaluator(bound)(file)) expect(rows.every(matches)).toBe(true);
        },
      ),
      RUNS,
    );
  });
});
