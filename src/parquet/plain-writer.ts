/**
 * PLAIN encoding of held values, one class per physical form, with bounds tracked on the way. Spec: Parquet
 * format, Encodings; Appendix A Parquet.
 *
 * Each class has its own loop: a shared loop calling back per value costs more than the encoding itself.
 * @module
 */
import { compareBytes, INT64_MAX, INT64_MIN } from "../base/index.ts";
import { MICROS_PER_DAY, type Type } from "../schema/index.ts";
import { decimalByteLength } from "../values/index.ts";
import { ByteSink } from "./byte-sink.ts";
import { BadValue, type PlainWriter } from "./plain.ts";
import { TextPlain } from "./text-writer.ts";
import type { ColumnData } from "./types.ts";

/** The writer of a primitive type. Geometry and geography get no bounds (PAR-037). */
export function plainWriterOf(type: Type): PlainWriter {
  switch (type.kind) {
    case "boolean":
      return new BooleanPlain();
    case "int":
    case "date":
      return new Int32Plain();
    case "time":
      return new Int64Plain(0n, MICROS_PER_DAY - 1n, "is no bigint of microseconds within a day");
    case "long":
    case "timestamp":
    case "timestamptz":
    case "timestamp_ns":
    case "timestamptz_ns":
      return new Int64Plain(INT64_MIN, INT64_MAX, "is no signed 64-bit bigint");
    case "float":
      return new FloatPlain(4);
    case "double":
      return new FloatPlain(8);
    case "decimal": {
      const limit = 10n ** BigInt(type.precision) - 1n;
      const why = `is no unscaled bigint of at most ${type.precision} digits`;
      if (type.precision <= 9) return new SmallDecimalPlain(limit, why);
      if (type.precision <= 18) return new Int64Plain(-limit, limit, why);
      return new WideDecimalPlain(decimalByteLength(type.precision), limit, why);
    }
    case "string":
      return new TextPlain();
    case "uuid":
      return new UuidPlain();
    case "fixed":
      return new BytesPlain(type.length, true);
    case "binary":
      return new BytesPlain(undefined, true);
    default:
      return new BytesPlain(undefined, false);
  }
}

class BooleanPlain implements PlainWriter {
  private readonly sink = new ByteSink();
  private count = 0;
  private sawFalse = false;
  private sawTrue = false;
  readonly nanCount = 0;

  append(values: ColumnData, start: number, end: number): void {
    this.sink.reserve((end - start) / 8 + 2);
    const { bytes } = this.sink;
    for (let i = start; i < end; i++) {
      const value = values[i];
      if (value === null || value === undefined) continue;
      const at = this.count >>> 3;
      if ((this.count & 7) === 0) bytes[at] = 0;
      if (value === true) {
        bytes[at] = bytes[at]! | (1 << (this.count & 7));
        this.sawTrue = true;
      } else if (value === false) this.sawFalse = true;
      else throw new BadValue(i, "is no boolean");
      this.count++;
      this.sink.length = (this.count + 7) >>> 3;
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
    this.count = 0;
    this.sawFalse = false;
    this.sawTrue = false;
  }
  get min(): boolean | undefined {
    return this.sawFalse ? false : this.sawTrue ? true : undefined;
  }
  get max(): boolean | undefined {
    return this.sawTrue ? true : this.sawFalse ? false : undefined;
  }
}

class Int32Plain implements PlainWriter {
  private slots = new Int32Array(1024);
  private count = 0;
  min: number | undefined;
  max: number | undefined;
  readonly nanCount = 0;

