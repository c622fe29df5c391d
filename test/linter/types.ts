/** Schemas as the linter sees them: types parsed from JSON, fields by id. Spec: Schemas and Data Types. @module */
import { array, int, type Json, type JsonObject, object, objects, text } from "./json.ts";

export interface PrimitiveType {
  readonly kind: "primitive";
  /** `long`, `decimal`, `fixed`, `geometry`: without parameters. */
  readonly name: string;
  readonly precision?: number;
  readonly scale?: number;
  readonly length?: number;
}
export type LintType =
  | PrimitiveType
  | { readonly kind: "struct"; readonly fields: readonly LintField[] }
  | { readonly kind: "list"; readonly element: LintField }
  | { readonly kind: "map"; readonly key: LintField; readonly value: LintField };

export interface LintField {
  readonly id: number;
  readonly name: string;
  readonly required: boolean;
  readonly type: LintType;
}

/** A field and where it stands. */
export interface PlacedField {
  readonly field: LintField;
  readonly path: readonly string[];
  /** Inside a list or map, where a row has many values. */
  readonly repeated: boolean;
}

export interface LintSchema {
  readonly schemaId: number;
  readonly json: JsonObject;
  readonly fields: readonly LintField[];
  readonly byId: ReadonlyMap<number, PlacedField>;
  /** In schema order, duplicates included. */
  readonly ids: readonly number[];
}

/** Primitive type names by the first format version that has them. */
export const PRIMITIVES: Readonly<Record<string, 1 | 3>> = {
  boolean: 1,
  int: 1,
  long: 1,
  float: 1,
  double: 1,
  decimal: 1,
  date: 1,
  time: 1,
  timestamp: 1,
  timestamptz: 1,
  string: 1,
  uuid: 1,
  fixed: 1,
  binary: 1,
  timestamp_ns: 3,
  timestamptz_ns: 3,
  unknown: 3,
  variant: 3,
  geometry: 3,
  geography: 3,
};

export function parseSchema(json: JsonObject): LintSchema {
  const fields = objects(json.fields).map(parseField);
  const byId = new Map<number, PlacedField>();
  const ids: number[] = [];
  place(fields, [], false, (placed) => {
    ids.push(placed.field.id);
    if (!byId.has(placed.field.id)) byId.set(placed.field.id, placed);
  });
  return { schemaId: int(json["schema-id"]) ?? 0, json, fields, byId, ids };
}

/** `decimal(9, 2)`, `fixed[4]`, `geometry(srid:4326)`, `long`. */
export function parsePrimitive(given: string): PrimitiveType {
  const decimal = /^decimal\(\s*(\d+)\s*,\s*(\d+)\s*\)$/.exec(given);
  if (decimal !== null)
    return { kind: "primitive", name: "decimal", precision: Number(decimal[1]), scale: Number(decimal[2]) };
  const fixed = /^fixed\[\s*(\d+)\s*\]$/.exec(given);
  if (fixed !== null) return { kind: "primitive", name: "fixed", length: Number(fixed[1]) };
  return { kind: "primitive", name: /^(geometry|geography)\(/.exec(given)?.[1] ?? given };
}

export function typeText(type: LintType): string {
  if (type.kind !== "primitive") return type.kind;
  if (type.name === "decimal") return `decimal(${type.precision}, ${type.scale})`;
  return type.name === "fixed" ? `fixed[${type.length}]` : type.name;
}

function parseField(json: JsonObject): LintField {
  return {
    id: int(json.id) ?? -1,
    name: text(json.name) ?? "",
    required: json.required === true,
    type: parseType(json.type),
  };
}

function parseType(json: Json | undefined): LintType {
  if (typeof json === "string") return parsePrimitive(json);
  const type = object(json) ?? {};
  const part = (what: string, required: boolean): LintField => ({
    id: int(type[`${what}-id`]) ?? -1,
    name: what,
    required,
    type: parseType(type[what]),
  });
  if (type.type === "list")
    return { kind: "list", element: part("element", type["element-required"] === true) };
  if (type.type === "map")
    return { kind: "map", key: part("key", true), value: part("value", type["value-required"] === true) };
  return {
    kind: "struct",
    fields: (array(type.fields) ?? []).map((field) => parseField(object(field) ?? {})),
  };
}

function place(
  fields: readonly LintField[],
  parent: readonly string[],
  repeated: boolean,
  visit: (placed: PlacedField) => void,
): void {
  for (const field of fields) {
    const path = [...parent, field.name];
    visit({ field, path, repeated });
    const { type } = field;
    if (type.kind === "struct") place(type.fields, path, repeated, visit);
    else if (type.kind === "list") place([type.element], path, true, visit);
    else if (type.kind === "map") place([type.key, type.value], path, true, visit);
  }
}
