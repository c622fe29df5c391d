/** The first metadata of a table. Spec: Table Metadata; requirements SCH-018, SCH-019, PRT-070, MET-016..019. @module */
import { IcebergError, INT32_MAX, isJsonObject, type Json, parseJson, stringifyJson } from "../base/index.ts";
import {
  buildPartitionSpec,
  type PartitionSpec,
  partitionTerm,
  UNPARTITIONED,
} from "../partitioning/index.ts";
import { freshFields, idsFrom, Schema } from "../schema/index.ts";
import { buildSortOrder, type SortOrder, UNSORTED } from "../sorting/index.ts";
import { applyUpdates } from "./apply.ts";
import { formatVersionFrom } from "./draft.ts";
import { metadataCodec } from "./names.ts";
import { FORMAT_VERSION_PROPERTY, RESERVED_PROPERTIES } from "./reserved-properties.ts";
import { checkSchemaVersion } from "./schema-version.ts";
import {
  currentSchema,
  DEFAULT_FORMAT_VERSION,
  defaultSortOrder,
  defaultSpec,
  type FormatVersion,
  type TableMetadata,
} from "./table-metadata.ts";
import { LAST_ADDED, type TableUpdate } from "./updates.ts";

/** What a new table is made of. Ids in schema, spec and order are those of the caller; the table gets its own. */
export interface NewTable {
  readonly schema: Schema;
  /** Sources are ids of `schema`. Default unpartitioned. */
  readonly spec?: PartitionSpec;
  /** Sources are ids of `schema`. Default unsorted. */
  readonly sortOrder?: SortOrder;
  readonly location: string;
  readonly properties?: ReadonlyMap<string, string>;
  /** Default: property `format-version`, else 2 (MET-017, MET-018). */
  readonly formatVersion?: number;
  readonly uuid: string;
  /** Creation time, milliseconds. */
  readonly nowMs: number;
}

const NAME_MAPPING = "schema.name-mapping.default";
const COLUMN_METRICS = "write.metadata.metrics.column.";
const RETRY_PROPERTIES = [
  "commit.retry.num-retries",
  "commit.retry.min-wait-ms",
  "commit.retry.max-wait-ms",
  "commit.retry.total-timeout-ms",
];

/**
 * The metadata of a table that does not exist yet: fresh ids everywhere, references between them kept, reserved
 * properties left out.
 * @throws IcebergError `invalid-schema` when a type, source or property does not fit.
 */
export function newTableMetadata(table: NewTable): TableMetadata {
  return applyUpdates(undefined, updatesForNewTable(table), { nowMs: table.nowMs });
}

/** The updates that create a table, in the order Java sends them (with `assert-create`). Errors as {@link newTableMetadata}. */
export function updatesForNewTable(table: NewTable): TableUpdate[] {
  const given = table.properties ?? new Map<string, string>();
  const formatVersion = versionFor(table.formatVersion, given);
  const ids = new Map<number, number>();
  const fields = freshFields(table.schema.fields, idsFrom(1), ids);
  const identifierFieldIds = table.schema.identifierFieldIds.map((id) => mapped(ids, id, "identifier field"));
  const schema = new Schema(fields, { schemaId: 0, identifierFieldIds });
  checkSchemaVersion(schema, formatVersion);
  const properties = storedProperties(given, ids);
  checkProperties(properties, schema);
  return [
    { action: "assign-uuid", uuid: table.uuid },
    { action: "upgrade-format-version", formatVersion },
    { action: "add-schema", schema, lastColumnId: schema.highestFieldId },
    { action: "set-current-schema", schemaId: LAST_ADDED },
    { action: "add-spec", spec: freshSpec(table.schema, schema, table.spec ?? UNPARTITIONED) },
    { action: "set-default-spec", specId: LAST_ADDED },
    { action: "add-sort-order", sortOrder: freshOrder(table.schema, schema, table.sortOrder ?? UNSORTED) },
    { action: "set-default-sort-order", sortOrderId: LAST_ADDED },
    { action: "set-location", location: table.location },
    ...(properties.size > 0 ? [{ action: "set-properties", updates: properties } as const] : []),
  ];
}

/** The updates that create a table like this one, without snapshots: what a staged create commits (CMT-060). */
export function updatesToCreate(metadata: TableMetadata): TableUpdate[] {
  const { tableUuid: uuid, formatVersion, lastColumnId, properties } = metadata;
  return [
    ...(uuid === undefined ? [] : [{ action: "assign-uuid", uuid } as const]),
    { action: "upgrade-format-version", formatVersion },
    { action: "add-schema", schema: currentSchema(metadata), lastColumnId },
    { action: "set-current-schema", schemaId: LAST_ADDED },
    { action: "add-spec", spec: defaultSpec(metadata) },
    { action: "set-default-spec", specId: LAST_ADDED },
    { action: "add-sort-order", sortOrder: defaultSortOrder(metadata) },
    { action: "set-default-sort-order", sortOrderId: LAST_ADDED },
    { action: "set-location", location: metadata.location },
    ...(properties.size > 0 ? [{ action: "set-properties", updates: properties } as const] : []),
  ];
}

