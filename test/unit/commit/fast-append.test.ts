import { describe, expect, it } from "vitest";
import { CommitFailedError, CommitStateUnknownError } from "../../../src/base/index.ts";
import { type CatalogClient, type LoadedTable, MemoryCatalogClient } from "../../../src/catalog/index.ts";
import { fastAppend, retryPolicy } from "../../../src/commit/index.ts";
import { MemoryFileIO, type Runtime, systemRuntime } from "../../../src/io/index.ts";
import type { DataFile } from "../../../src/manifests/index.ts";
import { currentSnapshot } from "../../../src/metadata/index.ts";
import { snapshotManifests } from "../../../src/planning/index.ts";
import { defineSchema, required, t } from "../../../src/schema/index.ts";

const schema = defineSchema({ id: required(t.long()) });
const id = { namespace: ["ns"], name: "t" };

function dataFile(name: string, recordCount = 10): DataFile {
  return {
    content: "data",
    filePath: `memory://warehouse/ns/t/data/${name}.parquet`,
    fileFormat: "parquet",
    specId: 0,
    partition: [],
    recordCount,
    fileSizeInBytes: 100,
  };
}

/** A clock that only `sleep` moves; the waits are recorded. */
function fakeRuntime(): Runtime & { readonly waits: number[] } {
  let now = 1_700_000_000_000;
  const waits: number[] = [];
  return {
    ...systemRuntime,
    waits,
    now: () => now,
    random: () => 1,
    sleep: async (ms) => {
      waits.push(ms);
      now += ms;
    },
  };
}

async function setUp(properties: Record<string, string> = {}) {
  const io = new MemoryFileIO();
  const runtime = fakeRuntime();
  const client = new MemoryCatalogClient({ io, runtime });
  await client.createNamespace(["ns"]);
  const table = await client.createTable(id, { schema, properties: new Map(Object.entries(properties)) });
  return { io, runtime, client, table };
}

/** The client with another commit slipped in before each of the first `times` commits. */
function contested(client: CatalogClient, times: number): CatalogClient {
  let left = times;
  return Object.assign(Object.create(client) as CatalogClient, {
    async commitTable(...args: Parameters<CatalogClient["commitTable"]>) {
      if (left-- > 0)
        await fastAppend({ client, runtime: fakeRuntime() }, await client.loadTable(id), [
          dataFile(`rival-${left}`),
        ]);
      return await client.commitTable(...args);
    },
  });
}

async function livePaths(io: MemoryFileIO, table: LoadedTable) {
  const snapshot = currentSnapshot(table.metadata)!;
  return await snapshotManifests(io, snapshot);
}

