/**
 * Rows of one planned file: row groups pruned by statistics, columns found by field id, absent ones filled, the
 * residual applied to every row. Spec: Column Projection; Scan Planning.
 * @module
 */
import { type AbortOptions, type FileIO, IcebergError } from "../base/index.ts";
import {
  type BoundExpression,
  columnIdsOf,
  evaluator,
  inclusiveMetricsEvaluator,
} from "../expressions/index.ts";
import {
  type ColumnStatistics,
  type ParquetBatch,
  readParquet,
  readParquetFooter,
} from "../parquet/index.ts";
import type { FileScanTask, ScanFilter, ScanReporter } from "../planning/index.ts";
import {
  type Field,
  initialValueOrMissing,
  isPrimitive,
  MISSING,
  Schema,
  type Value,
} from "../schema/index.ts";
import { type ColumnMetrics, encodeValue } from "../values/index.ts";

/** Matching rows of a file as columns, one per field asked for. */
export interface RowBatch {
  readonly rowCount: number;
  readonly columns: readonly (readonly (Value | null)[])[];
}

export interface ReadTaskInput {
  readonly io: FileIO;
  /** The schema the filter is bound to. */
  readonly schema: Schema;
  /** The whole filter: its conjuncts prune row groups. */
  readonly filter: ScanFilter;
  /** Columns handed out, in order. */
  readonly fields: readonly Field[];
  readonly reporter: ScanReporter;
  /** Ids for the columns of files without any (SCH-085). Absent: such files have none of the columns (SCH-087). */
  readonly fieldIdOf?: ((path: readonly string[]) => number | undefined) | undefined;
  /** Rows decoded at a time. Default 8192. */
  readonly batchSize?: number;
}

/**
 * Reads the rows of a task that match its residual.
 * @throws IcebergError `unsupported` for ORC and Avro data files, `corrupt-file` and `no-such-file` naming the file.
 */
export async function* readTask(
  task: FileScanTask,
  input: ReadTaskInput,
  options: AbortOptions = {},
): AsyncGenerator<RowBatch> {
  const { dataFile, residual } = task;
  if (residual.op === "false") return;
  if (task.deletes.length > 0) {
    throw new IcebergError(
      "unsupported",
      `Cannot read ${dataFile.filePath}: ${task.deletes.length} delete files apply to it, which this version does not apply`,
      { context: { file: dataFile.filePath } },
    );
  }
  if (dataFile.fileFormat !== "parquet") {
    throw new IcebergError(
      "unsupported",
      `Cannot read ${dataFile.filePath}: this version reads Parquet data files, not ${dataFile.fileFormat}`,
      {
        context: { file: dataFile.filePath, format: dataFile.fileFormat },
      },
    );
  }
  const projection = projectionOf(input, residual);
  const file = input.io.open(dataFile.filePath, dataFile.fileSizeInBytes);
  const footer = await readParquetFooter(file, {
    ...options,
    fileSizeInBytes: dataFile.fileSizeInBytes,
    ...(input.fieldIdOf && { fieldIdOf: input.fieldIdOf }),
  });
  const { reporter } = input;
  reporter.metrics.totalRowGroups += footer.rowGroups.length;
  const keepRowGroup = rowGroupFilter(input.filter, input.schema, reporter);
  const batches = readParquet(file, {
    ...options,
    footer,
    schema: new Schema(projection.read),
    filterRowGroups: (statistics, group) => keepRowGroup(statistics, group.rowCount),
    ...(input.batchSize !== undefined && { batchSize: input.batchSize }),
  });
  const matches = residual.op === "true" ? undefined : evaluator(residual);
  for await (const batch of batches) {
    options.signal?.throwIfAborted();
    reporter.metrics.readRecords += batch.rowCount;
    const columns = projection.read.map((field, at) => batch.columns[at] ?? absentColumn(field, task, batch));
    const selected = select(batch, columns, projection, matches);
    reporter.metrics.returnedRecords += selected.rowCount;
    if (selected.rowCount > 0) yield selected;
  }
}

interface Projection {
  /** Columns handed out first, then those only the residual needs. */
  readonly read: readonly Field[];
  readonly handedOut: number;
  /** Positions in `read` of the top-level columns the residual looks at. */
  readonly tested: readonly number[];
}

