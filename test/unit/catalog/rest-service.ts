/** A small REST catalog over any catalog client: enough of the protocol for tests of our own side of it. */
import { IcebergError, type Json, type JsonObject, parseJson } from "../../../src/base/index.ts";
import type { CatalogClient, LoadedTable, Namespace } from "../../../src/catalog/index.ts";
import { metadataToJson, requirementFromJson, updateFromJson } from "../../../src/metadata/index.ts";
import { specFromJson } from "../../../src/partitioning/index.ts";
import { schemaFromJson } from "../../../src/schema/index.ts";
import { sortOrderFromJson } from "../../../src/sorting/index.ts";
import { type Answer, type Answering, errorAnswer } from "./rest-fixture.ts";

const STATUS: Readonly<Record<string, readonly [number, string]>> = {
  "no-such-table": [404, "NoSuchTableException"],
  "no-such-namespace": [404, "NoSuchNamespaceException"],
  "already-exists": [409, "AlreadyExistsException"],
  "namespace-not-empty": [409, "NamespaceNotEmptyException"],
  "validation-failed": [400, "ValidationException"],
  "invalid-argument": [400, "BadRequestException"],
  "invalid-payload": [400, "BadRequestException"],
  "invalid-schema": [400, "BadRequestException"],
};

/** Answers for the catalog, below `/v1`. `config` is what `GET /v1/config` says. */
export function restService(
  catalog: CatalogClient,
  config: JsonObject = { defaults: {}, overrides: {} },
): Answering {
  return async ({ method, path, query, body }) => {
    const parts = path.split("/").slice(2);
    const json = body === "" ? {} : (parseJson(body) as JsonObject);
    try {
      if (parts[0] === "config") return { json: config };
      if (path.endsWith("/tables/rename") && parts[0] === "tables") return await rename(catalog, json);
      const [, encodedNamespace, kind, encodedTable] = parts;
      if (encodedNamespace === undefined) {
        const parent = query.get("parent");
        if (method === "POST") return await createNamespace(catalog, json);
        const all = await catalog.listNamespaces(parent === null ? [] : parent.split("\u001f"));
        return page("namespaces", all, query);
      }
      const namespace = encodedNamespace.split("%1F").map(decodeURIComponent);
      if (kind === undefined && method === "DELETE") {
        await catalog.dropNamespace(namespace);
        return { status: 204 };
      }
      if (kind === undefined) return await look(catalog, namespace, method);
      if (encodedTable === undefined) {
        if (method === "POST") return await createTable(catalog, namespace, json);
        const found = await catalog.listTables(namespace);
        return page(
          "identifiers",
          found.map(({ name }) => ({ namespace, name })),
          query,
        );
      }
      const id = { namespace, name: decodeURIComponent(encodedTable) };
      if (method === "DELETE") {
        await catalog.dropTable(id, { purge: query.get("purgeRequested") === "true" });
        return { status: 204 };
      }
      const base = await catalog.loadTable(id);
      return method === "POST" ? await commit(catalog, base, json) : tableAnswer(base);
    } catch (error) {
      if (!(error instanceof IcebergError)) throw error;
      const [status, type] = STATUS[error.code] ?? [500, "RuntimeException"];
      return errorAnswer(status, type, error.message);
    }
  };
}

async function look(catalog: CatalogClient, namespace: Namespace, method: string): Promise<Answer> {
  const found = await catalog.namespaceExists(namespace);
  if (!found) return method === "HEAD" ? { status: 404 } : errorAnswer(404, "NoSuchNamespaceException");
  return method === "HEAD" ? { status: 204 } : { json: { namespace, properties: {} } };
}

async function rename(catalog: CatalogClient, { source, destination }: JsonObject): Promise<Answer> {
  const id = (json: Json | undefined) => {
    const { namespace, name } = json as JsonObject;
    return { namespace: namespace as Namespace, name: name as string };
  };
  await catalog.renameTable(id(source), id(destination));
  return { status: 204 };
}

async function createNamespace(catalog: CatalogClient, json: JsonObject): Promise<Answer> {
  const namespace = json.namespace as Namespace;
  await catalog.createNamespace(namespace);
  return { json: { namespace, properties: {} } };
}

async function createTable(catalog: CatalogClient, namespace: Namespace, json: JsonObject): Promise<Answer> {
  const { name, schema, location, properties } = json;
  const spec = json["partition-spec"];
  const order = json["write-order"];
  const request = {
    schema: schemaFromJson(schema as JsonObject),
    ...(spec !== undefined && { spec: specFromJson(spec as JsonObject) }),
    ...(order !== undefined && { sortOrder: sortOrderFromJson(order as JsonObject) }),
    ...(typeof location === "string" && { location }),
    properties: new Map(Object.entries(properties as Record<string, string>)),
  };
  return tableAnswer(await catalog.createTable({ namespace, name: name as string }, request));
}

async function commit(catalog: CatalogClient, base: LoadedTable, json: JsonObject): Promise<Answer> {
  const requirements = (json.requirements as Json[]).map(requirementFromJson);
  const updates = (json.updates as Json[]).map(updateFromJson);
  const outcome = await catalog.commitTable(base, requirements, updates);
  if (outcome.kind === "committed") return tableAnswer(outcome.table);
  return errorAnswer(409, "CommitFailedException", outcome.error.message);
}

/** The body of loadTable, createTable and commit. */
export function tableAnswer({ metadata, metadataLocation }: LoadedTable, config: JsonObject = {}): Answer {
  return { json: { "metadata-location": metadataLocation, metadata: metadataToJson(metadata), config } };
}

/** A page, when the client opts in with a size. Tokens hold what URLs must escape. */
function page(key: string, all: readonly Json[], query: URLSearchParams): Answer {
  const size = Number(query.get("pageSize") ?? 0);
  if (query.get("pageToken") === null || size === 0) return { json: { [key]: all } };
  const start = Number(query.get("pageToken")!.replace("&=+/", "") || 0);
  const next = start + size < all.length ? `&=+/${start + size}` : null;
  return { json: { [key]: all.slice(start, start + size), "next-page-token": next } };
}