  append(values: ColumnData, start: number, end: number): void {
    if (this.count + end - start > this.slots.length)
      this.slots = grown(this.slots, this.count + end - start);
    const { slots } = this;
    let { count } = this;
    let low = this.min ?? 0x7fffffff;
    let high = this.max ?? -0x80000000;
    for (let i = start; i < end; i++) {
      const value = values[i];
      if (value === null || value === undefined) continue;
      if (typeof value !== "number" || (value | 0) !== value) {
        throw new BadValue(i, "is no signed 32-bit integer");
      }
      slots[count++] = value;
      if (value < low) low = value;
      if (value > high) high = value;
    }
    if (count > this.count) {
      this.min = low;
      this.max = high;
      this.count = count;
    }
  }
  get byteLength(): number {
    return 4 * this.count;
  }
  written(): Uint8Array {
    return new Uint8Array(this.slots.buffer, 0, 4 * this.count);
  }
  clear(): void {
    this.count = 0;
    this.min = undefined;
    this.max = undefined;
  }
}

/** Decimals of at most nine digits: 32-bit slots, bounds as bigint. */
class SmallDecimalPlain implements PlainWriter {
  private slots = new Int32Array(1024);
  private count = 0;
  private low = 0;
  private high = 0;
  private readonly limit: bigint;
  private readonly why: string;
  readonly nanCount = 0;

  constructor(limit: bigint, why: string) {
    this.limit = limit;
    this.why = why;
  }
  append(values: ColumnData, start: number, end: number): void {
    if (this.count + end - start > this.slots.length)
      this.slots = grown(this.slots, this.count + end - start);
    const { slots, limit } = this;
    for (let i = start; i < end; i++) {
      const value = values[i];
      if (value === null || value === undefined) continue;
      if (typeof value !== "bigint" || value > limit || value < -limit) throw new BadValue(i, this.why);
      const number = Number(value);
      if (this.count === 0) {
        this.low = number;
        this.high = number;
      } else if (number < this.low) this.low = number;
      else if (number > this.high) this.high = number;
      slots[this.count++] = number;
    }
  }
  get byteLength(): number {
    return 4 * this.count;
  }
  written(): Uint8Array {
    return new Uint8Array(this.slots.buffer, 0, 4 * this.count);
  }
  clear(): void {
    this.count = 0;
  }
  get min(): bigint | undefined {
    return this.count === 0 ? undefined : BigInt(this.low);
  }
  get max(): bigint | undefined {
    return this.count === 0 ? undefined : BigInt(this.high);
  }
}

class Int64Plain implements PlainWriter {
  private slots = new BigInt64Array(1024);
  private count = 0;
  private readonly lowest: bigint;
  private readonly highest: bigint;
  private readonly why: string;
  min: bigint | undefined;
  max: bigint | undefined;
  readonly nanCount = 0;

  constructor(lowest: bigint, highest: bigint, why: string) {
    this.lowest = lowest;
    this.highest = highest;
    this.why = why;
  }

  append(values: ColumnData, start: number, end: number): void {
    if (start === end) return;
    if (this.count + end - start > this.slots.length) {
      const larger = new BigInt64Array(Math.max(2 * this.slots.length, this.count + end - start));
      larger.set(this.slots.subarray(0, this.count));
      this.slots = larger;
    }
    if (values instanceof BigInt64Array) this.copy(values, start, end);
    else this.convert(values, start, end);
  }

  private convert(values: ColumnData, start: number, end: number): void {
    const { slots } = this;
    let { min, max, count } = this;
    for (let i = start; i < end; i++) {
      const value = values[i];
      if (value === null || value === undefined) continue;
      if (typeof value !== "bigint") throw new BadValue(i, this.why);
      // Only a new extreme can be out of range.
      if (min === undefined || max === undefined) {
        if (value < this.lowest || value > this.highest) throw new BadValue(i, this.why);
        min = value;
        max = value;
      } else if (value < min) {
        if (value < this.lowest) throw new BadValue(i, this.why);
        min = value;
      } else if (value > max) {
        if (value > this.highest) throw new BadValue(i, this.why);
        max = value;
      }
      slots[count++] = value;
    }
    this.count = count;
    this.min = min;
    this.max = max;
  }

