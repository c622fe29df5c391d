/** Laws of predicates, projections and pruning: P17 to P21 and P24 of the conformance list. @module */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseJson, stringifyJson } from "../../src/base/index.ts";
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
} from "../../src/expressions/index.ts";
import type { PartitionSpec } from "../../src/partitioning/index.ts";
import { Schema, type StructValue } from "../../src/schema/index.ts";
import {
  arbitraryComparableType,
  arbitraryFilteredRows,
  arbitraryMetricsCoverage,
  arbitraryPredicate,
  arbitraryPrimitiveValue,
  checkInclusiveMetrics,
  checkInclusiveProjection,
  checkManifestPruning,
  checkResiduals,
  checkStrictMetrics,
  checkStrictProjection,
  metricsOfRows,
  predicateHolds,
} from "../../src/testing/index.ts";
import { runs } from "./runs.ts";

const cases = arbitraryFilteredRows();

describe("expressions keep their truth (P24)", () => {
  test("evaluator(bind()) agrees with the spec's words on every row, required columns folded (SCN-019 to SCN-024)", () => {
    fc.assert(
      fc.property(cases, ({ schema, rows, filter }) => {
        const matches = evaluator(bind(filter, schema));
        for (const row of rows) expect(matches(row)).toBe(predicateHolds(filter, schema, row));
      }),
      runs(300),
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
      fc.property(cases, ({ schema, rows, filter }) => {
        const rewritten = rewriteNot(filter);
        expect(onlyOverOrderings(rewritten)).toBe(true);
        for (const row of rows)
          expect(predicateHolds(rewritten, schema, row)).toBe(predicateHolds(filter, schema, row));
      }),
      runs(250),
    );
  });

  test("parseExpression(toText(e)) is e", () => {
    fc.assert(
      fc.property(cases, ({ filter }) => {
        expect(parseExpression(toText(filter))).toStrictEqual(filter);
      }),
      runs(250),
    );
  });

  test("the text of a bound expression binds to the same predicate again", () => {
    fc.assert(
      fc.property(cases, ({ schema, filter }) => {
        const bound = bind(filter, schema);
        expect(bind(parseExpression(toText(bound)), schema)).toStrictEqual(bound);
      }),
      runs(250),
    );
  });

  test("JSON of a bound expression reads back to the same predicate (RST-084, RST-085)", () => {
    fc.assert(
      fc.property(cases, ({ schema, filter }) => {
        const bound = bind(filter, schema);
        if (/Infinity/.test(toText(bound))) return; // Has no JSON form.
        const json = parseJson(stringifyJson(expressionToJson(bound)));
        expect(bind(expressionFromJson(json), schema)).toStrictEqual(bound);
      }),
      runs(250),
    );
  });
});

describe("projections are sound for every transform and type (P17, P18, P19)", () => {
  const inclusive = (filter: Expression, spec: PartitionSpec, schema: Schema) =>
    partitionEvaluator(inclusiveProjection(bind(filter, schema), spec, schema));
  const strict = (filter: Expression, spec: PartitionSpec, schema: Schema) =>
    partitionEvaluator(strictProjection(bind(filter, schema), spec, schema));
  const options = { ...runs(500), roundedUp: true };

  test("inclusiveProjection(): a matching row's partition matches (P17, SCN-009, SCN-013 to SCN-018)", () => {
    expect(checkInclusiveProjection({ project: inclusive }, options)).toBe(options.numRuns);
  });

  test("strictProjection(): every row of a matching partition matches (P18, SCN-009, SCN-013 to SCN-018)", () => {
    expect(checkStrictProjection({ project: strict }, options)).toBe(options.numRuns);
  });

  test("residualEvaluator(): the residual says of a partition's rows what the filter says (P19, SCN-049)", () => {
    const residual: Parameters<typeof checkResiduals>[0]["residual"] = (filter, spec, schema, partition) =>
      evaluator(residualEvaluator(bind(filter, schema), spec, schema)(partition));
    expect(checkResiduals({ residual }, options)).toBe(options.numRuns);
  });

  test("manifestEvaluator(): a manifest with a matching partition is kept (P21, SCN-029)", () => {
    const { numRuns } = runs(400);
    const mayMatch: Parameters<typeof checkManifestPruning>[0]["mayMatch"] = (filter, spec, schema) =>
      manifestEvaluator(inclusiveProjection(bind(filter, schema), spec, schema), spec.fields);
    expect(checkManifestPruning({ mayMatch }, { numRuns })).toBe(numRuns);
  });
});

describe("metrics evaluators are sound (P20)", () => {
  test("a file with a matching row is kept, for a reason when it is not (SCN-035 to SCN-043, SCN-082)", () => {
    const { numRuns } = runs(600);
    const mayMatch = (filter: Expression, schema: Schema) => {
      const bound = bind(filter, schema);
      return (file: FileMetrics) => {
        const kept = inclusiveMetricsEvaluator(bound)(file);
        expect(explainInclusive(bound)(file) === undefined).toBe(kept);
        return kept;
      };
    };
    expect(checkInclusiveMetrics({ mayMatch }, { numRuns })).toBe(numRuns);
  });

  test("what must match, matches (SCN-044 to SCN-047, SCN-082)", () => {
    const { numRuns } = runs(600);
    const mustMatch = (filter: Expression, schema: Schema) => strictMetricsEvaluator(bind(filter, schema));
    expect(checkStrictMetrics({ mustMatch }, { numRuns })).toBe(numRuns);
  });

  test("nested columns under null parents are sound however nulls are counted (SCN-040)", () => {
    const column = arbitraryComparableType().chain((type) =>
      fc.tuple(
        fc.constant(type),
        fc.array(fc.option(arbitraryPrimitiveValue(type), { nil: null, freq: 5 }), { maxLength: 5 }),
      ),
    );
    const filtered = column.chain(([type, values]) => {
      const schema = new Schema([{ id: 1, name: "v", required: false, type }]);
      const rows = values.map((v) => ({ v }));
      const nested = new Schema([
        { id: 2, name: "s", required: false, type: { kind: "struct", fields: schema.fields } },
      ]);
      return arbitraryPredicate(
        nested,
        rows.map((s) => ({ s })),
      ).map((filter) => ({ schema, rows, nested, filter }));
    });
    fc.assert(
      fc.property(
        filtered,
        arbitraryMetricsCoverage(),
        fc.nat({ max: 2 }),
        fc.boolean(),
        ({ schema, rows, nested, filter }, coverage, parents, counted) => {
          const bound = bind(filter, nested);
          const matches = evaluator(bound);
          const all: StructValue[] = rows.map((s) => ({ s }));
          for (let i = 0; i < parents; i++) all.push({ s: null });
          const nulls = counted ? new Array<StructValue>(parents).fill({ v: null }) : [];
          const file = { ...metricsOfRows(schema, [...rows, ...nulls], coverage), recordCount: all.length };
          if (all.some(matches)) expect(inclusiveMetricsEvaluator(bound)(file)).toBe(true);
          if (strictMetricsEvaluator(bound)(file)) expect(all.every(matches)).toBe(true);
        },
      ),
      runs(300),
    );
  });
});
