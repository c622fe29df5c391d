/** The table users hold: an immutable view of one version; a commit hands back the next. @module */
import { type AbortOptions, type FileIO, IcebergError } from "../base/index.ts";
import {
  type CatalogClient,
  identifierText,
  type LoadedTable,
  type TableIdentifier,
} from "../catalog/index.ts";
import {
  type Committed,
  type ConflictChecks,
  deliverReport,
  type MetricsReporter,
  type PropertyChanges,
  type ReplacePartitions,
  replaceSortOrder,
  requireSameTable,
  type SnapshotManager,
  type SnapshotOptions,
  Transaction,
  updateProperties,
  updateSchema,
  updateSpec,
} from "../commit/index.ts";
import type { Expression } from "../expressions/index.ts";
import type { Runtime } from "../io/index.ts";
import {
  currentSchema,
  currentSnapshot,
  defaultSortOrder,
  defaultSpec,
  type Snapshot,
  type TableMetadata,
} from "../metadata/index.ts";
import type { PartitionSpec, SpecUpdate } from "../partitioning/index.ts";
import { type PlannedScan, Scan, type ScanOptions } from "../reading/index.ts";
import { type Row, type RowInput, type Schema, type SchemaUpdate, typesEqual } from "../schema/index.ts";
import type { SortOrder, SortTerm } from "../sorting/index.ts";
import type { RowSource, WriteRowsOptions } from "../writing/index.ts";
import { commitRows } from "./commit-rows.ts";

/** What a table that can be committed to works with. */
export interface TableContext {
  readonly client: CatalogClient;
  readonly runtime: Runtime;
  readonly metricsReporter?: MetricsReporter | undefined;
}

export interface TableAppendOptions extends SnapshotOptions, WriteRowsOptions {}

export interface TableOverwriteOptions extends SnapshotOptions, WriteRowsOptions, ConflictChecks {
  /** The rows that go. */
  readonly filter: Expression;
  /** Fail unless all new rows match the filter, as far as the metrics of their files tell. Default false. */
  readonly validateAddedFilesMatchFilter?: boolean;
}

export interface TableReplaceOptions extends SnapshotOptions, WriteRowsOptions, ReplacePartitions {}

/** What a verb that commits answers. */
export interface CommitResult<S extends Schema, R = Row<S>, I = RowInput<S>> {
  /** The version that holds the change. */
  readonly table: Table<S, R, I>;
  /** The snapshot it added; absent when it added none. */
  readonly snapshot?: Snapshot;
  /** Nothing was committed: the commit id is in the table's history, and `snapshot` is what it names. */
  readonly wasCommittedBefore: boolean;
}

export interface AppendResult<S extends Schema, R = Row<S>, I = RowInput<S>> extends CommitResult<S, R, I> {
  readonly snapshot: Snapshot;
}

/**
 * An immutable view of one version of a table. `R` and `I`, the rows handed out and taken, follow from the schema
 * and are never given by hand; as parameters of their own they are worked out once, not at every comparison.
 */
export class Table<S extends Schema = Schema, R = Row<S>, I = RowInput<S>> {
  readonly identifier: TableIdentifier;
  readonly metadata: TableMetadata;
  readonly metadataLocation: string;
  private readonly loaded: LoadedTable;
  private readonly context: TableContext | undefined;

  /** Without a context the table is read-only. */
  constructor(loaded: LoadedTable, context?: TableContext) {
    this.loaded = loaded;
    this.identifier = loaded.identifier;
    this.metadata = loaded.metadata;
    this.metadataLocation = loaded.metadataLocation;
    this.context = context;
  }

  /** `namespace.name`, for people. */
  get name(): string {
    return identifierText(this.identifier);
  }
  get location(): string {
    return this.metadata.location;
  }
  /** The files the table lives among; with it a table is what functions over a `LoadedTable` take. */
  get io(): FileIO {
    return this.loaded.io;
  }
  get schema(): Schema {
    return currentSchema(this.metadata);
  }
  get spec(): PartitionSpec {
    return defaultSpec(this.metadata);
  }
  get sortOrder(): SortOrder {
    return defaultSortOrder(this.metadata);
  }
  get properties(): ReadonlyMap<string, string> {
    return this.metadata.properties;
  }
  /** Whether the table was loaded through a catalog; one opened from a metadata file can only be read. */
  get isWritable(): boolean {
    return this.context !== undefined;
  }
  /** `undefined` for a table nothing was ever written to. */
  get currentSnapshot(): Snapshot | undefined {
    return currentSnapshot(this.metadata);
  }

