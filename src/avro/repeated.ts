/**
 * Decoders for values that come again and again: bytes that were decoded before give the value they gave then, which is
 * faster than decoding them and lets values be shared. An Avro value ends where its own bytes say, so equal bytes are
 * an equal value. Spec: App. A Avro.
 * @module
 */
import type { AvroCursor } from "./cursor.ts";
import type { Decoder } from "./decode.ts";
import { skipper } from "./skip.ts";

/** Values that mostly equal the one before. */
export function asRepeated<T>(decoder: Decoder<T>): Decoder<T> {
  return (type) => {
    const decode = decoder(type);
    if (decode === undefined) return undefined;
    let last: T | undefined;
    let lastBytes: Uint8Array | undefined;
    return (cursor) => {
      const start = cursor.at;
      if (lastBytes !== undefined && standsAt(cursor, start, cursor.end, lastBytes)) {
        cursor.at = start + lastBytes.length;
        return last;
      }
      last = decode(cursor);
      lastBytes = cursor.bytes.slice(start, cursor.at);
      return last;
    };
  };
}

/** Values kept at once, a power of two. */
const TABLE_SIZE = 1024;
/** Longer values are decoded each time. */
const LONGEST = 256;

interface Known<T> {
  readonly bytes: Uint8Array;
  readonly value: T | undefined;
}

/** Values of which there are few, in any order. */
export function asInterned<T>(decoder: Decoder<T>): Decoder<T> {
  return (type) => {
    const decode = decoder(type);
    if (decode === undefined) return undefined;
    const skip = skipper(type);
    const table: (Known<T> | undefined)[] = new Array(TABLE_SIZE).fill(undefined);
    return (cursor) => {
      const start = cursor.at;
      skip(cursor);
      const end = cursor.at;
      const place = end - start <= LONGEST ? hash(cursor.bytes, start, end) & (TABLE_SIZE - 1) : -1;
      const known = table[place];
      if (known !== undefined && known.bytes.length === end - start) {
        if (standsAt(cursor, start, end, known.bytes)) return known.value;
      }
      cursor.at = start;
      const value = decode(cursor);
      if (place >= 0) table[place] = { bytes: cursor.bytes.slice(start, end), value };
      return value;
    };
  };
}

/** Whether the bytes from `start` on, which end at `end`, begin with `value`. */
function standsAt({ bytes }: AvroCursor, start: number, end: number, value: Uint8Array): boolean {
  const { length } = value;
  if (length > end - start) return false;
  let i = 0;
  while (i < length && bytes[start + i] === value[i]) i++;
  return i === length;
}

/** FNV-1a, folded so that its low bits depend on all of it. */
function hash(bytes: Uint8Array, start: number, end: number): number {
  let h = 0x811c9dc5;
  for (let at = start; at < end; at++) h = Math.imul(h ^ bytes[at]!, 0x01000193);
  return h ^ (h >>> 15);
}
