/** Scans as Arrow: every type, nulls, deletes by a filter, nested values, schemas both ways. @module */
import {
  Field as ArrowField,
  Schema as ArrowSchema,
  Int64,
  RecordBatchStreamWriter,
  Timestamp,
  TimeUnit,
  tableFromIPC,
  Utf8,
} from "apache-arrow";
import { describe, expect, it } from "vitest";
import {
  arrowSchema,
  arrowValue,
  schemaOfArrow,
  toArrowBatches,
  toArrowTable,
} from "../../../src/arrow/index.ts";
import {
  Catalog,
  defineSchema,
  gt,
  MemoryCatalogClient,
  optional,
  required,
  type Table,
  t,
} from "../../../src/index.ts";
import type { Field } from "../../../src/schema/index.ts";
import { coerceInput } from "../../../src/values/index.ts";

const schema = defineSchema({
  id: required(t.long()),
  flag: optional(t.boolean()),
  n: optional(t.int()),
  f: optional(t.float()),
  d: optional(t.double()),
  money: optional(t.decimal(30, 4)),
  price: optional(t.decimal(18, 2)),
  fee: optional(t.decimal(9, 2)),
  day: optional(t.date()),
  at: optional(t.time()),
  ts: optional(t.timestamp()),
  tz: optional(t.timestamptz()),
  text: optional(t.string()),
  key: optional(t.uuid()),
  four: optional(t.fixed(4)),
  bytes: optional(t.binary()),
  who: optional(t.struct({ name: optional(t.string()), age: optional(t.int()) })),
  tags: optional(t.list(t.string(), { required: false })),
  counts: optional(t.map(t.string(), t.long(), { required: false })),
});

const full = {
  id: 1n,
  flag: true,
  n: -5,
  f: 0.5,
  d: 1e300,
  money: "-12345678901234567890.1234",
  price: "-1234567890123456.78",
  fee: "-1234567.89",
  day: 19000,
  at: 3_600_000_001n,
  ts: -1n,
  tz: 1_760_000_000_000_000n,
  text: "zwölf 🤯",
  key: "f79c3e09-677c-4bbd-a479-3f349cb785e7",
  four: Uint8Array.of(1, 2, 3, 4),
  bytes: Uint8Array.of(255),
  who: { name: "a", age: null },
  tags: ["x", null, ""],
  counts: [["k", 9_007_199_254_740_993n]] as const,
};

async function filled(count = 20_001): Promise<Table> {
  const catalog = new Catalog(new MemoryCatalogClient());
  await catalog.ensureNamespace("ns");
  const table = await catalog.createTable("ns.t", schema, { formatVersion: 2 });
  const rows = Array.from({ length: count }, (_, i) =>
    i % 3 === 0
      ? { id: BigInt(i) }
      : { ...full, id: BigInt(i), text: `text ${i % 7}`, tags: i % 2 ? [] : full.tags },
  );
  return (await table.append(rows)).table as unknown as Table;
}

/** Rows of record batches, read by our own reader of Arrow. */
async function rowsOf(table: Table, options: Parameters<Table["scan"]>[0] = {}) {
  const scan = table.scan(options);
  const rows: Record<string, unknown>[] = [];
  for await (const batch of toArrowBatches(scan)) {
    expect(batch.schema.fields.map(({ name }) => name)).toEqual(scan.fields.map(({ name }) => name));
    const readers = scan.fields.map(({ name, type }: Field, at: number) => ({
      name,
      type,
      read: arrowValue(batch.data.children[at] as never, type, name),
    }));
    for (let row = 0; row < batch.numRows; row++) {
      rows.push(
        Object.fromEntries(readers.map(({ name, type, read }) => [name, coerceInput(type, read(row), name)])),
      );
    }
  }
  return rows;
}

async function heldRows(table: Table, options: Parameters<Table["scan"]>[0] = {}) {
  const scan = table.scan(options);
  const rows: Record<string, unknown>[] = [];
  for await (const batch of scan.batches()) {
    for (let row = 0; row < batch.rowCount; row++) {
      rows.push(Object.fromEntries(scan.fields.map(({ name }, at) => [name, batch.columns[at]![row]])));
    }
  }
  return rows;
}

describe("toArrowBatches()", () => {
  it("has the rows of the scan, of every type, nulls included", async () => {
    const table = await filled();
    const rows = await rowsOf(table);
    expect(rows.length).toBe(20_001);
    expect(rows).toEqual(await heldRows(table));
  });

  it("picks the rows of a filter, and stops at a limit", async () => {
    const table = await filled(5000);
    const filter = gt("id", 4000n);
    expect(await rowsOf(table, { filter })).toEqual(await heldRows(table, { filter }));
    expect(await rowsOf(table, { limit: 11, select: ["text", "n"] })).toEqual(
      await heldRows(table, { limit: 11, select: ["text", "n"] }),
    );
  });

  it("reads the tasks it is given, as rows() does", async () => {
    let table = await filled(10);
    ({ table } = await table.append([{ id: 77n }, { id: 78n }]));
    const scan = table.scan({ select: ["id"] });
    const { tasks } = await scan.plan();
    const two = tasks.filter(({ dataFile }) => dataFile.recordCount === 2);
    expect([tasks.length, two.length]).toEqual([2, 1]);
    const made = await toArrowTable(scan, { tasks: two });
    expect([...made.getChild("id")!]).toEqual([77n, 78n]);
  });

  it("gives reserved columns, too", async () => {
    const table = await filled(10);
    const rows = await rowsOf(table, { select: ["_pos", "id"] as never });
    expect(rows.map((row) => row._pos)).toEqual(rows.map((row) => row.id));
  });

  it("makes batches that Arrow itself writes and reads", async () => {
    const table = await filled(100);
    const made = await toArrowTable(table.scan({ select: ["id", "text", "who", "tags"] }));
    const bytes = await RecordBatchStreamWriter.writeAll(made).toUint8Array();
    const back = tableFromIPC(bytes);
    expect(back.numRows).toBe(100);
    expect(back.getChild("text")!.get(1)).toBe("text 1");
    expect(back.getChild("text")!.get(0)).toBe(null);
    expect(back.getChild("id")!.get(99)).toBe(99n);
    expect(back.getChild("tags")!.get(2).toArray()).toEqual(["x", null, ""]);
  });
});

describe("arrowSchema() and schemaOfArrow()", () => {
  it("keep ids, requiredness and types (PAR-043)", () => {
    const back = schemaOfArrow(arrowSchema(schema.fields));
    expect(back.fields).toEqual(schema.fields);
  });

  it("number fields that have no ids", () => {
    const back = schemaOfArrow(
      new ArrowSchema([new ArrowField("a", new Int64(), false), new ArrowField("b", new Utf8(), true)]),
    );
    expect(back.fields.map(({ id, name, required: needed }) => [id, name, needed])).toEqual([
      [1, "a", true],
      [2, "b", false],
    ]);
  });

  it.each(["UTC", "+00:00", "Etc/UTC", "Z"])("take %s for UTC (PAR-045)", (zone) => {
    const type = new Timestamp(TimeUnit.MILLISECOND, zone);
    expect(schemaOfArrow(new ArrowSchema([new ArrowField("at", type, true)])).fields[0]!.type.kind).toBe(
      "timestamptz",
    );
  });

  it("refuse another zone by name", () => {
    const type = new Timestamp(TimeUnit.MICROSECOND, "Europe/Berlin");
    expect(() => schemaOfArrow(new ArrowSchema([new ArrowField("at", type, true)]))).toThrow(
      /column of at.*only UTC/,
    );
  });
});
