/** Aligned tables for terminals, streamed: the first page of rows fixes the widths. Spec: none. @module */
import { displayWidth, harmless, type Paint, pad, shorten } from "./terminal.ts";

export interface TableColumn {
  readonly title: string;
  /** Numbers stand right-aligned. */
  readonly numeric?: boolean;
}

/** A cell; `null` is SQL's null. */
export type Cell = string | null;

export interface TableOptions {
  readonly paint: Paint;
  /** Columns of the terminal; absent: no limit on the whole, each cell is cut to {@link MAX_CELL}. */
  readonly columns?: number;
  /** Widest cell. Default {@link MAX_CELL}. */
  readonly maxCell?: number;
}

/** Width at which a cell is cut where the terminal sets no limit. */
export const MAX_CELL = 48;
/** Rows whose widths decide. */
const PAGE = 256;
/** No column of a crowded table is narrower. */
const MIN_CELL = 8;
const GAP = "  ";

/** A whole table as lines, without a final line end. */
export function renderTable(
  columns: readonly TableColumn[],
  rows: readonly (readonly Cell[])[],
  options: TableOptions,
): string {
  const table = new StreamedTable(columns, options);
  return (table.add(rows) + table.end()).replace(/\n$/, "");
}

/** A table whose rows come in portions. Text comes out as soon as the widths are known. */
export class StreamedTable {
  private readonly columns: readonly TableColumn[];
  private readonly options: TableOptions;
  private waiting: (readonly Cell[])[] = [];
  private widths: readonly number[] | undefined;

  constructor(columns: readonly TableColumn[], options: TableOptions) {
    this.columns = columns;
    this.options = options;
  }

  /** Takes rows; answers the text that is ready to print. */
  add(rows: readonly (readonly Cell[])[]): string {
    if (this.widths !== undefined) return this.lines(rows, this.widths);
    for (const row of rows) this.waiting.push(row);
    return this.waiting.length < PAGE ? "" : this.begin();
  }

  /** The text still held back: all of a short table. */
  end(): string {
    return this.widths === undefined ? this.begin() : "";
  }

  /** Titles of columns that a narrow terminal has no room for; known once text came out. */
  get hidden(): readonly string[] {
    return this.columns.slice(this.widths?.length ?? this.columns.length).map(({ title }) => title);
  }

  private begin(): string {
    const page = this.waiting;
    this.waiting = [];
    this.widths = fitWidths(this.naturalWidths(page), this.options.columns);
    const { paint } = this.options;
    const { widths } = this;
    const shown = this.columns.slice(0, widths.length);
    const titles = shown.map(({ title, numeric }, at) =>
      paint.bold(pad(shorten(harmless(title), widths[at]!), widths[at]!, numeric)),
    );
    const rule = widths.map((width) => "─".repeat(width)).join(GAP);
    return `${titles.join(GAP).trimEnd()}\n${paint.dim(rule)}\n${this.lines(page, widths)}`;
  }

  private naturalWidths(page: readonly (readonly Cell[])[]): number[] {
    const most = this.options.maxCell ?? MAX_CELL;
    return this.columns.map(({ title }, at) => {
      let width = displayWidth(harmless(title));
      for (const row of page) {
        // A longer text than this is cut anyway: its exact width does not matter.
        const text = (row[at] ?? "null").slice(0, most * 2);
        width = Math.max(width, displayWidth(harmless(text)));
      }
      return Math.max(1, Math.min(width, most));
    });
  }

  private lines(rows: readonly (readonly Cell[])[], widths: readonly number[]): string {
    const { paint } = this.options;
    let text = "";
    for (const row of rows) {
      const cells = widths.map((width, at) => {
        const cell = row[at] ?? null;
        const numeric = this.columns[at]!.numeric === true;
        return cell === null
          ? paint.dim(pad(shorten("null", width), width, numeric))
          : pad(shorten(harmless(cell.slice(0, width * 4)), width), width, numeric);
      });
      text += `${cells.join(GAP).trimEnd()}\n`;
    }
    return text;
  }
}

/** Shrinks the widest columns until the table fits; drops columns at the end when even that does not help. */
function fitWidths(natural: readonly number[], columns: number | undefined): readonly number[] {
  const widths = [...natural];
  if (columns === undefined || widths.length === 0) return widths;
  const total = () => widths.reduce((sum, width) => sum + width, (widths.length - 1) * GAP.length);
  while (widths.length > 1 && narrowest(widths) > columns) widths.pop();
  while (total() > columns) {
    const widest = Math.max(...widths);
    if (widest <= MIN_CELL) break;
    widths[widths.indexOf(widest)] = widest - 1;
  }
  return widths;
}

function narrowest(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + Math.min(width, MIN_CELL), (widths.length - 1) * GAP.length);
}