  /** Bounds by 32-bit halves: comparing bigints read from a typed array would allocate each of them. */
  private copy(values: BigInt64Array, start: number, end: number): void {
    this.slots.set(values.subarray(start, end), this.count);
    const words = new Int32Array(this.slots.buffer, 8 * this.count, 2 * (end - start));
    let low = 0;
    let high = 0;
    for (let i = 2; i < words.length; i += 2) {
      const upper = words[i + 1]!;
      if (upper < words[low + 1]! || (upper === words[low + 1] && words[i]! >>> 0 < words[low]! >>> 0)) {
        low = i;
      } else if (
        upper > words[high + 1]! ||
        (upper === words[high + 1] && words[i]! >>> 0 > words[high]! >>> 0)
      ) {
        high = i;
      }
    }
    const min = values[start + low / 2]!;
    const max = values[start + high / 2]!;
    if (min < this.lowest) throw new BadValue(start + low / 2, this.why);
    if (max > this.highest) throw new BadValue(start + high / 2, this.why);
    if (this.min === undefined || min < this.min) this.min = min;
    if (this.max === undefined || max > this.max) this.max = max;
    this.count += end - start;
  }

  get byteLength(): number {
    return 8 * this.count;
  }
  written(): Uint8Array {
    return new Uint8Array(this.slots.buffer, 0, 8 * this.count);
  }
  clear(): void {
    this.count = 0;
    this.min = undefined;
    this.max = undefined;
  }
}

/** float and double: NaN is counted and never a bound, -0 orders before +0 (MAN-066, MAN-067). */
class FloatPlain implements PlainWriter {
  private slots: Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer>;
  private count = 0;
  min: number | undefined;
  max: number | undefined;
  nanCount = 0;

  constructor(width: 4 | 8) {
    this.slots = width === 4 ? new Float32Array(1024) : new Float64Array(1024);
  }
  append(values: ColumnData, start: number, end: number): void {
    if (this.count + end - start > this.slots.length) {
      const length = Math.max(2 * this.slots.length, this.count + end - start);
      const larger = this.slots instanceof Float32Array ? new Float32Array(length) : new Float64Array(length);
      larger.set(this.slots.subarray(0, this.count));
      this.slots = larger;
    }
    const { slots } = this;
    let low = this.min ?? Number.POSITIVE_INFINITY;
    let high = this.max ?? Number.NEGATIVE_INFINITY;
    let { count, nanCount } = this;
    for (let i = start; i < end; i++) {
      const value = values[i];
      if (value === null || value === undefined) continue;
      if (typeof value !== "number") throw new BadValue(i, "is no number");
      slots[count] = value;
      // Read back: a float column holds the rounded value, and its bounds must be of that.
      const stored = slots[count++]!;
      if (stored < low || (stored === 0 && low === 0 && Object.is(stored, -0))) low = stored;
      if (stored > high || (stored === 0 && high === 0 && Object.is(high, -0))) high = stored;
      if (Number.isNaN(stored)) nanCount++;
    }
    if (count - nanCount > this.count - this.nanCount) {
      // A first value equal to the starting sentinel leaves it in place, which is right.
      this.min = low;
      this.max = high;
    }
    this.count = count;
    this.nanCount = nanCount;
  }
  get byteLength(): number {
    return this.slots.BYTES_PER_ELEMENT * this.count;
  }
  written(): Uint8Array {
    return new Uint8Array(this.slots.buffer, 0, this.byteLength);
  }
  clear(): void {
    this.count = 0;
    this.nanCount = 0;
    this.min = undefined;
    this.max = undefined;
  }
}

/** Decimals past 18 digits: fixed-length big-endian two's complement (PAR-004). */
class WideDecimalPlain implements PlainWriter {
  private readonly sink = new ByteSink();
  private readonly length: number;
  private readonly limit: bigint;
  private readonly why: string;
  min: bigint | undefined;
  max: bigint | undefined;
  readonly nanCount = 0;

