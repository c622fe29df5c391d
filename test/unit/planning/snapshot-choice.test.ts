import { describe, expect, it } from "vitest";
import { applyUpdates, newTableMetadata, type TableMetadata } from "../../../src/metadata/index.ts";
import { chooseSnapshot, type ScanTime } from "../../../src/planning/index.ts";
import { defineSchema, required, t } from "../../../src/schema/index.ts";

/** Snapshots 1 and 2 at 1000 and 2000 ms, a rollback to 1 at 3000, then the column `id` becomes `key`. */
function history(): TableMetadata {
  let metadata = newTableMetadata({
    schema: defineSchema({ id: required(t.long()) }),
    location: "memory://w/t",
    uuid: "6a1f5c2e-0f3c-4b3c-9d39-3f8a5c0f8b11",
    nowMs: 500,
  });
  const change = (nowMs: number, ...updates: Parameters<typeof applyUpdates>[1]) => {
    metadata = applyUpdates(metadata, updates, { nowMs });
  };
  for (const at of [1, 2]) {
    const snapshot = {
      snapshotId: BigInt(at),
      ...(at > 1 && { parentSnapshotId: 1n }),
      sequenceNumber: at,
      timestampMs: at * 1000,
      manifestList: `memory://w/t/${at}.avro`,
      schemaId: 0,
    };
    const ref = { type: "branch" as const, snapshotId: snapshot.snapshotId };
    change(
      at * 1000,
      { action: "add-snapshot", snapshot },
      { action: "set-snapshot-ref", refName: "main", ref },
    );
  }
  change(3000, { action: "set-snapshot-ref", refName: "main", ref: { type: "branch", snapshotId: 1n } });
  change(3000, { action: "set-snapshot-ref", refName: "old", ref: { type: "tag", snapshotId: 2n } });
  const renamed = defineSchema({ key: required(t.long()) });
  change(4000, { action: "add-schema", schema: renamed }, { action: "set-current-schema", schemaId: -1 });
  return metadata;
}

const chosen = (at: ScanTime | undefined) => {
  const { snapshot, schema } = chooseSnapshot(history(), at);
  return [snapshot?.snapshotId, schema.fields[0]!.name];
};

describe("chooseSnapshot()", () => {
  it("takes the snapshot that was current then, by the log and not by parents (SCN-069)", () => {
    expect(chosen({ asOf: 1000 })).toEqual([1n, "id"]);
    expect(chosen({ asOf: new Date(2999) })).toEqual([2n, "id"]);
    expect(chosen({ asOf: 3000 })).toEqual([1n, "id"]);
    expect(() => chosen({ asOf: 999 })).toThrow(/history starts at 1970-01-01T00:00:01/);
    expect(() => chosen({ snapshotId: 7n })).toThrow(/snapshot 7: .*the table has 2, the newest are 1, 2$/);
    expect(() => chosen({ asOf: -1e300 })).toThrow(/history starts at/);
  });

  it("reads branches with the table's schema, everything else with the snapshot's own (SCN-071, SCH-080)", () => {
    expect(chosen(undefined)).toEqual([1n, "key"]);
    expect(chosen({ ref: "main" })).toEqual([1n, "key"]);
    expect(chosen({ ref: "old" })).toEqual([2n, "id"]);
    expect(chosen({ snapshotId: 1n })).toEqual([1n, "id"]);
  });

  it.each([
    [{ snapshotId: 1n, ref: "main" }, /snapshotId.*ref.*exactly one/],
    [{ asOf: 0, ref: "main" }, /exactly one/],
    [{}, /exactly one/],
    [{ snapshotId: 1 }, /snapshotId.*bigint/],
    [{ asOf: new Date("yesterday") }, /asOf.*no time/],
    [{ asOf: "2025-01-01" }, /asOf.*Date/],
  ])("refuses what does not say exactly one time: %o (SCN-072)", (at, message) => {
    expect(() => chosen(at as unknown as ScanTime)).toThrow(message);
    expect(() => chosen(at as unknown as ScanTime)).toThrow(
      expect.objectContaining({ code: "invalid-argument" }),
    );
  });
});
