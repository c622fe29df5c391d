import { describe, expect, test } from "vitest";
import {
  applyUpdates,
  currentSchema,
  defaultSortOrder,
  defaultSpec,
  type TableMetadata,
  type TableUpdate,
} from "../../../src/metadata/index.ts";
import type { PartitionSpec } from "../../../src/partitioning/index.ts";
import { Schema } from "../../../src/schema/index.ts";
import type { SortOrder } from "../../../src/sorting/index.ts";
import { emptyTable, T0, tableWith, UUID } from "./samples.ts";

const apply = (base: TableMetadata, ...updates: TableUpdate[]) =>
  applyUpdates(base, updates, { nowMs: T0 + 1 });
const wider = (id: number) =>
  new Schema(
    [...currentSchema(emptyTable()).fields, { id, name: "x", required: false, type: { kind: "int" } }],
    {
      schemaId: 77,
    },
  );
const byId: PartitionSpec = {
  specId: 9,
  fields: [{ sourceId: 1, fieldId: 1000, name: "id", transform: { kind: "identity" } }],
};
const byTs: SortOrder = {
  orderId: 9,
  fields: [{ sourceId: 2, transform: { kind: "identity" }, direction: "asc", nullOrder: "nulls-first" }],
};

test("applyUpdates() gives back the base when nothing changes (CMT-014)", () => {
  const base = applyUpdates(tableWith([1n]), [{ action: "set-properties", updates: new Map([["a", "b"]]) }], {
    nowMs: T0,
  });
  const nothing: TableUpdate[] = [
    { action: "set-properties", updates: new Map([["a", "b"]]) },
    { action: "remove-properties", removals: ["z"] },
    { action: "set-location", location: "s3://b/t/" },
    { action: "upgrade-format-version", formatVersion: 2 },
    { action: "assign-uuid", uuid: UUID.toUpperCase() },
    { action: "add-schema", schema: currentSchema(base) },
    { action: "set-current-schema", schemaId: 0 },
    { action: "set-snapshot-ref", refName: "main", ref: base.refs.get("main")! },
    { action: "remove-snapshots", snapshotIds: [5n] },
    { action: "remove-snapshot-ref", refName: "none" },
    { action: "remove-statistics", snapshotId: 1n },
    { action: "remove-schemas", schemaIds: [4] },
    { action: "remove-partition-specs", specIds: [4] },
    { action: "remove-encryption-key", keyId: "k" },
  ];
  for (const update of nothing) expect(apply(base, update), update.action).toBe(base);
  expect(apply(base, ...nothing)).toBe(base);
});

describe("applyUpdates() schemas", () => {
  test("a new schema gets the next id and raises last-column-id; -1 is it (RST-057)", () => {
    const next = apply(
      emptyTable(),
      { action: "add-schema", schema: wider(7) },
      { action: "set-current-schema", schemaId: -1 },
    );
    expect(next.schemas.map((schema) => schema.schemaId)).toEqual([0, 1]);
    expect(next.currentSchemaId).toBe(1);
    expect(next.lastColumnId).toBe(7);
  });

  test("an equal schema is reused and -1 still means it (RST-057, SCH-031)", () => {
    const two = apply(emptyTable(), { action: "add-schema", schema: wider(3) });
    const next = apply(
      two,
      { action: "add-schema", schema: wider(3) },
      { action: "set-current-schema", schemaId: -1 },
    );
    expect(next.schemas.length).toBe(2);
    expect(next.currentSchemaId).toBe(1);
  });

  test("last-column-id never falls", () => {
    const next = apply(emptyTable(), { action: "add-schema", schema: wider(9), lastColumnId: 3 });
    expect(next.lastColumnId).toBe(9);
  });

  test("-1 without an added one is refused", () => {
    for (const update of [
      { action: "set-current-schema", schemaId: -1 },
      { action: "set-default-spec", specId: -1 },
      { action: "set-default-sort-order", sortOrderId: -1 },
    ] as const) {
      expect(() => apply(emptyTable(), update)).toThrowError(/last added/);
    }
  });

  test("an id that does not exist is refused (MET-007)", () => {
    expect(() => apply(emptyTable(), { action: "set-current-schema", schemaId: 5 })).toThrowError(
      "Cannot set schema 5 as current: the table has [0]",
    );
  });

  test("a schema that lacks a source of the default spec or order is refused", () => {
    const narrow = new Schema([{ id: 9, name: "z", required: false, type: { kind: "int" } }]);
    const replace: TableUpdate[] = [
      { action: "add-schema", schema: narrow },
      { action: "set-current-schema", schemaId: -1 },
    ];
    const partitioned = apply(
      emptyTable(),
      { action: "add-spec", spec: byId },
      { action: "set-default-spec", specId: -1 },
    );
    expect(() => apply(partitioned, ...replace)).toThrowError(/partition field id of default spec 1/);
    const sorted = apply(
      emptyTable(),
      { action: "add-sort-order", sortOrder: byTs },
      { action: "set-default-sort-order", sortOrderId: -1 },
    );
    expect(() => apply(sorted, ...replace)).toThrowError(/default sort order 1/);
  });

  test("types and defaults of v3 are refused in v2, taken in v3", () => {
    const nanos = new Schema([{ id: 1, name: "t", required: false, type: { kind: "timestamp_ns" } }]);
    const defaults = new Schema([
      { id: 1, name: "t", required: false, type: { kind: "int" }, initialDefault: 3, writeDefault: 3 },
    ]);
    for (const schema of [nanos, defaults]) {
      expect(() => apply(emptyTable(2), { action: "add-schema", schema })).toThrowError(/format version 3/);
      expect(apply(emptyTable(3), { action: "add-schema", schema }).schemas.length).toBe(2);
    }
  });

  test("the current schema and the default spec cannot be removed, others can", () => {
    const base = apply(
      emptyTable(),
      { action: "add-schema", schema: wider(3) },
      { action: "add-spec", spec: byId },
    );
    expect(() => apply(base, { action: "remove-schemas", schemaIds: [0] })).toThrowError(/current schema/);
    expect(() => apply(base, { action: "remove-partition-specs", specIds: [0] })).toThrowError(
      /default spec/,
    );
    const next = apply(
      base,
      { action: "remove-schemas", schemaIds: [1] },
      { action: "remove-partition-specs", specIds: [1] },
    );
    expect(next.schemas.length).toBe(1);
    expect(next.partitionSpecs.length).toBe(1);
  });
});

