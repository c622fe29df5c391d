/** Rows from Arrow files: every value raw, none through a float (PAR-044, PAR-045). */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as arrow from "apache-arrow";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type ArrowData, arrowValue, lz4FrameDecompress } from "../../../src/arrow/index.ts";
import { isIcebergError, type JsonObject, parseJson } from "../../../src/base/index.ts";
import { arrowReader } from "../../../src/cli/read-arrow-rows.ts";
import { fileCatalog } from "../../../src/node.ts";
import { defineSchema, optional, required, type Schema, type Type, t } from "../../../src/schema/index.ts";
import { icewright, inFolder } from "./harness.ts";

async function withTable<T>(schema: Schema, body: (cwd: string) => Promise<T>): Promise<T> {
  return await inFolder(async (cwd) => {
    const catalog = fileCatalog(join(cwd, "warehouse"));
    await catalog.ensureNamespace("ns");
    await catalog.createTable("ns.t", schema, { formatVersion: 3 });
    return await body(cwd);
  });
}

/** Appends Arrow bytes to a new table; answers its rows as JSON, or the failure's text. */
async function appended(schema: Schema, bytes: Uint8Array, name = "a.arrow"): Promise<string> {
  return await withTable(schema, async (cwd) => {
    await writeFile(join(cwd, name), bytes);
    const { status, stderr } = await icewright(["append", "ns.t", name], { cwd });
    if (status !== 0) return stderr;
    return (await icewright(["scan", "ns.t", "--json"], { cwd })).stdout;
  });
}

/** A column of Arrow from its own buffers. */
function column<T extends arrow.DataType>(type: T, props: object): arrow.Vector<T> {
  return new arrow.Vector([arrow.makeData({ type, ...props } as never) as arrow.Data<T>]);
}

function tableOf(columns: Record<string, arrow.Vector>): arrow.Table {
  return new arrow.Table(columns) as unknown as arrow.Table;
}

const ipc = (table: arrow.Table, kind: "file" | "stream" = "file") => arrow.tableToIPC(table, kind);

const NANOS = 1_760_000_000_000_156_000n;

