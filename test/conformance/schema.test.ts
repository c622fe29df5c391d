/** Requirements of types, schemas and single values that no unit test names: expectations are the specification's. */
import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { INT64_MAX, INT64_MIN, type Json, parseJson, stringifyJson } from "../../src/base/index.ts";
import {
  asc,
  bucket,
  defineSchema,
  identity,
  memoryCatalog,
  optional,
  required,
  Schema,
  t,
} from "../../src/index.ts";
import { applyUpdates, newTableMetadata } from "../../src/metadata/index.ts";
import {
  applyTransform,
  buildPartitionSpec,
  humanString,
  plainTransform,
} from "../../src/partitioning/index.ts";
import {
  type Field,
  formatTimestamp,
  MAX_FIELD_ID,
  type NestedType,
  parseTimestamp,
  schemaFromJson,
  schemaToJson,
  type Type,
  typeFromJson,
  typeToJson,
  valueFromJson,
  valueToJson,
} from "../../src/schema/index.ts";
import { buildSortOrder } from "../../src/sorting/index.ts";
import { decodeValue, encodeValue } from "../../src/values/index.ts";

/** A type without ids: a leaf, or what nests others. */
type Shape =
  | Exclude<Type, NestedType>
  | { readonly element: Shape; readonly required: boolean }
  | { readonly key: Shape; readonly value: Shape; readonly required: boolean }
  | { readonly fields: readonly (readonly [Shape, boolean])[] };

const UUID = "0b6f6a68-65aa-4e4e-b520-3f5d7b70c2a1";
const EXTREMES = [INT64_MIN, -(2n ** 53n) - 1n, -(2n ** 53n), -1n, 0n, 2n ** 53n, 2n ** 53n + 1n, INT64_MAX];

async function catalog() {
  const catalog = memoryCatalog();
  await catalog.createNamespace("ns");
  return catalog;
}

/** Every row of the table's current snapshot. */
async function rowsOf<Row>(table: { scan(): { rows(): AsyncIterable<Row> } }): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const row of table.scan().rows()) rows.push(row);
  return rows;
}

describe("64-bit values are exact (SCH-002)", () => {
  it.each(EXTREMES)("%s through JSON text, bytes and a written file", async (value) => {
    const long: Type = { kind: "long" };
    expect(valueFromJson(long, parseJson(stringifyJson(valueToJson(long, value)), "a long"))).toBe(value);
    expect(decodeValue({ kind: "long" }, encodeValue({ kind: "long" }, value))).toBe(value);
    const schema = defineSchema({
      n: required(t.long()),
      at: required(t.timestamp()),
      zoned: required(t.timestamptz()),
      amount: required(t.decimal(38, 0)),
    });
    const created = await (await catalog()).createTable("ns.t", schema);
    const row = { n: value, at: value, zoned: value, amount: { unscaled: value * 10n ** 18n, scale: 0 } };
    const { table } = await created.append([row]);
    const rows = await rowsOf(table);
    expect(rows).toEqual([{ n: value, at: value, zoned: value, amount: `${value * 10n ** 18n}` }]);
  });
});

describe("timestamps under another time zone of the process (SCH-004, PRT-008)", () => {
  const zone = process.env.TZ;
  afterEach(() => {
    if (zone === undefined) delete process.env.TZ;
    else process.env.TZ = zone;
  });

  it.each(["UTC", "America/St_Johns", "Asia/Tokyo"])("in %s they are the same", (name) => {
    process.env.TZ = name;
    expect(new Date(2017, 10, 16).getTimezoneOffset()).toBe(
      { UTC: 0, "America/St_Johns": 210, "Asia/Tokyo": -540 }[name],
    );
    const micros = 1_510_871_468_123_456n;
    const text = "2017-11-16T22:31:08.123456";
    expect(parseTimestamp(text, { unit: "micros", zone: "forbidden" })).toBe(micros);
    expect(parseTimestamp(`${text}+00:00`, { unit: "micros", zone: "required" })).toBe(micros);
    expect(formatTimestamp(micros, { unit: "micros" })).toContain("2017-11-16T22:31:08.123456");
    for (const kind of ["timestamp", "timestamptz"] as const) {
      expect(applyTransform(plainTransform("day"), { kind })(micros)).toBe(17_486);
      expect(applyTransform(plainTransform("hour"), { kind })(micros)).toBe(17_486 * 24 + 22);
    }
    expect(humanString(plainTransform("identity"), { kind: "timestamptz" }, micros)).toBe(`${text}+00:00`);
  });
});

