/** Variants of data files, shredded or not, as rows, as batches and as Arrow. @module */
import { beforeAll, describe, expect, it } from "vitest";
import { toArrowBatches } from "../../../src/arrow/index.ts";
import { concatBytes, fromHex, toHex } from "../../../src/base/index.ts";
import { and, defineSchema, gte, lt, memoryCatalog, optional, required, t } from "../../../src/index.ts";
import type { DataFile } from "../../../src/manifests/index.ts";
import { createParquetEncoder, type HeldRow } from "../../../src/parquet/index.ts";
import { fileBatches } from "../../../src/reading/data-files.ts";
import { type Field, Schema, type Type } from "../../../src/schema/index.ts";
import { avscWrite } from "../../property/avro-oracle.ts";
import { encode, field, memoryFile, readRows } from "../parquet/support.ts";

const schema = defineSchema({ n: required(t.long()), v: optional(t.variant()) });
const VARIANT: Type = { kind: "variant" };

/** A column of objects with the shredded field `a`, a long; fields of others are in `value`. */
const shredded: readonly Field[] = [
  field(10, "metadata", { kind: "binary" }, true),
  field(11, "value", { kind: "binary" }),
  field(12, "typed_value", {
    kind: "struct",
    fields: [field(13, "a", { kind: "struct", fields: [field(14, "typed_value", { kind: "long" })] }, true)],
  }),
];

const METADATA = fromHex("11020001026162");
const ROWS = 5000;
/** `{"a": n, "b": true}`, `{"a": n}`, the number 5, null, by turns. */
const groups: HeldRow[] = Array.from({ length: ROWS }, (_, i) => {
  const typed_value = { a: { typed_value: BigInt(i) } };
  const forms = [
    { value: fromHex("020101000104"), typed_value },
    { value: null, typed_value },
    { value: fromHex("0c05"), typed_value: null },
  ];
  const form = forms[i % 4];
  return { n: BigInt(i), v: form === undefined ? null : { metadata: METADATA, ...form } };
});

function hexOf(i: number): string | null {
  const long = new Uint8Array(BigInt64Array.of(BigInt(i)).buffer);
  if (i % 4 === 0) return `02020001` + `00090a` + `18${toHex(long)}` + "04";
  if (i % 4 === 1) return `020100` + `0009` + `18${toHex(long)}`;
  return i % 4 === 2 ? "0c05" : null;
}

async function shreddedTable() {
  const catalog = memoryCatalog();
  await catalog.createNamespace("ns");
  const table = await catalog.createTable("ns.t", schema, { formatVersion: 3 });
  const [n, v] = table.schema.fields as readonly [Field, Field];
  const written = new Schema([n, { ...v, type: { kind: "struct", fields: shredded } }]);
  const encoder = createParquetEncoder(written, { rowGroupRows: 2000, pageRows: 100 });
  encoder.appendRows(groups);
  const early = encoder.flush();
  const { chunks, metrics, recordCount, fileSizeInBytes, splitOffsets } = encoder.finish();
  const filePath = `${table.location}/data/shredded.parquet`;
  await table.io.create(filePath, concatBytes([...early, ...chunks]));
  const kind = { content: "data", fileFormat: "parquet", specId: 0, partition: [] } as const;
  const facts = { filePath, recordCount, fileSizeInBytes, splitOffsets };
  const onlyN = <T>(counts: ReadonlyMap<number, T> | undefined) =>
    new Map([...(counts ?? [])].filter(([id]) => id === n.id));
  const file: DataFile = {
    ...kind,
    ...facts,
    lowerBounds: onlyN(metrics.lowerBounds),
    upperBounds: onlyN(metrics.upperBounds),
  };
  return (await table.newTransaction().append([file]).commit()).table.as(schema);
}

interface Variant {
  readonly metadata: Uint8Array;
  readonly value: Uint8Array;
}

