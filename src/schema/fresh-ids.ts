/** Field ids of a new table. Spec: Schemas, Field IDs; requirement SCH-018. @module */
import { IcebergError } from "../base/index.ts";
import { MAX_FIELD_ID, Schema } from "./schema.ts";
import type { Field, Type } from "./types.ts";

/**
 * The schema with ids from 1: all fields of one struct first, then each field's children in order, as Java numbers
 * them. Identifier fields follow their fields (SCH-019).
 */
export function assignFreshIds(schema: Schema): Schema {
  const ids = new Map<number, number>();
  const fields = freshFields(schema.fields, idsFrom(1), ids);
  return new Schema(fields, {
    schemaId: schema.schemaId,
    identifierFieldIds: schema.identifierFieldIds.map((id) => ids.get(id) ?? missing(id)),
  });
}

/** Hands out consecutive ids from `first`. Throws `invalid-schema` past the ids left to users (SCH-017). */
export function idsFrom(first: number): () => number {
  let next = first;
  return () => {
    if (next > MAX_FIELD_ID) {
      throw new IcebergError("invalid-schema", `Cannot assign field id ${next}: ids end at ${MAX_FIELD_ID}`);
    }
    return next++;
  };
}

/**
 * Fields with ids taken from `nextId` in the order of SCH-018; `renumbered`, when given, learns old id -> new id.
 * Old ids need not be unique.
 */
export function freshFields(
  fields: readonly Field[],
  nextId: () => number,
  renumbered?: Map<number, number>,
): readonly Field[] {
  const numbered = fields.map((field) => ({ ...field, id: renumber(field.id, nextId, renumbered) }));
  return Object.freeze(
    numbered.map((field) => Object.freeze({ ...field, type: freshType(field.type, nextId, renumbered) })),
  );
}

/** A type whose nested ids are taken from `nextId`. */
export function freshType(type: Type, nextId: () => number, renumbered?: Map<number, number>): Type {
  switch (type.kind) {
    case "struct":
      return Object.freeze({ kind: "struct", fields: freshFields(type.fields, nextId, renumbered) });
    case "list": {
      const elementId = renumber(type.elementId, nextId, renumbered);
      const element = freshType(type.element, nextId, renumbered);
      return Object.freeze({ kind: "list", elementId, elementRequired: type.elementRequired, element });
    }
    case "map": {
      const keyId = renumber(type.keyId, nextId, renumbered);
      const valueId = renumber(type.valueId, nextId, renumbered);
      const key = freshType(type.key, nextId, renumbered);
      const value = freshType(type.value, nextId, renumbered);
      return Object.freeze({ kind: "map", keyId, key, valueId, valueRequired: type.valueRequired, value });
    }
    default:
      return type;
  }
}

function renumber(old: number, nextId: () => number, renumbered: Map<number, number> | undefined): number {
  const id = nextId();
  renumbered?.set(old, id);
  return id;
}

function missing(id: number): never {
  throw new IcebergError("invalid-schema", `Schema names identifier field ${id}, which it does not have`, {
    context: { id },
  });
}
