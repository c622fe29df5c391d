/** Pages one by one: those without values, and the memory that readers of pages share. */
import { describe, expect, it } from "vitest";
import { compressWith, concatBytes, decompressWith } from "../../../src/base/index.ts";
import { columnReader } from "../../../src/parquet/column-reader.ts";
import { readParquetFooter } from "../../../src/parquet/index.ts";
import { dataPageHeader } from "../../../src/parquet/page-header.ts";
import { type ChunkSource, PageReader } from "../../../src/parquet/page-reader.ts";
import { ThriftWriter } from "../../../src/parquet/thrift.ts";
import { BytesVectorReader, SpanReader } from "../../../src/parquet/vectors.ts";
import { Schema } from "../../../src/schema/index.ts";
import { encode, field, memoryFile, readRows } from "./support.ts";

const PLAIN = 0;
const RLE_DICTIONARY = 8;
const SNAPPY = (bytes: Uint8Array, size?: number, scratch?: Uint8Array) =>
  decompressWith("snappy", bytes, size, scratch);

/** A text column of a file. */
async function leafOf(required: boolean) {
  const { bytes } = encode(new Schema([field(1, "c", { kind: "string" }, required)]), [{ c: "x" }]);
  return (await readParquetFooter(memoryFile(bytes).file)).leaves[0]!;
}

/** A chunk of pages. */
async function chunkOf(
  pages: readonly Uint8Array[],
  valueCount: number,
  required = true,
): Promise<ChunkSource> {
  const bytes = concatBytes(pages);
  const leaf = await leafOf(required);
  return {
    chunk: {
      leaf,
      codec: "snappy",
      valueCount,
      start: 4,
      compressedSize: bytes.length,
      uncompressedSize: bytes.length,
    },
    windows: [{ start: 4, bytes }],
    decompress: SNAPPY,
    pages: undefined,
  };
}

/** A page of texts of one letter repeated. */
function textPage(letter: string, count: number, length: number): Uint8Array {
  const text = new Uint8Array(4 + length).fill(letter.charCodeAt(0));
  new DataView(text.buffer).setUint32(0, length, true);
  const plain = concatBytes(Array.from({ length: count }, () => text));
  const body = compressWith("snappy", plain);
  return concatBytes([dataPageHeader(plain.length, body.length, count, PLAIN), body]);
}

/** A page that announces more bytes than any memory has. */
function endlessPage(): Uint8Array {
  const header = new ThriftWriter()
    .i32(1, 0)
    .i64(2, 2 ** 50)
    .i32(3, 1)
    .struct(5, (details) => details.i32(1, 4).i32(2, PLAIN).i32(3, 3).i32(4, 3))
    .stop()
    .finish();
  return concatBytes([header, Uint8Array.of(0)]);
}

const textsOf = ({ bytes, starts, ends }: ReturnType<SpanReader["dictionary"]>, count: number) =>
  Array.from({ length: count }, (_, i) => new TextDecoder().decode(bytes.subarray(starts[i], ends[i])));

describe("PageReader", () => {
  it("never lends one buffer to two readers, whatever became of a page that could not be had", async () => {
    const broken = new PageReader(
      await chunkOf([textPage("a", 4, 100_000), endlessPage()], 8),
      new SpanReader(),
    );
    expect(broken.next()?.present).toBe(4);
    expect(() => broken.next()).toThrow();
    broken.close();
    const first = new PageReader(await chunkOf([textPage("b", 4, 100_000)], 4), new SpanReader());
    const second = new PageReader(await chunkOf([textPage("c", 4, 100_000)], 4), new SpanReader());
    const page = first.next()!;
    second.next();
    expect(textsOf(page.values.take(4), 4)).toEqual(Array(4).fill("b".repeat(100_000)));
  });
});

describe("columnReader()", () => {
  it("gives numbers as typed arrays, also across a page without entries", async () => {
    const { bytes } = encode(new Schema([field(1, "c", { kind: "int" }, true)]), [{ c: 0 }]);
    const leaf = (await readParquetFooter(memoryFile(bytes).file)).leaves[0]!;
    const pages = [[1, 2], [], [3]].map((values) => {
      const body = compressWith("snappy", new Uint8Array(Int32Array.from(values).buffer));
      return concatBytes([dataPageHeader(4 * values.length, body.length, values.length, PLAIN), body]);
    });
    const text = await chunkOf(pages, 3);
    const source = { ...text, chunk: { ...text.chunk, leaf } };
    const reader = columnReader(field(1, "c", { kind: "int" }, true), leaf, { get: () => source });
    expect(reader.read(3)).toEqual(Int32Array.of(1, 2, 3));
  });
});

