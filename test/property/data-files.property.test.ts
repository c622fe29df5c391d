/** What a data file holds, another implementation and this one agree on: Parquet (P53) and Avro (P56). @module */
import fc from "fast-check";
import { parquetReadObjects } from "hyparquet";
import { expect, test } from "vitest";
import type { FileIO, Json } from "../../src/base/index.ts";
import type { DataFile } from "../../src/manifests/index.ts";
import type { HeldRow } from "../../src/parquet/index.ts";
import { fileBatches } from "../../src/reading/data-files.ts";
import { type Field, Schema, type Type, type Value } from "../../src/schema/index.ts";
import { encode, memoryFile, options, readRows, tables } from "../unit/parquet/support.ts";
import { avscWrite, type Generic } from "./avro-oracle.ts";
import { runs } from "./runs.ts";

test("P53: nested rows written to Parquet are the same here and in hyparquet (PAR-018)", async () => {
  await fc.assert(
    fc.asyncProperty(tables(2, 20), options, async ({ schema, rows }, settings) => {
      const { bytes } = encode(schema, rows, { ...settings, codec: "snappy" });
      expect(await readRows(bytes, schema)).toEqual(rows);
      const { buffer } = bytes.slice() as Uint8Array<ArrayBuffer>;
      const back = await parquetReadObjects({ file: buffer, parsers: RAW, utf8: false });
      const seen = rows.map((row) => hyparquetStruct(schema.fields, row));
      expect(back.map((row) => withoutDecimals(schema.fields, row))).toEqual(seen);
    }),
    runs(120),
  );
});

const RAW = {
  timestampFromMicroseconds: (value: bigint) => value,
  timestampFromNanoseconds: (value: bigint) => value,
  dateFromDays: (value: number) => value,
} as never;

/** What holds floats for decimals in hyparquet. */
function isInexact(type: Type): boolean {
  return type.kind === "decimal" || (type.kind === "map" && type.key.kind === "decimal");
}

/** A value as hyparquet shows it: maps are objects by the text of their keys; decimals are floats, left out here. */
function hyparquetForm(type: Type, value: Value | null): unknown {
  if (value === null) return null;
  if (isInexact(type)) return "decimal";
  switch (type.kind) {
    case "struct":
      return hyparquetStruct(type.fields, value as HeldRow);
    case "list":
      return (value as readonly (Value | null)[]).map((item) => hyparquetForm(type.element, item));
    case "map":
      return Object.fromEntries(
        (value as readonly (readonly [Value, Value | null])[]).map(([key, item]) => [
          String(key),
          hyparquetForm(type.value, item),
        ]),
      );
    default:
      return value;
  }
}

function hyparquetStruct(fields: readonly Field[], row: HeldRow): Record<string, unknown> {
  return Object.fromEntries(
    fields.map(({ name, type }) => [name, hyparquetForm(type, row[name] as Value | null)]),
  );
}

/** Puts a mark where hyparquet has a float for a decimal. */
function withoutDecimals(fields: readonly Field[], row: Record<string, unknown>): Record<string, unknown> {
  const marked = (type: Type, value: unknown): unknown => {
    if (value === null || value === undefined) return null;
    if (isInexact(type)) return "decimal";
    if (type.kind === "struct") return withoutDecimals(type.fields, value as Record<string, unknown>);
    if (type.kind === "list") return (value as unknown[]).map((item) => marked(type.element, item));
    if (type.kind !== "map") return value;
    const entries = Object.entries(value as Record<string, unknown>);
    return Object.fromEntries(entries.map(([key, item]) => [key, marked(type.value, item)]));
  };
  return Object.fromEntries(fields.map(({ name, type }) => [name, marked(type, row[name])]));
}

/** Names that Avro does not allow, what they become there, and some that are left alone. */
const NAMES = [
  ["a b", "a_x20b"],
  ["1st", "_1st"],
  ["ä", "_xE4"],
  ["x-y", "x_x2Dy"],
  ["plain_1", "plain_1"],
] as const;

test("P56: nested rows that avsc wrote to Avro under sanitised names are read by field id (PAR-046, PAR-048)", async () => {
  await fc.assert(
    fc.asyncProperty(
      tables(2, 20),
      fc.constantFrom("null", "deflate"),
      fc.boolean(),
      fc.integer({ min: 1, max: 30 }),
      async ({ schema, rows }, codec, backwards, batchSize) => {
        const fields = schema.fields.map((field, at) => ({ ...field, name: NAMES[at]![0] }));
        const columns = schema.fields.map((field, at) => avroField(field, NAMES[at]![1]));
        const avro = { type: "record", name: "table", fields: columns } as Json;
        const records = rows.map((row) =>
          Object.fromEntries(
            schema.fields.map(({ name, type }, at) => [
              NAMES[at]![1],
              avroForm(type, row[name] as Value | null),
            ]),
          ),
        );
        const bytes = await avscWrite(avro, records as Generic[], codec, true);
        const wanted = backwards ? fields.toReversed() : fields;
        const found = await readAvro(bytes, wanted, rows.length, batchSize);
        expect(found).toEqual(
          rows.map((row) =>
            Object.fromEntries(fields.map(({ name }, at) => [name, row[schema.fields[at]!.name]])),
          ),
        );
      },
    ),
    runs(120),
  );
});