describe("append of Arrow", () => {
  const schema = defineSchema({
    id: required(t.long()),
    name: optional(t.string()),
    ts: optional(t.timestamptz()),
    tags: optional(t.list(t.string(), { required: false })),
  });
  const list = new arrow.List(new arrow.Field("item", new arrow.Utf8(), true));
  const words = arrow.vectorFromArray(["x", null, "y"], new arrow.Utf8()).data[0]!;
  const table = tableOf({
    id: column(new arrow.Int64(), { length: 3, data: BigInt64Array.of(2n ** 63n - 1n, -(2n ** 63n), 0n) }),
    name: arrow.vectorFromArray(["ä", null, "ä"], new arrow.Dictionary(new arrow.Utf8(), new arrow.Int8())),
    ts: column(new arrow.TimestampNanosecond("UTC"), {
      length: 3,
      nullCount: 1,
      nullBitmap: Uint8Array.of(0b101),
      data: BigInt64Array.of(NANOS, 0n, -1000n),
    }),
    tags: column(list, { length: 3, child: words, valueOffsets: Int32Array.of(0, 2, 2, 3) }),
  });
  const rows =
    '{"id":9223372036854775807,"name":"ä","ts":"2025-10-09T08:53:20.000156Z","tags":["x",null]}\n' +
    '{"id":-9223372036854775808,"name":null,"ts":null,"tags":[]}\n' +
    '{"id":0,"name":"ä","ts":"1969-12-31T23:59:59.999999Z","tags":["y"]}\n';

  test.each([
    ["a.arrow", "file"],
    ["a.feather", "file"],
    ["a.arrows", "stream"],
    ["a.arrow", "stream"],
  ] as const)("%s as a %s", async (name, kind) => {
    expect(await appended(schema, ipc(table, kind), name)).toBe(rows);
  });

  test("batches larger than a portion, and several of them, keep their row numbers", async () => {
    const ids = BigInt64Array.from({ length: 20_000 }, (_, at) => BigInt(at));
    const batch = tableOf({ id: column(new arrow.Int64(), { length: ids.length, data: ids }) });
    const bad = tableOf({
      id: column(new arrow.Int64(), {
        length: 3,
        nullCount: 1,
        nullBitmap: Uint8Array.of(0b011),
        data: BigInt64Array.of(1n, 2n, 3n),
      }),
    });
    const all = new arrow.Table([
      ...batch.batches,
      ...batch.batches,
      ...bad.batches,
    ]) as unknown as arrow.Table;
    const narrow = defineSchema({ id: required(t.long()) });
    expect(await appended(narrow, ipc(all))).toContain(
      'a.arrow: row 40003: Cannot write column "id": it is required',
    );
    const good = new arrow.Table([...batch.batches, ...batch.batches]) as unknown as arrow.Table;
    expect((await appended(narrow, ipc(good))).split("\n")).toHaveLength(40_001);
  });

  test("--skip-bad-rows keeps what was read of a record", async () => {
    await withTable(defineSchema({ id: required(t.int()), name: optional(t.string()) }), async (cwd) => {
      await writeFile(join(cwd, "a.arrow"), ipc(table.select(["id", "name"])));
      const argv = ["append", "ns.t", "a.arrow", "--skip-bad-rows", "bad.jsonl", "--json"];
      const { stdout } = await icewright(argv, { cwd });
      expect(parseJson(stdout)).toMatchObject({ rows: 1, skipped_rows: 2 });
      const { readFile } = await import("node:fs/promises");
      const [first] = (await readFile(join(cwd, "bad.jsonl"), "utf8")).split("\n");
      expect(parseJson(first!)).toMatchObject({
        row: 1,
        column: "id",
        value: 9223372036854775807n,
        record: { id: 9223372036854775807n, name: "ä" },
      } satisfies JsonObject);
    });
  });

  test.each<readonly [what: string, schema: Schema, bytes: Uint8Array, message: string]>([
    ["an unknown column", defineSchema({ id: required(t.long()) }), ipc(table), 'it has column "name"'],
    [
      "no required column",
      defineSchema({ x: required(t.long()) }),
      ipc(table.select(["id"])),
      'it has column "id"',
    ],
    [
      "times with zone",
      defineSchema({ ts: optional(t.timestamp()) }),
      ipc(table.select(["ts"])),
      "column ts holds times with time zone, but the table's is a timestamp [invalid-row]",
    ],
    [
      "text in a number's column",
      defineSchema({ name: optional(t.long()) }),
      ipc(table.select(["name"])),
      'row 1: Cannot write "ä" to column "name"',
    ],
    [
      "a type no column takes",
      defineSchema({ x: optional(t.long()) }),
      ipc(tableOf({ x: column(new arrow.DurationSecond(), { length: 1, data: BigInt64Array.of(1n) }) })),
      "Cannot append a.arrow: column x is of Arrow's type",
    ],
    [
      "something else",
      schema,
      new TextEncoder().encode("no Arrow at all, but long enough"),
      "[corrupt-file]",
    ],
    ["nothing", schema, new Uint8Array(), "[corrupt-file]"],
    ["half a file", schema, ipc(table).subarray(0, 400), "[corrupt-file]"],
  ])("%s is refused", async (_what, target, bytes, message) => {
    expect(await appended(target, bytes)).toContain(message);
  });

  test("without the package the error says what to install", async () => {
    const missing = Object.assign(new Error("Cannot find package"), { code: "ERR_MODULE_NOT_FOUND" });
    const read = arrowReader(() => Promise.reject(missing));
    const file = { name: "a.arrow", path: "/a.arrow", gzip: false };
    const options = { schema, signal: new AbortController().signal, ignoreUnknown: false };
    const error: unknown = await read(file, options)
      .next()
      .catch((fault: unknown) => fault);
    expect(isIcebergError(error, "unavailable")).toBe(true);
    expect(error).toMatchObject({
      context: { hint: expect.stringContaining("npm install apache-arrow") as string },
    });
    const other = arrowReader(() => Promise.reject(new Error("broken")));
    await expect(other(file, options).next()).rejects.toThrow("broken");
  });
});