describe("applyUpdates() specs and orders", () => {
  test("a new spec gets the next id and raises last-partition-id; a compatible one is reused", () => {
    const next = apply(
      emptyTable(),
      { action: "add-spec", spec: byId },
      { action: "set-default-spec", specId: -1 },
    );
    expect(defaultSpec(next)).toEqual({ ...byId, specId: 1 });
    expect(next.lastPartitionId).toBe(1000);
    const renumbered = { ...byId, fields: [{ ...byId.fields[0]!, fieldId: 1005 }] };
    expect(apply(next, { action: "add-spec", spec: renumbered })).toBe(next);
  });

  test("v1 needs field ids from 1000 in order", () => {
    const spec = { ...byId, fields: [{ ...byId.fields[0]!, fieldId: 1001 }] };
    expect(() => apply(emptyTable(1), { action: "add-spec", spec })).toThrowError(/v1 needs 1000/);
    expect(apply(emptyTable(2), { action: "add-spec", spec }).lastPartitionId).toBe(1001);
  });

  test("a new order gets 1 and up, unsorted stays 0 (PRT-053, PRT-054)", () => {
    const next = apply(
      emptyTable(),
      { action: "add-sort-order", sortOrder: byTs },
      { action: "set-default-sort-order", sortOrderId: -1 },
    );
    expect(defaultSortOrder(next)).toEqual({ ...byTs, orderId: 1 });
    const back = apply(
      next,
      { action: "add-sort-order", sortOrder: { orderId: 4, fields: [] } },
      { action: "set-default-sort-order", sortOrderId: -1 },
    );
    expect(back.defaultSortOrderId).toBe(0);
  });
});

describe("applyUpdates() version and identity", () => {
  const pairs = [1, 2, 3].flatMap((from) => [1, 2, 3].map((to) => [from, to] as const));
  test.each(pairs)("v%i to v%i (MET-068)", (from, to) => {
    const upgrade = () => apply(emptyTable(from), { action: "upgrade-format-version", formatVersion: to });
    if (to < from) expect(upgrade).toThrowError(/never lowered/);
    else expect(upgrade().formatVersion).toBe(to);
  });

  test("upgrades to v3 start row ids at 0 and leave snapshots alone (MET-070)", () => {
    const base = tableWith([1n], 2);
    const next = apply(base, { action: "upgrade-format-version", formatVersion: 3 });
    expect(next.nextRowId).toBe(0n);
    expect(next.snapshots).toBe(base.snapshots);
  });

  test("v4 is not supported (MET-002)", () => {
    expect(() => apply(emptyTable(), { action: "upgrade-format-version", formatVersion: 4 })).toThrowError(
      expect.objectContaining({ code: "unsupported" }),
    );
  });

  test("v1 metadata without UUID gets one when upgraded (MET-059, MET-069)", () => {
    const { tableUuid: _, ...v1 } = emptyTable(1);
    const upgrade: TableUpdate = { action: "upgrade-format-version", formatVersion: 2 };
    expect(() => apply(v1, upgrade)).toThrowError(/newUuid/);
    const next = applyUpdates(v1, [upgrade], { nowMs: T0, newUuid: () => UUID });
    expect(next.tableUuid).toBe(UUID);
  });

  test("a UUID is never changed (MET-059)", () => {
    expect(() => apply(emptyTable(), { action: "assign-uuid", uuid: "other" })).toThrowError(
      /Cannot assign UUID/,
    );
  });

  test("reserved properties are dropped, format-version upgrades (MET-017)", () => {
    const updates = new Map([
      ["format-version", "3"],
      ["uuid", "x"],
      ["snapshot-count", "1"],
      ["__proto__", "p"],
      ["foo.bar", "1"],
    ]);
    const next = apply(emptyTable(), { action: "set-properties", updates });
    expect(next.formatVersion).toBe(3);
    expect([...next.properties]).toEqual([
      ["__proto__", "p"],
      ["foo.bar", "1"],
    ]);
    expect(apply(next, { action: "remove-properties", removals: ["foo.bar"] }).properties.size).toBe(1);
  });

  test("encryption keys come with v3 (MET-055)", () => {
    const add: TableUpdate = {
      action: "add-encryption-key",
      encryptionKey: { keyId: "k", encryptedKeyMetadata: "a2V5" },
    };
    expect(() => apply(emptyTable(2), add)).toThrowError(/v2 table has no keys/);
    const next = apply(emptyTable(3), add);
    expect(next.encryptionKeys.length).toBe(1);
    expect(apply(next, add)).toBe(next);
    expect(apply(next, { action: "remove-encryption-key", keyId: "k" }).encryptionKeys).toEqual([]);
  });
});
