import { describe, expect, it } from "vitest";
import { CommitStateUnknownError } from "../../../src/base/index.ts";
import { type CatalogClient, type CommitOutcome, MemoryCatalogClient } from "../../../src/catalog/index.ts";
import { fastAppend } from "../../../src/commit/index.ts";
import { MemoryFileIO, type Runtime, systemRuntime } from "../../../src/io/index.ts";
import type { DataFile } from "../../../src/manifests/index.ts";
import { defineSchema, required, t } from "../../../src/schema/index.ts";

const schema = defineSchema({ id: required(t.long()) });
const id = { namespace: ["ns"], name: "t" };
const file: DataFile = {
  content: "data",
  filePath: "memory://warehouse/ns/t/data/a.parquet",
  fileFormat: "parquet",
  specId: 0,
  partition: [],
  recordCount: 10,
  fileSizeInBytes: 100,
};
type Commit = CatalogClient["commitTable"];

async function setUp(properties: Record<string, string> = {}) {
  const waits: number[] = [];
  const runtime: Runtime = {
    ...systemRuntime,
    now: () => 1_700_000_000_000 + waits.reduce((sum, wait) => sum + wait, 0),
    random: () => 1,
    sleep: async (ms) => {
      waits.push(ms);
    },
  };
  const io = new MemoryFileIO();
  const client = new MemoryCatalogClient({ io, runtime });
  await client.createNamespace(["ns"]);
  const table = await client.createTable(id, { schema, properties: new Map(Object.entries(properties)) });
  /** The client with some methods of our own. */
  const using = (own: Partial<CatalogClient>) => Object.assign(Object.create(client) as CatalogClient, own);
  return { waits, runtime, io, client, table, using };
}

const unknown: CommitOutcome = {
  kind: "unknown",
  error: new CommitStateUnknownError("the reply was lost"),
  reconcilable: true,
};

describe("commitWithRetry()", () => {
  it("looks again when what it reads after a lost reply is old (CMT-010)", async () => {
    const { waits, runtime, client, table, using } = await setUp();
    let reads = 0;
    const stale = using({
      commitTable: async (...args: Parameters<Commit>) => {
        await client.commitTable(...args);
        return unknown;
      },
      loadTable: async (name) => (++reads < 3 ? table : await client.loadTable(name)),
    });
    const { snapshot } = await fastAppend({ client: stale, runtime }, table, [file]);
    expect((await client.loadTable(id)).metadata.currentSnapshotId).toBe(snapshot.snapshotId);
    expect(waits).toEqual([1000, 2000]);
  });

  it("looks commit.status-check.num-retries times more, then says unknown and keeps the files (PRP-016, CMT-009)", async () => {
    const { waits, runtime, io, table, using } = await setUp({ "commit.status-check.num-retries": "2" });
    let reads = 0;
    const silent = using({
      commitTable: async () => unknown,
      loadTable: async () => {
        reads++;
        throw new Error("down");
      },
    });
    await expect(fastAppend({ client: silent, runtime }, table, [file])).rejects.toMatchObject({
      code: "commit-state-unknown",
      cause: unknown.error,
    });
    expect([reads, waits]).toEqual([3, [1000, 2000]]);
    expect([...io.files.keys()].filter((name) => name.endsWith(".avro"))).toHaveLength(2);
  });

  it("refuses a status-check property it cannot read before it sends anything", async () => {
    const { runtime, table, using } = await setUp({ "commit.status-check.min-wait-ms": "soon" });
    const never = using({ commitTable: () => Promise.reject(new Error("it was sent")) });
    await expect(fastAppend({ client: never, runtime }, table, [file])).rejects.toThrow(/min-wait-ms=soon/);
  });

  it.each(["4", "0"])(
    "a conflict with our own commit, delivered twice, is a success (%s retries)",
    async (retries) => {
      const { runtime, client, table, using } = await setUp({ "commit.retry.num-retries": retries });
      const twice = using({
        commitTable: async (...args: Parameters<Commit>) => {
          await client.commitTable(...args);
          return await client.commitTable(...args);
        },
      });
      const { snapshot, table: after } = await fastAppend({ client: twice, runtime }, table, [file]);
      expect(after.metadata.snapshots.map((held) => held.snapshotId)).toEqual([snapshot.snapshotId]);
    },
  );

  it("does not commit to another table that took the name (MET-058)", async () => {
    const { runtime, client, table, using } = await setUp();
    const other = new MemoryCatalogClient();
    await other.createNamespace(["ns"]);
    await other.createTable(id, { schema });
    await fastAppend({ client, runtime }, table, [{ ...file, filePath: `${file.filePath}2` }]);
    const recreated = using({ loadTable: (name) => other.loadTable(name) });
    const commit = fastAppend({ client: recreated, runtime }, table, [file]);
    await expect(commit).rejects.toMatchObject({ code: "validation-failed" });
    await expect(commit).rejects.toThrow(/dropped and made anew/);
  });
});
