import { describe, expect, test } from "vitest";
import {
  applyUpdates,
  currentSchema,
  defaultSortOrder,
  defaultSpec,
  type NewTable,
  newTableMetadata,
  updatesToCreate,
} from "../../../src/metadata/index.ts";
import { bucket, buildPartitionSpec, identity } from "../../../src/partitioning/index.ts";
import { Schema } from "../../../src/schema/index.ts";
import { asc, buildSortOrder } from "../../../src/sorting/index.ts";
import { T0, UUID } from "./samples.ts";

/** `struct<a: struct<x>, b>` under ids that the table must not keep. */
const odd = new Schema(
  [
    {
      id: 40,
      name: "a",
      required: true,
      type: { kind: "struct", fields: [{ id: 7, name: "x", required: true, type: { kind: "long" } }] },
    },
    { id: 5, name: "b", required: false, type: { kind: "string" } },
  ],
  { schemaId: 3, identifierFieldIds: [7] },
);

const create = (table: Partial<NewTable> = {}) =>
  newTableMetadata({ schema: odd, location: "s3://b/t/", uuid: UUID, nowMs: T0, ...table });
const withProperty = (key: string, value: string) => () => create({ properties: new Map([[key, value]]) });

describe("newTableMetadata()", () => {
  test("numbers fields breadth first within a struct and keeps identifiers (SCH-018, SCH-019)", () => {
    const schema = currentSchema(create());
    expect(schema.idOf("a")).toBe(1);
    expect(schema.idOf("b")).toBe(2);
    expect(schema.idOf("a.x")).toBe(3);
    expect(schema.identifierFieldIds).toEqual([3]);
    expect(schema.schemaId).toBe(0);
    expect(create().lastColumnId).toBe(3);
  });

  test("spec gets id 0 and fields 1000 and up over the new ids (PRT-070)", () => {
    const spec = buildPartitionSpec(odd, [identity("b"), bucket(4, "a.x")], {
      specId: 7,
      firstFieldId: 5000,
    });
    const table = create({ spec });
    expect(defaultSpec(table).specId).toBe(0);
    expect(defaultSpec(table).fields.map((field) => [field.name, field.sourceId, field.fieldId])).toEqual([
      ["b", 2, 1000],
      ["a.x_bucket", 3, 1001],
    ]);
    expect(table.lastPartitionId).toBe(1001);
  });

  test("a sorted order gets id 1 over the new ids (PRT-070)", () => {
    const order = defaultSortOrder(create({ sortOrder: buildSortOrder(odd, [asc("a.x")], 12) }));
    expect(order.orderId).toBe(1);
    expect(order.fields[0]?.sourceId).toBe(3);
  });

  test("without spec and order the table is unpartitioned and unsorted, last-partition-id 999 (PRT-027)", () => {
    const table = create();
    expect(defaultSpec(table)).toEqual({ specId: 0, fields: [] });
    expect(defaultSortOrder(table)).toEqual({ orderId: 0, fields: [] });
    expect(table.lastPartitionId).toBe(999);
    expect(table.lastUpdatedMs).toBe(T0);
    expect(table.location).toBe("s3://b/t");
  });

  test("name mapping follows the new ids (SCH-019)", () => {
    const mapping =
      '[{"names":["a"],"field-id":40,"fields":[{"names":["x"],"field-id":7}]},{"names":["b"],"field-id":5}]';
    const stored = create({ properties: new Map([["schema.name-mapping.default", mapping]]) });
    expect(JSON.parse(stored.properties.get("schema.name-mapping.default")!)).toEqual([
      { names: ["a"], "field-id": 1, fields: [{ names: ["x"], "field-id": 3 }] },
      { names: ["b"], "field-id": 2 },
    ]);
  });

  test("format version: 2 unless asked, property format-version is not kept (MET-017, MET-018, PRP-004, PRP-007)", () => {
    expect(create().formatVersion).toBe(2);
    const v3 = withProperty("format-version", "3")();
    expect(v3.formatVersion).toBe(3);
    expect(v3.nextRowId).toBe(0n);
    expect(v3.properties.size).toBe(0);
    expect(create({ formatVersion: 1 }).formatVersion).toBe(1);
    expect(withProperty("format-version", "4")).toThrowError(
      expect.objectContaining({ code: "unsupported" }),
    );
  });

  test.each([
    ["write.metadata.metrics.column.nope", "full"],
    ["commit.retry.num-retries", "-1"],
    ["commit.retry.min-wait-ms", "soon"],
    ["commit.retry.total-timeout-ms", "2147483648"],
    ["write.metadata.compression-codec", "zstd"],
  ])("refuses property %s=%s (MET-019, MET-063)", (key, value) => {
    expect(withProperty(key, value)).toThrowError(expect.objectContaining({ code: "invalid-schema" }));
  });

  test.each([
    ["write.metadata.metrics.column.a.x", "full"],
    ["commit.retry.num-retries", "0"],
    ["write.metadata.compression-codec", "GZIP"],
    ["foo.bar", "1"],
  ])("keeps property %s=%s (PRP-002)", (key, value) => {
    expect([...withProperty(key, value)().properties]).toEqual([[key, value]]);
  });

  test("a source the schema does not have is refused", () => {
    const spec = {
      specId: 0,
      fields: [{ sourceId: 99, fieldId: 1000, name: "z", transform: { kind: "identity" } as const }],
    };
    expect(() => create({ spec })).toThrowError(/column id 99/);
  });
});

test("updatesToCreate() builds the same table again (CMT-060)", () => {
  const spec = buildPartitionSpec(odd, [identity("b")]);
  const sortOrder = buildSortOrder(odd, [asc("b")]);
  for (const formatVersion of [1, 2, 3]) {
    const table = create({ spec, sortOrder, formatVersion, properties: new Map([["a", "b"]]) });
    expect(applyUpdates(undefined, updatesToCreate(table), { nowMs: T0 })).toEqual(table);
  }
});

describe("applyUpdates() without a base", () => {
  const schema = currentSchema(create());
  const location = { action: "set-location", location: "s3://b/t" } as const;
  const structure = [
    { action: "add-schema", schema },
    { action: "set-current-schema", schemaId: -1 },
  ] as const;

  test("fills in what was left out", () => {
    const table = applyUpdates(undefined, [location, ...structure], { nowMs: T0, newUuid: () => UUID });
    expect(table).toEqual(create());
  });

  test("needs a location, a schema and a UUID", () => {
    const options = { nowMs: T0, newUuid: () => UUID };
    expect(() => applyUpdates(undefined, structure, options)).toThrowError(/location/);
    expect(() => applyUpdates(undefined, [location], options)).toThrowError(/current schema/);
    expect(() => applyUpdates(undefined, [location, ...structure], { nowMs: T0 })).toThrowError(/UUID/);
  });
});
