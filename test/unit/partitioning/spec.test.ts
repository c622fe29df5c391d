/** Partition specs: building, JSON, tuples, keys and paths. @module */
import { describe, expect, test } from "vitest";
import { type IcebergError, type Json, parseJson, stringifyJson } from "../../../src/base/index.ts";
import {
  bucket,
  buildPartitionSpec,
  day,
  encodePathPart,
  hour,
  humanString,
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
import {
  defineSchema,
  optional,
  type PrimitiveType,
  type PrimitiveValue,
  required,
  t,
  typeFromString,
} from "../../../src/schema/index.ts";

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
    expect(() => build(...terms)).toThrow(
      expect.objectContaining({ code: "invalid-schema", message: expect.stringMatching(message) }),
    );
  });

  test("errors carry the column and transform, the name, or both fields", () => {
    const context = (...terms: PartitionTerm[]) => expect.objectContaining({ context: contextOf(terms) });
    expect(() => build(bucket(4, "weight"))).toThrow(
      expect.objectContaining({
        message: "Cannot partition by bucket[4] of weight: the transform does not take double",
        context: { column: "weight", transform: "bucket[4]" },
      }),
    );
    expect(contextOf([identity("org", "")])).toEqual({ name: "" });
    expect(contextOf([month("ts"), hour("ts")])).toEqual({ name: "ts_hour", other: "ts_month" });
    expect(() => build(month("ts"), hour("ts"))).toThrow(/Cannot partition by hour of ts: ts_month/);
    expect(() => build(month("ts"), hour("ts"))).toThrow(context(month("ts"), hour("ts")));
  });

  test("allows different bucket counts and units of different columns", () => {
    expect(build(bucket(4, "id"), bucket(8, "id", "id_8"), month("ts")).fields).toHaveLength(3);
    expect(build(bucket(4, "ts"), month("ts")).fields).toHaveLength(2);
    expect(build(month("ts"), bucket(4, "ts")).fields).toHaveLength(2);
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

  test("takes ids as they stand, wherever the fields stand (PRT-025)", () => {
    const json: Json = [{ name: "a", transform: "day", "source-id": 2147483647, "field-id": 1207 }];
    expect(specFieldsFromJson(json)).toEqual([
      { sourceId: 2147483647, fieldId: 1207, name: "a", transform: { kind: "day" } },
    ]);
    const unset: Json = [{ name: "a", transform: "day", "source-id": 1, "field-id": null }];
    expect(specFieldsFromJson(unset)[0]?.fieldId).toBe(1000);
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
    [5, /partition spec or sort order: it is no JSON object/],
    [{ "spec-id": 0, fields: [5] }, /a field is no JSON object/],
    [{ "spec-id": "0", fields: [] }, /spec-id is missing or no 32-bit integer/],
    [{ "spec-id": 1.5, fields: [] }, /spec-id is missing or no 32-bit integer/],
    [{ "spec-id": 2147483648, fields: [] }, /spec-id is missing or no 32-bit integer/],
    [
      { "spec-id": 0, fields: [{ name: "a", transform: "day", "source-id": 1, "field-id": "7" }] },
      /field-id of field "a"/,
    ],
    [
      { "spec-id": 0, fields: [{ name: "a", transform: "day", "source-ids": [1, "2"] }] },
      /source-ids of field "a"/,
    ],
    [{ "spec-id": 0 }, /fields are no array/],
    [{ "spec-id": 0, fields: [{ "source-id": 1, transform: "day" }] }, /name of a field/],
    [{ "spec-id": 0, fields: [{ name: "a", transform: "day" }] }, /source-id of field "a"/],
    [{ "spec-id": 0, fields: [{ name: "a", "source-id": 1 }] }, /transform of field "a"/],
  ] as [Json, RegExp][])("refuses %j", (json, message) => {
    expect(() => specFromJson(Array.isArray(json) ? { fields: json } : json)).toThrow(
      expect.objectContaining({ code: "invalid-schema", message: expect.stringMatching(message) }),
    );
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
    const hourMicros = 3_600_000_000n;
    expect(tupleOf({ ts: (2n ** 31n - 1n) * hourMicros })).toEqual([2 ** 31 - 1]);
    expect(tupleOf({ ts: -(2n ** 31n) * hourMicros })).toEqual([-(2 ** 31)]);
    expect(() => tupleOf({ ts: 2n ** 31n * hourMicros })).toThrow(/Cannot take the hour/);
    expect(() => tupleOf({ ts: -(2n ** 31n) * hourMicros - 1n })).toThrow(/Cannot take the hour/);
    expect(() => tupleOf({ ts: 2n ** 63n - 1n })).toThrow(
      expect.objectContaining({
        message: expect.stringMatching(/Cannot take the hour of 9223372036854775807/),
        context: { value: 2n ** 63n - 1n },
      }),
    );
    expect(() => tupleOf({ ts: -(2n ** 63n) })).toThrow(expect.objectContaining({ code: "invalid-row" }));
  });

  test("refuses specs it cannot write: unknown transforms, missing columns (PRT-005)", () => {
    const field = { sourceId: 3, fieldId: 1000, name: "z", transform: parseTransform("zorder[3]") };
    expect(() => partitionTupleOf({ specId: 0, fields: [field] }, schema)).toThrow(/does not know it/);
    const gone = { ...field, sourceId: 99, transform: parseTransform("identity") };
    expect(() => partitionTupleOf({ specId: 0, fields: [gone] }, schema)).toThrow(
      expect.objectContaining({
        code: "invalid-schema",
        message: expect.stringMatching(/no primitive column with id 99/),
        context: { specId: 0, sourceId: 99 },
      }),
    );
    const struct = { ...gone, sourceId: schema.idOf("place")! };
    expect(() => partitionTupleOf({ specId: 0, fields: [struct] }, schema)).toThrow(/no primitive column/);
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

test("partitionPath() of fields whose column is gone shows what the tuple holds (PRT-047)", () => {
  const fields = [
    { sourceId: 99, fieldId: 1000, name: "v", transform: parseTransform("void") },
    { sourceId: 99, fieldId: 1001, name: "b", transform: parseTransform("bucket[4]") },
    { sourceId: 99, fieldId: 1002, name: "i", transform: parseTransform("identity") },
  ];
  expect(partitionPath({ specId: 0, fields }, schema, [null, 3, "a b"])).toBe("v=null/b=3/i=a+b");
  expect(partitionPath({ specId: 0, fields: fields.slice(0, 1) }, schema, [])).toBe("v=null");
});

test("encodePathPart() keeps two hex digits (PRT-047)", () => {
  expect(encodePathPart("\u0001\n~")).toBe("%01%0A%7E");
});

describe("humanString() is Java's (PRT-048)", () => {
  const shown = (text: string, value: PrimitiveValue, transform = "identity") =>
    humanString(parseTransform(transform), typeFromString(text) as PrimitiveType, value);

  test.each([
    // BigDecimal.toString: scientific from 1E-7 down.
    ["decimal(9, 2)", 0n, "0.00"],
    ["decimal(9, 2)", -5n, "-0.05"],
    ["decimal(9, 0)", 12n, "12"],
    ["decimal(9, 6)", 1n, "0.000001"],
    ["decimal(9, 7)", 1n, "1E-7"],
    ["decimal(9, 7)", 12n, "0.0000012"],
    ["decimal(9, 8)", -12n, "-1.2E-7"],
    ["decimal(20, 20)", 0n, "0E-20"],
    // LocalTime.toString
    ["time", 0n, "00:00"],
    ["time", 61_000_000n, "00:01:01"],
    ["time", 36_000_500_000n, "10:00:00.500"],
    ["time", 36_000_500_001n, "10:00:00.500001"],
    // Double.toString
    ["double", 1, "1.0"],
    ["double", -0, "-0.0"],
    ["float", 2, "2.0"],
    ["double", 0.1, "0.1"],
    ["double", Number.NaN, "NaN"],
    ["double", Number.NEGATIVE_INFINITY, "-Infinity"],
    ["timestamp_ns", 1n, "1970-01-01T00:00:00.000000001"],
    ["timestamptz_ns", 1_000_000_000n, "1970-01-01T00:00:01+00:00"],
    // RFC 4648
    ["binary", new TextEncoder().encode("f"), "Zg=="],
    ["binary", new TextEncoder().encode("fo"), "Zm8="],
    ["binary", new TextEncoder().encode("foo"), "Zm9v"],
    ["binary", new TextEncoder().encode("foob"), "Zm9vYg=="],
    ["binary", new TextEncoder().encode("foobar"), "Zm9vYmFy"],
    ["fixed[2]", Uint8Array.of(255, 255), "//8="],
  ] as [string, PrimitiveValue, string][])("of %s %s: %s", (text, value, expected) => {
    expect(shown(text, value)).toBe(expected);
  });

  test("years have four digits, a sign among them", () => {
    expect(shown("date", -1971, "year")).toBe("-001");
    expect(shown("date", 0, "year")).toBe("1970");
    expect(shown("date", -1970 + 33, "year")).toBe("0033");
    expect(shown("date", -1, "month")).toBe("1969-12");
    expect(shown("date", -1, "day")).toBe("1969-12-31");
    expect(shown("timestamp", -1, "hour")).toBe("1969-12-31-23");
  });
});

function contextOf(terms: readonly PartitionTerm[]): unknown {
  try {
    build(...terms);
  } catch (error) {
    return (error as IcebergError).context;
  }
  throw new Error("nothing was thrown");
}
