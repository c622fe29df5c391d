/**
 * The one place that reaches into hyparquet-writer: how large a bloom filter is made. Its internals are outside its
 * version promise, hence the exact pin. Spec: Parquet format, Bloom Filter.
 * @module
 */
import { optimalNumBytes } from "hyparquet-writer/src/bloom.js";

/** Bytes of a filter for a number of distinct values and a false-positive rate: a power of two, at least 32. */
export function filterBytes(distinct: number, fpp: number): number {
  return optimalNumBytes(distinct, fpp);
}