const shown = (n: unknown, v: unknown) => {
  const variant = v as Variant | null;
  return [Number(n), variant && toHex(variant.metadata), variant && toHex(variant.value)];
};

describe("a scan over shredded variants (PAR-021)", () => {
  let table: Awaited<ReturnType<typeof shreddedTable>>;
  const wanted = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, at) => {
      const hex = hexOf(from + at);
      return [from + at, hex && toHex(METADATA), hex];
    });
  beforeAll(async () => {
    table = await shreddedTable();
  });

  it("rows() gives them as unshredded ones", async () => {
    const rows = await table.scan().toArray();
    expect(rows.map(({ n, v }) => shown(n, v))).toEqual(wanted(0, ROWS));
  });

  it("rows() finds them behind pages that a filter leaves out", async () => {
    const filter = and(gte("n", 2511n), lt("n", 2700n));
    const scan = table.scan({ filter });
    const rows = await scan.toArray();
    expect(rows.map(({ n, v }) => shown(n, v))).toEqual(wanted(2511, 2700));
  });

  it("batches() and Arrow give the same", async () => {
    const filter = gte("n", 4321n);
    const batches: unknown[] = [];
    for await (const { columns, rowCount } of table.scan({ filter }).batches()) {
      for (let i = 0; i < rowCount; i++) batches.push(shown(columns[0]![i], columns[1]![i]));
    }
    expect(batches).toEqual(wanted(4321, ROWS));
    const arrow: unknown[] = [];
    for await (const batch of toArrowBatches(table.scan({ filter }))) {
      const [n, v] = [batch.getChild("n")!, batch.getChild("v")!];
      for (let i = 0; i < batch.numRows; i++) arrow.push(shown(n.get(i), v.get(i)));
    }
    expect(arrow).toEqual(wanted(4321, ROWS));
  });
});

describe("variants of an unknown encoding version", () => {
  const later = { metadata: Uint8Array.of(2, 0, 0), value: Uint8Array.of(0) };
  const error = { code: "unsupported", message: expect.stringContaining("encoding version 2") };

  it("are refused in Parquet files (SCH-009)", async () => {
    const wanted = new Schema([field(1, "c", VARIANT)]);
    const whole = encode(wanted, [{ c: later }]);
    await expect(readRows(whole.bytes, wanted)).rejects.toMatchObject(error);
    const parts: Type = { kind: "struct", fields: shredded };
    const taken = encode(new Schema([field(1, "c", parts)]), [
      { c: { metadata: later.metadata, value: null, typed_value: { a: { typed_value: 1n } } } },
    ]);
    await expect(readRows(taken.bytes, wanted)).rejects.toMatchObject(error);
  });

  it("are refused in Avro files (SCH-009)", async () => {
    const record = {
      type: "record",
      name: "v",
      fields: ["metadata", "value"].map((name) => ({ name, type: "bytes" })),
    };
    const fields = [{ name: "c", type: record, "field-id": 1 }];
    const read = async (variant: Variant) => {
      const held = { metadata: Buffer.from(variant.metadata), value: Buffer.from(variant.value) };
      const file = await avscWrite({ type: "record", name: "t", fields }, [{ c: held }], "null", true);
      const refuse = () => Promise.reject(new Error("only read"));
      const io = { open: () => memoryFile(file).file, create: refuse, delete: refuse };
      const data: DataFile = {
        content: "data",
        filePath: "memory:///rows.avro",
        fileFormat: "avro",
        specId: 0,
        partition: [],
        recordCount: 1,
        fileSizeInBytes: file.length,
      };
      const rows: unknown[] = [];
      for await (const { columns } of fileBatches(data, { io, fields: [field(1, "c", VARIANT)] }, {})) {
        rows.push(columns[0]![0]);
      }
      return rows;
    };
    const known = { metadata: Uint8Array.of(1, 0, 0), value: Uint8Array.of(0) };
    expect(await read(known)).toEqual([known]);
    await expect(read(later)).rejects.toMatchObject(error);
  });
});
