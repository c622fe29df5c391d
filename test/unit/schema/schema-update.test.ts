import { describe, expect, it } from "vitest";
import {
  type AddColumnOptions,
  type ColumnUse,
  defineSchema,
  optional,
  required,
  Schema,
  SchemaUpdate,
  type SchemaUpdateContext,
  sameSchema,
  type Type,
  t,
  typeToString,
} from "../../../src/schema/index.ts";
import { coerceInput } from "../../../src/values/index.ts";

const base = defineSchema(
  {
    id: required(t.long()),
    n: optional(t.int(), { doc: "a number" }),
    day: optional(t.date()),
    who: required(t.struct({ name: required(t.string()), age: optional(t.int()) })),
    points: optional(t.list(t.struct({ x: required(t.float()), y: optional(t.float()) }))),
    marks: optional(t.map(t.struct({ k: required(t.int()) }), t.struct({ v: optional(t.int()) }))),
    plain: optional(t.map(t.int(), t.list(t.int()))),
  },
  { identifierFields: ["id"] },
);

function update(context: Partial<SchemaUpdateContext> = {}, schema: Schema = base): SchemaUpdate {
  return new SchemaUpdate(schema, { formatVersion: 3, coerceDefault: coerceInput, ...context });
}
/** Full names and types in order, for comparisons that ids would blur. */
function shape(schema: Schema): string[] {
  return schema.fields.map(
    ({ name, required, type }) => `${name}${required ? "!" : ""} ${typeToString(type)}`,
  );
}
const idOf = (schema: Schema, path: string) => schema.idOf(path);

describe("addColumn()", () => {
  it("takes ids above last-column-id, the column's before those nested in it (SCH-016, SCH-018)", () => {
    const change = update({ lastColumnId: 100 });
    const next = change
      .addColumn("a", t.struct({ x: optional(t.int()), y: optional(t.int()) }))
      .addColumn("b", t.int())
      .apply();
    expect(["a", "a.x", "a.y", "b"].map((path) => idOf(next, path))).toEqual([101, 102, 103, 104]);
    expect(change.lastColumnId).toBe(104);
    expect(next.fields.slice(0, base.fields.length)).toEqual(base.fields);
  });

  it("ends at the last id left to users (SCH-017)", () => {
    expect(() => update({ lastColumnId: 2147483447 }).addColumn("a", t.int())).toThrow(/field id 2147483448/);
    expect(idOf(update({ lastColumnId: 2147483446 }).addColumn("a", t.int()).apply(), "a")).toBe(2147483447);
  });

  it("adds to structs, also those of lists and maps, with and without `element` and `value` (SCH-073)", () => {
    const next = update()
      .addColumn("who.email", t.string())
      .addColumn("points.z", t.float())
      .addColumn("points.element.w", t.float())
      .addColumn("marks.more", t.int())
      .addColumn("who.address", t.struct({ city: optional(t.string()) }))
      .addColumn("who.address.zip", t.string())
      .apply();
    for (const path of [
      "who.email",
      "points.element.z",
      "points.element.w",
      "marks.value.more",
      "who.address.zip",
    ]) {
      expect(next.idOf(path), path).toBeGreaterThan(base.highestFieldId);
    }
  });

  it("takes a name with a dot as one part of a path (SCH-021)", () => {
    const next = update().addColumn(["odd.name"], t.int()).apply();
    expect(next.fields.at(-1)?.name).toBe("odd.name");
    expect(() => update().addColumn("odd.name", t.int())).toThrow(
      /there is no column odd; .*\["odd\.name"\]/,
    );
    expect(() => update().addColumn(["who.name"], t.int()).apply()).toThrow(/two fields named who\.name/);
  });

  it.each([
    ["who.name", t.int(), {}, /Cannot add column who\.name: there is a column of that name/],
    ["n", t.int(), {}, /Cannot add column n: there is a column of that name/],
    ["n.x", t.int(), {}, /n is of type int, which takes no fields/],
    ["plain.x", t.int(), {}, /plain is of type map<int, list<int>>, which takes no fields/],
    ["marks.key.z", t.int(), {}, /Cannot add column marks\.key\.z: it lies in the key of a map/],
    ["who.", t.int(), {}, /its name is empty/],
    ["r", t.int(), { required: true }, /Cannot add column r: it is required and has no default/],
    ["r", t.unknown(), { required: true, default: null }, /type unknown holds only null/],
    ["v", t.variant(), { default: {} }, /type variant defaults to null only/],
    ["s", t.struct({ a: optional(t.int()) }), { default: { a: 1 } }, /the default of a struct is \{\}/],
    ["s", t.struct({ a: required(t.int()) }), { default: {} }, /its required field a has no default/],
  ] as const)(
    "refuses %s (SCH-006, SCH-021, SCH-038, SCH-040, SCH-041, SCH-064)",
    (path, type, options, message) => {
      const add = () =>
        update()
          .addColumn<Type>(path, type, options as AddColumnOptions)
          .apply();
      expect(add).toThrow(message);
      expect(add).toThrow(expect.objectContaining({ code: "validation-failed" }));
    },
  );

  it("stores a default for old rows and for writers, as held values (SCH-037, SCH-038)", () => {
    const next = update()
      .addColumn("a", t.decimal(9, 2), { default: "14.20", required: true })
      .addColumn("b", t.timestamptz(), { default: new Date(5) })
      .addColumn("c", t.long(), { default: 7, doc: "seven" })
      .addColumn("d", t.struct({ x: optional(t.int(), { initialDefault: 1 }) }), { default: {} })
      .apply();
    expect(next.fields.slice(-4)).toMatchObject([
      { name: "a", required: true, initialDefault: 1420n, writeDefault: 1420n },
      { name: "b", required: false, initialDefault: 5000n, writeDefault: 5000n },
      { name: "c", initialDefault: 7n, writeDefault: 7n, doc: "seven" },
      { name: "d", initialDefault: {}, writeDefault: {} },
    ]);
  });

  it("has no defaults before version 3 (SCH-007)", () => {
    expect(() => update({ formatVersion: 2 }).addColumn("a", t.int(), { default: 1 })).toThrow(
      /default values need format version 3, the table has 2/,
    );
  });

  it("adds required columns without default when told that this breaks old data (SCH-038)", () => {
    const next = update().allowIncompatibleChanges().addColumn("r", t.int(), { required: true }).apply();
    expect(next.fields.at(-1)).toMatchObject({ name: "r", required: true });
  });
});

