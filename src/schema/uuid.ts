/** UUIDs between text and 16 big-endian bytes. Spec: Appendix D. @module */
import { fromHex, IcebergError, toHex } from "../base/index.ts";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** The held form of a UUID: 36 lower-case characters. Accepts upper case (SCH-054); throws `invalid-argument`. */
export function parseUuid(text: string): string {
  const lower = UUID.test(text) ? text : text.toLowerCase();
  if (lower.length !== 36 || !UUID.test(lower)) {
    throw new IcebergError(
      "invalid-argument",
      `Cannot read ${JSON.stringify(text)} as a uuid: use 36 characters, 8-4-4-4-12 hex digits`,
      { context: { text } },
    );
  }
  return lower;
}

/** The 16 bytes of a UUID in network order. */
export function uuidBytes(text: string): Uint8Array {
  return fromHex(parseUuid(text).replaceAll("-", ""));
}

/** The text of 16 bytes. Throws `corrupt-file` on another length. */
export function uuidFromBytes(bytes: Uint8Array): string {
  if (bytes.length !== 16) {
    throw new IcebergError("corrupt-file", `Cannot read ${bytes.length} bytes as a uuid: it takes 16`, {
      context: { length: bytes.length },
    });
  }
  const hex = toHex(bytes);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
