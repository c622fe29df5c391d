import { describe, expect, test } from "vitest";
import {
  ancestorsOf,
  applyUpdates,
  checkMetadata,
  currentSnapshot,
  type Snapshot,
  snapshotById,
  snapshotByRef,
  type TableMetadata,
  type TableUpdate,
} from "../../../src/metadata/index.ts";
import { appendUpdates, emptyTable, nextSnapshot, T0, tableWith } from "./samples.ts";

const at = (base: TableMetadata, updates: readonly TableUpdate[], nowMs = base.lastUpdatedMs + 5000) => {
  const next = applyUpdates(base, updates, { nowMs });
  checkMetadata(next, "test");
  return next;
};
const setMain = (snapshotId: bigint): TableUpdate => ({
  action: "set-snapshot-ref",
  refName: "main",
  ref: { snapshotId, type: "branch" },
});
const logIds = (metadata: TableMetadata) => metadata.snapshotLog.map((entry) => entry.snapshotId);

describe("applyUpdates() add-snapshot", () => {
  test("moves the sequence number, also on another branch (MET-024)", () => {
    const base = tableWith([1n]);
    expect(base.lastSequenceNumber).toBe(1);
    const next = at(base, appendUpdates(nextSnapshot(base, 2n), "audit"));
    expect(next.lastSequenceNumber).toBe(2);
    expect(next.currentSnapshotId).toBe(1n);
    expect(snapshotByRef(next, "audit")?.snapshotId).toBe(2n);
    expect(logIds(next)).toEqual([1n]);
  });

  test("leaves the base as it was", () => {
    const base = tableWith([1n]);
    at(base, appendUpdates(nextSnapshot(base, 2n)));
    expect(base.snapshots.length).toBe(1);
    expect(snapshotById(base, 2n)).toBeUndefined();
    expect(currentSnapshot(base)?.snapshotId).toBe(1n);
  });

  test("refuses a stale sequence number so that the commit is retried (MET-024, CMT-019)", () => {
    const base = tableWith([1n]);
    const stale = nextSnapshot(base, 2n, { sequenceNumber: 1 });
    expect(() => at(base, appendUpdates(stale))).toThrowError(
      expect.objectContaining({ code: "commit-failed", retryable: true }),
    );
  });

  test("a root snapshot may be numbered lower, the table's number stays (MET-024)", () => {
    const base = tableWith([1n, 2n]);
    const { parentSnapshotId: _, ...root } = nextSnapshot(base, 3n, { sequenceNumber: 1 });
    expect(at(base, appendUpdates(root, "other")).lastSequenceNumber).toBe(2);
  });

  test("refuses an id the table has (MET-029)", () => {
    const base = tableWith([1n]);
    expect(() => at(base, appendUpdates(nextSnapshot(base, 1n)))).toThrowError(/snapshot of that id/);
  });

  test("v1 stores no sequence number", () => {
    const next = at(emptyTable(1), appendUpdates(nextSnapshot(emptyTable(1), 1n, { sequenceNumber: 4 })));
    expect(next.lastSequenceNumber).toBe(0);
    expect(currentSnapshot(next)?.sequenceNumber).toBe(0);
  });

  test("v3 moves next-row-id by added-rows, the spec's 1000 to 1375 (MET-027)", () => {
    const base: TableMetadata = { ...emptyTable(3), nextRowId: 1000n };
    const next = at(base, appendUpdates(nextSnapshot(base, 1n, { firstRowId: 1000n, addedRows: 375n })));
    expect(next.nextRowId).toBe(1375n);
  });

  test("v3 refuses a first-row-id behind the table, or none, as retryable: the writer began before (MET-028)", () => {
    const base = tableWith([1n], 3);
    const stale = nextSnapshot(base, 2n, { firstRowId: 9n });
    expect(() => at(base, appendUpdates(stale))).toThrowError(
      expect.objectContaining({ code: "commit-failed" }),
    );
    const { firstRowId: _, ...without } = nextSnapshot(base, 2n);
    expect(() => at(base, appendUpdates(without))).toThrowError(
      expect.objectContaining({ code: "commit-failed" }),
    );
  });

  test("siblings on one base see only their own snapshots", () => {
    const base = tableWith([1n]);
    const left = at(base, appendUpdates(nextSnapshot(base, 2n)));
    const right = at(base, appendUpdates(nextSnapshot(base, 3n)));
    expect(snapshotById(left, 2n)?.snapshotId).toBe(2n);
    expect(snapshotById(right, 2n)).toBeUndefined();
    expect(snapshotById(left, 3n)).toBeUndefined();
    // The loser is rebased onto the winner and keeps its id.
    const rebased = at(left, appendUpdates(nextSnapshot(left, 3n)));
    expect(snapshotById(rebased, 3n)?.sequenceNumber).toBe(3);
    expect(snapshotById(right, 3n)?.sequenceNumber).toBe(2);
    expect([...ancestorsOf(rebased, 3n)].map((snapshot) => snapshot.snapshotId)).toEqual([3n, 2n, 1n]);
  });
});