describe("the memory of pages", () => {
  /** The memory that a page of so many bytes was decompressed into; given back. */
  async function memoryFor(length: number): Promise<ArrayBufferLike> {
    const reader = new PageReader(await chunkOf([textPage("a", 1, length)], 1), new SpanReader());
    const { buffer } = reader.next()!.values.take(1).bytes;
    reader.close();
    return buffer;
  }

  it("is used again, also after many smaller pages", async () => {
    const wide = await Promise.all(
      Array.from({ length: 200 }, async () => {
        const reader = new PageReader(await chunkOf([textPage("a", 1, 100_000)], 1), new SpanReader());
        reader.next();
        return reader;
      }),
    );
    for (const reader of wide) reader.close();
    const first = await memoryFor(3_000_000);
    expect((await memoryFor(3_000_000)) === first).toBe(true);
  });

  it("is not kept beyond 16 MiB", async () => {
    const first = await memoryFor(17_000_000);
    expect((await memoryFor(17_000_000)) === first).toBe(false);
  });
});

describe("BytesVectorReader", () => {
  const column = (source: ChunkSource, required: boolean) =>
    new BytesVectorReader(
      field(1, "c", { kind: "string" }, required),
      source.chunk.leaf,
      new PageReader(source, new SpanReader()),
    );

  it("reads a page of nulls only, which has neither indexes nor a dictionary", async () => {
    // Levels of one bit: a run of five zeros behind its length.
    const levels = Uint8Array.of(2, 0, 0, 0, 10, 0);
    const body = compressWith("snappy", levels);
    const page = concatBytes([dataPageHeader(levels.length, body.length, 5, RLE_DICTIONARY), body]);
    const read = column(await chunkOf([page], 5, false), false).read(5);
    expect([...read.validity!]).toEqual([0, 0, 0, 0, 0]);
    expect([...read.offsets]).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it("reads many short texts after a few very long ones, without memory for as many long ones", async () => {
    const source = await chunkOf([textPage("a", 1, 8_000_000), textPage("b", 4096, 3)], 4097);
    const reader = column(source, true);
    expect(reader.read(1).data.length).toBe(8_000_000);
    const { data } = reader.read(4096);
    expect(data.length).toBe(3 * 4096);
    expect(data.buffer.byteLength).toBeLessThan(64_000_000);
  });
});

describe("readParquet()", () => {
  /**
   * Written by pyarrow 26 with `data_page_size=20`, `write_batch_size=8`, `write_page_index=True`: nine lists (id 1) of one
   * to three texts (id 2). The page before the last has no entries and begins, as its index says, at the row of the last.
   */
  const WITH_EMPTY_PAGE =
    "UEFSMRUEFVoVWkwVEhUAEgAAAQAAADABAAAAMQEAAAAyAQAAADMBAAAANAEAAAA1AQAAADYBAAAANwEAAAA4FQAVJhUmLBUSFRAVBhUGAAADAAAABZoBAgAAABIDAgVQ+QMAFQAVIhUiLBUQFRAVBhUGAAACAAAAA8YCAAAAEAMDAyTr/xUAFRIVEiwVABUQFQYVBgAAAAAAAAAAAAADFQAVHhUeLBUCFRAVBhUGAAACAAAAAgACAAAAAgMEAggZTBZ+FUgWAAAWxgEVRBYIABaKAhU0FhAAFr4CFUAWEAAZRhIQAAIAFQQZTDUAGAZzY2hlbWEVAgA1AhgBbBUCFQY1Ahw8AAAANQQYBGxpc3QVAgAVDCUCGAdlbGVtZW50VQQAFhIZHBkcJgAcFQwZNQAGEBk4AWwEbGlzdAdlbGVtZW50FQAWJBb2Ahb2AiZ+JggpLBUEFQAVAgAVABUQFQgAPBYkGSYSEhlGAAAAJAAAFv4CFVAAFvYCFhImCBb2AgAoIHBhcnF1ZXQtY3BwLWFycm93IHZlcnNpb24gMjYuMC4xGRwcAAAAwwAAAFBBUjE=";

  it("finds rows by an offset index that has a page without entries, as Arrow leaves them in lists", async () => {
    const bytes = Uint8Array.from(Buffer.from(WITH_EMPTY_PAGE, "base64"));
    const schema = new Schema([
      field(1, "l", { kind: "list", elementId: 2, elementRequired: false, element: { kind: "binary" } }),
    ]);
    const all = await readRows(bytes, schema);
    expect(all.map(({ l }) => (l as Uint8Array[]).map((value) => value[0]! - 48))).toEqual([
      [0, 0],
      [1, 1, 1],
      [2],
      [3, 3, 3],
      [4, 4, 4],
      [5],
      [6],
      [7, 7, 7],
      [8],
    ]);
    for (let row = 0; row < 9; row++) {
      const rowRanges = [{ start: row, end: row + 1 }];
      expect(await readRows(bytes, schema, { rowRanges })).toEqual([all[row]]);
      expect(await readRows(bytes, schema, { rowRanges: [{ start: 0, end: 1 }, ...rowRanges] })).toEqual(
        row === 0 ? [all[0]] : [all[0], all[row]],
      );
    }
  });
});
