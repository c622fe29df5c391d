/** A growing byte buffer with Avro's primitive writes. Spec: App. A Avro. @module */
import { IcebergError, toSafeNumber, utf8Encode } from "../base/index.ts";

/** Collects Avro binary data. Integers are checked: nothing is ever cut to 32 or 53 bits in silence. */
export class AvroBuffer {
  private bytes: Uint8Array;
  private length = 0;

  constructor(initialSize = 4096) {
    this.bytes = new Uint8Array(initialSize);
  }

  /** Bytes written so far. */
  get size(): number {
    return this.length;
  }

  /** A view of what was written; valid until the next write or {@link clear}. */
  view(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }

  /** A copy of what was written. */
  toBytes(): Uint8Array {
    return this.bytes.slice(0, this.length);
  }

  /** Forgets everything, keeping the memory. */
  clear(): void {
    this.length = 0;
  }

  writeBoolean(value: boolean): void {
    this.room(1);
    this.bytes[this.length++] = value ? 1 : 0;
  }

  /** An `int` or `long` from a safe integer. Throws `invalid-argument` for anything else. */
  writeNumber(value: number): void {
    this.room(10);
    const bytes = this.bytes;
    let at = this.length;
    if (value >= 0 && value < 0x3fffffff && (value | 0) === value) {
      let rest = value << 1;
      while (rest > 0x7f) {
        bytes[at++] = (rest & 0x7f) | 0x80;
        rest >>>= 7;
      }
      bytes[at++] = rest;
      this.length = at;
      return;
    }
    toSafeNumber(value, "Avro integer");
    // The sign bit is kept apart, so that doubling cannot lose the lowest bit.
    const negative = value < 0;
    let magnitude = negative ? -(value + 1) : value;
    let low = ((magnitude % 64) << 1) | (negative ? 1 : 0);
    magnitude = Math.floor(magnitude / 64);
    while (magnitude > 0) {
      bytes[at++] = low | 0x80;
      low = magnitude % 128;
      magnitude = Math.floor(magnitude / 128);
    }
    bytes[at++] = low;
    this.length = at;
  }

  /** A `long` from a bigint. Throws `invalid-argument` beyond 64 bits. */
  writeLong(value: bigint): void {
    if (value >= 0n && value < 0x3fffffffn) {
      this.writeNumber(Number(value));
      return;
    }
    if (BigInt.asIntN(64, value) !== value) {
      throw new IcebergError("invalid-argument", `Cannot write ${value} as a long: it exceeds 64 bits`, {
        context: { value },
      });
    }
    this.room(10);
    let rest = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n));
    while (rest > 0x7fn) {
      this.bytes[this.length++] = Number(rest & 0x7fn) | 0x80;
      rest >>= 7n;
    }
    this.bytes[this.length++] = Number(rest);
  }

  writeFloat(value: number): void {
    this.room(4);
    new DataView(this.bytes.buffer).setFloat32(this.length, value, true);
    this.length += 4;
  }

  writeDouble(value: number): void {
    this.room(8);
    new DataView(this.bytes.buffer).setFloat64(this.length, value, true);
    this.length += 8;
  }

  /** Length and bytes. */
  writeBytes(value: Uint8Array): void {
    this.writeNumber(value.length);
    this.writeRaw(value);
  }

  /** Length and UTF-8. Throws `invalid-argument` on a lone surrogate. */
  writeString(value: string): void {
    const length = value.length;
    // Most strings are short and ASCII: their length is known before they are encoded.
    if (length < 256) {
      this.room(length + 2);
      const start = this.length;
      this.writeNumber(length);
      const bytes = this.bytes;
      let at = this.length;
      let i = 0;
      for (; i < length; i++) {
        const code = value.charCodeAt(i);
        if (code > 0x7f) break;
        bytes[at++] = code;
      }
      if (i === length) {
        this.length = at;
        return;
      }
      this.length = start;
    }
    this.writeBytes(utf8Encode(value));
  }

  /** The bytes alone, as `fixed` and nested blocks are written. */
  writeRaw(value: Uint8Array): void {
    this.room(value.length);
    this.bytes.set(value, this.length);
    this.length += value.length;
  }

  private room(size: number): void {
    if (this.length + size <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(2 * this.bytes.length, this.length + size));
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
  }
}
