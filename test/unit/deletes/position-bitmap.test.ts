import { describe, expect, test } from "vitest";
import { PositionBitmap } from "../../../src/deletes/index.ts";
import { errorOf } from "./bytes.ts";

/** Every container kind: an array, a bitset, runs, a full container, and a far one. */
function mixed(): PositionBitmap {
  const bitmap = PositionBitmap.of([3, 5, 65_000]);
  for (let i = 0; i < 5000; i++) bitmap.add(65_536 + 3 * i);
  bitmap.addRange(131_080, 131_090);
  bitmap.addRange(196_608, 262_144);
  bitmap.add(2 ** 32 + 5);
  return bitmap;
}

describe("PositionBitmap", () => {
  test("add() keeps positions apart that differ only above bit 32 (PUF-019)", () => {
    const bitmap = PositionBitmap.of([5, 2 ** 32 + 5, 2 ** 40 + 5, 2 ** 53 - 1]);
    expect([...bitmap]).toEqual([5, 2 ** 32 + 5, 2 ** 40 + 5, 2 ** 53 - 1]);
    expect(bitmap.has(2 ** 33 + 5)).toBe(false);
    expect(bitmap.last).toBe(2 ** 53 - 1);
  });

  test.each([-1, 0.5, Number.NaN, 2 ** 53, Number.POSITIVE_INFINITY])(
    "add() refuses %d (PUF-019)",
    (position) => {
      const bitmap = new PositionBitmap();
      const error = errorOf(() => bitmap.add(position));
      expect(error.code).toBe("invalid-argument");
      expect(error.message).toBe(
        `Cannot hold position ${position}: positions are integers from 0 to 9007199254740991`,
      );
      expect(bitmap.size).toBe(0);
      expect(bitmap.last).toBeUndefined();
    },
  );

  test("has() answers false beside every container and for what is no position", () => {
    const bitmap = mixed();
    expect([3, 65_000, 65_539, 131_089, 200_000, 2 ** 32 + 5].map((p) => bitmap.has(p))).toEqual(
      Array(6).fill(true),
    );
    expect(
      [
        0,
        4,
        64_999,
        65_537,
        131_079,
        131_090,
        262_144,
        2 ** 32 + 6,
        2 ** 60,
        -1,
        0.5,
        131_080.5,
        65_536.5,
      ].map((p) => bitmap.has(p)),
    ).toEqual(Array(13).fill(false));
  });

  test("addRange() spans containers, takes an empty range and refuses a reversed one", () => {
    const bitmap = new PositionBitmap();
    bitmap.addRange(65_530, 196_610);
    bitmap.addRange(7, 7);
    expect(bitmap.size).toBe(131_080);
    expect([65_529, 65_530, 196_609, 196_610].map((p) => bitmap.has(p))).toEqual([false, true, true, false]);
    expect(errorOf(() => bitmap.addRange(9, 3)).message).toBe(
      "Cannot add the positions from 9 to 3: they end before they start",
    );
  });

  test("addRange() over what is there counts each position once", () => {
    const bitmap = mixed();
    const before = new Set(bitmap);
    for (let p = 60_000; p < 132_000; p++) before.add(p);
    bitmap.addRange(60_000, 132_000);
    expect(bitmap.size).toBe(before.size);
    expect([...bitmap]).toEqual([...before].sort((a, b) => a - b));
  });

  test("add() past 4096 values and into runs keeps every value (PUF-016)", () => {
    const bitmap = new PositionBitmap();
    for (let p = 2 * 4097; p > 0; p -= 2) bitmap.add(p);
    expect(bitmap.size).toBe(4097);
    expect([...bitmap]).toEqual(Array.from({ length: 4097 }, (_, i) => 2 * i + 2));
    const runs = new PositionBitmap();
    runs.addRange(10, 4106);
    runs.add(5000);
    runs.add(5000);
    runs.add(11);
    expect(runs.size).toBe(4097);
    expect(runs.last).toBe(5000);
  });

  test("union() leaves both sides as they are and shares nothing with them (PUF-024)", () => {
    const a = PositionBitmap.of([1, 70_000]);
    const b = PositionBitmap.of([2, 200_000]);
    const union = a.union(b);
    expect([...union]).toEqual([1, 2, 70_000, 200_000]);
    union.add(3);
    union.add(200_001);
    union.add(70_001);
    expect([...a]).toEqual([1, 70_000]);
    expect([...b]).toEqual([2, 200_000]);
    a.addAll(a);
    expect(a.size).toBe(2);
  });

  test("forEachIn() and countIn() see just the positions of a slice of rows (PUF-026)", () => {
    const bitmap = mixed();
    const all = [...bitmap];
    const slices = [
      [0, 4],
      [4, 65_001],
      [65_536, 65_600],
      [70_001, 131_085],
      [131_085, 196_608],
      [196_700, 262_144],
      [262_144, 2 ** 32],
      [2 ** 32 + 5, 2 ** 32 + 6],
      [2 ** 33, 2 ** 34],
      [9, 9],
    ] as const;
    for (const [from, to] of slices) {
      const seen: number[] = [];
      bitmap.forEachIn(from, to, (position) => seen.push(position));
      expect(seen).toEqual(all.filter((position) => position >= from && position < to));
      expect(bitmap.countIn(from, to)).toBe(seen.length);
    }
    const visited: number[] = [];
    bitmap.forEach((position) => {
      visited.push(position);
    });
    expect(visited).toEqual(all);
  });

  test("a million scattered positions take two bytes each, a range of 100 million nearly nothing", () => {
    const scattered = new PositionBitmap();
    for (let i = 0; i < 1_000_000; i++) scattered.add(i * 64);
    const held = scattered.chunks.reduce((sum, { container }) => {
      if (container.kind !== "array") throw new Error(`a sparse chunk is held as ${container.kind}`);
      return sum + container.values.byteLength;
    }, 0);
    expect(scattered.size).toBe(1_000_000);
    expect(held).toBeLessThanOrEqual(2 * 1_000_000 + 2 * scattered.chunks.length * 1024);
    const range = new PositionBitmap();
    range.addRange(0, 100_000_000);
    expect(range.size).toBe(100_000_000);
    expect(range.chunks.every(({ container }) => container.kind === "runs")).toBe(true);
  });
});
