/** What a commit may not take from an old version of the table: row ids, silence, ids of what was undone. */
import { describe, expect, test } from "vitest";
import type { LoadedTable } from "../../../src/catalog/index.ts";
import type { Transaction } from "../../../src/commit/index.ts";
import { alwaysTrue } from "../../../src/expressions/index.ts";
import { beaten, dataFile, live, manifestsOf, nameOf, orphans, type World, world } from "./tables.ts";

async function rowIds(
  { io }: World,
  table: LoadedTable,
): Promise<Readonly<Record<string, bigint | undefined>>> {
  const found: [string, bigint | undefined][] = [];
  for (const { entries } of await manifestsOf(io, table)) {
    for (const { status, dataFile: file } of entries) {
      if (status !== "deleted") found.push([nameOf(file.filePath), file.firstRowId]);
    }
  }
  return Object.fromEntries(found);
}

describe("manifests made by an attempt that lost are made again once their rows have ids (MAN-035)", () => {
  const operations: Readonly<Record<string, (transaction: Transaction) => Transaction>> = {
    deleteFiles: (transaction) => transaction.deleteFiles({ files: [dataFile("b")] }),
    rewriteManifests: (transaction) => transaction.rewriteManifests(),
  };
  test.each(Object.keys(operations))("%s", async (name) => {
    const w = await world();
    await w
      .change()
      .append([dataFile("a"), dataFile("b")])
      .commit();
    await w
      .change(await w.latest())
      .append([dataFile("c")])
      .commit();
    await w
      .change(await w.latest())
      .upgradeFormatVersion(3)
      .commit();
    const base = await w.latest();
    let assigned: Readonly<Record<string, bigint | undefined>> = {};
    const rival = async () => {
      await w
        .change(base)
        .fastAppend([dataFile("rival")])
        .commit();
      assigned = await rowIds(w, await w.latest());
    };
    await operations[name]!(w.change(base, beaten(w.client, rival))).commit();
    const after = await rowIds(w, await w.latest());
    expect(assigned.a).toBeTypeOf("bigint");
    for (const file of ["a", "c", "rival"]) expect([file, after[file]]).toEqual([file, assigned[file]]);
  });
});

describe("nothing to do is said of the newest version only", () => {
  test("a delete through an old version deletes what came since", async () => {
    const w = await world();
    await w
      .change()
      .append([dataFile("a")])
      .commit();
    const { table } = await w.change(w.table).deleteFiles({ filter: alwaysTrue }).commit();
    expect(await live(w.io, table)).toBe("");
    expect(await live(w.io, await w.latest())).toBe("");
  });

  test("a fast-forward through an old version goes to where the other branch is now", async () => {
    const w = await world();
    await w
      .change()
      .append([dataFile("a")])
      .commit();
    await w
      .change(await w.latest())
      .manageSnapshots((s) => s.createBranch("next"))
      .commit();
    const base = await w.latest();
    await w
      .change(base)
      .append([dataFile("b")], { branch: "next" })
      .commit();
    await w
      .change(base)
      .manageSnapshots((s) => s.fastForward("main", "next"))
      .commit();
    expect(await live(w.io, await w.latest())).toBe("a:1 b:2");
  });

  test("what was rolled back since is committed again under its id, and its files stay", async () => {
    const w = await world();
    const { snapshot: first } = await w
      .change()
      .append([dataFile("a")])
      .commit();
    await w
      .change(await w.latest())
      .append([dataFile("b")], { commitId: "x" })
      .commit();
    const base = await w.latest();
    await w
      .change(base)
      .manageSnapshots((s) => s.rollbackTo(first!.snapshotId))
      .commit();
    const again = await w
      .change(base)
      .append([dataFile("b")], { commitId: "x" })
      .commit();
    expect(again.wasCommittedBefore).toBe(false);
    expect(await live(w.io, await w.latest())).toBe("a:1 b:3");
    expect(await orphans(w.io, await w.latest())).toEqual([]);
  });
});

test("a commit id given to two steps of one transaction is refused: neither was committed before", async () => {
  const w = await world();
  const twice = w
    .change()
    .append([dataFile("a")], { commitId: "x" })
    .append([dataFile("b")], { commitId: "x" });
  await expect(twice.commit()).rejects.toMatchObject({ code: "validation-failed" });
  expect(await orphans(w.io, await w.latest())).toEqual([]);
  expect((await w.latest()).metadata.snapshots).toEqual([]);
});

