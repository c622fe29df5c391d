import { describe, expect, test } from "vitest";
import { deleteManifestsFor } from "../../../src/deletes/index.ts";
import type { ManifestFile } from "../../../src/manifests/index.ts";
import type { PrimitiveValue } from "../../../src/schema/index.ts";
import { encodeValue, type FieldSummary } from "../../../src/values/index.ts";
import { errorOf } from "./bytes.ts";
import { table } from "./entries.ts";

const manifest = (
  specId: number,
  summary?: FieldSummary,
  changes: Partial<ManifestFile> = {},
): ManifestFile => ({
  manifestPath: "m.avro",
  manifestLength: 1,
  partitionSpecId: specId,
  content: "deletes",
  addedSnapshotId: 1n,
  ...(summary && { partitions: [summary] }),
  ...changes,
});
const doubles = (lower: number, upper: number, more: Partial<FieldSummary> = {}): FieldSummary => ({
  containsNull: false,
  containsNan: false,
  lowerBound: encodeValue({ kind: "double" }, lower),
  upperBound: encodeValue({ kind: "double" }, upper),
  ...more,
});
const keeps = (tested: ManifestFile, specId: number, ...values: (PrimitiveValue | null)[]) =>
  deleteManifestsFor(
    [tested],
    values.map((value) => ({ specId, partition: [value] })),
    table,
  ).length === 1;

describe("deleteManifestsFor() (SCN-068)", () => {
  test.each<[string, FieldSummary | undefined, number | null, boolean]>([
    ["a value below", doubles(2, 4), 1, false],
    ["a value above", doubles(2, 4), 5, false],
    ["a value inside", doubles(2, 4), 3, true],
    ["the lower bound", doubles(2, 4), 2, true],
    ["the upper bound", doubles(2, 4), 4, true],
    ["-0 at a bound of 0", doubles(0, 4), -0, true],
    ["null where there is none", doubles(2, 4), null, false],
    ["null where there is one", doubles(2, 4, { containsNull: true }), null, true],
    ["NaN where there is none", doubles(2, 4), Number.NaN, false],
    ["NaN where there is one", doubles(2, 4, { containsNan: true }), Number.NaN, true],
    ["NaN where nobody knows", { containsNull: false }, Number.NaN, true],
    ["a value without bounds", { containsNull: true }, 1, true],
    ["a bound of the wrong length", { containsNull: true, lowerBound: new Uint8Array(3) }, 1, true],
    ["no summaries", undefined, 1, true],
  ])("%s", (_, summary, value, expected) => {
    expect(keeps(manifest(1, summary), 1, value)).toBe(expected);
  });

  test("one partition among many keeps a manifest, those of other specs do not", () => {
    expect(keeps(manifest(1, doubles(2, 4)), 1, 1, 3, 9)).toBe(true);
    expect(keeps(manifest(1, doubles(2, 4)), 1, 1, 9)).toBe(false);
    expect(keeps(manifest(2, doubles(2, 4)), 1, 3)).toBe(false);
    expect(keeps(manifest(1, doubles(2, 4)), 1)).toBe(false);
  });

  test("texts compare by code point", () => {
    const text = (value: string) => encodeValue({ kind: "string" }, value);
    // The source of an unknown transform: its values are texts as far as anyone knows.
    const summary = { containsNull: false, lowerBound: text("b"), upperBound: text("\uffff") };
    expect(keeps(manifest(4, summary), 4, "c")).toBe(true);
    expect(keeps(manifest(4, summary), 4, "a")).toBe(false);
    expect(keeps(manifest(4, summary), 4, "😀")).toBe(false);
  });

  test.each([0, 3])("deletes of the unpartitioned spec %i are kept for their equality deletes", (specId) => {
    expect(keeps(manifest(specId), 1, 1)).toBe(true);
  });

  test("leaves out data manifests and those known to hold no live file", () => {
    expect(keeps(manifest(0, undefined, { content: "data" }), 1, 1)).toBe(false);
    expect(keeps(manifest(0, undefined, { addedFilesCount: 0, existingFilesCount: 0 }), 1, 1)).toBe(false);
    expect(keeps(manifest(0, undefined, { addedFilesCount: 0 }), 1, 1)).toBe(true);
  });

  test("refuses a manifest of an unknown spec", () => {
    expect(errorOf(() => keeps(manifest(9), 1, 1))).toMatchObject({
      code: "invalid-metadata",
      message: "Cannot apply deletes: m.avro is of partition spec 9, which the table does not have",
    });
  });
});
