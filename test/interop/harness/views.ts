/**
 * Metadata views side by side: what an engine says of files, columns and partitions must be what `src/inspect` says.
 * @module
 */
import { assertSameRecords, type RowSet } from "./compare.ts";
import type { Engine, TableAt } from "./engine.ts";
import { quoteNumbers } from "./table-metadata.ts";

/** Views held against our own. */
export const COMPARED_VIEWS = ["files", "columns", "partitions"] as const;
export type ComparedView = (typeof COMPARED_VIEWS)[number];

/** What every engine that offers the view must show. */
const ALWAYS: Readonly<Record<ComparedView, readonly string[]>> = {
  files: ["content", "file_path", "file_format", "record_count"],
  columns: ["file_path", "column", "column_size", "value_count", "null_value_count", "nan_value_count"],
  partitions: ["record_count", "file_count"],
};

/** What an engine may show besides; held against ours where it does. */
const SOMETIMES: Readonly<Record<ComparedView, readonly string[]>> = {
  files: [
    "spec_id",
    "partition",
    "file_size_in_bytes",
    "sort_order_id",
    "split_offsets",
    "equality_ids",
  ].concat([
    "column_sizes",
    "value_counts",
    "null_value_counts",
    "nan_value_counts",
    "lower_bounds",
    "upper_bounds",
  ]),
  columns: ["lower_bound", "upper_bound"],
  partitions: ["partition", "spec_id"],
};

/** Marks a bare JSON number, apart from a string of the same digits. */
const NUMBER = "\\u0000";

/** Members that are maps by field id, or partition values by name: absent, null and empty mean the same there. */
const MAPS = /^(partition|.*_(sizes|counts|bounds)|split_offsets|equality_ids)$/;

/** Every column of a view that may be compared. */
export function comparedIn(view: ComparedView): readonly string[] {
  return [...ALWAYS[view], ...SOMETIMES[view]];
}

/** Fetches the view from both and compares. @throws RowsDiffer */
export async function compareView(
  view: ComparedView,
  engine: Engine,
  ourselves: Engine,
  at: TableAt,
): Promise<void> {
  const actual = { from: engine.name, rows: await engine.view(view, at) };
  assertSameView(view, actual, { from: "icewright", rows: await ourselves.view(view, at) });
  const demanded = engine.kind.shows?.[view] ?? [];
  const missing = actual.rows.length === 0 ? [] : demanded.filter((key) => !shown(actual.rows[0]!, key));
  if (missing.length > 0) throw new Error(`${engine.name} no longer shows ${missing.join(", ")} in ${view}`);
}

/** Compares two sides of a view on the columns that the first shows. @throws RowsDiffer */
export function assertSameView(view: ComparedView, actual: RowSet, expected: RowSet): void {
  const first = actual.rows[0];
  const further = first === undefined ? [] : SOMETIMES[view].filter((key) => shown(first, key));
  assertSameRecords(normal(actual), normal(expected), [...ALWAYS[view], ...further]);
}

function shown(row: string, key: string): boolean {
  return key in (JSON.parse(row) as object);
}

function normal(set: RowSet): RowSet {
  return {
    from: set.from,
    rows: set.rows.map((text) => {
      const record = JSON.parse(quoteNumbers(text, NUMBER)) as Record<string, unknown>;
      const cells = Object.entries(record).map(([key, cell]) => [
        key,
        MAPS.test(key) ? members(cell) : number(cell),
      ]);
      return JSON.stringify(Object.fromEntries(cells));
    }),
  };
}

/** Bare numbers without their mark; a double as JavaScript prints it, whether written 1e3 or 1000.0. */
function number(cell: unknown): unknown {
  if (typeof cell !== "string" || !cell.startsWith("\u0000")) return cell;
  const digits = cell.slice(1);
  return /[.eE]/.test(digits) ? String(Number(digits)) : digits;
}

/** `{"1":2}`, `[[1,2]]` and `[1,2]` as one text without null members; null when nothing is left. */
function members(cell: unknown): string | null {
  if (cell === null || cell === undefined) return null;
  const pairs = (
    Array.isArray(cell)
      ? cell.map((item) => (Array.isArray(item) ? item : [number(item), ""]))
      : entriesOf(cell)
  )
    .filter(([, value]) => value !== null)
    .map(([key, value]) => `${number(key)}:${number(value)}`);
  return pairs.length === 0 ? null : pairs.sort().join(" ");
}

function entriesOf(cell: unknown): [string, unknown][] {
  return Object.entries(cell as Readonly<Record<string, unknown>>);
}
