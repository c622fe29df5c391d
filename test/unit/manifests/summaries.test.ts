import { describe, expect, test } from "vitest";
import { countEntries, summarizePartitions } from "../../../src/manifests/index.ts";
import type { Field, PrimitiveType, PrimitiveValue } from "../../../src/schema/index.ts";
import { encodeValue } from "../../../src/values/index.ts";
import { added, existing } from "./samples.ts";

function summary(type: PrimitiveType, ...values: (PrimitiveValue | null)[]) {
  const field: Field = { id: 1000, name: "p", required: false, type };
  return summarizePartitions(
    [field],
    values.map((value) => [value]),
  )[0];
}

const double: PrimitiveType = { kind: "double" };

describe("summarizePartitions()", () => {
  test("bounds of values, nulls apart (MAN-043)", () => {
    const string: PrimitiveType = { kind: "string" };
    expect(summary(string, "b", null, "a", "ab", "😀", "\uffff")).toEqual({
      containsNull: true,
      containsNan: false,
      lowerBound: encodeValue(string, "a"),
      upperBound: encodeValue(string, "😀"),
    });
  });

  test("bounds are never truncated (MAN-044)", () => {
    const string: PrimitiveType = { kind: "string" };
    expect(summary(string, "x".repeat(500))?.upperBound).toHaveLength(500);
  });

  test("NaN is a flag and never a bound (MAN-044)", () => {
    expect(summary(double, Number.NaN)).toEqual({ containsNull: false, containsNan: true });
    expect(summary(double, Number.NaN, 1, Number.NaN)).toEqual({
      containsNull: false,
      containsNan: true,
      lowerBound: encodeValue(double, 1),
      upperBound: encodeValue(double, 1),
    });
  });

  test.each([[[-0, 0]], [[0, -0]], [[0, -0, 0, -0]]])("the sign of zero %j (MAN-044)", (zeros) => {
    expect(summary(double, ...zeros)).toMatchObject({
      lowerBound: encodeValue(double, -0),
      upperBound: encodeValue(double, 0),
    });
  });

  test("only nulls, or nothing at all", () => {
    expect(summary(double, null)).toEqual({ containsNull: true, containsNan: false });
    expect(summary(double)).toEqual({ containsNull: false, containsNan: false });
    expect(summary({ kind: "unknown" }, null)).toEqual({ containsNull: true, containsNan: false });
    expect(summarizePartitions([], [[], []])).toEqual([]);
  });
});

test("countEntries() counts files and rows by status (MAN-094)", () => {
  expect(
    countEntries([
      added(),
      added({ recordCount: 5 }),
      existing({ recordCount: 7 }),
      { ...existing(), status: "deleted" },
    ]),
  ).toEqual({
    addedFilesCount: 2,
    existingFilesCount: 1,
    deletedFilesCount: 1,
    addedRowsCount: 105,
    existingRowsCount: 7,
    deletedRowsCount: 100,
  });
});