function projectionOf({ schema, fields }: ReadTaskInput, residual: BoundExpression): Projection {
  const read = [...fields];
  const tested: number[] = [];
  const wanted = new Set(columnIdsOf(residual).map((id) => schema.place(id)?.names[0]));
  for (const name of wanted) {
    const field = schema.fields.find((candidate) => candidate.name === name);
    if (field === undefined) continue;
    const at = read.findIndex(({ id }) => id === field.id);
    tested.push(at === -1 ? read.push(field) - 1 : at);
  }
  return { read, handedOut: fields.length, tested };
}

/** Tests each row on a reused record of the tested columns alone, then copies the matching cells. */
function select(
  batch: ParquetBatch,
  columns: readonly (readonly (Value | null)[])[],
  { read, handedOut, tested }: Projection,
  matches: ((row: Readonly<Record<string, unknown>>) => boolean) | undefined,
): RowBatch {
  const wanted = columns.slice(0, handedOut);
  if (matches === undefined) return { rowCount: batch.rowCount, columns: wanted };
  const row: Record<string, unknown> = {};
  const kept: number[] = [];
  for (let at = 0; at < batch.rowCount; at++) {
    for (const column of tested) row[read[column]!.name] = columns[column]![at];
    if (matches(row)) kept.push(at);
  }
  if (kept.length === batch.rowCount) return { rowCount: batch.rowCount, columns: wanted };
  return { rowCount: kept.length, columns: wanted.map((column) => kept.map((at) => column[at]!)) };
}

/** A column the file does not have: identity partition value, initial default, null (SCH-075, SCH-076). */
function absentColumn(field: Field, task: FileScanTask, batch: ParquetBatch): readonly (Value | null)[] {
  const at = task.spec.fields.findIndex(
    ({ sourceId, transform }) => sourceId === field.id && transform.kind === "identity",
  );
  const value = at === -1 ? initialValueOrMissing(field) : (task.dataFile.partition[at] ?? null);
  if (value === MISSING || (value === null && field.required)) {
    const { filePath } = task.dataFile;
    throw new IcebergError(
      "corrupt-file",
      `Cannot read ${filePath}: required column ${field.name} (id ${field.id}) is missing from it and has no default`,
      {
        context: { file: filePath, column: field.name, id: field.id },
      },
    );
  }
  return new Array<Value | null>(batch.rowCount).fill(value);
}

/** Judges row groups by the same evaluator as files, conjunct by conjunct so that the report can say which. */
function rowGroupFilter(filter: ScanFilter, schema: Schema, reporter: ScanReporter) {
  const conjuncts = filter.conjuncts.map(({ text, bound }) => ({
    text,
    ids: columnIdsOf(bound),
    mayMatch: inclusiveMetricsEvaluator(bound),
  }));
  return (statistics: ReadonlyMap<number, ColumnStatistics>, recordCount: number): boolean => {
    for (const { text, ids, mayMatch } of conjuncts) {
      if (mayMatch({ recordCount, ...metricsOf(ids, schema, statistics) })) continue;
      reporter.skip("row-group", "row-group-statistics", text, { files: 0, rows: recordCount });
      return false;
    }
    return true;
  };
}

function metricsOf(
  ids: Iterable<number>,
  schema: Schema,
  statistics: ReadonlyMap<number, ColumnStatistics>,
): ColumnMetrics {
  const valueCounts = new Map<number, number>();
  const nullValueCounts = new Map<number, number>();
  const lowerBounds = new Map<number, Uint8Array>();
  const upperBounds = new Map<number, Uint8Array>();
  for (const id of ids) {
    const column = statistics.get(id);
    const type = schema.findField(id)?.type;
    if (column === undefined || type === undefined || !isPrimitive(type)) continue;
    valueCounts.set(id, column.valueCount);
    if (column.nullCount !== undefined) nullValueCounts.set(id, column.nullCount);
    if (column.lower !== undefined) lowerBounds.set(id, encodeValue(type, column.lower));
    if (column.upper !== undefined) upperBounds.set(id, encodeValue(type, column.upper));
  }
  return { valueCounts, nullValueCounts, lowerBounds, upperBounds };
}
