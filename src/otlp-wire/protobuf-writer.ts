/** Writes protobuf wire format into a growing buffer. Spec: Protocol Buffers encoding. @module */
import { fromHex } from "../base/index.ts";

/** Fields in the order written. Proto3 defaults are left to the caller: each method writes what it is given. */
export class ProtoWriter {
  private bytes = new Uint8Array(1024);
  private view = new DataView(this.bytes.buffer);
  private length = 0;

  /** A copy of what was written. */
  finish(): Uint8Array {
    return this.bytes.slice(0, this.length);
  }

  /** An unsigned varint field, or a non-negative enum. */
  uint32(field: number, value: number): void {
    this.varint(field * 8);
    this.varint(value >>> 0);
  }

  /** An int32 or enum field; negative numbers take ten bytes as the format demands. */
  int32(field: number, value: number): void {
    this.int64(field, BigInt(value));
  }

  int64(field: number, value: bigint): void {
    this.varint(field * 8);
    this.bigVarint(BigInt.asUintN(64, value));
  }

  bool(field: number, value: boolean): void {
    this.uint32(field, value ? 1 : 0);
  }

  fixed32(field: number, value: number): void {
    this.varint(field * 8 + 5);
    this.reserve(4);
    this.view.setUint32(this.length, value, true);
    this.length += 4;
  }

  fixed64(field: number, value: bigint): void {
    this.varint(field * 8 + 1);
    this.reserve(8);
    this.view.setBigUint64(this.length, value, true);
    this.length += 8;
  }

  double(field: number, value: number): void {
    this.varint(field * 8 + 1);
    this.reserve(8);
    this.view.setFloat64(this.length, value, true);
    this.length += 8;
  }

  string(field: number, value: string): void {
    this.bytesField(field, encoder.encode(value));
  }

  /** A bytes field given as hex. Throws `invalid-argument` when it is not hex. */
  hex(field: number, value: string): void {
    this.bytesField(field, fromHex(value));
  }

  bytesField(field: number, value: Uint8Array): void {
    this.varint(field * 8 + 2);
    this.varint(value.length);
    this.reserve(value.length);
    this.bytes.set(value, this.length);
    this.length += value.length;
  }

  /** A submessage: what `write` writes, after its length. */
  message(field: number, write: () => void): void {
    this.varint(field * 8 + 2);
    this.reserve(1);
    const start = this.length + 1;
    this.length = start;
    write();
    const size = this.length - start;
    // One byte was left for the length; a longer one moves the body.
    const extra = varintSize(size) - 1;
    if (extra > 0) {
      this.reserve(extra);
      this.bytes.copyWithin(start + extra, start, this.length);
    }
    this.length = start - 1;
    this.varint(size);
    this.length += size;
  }

  private varint(value: number): void {
    this.reserve(5);
    let rest = value;
    while (rest > 0x7f) {
      this.bytes[this.length++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.bytes[this.length++] = rest;
  }

  private bigVarint(value: bigint): void {
    this.reserve(10);
    let rest = value;
    while (rest > 0x7fn) {
      this.bytes[this.length++] = Number(rest & 0x7fn) | 0x80;
      rest >>= 7n;
    }
    this.bytes[this.length++] = Number(rest);
  }

  private reserve(count: number): void {
    const needed = this.length + count;
    if (needed <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, 2 * this.bytes.length));
    grown.set(this.bytes);
    this.bytes = grown;
    this.view = new DataView(grown.buffer);
  }
}

const encoder = new TextEncoder();

function varintSize(value: number): number {
  let size = 1;
  for (let rest = value; rest > 0x7f; rest >>>= 7) size++;
  return size;
}
