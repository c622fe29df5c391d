/**
 * Writers at one table in every order: the history is the serial one of its commits, each commit is exactly its effect
 * on the version before it, and whoever was rejected has left no trace (P39, P40, P41).
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { LoadedTable } from "../../src/catalog/index.ts";
import type { DataFile } from "../../src/manifests/index.ts";
import { ancestorsOf, currentSchema, currentSnapshot, type TableMetadata } from "../../src/metadata/index.ts";
import {
  type Act,
  arbitraryWorld,
  CHECK_WAIT_MS,
  type History,
  liveFiles,
  MAX_WAIT_MS,
  MIN_WAIT_MS,
  play,
  type World,
} from "./interleaved-commits.ts";
import { runs } from "./runs.ts";

type Files = History["files"];
type Swap = Act["swaps"][number];

describe("commits of several writers", () => {
  it("are the serial history of those that were acknowledged, whatever is lost on the way (CMT-001, CMT-008, CMT-009, CMT-016)", async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryWorld, fc.scheduler(), async (world, scheduler) => {
        const history = await play(world, scheduler);
        expectOutcomes(history, world);
        expectLinear(history);
        for (const act of history.acts) for (const swap of act.swaps) expectEffect(act, swap, history.files);
        await expectWhole(history);
      }),
      runs(60),
    );
  }, 120_000);
});

/** Attempts, waits and what each writer was told (P40, P41; CMT-007, CMT-010). */
function expectOutcomes({ acts }: History, { retries }: World): void {
  for (const { name, deed, outcome, swaps, attempts, sleeps } of acts) {
    const title = `${name}: ${deed.kind} was ${outcome}`;
    expect(swaps.length, `${title}, at most once`).toBeLessThanOrEqual(1);
    if (outcome === "rejected" || outcome === "conflict") expect(swaps.length, title).toBe(0);
    // What another writer has done already needs no version of its own.
    const evolution = ["add column", "add partition field", "create branch", "create tag", "remove branch"];
    const mayBeNothing = [
      ...evolution,
      "delete",
      "properties",
      "expire",
      "fast-forward",
      "rollback",
      "all at once",
    ];
    if (outcome === "acknowledged" && !mayBeNothing.includes(deed.kind)) expect(swaps.length, title).toBe(1);
    expect(attempts, title).toBeLessThanOrEqual(1 + retries);
    if (outcome === "conflict") expect(attempts, title).toBe(1 + retries);
    const waits = sleeps.filter((ms) => ms < CHECK_WAIT_MS);
    waits.forEach((ms, at) => {
      const ceiling = Math.min(MAX_WAIT_MS, MIN_WAIT_MS * 2 ** at);
      expect(ms, title).toBeGreaterThanOrEqual(ceiling / 2);
      expect(ms, title).toBeLessThanOrEqual(ceiling);
    });
    expect(sleeps.length - waits.length, "looks after a lost reply").toBeLessThanOrEqual(1);
  }
}

/** Every version has one successor, and sequence numbers count the snapshots. */
function expectLinear({ first, last, acts }: History): void {
  const next = new Map<string, LoadedTable>();
  for (const { from, to } of acts.flatMap(({ swaps }) => swaps)) {
    expect(next.has(from.metadataLocation), `two versions follow ${from.metadataLocation}`).toBe(false);
    next.set(from.metadataLocation, to);
  }
  let at = first;
  for (let to = next.get(at.metadataLocation); to !== undefined; to = next.get(at.metadataLocation)) {
    const fresh = newSnapshots({ from: at, to });
    fresh.forEach(({ sequenceNumber }, index) => {
      expect(sequenceNumber).toBe(at.metadata.lastSequenceNumber + 1 + index);
    });
    expect(to.metadata.lastSequenceNumber).toBe(at.metadata.lastSequenceNumber + fresh.length);
    next.delete(at.metadataLocation);
    at = to;
  }
  expect(next.size, "versions that nothing leads to").toBe(0);
  expect(at.metadataLocation).toBe(last.metadataLocation);
}

