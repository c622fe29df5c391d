import { describe, expect, it } from "vitest";
import type { Json } from "../../../src/base/index.ts";
import {
  columnProperties,
  defineSchema,
  fieldIdsByName,
  type NameMapping,
  nameMappingFromJson,
  nameMappingOf,
  nameMappingToJson,
  nextNameMapping,
  optional,
  parseNameMapping,
  required,
  type Schema,
  SchemaUpdate,
  t,
} from "../../../src/schema/index.ts";

const schema = defineSchema({
  id: required(t.long()),
  "a.b": optional(t.int()),
  a: optional(t.struct({ c: optional(t.int()) })),
  points: optional(t.list(t.struct({ x: optional(t.int()) }))),
  tags: optional(t.map(t.string(), t.int())),
});

function evolved(before: Schema, change: (update: SchemaUpdate) => unknown): Schema {
  const update = new SchemaUpdate(before, { formatVersion: 3 });
  change(update);
  return update.apply();
}

describe("nameMappingFromJson()", () => {
  it("takes entries without names, without id, with null for what is absent (SCH-082)", () => {
    const json = [{ names: [] }, { "field-id": 2 }, { names: ["a"], "field-id": null, fields: null }];
    expect(nameMappingFromJson(json)).toEqual([{ names: [] }, { names: [], fieldId: 2 }, { names: ["a"] }]);
  });

  it.each([
    [{}, /the mapping is no array/],
    [["a"], /an entry of the mapping is no JSON object/],
    [[{ names: "a" }], /no array of strings/],
    [[{ names: [1] }], /no array of strings/],
    [[{ names: ["a"], "field-id": "1" }], /field-id of \["a"\] is no 32-bit integer/],
    [[{ names: ["a"] }, { names: ["b", "a"] }], /the mapping maps "a" twice/],
    [[{ names: ["s"], fields: [{ names: ["a"] }, { names: ["a"] }] }], /fields of \["s"\] maps "a" twice/],
    [[{ names: ["a"], "field-id": 1, fields: [{ names: ["b"], "field-id": 1 }] }], /field id 1 occurs twice/],
  ] satisfies [Json, RegExp][])("refuses %j (SCH-086)", (json, message) => {
    expect(() => nameMappingFromJson(json)).toThrow(message);
    expect(() => nameMappingFromJson(json)).toThrow(expect.objectContaining({ code: "invalid-schema" }));
  });

  it("tells of text that is no JSON", () => {
    expect(() => parseNameMapping("[")).toThrow(/Cannot read a name mapping/);
  });

  it("takes one name at two levels (SCH-086)", () => {
    const json = [{ names: ["a"], "field-id": 1, fields: [{ names: ["a"], "field-id": 2 }] }];
    expect(nameMappingToJson(nameMappingFromJson(json))).toEqual([
      { "field-id": 1, names: ["a"], fields: [{ "field-id": 2, names: ["a"] }] },
    ]);
  });
});

describe("fieldIdsByName()", () => {
  it("follows structure, never dotted text (SCH-083)", () => {
    const idOf = fieldIdsByName(nameMappingOf(schema));
    expect(idOf(["a.b"])).toBe(schema.idOf("a.b"));
    expect(idOf(["a", "b"])).toBeUndefined();
    expect(idOf(["a", "c"])).toBe(schema.idOf("a.c"));
    expect(idOf(["a.c"])).toBeUndefined();
    expect(idOf([])).toBeUndefined();
  });

  it("names the parts of lists and maps element, key and value (SCH-084)", () => {
    const idOf = fieldIdsByName(nameMappingOf(schema));
    expect(idOf(["points", "element"])).toBe(schema.idOf("points.element"));
    expect(idOf(["points", "element", "x"])).toBe(schema.idOf("points.element.x"));
    expect(idOf(["tags", "key"])).toBe(schema.idOf("tags.key"));
    expect(idOf(["tags", "value"])).toBe(schema.idOf("tags.value"));
  });

  it("goes on below an entry that has no id itself (SCH-082)", () => {
    const idOf = fieldIdsByName([{ names: ["s"], fields: [{ names: ["x", "X"], fieldId: 7 }] }]);
    expect(idOf(["s"])).toBeUndefined();
    expect(idOf(["s", "X"])).toBe(7);
    expect(idOf(["s", "y"])).toBeUndefined();
  });
});

