import { describe, expect, it } from "vitest";
import { CommitStateUnknownError, IcebergError } from "../../../src/base/index.ts";
import { type CatalogClient, MemoryCatalogClient } from "../../../src/catalog/index.ts";
import { MemoryFileIO, type Runtime, systemRuntime } from "../../../src/io/index.ts";
import { expireSnapshots } from "../../../src/maintenance/index.ts";
import type { TableUpdate } from "../../../src/metadata/index.ts";
import { defineSchema, required, t } from "../../../src/schema/index.ts";
import { Catalog } from "../../../src/table/index.ts";

const DAY = 86_400_000;
const T0 = 1_700_000_000_000;
const schema = defineSchema({ id: required(t.long()) });

/** A table with one row per append, a day apart; the clock stands at the last append. */
async function tableOf(appends: number, properties: Record<string, string> = {}) {
  const clock = { now: T0 };
  const runtime: Runtime = { ...systemRuntime, now: () => clock.now, sleep: async () => {} };
  const io = new MemoryFileIO();
  const client = new MemoryCatalogClient({ io, runtime });
  const catalog = new Catalog(client, runtime);
  await catalog.createNamespace("ns");
  let table = await catalog.createTable("ns.t", schema, { properties });
  for (let n = 0; n < appends; n++) {
    if (n > 0) clock.now += DAY;
    table = (await table.append([{ id: BigInt(n) }])).table;
  }
  const ids = table.metadata.snapshots.map((snapshot) => snapshot.snapshotId);
  /** The catalog with some methods of our own. */
  const using = (own: Partial<CatalogClient>) =>
    new Catalog(Object.assign(Object.create(client) as CatalogClient, own), runtime);
  const change = async (...updates: TableUpdate[]) => {
    const outcome = await client.commitTable(await client.loadTable(table.identifier), [], updates);
    if (outcome.kind !== "committed") throw outcome.error;
  };
  const load = async () => (await catalog.loadTable("ns.t")).as(schema);
  return { clock, io, client, catalog, table, ids, using, change, load };
}

const listsIn = (io: MemoryFileIO) => [...io.files.keys()].filter((name) => /snap-.*\.avro$/.test(name));

