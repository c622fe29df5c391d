import { describe, expect, test } from "vitest";
import { concatBytes, toHex } from "../../../src/base/index.ts";
import { deserializeBitmap, PositionBitmap, serializeBitmap } from "../../../src/deletes/index.ts";
import { bitmap64, errorOf, u16, u32 } from "./bytes.ts";

const range = (length: number, step = 1) => Array.from({ length }, (_, i) => i * step);
/** One 32-bit bitmap without runs: array containers by key. */
function plain(...containers: readonly (readonly [key: number, values: readonly number[]])[]): Uint8Array {
  const heads = containers.map(([key, values]) => u16(key, values.length - 1));
  let offset = 8 + 8 * containers.length;
  const offsets = containers.map(([, values]) => {
    const at = offset;
    offset += 2 * values.length;
    return u32(at);
  });
  const bodies = containers.map(([, values]) => u16(...values));
  return concatBytes([u32(12_346, containers.length), ...heads, ...offsets, ...bodies]);
}
const EMPTY = u32(12_346, 0);

describe("serializeBitmap()", () => {
  test("writes the count as 8 bytes and each key as 4, little-endian (PUF-013)", () => {
    const bytes = serializeBitmap(PositionBitmap.of([1, 2 ** 32 * 7 + 2]));
    expect(bytes).toEqual(bitmap64([0, plain([0, [1]])], [7, plain([0, [2]])]));
  });

  test("writes nothing for the keys in a gap and eight bytes for an empty set (PUF-014)", () => {
    expect(serializeBitmap(new PositionBitmap())).toEqual(new Uint8Array(8));
    expect(serializeBitmap(PositionBitmap.of([2 ** 32 * 5])).length).toBe(8 + 4 + 18);
  });

  test("keeps {0,1,2} an array and makes {0,1,2,3} a run, as Java does (PUF-017)", () => {
    expect(toHex(serializeBitmap(PositionBitmap.of(range(3))))).toBe(
      toHex(bitmap64([0, plain([0, [0, 1, 2]])])),
    );
    const run = concatBytes([u16(12_347, 0), Uint8Array.of(1), u16(0, 3), u16(1, 0, 3)]);
    expect(toHex(serializeBitmap(PositionBitmap.of(range(4))))).toBe(toHex(bitmap64([0, run])));
    const asRange = new PositionBitmap();
    asRange.addRange(0, 3);
    expect(serializeBitmap(asRange)).toEqual(serializeBitmap(PositionBitmap.of(range(3))));
  });

  test("ranges that touch or overlap are one run, in whatever order they came (PUF-017)", () => {
    const whole = new PositionBitmap();
    whole.addRange(0, 300);
    for (const ranges of [
      [0, 100, 100, 200, 200, 300],
      [200, 300, 0, 100, 100, 200],
      [0, 150, 100, 300],
      [10, 20, 0, 300],
    ]) {
      const parts = new PositionBitmap();
      for (let i = 0; i < ranges.length; i += 2) parts.addRange(ranges[i]!, ranges[i + 1]!);
      expect(toHex(serializeBitmap(parts))).toBe(toHex(serializeBitmap(whole)));
    }
  });

  test("encodes a dense range in under 100 bytes (PUF-017)", () => {
    const bitmap = new PositionBitmap();
    bitmap.addRange(0, 200_000);
    expect(serializeBitmap(bitmap).length).toBeLessThan(100);
  });

  test("writes an array up to 4096 values and a bitset of 8192 bytes from 4097 on (PUF-016)", () => {
    const header = 8 + 4 + 8 + 4 + 4;
    expect(serializeBitmap(PositionBitmap.of(range(4096, 2))).length).toBe(header + 8192);
    const bytes = serializeBitmap(PositionBitmap.of(range(4097, 2)));
    expect(bytes.length).toBe(header + 8192);
    // Bits of even values; the last value is 8192.
    expect([...bytes.subarray(header, header + 1024)].every((byte) => byte === 0x55)).toBe(true);
    expect(bytes[header + 1024]).toBe(1);
  });

  test("stores the cardinality of a full container as 65535 (PUF-016)", () => {
    const bitmap = new PositionBitmap();
    bitmap.addRange(0, 65_536);
    const full = concatBytes([u16(12_347, 0), Uint8Array.of(1), u16(0, 65_535), u16(1, 0, 65_535)]);
    expect(serializeBitmap(bitmap)).toEqual(bitmap64([0, full]));
    const bitset = serializeBitmap(bitmap, { runs: false });
    expect(bitset.length).toBe(8 + 4 + 16 + 8192);
    expect(deserializeBitmap(bitset).size).toBe(65_536);
  });

  test.each([
    [3, false],
    [4, true],
  ])("with runs, %i containers have offsets: %s (PUF-015)", (count, hasOffsets) => {
    const bitmap = new PositionBitmap();
    for (let i = 0; i < count; i++) bitmap.addRange(i * 65_536, i * 65_536 + 10);
    const bytes = serializeBitmap(bitmap);
    expect(bytes.length).toBe(8 + 4 + 4 + 1 + count * (4 + (hasOffsets ? 4 : 0) + 6));
    expect(deserializeBitmap(bytes).size).toBe(10 * count);
  });

  test("flags runs lowest bit first, over more than one byte of flags (PUF-015)", () => {
    const bitmap = new PositionBitmap();
    for (let i = 0; i < 10; i++) {
      if (i === 1 || i === 9) bitmap.addRange(i * 65_536, i * 65_536 + 100);
      else bitmap.add(i * 65_536);
    }
    const bytes = serializeBitmap(bitmap);
    expect([...bytes.subarray(12, 18)]).toEqual([0x3b, 0x30, 9, 0, 0b0000_0010, 0b0000_0010]);
    expect([...deserializeBitmap(bytes)]).toEqual([...bitmap]);
  });

  test("never writes the run cookie without a run container (PUF-018)", () => {
    const bitmap = PositionBitmap.of([1, 3, 5, 70_000]);
    expect(serializeBitmap(bitmap)[8 + 4]).toBe(0x3a);
  });
});

