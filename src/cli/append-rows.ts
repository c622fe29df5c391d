/**
 * The rows of input files on their way into a table: each bad one is told by file, row, column and value, and either
 * ends the append or is put aside. Spec: none.
 * @module
 */
import { IcebergError, isIcebergError } from "../base/index.ts";
import { partitionTupleOf } from "../partitioning/index.ts";
import type { Table } from "../table/index.ts";
import { rowCoercer } from "../values/index.ts";
import type { BadRowFile } from "./bad-rows.ts";
import type { InputPath } from "./input-bytes.ts";
import { BadRecord, type ReadRecordsOptions, type RecordBatch, type RecordReader } from "./input-records.ts";
import { valueJson } from "./input-values.ts";
import type { InputRow } from "./signals.ts";

/** An input file with the reader of its format. */
export interface AppendFile extends InputPath {
  readonly read: RecordReader;
  /** Bytes, for progress. */
  readonly size: number;
}

/** What became of a file so far. */
export interface AppendTotals {
  readonly file: AppendFile;
  rows: number;
  skipped: number;
}

/** Called after each batch with the bytes read of all files. */
export type OnAppendProgress = (bytesRead: number, rows: number) => Promise<void>;

/** Reads the files one after the other. Serves one append. */
export class AppendRows {
  readonly totals: readonly AppendTotals[];
  private readonly options: ReadRecordsOptions;
  private readonly badRows: BadRowFile | undefined;
  private readonly onProgress: OnAppendProgress;
  private readonly check: (row: InputRow) => void;
  /** The batch the writer is at, and the number of rows it was handed before. */
  private current: { readonly file: AppendFile; readonly batch: RecordBatch } | undefined;
  private handed = 0;

  constructor(
    table: Table,
    files: readonly AppendFile[],
    options: ReadRecordsOptions,
    badRows: BadRowFile | undefined,
    onProgress: OnAppendProgress,
  ) {
    this.totals = files.map((file) => ({ file, rows: 0, skipped: 0 }));
    this.options = options;
    this.badRows = badRows;
    this.onProgress = onProgress;
    this.check = rowChecker(table);
  }

  /** Batches of rows. Throws `invalid-row` for a record that is no row, where such are not put aside. */
  async *batches(): AsyncGenerator<readonly InputRow[]> {
    let bytesBefore = 0;
    let all = 0;
    for (const totals of this.totals) {
      const { file } = totals;
      for await (const batch of file.read(file, this.options)) {
        this.options.signal.throwIfAborted();
        const rows = await this.rowsOf(batch, totals);
        totals.rows += rows.length;
        all += rows.length;
        this.current = { file, batch };
        if (rows.length > 0) yield rows;
        this.handed += rows.length;
        await this.onProgress(bytesBefore + batch.bytesRead, all);
      }
      bytesBefore += file.size;
    }
  }

  /** The writer's error, told in terms of the file when it is about a row. */
  explain(error: unknown): unknown {
    if (!isIcebergError(error, "invalid-row") || this.current === undefined) return error;
    const { row } = error.context;
    if (typeof row !== "number") return error;
    const { file, batch } = this.current;
    const index = row - this.handed;
    const record = batch.records[index];
    // Where rows are put aside, the writer's count has gaps; but then it finds nothing any more.
    if (record === undefined || record instanceof BadRecord || this.badRows !== undefined) return error;
    return rowError(file, batch.first + index, this.faultOf(record) ?? error);
  }

  private async rowsOf(batch: RecordBatch, totals: AppendTotals): Promise<readonly InputRow[]> {
    const { file } = totals;
    const { badRows } = this;
    if (badRows === undefined) {
      const bad = batch.records.findIndex((record) => record instanceof BadRecord);
      if (bad < 0) return batch.records as readonly InputRow[];
      const rows = batch.records.slice(0, bad) as readonly InputRow[];
      // A row before it may be bad too, and comes first.
      const earlier = rows.findIndex((row) => this.faultOf(row) !== undefined);
      const at = earlier < 0 ? bad : earlier;
      const record = batch.records[at]!;
      throw rowError(file, batch.first + at, record instanceof BadRecord ? record : this.faultOf(record)!);
    }
    const rows: InputRow[] = [];
    for (const [index, record] of batch.records.entries()) {
      const fault = record instanceof BadRecord ? record : this.faultOf(record);
      if (fault === undefined) {
        rows.push(record as InputRow);
        continue;
      }
      totals.skipped++;
      const { column, value } = fault instanceof BadRecord ? NOWHERE : placeOf(fault);
      await badRows.add({
        file: file.name,
        row: batch.first + index,
        column: column ?? null,
        value: valueJson(value),
        error: fault.message,
        record: batch.source(index),
      });
    }
    return rows;
  }

  private faultOf(row: InputRow): IcebergError | undefined {
    try {
      this.check(row);
      return undefined;
    } catch (error) {
      if (isIcebergError(error)) return error;
      throw error;
    }
  }
}

/** Everything that the table checks of a single row. */
function rowChecker({ schema, spec }: Table): (row: InputRow) => void {
  const coerce = rowCoercer(schema);
  const tupleOf = partitionTupleOf(spec, schema);
  return (row) => {
    tupleOf(coerce(row));
  };
}

interface Place {
  readonly column?: string;
  readonly value?: unknown;
}
const NOWHERE: Place = {};

function placeOf({ context }: IcebergError): Place {
  const { column, value } = context;
  return { value, ...(typeof column === "string" && { column }) };
}

function rowError(file: InputPath, row: number, fault: IcebergError | BadRecord): IcebergError {
  const place = fault instanceof BadRecord ? NOWHERE : placeOf(fault);
  return new IcebergError("invalid-row", `Cannot append ${file.name}: row ${row}: ${fault.message}`, {
    context: {
      file: file.path,
      row,
      ...place,
      hint: "nothing was written; --skip-bad-rows FILE puts such rows there and writes the others",
    },
    ...(fault instanceof IcebergError && { cause: fault }),
  });
}
