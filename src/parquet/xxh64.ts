/**
 * XXH64 with seed 0, in 32-bit halves: bigint arithmetic takes twenty times as long, and bloom filters hash every
 * value. Spec: xxHash specification; Parquet format, Bloom Filter.
 * @module
 */

/** The two halves of the hash computed last. */
export const hashed = { high: 0, low: 0 };

// The constants of the specification, high half first.
const P1H = 0x9e3779b1;
const P1L = 0x85ebca87;
const P2H = 0xc2b2ae3d;
const P2L = 0x27d4eb4f;
const P3H = 0x165667b1;
const P3L = 0x9e3779f9;
const P4H = 0x85ebca77;
const P4L = 0xc2b2ae63;
const P5H = 0x27d4eb2f;
const P5L = 0x165667c5;

/** The high half of the operation computed last; functions answer the low half. All halves are signed 32-bit. */
let high = 0;

/** Hashes `bytes[start, end)` into {@link hashed}. */
export function xxh64(bytes: Uint8Array, start: number, end: number): void {
  const length = end - start;
  let at = start;
  let h = P5H;
  let l = P5L;
  if (length >= 32) {
    l = stripes(bytes, start, end);
    h = high;
    at = start + (length & ~31);
  }
  l = add(h, l, 0, length);
  h = high;
  for (; at + 8 <= end; at += 8) {
    const low = round(0, 0, word(bytes, at + 4), word(bytes, at));
    l = rotate(h ^ high, l ^ low, 27);
    l = multiply(high, l, P1H, P1L);
    l = add(high, l, P4H, P4L);
    h = high;
  }
  if (at + 4 <= end) {
    const low = multiply(0, word(bytes, at), P1H, P1L);
    l = rotate(h ^ high, l ^ low, 23);
    l = multiply(high, l, P2H, P2L);
    l = add(high, l, P3H, P3L);
    h = high;
    at += 4;
  }
  for (; at < end; at++) {
    const low = multiply(0, bytes[at]!, P5H, P5L);
    l = rotate(h ^ high, l ^ low, 11);
    l = multiply(high, l, P1H, P1L);
    h = high;
  }
  // Avalanche: xor with the value shifted by 33, 29 and 32 bits, multiplying in between.
  l ^= h >>> 1;
  l = multiply(h, l, P2H, P2L);
  h = high;
  l ^= (l >>> 29) | (h << 3);
  h ^= h >>> 29;
  l = multiply(h, l, P3H, P3L);
  h = high;
  hashed.high = h;
  hashed.low = l ^ h;
}

/** The four lanes of inputs of at least 32 bytes, merged. */
function stripes(bytes: Uint8Array, start: number, end: number): number {
  let l1 = add(P1H, P1L, P2H, P2L);
  let h1 = high;
  let [h2, l2] = [P2H, P2L];
  let [h3, l3] = [0, 0];
  // 0 - P1 is its two's complement.
  let l4 = add(~P1H, ~P1L, 0, 1);
  let h4 = high;
  for (let at = start; at + 32 <= end; at += 32) {
    l1 = round(h1, l1, word(bytes, at + 4), word(bytes, at));
    h1 = high;
    l2 = round(h2, l2, word(bytes, at + 12), word(bytes, at + 8));
    h2 = high;
    l3 = round(h3, l3, word(bytes, at + 20), word(bytes, at + 16));
    h3 = high;
    l4 = round(h4, l4, word(bytes, at + 28), word(bytes, at + 24));
    h4 = high;
  }
  let l = rotate(h1, l1, 1);
  let h = high;
  let low = rotate(h2, l2, 7);
  l = add(h, l, high, low);
  h = high;
  low = rotate(h3, l3, 12);
  l = add(h, l, high, low);
  h = high;
  low = rotate(h4, l4, 18);
  l = add(h, l, high, low);
  l = merge(high, l, h1, l1);
  l = merge(high, l, h2, l2);
  l = merge(high, l, h3, l3);
  return merge(high, l, h4, l4);
}

function merge(h: number, l: number, laneHigh: number, laneLow: number): number {
  const low = round(0, 0, laneHigh, laneLow);
  const product = multiply(h ^ high, l ^ low, P1H, P1L);
  return add(high, product, P4H, P4L);
}

function round(h: number, l: number, inputHigh: number, inputLow: number): number {
  const product = multiply(inputHigh, inputLow, P2H, P2L);
  const sum = add(h, l, high, product);
  const turned = rotate(high, sum, 31);
  return multiply(high, turned, P1H, P1L);
}

function add(h: number, l: number, otherHigh: number, otherLow: number): number {
  const low = (l >>> 0) + (otherLow >>> 0);
  high = (h + otherHigh + (low > 0xffffffff ? 1 : 0)) | 0;
  return low | 0;
}

/** By 1 to 31 bits to the left. */
function rotate(h: number, l: number, bits: number): number {
  high = (h << bits) | (l >>> (32 - bits));
  return (l << bits) | (h >>> (32 - bits));
}

/** The low 64 bits of the product; the low halves are multiplied in 16-bit parts. */
function multiply(h: number, l: number, otherHigh: number, otherLow: number): number {
  const a = l & 0xffff;
  const b = l >>> 16;
  const c = otherLow & 0xffff;
  const d = otherLow >>> 16;
  const ac = Math.imul(a, c) >>> 0;
  // Below 2^33: exact as a number.
  const middle = (Math.imul(a, d) >>> 0) + (ac >>> 16);
  const cross = (Math.imul(b, c) >>> 0) + (middle % 0x10000);
  const carry = Math.imul(b, d) + Math.floor(middle / 0x10000) + Math.floor(cross / 0x10000);
  high = (carry + Math.imul(h, otherLow) + Math.imul(l, otherHigh)) | 0;
  return ((cross & 0xffff) << 16) | (ac & 0xffff);
}

function word(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
}
