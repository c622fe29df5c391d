/** Equality of types, fields and schemas, ids included. Spec: Schemas. @module */
import { compareBytes } from "../base/index.ts";
import type { Schema } from "./schema.ts";
import type { Field, Type } from "./types.ts";
import type { StructValue, Value } from "./values.ts";

/**
 * Whether two schemas hold the same struct and identifier set, whatever their schema ids (SCH-031): such a schema
 * is reused instead of added.
 */
export function sameSchema(a: Schema, b: Schema): boolean {
  if (!sameFields(a.fields, b.fields)) return false;
  const identifiers = new Set(a.identifierFieldIds);
  const others = new Set(b.identifierFieldIds);
  return identifiers.size === others.size && [...identifiers].every((id) => others.has(id));
}

/** Whether two types are the same: parameters, and of nested types ids, names, nullability, docs and defaults. */
export function typesEqual(a: Type, b: Type): boolean {
  if (a === b) return true;
  switch (a.kind) {
    case "decimal":
      return b.kind === "decimal" && a.precision === b.precision && a.scale === b.scale;
    case "fixed":
      return b.kind === "fixed" && a.length === b.length;
    case "geometry":
      return b.kind === "geometry" && a.crs === b.crs;
    case "geography":
      return b.kind === "geography" && a.crs === b.crs && a.algorithm === b.algorithm;
    case "struct":
      return b.kind === "struct" && sameFields(a.fields, b.fields);
    case "list":
      return (
        b.kind === "list" &&
        a.elementId === b.elementId &&
        a.elementRequired === b.elementRequired &&
        typesEqual(a.element, b.element)
      );
    case "map":
      return (
        b.kind === "map" &&
        a.keyId === b.keyId &&
        a.valueId === b.valueId &&
        a.valueRequired === b.valueRequired &&
        typesEqual(a.key, b.key) &&
        typesEqual(a.value, b.value)
      );
    default:
      return a.kind === b.kind;
  }
}

/** Whether two fields are the same in everything, docs and defaults included. */
export function fieldsEqual(a: Field, b: Field): boolean {
  return (
    a.id === b.id &&
    a.name === b.name &&
    a.required === b.required &&
    a.doc === b.doc &&
    typesEqual(a.type, b.type) &&
    valuesEqual(a.initialDefault, b.initialDefault) &&
    valuesEqual(a.writeDefault, b.writeDefault)
  );
}

/** Whether two held values of one type are the same: bytes by content, NaN equal to itself, -0 apart from 0. */
export function valuesEqual(a: Value | null | undefined, b: Value | null | undefined): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (a instanceof Uint8Array || b instanceof Uint8Array) {
    return a instanceof Uint8Array && b instanceof Uint8Array && compareBytes(a, b) === 0;
  }
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    return a.every((item: Value, index) => valuesEqual(item, b[index] as Value));
  }
  const left = a as StructValue;
  const right = b as StructValue;
  const names = Object.keys(left);
  return (
    names.length === Object.keys(right).length && names.every((name) => valuesEqual(left[name], right[name]))
  );
}

function sameFields(a: readonly Field[], b: readonly Field[]): boolean {
  return a.length === b.length && a.every((field, index) => fieldsEqual(field, b[index]!));
}
