/** Split-block bloom filters of column chunks. Spec: Parquet format, Bloom Filter (PAR-042). @module */
import { filterBytes } from "./hyparquet-writer.ts";
import { ThriftWriter } from "./thrift.ts";
import type { ParquetNode } from "./tree.ts";
import type { BloomFilterOptions } from "./types.ts";
import { hashed, xxh64 } from "./xxh64.ts";

const DEFAULT_FPP = 0.01;
const DEFAULT_MAX_BYTES = 1 << 20;
/** One block of eight words. */
const MIN_BYTES = 32;
/** One odd multiplier per word of a block, from the format. */
export const SALT = [
  0x47b6137b, 0x44974d91, 0x8824ad5b, 0xa2b7289d, 0x705495c7, 0x2df1424b, 0x9efc4947, 0x5c6bfb31,
] as const;

/**
 * Collects the values of one chunk in a filter of the largest size allowed, then folds it to the size that fits the
 * distinct values met: with sizes in powers of two, the filter of half the size is each pair of blocks joined.
 */
export class BloomBuilder {
  private readonly node: ParquetNode;
  private readonly fpp: number;
  private readonly words: Uint32Array;
  /** Values that set a bit of their own: the distinct ones, but for the few that collide. */
  private distinct = 0;

  constructor(node: ParquetNode, options: BloomFilterOptions) {
    this.node = node;
    this.fpp = options.fpp ?? DEFAULT_FPP;
    const limit = Math.max(MIN_BYTES, options.maxBytes ?? DEFAULT_MAX_BYTES);
    this.words = new Uint32Array(2 ** Math.floor(Math.log2(limit)) / 4);
  }

  /** Adds the values of PLAIN bytes: a filter holds hashes of the PLAIN form without length prefixes. */
  addPlain(bytes: Uint8Array): void {
    const width = widthOf(this.node);
    if (width > 0) {
      for (let at = 0; at < bytes.length; at += width) this.add(bytes, at, at + width);
      return;
    }
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let at = 0; at < bytes.length; ) {
      const start = at + 4;
      at = start + view.getUint32(at, true);
      this.add(bytes, start, at);
    }
  }

  /** Header and bits, and a fresh start; `undefined` when there was nothing to add. */
  finish(): Uint8Array | undefined {
    if (this.distinct === 0) return undefined;
    const size = Math.min(filterBytes(this.distinct, this.fpp), 4 * this.words.length);
    const words = folded(this.words, size / 4);
    const header = new ThriftWriter()
      .i32(1, size)
      .struct(2, (algorithm) => algorithm.struct(1, () => {}))
      .struct(3, (hash) => hash.struct(1, () => {}))
      .struct(4, (compression) => compression.struct(1, () => {}))
      .stop()
      .finish();
    const bytes = new Uint8Array(header.length + size);
    bytes.set(header);
    const view = new DataView(bytes.buffer, header.length);
    for (let i = 0; i < words.length; i++) view.setUint32(4 * i, words[i]!, true);
    this.words.fill(0);
    this.distinct = 0;
    return bytes;
  }

  private add(bytes: Uint8Array, start: number, end: number): void {
    xxh64(bytes, start, end);
    const { words } = this;
    const blocks = words.length >>> 3;
    // The high half picks the block: exact as a number, since there are at most 2^21 blocks.
    const block = Math.floor(((hashed.high >>> 0) * blocks) / 2 ** 32) << 3;
    let isNew = false;
    for (let i = 0; i < 8; i++) {
      const bit = 1 << (Math.imul(hashed.low, SALT[i]!) >>> 27);
      const before = words[block + i]!;
      if ((before & bit) === 0) {
        words[block + i] = before | bit;
        isNew = true;
      }
    }
    if (isNew) this.distinct++;
  }
}

/** The filter at a smaller power of two. */
function folded(words: Uint32Array, length: number): Uint32Array {
  const output = words.slice();
  let size = output.length;
  while (size > length) {
    size /= 2;
    for (let block = 0; block < size; block += 8) {
      for (let i = 0; i < 8; i++) output[block + i] = output[2 * block + i]! | output[2 * block + 8 + i]!;
    }
  }
  return output.subarray(0, size);
}

/** Bytes of a value of fixed width; 0 for BYTE_ARRAY. */
function widthOf(node: ParquetNode): number {
  switch (node.physical) {
    case "INT32":
    case "FLOAT":
      return 4;
    case "FIXED_LEN_BYTE_ARRAY":
      return node.typeLength;
    case "BYTE_ARRAY":
      return 0;
    default:
      return 8;
  }
}
