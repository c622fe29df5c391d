/**
 * Writes the binary form of variants: parts one after another, then the header of what holds them in front. Spec: Variant
 * Binary Encoding (PAR-022).
 * @module
 */

const OBJECT = 2;
const ARRAY = 3;
/** Texts below this length have it in their header. */
const SHORT_STRING_END = 64;

/** Puts variants together in memory that is used again for the next one. */
export class VariantWriter {
  /** Where the next byte goes. */
  at = 0;
  private bytes = new Uint8Array(1024);
  private view = new DataView(this.bytes.buffer);

  /** What was written, as bytes of its own; then starts anew. */
  take(): Uint8Array {
    const taken = this.bytes.slice(0, this.at);
    this.at = 0;
    return taken;
  }

  /** Bytes that are encoded already. */
  encoded(bytes: Uint8Array): void {
    this.grow(bytes.length);
    this.bytes.set(bytes, this.at);
    this.at += bytes.length;
  }

  /** The header of a primitive type, with none or all of its value. */
  primitive(type: number): void {
    this.grow(1);
    this.bytes[this.at++] = type << 2;
  }

  int8(value: number): void {
    this.grow(1);
    this.bytes[this.at++] = value;
  }

  int16(value: number): void {
    this.grow(2);
    this.view.setInt16(this.at, value, true);
    this.at += 2;
  }

  int32(value: number): void {
    this.grow(4);
    this.view.setInt32(this.at, value, true);
    this.at += 4;
  }

  int64(value: bigint): void {
    this.grow(8);
    this.view.setBigInt64(this.at, value, true);
    this.at += 8;
  }

  float(value: number): void {
    this.grow(4);
    this.view.setFloat32(this.at, value, true);
    this.at += 4;
  }

  double(value: number): void {
    this.grow(8);
    this.view.setFloat64(this.at, value, true);
    this.at += 8;
  }

  /** A string, its length in the header when it is short; `type` is that of long ones. */
  text(type: number, bytes: Uint8Array): void {
    if (bytes.length >= SHORT_STRING_END) {
      this.sized(type, bytes);
      return;
    }
    this.int8((bytes.length << 2) | 1);
    this.encoded(bytes);
  }

  /** A header, the length in four bytes, the bytes. */
  sized(type: number, bytes: Uint8Array): void {
    this.primitive(type);
    this.int32(bytes.length);
    this.encoded(bytes);
  }

  /** Makes what was written since `begin` an array; `starts` are the places of its elements. */
  closeArray(begin: number, starts: readonly number[]): void {
    const size = this.at - begin;
    const count = starts.length;
    const [large, width] = [count > 0xff, widthOf(size)];
    const offsets = begin + (large ? 5 : 2);
    this.openGap(begin, offsets + (count + 1) * width);
    this.bytes[begin] = ARRAY | ((width - 1) << 2) | (large ? 0x10 : 0);
    this.putUint(begin + 1, large ? 4 : 1, count);
    this.putOffsets(offsets, width, begin, starts, size);
  }

  /** Makes it an object; `ids` are those of its fields, in the byte order of their names. */
  closeObject(begin: number, ids: readonly number[], starts: readonly number[]): void {
    const size = this.at - begin;
    const count = starts.length;
    let highest = 0;
    for (let i = 0; i < count; i++) if (ids[i]! > highest) highest = ids[i]!;
    const [large, idWidth, width] = [count > 0xff, widthOf(highest), widthOf(size)];
    const places = begin + (large ? 5 : 2);
    const offsets = places + count * idWidth;
    this.openGap(begin, offsets + (count + 1) * width);
    this.bytes[begin] = OBJECT | ((width - 1) << 2) | ((idWidth - 1) << 4) | (large ? 0x40 : 0);
    this.putUint(begin + 1, large ? 4 : 1, count);
    for (let i = 0; i < count; i++) this.putUint(places + i * idWidth, idWidth, ids[i]!);
    this.putOffsets(offsets, width, begin, starts, size);
  }

  /** Moves what was written since `begin` to `to`. */
  private openGap(begin: number, to: number): void {
    const gap = to - begin;
    this.grow(gap);
    this.bytes.copyWithin(to, begin, this.at);
    this.at += gap;
  }

  private putOffsets(
    at: number,
    width: number,
    begin: number,
    starts: readonly number[],
    size: number,
  ): void {
    const count = starts.length;
    for (let i = 0; i < count; i++) this.putUint(at + i * width, width, starts[i]! - begin);
    this.putUint(at + count * width, width, size);
  }

  private putUint(at: number, width: number, value: number): void {
    for (let i = 0; i < width; i++) this.bytes[at + i] = value >>> (8 * i);
  }

  private grow(more: number): void {
    const needed = this.at + more;
    if (needed <= this.bytes.length) return;
    const larger = new Uint8Array(Math.max(needed, 2 * this.bytes.length));
    larger.set(this.bytes.subarray(0, this.at));
    this.bytes = larger;
    this.view = new DataView(larger.buffer);
  }
}

/** Fewest bytes that hold a number below 2^32. */
function widthOf(value: number): number {
  if (value <= 0xff) return 1;
  return value <= 0xffff ? 2 : value <= 0xffffff ? 3 : 4;
}
