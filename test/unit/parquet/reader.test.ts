/** The reader: footers, projection, promotions, pruning, damage. @module */
import { parquetWriteBuffer } from "hyparquet-writer";
import { describe, expect, it } from "vitest";
import { type InputFile, isIcebergError, registerCodec } from "../../../src/base/index.ts";
import {
  type ColumnStatistics,
  footerMetrics,
  type ParquetRowGroup,
  type ReadParquetOptions,
  readParquet,
  readParquetFooter,
  rowGroupStatistics,
} from "../../../src/parquet/index.ts";
import { Schema, type Type } from "../../../src/schema/index.ts";
import { ARROW_FILES } from "./arrow-files.ts";
import { encode, field, memoryFile, readRows } from "./support.ts";

const one = (type: Type, required = false) => new Schema([field(1, "c", type, required)]);

async function failure(work: Promise<unknown>): Promise<unknown> {
  try {
    await work;
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

/** A file of one column as hyparquet-writer makes it, for forms our own encoder never writes. */
function foreign(element: Record<string, unknown>, data: unknown[]): Uint8Array {
  const schema = [
    { name: "root", num_children: 1 },
    { name: "c", repetition_type: "OPTIONAL", field_id: 1, ...element },
  ];
  return new Uint8Array(parquetWriteBuffer({ schema, columnData: [{ name: "c", data }] } as never));
}

const numbers = new Schema([field(1, "n", { kind: "long" }, true), field(2, "s", { kind: "string" })]);
const rows = Array.from({ length: 3000 }, (_, i) => ({ n: BigInt(i), s: i % 10 === 0 ? null : `row ${i}` }));

describe("readParquetFooter()", () => {
  const good = encode(numbers, rows.slice(0, 10)).bytes;
  const withLength = (length: number) => {
    const bytes = good.slice();
    new DataView(bytes.buffer).setUint32(bytes.length - 8, length, true);
    return bytes;
  };
  const withMagic = (magic: string) => {
    const bytes = good.slice();
    bytes.set(new TextEncoder().encode(magic), bytes.length - 4);
    return bytes;
  };

  it.each<[string, Uint8Array]>([
    ["no bytes", new Uint8Array(0)],
    ["too few bytes", good.slice(0, 11)],
    ["another magic", withMagic("ORC1")],
    ["a cut end", good.slice(0, -1)],
    ["a cut start", good.slice(good.length - 100)],
    ["a footer longer than the file", withLength(good.length)],
    ["a footer of 4 GiB", withLength(0xffffffff)],
    ["an empty footer", withLength(0)],
    ["a footer that begins elsewhere", withLength(40)],
  ])("reports %s as corrupt-file naming the file", async (_, bytes) => {
    const error = await failure(readParquetFooter(memoryFile(bytes, "s3://b/x.parquet").file));
    expect(isIcebergError(error, "corrupt-file")).toBe(true);
    expect(String(error)).toContain("s3://b/x.parquet");
    expect(error).toMatchObject({ context: { file: "s3://b/x.parquet" } });
  });

  it("reads a whole file whose manifest records another size, and reports one that is cut off", async () => {
    for (const fileSizeInBytes of [good.length + 10, good.length - 10]) {
      const footer = await readParquetFooter(memoryFile(good).file, { fileSizeInBytes });
      expect(footer.fileSizeInBytes).toBe(good.length);
    }
    const cut = good.subarray(0, good.length - 1);
    const error = await failure(readParquetFooter(memoryFile(cut).file, { fileSizeInBytes: good.length }));
    expect(isIcebergError(error, "corrupt-file")).toBe(true);
  });

  it("reports an encrypted footer as unsupported (PAR-030)", async () => {
    const error = await failure(readParquetFooter(memoryFile(withMagic("PARE")).file));
    expect(isIcebergError(error, "unsupported")).toBe(true);
    expect(String(error)).toContain("encrypted");
  });

  it("fetches a footer larger than the first read, and small files only once", async () => {
    const wide = new Schema(
      Array.from({ length: 400 }, (_, i) => field(i + 1, `column_${"x".repeat(150)}_${i}`, { kind: "int" })),
    );
    const row = Object.fromEntries(wide.fields.map(({ name, id }) => [name, id]));
    const { bytes } = encode(wide, [row], { codec: "uncompressed" });
    const large = memoryFile(bytes);
    const footer = await readParquetFooter(large.file);
    expect(footer.leaves.length).toBe(400);
    expect(large.reads.length).toBe(2);
    const small = memoryFile(good);
    const back = [];
    for await (const batch of readParquet(small.file, { schema: numbers })) back.push(batch.rowCount);
    expect(back).toEqual([10]);
    expect(small.reads).toEqual([{ start: 0, end: good.length }]);
  });

  it("rejects with the signal's reason", async () => {
    const controller = new AbortController();
    controller.abort(new Error("enough"));
    const reading = readParquetFooter(memoryFile(good).file, { signal: controller.signal });
    expect(await failure(reading)).toBe(controller.signal.reason);
  });
});

describe("readParquet() projection", () => {
  const { bytes } = encode(numbers, rows, { rowGroupRows: 1000, codec: "uncompressed" });

  it("finds columns by id whatever their names and order, absent ones undefined (PAR-014)", async () => {
    const schema = new Schema([
      field(7, "n", { kind: "int" }),
      field(2, "renamed", { kind: "string" }),
      field(1, "s", { kind: "long" }),
      field(9, "u", { kind: "unknown" }),
    ]);
    for await (const batch of readParquet(memoryFile(bytes).file, { schema, batchSize: 2 })) {
      expect(batch.columns).toEqual([undefined, [null, "row 1"], BigInt64Array.of(0n, 1n), undefined]);
      break;
    }
  });

  it("reads only the chunks it needs, in few requests", async () => {
    const { file, reads } = memoryFile(bytes);
    const footer = await readParquetFooter(file, { fileSizeInBytes: bytes.length });
    // Files above the first read's size are not kept whole; this one is, so the footer is taken apart from it.
    const apart = { ...footer };
    reads.length = 0;
    const schema = new Schema([numbers.fields[0]!]);
    for await (const _ of readParquet(file, { schema, footer: apart, rowGroups: [1] }));
    const { start, compressedSize } = footer.rowGroups[1]!.chunks[0]!;
    expect(reads).toEqual([{ start, end: start + compressedSize }]);
    reads.length = 0;
    for await (const _ of readParquet(file, { schema: numbers, footer: apart, rowGroups: [1] }));
    expect(reads.length).toBe(1);
  });

  it("numbers rows across the whole file, pruned groups included (PAR-052)", async () => {
    const seen: [number, number][] = [];
    const options: ReadParquetOptions = { schema: numbers, rowGroups: [2, 0], batchSize: 600 };
    for await (const { rowStart, rowCount, columns } of readParquet(memoryFile(bytes).file, options)) {
      seen.push([rowStart, rowCount]);
      expect(columns[0]![0]).toBe(BigInt(rowStart));
    }
    expect(seen).toEqual([
      [0, 600],
      [600, 400],
      [2000, 600],
      [2600, 400],
    ]);
  });

  it("asks the hook with statistics by field id and skips what it refuses (PAR-040)", async () => {
    const asked: [ColumnStatistics | undefined, number][] = [];
    const filterRowGroups = (statistics: ReadonlyMap<number, ColumnStatistics>, group: ParquetRowGroup) => {
      asked.push([statistics.get(1), group.rowStart]);
      return (statistics.get(1)!.upper as bigint) >= 2000n;
    };
    const found = await readRows(bytes, numbers, { filterRowGroups });
    expect(asked).toEqual(
      [0, 1000, 2000].map((start) => [
        {
          type: { kind: "long" },
          valueCount: 1000,
          nullCount: 0,
          lower: BigInt(start),
          upper: BigInt(start + 999),
          exact: true,
        },
        start,
      ]),
    );
    expect(found).toEqual(rows.slice(2000));
  });

  it("stops between batches when the signal fires", async () => {
    const controller = new AbortController();
    const seen: number[] = [];
    const reading = (async () => {
      const options = { schema: numbers, batchSize: 100, signal: controller.signal };
      for await (const batch of readParquet(memoryFile(bytes).file, options)) {
        seen.push(batch.rowStart);
        controller.abort();
      }
    })();
    expect(await failure(reading)).toBe(controller.signal.reason);
    expect(seen).toEqual([0]);
  });

  it("passes on errors of the file itself", async () => {
    const broken: InputFile = {
      ...memoryFile(bytes).file,
      read: async () => {
        throw new Error("disk on fire");
      },
    };
    const reading = readRows(bytes, numbers);
    expect((await reading).length).toBe(3000);
    const footer = { ...(await readParquetFooter(memoryFile(bytes).file)) };
    const iterate = async () => {
      for await (const _ of readParquet(broken, { schema: numbers, footer }));
    };
    expect(String(await failure(iterate()))).toContain("disk on fire");
  });

  it("reads nested fields by id, with defaults for those the file lacks", async () => {
    const inner: Type = {
      kind: "struct",
      fields: [field(3, "a", { kind: "int" }), field(4, "b", { kind: "string" })],
    };
    const list: Type = { kind: "list", elementId: 6, elementRequired: false, element: inner };
    const written = new Schema([
      field(2, "st", inner),
      field(5, "li", {
        ...list,
        element: { ...inner, fields: [field(7, "x", { kind: "int" }), field(8, "y", list8)] },
      }),
    ]);
    const data = [
      { st: { a: 1, b: "p" }, li: [{ x: 1, y: [1, 2] }, null, { x: 2, y: [] }] },
      { st: null, li: null },
      { st: { a: null, b: null }, li: [] },
    ];
    const nested = encode(written, data).bytes;
    const added = { ...field(40, "added", { kind: "int" } as Type), initialDefault: 9 };
    const wanted = new Schema([
      field(2, "st", { kind: "struct", fields: [field(4, "renamed", { kind: "string" }), added] }),
      // Nothing wanted of the elements is in the file: any leaf tells how many there are and which are null.
      field(5, "li", {
        kind: "list",
        elementId: 6,
        elementRequired: false,
        element: { kind: "struct", fields: [added2] },
      }),
    ]);
    expect(await readRows(nested, wanted)).toEqual([
      { st: { renamed: "p", added: 9 }, li: [{ added2: null }, null, { added2: null }] },
      { st: null, li: null },
      { st: { renamed: null, added: 9 }, li: [] },
    ]);
  });

  it("matches files without ids through a name mapping (PAR-014)", async () => {
    const data = new Uint8Array(
      parquetWriteBuffer({
        schema: [
          { name: "root", num_children: 2 },
          { name: "a", type: "INT32", repetition_type: "OPTIONAL" },
          { name: "l", repetition_type: "OPTIONAL", num_children: 1, converted_type: "LIST" },
          { name: "bag", repetition_type: "REPEATED", num_children: 1 },
          { name: "array_element", type: "INT64", repetition_type: "OPTIONAL" },
        ],
        columnData: [
          { name: "a", data: [1, null] },
          { name: "l", data: [[1n, null], []] },
        ],
      } as never),
    );
    const schema = new Schema([
      field(10, "renamed", { kind: "int" }),
      field(11, "l", { kind: "list", elementId: 12, elementRequired: false, element: { kind: "long" } }),
    ]);
    expect(await readRows(data, schema)).toEqual([{}, {}]);
    const ids = new Map([
      ["a", 10],
      ["l", 11],
      ["l.element", 12],
    ]);
    const fieldIdOf = (path: readonly string[]) => ids.get(path.join("."));
    expect(await readRows(data, schema, { fieldIdOf })).toEqual([
      { renamed: 1, l: [1n, null] },
      { renamed: null, l: [] },
    ]);
    const { leaves, hasFieldIds } = await readParquetFooter(memoryFile(data).file, { fieldIdOf });
    expect([hasFieldIds, ...leaves.map((leaf) => leaf.fieldId)]).toEqual([false, 10, 12]);
    // A file with any id at all takes no mapping.
    const named = await readParquetFooter(memoryFile(bytes).file, { fieldIdOf: () => 77 });
    expect(named.leaves.map((leaf) => leaf.fieldId)).toEqual([1, 2]);
  });
});

const list8: Type = { kind: "list", elementId: 9, elementRequired: true, element: { kind: "int" } };
const added2 = field(41, "added2", { kind: "int" });

describe("readParquet() row selection", () => {
  const schema = new Schema([
    ...numbers.fields,
    field(3, "l", { kind: "list", elementId: 4, elementRequired: true, element: { kind: "int" } }),
  ]);
  const data = Array.from({ length: 20_000 }, (_, i) => ({ n: BigInt(i), s: `row ${i}`, l: [i, -i] }));
  const { bytes } = encode(schema, data, { pageRows: 500, rowGroupRows: 10_000, codec: "uncompressed" });

  it("fetches only the pages that may match, by the column index", async () => {
    const { file, reads } = memoryFile(bytes);
    const footer = await readParquetFooter(file);
    reads.length = 0;
    const asked: number[] = [];
    const filterPages = {
      fieldIds: [1],
      keep: (statistics: ReadonlyMap<number, ColumnStatistics>, rows: { start: number; end: number }) => {
        asked.push(rows.end - rows.start);
        const { lower, upper } = statistics.get(1)!;
        return (lower as bigint) <= 12_345n && (upper as bigint) >= 12_345n;
      },
    };
    const found: [number, number, unknown][] = [];
    for await (const { rowStart, rowCount, columns } of readParquet(file, { schema, footer, filterPages })) {
      found.push([rowStart, rowCount, columns.map((column) => column![345])]);
    }
    expect(found).toEqual([[12_000, 500, [12_345n, "row 12345", [12_345, -12_345]]]]);
    expect(asked).toEqual(Array<number>(40).fill(500));
    // The indexes lie in the tail that came with the footer; the pages of three columns are all that is fetched.
    expect(reads.length).toBeLessThanOrEqual(3);
    const fetched = reads.reduce((sum, { start, end }) => sum + end - start, 0);
    expect(fetched).toBeLessThan(bytes.length / 20);
  });

  it("prunes by the row group alone where a file has no page index", async () => {
    const plain = foreign({ type: "INT32" }, [1, 2, 3]);
    const asked: unknown[] = [];
    const keep = (
      statistics: ReadonlyMap<number, ColumnStatistics>,
      rows: { start: number; end: number },
    ) => {
      asked.push([statistics.get(1)?.lower, rows]);
      return false;
    };
    const found = await readRows(plain, one({ kind: "int" }), { filterPages: { fieldIds: [1, 99], keep } });
    // Without an index there is nothing to ask: row groups have a filter of their own.
    expect(asked).toEqual([]);
    expect(found).toEqual([{ c: 1 }, { c: 2 }, { c: 3 }]);
  });

  it("skips pages of files without an index by their headers", async () => {
    const withoutIndex = foreign(
      { type: "INT32" },
      Array.from({ length: 5000 }, (_, i) => i),
    );
    const rowRanges = [
      { start: 4000, end: 4002 },
      { start: 10, end: 12 },
      { start: 11, end: 13 },
      { start: 4999, end: 9000 },
    ];
    const found = await readRows(withoutIndex, one({ kind: "int" }), { rowRanges });
    expect(found.map((row) => row.c)).toEqual([10, 11, 12, 4000, 4001, 4999]);
  });

  it("numbers the rows of a selection in the file (PAR-052)", async () => {
    const starts: [number, number][] = [];
    const rowRanges = [
      { start: 9_998, end: 10_002 },
      { start: 3, end: 5 },
    ];
    for await (const batch of readParquet(memoryFile(bytes).file, { schema, rowRanges })) {
      starts.push([batch.rowStart, batch.rowCount]);
      expect(batch.columns[0]![0]).toBe(BigInt(batch.rowStart));
      expect(batch.columns[2]![0]).toEqual([batch.rowStart, -batch.rowStart]);
    }
    expect(starts).toEqual([
      [3, 2],
      [9_998, 2],
      [10_000, 2],
    ]);
  });
});

describe("readParquet() types", () => {
  it.each<[string, Type, readonly unknown[], Type, readonly unknown[]]>([
    ["int as long", { kind: "int" }, [1, -(2 ** 31)], { kind: "long" }, [1n, -(2n ** 31n)]],
    [
      "float as double (PAR-007)",
      { kind: "float" },
      [Math.fround(0.1), -0],
      { kind: "double" },
      [Math.fround(0.1), -0],
    ],
    [
      "date as timestamp",
      { kind: "date" },
      [1, -1],
      { kind: "timestamp" },
      [86_400_000_000n, -86_400_000_000n],
    ],
    ["date as timestamp_ns", { kind: "date" }, [2], { kind: "timestamp_ns" }, [172_800_000_000_000n]],
    [
      "decimal(9) as decimal(38) (PAR-003)",
      { kind: "decimal", precision: 9, scale: 2 },
      [-123n, 999_999_999n],
      { kind: "decimal", precision: 38, scale: 2 },
      [-123n, 999_999_999n],
    ],
    [
      "decimal(18) as decimal(20)",
      { kind: "decimal", precision: 18, scale: 2 },
      [-(10n ** 17n)],
      { kind: "decimal", precision: 20, scale: 2 },
      [-(10n ** 17n)],
    ],
  ])("reads %s, statistics too", async (_, stored, values, wanted, expected) => {
    const { bytes } = encode(
      one(stored),
      values.map((c) => ({ c })),
    );
    expect(await readRows(bytes, one(wanted))).toEqual(expected.map((c) => ({ c })));
    const footer = await readParquetFooter(memoryFile(bytes).file);
    const statistics = rowGroupStatistics(footer.rowGroups[0]!, one(wanted)).get(1)!;
    expect(typeof statistics.lower).toBe(typeof expected[0]);
    expect([statistics.lower, statistics.upper].every((bound) => expected.includes(bound))).toBe(true);
  });

  it.each<[string, Record<string, unknown>, unknown[], Type, unknown[]]>([
    [
      "timestamps in milliseconds",
      { type: "INT64", converted_type: "TIMESTAMP_MILLIS" },
      [new Date(5), null],
      { kind: "timestamp" },
      [5000n, null],
    ],
    [
      "timestamps by converted type alone (PAR-002)",
      { type: "INT64", converted_type: "TIMESTAMP_MICROS" },
      [7n],
      { kind: "timestamp" },
      [7n],
    ],
    [
      "times in milliseconds",
      { type: "INT32", converted_type: "TIME_MILLIS" },
      [3],
      { kind: "time" },
      [3000n],
    ],
    [
      "unsigned 32-bit integers (PAR-006)",
      { type: "INT32", converted_type: "UINT_32" },
      [4294967295],
      { kind: "long" },
      [4294967295n],
    ],
    [
      "unsigned 16-bit integers",
      { type: "INT32", converted_type: "UINT_16" },
      [65535],
      { kind: "int" },
      [65535],
    ],
    [
      "enums as strings",
      { type: "BYTE_ARRAY", converted_type: "ENUM" },
      [new TextEncoder().encode("RED")],
      { kind: "string" },
      ["RED"],
    ],
    [
      "strings without annotation",
      { type: "BYTE_ARRAY" },
      [new TextEncoder().encode("é")],
      { kind: "string" },
      ["é"],
    ],
    [
      "decimals as byte arrays",
      { type: "BYTE_ARRAY", converted_type: "DECIMAL", precision: 20, scale: 1 },
      [-129n, 5n],
      { kind: "decimal", precision: 20, scale: 1 },
      [-129n, 5n],
    ],
  ])("reads %s", async (_, element, data, type, expected) => {
    expect(await readRows(foreign(element, data), one(type))).toEqual(expected.map((c) => ({ c })));
  });

  it.each<[string, Type, unknown, Type]>([
    [
      "another decimal scale (PAR-003)",
      { kind: "decimal", precision: 9, scale: 2 },
      1n,
      { kind: "decimal", precision: 9, scale: 3 },
    ],
    ["long as int", { kind: "long" }, 1n, { kind: "int" }],
    ["double as float", { kind: "double" }, 1, { kind: "float" }],
    ["string as long", { kind: "string" }, "1", { kind: "long" }],
    ["nanoseconds as microseconds", { kind: "timestamp_ns" }, 1n, { kind: "timestamp" }],
    [
      "fixed of another length",
      { kind: "fixed", length: 2 },
      new Uint8Array(2),
      { kind: "fixed", length: 3 },
    ],
    ["primitive as struct", { kind: "int" }, 1, { kind: "struct", fields: [field(2, "x", { kind: "int" })] }],
    [
      "primitive as list",
      { kind: "int" },
      1,
      { kind: "list", elementId: 2, elementRequired: false, element: { kind: "int" } },
    ],
    [
      "struct as primitive",
      { kind: "struct", fields: [field(2, "x", { kind: "int" })] },
      { x: 1 },
      { kind: "int" },
    ],
  ])("refuses %s, naming file and column", async (_, stored, value, wanted) => {
    const { bytes } = encode(one(stored), [{ c: value }]);
    const error = await failure(readRows(bytes, one(wanted)));
    expect(isIcebergError(error, "corrupt-file")).toBe(true);
    expect(error).toMatchObject({ context: { column: "c", file: "memory:///file.parquet" } });
  });

  it("reads a REQUIRED column as optional and refuses null in a required one (PAR-017)", async () => {
    const required = encode(one({ kind: "int" }, true), [{ c: 1 }]).bytes;
    expect(await readRows(required, one({ kind: "int" }))).toEqual([{ c: 1 }]);
    const optional = encode(one({ kind: "int" }), [{ c: 1 }, { c: null }]).bytes;
    const error = await failure(readRows(optional, one({ kind: "int" }, true)));
    expect(isIcebergError(error, "corrupt-file")).toBe(true);
    expect(error).toMatchObject({ context: { column: "c" } });
    const without = encode(one({ kind: "int" }), [{ c: 1 }]).bytes;
    expect(await readRows(without, one({ kind: "int" }, true))).toEqual([{ c: 1 }]);
  });

  it("keeps geometry and geography as WKB, without statistics (PAR-037, PAR-055)", async () => {
    const types: Type[] = [
      { kind: "geometry", crs: "OGC:CRS84" },
      { kind: "geography", crs: "OGC:CRS84", algorithm: "spherical" },
    ];
    for (const type of types) {
      const encoded = encode(one(type), [{ c: Uint8Array.of(1, 2) }, { c: null }]);
      expect(await readRows(encoded.bytes, one(type))).toEqual([{ c: Uint8Array.of(1, 2) }, { c: null }]);
      expect(encoded.metrics.valueCounts!.get(1)).toBe(2);
      expect(encoded.metrics.lowerBounds!.size).toBe(0);
    }
  });

  it("keeps variants as their two encoded parts (PAR-020)", async () => {
    const schema = one({ kind: "variant" });
    const value = { metadata: Uint8Array.of(1, 0, 0), value: Uint8Array.of(12, 5) };
    const { bytes } = encode(schema, [{ c: value }, { c: null }]);
    expect(await readRows(bytes, schema)).toEqual([{ c: value }, { c: null }]);
    const { root } = await readParquetFooter(memoryFile(bytes).file);
    expect(root.children[0]).toMatchObject({ fieldId: 1, annotation: { kind: "variant" } });
    expect(root.children[0]!.children.map(({ name, fieldId }) => [name, fieldId])).toEqual([
      ["metadata", undefined],
      ["value", undefined],
    ]);
  });
});

describe("rowGroupStatistics()", () => {
  const statisticsOf = async (type: Type, values: readonly unknown[]) => {
    const { bytes } = encode(
      one(type),
      values.map((c) => ({ c })),
    );
    const { rowGroups } = await readParquetFooter(memoryFile(bytes).file);
    return rowGroupStatistics(rowGroups[0]!, one(type)).get(1)!;
  };

  it("widens zeros and leaves NaN out (PAR-035)", async () => {
    const double: Type = { kind: "double" };
    const zeros = await statisticsOf(double, [0, -0]);
    expect([zeros.lower, zeros.upper]).toEqual([-0, 0]);
    const mixed = await statisticsOf(double, [Number.NaN, 2, null]);
    expect(mixed).toMatchObject({ lower: 2, upper: 2, valueCount: 3, nullCount: 1 });
    const onlyNan = await statisticsOf(double, [Number.NaN]);
    expect(onlyNan.lower).toBeUndefined();
    expect(onlyNan.upper).toBeUndefined();
  });

  it("says whether long text was cut (PAR-034)", async () => {
    const string: Type = { kind: "string" };
    const long = await statisticsOf(string, ["a".repeat(100)]);
    expect(long).toMatchObject({ lower: "a".repeat(64), upper: `${"a".repeat(63)}b`, exact: false });
    const short = await statisticsOf(string, ["a", "b"]);
    expect(short).toMatchObject({ lower: "a", upper: "b", exact: true });
  });

  it("leaves out fields inside lists and columns of another type", async () => {
    const list: Type = { kind: "list", elementId: 2, elementRequired: false, element: { kind: "int" } };
    const schema = new Schema([field(1, "l", list), field(3, "n", { kind: "long" })]);
    const { bytes } = encode(schema, [{ l: [1], n: 1n }]);
    const { rowGroups } = await readParquetFooter(memoryFile(bytes).file);
    expect([...rowGroupStatistics(rowGroups[0]!, schema).keys()]).toEqual([3]);
    const other = new Schema([field(3, "n", { kind: "string" })]);
    expect(rowGroupStatistics(rowGroups[0]!, other).size).toBe(0);
  });
});

describe("footerMetrics()", () => {
  it("leaves out columns without statistics, and obeys the mode (PAR-032, MAN-071)", async () => {
    const schema = new Schema([field(1, "n", { kind: "long" }), field(2, "s", { kind: "string" })]);
    const bytes = Uint8Array.from(Buffer.from(ARROW_FILES["snappy v1"]!, "base64"));
    const without = footerMetrics(await readParquetFooter(memoryFile(bytes).file), schema);
    expect([...without.columnSizes!.keys()]).toEqual([1, 2]);
    expect(without.valueCounts!.size + without.lowerBounds!.size).toBe(0);
    const footer = await readParquetFooter(
      memoryFile(encode(numbers, rows, { rowGroupRows: 700 }).bytes).file,
    );
    const modes = [{ kind: "none" }, { kind: "counts" }, { kind: "full" }] as const;
    const [none, counts, full] = modes.map((mode) => footerMetrics(footer, numbers, () => mode));
    expect(none!.columnSizes!.size).toBe(0);
    expect([counts!.valueCounts!.get(2), counts!.nullValueCounts!.get(2), counts!.lowerBounds!.size]).toEqual(
      [3000, 300, 0],
    );
    expect(new TextDecoder().decode(full!.upperBounds!.get(2))).toBe("row 999");
  });
});

describe("readParquet() of files by pyarrow", () => {
  const schema = new Schema([field(1, "n", { kind: "long" }), field(2, "s", { kind: "string" }, true)]);
  const expected = Array.from({ length: 40 }, (_, i) => ({
    n: i % 5 === 0 ? null : BigInt(i) * 1000003n,
    s: `text number ${i % 3} `.repeat(3),
  }));
  const bytesOf = (name: string) => Uint8Array.from(Buffer.from(ARROW_FILES[name]!, "base64"));

  it.each(Object.keys(ARROW_FILES))("%s: codec, page version and checksums", async (name) => {
    expect(await readRows(bytesOf(name), schema)).toEqual(expected);
  });

  it("reports a page whose checksum does not match", async () => {
    const bytes = bytesOf("none v1");
    // The pages come first: a byte in the middle of the values of `n`.
    bytes[150]! ^= 1;
    const error = await failure(readRows(bytes, schema));
    expect(isIcebergError(error, "corrupt-file")).toBe(true);
    expect(String(error)).toContain("checksum");
  });

  it("reports a codec that is missing as unavailable", async () => {
    const platform = bytesOf("brotli v1");
    registerCodec("brotli", {
      decompress: () => {
        throw new Error("broken codec");
      },
    });
    const error = await failure(readRows(platform, schema));
    expect(isIcebergError(error, "corrupt-file")).toBe(true);
    expect(String(error)).toContain("brotli");
  });
});

describe("readParquet() of damaged files", () => {
  const nested: Type = { kind: "list", elementId: 4, elementRequired: false, element: { kind: "string" } };
  const schema = new Schema([...numbers.fields, field(3, "l", nested)]);
  const data = rows.slice(0, 300).map((row, i) => ({ ...row, l: i % 3 ? [`${i % 5}`, null] : null }));

  const selection = {
    filterPages: { fieldIds: [1, 2], keep: (_: unknown, rows: { start: number }) => rows.start % 100 === 0 },
  };

  it.each(["uncompressed", "snappy", "gzip"] as const)(
    "every mutation of a %s file is read or reported, never more",
    async (codec) => {
      const { bytes } = encode(schema, data, { codec, rowGroupRows: 120, pageRows: 50 });
      const codes = new Set<string>();
      let state = 7;
      const random = (below: number) => {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        return state % below;
      };
      for (let run = 0; run < 400; run++) {
        const damaged = bytes.slice(0, run % 10 === 0 ? random(bytes.length) : bytes.length);
        // Half of the damage goes into the footer, where it hurts most.
        const from = run % 2 ? Math.floor(damaged.length * 0.6) : 0;
        for (let hit = 0; hit <= run % 4 && damaged.length > from; hit++) {
          damaged[from + random(damaged.length - from)] = random(256);
        }
        try {
          await readRows(damaged, schema, run % 3 === 0 ? selection : {});
          codes.add("read");
        } catch (error) {
          if (!isIcebergError(error)) throw error;
          expect(["corrupt-file", "unsupported", "unavailable"]).toContain(error.code);
          expect(error.message).toContain("memory:///file.parquet");
          codes.add(error.code);
        }
      }
      expect(codes).toContain("corrupt-file");
      expect(codes).toContain("read");
    },
  );
});
