/** Split-block bloom filters of column chunks. Spec: Parquet format, Bloom Filter (PAR-042). @module */
import { ByteSink } from "./byte-sink.ts";
import { filterBytes, hash64, insertHash } from "./hyparquet-writer.ts";
import { ThriftWriter } from "./thrift.ts";
import type { ParquetNode } from "./tree.ts";
import type { BloomFilterOptions } from "./types.ts";

const DEFAULT_FPP = 0.01;
const DEFAULT_MAX_BYTES = 1 << 20;
const MIN_BYTES = 32;

/** Collects the hashes of one chunk's values and sizes the filter by how many distinct ones there were. */
export class BloomBuilder {
  private readonly node: ParquetNode;
  private readonly fpp: number;
  private readonly maxBytes: number;
  private readonly hashes = new Set<bigint>();

  constructor(node: ParquetNode, options: BloomFilterOptions) {
    this.node = node;
    this.fpp = options.fpp ?? DEFAULT_FPP;
    this.maxBytes = options.maxBytes ?? DEFAULT_MAX_BYTES;
  }

  /** Adds the values of PLAIN bytes: a filter holds hashes of the PLAIN form without length prefixes. */
  addPlain(bytes: Uint8Array): void {
    const width = widthOf(this.node);
    if (width > 0) {
      for (let at = 0; at < bytes.length; at += width) {
        this.hashes.add(hash64(bytes.subarray(at, at + width)));
      }
      return;
    }
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let at = 0; at < bytes.length; ) {
      const length = view.getUint32(at, true);
      this.hashes.add(hash64(bytes.subarray(at + 4, at + 4 + length)));
      at += 4 + length;
    }
  }

  /** Header and bits; `undefined` when there was nothing to add. A filter is at least one block of 32 bytes. */
  finish(): Uint8Array | undefined {
    const { hashes } = this;
    if (hashes.size === 0) return undefined;
    let size = filterBytes(hashes.size, this.fpp);
    while (size > this.maxBytes && size > MIN_BYTES) size /= 2;
    const words = new Uint32Array(size / 4);
    for (const hash of hashes) insertHash(words, hash);
    hashes.clear();
    const sink = new ByteSink(size + 32);
    sink.append(
      new ThriftWriter()
        .i32(1, size)
        .struct(2, (algorithm) => algorithm.struct(1, () => {}))
        .struct(3, (hash) => hash.struct(1, () => {}))
        .struct(4, (compression) => compression.struct(1, () => {}))
        .stop()
        .finish(),
    );
    for (const word of words) sink.uint32(word);
    return sink.written().slice();
  }
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
