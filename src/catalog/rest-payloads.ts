/** Bodies of the catalog's requests and answers. Spec: REST catalog, loadTable, createTable, Commit (RST-043 … RST-056). @module */
import type { Json, JsonObject } from "../base/index.ts";
import {
  currentSchema,
  defaultSortOrder,
  defaultSpec,
  metadataFromJson,
  newTableMetadata,
  requirementToJson,
  type TableMetadata,
  type TableRequirement,
  type TableUpdate,
  updateToJson,
} from "../metadata/index.ts";
import { specToJson } from "../partitioning/index.ts";
import { schemaToJson } from "../schema/index.ts";
import { sortOrderToJson } from "../sorting/index.ts";
import type { CreateTableRequest, Namespace, TableIdentifier } from "./client.ts";
import { type RestProperties, withPrefix } from "./rest-config.ts";
import {
  invalidPayload,
  listIn,
  nullableMapIn,
  objectIn,
  requiredStringIn,
  stringIn,
  stringsIn,
} from "./rest-json.ts";

/** A table as the catalog answers it. */
export interface TableAnswer {
  readonly metadata: TableMetadata;
  readonly metadataLocation: string;
  /** Properties for this table's requests and files, over the catalog's (RST-044). */
  readonly config: RestProperties;
}

/** One page of a listing. An empty token would ask for the first page again: it ends the listing too (RST-015). */
export interface Page<T> {
  readonly items: readonly T[];
  readonly nextToken: string | undefined;
}

/**
 * The body that creates a table. Ids are assigned here as the server will assign them (SCH-018), so that a server
 * which keeps them makes the same table; what the format forbids is refused before anything is sent.
 * `table-default.*` and `table-override.*` of the catalog are under and over the caller's properties (RST-050).
 * @throws IcebergError `invalid-schema`.
 */
export function createTableBody(
  id: TableIdentifier,
  request: CreateTableRequest,
  catalog: RestProperties,
): JsonObject {
  const given = new Map([
    ...withPrefix(catalog, "table-default."),
    ...(request.properties ?? []),
    ...(request.formatVersion === undefined
      ? []
      : [["format-version", String(request.formatVersion)] as const]),
    ...withPrefix(catalog, "table-override."),
  ]);
  const { schema, spec, sortOrder, location } = request;
  const metadata = newTableMetadata({
    schema,
    ...(spec && { spec }),
    ...(sortOrder && { sortOrder }),
    properties: given,
    // The server chooses what is not asked for; nothing of these three is sent.
    location: location ?? "unknown",
    uuid: "00000000-0000-0000-0000-000000000000",
    nowMs: 0,
  });
  const version = given.get("format-version");
  const properties = new Map(metadata.properties);
  if (version !== undefined) properties.set("format-version", version);
  return {
    name: id.name,
    ...(location !== undefined && { location }),
    schema: schemaToJson(currentSchema(metadata)),
    ...(spec && { "partition-spec": specToJson(defaultSpec(metadata)) }),
    ...(sortOrder && { "write-order": sortOrderToJson(defaultSortOrder(metadata)) }),
    "stage-create": false,
    properties: Object.fromEntries(properties),
  };
}

/** The body of a commit (RST-054). */
export function commitBody(
  { namespace, name }: TableIdentifier,
  requirements: readonly TableRequirement[],
  updates: readonly TableUpdate[],
): JsonObject {
  return {
    identifier: { namespace, name },
    requirements: requirements.map(requirementToJson),
    updates: updates.map(updateToJson),
  };
}

/** Reads a loadTable, createTable or commit answer. Throws `invalid-payload`, and `unsupported` for a format above 3. */
export function tableFromJson(json: Json | undefined, what: string): TableAnswer {
  const object = objectIn(json, what);
  const config = new Map<string, string>();
  for (const [key, value] of nullableMapIn(object, "config", what))
    if (value !== null) config.set(key, value);
  return {
    metadata: metadataFromJson(objectIn(object.metadata, `${what}, metadata`), `${what}, metadata`),
    metadataLocation: requiredStringIn(object, "metadata-location", what),
    config,
  };
}

/** Reads a page of namespaces. */
export function namespacesFromJson(json: Json | undefined): Page<Namespace> {
  const what = "a list of namespaces";
  return pageFromJson(json, "namespaces", what, (item) => stringsIn(item, what));
}

/** Reads a page of table identifiers. */
export function tablesFromJson(json: Json | undefined): Page<TableIdentifier> {
  const what = "a list of tables";
  return pageFromJson(json, "identifiers", what, (item) => {
    const object = objectIn(item, what);
    const namespace = stringsIn(object.namespace ?? [], what);
    return { namespace, name: requiredStringIn(object, "name", what) };
  });
}

function pageFromJson<T>(
  json: Json | undefined,
  key: string,
  what: string,
  read: (item: Json) => T,
): Page<T> {
  const object = objectIn(json, what);
  const items = listIn(object, key, what) ?? invalidPayload(what, `${key} is missing`);
  return { items: items.map(read), nextToken: stringIn(object, "next-page-token", what) || undefined };
}
