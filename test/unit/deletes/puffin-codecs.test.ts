import { decompress as fzstd } from "fzstd";
import { beforeAll, describe, expect, test } from "vitest";
import {
  concatBytes,
  findCodec,
  fromHex,
  registerCodec,
  utf8Decode,
  utf8Encode,
} from "../../../src/base/index.ts";
import { lz4FrameDecompress } from "../../../src/deletes/lz4-frame.ts";
import { compressPuffin, decompressPuffin, zstdContentSize } from "../../../src/deletes/puffin-codecs.ts";
import { xxHash32 } from "../../../src/deletes/xxhash32.ts";
import { errorOf, lz4Stored } from "./bytes.ts";

const TEXT = '{"blobs":[]} blob blob blob blob blob blob blob';
/** Frames of the reference lz4 1.9.4. */
const FRAME = fromHex(
  "04224d186c402f00000000000000581a000000d07b22626c6f6273223a5b5d7d200b000f0500065020626c6f6200000000f6903154",
);
const WITH_BLOCK_CHECKSUM = fromHex(
  "04224d187c402f000000000000006e1a000000d07b22626c6f6273223a5b5d7d200b000f0500065020626c6f62b384275800000000f6903154",
);
const WITHOUT_SIZE = fromHex(
  "04224d186440a71a000000d07b22626c6f6273223a5b5d7d200b000f0500065020626c6f6200000000f6903154",
);
const STORED = fromHex("04224d18684005000000000000006105000080010509c84d00000000");
/** "abcdefg" 20,000 times in three blocks that look back into each other. */
const LINKED = fromHex(
  [
    "04224d184c40e022020000000000fd110100007f616263646566670700",
    "ff".repeat(256),
    "e15065666761620a0100000ffe",
    "ff".repeat(257),
    "e8506761626364330000007f656667616263640700",
    "ff".repeat(34),
    "e350636465666700000000c7998bf8",
  ].join(""),
);
/** Frames of the reference zstd: of a file, whose size it states, and of a pipe. */
const ZSTD = fromHex("28b52ffd242fad0000687b22626c6f6273223a5b5d7d2002002802782d5f9c5c4b35");
const ZSTD_PIPE = fromHex("28b52ffd0458bd0000887b22626c6f6273223a5b5d7d20626c6f6201002196259c5c4b35");

beforeAll(() => {
  // Node before 22.15 has no zstd of its own.
  if (findCodec("zstd")?.decompress === undefined)
    registerCodec("zstd", { decompress: (bytes) => fzstd(bytes) });
});

describe("xxHash32()", () => {
  test.each([
    ["", 0x02cc5d05],
    ["a", 0x550d7456],
    ["abc", 0x32d153ff],
    ["Nobody inspects the spammish repetition", 0xe2293b2f],
  ])("of %j is the published one", (text, hash) => {
    expect(xxHash32(utf8Encode(text))).toBe(hash);
  });
});

describe("lz4FrameDecompress()", () => {
  test("reads frames of the reference implementation (PUF-006)", () => {
    expect(utf8Decode(lz4FrameDecompress(FRAME))).toBe(TEXT);
    expect(utf8Decode(lz4FrameDecompress(WITH_BLOCK_CHECKSUM))).toBe(TEXT);
    expect([...lz4FrameDecompress(STORED)]).toEqual([1, 5, 9, 200, 77]);
    expect(utf8Decode(lz4FrameDecompress(LINKED))).toBe("abcdefg".repeat(20_000));
    expect(lz4FrameDecompress(lz4Stored(new Uint8Array(0))).length).toBe(0);
  });

  test("demands the content size (PUF-006)", () => {
    expect(errorOf(() => lz4FrameDecompress(WITHOUT_SIZE)).message).toBe(
      "Cannot decompress lz4 data: its frame has no content size",
    );
  });

  test("refuses a frame cut anywhere and any flipped byte of it", () => {
    // Without checksums of blocks, bits of the last token go unused.
    const frame = WITH_BLOCK_CHECKSUM;
    for (let at = 0; at < frame.length; at++) {
      expect(errorOf(() => lz4FrameDecompress(frame.slice(0, at))).code).toBe("corrupt-file");
      const flipped = changed(frame, at, frame[at]! ^ 0x08);
      expect(errorOf(() => lz4FrameDecompress(flipped)).code).toBe("corrupt-file");
    }
  });

  test.each<[string, Uint8Array, string]>([
    ["bytes behind it", concatBytes([FRAME, Uint8Array.of(0)]), "1 bytes follow the frame"],
    ["a dictionary", changed(STORED, 4, 0x69), "it needs a dictionary"],
    ["a size nothing could hold", changed(STORED, 9, 1), "28 bytes cannot hold 16777221"],
    ["more content than it says", lz4Stored(Uint8Array.of(1, 2, 3), 2), "it has more content than it says"],
    [
      "less content than it says",
      lz4Stored(Uint8Array.of(1, 2, 3), 4),
      "it has 3 bytes of content, it says 4",
    ],
    ["a copy from before the start", lz4Block("1041ffff", 20), "a copy points outside"],
    ["a copy of distance 0", lz4Block("10410000", 20), "a copy points outside"],
    ["a copy past the end", lz4Block("1f410100ff00", 20), "a copy points outside"],
    ["a copy cut off", lz4Block("104101", 20), "a copy is cut off"],
    ["a literal past the end", lz4Block("f0ff", 20), "a length is cut off"],
    ["a literal longer than its block", lz4Block("5041", 20), "a literal passes the end"],
  ])("refuses %s", (_, frame, message) => {
    expect(errorOf(() => lz4FrameDecompress(frame))).toMatchObject({
      code: "corrupt-file",
      message: `Cannot decompress lz4 data: ${message}`,
    });
  });
});

