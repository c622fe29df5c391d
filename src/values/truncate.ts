/** Shortened values: the truncate transform and metrics bounds. Spec: Truncate Transform; requirement MAN-068. @module */
import type { PrimitiveType, PrimitiveValue } from "../schema/index.ts";

/** The first `length` code points of text; never splits a surrogate pair (PRT-020). */
export function truncateText(text: string, length: number): string {
  return text.length <= length ? text : text.slice(0, unitsOf(text, length));
}

/** A value at or below `value`, of at most `length` code points or bytes. Only strings and binary are cut (MAN-069). */
export function truncateLowerBound(
  type: PrimitiveType,
  value: PrimitiveValue,
  length: number,
): PrimitiveValue {
  if (type.kind === "string") return truncateText(value as string, length);
  if (type.kind === "binary") return (value as Uint8Array).slice(0, length);
  return value;
}

/**
 * A value at or above `value`, of at most `length` code points or bytes; `undefined` when none exists, and then the
 * upper bound is left out. A value that is short enough stays as it is (MAN-070).
 */
export function truncateUpperBound(
  type: PrimitiveType,
  value: PrimitiveValue,
  length: number,
): PrimitiveValue | undefined {
  if (type.kind === "string") return upperText(value as string, length);
  if (type.kind === "binary") return upperBytes(value as Uint8Array, length);
  return value;
}

/** Number of UTF-16 units that hold the first `length` code points. */
function unitsOf(text: string, length: number): number {
  let at = 0;
  for (let count = 0; count < length && at < text.length; count++) {
    at += text.codePointAt(at)! > 0xffff ? 2 : 1;
  }
  return at;
}

function upperText(text: string, length: number): string | undefined {
  let end = text.length <= length ? text.length : unitsOf(text, length);
  if (end === text.length) return text;
  while (end > 0) {
    const low = text.charCodeAt(end - 1);
    end -= low >= 0xdc00 && low <= 0xdfff ? 2 : 1;
    const point = text.codePointAt(end)!;
    // The code point after U+D7FF is U+E000: between them stand the surrogates, which no string may hold alone.
    if (point < 0x10ffff)
      return text.slice(0, end) + String.fromCodePoint(point === 0xd7ff ? 0xe000 : point + 1);
  }
  return undefined;
}

function upperBytes(bytes: Uint8Array, length: number): Uint8Array | undefined {
  if (bytes.length <= length) return bytes;
  for (let end = length; end > 0; end--) {
    if (bytes[end - 1]! === 0xff) continue;
    const upper = bytes.slice(0, end);
    upper[end - 1]! += 1;
    return upper;
  }
  return undefined;
}
