/** Rows of metadata tables: JSON Lines for programs, an aligned table for people. Spec: none. @module */
import { type Json, stringifyJson } from "../base/index.ts";
import { type Cell, StreamedTable, type TableColumn } from "./terminal-table.ts";
import type { CliContext } from "./verb.ts";

/** One column for people. */
export interface ShownColumn<Row> extends TableColumn {
  readonly cell: (row: Row) => Cell;
}

/** How rows are printed. */
export interface RowForm<Row> {
  /** One line of JSON. */
  readonly json: (row: Row) => Json;
  readonly columns: readonly ShownColumn<Row>[];
  /** Widest cell. */
  readonly maxCell?: number;
}

/** Prints rows as they come; answers how many there were. */
export async function printRows<Row>(
  rows: Iterable<Row> | AsyncIterable<Row>,
  form: RowForm<Row>,
  context: CliContext,
): Promise<number> {
  const { out, signal, json, paint, columns } = context;
  const { maxCell = 80 } = form;
  const table = new StreamedTable(form.columns, {
    paint,
    maxCell,
    ...(columns !== undefined && { columns }),
  });
  let printed = 0;
  for await (const row of rows) {
    signal.throwIfAborted();
    printed++;
    if (json) await out.write(`${stringifyJson(form.json(row))}\n`);
    else await out.write(table.add([form.columns.map(({ cell }) => cell(row))]));
  }
  if (!json) {
    await out.write(table.end());
    if (table.hidden.length > 0) {
      await context.note(
        `more columns than the terminal has room for (use --json): ${table.hidden.join(", ")}`,
      );
    }
  }
  return printed;
}