describe("deleteColumn()", () => {
  it("frees the name for a column with another id, in the same or a later update (SCH-016, SCH-066)", () => {
    const next = update().deleteColumn("n").addColumn("n", t.string()).apply();
    expect(next.idOf("n")).toBe(base.highestFieldId + 1);
    const gone = update().deleteColumn("points").apply();
    const again = update({ lastColumnId: base.highestFieldId }, gone).addColumn("points", t.int()).apply();
    expect(again.idOf("points")).toBe(base.highestFieldId + 1);
  });

  it("finds fields of lists and maps", () => {
    const next = update().deleteColumn("points.y").deleteColumn("marks.value.v").apply();
    expect(next.idOf("points.element.y")).toBeUndefined();
    expect(next.idOf("points.element.x")).toBe(base.idOf("points.element.x"));
    expect(next.idOf("marks.value.v")).toBeUndefined();
  });

  it.each([
    ["nope", /Cannot delete column nope: schema 0 has no such column/],
    ["points.element", /it is the element of a list/],
    ["marks.key", /it is the key of a map/],
    ["marks.value", /it is the value of a map/],
    ["marks.key.k", /it lies in the key of a map/],
    ["id", /Cannot delete column id: it is an identifier field/],
  ])("refuses %s (SCH-034, SCH-064)", (path, message) => {
    expect(() => update().deleteColumn(path).apply()).toThrow(message);
  });

  it("refuses columns the update changed, and changes of columns it deletes", () => {
    expect(() => update().renameColumn("n", "m").deleteColumn("n")).toThrow(/this update adds or changes it/);
    expect(() => update().addColumn("who.x", t.int()).deleteColumn("who")).toThrow(/or adds to it/);
    expect(() => update().deleteColumn("n").renameColumn("n", "m")).toThrow(
      /Cannot rename column n: this update deletes it/,
    );
    expect(() => update().deleteColumn("who").deleteColumn("who.age")).toThrow(/this update deletes it/);
  });

  it("deletes identifier fields once they are none (SCH-034)", () => {
    const next = update().deleteColumn("id").setIdentifierFields([]).apply();
    expect(next.identifierFieldIds).toEqual([]);
    expect(next.idOf("id")).toBeUndefined();
  });

  it("keeps what new data is partitioned or sorted by, and its ancestors (SCH-069)", () => {
    const uses: ColumnUse[] = [
      { fieldId: base.idOf("who.name")!, user: "partition field p of spec 3", current: true },
    ];
    const message =
      /Cannot delete column who: partition field p of spec 3 is derived from it; change that first/;
    expect(() => update({ uses }).deleteColumn("who")).toThrow(message);
    expect(() => update({ uses }).deleteColumn("who.name")).toThrow(/partition field p/);
    const past = uses.map((use) => ({ ...use, current: false }));
    expect(update({ uses: past }).deleteColumn("who").apply().idOf("who")).toBeUndefined();
  });
});

