/** The small parts of the format: runs, ranges, checksums, codecs, old shapes of lists. @module */
import fc from "fast-check";
import { readRleBitPackedHybrid } from "hyparquet/src/encoding.js";
import { xxhash64 } from "hyparquet/src/xxhash.js";
import { describe, expect, it } from "vitest";
import { concatBytes, isIcebergError } from "../../../src/base/index.ts";
import { ByteSink } from "../../../src/parquet/byte-sink.ts";
import { type ColumnSettings, ColumnWriter } from "../../../src/parquet/column-writer.ts";
import { conversionOf } from "../../../src/parquet/conversion.ts";
import { fileTail } from "../../../src/parquet/footer-writer.ts";
import { bitWidth, readHybrid, writeHybrid } from "../../../src/parquet/hybrid.ts";
import type { ParquetNode } from "../../../src/parquet/index.ts";
import { lz4Decompress, lz4HadoopDecompress } from "../../../src/parquet/lz4.ts";
import { mergeRanges } from "../../../src/parquet/ranges.ts";
import { listParts } from "../../../src/parquet/tree-reader.ts";
import { hashed, xxh64 } from "../../../src/parquet/xxh64.ts";
import { Schema, type Type, type Value } from "../../../src/schema/index.ts";
import { field, readRows } from "./support.ts";

describe("hybrid runs", () => {
  /** Runs of equal values among single ones, at a width. */
  const sequences = fc.integer({ min: 0, max: 24 }).chain((width) => {
    const value = fc.integer({ min: 0, max: 2 ** width - 1 });
    const run = fc.tuple(value, fc.integer({ min: 1, max: 40 })).map(([v, n]) => Array<number>(n).fill(v));
    const singles = fc.array(value, { maxLength: 20 });
    return fc.record({
      width: fc.constant(width),
      values: fc.array(fc.oneof(run, singles)).map((x) => x.flat()),
    });
  });

  it("readHybrid() undoes writeHybrid() at every width, and so does hyparquet", () => {
    fc.assert(
      fc.property(sequences, ({ width, values }) => {
        const sink = new ByteSink();
        writeHybrid(sink, Uint32Array.from(values), values.length, width);
        const bytes = sink.written().slice();
        const ours = new Uint32Array(values.length);
        readHybrid(bytes, 0, bytes.length, width, ours, values.length);
        expect([...ours]).toEqual(values);
        if (width === 0) return;
        const theirs = new Array<number>(values.length);
        readRleBitPackedHybrid({ view: new DataView(bytes.buffer), offset: 0 }, width, theirs, bytes.length);
        expect(theirs).toEqual(values);
      }),
    );
  });

  it("readHybrid() reads 32-bit values and reports runs that end early", () => {
    const bytes = Uint8Array.of(
      3,
      ...new Uint8Array(Uint32Array.from([7, 0xffffffff, 0, 1, 2, 3, 4, 5]).buffer),
    );
    const output = new Uint32Array(8);
    readHybrid(bytes, 0, bytes.length, 32, output, 8);
    expect([...output]).toEqual([7, 0xffffffff, 0, 1, 2, 3, 4, 5]);
    for (let end = 0; end < bytes.length; end++) {
      expect(() => readHybrid(bytes, 0, end, 32, output, 8)).toThrow(/end early/);
    }
    expect(() => readHybrid(Uint8Array.of(0, 0), 0, 2, 1, output, 8)).toThrow(/end early/);
  });

  it("bitWidth() is the bits of the highest value", () => {
    expect([0, 1, 2, 3, 4, 255, 256].map(bitWidth)).toEqual([0, 1, 2, 2, 3, 8, 9]);
  });
});

