/** Files whose bytes are fetched once. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ByteRange, InputFile } from "../../../src/base/index.ts";
import { RememberedFile } from "../../../src/reading/remembered-file.ts";

const SIZE = 200;
const BYTES = Uint8Array.from({ length: SIZE }, (_, at) => at);

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
  .tuple(fc.nat(SIZE), fc.nat(SIZE))
  .map(([a, b]): ByteRange => ({ start: Math.min(a, b), end: Math.max(a, b) }));

describe("RememberedFile", () => {
  it("answers the bytes of any ranges, and fetches none of them twice", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(rangeArbitrary, { maxLength: 12 }), async (ranges) => {
        const reads: ByteRange[] = [];
        const file = new RememberedFile(fileOf(reads as (ByteRange | undefined)[]));
        for (const range of ranges) {
          const before = reads.length;
          const missing = file.missing(range);
          expect(await file.read(range)).toEqual(BYTES.slice(range.start, range.end));
          const fetched = reads.slice(before).reduce((sum, { start, end }) => sum + end - start, 0);
          expect(fetched).toBe(missing);
          expect(file.missing(range)).toBe(0);
        }
        const times = new Uint8Array(SIZE);
        for (const { start, end } of reads) for (let at = start; at < end; at++) times[at]!++;
        expect(Math.max(...times)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it("forgets what lies before a place, and nothing that reaches beyond it", async () => {
    const file = new RememberedFile(fileOf([]));
    for (const [start, end] of [
      [0, 40],
      [50, 110],
      [150, 200],
    ] as const)
      await file.read({ start, end });
    file.forget(40);
    expect(file.missing({ start: 0, end: 200 })).toBe(50 + 40);
    file.forget(109);
    expect(file.missing({ start: 0, end: 200 })).toBe(50 + 40);
    file.forget(110);
    expect(file.missing({ start: 0, end: 200 })).toBe(150);
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