describe("an expiry that comes first, in a catalog that looks at requirements alone", () => {
  test("a staged snapshot that is gone is not picked: its files go with it", async () => {
    const w = await world();
    await w
      .change()
      .append([dataFile("a")])
      .commit();
    const { snapshot: staged } = await w
      .change(await w.latest())
      .append([dataFile("s")], { stageOnly: true })
      .commit();
    await w
      .change(await w.latest())
      .append([dataFile("b")])
      .commit();
    const { snapshotId } = staged!;
    const rival = async () => {
      await w.client.commitTable(
        await w.latest(),
        [],
        [{ action: "remove-snapshots", snapshotIds: [snapshotId] }],
      );
    };
    const picked = w
      .change(await w.latest(), beaten(w.client, rival))
      .manageSnapshots((s) => s.cherryPick(snapshotId));
    await expect(picked.commit()).rejects.toMatchObject({ code: "validation-failed" });
    expect(await live(w.io, await w.latest())).toBe("a:1 b:3");
    // The staged snapshot's own list and manifest; nothing of the commit that failed.
    const left = await orphans(w.io, await w.latest());
    expect(left).toHaveLength(2);
    expect(left).toContain(staged!.manifestList);
  });

  test("a picked snapshot leaves no reference behind, and keeps the ids of the work", async () => {
    const w = await world();
    await w
      .change()
      .append([dataFile("a")])
      .commit();
    const { snapshot } = await w
      .change(await w.latest())
      .append([dataFile("s")], { stageOnly: true, commitId: "x", sourceWatermark: "7" })
      .commit();
    await w
      .change(await w.latest())
      .append([dataFile("b")])
      .commit();
    await w
      .change(await w.latest())
      .manageSnapshots((s) => s.cherryPick(snapshot!.snapshotId))
      .commit();
    const { refs } = (await w.latest()).metadata;
    expect([...refs.keys()]).toEqual(["main"]);
    const again = await w
      .change(await w.latest())
      .append([dataFile("s")], { commitId: "x" })
      .commit();
    expect(again.wasCommittedBefore).toBe(true);
    expect(again.snapshot!.summary!.get("icewright.source-watermark")).toBe("7");
    expect(await live(w.io, await w.latest())).toBe("a:1 b:3 s:4");
  });

  test("a new branch starts at the head that main has when it is made", async () => {
    const w = await world();
    const { snapshot: first } = await w
      .change()
      .append([dataFile("a")])
      .commit();
    const { snapshot: second } = await w
      .change(await w.latest())
      .append([dataFile("b")])
      .commit();
    const base = await w.latest();
    const rival = async () => {
      await w
        .change(base)
        .manageSnapshots((s) => s.rollbackTo(first!.snapshotId))
        .commit();
      const removed = { action: "remove-snapshots", snapshotIds: [second!.snapshotId] } as const;
      await w.client.commitTable(await w.latest(), [], [removed]);
    };
    await w
      .change(base, beaten(w.client, rival))
      .append([dataFile("c")], { branch: "new" })
      .commit();
    expect(await live(w.io, await w.latest(), "new")).toBe("a:1 c:3");
  });
});

describe("a conflict with ourselves, for something on the way delivered the request twice", () => {
  test.each([
    ["while the signal fires", "4"],
    ["in the last attempt, while the signal fires", "0"],
  ])("%s: the commit stands and keeps its files", async (_when, retries) => {
    const w = await world({ properties: { "commit.retry.num-retries": retries } });
    const stop = new AbortController();
    const twice = beaten(w.client);
    const commit = w.client.commitTable.bind(w.client);
    twice.commitTable = async (base, requirements, updates) => {
      await commit(base, requirements, updates);
      const answer = await commit(base, requirements, updates);
      expect(answer.kind).toBe("conflict");
      stop.abort(new Error("enough"));
      return answer;
    };
    const { snapshot } = await w
      .change(w.table, twice)
      .append([dataFile("a")])
      .commit({ signal: stop.signal });
    expect(snapshot).toEqual((await w.latest()).metadata.snapshots[0]);
    expect(await live(w.io, await w.latest())).toBe("a:1");
  });
});
