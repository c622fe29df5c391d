/** Rows as hash keys, for equality deletes. Spec: Equality Delete Files; SCN-060, SCN-061. @module */
import { toHex } from "../base/index.ts";
import type { ColumnValues } from "../parquet/index.ts";
import type { PrimitiveType, PrimitiveValue, StructValue } from "../schema/index.ts";
import { valueKey } from "../values/index.ts";
import type { EqualityColumn } from "./equality-columns.ts";

/**
 * What two rows share exactly when all their columns are equal: null equals null, NaN equals NaN, and -0 differs from
 * 0, as in partition tuples (PRT-065).
 */
export type RowKey = string | number | bigint | boolean | null;

/** Answers the key of a row of a batch. */
export type RowKeyOf = (row: number) => RowKey;

/** The keys of the rows of a batch, by the columns' values; a column inside structs comes as its outermost one. */
export function rowKeys(columns: readonly EqualityColumn[], values: readonly ColumnValues[]): RowKeyOf {
  const cells = columns.map((column, at) => cellOf(column, values[at]!));
  const [only] = cells;
  if (cells.length === 1 && only !== undefined) return (row) => cellKey(only(row));
  const types = columns.map(({ leaf }) => leaf.type as PrimitiveType);
  return (row) => {
    let key = "";
    for (let at = 0; at < cells.length; at++) {
      const value = cells[at]!(row);
      if (value === null) key += "~";
      else {
        const text = valueKey(types[at]!, value);
        key += `${text.length}:${text}`;
      }
    }
    return key;
  };
}

function cellOf({ names }: EqualityColumn, column: ColumnValues): (row: number) => PrimitiveValue | null {
  if (names.length === 1) return (row) => column[row] as PrimitiveValue | null;
  const inner = names.slice(1);
  return (row) => {
    let value = column[row] as StructValue[string];
    for (const name of inner) {
      if (value === null || value === undefined) return null;
      value = (value as StructValue)[name];
    }
    return (value ?? null) as PrimitiveValue | null;
  };
}

function cellKey(value: PrimitiveValue | null): RowKey {
  if (typeof value === "object") return value === null ? null : toHex(value);
  return Object.is(value, -0) ? "-0" : value;
}