describe("expireSnapshots()", () => {
  it("forgets what is past the table's age, deletes its lists, and keeps every row that is still there (CMT-075)", async () => {
    const { clock, io, table, ids } = await tableOf(4);
    clock.now += 3.5 * DAY;
    const result = await expireSnapshots(table);
    expect(result.snapshots.map((snapshot) => snapshot.snapshotId)).toEqual(ids.slice(0, 2));
    expect(result.table.metadata.snapshots.map((snapshot) => snapshot.snapshotId)).toEqual(ids.slice(2));
    expect(result.files).toMatchObject({ dataFiles: [], manifests: [] });
    expect(result.files.manifestLists).toHaveLength(2);
    expect(listsIn(io)).toHaveLength(2);
    expect((await result.table.scan().toArray()).map(({ id }) => id).sort()).toEqual([0n, 1n, 2n, 3n]);
    const old = await result.table.scan({ at: { snapshotId: ids[2]! } }).toArray();
    expect(old.map(({ id }) => id).sort()).toEqual([0n, 1n, 2n]);
  });

  it("options stand above the table's properties (CMT-073)", async () => {
    const { table, ids } = await tableOf(5, { "history.expire.min-snapshots-to-keep": "4" });
    const olderThan = new Date(T0 + 10 * DAY);
    const kept = async (options: object) =>
      (await expireSnapshots(table, { dryRun: true, ...options })).snapshots.map((s) => s.snapshotId);
    expect(await kept({})).toEqual([]);
    expect(await kept({ olderThan })).toEqual(ids.slice(0, 1));
    expect(await kept({ olderThan, retainLast: 2 })).toEqual(ids.slice(0, 3));
    expect(await kept({ olderThan: T0 + DAY, retainLast: 1 })).toEqual(ids.slice(0, 1));
  });

  it("a dry run names what would go and changes nothing", async () => {
    const { io, client, table, ids } = await tableOf(3);
    const before = [...io.files.keys()].sort();
    const result = await expireSnapshots(table, { olderThan: T0 + 10 * DAY, dryRun: true });
    expect(result.snapshots.map((snapshot) => snapshot.snapshotId)).toEqual(ids.slice(0, 2));
    expect(result.files.manifestLists).toHaveLength(2);
    expect([...io.files.keys()].sort()).toEqual(before);
    expect((await client.loadTable(table.identifier)).metadataLocation).toBe(table.metadataLocation);
    expect(result.table.metadataLocation).toBe(table.metadataLocation);
    const real = await expireSnapshots(table, { olderThan: T0 + 10 * DAY });
    expect(real.files).toEqual(result.files);
    expect(real.snapshots).toEqual(result.snapshots);
  });

  it("nothing to forget is no commit (CMT-014)", async () => {
    const { table } = await tableOf(2);
    const result = await expireSnapshots(table);
    expect(result).toMatchObject({ snapshots: [], refs: [], problems: [] });
    expect(result.table.metadataLocation).toBe(table.metadataLocation);
  });

  it("keeps the files with cleanExpiredFiles: false", async () => {
    const { io, table } = await tableOf(3);
    const result = await expireSnapshots(table, { olderThan: T0 + 10 * DAY, cleanExpiredFiles: false });
    expect(result.snapshots).toHaveLength(2);
    expect(result.files.manifestLists).toEqual([]);
    expect(listsIn(io)).toHaveLength(3);
  });

  it("by id alone removes that snapshot and no other; ids given with an age add to it (CMT-072)", async () => {
    const { clock, table, ids } = await tableOf(4);
    clock.now += 100 * DAY;
    const one = await expireSnapshots(table, { snapshotIds: [ids[1]!] });
    expect(one.snapshots.map((snapshot) => snapshot.snapshotId)).toEqual([ids[1]]);
    const more = await expireSnapshots(one.table, { snapshotIds: [ids[2]!], olderThan: T0 + 1 });
    expect(more.snapshots.map((snapshot) => snapshot.snapshotId)).toEqual([ids[0], ids[2]]);
  });

  it("refuses the head of a branch or tag, an unknown id and options that cannot be (CMT-072)", async () => {
    const { table, ids, change } = await tableOf(3);
    await change({ action: "set-snapshot-ref", refName: "v1", ref: { type: "tag", snapshotId: ids[0]! } });
    await expect(expireSnapshots(table, { snapshotIds: [ids[2]!] })).rejects.toMatchObject({
      code: "validation-failed",
      message: expect.stringContaining("branch main is at it"),
    });
    await expect(expireSnapshots(table, { snapshotIds: [ids[0]!] })).rejects.toThrow(/tag v1 is at it/);
    await expect(expireSnapshots(table, { snapshotIds: [5n] })).rejects.toMatchObject({
      code: "no-such-snapshot",
    });
    for (const options of [{ retainLast: 0 }, { olderThan: Number.NaN }, { concurrency: 0 }]) {
      await expect(expireSnapshots(table, options)).rejects.toMatchObject({ code: "invalid-argument" });
    }
  });

  it("drops references past their age, with the snapshots only they held; main never (CMT-070)", async () => {
    const { clock, table, ids, change, load } = await tableOf(3);
    const tag = (refName: string, maxRefAgeMs?: number): TableUpdate => ({
      action: "set-snapshot-ref",
      refName,
      ref: { type: "tag", snapshotId: ids[0]!, ...(maxRefAgeMs !== undefined && { maxRefAgeMs }) },
    });
    await change(tag("old", DAY), tag("release"), {
      action: "set-snapshot-ref",
      refName: "main",
      ref: { type: "branch", snapshotId: ids[2]!, maxRefAgeMs: 1 },
    });
    clock.now += 100 * DAY;
    const first = await expireSnapshots(table);
    expect(first.refs).toEqual(["old"]);
    expect(first.snapshots.map((snapshot) => snapshot.snapshotId)).toEqual([ids[1]]);
    await change({ action: "remove-snapshot-ref", refName: "release" });
    await expireSnapshots(await load());
    const last = await load();
    expect([...last.metadata.refs.keys()]).toEqual(["main"]);
    expect(last.metadata.snapshots.map((snapshot) => snapshot.snapshotId)).toEqual([ids[2]]);
    expect(await last.scan().toArray()).toHaveLength(3);
  });

  it("refuses a table with gc.enabled=false and one opened without a catalog (CMT-074)", async () => {
    const { io, table } = await tableOf(2, { "gc.enabled": "false" });
    const before = io.files.size;
    await expect(expireSnapshots(table, { olderThan: T0 + 10 * DAY })).rejects.toMatchObject({
      code: "validation-failed",
      message: expect.stringContaining("gc.enabled=false"),
    });
    expect(io.files.size).toBe(before);
  });

  it("deletes nothing when the outcome of the commit is unknown (CMT-009)", async () => {
    const { io, client, using } = await tableOf(3, { "commit.status-check.num-retries": "0" });
    const before = [...io.files.keys()];
    const catalog = using({
      commitTable: async (...args) => {
        await client.commitTable(...args);
        throw new Error("the reply was lost");
      },
      loadTable: async (id, options) => {
        if (io.files.size > before.length) throw new Error("down");
        return await client.loadTable(id, options);
      },
    });
    const expiring = expireSnapshots(await catalog.loadTable("ns.t"), { olderThan: T0 + 10 * DAY });
    await expect(expiring).rejects.toBeInstanceOf(CommitStateUnknownError);
    for (const name of before) expect(io.files.has(name), name).toBe(true);
  });

  it("a lost reply that the table settles deletes the files after all (CMT-010)", async () => {
    const { io, client, using } = await tableOf(3);
    const catalog = using({
      commitTable: async (...args) => {
        await client.commitTable(...args);
        throw new Error("the reply was lost");
      },
    });
    const result = await expireSnapshots(await catalog.loadTable("ns.t"), { olderThan: T0 + 10 * DAY });
    expect(result.snapshots).toHaveLength(2);
    expect(listsIn(io)).toHaveLength(1);
  });

  it("when main moves while it commits, the decision is made again (CMT-092)", async () => {
    const { client, ids, using, change, load } = await tableOf(3);
    let attempts = 0;
    const catalog = using({
      commitTable: async (...args) => {
        if (++attempts === 1) {
          // Another writer moves main's history: the requirement on main does not hold any more.
          await change({
            action: "set-snapshot-ref",
            refName: "main",
            ref: { type: "branch", snapshotId: ids[1]! },
          });
        }
        return await client.commitTable(...args);
      },
    });
    const result = await expireSnapshots(await catalog.loadTable("ns.t"), { olderThan: T0 + 10 * DAY });
    expect(attempts).toBe(2);
    expect(result.snapshots.map((snapshot) => snapshot.snapshotId)).toEqual([ids[0], ids[2]]);
    expect(await (await load()).scan().toArray()).toHaveLength(2);
    expect(result.files.dataFiles, "the file of the row that was rolled back").toHaveLength(1);
  });

  it("keeps every file when a list of a kept snapshot cannot be read, and says which (CMT-076)", async () => {
    const { io, table } = await tableOf(3);
    const kept = table.currentSnapshot!.manifestList!;
    const good = io.files.get(kept)!;
    io.files.set(kept, new Uint8Array(4));
    const before = io.files.size;
    const result = await expireSnapshots(table, { olderThan: T0 + 10 * DAY });
    expect(result.snapshots).toHaveLength(2);
    expect(result.files.manifestLists).toEqual([]);
    expect(result.problems).toMatchObject([{ error: { code: "corrupt-file" } }]);
    expect(io.files.size).toBe(before + 1);
    io.files.set(kept, good);
    expect(await result.table.scan().toArray()).toHaveLength(3);
  });

  it("a list of a forgotten snapshot that is gone hinders nothing else", async () => {
    const { io, table } = await tableOf(3);
    const [first, second] = table.metadata.snapshots;
    io.files.delete(first!.manifestList!);
    const result = await expireSnapshots(table, { olderThan: T0 + 10 * DAY });
    expect(result.problems).toMatchObject([
      { location: first!.manifestList, error: { code: "no-such-file" } },
    ]);
    expect(result.files.manifestLists).toContain(second!.manifestList);
  });

  it("what cannot be deleted is told and not counted", async () => {
    const { io, table } = await tableOf(3);
    const [first] = table.metadata.snapshots;
    const remove = io.delete.bind(io);
    io.delete = async (location, options) => {
      if (location === first!.manifestList) throw new IcebergError("io-failed", "denied");
      await remove(location, options);
    };
    const result = await expireSnapshots(table, { olderThan: T0 + 10 * DAY });
    expect(result.problems).toMatchObject([{ location: first!.manifestList, error: { message: "denied" } }]);
    expect(result.files.manifestLists).toHaveLength(1);
  });

  it("an aborted run rejects with the signal's reason before it commits", async () => {
    const { client, table } = await tableOf(3);
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(expireSnapshots(table, { olderThan: T0 + 10 * DAY, signal })).rejects.toThrow("enough");
    expect((await client.loadTable(table.identifier)).metadata.snapshots).toHaveLength(3);
  });
});
