import { describe, expect, test } from "vitest";
import {
  type AvroBuffer,
  type AvroCodec,
  avroCodecOf,
  MAX_EMPTY_ITEMS,
  openContainer,
  writeContainer,
} from "../../../src/avro/index.ts";
import { concatBytes, crc32, fromHex, registerCodec, toHex, utf8Encode } from "../../../src/base/index.ts";

const sync = Uint8Array.from({ length: 16 }, (_, i) => i + 1);
const longs = { type: "record", name: "r", fields: [{ name: "x", type: "long", "field-id": 1 }] };

function file(values: readonly number[], codec: AvroCodec = "null", blockSize = 1000): Uint8Array {
  return writeContainer(values, (out: AvroBuffer, value) => out.writeNumber(value), {
    schema: longs,
    metadata: { "a-key": "ä" },
    compression: { codec },
    sync,
    blockSize,
  });
}

function read(bytes: Uint8Array): number[] {
  const values: number[] = [];
  for (const { count, cursor } of openContainer(bytes, "file.avro").blocks()) {
    for (let i = 0; i < count; i++) values.push(cursor.readNumber());
  }
  return values;
}

const values = Array.from({ length: 50 }, (_, i) => i * 1000);

/** A header by hand; `pairs` may be split into metadata blocks as the caller likes. */
function header(...parts: Uint8Array[]): Uint8Array {
  return concatBytes([fromHex("4f626a01"), ...parts, new Uint8Array([0]), sync]);
}
function text(value: string): Uint8Array {
  const bytes = utf8Encode(value);
  return concatBytes([
    new Uint8Array([2 * (bytes.length % 64) + (bytes.length > 63 ? 128 : 0)]),
    ...(bytes.length > 63 ? [new Uint8Array([bytes.length >> 6])] : []),
    bytes,
  ]);
}

