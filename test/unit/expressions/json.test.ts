/** Expression JSON: both forms and what is refused. @module */
import { describe, expect, test } from "vitest";
import { type Json, stringifyJson } from "../../../src/base/index.ts";
import {
  bind,
  eq,
  expressionFromJson,
  expressionToJson,
  gt,
  isIn,
  or,
  parseExpression,
} from "../../../src/expressions/index.ts";
import { Schema, typeFromString } from "../../../src/schema/index.ts";

const schema = new Schema(
  ["id:long", "ts:timestamptz", "b:binary", "p:decimal(9,2)", "d:double"].map((text, index) => {
    const [name, type] = text.split(":");
    return { id: index + 1, name: name!, required: false, type: typeFromString(type!) };
  }),
);

describe("expressionToJson()", () => {
  test("bound literals are single values of their types (RST-085)", () => {
    const json = (filter: string) => stringifyJson(expressionToJson(bind(parseExpression(filter), schema)));
    expect(json("id = 9223372036854775807")).toBe('{"type":"eq","term":"id","value":9223372036854775807}');
    expect(json("ts < '2026-01-31T01:00:00+01:00'")).toBe(
      '{"type":"lt","term":"ts","value":"2026-01-31T00:00:00+00:00"}',
    );
    expect(json("b in (X'0aff', X'00')")).toBe('{"type":"in","term":"b","values":["0AFF","00"]}');
    expect(json("p >= 1.5")).toBe('{"type":"gt-eq","term":"p","value":"1.50"}');
    expect(json("d = 1")).toBe('{"type":"eq","term":"d","value":1.0}');
    expect(json("bucket(16, id) = 3")).toBe(
      '{"type":"eq","term":{"type":"transform","transform":"bucket[16]","term":"id"},"value":3}',
    );
    expect(json("not (id is null) and true")).toBe('{"type":"not-null","term":"id"}');
  });

  test("unbound literals are written as they are", () => {
    const json = (literal: Parameters<typeof eq>[1]) => stringifyJson(expressionToJson(eq("a", literal)));
    expect(json(new Date("2026-01-31T00:00:00.5Z"))).toContain('"2026-01-31T00:00:00.5+00:00"');
    expect(json(Uint8Array.of(10, 255))).toContain('"0AFF"');
    expect(json({ unscaled: 150n, scale: 2 })).toContain('"1.50"');
    expect(json(2n ** 60n)).toContain("1152921504606846976");
    expect(() => json(Number.POSITIVE_INFINITY)).toThrow(/Infinity/);
  });

  test("a thousand operands nest ten levels deep and read back in order", () => {
    const expression = or(...Array.from({ length: 1000 }, (_, index) => eq("id", index)));
    const json = expressionToJson(expression);
    expect(stringifyJson(json).split('"left"').length - 1).toBe(999);
    expect(depth(json)).toBe(10);
    expect(expressionFromJson(json)).toStrictEqual(expression);
  });
});

function depth(json: Json): number {
  const node = json as { readonly left?: Json; readonly right?: Json };
  return node.left === undefined ? 0 : 1 + Math.max(depth(node.left), depth(node.right!));
}

describe("expressionFromJson()", () => {
  test("reads references by id with a schema (RST-084)", () => {
    const json: Json = {
      type: "gt",
      left: { type: "reference", id: 1 },
      right: { type: "literal", value: 5 },
    };
    expect(expressionFromJson(json, { schema })).toStrictEqual(gt("id", 5));
    expect(() => expressionFromJson(json)).toThrow(/by id; pass the schema/);
    expect(() =>
      expressionFromJson({ type: "is-null", child: { type: "reference", id: 99 } }, { schema }),
    ).toThrow(/no field with id 99/);
  });

  test("operation names in any case and with underscores", () => {
    expect(expressionFromJson({ type: "GT_EQ", term: "a", value: 1 })).toStrictEqual(
      parseExpression("a >= 1"),
    );
    expect(
      expressionFromJson({
        type: "in",
        term: { type: "reference", term: "a" },
        values: [{ type: "literal", value: 1 }, 2],
      }),
    ).toStrictEqual(isIn("a", [1, 2]));
  });

  test.each<[string, Json, RegExp]>([
    ["no object", 5, /true, false or an object/],
    ["no type", { term: "a" }, /member type is missing/],
    [
      "two columns",
      { type: "eq", left: { type: "reference", name: "a" }, right: { type: "reference", name: "b" } },
      /one literal/,
    ],
    [
      "a prefix of a literal",
      { type: "starts-with", left: "a", right: { type: "reference", name: "b" } },
      /one literal/,
    ],
    [
      "a null literal",
      { type: "eq", term: "a", value: { type: "literal", value: null } },
      /a literal is text/,
    ],
    [
      "another function",
      {
        type: "is-null",
        child: { type: "apply", function: "upper", arguments: [{ type: "reference", name: "a" }] },
      },
      /no transform upper/,
    ],
    [
      "another catalog",
      {
        type: "is-null",
        child: { type: "apply", function: { catalog: "c", identifier: ["day"] }, arguments: [] },
      },
      /only partition transforms/,
    ],
    [
      "a transform of a transform",
      {
        type: "is-null",
        term: {
          type: "transform",
          transform: "day",
          term: { type: "transform", transform: "day", term: "a" },
        },
      },
      /transforms of transforms/,
    ],
    [
      "arguments of bucket",
      {
        type: "is-null",
        child: { type: "apply", function: "bucket", arguments: [{ type: "reference", name: "a" }] },
      },
      /bucket takes/,
    ],
  ])("refuses %s", (_, json, why) => {
    expect(() => expressionFromJson(json)).toThrow(why);
  });

  test("nesting beyond the limit is an error, not a stack overflow", () => {
    let json: Json = { type: "is-null", term: "a" };
    for (let i = 0; i < 5000; i++) json = { type: "and", left: json, right: { type: "is-null", term: "b" } };
    expect(() => expressionFromJson(json)).toThrow(/nests deeper than 1000/);
  });
});
