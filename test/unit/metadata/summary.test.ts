import { expect, test } from "vitest";
import { collectFile, newSummaryCollector, noCounts, snapshotSummary } from "../../../src/metadata/index.ts";
import { dataFile } from "./samples.ts";

test("countFile() counts each kind of delete file apart (MET-031)", () => {
  const collector = newSummaryCollector();
  const files = [
    dataFile({ content: "position-deletes", recordCount: 5, fileSizeInBytes: 10 }),
    dataFile({ content: "equality-deletes", recordCount: 7, fileSizeInBytes: 20 }),
    dataFile({
      content: "position-deletes",
      fileFormat: "puffin",
      recordCount: 2,
      fileSizeInBytes: 900,
      contentSizeInBytes: 30,
    }),
  ];
  for (const file of files) {
    collectFile(collector, "added", file);
    collectFile(collector, "removed", file);
  }
  const sides = { files: 3, position: 1, equality: 1, dvs: 1, size: 60, positions: 7, equalities: 7 };
  expect(collector.counters).toEqual({
    ...noCounts(),
    addedDeleteFiles: sides.files,
    removedDeleteFiles: sides.files,
    addedPositionDeleteFiles: sides.position,
    removedPositionDeleteFiles: sides.position,
    addedEqualityDeleteFiles: sides.equality,
    removedEqualityDeleteFiles: sides.equality,
    addedDvs: sides.dvs,
    removedDvs: sides.dvs,
    addedFilesSize: sides.size,
    removedFilesSize: sides.size,
    addedPositionDeletes: sides.positions,
    removedPositionDeletes: sides.positions,
    addedEqualityDeletes: sides.equalities,
    removedEqualityDeletes: sides.equalities,
  });
});

const partitioned = (paths: readonly string[], partitionLimit?: number) => {
  const collector = newSummaryCollector();
  for (const path of paths) collectFile(collector, "added", dataFile({ recordCount: 2 }), path);
  return snapshotSummary({
    operation: "append",
    ...collector,
    previous: undefined,
    ...(partitionLimit !== undefined && { partitionLimit }),
  });
};

test.each([1, 2, 3])(
  "snapshotSummary() lists %i changed partitions within a limit of 2 (MET-032)",
  (count) => {
    const paths = ["c=a", "c=b", "c=c"].slice(0, count);
    const summary = partitioned(paths, 2);
    expect(summary.get("changed-partition-count")).toBe(String(count));
    expect(summary.get("partition-summaries-included")).toBe(count <= 2 ? "true" : undefined);
    expect(summary.get("partitions.c=a")).toBe(
      count <= 2 ? "added-files-size=100,added-data-files=1,added-records=2" : undefined,
    );
  },
);

test("snapshotSummary() lists no partitions unless asked (MET-032)", () => {
  const keys = [...partitioned(["c=a"]).keys()];
  expect(keys.filter((key) => key.startsWith("partition"))).toEqual([]);
});

test("snapshotSummary() omits a total that would be negative or was no number (MET-030)", () => {
  const counters = { ...noCounts(), deletedRecords: 5, deletedDataFiles: 1 };
  const previous = new Map([
    ["total-records", "4"],
    ["total-data-files", "3"],
    ["total-files-size", "x"],
  ]);
  const summary = snapshotSummary({ operation: "delete", counters, previous });
  expect(summary.has("total-records")).toBe(false);
  expect(summary.has("total-files-size")).toBe(false);
  expect(summary.get("total-data-files")).toBe("2");
});

test("snapshotSummary() adds exactly beyond 2^53 and keeps extra entries from replacing counters", () => {
  const summary = snapshotSummary({
    operation: "append",
    counters: { ...noCounts(), addedRecords: 1, addedDataFiles: 1 },
    previous: new Map([["total-records", "9007199254740993"]]),
    extra: [
      ["engine-name", "icewright"],
      ["operation", "delete"],
      ["added-records", "999"],
      ["total-data-files", "999"],
    ],
  });
  expect(Object.fromEntries(summary)).toEqual({
    operation: "append",
    "engine-name": "icewright",
    "added-data-files": "1",
    "added-records": "1",
    "total-records": "9007199254740994",
  });
});
