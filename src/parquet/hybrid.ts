/**
 * The hybrid of run-length and bit-packed runs that holds levels and dictionary indexes. Spec: Parquet format,
 * Encodings, RLE / Bit-Packing Hybrid.
 * @module
 */
import { assert, IcebergError } from "../base/index.ts";
import type { ByteSink } from "./byte-sink.ts";

/** Bits needed for values up to `highest`. */
export function bitWidth(highest: number): number {
  return 32 - Math.clz32(highest);
}

/** Appends `count` values of `width` bits (at most 24), without a length prefix. */
export function writeHybrid(
  sink: ByteSink,
  values: Uint8Array | Uint32Array,
  count: number,
  width: number,
): void {
  assert(width <= 24, "hybrid runs wider than 24 bits are not written");
  let literal = 0;
  let at = 0;
  while (at < count) {
    const value = values[at]!;
    let run = at + 1;
    while (run < count && values[run] === value) run++;
    // A bit-packed run holds multiples of eight values: the repeated run first lends it what it lacks.
    const lent = (8 - ((at - literal) & 7)) & 7;
    if (run - at - lent >= 8) {
      const start = at + lent;
      if (start > literal) writePacked(sink, values, literal, start, width);
      sink.varint((run - start) * 2);
      for (let shift = 0; shift < width; shift += 8) sink.byte((value >>> shift) & 0xff);
      literal = run;
    }
    at = run;
  }
  if (literal < count) writePacked(sink, values, literal, count, width);
}

/** One bit-packed run; the last group of eight is filled up with zeros. */
function writePacked(
  sink: ByteSink,
  values: Uint8Array | Uint32Array,
  from: number,
  to: number,
  width: number,
): void {
  const groups = (to - from + 7) >>> 3;
  sink.varint(groups * 2 + 1);
  sink.reserve(groups * width);
  const { bytes } = sink;
  const end = sink.length + groups * width;
  let at = sink.length;
  let bits = 0;
  let held = 0;
  for (let i = from; i < to; i++) {
    bits |= values[i]! << held;
    held += width;
    while (held >= 8) {
      bytes[at++] = bits & 0xff;
      bits >>>= 8;
      held -= 8;
    }
  }
  if (held > 0) bytes[at++] = bits & 0xff;
  while (at < end) bytes[at++] = 0;
  sink.length = end;
}

/**
 * Decodes `count` values of `width` bits from `bytes[start, end)` into `output`.
 * @returns where reading stopped
 * @throws IcebergError `corrupt-file` when the runs end early
 */
export function readHybrid(
  bytes: Uint8Array,
  start: number,
  end: number,
  width: number,
  output: Uint8Array | Uint32Array,
  count: number,
): number {
  let at = start;
  let seen = 0;
  const mask = width === 32 ? -1 : (1 << width) - 1;
  const valueBytes = (width + 7) >>> 3;
  while (seen < count) {
    let header = 0;
    for (let shift = 0; ; shift += 7) {
      if (at >= end || shift > 28) throw cutOff();
      const byte = bytes[at++]!;
      header |= (byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    if ((header & 1) === 0) {
      const run = Math.min(header >>> 1, count - seen);
      if (run === 0) throw cutOff();
      if (at + valueBytes > end) throw cutOff();
      let value = 0;
      for (let i = 0; i < valueBytes; i++) value |= bytes[at++]! << (8 * i);
      output.fill(value, seen, seen + run);
      seen += run;
      continue;
    }
    const groups = header >>> 1;
    if (groups === 0) throw cutOff();
    const wanted = Math.min(groups * 8, count - seen);
    // The last group may be cut short by writers that leave padding out.
    if (at + Math.ceil((wanted * width) / 8) > end) throw cutOff();
    if (width === 0) {
      output.fill(0, seen, seen + wanted);
    } else if (width === 1) {
      unpackBits(bytes, at, output, seen, wanted);
    } else if (width === 8) {
      for (let i = 0; i < wanted; i++) output[seen + i] = bytes[at + i]!;
    } else if (width <= 24) {
      let bits = 0;
      let held = 0;
      let from = at;
      for (let i = seen; i < seen + wanted; i++) {
        while (held < width) {
          bits |= bytes[from++]! << held;
          held += 8;
        }
        output[i] = bits & mask;
        bits >>>= width;
        held -= width;
      }
    } else {
      unpackWide(bytes, at, output, seen, wanted, width);
    }
    seen += wanted;
    at += groups * width;
  }
  return Math.min(at, end);
}

function unpackBits(
  bytes: Uint8Array,
  from: number,
  output: Uint8Array | Uint32Array,
  seen: number,
  count: number,
): void {
  for (let i = 0; i < count; i++) output[seen + i] = (bytes[from + (i >>> 3)]! >>> (i & 7)) & 1;
}

/** Widths above 24 bits would overflow a 32-bit accumulator. */
function unpackWide(
  bytes: Uint8Array,
  from: number,
  output: Uint8Array | Uint32Array,
  seen: number,
  count: number,
  width: number,
): void {
  for (let i = 0; i < count; i++) {
    let value = 0;
    for (let bit = 0; bit < width; bit++) {
      const at = i * width + bit;
      value += ((bytes[from + (at >>> 3)]! >>> (at & 7)) & 1) * 2 ** bit;
    }
    output[seen + i] = value;
  }
}

function cutOff(): IcebergError {
  return new IcebergError("corrupt-file", "Cannot decode levels or dictionary indexes: the runs end early");
}
