/** Laws of schema JSON, ids, identifier fields and name mappings (P1, P8, P9). @module */
import fc from "fast-check";
import { expect, test } from "vitest";
import { isJsonObject, type Json } from "../../src/base/index.ts";
import {
  assignFreshIds,
  childFields,
  type Field,
  fieldIdsByName,
  formatNameMapping,
  isPrimitive,
  nameMappingOf,
  type PrimitiveType,
  parseNameMapping,
  Schema,
  sameSchema,
  schemaFromJson,
  schemaToJson,
  typeFromString,
  typeToString,
} from "../../src/schema/index.ts";
import {
  arbitraryComparableType,
  arbitraryLeafType,
  arbitrarySchema,
  checkSchemaJson,
} from "../../src/testing/index.ts";
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

test("checkIdentifierFields() accepts exactly what the rules allow (P8, SCH-032)", () => {
  const floating = fc.constantFrom<PrimitiveType>({ kind: "float" }, { kind: "double" });
  const leaves = fc.oneof(arbitraryLeafType(), floating);
  const cases = arbitrarySchema({ leaves }).chain((schema) => {
    const ids = [...schema.places()].map(({ field }) => field.id);
    return fc.tuple(fc.constant(schema), fc.uniqueArray(fc.constantFrom(...ids, 999_999), { maxLength: 2 }));
  });
  fc.assert(
    fc.property(cases, ([schema, identifierFieldIds]) => {
      const holds = identifierFieldIds.every((id) => mayIdentify(schema.fields, id));
      const identified = new Schema(schema.fields, { identifierFieldIds });
      if (holds) identified.checkIdentifierFields();
      else expect(() => identified.checkIdentifierFields()).toThrow(/Cannot identify rows by/);
    }),
    runs(500),
  );
});

test("a mapping made of a schema finds every field, and dots never reach into another (P9, SCH-081, SCH-083, SCH-084)", () => {
  fc.assert(
    fc.property(arbitrarySchema(), (schema) => {
      const mapping = nameMappingOf(schema);
      const read = parseNameMapping(formatNameMapping(mapping));
      expect(read).toEqual(mapping);
      const idOf = fieldIdsByName(read);
      for (const { field, names } of schema.places()) {
        expect(idOf(names)).toBe(field.id);
        const dotted = names.join(".");
        const isColumn = schema.fields.some(({ name }) => name === dotted);
        if (names.length > 1 && !isColumn) expect(idOf([dotted])).toBeUndefined();
        if (names.length === 1 && dotted.includes(".") && dotted !== ".") {
          expect(idOf(dotted.split("."))).toBe(nestedId(schema, dotted.split(".")));
        }
      }
    }),
    runs(200),
  );
});

/** The rules by themselves: a primitive that is no float, required, and below required structs only. */
function mayIdentify(fields: readonly Field[], id: number): boolean {
  return fields.some(({ id: own, required, type }) => {
    if (!required) return false;
    if (own === id) return isPrimitive(type) && type.kind !== "float" && type.kind !== "double";
    return type.kind === "struct" && mayIdentify(type.fields, id);
  });
}

/** The id of the field that a path of names leads to, `undefined` where it leads nowhere. */
function nestedId(schema: Schema, path: readonly string[]): number | undefined {
  let fields = schema.fields;
  let found: Field | undefined;
  for (const part of path) {
    found = fields.find(({ name }) => name === part);
    if (found === undefined) return undefined;
    fields = childFields(found.type);
  }
  return found?.id;
}

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
