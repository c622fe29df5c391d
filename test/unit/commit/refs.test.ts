import { describe, expect, it } from "vitest";
import type { LoadedTable } from "../../../src/catalog/index.ts";
import type { SnapshotManager } from "../../../src/commit/index.ts";
import { eq } from "../../../src/expressions/index.ts";
import { beaten, dataFile, entriesOf, live, orphans, type World, world } from "./tables.ts";

/** A table of three snapshots, `a`, `b` and `c`. */
async function three(w: World): Promise<{ table: LoadedTable; ids: readonly bigint[] }> {
  let table = w.table;
  for (const name of ["a", "b", "c"])
    ({ table } = await w
      .change(table)
      .append([dataFile(name)])
      .commit());
  return { table, ids: table.metadata.snapshots.map(({ snapshotId }) => snapshotId) };
}

async function manage(w: World, table: LoadedTable, change: (s: SnapshotManager) => unknown) {
  return (await w.change(table).manageSnapshots(change).commit()).table;
}

describe("branches and tags (CMT-064)", () => {
  it("are created with retention, replaced keeping it, changed, renamed and removed", async () => {
    const w = await world();
    let { table, ids } = await three(w);
    table = await manage(w, table, (s) =>
      s
        .createBranch("audit", {
          snapshotId: ids[0]!,
          minSnapshotsToKeep: 2,
          maxSnapshotAgeMs: 5,
          maxRefAgeMs: 9,
        })
        .createTag("eom", { maxRefAgeMs: 7 }),
    );
    expect(table.metadata.refs.get("audit")).toEqual({
      type: "branch",
      snapshotId: ids[0],
      minSnapshotsToKeep: 2,
      maxSnapshotAgeMs: 5,
      maxRefAgeMs: 9,
    });
    expect(table.metadata.refs.get("eom")).toEqual({ type: "tag", snapshotId: ids[2], maxRefAgeMs: 7 });
    table = await manage(w, table, (s) =>
      s
        .replaceBranch("audit", { snapshotId: ids[1]!, maxRefAgeMs: 10 })
        .replaceTag("eom", { snapshotId: ids[0]! })
        .setRetention("main", { minSnapshotsToKeep: 3 })
        .renameBranch("audit", "audited"),
    );
    expect(Object.fromEntries(table.metadata.refs)).toEqual({
      main: { type: "branch", snapshotId: ids[2], minSnapshotsToKeep: 3 },
      eom: { type: "tag", snapshotId: ids[0], maxRefAgeMs: 7 },
      audited: {
        type: "branch",
        snapshotId: ids[1],
        minSnapshotsToKeep: 2,
        maxSnapshotAgeMs: 5,
        maxRefAgeMs: 10,
      },
    });
    table = await manage(w, table, (s) => s.removeBranch("audited").removeTag("eom"));
    expect([...table.metadata.refs.keys()]).toEqual(["main"]);
  });

  it.each<[string, (s: SnapshotManager) => unknown, RegExp]>([
    ["create a branch that is there", (s) => s.createBranch("main"), /create branch main: a branch of/],
    ["create a tag of a branch's name", (s) => s.createTag("b1"), /create tag b1: a branch/],
    ["replace what is not there", (s) => s.replaceBranch("x", { snapshotId: 1n }), /no such branch/],
    ["replace a branch as a tag", (s) => s.replaceTag("b1", { snapshotId: 1n }), /b1: it is a branch/],
    ["point at an unknown snapshot", (s) => s.createTag("t", { snapshotId: 1n }), /snapshot 1: .*no such/],
    ["remove main", (s) => s.removeBranch("main"), /remove branch main/],
    ["remove a tag as a branch", (s) => s.removeBranch("t1"), /t1: it is a tag/],
    ["rename main", (s) => s.renameBranch("main", "x"), /rename branch main/],
    ["rename to a name that is taken", (s) => s.renameBranch("b1", "t1"), /name is taken/],
    ["change retention of nothing", (s) => s.setRetention("x", {}), /no such reference/],
    ["roll back to an unknown snapshot", (s) => s.rollbackTo(1n), /snapshot 1: .*no such/],
    ["roll back before all history", (s) => s.rollbackToTime(1), /older than 1/],
    ["fast-forward to nothing", (s) => s.fastForward("main", "x"), /no such reference/],
    ["fast-forward backwards", (s) => s.fastForward("main", "b1"), /no ancestor/],
    ["set an unknown snapshot", (s) => s.setCurrent(1n), /snapshot 1/],
    ["cherry-pick an unknown snapshot", (s) => s.cherryPick(1n), /cherry-pick snapshot 1: .*no such/],
  ])("refuse to %s", async (_, change, message) => {
    const w = await world();
    let { table, ids } = await three(w);
    table = await manage(w, table, (s) => s.createBranch("b1", { snapshotId: ids[0]! }).createTag("t1"));
    await expect(manage(w, table, change)).rejects.toMatchObject({
      code: "validation-failed",
      message: expect.stringMatching(message),
    });
  });

  it("without a snapshot there is nothing to point at", async () => {
    const w = await world();
    await expect(manage(w, w.table, (s) => s.createBranch("b"))).rejects.toThrow(/the table has none/);
  });
});

