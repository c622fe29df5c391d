/** Manifest pruning against the shared truth table. @module */
import { describe, expect, test } from "vitest";
import { type Json, stringifyJson } from "../../../src/base/index.ts";
import {
  bind,
  expressionFromJson,
  inclusiveProjection,
  manifestEvaluator,
} from "../../../src/expressions/index.ts";
import { specFromJson } from "../../../src/partitioning/index.ts";
import { schemaFromJson } from "../../../src/schema/index.ts";
import { list, object, readVectors, summaries, text } from "./vectors.ts";

const vectors = readVectors("manifest-evaluator.json");
const cases = list(vectors.cases).map(object);

describe("manifestEvaluator() follows the vectors (SCN-029 to SCN-034)", () => {
  test.each(
    cases.map(
      (item, index) => [`${index} ${text(item.test)} ${stringifyJson(item.expr as Json)}`, item] as const,
    ),
  )("%s", (_, item) => {
    const specJson = object(object(vectors.specs)[text(item.spec)]);
    const file = object(object(vectors.files)[text(item.file)]);
    const schema = schemaFromJson(object(specJson.schema));
    const spec = specFromJson(specJson);
    const bound = bind(expressionFromJson(item.expr as Json), schema, {
      caseSensitive: item.case_sensitive !== false,
    });
    const evaluate = manifestEvaluator(inclusiveProjection(bound, spec, schema), spec.fields);
    const actual = evaluate(summaries(file.partitions));
    expect(actual).toBe(item.expected);
  });
});
