/** The one checked conversion between `bigint` and `number` (decision 1: one type per field). @module */
import { IcebergError } from "./errors.ts";

export const INT32_MIN = -(2 ** 31);
export const INT32_MAX = 2 ** 31 - 1;
export const INT64_MIN = -(2n ** 63n);
export const INT64_MAX = 2n ** 63n - 1n;

/** A count, size, sequence number or millisecond time as `number`. Throws `invalid-argument` past 2^53-1. */
export function toSafeNumber(value: bigint | number, what: string): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) {
    throw new IcebergError(
      "invalid-argument",
      `Cannot hold ${what} ${value} exactly: it is not a safe integer`,
      {
        context: { what, value },
      },
    );
  }
  return number;
}

/** Floor division of bigints for a positive divisor: rounds toward negative infinity, unlike `/`. */
export function floorDiv(value: bigint, divisor: bigint): bigint {
  const quotient = value / divisor;
  return value % divisor < 0n ? quotient - 1n : quotient;
}
