/** Schemas as JSON. Reads tolerantly (SCH-028, SCH-030), writes canonically. Spec: Appendix C, Schemas. @module */
import { IcebergError, INT32_MAX, isJsonObject, type Json, type JsonObject } from "../base/index.ts";
import { NULL_DEFAULT_ONLY } from "./defaults.ts";
import { Schema } from "./schema.ts";
import { typeFromString, typeToString } from "./type-text.ts";
import type { Field, Type } from "./types.ts";
import { valueFromJson, valueToJson } from "./value-json.ts";
import type { Value } from "./values.ts";

/**
 * Reads a schema object; a missing `schema-id` is 0, as in v1 (SCH-023).
 * @throws IcebergError `invalid-schema` naming the key that is missing or wrong.
 */
export function schemaFromJson(json: Json): Schema {
  const object = objectOf(json, "schema");
  const struct = typeFromJson(object);
  if (struct.kind !== "struct") fail(`the schema is of type ${struct.kind}, not struct`);
  const id = object["schema-id"];
  const identifiers = object["identifier-field-ids"] ?? [];
  if (!Array.isArray(identifiers)) fail("identifier-field-ids of the schema is no array");
  return new Schema(struct.fields, {
    schemaId: id === undefined || id === null ? 0 : intOf(id, "schema-id of the schema"),
    identifierFieldIds: identifiers.map((item: Json) => intOf(item, "identifier-field-ids of the schema")),
  });
}

/** Writes a schema object; `identifier-field-ids` is left out when empty, as Java does. */
export function schemaToJson(schema: Schema): JsonObject {
  return {
    type: "struct",
    "schema-id": schema.schemaId,
    ...(schema.identifierFieldIds.length > 0 ? { "identifier-field-ids": schema.identifierFieldIds } : {}),
    fields: schema.fields.map(fieldToJson),
  };
}

/** Reads a type: a name, or an object for struct, list and map. Throws `invalid-schema`. */
export function typeFromJson(json: Json): Type {
  if (typeof json === "string") return typeFromString(json);
  const object = objectOf(json, "type");
  switch (object.type) {
    case "struct": {
      const fields = object.fields;
      if (!Array.isArray(fields)) fail("a struct has no array under fields");
      return freeze({ kind: "struct", fields: Object.freeze(fields.map(fieldFromJson)) });
    }
    case "list":
      return freeze({
        kind: "list",
        elementId: intOf(object["element-id"], "element-id of a list"),
        elementRequired: booleanOf(object["element-required"], "element-required of a list"),
        element: typeFromJson(present(object.element, "element of a list")),
      });
    case "map":
      return freeze({
        kind: "map",
        keyId: intOf(object["key-id"], "key-id of a map"),
        key: typeFromJson(present(object.key, "key of a map")),
        valueId: intOf(object["value-id"], "value-id of a map"),
        valueRequired: booleanOf(object["value-required"], "value-required of a map"),
        value: typeFromJson(present(object.value, "value of a map")),
      });
    default: {
      const kind = present(object.type, "type of a type object");
      // A primitive may hide in an object: {"type": "long"}.
      return typeof kind === "string" ? typeFromString(kind) : fail("type of a type object is no string");
    }
  }
}

/** Writes a type: a name, or an object for struct, list and map. */
export function typeToJson(type: Type): Json {
  switch (type.kind) {
    case "struct":
      return { type: "struct", fields: type.fields.map(fieldToJson) };
    case "list":
      return {
        type: "list",
        "element-id": type.elementId,
        element: typeToJson(type.element),
        "element-required": type.elementRequired,
      };
    case "map":
      return {
        type: "map",
        "key-id": type.keyId,
        key: typeToJson(type.key),
        "value-id": type.valueId,
        value: typeToJson(type.value),
        "value-required": type.valueRequired,
      };
    default:
      return typeToString(type);
  }
}

function fieldFromJson(json: Json): Field {
  const object = objectOf(json, "field");
  const name = object.name;
  if (typeof name !== "string") fail("name of a field is missing or no string");
  const of = `of field ${JSON.stringify(name)}`;
  const type = typeFromJson(present(object.type, `type ${of}`));
  const doc = object.doc;
  if (doc !== undefined && doc !== null && typeof doc !== "string") fail(`doc ${of} is no string`);
  return Object.freeze({
    id: intOf(object.id, `id ${of}`),
    name,
    required: booleanOf(object.required, `required ${of}`),
    type,
    ...(typeof doc === "string" ? { doc } : {}),
    ...defaultOf("initialDefault", object["initial-default"], type, `initial-default ${of}`),
    ...defaultOf("writeDefault", object["write-default"], type, `write-default ${of}`),
  });
}

function fieldToJson(field: Field): JsonObject {
  return {
    id: field.id,
    name: field.name,
    required: field.required,
    type: typeToJson(field.type),
    ...(field.doc === undefined ? {} : { doc: field.doc }),
    ...(field.initialDefault === undefined
      ? {}
      : { "initial-default": valueToJson(field.type, field.initialDefault) }),
    ...(field.writeDefault === undefined
      ? {}
      : { "write-default": valueToJson(field.type, field.writeDefault) }),
  };
}

/** A default, absent for JSON null: the key is never written with null but accepted so (SCH-045). */
function defaultOf<K extends "initialDefault" | "writeDefault">(
  key: K,
  json: Json | undefined,
  type: Type,
  what: string,
): { [k in K]?: Value } {
  if (json === undefined || json === null) return {};
  if (NULL_DEFAULT_ONLY.has(type.kind)) fail(`${what} is not null, but ${type.kind} defaults to null only`);
  try {
    return { [key]: valueFromJson(type, json) } as { [k in K]?: Value };
  } catch (cause) {
    throw new IcebergError("invalid-schema", `Cannot read ${what}: ${(cause as Error).message}`, { cause });
  }
}

function freeze<T extends Type>(type: T): T {
  return Object.freeze(type);
}

function objectOf(json: Json, what: string): JsonObject {
  return isJsonObject(json) ? json : fail(`a ${what} is no JSON object`);
}

function present(json: Json | undefined, what: string): Json {
  return json === undefined || json === null ? fail(`${what} is missing`) : json;
}

function intOf(json: Json | undefined, what: string): number {
  const value = present(json, what);
  const fits = typeof value === "number" && Number.isInteger(value) && Math.abs(value) <= INT32_MAX;
  return fits ? value : fail(`${what} is no 32-bit integer`);
}

function booleanOf(json: Json | undefined, what: string): boolean {
  const value = present(json, what);
  return typeof value === "boolean" ? value : fail(`${what} is neither true nor false`);
}

function fail(why: string): never {
  throw new IcebergError("invalid-schema", `Cannot read schema: ${why}`);
}
