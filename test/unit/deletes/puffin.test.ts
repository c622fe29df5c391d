import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  concatBytes,
  fromHex,
  registerCodec,
  toHex,
  utf8Decode,
  utf8Encode,
} from "../../../src/base/index.ts";
import {
  checkPuffinHead,
  distinctValues,
  PUFFIN_CREATED_BY,
  PUFFIN_END_SIZE,
  type PuffinBlob,
  type PuffinBlobInput,
  puffinBlobContent,
  puffinFooterFrom,
  puffinFooterSize,
  readPuffin,
  registeredBlobs,
  writePuffin,
} from "../../../src/deletes/index.ts";
import { errorOf, lz4Stored, u32 } from "./bytes.ts";

const MAGIC = utf8Encode("PFA1");
const EMPTY = fromHex("50464131504641317b22626c6f6273223a5b5d7d0c0000000000000050464131");

/** A file around a footer payload, with `body` before it. */
function fileOf(payload: string | Uint8Array, { body = new Uint8Array(0), flags = 0 } = {}): Uint8Array {
  const bytes = typeof payload === "string" ? utf8Encode(payload) : payload;
  return concatBytes([MAGIC, body, MAGIC, bytes, u32(bytes.length, flags), MAGIC]);
}

const blobJson = {
  type: "some-blob",
  fields: [1],
  "snapshot-id": 2,
  "sequence-number": 1,
  offset: 4,
  length: 3,
};
const body = Uint8Array.of(7, 8, 9);
const withBlob = (changes: Record<string, unknown>) =>
  fileOf(JSON.stringify({ blobs: [{ ...blobJson, ...changes }] }), { body });

const input = (changes: Partial<PuffinBlobInput> = {}): PuffinBlobInput => ({
  type: "some-blob",
  fields: [1],
  snapshotId: 2n,
  sequenceNumber: 1,
  bytes: utf8Encode("abcdefghi"),
  ...changes,
});

function changed(bytes: Uint8Array, at: number, ...values: number[]): Uint8Array {
  const copy = bytes.slice();
  copy.set(values, at < 0 ? bytes.length + at : at);
  return copy;
}

