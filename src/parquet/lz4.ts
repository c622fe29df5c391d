/** LZ4 decompression: raw blocks, and the Hadoop framing of Parquet's deprecated LZ4. Spec: LZ4 block format. @module */
import { IcebergError } from "../base/index.ts";

/** Decompresses one raw block of known size (LZ4_RAW). Throws `corrupt-file`. */
export function lz4Decompress(input: Uint8Array, size?: number): Uint8Array {
  if (size === undefined) throw corrupt("its size is unknown");
  const output = new Uint8Array(size);
  if (lz4DecompressInto(input, output, 0) !== size) throw corrupt("it ends early");
  return output;
}

/**
 * Parquet's deprecated LZ4: frames of big-endian sizes as Hadoop writes them, else a raw block as others do.
 */
export function lz4HadoopDecompress(input: Uint8Array, size?: number): Uint8Array {
  if (size === undefined) throw corrupt("its size is unknown");
  return framed(input, size) ?? lz4Decompress(input, size);
}

function framed(input: Uint8Array, size: number): Uint8Array | undefined {
  const view = new DataView(input.buffer, input.byteOffset, input.byteLength);
  const output = new Uint8Array(size);
  let at = 0;
  let out = 0;
  while (at + 8 <= input.length) {
    const plain = view.getUint32(at);
    const packed = view.getUint32(at + 4);
    at += 8;
    if (at + packed > input.length || out + plain > size) return undefined;
    try {
      if (lz4DecompressInto(input.subarray(at, at + packed), output, out) !== out + plain) return undefined;
    } catch {
      return undefined;
    }
    at += packed;
    out += plain;
  }
  return at === input.length && out === size ? output : undefined;
}

/**
 * Decompresses one block to `output[start…]`; answers where it ended. Copies reach back to `oldest`, which lies before
 * `start` where blocks of a frame build on each other.
 */
export function lz4DecompressInto(
  input: Uint8Array,
  output: Uint8Array,
  start: number,
  oldest = start,
): number {
  let at = 0;
  let out = start;
  const length = (nibble: number): number => {
    if (nibble < 15) return nibble;
    let sum = 15;
    for (;;) {
      const byte = input[at++];
      if (byte === undefined) throw corrupt("a length is cut off");
      sum += byte;
      if (byte < 255) return sum;
    }
  };
  while (at < input.length) {
    const token = input[at++]!;
    const literals = length(token >>> 4);
    if (at + literals > input.length || out + literals > output.length)
      throw corrupt("a literal passes the end");
    output.set(input.subarray(at, at + literals), out);
    at += literals;
    out += literals;
    // The last sequence is literals alone.
    if (at >= input.length) break;
    const offset = input[at]! | (input[at + 1]! << 8);
    at += 2;
    const match = length(token & 15) + 4;
    if (offset === 0 || offset > out - oldest || out + match > output.length) {
      throw corrupt("a copy points outside");
    }
    for (let i = 0; i < match; i++, out++) output[out] = output[out - offset]!;
  }
  return out;
}

function corrupt(why: string): IcebergError {
  return new IcebergError("corrupt-file", `Cannot decompress lz4 data: ${why}`);
}
