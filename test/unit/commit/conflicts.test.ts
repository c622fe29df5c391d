import { describe, expect, it } from "vitest";
import type { LoadedTable } from "../../../src/catalog/index.ts";
import type { Transaction } from "../../../src/commit/index.ts";
import { alwaysTrue, type Expression, eq, lt } from "../../../src/expressions/index.ts";
import {
  beaten,
  dataFile,
  equalityDeletes,
  live,
  orphans,
  positionDeletes,
  vector,
  type World,
  world,
} from "./tables.ts";

const a = dataFile("a", { category: "a", ids: [1n, 10n] });
const b = dataFile("b", { category: "b", ids: [11n, 20n] });
const inA = eq("category", "a");

/** Commits `mine` made on a table with a and b, after `rival` won. */
async function race(
  w: World,
  rival: (transaction: Transaction) => Transaction,
  mine: (transaction: Transaction) => Transaction,
): Promise<LoadedTable> {
  const { table } = await w.change().append([a, b]).commit();
  const client = beaten(w.client, async () => {
    await rival(w.change(await w.latest())).commit();
  });
  return (await mine(w.change(table, client)).commit()).table;
}

type Step = (transaction: Transaction) => Transaction;
const appends =
  (category: string, ids?: readonly [bigint, bigint]): Step =>
  (t) =>
    t.append([dataFile("late", { category, ...(ids && { ids }) })]);
const deletesById =
  (category: string): Step =>
  (t) =>
    t.rowDelta({ addedDeletes: [equalityDeletes("late-eq", category)] });
const removes =
  (file: typeof a): Step =>
  (t) =>
    t.deleteFiles({ files: [file] });
const compacts =
  (file: typeof a): Step =>
  (t) =>
    t.rewriteFiles({
      removedData: [file],
      addedData: [{ ...file, filePath: file.filePath.replace(".parquet", "-compacted.parquet") }],
    });

describe("conflicts of an overwrite by filter (CMT-024, CMT-088)", () => {
  const overwrite = (isolation: "serializable" | "snapshot" | undefined, filter: Expression = inA): Step => {
    return (t) => t.overwrite({ filter, added: [dataFile("new")], ...(isolation && { isolation }) });
  };

  it.each([
    { what: "an append to the rows", rival: appends("a"), snapshot: true, serializable: false },
    { what: "an append elsewhere", rival: appends("b"), snapshot: true, serializable: true },
    { what: "a delete of the rows", rival: deletesById("a"), snapshot: false, serializable: false },
    { what: "a delete elsewhere", rival: deletesById("b"), snapshot: true, serializable: true },
    { what: "the removal of their file", rival: removes(a), snapshot: false, serializable: false },
    { what: "a compaction of their file", rival: compacts(a), snapshot: false, serializable: false },
    { what: "a removal elsewhere", rival: removes(b), snapshot: true, serializable: true },
  ])("$what: snapshot isolation $snapshot, serializable $serializable", async (row) => {
    for (const isolation of ["snapshot", "serializable"] as const) {
      const w = await world();
      const done = race(w, row.rival, overwrite(isolation));
      if (row[isolation]) {
        await expect(done).resolves.toBeDefined();
      } else {
        await expect(done).rejects.toMatchObject({
          code: "validation-failed",
          message: expect.stringMatching(/conflicts with another commit: .*(late|a)(-eq)?\.parquet/),
        });
      }
      expect(await orphans(w.io, await w.latest())).toEqual([]);
    }
  });

  it("without isolation it is a blind write: what came meanwhile and matches is replaced, too", async () => {
    const w = await world();
    const after = await race(w, appends("a"), overwrite(undefined));
    expect(await live(w.io, after)).toBe("b:1 new:3");
  });

  it("looks at metrics, not at partitions alone", async () => {
    const far = await world();
    const filter = lt("id", 11n);
    await expect(
      race(far, appends("b", [40n, 50n]), overwrite("serializable", filter)),
    ).resolves.toBeDefined();
    const near = await world();
    await expect(race(near, appends("b", [10n, 50n]), overwrite("serializable", filter))).rejects.toThrow(
      /late\.parquet/,
    );
  });

  it("uses the conflict filter in place of its own when there is one", async () => {
    const w = await world();
    const wide: Step = (t) =>
      t.overwrite({
        filter: inA,
        added: [dataFile("new")],
        isolation: "serializable",
        conflictFilter: alwaysTrue,
      });
    await expect(race(w, appends("b"), wide)).rejects.toThrow(/late\.parquet/);
  });
});

