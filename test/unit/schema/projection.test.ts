import { describe, expect, it } from "vitest";
import {
  defineSchema,
  type Field,
  initialValue,
  optional,
  projectFields,
  projector,
  required,
  type Schema,
  SchemaUpdate,
  t,
  type Value,
} from "../../../src/schema/index.ts";

const file = defineSchema({
  id: required(t.int()),
  who: optional(t.struct({ name: optional(t.string()), age: optional(t.int()) })),
  points: optional(t.list(t.struct({ x: optional(t.float()) }), { required: false })),
  marks: optional(t.map(t.int(), t.struct({ v: optional(t.int()) }))),
  day: optional(t.date()),
});

function evolved(change: (update: SchemaUpdate) => unknown): Schema {
  const update = new SchemaUpdate(file, { formatVersion: 3 });
  change(update);
  return update.apply();
}
/** One file row as one row of the table. */
function project(
  schema: Schema,
  row: Record<string, Value | null>,
  partition?: Record<number, Value | null>,
) {
  const plans = projectFields(schema.fields, file.fields, {
    ...(partition && { partitionValue: (id) => partition[id] }),
  });
  return Object.fromEntries(
    plans.map((plan) => [
      plan.field.name,
      projector(plan)("source" in plan ? row[plan.source.name] : undefined),
    ]),
  );
}
const row = {
  id: 1,
  who: { name: "n", age: 2 },
  points: [{ x: 0.5 }, null],
  marks: [[3, { v: 4 }]],
  day: 1,
} as const;
const kinds = (fields: readonly Field[]) => projectFields(fields, file.fields).map(({ kind }) => kind);

describe("projectFields()", () => {
  it("finds by id, in the order and under the names asked for (SCH-074)", () => {
    const next = evolved((u) =>
      u
        .renameColumn("id", "who_id")
        .renameColumn("who", "id")
        .renameColumn("who.age", "years")
        .moveFirst("day")
        .moveFirst("who.age"),
    );
    expect(project(next, row)).toEqual({
      day: 1,
      who_id: 1,
      id: { years: 2, name: "n" },
      points: [{ x: 0.5 }, null],
      marks: [[3, { v: 4 }]],
    });
    expect(Object.keys(project(next, row))).toEqual(["day", "who_id", "id", "points", "marks"]);
  });

  it("does not show a dropped column under a new one of its name (SCH-066)", () => {
    const next = evolved((u) => u.deleteColumn("id").addColumn("id", t.int()));
    expect(project(next, row).id).toBeNull();
  });

  it("promotes at every level, keys and elements too (SCH-077)", () => {
    const next = evolved((u) =>
      u
        .updateColumn("id", { type: t.long() })
        .updateColumn("points.x", { type: t.double() })
        .updateColumn("marks.key", { type: t.long() })
        .updateColumn("marks.v", { type: t.long() })
        .updateColumn("day", { type: t.timestampNs() }),
    );
    const { id, marks, day } = project(next, row);
    expect({ id, marks, day }).toEqual({ id: 1n, marks: [[3n, { v: 4n }]], day: 86_400_000_000_000n });
  });

  it("fills new fields from their own defaults, below nulls not at all (SCH-042, SCH-078)", () => {
    const next = evolved((u) =>
      u
        .addColumn("who.level", t.int(), { default: 9 })
        .addColumn("points.y", t.int(), { default: 8 })
        .addColumn("marks.w", t.int())
        .deleteColumn("who.name")
        .deleteColumn("who.age"),
    );
    expect(project(next, row)).toMatchObject({
      who: { level: 9 },
      points: [{ x: 0.5, y: 8 }, null],
      marks: [[3, { v: 4, w: null }]],
    });
    expect(project(next, { ...row, who: null }).who).toBeNull();
  });

  it("builds a missing struct from its fields' defaults only where its own is {} (SCH-043)", () => {
    const next = evolved((u) =>
      u
        .addColumn("none", t.struct({ a: optional(t.int(), { initialDefault: 1 }) }))
        .addColumn("empty", t.struct({ a: required(t.int(), { initialDefault: 1 }), b: optional(t.int()) }), {
          default: {},
        }),
    );
    expect(project(next, row)).toMatchObject({ none: null, empty: { a: 1, b: null } });
  });

  it("asks the partition tuple before the default; a null there is null (SCH-075)", () => {
    const next = evolved((u) =>
      u.addColumn("p", t.int(), { default: 5 }).addColumn("who.q", t.int(), { default: 6 }),
    );
    const [p, q] = [next.idOf("p")!, next.idOf("who.q")!];
    expect(project(next, row, { [p]: 7, [q]: 8 })).toMatchObject({ p: 7, who: { q: 8 } });
    expect(project(next, row, { [p]: null })).toMatchObject({ p: null, who: { q: 6 } });
    expect(project(next, row, { [file.idOf("id")!]: 99 })).toMatchObject({ id: 1, p: 5 });
  });

  it("says why a column is constant", () => {
    const fields: Field[] = [
      { id: 50, name: "d", required: true, type: t.int(), initialDefault: 1 },
      { id: 51, name: "n", required: false, type: t.int() },
      { id: 52, name: "p", required: false, type: t.int() },
    ];
    const plans = projectFields(fields, file.fields, { partitionValue: (id) => (id === 52 ? 3 : undefined) });
    expect(plans.map((plan) => (plan.kind === "constant" ? [plan.reason, plan.value] : plan.kind))).toEqual([
      ["default", 1],
      ["null", null],
      ["partition", 3],
    ]);
  });

  it("fails for a required field without value only when a row needs it (SCH-076)", () => {
    const next = evolved((u) =>
      u
        .allowIncompatibleChanges()
        .addColumn("must", t.int(), { required: true })
        .addColumn("who.must", t.int(), { required: true }),
    );
    expect(kinds(next.fields)).toEqual(["column", "nested", "nested", "nested", "column", "missing"]);
    expect(() => project(next, { ...row, who: null })).toThrow(
      /Cannot read column must \(id \d+\): the file lacks it/,
    );
    const without = next.fields.filter(({ name }) => name === "who");
    const [who] = projectFields(without, file.fields).map(projector);
    expect(who!(null)).toBeNull();
    expect(() => who!({ name: "n" })).toThrow(/column who\.must/);
  });

  it("fails for a null where the table requires a value", () => {
    const next = evolved((u) => u.allowIncompatibleChanges().requireColumn("day"));
    expect(() => project(next, { ...row, day: null })).toThrow(/requires a value and the file has null/);
  });

  it("never looks an unknown column up, and refuses types that do not meet (SCH-006)", () => {
    expect(kinds([{ id: 1, name: "u", required: false, type: t.unknown() }])).toEqual(["constant"]);
    const wrong = (id: number, type: Field["type"]) => () =>
      projectFields([{ id, name: "w", required: false, type }], file.fields);
    expect(wrong(1, t.string())).toThrow(/Cannot read column w \(id 1\) as string: the file holds int/);
    expect(wrong(2, t.int())).toThrow(/the file holds struct</);
    expect(wrong(5, t.timestamptz())).toThrow(/the file holds date/);
  });
});

describe("initialValue()", () => {
  it("names a required column that nothing gives a value (SCH-076)", () => {
    expect(() => initialValue({ id: 3, name: "r", required: true, type: t.int() })).toThrow(
      /Cannot read column r \(id 3\)/,
    );
    expect(initialValue({ id: 3, name: "r", required: false, type: t.int() })).toBeNull();
  });
});
