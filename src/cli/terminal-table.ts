/** Aligned tables for terminals, streamed: the first page of rows fixes the widths. Spec: none. @module */
import { displayWidth, harmless, type Paint, pad, shorten, shortenStart } from "./terminal.ts";

export interface TableColumn {
  readonly title: string;
  /** Numbers stand right-aligned, and are never cut. */
  readonly numeric?: boolean;
  /** Never cut either: in part a time or an id says nothing. */
  readonly whole?: boolean;
  /** The first to go where the terminal has no room for all, the last of several before the others. */
  readonly spare?: boolean;
  /** Cut at its start: what tells paths apart stands at their end. */
  readonly keepsEnd?: boolean;
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
/** Spare columns go before others are cut below this. */
const COMFORT = 40;
const GAP = "  ";

/** A whole table as lines, without a final line end. A last line names the columns that there was no room for. */
export function renderTable(
  columns: readonly TableColumn[],
  rows: readonly (readonly Cell[])[],
  options: TableOptions,
): string {
  const table = new StreamedTable(columns, options);
  const text = (table.add(rows) + table.end()).replace(/\n$/, "");
  if (table.hidden.length === 0) return text;
  return `${text}\n${options.paint.dim(`no room for: ${table.hidden.join(", ")}`)}`;
}

/** A table whose rows come in portions. Text comes out as soon as the widths are known. */
export class StreamedTable {
  private readonly columns: readonly TableColumn[];
  private readonly options: TableOptions;
  private waiting: (readonly Cell[])[] = [];
  /** Of each column, 0 where it is hidden. */
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
    return this.columns.filter((_, at) => this.widths?.[at] === 0).map(({ title }) => title);
  }

  private begin(): string {
    const page = this.waiting;
    this.waiting = [];
    this.widths = fitWidths(this.needs(page), this.options.columns);
    const { paint } = this.options;
    const { widths } = this;
    const titles = this.columns.flatMap(({ title, numeric }, at) => {
      const width = widths[at]!;
      return width === 0 ? [] : [paint.bold(pad(shorten(harmless(title), width), width, numeric))];
    });
    const rule = widths.flatMap((width) => (width === 0 ? [] : ["─".repeat(width)])).join(GAP);
    return `${titles.join(GAP).trimEnd()}\n${paint.dim(rule)}\n${this.lines(page, widths)}`;
  }

  private needs(page: readonly (readonly Cell[])[]): Need[] {
    const most = this.options.maxCell ?? MAX_CELL;
    return this.columns.map(({ title, numeric, whole, spare = false }, at) => {
      const titled = displayWidth(harmless(title));
      let cells = 0;
      for (const row of page) {
        // A longer text than this is cut anyway: its exact width does not matter.
        const text = (row[at] ?? "null").slice(0, most * 2);
        cells = Math.max(cells, displayWidth(harmless(text)));
      }
      const natural = Math.max(1, Math.min(Math.max(titled, cells), most));
      const rigid = numeric === true || whole === true;
      const least = rigid ? Math.max(Math.min(cells, most), Math.min(titled, MIN_CELL)) : MIN_CELL;
      return { natural, least: Math.min(natural, Math.max(1, least)), spare };
    });
  }

  private lines(rows: readonly (readonly Cell[])[], widths: readonly number[]): string {
    const { paint } = this.options;
    let text = "";
    for (const row of rows) {
      const cells = widths.flatMap((width, at) => {
        if (width === 0) return [];
        const cell = row[at] ?? null;
        const { numeric, keepsEnd } = this.columns[at]!;
        if (cell === null) return [paint.dim(pad(shorten("null", width), width, numeric))];
        const text = keepsEnd
          ? shortenStart(harmless(cell.slice(-width * 4)), width)
          : shorten(harmless(cell.slice(0, width * 4)), width);
        return [pad(text, width, numeric)];
      });
      text += `${cells.join(GAP).trimEnd()}\n`;
    }
    return text;
  }
}

/** The room a column would have, and the least it can do with. */
interface Need {
  readonly natural: number;
  readonly least: number;
  readonly spare: boolean;
}

/** Leaves out spare columns, then columns at the end, until the rest fits; narrows the widest of those that may be cut. */
function fitWidths(needs: readonly Need[], columns: number | undefined): readonly number[] {
  const widths = needs.map(({ natural }) => natural);
  if (columns === undefined) return widths;
  const shown = () => needs.filter((_, at) => widths[at] !== 0);
  const room = (width: (need: Need) => number) =>
    shown().reduce((sum, need) => sum + width(need), (shown().length - 1) * GAP.length);
  const comfortable = ({ natural, least }: Need) => Math.max(least, Math.min(natural, COMFORT));
  const hideLast = (which: (need: Need) => boolean) => {
    const at = needs.findLastIndex((need, i) => widths[i] !== 0 && which(need));
    if (at < 0 || shown().length === 1) return false;
    widths[at] = 0;
    return true;
  };
  while (room(comfortable) > columns && hideLast(({ spare }) => spare));
  while (room(({ least }) => least) > columns && hideLast(() => true));
  for (let over = room(({ natural }) => natural) - columns; over > 0; over--) {
    let widest = -1;
    for (const [at, width] of widths.entries()) {
      if (width > needs[at]!.least && width > (widths[widest] ?? 0)) widest = at;
    }
    if (widest < 0) break;
    widths[widest]!--;
  }
  return widths;
}
