/** Laws of schema JSON and of ids (P1). @module */
import fc from "fast-check";
import { expect, test } from "vitest";
import { isJsonObject, type Json } from "../../src/base/index.ts";
import {
  assignFreshIds,
  type Schema,
  sameSchema,
  schemaFromJson,
  schemaToJson,
  typeFromString,
  typeToString,
} from "../../src/schema/index.ts";
import { arbitraryComparableType, arbitrarySchema, checkSchemaJson } from "../../src/testing/index.ts";
import { runs } from "./runs.ts";

test("schemaFromJson() inverts schemaToJson(), through text (P1, SCH-023)", () => {
  const { numRuns } = runs(100);
  expect(checkSchemaJson({ encode: schemaToJson, decode: schemaFromJson }, { numRuns })).toBe(numRuns);
});

test("schemaFromJson() ignores key order and unknown keys (P1, SCH-028, SCH-030)", () => {
  fc.assert(
    fc.property(arbitrarySchema(), (schema) => {
      expect(sameSchema(schemaFromJson(disturbed(schemaToJson(schema))), schema)).toBe(true);
    }),
  );
});

test("typeFromString() reads any case and white space around parameters (P1, SCH-001, SCH-026)", () => {
  fc.assert(
    fc.property(
      arbitraryComparableType(),
      fc.constantFrom("", " ", "  "),
      fc.boolean(),
      (type, space, upper) => {
        const text = typeToString(type)
          .replace(/([[(,])\s*/g, `$1${space}`)
          .replace(/([\])])/g, `${space}$1`);
        expect(typeFromString(upper ? text.toUpperCase() : text)).toEqual(type);
      },
    ),
  );
});

test("assignFreshIds() numbers 1 to n without gaps and changes nothing else (SCH-015, SCH-018)", () => {
  fc.assert(
    fc.property(arbitrarySchema(), (schema) => {
      const fresh = assignFreshIds(schema);
      const ids = idsOf(fresh).map(([id]) => id as number);
      expect(ids.toSorted((a, b) => a - b)).toEqual(ids.map((_, index) => index + 1));
      expect(fresh.fields.map((field) => field.id)).toEqual(schema.fields.map((_, index) => index + 1));
      expect(idsOf(fresh).map(([, path]) => path)).toEqual(idsOf(schema).map(([, path]) => path));
      expect(sameSchema(assignFreshIds(fresh), fresh)).toBe(true);
    }),
  );
});

function idsOf(schema: Schema): [number, string][] {
  return [...schema.places()].map((place) => [place.field.id, place.path]);
}

/** The same JSON with members reversed and one more in every object. */
function disturbed(json: Json): Json {
  if (Array.isArray(json)) return json.map(disturbed);
  if (!isJsonObject(json)) return json;
  const members = Object.entries(json).map(([key, value]) => [key, disturbed(value!)] as const);
  return Object.fromEntries([["x-unknown", { a: [1] }], ...members.reverse()]);
}
