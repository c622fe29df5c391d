/** Text out of page bytes. @module */
import { IcebergError } from "../base/index.ts";

/** Node's Buffer decodes a range without making a view of it first. */
type Utf8Slice = (this: Uint8Array, start: number, end: number) => string;

const utf8Slice: Utf8Slice | undefined = (
  globalThis as { Buffer?: { prototype?: { utf8Slice?: Utf8Slice } } }
).Buffer?.prototype?.utf8Slice;
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** The text of `bytes[start, end)`; invalid sequences become U+FFFD. */
export function decodeText(bytes: Uint8Array, start: number, end: number): string {
  if (start === end) return "";
  if (utf8Slice !== undefined) return utf8Slice.call(bytes, start, end);
  return decoder.decode(bytes.subarray(start, end));
}

/** Texts decoded by one call. A text cut out of them keeps them all in memory, so they are few. */
const MAX_TOGETHER = 16;
/** A longer text costs more than a call. Lengths up to this are ASCII themselves. */
const MAX_SHORT = 127;

/**
 * Fills `output` with texts that stand behind their lengths; answers where the last ends. The platform's decoder costs
 * more a call than a byte, so short texts are decoded together, lengths included, and cut apart. That is right
 * where each byte became one UTF-16 unit, which the length of the whole tells: a length below 128 never continues a
 * sequence, so whatever is in one text cannot reach into the next.
 * @throws IcebergError `corrupt-file` when the bytes end early
 */
export function readPrefixedTexts(bytes: Uint8Array, start: number, output: string[]): number {
  const count = output.length;
  let at = start;
  let together = MAX_TOGETHER;
  for (let i = 0; i < count; ) {
    const end = endOfShort(bytes, at, Math.min(together, count - i));
    const text = end > at ? decodeText(bytes, at, end) : "";
    if (end > at && text.length === end - at) {
      for (let from = 4, length: number; from <= text.length; from += length + 4, i++) {
        length = bytes[at + from - 4]!;
        output[i] = text.substring(from, from + length);
      }
      at = end;
      continue;
    }
    // Text beyond ASCII is mostly among its like.
    if (end > at) together = 0;
    const next = endAt(bytes, at);
    output[i++] = decodeText(bytes, at + 4, next);
    at = next;
  }
  return at;
}

/** End of up to `count` texts from `start` on, as far as they are short and whole; `start` if there are not two. */
function endOfShort(bytes: Uint8Array, start: number, count: number): number {
  let at = start;
  let found = 0;
  for (; found < count; found++) {
    const length = lengthAt(bytes, at);
    if (length > MAX_SHORT || at + 4 + length > bytes.length) break;
    at += 4 + length;
  }
  return found > 1 ? at : start;
}

/**
 * End of the value whose length stands at a place.
 * @throws IcebergError `corrupt-file` when it is not all there
 */
export function endAt(bytes: Uint8Array, at: number): number {
  const end = at + 4 + lengthAt(bytes, at);
  if (!(end <= bytes.length)) {
    throw new IcebergError("corrupt-file", "Cannot decode a page: its values end early");
  }
  return end;
}

/** Four bytes; whatever lies past the end counts as too long. */
function lengthAt(bytes: Uint8Array, at: number): number {
  if (at + 4 > bytes.length) return Number.POSITIVE_INFINITY;
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}
