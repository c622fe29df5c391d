/** A scan: what to read and when, then files, rows, counts or an explanation of it. Spec: Scan Planning. @module */
import { type AbortOptions, IcebergError, type JsonObject } from "../base/index.ts";
import { identifierText, type LoadedTable } from "../catalog/index.ts";
import { alwaysTrue, type Expression } from "../expressions/index.ts";
import {
  currentSchema,
  currentSnapshot,
  type Snapshot,
  snapshotById,
  specById,
  type TableMetadata,
} from "../metadata/index.ts";
import { columnPart, pickedVector } from "../parquet/index.ts";
import {
  appendsBetween,
  type ChosenSnapshot,
  certainRows,
  chooseSnapshot,
  type DuckdbQueryOptions,
  duckdbQuery,
  type ExactRange,
  exactRange,
  explainPlan,
  type FileScanTask,
  type ManifestCache,
  type PlanExplanation,
  type PlanInput,
  planFiles,
  planTaskGroups,
  type ScanFilter,
  type ScanReport,
  ScanReporter,
  type ScanTaskGroup,
  type ScanTime,
  type SnapshotRange,
  type SplitOptions,
  scanFilter,
  scanReportToJson,
  splitOptions,
  tenantFilter,
} from "../planning/index.ts";
import { type Field, fieldIdsByName, NAME_MAPPING_PROPERTY, parseNameMapping } from "../schema/index.ts";
import { DeleteLoader } from "./delete-loader.ts";
import { givenTask } from "./given-tasks.ts";
import { type MetadataColumn, metadataField } from "./metadata-columns.ts";
import {
  type ReadTaskInput,
  type RowBatch,
  readTask,
  readTaskVectors,
  type VectorBatch,
} from "./read-task.ts";
import { appendRows, type RowStream, rowMaker, rowStream } from "./rows.ts";

export interface ScanOptions<Name extends string = string> {
  /** Default: every row. */
  readonly filter?: Expression;
  /**
   * Columns of the rows, in this order. Default: all. Reserved columns may be among them: `_file`, `_pos`, `_row_id` …
   * ({@link MetadataColumn}).
   */
  readonly select?: readonly (Name | MetadataColumn)[];
  /** Which version. Default: the current snapshot. */
  readonly at?: ScanTime;
  /**
   * Only the rows that appends added between two snapshots, instead of a version (`at`). Rows that were changed or
   * deleted later come as they were appended (SCN-074).
   */
  readonly appended?: SnapshotRange;
  /** Only rows whose `organization_id` is this; no filter can widen it, and rows without one are never among them. */
  readonly tenant?: string;
  /** Manifests of earlier scans. Default: each plan reads its own. */
  readonly manifestCache?: ManifestCache;
  /** At most this many rows; planning and reading stop early. */
  readonly limit?: number;
  /** Whether column names in the filter match by case. Default `true`. */
  readonly caseSensitive?: boolean;
  /** Rows decoded at a time. Default 4096. */
  readonly batchSize?: number;
  /** Bytes of deletes kept in memory for files that share them. Default 256 MiB. */
  readonly deleteCacheBytes?: number;
}

/** How the rows of a scan are read. */
export interface ReadOptions extends AbortOptions {
  /**
   * Reads these tasks instead of planning: a group of {@link Scan.planTasks}, or tasks that came as JSON. Rows are given
   * that match the residual of their task and the scan's own filter, `tenant` included. The tasks must be of this table,
   * planned with the schema that this scan reads with, and from somebody you trust: the files they name are opened.
   */
  readonly tasks?: Iterable<FileScanTask> | AsyncIterable<FileScanTask>;
}

/** A plan run to its end. */
export interface ScanPlan {
  readonly tasks: readonly FileScanTask[];
  readonly report: ScanReport;
}

/** What is told of a run of a scan whose files are planned. */
export interface PlannedScan {
  readonly report: ScanReport;
  /** Milliseconds since the epoch. */
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  /** The body that a REST catalog's `metrics` endpoint takes. The filter in it has the values it was given. */
  toJson(): JsonObject;
}

/** A scan of one table version. Each call plans anew; {@link Scan.report} tells of the latest one. */
export class Scan<Row = Record<string, unknown>> {
  /** The columns handed out. */
  readonly fields: readonly Field[];
  /** The snapshot read; absent for a table without one. */
  readonly chosen: ChosenSnapshot;
  private readonly filter: ScanFilter;
  private readonly table: LoadedTable;
  private readonly limit: number;
  private readonly appends: readonly Snapshot[] | undefined;
  private readonly options: ScanOptions;
  private readonly onPlanned: ((planned: PlannedScan) => void) | undefined;
  private reporter = new ScanReporter();

