/** PLAIN encoding of strings straight into the page buffer. Spec: Parquet format, Encodings. @module */
import { compareText } from "../values/index.ts";
import { ByteSink } from "./byte-sink.ts";
import { BadValue, type PlainWriter } from "./plain.ts";
import type { ColumnData } from "./types.ts";

/** Writes text at an offset and answers the bytes written: Node's Buffer has it, faster than `encodeInto`. */
type Utf8Write = (this: Uint8Array, text: string, at: number, length: number) => number;

const utf8Write: Utf8Write | undefined = (
  globalThis as { Buffer?: { prototype?: { utf8Write?: Utf8Write } } }
).Buffer?.prototype?.utf8Write;
const encoder = new TextEncoder();

/** Up to here a loop over char codes beats the call into the platform. */
const SHORT = 12;

/** Length-prefixed UTF-8; bounds in UTF-8 byte order. Lone surrogates are refused (PAR-009). */
export class TextPlain implements PlainWriter {
  private readonly sink = new ByteSink(4096);
  /** Whether every value since `clear` is ASCII, so that JavaScript's own string order is byte order. */
  private ascii = true;
  min: string | undefined;
  max: string | undefined;
  readonly nanCount = 0;

  append(values: ColumnData, start: number, end: number): void {
    const { sink } = this;
    for (let i = start; i < end; i++) {
      const value = values[i];
      if (value === null || value === undefined) continue;
      if (typeof value !== "string") throw new BadValue(i, "is no string");
      sink.reserve(4 + 3 * value.length);
      const length = encodeText(sink.bytes, sink.length + 4, value);
      if (length !== value.length) {
        if (!value.isWellFormed()) throw new BadValue(i, "has a lone surrogate, which UTF-8 cannot hold");
        this.ascii = false;
      }
      sink.view.setUint32(sink.length, length, true);
      sink.length += 4 + length;
      if (this.min === undefined || this.max === undefined) {
        this.min = value;
        this.max = value;
      } else if (this.ascii) {
        if (value < this.min) this.min = value;
        else if (value > this.max) this.max = value;
      } else if (compareText(value, this.min) < 0) this.min = value;
      else if (compareText(value, this.max) > 0) this.max = value;
    }
  }
  get byteLength(): number {
    return this.sink.length;
  }
  written(): Uint8Array {
    return this.sink.written();
  }
  clear(): void {
    this.sink.clear();
    this.ascii = true;
    this.min = undefined;
    this.max = undefined;
  }
}

function encodeText(bytes: Uint8Array, at: number, text: string): number {
  const { length } = text;
  if (length <= SHORT) {
    let i = 0;
    for (; i < length; i++) {
      const code = text.charCodeAt(i);
      if (code >= 0x80) break;
      bytes[at + i] = code;
    }
    if (i === length) return length;
  }
  if (utf8Write !== undefined) return utf8Write.call(bytes, text, at, 3 * length);
  return encoder.encodeInto(text, bytes.subarray(at, at + 3 * length)).written;
}
