/** Predicates derived from the rows of a table, so that every column is filtered at, below and above real values. @module */
import type { Canonical } from "./canonical.ts";
import { compareValues, type Predicate } from "./predicate.ts";
import type { IcebergType, StructType } from "./table-metadata.ts";

/** How many predicates each column gets at most is bounded by this list, not by the number of rows. */
const COMPARED = ["eq", "not-eq", "lt", "lt-eq", "gt", "gt-eq"] as const;

/**
 * For each flat column: is null, not null, comparisons with its least, middle and greatest value, a set, a prefix for
 * strings, is-nan for floats; and one conjunction across columns.
 */
export function probes(schema: StructType, rows: readonly Canonical[]): Predicate[] {
  const out: Predicate[] = [];
  const middles: Predicate[] = [];
  for (const field of schema.fields) {
    if (typeof field.type !== "string" || !isOrdered(field.type)) continue;
    const column = field.name;
    out.push({ op: "is-null", column }, { op: "not-null", column });
    const values = ordered(rows, column, field.type);
    const middle = values[values.length >> 1];
    if (field.type === "float" || field.type === "double")
      out.push({ op: "is-nan", column }, { op: "not-nan", column });
    if (middle === undefined) continue;
    for (const op of COMPARED) {
      for (const literal of new Set([values[0]!, middle, values.at(-1)!]))
        out.push({ op, column, literals: [literal] });
    }
    out.push({ op: "in", column, literals: [...new Set([values[0]!, middle])] });
    out.push({ op: "not-in", column, literals: [...new Set([values[0]!, middle])] });
    if (field.type === "string" && middle !== "") {
      out.push({ op: "starts-with", column, literals: [[...middle].slice(0, 2).join("")] });
      out.push({ op: "not-starts-with", column, literals: [[...middle].slice(0, 2).join("")] });
    }
    middles.push({ op: "gt-eq", column, literals: [middle] });
  }
  if (middles.length > 1) {
    out.push({ and: middles.slice(0, 2) }, { or: middles.slice(0, 2) }, { not: middles[0]! });
  }
  return out;
}

/** At most `limit` predicates, taken evenly from all, so that every column keeps some. */
export function sample(predicates: readonly Predicate[], limit: number): readonly Predicate[] {
  if (predicates.length <= limit) return predicates;
  return Array.from({ length: limit }, (_, i) => predicates[Math.floor((i * predicates.length) / limit)]!);
}

/** Types on which every engine agrees what `<` means; binary and uuid order differently in some. */
export function isOrdered(type: string): boolean {
  return /^(int|long|float|double|decimal.*|date|time|timestamp|timestamptz|string|boolean)$/.test(type);
}

/** Distinct finite values of a column as literals, ascending. -0 and infinities are left out: PyIceberg takes an infinite literal for one beyond the type's range. */
function ordered(rows: readonly Canonical[], column: string, type: IcebergType): string[] {
  const found = new Set<string>();
  for (const row of rows) {
    const value = (row as Readonly<Record<string, Canonical>>)[column] ?? null;
    const text = String(value).replace("\u0000", "");
    if (value !== null && !/^(NaN|-0|-?Infinity)$/.test(text)) found.add(text);
  }
  return [...found].sort((a, b) => compareValues(a, b, type));
}
