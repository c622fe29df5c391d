/**
 * Writing Thrift's compact protocol, as far as Parquet's footer and page headers need it. Spec: Parquet format,
 * Metadata; Thrift compact protocol.
 * @module
 */
import { utf8Encode } from "../base/index.ts";

const TRUE = 1;
const FALSE = 2;
const I8 = 3;
const I16 = 4;
const I32 = 5;
const I64 = 6;
const BINARY = 8;
const LIST = 9;
const STRUCT = 12;

/** Writes one struct after another; every field must be written in ascending id order. */
export class ThriftWriter {
  private bytes = new Uint8Array(256);
  private length = 0;
  private lastField = 0;

  /** A copy of what has been written. */
  finish(): Uint8Array {
    return this.bytes.slice(0, this.length);
  }

  i8(id: number, value: number | undefined): this {
    if (value !== undefined) this.field(id, I8).byte(value);
    return this;
  }
  i16(id: number, value: number | undefined): this {
    return value === undefined ? this : this.field(id, I16).zigzag(value);
  }
  i32(id: number, value: number | undefined): this {
    return value === undefined ? this : this.field(id, I32).zigzag(value);
  }
  /** 64-bit field of a safe integer. */
  i64(id: number, value: number | undefined): this {
    return value === undefined ? this : this.field(id, I64).zigzag(value);
  }
  bool(id: number, value: boolean | undefined): this {
    return value === undefined ? this : this.field(id, value ? TRUE : FALSE);
  }
  binary(id: number, value: Uint8Array | undefined): this {
    return value === undefined ? this : this.field(id, BINARY).raw(value);
  }
  text(id: number, value: string | undefined): this {
    return value === undefined ? this : this.binary(id, utf8Encode(value));
  }
  /** A nested struct whose fields `body` writes. */
  struct(id: number, body: (writer: this) => void): this {
    return this.field(id, STRUCT).body(body);
  }
  /** A list of structs. */
  structs<T>(id: number, items: readonly T[], body: (item: T) => void): this {
    this.field(id, LIST).listHeader(items.length, STRUCT);
    for (const item of items) this.body(() => body(item));
    return this;
  }
  i32s(id: number, items: readonly number[]): this {
    this.field(id, LIST).listHeader(items.length, I32);
    for (const item of items) this.zigzag(item);
    return this;
  }
  i64s(id: number, items: readonly number[]): this {
    this.field(id, LIST).listHeader(items.length, I64);
    for (const item of items) this.zigzag(item);
    return this;
  }
  binaries(id: number, items: readonly Uint8Array[]): this {
    this.field(id, LIST).listHeader(items.length, BINARY);
    for (const item of items) this.raw(item);
    return this;
  }
  texts(id: number, items: readonly string[]): this {
    return this.binaries(id, items.map(utf8Encode));
  }
  bools(id: number, items: readonly boolean[]): this {
    // List elements are bytes; readers accept 2 as false, 0 is what older ones expect.
    this.field(id, LIST).listHeader(items.length, TRUE);
    for (const item of items) this.byte(item ? TRUE : FALSE);
    return this;
  }
  /** The end of the outermost struct. */
  stop(): this {
    this.byte(0);
    this.lastField = 0;
    return this;
  }

  private body(body: (writer: this) => void): this {
    const outer = this.lastField;
    this.lastField = 0;
    body(this);
    this.byte(0);
    this.lastField = outer;
    return this;
  }

  private field(id: number, type: number): this {
    const delta = id - this.lastField;
    this.lastField = id;
    // Four bits hold the step from the field before; longer steps spell the id out.
    if (delta <= 15) this.byte((delta << 4) | type);
    else {
      this.byte(type);
      this.zigzag(id);
    }
    return this;
  }

  private listHeader(size: number, type: number): void {
    this.byte((Math.min(size, 15) << 4) | type);
    if (size >= 15) this.varint(size);
  }

  private raw(value: Uint8Array): this {
    this.varint(value.length);
    this.reserve(value.length);
    this.bytes.set(value, this.length);
    this.length += value.length;
    return this;
  }

  private zigzag(value: number): this {
    return this.varint(value < 0 ? -2 * value - 1 : 2 * value);
  }

  /** Up to 2^54: products of safe integers and two are still exact. */
  private varint(value: number): this {
    let rest = value;
    while (rest >= 0x80) {
      this.byte((rest % 0x80) | 0x80);
      rest = Math.floor(rest / 0x80);
    }
    this.byte(rest);
    return this;
  }

  private byte(value: number): void {
    this.reserve(1);
    this.bytes[this.length++] = value;
  }

  private reserve(count: number): void {
    if (this.length + count <= this.bytes.length) return;
    const larger = new Uint8Array(Math.max(2 * this.bytes.length, this.length + count));
    larger.set(this.bytes.subarray(0, this.length));
    this.bytes = larger;
  }
}
