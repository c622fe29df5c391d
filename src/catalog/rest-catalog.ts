/** The catalog behind Iceberg's REST protocol. Spec: REST catalog; requirements RST-001 … RST-056. @module */
import {
  type AbortOptions,
  CommitFailedError,
  CommitStateUnknownError,
  type FileIO,
  IcebergError,
  isIcebergError,
  type Json,
} from "../base/index.ts";
import type { TableRequirement, TableUpdate } from "../metadata/index.ts";
import {
  type CatalogClient,
  type CommitOutcome,
  type CreateTableRequest,
  type DropTableOptions,
  identifierText,
  type LoadedTable,
  type Namespace,
  type TableIdentifier,
} from "./client.ts";
import type { RestAuth } from "./rest-auth.ts";
import { ENDPOINTS, type EndpointName, type RestProperties } from "./rest-config.ts";
import type { FileIOFor } from "./rest-files.ts";
import type { RestPaths } from "./rest-paths.ts";
import {
  commitBody,
  createTableBody,
  namespacesFromJson,
  type Page,
  type TableAnswer,
  tableFromJson,
  tablesFromJson,
} from "./rest-payloads.ts";
import { callRest, type RestCall, type RestContext } from "./rest-transport.ts";

/** What a client is made of once the handshake is done. */
export interface RestCatalogParts {
  readonly context: RestContext;
  readonly paths: RestPaths;
  /** Merged, without secrets. */
  readonly properties: RestProperties;
  readonly endpoints: ReadonlySet<string>;
  readonly pageSize: number | undefined;
  readonly io: FileIOFor;
}

/** A {@link CatalogClient} that speaks to a REST catalog; made by `openRestCatalog`. */
export class RestCatalogClient implements CatalogClient {
  readonly #context: RestContext;
  /** Private like everything here: headers and storage keys among them are secrets too (RST-042). */
  readonly #properties: RestProperties;
  readonly #paths: RestPaths;
  readonly #endpoints: ReadonlySet<string>;
  readonly #pageSize: number | undefined;
  readonly #io: FileIOFor;
  /** Sessions of tables whose `config` brought a token of their own. */
  readonly #sessions = new WeakMap<LoadedTable, RestAuth>();

  constructor(parts: RestCatalogParts) {
    this.#properties = parts.properties;
    this.#context = parts.context;
    this.#paths = parts.paths;
    this.#endpoints = parts.endpoints;
    this.#pageSize = parts.pageSize;
    this.#io = parts.io;
  }

