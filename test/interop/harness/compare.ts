/** Two sets of rows compared as multisets, with a difference a person can read. @module */
import { type Canonical, canonicalRow, show } from "./canonical.ts";
import { quoteNumbers, type StructType } from "./table-metadata.ts";

/** How many differing rows the message shows of each side. */
const SHOWN = 5;

/** Rows of one side: JSON texts and a name for the message. */
export interface RowSet {
  readonly from: string;
  readonly rows: readonly string[];
  /** Rows that the other side may hold or not. */
  readonly optional?: readonly string[];
}

/** A difference between two row sets; its message is the report. */
export class RowsDiffer extends Error {
  constructor(message: string) {
    super(message);
    this.name = "RowsDiffer";
  }
}

/**
 * Throws unless both sides hold the same rows equally often. Rows are read by `schema`, so a value in the wrong form
 * (a long printed with a fraction, a decimal without its scale, a missing column) is a difference too.
 */
export function assertSameRows(actual: RowSet, expected: RowSet, schema: StructType): void {
  const left = counted(actual, schema);
  const right = counted(expected, schema);
  const allowed = expected.optional?.length
    ? counted({ from: expected.from, rows: [...expected.rows, ...expected.optional] }, schema)
    : right;
  const surplus = minus(left, allowed);
  const missing = minus(right, left);
  if (surplus.length === 0 && missing.length === 0) return;
  throw new RowsDiffer(
    [
      `${actual.from} has ${actual.rows.length} rows, ${expected.from} has ${expected.rows.length}`,
      ...section(`only in ${actual.from}`, surplus),
      ...section(`only in ${expected.from}`, missing),
      ...firstPair(surplus, missing),
    ].join("\n"),
  );
}

/** Same for flat JSON objects without a schema, on the keys named: metadata views. Missing keys count as null. */
export function assertSameRecords(actual: RowSet, expected: RowSet, keys: readonly string[]): void {
  const pick = (set: RowSet): RowSet => ({
    from: set.from,
    rows: set.rows.map((text) => {
      const record = JSON.parse(quoteNumbers(text, "")) as Record<string, unknown>;
      return JSON.stringify(Object.fromEntries(keys.map((key) => [key, plain(record[key])])));
    }),
  });
  const schema: StructType = {
    type: "struct",
    fields: keys.map((name, i) => ({ id: i + 1, name, required: false, type: "string" })),
  };
  assertSameRows(pick(actual), pick(expected), schema);
}

function plain(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** A distinct row and how often one side holds it. */
interface Held {
  readonly row: Canonical;
  count: number;
}

function counted(set: RowSet, schema: StructType): Map<string, Held> {
  const held = new Map<string, Held>();
  for (const [i, text] of set.rows.entries()) {
    let row: Canonical;
    try {
      row = canonicalRow(text, schema);
    } catch (error) {
      throw new RowsDiffer(`${set.from}, row ${i}: ${(error as Error).message}\n  ${text.slice(0, 400)}`);
    }
    const key = JSON.stringify(row);
    const seen = held.get(key);
    if (seen === undefined) held.set(key, { row, count: 1 });
    else seen.count++;
  }
  return held;
}

/** Rows that `a` holds more often than `b`, each as often as the surplus, ordered by their text. */
function minus(a: ReadonlyMap<string, Held>, b: ReadonlyMap<string, Held>): Canonical[] {
  const keys = [...a.keys()].filter((key) => (a.get(key)?.count ?? 0) > (b.get(key)?.count ?? 0)).sort();
  return keys.flatMap((key) => {
    const { row, count } = a.get(key)!;
    return Array<Canonical>(count - (b.get(key)?.count ?? 0)).fill(row);
  });
}

function section(title: string, rows: readonly Canonical[]): string[] {
  if (rows.length === 0) return [];
  const shown = rows.slice(0, SHOWN).map((row) => `    ${cut(show(row), 600)}`);
  const more = rows.length > SHOWN ? [`    … and ${rows.length - SHOWN} more`] : [];
  return [`  ${title} (${rows.length}):`, ...shown, ...more];
}

/** Names the columns in which the closest counterpart of the first surplus row differs. */
function firstPair(surplus: readonly Canonical[], missing: readonly Canonical[]): string[] {
  const row = surplus[0];
  if (row === undefined) return [];
  const differences = missing.slice(0, 200).map((other) => differingCells(row, other));
  const closest = differences.sort((a, b) => a.length - b.length)[0];
  return closest === undefined
    ? []
    : [`  closest pair differs in ${cut(closest.slice(0, 8).join("; "), 800)}`];
}

function differingCells(a: Canonical, b: Canonical): string[] {
  const mine = Object.entries(a as Readonly<Record<string, Canonical>>);
  const theirs = b as Readonly<Record<string, Canonical>>;
  return mine
    .map(([name, value]) => ({ name, mine: show(value), theirs: show(theirs[name] ?? null) }))
    .filter((cell) => cell.mine !== cell.theirs)
    .map((cell) => `${cell.name}: ${cell.mine} ≠ ${cell.theirs}`);
}

function cut(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length)}…` : text;
}
