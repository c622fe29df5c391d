/** Files whose bytes are fetched once. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ByteRange, InputFile } from "../../../src/base/index.ts";
import { RememberedFile } from "../../../src/reading/remembered-file.ts";

const UNIT = 100;
const SIZE = 40 * UNIT;
const BYTES = Uint8Array.from({ length: SIZE }, (_, at) => at % 251);

function fileOf(reads: (ByteRange | undefined)[], cutAt = SIZE): InputFile {
  return {
    location: "memory:f",
    size: async () => SIZE,
    async read(range) {
      reads.push(range);
      return BYTES.slice(range?.start ?? 0, Math.min(cutAt, range?.end ?? SIZE));
    },
  };
}

const rangeArbitrary = fc
  .tuple(fc.nat(40), fc.nat(40))
  .map(([a, b]): ByteRange => ({ start: UNIT * Math.min(a, b), end: UNIT * Math.max(a, b) }));

describe("RememberedFile", () => {
  it("answers the bytes of any ranges, and fetches none of them twice", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(rangeArbitrary, { maxLength: 12 }), async (ranges) => {
        const reads: ByteRange[] = [];
        const file = new RememberedFile(fileOf(reads as (ByteRange | undefined)[]));
        for (const range of ranges) {
          const before = reads.length;
          const missing = file.missing(range);
          const bytes = await file.read(range);
          expect(Buffer.compare(bytes, BYTES.subarray(range.start, range.end))).toBe(0);
          const fetched = reads.slice(before).reduce((sum, { start, end }) => sum + end - start, 0);
          expect(fetched).toBe(missing);
          expect(file.missing(range)).toBe(0);
        }
        const times = new Uint8Array(SIZE / UNIT);
        for (const { start, end } of reads) for (let at = start; at < end; at += UNIT) times[at / UNIT]!++;
        expect(Math.max(...times)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it("forgets what lies before a place, and nothing that reaches beyond it", async () => {
    const file = new RememberedFile(fileOf([]));
    for (const [start, end] of [
      [0, 4],
      [5, 11],
      [15, 20],
    ] as const)
      await file.read({ start: start * UNIT, end: end * UNIT });
    const missing = () => file.missing({ start: 0, end: 20 * UNIT }) / UNIT;
    file.forget(4 * UNIT);
    expect(missing()).toBe(5 + 4);
    file.forget(11 * UNIT - 1);
    expect(missing()).toBe(5 + 4);
    file.forget(11 * UNIT);
    expect(missing()).toBe(15);
  });

  it("remembers nothing of a file that ends early, and hands on what it answers", async () => {
    const reads: (ByteRange | undefined)[] = [];
    const file = new RememberedFile(fileOf(reads, 100));
    expect(await file.read({ start: 90, end: 110 })).toHaveLength(10);
    expect(file.missing({ start: 90, end: 110 })).toBe(20);
  });

  it("hands on what it does not know: the size, the whole file", async () => {
    const reads: (ByteRange | undefined)[] = [];
    const file = new RememberedFile(fileOf(reads));
    expect([file.location, await file.size()]).toEqual(["memory:f", SIZE]);
    expect(await file.read()).toEqual(BYTES);
    expect(reads).toEqual([undefined]);
  });
});
