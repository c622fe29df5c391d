import { describe, expect, it } from "vitest";
import { crc32 } from "../../../src/base/index.ts";

describe("crc32()", () => {
  it("gives the check value of the standard, at every length of its tail", () => {
    expect(crc32(new TextEncoder().encode("123456789"))).toBe(0xcbf43926);
    expect(crc32(new Uint8Array(0))).toBe(0);
    const bytes = Uint8Array.from({ length: 40 }, (_, i) => i * 37);
    for (let length = 0; length < 40; length++) {
      let crc = -1;
      for (const byte of bytes.subarray(0, length)) {
        crc ^= byte;
        for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
      }
      expect(crc32(bytes.subarray(0, length))).toBe(~crc >>> 0);
    }
  });
});