describe("puffinFooterSize(), puffinFooterFrom(), readPuffin()", () => {
  test("the empty file is Java's 32 bytes both ways (PUF-001, PUF-002)", () => {
    expect(readPuffin(EMPTY)).toEqual({ blobs: [], properties: new Map(), footerSize: 28 });
    expect(toHex(writePuffin({ blobs: [], properties: new Map() }).bytes)).toBe(toHex(EMPTY));
  });

  test.each<[string, number, string]>([
    ["the start", 0, "it does not start with PFA1"],
    ["the footer", 4, "its footer does not start with PFA1"],
    ["the end", 28, "it does not end with PFA1"],
  ])("verifies the magic at %s (PUF-001)", (_, at, message) => {
    for (let i = 0; i < 4; i++) {
      const error = errorOf(() => readPuffin(changed(EMPTY, at + i, 0), "x.puffin"));
      expect(error).toMatchObject({ code: "corrupt-file", message: `Cannot read x.puffin: ${message}` });
    }
  });

  test("checkPuffinHead() serves readers that have the tail only (PUF-001)", () => {
    checkPuffinHead(EMPTY.subarray(0, 4));
    expect(errorOf(() => checkPuffinHead(Uint8Array.of(0x50, 0x46, 0x41), "x.puffin")).message).toBe(
      "Cannot read x.puffin: it does not start with PFA1",
    );
  });

  test.each([-1, -(2 ** 31), 13, 2 ** 31 - 1])("refuses a payload of %i bytes in 32 (PUF-002)", (size) => {
    const bytes = changed(EMPTY, 20, ...u32(size));
    expect(errorOf(() => readPuffin(bytes, "x.puffin"))).toMatchObject({
      code: "corrupt-file",
      message: `Cannot read x.puffin: a footer payload of ${size} bytes does not fit in 32`,
    });
  });

  test("refuses every flag but that of compression (PUF-003)", () => {
    for (let bit = 1; bit < 32; bit++) {
      const bytes = changed(EMPTY, 24, ...u32(2 ** bit));
      expect(errorOf(() => readPuffin(bytes, "x.puffin")).message).toBe(
        `Cannot read x.puffin: its footer has flags this library does not know (${(2 ** bit).toString(16)})`,
      );
    }
  });

  test("reads a footer that is an LZ4 frame, and refuses one that is none (PUF-003)", () => {
    const frame = lz4Stored(utf8Encode('{"blobs":[],"properties":{"a":"b"}}'));
    const file = fileOf(frame, { flags: 1 });
    expect(readPuffin(file)).toEqual({
      blobs: [],
      properties: new Map([["a", "b"]]),
      footerSize: frame.length + 16,
    });
    expect(errorOf(() => readPuffin(fileOf('{"blobs":[]}', { flags: 1 }), "x.puffin"))).toMatchObject({
      code: "corrupt-file",
      message:
        "Cannot read the footer of x.puffin: Cannot decompress lz4 data: it is no frame with a content size",
    });
  });

  test("any tail of 12 bytes tells how many are needed, and those are enough (PUF-004)", () => {
    const file = writePuffin({ blobs: [input(), input({ bytes: new Uint8Array(5000) })] });
    const size = file.bytes.length;
    const end = file.bytes.subarray(size - PUFFIN_END_SIZE);
    const needed = puffinFooterSize(end, size);
    expect(needed).toBe(file.footerSize);
    for (const length of [needed, needed + 1, size]) {
      const tail = file.bytes.subarray(size - length);
      expect(puffinFooterSize(tail, size)).toBe(needed);
      expect(puffinFooterFrom(tail, size).blobs).toEqual(file.blobs);
    }
    expect(
      errorOf(() => puffinFooterFrom(file.bytes.subarray(size - needed + 1), size, "x.puffin")),
    ).toMatchObject({
      code: "invalid-argument",
      message: `Cannot read x.puffin: its last ${needed} bytes are needed`,
    });
    expect(errorOf(() => puffinFooterSize(end.subarray(1), size)).code).toBe("invalid-argument");
    expect(errorOf(() => puffinFooterSize(EMPTY.subarray(12), 19)).message).toBe(
      "Cannot read a Puffin file: 19 bytes are too few for a Puffin file",
    );
  });

  test("takes blobs from their offsets, overlapping, apart and in any order (PUF-004)", () => {
    const json = {
      blobs: [
        { ...blobJson, offset: 5, length: 2 },
        { ...blobJson, offset: 4, length: 2 },
      ],
    };
    const bytes = fileOf(JSON.stringify(json), { body });
    const contents = readPuffin(bytes).blobs.map((blob) => [
      ...puffinBlobContent(bytes.subarray(blob.offset, blob.offset + blob.length), blob),
    ]);
    expect(contents).toEqual([
      [8, 9],
      [7, 8],
    ]);
  });

  test.each(["type", "fields", "snapshot-id", "sequence-number", "offset", "length"])(
    "refuses a blob without %s (PUF-005)",
    (key) => {
      for (const value of [undefined, null]) {
        expect(errorOf(() => readPuffin(withBlob({ [key]: value }), "x.puffin"))).toMatchObject({
          code: "corrupt-file",
          message: `Cannot read blob 0 in the footer of x.puffin: ${key} is missing`,
        });
      }
    },
  );

  test.each<[string, unknown, string]>([
    ["type", 1, "type must be a string"],
    ["fields", 1, "fields must be a list"],
    ["fields", ["1"], "fields must hold 32-bit integers"],
    ["fields", [2 ** 31], "fields must hold 32-bit integers"],
    ["fields", [1.5], "fields must hold 32-bit integers"],
    ["snapshot-id", "2", "snapshot-id must be a 64-bit integer"],
    ["snapshot-id", 1.5, "snapshot-id must be a 64-bit integer"],
    ["sequence-number", true, "sequence-number must be an integer up to 2^53-1"],
    ["offset", 4.5, "offset must be an integer up to 2^53-1"],
    ["length", {}, "length must be an integer up to 2^53-1"],
    ["compression-codec", 1, "compression-codec must be a string"],
    ["properties", [], "properties must be an object"],
    ["properties", { a: 1 }, 'property "a" must be a string'],
  ])("refuses a blob whose %s is %j (PUF-005)", (key, value, message) => {
    expect(errorOf(() => readPuffin(withBlob({ [key]: value }), "x.puffin"))).toMatchObject({
      code: "corrupt-file",
      message: `Cannot read blob 0 in the footer of x.puffin: ${message}`,
    });
  });

  test.each<[string, string, RegExp]>([
    ["no blobs", "{}", /blobs is missing/],
    ["blobs that are no list", '{"blobs":{}}', /blobs must be a list/],
    ["a blob that is no object", '{"blobs":[1]}', /blob 0 .*: it must be an object/],
    ["a list", "[]", /it must be an object/],
    [
      "file properties that are no text",
      '{"blobs":[],"properties":{"a":null}}',
      /property "a" must be a string/,
    ],
    ["no JSON", '{"blobs":[]', /Cannot parse the footer of x.puffin/],
    ["no payload", "", /Cannot parse the footer of x.puffin/],
  ])("refuses a footer with %s (PUF-005)", (_, json, message) => {
    const error = errorOf(() => readPuffin(fileOf(json), "x.puffin"));
    expect(error.code).toBe("corrupt-file");
    expect(error.message).toMatch(message);
  });

  test("refuses a footer that is not UTF-8", () => {
    const error = errorOf(() => readPuffin(fileOf(Uint8Array.of(0x22, 0xff, 0x22)), "x.puffin"));
    expect(error.message).toBe("Cannot read the footer of x.puffin: it is not UTF-8");
  });

  test.each([
    [3, 1],
    [4, 4],
    [8, 0],
    [4, -1],
    [2 ** 53 - 1, 2 ** 53 - 1],
  ])("refuses a blob at %i of %i bytes where 3 are stored at 4 (PUF-032)", (offset, length) => {
    const error = errorOf(() => readPuffin(withBlob({ offset, length })));
    expect(error.code).toBe("corrupt-file");
    expect(error.message).toContain(`${length} bytes at ${offset} must lie from 4 to 7`);
  });

  test("keeps 64-bit ids exactly, optional members absent or null, and unknown members out (PUF-005, PUF-008)", () => {
    const json = `{"later":1,"blobs":[{"type":"x-y","fields":[],"snapshot-id":8614787612208071008,
      "sequence-number":9007199254740991,"offset":4,"length":3,"compression-codec":null,"properties":null,"later":{}}]}`;
    expect(readPuffin(fileOf(json, { body })).blobs).toEqual([
      {
        type: "x-y",
        fields: [],
        snapshotId: 8614787612208071008n,
        sequenceNumber: 9007199254740991,
        offset: 4,
        length: 3,
        properties: new Map(),
      },
    ]);
    const beyond = fileOf(json.replace("8614787612208071008", "9223372036854775808"), { body });
    expect(errorOf(() => readPuffin(beyond)).message).toContain("snapshot-id must be a 64-bit integer");
  });

  test("lists blobs of unknown types and codecs, and opens only the codecs it knows (PUF-006, PUF-008)", () => {
    const [blob] = readPuffin(withBlob({ type: "x-y", "compression-codec": "brotli" })).blobs as [PuffinBlob];
    expect(blob).toMatchObject({ type: "x-y", compressionCodec: "brotli" });
    expect(errorOf(() => puffinBlobContent(body, blob, "x.puffin"))).toMatchObject({
      code: "unsupported",
      message: 'Cannot read the x-y blob of x.puffin: Cannot decompress "brotli": Puffin knows lz4 and zstd',
    });
  });

  test("puffinBlobContent() takes exactly the stored bytes (PUF-007)", () => {
    const stored = lz4Stored(utf8Encode("hello"));
    const blob: PuffinBlob = {
      ...input(),
      offset: 4,
      length: stored.length,
      compressionCodec: "lz4",
      properties: new Map(),
    };
    expect(utf8Decode(puffinBlobContent(stored, blob))).toBe("hello");
    expect(errorOf(() => puffinBlobContent(stored.subarray(1), blob, "x.puffin"))).toMatchObject({
      code: "corrupt-file",
      message: `Cannot read x.puffin: a blob has ${stored.length - 1} bytes where its footer says ${stored.length}`,
    });
  });
});