describe("renameColumn()", () => {
  it("keeps id, place and everything below (SCH-020)", () => {
    const next = update()
      .renameColumn("who", "person")
      .renameColumn("who.age", "years")
      .renameColumn("n", "a.b")
      .apply();
    expect(next.fields.map(({ name }) => name)).toEqual([
      "id",
      "a.b",
      "day",
      "person",
      "points",
      "marks",
      "plain",
    ]);
    expect(next.idOf("person.years")).toBe(base.idOf("who.age"));
    expect(next.idOf("a.b")).toBe(base.idOf("n"));
  });

  it("keeps identifier fields, nested ones too (SCH-035)", () => {
    const nested = new Schema(base.fields, {
      identifierFieldIds: [base.idOf("id")!, base.idOf("who.name")!],
    });
    const next = update({}, nested).renameColumn("who.name", "nick").renameColumn("id", "key").apply();
    expect(next.identifierFieldIds).toEqual(nested.identifierFieldIds);
  });

  it("swaps names: they are those before the update", () => {
    const next = update().renameColumn("n", "day").renameColumn("day", "n").apply();
    expect(next.idOf("n")).toBe(base.idOf("day"));
    expect(next.idOf("day")).toBe(base.idOf("n"));
  });

  it("swaps names in lists and maps, too, without `element`", () => {
    const next = update().renameColumn("points.x", "y").renameColumn("points.y", "x").apply();
    expect(next.idOf("points.element.y")).toBe(base.idOf("points.element.x"));
    expect(next.idOf("points.element.x")).toBe(base.idOf("points.element.y"));
  });

  it("goes by the new name where no column had it", () => {
    const next = update().renameColumn("n", "m").updateColumn("m", { type: t.long() }).apply();
    expect(next.findField(base.idOf("n")!)).toMatchObject({ name: "m", type: t.long() });
  });

  it.each([
    ["nope", "x", /has no such column/],
    ["n", "", /the new name is empty/],
    ["n", "day", /Cannot rename column n: there is another column named day/],
    ["who.name", "age", /Cannot rename column who\.name: there is another column named who\.age/],
    ["points.element", "x", /it is the element of a list/],
    ["marks.key.k", "x", /it lies in the key of a map/],
  ])("refuses %s to %j", (path, name, message) => {
    expect(() => update().renameColumn(path, name).apply()).toThrow(message);
  });

  it("leaves partition field names alone: other engines could not load the table (PRT-033)", () => {
    const uses: ColumnUse[] = [
      {
        fieldId: base.idOf("day")!,
        user: "partition field day_year of spec 0",
        current: false,
        partitionName: "day_year",
      },
      { fieldId: base.idOf("n")!, user: "partition field m of spec 0", current: true, partitionName: "m" },
    ];
    expect(() => update({ uses }).renameColumn("n", "day_year").apply()).toThrow(
      /Cannot name column day_year: partition field day_year of spec 0 has that name/,
    );
    expect(() => update({ uses }).addColumn("day_year", t.int()).apply()).toThrow(/has that name/);
    expect(update({ uses }).renameColumn("n", "m").apply().idOf("m")).toBe(base.idOf("n"));
    // SCH-066: a name is free again when its source is gone.
    const gone = update({ uses }).deleteColumn("day").addColumn("day_year", t.int()).apply();
    expect(gone.idOf("day_year")).toBe(base.highestFieldId + 1);
  });
});

