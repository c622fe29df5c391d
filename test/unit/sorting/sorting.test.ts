/** Sort orders: building, JSON and comparing rows. @module */
import { describe, expect, test } from "vitest";
import { type Json, parseJson, stringifyJson } from "../../../src/base/index.ts";
import {
  bucket,
  day,
  hour,
  parseTransform,
  partitionTerm,
  truncate,
} from "../../../src/partitioning/index.ts";
import { defineSchema, optional, required, t } from "../../../src/schema/index.ts";
import {
  asc,
  buildSortOrder,
  columnComparator,
  desc,
  rowComparator,
  type SortTerm,
  sameSortFields,
  satisfiesOrder,
  sortedIndexes,
  sortOrderFromJson,
  sortOrderToJson,
  UNSORTED,
} from "../../../src/sorting/index.ts";

const schema = defineSchema({
  ts: required(t.timestamptz()),
  name: optional(t.string()),
  score: optional(t.double()),
  place: optional(t.struct({ city: optional(t.string()) })),
  tags: optional(t.list(t.string())),
});
const build = (...terms: SortTerm[]) => buildSortOrder(schema, terms);

describe("buildSortOrder()", () => {
  test("binds columns and transforms; nulls are smallest unless said otherwise (PRT-052, PRT-061)", () => {
    const order = build(
      asc(day("ts")),
      desc("name"),
      asc("place.city", "nulls-last"),
      desc("score", "nulls-first"),
    );
    expect(order.orderId).toBe(1);
    expect(
      order.fields.map((field) => [field.sourceId, field.transform.kind, field.direction, field.nullOrder]),
    ).toEqual([
      [1, "day", "asc", "nulls-first"],
      [2, "identity", "desc", "nulls-last"],
      [schema.idOf("place.city"), "identity", "asc", "nulls-last"],
      [3, "identity", "desc", "nulls-first"],
    ]);
  });

  test("no terms mean unsorted, and 0 means no terms (PRT-053)", () => {
    expect(buildSortOrder(schema, [], 5)).toEqual(UNSORTED);
    expect(() => buildSortOrder(schema, [asc("ts")], 0)).toThrow(/0 means unsorted/);
  });

  test.each([
    [asc("tags"), /type list/],
    [asc("tags.element"), /inside a list or map/],
    [asc("nope"), /no such column/],
    [desc(bucket(4, "score")), /does not take double/],
  ] as [SortTerm, RegExp][])("refuses %o (PRT-056)", (term, message) => {
    expect(() => build(term)).toThrow(message);
  });
});

describe("sort order JSON", () => {
  test("round trips (PRT-052)", () => {
    const order = build(asc(bucket(4, "name")), desc("score", "nulls-first"));
    expect(sortOrderFromJson(parseJson(stringifyJson(sortOrderToJson(order))))).toEqual(order);
    expect(stringifyJson(sortOrderToJson(build(asc("ts"))))).toBe(
      '{"order-id":1,"fields":[{"transform":"identity","source-id":1,"direction":"asc","null-order":"nulls-first"}]}',
    );
    expect(sortOrderFromJson({ "order-id": 0, fields: [] })).toEqual(UNSORTED);
  });

  test("reads direction and null order in any case, unknown transforms and several sources (PRT-072)", () => {
    const field = {
      transform: "zOrder[3]",
      "source-ids": [1, 2],
      direction: "ASC",
      "null-order": "Nulls-Last",
    };
    const order = sortOrderFromJson({ "order-id": 3, fields: [field] });
    expect(order.fields[0]).toMatchObject({ direction: "asc", nullOrder: "nulls-last" });
    const written = { ...field, direction: "asc", "null-order": "nulls-last" };
    expect(sortOrderToJson(order)).toEqual({ "order-id": 3, fields: [written] });
    expect(() => rowComparator(order, schema)).toThrow(/does not know/);
  });

  test.each([
    [{ fields: [] }, /order-id/],
    [{ "order-id": 1 }, /no array/],
    [{ "order-id": 1, fields: [] }, /only order 0 may/],
    [{ "order-id": 0, fields: [key({})] }, /0 means unsorted/],
    [{ "order-id": 1, fields: [key({ direction: "up" })] }, /direction/],
    [{ "order-id": 1, fields: [key({ "null-order": null })] }, /null-order/],
  ] as [Json, RegExp][])("refuses %j (PRT-052, PRT-053)", (json, message) => {
    expect(() => sortOrderFromJson(json)).toThrow(message);
  });
});

