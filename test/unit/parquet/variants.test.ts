/** The widths that encoded variants take. @module */
import { describe, expect, it } from "vitest";
import { VariantWriter } from "../../../src/parquet/variant-writer.ts";

/** From each of these numbers on, one more byte. */
const STEPS = [0x100, 0x10000, 0x1000000];
const widths = STEPS.flatMap((step, i) => [
  [step - 1, i + 1],
  [step, i + 2],
]);

/** An array, or with ids an object, of some values. */
function closed(values: readonly Uint8Array[], ids?: readonly number[]): Uint8Array {
  const writer = new VariantWriter();
  const starts = values.map((value) => {
    const start = writer.at;
    writer.encoded(value);
    return start;
  });
  if (ids === undefined) writer.closeArray(0, starts);
  else writer.closeObject(0, ids, starts);
  return writer.take();
}

describe("VariantWriter (PAR-022)", () => {
  it.each(widths)("offsets of %i bytes of values take %i bytes", (size, width) => {
    const value = new Uint8Array(size).fill(7);
    const array = closed([value]);
    const object = closed([value], [0]);
    expect([array[0]! & 3, (array[0]! >>> 2) & 3, array.length]).toEqual([
      3,
      width - 1,
      2 + 2 * width + size,
    ]);
    expect([object[0]! & 3, (object[0]! >>> 2) & 3, object.length]).toEqual([
      2,
      width - 1,
      3 + 2 * width + size,
    ]);
    const end = [0, 1, 2, 3].map((byte) => Math.floor(size / 256 ** byte) % 256).slice(0, width);
    expect([...array.subarray(2 + width, 2 + 2 * width)]).toEqual(end);
    expect([...object.subarray(3 + width, 3 + 2 * width)]).toEqual(end);
    expect([array[2 + 2 * width], array.at(-1), object[3 + 2 * width], object.at(-1)]).toEqual([7, 7, 7, 7]);
  });

  it.each(widths)("a highest field id of %i takes %i bytes", (id, width) => {
    const object = closed([Uint8Array.of(0)], [id]);
    expect([(object[0]! >>> 4) & 3, object.length]).toEqual([width - 1, 2 + width + 2 + 1]);
  });

  it.each([255, 256])("the number of %i elements or fields takes one byte up to 255, else four", (count) => {
    const values = new Array<Uint8Array>(count).fill(Uint8Array.of(0));
    const array = closed(values);
    expect([(array[0]! & 0x10) !== 0, array[1]]).toEqual([count > 255, count & 0xff]);
    const object = closed(
      values,
      values.map((_, id) => id),
    );
    expect([(object[0]! & 0x40) !== 0, object[1]]).toEqual([count > 255, count & 0xff]);
  });
});