  /**
   * `onPlanned` is told of every run whose planning came to its end, or was ended by the caller.
   * @throws IcebergError `invalid-expression`, `invalid-argument` (unknown column), `no-such-snapshot`.
   */
  constructor(table: LoadedTable, options: ScanOptions = {}, onPlanned?: (planned: PlannedScan) => void) {
    this.table = table;
    this.options = options;
    this.onPlanned = onPlanned;
    this.chosen = chosenBy(table.metadata, options);
    if (options.appended !== undefined) this.appends = appendsBetween(table.metadata, options.appended);
    const { schema } = this.chosen;
    const filter = options.filter ?? alwaysTrue;
    // An explicit `tenant: undefined` is a mistake, not a scan of all tenants.
    this.filter = scanFilter(
      "tenant" in options ? tenantFilter(filter, options.tenant, schema) : filter,
      schema,
      { caseSensitive: options.caseSensitive ?? true },
    );
    this.fields = selectFields(schema.fields, options.select, table.metadata);
    this.limit = options.limit ?? Number.POSITIVE_INFINITY;
    if (!(this.limit >= 0) || Math.trunc(this.limit) !== this.limit) {
      throw new IcebergError(
        "invalid-argument",
        `Cannot scan with limit ${this.limit}: it must be a whole number, 0 or more`,
      );
    }
    const { batchSize = 1 } = options;
    if (!Number.isSafeInteger(batchSize) || batchSize < 1) {
      throw new IcebergError(
        "invalid-argument",
        `Cannot scan with batchSize ${batchSize}: it must be a whole number, 1 or more`,
      );
    }
  }

  /** The files that may hold matching rows, as planning finds them. */
  planFiles(options: AbortOptions = {}): AsyncIterable<FileScanTask> {
    this.reporter = new ScanReporter();
    return this.tasks(options);
  }

  /**
   * The files split at their row groups and packed into groups of even size, one for each worker: by the table's
   * `read.split.*` properties unless options say otherwise (SCN-008).
   */
  planTasks(options: AbortOptions & SplitOptions = {}): AsyncGenerator<ScanTaskGroup> {
    const split = splitOptions(this.table.metadata.properties, options);
    return planTaskGroups(this.planFiles(options), split, options);
  }

  /**
   * Plans and tells of every file what became of it, and why. Looks into all manifests, also those that the plan skips.
   * @example const { files, rules } = await table.scan({ filter }).explain();
   */
  async explain(options: AbortOptions = {}): Promise<PlanExplanation> {
    this.reporter = new ScanReporter();
    return explainPlan(this.planInput(), () => this.report, options);
  }

  /**
   * The plan as a query that DuckDB runs: `SELECT … FROM read_parquet([…])` with the scan's columns, filter and limit.
   * @throws IcebergError `unsupported` where such a query would give other rows, above all where deletes apply.
   * @example console.log(await table.scan({ filter: eq("tenant", "acme") }).duckdbQuery());
   */
  async duckdbQuery(options: AbortOptions = {}): Promise<string> {
    const { tasks } = await this.plan(options);
    const { metadata } = this.table;
    const query: DuckdbQueryOptions = {
      fields: this.chosen.schema.fields,
      select: this.fields,
      filter: this.filter.bound,
      schemas: metadata.schemas,
      hasNameMapping: metadata.properties.has(NAME_MAPPING_PROPERTY),
      ...(Number.isFinite(this.limit) && { limit: this.limit }),
    };
    return duckdbQuery(tasks, query);
  }

  /** Plans to the end and says what was skipped and why; opens no data file. */
  async plan(options: AbortOptions = {}): Promise<ScanPlan> {
    const tasks: FileScanTask[] = [];
    for await (const task of this.planFiles(options)) tasks.push(task);
    return { tasks, report: this.report };
  }

  /**
   * Matching rows. They come in no particular order (SCN-006).
   * @example for await (const row of scan.rows()) console.log(row);
   */
  rows(options: ReadOptions = {}): RowStream<Row> {
    return rowStream(this.batches(options), rowMaker<Row>(this.fields), options.signal);
  }

  /** All matching rows at once. For tables that fit in memory. */
  async toArray(options: ReadOptions = {}): Promise<Row[]> {
    const rowsOf = rowMaker<Row>(this.fields);
    const rows: Row[] = [];
    for await (const batch of this.batches(options)) appendRows(rows, batch, rowsOf);
    return rows;
  }

