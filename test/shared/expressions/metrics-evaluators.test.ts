/** Metrics evaluators against the shared truth tables. @module */
import { describe, expect, test } from "vitest";
import { type Json, stringifyJson } from "../../../src/base/index.ts";
import {
  bind,
  explainInclusive,
  expressionFromJson,
  inclusiveMetricsEvaluator,
  strictMetricsEvaluator,
} from "../../../src/expressions/index.ts";
import { schemaFromJson } from "../../../src/schema/index.ts";
import { fileMetrics, list, object, readVectors, text } from "./vectors.ts";

const suites = Object.entries(object(readVectors("metrics-evaluators.json").suites)).map(
  ([name, suite]) => [name, object(suite)] as const,
);

/**
 * Cases Java answers more eagerly than is safe, and what we answer instead. None is a `must_hold` case.
 * Key: suite, evaluator, file, expression.
 */
const SAFER: ReadonlyMap<string, string> = new Map([
  [
    'TestMetricsEvaluatorsNaNHandling strict FILE {"type":"gt","term":"max_nan","value":1}',
    "NaN count unknown (SCN-045)",
  ],
  [
    'TestMetricsEvaluatorsNaNHandling strict FILE {"type":"gt-eq","term":"max_nan","value":1}',
    "NaN count unknown (SCN-045)",
  ],
]);

describe.each(suites)(
  "%s: metrics evaluators follow the vectors (SCN-035 to SCN-047)",
  (suiteName, suite) => {
    const cases = list(suite.cases).map(object);
    const deviations: string[] = [];
    test.each(
      cases.map(
        (item, index) =>
          [
            `${index} ${text(item.evaluator)} ${text(item.file)} ${stringifyJson(item.expr as Json)}`,
            item,
          ] as const,
      ),
    )("%s", (_, item) => {
      const schema = schemaFromJson(object(object(suite.schemas)[text(item.schema)]));
      const file = fileMetrics(object(object(suite.files)[text(item.file)]));
      const bound = bind(expressionFromJson(item.expr as Json), schema, {
        caseSensitive: item.case_sensitive !== false,
      });
      const inclusive = item.evaluator === "inclusive";
      const actual = inclusive ? inclusiveMetricsEvaluator(bound)(file) : strictMetricsEvaluator(bound)(file);
      if (inclusive) expect(explainInclusive(bound)(file) === undefined).toBe(actual);
      const key = `${suiteName} ${text(item.evaluator)} ${text(item.file)} ${stringifyJson(item.expr as Json)}`;
      if (item.must_hold === true) {
        expect(actual).toBe(item.expected);
        return;
      }
      if (actual !== item.expected) deviations.push(key);
      expect(actual).toBe(SAFER.has(key) ? inclusive : item.expected);
    });

    test("every listed deviation is one", () => {
      const listed = [...SAFER.keys()].filter((key) => key.startsWith(`${suiteName} `));
      expect(deviations.toSorted()).toStrictEqual(listed.toSorted());
    });
  },
);