  /**
   * Types the rows of a table that was loaded by name: checks that it has every column of `schema` with the same
   * type and requiredness (further columns are allowed), and answers the same version under that type.
   * @throws IcebergError `invalid-schema` naming the first column that differs.
   */
  as<T extends Schema>(schema: T): Table<T> {
    for (const wanted of schema.fields) {
      const field = this.schema.fields.find(({ name }) => name === wanted.name);
      if (field === undefined || field.required !== wanted.required || !typesEqual(field.type, wanted.type)) {
        const found =
          field === undefined
            ? "no such column"
            : `a ${field.required ? "required" : "optional"} column of another type`;
        throw new IcebergError(
          "invalid-schema",
          `Cannot use ${this.name} as the schema given: for ${wanted.name} it has ${found}`,
          {
            context: { table: this.name, column: wanted.name },
          },
        );
      }
    }
    return new Table<T>(this.loaded, this.context);
  }

  /**
   * The newest version of the table.
   * @throws IcebergError `no-such-table` when it was dropped, `validation-failed` when another has its name (MET-058).
   */
  async refresh(options: AbortOptions = {}): Promise<Table<S, R, I>> {
    const { client } = this.writable("refresh");
    const loaded = await client.loadTable(this.identifier, options);
    requireSameTable("refresh", this.loaded, loaded);
    return new Table<S, R, I>(loaded, this.context);
  }

  /**
   * Appends rows in one commit: partitions them, sorts each partition by the table's order, writes data files and
   * commits them, retrying when other commits win. Small manifests are merged by `commit.manifest.*`. Without rows
   * only a commit id or a watermark makes a snapshot.
   * @throws IcebergError `invalid-row` (nothing is written), `commit-failed` (nothing is left behind),
   * `commit-state-unknown` (files are kept, because the commit may have happened).
   */
  async append(rows: RowSource<I>, options: TableAppendOptions = {}): Promise<AppendResult<S, R, I>> {
    const context = this.writable("append to");
    const saysSomething = options.commitId !== undefined || options.sourceWatermark !== undefined;
    const result = await commitRows(context, this.loaded, rows, options, (transaction, files) => {
      if (files.length === 0 && !saysSomething) {
        throw new IcebergError("invalid-argument", `Cannot append to ${this.name}: there are no rows`);
      }
      return transaction.append(files, options);
    });
    return { ...this.answer(context, result), snapshot: result.snapshot! };
  }

  /**
   * Replaces the rows that match `filter` by others, in one commit. Whole files go: one that the filter matches only
   * partly is an error naming it, so filter by what the table is partitioned by.
   *
   * @example await table.overwrite(rows, { filter: eq("tenant", "acme"), isolation: "serializable" });
   * @throws ValidationError for a file that matches partly, or a conflict that `isolation` asks to look for; otherwise as
   * {@link append}.
   */
  async overwrite(rows: RowSource<I>, options: TableOverwriteOptions): Promise<CommitResult<S, R, I>> {
    const context = this.writable("overwrite rows of");
    const result = await commitRows(context, this.loaded, rows, options, (transaction, files) =>
      transaction.overwrite({ ...options, added: files }, options),
    );
    return this.answer(context, result);
  }

  /**
   * Writes rows in place of all that is in their partitions (dynamic overwrite); of an unpartitioned table all goes.
   * @throws ValidationError for a conflict that `isolation` asks to look for; otherwise as {@link append}.
   */
  async replacePartitions(
    rows: RowSource<I>,
    options: TableReplaceOptions = {},
  ): Promise<CommitResult<S, R, I>> {
    const context = this.writable("replace partitions of");
    const result = await commitRows(context, this.loaded, rows, options, (transaction, files) =>
      transaction.replacePartitions(files, options, options),
    );
    return this.answer(context, result);
  }

  /**
   * Deletes the rows that match a filter, by removing whole data files; without a match nothing is committed.
   *
   * @example await table.delete(lt("day", "2025-01-01"));
   * @throws ValidationError naming a file that the filter matches only partly; IcebergError `commit-failed`,
   * `commit-state-unknown`.
   */
  async delete(
    filter: Expression,
    options: AbortOptions & SnapshotOptions = {},
  ): Promise<CommitResult<S, R, I>> {
    const context = this.writable("delete rows of");
    const transaction = new Transaction(context, this.loaded, (table) => table);
    return this.answer(context, await transaction.deleteFiles({ filter }, options).commit(options));
  }

  /**
   * Changes branches, tags and the current snapshot in one commit.
   *
   * @example await table.manageSnapshots((s) => s.createTag("eom").rollbackTo(snapshotId));
   * @throws ValidationError when a change does not fit; IcebergError `commit-failed`, `commit-state-unknown`.
   */
  async manageSnapshots(
    change: (manager: SnapshotManager) => unknown,
    options: AbortOptions = {},
  ): Promise<CommitResult<S, R, I>> {
    const context = this.writable("manage snapshots of");
    const transaction = new Transaction(context, this.loaded, (table) => table);
    return this.answer(context, await transaction.manageSnapshots(change).commit(options));
  }

