/**
 * Field ids for files that carry none, by name. Spec: Column Projection, Name Mapping Serialization; SCH-081 to SCH-088.
 * @module
 */
import { IcebergError, INT32_MAX, isJsonObject, type Json, parseJson, stringifyJson } from "../base/index.ts";
import { childFields, type Schema } from "./schema.ts";
import type { Field } from "./types.ts";

/** Table property that holds the mapping as JSON text. */
export const NAME_MAPPING_PROPERTY = "schema.name-mapping.default";

/** The names one column goes by in files, and the mapping of what it holds. */
export interface MappedField {
  /** Names of the column in files; a dot in one is just a character (SCH-083). Empty: the column is in no file. */
  readonly names: readonly string[];
  /** Absent: columns of these names are deliberately not mapped (SCH-082). */
  readonly fieldId?: number;
  /** Fields of a struct; `element` of a list; `key` and `value` of a map (SCH-084). */
  readonly fields?: readonly MappedField[];
}
export type NameMapping = readonly MappedField[];

/**
 * Reads a mapping.
 * @throws IcebergError `invalid-schema` when the JSON has another shape, when one level maps a name twice, or when an
 * id occurs twice (SCH-086).
 */
export function nameMappingFromJson(json: Json): NameMapping {
  const ids = new Set<number>();
  return levelFromJson(json, ids, "the mapping");
}

/** Writes a mapping; what is absent is left out. */
export function nameMappingToJson(mapping: NameMapping): Json {
  return mapping.map(({ names, fieldId, fields }) => ({
    ...(fieldId !== undefined && { "field-id": fieldId }),
    names,
    ...(fields !== undefined && { fields: nameMappingToJson(fields) }),
  }));
}

/** Reads the text of {@link NAME_MAPPING_PROPERTY}. Throws `invalid-schema`. */
export function parseNameMapping(text: string): NameMapping {
  let json: Json;
  try {
    json = parseJson(text, `table property ${NAME_MAPPING_PROPERTY}`);
  } catch (cause) {
    throw new IcebergError("invalid-schema", `Cannot read a name mapping: ${(cause as Error).message}`, {
      cause,
      context: { property: NAME_MAPPING_PROPERTY },
    });
  }
  return nameMappingFromJson(json);
}

/** The text of a mapping, as the table property holds it. */
export function formatNameMapping(mapping: NameMapping): string {
  return stringifyJson(nameMappingToJson(mapping));
}

/** The mapping of a schema: every field goes by its name (SCH-088). */
export function nameMappingOf(schema: Schema): NameMapping {
  return mappedFields(schema.fields);
}

/** The entries of fields that go by their names. */
export function mappedFields(fields: readonly Field[]): NameMapping {
  return Object.freeze(
    fields.map(({ id, name, type }) => {
      const children = childFields(type);
      return Object.freeze({
        names: Object.freeze([name]),
        fieldId: id,
        ...(children.length > 0 && { fields: mappedFields(children) }),
      });
    }),
  );
}

/**
 * The function that gives a column of a file its field id, `undefined` for one that is not mapped. Paths are the names
 * from the top, with `element`, `key` and `value` for the parts of lists and maps whatever the file calls them
 * (SCH-084); they are followed level by level, so that a column `a.b` and a field `b` of `a` stay apart (SCH-083).
 * Only for files without any id of their own (SCH-085).
 */
export function fieldIdsByName(mapping: NameMapping): (path: readonly string[]) => number | undefined {
  const root = indexed(mapping);
  return (path) => {
    let level: Level | undefined = root;
    let found: Entry | undefined;
    for (const name of path) {
      found = level?.get(name);
      if (found === undefined) return undefined;
      level = found.children;
    }
    return found?.fieldId;
  };
}

interface Entry {
  readonly fieldId: number | undefined;
  readonly children: Level | undefined;
}
type Level = ReadonlyMap<string, Entry>;

function indexed(mapping: NameMapping): Level {
  const level = new Map<string, Entry>();
  for (const { names, fieldId, fields } of mapping) {
    const entry = { fieldId, children: fields === undefined ? undefined : indexed(fields) };
    for (const name of names) level.set(name, entry);
  }
  return level;
}

function levelFromJson(json: Json, ids: Set<number>, where: string): NameMapping {
  if (!Array.isArray(json)) fail(`${where} is no array`);
  const taken = new Set<string>();
  const items: readonly Json[] = json;
  return Object.freeze(items.map((item) => fieldFromJson(item, ids, taken, where)));
}

function fieldFromJson(json: Json, ids: Set<number>, taken: Set<string>, where: string): MappedField {
  if (!isJsonObject(json)) fail(`an entry of ${where} is no JSON object`);
  // Java reads a missing key as no names.
  const names = json.names ?? [];
  if (!Array.isArray(names) || names.some((name: Json) => typeof name !== "string")) {
    fail(`names of an entry of ${where} are no array of strings`);
  }
  for (const name of names as readonly string[]) {
    if (taken.has(name)) fail(`${where} maps ${JSON.stringify(name)} twice`);
  }
  for (const name of names as readonly string[]) taken.add(name);
  const id = json["field-id"] ?? undefined;
  if (id !== undefined) {
    if (typeof id !== "number" || !Number.isInteger(id) || Math.abs(id) > INT32_MAX) {
      fail(`field-id of ${JSON.stringify(names)} is no 32-bit integer`);
    }
    if (ids.has(id)) fail(`field id ${id} occurs twice`);
    ids.add(id);
  }
  const fields = json.fields ?? undefined;
  return Object.freeze({
    names: Object.freeze([...new Set(names as readonly string[])]),
    ...(id !== undefined && { fieldId: id }),
    ...(fields !== undefined && {
      fields: levelFromJson(fields, ids, `fields of ${JSON.stringify(names)}`),
    }),
  });
}

function fail(why: string): never {
  throw new IcebergError("invalid-schema", `Cannot read a name mapping: ${why}`);
}
