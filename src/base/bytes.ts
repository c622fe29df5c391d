/** Byte helpers shared by every codec: text, hex, comparison, concatenation. @module */
import { IcebergError } from "./errors.ts";

const encoder = new TextEncoder();
const strictDecoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** UTF-8 bytes of a string. Throws `invalid-argument` on a lone surrogate (SCH-005: one rule everywhere). */
export function utf8Encode(text: string): Uint8Array {
  if (!text.isWellFormed()) {
    throw new IcebergError("invalid-argument", "Cannot encode a string with a lone surrogate as UTF-8", {
      context: { text },
    });
  }
  return encoder.encode(text);
}

/** Text of UTF-8 bytes. Throws `corrupt-file` when the bytes are not valid UTF-8. */
export function utf8Decode(bytes: Uint8Array): string {
  try {
    return strictDecoder.decode(bytes);
  } catch (cause) {
    throw new IcebergError("corrupt-file", `Cannot decode ${bytes.length} bytes as UTF-8`, { cause });
  }
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** Lower-case hex, two digits a byte. */
export function toHex(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += HEX[byte];
  return text;
}

/** Bytes of a hex string in either case. Throws `invalid-argument` on an odd length or another digit. */
export function fromHex(text: string): Uint8Array {
  if (text.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(text)) {
    throw new IcebergError("invalid-argument", `Cannot read ${JSON.stringify(text)} as hex`, {
      context: { text },
    });
  }
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}

/** Unsigned lexicographic order: negative, zero or positive. A prefix sorts before what it prefixes. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const difference = a[i]! - b[i]!;
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** One array holding all parts in order. */
export function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const all = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    all.set(part, offset);
    offset += part.length;
  }
  return all;
}
