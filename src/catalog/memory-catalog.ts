/** A catalog in memory, for tests and short-lived tables: the same promises as a durable one. @module */
import { type AbortOptions, CommitFailedError, type FileIO } from "../base/index.ts";
import {
  discardFiles,
  joinLocation,
  MemoryFileIO,
  NewFiles,
  type Runtime,
  systemRuntime,
} from "../io/index.ts";
import {
  catalogMetadataName,
  metadataCodec,
  metadataFileVersion,
  metadataFolder,
  newTableMetadata,
  type TableRequirement,
  type TableUpdate,
} from "../metadata/index.ts";
import { applyCommit, madeAnew } from "./apply-commit.ts";
import {
  type CatalogClient,
  type CommitOutcome,
  type CreateTableRequest,
  type DropTableOptions,
  identifierText,
  type LoadedTable,
  type Namespace,
  namespaceNotEmpty,
  namespaceTaken,
  noSuchNamespace,
  type TableIdentifier,
  tableExists,
  unknownTable,
} from "./client.ts";
import { droppedVersions, encodeMetadata } from "./metadata-file.ts";
import { purgeFiles, requireOwnFiles } from "./reachable-files.ts";

export interface MemoryCatalogOptions {
  /** Where the files of the tables go. Default: memory. */
  readonly io?: FileIO;
  /** Base location of new tables. Default `memory://warehouse`. */
  readonly warehouse?: string;
  readonly runtime?: Runtime;
}

/** The catalog whose pointers are entries of a map. */
export class MemoryCatalogClient implements CatalogClient {
  private readonly tables = new Map<string, LoadedTable>();
  private readonly namespaces = new Map<string, Namespace>();
  private readonly io: FileIO;
  private readonly warehouse: string;
  private readonly runtime: Runtime;

  constructor(options: MemoryCatalogOptions = {}) {
    this.io = options.io ?? new MemoryFileIO();
    this.warehouse = options.warehouse ?? "memory://warehouse";
    this.runtime = options.runtime ?? systemRuntime;
  }

  async createNamespace(namespace: Namespace, options: AbortOptions = {}): Promise<void> {
    options.signal?.throwIfAborted();
    if (this.namespaces.has(keyOf(namespace))) throw namespaceTaken(namespace);
    for (let depth = 1; depth <= namespace.length; depth++) {
      const level = namespace.slice(0, depth);
      this.namespaces.set(keyOf(level), level);
    }
  }

  async listNamespaces(parent: Namespace = [], options: AbortOptions = {}): Promise<readonly Namespace[]> {
    options.signal?.throwIfAborted();
    if (parent.length > 0) this.requireNamespace(parent);
    const depth = parent.length + 1;
    const children = [...this.namespaces.values()].filter(
      (levels) => levels.length === depth && parent.every((level, at) => levels[at] === level),
    );
    return children.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  }

  async namespaceExists(namespace: Namespace, options: AbortOptions = {}): Promise<boolean> {
    options.signal?.throwIfAborted();
    return this.namespaces.has(keyOf(namespace));
  }

  async dropNamespace(namespace: Namespace, options: AbortOptions = {}): Promise<void> {
    const [inner] = await this.listNamespaces(namespace, options);
    const [table] = await this.listTables(namespace, options);
    if (inner !== undefined) throw namespaceNotEmpty(namespace, `namespace ${inner.join(".")}`);
    if (table !== undefined) throw namespaceNotEmpty(namespace, `table ${identifierText(table)}`);
    this.namespaces.delete(keyOf(namespace));
  }

