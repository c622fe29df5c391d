/** A bounded position in Avro binary data and the primitive reads every decoder is made of. Spec: App. A Avro. @module */
import { IcebergError, utf8Decode } from "../base/index.ts";

/** Arrays and maps of zero-width items take no bytes, so their count is bounded by this instead. */
export const MAX_EMPTY_ITEMS = 65_536;

const words = new Int32Array(2);
const wide = new BigInt64Array(words.buffer);
const LOW = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 0 : 1;
const HIGH = 1 - LOW;

/**
 * Reads one value after the other. Reading past `end` throws `corrupt-file` with the name of the file and the
 * offset, before anything is allocated for the value.
 */
export class AvroCursor {
  readonly bytes: Uint8Array;
  /** Offset of the next byte. */
  at: number;
  readonly end: number;
  /** Names the file in errors. */
  readonly what: string;
  /** Which part of the file `bytes` is, for errors: empty or such as `the block at byte 812`. */
  readonly part: string;

  constructor(bytes: Uint8Array, at: number, end: number, what: string, part = "") {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
    this.what = what;
    this.part = part;
  }

  /** Throws `corrupt-file` for the present position. */
  fail(why: string, at = this.at): never {
    const where = `at offset ${at}${this.part === "" ? "" : ` of ${this.part}`}`;
    throw new IcebergError("corrupt-file", `Cannot decode ${this.what}: ${why} ${where}`, {
      context: { what: this.what, offset: at, ...(this.part === "" ? {} : { part: this.part }) },
    });
  }

  /** Throws when reading went past the end. */
  check(): void {
    if (this.at > this.end) this.fail(`the data ends early (${this.end} bytes)`);
  }

  /** An `int` or `long` as a number. Throws past 2^53-1. */
  readNumber(): number {
    const bytes = this.bytes;
    let at = this.at;
    let byte = bytes[at++]!;
    const sign = byte & 1;
    // The magnitude is gathered without its sign bit, so that every safe integer stays exact.
    let value = (byte & 0x7f) >>> 1;
    let scale = 64;
    while (byte >= 0x80) {
      byte = bytes[at++]!;
      value += (byte & 0x7f) * scale;
      scale *= 128;
      if (at - this.at > 10) this.fail("a varint longer than 10 bytes");
    }
    if (at > this.end) this.fail(`the data ends early (${this.end} bytes)`);
    if (value >= Number.MAX_SAFE_INTEGER) {
      if (value > Number.MAX_SAFE_INTEGER || sign === 1) this.fail("an integer beyond 2^53-1");
    }
    this.at = at;
    return sign === 1 ? -value - 1 : value;
  }

  /** An `int`. Throws outside 32 bits. */
  readInt(): number {
    const start = this.at;
    const value = this.readNumber();
    if (value !== (value | 0)) this.fail(`the int ${value} beyond 32 bits`, start);
    return value;
  }

  /** A `long`, exact. */
  readLong(): bigint {
    const bytes = this.bytes;
    let at = this.at;
    let byte = bytes[at++]!;
    let low = byte & 0x7f;
    for (let shift = 7; byte >= 0x80 && shift < 28; shift += 7) {
      byte = bytes[at++]!;
      low |= (byte & 0x7f) << shift;
    }
    let high = 0;
    if (byte >= 0x80) {
      byte = bytes[at++]!;
      low |= (byte & 0x0f) << 28;
      high = (byte & 0x7f) >>> 4;
      for (let shift = 3; byte >= 0x80; shift += 7) {
        if (shift > 31) this.fail("a varint longer than 10 bytes");
        byte = bytes[at++]!;
        if (shift === 31 && byte > 1) this.fail("a long beyond 64 bits");
        high |= (byte & 0x7f) << shift;
      }
    }
    this.at = at;
    if (at > this.end) this.check();
    const sign = -(low & 1);
    words[LOW] = ((low >>> 1) | (high << 31)) ^ sign;
    words[HIGH] = (high >>> 1) ^ sign;
    return wide[0]!;
  }

  readBoolean(): boolean {
    const byte = this.bytes[this.at++];
    this.check();
    if (byte !== 0 && byte !== 1) this.fail(`the boolean ${byte}`, this.at - 1);
    return byte === 1;
  }

  readFloat(): number {
    const at = this.take(4);
    return new DataView(this.bytes.buffer, this.bytes.byteOffset + at, 4).getFloat32(0, true);
  }

  readDouble(): number {
    const at = this.take(8);
    return new DataView(this.bytes.buffer, this.bytes.byteOffset + at, 8).getFloat64(0, true);
  }

  /** The length of a `bytes` or `string`, checked against what is left. */
  readLength(): number {
    const start = this.at;
    const length = this.readNumber();
    if (length < 0 || length > this.end - this.at) {
      this.fail(`a length of ${length} bytes where ${this.end - this.at} are left`, start);
    }
    return length;
  }

  /** A copy of a `bytes` value: it outlives the block. */
  readBytes(): Uint8Array {
    const length = this.readLength();
    const start = this.at;
    this.at = start + length;
    return this.bytes.slice(start, this.at);
  }

  readString(): string {
    const length = this.readLength();
    const start = this.at;
    this.at = start + length;
    try {
      return utf8Decode(this.bytes.subarray(start, start + length));
    } catch {
      return this.fail(`${length} bytes that are not UTF-8`, start);
    }
  }

  /** A copy of exactly `size` bytes. */
  readFixed(size: number): Uint8Array {
    const at = this.take(size);
    return this.bytes.slice(at, at + size);
  }

  /** Steps over `size` bytes and answers where they start. */
  take(size: number): number {
    const at = this.at;
    if (size > this.end - at) this.fail(`${size} bytes wanted where ${this.end - at} are left`);
    this.at = at + size;
    return at;
  }

  /** Steps over an `int` or `long`. */
  skipVarint(): void {
    const bytes = this.bytes;
    let at = this.at;
    while (bytes[at++]! >= 0x80);
    this.at = at;
    this.check();
  }

  /** The branch of a union. */
  readBranch(branches: number): number {
    const start = this.at;
    const branch = this.readNumber();
    if (branch < 0 || branch >= branches) this.fail(`branch ${branch} of a union of ${branches}`, start);
    return branch;
  }

  /**
   * The item count of the next array or map block; 0 ends the array. A negative count is followed by the block's
   * byte size, which is read and checked. `minSize` is the least an item takes, so that a count which the
   * remaining bytes cannot hold is refused before anything is allocated.
   */
  readBlockCount(minSize: number): number {
    const start = this.at;
    let count = this.readNumber();
    if (count < 0) {
      count = -count;
      this.readLength();
    }
    if (count > (minSize === 0 ? MAX_EMPTY_ITEMS : (this.end - this.at) / minSize)) {
      this.fail(`a block of ${count} items where ${this.end - this.at} bytes are left`, start);
    }
    return count;
  }
}