function versionFor(wish: number | undefined, properties: ReadonlyMap<string, string>): FormatVersion {
  const property = properties.get(FORMAT_VERSION_PROPERTY);
  return formatVersionFrom(wish ?? (property === undefined ? DEFAULT_FORMAT_VERSION : Number(property)));
}

/** The spec over the new ids, as spec 0 with fields 1000 and up (PRT-070); everything is checked anew. */
function freshSpec(from: Schema, to: Schema, spec: PartitionSpec): PartitionSpec {
  const terms = spec.fields.map((field) =>
    partitionTerm(field.transform, pathOf(from, field.sourceId, `partition field ${field.name}`), field.name),
  );
  return buildPartitionSpec(to, terms);
}

/** The order over the new ids, as order 1 or, without fields, 0. */
function freshOrder(from: Schema, to: Schema, order: SortOrder): SortOrder {
  const terms = order.fields.map((field) => ({
    kind: "sort-term" as const,
    term: partitionTerm(field.transform, pathOf(from, field.sourceId, "the sort order")),
    direction: field.direction,
    nullOrder: field.nullOrder,
  }));
  return buildSortOrder(to, terms);
}

function pathOf(schema: Schema, id: number, what: string): string {
  const path = schema.pathOf(id);
  if (path !== undefined) return path;
  throw new IcebergError(
    "invalid-schema",
    `Cannot create the table: ${what} needs column id ${id}, which the schema does not have`,
    {
      context: { id },
    },
  );
}

function mapped(ids: ReadonlyMap<number, number>, id: number, what: string): number {
  const fresh = ids.get(id);
  if (fresh !== undefined) return fresh;
  throw new IcebergError("invalid-schema", `Cannot create the table: ${what} ${id} is not in the schema`, {
    context: { id },
  });
}

/** Properties as they are stored: reserved keys dropped, the name mapping's ids made the table's (SCH-019). */
function storedProperties(
  given: ReadonlyMap<string, string>,
  ids: ReadonlyMap<number, number>,
): ReadonlyMap<string, string> {
  const properties = new Map<string, string>();
  for (const [key, value] of given) {
    if (typeof value !== "string") {
      throw new IcebergError("invalid-schema", `Cannot use table property ${key}: its value is no string`);
    }
    if (!RESERVED_PROPERTIES.has(key)) properties.set(key, value);
  }
  const mapping = properties.get(NAME_MAPPING);
  if (mapping !== undefined) {
    properties.set(
      NAME_MAPPING,
      stringifyJson(remapNames(parseJson(mapping, `table property ${NAME_MAPPING}`), ids)),
    );
  }
  return properties;
}

/** A name mapping with new field ids; an id the schema does not have stays what it is. */
function remapNames(json: Json, ids: ReadonlyMap<number, number>): Json {
  if (Array.isArray(json)) return json.map((item: Json) => remapNames(item, ids));
  if (!isJsonObject(json)) return json;
  const id = json["field-id"];
  return {
    ...json,
    ...(typeof id === "number" && { "field-id": ids.get(id) ?? id }),
    ...(json.fields !== undefined && { fields: remapNames(json.fields, ids) }),
  };
}

/** Checked once, when a table is created (MET-019, MET-063). */
function checkProperties(properties: ReadonlyMap<string, string>, schema: Schema): void {
  metadataCodec(properties);
  for (const key of properties.keys()) {
    if (!key.startsWith(COLUMN_METRICS)) continue;
    const column = key.slice(COLUMN_METRICS.length);
    if (schema.idOf(column) === undefined) refuse(key, properties, `the schema has no column ${column}`);
  }
  for (const key of RETRY_PROPERTIES) {
    const text = properties.get(key);
    if (text === undefined) continue;
    if (!/^\d{1,10}$/.test(text) || Number(text) > INT32_MAX) {
      refuse(key, properties, `it must be an integer from 0 to ${INT32_MAX}`);
    }
  }
}

function refuse(key: string, properties: ReadonlyMap<string, string>, why: string): never {
  throw new IcebergError(
    "invalid-schema",
    `Cannot use table property ${key}=${JSON.stringify(properties.get(key))}: ${why}`,
    { context: { property: key } },
  );
}