/** A commit is its deed done to the version before it: no more, no less. */
function expectEffect(act: Act, swap: Swap, files: Files): void {
  const { deed, base, named } = act;
  const before = swap.from.metadata;
  const after = swap.to.metadata;
  const title = `${act.name}: ${deed.kind}`;
  const added = act.added.map(({ filePath }) => filePath);
  const fresh = newSnapshots(swap);
  for (const { snapshotId, summary } of fresh) {
    expect(summary?.get("total-data-files"), title).toBe(String(files.get(snapshotId)!.length));
  }
  const branch = "branch" in deed ? deed.branch : "main";
  const parent = headOf(before, branch) ?? headOf(before, "main");
  const had = parent === undefined ? [] : files.get(parent)!;
  const inPart = (file: DataFile) => "part" in deed && file.partition[0] === deed.part;
  const outside = (list: readonly DataFile[], drop: (file: DataFile) => boolean) =>
    list.filter((file) => !drop(file)).map(({ filePath }) => filePath);
  const isNamed = ({ filePath }: DataFile) => named.includes(filePath);
  const expectFiles = (paths: readonly string[]) => {
    const [snapshot] = fresh.slice(-1);
    expect(snapshot?.snapshotId, title).toBe(headOf(after, branch));
    expect(fresh[0]?.parentSnapshotId, title).toBe(parent);
    const found = files.get(snapshot!.snapshotId)!.map(({ filePath }) => filePath);
    expect(found.sort(), title).toEqual([...paths].sort());
  };
  // A reference is made where main was when it was asked for, or where it is by now.
  const mains = [headOf(base.metadata, "main"), headOf(before, "main")];
  switch (deed.kind) {
    case "append":
    case "fast append":
      expectFiles([...outside(had, () => false), ...added]);
      break;
    case "overwrite": {
      expectFiles([...outside(had, inPart), ...added]);
      if (deed.isolation !== "serializable") break;
      const start = headOf(base.metadata, "main");
      const known = start === undefined ? [] : outside(files.get(start)!, () => false);
      for (const file of had.filter(inPart))
        expect(known, `${title}: it knew what it replaced`).toContain(file.filePath);
      break;
    }
    case "replace partitions":
      expectFiles([...outside(had, inPart), ...added]);
      break;
    case "delete":
      expect(had.some(inPart), `${title}: something to delete`).toBe(true);
      expectFiles(outside(had, inPart));
      break;
    case "delete file":
    case "row delta":
    case "rewrite":
      for (const path of named)
        expect(
          outside(had, () => false),
          `${title}: what it replaces is there`,
        ).toContain(path);
      expectFiles([...outside(had, isNamed), ...added]);
      break;
    case "all at once":
      expectFiles([...outside(had, (file) => !inPart(file)), ...added]);
      expect(after.properties.get("key")).toBe("all");
      expect(headOf(after, "all"), title).toBe(headOf(after, "main"));
      break;
    case "properties":
      expect(after.properties.get("key")).toBe(deed.value);
      expect(fresh, title).toEqual([]);
      break;
    case "add column": {
      const columns = (metadata: TableMetadata) => currentSchema(metadata).fields.map(({ name }) => name);
      expect(columns(after)).toEqual([...columns(before), `extra_${deed.part}`]);
      break;
    }
    case "add partition field":
      expect(after.lastPartitionId).toBeGreaterThanOrEqual(before.lastPartitionId);
      expect(after.defaultSpecId).not.toBe(before.defaultSpecId);
      break;
    case "create branch":
      expect(headOf(before, "side"), title).toBeUndefined();
      expect(mains, title).toContain(headOf(after, "side"));
      break;
    case "create tag":
      expect(headOf(before, `tag-${deed.pick % 2}`), title).toBeUndefined();
      expect(mains, title).toContain(headOf(after, `tag-${deed.pick % 2}`));
      break;
    case "remove branch":
      expect(headOf(before, "side"), title).toBeDefined();
      expect(headOf(after, "side"), title).toBeUndefined();
      break;
    case "fast-forward":
      expect(mains, title).toContain(headOf(after, "side"));
      break;
    case "rollback": {
      const head = headOf(after, "main")!;
      const history = [...ancestorsOf(before, headOf(before, "main")!)];
      expect(
        history.map(({ snapshotId }) => snapshotId),
        title,
      ).toContain(head);
      break;
    }
    case "expire":
      expect(fresh, title).toEqual([]);
      expect(headOf(after, "main"), title).toBe(headOf(before, "main"));
      break;
  }
  const touched = new Set(TOUCHED[deed.kind] ?? [branch]);
  for (const name of new Set([...before.refs.keys(), ...after.refs.keys()])) {
    if (!touched.has(name))
      expect(headOf(after, name), `${title} leaves ${name} alone`).toBe(headOf(before, name));
  }
}

/** The references that a deed may move, where it is not just the branch it writes to. */
const TOUCHED: Readonly<Record<string, readonly string[]>> = {
  "all at once": ["main", "all"],
  "create branch": ["side"],
  "create tag": ["tag-0", "tag-1"],
  "remove branch": ["side"],
  "fast-forward": ["side"],
  properties: [],
  expire: [],
};

/** What the last version refers to is there; what nobody refers to is gone, unless an outcome stayed unknown (CMT-011). */
async function expectWhole({ last, acts, io, files }: History): Promise<void> {
  const { snapshots } = last.metadata;
  for (const snapshot of snapshots) {
    expect(await liveFiles(last, snapshot)).toEqual(files.get(snapshot.snapshotId));
  }
  if (acts.some(({ deed, outcome }) => outcome === "unknown" || deed.kind === "expire")) return;
  const lists = [...io.files.keys()].filter((path) => path.includes("/snap-"));
  expect(lists.sort()).toEqual(snapshots.map(({ manifestList }) => manifestList!).sort());
}

function newSnapshots({ from, to }: Swap) {
  const known = new Set(from.metadata.snapshots.map(({ snapshotId }) => snapshotId));
  return to.metadata.snapshots.filter(({ snapshotId }) => !known.has(snapshotId));
}

function headOf(metadata: TableMetadata, name: string): bigint | undefined {
  return (
    metadata.refs.get(name)?.snapshotId ??
    (name === "main" ? currentSnapshot(metadata)?.snapshotId : undefined)
  );
}
