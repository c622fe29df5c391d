/** The linter's own decoding of bounds, truncations and deletion vectors against known bytes. */
import { describe, expect, it } from "vitest";
import { VECTOR } from "./faults/deletes.ts";
import { readDeletionVector, readPuffin } from "./puffin.ts";
import { parsePrimitive } from "./types.ts";
import { compare, decodeValue, isPrefix, isRaisedTruncation, isUnraisable, signedBytes } from "./values.ts";

const hex = (text: string) => new Uint8Array(Buffer.from(text.replaceAll(" ", ""), "hex"));
const utf8 = (text: string) => new TextEncoder().encode(text);

describe("decodeValue()", () => {
  it("takes the bytes of the type and of what it was promoted from (SCH-058)", () => {
    const decode = (type: string, bytes: string) => decodeValue(parsePrimitive(type), hex(bytes));
    expect(decode("decimal(9, 2)", "058c")).toBe(1420n);
    expect(decode("long", "ffffffff")).toBe(-1n);
    expect(decode("double", "0000c03f")).toBe(1.5);
    expect(decode("int", "0100000000000000")).toBeUndefined();
    expect(decode("decimal(9, 2)", "00058c")).toBeUndefined();
    expect(decode("uuid", "00")).toBeUndefined();
    expect(decode("string", "ff")).toBeUndefined();
    expect([0n, 127n, 128n, -128n, -129n].map((value) => signedBytes(value).length)).toEqual([1, 1, 2, 1, 2]);
  });

  it("orders zeros, NaN and bytes (MAN-067, PRT-058, PRT-060)", () => {
    expect(compare(-0, 0)).toBe(-1);
    expect(compare(Number.NaN, Number.POSITIVE_INFINITY)).toBe(1);
    expect(compare(hex("ff"), hex("0000"))).toBe(1);
    expect(compare(utf8("\u{fffd}"), utf8("\u{10000}"))).toBe(-1);
  });
});

describe("truncated bounds", () => {
  it("are raised at the last unit that can be (MAN-068)", () => {
    expect(isRaisedTruncation(utf8("abd"), utf8("abcz"), true)).toBe(true);
    expect(isRaisedTruncation(utf8("abc"), utf8("abcz"), true)).toBe(false);
    expect(isRaisedTruncation(utf8("abd"), utf8("abc"), true)).toBe(false);
    expect(isRaisedTruncation(utf8("b"), utf8("a\u{10ffff}\u{10ffff}"), true)).toBe(true);
    expect(isRaisedTruncation(utf8("\u{e000}"), utf8("\u{d7ff}x"), true)).toBe(true);
    expect(isRaisedTruncation(hex("0200"), hex("01ffff"), false)).toBe(false);
    expect(isRaisedTruncation(hex("02"), hex("01ffff"), false)).toBe(true);
    expect(isUnraisable(utf8("\u{10ffff}a"), true)).toBe(true);
    expect(isUnraisable(hex("ff00"), false)).toBe(true);
    expect(isPrefix(utf8("ab"), utf8("abc"), true)).toBe(true);
    expect(isPrefix(utf8("é").subarray(0, 1), utf8("é"), true)).toBe(false);
  });
});

describe("readDeletionVector()", () => {
  it("reads the golden vectors (PUF-012 to PUF-016)", () => {
    expect(readDeletionVector(hex(VECTOR))).toEqual([1n, 3n, 5n, 7n, 9n]);
    expect(readDeletionVector(hex("0000000c d1d33964 0000000000000000 bf18480c"))).toEqual([]);
    const far =
      "00000030 d1d33964 0100000000000000 00000000 3a300000 02000000 0000 0100 0080 0100 18000000 1c000000 6400 6500 6300 6400 15eb1c7c";
    expect(readDeletionVector(hex(far))).toEqual([100n, 101n, 2147483747n, 2147483748n]);
    expect(() => readDeletionVector(hex(VECTOR).with(30, 1))).toThrow(/checksum/);
  });
});

describe("readPuffin()", () => {
  it("reads the golden empty file (PUF-001)", () => {
    const empty = "50464131 50464131 7b22626c6f6273223a5b5d7d 0c000000 00000000 50464131";
    expect(readPuffin(hex(empty))).toEqual({ blobs: [], footerSize: 28 });
    expect(() => readPuffin(hex(empty).with(4, 0))).toThrow(/footer does not start/);
    expect(() => readPuffin(hex(empty).with(20, 99))).toThrow(/payload of 99 bytes/);
  });
});
