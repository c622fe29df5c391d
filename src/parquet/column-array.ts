/** Columns in memory: typed arrays where every value is there, plain arrays elsewhere. @module */
import type { PrimitiveValue, Value } from "../schema/index.ts";

/** Values that are all there. */
export type ColumnArray = PrimitiveValue[] | Int32Array | BigInt64Array | Float32Array | Float64Array;

/**
 * The values of a column as `schema/values.ts` holds them, null among them. Numbers come as typed arrays where none is
 * null: `Int32Array` for int and date, `BigInt64Array` for long, time and timestamps, `Float32Array` and
 * `Float64Array` for float and double (a double of a file of floats as `Float32Array`). Read only: arrays may share
 * memory.
 */
export type ColumnValues =
  | readonly (Value | null)[]
  | Int32Array
  | BigInt64Array
  | Float32Array
  | Float64Array;

/** An empty column of the same kind. */
export function sameKind(column: ColumnArray, length: number): ColumnArray {
  if (Array.isArray(column)) return new Array<PrimitiveValue>(length);
  return new (column.constructor as new (length: number) => Int32Array)(length);
}

/** Columns end to end; of one kind when all parts are. */
export function joined(parts: readonly ColumnValues[]): ColumnValues {
  const [first, ...rest] = parts;
  if (first === undefined) return [];
  if (rest.length === 0) return first;
  let length = 0;
  for (const part of parts) length += part.length;
  if (!Array.isArray(first) && rest.every((part) => part.constructor === first.constructor)) {
    const output = sameKind(first as Int32Array, length) as Int32Array;
    let at = 0;
    for (const part of parts) {
      output.set(part as Int32Array, at);
      at += part.length;
    }
    return output;
  }
  const output: (Value | null)[] = [];
  for (const part of parts) for (let i = 0; i < part.length; i++) output.push(part[i]!);
  return output;
}

/** The entries `[start, end)`; typed arrays share memory. */
export function part(column: ColumnValues, start: number, end: number): ColumnValues {
  if (start === 0 && end === column.length) return column;
  return Array.isArray(column) ? column.slice(start, end) : (column as Int32Array).subarray(start, end);
}

/** The entries at some places, in their order. */
export function picked(column: ColumnValues, places: ArrayLike<number>): ColumnValues {
  const count = places.length;
  if (column instanceof BigInt64Array) {
    const output = new BigInt64Array(count);
    for (let i = 0; i < count; i++) output[i] = column[places[i]!]!;
    return output;
  }
  if (column instanceof Int32Array) return pickedNumbers(column, places, new Int32Array(count));
  if (column instanceof Float64Array) return pickedNumbers(column, places, new Float64Array(count));
  if (column instanceof Float32Array) return pickedNumbers(column, places, new Float32Array(count));
  const output: (Value | null)[] = new Array(count);
  const values = column as readonly (Value | null)[];
  for (let i = 0; i < count; i++) output[i] = values[places[i]!]!;
  return output;
}

function pickedNumbers<T extends Int32Array | Float32Array | Float64Array>(
  column: T,
  places: ArrayLike<number>,
  output: T,
): T {
  for (let i = 0; i < places.length; i++) output[i] = column[places[i]!]!;
  return output;
}
