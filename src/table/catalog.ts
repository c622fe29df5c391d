/** The catalog users hold: names in, tables out. @module */
import { type AbortOptions, isIcebergError } from "../base/index.ts";
import {
  type CatalogClient,
  type DropTableOptions,
  type Namespace,
  type NamespaceName,
  namespaceLevels,
  type TableIdentifier,
  type TableName,
  tableIdentifier,
} from "../catalog/index.ts";
import { checkTableProperties, type MetricsReporter } from "../commit/index.ts";
import { type Runtime, systemRuntime } from "../io/index.ts";
import { buildPartitionSpec, type PartitionTerm } from "../partitioning/index.ts";
import type { ColumnName, Schema } from "../schema/index.ts";
import { buildSortOrder, type SortTerm } from "../sorting/index.ts";
import { Table, type TableContext } from "./table.ts";

/** A column of a schema, or a field nested in one. */
type SourceName<S extends Schema> = ColumnName<S> | `${ColumnName<S>}.${string}`;

export interface CreateTableOptions<S extends Schema = Schema> extends AbortOptions {
  /** Transforms of columns, outermost folder first: `[month("ts"), identity("tenant")]`. Default unpartitioned. */
  readonly partitionSpec?: readonly PartitionTerm<SourceName<S>>[];
  /** Default unsorted. */
  readonly sortOrder?: readonly SortTerm<SourceName<S>>[];
  readonly properties?: Readonly<Record<string, string>>;
  /** Default: chosen by the catalog. */
  readonly location?: string;
  /** Default 2. */
  readonly formatVersion?: 1 | 2 | 3;
}

/** What all tables of a catalog share. */
export interface CatalogSettings {
  /** Gets a report of each scan and each snapshot committed; see {@link MetricsReporter}. */
  readonly metricsReporter?: MetricsReporter | undefined;
}

/** A catalog of Iceberg tables, over any {@link CatalogClient}. */
export class Catalog {
  readonly client: CatalogClient;
  private readonly context: TableContext;

  constructor(
    client: CatalogClient,
    runtime: Runtime = systemRuntime,
    { metricsReporter }: CatalogSettings = {},
  ) {
    this.client = client;
    this.context = { client, runtime, ...(metricsReporter && { metricsReporter }) };
  }

  /** Throws `already-exists`. */
  async createNamespace(name: NamespaceName, options: AbortOptions = {}): Promise<void> {
    await this.client.createNamespace(namespaceLevels(name), options);
  }

  /** Creates the namespace unless it is there. */
  async ensureNamespace(name: NamespaceName, options: AbortOptions = {}): Promise<void> {
    const levels = namespaceLevels(name);
    if (await this.client.namespaceExists(levels, options)) return;
    try {
      await this.client.createNamespace(levels, options);
    } catch (error) {
      if (!isIcebergError(error, "already-exists")) throw error;
    }
  }

  /** Throws `no-such-namespace`, `namespace-not-empty`. */
  async dropNamespace(name: NamespaceName, options: AbortOptions = {}): Promise<void> {
    await this.client.dropNamespace(namespaceLevels(name), options);
  }

  async listNamespaces(parent?: NamespaceName, options: AbortOptions = {}): Promise<readonly Namespace[]> {
    return await this.client.listNamespaces(parent === undefined ? [] : namespaceLevels(parent), options);
  }

  /** Throws `no-such-namespace`. */
  async listTables(
    namespace: NamespaceName,
    options: AbortOptions = {},
  ): Promise<readonly TableIdentifier[]> {
    return await this.client.listTables(namespaceLevels(namespace), options);
  }

  /**
   * Creates a table. Field ids are assigned anew, whatever the schema carries (SCH-018).
   * @throws IcebergError `already-exists`, `no-such-namespace`, `invalid-schema`, `validation-failed` for a `commit.*`
   * property that no commit could use.
   */
  async createTable<S extends Schema>(
    name: TableName,
    schema: S,
    options: CreateTableOptions<S> = {},
  ): Promise<Table<S>> {
    const { signal, partitionSpec, sortOrder, properties, ...rest } = options;
    checkTableProperties(new Map(Object.entries(properties ?? {})));
    const request = {
      schema,
      ...rest,
      ...(properties && { properties: new Map(Object.entries(properties)) }),
      ...(partitionSpec && { spec: buildPartitionSpec(schema, partitionSpec) }),
      ...(sortOrder && { sortOrder: buildSortOrder(schema, sortOrder) }),
    };
    const loaded = await this.client.createTable(tableIdentifier(name), request, { signal });
    return new Table<S>(loaded, this.context);
  }

  /** Throws `no-such-table`. `as` types and checks the rows of the table that is loaded. */
  async loadTable(name: TableName, options: AbortOptions = {}): Promise<Table<Schema>> {
    const loaded = await this.client.loadTable(tableIdentifier(name), options);
    return new Table<Schema>(loaded, this.context);
  }

  /**
   * Takes a table out of the catalog; with `purge` its files go too, those below its location and no others.
   * @throws IcebergError `no-such-table`; `validation-failed` for a purge of a table with `gc.enabled=false`.
   */
  async dropTable(name: TableName, options: DropTableOptions = {}): Promise<void> {
    await this.client.dropTable(tableIdentifier(name), options);
  }

  /** Throws `no-such-table`, `already-exists`, and `unsupported` in catalogs that cannot do it atomically. */
  async renameTable(from: TableName, to: TableName, options: AbortOptions = {}): Promise<void> {
    await this.client.renameTable(tableIdentifier(from), tableIdentifier(to), options);
  }

  /** Whether the catalog has a table of that name. */
  async tableExists(name: TableName, options: AbortOptions = {}): Promise<boolean> {
    try {
      await this.client.loadTable(tableIdentifier(name), options);
      return true;
    } catch (error) {
      if (isIcebergError(error, "no-such-table") || isIcebergError(error, "no-such-namespace")) return false;
      throw error;
    }
  }
}