describe("a variant column (SCH-008)", () => {
  const variant = new Schema([
    { id: 1, name: "id", required: true, type: { kind: "long" } },
    { id: 2, name: "v", required: true, type: { kind: "variant" } },
  ]);

  it("has no children and is no source of partitions or orders, and no identifier", () => {
    expect(typeToJson({ kind: "variant" })).toBe("variant");
    expect(() => buildPartitionSpec(variant, [identity("v")])).toThrow(/variant/);
    expect(() => buildPartitionSpec(variant, [bucket(4, "v")])).toThrow(/variant/);
    expect(() => buildSortOrder(variant, [asc("v")])).toThrow(/variant/);
    expect(() => new Schema(variant.fields, { identifierFieldIds: [2] }).checkIdentifierFields()).toThrow(
      /variant|primitive/,
    );
  });
});

describe("nested types (SCH-013, SCH-014)", () => {
  const leaf = fc.constantFrom<Shape>(
    { kind: "int" },
    { kind: "string" },
    { kind: "fixed", length: 3 },
    { kind: "uuid" },
  );
  const { type: shape } = fc.letrec<Record<"type" | "list" | "map" | "struct", Shape>>((tie) => ({
    type: fc.oneof({ maxDepth: 4, withCrossShrink: true }, leaf, tie("list"), tie("map"), tie("struct")),
    list: fc.record({ element: tie("type"), required: fc.boolean() }),
    map: fc.record({ key: tie("type"), value: tie("type"), required: fc.boolean() }),
    struct: fc.record({ fields: fc.array(fc.tuple(tie("type"), fc.boolean()), { maxLength: 3 }) }),
  }));

  /** The JSON of a shape, with ids from `next`. */
  function json(of: Shape, next: () => number): Json {
    if ("element" in of)
      return {
        type: "list",
        "element-id": next(),
        "element-required": of.required,
        element: json(of.element, next),
      };
    if ("key" in of)
      return {
        type: "map",
        "key-id": next(),
        key: json(of.key, next),
        "value-id": next(),
        "value-required": of.required,
        value: json(of.value, next),
      };
    if ("fields" in of)
      return {
        type: "struct",
        fields: of.fields.map(([type, required], at) => ({
          id: next(),
          name: `f${at}`,
          required,
          type: json(type, next),
        })),
      };
    return typeToJson(of);
  }

  it("go into each other anywhere and keep their JSON", () => {
    fc.assert(
      fc.property(shape, (type) => {
        let id = 0;
        const text = json(type, () => ++id);
        expect(typeToJson(typeFromJson(text))).toEqual(text);
      }),
    );
  });

  it("a struct may be empty, a map may have struct keys, and a key is never optional", () => {
    const schema = schemaFromJson(
      JSON.parse(`{"type":"struct","schema-id":0,"fields":[
        {"id":1,"name":"nothing","required":false,"doc":"no fields","type":{"type":"struct","fields":[]}},
        {"id":2,"name":"byPoint","required":true,"type":{"type":"map","key-id":3,"key":{"type":"struct","fields":[
          {"id":5,"name":"x","required":false,"type":"int"}]},"value-id":4,"value-required":false,"value":"string"}}]}`),
    );
    const [nothing, byPoint] = schema.fields as readonly [Field, Field];
    expect(nothing).toMatchObject({
      id: 1,
      doc: "no fields",
      required: false,
      type: { kind: "struct", fields: [] },
    });
    expect(byPoint.type).toMatchObject({ kind: "map", keyId: 3, valueId: 4, valueRequired: false });
    expect(JSON.stringify(schemaToJson(schema))).not.toContain("key-required");
  });

  it("rows with struct keys, nulls inside and empty lists are read as they were written", async () => {
    const schema = defineSchema({
      m: optional(t.map(t.struct({ x: required(t.int()) }), t.list(t.string(), { required: false }))),
    });
    const created = await (await catalog()).createTable("ns.t", schema);
    const rows = [
      {
        m: [
          [{ x: 1 }, ["a", null]],
          [{ x: 2 }, []],
        ],
      },
      { m: [] },
      { m: null },
    ];
    const { table } = await created.append(rows as never);
    expect(await rowsOf(table)).toEqual(rows);
  });
});