describe("decompressPuffin(), compressPuffin()", () => {
  test("reads zstd with and without a stated content size (PUF-006)", () => {
    expect(zstdContentSize(ZSTD)).toBe(47);
    expect(zstdContentSize(ZSTD_PIPE)).toBeUndefined();
    expect(utf8Decode(decompressPuffin("zstd", ZSTD, "f"))).toBe(TEXT);
    expect(utf8Decode(decompressPuffin("zstd", ZSTD_PIPE, "f"))).toBe(TEXT);
  });

  test.each([
    ["a single byte", "28b52ffd2005290000", 5],
    ["two bytes, 256 more", "28b52ffd60000100", 512],
    ["two bytes with a window", "28b52ffd40580001", 512],
    ["four bytes behind a dictionary id", "28b52ffda307000000ffffffff", 2 ** 32 - 1],
    ["eight bytes", "28b52ffde00000000001000000", 2 ** 32],
    ["a frame cut off", "28b52ffde000000000010000", undefined],
    ["no frame", "28b52ffe2005", undefined],
  ])("zstdContentSize() reads %s", (_, hex, size) => {
    expect(zstdContentSize(fromHex(hex))).toBe(size);
  });

  test("a zstd compressor that leaves the content size out gets it put in (PUF-006)", () => {
    registerCodec("zstd", { compress: () => ZSTD_PIPE });
    const frame = compressPuffin("zstd", utf8Encode(TEXT));
    expect(zstdContentSize(frame)).toBe(47);
    expect(frame.length).toBe(ZSTD_PIPE.length + 8);
    expect(utf8Decode(fzstd(frame))).toBe(TEXT);
    registerCodec("zstd", { compress: () => ZSTD });
    expect(compressPuffin("zstd", utf8Encode(TEXT))).toEqual(ZSTD);
  });

  test("refuses another size than the one stated, and sizes over 1 GiB", () => {
    const before = findCodec("zstd")!.decompress;
    registerCodec("zstd", { decompress: () => new Uint8Array(46) });
    expect(errorOf(() => decompressPuffin("zstd", ZSTD, "f"))).toMatchObject({
      code: "corrupt-file",
      message: "Cannot read f: Cannot decompress zstd: got 46 bytes where 47 were announced",
    });
    registerCodec("zstd", { decompress: before });
    const huge = fromHex("28b52ffda001000040");
    expect(errorOf(() => decompressPuffin("zstd", huge, "f"))).toMatchObject({
      code: "unsupported",
      message: "Cannot read f: Cannot decompress zstd to 1073741825 bytes: that is over 1 GiB",
    });
  });

  test("knows no other codec (PUF-006)", () => {
    expect(errorOf(() => decompressPuffin("gzip", FRAME, "stats.puffin"))).toMatchObject({
      code: "unsupported",
      message: 'Cannot read stats.puffin: Cannot decompress "gzip": Puffin knows lz4 and zstd',
    });
  });

  test("writes lz4 only with a registered compressor, and prefers a registered decompressor", () => {
    expect(errorOf(() => compressPuffin("lz4", FRAME)).code).toBe("unavailable");
    expect(utf8Decode(decompressPuffin("lz4", FRAME, "f"))).toBe(TEXT);
    registerCodec("lz4_frame", { compress: (bytes) => lz4Stored(bytes), decompress: () => Uint8Array.of(7) });
    expect(compressPuffin("lz4", Uint8Array.of(1, 5, 9, 200, 77))).toEqual(STORED);
    expect([...decompressPuffin("lz4", FRAME, "f")]).toEqual([7]);
  });
});

function changed(bytes: Uint8Array, at: number, byte: number): Uint8Array {
  const copy = bytes.slice();
  copy[at] = byte;
  return copy;
}

/** A frame of one compressed block given in hex. */
function lz4Block(hex: string, size: number): Uint8Array {
  const frame = lz4Stored(fromHex(hex), size);
  frame[18] = 0;
  return frame;
}