describe("mergeRanges()", () => {
  it("joins near ranges up to a limit and leaves distant ones alone", () => {
    const MiB = 1024 * 1024;
    const range = (start: number, end: number) => ({ start, end });
    expect(mergeRanges([range(100, 200), range(0, 50), range(150, 160)])).toEqual([range(0, 200)]);
    expect(mergeRanges([range(0, 10), range(MiB, MiB + 5)])).toEqual([range(0, 10), range(MiB, MiB + 5)]);
    const halves = [range(0, 10 * MiB), range(10 * MiB, 20 * MiB)];
    expect(mergeRanges(halves)).toEqual(halves);
    expect(mergeRanges([range(0, 40 * MiB), range(5, 6)])).toEqual([range(0, 40 * MiB)]);
    expect(mergeRanges([])).toEqual([]);
  });
});

describe("xxh64()", () => {
  it("agrees with hyparquet at every length and on any bytes", () => {
    const check = (bytes: Uint8Array) => {
      xxh64(bytes, 0, bytes.length);
      const ours = (BigInt(hashed.high >>> 0) << 32n) | BigInt(hashed.low >>> 0);
      expect(ours).toBe(xxhash64(bytes));
    };
    for (let length = 0; length < 100; length++)
      check(Uint8Array.from({ length }, (_, i) => i * 151 + length));
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), check), { numRuns: 500 });
    check(new Uint8Array(64).fill(255));
    // The check value of the specification's authors.
    xxh64(new Uint8Array(0), 0, 0);
    expect([hashed.high >>> 0, hashed.low >>> 0]).toEqual([0xef46db37, 0x51d8e999]);
  });

  it("hashes a range of a larger array", () => {
    const bytes = Uint8Array.from({ length: 90 }, (_, i) => i);
    xxh64(bytes, 7, 60);
    const { high, low } = hashed;
    xxh64(bytes.slice(7, 60), 0, 53);
    expect([hashed.high, hashed.low]).toEqual([high, low]);
  });
});

describe("lz4", () => {
  // Four literals, a copy of eight from four back, then two literals: "abcdabcdabcdxy".
  const block = Uint8Array.of(0x44, 97, 98, 99, 100, 4, 0, 0x20, 120, 121);
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

  it("lz4Decompress() reads a raw block of known size", () => {
    expect(text(lz4Decompress(block, 14))).toBe("abcdabcdabcdxy");
    expect(() => lz4Decompress(block, 13)).toThrow(/lz4/);
    expect(() => lz4Decompress(block, 15)).toThrow(/ends early/);
    expect(() => lz4Decompress(Uint8Array.of(0x04, 4, 0), 14)).toThrow(/outside/);
    expect(() => lz4Decompress(Uint8Array.of(0xf0, 255), 14)).toThrow(/cut off/);
  });

  it("lz4HadoopDecompress() reads Hadoop's frames and raw blocks", () => {
    const frame = concatBytes([Uint8Array.of(0, 0, 0, 14, 0, 0, 0, block.length), block]);
    expect(text(lz4HadoopDecompress(frame, 14))).toBe("abcdabcdabcdxy");
    expect(text(lz4HadoopDecompress(concatBytes([frame, frame]), 28))).toBe("abcdabcdabcdxy".repeat(2));
    expect(text(lz4HadoopDecompress(block, 14))).toBe("abcdabcdabcdxy");
  });
});

/** A node made by hand; levels count from its parent's. */
function node(parts: Partial<ParquetNode> & { name: string }, parent?: ParquetNode): ParquetNode {
  const repetition = parts.repetition ?? "optional";
  return {
    path: [...(parent?.path ?? []), parts.name],
    fieldId: undefined,
    physical: undefined,
    typeLength: 0,
    annotation: undefined,
    children: [],
    leafIndex: -1,
    maxDefinition: (parent?.maxDefinition ?? 0) + (repetition === "required" ? 0 : 1),
    maxRepetition: (parent?.maxRepetition ?? 0) + (repetition === "repeated" ? 1 : 0),
    ...parts,
    repetition,
  };
}