describe("nextNameMapping()", () => {
  const mapping = nameMappingOf(schema);
  const namesOf = (level: NameMapping | undefined) => level?.map(({ fieldId, names }) => [fieldId, names]);
  const next = (change: (update: SchemaUpdate) => unknown) =>
    nextNameMapping(mapping, schema, evolved(schema, change));

  it("keeps the old name beside the new one (SCH-070)", () => {
    const changed = next((u) => u.renameColumn("id", "key").renameColumn("points.x", "east"));
    expect(namesOf(changed)?.[0]).toEqual([1, ["id", "key"]]);
    expect(namesOf(changed[3]?.fields?.[0]?.fields)).toEqual([
      [schema.idOf("points.element.x"), ["x", "east"]],
    ]);
  });

  it("learns of added columns with all they hold, at their level (SCH-070)", () => {
    const changed = next((u) => u.addColumn("s", t.list(t.int())).addColumn("points.y", t.int()));
    const idOf = fieldIdsByName(changed);
    const high = schema.highestFieldId;
    expect([idOf(["s"]), idOf(["s", "element"]), idOf(["points", "element", "y"])]).toEqual([
      high + 1,
      high + 2,
      high + 3,
    ]);
  });

  it("takes a name from the column that had it before (SCH-070)", () => {
    const added = next((u) => u.deleteColumn("id").addColumn("id", t.string()));
    expect(namesOf(added)?.[0]).toEqual([1, []]);
    expect(fieldIdsByName(added)(["id"])).toBe(schema.highestFieldId + 1);
    const swapped = next((u) => u.renameColumn("id", "a.b").renameColumn("a.b", "id"));
    expect(namesOf(swapped)?.slice(0, 2)).toEqual([
      [1, ["a.b"]],
      [2, ["id"]],
    ]);
  });

  it("is the same object when names did not change", () => {
    expect(next((u) => u.moveFirst("tags").makeColumnOptional("id"))).toBe(mapping);
    const partial: NameMapping = [{ names: ["a"] }];
    expect(
      nextNameMapping(
        partial,
        schema,
        evolved(schema, (u) => u.moveFirst("tags")),
      ),
    ).toBe(partial);
  });
});

describe("columnProperties()", () => {
  const metrics = "write.metadata.metrics.column.";
  const properties = new Map([
    [`${metrics}id`, "full"],
    [`${metrics}a.c`, "counts"],
    [`${metrics}tags`, "none"],
    [`${metrics}stranger`, "none"],
    ["write.parquet.bloom-filter-enabled.column.id", "true"],
    ["write.parquet.stats-enabled.column.id", "false"],
    ["other.id", "kept"],
  ]);

  it("renames and drops keys with their columns, nested ones too (SCH-071)", () => {
    const after = evolved(schema, (u) =>
      u.renameColumn("id", "key").renameColumn("a", "b").deleteColumn("tags"),
    );
    const { set, unset } = columnProperties(schema, after, properties);
    expect(Object.fromEntries(set)).toEqual({
      [`${metrics}key`]: "full",
      [`${metrics}b.c`]: "counts",
      "write.parquet.bloom-filter-enabled.column.key": "true",
      "write.parquet.stats-enabled.column.key": "false",
    });
    expect([...unset].sort()).toEqual([
      `${metrics}a.c`,
      `${metrics}id`,
      `${metrics}tags`,
      "write.parquet.bloom-filter-enabled.column.id",
      "write.parquet.stats-enabled.column.id",
    ]);
  });

  it("swaps the keys of columns that swap names", () => {
    const after = evolved(schema, (u) => u.renameColumn("id", "tags").renameColumn("tags", "id"));
    const { set, unset } = columnProperties(schema, after, new Map([...properties].slice(0, 3)));
    expect(Object.fromEntries(set)).toEqual({ [`${metrics}tags`]: "full", [`${metrics}id`]: "none" });
    expect(unset).toEqual([]);
  });

  it("rewrites the mapping when it changes, and leaves one it cannot read (SCH-070)", () => {
    const key = "schema.name-mapping.default";
    const after = evolved(schema, (u) => u.renameColumn("id", "key"));
    const text = '[ {"names":["id"], "field-id":1} ]';
    expect(columnProperties(schema, after, new Map([[key, text]])).set.get(key)).toBe(
      '[{"field-id":1,"names":["id","key"]}]',
    );
    const moved = evolved(schema, (u) => u.moveFirst("tags"));
    expect(columnProperties(schema, moved, new Map([[key, text]])).set.size).toBe(0);
    expect(columnProperties(schema, after, new Map([[key, "{"]])).set.size).toBe(0);
  });
});