  /** Raises the format version, never lowers it. Throws `validation-failed`, `commit-failed`, `commit-state-unknown`. */
  async upgradeFormatVersion(
    formatVersion: 1 | 2 | 3,
    options: AbortOptions = {},
  ): Promise<CommitResult<S, R, I>> {
    const context = this.writable("upgrade");
    const transaction = new Transaction(context, this.loaded, (table) => table);
    return this.answer(context, await transaction.upgradeFormatVersion(formatVersion).commit(options));
  }

  /**
   * Collects any mix of changes, to be committed together: all become visible, or none. The rows of what it answers
   * are untyped, since it may change the schema.
   */
  newTransaction(): Transaction<Table> {
    const context = this.writable("change");
    return new Transaction(context, this.loaded, (table) => new Table<Schema>(table, context));
  }

  /**
   * Sets and removes properties in one commit; all others stay as they are.
   *
   * @example
   * const { table: next } = await table.updateProperties({ set: { "write.target-file-size-bytes": "134217728" } });
   * @throws IcebergError `invalid-argument` for a change that cannot be, `commit-failed`, `commit-state-unknown`.
   */
  async updateProperties(
    changes: PropertyChanges,
    options: AbortOptions = {},
  ): Promise<{ readonly table: Table<S, R, I> }> {
    const context = this.writable("change properties of");
    const table = await updateProperties(context, this.loaded, changes, options);
    return { table: new Table<S, R, I>(table, context) };
  }

  /**
   * Changes the schema in one commit. `change` may run again, on a newer schema, when other commits win; columns keep
   * their data through renames, moves and wider types, because ids find it.
   *
   * @example
   * const { table: next } = await table.updateSchema((u) =>
   *   u.renameColumn("kind", "event_kind").addColumn("region", t.string()));
   * @throws ValidationError naming column and rule; IcebergError `commit-failed`, `commit-state-unknown`.
   */
  async updateSchema(
    change: (update: SchemaUpdate) => unknown,
    options: AbortOptions = {},
  ): Promise<{ readonly table: Table }> {
    const context = this.writable("change the schema of");
    return { table: new Table<Schema>(await updateSchema(context, this.loaded, change, options), context) };
  }

  /**
   * Changes how new data is partitioned; what is written stays as it is.
   *
   * @example
   * await table.updateSpec((u) => u.removeField("ts_day").addField(hour("ts")));
   * @throws ValidationError naming field and rule; IcebergError `commit-failed`, `commit-state-unknown`.
   */
  async updateSpec(
    change: (update: SpecUpdate) => unknown,
    options: AbortOptions = {},
  ): Promise<{ readonly table: Table<S, R, I> }> {
    const context = this.writable("change the partitioning of");
    return { table: new Table<S, R, I>(await updateSpec(context, this.loaded, change, options), context) };
  }

  /**
   * Sorts new data another way, `[asc("ts"), desc(bucket(16, "id"))]`; not at all without terms.
   * @throws ValidationError naming the column; IcebergError `commit-failed`, `commit-state-unknown`.
   */
  async replaceSortOrder(
    terms: readonly SortTerm[],
    options: AbortOptions = {},
  ): Promise<{ readonly table: Table<S, R, I> }> {
    const context = this.writable("change the sort order of");
    return {
      table: new Table<S, R, I>(await replaceSortOrder(context, this.loaded, terms, options), context),
    };
  }

  /** A scan of this version; nothing is read until its files or rows are asked for. */
  scan<N extends Extract<keyof R, string> = Extract<keyof R, string>>(
    options: ScanOptions<N> = {},
  ): Scan<Pick<R, N>> {
    const reporter = this.context?.metricsReporter;
    const onPlanned =
      reporter && ((planned: PlannedScan) => deliverReport(reporter, { kind: "scan", ...planned }));
    return new Scan(this.loaded, options, onPlanned);
  }

  /**
   * What a commit to this table needs, for functions outside the class such as `expireSnapshots`.
   * @throws IcebergError `invalid-argument` for a table that was opened from a metadata file; `verb` names the deed.
   */
  contextFor(verb: string): TableContext {
    return this.writable(verb);
  }

  private answer(context: TableContext, result: Committed<LoadedTable>): CommitResult<S, R, I> {
    const { table, snapshot, wasCommittedBefore } = result;
    return { table: new Table<S, R, I>(table, context), ...(snapshot && { snapshot }), wasCommittedBefore };
  }

  private writable(verb: string): TableContext {
    if (this.context === undefined) {
      throw new IcebergError(
        "invalid-argument",
        `Cannot ${verb} ${this.metadataLocation}: it was opened from a metadata file; load the table through a catalog`,
        { context: { metadataLocation: this.metadataLocation } },
      );
    }
    return this.context;
  }
}