test("sameSortFields() ignores the id alone (PRT-054)", () => {
  const order = build(asc("ts"), desc("name"));
  expect(sameSortFields(order, { ...order, orderId: 9 })).toBe(true);
  expect(sameSortFields(order, build(asc("ts")))).toBe(false);
  expect(sameSortFields(order, build(desc("ts", "nulls-first"), desc("name")))).toBe(false);
  expect(sameSortFields(order, build(asc("ts", "nulls-last"), desc("name")))).toBe(false);
  expect(sameSortFields(order, build(asc(day("ts")), desc("name")))).toBe(false);
});

test("satisfiesOrder() (PRT-062)", () => {
  const fine = build(asc(hour("ts")), asc(truncate(4, "name")));
  expect(satisfiesOrder(fine, build(asc(day("ts"))), schema)).toBe(true);
  expect(satisfiesOrder(fine, build(asc(day("ts")), asc(truncate(2, "name"))), schema)).toBe(true);
  expect(satisfiesOrder(fine, build(desc(day("ts"), "nulls-first")), schema)).toBe(false);
  expect(satisfiesOrder(build(asc(day("ts"))), fine, schema)).toBe(false);
  expect(satisfiesOrder(fine, UNSORTED, schema)).toBe(true);
});

describe("comparators", () => {
  const rows = ["b", null, "a", "\u{10000}", "\uffff"].map((name, index) => ({ name, ts: BigInt(index) }));
  const names = (term: SortTerm) => rows.toSorted(rowComparator(build(term), schema)).map((row) => row.name);

  test("null order does not depend on direction (PRT-061); text sorts by code point (PRT-059)", () => {
    expect(names(asc("name"))).toEqual([null, "a", "b", "\uffff", "\u{10000}"]);
    expect(names(asc("name", "nulls-last"))).toEqual(["a", "b", "\uffff", "\u{10000}", null]);
    expect(names(desc("name"))).toEqual(["\u{10000}", "\uffff", "b", "a", null]);
    expect(names(desc("name", "nulls-first"))).toEqual([null, "\u{10000}", "\uffff", "b", "a"]);
  });

  test("floats sort in total order (PRT-058)", () => {
    const scores = [Number.NaN, 0, -0, null, -1].map((score) => ({ score }));
    const sorted = scores.toSorted(rowComparator(build(desc("score")), schema)).map((row) => row.score);
    expect(sorted.map((score) => (Object.is(score, -0) ? "-0" : String(score)))).toEqual([
      "NaN",
      "0",
      "-0",
      "-1",
      "null",
    ]);
  });

  test("later keys decide ties, transforms coarsen (PRT-057)", () => {
    const compare = rowComparator(build(asc(truncate(1, "name")), desc("ts")), schema);
    const [first, second] = [
      { name: "ab", ts: 1n },
      { name: "aa", ts: 2n },
    ];
    expect(compare(first, second)).toBeGreaterThan(0);
    expect(compare(first, { name: "ac", ts: 1n })).toBe(0);
    expect(rowComparator(UNSORTED, schema)(first, second)).toBe(0);
  });

  test("nested columns are null where their struct is", () => {
    const compare = rowComparator(build(asc("place.city")), schema);
    expect(compare({ place: null }, { place: { city: "a" } })).toBeLessThan(0);
    expect(compare({ place: null }, { place: { city: null } })).toBe(0);
  });

  test("sortedIndexes() is stable and takes typed arrays", () => {
    const ts = BigInt64Array.of(3n, 1n, 3n, 2n);
    const columnOf = (path: string) => (path === "ts" ? ts : []);
    expect([...sortedIndexes(build(desc("ts")), schema, columnOf, 4)]).toEqual([0, 2, 3, 1]);
    expect([...sortedIndexes(build(asc(day("ts"))), schema, columnOf, 4)]).toEqual([0, 1, 2, 3]);
    expect(columnComparator(build(asc("ts")), schema, columnOf, 4)(1, 3)).toBeLessThan(0);
  });

  test("a dropped column cannot be sorted by (PRT-056)", () => {
    const order = build(asc("ts"));
    expect(() => rowComparator(order, defineSchema({}))).toThrow(/no primitive column/);
    const term = partitionTerm(parseTransform("identity"), "ts");
    expect(build(asc(term))).toEqual(order);
  });
});

function key(change: Record<string, Json>): Record<string, Json> {
  return { transform: "identity", "source-id": 1, direction: "asc", "null-order": "nulls-first", ...change };
}