describe("writePuffin()", () => {
  test("names the writer and its version unless told otherwise (PUF-009)", () => {
    const version = JSON.parse(
      readFileSync(new URL("../../../package.json", import.meta.url), "utf8"),
    ).version;
    expect(PUFFIN_CREATED_BY).toBe(`icewright ${version}`);
    expect(readPuffin(writePuffin({ blobs: [] }).bytes).properties).toEqual(
      new Map([["created-by", PUFFIN_CREATED_BY]]),
    );
  });

  test("leaves the footer uncompressed and its flags zero by default (PUF-010, PUF-003)", () => {
    const { bytes } = writePuffin({ blobs: [input()] });
    expect(toHex(bytes.subarray(-8))).toBe("0000000050464131");
  });

  test("compresses the footer when asked, setting the lowest flag alone (PUF-003)", () => {
    registerCodec("lz4_frame", { compress: (bytes) => lz4Stored(bytes) });
    const file = writePuffin({ blobs: [input()], compressFooter: true });
    expect(toHex(file.bytes.subarray(-8))).toBe("0100000050464131");
    expect(readPuffin(file.bytes)).toEqual({
      blobs: file.blobs,
      properties: new Map([["created-by", PUFFIN_CREATED_BY]]),
      footerSize: file.footerSize,
    });
  });

  test("puts blobs one after the other from byte 4 on, lengths as stored (PUF-007, PUF-032, PUF-033)", () => {
    registerCodec("lz4_frame", { compress: (bytes) => lz4Stored(bytes) });
    const file = writePuffin({
      blobs: [input(), input({ codec: "lz4" }), input({ bytes: new Uint8Array(0) }), input()],
    });
    const packed = lz4Stored(utf8Encode("abcdefghi"));
    expect(file.blobs.map(({ offset, length }) => [offset, length])).toEqual([
      [4, 9],
      [13, packed.length],
      [13 + packed.length, 0],
      [13 + packed.length, 9],
    ]);
    expect(file.bytes.length).toBe(4 + 9 + packed.length + 9 + file.footerSize);
    expect(file.bytes.subarray(13, 13 + packed.length)).toEqual(packed);
    expect(readPuffin(file.bytes).blobs).toEqual(file.blobs);
    expect(file.blobs.map((blob) => blob.compressionCodec)).toEqual([undefined, "lz4", undefined, undefined]);
  });

  test("keeps the order of fields (PUF-011) and properties of any name", () => {
    const properties = new Map([
      ["__proto__", "p"],
      ["é", '"quoted"'],
    ]);
    const file = writePuffin({ blobs: [input({ fields: [9, 3, 7, 3], properties })], properties });
    const footer = readPuffin(file.bytes);
    expect(footer.blobs[0]!.fields).toEqual([9, 3, 7, 3]);
    expect(footer.blobs[0]!.properties).toEqual(properties);
    expect(footer.properties).toEqual(properties);
  });

  test.each<[string, Partial<PuffinBlobInput>, string]>([
    [
      "a compressed deletion vector",
      { type: "deletion-vector-v1", codec: "zstd" },
      "deletion vectors are never compressed, leave out the codec zstd",
    ],
    [
      "a snapshot id past 64 bits",
      { snapshotId: 2n ** 63n },
      "snapshot id 9223372036854775808 is no 64-bit integer",
    ],
    [
      "a sequence number past 2^53",
      { sequenceNumber: 2 ** 53 },
      "sequence number 9007199254740992 is no safe integer",
    ],
    ["a field id past 32 bits", { fields: [1, 2 ** 31] }, "field id 2147483648 is no 32-bit integer"],
  ])("refuses %s (PUF-022, PUF-005)", (_, changes, message) => {
    const error = errorOf(() => writePuffin({ blobs: [input(changes)] }));
    expect(error.code).toBe("invalid-argument");
    expect(error.message).toBe(
      `Cannot write a Puffin blob of type ${changes.type ?? "some-blob"}: ${message}`,
    );
  });
});

describe("registeredBlobs(), distinctValues()", () => {
  test("table metadata repeats what the footer says, but not where (PUF-031)", () => {
    const { blobs } = writePuffin({ blobs: [input({ properties: new Map([["ndv", "12"]]) })] });
    expect(registeredBlobs(blobs)).toEqual([
      {
        type: "some-blob",
        snapshotId: 2n,
        sequenceNumber: 1,
        fields: [1],
        properties: new Map([["ndv", "12"]]),
      },
    ]);
  });

  const ndv = (text: string) => distinctValues({ fields: [1], properties: new Map([["ndv", text]]) });
  test("ndv is digits alone (PUF-029)", () => {
    expect(ndv("12")).toBe(12n);
    expect(ndv("0")).toBe(0n);
    expect(ndv("9223372036854775807")).toBe(9223372036854775807n);
    expect(distinctValues({ fields: [1], properties: new Map() })).toBeUndefined();
    for (const text of [" 12", "12 ", "-1", "1.0", "", "0x1"]) {
      expect(errorOf(() => ndv(text)).message).toBe(
        `Cannot read ndv ${JSON.stringify(text)} of fields 1: no decimal digits`,
      );
    }
  });
});
