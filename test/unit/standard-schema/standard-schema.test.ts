/** Definitions as Standard Schemas: what passes, what does not and where. @module */
import { expect, test } from "vitest";
import {
  defineSchema,
  memoryCatalog,
  optional,
  required,
  rowValidator,
  schemaFromJson,
  schemaToJson,
  t,
} from "../../../src/index.ts";
import { traceEvents } from "../../../src/telemetry/index.ts";

const events = defineSchema({
  id: required(t.uuid()),
  at: required(t.timestamptz()),
  price: optional(t.decimal(9, 2)),
  tags: required(t.list(t.string())),
  counts: optional(t.map(t.string(), t.long())),
  place: optional(t.struct({ lat: required(t.double()), name: optional(t.string()) })),
  __proto: optional(t.int(), { writeDefault: 7 }),
});
const row = {
  id: "F79C3E09-677C-4BBD-A479-3F349CB785E7",
  at: "1970-01-01T00:00:01Z",
  price: { unscaled: 1420n, scale: 2 },
  tags: ["a"],
  counts: { a: 1 },
  place: { lat: 1 },
};

test("a definition is a Standard Schema 1 of this vendor", () => {
  const { version, vendor, validate } = events["~standard"];
  expect({ version, vendor }).toEqual({ version: 1, vendor: "icewright" });
  expect(validate).toBeTypeOf("function");
  expect(Object.keys(events)).not.toContain("~standard");
});

test("validate() gives the row as scans hand it out, defaults filled in (decision 2, SCH-037)", () => {
  expect(events["~standard"].validate(row)).toEqual({
    value: {
      id: "f79c3e09-677c-4bbd-a479-3f349cb785e7",
      at: 1_000_000n,
      price: "14.20",
      tags: ["a"],
      counts: [["a", 1n]],
      place: { lat: 1, name: null },
      __proto: 7,
    },
  });
});

test("what validate() passes can be appended and is read back as it was (decision 2)", async () => {
  const result = events["~standard"].validate(row);
  if (result.issues) throw new Error(JSON.stringify(result.issues));
  const schema = defineSchema({
    id: required(t.uuid()),
    at: required(t.timestamptz()),
    price: optional(t.decimal(9, 2)),
    tags: required(t.list(t.string())),
  });
  const { id, at, price, tags } = result.value;
  const catalog = memoryCatalog();
  await catalog.ensureNamespace("a");
  const created = await catalog.createTable("a.b", schema);
  const { table } = await created.append([{ id, at, price, tags }]);
  expect(await table.scan().toArray()).toEqual([{ id, at, price, tags }]);
});

test("validate() lists every fault with its path", () => {
  const bad = {
    ...row,
    id: "no uuid",
    at: null,
    tags: ["a", null, 3],
    counts: { a: 1.5 },
    place: { name: "x", lon: 2 },
    extra: 1,
  };
  const { issues } = events["~standard"].validate(bad);
  expect(issues?.map(({ path }) => path)).toEqual([
    ["extra"],
    ["id"],
    ["at"],
    ["tags", 1],
    ["tags", 2],
    ["counts", "a"],
    ["place", "lon"],
    ["place", "lat"],
  ]);
  expect(issues?.[1]?.message).toMatch(/"no uuid".*uuid/);
  expect(issues?.[2]?.message).toMatch(/Required, but null/);
  for (const path of [["tags"], ["counts"], ["place"]] as const) {
    const wrong = { ...row, [path[0]]: 5 };
    expect(events["~standard"].validate(wrong).issues?.map((issue) => issue.path)).toEqual([path]);
  }
});

test.each([[null], [undefined], [3], [[]], [new Uint8Array()]])(
  "validate() refuses %o in place of a row",
  (input) => {
    expect(events["~standard"].validate(input).issues).toEqual([
      { message: "Expected an object with a member for each column", path: [] },
    ]);
  },
);

test("rowValidator() serves schemas that come from elsewhere", () => {
  const loaded = schemaFromJson(schemaToJson(events));
  expect(rowValidator(loaded)["~standard"].validate(row).issues).toBeUndefined();
  expect(rowValidator(loaded)["~standard"].validate({}).issues).toHaveLength(3);
});

test("the telemetry tables are Standard Schemas, too", () => {
  const { issues } = traceEvents.schema["~standard"].validate({ trace_id: 5 });
  expect(issues?.map(({ path }) => path)).toContainEqual(["trace_id"]);
  expect(issues?.map(({ path }) => path)).toContainEqual(["organization_id"]);
});

test("a member that the prototype has is no member of the row (SCH-029)", () => {
  const odd = defineSchema({ constructor: required(t.string()), toString: optional(t.int()) });
  expect(odd["~standard"].validate({}).issues).toEqual([
    { message: "Required, but missing", path: ["constructor"] },
  ]);
});