describe("updateColumn()", () => {
  it("promotes wherever the column is, keys and elements included (SCH-060, SCH-063)", () => {
    const next = update()
      .updateColumn("n", { type: t.long() })
      .updateColumn("points.x", { type: t.double() })
      .updateColumn("plain.key", { type: t.long() })
      .updateColumn("plain.value.element", { type: t.long() })
      .updateColumn("day", { type: t.timestamp() })
      .apply();
    expect(shape(next)).toEqual([
      "id! long",
      "n long",
      "day timestamp",
      "who! struct<name: string, age: int>",
      "points list<struct<x: double, y: float>>",
      "marks map<struct<k: int>, struct<v: int>>",
      "plain map<long, list<long>>",
    ]);
    expect([...next.places()].map(({ field }) => field.id)).toEqual(
      [...base.places()].map(({ field }) => field.id),
    );
  });

  it.each([
    ["id", t.int(), 3, /Cannot change column id: no promotion leads from long to int/],
    ["who", t.string(), 3, /from struct<name: string, age: int> to string/],
    ["n", t.struct({ a: optional(t.int()) }), 3, /no promotion leads from int/],
    ["points", t.list(t.int()), 3, /no promotion leads/],
    ["day", t.timestamptz(), 3, /no promotion leads from date to timestamptz/],
    ["day", t.timestamp(), 2, /from date to timestamp needs format version 3/],
    ["nope", t.int(), 3, /Cannot change column nope: schema 0 has no such column/],
  ])("refuses %s (SCH-060, SCH-061, SCH-064)", (path, type, formatVersion, message) => {
    expect(() => update({ formatVersion }).updateColumn(path, { type })).toThrow(message);
  });

  it("refuses a promotion that would change partition values (SCH-062)", () => {
    const use = { fieldId: base.idOf("day")!, user: "partition field day_bucket of spec 0", current: false };
    const uses = [{ ...use, changesWith: () => true }];
    expect(() => update({ uses }).updateColumn("day", { type: t.timestamp() })).toThrow(
      /from date to timestamp would change the values of partition field day_bucket of spec 0/,
    );
  });

  it("gives an unknown column any type, with new ids for its parts (SCH-061)", () => {
    const schema = defineSchema({ u: optional(t.unknown()), a: optional(t.int()) });
    const next = update({ lastColumnId: 9 }, schema)
      .updateColumn("u", { type: t.list(t.struct({ x: optional(t.int()) })) })
      .apply();
    expect(next.idOf("u")).toBe(1);
    expect([next.idOf("u.element"), next.idOf("u.element.x")]).toEqual([10, 11]);
  });

  it("re-expresses both defaults in the new type (SCH-100)", () => {
    const schema = defineSchema({
      a: optional(t.int(), { initialDefault: 34, writeDefault: 35 }),
      d: optional(t.date(), { initialDefault: 17486, writeDefault: 106_752 }),
    });
    const next = update({}, schema)
      .updateColumn("a", { type: t.long() })
      .updateColumn("d", { type: t.timestamp() })
      .apply();
    expect(next.fields).toMatchObject([
      { initialDefault: 34n, writeDefault: 35n },
      { initialDefault: 1_510_790_400_000_000n, writeDefault: 9_223_372_800_000_000n },
    ]);
    expect(() => update({}, schema).updateColumn("d", { type: t.timestampNs() })).toThrow(
      /its default cannot follow/,
    );
  });

  it("changes doc and write default, never the initial one (SCH-037)", () => {
    const schema = defineSchema({ a: optional(t.int(), { initialDefault: 5, writeDefault: 5, doc: "old" }) });
    const next = update({}, schema).updateColumn("a", { doc: null, writeDefault: 7 }).apply();
    expect(next.fields).toEqual([
      { id: 1, name: "a", required: false, type: t.int(), initialDefault: 5, writeDefault: 7 },
    ]);
    const none = update({}, schema).updateColumn("a", { doc: "new", writeDefault: null }).apply();
    expect(none.fields[0]).toEqual({
      id: 1,
      name: "a",
      required: false,
      type: t.int(),
      initialDefault: 5,
      doc: "new",
    });
    expect(() => update({}, schema).updateColumn("a", { writeDefault: "x" })).toThrow(
      /Cannot change column a: its default does not fit: .*32-bit integer/,
    );
  });
});

describe("makeColumnOptional(), requireColumn()", () => {
  it("widens to optional, elements and values too (SCH-063)", () => {
    const next = update()
      .makeColumnOptional("who")
      .makeColumnOptional("points.element")
      .makeColumnOptional("plain.value")
      .apply();
    expect(next.findField(base.idOf("who")!)?.required).toBe(false);
    expect(next.findField(base.idOf("points.element")!)?.required).toBe(false);
    expect(next.findField(base.idOf("plain.value")!)?.required).toBe(false);
  });

  it("keeps keys of maps and identifier fields required (SCH-032, SCH-064)", () => {
    expect(() => update().makeColumnOptional("plain.key")).toThrow(/keys of maps are always required/);
    expect(() => update().makeColumnOptional("marks.key.k")).toThrow(/in the key of a map/);
    expect(() => update().makeColumnOptional("id").apply()).toThrow(
      /Cannot identify rows by id: it is optional/,
    );
  });

  it("requires only what old data cannot lack (SCH-065)", () => {
    expect(() => update().requireColumn("n")).toThrow(/Cannot require column n: old data may have nulls/);
    expect(() => update().addColumn("a", t.int()).requireColumn("a")).toThrow(/old data/);
    const added = update().addColumn("a", t.int(), { default: 1 }).requireColumn("a").apply();
    expect(added.fields.at(-1)?.required).toBe(true);
    expect(update().allowIncompatibleChanges().requireColumn("n").apply().fields[1]?.required).toBe(true);
    expect(sameSchema(update().requireColumn("id").apply(), base)).toBe(true);
  });
});

