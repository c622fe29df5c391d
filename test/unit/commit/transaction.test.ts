import { describe, expect, it } from "vitest";
import { CommitStateUnknownError } from "../../../src/base/index.ts";
import type { CatalogClient, CommitOutcome, LoadedTable } from "../../../src/catalog/index.ts";
import { eq } from "../../../src/expressions/index.ts";
import { currentSchema } from "../../../src/metadata/index.ts";
import { t } from "../../../src/schema/index.ts";
import { beaten, dataFile, entriesOf, id, live, orphans, type World, world } from "./tables.ts";

/** The client with some methods of its own. */
function using(w: World, own: Partial<CatalogClient>): CatalogClient {
  return Object.assign(Object.create(w.client) as CatalogClient, own);
}

const lost: CommitOutcome = {
  kind: "unknown",
  error: new CommitStateUnknownError("the reply was lost"),
  reconcilable: true,
};

describe("Transaction", () => {
  it("commits any mix in one swap, each step on what the steps before leave (CMT-059)", async () => {
    const w = await world();
    const { table } = await w
      .change()
      .append([dataFile("a")])
      .commit();
    const sent: Parameters<CatalogClient["commitTable"]>[] = [];
    const client = using(w, {
      async commitTable(...args) {
        sent.push(args);
        return await w.client.commitTable(...args);
      },
    });
    const result = await w
      .change(table, client)
      .updateSchema((update) => update.addColumn("region", t.string()))
      .updateSpec((update) => update.addField("region"))
      .append([dataFile("b", { specId: 1, partition: ["b", "eu"] })])
      .upgradeFormatVersion(3)
      .deleteFiles({ filter: eq("category", "a") })
      .updateProperties({ set: { owner: "me" } })
      .manageSnapshots((s) => s.createTag("done"))
      .replaceSortOrder([])
      .setLocation("memory://elsewhere")
      .commit();
    expect(sent).toHaveLength(1);
    const { metadata } = result.table;
    expect(await live(w.io, result.table)).toBe("b:2");
    expect(result.snapshots.map(({ sequenceNumber }) => sequenceNumber)).toEqual([2, 3]);
    expect(result.snapshot).toMatchObject({
      schemaId: 1,
      parentSnapshotId: result.snapshots[0]!.snapshotId,
      firstRowId: 0n,
      addedRows: 10n,
    });
    expect(metadata).toMatchObject({
      formatVersion: 3,
      currentSchemaId: 1,
      defaultSpecId: 1,
      location: "memory://elsewhere",
      nextRowId: 10n,
    });
    expect(metadata.refs.get("done")?.snapshotId).toBe(result.snapshot!.snapshotId);
    expect(metadata.properties.get("owner")).toBe("me");
    // The log tells only of what was current in the end (MET-037).
    expect(metadata.snapshotLog.map(({ snapshotId }) => snapshotId)).toEqual([
      table.metadata.currentSnapshotId,
      result.snapshot!.snapshotId,
    ]);
    const [, requirements] = sent[0]!;
    expect(requirements.map(({ type }) => type).sort()).toEqual([
      "assert-current-schema-id",
      "assert-default-spec-id",
      "assert-last-assigned-field-id",
      "assert-last-assigned-partition-id",
      "assert-ref-snapshot-id",
      "assert-ref-snapshot-id",
      "assert-table-uuid",
    ]);
    // Values of the version the transaction began on, not of its own steps (CMT-055).
    expect(requirements).toContainEqual({ type: "assert-current-schema-id", currentSchemaId: 0 });
    expect(requirements).toContainEqual({
      type: "assert-ref-snapshot-id",
      ref: "main",
      snapshotId: table.metadata.currentSnapshotId,
    });
    expect(await orphans(w.io, result.table)).toEqual([]);
  });

  it("runs functions again on a newer base and keeps ids and manifests (CMT-008, CMT-013)", async () => {
    const w = await world();
    const { table } = await w
      .change()
      .append([dataFile("a")])
      .commit();
    const rival = async () => {
      const change = w.change(await w.latest()).append([dataFile("rival")]);
      await change.updateSchema((update) => update.addColumn("theirs", t.int())).commit();
    };
    let runs = 0;
    const written: string[] = [];
    const create = w.io.create.bind(w.io);
    w.io.create = async (location, ...rest) => {
      written.push(location.replace(/.*\//, ""));
      return await create(location, ...rest);
    };
    const { table: after, snapshots } = await w
      .change(table, beaten(w.client, rival))
      .updateSchema((update) => {
        runs++;
        update.addColumn("mine", t.int());
      })
      .append([dataFile("b")])
      .append([dataFile("c")])
      .commit();
    expect(runs).toBeGreaterThan(1);
    expect(currentSchema(after.metadata).fields.map(({ name }) => name)).toEqual([
      "id",
      "category",
      "theirs",
      "mine",
    ]);
    expect(await live(w.io, after)).toBe("a:1 b:3 c:4 rival:2");
    for (const { snapshotId } of snapshots) {
      const lists = written.filter((name) => name.startsWith(`snap-${snapshotId}-`));
      expect(lists.map((name) => name.split("-")[2])).toEqual(["1", "2"]);
    }
    expect(
      written.filter((name) => /-m\d+\.avro$/.test(name)),
      "one of each of us",
    ).toHaveLength(3);
    expect(await orphans(w.io, after)).toEqual([]);
  });

  it("fails as a whole when a newer base no longer allows one step, and leaves nothing behind (CMT-058)", async () => {
    const w = await world();
    const { table } = await w
      .change()
      .append([dataFile("a")])
      .commit();
    const rival = async () => {
      const change = w.change(await w.latest());
      await change.updateSchema((update) => update.addColumn("x", t.int())).commit();
    };
    const mine = w
      .change(table, beaten(w.client, rival))
      .append([dataFile("b")])
      .updateSchema((update) => update.addColumn("x", t.string()))
      .commit();
    await expect(mine).rejects.toMatchObject({
      code: "validation-failed",
      message: expect.stringMatching(/schema of ns\.t: another commit changed the table meanwhile.*"?x/),
    });
    const after = await w.latest();
    expect(await live(w.io, after)).toBe("a:1");
    expect(await orphans(w.io, after)).toEqual([]);
  });

  it("without changes, or with none that matter, commits nothing", async () => {
    const w = await world();
    expect((await w.change().commit()).table.metadataLocation).toBe(w.table.metadataLocation);
    const { table } = await w
      .change()
      .setLocation(w.table.metadata.location)
      .removeStatistics(5n)
      .removePartitionStatistics(5n)
      .commit();
    expect(table.metadataLocation).toBe(w.table.metadataLocation);
  });

  it("is over once it was committed", async () => {
    const w = await world();
    const transaction = w.change().append([dataFile("a")]);
    await transaction.commit();
    await expect(transaction.commit()).rejects.toThrow(/after its commit: begin another/);
    expect(() => transaction.append([dataFile("b")])).toThrow(/after its commit/);
  });

  it("sets and removes statistics of snapshots the table has (MET-049, MET-054)", async () => {
    const w = await world();
    let { table } = await w
      .change()
      .append([dataFile("a")])
      .commit();
    const snapshotId = table.metadata.currentSnapshotId!;
    const statistics = {
      snapshotId,
      statisticsPath: "memory://s.puffin",
      fileSizeInBytes: 10,
      fileFooterSizeInBytes: 5,
      blobMetadata: [],
    };
    const partition = { snapshotId, statisticsPath: "memory://p.parquet", fileSizeInBytes: 10 };
    ({ table } = await w.change(table).setStatistics(statistics).setPartitionStatistics(partition).commit());
    expect(table.metadata.statistics).toEqual([statistics]);
    expect(table.metadata.partitionStatistics).toEqual([partition]);
    ({ table } = await w
      .change(table)
      .removeStatistics(snapshotId)
      .removePartitionStatistics(snapshotId)
      .commit());
    expect([table.metadata.statistics, table.metadata.partitionStatistics]).toEqual([[], []]);
    const unknown = w
      .change(table)
      .setStatistics({ ...statistics, snapshotId: 7n })
      .commit();
    await expect(unknown).rejects.toThrow(/snapshot 7: .*no such snapshot/);
  });

  it("never lowers the format version", async () => {
    const w = await world({ formatVersion: 3 });
    await expect(w.change().upgradeFormatVersion(2).commit()).rejects.toThrow(/only upgraded/);
    const same = await w.change().upgradeFormatVersion(3).commit();
    expect(same.table.metadataLocation).toBe(w.table.metadataLocation);
  });
});

describe("outcomes of a transaction", () => {
  const two = (w: World, client: CatalogClient, base: LoadedTable = w.table) =>
    w
      .change(base, client)
      .append([dataFile("a")])
      .append([dataFile("b")])
      .commit();

  it("a lost reply is settled by the snapshots, under later commits, too (CMT-010)", async () => {
    const w = await world();
    const client = using(w, {
      async commitTable(...args) {
        await w.client.commitTable(...args);
        await w
          .change(await w.latest())
          .append([dataFile("later")])
          .commit();
        return lost;
      },
    });
    const { table, snapshots } = await two(w, client);
    expect(snapshots.map(({ sequenceNumber }) => sequenceNumber)).toEqual([1, 2]);
    expect(await live(w.io, table)).toBe("a:1 b:2 later:3");
    expect(await orphans(w.io, table)).toEqual([]);
  });

  it("an unknown outcome deletes nothing and names the snapshot (CMT-009)", async () => {
    const w = await world({ properties: { "commit.status-check.num-retries": "0" } });
    const client = using(w, { commitTable: async () => lost });
    await expect(two(w, client)).rejects.toMatchObject({
      code: "commit-state-unknown",
      context: { snapshotId: expect.any(BigInt) },
    });
    expect((await orphans(w.io, await w.latest())).length).toBe(4);
  });

  it("a definite failure removes all it wrote (CMT-011)", async () => {
    const w = await world({ properties: { "commit.retry.num-retries": "2" } });
    const conflict: CommitOutcome = {
      kind: "conflict",
      error: new (await import("../../../src/base/index.ts")).CommitFailedError("another won"),
    };
    let attempts = 0;
    const client = using(w, {
      commitTable: async () => {
        attempts++;
        return conflict;
      },
    });
    await expect(two(w, client)).rejects.toMatchObject({ code: "commit-failed" });
    expect(attempts).toBe(3);
    expect(await orphans(w.io, await w.latest())).toEqual([]);
  });

  it("a table that is dropped under the writer is named, and nothing stays behind", async () => {
    const w = await world();
    const client = beaten(w.client, async () => {
      await w.client.dropTable(id);
    });
    await expect(two(w, client)).rejects.toMatchObject({
      code: "no-such-table",
      message: expect.stringContaining("ns.t"),
    });
    expect([...w.io.files.keys()].filter((path) => path.endsWith(".avro"))).toEqual([]);
  });

  it("a table that took the name of another is not written to (MET-058)", async () => {
    const w = await world();
    const client = beaten(w.client, async () => {
      await w.client.dropTable(id);
      await w.client.createTable(id, { schema: currentSchema(w.table.metadata) });
    });
    await expect(two(w, client)).rejects.toMatchObject({
      code: "validation-failed",
      message: expect.stringMatching(/ns\.t.*made anew.*uuid/),
    });
    expect((await w.latest()).metadata.snapshots).toEqual([]);
    expect([...w.io.files.keys()].filter((path) => path.endsWith(".avro"))).toEqual([]);
  });

  it("a table that is missing from the start is named", async () => {
    const w = await world();
    await w.client.dropTable(id);
    await expect(two(w, w.client)).rejects.toMatchObject({ code: "no-such-table" });
  });
});

describe("commit ids (idempotent commits)", () => {
  const commit = (w: World, base: LoadedTable, name: string, client: CatalogClient = w.client) =>
    w
      .change(base, client)
      .append([dataFile(name)], { commitId: "batch-7", sourceWatermark: "offset-41" })
      .commit();

  it("the same id again is the snapshot it made, and nothing is committed", async () => {
    const w = await world();
    const first = await commit(w, w.table, "a");
    expect(Object.fromEntries(first.snapshot!.summary!)).toMatchObject({
      "icewright.commit-id": "batch-7",
      "icewright.source-watermark": "offset-41",
    });
    const { table } = await w
      .change(first.table)
      .append([dataFile("between")])
      .commit();
    const again = await commit(w, table, "a2");
    expect(again).toMatchObject({ wasCommittedBefore: true, snapshot: first.snapshot });
    expect(again.table.metadataLocation).toBe(table.metadataLocation);
    expect(first.wasCommittedBefore).toBe(false);
    expect(await orphans(w.io, table)).toEqual([]);
  });

  it("is looked for again on each retry: two writers with one id commit once", async () => {
    const w = await world();
    const client = beaten(w.client, async () => {
      await commit(w, await w.latest(), "theirs");
    });
    const mine = await commit(w, w.table, "mine", client);
    expect(mine.wasCommittedBefore).toBe(true);
    expect(await live(w.io, mine.table)).toBe("theirs:1");
    expect(await orphans(w.io, mine.table)).toEqual([]);
  });

  it("counts per branch; on another branch it commits", async () => {
    const w = await world();
    const { table: empty } = await w
      .change()
      .append([dataFile("root")])
      .commit();
    const { table: base } = await w
      .change(empty)
      .manageSnapshots((s) => s.createBranch("b"))
      .commit();
    const { table } = await commit(w, base, "a");
    const other = await w
      .change(table)
      .append([dataFile("a")], { commitId: "batch-7", branch: "b" })
      .commit();
    expect(other.wasCommittedBefore).toBe(false);
    expect(await live(w.io, other.table, "b")).toBe("a:3 root:1");
  });

  it("of one step keeps the others of its transaction from being done again", async () => {
    const w = await world();
    const both = (base: LoadedTable) =>
      w
        .change(base)
        .append([dataFile("a")], { commitId: "x" })
        .append([dataFile("b")])
        .commit();
    const { table } = await both(w.table);
    const again = await both(table);
    expect(again.wasCommittedBefore).toBe(true);
    expect(again.snapshots).toHaveLength(1);
    expect(await entriesOf(w.io, await w.latest())).toEqual(["added b", "added a"]);
  });

  it("of a staged snapshot is looked for in all snapshots", async () => {
    const w = await world();
    const stage = (base: LoadedTable) =>
      w
        .change(base)
        .append([dataFile("s")], { commitId: "x", stageOnly: true })
        .commit();
    const { table, snapshot } = await stage(w.table);
    expect(await stage(table)).toMatchObject({ wasCommittedBefore: true, snapshot });
  });

  it("makes a snapshot without files, which says how far the source was read (CMT-031)", async () => {
    const w = await world();
    const { snapshot } = await w.change().append([], { sourceWatermark: "offset-9" }).commit();
    expect(Object.fromEntries(snapshot!.summary!)).toMatchObject({
      operation: "append",
      "icewright.source-watermark": "offset-9",
      "total-data-files": "0",
    });
    expect(() => w.change().append([])).toThrow(/no data files/);
  });

  it.each([
    [{ commitId: "" }, /commitId/],
    [{ branch: "" }, /branch/],
    [{ wapId: 5 as unknown as string }, /wapId = 5/],
    [{ snapshotProperties: { "total-records": "1" } }, /total-records.*works it out/],
  ])("refuses options that no snapshot can have %#", async (options, message) => {
    const w = await world();
    expect(() => w.change().append([dataFile("a")], options)).toThrow(message);
  });
});
