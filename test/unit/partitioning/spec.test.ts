/** Partition specs: building, JSON, tuples, keys and paths. @module */
import { describe, expect, test } from "vitest";
import { type Json, parseJson, stringifyJson } from "../../../src/base/index.ts";
import {
  bucket,
  buildPartitionSpec,
  day,
  hour,
  identity,
  isUnpartitioned,
  month,
  type PartitionSpec,
  type PartitionTerm,
  parseTransform,
  partitionFields,
  partitionKey,
  partitionPath,
  partitionTerm,
  partitionTupleOf,
  samePartitionFields,
  specFieldsFromJson,
  specFieldsToJson,
  specFromJson,
  specToJson,
  truncate,
  UNPARTITIONED,
  year,
} from "../../../src/partitioning/index.ts";
import { defineSchema, optional, required, t } from "../../../src/schema/index.ts";

const schema = defineSchema({
  ts: required(t.timestamptz()),
  org: required(t.string()),
  id: optional(t.long()),
  place: optional(t.struct({ city: optional(t.string()), tags: optional(t.list(t.string())) })),
  scores: optional(t.map(t.string(), t.long())),
  weight: optional(t.double()),
  ts_day: optional(t.string()),
});
const build = (...terms: PartitionTerm[]) => buildPartitionSpec(schema, terms);

describe("buildPartitionSpec()", () => {
  test("binds columns, numbers fields from 1000 and names them (PRT-023, PRT-035, PRT-070)", () => {
    const spec = build(
      month("ts"),
      identity("org"),
      bucket(16, "id"),
      truncate(4, "org"),
      identity("place.city"),
      partitionTerm(parseTransform("void"), "weight"),
    );
    expect(spec.specId).toBe(0);
    expect(spec.fields.map((field) => [field.fieldId, field.sourceId, field.name])).toEqual([
      [1000, 1, "ts_month"],
      [1001, 2, "org"],
      [1002, 3, "id_bucket"],
      [1003, 2, "org_trunc"],
      [1004, schema.idOf("place.city"), "place.city"],
      [1005, 6, "weight_null"],
    ]);
  });

  test("takes ids and names from the caller", () => {
    const spec = buildPartitionSpec(schema, [year("ts", "y"), bucket(2, "id")], {
      specId: 4,
      firstFieldId: 1007,
    });
    expect(spec.specId).toBe(4);
    expect(spec.fields.map((field) => [field.fieldId, field.name])).toEqual([
      [1007, "y"],
      [1008, "id_bucket"],
    ]);
  });

  test.each([
    ["a missing column", [day("tz")], /tz: schema 0 has no such column/],
    ["a source in a list (PRT-024)", [identity("place.tags.element")], /inside a list or map/],
    ["a source in a map (PRT-024)", [bucket(4, "scores.value")], /inside a list or map/],
    ["a struct (PRT-024)", [identity("place")], /of type struct/],
    ["a transform that does not apply (PRT-001)", [bucket(4, "weight")], /does not take double/],
    ["an unknown transform (PRT-005)", [partitionTerm(parseTransform("zorder"), "id")], /does not know/],
    [
      "two fields of one name (PRT-033)",
      [bucket(4, "id", "x"), identity("org", "x")],
      /another partition field/,
    ],
    ["an empty name (PRT-033)", [identity("org", "")], /empty/],
    ["the name of a column (PRT-033)", [day("ts")], /"ts_day": a column has that name/],
    ["the name of another column (PRT-033)", [identity("org", "id")], /"id": a column/],
    ["the source's name on another transform (PRT-033)", [bucket(4, "id", "id")], /"id": a column/],
    ["one transform twice (PRT-034)", [bucket(4, "id"), bucket(4, "id", "again")], /id_bucket partitions by/],
    ["two units of time (PRT-034)", [month("ts"), hour("ts")], /ts_month partitions by month/],
  ] as [string, PartitionTerm[], RegExp][])("refuses %s", (_, terms, message) => {
    expect(() => build(...terms)).toThrow(message);
  });

  test("allows different bucket counts and units of different columns", () => {
    expect(build(bucket(4, "id"), bucket(8, "id", "id_8"), month("ts")).fields).toHaveLength(3);
  });
});