it("rows with equal identifier values are all kept (SCH-033)", async () => {
  const schema = defineSchema({ id: required(t.long()), n: required(t.int()) }, { identifierFields: ["id"] });
  const created = await (await catalog()).createTable("ns.t", schema);
  const { table } = await created.append([
    { id: 1n, n: 1 },
    { id: 1n, n: 2 },
  ]);
  const { table: again } = await table.append([{ id: 1n, n: 3 }]);
  const rows = await rowsOf(again);
  expect(rows.map((row) => row.n).toSorted()).toEqual([1, 2, 3]);
});

describe("what only v3 has, in older tables (SCH-044, SCH-007)", () => {
  const withDefault = new Schema([
    { id: 1, name: "a", required: false, type: { kind: "int" }, initialDefault: 5, writeDefault: 5 },
  ]);
  const table = (schema: Schema, formatVersion: number) =>
    newTableMetadata({ schema, formatVersion, location: "s3://b/t", uuid: UUID, nowMs: 1 });

  it.each([1, 2])("v%i: a schema with an initial default is refused, created or added", (version) => {
    expect(() => table(withDefault, version)).toThrow(/column a .* default values need format version 3/);
    const plain = table(new Schema([{ id: 1, name: "b", required: false, type: { kind: "int" } }]), version);
    const update = { action: "add-schema", schema: withDefault, lastColumnId: 1 } as const;
    expect(() => applyUpdates(plain, [update], { nowMs: 2 })).toThrow(
      /column a .* default values need format version 3/,
    );
    expect(table(withDefault, 3).schemas[0]!.fields[0]!.initialDefault).toBe(5);
  });
});

describe("reserved ids (SCH-089, SCH-017)", () => {
  it.each([MAX_FIELD_ID + 1, 2147483546, 2147483540, 2147483646])(
    "no schema of a table may have a field %i",
    (id) => {
      const field = { name: "a", required: false, type: { kind: "int" } } as const;
      const table = newTableMetadata({
        schema: new Schema([{ id: 1, ...field }]),
        location: "s3://b/t",
        uuid: UUID,
        nowMs: 1,
      });
      const schema = new Schema([{ id, ...field }]);
      expect(() => applyUpdates(table, [{ action: "add-schema", schema }], { nowMs: 2 })).toThrow(
        `field id ${id}`,
      );
    },
  );

  it("the highest id of a column is 2^31 - 1 - 200", () => {
    expect(MAX_FIELD_ID).toBe(2 ** 31 - 1 - 200);
  });
});

describe("geometry and geography values (SCH-099)", () => {
  /** Points (30 10), then with Z 5 and M 7, as ISO WKB: little-endian, then type 1, 1001, 2001, 3001. */
  const points = [
    [1, [30, 10]],
    [1001, [30, 10, 5]],
    [2001, [30, 10, 7]],
    [3001, [30, 10, 5, 7]],
  ] as const;

  it.each(points)("WKB of type %i is stored and read byte for byte", async (kind, coordinates) => {
    const wkb = new Uint8Array(5 + 8 * coordinates.length);
    const view = new DataView(wkb.buffer);
    wkb[0] = 1;
    view.setUint32(1, kind, true);
    for (const [at, value] of coordinates.entries()) view.setFloat64(5 + 8 * at, value, true);
    const schema = new Schema([
      { id: 1, name: "g", required: true, type: { kind: "geometry", crs: "OGC:CRS84" } },
      {
        id: 2,
        name: "h",
        required: true,
        type: { kind: "geography", crs: "OGC:CRS84", algorithm: "spherical" },
      },
    ]);
    const created = await (await catalog()).createTable("ns.t", schema, { formatVersion: 3 });
    const { table } = await created.append([{ g: wkb, h: wkb }]);
    const [row] = await rowsOf(table);
    expect(row).toEqual({ g: wkb, h: wkb });
    expect(
      new DataView((row as { g: Uint8Array }).g.slice().buffer).getFloat64(5, true),
      "x is longitude",
    ).toBe(30);
  });
});
