/** Expression JSON against the shared vectors. @module */
import { describe, expect, test } from "vitest";
import { isIcebergError, type Json, stringifyJson } from "../../../src/base/index.ts";
import {
  alwaysFalse,
  alwaysTrue,
  expressionFromJson,
  expressionToJson,
  parseExpression,
} from "../../../src/expressions/index.ts";
import { list, object, readVectors, text } from "./vectors.ts";

const vectors = readVectors("expression-json.json");
const cases = list(vectors.cases).map(object);

describe("expressionFromJson() and expressionToJson() follow the vectors (RST-084)", () => {
  test.each(
    cases.map(
      (item, index) => [`${index} ${text(item.test)} ${stringifyJson(item.json as Json)}`, item] as const,
    ),
  )("%s", (_, item) => {
    const json = item.json as Json;
    if (item.valid !== true) {
      expect(() => expressionFromJson(json)).toThrowError(
        expect.objectContaining({ code: "invalid-expression" }),
      );
      return;
    }
    const expression = expressionFromJson(json);
    // What is written reads back as the same expression, and as itself.
    const written = expressionToJson(expression);
    expect(expressionFromJson(written)).toStrictEqual(expression);
    expect(expressionToJson(expressionFromJson(written))).toStrictEqual(written);
  });

  test("every operation of the vectors is read", () => {
    for (const op of list(vectors.ops_unary))
      expect(expressionFromJson({ type: op, term: "a" })).toMatchObject({ op });
    for (const op of list(vectors.ops_literal)) {
      const value = text(op).includes("starts") ? "x" : 1;
      expect(expressionFromJson({ type: op, term: "a", value })).toMatchObject({ op });
    }
    for (const op of list(vectors.ops_set))
      expect(expressionFromJson({ type: op, term: "a", values: [1, 2] })).toMatchObject({ op });
  });

  test("constants are written bare and read in all their forms", () => {
    expect(expressionToJson(alwaysTrue)).toBe(true);
    expect(expressionToJson(alwaysFalse)).toBe(false);
    for (const json of [true, { type: "true" }, { type: "literal", value: true }] as Json[]) {
      expect(expressionFromJson(json)).toBe(alwaysTrue);
    }
  });

  test("the plain valid predicates are written to the letter", () => {
    const plain = cases.filter(
      (item) => item.valid === true && !/literal"|reference"|extra/.test(stringifyJson(item.json as Json)),
    );
    expect(plain.length).toBeGreaterThan(8);
    for (const item of plain)
      expect(expressionToJson(expressionFromJson(item.json as Json))).toStrictEqual(item.json);
  });

  test("the newer form says the same as the older one", () => {
    const newer: Json = {
      type: "and",
      left: {
        type: "lt",
        left: { type: "reference", name: "a" },
        right: { type: "literal", value: 5, "data-type": "int" },
      },
      right: {
        type: "in",
        child: {
          type: "apply",
          function: { catalog: "iceberg_functions", identifier: ["bucket"] },
          arguments: [16, { type: "reference", name: "b" }],
        },
        values: { type: "literals", values: [1, 2], "data-type": "int" },
      },
    };
    expect(expressionFromJson(newer)).toStrictEqual(parseExpression("a < 5 and bucket(16, b) in (1, 2)"));
    const flipped: Json = { type: "lt", left: 5, right: { type: "reference", name: "a" } };
    expect(expressionFromJson(flipped)).toStrictEqual(parseExpression("a > 5"));
    expect(isIcebergError(new Error("x"))).toBe(false);
  });
});
