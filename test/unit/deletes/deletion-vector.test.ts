import { describe, expect, test } from "vitest";
import { fromHex, toHex } from "../../../src/base/index.ts";
import { decodeDeletionVector, encodeDeletionVector, PositionBitmap } from "../../../src/deletes/index.ts";
import { errorOf } from "./bytes.ts";

const goldens: readonly (readonly [string, readonly number[], string])[] = [
  ["no position", [], "0000000cd1d339640000000000000000bf18480c"],
  [
    "odd positions",
    [1, 3, 5, 7, 9],
    "0000002ad1d339640100000000000000000000003a3000000100000000000400100000000100030005000700" +
      "0900b3fb20be",
  ],
  [
    "positions on both sides of 2^31",
    [100, 101, 2147483747, 2147483748],
    "00000030d1d339640100000000000000000000003a3000000200000000000100008001001800" +
      "00001c0000006400650063006400" +
      "15eb1c7c",
  ],
];

describe("encodeDeletionVector(), decodeDeletionVector()", () => {
  test.each(goldens)("%s: Java's bytes both ways (PUF-012)", (_, positions, hex) => {
    expect(toHex(encodeDeletionVector(PositionBitmap.of(positions)))).toBe(hex);
    expect([...decodeDeletionVector(fromHex(hex), "golden", { cardinality: positions.length })]).toEqual(
      positions,
    );
  });

  const golden = fromHex(goldens[1]![2]);
  const changed = (at: number, ...bytes: number[]) => {
    const copy = golden.slice();
    copy.set(bytes, at);
    return copy;
  };
  test.each<[string, Uint8Array, string]>([
    ["19 bytes", golden.slice(0, 19), "it has 19 bytes, at least 20 are needed"],
    ["a length too small", changed(3, 0x29), "its length is 41, 42 bytes are there"],
    ["a length too large", changed(3, 0x2b), "its length is 43, 42 bytes are there"],
    ["a negative length", changed(0, 0xff), "its length is -16777174, 42 bytes are there"],
    ["a length near 2^31", changed(0, 0x7f), "its length is 2130706474, 42 bytes are there"],
    ["bytes behind", Uint8Array.of(...golden, 0), "its length is 42, 43 bytes are there"],
    ["another magic", changed(4, 0x64, 0x39, 0xd3, 0xd1), "it starts with 6439d3d1, not with d1d33964"],
    ["another checksum", changed(49, 0xbf), "its checksum is b3fb20bf, that of its bytes b3fb20be"],
    ["another position", changed(44, 8), "its checksum is b3fb20be, that of its bytes"],
  ])("refuses %s (PUF-012)", (_, bytes, message) => {
    const error = errorOf(() => decodeDeletionVector(bytes, "dv.puffin"));
    expect(error.code).toBe("corrupt-file");
    expect(error.message).toContain(`Cannot read dv.puffin: ${message}`);
  });

  test("refuses any flipped byte (PUF-012)", () => {
    for (let at = 0; at < golden.length; at++) {
      expect(errorOf(() => decodeDeletionVector(changed(at, golden[at]! ^ 0x10))).code).toBe("corrupt-file");
    }
  });

  test("refuses another cardinality than its manifest announces (PUF-021)", () => {
    expect(errorOf(() => decodeDeletionVector(golden, "dv.puffin", { cardinality: 4 }))).toMatchObject({
      code: "corrupt-file",
      message: "Cannot read dv.puffin: it has 5 positions, 4 were announced",
    });
  });

  test("its framing is that of Delta's vectors: the magic is 1681511377 little-endian (PUF-027)", () => {
    const bytes = encodeDeletionVector(PositionBitmap.of([1]));
    expect(new DataView(bytes.buffer).getInt32(4, true)).toBe(1681511377);
  });
});