describe("moves", () => {
  const order = (schema: Schema) => schema.fields.map(({ name }) => name);

  it("reorder within a struct, added and renamed columns too (SCH-063)", () => {
    const next = update()
      .addColumn("new", t.int())
      .moveFirst("new")
      .moveAfter("id", "day")
      .moveBefore("plain", "n")
      .renameColumn("marks", "m")
      .moveFirst("m")
      .moveFirst("who.age")
      .apply();
    expect(order(next)).toEqual(["m", "new", "plain", "n", "day", "id", "who", "points"]);
    expect(typeToString(next.findField(base.idOf("who")!)!.type)).toBe("struct<age: int, name: string>");
  });

  it.each([
    [(u: SchemaUpdate) => u.moveFirst("nope"), /Cannot move column nope/],
    [(u: SchemaUpdate) => u.moveAfter("n", "nope"), /Cannot move next to column nope/],
    [(u: SchemaUpdate) => u.moveBefore("n", "n"), /it cannot stand next to itself/],
    [(u: SchemaUpdate) => u.moveAfter("n", "who.age"), /who\.age is not in the same struct/],
    [(u: SchemaUpdate) => u.moveFirst("points.element"), /it is the element of a list/],
  ])("refuse %s (SCH-064)", (change, message) => {
    expect(() => change(update())).toThrow(message);
  });
});

describe("setIdentifierFields()", () => {
  it("names columns of the update too", () => {
    const next = update()
      .addColumn("k", t.string(), { required: true, default: "" })
      .setIdentifierFields(["k", "who.name", "k"])
      .apply();
    expect(next.identifierFieldIds).toEqual([next.idOf("k"), base.idOf("who.name")]);
  });

  it.each([
    ["n", /it is optional/],
    ["who", /it is of type struct/],
    ["points.x", /lies inside a list or map|floating/],
  ])("refuses %s (SCH-032)", (path, message) => {
    expect(() => update().setIdentifierFields([path]).apply()).toThrow(message);
  });
});

describe("unionByName()", () => {
  it("changes nothing for the schema itself, whatever its ids (SCH-072)", () => {
    expect(sameSchema(update().unionByName(base).apply(), base)).toBe(true);
  });

  it("adds as optional, promotes, widens, takes docs and write defaults; drops and narrows nothing (SCH-072)", () => {
    const other = defineSchema({
      n: required(t.long(), { doc: "wider" }),
      id: optional(t.int()),
      who: required(t.struct({ age: optional(t.int()), email: required(t.string()) })),
      points: optional(t.list(t.struct({ x: required(t.double()), z: optional(t.int()) }))),
      extra: required(t.int(), { initialDefault: 3, writeDefault: 4 }),
      day: optional(t.date(), { writeDefault: 1 }),
    });
    const withoutIdentifier = new Schema(base.fields);
    const next = update({}, withoutIdentifier).unionByName(other).apply();
    expect(shape(next)).toEqual([
      "id long",
      "n long",
      "day date",
      "who! struct<name: string, age: int, email: string>",
      "points list<struct<x: double, y: float, z: int>>",
      "marks map<struct<k: int>, struct<v: int>>",
      "plain map<int, list<int>>",
      "extra int",
    ]);
    expect(next.fields[1]).toMatchObject({ doc: "wider", required: false });
    expect(next.fields[2]).toMatchObject({ writeDefault: 1 });
    expect(next.fields[2]).not.toHaveProperty("initialDefault");
    expect(next.fields.at(-1)).toMatchObject({ required: false, initialDefault: 3, writeDefault: 4 });
    expect(next.findField(next.idOf("who.email")!)?.required).toBe(false);
    const twice = update({}, next).unionByName(other).apply();
    expect(sameSchema(twice, next)).toBe(true);
  });

  it("refuses types that do not meet, naming the column", () => {
    const message = /Cannot merge column who\.age: it is of type int here and string there/;
    expect(() =>
      update().unionByName(defineSchema({ who: optional(t.struct({ age: optional(t.string()) })) })),
    ).toThrow(message);
    const key = defineSchema({
      marks: optional(t.map(t.struct({ k: required(t.int()), z: optional(t.int()) }), t.struct({}))),
    });
    expect(() => update().unionByName(key)).toThrow(
      /Cannot add column marks\.key\.z: it lies in the key of a map/,
    );
  });
});