const settings: ColumnSettings = {
  pageRows: 100,
  pageSizeBytes: 1000,
  dictionarySizeBytes: 1000,
  compress: undefined,
  codecLevel: undefined,
  worthwhileRatio: 1,
  bloomFilters: new Map(),
};

interface LeafData {
  readonly leaf: ParquetNode;
  readonly type: Type;
  readonly values: (Value | null)[];
  readonly definition: number[];
  readonly repetition: number[];
}

/** A file of one top-level column whose leaves are given entry by entry. */
function handMade(column: ParquetNode, leaves: readonly LeafData[], rowCount: number): Uint8Array {
  const root = {
    ...node({ name: "schema" }),
    path: [],
    repetition: "required" as const,
    maxDefinition: 0,
    children: [column],
  };
  const magic = new TextEncoder().encode("PAR1");
  const parts = [magic];
  let at = 4;
  const laidOut = leaves.map(({ leaf, type }) => ({ node: leaf, type, fieldId: leaf.fieldId }));
  const chunks = leaves.map((data, i) => {
    const writer = new ColumnWriter(laidOut[i]!, settings);
    const levels = {
      definition: Uint8Array.from(data.definition),
      repetition: Uint8Array.from(data.repetition),
    };
    writer.appendNested(data.values, levels, 0, data.values.length, 0);
    const chunk = writer.closeChunk();
    const start = at;
    for (const part of chunk.parts) {
      parts.push(part as Uint8Array<ArrayBuffer>);
      at += part.length;
    }
    return { leaf: laidOut[i]!, chunk, start, bloomOffset: undefined };
  });
  const tail = fileTail([{ start: 4, rowCount, chunks }], at, {
    layout: { root, leaves: laidOut, columns: [column] },
    codec: "uncompressed",
    sortingColumns: [],
    keyValueMetadata: {},
    createdBy: "test",
  });
  return concatBytes([...parts, ...tail]);
}

describe("legacy lists (PAR-013)", () => {
  const list = (element: Type): Schema =>
    new Schema([field(1, "l", { kind: "list", elementId: 2, elementRequired: false, element })]);
  const expected = [{ l: [1, 2] }, { l: null }, { l: [] }, { l: [3] }];
  const levels = { values: [1, 2, null, null, 3], definition: [2, 2, 0, 1, 2], repetition: [0, 1, 0, 0, 0] };

  it("reads a repeated primitive as the elements", async () => {
    const outer = node({ name: "l", fieldId: 1, annotation: { kind: "list" } });
    const leaf = node(
      { name: "int", repetition: "repeated", physical: "INT32", leafIndex: 0, fieldId: 2 },
      outer,
    );
    const column = { ...outer, children: [leaf] };
    const bytes = handMade(column, [{ leaf, type: { kind: "int" }, ...levels }], 4);
    expect(await readRows(bytes, list({ kind: "int" }))).toEqual(expected);
  });

  it.each(["array", "l_tuple"])("reads a repeated group named %s as struct elements", async (name) => {
    const outer = node({ name: "l", fieldId: 1, annotation: { kind: "list" } });
    const group = node({ name, repetition: "repeated" }, outer);
    const leaf = node(
      { name: "x", repetition: "required", physical: "INT32", leafIndex: 0, fieldId: 3 },
      group,
    );
    const column = { ...outer, children: [{ ...group, children: [leaf] }] };
    const bytes = handMade(column, [{ leaf, type: { kind: "int" }, ...levels }], 4);
    const schema = list({ kind: "struct", fields: [field(3, "x", { kind: "int" })] });
    const structs = expected.map(({ l }) => ({ l: l?.map((x) => ({ x })) ?? null }));
    expect(await readRows(bytes, schema)).toEqual(structs);
  });

  it("reads a repeated group of several fields as struct elements", async () => {
    const outer = node({ name: "l", fieldId: 1, annotation: { kind: "list" } });
    const group = node({ name: "bag", repetition: "repeated" }, outer);
    const leaves = ["x", "y"].map((name, i) =>
      node({ name, repetition: "required", physical: "INT32", leafIndex: i, fieldId: 3 + i }, group),
    );
    const column = { ...outer, children: [{ ...group, children: leaves }] };
    const data = leaves.map((leaf) => ({ leaf, type: { kind: "int" } as Type, ...levels }));
    const schema = list({
      kind: "struct",
      fields: [field(3, "x", { kind: "int" }), field(4, "y", { kind: "int" })],
    });
    const structs = expected.map(({ l }) => ({ l: l?.map((x) => ({ x, y: x })) ?? null }));
    expect(await readRows(handMade(column, data, 4), schema)).toEqual(structs);
  });

  it("listParts() takes any other single-field group for the middle group", () => {
    const outer = node({ name: "l", annotation: { kind: "list" } });
    const group = node({ name: "bag", repetition: "repeated" }, outer);
    const element = node({ name: "array_element", physical: "INT32" }, group);
    const parts = listParts({ ...outer, children: [{ ...group, children: [element] }] });
    expect(parts!.element).toBe(element);
  });
});

