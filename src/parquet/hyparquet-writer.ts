/**
 * The one place that reaches into hyparquet-writer: bloom filter sizing and insertion. Its internals are outside
 * its version promise, hence the exact pin. Spec: Parquet format, Bloom Filter.
 * @module
 */
import { xxhash64 } from "hyparquet/src/xxhash.js";
import { optimalNumBytes, sbbfInsert } from "hyparquet-writer/src/bloom.js";

/** XXH64 with seed 0. */
export function hash64(bytes: Uint8Array): bigint {
  return xxhash64(bytes);
}

/** Bytes of a filter for a number of distinct values and a false-positive rate: a power of two, at least 32. */
export function filterBytes(distinct: number, fpp: number): number {
  return optimalNumBytes(distinct, fpp);
}

/** Sets the bits of one hash in the filter's words. */
export function insertHash(words: Uint32Array, hash: bigint): void {
  sbbfInsert(words, hash);
}
