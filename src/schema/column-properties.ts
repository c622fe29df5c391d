/** Table properties that speak of columns by name, kept true when the schema changes. Requirements SCH-070, SCH-071. @module */
import {
  formatNameMapping,
  type MappedField,
  mappedFields,
  NAME_MAPPING_PROPERTY,
  type NameMapping,
  parseNameMapping,
} from "./name-mapping.ts";
import { childFields, type Schema } from "./schema.ts";
import type { Field } from "./types.ts";

/** Property keys that end in a column's full name. */
const COLUMN_PREFIXES = [
  "write.metadata.metrics.column.",
  "write.parquet.bloom-filter-enabled.column.",
  "write.parquet.bloom-filter-fpp.column.",
  "write.parquet.stats-enabled.column.",
];

/** Properties to set and keys to remove. */
export interface PropertyMoves {
  readonly set: ReadonlyMap<string, string>;
  readonly unset: readonly string[];
}

/**
 * What a schema change does to properties: keys follow renamed columns and go with dropped ones, and the name mapping
 * learns of new columns and new names. A mapping that cannot be read stays as it is, like any property that is not
 * understood: readers that need it complain.
 */
export function columnProperties(
  before: Schema,
  after: Schema,
  properties: ReadonlyMap<string, string>,
): PropertyMoves {
  const set = new Map<string, string>();
  const unset: string[] = [];
  for (const [key, value] of properties) {
    const prefix = COLUMN_PREFIXES.find((candidate) => key.startsWith(candidate));
    if (prefix === undefined) continue;
    const path = key.slice(prefix.length);
    const id = before.idOf(path);
    const moved = id === undefined ? path : after.pathOf(id);
    if (moved === path) continue;
    unset.push(key);
    if (moved !== undefined) set.set(prefix + moved, value);
  }
  const mapping = properties.get(NAME_MAPPING_PROPERTY);
  const next = mapping === undefined ? undefined : nextMappingText(mapping, before, after);
  if (next !== undefined && next !== mapping) set.set(NAME_MAPPING_PROPERTY, next);
  // Two columns that swap names swap their properties: what is set again is not removed.
  return { set, unset: unset.filter((key) => !set.has(key)) };
}

/**
 * The mapping after a schema change: renamed columns go by both names, added ones by theirs, and a name goes to the
 * column that took it last. Dropped columns stay known by id, which no schema has any more.
 */
export function nextNameMapping(mapping: NameMapping, before: Schema, after: Schema): NameMapping {
  return nextLevel(mapping, after.fields, before);
}

function nextMappingText(text: string, before: Schema, after: Schema): string | undefined {
  let mapping: NameMapping;
  try {
    mapping = parseNameMapping(text);
  } catch {
    return undefined;
  }
  const next = nextNameMapping(mapping, before, after);
  return next === mapping ? text : formatNameMapping(next);
}

/** One level against the fields that belong there now; the same object when nothing changed. */
function nextLevel(level: NameMapping, fields: readonly Field[], before: Schema): NameMapping {
  const taken = new Set<string>();
  const added: Field[] = [];
  const renamed = new Set<number>();
  for (const field of fields) {
    const old = before.findField(field.id);
    if (old === undefined) added.push(field);
    else if (old.name !== field.name) renamed.add(field.id);
    if (old?.name !== field.name) taken.add(field.name);
  }
  const byId = new Map(fields.map((field) => [field.id, field]));
  let changed = added.length > 0;
  const kept = level.map((entry) => {
    const field = entry.fieldId === undefined ? undefined : byId.get(entry.fieldId);
    const next = nextEntry(entry, field, taken, field !== undefined && renamed.has(field.id), before);
    if (next !== entry) changed = true;
    return next;
  });
  return changed ? Object.freeze([...kept, ...mappedFields(added)]) : level;
}

function nextEntry(
  entry: MappedField,
  field: Field | undefined,
  taken: ReadonlySet<string>,
  renamed: boolean,
  before: Schema,
): MappedField {
  const kept = entry.names.filter((name) => !taken.has(name) || name === field?.name);
  const names = renamed && !kept.includes(field!.name) ? [...kept, field!.name] : kept;
  const children = field === undefined ? [] : childFields(field.type);
  const fields = children.length === 0 ? entry.fields : nextLevel(entry.fields ?? [], children, before);
  const sameNames = names.length === entry.names.length && names.every((name) => entry.names.includes(name));
  const sameFields = fields === entry.fields || (fields?.length === 0 && entry.fields === undefined);
  if (sameNames && sameFields) return entry;
  return Object.freeze({ ...entry, names: Object.freeze(names), ...(fields !== undefined && { fields }) });
}
