/** Schemas from JSON Schema, as Zod 4.6, Valibot 1.5 and ArkType 2.2 print it. @module */
import { describe, expect, test } from "vitest";
import { isIcebergError } from "../../../src/base/index.ts";
import { fromStandardSchema, schemaFromJsonSchema, t } from "../../../src/core.ts";
import type { Schema } from "../../../src/schema/index.ts";
import { typeToString } from "../../../src/schema/index.ts";

/** `z.object({ id: z.uuid(), … })["~standard"].jsonSchema.output({ target: "draft-2020-12" })`, patterns left out. */
const ZOD = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  type: "object",
  properties: {
    id: { type: "string", format: "uuid" },
    at: { type: "string", format: "date-time", description: "when it happened" },
    day: { type: "string", format: "date" },
    kind: { type: "string", enum: ["click", "view"] },
    count: { type: "integer", minimum: -9007199254740991, maximum: 9007199254740991 },
    small: { anyOf: [{ type: "integer", minimum: -2147483648, maximum: 2147483647 }, { type: "null" }] },
    ratio: { type: "number" },
    tags: { type: "array", items: { type: "string" } },
    labels: {
      type: "object",
      propertyNames: { type: "string" },
      additionalProperties: { type: ["number", "null"] },
    },
    place: {
      type: "object",
      properties: { lat: { type: "number" }, name: { type: ["string", "null"] } },
      required: ["lat"],
      additionalProperties: false,
    },
  },
  required: ["id", "at", "kind", "count", "small", "ratio", "tags", "labels"],
  additionalProperties: false,
};

/** ArkType's uuid: a pattern, or one of two constants. */
const ARKTYPE = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  type: "object",
  properties: {
    id: {
      anyOf: [
        { type: "string", description: "a UUID", format: "uuid" },
        { const: "00000000-0000-0000-0000-000000000000", description: "a UUID", format: "uuid" },
      ],
      description: "a UUID",
      format: "uuid",
    },
    k: { enum: ["a", "b"] },
    n: { anyOf: [{ type: "integer" }, { type: "null" }] },
  },
  required: ["id", "k", "n"],
};

function columns(schema: Schema): string[] {
  return schema.fields.map(
    ({ name, type, required }) => `${name}: ${typeToString(type)}${required ? "" : "?"}`,
  );
}

function standard(json: unknown) {
  const convert = ({ target }: { readonly target: string }) => {
    if (target !== "draft-07") throw new Error(`no ${target} here`);
    return json as Record<string, unknown>;
  };
  return {
    "~standard": {
      version: 1,
      vendor: "hand",
      jsonSchema: { input: () => ({ type: "object" }), output: convert },
    },
  } as const;
}

