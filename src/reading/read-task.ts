/**
 * Rows of one planned file: found by field id, filled up where the file lacks columns, deleted ones and those that do
 * not match the residual left out. Spec: Column Projection; Scan Planning; Row-level Deletes; Row Lineage.
 * @module
 */
import type { AbortOptions, ByteRange, FileIO } from "../base/index.ts";
import { type BoundExpression, columnIdsOf, evaluator } from "../expressions/index.ts";
import { type ColumnValues, type ColumnVector, pickedColumn, pickedVector } from "../parquet/index.ts";
import type { FileScanTask, ScanFilter, ScanReporter } from "../planning/index.ts";
import type { Field, Schema } from "../schema/index.ts";
import { filledColumns, identityValue } from "./absent-columns.ts";
import { type FileBatch, type FileRequest, fileBatches } from "./data-files.ts";
import type { DeleteLoader, FileDeletes } from "./delete-loader.ts";
import { isMetadataField, METADATA_COLUMN_IDS, type MetadataColumn } from "./metadata-columns.ts";
import { metadataValues, storedLineage } from "./metadata-values.ts";
import { filteredParquetBatches } from "./parquet-files.ts";
import { rowKeys } from "./row-keys.ts";

/** Matching rows of a file as columns, one per field asked for. */
export interface RowBatch {
  readonly rowCount: number;
  /** Held values (`schema/values.ts`); numbers as typed arrays where none is null. */
  readonly columns: readonly ColumnValues[];
}

/** A batch for Arrow: each column in Arrow's layout where that cost nothing, else as values. */
export interface VectorBatch {
  readonly rowCount: number;
  readonly columns: readonly (ColumnValues | ColumnVector)[];
}

export interface ReadTaskInput {
  readonly io: FileIO;
  /** The schema the filter is bound to. */
  readonly schema: Schema;
  /** The whole filter: its conjuncts prune row groups and pages. */
  readonly filter: ScanFilter;
  /** Columns handed out, in order; reserved ones among them (`metadataField`). */
  readonly fields: readonly Field[];
  readonly reporter: ScanReporter;
  /** Reads the deletes of files; shared by the tasks of a scan. */
  readonly deletes: DeleteLoader;
  /** Ids for the columns of files without any (SCH-085). Absent: such files have none of the columns (SCH-087). */
  readonly fieldIdOf?: ((path: readonly string[]) => number | undefined) | undefined;
  /** Rows decoded at a time. Default 4096. */
  readonly batchSize?: number;
}

/** {@link readTask} with columns in Arrow's layout where files allow it. */
export function readTaskVectors(
  task: FileScanTask,
  input: ReadTaskInput,
  options: AbortOptions = {},
): AsyncGenerator<VectorBatch> {
  return batchesOf(task, input, options, true);
}

/**
 * Reads the rows of a task that are not deleted and match its residual.
 * @throws IcebergError `unsupported` for ORC data files, `corrupt-file` and `no-such-file`, all naming the file.
 */
export function readTask(
  task: FileScanTask,
  input: ReadTaskInput,
  options: AbortOptions = {},
): AsyncGenerator<RowBatch> {
  // Without vectors asked for there are none.
  return batchesOf(task, input, options, false) as AsyncGenerator<RowBatch>;
}

async function* batchesOf(
  task: FileScanTask,
  input: ReadTaskInput,
  options: AbortOptions,
  asVectors: boolean,
): AsyncGenerator<VectorBatch> {
  const { dataFile, spec, residual } = task;
  if (residual.op === "false") return;
  const deleteFiles = task.deletes.map((entry) => entry.dataFile);
  const deletes =
    deleteFiles.length === 0 ? undefined : await input.deletes.load(dataFile, deleteFiles, options);
  const layout = layoutOf(input, residual, deletes);
  const { fields, extra, tested } = layout;
  const request: FileRequest = {
    io: input.io,
    fields,
    extra,
    fieldIdOf: input.fieldIdOf,
    missingValue: (id) => identityValue(id, dataFile, spec),
    range: rangeOf(task),
    batchSize: input.batchSize,
    // What the residual looks at is needed as values.
    vectors: asVectors ? new Set(fields.filter((_, at) => !tested.includes(at))) : undefined,
  };
  const { reporter } = input;
  const testedFields = tested.map((at) => fields[at]!);
  const batches =
    dataFile.fileFormat === "parquet"
      ? filteredParquetBatches(
          dataFile,
          request,
          {
            schema: input.schema,
            conjuncts: input.filter.conjuncts,
            residual,
            tested: testedFields,
            fill: filledColumns(testedFields, dataFile, spec),
            reporter,
          },
          options,
        )
      : fileBatches(dataFile, request, options);
  const fill = filledColumns([...fields, ...layout.absent], dataFile, spec);
  const matches = residual.op === "true" ? undefined : evaluator(residual);
  for await (const batch of batches) {
    options.signal?.throwIfAborted();
    reporter.metrics.readRecords += batch.rowCount;
    // Lineage columns are read as they are stored: what a file lacks of them is inherited, not defaulted.
    const columns = fill(batch.columns, batch.rowCount, batch.vectors);
    const deleted = deletedRows(batch, columns, deletes, layout);
    const kept = keptRows(batch.rowCount, columns, deleted, matches, layout);
    const selected = handedOut(batch, columns, deleted, kept, task, input, layout);
    reporter.metrics.returnedRecords += selected.rowCount;
    if (selected.rowCount > 0) yield selected;
  }
}