describe("moves of the current snapshot (CMT-065, CMT-066)", () => {
  it("rolls back to an ancestor, by id or time, and not to anything else", async () => {
    const w = await world();
    const { table, ids } = await three(w);
    const back = await manage(w, table, (s) => s.rollbackTo(ids[0]!));
    expect(back.metadata.currentSnapshotId).toBe(ids[0]);
    expect(back.metadata.lastSequenceNumber).toBe(3);
    await expect(manage(w, back, (s) => s.rollbackTo(ids[2]!))).rejects.toThrow(/no ancestor/);
    const forward = await manage(w, back, (s) => s.setCurrent(ids[2]!));
    expect(await live(w.io, forward)).toBe("a:1 b:2 c:3");
    const times = forward.metadata.snapshots.map(({ timestampMs }) => timestampMs);
    const byTime = await manage(w, forward, (s) => s.rollbackToTime(new Date(times[2]!)));
    expect(byTime.metadata.currentSnapshotId, "older than the time, not as old").toBe(ids[1]);
    const next = await w
      .change(byTime)
      .append([dataFile("d")])
      .commit();
    expect(await live(w.io, next.table)).toBe("a:1 b:2 d:4");
  });

  it("fast-forwards a branch, or makes it", async () => {
    const w = await world();
    let { table, ids } = await three(w);
    table = await manage(w, table, (s) =>
      s
        .createBranch("old", { snapshotId: ids[0]!, maxRefAgeMs: 9 })
        .fastForward("old", "main")
        .fastForward("new", "main"),
    );
    expect(table.metadata.refs.get("old")).toEqual({ type: "branch", snapshotId: ids[2], maxRefAgeMs: 9 });
    expect(table.metadata.refs.get("new")).toEqual({ type: "branch", snapshotId: ids[2] });
  });

  it("a ref that moved meanwhile is a conflict, and the move is judged anew", async () => {
    const w = await world();
    const { table, ids } = await three(w);
    const client = beaten(w.client, async () => {
      await manage(w, await w.latest(), (s) => s.rollbackTo(ids[0]!));
    });
    const mine = w
      .change(table, client)
      .manageSnapshots((s) => s.rollbackTo(ids[1]!))
      .commit();
    await expect(mine).rejects.toThrow(/no ancestor/);
  });
});

describe("a branch that is committed to meanwhile", () => {
  it("keeps the commit when it is renamed", async () => {
    const w = await world();
    let { table } = await three(w);
    table = await manage(w, table, (s) => s.createBranch("b1"));
    const client = beaten(w.client, async () => {
      await w
        .change(await w.latest())
        .append([dataFile("late")], { branch: "b1" })
        .commit();
    });
    const renames = w.change(table, client).manageSnapshots((s) => s.renameBranch("b1", "b2"));
    expect(await live(w.io, (await renames.commit()).table, "b2")).toBe("a:1 b:2 c:3 late:4");
  });

  it("is removed only as it was seen: the removal is tried again", async () => {
    const w = await world();
    let { table } = await three(w);
    table = await manage(w, table, (s) => s.createBranch("b1"));
    const seen: unknown[] = [];
    const client = Object.assign(Object.create(w.client) as typeof w.client, {
      async commitTable(...args: Parameters<typeof w.client.commitTable>) {
        seen.push(args[1]);
        return await w.client.commitTable(...args);
      },
    });
    await w
      .change(table, client)
      .manageSnapshots((s) => s.removeBranch("b1"))
      .commit();
    const snapshotId = table.metadata.currentSnapshotId;
    expect(seen[0]).toContainEqual({ type: "assert-ref-snapshot-id", ref: "b1", snapshotId });
  });
});

