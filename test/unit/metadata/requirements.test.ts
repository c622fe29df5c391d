import { describe, expect, test } from "vitest";
import { stringifyJson } from "../../../src/base/index.ts";
import {
  checkRequirements,
  requirementFromJson,
  requirementsFor,
  requirementToJson,
  type TableRequirement,
  updateFromJson,
} from "../../../src/metadata/index.ts";
import { appendUpdates, emptyTable, nextSnapshot, tableWith, UUID } from "./samples.ts";

const base = tableWith([1n]);
const holding: TableRequirement[] = [
  { type: "assert-table-uuid", uuid: UUID.toUpperCase() },
  { type: "assert-ref-snapshot-id", ref: "main", snapshotId: 1n },
  { type: "assert-ref-snapshot-id", ref: "none", snapshotId: null },
  { type: "assert-last-assigned-field-id", lastAssignedFieldId: 2 },
  { type: "assert-current-schema-id", currentSchemaId: 0 },
  { type: "assert-last-assigned-partition-id", lastAssignedPartitionId: 999 },
  { type: "assert-default-spec-id", defaultSpecId: 0 },
  { type: "assert-default-sort-order-id", defaultSortOrderId: 0 },
];
const failing: [TableRequirement, string][] = [
  [{ type: "assert-table-uuid", uuid: "other" }, `expected other, found ${UUID}`],
  [{ type: "assert-ref-snapshot-id", ref: "main", snapshotId: 2n }, "expected 2, found 1"],
  [{ type: "assert-ref-snapshot-id", ref: "main", snapshotId: null }, "branch main was created concurrently"],
  [{ type: "assert-ref-snapshot-id", ref: "none", snapshotId: 5n }, "none is missing, expected snapshot 5"],
  [{ type: "assert-last-assigned-field-id", lastAssignedFieldId: 1 }, "expected 1, found 2"],
  [{ type: "assert-current-schema-id", currentSchemaId: 1 }, "expected 1, found 0"],
  [{ type: "assert-last-assigned-partition-id", lastAssignedPartitionId: 1000 }, "expected 1000, found 999"],
  [{ type: "assert-default-spec-id", defaultSpecId: 1 }, "expected 1, found 0"],
  [{ type: "assert-default-sort-order-id", defaultSortOrderId: 1 }, "expected 1, found 0"],
];

describe("checkRequirements()", () => {
  test("all that hold (CMT-056)", () => {
    expect(() => checkRequirements(base, holding)).not.toThrow();
    expect(() => checkRequirements(undefined, [{ type: "assert-create" }])).not.toThrow();
  });

  test.each(failing)("%o fails as a conflict that names both values (CMT-057)", (requirement, message) => {
    let caught: unknown;
    try {
      checkRequirements(base, [...holding, requirement]);
    } catch (error) {
      caught = error;
    }
    expect(caught).toMatchObject({ code: "commit-failed", retryable: true });
    expect((caught as Error).message).toContain(requirement.type);
    expect((caught as Error).message).toContain(message);
  });

  test("assert-create on a table is already-exists, not a conflict (CMT-015)", () => {
    expect(() => checkRequirements(base, [{ type: "assert-create" }])).toThrowError(
      expect.objectContaining({ code: "already-exists", retryable: false }),
    );
  });

  test("any other requirement on no table is a conflict", () => {
    expect(() => checkRequirements(undefined, [holding[0]!])).toThrowError(
      expect.objectContaining({ code: "commit-failed" }),
    );
  });
});

describe("requirementsFor()", () => {
  test("first append asserts that main does not exist (RST-056)", () => {
    const empty = emptyTable();
    const found = requirementsFor(empty, appendUpdates(nextSnapshot(empty, 1n)));
    expect(found).toEqual([
      { type: "assert-table-uuid", uuid: UUID },
      { type: "assert-ref-snapshot-id", ref: "main", snapshotId: null },
    ]);
    expect(stringifyJson(requirementToJson(found[1]!))).toBe(
      '{"type":"assert-ref-snapshot-id","ref":"main","snapshot-id":null}',
    );
  });

  test("each kind and reference once, with values of the base (CMT-055)", () => {
    const next = nextSnapshot(base, 2n);
    const found = requirementsFor(base, [
      ...appendUpdates(next),
      ...appendUpdates(next),
      ...appendUpdates(next, "b"),
    ]);
    expect(found.slice(1)).toEqual([
      { type: "assert-ref-snapshot-id", ref: "main", snapshotId: 1n },
      { type: "assert-ref-snapshot-id", ref: "b", snapshotId: null },
    ]);
  });
});

test("requirementFromJson() tells an absent snapshot-id from null (RST-056)", () => {
  const json = { type: "assert-ref-snapshot-id", ref: "main" };
  expect(() => requirementFromJson(json)).toThrowError(/snapshot-id is missing/);
  expect(requirementFromJson({ ...json, "snapshot-id": null })).toEqual({ ...json, snapshotId: null });
});

test("updateFromJson() understands Java's older member names (RST-055)", () => {
  expect(updateFromJson({ action: "set-properties", updated: { a: "b" } })).toEqual({
    action: "set-properties",
    updates: new Map([["a", "b"]]),
  });
  expect(updateFromJson({ action: "remove-properties", removed: ["a"] })).toEqual({
    action: "remove-properties",
    removals: ["a"],
  });
});
