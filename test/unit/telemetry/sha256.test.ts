/** SHA-256 against the platform's own and published digests. @module */
import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, it } from "vitest";
import { toHex } from "../../../src/base/index.ts";
import { sha256, sha256Hex } from "../../../src/telemetry/sha256.ts";

it("sha256Hex() gives the digests of FIPS 180-4's examples", () => {
  expect(sha256Hex("")).toBe("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  expect(sha256Hex("abc")).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
});

it("sha256() agrees with node:crypto on every length around a block", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      expect(toHex(sha256(bytes))).toBe(createHash("sha256").update(bytes).digest("hex"));
    }),
  );
  for (let length = 50; length < 70; length++) {
    const bytes = new Uint8Array(length).fill(length);
    expect(toHex(sha256(bytes))).toBe(createHash("sha256").update(bytes).digest("hex"));
  }
});
