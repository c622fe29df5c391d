/** What a plan tells of itself: shares that add up, the rule and column that decided, row groups, Java's counters (SCN-081). */
import { describe, expect, it } from "vitest";
import { and, eq, gte } from "../../../src/expressions/index.ts";
import type { DataFile } from "../../../src/manifests/index.ts";
import { scanMetricsToJson, scanReportToJson } from "../../../src/planning/index.ts";
import { Scan } from "../../../src/reading/index.ts";
import { defineSchema, optional, t } from "../../../src/schema/index.ts";
import { dataFile, positionDeletes, world } from "../commit/tables.ts";

const groups = (file: DataFile, count: number): DataFile => ({
  ...file,
  splitOffsets: Array.from({ length: count }, (_, at) => 4 + at * 10),
});

/** Two manifests: one of partition a, whose files split by ids, one of partition b. */
async function explained(first: readonly DataFile[], second: readonly DataFile[]) {
  const w = await world();
  const one = await w.change().fastAppend(first).commit();
  const two = await w.change(one.table).fastAppend(second).commit();
  const filter = and(eq("category", "a"), gte("id", 10n));
  return new Scan(two.table, { filter }).explain();
}

const low = dataFile("low", { category: "a", ids: [1n, 9n], rows: 10 });
const high = dataFile("high", { category: "a", ids: [10n, 19n], rows: 20 });
const other = dataFile("other", { category: "b", ids: [1n, 99n], rows: 30 });

describe("explain()", () => {
  it("tells of manifests, files, row groups, rows and bytes: considered is skipped and kept", async () => {
    const story = await explained([groups(low, 2), groups(high, 3)], [groups(other, 4)]);
    expect(story.manifests).toEqual({ considered: 2, skipped: 1, kept: 1 });
    expect(story.files).toEqual({ considered: 3, skipped: 2, kept: 1 });
    expect(story.rowGroups).toEqual({ considered: 9, skipped: 6, kept: 3, filesUntold: 0 });
    expect(story.rows).toEqual({ considered: 60, skipped: 40, kept: 20 });
    const { considered, skipped, kept } = story.bytes;
    expect(considered).toBe(low.fileSizeInBytes + high.fileSizeInBytes + other.fileSizeInBytes);
    expect([skipped + kept, kept]).toEqual([considered, high.fileSizeInBytes]);
  });

  it("names the level, rule, predicate and column that decided", async () => {
    const { rules, entries } = await explained([groups(low, 2), high], [groups(other, 4)]);
    expect(rules).toEqual([
      expect.objectContaining({
        level: "manifest",
        rule: "partition-summary",
        predicate: "category = 'a'",
        column: "category",
        manifests: 1,
        files: 1,
        rowGroups: 4,
        rows: 30,
      }),
      expect.objectContaining({
        level: "file",
        rule: "column-metrics",
        predicate: "id >= 10",
        column: "id",
        detail: "upper-bound",
        manifests: 0,
        files: 1,
        rowGroups: 2,
        rows: 10,
      }),
    ]);
    expect(entries.filter(({ task }) => task !== undefined).map(({ path }) => path)).toEqual([high.filePath]);
  });

  it("counts no row groups of files whose manifests do not tell, and says of how many files", async () => {
    const story = await explained([low, groups(high, 3)], [{ ...other, splitOffsets: [] }]);
    expect(story.rowGroups).toEqual({ considered: 3, skipped: 0, kept: 3, filesUntold: 2 });
    expect(story.entries.map(({ rowGroups }) => rowGroups)).toEqual([undefined, 3, undefined]);
  });

  it("a limit is left aside: the story is that of the whole plan", async () => {
    const w = await world();
    const { table } = await w.change().fastAppend([low, high, other]).commit();
    expect((await new Scan(table, { limit: 1 }).explain()).files).toEqual({
      considered: 3,
      skipped: 0,
      kept: 3,
    });
  });
});

describe("scanReportToJson()", () => {
  it("names projected fields as Java does: plain ones, structs, what lists and maps hold (SCN-081)", async () => {
    const { fields } = defineSchema({
      n: optional(t.int()),
      s: optional(t.struct({ x: optional(t.int()), y: optional(t.list(t.string())) })),
      m: optional(t.map(t.string(), t.long())),
      nested: optional(t.map(t.string(), t.struct({ z: optional(t.int()) }))),
    });
    const { report } = await explained([low], [other]);
    const json = scanReportToJson(report, { filter: { op: "true" }, fields });
    const names = ["n", "s", "s.x", "s.y.element", "m.key", "m.value", "nested.value.z"];
    expect(json["projected-field-names"]).toEqual(names);
    expect(json["projected-field-ids"]).toHaveLength(names.length);
    expect(json).toMatchObject({ "table-name": "ns.t", filter: true, "schema-id": 0 });
  });
});

describe("scanMetricsToJson()", () => {
  it("counts as Java does: files of skipped manifests are not among those skipped (SCN-081)", async () => {
    const { report } = await explained([low, high], [other]);
    expect(report.metrics.skippedDataFiles).toBe(2);
    const json = scanMetricsToJson(report);
    const count = (value: number) => ({ unit: "count", value });
    expect(json).toMatchObject({
      "total-data-manifests": count(2),
      "scanned-data-manifests": count(1),
      "skipped-data-manifests": count(1),
      "result-data-files": count(1),
      "skipped-data-files": count(1),
      "total-file-size-in-bytes": { unit: "bytes", value: high.fileSizeInBytes },
      "total-planning-duration": { count: 1, "time-unit": "nanoseconds" },
    });
  });

  it("tells of delete files by kind, one that applies to several files once for each", async () => {
    const w = await world();
    const added = await w.change().fastAppend([low, high]).commit();
    const deletes = positionDeletes("p");
    const { table } = await w
      .change(added.table)
      .rowDelta({ addedDeletes: [{ ...deletes, partition: ["a"] }] })
      .commit();
    const { report } = await new Scan(table, {}).plan();
    const json = scanMetricsToJson(report) as Record<string, { value: number }>;
    const values = ["indexed-delete-files", "positional-delete-files", "result-delete-files", "dvs"];
    expect(values.map((name) => json[name]!.value)).toEqual([1, 1, 2, 0]);
  });
});