describe("schemaFromJsonSchema()", () => {
  test("reads what Zod prints", () => {
    const schema = schemaFromJsonSchema(ZOD, { identifierFields: ["id"] });
    expect(columns(schema)).toEqual([
      "id: uuid",
      "at: timestamptz",
      "day: date?",
      "kind: string",
      "count: long",
      "small: int?",
      "ratio: double",
      "tags: list<string>",
      "labels: map<string, double>",
      "place: struct<lat: double, name: string>?",
    ]);
    expect(schema.fields[1]?.doc).toBe("when it happened");
    expect(schema.fields[8]?.type).toMatchObject({ valueRequired: false });
    expect(schema.identifierFieldIds).toEqual([1]);
  });

  test("reads what ArkType prints", () => {
    expect(columns(schemaFromJsonSchema(ARKTYPE))).toEqual(["id: uuid", "k: string", "n: long?"]);
  });

  test.each([
    [{ type: "integer", format: "int32" }, "int"],
    [{ type: "integer", minimum: 0, maximum: 2147483647 }, "int"],
    [{ type: "integer", exclusiveMinimum: -2147483649, exclusiveMaximum: 2147483648 }, "int"],
    [{ type: "integer", minimum: 0, maximum: 2147483648 }, "long"],
    [{ type: "integer", minimum: 0 }, "long"],
    [{ type: "number", format: "float" }, "float"],
    [{ type: "string", format: "time" }, "time"],
    [{ type: "string", format: "email" }, "string"],
    [{ const: 3 }, "long"],
    [{ enum: [1, 2.5] }, "double"],
    [{ enum: [true, null] }, "boolean?"],
    [{ type: "null" }, "unknown?"],
    [{ type: "string", nullable: true }, "string?"],
    [{ oneOf: [{ type: "integer" }, { type: "number" }] }, "double"],
    [{ $ref: "#/$defs/point~1x" }, "struct<x: double>"],
    [
      { allOf: [{ $ref: "#/$defs/point~1x" }, { properties: { y: { type: "number" } }, required: ["y"] }] },
      "struct<x: double, y: double>",
    ],
    [{ type: "array", items: { type: ["integer", "null"] } }, "list<long>"],
  ])("reads %j as %s", (json, type) => {
    const $defs = { "point/x": { type: "object", properties: { x: { type: "number" } }, required: ["x"] } };
    const schema = schemaFromJsonSchema({ type: "object", properties: { c: json }, required: ["c"], $defs });
    expect(columns(schema)).toEqual([`c: ${type}`]);
  });

  test.each([
    [{ type: "array", prefixItems: [{ type: "string" }] }, /column c .*tuple/],
    [{ anyOf: [{ type: "string" }, { type: "integer" }] }, /column c .*string and of type long/],
    [{ $ref: "#/$defs/tree" }, /column c\.child\.element .*holds itself/],
    [{ $ref: "other.json#/a" }, /another document/],
    [{ $ref: "#/$defs/none" }, /is not there/],
    [{}, /says nothing/],
    [true, /says nothing/],
    [false, /no value fits/],
    [{ type: "object" }, /no shape/],
    [
      { type: "object", properties: { a: { type: "string" } }, additionalProperties: { type: "string" } },
      /neither struct nor map/,
    ],
    [{ type: "integer", format: "uint64" }, /unsigned/],
    [{ const: [1] }, /constant object or array/],
    [{ allOf: [{ type: "string" }, { type: "integer" }] }, /no value is of type/],
  ])("refuses %j, naming the column and the way out", (json, message) => {
    const tree = {
      type: "object",
      properties: { child: { type: "array", items: { $ref: "#/$defs/tree" } } },
    };
    const whole = { type: "object", properties: { c: json }, $defs: { tree } };
    expect(() => schemaFromJsonSchema(whole)).toThrow(message);
    try {
      schemaFromJsonSchema(whole);
    } catch (error) {
      expect(isIcebergError(error, "invalid-schema")).toBe(true);
      expect((error as Error).message).toMatch(/give it a type with \{ types: \{ "c/);
    }
  });

  test("takes types for what JSON Schema cannot say", () => {
    const json = { type: "object", properties: { a: {}, b: { type: "array", items: {} } }, required: ["a"] };
    const types = { a: t.decimal(9, 2), "b.element": t.binary() };
    expect(columns(schemaFromJsonSchema(json, { types }))).toEqual(["a: decimal(9, 2)", "b: list<binary>?"]);
    expect(() => schemaFromJsonSchema(json, { types: { ...types, z: t.int() } })).toThrow(/no such column/);
  });

  test("refuses what is no object", () => {
    expect(() => schemaFromJsonSchema({ type: "string" })).toThrow(/must be an object/);
    expect(() => schemaFromJsonSchema({ type: "object" })).toThrow(/Cannot make a table schema/);
  });
});

describe("fromStandardSchema()", () => {
  test("asks for the output in a dialect the library has", () => {
    expect(columns(fromStandardSchema(standard(ZOD)))).toHaveLength(10);
    expect(() => fromStandardSchema(standard(ZOD), { direction: "input" })).toThrow(/no shape/);
  });

  test("names a library that has no JSON Schema, or cannot make one", () => {
    expect(() => fromStandardSchema({ "~standard": { vendor: "old" } })).toThrow(
      /by old: it has no ~standard.jsonSchema/,
    );
    const failing = () => {
      throw new Error("transforms have no JSON Schema");
    };
    const broken = {
      "~standard": { version: 1, vendor: "x", jsonSchema: { input: failing, output: failing } },
    } as const;
    expect(() => fromStandardSchema(broken)).toThrow(/by x: it has no JSON Schema: transforms/);
  });
});