describe("spec JSON", () => {
  const spec = build(month("ts"), bucket(16, "id"));

  test("round trips whole and as bare fields (PRT-023, PRT-036)", () => {
    expect(specFromJson(parseJson(stringifyJson(specToJson(spec))))).toEqual(spec);
    expect(specFieldsFromJson(specFieldsToJson(spec.fields))).toEqual(spec.fields);
    expect(stringifyJson(specFieldsToJson(spec.fields.slice(0, 1)))).toBe(
      '[{"name":"ts_month","transform":"month","source-id":1,"field-id":1000}]',
    );
  });

  test("numbers the fields of v1 specs that have no ids, but not of half of them (PRT-025)", () => {
    const fields: Record<string, Json>[] = [
      { "source-id": 1, name: "a", transform: "day" },
      { "source-id": 2, name: "b", transform: "identity" },
    ];
    expect(specFieldsFromJson(fields).map((field) => field.fieldId)).toEqual([1000, 1001]);
    expect(() => specFieldsFromJson([{ ...fields[0], "field-id": 1000 }, fields[1]!])).toThrow(/some fields/);
  });

  test("reads one-element source-ids as source-id, several as unknown, and writes them back (PRT-037)", () => {
    const one = specFieldsFromJson([
      { "source-ids": [3], name: "a", transform: "bucket[4]", "field-id": 1000 },
    ]);
    expect(stringifyJson(specFieldsToJson(one))).toContain('"source-id":3');
    const several: Json = [{ name: "a", transform: "bucket[4]", "source-ids": [3, 1], "field-id": 1000 }];
    const read = specFieldsFromJson(several);
    expect(read[0]?.transform).toEqual({ kind: "unknown", text: "bucket[4]" });
    expect(stringifyJson(specFieldsToJson(read))).toBe(stringifyJson(several));
  });

  test("keeps unknown transforms to the letter (PRT-004)", () => {
    const json: Json = [{ name: "z", transform: "zOrder[3]", "source-id": 3, "field-id": 1000 }];
    expect(stringifyJson(specFieldsToJson(specFieldsFromJson(json)))).toBe(stringifyJson(json));
  });

  test.each([
    [[], /spec-id/],
    [{ "spec-id": 0 }, /fields are no array/],
    [{ "spec-id": 0, fields: [{ "source-id": 1, transform: "day" }] }, /name of a field/],
    [{ "spec-id": 0, fields: [{ name: "a", transform: "day" }] }, /source-id of field "a"/],
    [{ "spec-id": 0, fields: [{ name: "a", "source-id": 1 }] }, /transform of field "a"/],
  ] as [Json, RegExp][])("refuses %j", (json, message) => {
    expect(() => specFromJson(Array.isArray(json) ? { fields: json } : json)).toThrow(message);
  });
});

describe("specs", () => {
  test("samePartitionFields() ignores ids, not names, order, sources or transforms (PRT-029, PRT-066)", () => {
    const base = build(bucket(4, "id"), identity("org"));
    const renumbered = buildPartitionSpec(schema, [bucket(4, "id"), identity("org")], {
      specId: 9,
      firstFieldId: 2000,
    });
    expect(samePartitionFields(base, renumbered)).toBe(true);
    expect(samePartitionFields(base, build(identity("org"), bucket(4, "id")))).toBe(false);
    expect(samePartitionFields(base, build(bucket(4, "id", "x"), identity("org")))).toBe(false);
    expect(samePartitionFields(base, build(bucket(5, "id"), identity("org")))).toBe(false);
    expect(samePartitionFields(base, build(bucket(4, "id")))).toBe(false);
  });

  test("isUnpartitioned() counts void fields out (PRT-031)", () => {
    expect(isUnpartitioned(UNPARTITIONED)).toBe(true);
    expect(isUnpartitioned(build(partitionTerm(parseTransform("void"), "id")))).toBe(true);
    expect(isUnpartitioned(build(identity("id")))).toBe(false);
  });

  test("partitionFields() are optional, of the result type; unknown where the column is gone (PRT-032)", () => {
    const spec = build(month("ts"), identity("org"), bucket(4, "id"));
    const kinds = (of: typeof schema) => partitionFields(spec, of).map((field) => field.type.kind);
    expect(partitionFields(spec, schema)[0]).toEqual({
      id: 1000,
      name: "ts_month",
      required: false,
      type: { kind: "int" },
    });
    expect(kinds(schema)).toEqual(["int", "string", "int"]);
    expect(kinds(defineSchema({}) as never)).toEqual(["int", "unknown", "int"]);
  });
});