describe("writes to branches (CMT-062, CMT-063)", () => {
  it("take the branch's head as parent, and move it alone; its retention stays", async () => {
    const w = await world();
    let { table, ids } = await three(w);
    table = await manage(w, table, (s) =>
      s.createBranch("audit", { snapshotId: ids[0]!, minSnapshotsToKeep: 4 }),
    );
    const { table: after, snapshot } = await w
      .change(table)
      .append([dataFile("x")], { branch: "audit" })
      .commit();
    expect(snapshot).toMatchObject({ parentSnapshotId: ids[0], sequenceNumber: 4 });
    expect(snapshot!.summary!.get("total-data-files")).toBe("2");
    expect(after.metadata.currentSnapshotId).toBe(ids[2]);
    expect(after.metadata.refs.get("audit")).toEqual({
      type: "branch",
      snapshotId: snapshot!.snapshotId,
      minSnapshotsToKeep: 4,
    });
    expect(await live(w.io, after, "audit")).toBe("a:1 x:4");
    expect(await live(w.io, after)).toBe("a:1 b:2 c:3");
  });

  it("make a branch at the current snapshot, totals included; of a tag they fail", async () => {
    const w = await world();
    const { table, ids } = await three(w);
    const { table: after, snapshot } = await w
      .change(table)
      .deleteFiles({ filter: eq("category", "a") }, { branch: "fresh" })
      .append([dataFile("x")], { branch: "fresh" })
      .commit();
    expect(after.metadata.snapshots.at(-2)?.parentSnapshotId).toBe(ids[2]);
    expect(snapshot!.summary!.get("total-data-files")).toBe("1");
    expect(await live(w.io, after, "fresh")).toBe("x:5");
    const tagged = await manage(w, after, (s) => s.createTag("t"));
    const append = w
      .change(tagged)
      .append([dataFile("y")], { branch: "t" })
      .commit();
    await expect(append).rejects.toMatchObject({
      code: "validation-failed",
      message: expect.stringMatching(/write to t: it is a tag/),
    });
  });

  it("a branch that two make at once: the second is put on top of the first", async () => {
    const w = await world();
    const { table } = await three(w);
    const client = beaten(w.client, async () => {
      await w
        .change(await w.latest())
        .append([dataFile("theirs")], { branch: "new" })
        .commit();
    });
    const { table: after } = await w
      .change(table, client)
      .append([dataFile("mine")], { branch: "new" })
      .commit();
    expect(await live(w.io, after, "new")).toBe("a:1 b:2 c:3 mine:5 theirs:4");
  });
});