describe("conflicts of an overwrite of given files (CMT-088)", () => {
  const overwrite: Step = (t) =>
    t.overwrite({ removed: [a], added: [dataFile("new")], isolation: "snapshot" });

  it("new deletes that apply to them, none that do not (CMT-023)", async () => {
    await expect(race(await world(), deletesById("a"), overwrite)).rejects.toThrow(/late-eq.*a\.parquet/);
    await expect(race(await world(), deletesById("b"), overwrite)).resolves.toBeDefined();
  });

  it("a file that is gone (CMT-034)", async () => {
    await expect(race(await world(), removes(a), overwrite)).rejects.toThrow(/a\.parquet.*CMT-034/);
  });

  it("any append is one under serializable isolation, when no filter says what was read", async () => {
    const serializable: Step = (t) =>
      t.overwrite({ removed: [a], added: [dataFile("new")], filter: inA, isolation: "serializable" });
    await expect(race(await world(), appends("b"), serializable)).rejects.toThrow(/late\.parquet/);
  });
});

describe("conflicts of replacePartitions (CMT-089)", () => {
  const replace =
    (isolation: "serializable" | "snapshot"): Step =>
    (t) =>
      t.replacePartitions([dataFile("new", { category: "a" })], { isolation });

  it.each([
    { what: "an append to the partition", rival: appends("a"), snapshot: true, serializable: false },
    { what: "an append to another", rival: appends("b"), snapshot: true, serializable: true },
    { what: "a delete in the partition", rival: deletesById("a"), snapshot: false, serializable: false },
    { what: "a removal from it", rival: removes(a), snapshot: false, serializable: false },
    { what: "a removal from another", rival: removes(b), snapshot: true, serializable: true },
  ])("$what: snapshot isolation $snapshot, serializable $serializable", async (row) => {
    for (const isolation of ["snapshot", "serializable"] as const) {
      const done = race(await world(), row.rival, replace(isolation));
      if (row[isolation]) await expect(done).resolves.toBeDefined();
      else await expect(done).rejects.toMatchObject({ code: "validation-failed" });
    }
  });
});

describe("conflicts of a row delta (CMT-049)", () => {
  const deletes: Step = (t) => t.rowDelta({ addedDeletes: [positionDeletes("pos", a)] });

  it("a compaction of the data file whose rows it deletes, always (CMT-026)", async () => {
    await expect(race(await world(), compacts(a), deletes)).rejects.toThrow(
      /a\.parquet was removed meanwhile/,
    );
    await expect(race(await world(), compacts(b), deletes)).resolves.toBeDefined();
  });

  it("a delete of the data file only when asked: the rows are gone either way (CMT-026)", async () => {
    await expect(race(await world(), removes(a), deletes)).resolves.toBeDefined();
    const strict: Step = (t) =>
      t.rowDelta({ addedDeletes: [positionDeletes("pos", a)], validateDeletedFiles: true });
    await expect(race(await world(), removes(a), strict)).rejects.toThrow(/a\.parquet was removed meanwhile/);
  });

  it("data and deletes in the conflict filter, by isolation level (CMT-024)", async () => {
    const delta =
      (isolation: "serializable" | "snapshot"): Step =>
      (t) =>
        t.rowDelta({ addedData: [dataFile("x")], isolation, conflictFilter: inA });
    await expect(race(await world(), appends("a"), delta("serializable"))).rejects.toThrow(/late/);
    await expect(race(await world(), appends("a"), delta("snapshot"))).resolves.toBeDefined();
    await expect(race(await world(), appends("b"), delta("serializable"))).resolves.toBeDefined();
    await expect(race(await world(), deletesById("a"), delta("snapshot"))).rejects.toThrow(/late-eq/);
    await expect(race(await world(), deletesById("b"), delta("snapshot"))).resolves.toBeDefined();
  });

  it("a vector that was added meanwhile for the same data file, none for another (CMT-025)", async () => {
    const adds =
      (name: string, of: typeof a): Step =>
      (t) =>
        t.rowDelta({ addedDeletes: [vector(name, of)] });
    const same = race(await world({ formatVersion: 3 }), adds("theirs", a), adds("mine", a));
    await expect(same).rejects.toThrow(/vector for .*a\.parquet was added meanwhile/);
    const other = race(await world({ formatVersion: 3 }), adds("theirs", b), adds("mine", a));
    await expect(other).resolves.toBeDefined();
  });

  it("an upgrade to v3 in mid-flight: position deletes are refused by name, appends go on (CMT-038, MET-071)", async () => {
    const upgrades: Step = (t) => t.upgradeFormatVersion(3);
    await expect(race(await world(), upgrades, deletes)).rejects.toMatchObject({
      code: "validation-failed",
      message: expect.stringMatching(/pos\.parquet.*version 3 delete positions by deletion vectors/),
    });
    const w = await world();
    const after = await race(w, upgrades, (t) => t.append([dataFile("mine")]));
    expect(after.metadata).toMatchObject({ formatVersion: 3, nextRowId: 30n });
    expect(await live(w.io, after)).toBe("a:1 b:1 mine:2");
  });

  it("an upgrade from v1 in mid-flight: manifests of v1 are written anew, with their numbers", async () => {
    const w = await world({ formatVersion: 1 });
    const after = await race(
      w,
      (t) => t.upgradeFormatVersion(2),
      (t) => t.overwrite({ removed: [a], added: [dataFile("mine")] }),
    );
    expect(await live(w.io, after)).toBe("b:0 mine:1");
    expect(await orphans(w.io, after)).toEqual([]);
  });
});