  /**
   * Matching rows as columns of held values (`schema/values.ts`), in the order of {@link Scan.fields}: the fast door.
   * Numbers come as typed arrays where none is null.
   */
  batches(options: ReadOptions = {}): AsyncGenerator<RowBatch> {
    return this.read(readTask, firstRows, options);
  }

  /** As {@link Scan.batches}, with columns in Arrow's layout where files allow it: what `icewright/arrow` takes. */
  vectorBatches(options: ReadOptions = {}): AsyncGenerator<VectorBatch> {
    return this.read(readTaskVectors, firstVectors, options);
  }

  private async *read<Batch extends { readonly rowCount: number }>(
    readOne: (task: FileScanTask, input: ReadTaskInput, options: AbortOptions) => AsyncGenerator<Batch>,
    first: (batch: Batch, count: number) => Batch,
    options: ReadOptions,
  ): AsyncGenerator<Batch> {
    this.reporter = new ScanReporter();
    let left = this.limit;
    if (left === 0) return;
    const input = this.readInput(this.fields);
    const given = options.tasks !== undefined;
    for await (const task of options.tasks ?? this.tasks(options)) {
      const one = given ? givenTask(task, input) : { task, input };
      for await (const batch of readOne(one.task, one.input, options)) {
        yield batch.rowCount <= left ? batch : first(batch, left);
        left -= batch.rowCount;
        if (left <= 0) return;
      }
    }
  }

  /** Number of matching rows. A file whose partition settles the filter is counted without being opened. */
  async count(options: AbortOptions = {}): Promise<number> {
    this.reporter = new ScanReporter();
    const input = this.readInput([]);
    let count = 0;
    for await (const task of this.tasks(options)) {
      const certain = certainRows(task);
      if (certain !== undefined) count += certain;
      else for await (const batch of readTask(task, input, options)) count += batch.rowCount;
      if (count >= this.limit) return this.limit;
    }
    return count;
  }

  /**
   * Number of matching rows if metadata alone tells it exactly, else `undefined`; opens no data file. It does not where
   * deletes apply, and where rows of a file would have to be tested.
   * @example const rows = (await scan.countFromMetadata()) ?? (await scan.count());
   */
  async countFromMetadata(options: AbortOptions = {}): Promise<number | undefined> {
    let count = 0;
    for await (const task of this.planFiles(options)) {
      const certain = certainRows(task);
      if (certain === undefined) return undefined;
      count += certain;
    }
    return Math.min(count, this.limit);
  }

  /**
   * Least and greatest value of a column (held form) if metadata alone tells them exactly, else `undefined`; opens no
   * data file. Never for texts, binaries and uuids, whose bounds may be cut (SCN-043), for floats with NaN or zero, under
   * a name mapping, with a limit, where deletes apply, and where rows of a file would have to be tested.
   * @throws IcebergError `invalid-argument` for a column the table does not have.
   * @example
   * const range = await table.scan().rangeFromMetadata("event_timestamp");
   * if (range !== undefined) console.log(range.min, range.max); // both undefined when all values are null
   */
  async rangeFromMetadata(column: string, options: AbortOptions = {}): Promise<ExactRange | undefined> {
    const { schema } = this.chosen;
    const [field] = selectFields(schema.fields, [column], this.table.metadata);
    this.reporter = new ScanReporter();
    const tasks: FileScanTask[] = [];
    // A limit leaves rows out, but does not say which; a mapping may give a column another one's metrics.
    const { properties } = this.table.metadata;
    if (Number.isFinite(this.limit) || properties.has(NAME_MAPPING_PROPERTY)) return undefined;
    for await (const task of planFiles({ ...this.planInput(), metricsFor: [field!.id] }, options))
      tasks.push(task);
    return exactRange(tasks, field!);
  }

  /** What the latest call looked at and skipped so far. */
  get report(): ScanReport {
    const { snapshot, schema } = this.chosen;
    return {
      tableName: identifierText(this.table.identifier),
      ...(snapshot && { snapshotId: snapshot.snapshotId }),
      schemaId: schema.schemaId,
      filter: this.filter.text,
      projectedFields: this.fields.map(({ name }) => name),
      metrics: this.reporter.metrics,
      skipped: this.reporter.skipped,
    };
  }

  private tasks(options: AbortOptions): AsyncGenerator<FileScanTask> {
    const tasks = planFiles(this.planInput(), options);
    return this.onPlanned === undefined ? tasks : this.reported(tasks, this.onPlanned);
  }