  async createNamespace(namespace: Namespace, options: AbortOptions = {}): Promise<void> {
    const action = `create namespace ${namespace.join(".")}`;
    this.#require("createNamespace", action);
    const body = { namespace, properties: {} };
    const path = this.#paths.namespaces;
    await this.#call(
      { method: "POST", path, body, route: "namespace", action, namespace },
      () => {},
      options,
    );
  }

  async listNamespaces(parent: Namespace = [], options: AbortOptions = {}): Promise<readonly Namespace[]> {
    const name = parent.join(".");
    const action = parent.length === 0 ? "list namespaces" : `list namespaces of ${name}`;
    this.#require("listNamespaces", action);
    const query: Record<string, string> = parent.length === 0 ? {} : { parent: this.#paths.parent(parent) };
    const path = this.#paths.namespaces;
    const call = { method: "GET", path, query, route: "namespace", action, namespace: parent } as const;
    return await this.#pages(call, namespacesFromJson, options);
  }

  /** Asks with `HEAD`, or where the server has none, by loading the namespace (RST-002). */
  async namespaceExists(namespace: Namespace, options: AbortOptions = {}): Promise<boolean> {
    const action = `look for namespace ${namespace.join(".")}`;
    const method = this.#endpoints.has(ENDPOINTS.namespaceExists) ? "HEAD" : "GET";
    if (method === "GET") this.#require("loadNamespace", action);
    const path = this.#paths.namespace(namespace);
    try {
      await this.#call({ method, path, route: "namespace", action, namespace }, () => {}, options);
      return true;
    } catch (error) {
      if (isIcebergError(error, "no-such-namespace")) return false;
      throw error;
    }
  }

  async dropNamespace(namespace: Namespace, options: AbortOptions = {}): Promise<void> {
    const action = `drop namespace ${namespace.join(".")}`;
    this.#require("dropNamespace", action);
    const path = this.#paths.namespace(namespace);
    const call = { method: "DELETE", path, route: "namespace", action, namespace, drops: true } as const;
    await this.#call(call, () => {}, options);
  }

  async listTables(namespace: Namespace, options: AbortOptions = {}): Promise<readonly TableIdentifier[]> {
    const action = `list tables of ${namespace.join(".")}`;
    this.#require("listTables", action);
    const path = this.#paths.tables(namespace);
    return await this.#pages(
      { method: "GET", path, route: "namespace", action, namespace },
      tablesFromJson,
      options,
    );
  }

  /** Also throws `commit-state-unknown`, when the server may have made the table. */
  async createTable(
    id: TableIdentifier,
    request: CreateTableRequest,
    options: AbortOptions = {},
  ): Promise<LoadedTable> {
    const { namespace } = id;
    const action = `create ${identifierText(id)}`;
    this.#require("createTable", action);
    const path = this.#paths.tables(namespace);
    const body = createTableBody(id, request, this.#properties);
    const call = { method: "POST", path, body, route: "create-table", action, namespace } as const;
    return this.#opened(id, await this.#call(call, readTable(id), options));
  }

  async loadTable(id: TableIdentifier, options: AbortOptions = {}): Promise<LoadedTable> {
    const { namespace } = id;
    const action = `load ${identifierText(id)}`;
    this.#require("loadTable", action);
    const path = this.#paths.table(id);
    const call = { method: "GET", path, route: "table", action, namespace } as const;
    return this.#opened(id, await this.#call(call, readTable(id), options));
  }

  /** With `purge` the server deletes the files, now or later (RST-052). Also throws `commit-state-unknown`. */
  async dropTable(id: TableIdentifier, options: DropTableOptions = {}): Promise<void> {
    const { namespace } = id;
    const action = `drop ${identifierText(id)}`;
    this.#require("dropTable", action);
    const path = this.#paths.table(id);
    const query = { purgeRequested: String(options.purge ?? false) };
    const call = { method: "DELETE", path, query, route: "table", action, namespace } as const;
    await this.#call(call, () => {}, options);
  }

  /** Also throws `commit-state-unknown`. */
  async renameTable(from: TableIdentifier, to: TableIdentifier, options: AbortOptions = {}): Promise<void> {
    const action = `rename ${identifierText(from)} to ${identifierText(to)}`;
    this.#require("renameTable", action);
    const body = {
      source: { namespace: from.namespace, name: from.name },
      destination: { namespace: to.namespace, name: to.name },
    };
    const path = this.#paths.rename;
    const { namespace } = to;
    await this.#call({ method: "POST", path, body, route: "rename", action, namespace }, () => {}, options);
  }

  async commitTable(
    base: LoadedTable,
    requirements: readonly TableRequirement[],
    updates: readonly TableUpdate[],
    options: AbortOptions = {},
  ): Promise<CommitOutcome> {
    const { identifier: id } = base;
    const action = `commit to ${identifierText(id)}`;
    this.#require("updateTable", action);
    const call: RestCall = {
      method: "POST",
      path: this.#paths.table(id),
      body: commitBody(id, requirements, updates),
      route: "commit",
      action,
      namespace: id.namespace,
      auth: this.#sessions.get(base) ?? this.#context.auth,
    };
    try {
      const { metadata, metadataLocation } = await this.#call(call, readTable(id), options);
      const table = { identifier: id, metadata, metadataLocation, io: base.io };
      return { kind: "committed", table: this.#remember(table, call.auth!) };
    } catch (error) {
      if (error instanceof CommitFailedError) return { kind: "conflict", error };
      if (error instanceof CommitStateUnknownError) return { kind: "unknown", error, reconcilable: true };
      throw error;
    }
  }

  #opened(identifier: TableIdentifier, { metadata, metadataLocation, config }: TableAnswer): LoadedTable {
    const io: FileIO = this.#io(metadata.location, new Map([...this.#properties, ...config]));
    const table = { identifier, metadata, metadataLocation, io };
    return this.#remember(table, this.#context.auth.forTable(config));
  }

  #remember(table: LoadedTable, auth: RestAuth): LoadedTable {
    if (auth !== this.#context.auth) this.#sessions.set(table, auth);
    return table;
  }

  #call<T>(call: RestCall, read: (answer: Json | undefined) => T, options: AbortOptions): Promise<T> {
    return callRest(this.#context, call, read, options);
  }

  /** All pages of a listing. The empty first token asks for pages; servers without them answer everything (RST-015). */
  async #pages<T>(
    call: RestCall,
    read: (answer: Json | undefined) => Page<T>,
    options: AbortOptions,
  ): Promise<readonly T[]> {
    const all: T[] = [];
    const size = this.#pageSize === undefined ? {} : { pageSize: String(this.#pageSize) };
    const asked = new Set<string>();
    for (let token: string | undefined = ""; token !== undefined; ) {
      asked.add(token);
      const query = { ...call.query, pageToken: token, ...size };
      const page: Page<T> = await this.#call({ ...call, query }, read, options);
      for (const item of page.items) all.push(item);
      token = page.nextToken;
      if (token !== undefined && asked.has(token)) {
        throw new IcebergError(
          "invalid-payload",
          `Cannot ${call.action}: the catalog hands out page token ${JSON.stringify(token)} again, so its pages never end`,
        );
      }
    }
    return all;
  }

  /** Refuses here what the server says it cannot do (RST-003). */
  #require(name: EndpointName, action: string): void {
    if (this.#endpoints.has(ENDPOINTS[name])) return;
    throw new IcebergError("unsupported", `Cannot ${action}: the catalog does not offer ${ENDPOINTS[name]}`, {
      context: { endpoint: ENDPOINTS[name] },
    });
  }
}

function readTable(id: TableIdentifier): (answer: Json | undefined) => TableAnswer {
  return (answer) => tableFromJson(answer, `table ${identifierText(id)}`);
}
