/** The widths that encoded variants take. @module */
import { describe, expect, it } from "vitest";
import { encodeVariantArray, encodeVariantObject } from "../../../src/parquet/variant-encoding.ts";

/** From each of these numbers on, one more byte. */
const STEPS = [0x100, 0x10000, 0x1000000];
const widths = STEPS.flatMap((step, i) => [
  [step - 1, i + 1],
  [step, i + 2],
]);

describe("encodeVariantArray(), encodeVariantObject() (PAR-022)", () => {
  it.each(widths)("offsets of %i bytes of values take %i bytes", (size, width) => {
    const value = new Uint8Array(size);
    const array = encodeVariantArray([value]);
    expect([array[0]! & 3, (array[0]! >>> 2) & 3, array.length]).toEqual([
      3,
      width - 1,
      2 + 2 * width + size,
    ]);
    const object = encodeVariantObject([{ id: 0, value }]);
    expect([object[0]! & 3, (object[0]! >>> 2) & 3, object.length]).toEqual([
      2,
      width - 1,
      3 + 2 * width + size,
    ]);
    const end = [0, 1, 2, 3].map((byte) => Math.floor(size / 256 ** byte) % 256).slice(0, width);
    expect([...array.subarray(2 + width, 2 + 2 * width)]).toEqual(end);
    expect([...object.subarray(3 + width, 3 + 2 * width)]).toEqual(end);
  });

  it.each(widths)("a highest field id of %i takes %i bytes", (id, width) => {
    const object = encodeVariantObject([{ id, value: Uint8Array.of(0) }]);
    expect([(object[0]! >>> 4) & 3, object.length]).toEqual([width - 1, 2 + width + 2 + 1]);
  });

  it.each([255, 256])("the number of %i elements or fields takes one byte up to 255, else four", (count) => {
    const large = count > 255;
    const value = Uint8Array.of(0);
    const array = encodeVariantArray(new Array(count).fill(value));
    expect([(array[0]! & 0x10) !== 0, array[1]]).toEqual([large, count & 0xff]);
    const object = encodeVariantObject(Array.from({ length: count }, (_, id) => ({ id, value })));
    expect([(object[0]! & 0x40) !== 0, object[1]]).toEqual([large, count & 0xff]);
  });
});
