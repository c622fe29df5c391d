import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeText, readPrefixedTexts } from "../../../src/parquet/text-reader.ts";

/** Values as PLAIN has them: each behind its length. */
function prefixed(values: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(
    values.flatMap((value) => {
      const length = Buffer.alloc(4);
      length.writeUInt32LE(value.length);
      return [length, value];
    }),
  );
}

const ascii = fc.string({ unit: "binary-ascii", maxLength: 40 }).map((text) => Buffer.from(text));
const unicode = fc.string({ unit: "binary", maxLength: 40 }).map((text) => Buffer.from(text));
const anyBytes = fc.uint8Array({ maxLength: 12 });
const long = fc.integer({ min: 120, max: 140 }).map((length) => Buffer.alloc(length, "x"));

describe("readPrefixedTexts()", () => {
  test("reads what reading one by one reads, also of invalid UTF-8", () => {
    const values = fc.oneof(
      fc.array(ascii, { maxLength: 60 }),
      fc.array(fc.oneof({ weight: 20, arbitrary: ascii }, unicode, anyBytes, long), { maxLength: 60 }),
    );
    fc.assert(
      fc.property(values, fc.nat(3), (all, before) => {
        const bytes = Buffer.concat([Buffer.alloc(before, 0xe2), prefixed(all)]);
        const output: string[] = new Array(all.length);
        expect(readPrefixedTexts(bytes, before, output)).toBe(bytes.length);
        expect(output).toEqual(all.map((value) => decodeText(value, 0, value.length)));
      }),
      { numRuns: 500 },
    );
  });

  test("refuses values that are cut off", () => {
    fc.assert(
      fc.property(fc.array(ascii, { minLength: 1, maxLength: 40 }), fc.nat(), (values, cut) => {
        const bytes = prefixed(values);
        const shorter = bytes.subarray(0, cut % bytes.length);
        const reading = () => readPrefixedTexts(shorter, 0, new Array(values.length));
        expect(reading).toThrow(expect.objectContaining({ code: "corrupt-file" }));
      }),
    );
  });
});
