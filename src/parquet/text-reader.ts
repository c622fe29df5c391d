/** Text out of page bytes. @module */

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
