/**
 * Reads protobuf wire format: tags, varints, fixed-width numbers, strings. Spec: Protocol Buffers encoding.
 *
 * A decoder switches over whole tags, so a known field with an unexpected wire type is skipped like an unknown one,
 * as protobuf demands. Every failure names the byte at which decoding stopped.
 * @module
 */
import { IcebergError, toHex } from "../base/index.ts";

const HEX_DIGITS = Array.from("0123456789abcdef", (digit) => digit.charCodeAt(0));
/** Identifiers have 8 or 16 bytes; longer ones are not valid and rare. */
const MAX_ID = 16;
const SHORT_STRING = 48;
const CACHE_SLOTS = 1024;
// A byte order mark inside a value is data; a malformed sequence becomes U+FFFD so that one bad attribute does
// not cost the whole request, as in the Collector.
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** A cursor over one message. `pos` is the next byte; a message ends where its caller says. */
export class ProtoReader {
  pos = 0;
  readonly length: number;
  private readonly bytes: Uint8Array;
  private readonly view: DataView;
  private readonly what: string;
  private readonly cache: (string | undefined)[];
  private readonly hexCodes: number[] = [];

  /** `what` names the payload in errors. */
  constructor(bytes: Uint8Array, what: string) {
    this.bytes = bytes;
    this.length = bytes.length;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.what = what;
    this.cache = new Array<string | undefined>(CACHE_SLOTS);
  }

  /** @throws IcebergError `invalid-payload` naming the byte offset. */
  fail(why: string, offset = this.pos): never {
    throw new IcebergError(
      "invalid-payload",
      `Cannot decode ${this.what}: ${why} at byte ${offset} of ${this.length}`,
      { context: { what: this.what, offset, length: this.length } },
    );
  }

  /** The next field's tag: field number times 8 plus wire type. */
  tag(): number {
    const start = this.pos;
    const byte = this.bytes[start];
    if (byte !== undefined && byte < 0x80 && byte > 7) {
      this.pos = start + 1;
      return byte;
    }
    const tag = this.size();
    if (tag < 8) this.fail("field number 0", start);
    return tag;
  }

  /** The end of a length-delimited field that must lie within a message ending at `end`. */
  enter(end: number): number {
    const start = this.pos;
    const length = this.size();
    const inner = this.pos + length;
    if (inner > end) this.fail(`a field of ${length} bytes runs past its message's end ${end}`, start);
    return inner;
  }

  /** Checks that a message ended exactly where its length said. */
  leave(end: number): void {
    if (this.pos !== end) this.fail(`a field runs past its message's end ${end}`);
  }

  /** A varint that must fit 32 bits: a tag or a length, where cutting bits off would resume at a wrong place. */
  private size(): number {
    const start = this.pos;
    const value = this.uint32();
    const count = this.pos - start;
    if (count > 5 || (count === 5 && this.bytes[start + 4]! > 0x0f)) {
      this.fail("a tag or length of more than 32 bits", start);
    }
    return value;
  }