describe("conflicts of a rewrite (CMT-023, CMT-051)", () => {
  const rewrite =
    (dataSequenceNumber?: number): Step =>
    (t) =>
      t.rewriteFiles({
        removedData: [a],
        addedData: [dataFile("big")],
        ...(dataSequenceNumber !== undefined && { dataSequenceNumber }),
      });

  it("new deletes by value, unless the new files keep the old sequence number (CMT-052)", async () => {
    await expect(race(await world(), deletesById("a"), rewrite())).rejects.toThrow(/late-eq.*a\.parquet/);
    await expect(race(await world(), deletesById("b"), rewrite())).resolves.toBeDefined();
    const w = await world();
    const after = await race(w, deletesById("a"), rewrite(1));
    expect(await live(w.io, after)).toBe("b:1 big:1 late-eq:2");
  });

  it("new deletes by position, whatever the sequence number", async () => {
    const positions: Step = (t) => t.rowDelta({ addedDeletes: [positionDeletes("late-pos", a)] });
    await expect(race(await world(), positions, rewrite(1))).rejects.toThrow(/late-pos.*a\.parquet/);
    const vectors: Step = (t) => t.rowDelta({ addedDeletes: [vector("late-dv", a)] });
    await expect(race(await world({ formatVersion: 3 }), vectors, rewrite(1))).rejects.toThrow(/late-dv/);
  });

  it("a replaced file that is gone; an append never", async () => {
    await expect(race(await world(), removes(a), rewrite())).rejects.toThrow(/a\.parquet.*CMT-034/);
    await expect(race(await world(), appends("a"), rewrite())).resolves.toBeDefined();
  });
});

describe("the start of validation (CMT-020)", () => {
  const filter = inA;

  it("is the version the transaction was begun on, or the snapshot that was read before it", async () => {
    const w = await world();
    const { table: first } = await w.change().append([a]).commit();
    const { table } = await w
      .change(first)
      .append([dataFile("a2")])
      .commit();
    const overwrite = { filter, added: [dataFile("new")], isolation: "serializable" } as const;
    const from = first.metadata.currentSnapshotId!;
    const early = w
      .change(table)
      .overwrite({ ...overwrite, validateFromSnapshot: from })
      .commit();
    await expect(early).rejects.toThrow(/a2\.parquet was added meanwhile/);
    await expect(w.change(table).overwrite(overwrite).commit()).resolves.toBeDefined();
  });

  it("fails by name when history was expired and the start is no ancestor", async () => {
    const w = await world();
    const { table: first } = await w.change().append([a]).commit();
    const start = first.metadata.currentSnapshotId!;
    const { table: second } = await w
      .change(first)
      .append([dataFile("a2")])
      .commit();
    const { table: third } = await w
      .change(second)
      .append([dataFile("a3")])
      .commit();
    const expire = async (ids: readonly bigint[]) => {
      const done = await w.client.commitTable(
        await w.latest(),
        [],
        [{ action: "remove-snapshots", snapshotIds: ids }],
      );
      expect(done.kind).toBe("committed");
    };
    const overwrite = () =>
      w.latest().then((table) =>
        w
          .change(table)
          .overwrite(
            {
              filter: eq("category", "z"),
              added: [dataFile("z", { category: "z" })],
              isolation: "serializable",
              validateFromSnapshot: start,
            },
            { branch: "main" },
          )
          .commit(),
      );
    // The start itself may be gone, as long as all that came after it is there.
    await expire([start]);
    await expect(overwrite()).resolves.toBeDefined();
    await expire([second.metadata.currentSnapshotId!]);
    await expect(overwrite()).rejects.toMatchObject({
      code: "validation-failed",
      message: expect.stringMatching(
        new RegExp(`snapshot ${start}.*back to snapshot ${third.metadata.currentSnapshotId}.*CMT-020`),
      ),
    });
  });

  it("snapshots that do not say what they did are looked at (CMT-021)", async () => {
    const w = await world();
    const { table } = await w.change().append([a]).commit();
    const { table: second } = await w
      .change(table)
      .append([dataFile("a2")])
      .commit();
    const [one, { summary: _, ...mute }] = second.metadata.snapshots as [
      (typeof second.metadata.snapshots)[0],
      (typeof second.metadata.snapshots)[0],
    ];
    const { noAddedData } = await import("../../../src/commit/conflicts.ts");
    const since = {
      io: w.io,
      metadata: { ...second.metadata, snapshots: [one, mute] },
      head: mute,
      start: one.snapshotId,
    };
    await expect(noAddedData(since, { filter }, {})).rejects.toThrow(/a2\.parquet/);
  });

  it("leaves the steps of its own transaction out", async () => {
    const w = await world();
    const { table } = await w.change().append([a]).commit();
    const { table: after } = await w
      .change(table)
      .append([dataFile("first")])
      .overwrite({ filter, added: [dataFile("second")], isolation: "serializable" })
      .commit();
    expect(await live(w.io, after)).toBe("second:3");
  });
});