  async listTables(namespace: Namespace, options: AbortOptions = {}): Promise<readonly TableIdentifier[]> {
    options.signal?.throwIfAborted();
    this.requireNamespace(namespace);
    const ids = [...this.tables.values()].map((table) => table.identifier);
    return ids
      .filter((id) => keyOf(id.namespace) === keyOf(namespace))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  async createTable(
    id: TableIdentifier,
    request: CreateTableRequest,
    options: AbortOptions = {},
  ): Promise<LoadedTable> {
    options.signal?.throwIfAborted();
    this.requireNamespace(id.namespace);
    if (this.tables.has(keyOfTable(id))) throw tableExists(id);
    const metadata = newTableMetadata({
      ...request,
      location: request.location ?? joinLocation(this.warehouse, ...id.namespace, id.name),
      uuid: this.runtime.randomUuid(),
      nowMs: this.runtime.now(),
    });
    return await this.publish(
      { identifier: id, metadata, metadataLocation: "", io: this.io },
      undefined,
      options,
    );
  }

  async loadTable(id: TableIdentifier, options: AbortOptions = {}): Promise<LoadedTable> {
    options.signal?.throwIfAborted();
    return this.requireTable(id);
  }

  async dropTable(id: TableIdentifier, options: DropTableOptions = {}): Promise<void> {
    options.signal?.throwIfAborted();
    const table = this.requireTable(id, "drop");
    if (options.purge === true) requireOwnFiles(table);
    this.tables.delete(keyOfTable(id));
    if (options.purge === true) await purgeFiles(table, options);
  }

  async renameTable(from: TableIdentifier, to: TableIdentifier, options: AbortOptions = {}): Promise<void> {
    options.signal?.throwIfAborted();
    const table = this.requireTable(from, "rename");
    this.requireNamespace(to.namespace);
    if (this.tables.has(keyOfTable(to))) throw tableExists(to);
    this.tables.delete(keyOfTable(from));
    this.tables.set(keyOfTable(to), { ...table, identifier: to });
  }

  async commitTable(
    base: LoadedTable,
    requirements: readonly TableRequirement[],
    updates: readonly TableUpdate[],
    options: AbortOptions = {},
  ): Promise<CommitOutcome> {
    options.signal?.throwIfAborted();
    const current = this.requireTable(base.identifier, "commit to");
    if (current.metadata.tableUuid !== base.metadata.tableUuid) {
      return { kind: "conflict", error: madeAnew(base) };
    }
    const applied = applyCommit(current, requirements, updates, this.runtime.now());
    if (applied.kind !== "swap") return applied;
    try {
      const table = await this.publish({ ...current, metadata: applied.metadata }, current, options);
      await discardFiles(this.io, droppedVersions(current.metadata, applied.metadata));
      return { kind: "committed", table };
    } catch (error) {
      if (error instanceof CommitFailedError) return { kind: "conflict", error };
      throw error;
    }
  }

  /** Writes the metadata file, then compares and swaps the pointer (CMT-003). */
  private async publish(
    next: LoadedTable,
    expected: LoadedTable | undefined,
    options: AbortOptions,
  ): Promise<LoadedTable> {
    const { location, properties } = next.metadata;
    const version = metadataFileVersion(next.metadataLocation) + 1;
    const name = catalogMetadataName(version, this.runtime.randomUuid(), metadataCodec(properties));
    const metadataLocation = joinLocation(metadataFolder(location, properties), name);
    const created = new NewFiles(this.io);
    const key = keyOfTable(next.identifier);
    try {
      await created.create(metadataLocation, encodeMetadata(next.metadata, metadataLocation), options);
      if (this.tables.get(key) !== expected) {
        if (expected === undefined) throw tableExists(next.identifier);
        this.requireTable(next.identifier, "commit to");
        throw new CommitFailedError(
          `Cannot commit to ${identifierText(next.identifier)}: another commit won`,
        );
      }
    } catch (error) {
      await created.discard();
      throw error;
    }
    const table = { ...next, metadataLocation };
    this.tables.set(key, table);
    return table;
  }

  private requireTable(id: TableIdentifier, action = "load"): LoadedTable {
    const table = this.tables.get(keyOfTable(id));
    if (table === undefined) throw unknownTable(action, id);
    return table;
  }

  private requireNamespace(namespace: Namespace): void {
    if (!this.namespaces.has(keyOf(namespace))) throw noSuchNamespace(namespace);
  }
}

function keyOf(namespace: Namespace): string {
  return JSON.stringify(namespace);
}

function keyOfTable(id: TableIdentifier): string {
  return JSON.stringify([...id.namespace, id.name]);
}