describe("arrowValue()", () => {
  const read = (vector: arrow.Vector, target: Type) => {
    const data = vector.data[0] as unknown as ArrowData;
    const value = arrowValue(data, target, "c");
    return Array.from({ length: data.length }, (_, at) => value(at));
  };
  const bits = { length: 3, nullCount: 1, nullBitmap: Uint8Array.of(0b101) };

  test.each<readonly [what: string, vector: arrow.Vector, target: Type, expected: readonly unknown[]]>([
    ["null", column(new arrow.Null(), { length: 2 }), t.int(), [null, null]],
    [
      "bool",
      column(new arrow.Bool(), { ...bits, data: Uint8Array.of(0b100) }),
      t.boolean(),
      [false, null, true],
    ],
    ["int8", column(new arrow.Int8(), { length: 2, data: Int8Array.of(-1, 2) }), t.int(), [-1, 2]],
    [
      "uint32",
      column(new arrow.Uint32(), { length: 1, data: Uint32Array.of(2 ** 32 - 1) }),
      t.long(),
      [2 ** 32 - 1],
    ],
    [
      "uint64",
      column(new arrow.Uint64(), { length: 1, data: BigUint64Array.of(2n ** 64n - 1n) }),
      t.long(),
      [2n ** 64n - 1n],
    ],
    [
      "int64 as decimal",
      column(new arrow.Int64(), { length: 1, data: BigInt64Array.of(-5n) }),
      t.decimal(9, 2),
      [{ unscaled: -5n, scale: 0 }],
    ],
    [
      "int64 as double, where it fits",
      column(new arrow.Int64(), { length: 2, data: BigInt64Array.of(2n ** 53n, 2n ** 53n + 1n) }),
      t.double(),
      [2 ** 53, 2n ** 53n + 1n],
    ],
    [
      "float16",
      column(new arrow.Float16(), { length: 5, data: Uint16Array.of(0x3c00, 0xc000, 1, 0x7c00, 0x7e00) }),
      t.float(),
      [1, -2, 2 ** -24, Number.POSITIVE_INFINITY, Number.NaN],
    ],
    [
      "float64",
      column(new arrow.Float64(), { ...bits, data: Float64Array.of(0.1, 9, -0) }),
      t.double(),
      [0.1, null, -0],
    ],
    [
      "decimal128",
      column(new arrow.Decimal(2, 38), {
        length: 2,
        data: Uint32Array.of(1234, 0, 0, 0, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff),
      }),
      t.decimal(38, 2),
      [
        { unscaled: 1234n, scale: 2 },
        { unscaled: -1n, scale: 2 },
      ],
    ],
    [
      "date32",
      column(new arrow.DateDay(), { length: 2, data: Int32Array.of(-1, 20000) }),
      t.date(),
      [-1, 20000],
    ],
    [
      "date64",
      column(new arrow.DateMillisecond(), { length: 2, data: BigInt64Array.of(-86_400_000n, 1n) }),
      t.date(),
      [-1, "1 ms, which is no whole day"],
    ],
    [
      "date as timestamp",
      column(new arrow.DateDay(), { length: 1, data: Int32Array.of(-1) }),
      t.timestamp(),
      [-86_400_000_000n],
    ],
    ["time32", column(new arrow.TimeMillisecond(), { length: 1, data: Int32Array.of(1) }), t.time(), [1000n]],
    [
      "time64",
      column(new arrow.TimeNanosecond(), { length: 2, data: BigInt64Array.of(1000n, 1n) }),
      t.time(),
      [1n, "1 ns, which are no whole microseconds"],
    ],
    [
      "timestamp in seconds as nanoseconds",
      column(new arrow.TimestampSecond("+00:00"), { length: 1, data: BigInt64Array.of(-1n) }),
      t.timestamptzNs(),
      [-1_000_000_000n],
    ],
    [
      "timestamp in nanoseconds as microseconds",
      column(new arrow.TimestampNanosecond(), { length: 2, data: BigInt64Array.of(NANOS, NANOS + 1n) }),
      t.timestamp(),
      [NANOS / 1000n, `${NANOS + 1n} ns, which are no whole microseconds`],
    ],
    [
      "fixed-size binary",
      column(new arrow.FixedSizeBinary(2), { length: 2, data: Uint8Array.of(1, 2, 3, 4) }),
      t.fixed(2),
      [Uint8Array.of(1, 2), Uint8Array.of(3, 4)],
    ],
    [
      "text that is no UTF-8",
      column(new arrow.Utf8(), {
        length: 2,
        data: Uint8Array.of(0xff, 0x61),
        valueOffsets: Int32Array.of(0, 1, 2),
      }),
      t.string(),
      [Uint8Array.of(0xff), "a"],
    ],
    [
      "large text",
      column(new arrow.LargeUtf8(), {
        length: 1,
        data: Uint8Array.of(0x61),
        valueOffsets: BigInt64Array.of(0n, 1n),
      }),
      t.string(),
      ["a"],
    ],
    [
      "map",
      column(
        new arrow.Map_(
          new arrow.Field(
            "entries",
            new arrow.Struct([
              new arrow.Field("key", new arrow.Int32(), false),
              new arrow.Field("value", new arrow.Int64(), true),
            ]),
            false,
          ) as never,
        ),
        {
          length: 1,
          valueOffsets: Int32Array.of(0, 2),
          child: arrow.makeData({
            type: new arrow.Struct([
              new arrow.Field("key", new arrow.Int32(), false),
              new arrow.Field("value", new arrow.Int64(), true),
            ]),
            length: 2,
            children: [
              arrow.makeData({ type: new arrow.Int32(), length: 2, data: Int32Array.of(1, 2) }),
              arrow.makeData({
                type: new arrow.Int64(),
                length: 2,
                nullCount: 1,
                nullBitmap: Uint8Array.of(1),
                data: BigInt64Array.of(2n ** 60n, 0n),
              }),
            ],
          }),
        },
      ),
      t.map(t.int(), t.long(), { required: false }),
      [
        [
          [1, 2n ** 60n],
          [2, null],
        ],
      ],
    ],
    [
      "fixed-size list of structs",
      column(
        new arrow.FixedSizeList(
          2,
          new arrow.Field("item", new arrow.Struct([new arrow.Field("x", new arrow.Int8())])),
        ),
        {
          length: 1,
          child: arrow.makeData({
            type: new arrow.Struct([new arrow.Field("x", new arrow.Int8())]),
            length: 2,
            children: [arrow.makeData({ type: new arrow.Int8(), length: 2, data: Int8Array.of(1, 2) })],
          }),
        },
      ),
      t.list(t.struct({ x: optional(t.int()) })),
      [[{ x: 1 }, { x: 2 }]],
    ],
  ])("%s", (_what, vector, target, expected) => {
    expect(read(vector, target)).toStrictEqual(expected);
  });

  test("offsets outside the buffers are corrupt, not read", () => {
    const text = column(new arrow.Utf8(), {
      length: 1,
      data: Uint8Array.of(0x61),
      valueOffsets: Int32Array.of(0, 9),
    });
    expect(() => read(text, t.string())).toThrow("points outside its buffers");
  });
});