describe("partitionTupleOf()", () => {
  test("derives tuples from rows, through structs (PRT-069)", () => {
    const tupleOf = partitionTupleOf(build(month("ts"), identity("place.city"), bucket(16, "id")), schema);
    expect(tupleOf({ ts: 1759276800000000n, place: { city: "Rome" }, id: 34n })).toEqual([669, "Rome", 3]);
    expect(tupleOf({ ts: 0n, place: null, id: null })).toEqual([0, null, null]);
    expect(tupleOf({ ts: 0n })).toEqual([0, null, null]);
  });

  test("refuses hours past 32 bits, which no partition can store; sorting and comparing may use them", () => {
    const tupleOf = partitionTupleOf(build(hour("ts")), schema);
    expect(tupleOf({ ts: 3_600_000_000n * 2n })).toEqual([2]);
    expect(() => tupleOf({ ts: 2n ** 63n - 1n })).toThrow(/Cannot take the hour of 9223372036854775807/);
    expect(() => tupleOf({ ts: -(2n ** 63n) })).toThrow(expect.objectContaining({ code: "invalid-row" }));
  });

  test("refuses specs it cannot write: unknown transforms, missing columns (PRT-005)", () => {
    const field = { sourceId: 3, fieldId: 1000, name: "z", transform: parseTransform("zorder[3]") };
    expect(() => partitionTupleOf({ specId: 0, fields: [field] }, schema)).toThrow(/does not know it/);
    const gone = { ...field, sourceId: 99, transform: parseTransform("identity") };
    expect(() => partitionTupleOf({ specId: 0, fields: [gone] }, schema)).toThrow(
      /no primitive column with id 99/,
    );
    const dropped = { ...gone, transform: parseTransform("void") };
    expect(partitionTupleOf({ specId: 0, fields: [dropped] }, schema)({})).toEqual([null]);
  });
});

test("partitionKey() separates null, the text null, empty text and shifted borders (PRT-065)", () => {
  const fields = partitionFields(build(identity("org"), identity("place.city")), schema);
  const tuples = [
    [null, null],
    ["null", null],
    ["", null],
    [null, ""],
    ["~", ""],
    ["ab", "c"],
    ["a", "bc"],
    ["1:a", ""],
    ["", "1:a"],
  ] as const;
  expect(new Set(tuples.map((tuple) => partitionKey(fields, tuple))).size).toBe(tuples.length);
});

test("partitionPath() is Java's (PRT-047, PRT-048)", () => {
  const path = (spec: PartitionSpec, ...tuple: (string | number | null)[]) =>
    partitionPath(spec, schema, tuple);
  const spec = buildPartitionSpec(schema, [
    month("ts", "event_timestamp_month"),
    identity("org", "organization_id"),
  ]);
  expect(path(spec, 669, "org_abc")).toBe("event_timestamp_month=2025-10/organization_id=org_abc");
  expect(path(build(identity("org")), "a b/c*~é")).toBe("org=a+b%2Fc*%7E%C3%A9");
  expect(path(build(bucket(4, "id")), null)).toBe("id_bucket=null");
  expect(path(UNPARTITIONED)).toBe("");
});