  constructor(length: number, limit: bigint, why: string) {
    this.length = length;
    this.limit = limit;
    this.why = why;
  }
  append(values: ColumnData, start: number, end: number): void {
    this.sink.reserve((end - start) * this.length + 16);
    const { sink, length } = this;
    for (let i = start; i < end; i++) {
      const value = values[i];
      if (value === null || value === undefined) continue;
      if (typeof value !== "bigint" || value > this.limit || value < -this.limit) {
        throw new BadValue(i, this.why);
      }
      writeBigEndian(sink.bytes, sink.length, value, length);
      sink.length += length;
      if (this.min === undefined || value < this.min) this.min = value;
      if (this.max === undefined || value > this.max) this.max = value;
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
    this.min = undefined;
    this.max = undefined;
  }
}

/** Two's complement of `value` in `length` bytes, most significant first. */
export function writeBigEndian(bytes: Uint8Array, at: number, value: bigint, length: number): void {
  let rest = value;
  let end = length;
  while (end > 0) {
    let word = Number(BigInt.asUintN(32, rest));
    rest >>= 32n;
    for (let i = 0; i < 4 && end > 0; i++) {
      bytes[at + --end] = word & 0xff;
      word >>>= 8;
    }
  }
}

class UuidPlain implements PlainWriter {
  private readonly sink = new ByteSink();
  min: string | undefined;
  max: string | undefined;
  readonly nanCount = 0;

  append(values: ColumnData, start: number, end: number): void {
    this.sink.reserve((end - start) * 16);
    const { sink } = this;
    for (let i = start; i < end; i++) {
      const value = values[i];
      if (value === null || value === undefined) continue;
      if (typeof value !== "string" || !parseUuid(value, sink.bytes, sink.length)) {
        throw new BadValue(i, "is no UUID in 36 lower-case characters");
      }
      sink.length += 16;
      // Lower-case text orders as its bytes do.
      if (this.min === undefined || value < this.min) this.min = value;
      if (this.max === undefined || value > this.max) this.max = value;
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
    this.min = undefined;
    this.max = undefined;
  }
}

function parseUuid(text: string, bytes: Uint8Array, offset: number): boolean {
  if (text.length !== 36) return false;
  let at = offset;
  for (let i = 0; i < 36; ) {
    if (i === 8 || i === 13 || i === 18 || i === 23) {
      if (text.charCodeAt(i++) !== 0x2d) return false;
      continue;
    }
    const high = nibble(text.charCodeAt(i));
    const low = nibble(text.charCodeAt(i + 1));
    if (high < 0 || low < 0) return false;
    bytes[at++] = (high << 4) | low;
    i += 2;
  }
  return true;
}

function nibble(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  return code >= 0x61 && code <= 0x66 ? code - 0x57 : -1;
}

/** fixed, binary and WKB; the first has no length prefix. */
class BytesPlain implements PlainWriter {
  private readonly sink = new ByteSink();
  private readonly fixedLength: number | undefined;
  private readonly bounded: boolean;
  min: Uint8Array | undefined;
  max: Uint8Array | undefined;
  readonly nanCount = 0;

  constructor(fixedLength: number | undefined, bounded: boolean) {
    this.fixedLength = fixedLength;
    this.bounded = bounded;
  }
  append(values: ColumnData, start: number, end: number): void {
    const { sink, fixedLength } = this;
    for (let i = start; i < end; i++) {
      const value = values[i];
      if (value === null || value === undefined) continue;
      if (!(value instanceof Uint8Array)) throw new BadValue(i, "is no Uint8Array");
      if (fixedLength === undefined) sink.uint32(value.length);
      else if (value.length !== fixedLength) {
        throw new BadValue(i, `has ${value.length} bytes instead of ${fixedLength}`);
      }
      sink.append(value);
      if (!this.bounded) continue;
      // Copied: the caller may reuse its array before the file is finished.
      if (this.min === undefined || compareBytes(value, this.min) < 0) this.min = value.slice();
      if (this.max === undefined || compareBytes(value, this.max) > 0) this.max = value.slice();
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
    this.min = undefined;
    this.max = undefined;
  }
}

function grown(slots: Int32Array<ArrayBuffer>, needed: number): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(Math.max(2 * slots.length, needed));
  larger.set(slots);
  return larger;
}