describe("fastAppend()", () => {
  it("adds one manifest per commit and keeps the others (CMT-027)", async () => {
    const { io, runtime, client, table } = await setUp();
    const first = await fastAppend({ client, runtime }, table, [dataFile("a"), dataFile("b")]);
    const second = await fastAppend({ client, runtime }, first.table, [dataFile("c", 5)]);
    const manifests = await livePaths(io, second.table);
    expect(manifests.map((manifest) => manifest.addedFilesCount)).toEqual([1, 2]);
    expect(manifests.map((manifest) => manifest.sequenceNumber)).toEqual([2, 1]);
    expect(manifests.map((manifest) => manifest.addedSnapshotId)).toEqual([
      second.snapshot.snapshotId,
      first.snapshot.snapshotId,
    ]);
  });

  it("totals continue those of the parent (MET-030)", async () => {
    const { runtime, client, table } = await setUp();
    const first = await fastAppend({ client, runtime }, table, [dataFile("a"), dataFile("b")]);
    const second = await fastAppend({ client, runtime }, first.table, [dataFile("c", 5)], {
      snapshotProperties: { "engine-name": "test" },
    });
    const summary = Object.fromEntries(second.snapshot.summary!);
    expect(summary).toMatchObject({
      operation: "append",
      "added-data-files": "1",
      "added-records": "5",
      "total-data-files": "3",
      "total-records": "25",
      "total-files-size": "300",
      "engine-name": "test",
    });
    expect(second.snapshot.parentSnapshotId).toBe(first.snapshot.snapshotId);
  });

  it("retries on a newer base with the same snapshot id and manifest, and totals of the new base (CMT-008)", async () => {
    const { io, runtime, client, table } = await setUp();
    const { table: after, snapshot } = await fastAppend({ client: contested(client, 2), runtime }, table, [
      dataFile("mine"),
    ]);
    expect(snapshot.sequenceNumber).toBe(3);
    expect(snapshot.summary?.get("total-data-files")).toBe("3");
    expect(await livePaths(io, after)).toHaveLength(3);
    expect(runtime.waits).toEqual([100, 200]);
    const lists = [...io.files.keys()].filter((name) => name.includes(`snap-${snapshot.snapshotId}-`));
    expect(lists, "lists of lost attempts are removed (CMT-012)").toEqual([snapshot.manifestList]);
  });

  it("gives up after commit.retry.num-retries, typed, leaving nothing of its own (CMT-007, CMT-011)", async () => {
    const { io, runtime, client, table } = await setUp({ "commit.retry.num-retries": "2" });
    const before = new Set(io.files.keys());
    const failure = fastAppend({ client: contested(client, 99), runtime }, table, [dataFile("mine")]);
    await expect(failure).rejects.toThrow(CommitFailedError);
    await expect(failure).rejects.toMatchObject({
      code: "commit-failed",
      retryable: true,
      context: { attempts: 3 },
    });
    expect(runtime.waits).toEqual([100, 200]);
    const rivals = await livePaths(io, await client.loadTable(id));
    const owned = new Set(rivals.map((manifest) => manifest.manifestPath));
    const mine = [...io.files.keys()].filter(
      (name) => name.endsWith(".avro") && !before.has(name) && !owned.has(name) && !name.includes("snap-"),
    );
    expect(mine).toEqual([]);
  });

  it("an unknown outcome that shows in the table is a success (CMT-010)", async () => {
    const { runtime, client, table } = await setUp();
    const flaky = Object.assign(Object.create(client) as CatalogClient, {
      async commitTable(...args: Parameters<CatalogClient["commitTable"]>) {
        await client.commitTable(...args);
        return {
          kind: "unknown",
          error: new CommitStateUnknownError("the reply was lost"),
          reconcilable: true,
        };
      },
    });
    const { snapshot, table: after } = await fastAppend({ client: flaky, runtime }, table, [dataFile("a")]);
    expect(after.metadata.currentSnapshotId).toBe(snapshot.snapshotId);
  });

  it("an unknown outcome that does not show stays unknown and deletes nothing (CMT-009)", async () => {
    const { io, runtime, client, table } = await setUp();
    const flaky = Object.assign(Object.create(client) as CatalogClient, {
      async commitTable() {
        return {
          kind: "unknown",
          error: new CommitStateUnknownError("the reply was lost"),
          reconcilable: true,
        };
      },
    });
    await expect(fastAppend({ client: flaky, runtime }, table, [dataFile("a")])).rejects.toMatchObject({
      code: "commit-state-unknown",
      message: expect.stringMatching(/the reply was lost.*snapshot \d+/),
      context: { snapshotId: expect.any(BigInt) },
    });
    expect([...io.files.keys()].filter((name) => name.endsWith(".avro"))).toHaveLength(2);
  });

  it("writers of one process take turns: no attempt is lost to each other", async () => {
    const { io, runtime, client, table } = await setUp({ "commit.retry.num-retries": "0" });
    const appends = Array.from({ length: 20 }, (_, at) =>
      fastAppend({ client, runtime }, table, [dataFile(`f${at}`)]),
    );
    await Promise.all(appends);
    const after = await client.loadTable(id);
    expect(await livePaths(io, after)).toHaveLength(20);
    expect(after.metadata.snapshots.map((snapshot) => snapshot.sequenceNumber)).toEqual(
      Array.from({ length: 20 }, (_, at) => at + 1),
    );
  });

  it("refuses files of a spec the table does not have, and an empty append (CMT-028, CMT-031)", async () => {
    const { runtime, client, table } = await setUp();
    await expect(fastAppend({ client, runtime }, table, [{ ...dataFile("a"), specId: 7 }])).rejects.toThrow(
      /spec 7/,
    );
    await expect(fastAppend({ client, runtime }, table, [])).rejects.toThrow(/no data files/);
  });
});

describe("retryPolicy()", () => {
  it("has Java's defaults and names a property it cannot read (PRP-012 to PRP-015)", () => {
    expect(retryPolicy(new Map())).toEqual({
      numRetries: 4,
      minWaitMs: 100,
      maxWaitMs: 60_000,
      totalTimeoutMs: 1_800_000,
    });
    expect(() => retryPolicy(new Map([["commit.retry.num-retries", "many"]]))).toThrow(/num-retries=many/);
  });
});