describe("deserializeBitmap()", () => {
  test("accepts gaps between keys and empty bitmaps among them (PUF-014)", () => {
    const filled = bitmap64([0, plain([0, [1]])], [1, EMPTY], [2, EMPTY], [5, plain([0, [7]])]);
    const gaps = bitmap64([0, plain([0, [1]])], [5, plain([0, [7]])]);
    expect([...deserializeBitmap(filled)]).toEqual([1, 5 * 2 ** 32 + 7]);
    expect([...deserializeBitmap(gaps)]).toEqual([1, 5 * 2 ** 32 + 7]);
  });

  test("goes on after what a bitmap takes in the file, not what it would take anew (PUF-018)", () => {
    // Two containers under a run cookie with neither of them a run; then runs that an array would be smaller for.
    const odd = concatBytes([u16(12_347, 1), Uint8Array.of(0), u16(0, 0, 1, 0), u16(4), u16(6)]);
    const wasteful = concatBytes([u16(12_347, 0), Uint8Array.of(1), u16(0, 1), u16(2, 1, 0, 9, 0)]);
    const bitmap = deserializeBitmap(bitmap64([0, odd], [1, wasteful], [2, plain([0, [5]])]));
    expect([...bitmap]).toEqual([4, 65_542, 2 ** 32 + 1, 2 ** 32 + 9, 2 ** 33 + 5]);
  });

  test("takes runs that touch for one run", () => {
    const touching = concatBytes([u16(12_347, 0), Uint8Array.of(1), u16(0, 19), u16(2, 0, 9, 10, 9)]);
    const bitmap = deserializeBitmap(bitmap64([0, touching]));
    expect([...bitmap]).toEqual(range(20));
    expect(serializeBitmap(bitmap)).toEqual(serializeBitmap(PositionBitmap.of(range(20))));
  });

  test("reads from the middle of a larger buffer and keeps nothing of it", () => {
    const bytes = bitmap64([0, plain([0, [1, 9]])]);
    const larger = concatBytes([Uint8Array.of(1, 2, 3), bytes, Uint8Array.of(4)]);
    const bitmap = deserializeBitmap(larger.subarray(3, 3 + bytes.length));
    larger.fill(0);
    expect([...bitmap]).toEqual([1, 9]);
  });

  const runs = (...bytes: Uint8Array[]) => bitmap64([0, concatBytes(bytes)]);
  const bitset = (size: number, fill: number) =>
    bitmap64([0, concatBytes([u32(12_346, 1), u16(0, size - 1), u32(16), new Uint8Array(8192).fill(fill)])]);
  test.each<[string, Uint8Array, RegExp]>([
    ["nothing", new Uint8Array(0), /its count of bitmaps takes 8 bytes, 0 are left, at byte 0/],
    ["half a count", new Uint8Array(7), /takes 8 bytes, 7 are left/],
    ["more bitmaps than bytes", concatBytes([u32(2, 0), u32(0), EMPTY]), /2 bitmaps do not fit in 20 bytes/],
    ["2^64-1 bitmaps", new Uint8Array(8).fill(255), /18446744073709551615 bitmaps do not fit in 8 bytes/],
    ["a key of 2^31-1", bitmap64([2 ** 31 - 1, EMPTY]), /key 2147483647 is above 2147483646, at byte 8/],
    ["a key above 2^31", bitmap64([2 ** 32 - 1, EMPTY]), /key 4294967295 is above/],
    ["a key twice", bitmap64([3, EMPTY], [3, EMPTY]), /key 3 comes after 3, keys must ascend, at byte 20/],
    ["keys that descend", bitmap64([3, EMPTY], [2, EMPTY]), /key 2 comes after 3/],
    ["another cookie", bitmap64([0, u32(12_345, 0)]), /its cookie is 12345, at byte 12/],
    ["too many containers", bitmap64([0, u32(12_346, 65_537)]), /65537 containers are more than 65536/],
    ["no header", bitmap64([0, u32(12_346, 3)]), /the header of 3 containers takes 24 bytes, 0 are left/],
    [
      "no run flags",
      bitmap64([0, concatBytes([u16(12_347, 65_535), u32(0)])]),
      /the header of 65536 containers/,
    ],
    [
      "containers twice",
      bitmap64([0, plain([4, [1]], [4, [2]])]),
      /container 4 comes after 4, containers must/,
    ],
    ["containers that descend", bitmap64([0, plain([4, [1]], [3, [2]])]), /container 3 comes after 4/],
    [
      "a wrong offset",
      bitmap64([0, concatBytes([u32(12_346, 1), u16(0, 0), u32(17), u16(1)])]),
      /container 0 starts at 16, its offset is 17/,
    ],
    [
      "an array cut off",
      bitmap64([0, plain([0, [1, 2, 3]])]).slice(0, -1),
      /an array of 3 values takes 6 bytes, 5/,
    ],
    [
      "an array with a value twice",
      bitmap64([0, plain([0, [1, 1]])]),
      /value 1 comes after 1, values must ascend/,
    ],
    ["an array that descends", bitmap64([0, plain([0, [2, 1]])]), /value 1 comes after 2/],
    ["a bitset cut off", bitset(65_536, 255).slice(0, -1), /a bitset takes 8192 bytes, 8191 are left/],
    ["a bitset with other bits", bitset(65_536, 254), /a bitset has 57344 values, its header says 65536/],
    [
      "no count of runs",
      runs(u16(12_347, 0), Uint8Array.of(1), u16(0, 0)),
      /a count of runs takes 2 bytes, 0/,
    ],
    ["runs cut off", runs(u16(12_347, 0), Uint8Array.of(1), u16(0, 0), u16(1, 0)), /1 runs takes 4 bytes, 2/],
    [
      "no runs",
      runs(u16(12_347, 0), Uint8Array.of(1), u16(0, 0), u16(0)),
      /runs have 0 values, their header says 1/,
    ],
    [
      "a run past the end",
      runs(u16(12_347, 0), Uint8Array.of(1), u16(0, 9), u16(1, 65_530, 9)),
      /a run from 65530 ends at 65539/,
    ],
    [
      "runs that overlap",
      runs(u16(12_347, 0), Uint8Array.of(1), u16(0, 5), u16(2, 0, 3, 3, 1)),
      /a run starts at 3, the one before ends at 3/,
    ],
    [
      "runs of another cardinality",
      runs(u16(12_347, 0), Uint8Array.of(1), u16(0, 4), u16(1, 0, 3)),
      /runs have 4 values, their header says 5/,
    ],
    ["bytes behind", concatBytes([bitmap64([0, EMPTY]), u16(0)]), /2 bytes follow the last bitmap/],
  ])("refuses %s (PUF-013, PUF-015, PUF-016)", (_, bytes, message) => {
    const error = errorOf(() => deserializeBitmap(bytes, "dv.bin"));
    expect(error.code).toBe("corrupt-file");
    expect(error.message).toMatch(/^Cannot read dv\.bin: .*, at byte \d+ of the bitmap$/);
    expect(error.message).toMatch(message);
    expect(error.context).toMatchObject({ what: "dv.bin" });
  });

  test("says of positions past 2^53 that it does not hold them (PUF-019)", () => {
    const bytes = bitmap64([2 ** 21, plain([0, [1]])]);
    expect(errorOf(() => deserializeBitmap(bytes, "dv.bin"))).toMatchObject({
      code: "unsupported",
      message: "Cannot read dv.bin: it has positions past 2^53-1 (key 2097152)",
    });
    // An empty bitmap there stands for nothing.
    expect(deserializeBitmap(bitmap64([2 ** 31 - 2, EMPTY])).size).toBe(0);
  });
});
