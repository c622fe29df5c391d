/** Reading LZ4 frames, which Puffin files may hold. Spec: Puffin, Compression codecs (LZ4 frame format). @module */
import { IcebergError } from "../base/index.ts";
import { xxHash32 } from "./xxhash32.ts";

const MAGIC = 0x184d2204;
const VERSION = 1;
/** Compressed data grows by less than this: more is not allocated. */
const MAX_RATIO = 255;
const STORED = 0x80000000;

/**
 * The content of a single frame that states its size, as Puffin demands (PUF-006).
 * @throws IcebergError `corrupt-file` on anything else.
 */
export function lz4FrameDecompress(frame: Uint8Array): Uint8Array {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  if (frame.length < 19 || view.getUint32(0, true) !== MAGIC)
    throw corrupt("it is no frame with a content size");
  const flags = frame[4]!;
  if (flags >>> 6 !== VERSION || (flags & 0b10) !== 0) throw corrupt(`its flags are ${flags}`);
  if ((flags & 0b1) !== 0) throw corrupt("it needs a dictionary");
  if ((flags & 0b1000) === 0) throw corrupt("its frame has no content size");
  const size = Number(view.getBigUint64(6, true));
  if (size > MAX_RATIO * frame.length) throw corrupt(`${frame.length} bytes cannot hold ${size}`);
  if (frame[14] !== ((xxHash32(frame.subarray(4, 14)) >>> 8) & 0xff)) throw corrupt("its header is damaged");
  const output = new Uint8Array(size);
  let at = 15;
  let filled = 0;
  const uint32 = (thing: string): number => {
    if (at + 4 > frame.length) throw corrupt(`${thing} is cut off`);
    at += 4;
    return view.getUint32(at - 4, true);
  };
  for (let head = uint32("a block"); head !== 0; head = uint32("a block")) {
    const stored = head >= STORED;
    const block = frame.subarray(at, at + (stored ? head - STORED : head));
    if (block.length !== (stored ? head - STORED : head)) throw corrupt("a block is cut off");
    at += block.length;
    if ((flags & 0b10000) !== 0 && uint32("a checksum") !== xxHash32(block)) {
      throw corrupt("the checksum of a block does not match");
    }
    if (!stored) filled = decompressBlock(block, output, filled);
    else if (filled + block.length > size) throw corrupt("it has more content than it says");
    else {
      output.set(block, filled);
      filled += block.length;
    }
  }
  if (filled !== size) throw corrupt(`it has ${filled} bytes of content, it says ${size}`);
  if ((flags & 0b100) !== 0 && uint32("a checksum") !== xxHash32(output)) {
    throw corrupt("the checksum of its content does not match");
  }
  if (at !== frame.length) throw corrupt(`${frame.length - at} bytes follow the frame`);
  return output;
}

/** Decompresses a block to `output[start…]`, which copies may look back from; answers where it ends. */
function decompressBlock(block: Uint8Array, output: Uint8Array, start: number): number {
  let at = 0;
  let out = start;
  const length = (nibble: number): number => {
    let sum = nibble;
    if (nibble < 15) return sum;
    for (;;) {
      const byte = block[at++];
      if (byte === undefined) throw corrupt("a length is cut off");
      sum += byte;
      if (byte < 255) return sum;
    }
  };
  while (at < block.length) {
    const token = block[at++]!;
    const literals = length(token >>> 4);
    if (at + literals > block.length || out + literals > output.length)
      throw corrupt("a literal passes the end");
    output.set(block.subarray(at, at + literals), out);
    at += literals;
    out += literals;
    // The last sequence of a block is literals alone.
    if (at === block.length) break;
    if (at + 2 > block.length) throw corrupt("a copy is cut off");
    const distance = block[at]! | (block[at + 1]! << 8);
    at += 2;
    const copied = length(token & 15) + 4;
    if (distance === 0 || distance > out || out + copied > output.length)
      throw corrupt("a copy points outside");
    for (let i = 0; i < copied; i++, out++) output[out] = output[out - distance]!;
  }
  return out;
}

function corrupt(why: string): IcebergError {
  return new IcebergError("corrupt-file", `Cannot decompress lz4 data: ${why}`);
}
