/** The codec registry and our own snappy. @module */
import fc from "fast-check";
import { snappyUncompress } from "hyparquet";
import { describe, expect, it } from "vitest";
import {
  compressWith,
  decompressWith,
  findCodec,
  isIcebergError,
  registerCodec,
  snappyCompress,
  snappyDecompress,
} from "../../../src/base/index.ts";

/** Bytes with repetitions near and far, as well as noise. */
const payloads = fc
  .array(
    fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc
        .tuple(fc.uint8Array({ minLength: 1, maxLength: 12 }), fc.integer({ min: 1, max: 40 }))
        .map(([unit, times]) => {
          const bytes = new Uint8Array(unit.length * times);
          for (let i = 0; i < times; i++) bytes.set(unit, i * unit.length);
          return bytes;
        }),
    ),
    { maxLength: 8 },
  )
  .map((parts) => Uint8Array.from(parts.flatMap((part) => [...part])));

describe("snappy", () => {
  it("snappyDecompress() undoes snappyCompress(), and so does hyparquet", () => {
    fc.assert(
      fc.property(payloads, (bytes) => {
        const packed = snappyCompress(bytes);
        expect(snappyDecompress(packed, bytes.length)).toEqual(bytes);
        const theirs = new Uint8Array(bytes.length);
        snappyUncompress(packed, theirs);
        expect(theirs).toEqual(bytes);
      }),
      { numRuns: 300 },
    );
  });

  it.each([65_535, 65_536, 65_537, 200_000])("crosses block borders: %i bytes", (length) => {
    const bytes = Uint8Array.from({ length }, (_, i) => (i % 251) ^ (i >> 9));
    const packed = snappyCompress(bytes);
    expect(packed.length).toBeLessThan(length / 2);
    expect(Buffer.compare(snappyDecompress(packed), bytes)).toBe(0);
  });

  it("keeps incompressible bytes within the format's bound and compresses runs well", () => {
    let state = 1;
    const noise = Uint8Array.from({ length: 100_000 }, () => {
      state = Math.imul(state, 1103515245) + 12345;
      return state >>> 16;
    });
    const packed = snappyCompress(noise);
    expect(packed.length).toBeLessThan(noise.length * 1.01);
    expect(Buffer.compare(snappyDecompress(packed), noise)).toBe(0);
    expect(snappyCompress(new Uint8Array(100_000)).length).toBeLessThan(5000);
  });

  it("does not remember the input before", () => {
    const first = Uint8Array.from({ length: 5000 }, (_, i) => i % 91);
    const fresh = snappyCompress(first);
    snappyCompress(new Uint8Array(70_000).fill(3));
    expect(snappyCompress(first)).toEqual(fresh);
  });

  it("reads copies with 32-bit offsets, which it never writes", () => {
    // Length 8; literal "abcd"; a copy of four with a four-byte offset of four.
    const packed = Uint8Array.of(8, 0x0c, 97, 98, 99, 100, 0x0f, 4, 0, 0, 0);
    expect(new TextDecoder().decode(snappyDecompress(packed))).toBe("abcdabcd");
  });

  it("reports every damage as corrupt-file without allocating what it claims", () => {
    const bytes = Uint8Array.from({ length: 300 }, (_, i) => i % 13);
    const packed = snappyCompress(bytes);
    const damages = [
      new Uint8Array(0),
      packed.slice(0, -1),
      packed.slice(0, 3),
      Uint8Array.of(255, 255, 255, 255, 15, 0),
      Uint8Array.of(255, 255, 255, 255, 255, 255),
      Uint8Array.of(4, 0x0d, 0),
      Uint8Array.of(8, 0x0c, 97, 98, 99, 100, 0x0e, 9, 0),
      Uint8Array.of(8, 0xf0),
    ];
    for (const damage of damages) {
      let thrown: unknown;
      try {
        snappyDecompress(damage);
      } catch (error) {
        thrown = error;
      }
      expect(isIcebergError(thrown, "corrupt-file")).toBe(true);
    }
    expect(() => snappyDecompress(packed, 299)).toThrow(/300 bytes where 299/);
  });
});

describe("codec registry", () => {
  const text = new TextEncoder().encode("the same words again and again ".repeat(40));

  it.each(["gzip", "deflate", "snappy", "brotli"])("%s works both ways", (name) => {
    const packed = compressWith(name, text);
    expect(packed.length).toBeLessThan(text.length / 2);
    expect(decompressWith(name, packed)).toEqual(text);
    expect(decompressWith(name, packed, text.length)).toEqual(text);
  });

  it.each(["gzip", "deflate", "snappy", "brotli"])("%s refuses damage and another size", (name) => {
    const packed = compressWith(name, text);
    for (const work of [
      () => decompressWith(name, packed.slice(0, packed.length / 2)),
      () => decompressWith(name, packed, text.length - 1),
      () => decompressWith(name, packed, text.length + 1),
    ]) {
      let thrown: unknown;
      try {
        work();
      } catch (error) {
        thrown = error;
      }
      expect(isIcebergError(thrown, "corrupt-file")).toBe(true);
    }
  });

  it("reports a missing codec as unavailable, with the way out", () => {
    for (const work of [() => compressWith("nope", text), () => decompressWith("nope", text)]) {
      let thrown: unknown;
      try {
        work();
      } catch (error) {
        thrown = error;
      }
      expect(isIcebergError(thrown, "unavailable")).toBe(true);
      expect(String(thrown)).toContain('registerCodec("nope"');
    }
  });

  it("registerCodec() keeps the direction that is left out", () => {
    registerCodec("test-codec", { compress: (bytes) => bytes.slice().reverse() });
    expect(findCodec("test-codec")!.decompress).toBeUndefined();
    registerCodec("test-codec", { decompress: (bytes) => bytes.slice().reverse() });
    expect(decompressWith("test-codec", compressWith("test-codec", text))).toEqual(text);
  });
});
