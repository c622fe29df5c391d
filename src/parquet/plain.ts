/** What every PLAIN encoder answers to. Spec: Parquet format, Encodings. @module */
import type { PrimitiveValue } from "../schema/index.ts";
import type { ColumnData } from "./types.ts";

/** Thrown inside a chunk writer, which knows column and row; `index` counts within the appended values. */
export class BadValue extends Error {
  readonly index: number;
  constructor(index: number, why: string) {
    super(why);
    this.index = index;
  }
}

/** Encodes the non-null values of one column, page by page. */
export interface PlainWriter {
  /** Encodes `values[start, end)`, skipping nulls. Throws {@link BadValue}. */
  append(values: ColumnData, start: number, end: number): void;
  /** Bytes encoded since the last `clear`. */
  readonly byteLength: number;
  /** The encoded bytes, without a copy: valid until the next write. */
  written(): Uint8Array;
  /** Forgets bytes and bounds. */
  clear(): void;
  /** Smallest and largest value since `clear`; NaN is never among them. */
  readonly min: PrimitiveValue | undefined;
  readonly max: PrimitiveValue | undefined;
  /** NaNs since `clear`. */
  readonly nanCount: number;
}