describe("applyUpdates() references", () => {
  test("main is the current snapshot, removing it leaves none (MET-044)", () => {
    const base = tableWith([1n, 2n]);
    expect(at(base, [setMain(1n)]).currentSnapshotId).toBe(1n);
    const without = at(base, [{ action: "remove-snapshot-ref", refName: "main" }]);
    expect(without.currentSnapshotId).toBeUndefined();
    expect("currentSnapshotId" in without).toBe(false);
  });

  test.each([
    ["main as tag", "main", { snapshotId: 1n, type: "tag" }],
    ["tag with min-snapshots-to-keep", "t", { snapshotId: 1n, type: "tag", minSnapshotsToKeep: 1 }],
    ["tag with max-snapshot-age-ms", "t", { snapshotId: 1n, type: "tag", maxSnapshotAgeMs: 1 }],
    ["zero max-ref-age-ms", "t", { snapshotId: 1n, type: "tag", maxRefAgeMs: 0 }],
    ["negative min-snapshots-to-keep", "b", { snapshotId: 1n, type: "branch", minSnapshotsToKeep: -1 }],
    ["unknown snapshot", "b", { snapshotId: 7n, type: "branch" }],
  ] as const)("refuses %s (MET-043)", (_, refName, ref) => {
    expect(() => at(tableWith([1n]), [{ action: "set-snapshot-ref", refName, ref }])).toThrowError(
      expect.objectContaining({ code: "validation-failed" }),
    );
  });

  test("names differ by case and are data (MET-045, MET-014)", () => {
    const ref = { snapshotId: 1n, type: "tag" } as const;
    const names = ["A", "a", "__proto__", "constructor"];
    const next = at(
      tableWith([1n]),
      names.map((refName) => ({ action: "set-snapshot-ref", refName, ref })),
    );
    expect([...next.refs.keys()]).toEqual(["main", ...names]);
  });

  test("removing a snapshot removes its refs and statistics (MET-046)", () => {
    const file = { statisticsPath: "s3://b/t/s", fileSizeInBytes: 1 };
    const base = at(tableWith([1n, 2n]), [
      { action: "set-snapshot-ref", refName: "old", ref: { snapshotId: 1n, type: "tag" } },
      {
        action: "set-statistics",
        statistics: { ...file, snapshotId: 1n, fileFooterSizeInBytes: 1, blobMetadata: [] },
      },
      { action: "set-partition-statistics", partitionStatistics: { ...file, snapshotId: 1n } },
      { action: "set-partition-statistics", partitionStatistics: { ...file, snapshotId: 2n } },
    ]);
    const next = at(base, [{ action: "remove-snapshots", snapshotIds: [1n, 99n] }]);
    expect([...next.refs.keys()]).toEqual(["main"]);
    expect(next.statistics).toEqual([]);
    expect(next.partitionStatistics.map((entry) => entry.snapshotId)).toEqual([2n]);
  });

  test("removing the current snapshot removes main", () => {
    const next = at(tableWith([1n]), [{ action: "remove-snapshots", snapshotIds: [1n] }]);
    expect(next.refs.size).toBe(0);
    expect(next.currentSnapshotId).toBeUndefined();
    expect(next.snapshotLog).toEqual([]);
  });

  test("statistics of a snapshot are replaced, never doubled (MET-049, MET-054)", () => {
    const statistics = {
      snapshotId: 1n,
      statisticsPath: "a",
      fileSizeInBytes: 1,
      fileFooterSizeInBytes: 1,
      blobMetadata: [],
    };
    const next = at(tableWith([1n]), [
      { action: "set-statistics", statistics },
      { action: "set-statistics", statistics: { ...statistics, statisticsPath: "b" } },
    ]);
    expect(next.statistics.map((file) => file.statisticsPath)).toEqual(["b"]);
    expect(at(next, [{ action: "remove-statistics", snapshotId: 1n }]).statistics).toEqual([]);
  });
});