/** What is read of a file, and where in a batch each thing is found. */
interface Layout {
  /** Top-level columns: those handed out first, then those that only the residual needs. */
  readonly fields: readonly Field[];
  /** Columns of equality deletes and stored lineage. */
  readonly extra: readonly Field[];
  /** The same as files that lack them are judged. */
  readonly absent: readonly Field[];
  /** Of each field handed out its place among all columns read; -1 for reserved ones. */
  readonly handedOut: readonly number[];
  /** Places of the columns the residual looks at. */
  readonly tested: readonly number[];
  /** Places of the columns of each set of equality deletes. */
  readonly compared: readonly (readonly number[])[];
  /** Places of stored `_row_id` and `_last_updated_sequence_number`, where those are handed out. */
  readonly lineage: Readonly<Partial<Record<MetadataColumn, number>>>;
  /** Whether deleted rows are handed out, marked. */
  readonly keepsDeleted: boolean;
}

function layoutOf(
  { schema, fields: wanted }: ReadTaskInput,
  residual: BoundExpression,
  deletes: FileDeletes | undefined,
): Layout {
  const fields: Field[] = [];
  const placeOf = (field: Field): number => {
    const known = fields.indexOf(field);
    return known === -1 ? fields.push(field) - 1 : known;
  };
  const handedOut = wanted.map((field) => (isMetadataField(field) ? -1 : placeOf(field)));
  const names = new Set(columnIdsOf(residual).map((id) => schema.place(id)?.names[0]));
  const tested = schema.fields.filter(({ name }) => names.has(name)).map(placeOf);
  const extra: Field[] = [];
  const absent = (deletes?.equality ?? []).flatMap(({ columns }) => columns.map((column) => column.absent));
  const compared = (deletes?.equality ?? []).map(({ columns }) =>
    // A copy: the field itself may be handed out as a vector, and rows are compared by values.
    columns.map(({ read }) => fields.length + extra.push({ ...read }) - 1),
  );
  const lineage: Partial<Record<MetadataColumn, number>> = {};
  for (const name of ["_row_id", "_last_updated_sequence_number"] as const) {
    const field = wanted.find(({ id }) => id === METADATA_COLUMN_IDS[name]);
    if (field === undefined) continue;
    lineage[name] = fields.length + extra.push(storedLineage(field)) - 1;
    absent.push(storedLineage(field));
  }
  const keepsDeleted = wanted.some(({ id }) => id === METADATA_COLUMN_IDS._deleted);
  return { fields, extra, absent, handedOut, tested, compared, lineage, keepsDeleted };
}

/** A mark for each row of the batch that is deleted; `undefined` when none is. */
function deletedRows(
  { rowStart, rowCount }: FileBatch,
  columns: readonly ColumnValues[],
  deletes: FileDeletes | undefined,
  { compared }: Layout,
): Uint8Array | undefined {
  if (deletes === undefined) return undefined;
  let marks: Uint8Array | undefined;
  const mark = (row: number) => {
    marks ??= new Uint8Array(rowCount);
    marks[row] = 1;
  };
  deletes.positions?.forEachIn(rowStart, rowStart + rowCount, (position) => mark(position - rowStart));
  deletes.equality.forEach(({ columns: keyed, keys }, at) => {
    const keyOf = rowKeys(
      keyed,
      compared[at]!.map((place) => columns[place]!),
    );
    for (let row = 0; row < rowCount; row++) if (keys.has(keyOf(row))) mark(row);
  });
  return marks;
}

/** The rows to hand out; `undefined` for all. Rows are tested on one reused record of the tested columns. */
function keptRows(
  rowCount: number,
  columns: readonly ColumnValues[],
  deleted: Uint8Array | undefined,
  matches: ((row: Readonly<Record<string, unknown>>) => boolean) | undefined,
  { fields, tested, keepsDeleted }: Layout,
): Int32Array | undefined {
  const gone = keepsDeleted ? undefined : deleted;
  if (gone === undefined && matches === undefined) return undefined;
  const kept = new Int32Array(rowCount);
  const row: Record<string, unknown> = Object.create(null);
  const names = tested.map((place) => fields[place]!.name);
  let count = 0;
  for (let at = 0; at < rowCount; at++) {
    if (gone?.[at] === 1) continue;
    if (matches !== undefined) {
      for (let i = 0; i < names.length; i++) row[names[i]!] = columns[tested[i]!]![at];
      if (!matches(row)) continue;
    }
    kept[count++] = at;
  }
  return count === rowCount ? undefined : kept.subarray(0, count);
}

function handedOut(
  batch: FileBatch,
  columns: readonly ColumnValues[],
  deleted: Uint8Array | undefined,
  kept: Int32Array | undefined,
  task: FileScanTask,
  { fields }: ReadTaskInput,
  { handedOut: places, lineage }: Layout,
): VectorBatch {
  const rowCount = kept?.length ?? batch.rowCount;
  return {
    rowCount,
    columns: fields.map((field, at) => {
      const place = places[at]!;
      const vector = place === -1 ? undefined : batch.vectors?.[place];
      if (vector !== undefined) return kept === undefined ? vector : pickedVector(vector, kept);
      if (place !== -1) return kept === undefined ? columns[place]! : pickedColumn(columns[place]!, kept);
      const stored = lineage[field.name as MetadataColumn];
      return metadataValues(field, task, {
        rowStart: batch.rowStart,
        rowCount,
        kept,
        deleted,
        stored: stored === undefined ? undefined : columns[stored],
      });
    }),
  };
}

/** A task over a part of its file. */
type SplitTask = FileScanTask & { readonly start?: number; readonly length?: number };

/** The part of the file a split task is about. */
function rangeOf({ start, length, dataFile }: SplitTask): ByteRange | undefined {
  if (start === undefined || length === undefined) return undefined;
  return start === 0 && length >= dataFile.fileSizeInBytes ? undefined : { start, end: start + length };
}