describe("write, audit, publish (CMT-067, CMT-069)", () => {
  const stage = { stageOnly: true, wapId: "wap-1" } as const;

  it("a staged snapshot moves no reference, and its number is used up", async () => {
    const w = await world();
    const { table } = await w
      .change()
      .append([dataFile("a")])
      .commit();
    const staged = await w
      .change(table)
      .append([dataFile("s")], stage)
      .commit();
    expect(staged.snapshot!.summary!.get("wap.id")).toBe("wap-1");
    expect(staged.table.metadata.currentSnapshotId).toBe(table.metadata.currentSnapshotId);
    expect(staged.table.metadata.lastSequenceNumber).toBe(2);
    expect(await live(w.io, staged.table)).toBe("a:1");
  });

  it("is published by moving the branch where its parent is the head", async () => {
    const w = await world();
    const { table } = await w
      .change()
      .append([dataFile("a")])
      .commit();
    const staged = await w
      .change(table)
      .append([dataFile("s")], stage)
      .commit();
    const id = staged.snapshot!.snapshotId;
    const { table: after, snapshot } = await w
      .change(staged.table)
      .manageSnapshots((s) => s.cherryPick(id))
      .commit();
    expect([snapshot?.snapshotId, after.metadata.currentSnapshotId]).toEqual([id, id]);
    expect(after.metadata.snapshots).toHaveLength(2);
    expect(await orphans(w.io, after)).toEqual([]);
  });

  it.each([1, 2, 3] as const)(
    "is made again on top of other commits, once, version %d",
    async (formatVersion) => {
      const w = await world({ formatVersion });
      const { table } = await w
        .change()
        .append([dataFile("a")])
        .commit();
      const staged = await w
        .change(table)
        .append([dataFile("s")], stage)
        .commit();
      const id = staged.snapshot!.snapshotId;
      const { table: moved } = await w
        .change(staged.table)
        .append([dataFile("b")])
        .commit();
      const pick = (base: LoadedTable) =>
        w
          .change(base)
          .manageSnapshots((s) => s.cherryPick(id))
          .commit();
      const { table: after, snapshot } = await pick(moved);
      expect(await live(w.io, after)).toBe(formatVersion === 1 ? "a:0 b:0 s:0" : "a:1 b:3 s:4");
      expect(Object.fromEntries(snapshot!.summary!)).toMatchObject({
        operation: "append",
        "source-snapshot-id": String(id),
        "published-wap-id": "wap-1",
        "total-data-files": "3",
      });
      await expect(pick(after)).rejects.toThrow(/picked before/);
      const again = await w
        .change(after)
        .append([dataFile("s2")], stage)
        .commit();
      await expect(
        w
          .change(again.table)
          .manageSnapshots((s) => s.cherryPick(again.snapshot!.snapshotId))
          .commit(),
        "another snapshot with a WAP id that is out already",
      ).rejects.toThrow(/wap-1 was published before/);
      await expect(
        pick(
          (
            await w
              .change(again.table)
              .append([dataFile("c")])
              .commit()
          ).table,
        ),
      ).rejects.toThrow(/picked before/);
    },
  );

  it("a dynamic overwrite is made again unless its partitions got new files", async () => {
    const w = await world();
    const b = dataFile("b", { category: "b" });
    const { table } = await w
      .change()
      .append([dataFile("a"), b])
      .commit();
    const staged = await w
      .change(table)
      .replacePartitions([dataFile("a2")], {}, stage)
      .commit();
    const pick = (base: LoadedTable) =>
      w
        .change(base)
        .manageSnapshots((s) => s.cherryPick(staged.snapshot!.snapshotId))
        .commit();
    const other = await w
      .change(staged.table)
      .append([dataFile("c", { category: "c" })])
      .commit();
    const { table: after } = await pick(other.table);
    expect(await live(w.io, after)).toBe("a2:4 b:1 c:3");
    expect(await entriesOf(w.io, after)).toContain("deleted a");
    const back = await manage(w, after, (s) => s.rollbackTo(other.snapshot!.snapshotId));
    const same = await w
      .change(back)
      .append([dataFile("a3")])
      .commit();
    await expect(pick(same.table)).rejects.toThrow(/a3\.parquet was added meanwhile/);
  });

  it("what is neither append nor dynamic overwrite can only be moved to", async () => {
    const w = await world();
    const { table } = await w
      .change()
      .append([dataFile("a")])
      .commit();
    const staged = await w
      .change(table)
      .deleteFiles({ files: [dataFile("a")] }, stage)
      .commit();
    const { table: moved } = await w
      .change(staged.table)
      .append([dataFile("b")])
      .commit();
    const pick = w
      .change(moved)
      .manageSnapshots((s) => s.cherryPick(staged.snapshot!.snapshotId))
      .commit();
    await expect(pick).rejects.toThrow(/it is an? delete on another base/);
  });

  it("a snapshot the branch has already is refused", async () => {
    const w = await world();
    const { table, ids } = await three(w);
    await expect(manage(w, table, (s) => s.cherryPick(ids[1]!))).rejects.toThrow(/has it already/);
  });
});