/** An LZ4 frame of `bytes` in linked blocks of 100: literals, and one copy of what lies 3 back where it fits. */
function lz4Of(bytes: Uint8Array): Uint8Array {
  const out: number[] = [0x04, 0x22, 0x4d, 0x18, 0x40, 0x40, 0];
  const u32 = (value: number) => out.push(value & 255, (value >> 8) & 255, (value >> 16) & 255, value >>> 24);
  for (let at = 0; at < bytes.length; at += 100) {
    const piece = bytes.subarray(at, at + 100);
    const block: number[] = [];
    let from = 0;
    const repeats =
      at >= 3 && piece.length > 20 && piece.subarray(0, 9).every((b, i) => b === bytes[at + i - 3]);
    if (repeats) {
      block.push(5, 3, 0); // no literals, 9 bytes from 3 back: out of the block before
      from = 9;
    }
    const rest = piece.length - from;
    block.push(Math.min(15, rest) << 4);
    if (rest >= 15) block.push(rest - 15);
    block.push(...piece.subarray(from));
    u32(block.length);
    out.push(...block);
  }
  u32(0);
  return Uint8Array.from(out);
}

describe("lz4FrameDecompress()", () => {
  test("linked blocks, stored blocks and a size in the descriptor", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 800 }), (bytes) => {
        expect(lz4FrameDecompress(lz4Of(bytes))).toStrictEqual(bytes);
      }),
    );
    const repeating = new TextEncoder().encode("abc".repeat(200));
    expect(lz4Of(repeating).length).toBeLessThan(lz4Of(repeating.map((_, at) => (at * 7919) & 255)).length);
    expect(lz4FrameDecompress(lz4Of(repeating))).toStrictEqual(repeating);
    const stored = [
      0x04, 0x22, 0x4d, 0x18, 0x68, 0x40, 2, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0x80, 7, 8, 0, 0, 0, 0,
    ];
    expect(lz4FrameDecompress(Uint8Array.from(stored))).toStrictEqual(Uint8Array.of(7, 8));
  });

  test.each([
    ["another magic", [1, 2, 3, 4, 0x40, 0x40, 0, 0, 0, 0, 0], "it is no LZ4 frame"],
    ["an unknown version", [0x04, 0x22, 0x4d, 0x18, 0x80, 0x40, 0, 0, 0, 0, 0], "its descriptor is unknown"],
    ["a dictionary", [0x04, 0x22, 0x4d, 0x18, 0x41, 0x40, 0, 0, 0, 0, 0], "it needs a dictionary"],
    [
      "a block past the end",
      [0x04, 0x22, 0x4d, 0x18, 0x40, 0x40, 0, 9, 0, 0, 0, 1],
      "a block passes its end",
    ],
    ["no end mark", [0x04, 0x22, 0x4d, 0x18, 0x40, 0x40, 0, 1, 0, 0, 0x80, 5], "it ends early"],
    [
      "a copy from before the start",
      [0x04, 0x22, 0x4d, 0x18, 0x40, 0x40, 0, 3, 0, 0, 0, 0, 9, 0],
      "Cannot decompress",
    ],
  ])("%s is refused", (_what, bytes, message) => {
    expect(() => lz4FrameDecompress(Uint8Array.from(bytes))).toThrow(message);
  });
});
