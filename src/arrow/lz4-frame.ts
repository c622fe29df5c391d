/** LZ4 frames, as Arrow compresses its buffers. Spec: LZ4 frame format 1.6. @module */
import { IcebergError } from "../base/index.ts";
import { lz4DecompressInto } from "../parquet/index.ts";

const MAGIC = 0x184d2204;
/** Sizes of blocks by their code in the descriptor. */
const BLOCK_SIZES: ReadonlyMap<number, number> = new Map([
  [4, 1 << 16],
  [5, 1 << 18],
  [6, 1 << 20],
  [7, 1 << 22],
]);
/** Largest result: 1 GiB. */
const MAX_BYTES = 2 ** 30;

/** Decompresses a frame; its checksums are not looked at. Throws `corrupt-file`. */
export function lz4FrameDecompress(input: Uint8Array): Uint8Array {
  const view = new DataView(input.buffer, input.byteOffset, input.byteLength);
  if (input.length < 11 || view.getUint32(0, true) !== MAGIC) throw corrupt("it is no LZ4 frame");
  const flags = input[4]!;
  const blockSize = BLOCK_SIZES.get((input[5]! >> 4) & 7);
  if (flags >> 6 !== 1 || blockSize === undefined) throw corrupt("its descriptor is unknown");
  if ((flags & 1) !== 0) throw corrupt("it needs a dictionary");
  const isLinked = (flags & 0x20) === 0;
  const blockChecksum = (flags & 0x10) === 0 ? 0 : 4;
  const hasSize = (flags & 8) !== 0;
  let at = hasSize ? 15 : 7;
  let output = new Uint8Array(Math.min(MAX_BYTES, Math.max(blockSize, input.length * 2)));
  let end = 0;
  for (;;) {
    if (at + 4 > input.length) throw corrupt("it ends early");
    const word = view.getUint32(at, true);
    at += 4;
    if (word === 0) return output.subarray(0, end);
    const size = word & 0x7fffffff;
    if (at + size > input.length) throw corrupt("a block passes its end");
    if (end + blockSize > output.length) output = grown(output, end, end + blockSize);
    const block = input.subarray(at, at + size);
    if (word >>> 31 === 1) {
      if (size > blockSize) throw corrupt("a block is too large");
      output.set(block, end);
      end += size;
    } else {
      end = lz4DecompressInto(block, output, end, isLinked ? 0 : end);
    }
    at += size + blockChecksum;
  }
}

function grown(output: Uint8Array, used: number, least: number): Uint8Array<ArrayBuffer> {
  if (least > MAX_BYTES) throw corrupt(`it holds more than ${MAX_BYTES} bytes`);
  const next = new Uint8Array(Math.min(MAX_BYTES, Math.max(least, output.length * 2)));
  next.set(output.subarray(0, used));
  return next;
}

function corrupt(why: string): IcebergError {
  return new IcebergError("corrupt-file", `Cannot decompress LZ4 data: ${why}`);
}