  /** A varint's low 32 bits, unsigned. */
  uint32(): number {
    const bytes = this.bytes;
    let byte = bytes[this.pos];
    if (byte !== undefined && byte < 0x80) {
      this.pos++;
      return byte;
    }
    const start = this.pos;
    let result = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      byte = bytes[this.pos];
      if (byte === undefined) this.fail("the payload ends inside a varint", start);
      this.pos++;
      if (shift < 32) result |= (byte & 0x7f) << shift;
      if (byte < 0x80) return result >>> 0;
    }
    return this.fail("a varint longer than 10 bytes", start);
  }

  /** An int32 or open enum: sign-extended varints keep their low 32 bits. */
  int32(): number {
    return this.uint32() | 0;
  }

  /** A zigzag-coded sint32. */
  sint32(): number {
    const zigzag = this.uint32();
    return (zigzag >>> 1) ^ -(zigzag & 1);
  }

  bool(): boolean {
    return this.uint64() !== 0n;
  }

  /** An unsigned 64-bit varint, exact. */
  uint64(): bigint {
    const bytes = this.bytes;
    const start = this.pos;
    let low = 0;
    // Up to 28 bits fit a small integer: nearly every value.
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = bytes[this.pos];
      if (byte === undefined) this.fail("the payload ends inside a varint", start);
      this.pos++;
      low |= (byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt(low);
    }
    let high = 0;
    for (let shift = 0; shift < 42; shift += 7) {
      const byte = bytes[this.pos];
      if (byte === undefined) this.fail("the payload ends inside a varint", start);
      this.pos++;
      high += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return BigInt.asUintN(64, (BigInt(high) << 28n) | BigInt(low));
    }
    return this.fail("a varint longer than 10 bytes", start);
  }

  /** A signed 64-bit varint, exact. */
  int64(): bigint {
    const value = this.uint64();
    return value >= 0x8000_0000_0000_0000n ? value - 0x1_0000_0000_0000_0000n : value;
  }

  fixed32(): number {
    this.need(4);
    const value = this.view.getUint32(this.pos, true);
    this.pos += 4;
    return value;
  }

  fixed64(): bigint {
    this.need(8);
    const value = this.view.getBigUint64(this.pos, true);
    this.pos += 8;
    return value;
  }

  sfixed64(): bigint {
    this.need(8);
    const value = this.view.getBigInt64(this.pos, true);
    this.pos += 8;
    return value;
  }

  double(): number {
    this.need(8);
    const value = this.view.getFloat64(this.pos, true);
    this.pos += 8;
    return value;
  }

  /** UTF-8 text. Short ASCII strings that repeat, such as attribute keys, come from a small cache. */
  string(end: number): string {
    const stop = this.enter(end);
    const start = this.pos;
    this.pos = stop;
    const length = stop - start;
    if (length === 0) return "";
    const bytes = this.bytes;
    if (length > SHORT_STRING) return decoder.decode(bytes.subarray(start, stop));
    let hash = length;
    for (let i = start; i < stop; i++) hash = (Math.imul(hash, 31) + bytes[i]!) | 0;
    const slot = (hash ^ (hash >>> 15)) & (CACHE_SLOTS - 1);
    const cached = this.cache[slot];
    if (cached !== undefined && sameAscii(cached, bytes, start, length)) return cached;
    const text = decoder.decode(bytes.subarray(start, stop));
    this.cache[slot] = text;
    return text;
  }

  /** A copy of a bytes field, so that a small value does not keep the whole request alive. */
  bytesField(end: number): Uint8Array {
    const stop = this.enter(end);
    const value = this.bytes.slice(this.pos, stop);
    this.pos = stop;
    return value;
  }

  /** A bytes field as lower-case hex. */
  hex(end: number): string {
    const stop = this.enter(end);
    const { bytes } = this;
    const size = stop - this.pos;
    if (size > MAX_ID) {
      const text = toHex(bytes.subarray(this.pos, stop));
      this.pos = stop;
      return text;
    }
    // Made in one piece: text grown by += stays a chain of fragments until somebody reads it.
    const codes = this.hexCodes;
    codes.length = 2 * size;
    for (let i = 0, at = this.pos; at < stop; at++) {
      const byte = bytes[at]!;
      codes[i++] = HEX_DIGITS[byte >>> 4]!;
      codes[i++] = HEX_DIGITS[byte & 15]!;
    }
    this.pos = stop;
    return String.fromCharCode(...codes);
  }

  /** Skips a field that is not wanted. Groups and the two unassigned wire types are refused. */
  skip(tag: number, end: number): void {
    switch (tag & 7) {
      case 0:
        this.uint64();
        return;
      case 1:
        this.need(8);
        this.pos += 8;
        return;
      case 2:
        this.pos = this.enter(end);
        return;
      case 5:
        this.need(4);
        this.pos += 4;
        return;
      default:
        this.fail(`field ${tag >>> 3} has wire type ${tag & 7}`);
    }
  }

  private need(count: number): void {
    if (this.pos + count > this.length) this.fail(`the payload ends inside a ${count}-byte number`);
  }
}

/** Whether text, all of it ASCII, is what the bytes spell. A cached non-ASCII string never matches. */
function sameAscii(text: string, bytes: Uint8Array, start: number, length: number): boolean {
  if (text.length !== length) return false;
  for (let i = 0; i < length; i++) {
    const byte = bytes[start + i]!;
    if (byte > 0x7f || text.charCodeAt(i) !== byte) return false;
  }
  return true;
}
