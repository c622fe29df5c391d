/** Schemas with everything a version of the format allows in them. Spec: Schemas; SCH-013 to SCH-043. @module */
import fc from "fast-check";
import { stringifyJson } from "../base/index.ts";
import { type Field, isNested, isPrimitive, Schema, schemaToJson, type Type } from "../schema/index.ts";
import { printed } from "./law.ts";
import { arbitraryFields, arbitraryType, type NestedTypeOptions } from "./types.ts";
import { arbitraryValue } from "./values.ts";

export interface SchemaOptions extends NestedTypeOptions {
  /** Default 4. */
  readonly maxColumns?: number;
  /** Whether fields carry defaults; default true where the version has them (3). */
  readonly defaults?: boolean;
}

/**
 * Valid schemas: unique ids with gaps, numbered as some other writer might, distinct full names, docs, identifier
 * fields, and in version 3 defaults.
 * @example fc.assert(fc.property(arbitrarySchema({ formatVersion: 2 }), (schema) => print(parse(schema)) === …));
 */
export function arbitrarySchema(options: SchemaOptions = {}): fc.Arbitrary<Schema> {
  const columns = arbitraryFields(arbitraryType(options), options.maxColumns ?? 4);
  const numbering = fc.record({
    schemaId: fc.nat({ max: 50 }),
    first: fc.constantFrom(1, 1, 7),
    gap: fc.constantFrom(1, 1, 3),
    identifiers: fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
  });
  const made = fc.tuple(columns, numbering).map(([fields, { schemaId, first, gap, identifiers }]) => {
    let next = first - gap;
    const id = () => {
      next += gap;
      return next;
    };
    const numbered = fields.map((field) => numberField(field, id));
    if (!haveDistinctPaths(numbered)) return undefined;
    const draft = new Schema(numbered);
    const eligible = [...draft.places()].filter(
      ({ field, throughStructs, alwaysPresent }) =>
        throughStructs &&
        alwaysPresent &&
        isPrimitive(field.type) &&
        !/^(float|double)$/.test(field.type.kind),
    );
    const identifierFieldIds = eligible.filter((_, at) => identifiers[at]).map(({ field }) => field.id);
    return printable(new Schema(numbered, { schemaId, identifierFieldIds }));
  });
  const schema = made.filter((each): each is Schema => each !== undefined);
  const withDefaults = options.defaults ?? (options.formatVersion ?? 3) === 3;
  return withDefaults ? schema.chain(addDefaults) : schema;
}

function printable(schema: Schema): Schema {
  return printed(schema, () => `schemaFromJson(${stringifyJson(schemaToJson(schema))})`);
}

function numberField(field: Field, id: () => number): Field {
  return { ...field, id: id(), type: numberType(field.type, id) };
}

function numberType(type: Type, id: () => number): Type {
  switch (type.kind) {
    case "struct":
      return { kind: "struct", fields: type.fields.map((field) => numberField(field, id)) };
    case "list":
      return { ...type, elementId: id(), element: numberType(type.element, id) };
    case "map":
      return {
        ...type,
        keyId: id(),
        key: numberType(type.key, id),
        valueId: id(),
        value: numberType(type.value, id),
      };
    default:
      return type;
  }
}

/** Whether no two fields have one full name: a column `a.b` beside a struct `a` with a `b` is no schema (SCH-021). */
function haveDistinctPaths(fields: readonly Field[]): boolean {
  try {
    new Schema(fields);
    return true;
  } catch {
    return false;
  }
}

/** The schema with defaults on some of its primitive columns that have a JSON form for every value they get. */
function addDefaults(schema: Schema): fc.Arbitrary<Schema> {
  const fields = schema.fields.map((field): fc.Arbitrary<Field> => {
    if (isNested(field.type) || !isPrimitive(field.type) || field.type.kind === "unknown") {
      return fc.constant(field);
    }
    if (field.type.kind === "geometry" || field.type.kind === "geography") return fc.constant(field);
    const value = arbitraryValue(field.type).filter(
      (each) => typeof each !== "number" || Number.isFinite(each),
    );
    return fc
      .tuple(fc.option(value, { freq: 2 }), fc.option(value, { freq: 2 }))
      .map(([initialDefault, writeDefault]) => ({
        ...field,
        ...(initialDefault !== null && { initialDefault }),
        ...(writeDefault !== null && { writeDefault }),
      }));
  });
  const { schemaId, identifierFieldIds } = schema;
  return fc.tuple(...fields).map((all) => printable(new Schema(all, { schemaId, identifierFieldIds })));
}
