/** The encoder: schema, pages, codecs, footers. @module */
import { parquetMetadata, parquetReadObjects } from "hyparquet";
import { hashParquetValue, readBloomFilter } from "hyparquet/src/bloom.js";
import { readColumnIndex, readOffsetIndex } from "hyparquet/src/indexes.js";
import { sbbfContains } from "hyparquet-writer/src/bloom.js";
import { describe, expect, it } from "vitest";
import { concatBytes, isIcebergError } from "../../../src/base/index.ts";
import { createParquetEncoder, type ParquetNode, readParquetFooter } from "../../../src/parquet/index.ts";
import { Schema, type Type } from "../../../src/schema/index.ts";
import { encode, field, memoryFile, readRows } from "./support.ts";

const one = (type: Type, required = false) => new Schema([field(1, "c", type, required)]);
const metadataOf = (bytes: Uint8Array) => parquetMetadata(bytes.slice(), { geoparquet: false });
const viewAt = (bytes: Uint8Array, offset: bigint | undefined, length: number | undefined) => ({
  view: new DataView(bytes.buffer as ArrayBuffer, bytes.byteOffset + Number(offset), length),
  offset: 0,
});

function failure(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

describe("createParquetEncoder() schema", () => {
  it.each<[string, Type, Record<string, unknown>]>([
    ["boolean", { kind: "boolean" }, { type: "BOOLEAN" }],
    ["int", { kind: "int" }, { type: "INT32" }],
    ["long", { kind: "long" }, { type: "INT64" }],
    ["float", { kind: "float" }, { type: "FLOAT" }],
    ["double", { kind: "double" }, { type: "DOUBLE" }],
    [
      "decimal(9)",
      { kind: "decimal", precision: 9, scale: 2 },
      {
        type: "INT32",
        converted_type: "DECIMAL",
        precision: 9,
        scale: 2,
        logical_type: { type: "DECIMAL", precision: 9, scale: 2 },
      },
    ],
    [
      "decimal(18)",
      { kind: "decimal", precision: 18, scale: 2 },
      { type: "INT64", converted_type: "DECIMAL" },
    ],
    [
      "decimal(20)",
      { kind: "decimal", precision: 20, scale: 2 },
      { type: "FIXED_LEN_BYTE_ARRAY", type_length: 9 },
    ],
    [
      "decimal(38)",
      { kind: "decimal", precision: 38, scale: 2 },
      { type: "FIXED_LEN_BYTE_ARRAY", type_length: 16 },
    ],
    ["date", { kind: "date" }, { type: "INT32", converted_type: "DATE", logical_type: { type: "DATE" } }],
    [
      "time",
      { kind: "time" },
      {
        type: "INT64",
        converted_type: "TIME_MICROS",
        logical_type: { type: "TIME", isAdjustedToUTC: false, unit: "MICROS" },
      },
    ],
    [
      "timestamp",
      { kind: "timestamp" },
      {
        type: "INT64",
        converted_type: "TIMESTAMP_MICROS",
        logical_type: { type: "TIMESTAMP", isAdjustedToUTC: false, unit: "MICROS" },
      },
    ],
    [
      "timestamptz",
      { kind: "timestamptz" },
      {
        type: "INT64",
        converted_type: "TIMESTAMP_MICROS",
        logical_type: { type: "TIMESTAMP", isAdjustedToUTC: true, unit: "MICROS" },
      },
    ],
    [
      "timestamp_ns",
      { kind: "timestamp_ns" },
      {
        type: "INT64",
        converted_type: undefined,
        logical_type: { type: "TIMESTAMP", isAdjustedToUTC: false, unit: "NANOS" },
      },
    ],
    [
      "timestamptz_ns",
      { kind: "timestamptz_ns" },
      {
        type: "INT64",
        converted_type: undefined,
        logical_type: { type: "TIMESTAMP", isAdjustedToUTC: true, unit: "NANOS" },
      },
    ],
    [
      "string",
      { kind: "string" },
      { type: "BYTE_ARRAY", converted_type: "UTF8", logical_type: { type: "STRING" } },
    ],
    [
      "uuid",
      { kind: "uuid" },
      { type: "FIXED_LEN_BYTE_ARRAY", type_length: 16, logical_type: { type: "UUID" } },
    ],
    [
      "fixed",
      { kind: "fixed", length: 5 },
      { type: "FIXED_LEN_BYTE_ARRAY", type_length: 5, logical_type: undefined },
    ],
    [
      "binary",
      { kind: "binary" },
      { type: "BYTE_ARRAY", converted_type: undefined, logical_type: undefined },
    ],
    [
      "geometry",
      { kind: "geometry", crs: "OGC:CRS84" },
      { type: "BYTE_ARRAY", logical_type: { type: "GEOMETRY", crs: "OGC:CRS84" } },
    ],
    [
      "geography",
      { kind: "geography", crs: "OGC:CRS84", algorithm: "karney" },
      { type: "BYTE_ARRAY", logical_type: { type: "GEOGRAPHY", crs: "OGC:CRS84", algorithm: "KARNEY" } },
    ],
  ])("stores %s with logical and converted type (PAR-001, PAR-004)", (_, type, expected) => {
    const element = metadataOf(encode(one(type), []).bytes).schema[1];
    expect(element).toMatchObject({ name: "c", field_id: 1, repetition_type: "OPTIONAL", ...expected });
  });

  it("puts ids on every element but the middle groups, which bear the prescribed names (PAR-011, PAR-012)", async () => {
    const schema = new Schema([
      field(1, "l", { kind: "list", elementId: 2, elementRequired: true, element: { kind: "int" } }, true),
      field(3, "m", {
        kind: "map",
        keyId: 4,
        key: { kind: "string" },
        valueId: 5,
        valueRequired: false,
        value: { kind: "int" },
      }),
      field(6, "s", { kind: "struct", fields: [field(0, "a", { kind: "int" }, true)] }),
    ]);
    const { root } = await readParquetFooter(memoryFile(encode(schema, []).bytes).file);
    const lines: string[] = [];
    const walk = (node: ParquetNode) => {
      lines.push(`${node.path.join(".")} ${node.repetition} ${node.fieldId ?? "-"}`);
      node.children.forEach(walk);
    };
    root.children.forEach(walk);
    expect(lines).toEqual([
      "l required 1",
      "l.list repeated -",
      "l.list.element required 2",
      "m optional 3",
      "m.key_value repeated -",
      "m.key_value.key required 4",
      "m.key_value.value optional 5",
      "s optional 6",
      "s.a required 0",
    ]);
  });

  it("leaves unknown columns out and refuses groups of nothing else (PAR-010)", async () => {
    const unknown: Type = { kind: "unknown" };
    const schema = new Schema([field(1, "u", unknown), field(2, "n", { kind: "long" })]);
    const { bytes, metrics } = encode(schema, [{ u: null, n: 1n }]);
    expect(metadataOf(bytes).schema.map((element) => element.name)).toEqual(["table", "n"]);
    expect([...metrics.valueCounts!.keys()]).toEqual([2]);
    expect(await readRows(bytes, schema)).toEqual([{ n: 1n }]);
    for (const type of [
      { kind: "struct", fields: [field(2, "x", unknown)] },
      { kind: "list", elementId: 2, elementRequired: false, element: unknown },
      { kind: "map", keyId: 2, key: { kind: "string" }, valueId: 3, valueRequired: false, value: unknown },
    ] satisfies Type[]) {
      const error = failure(() => createParquetEncoder(one(type)));
      expect(isIcebergError(error, "unsupported") && error.context.column).toBe("c");
    }
  });

  it("records key-value metadata, creator and sorting columns (PAR-024)", () => {
    const schema = new Schema([field(1, "a", { kind: "long" }), field(2, "b", { kind: "string" })]);
    const { bytes } = encode(schema, [{ a: 1n, b: "x" }], {
      keyValueMetadata: { "iceberg.schema": "{}", "delete-type": "position" },
      sortingColumns: [{ fieldId: 2, descending: true, nullsFirst: false }],
    });
    const metadata = metadataOf(bytes);
    expect(metadata.created_by).toMatch(/^icewright/);
    expect(metadata.key_value_metadata).toEqual([
      { key: "iceberg.schema", value: "{}" },
      { key: "delete-type", value: "position" },
    ]);
    expect(metadata.row_groups[0]!.sorting_columns).toEqual([
      { column_idx: 1, descending: true, nulls_first: false },
    ]);
  });
});

describe("createParquetEncoder() input", () => {
  it.each<[string, Type, unknown, unknown]>([
    ["boolean", { kind: "boolean" }, true, 1],
    ["int out of range", { kind: "int" }, 1, 2 ** 31],
    ["int fraction", { kind: "int" }, 1, 1.5],
    ["date", { kind: "date" }, 1, 1n],
    ["long", { kind: "long" }, 1n, 1],
    ["long too large", { kind: "long" }, 1n, 2n ** 63n],
    ["long too small", { kind: "long" }, 1n, -(2n ** 63n) - 1n],
    ["timestamp", { kind: "timestamp" }, 1n, new Date(0)],
    ["time of day", { kind: "time" }, 86_399_999_999n, 86_400_000_000n],
    ["time before midnight", { kind: "time" }, 0n, -1n],
    ["float", { kind: "float" }, 1, "1"],
    ["double", { kind: "double" }, 1, 1n],
    ["decimal(3)", { kind: "decimal", precision: 3, scale: 0 }, 999n, 1000n],
    ["decimal(12)", { kind: "decimal", precision: 12, scale: 0 }, 1n, -(10n ** 12n)],
    ["decimal(30)", { kind: "decimal", precision: 30, scale: 0 }, 1n, 10n ** 30n],
    ["string", { kind: "string" }, "a", 1],
    ["string with a lone surrogate (PAR-009)", { kind: "string" }, "a", "a\ud800b"],
    [
      "uuid",
      { kind: "uuid" },
      "00000000-0000-0000-0000-000000000000",
      "00000000-0000-0000-0000-00000000000G",
    ],
    ["fixed", { kind: "fixed", length: 2 }, new Uint8Array(2), new Uint8Array(3)],
    ["binary", { kind: "binary" }, new Uint8Array(2), "aa"],
    ["struct", { kind: "struct", fields: [field(2, "x", { kind: "int" })] }, { x: 1 }, 5],
    ["list", { kind: "list", elementId: 2, elementRequired: false, element: { kind: "int" } }, [1], { a: 1 }],
    [
      "list element",
      { kind: "list", elementId: 2, elementRequired: false, element: { kind: "int" } },
      [1],
      [1, "a"],
    ],
    [
      "required list element",
      { kind: "list", elementId: 2, elementRequired: true, element: { kind: "int" } },
      [1],
      [null],
    ],
    [
      "map",
      {
        kind: "map",
        keyId: 2,
        key: { kind: "string" },
        valueId: 3,
        valueRequired: false,
        value: { kind: "int" },
      },
      [["a", 1]],
      [[null, 1]],
    ],
    [
      "map with a key twice (PAR-019)",
      {
        kind: "map",
        keyId: 2,
        key: { kind: "binary" },
        valueId: 3,
        valueRequired: false,
        value: { kind: "int" },
      },
      [
        [Uint8Array.of(1), 1],
        [Uint8Array.of(2), 1],
      ],
      [
        [Uint8Array.of(1), 1],
        [Uint8Array.of(1), 2],
      ],
    ],
  ])("refuses a wrong %s, naming column and row", (_, type, good, bad) => {
    for (const before of [0, 3, 5000]) {
      const encoder = createParquetEncoder(one(type));
      encoder.appendRows([{ c: good }]);
      const rows = [...Array.from({ length: before }, () => ({ c: good })), { c: bad }, { c: good }];
      const error = failure(() => encoder.appendRows(rows));
      expect(isIcebergError(error, "invalid-row")).toBe(true);
      expect(error).toMatchObject({ context: { column: expect.stringMatching(/^c/), row: before + 1 } });
    }
  });

  it.each<[string, Type, unknown]>([
    ["flat column", { kind: "long" }, 1n],
    ["dictionary column", { kind: "string" }, "a"],
    ["struct", { kind: "struct", fields: [] }, {}],
  ])("refuses null in a required %s", (_, type, good) => {
    const filled: Type =
      type.kind === "struct" ? { kind: "struct", fields: [field(2, "x", { kind: "int" })] } : type;
    for (const missing of [null, undefined]) {
      const error = failure(() => encode(one(filled, true), [{ c: good }, { c: missing }]));
      expect(isIcebergError(error, "invalid-row")).toBe(true);
      expect(error).toMatchObject({ context: { column: "c", row: 1 } });
      expect(String(error)).toMatch(/required .* is null/);
    }
  });

  it("takes a required field of a struct only when the struct is present", async () => {
    const type: Type = { kind: "struct", fields: [field(2, "x", { kind: "int" }, true)] };
    const { bytes } = encode(one(type), [{ c: null }, { c: { x: 1 } }]);
    expect(await readRows(bytes, one(type))).toEqual([{ c: null }, { c: { x: 1 } }]);
    const error = failure(() => encode(one(type), [{ c: { x: null } }]));
    expect(error).toMatchObject({ code: "invalid-row", context: { column: "c.x", row: 0 } });
  });

  it("refuses batches that do not fit the schema and anything after finish()", () => {
    const schema = new Schema([field(1, "a", { kind: "int" }), field(2, "b", { kind: "int" })]);
    const encoder = createParquetEncoder(schema);
    expect(() => encoder.appendColumns({ rowCount: 1, columns: [[1]] })).toThrow(
      /1 columns: the schema has 2/,
    );
    expect(() => encoder.appendColumns({ rowCount: 2, columns: [[1, 2], [1]] })).toThrow(
      /column b: it has 1 values for 2 rows/,
    );
    encoder.finish();
    expect(() => encoder.appendRows([])).toThrow(/finished/);
    expect(() => encoder.finish()).toThrow(/finished/);
  });

  it("gives the same bytes for typed arrays, plain arrays and rows", () => {
    const schema = new Schema([
      field(1, "i", { kind: "int" }),
      field(2, "l", { kind: "long" }, true),
      field(3, "t", { kind: "timestamptz" }),
      field(4, "f", { kind: "float" }),
      field(5, "d", { kind: "double" }),
    ]);
    const n = 3000;
    // Distinct values with extremes in both halves: bounds are found by 32-bit words.
    const longs = Array.from(
      { length: n },
      (_, i) => BigInt(i * 7919) * (i % 2 ? -(2n ** 31n) : 2n ** 31n) + BigInt(i),
    );
    const typed = [
      Int32Array.from({ length: n }, (_, i) => i * (i % 2 ? 1 : -1)),
      BigInt64Array.from(longs),
      BigInt64Array.from(longs, (value) => value * 3n),
      Float32Array.from({ length: n }, (_, i) => i / 3),
      Float64Array.from({ length: n }, (_, i) => -i / 3),
    ];
    const plain = typed.map((column) => Array.from<number | bigint>(column));
    const rows = Array.from({ length: n }, (_, i) =>
      Object.fromEntries(schema.fields.map(({ name }, c) => [name, plain[c]![i]])),
    );
    const finish = (columns: readonly (typeof typed)[number][] | typeof plain) => {
      const encoder = createParquetEncoder(schema, { codec: "snappy", pageRows: 1000 });
      encoder.appendColumns({ rowCount: n, columns });
      const { chunks, metrics } = encoder.finish();
      return { bytes: concatBytes(chunks), metrics };
    };
    const fromTyped = finish(typed);
    const fromRows = encode(schema, rows, { codec: "snappy", pageRows: 1000 });
    const fromPlain = finish(plain);
    expect(fromTyped.metrics).toEqual(fromPlain.metrics);
    expect(Buffer.compare(fromTyped.bytes, fromPlain.bytes)).toBe(0);
    expect(fromTyped.metrics.lowerBounds).toEqual(fromRows.metrics.lowerBounds);
    expect(fromTyped.metrics.upperBounds).toEqual(fromRows.metrics.upperBounds);
    expect(Buffer.compare(fromTyped.bytes, fromRows.bytes)).toBe(0);
  });
});

describe("createParquetEncoder() pages and row groups", () => {
  const schema = new Schema([field(1, "n", { kind: "long" }, true), field(2, "s", { kind: "string" })]);
  const rows = Array.from({ length: 2500 }, (_, i) => ({
    n: BigInt(i),
    s: i % 10 === 0 ? null : `row ${i}`,
  }));

  it("closes pages by rows and by bytes, and indexes them (PAR-025)", () => {
    const { bytes } = encode(schema, rows, { pageRows: 1000, pageSizeBytes: 5000, codec: "uncompressed" });
    const [n, s] = metadataOf(bytes).row_groups[0]!.columns;
    const pages = (column: typeof n) =>
      readOffsetIndex(viewAt(bytes, column!.offset_index_offset, column!.offset_index_length)).page_locations;
    // 5000 bytes are 625 longs; sizes are looked at every 512 rows, as many as one tile holds.
    const starts = pages(n).map((page) => Number(page.first_row_index));
    expect(starts).toEqual([0, 1000, 2000]);
    expect(pages(s).length).toBeGreaterThan(3);
    for (const page of [...pages(n), ...pages(s)]) expect(page.compressed_page_size).toBeLessThan(9000);
    const element = { name: "n", type: "INT64", repetition_type: "REQUIRED" } as const;
    const index = readColumnIndex(viewAt(bytes, n!.column_index_offset, n!.column_index_length), element);
    expect(index.min_values).toEqual([0n, 1000n, 2000n]);
    expect(index.max_values).toEqual([999n, 1999n, 2499n]);
    expect(index.boundary_order).toBe("ASCENDING");
    expect(index.null_counts).toEqual([0n, 0n, 0n]);
  });

  it.each([
    ["ASCENDING", [1, 2, 2, 3]],
    ["DESCENDING", [4, 3, 3, 1]],
    ["UNORDERED", [1, 3, 2, 4]],
  ])("marks pages as %s", (order, values) => {
    const { bytes } = encode(
      one({ kind: "int" }),
      values.map((c) => ({ c })),
      { pageRows: 1 },
    );
    const column = metadataOf(bytes).row_groups[0]!.columns[0]!;
    const element = { name: "c", type: "INT32", repetition_type: "OPTIONAL" } as const;
    const view = viewAt(bytes, column.column_index_offset, column.column_index_length);
    expect(readColumnIndex(view, element)).toMatchObject({ boundary_order: order, min_values: values });
  });

  it("lets hyparquet prune pages by the column index", async () => {
    const { bytes } = encode(schema, rows, { pageRows: 500, codec: "snappy" });
    const reads: number[] = [];
    const file = {
      byteLength: bytes.length,
      slice: (start: number, end = bytes.length) => {
        reads.push(end - start);
        return bytes.slice(start, end).buffer as ArrayBuffer;
      },
    };
    const metadata = metadataOf(bytes);
    const filter = { n: { $gte: 1200n, $lt: 1203n } };
    const found = await parquetReadObjects({ file, metadata, filter, usePageIndex: true });
    expect(found.map((row) => row.n)).toEqual([1200n, 1201n, 1202n]);
    expect(found[0]!.s).toBeNull();
    expect(found[1]!.s).toBe("row 1201");
    const whole = bytes.length;
    expect(reads.reduce((sum, size) => sum + size, 0)).toBeLessThan(whole / 2);
  });

  it("lists row groups as split offsets and describes the file exactly (PAR-027, PAR-028)", async () => {
    const encoded = encode(schema, rows, { rowGroupRows: 1000 });
    const footer = await readParquetFooter(memoryFile(encoded.bytes).file);
    expect(footer.rowGroups.map((group) => group.rowCount)).toEqual([1000, 1000, 500]);
    expect(footer.rowGroups.map((group) => group.rowStart)).toEqual([0, 1000, 2000]);
    expect(encoded.splitOffsets).toEqual(footer.rowGroups.map((group) => group.start));
    expect(encoded.splitOffsets[0]).toBe(4);
    expect(encoded.recordCount).toBe(2500);
    expect(encoded.fileSizeInBytes).toBe(encoded.bytes.length);
    // Column sizes are the footer's (PAR-039).
    for (const [leaf, id] of [
      [0, 1],
      [1, 2],
    ] as const) {
      const size = footer.rowGroups.reduce((sum, group) => sum + group.chunks[leaf]!.compressedSize, 0);
      expect(encoded.metrics.columnSizes!.get(id)).toBe(size);
    }
  });

  it("closes row groups near the size asked for and hands out their bytes early", () => {
    const wide = new Schema([field(1, "b", { kind: "binary" })]);
    const encoder = createParquetEncoder(wide, { codec: "uncompressed", rowGroupSizeBytes: 50_000 });
    const parts: Uint8Array[] = [];
    let largest = 0;
    for (let i = 0; i < 100; i++) {
      encoder.appendRows(Array.from({ length: 50 }, (_, j) => ({ b: new Uint8Array(100).fill(i + j) })));
      const early = encoder.flush();
      largest = Math.max(largest, ...early.map((part) => part.length));
      parts.push(...early);
    }
    expect(encoder.rowCount).toBe(5000);
    const { chunks, splitOffsets, fileSizeInBytes } = encoder.finish();
    expect(parts.reduce((sum, part) => sum + part.length, 0)).toBeGreaterThan(400_000);
    expect(splitOffsets.length).toBeGreaterThanOrEqual(9);
    expect(splitOffsets.length).toBeLessThanOrEqual(11);
    expect(largest).toBeLessThan(60_000);
    const bytes = concatBytes([...parts, ...chunks]);
    expect(bytes.length).toBe(fileSizeInBytes);
    expect(metadataOf(bytes).num_rows).toBe(5000n);
  });

  it("writes a file without rows", async () => {
    const encoded = encode(schema, []);
    expect(encoded).toMatchObject({ recordCount: 0, splitOffsets: [] });
    expect(await readRows(encoded.bytes, schema)).toEqual([]);
  });

  it("estimates the size from what is buffered", () => {
    const encoder = createParquetEncoder(schema, { codec: "uncompressed" });
    const before = encoder.estimatedSizeInBytes;
    encoder.appendRows(rows);
    const estimate = encoder.estimatedSizeInBytes;
    expect(estimate).toBeGreaterThan(before + 20_000);
    const { fileSizeInBytes } = encoder.finish();
    expect(Math.abs(fileSizeInBytes - estimate)).toBeLessThan(0.2 * fileSizeInBytes);
  });
});

describe("createParquetEncoder() encodings", () => {
  const schema = one({ kind: "string" });
  const encodings = (bytes: Uint8Array) =>
    metadataOf(bytes).row_groups[0]!.columns[0]!.meta_data!.encoding_stats;

  it("uses a dictionary for values that repeat and none for those that do not", () => {
    const repeating = encode(
      schema,
      Array.from({ length: 5000 }, (_, i) => ({ c: `value ${i % 50}` })),
    );
    expect(encodings(repeating.bytes)).toEqual([
      { page_type: "DICTIONARY_PAGE", encoding: "PLAIN", count: 1 },
      { page_type: "DATA_PAGE", encoding: "RLE_DICTIONARY", count: 1 },
    ]);
    const distinct = encode(
      schema,
      Array.from({ length: 5000 }, (_, i) => ({ c: `value ${i}` })),
    );
    expect(encodings(distinct.bytes)).toEqual([{ page_type: "DATA_PAGE", encoding: "PLAIN", count: 1 }]);
  });

  it("goes on without a dictionary that grew too large, within one chunk", async () => {
    const rows = Array.from({ length: 6000 }, (_, i) => ({
      c: i < 2000 ? `v${i % 4}` : `value ${i % 3000}`,
    }));
    const { bytes, metrics } = encode(schema, rows, { pageRows: 500, dictionarySizeBytes: 4000 });
    const kinds = encodings(bytes)!.map((entry) => `${entry.page_type} ${entry.encoding}`);
    expect(kinds).toEqual(["DICTIONARY_PAGE PLAIN", "DATA_PAGE RLE_DICTIONARY", "DATA_PAGE PLAIN"]);
    expect(await readRows(bytes, schema)).toEqual(rows);
    expect(new TextDecoder().decode(metrics.lowerBounds!.get(1))).toBe("v0");
    expect(new TextDecoder().decode(metrics.upperBounds!.get(1))).toBe("value 999");
  });

  it("needs no dictionary for pages of nulls", async () => {
    const rows = Array.from({ length: 50 }, (_, i) => ({ c: i < 30 ? null : "x" }));
    const { bytes } = encode(schema, rows, { pageRows: 10 });
    expect(await readRows(bytes, schema)).toEqual(rows);
    const nulls = encode(schema, rows.slice(0, 30), { pageRows: 10 });
    expect(encodings(nulls.bytes)).toEqual([{ page_type: "DATA_PAGE", encoding: "PLAIN", count: 3 }]);
    expect(await readRows(nulls.bytes, schema)).toEqual(rows.slice(0, 30));
  });
});

describe("createParquetEncoder() codecs", () => {
  const schema = new Schema([field(1, "t", { kind: "string" }), field(2, "r", { kind: "binary" })]);
  let state = 1;
  const random = () => {
    state = Math.imul(state, 1103515245) + 12345;
    return (state >>> 16) & 255;
  };
  const rows = Array.from({ length: 600 }, (_, i) => ({
    t: `a long and repetitive text with number ${i}`,
    r: Uint8Array.from({ length: 100 }, random),
  }));

  it.each(["snappy", "gzip", "brotli"] as const)(
    "writes %s, and what does not shrink as it is",
    async (codec) => {
      const { bytes } = encode(schema, rows, { codec });
      const [text, noise] = metadataOf(bytes).row_groups[0]!.columns.map((column) => column.meta_data!);
      expect(text!.codec).toBe(codec.toUpperCase());
      expect(Number(text!.total_compressed_size)).toBeLessThan(0.6 * Number(text!.total_uncompressed_size));
      expect(noise!.codec).toBe("UNCOMPRESSED");
      expect(noise!.total_compressed_size).toBe(noise!.total_uncompressed_size);
      expect(await readRows(bytes, schema)).toEqual(rows);
    },
  );

  it("refuses a codec without a compressor", () => {
    const error = failure(() => createParquetEncoder(schema, { codec: "lz4_raw" }));
    expect(isIcebergError(error, "unavailable") && error.context.codec).toBe("lz4_raw");
  });
});

describe("createParquetEncoder() bloom filters", () => {
  const values: readonly [string, Type, (i: number) => string | bigint | number][] = [
    ["plain strings", { kind: "string" }, (i) => `id ${i}`],
    ["dictionary strings", { kind: "string" }, (i) => `id ${i % 40}`],
    ["longs", { kind: "long" }, (i) => BigInt(i) * 99n],
    ["ints", { kind: "int" }, (i) => i * 3],
    ["doubles", { kind: "double" }, (i) => i / 7],
  ];
  it.each(values)("hold every one of the %s and few others (PAR-042)", (_, type, value) => {
    const rows = Array.from({ length: 2000 }, (_, i) => ({ c: i % 9 === 0 ? null : value(i) }));
    const { bytes } = encode(one(type), rows, {
      bloomFilters: new Map([[1, { fpp: 0.01 }]]),
      rowGroupRows: 1500,
    });
    const metadata = metadataOf(bytes);
    expect(metadata.row_groups.length).toBe(2);
    const element = metadata.schema[1]!;
    metadata.row_groups.forEach((group, g) => {
      const { bloom_filter_offset, bloom_filter_length } = group.columns[0]!.meta_data!;
      const filter = readBloomFilter(viewAt(bytes, bloom_filter_offset, bloom_filter_length))!;
      const has = (item: unknown) => sbbfContains(filter.blocks, hashParquetValue(item, element)!);
      const inGroup = rows.slice(g * 1500, g * 1500 + 1500).filter((row) => row.c !== null);
      expect(inGroup.every((row) => has(row.c))).toBe(true);
      const others = Array.from({ length: 1000 }, (_, i) => value(1_000_000 + i)).filter(
        (item) => !rows.some((row) => row.c === item),
      );
      expect(others.filter(has).length).toBeLessThan(50);
    });
  });

  it("stay within the size limit and leave nulls and booleans without one", () => {
    const rows = Array.from({ length: 5000 }, (_, i) => ({ c: `id ${i}` }));
    const options = { bloomFilters: new Map([[1, { maxBytes: 1024 }]]) };
    const length = (bytes: Uint8Array) =>
      metadataOf(bytes).row_groups[0]!.columns[0]!.meta_data!.bloom_filter_length;
    expect(length(encode(one({ kind: "string" }), rows, options).bytes)).toBeLessThan(1100);
    expect(length(encode(one({ kind: "string" }), [{ c: null }], options).bytes)).toBeUndefined();
    expect(length(encode(one({ kind: "boolean" }), [{ c: true }], options).bytes)).toBeUndefined();
  });
});