describe("maps with a key more than once (PAR-019)", () => {
  it("keep the last value of each key when they are read", async () => {
    const outer = node({ name: "m", fieldId: 1, annotation: { kind: "map" } });
    const group = node({ name: "key_value", repetition: "repeated" }, outer);
    const key = node(
      {
        name: "key",
        repetition: "required",
        physical: "BYTE_ARRAY",
        annotation: { kind: "string" },
        leafIndex: 0,
        fieldId: 2,
      },
      group,
    );
    const value = node({ name: "value", physical: "INT32", leafIndex: 1, fieldId: 3 }, group);
    const column = { ...outer, children: [{ ...group, children: [key, value] }] };
    const repetition = [0, 1, 1, 0];
    const leaves: LeafData[] = [
      {
        leaf: key,
        type: { kind: "string" },
        values: ["a", "b", "a", "a"],
        definition: [2, 2, 2, 2],
        repetition,
      },
      { leaf: value, type: { kind: "int" }, values: [1, null, 3, 4], definition: [3, 2, 3, 3], repetition },
    ];
    const type: Type = {
      kind: "map",
      keyId: 2,
      key: { kind: "string" },
      valueId: 3,
      valueRequired: false,
      value: { kind: "int" },
    };
    const rows = await readRows(handMade(column, leaves, 2), new Schema([field(1, "m", type)]));
    expect(rows).toEqual([
      {
        m: [
          ["a", 3],
          ["b", null],
        ],
      },
      { m: [["a", 4]] },
    ]);
  });
});

describe("conversionOf()", () => {
  it("reads INT96 timestamps from nanoseconds and Julian days (PAR-005)", () => {
    const bytes = new Uint8Array(12);
    const view = new DataView(bytes.buffer);
    const column = node({ name: "c", physical: "INT96" });
    const at = (days: number, nanos: bigint, type: "timestamp" | "timestamp_ns") => {
      view.setBigInt64(0, nanos, true);
      view.setInt32(8, days, true);
      const conversion = conversionOf(column, { kind: type });
      return conversion.from === "bytes" ? conversion.to(bytes) : undefined;
    };
    expect(at(2440588, 0n, "timestamp")).toBe(0n);
    expect(at(2440589, 1999n, "timestamp")).toBe(86_400_000_001n);
    expect(at(2440587, 1n, "timestamp_ns")).toBe(-86_400_000_000_000n + 1n);
  });

  it("refuses unsigned 64-bit integers (PAR-006)", () => {
    const column = node({
      name: "c",
      physical: "INT64",
      annotation: { kind: "integer", bits: 64, signed: false },
    });
    try {
      conversionOf(column, { kind: "long" });
      expect.unreachable();
    } catch (error) {
      expect(isIcebergError(error, "corrupt-file")).toBe(true);
    }
  });
});
