/** The fields of manifests and manifest lists, from the tables of the specification, and their check. @module */

import { unwrap } from "./avro.ts";
import { type Json, type JsonObject, object, objects, text } from "./json.ts";

/** What a format version says of a field: required, optional, or not to be written. */
type Presence = "R" | "O" | "-";

/** A field: id, name, type, presence in versions 1, 2 and 3. Types of maps and lists name the ids within. */
type FieldRow = readonly [
  id: number,
  name: string,
  type: string,
  presence: `${Presence}${Presence}${Presence}`,
];

export const ENTRY_FIELDS: readonly FieldRow[] = [
  [0, "status", "int", "RRR"],
  [1, "snapshot_id", "long", "ROO"],
  [3, "sequence_number", "long", "-OO"],
  [4, "file_sequence_number", "long", "-OO"],
  [2, "data_file", "record", "RRR"],
];

export const FILE_FIELDS: readonly FieldRow[] = [
  [134, "content", "int", "-RR"],
  [100, "file_path", "string", "RRR"],
  [101, "file_format", "string", "RRR"],
  [102, "partition", "record", "RRR"],
  [103, "record_count", "long", "RRR"],
  [104, "file_size_in_bytes", "long", "RRR"],
  [105, "block_size_in_bytes", "long", "R--"],
  [106, "file_ordinal", "int", "---"],
  [107, "sort_columns", "list<112:int>", "---"],
  [108, "column_sizes", "map<117:int,118:long>", "OOO"],
  [109, "value_counts", "map<119:int,120:long>", "OOO"],
  [110, "null_value_counts", "map<121:int,122:long>", "OOO"],
  [137, "nan_value_counts", "map<138:int,139:long>", "OOO"],
  [111, "distinct_counts", "map<123:int,124:long>", "---"],
  [125, "lower_bounds", "map<126:int,127:bytes>", "OOO"],
  [128, "upper_bounds", "map<129:int,130:bytes>", "OOO"],
  [131, "key_metadata", "bytes", "OOO"],
  [132, "split_offsets", "list<133:long>", "OOO"],
  [135, "equality_ids", "list<136:int>", "-OO"],
  [140, "sort_order_id", "int", "OOO"],
  [141, "spec_id", "int", "---"],
  [142, "first_row_id", "long", "--O"],
  [143, "referenced_data_file", "string", "-OO"],
  [144, "content_offset", "long", "--O"],
  [145, "content_size_in_bytes", "long", "--O"],
];

export const LIST_FIELDS: readonly FieldRow[] = [
  [500, "manifest_path", "string", "RRR"],
  [501, "manifest_length", "long", "RRR"],
  [502, "partition_spec_id", "int", "RRR"],
  [517, "content", "int", "-RR"],
  [515, "sequence_number", "long", "-RR"],
  [516, "min_sequence_number", "long", "-RR"],
  [503, "added_snapshot_id", "long", "RRR"],
  [504, "added_files_count", "int", "ORR"],
  [505, "existing_files_count", "int", "ORR"],
  [506, "deleted_files_count", "int", "ORR"],
  [512, "added_rows_count", "long", "ORR"],
  [513, "existing_rows_count", "long", "ORR"],
  [514, "deleted_rows_count", "long", "ORR"],
  [507, "partitions", "list<508:record>", "OOO"],
  [519, "key_metadata", "bytes", "OOO"],
  [520, "first_row_id", "long", "--O"],
];

export const SUMMARY_FIELDS: readonly FieldRow[] = [
  [509, "contains_null", "boolean", "RRR"],
  [518, "contains_nan", "boolean", "OOO"],
  [510, "lower_bound", "bytes", "OOO"],
  [511, "upper_bound", "bytes", "OOO"],
];

/** Faults of a record's fields: missing, renamed, of another type, nullable or not, or foreign to the version. */
export function fieldFaults(
  record: JsonObject | undefined,
  rows: readonly FieldRow[],
  version: number,
): string[] {
  if (record === undefined) return ["it is no record"];
  const faults: string[] = [];
  const fields = new Map<unknown, JsonObject>();
  for (const field of objects(record.fields)) {
    if (typeof field["field-id"] !== "number") faults.push(`field ${field.name} has no field-id`);
    else if (fields.has(field["field-id"])) faults.push(`field-id ${field["field-id"]} stands twice`);
    fields.set(field["field-id"], field);
  }
  for (const [id, name, type, presence] of rows) {
    const rule = presence[version - 1] as Presence;
    const field = fields.get(id);
    if (field === undefined) {
      if (rule === "R") faults.push(`required field ${id} (${name}) is missing`);
      continue;
    }
    if (rule === "-") faults.push(`field ${id} (${name}) is not of version ${version}`);
    if (field.name !== name) faults.push(`field ${id} is named ${field.name}, not ${name}`);
    const isOptional = Array.isArray(field.type);
    if (rule === "R" && isOptional)
      faults.push(`field ${id} (${name}) is optional, version ${version} requires it`);
    if (rule === "O" && !isOptional)
      faults.push(`field ${id} (${name}) is required, version ${version} has it optional`);
    const found = typeText(unwrap(field.type));
    if (found !== type) faults.push(`field ${id} (${name}) is ${found}, not ${type}`);
  }
  return faults;
}

/** The record that a field's type is or holds. */
export function recordOf(record: JsonObject | undefined, fieldId: number): JsonObject | undefined {
  const field = objects(record?.fields).find((each) => each["field-id"] === fieldId);
  const type = object(unwrap(field?.type));
  return type?.type === "array" ? object(type.items) : type;
}

/** Unions that are not null and one type, in that order, with the default null. */
export function unionFaults(json: Json | undefined, where = "the schema"): string[] {
  if (Array.isArray(json)) {
    const branches = json as readonly Json[];
    const own =
      branches.length === 2 && branches[0] === "null"
        ? []
        : [`${where} is the union ${JSON.stringify(json)}`];
    return own.concat(branches.flatMap((branch) => unionFaults(branch, where)));
  }
  const type = object(json);
  if (type === undefined) return [];
  const inField = objects(type.fields).flatMap((field) => {
    const own =
      Array.isArray(field.type) && field.default !== null ? [`${field.name} has no default null`] : [];
    return own.concat(unionFaults(field.type, text(field.name)));
  });
  return inField.concat(unionFaults(type.items, where), unionFaults(type.values, where));
}

/** A type as the field tables spell it; ids are the ones found. */
function typeText(json: Json | undefined): string {
  const type = object(json);
  if (type === undefined) return String(json);
  if (type.type !== "array") return String(type.type);
  const items = object(type.items);
  if (type.logicalType !== "map") return `list<${type["element-id"]}:${typeText(type.items)}>`;
  const parts = objects(items?.fields).map((field) => `${field["field-id"]}:${typeText(field.type)}`);
  return `map<${parts.join(",")}>`;
}
