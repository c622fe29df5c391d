import { describe, expect, test } from "vitest";
import { AvroBuffer, AvroCursor, MAX_EMPTY_ITEMS } from "../../../src/avro/index.ts";

function cursorOver(...bytes: number[]): AvroCursor {
  return new AvroCursor(new Uint8Array(bytes), 0, bytes.length, "file.avro");
}

function written(write: (out: AvroBuffer) => void): Uint8Array {
  const out = new AvroBuffer(1);
  write(out);
  return out.toBytes();
}

/** Zig-zag by the definition, with bigints only. */
function zigZag(value: bigint): number[] {
  let rest = value >= 0n ? 2n * value : -2n * value - 1n;
  const bytes: number[] = [];
  while (rest > 127n) {
    bytes.push(Number(rest % 128n) + 128);
    rest /= 128n;
  }
  return [...bytes, Number(rest)];
}

const edges = [
  0n,
  -1n,
  1n,
  63n,
  64n,
  -64n,
  -65n,
  8191n,
  8192n,
  2n ** 28n,
  2n ** 31n - 1n,
  -(2n ** 31n),
  2n ** 35n,
];
const wide = [2n ** 53n - 1n, -(2n ** 53n) + 1n];
const widest = [2n ** 53n, -(2n ** 53n), 2n ** 62n, 2n ** 63n - 1n, -(2n ** 63n), 6653143792592159268n];

describe("varints", () => {
  test.each([...edges, ...wide, ...widest])("readLong() and writeLong() keep %s (MAN-060)", (value) => {
    const bytes = written((out) => out.writeLong(value));
    expect([...bytes]).toEqual(zigZag(value));
    expect(cursorOver(...bytes).readLong()).toBe(value);
  });

  test.each([...edges, ...wide])("readNumber() and writeNumber() keep %s", (value) => {
    const bytes = written((out) => out.writeNumber(Number(value)));
    expect([...bytes]).toEqual(zigZag(value));
    expect(cursorOver(...bytes).readNumber()).toBe(Number(value));
    expect(Object.is(cursorOver(...bytes).readNumber(), -0)).toBe(false);
  });

  test.each(widest)("readNumber() refuses %s, which is no safe integer", (value) => {
    expect(() => cursorOver(...zigZag(value)).readNumber()).toThrow(/beyond 2\^53-1 at offset 0/);
  });

  test("writeNumber() and writeLong() refuse what they cannot hold", () => {
    expect(() => written((out) => out.writeNumber(2 ** 53))).toThrow(/not a safe integer/);
    expect(() => written((out) => out.writeNumber(1.5))).toThrow(/not a safe integer/);
    expect(() => written((out) => out.writeLong(2n ** 63n))).toThrow(/exceeds 64 bits/);
  });

  test("readInt() refuses 33 bits, readLong() 65 bits and eleven bytes", () => {
    expect(() => cursorOver(...zigZag(2n ** 31n)).readInt()).toThrow(/beyond 32 bits/);
    expect(() => cursorOver(...new Array(9).fill(0xff), 2).readLong()).toThrow(/beyond 64 bits/);
    expect(() => cursorOver(...new Array(10).fill(0x80), 0).readLong()).toThrow(
      /beyond 64 bits|longer than 10/,
    );
    expect(() => cursorOver(...new Array(10).fill(0x80), 0).readNumber()).toThrow(/longer than 10 bytes/);
  });

  test.each([
    "readNumber",
    "readLong",
    "readBoolean",
    "readFloat",
    "readDouble",
    "readBytes",
    "skipVarint",
  ] as const)("%s() past the end names file and offset", (read) => {
    expect(() => cursorOver()[read]()).toThrow(/^Cannot decode file[.]avro: .* at offset /);
    const cut = new AvroCursor(new Uint8Array([0x80, 0, 0, 0, 0, 0, 0, 0, 0]), 0, 1, "file.avro");
    expect(() => cut[read]()).toThrow(/^Cannot decode file[.]avro: /);
  });
});

describe("lengths", () => {
  test("a string longer than what is left is refused before it is allocated", () => {
    expect(() => cursorOver(...zigZag(2n ** 40n), 0).readString()).toThrow(
      /length of 1099511627776 bytes where 1/,
    );
    expect(() => cursorOver(...zigZag(-1n)).readBytes()).toThrow(/length of -1 bytes/);
  });

  test("readString() refuses bytes that are not UTF-8", () => {
    expect(() => cursorOver(2, 0xff).readString()).toThrow(/not UTF-8 at offset 1/);
    expect(cursorOver(...written((out) => out.writeString("é😀 and ASCII"))).readString()).toBe(
      "é😀 and ASCII",
    );
  });

  test("readBytes() copies: the value outlives the block", () => {
    const bytes = new Uint8Array([4, 7, 8]);
    const value = new AvroCursor(bytes, 0, 3, "file.avro").readBytes();
    bytes.fill(0);
    expect([...value]).toEqual([7, 8]);
  });

  test("readBlockCount() bounds the count by the bytes left, or by MAX_EMPTY_ITEMS", () => {
    expect(() => cursorOver(...zigZag(3n), 0, 0).readBlockCount(1)).toThrow(/block of 3 items where 2 bytes/);
    expect(cursorOver(...zigZag(2n), 0, 0).readBlockCount(1)).toBe(2);
    expect(() => cursorOver(...zigZag(BigInt(MAX_EMPTY_ITEMS + 1))).readBlockCount(0)).toThrow(
      /block of 65537/,
    );
    expect(cursorOver(...zigZag(-2n), ...zigZag(2n), 0, 0).readBlockCount(1)).toBe(2);
    expect(() => cursorOver(...zigZag(-2n), ...zigZag(9n), 0, 0).readBlockCount(1)).toThrow(/length of 9/);
  });

  test("readBoolean() refuses 2, readBranch() a branch that is not there", () => {
    expect(() => cursorOver(2).readBoolean()).toThrow(/boolean 2/);
    expect(() => cursorOver(4).readBranch(2)).toThrow(/branch 2 of a union of 2/);
    expect(() => cursorOver(1).readBranch(2)).toThrow(/branch -1/);
  });
});

test("floats and doubles keep infinities, NaN and -0", () => {
  for (const value of [0, -0, 1.5, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN]) {
    expect(cursorOver(...written((out) => out.writeFloat(value))).readFloat()).toBe(value);
    expect(cursorOver(...written((out) => out.writeDouble(value))).readDouble()).toBe(value);
  }
});

test("writeString() refuses a lone surrogate and keeps long and non-ASCII text", () => {
  expect(() => written((out) => out.writeString("\ud800"))).toThrow(/lone surrogate/);
  for (const text of ["", "a".repeat(255), "a".repeat(256), "a".repeat(300), `${"a".repeat(200)}ü`]) {
    expect(cursorOver(...written((out) => out.writeString(text))).readString()).toBe(text);
  }
});
