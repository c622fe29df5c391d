import { describe, expect, it } from "vitest";
import { MemoryCatalogClient } from "../../../src/catalog/index.ts";
import {
  Catalog,
  defineSchema,
  eq,
  identity,
  lt,
  optional,
  required,
  type Table,
  t,
} from "../../../src/index.ts";
import { MemoryFileIO } from "../../../src/io/index.ts";

const schema = defineSchema({ id: required(t.long()), day: optional(t.string()) });
type Days = Table<typeof schema>;

async function create(properties: Record<string, string> = {}) {
  const io = new MemoryFileIO();
  const client = new MemoryCatalogClient({ io });
  const catalog = new Catalog(client);
  await catalog.createNamespace("ns");
  const table = await catalog.createTable("ns.t", schema, {
    partitionSpec: [identity("day")],
    properties: { "commit.retry.min-wait-ms": "1", ...properties },
  });
  const data = () => [...io.files.keys()].filter((path) => path.includes("/data/")).length;
  return { io, client, catalog, table, data };
}

async function ids(table: Days): Promise<bigint[]> {
  const rows = await table.scan().toArray();
  return rows.map((row) => row.id).sort((a, b) => Number(a - b));
}

const rows = (day: string, ...numbers: number[]) => numbers.map((id) => ({ id, day }));

describe("Table writes", () => {
  it("append() merges manifests by commit.manifest.* (CMT-030)", async () => {
    const { io, table } = await create({ "commit.manifest.min-count-to-merge": "3" });
    let current = table;
    for (const id of [1, 2, 3, 4]) ({ table: current } = await current.append(rows("mon", id)));
    expect(await ids(current)).toEqual([1n, 2n, 3n, 4n]);
    expect(current.currentSnapshot?.summary?.get("total-data-files")).toBe("4");
    const list = current.currentSnapshot!.manifestList!;
    const { readManifestList } = await import("../../../src/manifests/index.ts");
    expect(readManifestList(io.files.get(list)!, list)).toHaveLength(2);
  });

  it("overwrite() replaces the rows of a filter", async () => {
    const { table } = await create();
    const { table: first } = await table.append([...rows("mon", 1, 2), ...rows("tue", 3)]);
    const { table: after, snapshot } = await first.overwrite(rows("mon", 9), {
      filter: eq("day", "mon"),
      isolation: "serializable",
      validateAddedFilesMatchFilter: true,
    });
    expect(await ids(after)).toEqual([3n, 9n]);
    expect(snapshot?.summary?.get("operation")).toBe("overwrite");
  });

  it("overwrite() that conflicts or does not fit removes the files it wrote (CMT-011)", async () => {
    const { table, data } = await create();
    const { table: first } = await table.append(rows("mon", 1, 2));
    await first.append(rows("mon", 3));
    const before = data();
    const overwrite = first.overwrite(rows("mon", 9), {
      filter: eq("day", "mon"),
      isolation: "serializable",
    });
    await expect(overwrite).rejects.toThrow(/was added meanwhile/);
    const outside = { filter: eq("day", "mon"), validateAddedFilesMatchFilter: true };
    await expect(first.overwrite(rows("tue", 9), outside)).rejects.toThrow(/do not match the filter/);
    await expect(first.overwrite(rows("mon", 9), { filter: lt("id", 2) })).rejects.toThrow(/some, but/);
    expect(data()).toBe(before);
  });

  it("replacePartitions() replaces the partitions of its rows", async () => {
    const { table } = await create();
    const { table: first } = await table.append([...rows("mon", 1, 2), ...rows("tue", 3)]);
    const { table: after } = await first.replacePartitions(rows("mon", 9));
    expect(await ids(after)).toEqual([3n, 9n]);
  });

  it("delete() removes whole files, and answers no snapshot where none match", async () => {
    const { table } = await create();
    const { table: first } = await table.append([...rows("mon", 1, 2), ...rows("tue", 3)]);
    const { table: after, snapshot } = await first.delete(eq("day", "mon"));
    expect(await ids(after)).toEqual([3n]);
    expect(snapshot?.summary?.get("operation")).toBe("delete");
    expect((await after.delete(eq("day", "sun"))).snapshot).toBeUndefined();
    const { table: again } = await after.append(rows("mon", 1, 2));
    await expect(again.delete(lt("id", 2))).rejects.toThrow(/\.parquet.*id < 2/);
  });

  it("append() with a commit id writes no file the second time, whichever version it is called on", async () => {
    const { table, data } = await create();
    const options = { commitId: "batch", sourceWatermark: "9" };
    const first = await table.append(rows("mon", 1), options);
    const known = await first.table.append(rows("mon", 1), options);
    expect(known).toMatchObject({ wasCommittedBefore: true, snapshot: first.snapshot });
    const { table: elsewhere } = await first.table.append(rows("tue", 2));
    // A version that does not know of it yet: files are written, found to be superfluous, and removed.
    const stale = await table.append(rows("mon", 1), options);
    expect(stale).toMatchObject({ wasCommittedBefore: true, snapshot: first.snapshot });
    expect(data()).toBe(2);
    expect(await ids(await elsewhere.refresh())).toEqual([1n, 2n]);
  });

  it("append() without rows is refused, unless it says how far the source was read (CMT-031)", async () => {
    const { table } = await create();
    await expect(table.append([])).rejects.toThrow(/no rows/);
    const { snapshot } = await table.append([], { sourceWatermark: "9" });
    expect(snapshot.summary?.get("icewright.source-watermark")).toBe("9");
  });

  it("newTransaction(), manageSnapshots() and upgradeFormatVersion() answer tables to go on with", async () => {
    const { table } = await create();
    const { table: first, snapshot } = await table.append(rows("mon", 1));
    const { table: tagged } = await first.manageSnapshots((s) => s.createTag("eom"));
    const { table: upgraded } = await tagged.upgradeFormatVersion(3);
    const { table: changed, snapshot: deleted } = await upgraded
      .newTransaction()
      .updateSchema((update) => update.addColumn("note", t.string()))
      .deleteFiles({ filter: eq("day", "mon") })
      .commit();
    expect(changed.metadata.formatVersion).toBe(3);
    expect(deleted?.parentSnapshotId).toBe(snapshot.snapshotId);
    expect(await changed.scan().count()).toBe(0);
    expect(await changed.scan({ at: { ref: "eom" } }).count()).toBe(1);
    const { table: more } = await changed.append([{ id: 5, day: "tue", note: "x" }]);
    expect(await more.scan().toArray()).toEqual([{ id: 5n, day: "tue", note: "x" }]);
  });

  it("writes to a branch are read by its name (CMT-062)", async () => {
    const { table } = await create();
    const { table: first } = await table.append(rows("mon", 1));
    const { table: after } = await first.append(rows("mon", 2), { branch: "audit" });
    expect(await after.scan().count()).toBe(1);
    expect(await after.scan({ at: { ref: "audit" } }).count()).toBe(2);
  });
});