  private async *reported(
    tasks: AsyncGenerator<FileScanTask>,
    onPlanned: (planned: PlannedScan) => void,
  ): AsyncGenerator<FileScanTask> {
    const startedAtMs = Date.now();
    let failed = false;
    try {
      yield* tasks;
    } catch (error) {
      failed = true;
      throw error;
    } finally {
      // The reading of the files goes on counting in the metrics of the scan.
      const report = { ...this.report, metrics: { ...this.report.metrics } };
      const parts = { filter: this.filter.bound, fields: this.fields };
      const toJson = () => ({ "report-type": "scan-report", ...scanReportToJson(report, parts) });
      if (!failed) onPlanned({ report, startedAtMs, endedAtMs: Date.now(), toJson });
    }
  }

  private planInput(): PlanInput {
    const { metadata, io } = this.table;
    const { snapshot, schema } = this.chosen;
    const { filter, reporter, appends, limit } = this;
    const { manifestCache: cache } = this.options;
    return {
      metadata,
      io,
      snapshot,
      schema,
      filter,
      reporter,
      appends,
      limit,
      cache,
      now: () => performance.now(),
    };
  }

  /** What the reading of tasks shares: one for each run of the scan. */
  private readInput(fields: readonly Field[]): ReadTaskInput {
    const { io, metadata } = this.table;
    const fieldIdOf = mappedIds(metadata.properties);
    const { batchSize, deleteCacheBytes } = this.options;
    return {
      io,
      schema: this.chosen.schema,
      fields,
      filter: this.filter,
      reporter: this.reporter,
      fieldIdOf,
      deletes: new DeleteLoader({
        io,
        schemas: metadata.schemas,
        specOf: (specId) => specById(metadata, specId),
        fieldIdOf,
        cacheBytes: deleteCacheBytes,
      }),
      ...(batchSize !== undefined && { batchSize }),
    };
  }
}

/** The version a scan reads; for a range of appends its end, with the table's schema as in Java. */
function chosenBy(metadata: TableMetadata, { at, appended }: ScanOptions): ChosenSnapshot {
  if (appended === undefined) return chooseSnapshot(metadata, at);
  if (at !== undefined) {
    throw new IcebergError("invalid-argument", "Cannot scan with both `at` and `appended`: give one of them");
  }
  const { to } = appended;
  const snapshot = to === undefined ? currentSnapshot(metadata) : snapshotById(metadata, to);
  return { ...(snapshot && { snapshot }), schema: currentSchema(metadata) };
}

function selectFields(
  fields: readonly Field[],
  names: readonly string[] | undefined,
  metadata: TableMetadata,
): readonly Field[] {
  if (names === undefined) return fields;
  return names.map((name, at) => {
    if (names.indexOf(name) < at) {
      throw new IcebergError("invalid-argument", `Cannot select ${JSON.stringify(name)} twice`, {
        context: { column: name },
      });
    }
    // A column of that name goes before a reserved one (SCH-079).
    const field = fields.find((candidate) => candidate.name === name) ?? metadataField(name, metadata);
    if (field !== undefined) return field;
    const known = fields.map((candidate) => candidate.name).join(", ");
    const outer = fields.find((candidate) => name.startsWith(`${candidate.name}.`));
    const why =
      outer === undefined ? `the table has ${known}` : `select takes whole columns, here ${outer.name}`;
    throw new IcebergError("invalid-argument", `Cannot select ${JSON.stringify(name)}: ${why}`, {
      context: { column: name },
    });
  });
}

/** The table's name mapping, read when the first file without field ids turns up: others need none. */
function mappedIds(
  properties: ReadonlyMap<string, string>,
): ((path: readonly string[]) => number | undefined) | undefined {
  const text = properties.get(NAME_MAPPING_PROPERTY);
  if (text === undefined) return undefined;
  let ids: ((path: readonly string[]) => number | undefined) | undefined;
  return (path) => {
    ids ??= fieldIdsByName(parseNameMapping(text));
    return ids(path);
  };
}

function firstVectors({ columns }: VectorBatch, count: number): VectorBatch {
  const places = Int32Array.from({ length: count }, (_, at) => at);
  return {
    rowCount: count,
    columns: columns.map((column) =>
      "kind" in column ? pickedVector(column, places) : columnPart(column, 0, count),
    ),
  };
}

function firstRows(batch: RowBatch, count: number): RowBatch {
  return { rowCount: count, columns: batch.columns.map((column) => columnPart(column, 0, count)) };
}