describe("applyUpdates() snapshot log", () => {
  test("an added snapshot is logged with its own time, a rollback with the commit's (MET-035)", () => {
    const base = tableWith([1n, 2n]);
    const own = currentSnapshot(base)!.timestampMs;
    expect(base.snapshotLog.at(-1)).toEqual({ snapshotId: 2n, timestampMs: own });
    const nowMs = base.lastUpdatedMs + 7;
    expect(at(base, [setMain(1n)], nowMs).snapshotLog.at(-1)).toEqual({ snapshotId: 1n, timestampMs: nowMs });
  });

  test("two appends in one commit leave one entry (MET-037)", () => {
    const base = tableWith([1n]);
    const first = nextSnapshot(base, 2n);
    const second = nextSnapshot(base, 3n, { parentSnapshotId: 2n, sequenceNumber: 3 });
    const next = at(base, [...appendUpdates(first), ...appendUpdates(second)]);
    expect(logIds(next)).toEqual([1n, 3n]);
  });

  test.each([
    ["2", [2n], [3n]],
    ["1", [1n], [2n, 3n]],
    ["1 and 2", [1n, 2n], [3n]],
  ])("removing %s drops the history before the gap (MET-036)", (_, snapshotIds, left) => {
    expect(logIds(at(tableWith([1n, 2n, 3n]), [{ action: "remove-snapshots", snapshotIds }]))).toEqual(left);
  });

  test("a rewritten log ends with the current snapshot even if the file had none (MET-038)", () => {
    const base: TableMetadata = { ...tableWith([1n, 2n]), snapshotLog: [] };
    const next = at(base, [{ action: "remove-snapshots", snapshotIds: [1n] }]);
    expect(logIds(next)).toEqual([2n]);
  });

  test("a snapshot of a slow clock keeps the log sorted and last-updated-ms behind nothing (MET-013)", () => {
    const base = tableWith([1n]);
    const slow: Snapshot = nextSnapshot(base, 2n, { timestampMs: T0 - 10_000_000 });
    const next = at(base, appendUpdates(slow), T0 - 10_000_000);
    expect(next.snapshotLog.at(-1)?.timestampMs).toBe(base.snapshotLog.at(-1)?.timestampMs);
    expect(next.lastUpdatedMs).toBe(base.lastUpdatedMs);
  });

  test("a commit of a slow clock does not turn last-updated-ms back (MET-013)", () => {
    const base: TableMetadata = { ...tableWith([1n]), snapshotLog: [], metadataLog: [] };
    const next = at(base, [{ action: "set-location", location: "s3://b/u" }], T0 - 1);
    expect(next.lastUpdatedMs).toBe(base.lastUpdatedMs);
  });

  test("a snapshot of a fast clock takes last-updated-ms along (MET-013)", () => {
    const base = tableWith([1n]);
    const fast = nextSnapshot(base, 2n, { timestampMs: base.lastUpdatedMs + 3_600_000 });
    expect(at(base, appendUpdates(fast)).lastUpdatedMs).toBe(fast.timestampMs);
  });
});

describe("applyUpdates() metadata log", () => {
  const commit = (base: TableMetadata, file: string) =>
    applyUpdates(base, appendUpdates(nextSnapshot(base, BigInt(base.snapshots.length + 1))), {
      nowMs: base.lastUpdatedMs + 1000,
      previousMetadataLocation: file,
    });
  const tableAfter = (count: number, properties = new Map<string, string>()) => {
    let table = emptyTable(2, properties);
    for (let i = 0; i < count; i++) table = commit(table, `v${i}`);
    return table;
  };

  test("holds the previous files with their last-updated-ms, 100 at most (MET-039)", () => {
    const table = tableAfter(105);
    expect(table.metadataLog.length).toBe(100);
    expect(table.metadataLog[0]).toEqual({ metadataFile: "v5", timestampMs: T0 + 5000 });
    expect(table.metadataLog.at(-1)).toEqual({ metadataFile: "v104", timestampMs: T0 + 104_000 });
  });

  test.each([
    ["3", ["v2", "v3", "v4"]],
    ["1", ["v4"]],
    ["0", ["v4"]],
  ])("keeps %s as write.metadata.previous-versions-max asks (MET-039, PRP-024)", (max, left) => {
    const table = tableAfter(5, new Map([["write.metadata.previous-versions-max", max]]));
    expect(table.metadataLog.map((entry) => entry.metadataFile)).toEqual(left);
  });

  test("refuses a maximum that is no number", () => {
    expect(() => tableAfter(1, new Map([["write.metadata.previous-versions-max", "many"]]))).toThrowError(
      /previous-versions-max="many"/,
    );
  });
});
