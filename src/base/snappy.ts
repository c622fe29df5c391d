/** Snappy's block format in plain TypeScript, both ways. Spec: google/snappy format_description.txt. @module */
import { IcebergError } from "./errors.ts";

const HASH_BITS = 14;
/** Matches are searched within blocks of this size, so that offsets fit 16 bits. */
const BLOCK = 1 << 16;
/** Bytes a copy in steps may spill over its end. */
const SLACK = 16;
/** Reused between calls: zeroing 32 KiB per block is cheaper than allocating it. */
let table: Uint16Array | undefined;

/** Largest compressed size of `length` bytes, as the format's reference implementation bounds it. */
export function snappyMaxLength(length: number): number {
  return 32 + length + Math.ceil(length / 6);
}

/** Compresses bytes into the Snappy block format. */
export function snappyCompress(input: Uint8Array): Uint8Array {
  const output = new Uint8Array(snappyMaxLength(input.length) + SLACK);
  const view = new DataView(input.buffer, input.byteOffset, input.byteLength);
  const target = new DataView(output.buffer);
  let at = 0;
  let rest = input.length;
  while (rest >= 0x80) {
    output[at++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  output[at++] = rest;
  table ??= new Uint16Array(1 << HASH_BITS);
  for (let start = 0; start < input.length; start += BLOCK) {
    if (start > 0) table.fill(0);
    at = compressBlock(input, view, start, Math.min(start + BLOCK, input.length), output, target, at, table);
  }
  table.fill(0);
  return output.subarray(0, at);
}

function compressBlock(
  input: Uint8Array,
  view: DataView,
  start: number,
  end: number,
  output: Uint8Array,
  target: DataView,
  outputAt: number,
  hashes: Uint16Array,
): number {
  let at = outputAt;
  let literal = start;
  // The last 15 bytes are always literals: four-byte loads then never pass the end.
  const limit = end - 15;
  let position = start + 1;
  const shift = 32 - HASH_BITS;
  while (position < limit) {
    // The step grows while nothing matches: incompressible data is crossed quickly.
    let misses = 32;
    let candidate = 0;
    let found = false;
    while (position < limit) {
      const word = load(view, position);
      const hash = Math.imul(word, 0x1e35a7bd) >>> shift;
      candidate = start + hashes[hash]!;
      hashes[hash] = position - start;
      if (candidate < position && load(view, candidate) === word) {
        found = true;
        break;
      }
      position += misses >>> 5;
      misses++;
    }
    if (!found) break;
    if (position > literal) at = emitLiteral(input, view, literal, position, output, target, at);
    for (let matching = true; matching; ) {
      let length = 4;
      while (position + length < end && input[candidate + length] === input[position + length]) length++;
      at = emitCopy(output, at, position - candidate, length);
      position += length;
      literal = position;
      if (position >= limit) break;
      hashes[Math.imul(load(view, position - 1), 0x1e35a7bd) >>> shift] = position - 1 - start;
      const word = load(view, position);
      const hash = Math.imul(word, 0x1e35a7bd) >>> shift;
      candidate = start + hashes[hash]!;
      hashes[hash] = position - start;
      matching = candidate < position && load(view, candidate) === word;
    }
    position++;
  }
  return literal < end ? emitLiteral(input, view, literal, end, output, target, at) : at;
}

function load(view: DataView, at: number): number {
  return view.getInt32(at, true);
}

function emitLiteral(
  input: Uint8Array,
  view: DataView,
  from: number,
  to: number,
  output: Uint8Array,
  target: DataView,
  outputAt: number,
): number {
  let at = outputAt;
  const length = to - from;
  const n = length - 1;
  if (n < 60) {
    output[at++] = n << 2;
  } else if (n < 0x100) {
    output[at++] = 60 << 2;
    output[at++] = n;
  } else {
    // A block holds at most 2^16 bytes, so two length bytes are enough.
    output[at++] = 61 << 2;
    output[at++] = n & 0xff;
    output[at++] = n >>> 8;
  }
  if (length > 64) {
    output.set(input.subarray(from, to), at);
  } else if (to + 4 <= input.length) {
    for (let i = 0; i < length; i += 4) target.setInt32(at + i, view.getInt32(from + i, true), true);
  } else {
    for (let i = 0; i < length; i++) output[at + i] = input[from + i]!;
  }
  return at + length;
}

function emitCopy(output: Uint8Array, outputAt: number, offset: number, length: number): number {
  let at = outputAt;
  let rest = length;
  while (rest >= 68) {
    at = emitLongCopy(output, at, offset, 64);
    rest -= 64;
  }
  // A tail shorter than four bytes could not be a copy: leave at least four.
  if (rest > 64) {
    at = emitLongCopy(output, at, offset, 60);
    rest -= 60;
  }
  if (rest >= 12 || offset >= 2048) return emitLongCopy(output, at, offset, rest);
  output[at++] = ((offset >>> 8) << 5) | ((rest - 4) << 2) | 1;
  output[at++] = offset & 0xff;
  return at;
}

function emitLongCopy(output: Uint8Array, at: number, offset: number, length: number): number {
  output[at] = ((length - 1) << 2) | 2;
  output[at + 1] = offset & 0xff;
  output[at + 2] = offset >>> 8;
  return at + 3;
}

/**
 * Decompresses the Snappy block format.
 * @param size what the container announces; another length in the data is refused before allocating
 * @param scratch a buffer to decompress into when it is large enough; the result then shares its memory
 * @throws IcebergError `corrupt-file`
 */
export function snappyDecompress(input: Uint8Array, size?: number, scratch?: Uint8Array): Uint8Array {
  let at = 0;
  let length = 0;
  for (let shift = 0; ; shift += 7) {
    if (at >= input.length || shift > 28) throw corrupt("its length header is damaged");
    const byte = input[at++]!;
    length += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) break;
  }
  if (size !== undefined && length !== size) {
    throw corrupt(`it holds ${length} bytes where ${size} were announced`);
  }
  // One element of three bytes yields at most 64: a longer claim is a decompression bomb or damage.
  if (length > 32 * input.length + 64) throw corrupt(`it claims ${length} bytes from ${input.length}`);
  // The slack lets copies go on in steps of four bytes past their end; what they spill is written over or cut off.
  const buffer =
    scratch !== undefined && scratch.length >= length + SLACK ? scratch : new Uint8Array(length + SLACK);
  const from = new DataView(input.buffer, input.byteOffset, input.byteLength);
  const to = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  const end = input.length;
  let out = 0;
  while (at < end) {
    const tag = input[at++]!;
    if ((tag & 3) === 0) {
      let count = (tag >>> 2) + 1;
      if (count > 60) {
        const bytes = count - 60;
        if (at + bytes > end) throw corrupt("a literal is cut off");
        count = 1;
        for (let i = 0; i < bytes; i++) count += input[at + i]! * 2 ** (8 * i);
        at += bytes;
      }
      if (at + count > end || out + count > length) throw corrupt("a literal passes the end");
      if (count <= 16 && at + 16 <= end) {
        to.setUint32(out, from.getUint32(at, true), true);
        if (count > 4) {
          to.setUint32(out + 4, from.getUint32(at + 4, true), true);
          if (count > 8) {
            to.setUint32(out + 8, from.getUint32(at + 8, true), true);
            to.setUint32(out + 12, from.getUint32(at + 12, true), true);
          }
        }
      } else if (count > 64) {
        buffer.set(input.subarray(at, at + count), out);
      } else {
        let i = 0;
        for (; i + 4 <= count; i += 4) to.setUint32(out + i, from.getUint32(at + i, true), true);
        for (; i < count; i++) buffer[out + i] = input[at + i]!;
      }
      at += count;
      out += count;
      continue;
    }
    let count: number;
    let offset: number;
    if ((tag & 3) === 1) {
      count = ((tag >>> 2) & 7) + 4;
      offset = ((tag >>> 5) << 8) | input[at++]!;
    } else if ((tag & 3) === 2) {
      count = (tag >>> 2) + 1;
      offset = input[at]! | (input[at + 1]! << 8);
      at += 2;
    } else {
      if (at + 4 > end) throw corrupt("a copy is cut off");
      count = (tag >>> 2) + 1;
      offset = from.getUint32(at, true);
      at += 4;
    }
    if (at > end || offset === 0 || offset > out || out + count > length) {
      throw corrupt("a copy points outside");
    }
    const source = out - offset;
    // Closer than a step, a copy repeats what it has just written.
    if (offset < 4) for (let i = 0; i < count; i++) buffer[out + i] = buffer[source + i]!;
    else for (let i = 0; i < count; i += 4) to.setUint32(out + i, to.getUint32(source + i, true), true);
    out += count;
  }
  if (out !== length) throw corrupt(`it ends after ${out} of ${length} bytes`);
  return buffer.subarray(0, length);
}

function corrupt(why: string): IcebergError {
  return new IcebergError("corrupt-file", `Cannot decompress snappy data: ${why}`);
}