describe("openContainer()", () => {
  test("gives header values, codec and objects of all blocks", () => {
    const bytes = file(values, "null", 10);
    const container = openContainer(bytes, "file.avro");
    expect(container.codec).toBe("null");
    expect(container.text("a-key")).toBe("ä");
    expect(container.text("avro.codec")).toBe("null");
    expect(container.text("nothing")).toBeUndefined();
    expect(read(bytes)).toEqual(values);
  });

  test("reads what a Buffer holds", () => {
    const bytes = file(values);
    expect(read(Buffer.concat([Buffer.from("xx"), bytes]).subarray(2))).toEqual(values);
  });

  test.each(["null", "deflate"] as const)(
    "codec %s round trip, avro.codec always stored (MAN-054, MAN-061)",
    (codec) => {
      const bytes = file(values, codec);
      expect(openContainer(bytes, "file.avro").text("avro.codec")).toBe(codec);
      expect(read(bytes)).toEqual(values);
    },
  );

  test("a header in several metadata blocks with negative counts, without avro.codec (MAN-054)", () => {
    const schema = concatBytes([text("avro.schema"), text('"int"')]);
    const other = concatBytes([text("k"), text("v")]);
    const one = new Uint8Array([2]);
    const minusOne = new Uint8Array([1, 2 * schema.length]);
    const bytes = header(one, other, minusOne, schema);
    const container = openContainer(concatBytes([bytes, new Uint8Array([4, 4, 2, 3]), sync]), "file.avro");
    expect(container.codec).toBe("null");
    expect(container.text("k")).toBe("v");
    const [block] = [
      ...(function* () {
        for (const each of container.blocks()) {
          yield [each.count, each.cursor.readNumber(), each.cursor.readNumber()];
        }
      })(),
    ];
    expect(block).toEqual([2, 1, -2]);
  });

  test("snappy blocks carry a big-endian CRC32 of what they unpack to (MAN-061)", () => {
    const reverse = (bytes: Uint8Array) => Uint8Array.from(bytes).reverse();
    registerCodec("snappy", { compress: reverse, decompress: reverse });
    const bytes = file(values, "snappy");
    expect(read(bytes)).toEqual(values);
    const broken = Uint8Array.from(bytes);
    broken[bytes.length - 20 + 3]! ^= 1;
    expect(() => read(broken)).toThrow(/Cannot unpack the block at byte \d+ of file[.]avro: its checksum/);
  });

  test("a wrong sync marker, a cut file and bytes left over are corrupt (MAN-062)", () => {
    const bytes = file(values);
    const wrong = Uint8Array.from(bytes);
    wrong[wrong.length - 1]! ^= 1;
    expect(() => read(wrong)).toThrow(/sync marker that differs from the header's at offset/);
    expect(() => read(bytes.subarray(0, bytes.length - 1))).toThrow(/16 bytes wanted where 15 are left/);
    expect(() => {
      for (const { cursor } of openContainer(bytes, "file.avro").blocks()) cursor.readNumber();
    }).toThrow(/left over after the last object at offset/);
  });

  test("files that are something else", () => {
    expect(() => openContainer(new Uint8Array(), "empty.avro")).toThrow(/no Avro object container/);
    expect(() => openContainer(utf8Encode("PAR1PAR1"), "p.parquet")).toThrow(/no Avro object container/);
    expect(() => openContainer(header(), "file.avro")).toThrow(/without avro[.]schema/);
    const odd = header(
      new Uint8Array([4]),
      text("avro.schema"),
      text('"int"'),
      text("avro.codec"),
      text("bzip2"),
    );
    expect(() => openContainer(odd, "file.avro")).toThrow(expect.objectContaining({ code: "unsupported" }));
  });

  test("twenty bytes cannot announce more objects than they hold", () => {
    const bytes = header(new Uint8Array([2]), text("avro.schema"), text('"int"'));
    const block = fromHex("feffffffffff0f" + "00");
    expect(() => read(concatBytes([bytes, block, sync]))).toThrow(/block of \d+ objects in 0 bytes/);
    const nulls = header(new Uint8Array([2]), text("avro.schema"), text('"null"'));
    expect(() => read(concatBytes([nulls, block, sync]))).toThrow(/objects in 0 bytes/);
    expect(MAX_EMPTY_ITEMS).toBeLessThan(100_000);
  });

  test("a deflate block that is not deflate names the block", () => {
    const head = header(
      new Uint8Array([4]),
      text("avro.schema"),
      text('"int"'),
      text("avro.codec"),
      text("deflate"),
    );
    const block = concatBytes([new Uint8Array([2, 4, 0xff, 0xff]), sync]);
    expect(() => read(concatBytes([head, block]))).toThrow(
      /Cannot unpack the block at byte \d+ of file[.]avro/,
    );
    expect(() => read(concatBytes([head, block]))).toThrow(expect.objectContaining({ code: "corrupt-file" }));
  });
});

describe("writeContainer()", () => {
  test("is a function of its input, marker included", () => {
    expect(toHex(file(values, "deflate"))).toBe(toHex(file(values, "deflate")));
    expect(toHex(file([]))).toMatch(new RegExp(`${toHex(sync)}$`));
  });

  test("closes blocks at the block size", () => {
    const counts: number[] = [];
    for (const { count, cursor } of openContainer(file(values, "null", 30), "f").blocks()) {
      counts.push(count);
      cursor.at = cursor.end;
    }
    expect(counts.length).toBeGreaterThan(3);
    expect(counts.reduce((sum, count) => sum + count)).toBe(values.length);
  });

  test("refuses a marker of another length", () => {
    const options = {
      schema: longs,
      metadata: {},
      compression: { codec: "null" as const },
      sync: new Uint8Array(15),
    };
    expect(() => writeContainer([], () => {}, options)).toThrow(/sync marker of 15 bytes/);
  });

  test("avroCodecOf() maps table property values (MAN-061)", () => {
    expect(["gzip", "ZSTD", "snappy", "uncompressed"].map(avroCodecOf)).toEqual([
      "deflate",
      "zstandard",
      "snappy",
      "null",
    ]);
    expect(() => avroCodecOf("lz4")).toThrow(/expected gzip/);
  });
});

test("crc32() of the check string", () => {
  expect(crc32(utf8Encode("123456789"))).toBe(0xcbf43926);
});
