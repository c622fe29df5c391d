/** Turns callers' rows into held values, or says which row and column is wrong. @module */
import { IcebergError, isIcebergError } from "../base/index.ts";
import type { Field, Schema, Value } from "../schema/index.ts";
import { coerceInput } from "../values/index.ts";

/** A row of held values (see `schema/values.ts`), every column present. */
export type HeldRow = Record<string, Value | null>;

/**
 * A function that checks and converts one input row; `rowNumber` counts from 0 and appears in errors.
 * A column that is left out takes its write default (SCH-037), else null.
 * @throws IcebergError `invalid-row` for an unknown column, a missing required one or a value of another type.
 */
export function rowCoercer(schema: Schema): (row: unknown, rowNumber: number) => HeldRow {
  const names = new Set(schema.fields.map((field) => field.name));
  return (row, rowNumber) => {
    if (typeof row !== "object" || row === null || Array.isArray(row)) {
      throw invalidRow(
        rowNumber,
        `it is ${row === null ? "null" : `a ${typeof row}`}, not an object of columns`,
        {},
      );
    }
    const cells = row as Readonly<Record<string, unknown>>;
    for (const name of Object.keys(cells)) {
      if (names.has(name)) continue;
      throw invalidRow(
        rowNumber,
        `the table has no column ${JSON.stringify(name)}; it has ${[...names].join(", ")}`,
        {
          column: name,
          value: cells[name],
        },
      );
    }
    const held: HeldRow = {};
    for (const field of schema.fields) held[field.name] = cell(field, cells[field.name], rowNumber);
    return held;
  };
}

function cell(field: Field, input: unknown, rowNumber: number): Value | null {
  if (input === undefined && field.writeDefault !== undefined) return field.writeDefault;
  if (input === undefined || input === null) {
    if (!field.required) return null;
    throw invalidRow(rowNumber, `required column ${JSON.stringify(field.name)} is missing; give it a value`, {
      column: field.name,
    });
  }
  return atRow(rowNumber, () => coerceInput(field.type, input, field.name));
}

/** Adds the row number to an `invalid-row` error of a function that knows the value but not the row. */
export function atRow<T>(rowNumber: number, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!isIcebergError(error, "invalid-row")) throw error;
    throw new IcebergError("invalid-row", `Row ${rowNumber}: ${error.message}`, {
      cause: error,
      context: { ...error.context, row: rowNumber },
    });
  }
}

function invalidRow(row: number, why: string, context: Readonly<Record<string, unknown>>): IcebergError {
  return new IcebergError("invalid-row", `Cannot write row ${row}: ${why}`, { context: { row, ...context } });
}
