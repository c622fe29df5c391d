import { expect, test } from "vitest";
import {
  applyUpdates,
  expiredSnapshots,
  parseMetadata,
  printMetadata,
  type SnapshotRef,
  type TableUpdate,
} from "../../../src/metadata/index.ts";
import { T0, tableWith } from "./samples.ts";

const DAY = 86_400_000;
const table = tableWith([1n, 2n, 3n, 4n]);
const much = { nowMs: T0 + 100 * DAY };
const set = (refName: string, ref: SnapshotRef): TableUpdate => ({
  action: "set-snapshot-ref",
  refName,
  ref,
});
const having = (...updates: TableUpdate[]) => applyUpdates(table, updates, { nowMs: table.lastUpdatedMs });
const property = (key: string, value: string) =>
  having({ action: "set-properties", updates: new Map([[key, value]]) });

test("expiredSnapshots() leaves the head of every branch, whatever is asked (CMT-070, CMT-072)", () => {
  expect(expiredSnapshots(table, { ...much, retainLast: 0 }).snapshotIds).toEqual([1n, 2n, 3n]);
});

test("expiredSnapshots() options replace properties, ref settings stand above both (CMT-073)", () => {
  const three = property("history.expire.min-snapshots-to-keep", "3");
  expect(expiredSnapshots(three, much).snapshotIds).toEqual([1n]);
  expect(expiredSnapshots(three, { ...much, retainLast: 2 }).snapshotIds).toEqual([1n, 2n]);
  const ref = { snapshotId: 4n, type: "branch", minSnapshotsToKeep: 4 } as const;
  expect(expiredSnapshots(having(set("main", ref)), { ...much, retainLast: 2 }).snapshotIds).toEqual([]);
  expect(expiredSnapshots(table, { ...much, olderThanMs: 0 }).snapshotIds).toEqual([]);
});

test("expiredSnapshots() drops refs past the table's max-ref-age-ms but never main (CMT-070, CMT-072)", () => {
  const tagged = having(set("old", { snapshotId: 1n, type: "tag" }), {
    action: "set-properties",
    updates: new Map([["history.expire.max-ref-age-ms", String(DAY)]]),
  });
  expect(expiredSnapshots(tagged, much)).toEqual({ snapshotIds: [1n, 2n, 3n], refNames: ["old"] });
});

test("expiredSnapshots() refuses gc.enabled=false and properties that are no numbers (CMT-074, PRP-083)", () => {
  expect(() => expiredSnapshots(property("gc.enabled", "FALSE"), much)).toThrowError(/gc.enabled=false/);
  expect(() => expiredSnapshots(property("history.expire.max-snapshot-age-ms", "5d"), much)).toThrowError(
    /max-snapshot-age-ms="5d"/,
  );
});

test("expiredSnapshots() stops at the first ancestor that fails: a prefix, not a filter (CMT-070)", () => {
  // Clocks disagree: 1 is as young as the head, 2 and 3 are old.
  const snapshots = table.snapshots.map((snapshot) =>
    snapshot.snapshotId === 2n || snapshot.snapshotId === 3n ? { ...snapshot, timestampMs: 0 } : snapshot,
  );
  expect(expiredSnapshots({ ...table, snapshots }, { nowMs: T0 + DAY }).snapshotIds).toEqual([1n, 2n, 3n]);
});

test("expiredSnapshots() keeps for ever what a branch's largest long asks for (PRP-082)", () => {
  const forever = "9223372036854775807";
  const text = printMetadata(table).replace(
    '"main":{',
    `"main":{"max-snapshot-age-ms":${forever},"max-ref-age-ms":${forever},`,
  );
  const read = parseMetadata(text);
  expect(expiredSnapshots(read, { nowMs: 8_000_000_000_000_000 }).snapshotIds).toEqual([]);
  expect(expiredSnapshots(parseMetadata(printMetadata(read)), much)).toEqual({
    snapshotIds: [],
    refNames: [],
  });
});