async function readAvro(bytes: Uint8Array, fields: readonly Field[], recordCount: number, batchSize: number) {
  const refuse = () => Promise.reject(new Error("only read"));
  const io: FileIO = { open: () => memoryFile(bytes).file, create: refuse, delete: refuse };
  const file: DataFile = {
    content: "data",
    filePath: "memory:///rows.avro",
    fileFormat: "avro",
    specId: 0,
    partition: [],
    recordCount,
    fileSizeInBytes: bytes.length,
  };
  const rows: Record<string, unknown>[] = [];
  for await (const batch of fileBatches(file, { io, fields: new Schema(fields).fields, batchSize }, {})) {
    expect(batch.rowStart).toBe(rows.length);
    for (let row = 0; row < batch.rowCount; row++) {
      rows.push(Object.fromEntries(fields.map(({ name }, at) => [name, batch.columns[at]![row]])));
    }
  }
  return rows;
}

function avroField({ id, type, required }: Field, name: string): Json {
  const shape = avroType(type, id);
  return { name, "field-id": id, type: required ? shape : ["null", shape] };
}

/** The Avro form of a type; `id` makes the names of records and fixeds differ. Spec: App. A Avro. */
function avroType(type: Type, id: number): Json {
  switch (type.kind) {
    case "boolean":
    case "int":
    case "long":
    case "float":
    case "double":
    case "string":
      return type.kind;
    case "binary":
      return "bytes";
    case "date":
      return { type: "int", logicalType: "date" };
    case "time":
      return { type: "long", logicalType: "time-micros" };
    case "timestamp":
    case "timestamptz":
      return { type: "long", logicalType: "timestamp-micros", "adjust-to-utc": type.kind === "timestamptz" };
    case "timestamp_ns":
    case "timestamptz_ns":
      return {
        type: "long",
        logicalType: "timestamp-nanos",
        "adjust-to-utc": type.kind === "timestamptz_ns",
      };
    case "uuid":
      return { type: "fixed", name: `uuid${id}`, size: 16, logicalType: "uuid" };
    case "fixed":
      return { type: "fixed", name: `fixed${id}`, size: type.length };
    case "decimal": {
      const { precision, scale } = type;
      return { type: "fixed", name: `d${id}`, size: 17, logicalType: "decimal", precision, scale };
    }
    case "struct":
      return {
        type: "record",
        name: `r${id}`,
        fields: type.fields.map((field) => avroField(field, field.name)),
      };
    case "list": {
      const items = avroType(type.element, type.elementId);
      return {
        type: "array",
        items: type.elementRequired ? items : ["null", items],
        "element-id": type.elementId,
      };
    }
    case "map": {
      const key: Field = { id: type.keyId, name: "key", type: type.key, required: true };
      const value: Field = {
        id: type.valueId,
        name: "value",
        type: type.value,
        required: type.valueRequired,
      };
      const fields = [avroField(key, "key"), avroField(value, "value")];
      return { type: "array", logicalType: "map", items: { type: "record", name: `k${id}`, fields } };
    }
    default:
      throw new Error(`no ${type.kind} here`);
  }
}

/** A held value as avsc takes it. */
function avroForm(type: Type, value: Value | null): unknown {
  if (value === null) return null;
  switch (type.kind) {
    case "binary":
    case "fixed":
      return Buffer.from(value as Uint8Array);
    case "uuid":
      return Buffer.from((value as string).replaceAll("-", ""), "hex");
    case "decimal": {
      const bits = BigInt.asUintN(17 * 8, value as bigint);
      return Buffer.from(bits.toString(16).padStart(34, "0"), "hex");
    }
    case "struct":
      return Object.fromEntries(
        type.fields.map((field) => [
          field.name,
          avroForm(field.type, (value as HeldRow)[field.name] as Value),
        ]),
      );
    case "list":
      return (value as readonly (Value | null)[]).map((item) => avroForm(type.element, item));
    case "map":
      return (value as readonly (readonly [Value, Value | null])[]).map(([key, item]) => ({
        key: avroForm(type.key, key),
        value: avroForm(type.value, item),
      }));
    default:
      return value;
  }
}
