import { describe, expect, it } from "vitest";
import { packEnd } from "../../../src/commit/merge-manifests.ts";
import { beaten, dataFile, entriesOf, id, live, manifestsOf, orphans, world } from "./tables.ts";

describe("Transaction.append(): manifests are merged", () => {
  it.each([1, 2, 3] as const)(
    "merges once the count is reached, version %d, and keeps ids and sequence numbers (CMT-030, MAN-085)",
    async (formatVersion) => {
      const w = await world({ formatVersion, properties: { "commit.manifest.min-count-to-merge": "3" } });
      let table = w.table;
      const counts: number[] = [];
      for (const name of ["a", "b", "c", "d"]) {
        ({ table } = await w
          .change(table)
          .append([dataFile(name)])
          .commit());
        counts.push((await manifestsOf(w.io, table)).length);
      }
      expect(counts).toEqual([1, 2, 1, 2]);
      expect(await live(w.io, table)).toBe(formatVersion === 1 ? "a:0 b:0 c:0 d:0" : "a:1 b:2 c:3 d:4");
      const [, merged] = await manifestsOf(w.io, table);
      const snapshots = table.metadata.snapshots.map(({ snapshotId }) => snapshotId);
      expect(merged!.entries.map((entry) => [entry.status, entry.snapshotId])).toEqual([
        ["added", snapshots[2]],
        ["existing", snapshots[1]],
        ["existing", snapshots[0]],
      ]);
      if (formatVersion === 3) {
        const rowIds = merged!.entries.map((entry) => entry.dataFile.firstRowId);
        // The merged manifest takes row ids anew; c is in it for the first time, a and b keep theirs.
        expect(rowIds.slice(1)).toEqual([10n, 0n]);
        expect(rowIds[0]).toBeGreaterThanOrEqual(20n);
      }
      expect(await orphans(w.io, table)).toEqual([]);
    },
  );

  it("is switched off by commit.manifest-merge.enabled=false (PRP-022)", async () => {
    const properties = {
      "commit.manifest.min-count-to-merge": "1",
      "commit.manifest-merge.enabled": "false",
    };
    const w = await world({ properties });
    let table = w.table;
    for (const name of ["a", "b", "c"])
      ({ table } = await w
        .change(table)
        .append([dataFile(name)])
        .commit());
    expect(await manifestsOf(w.io, table)).toHaveLength(3);
  });

  it("the count guards only the bin of the newest manifest (MAN-086)", async () => {
    const w = await world({ properties: { "commit.manifest-merge.enabled": "false" } });
    let table = w.table;
    for (const name of ["a", "b", "c"])
      ({ table } = await w
        .change(table)
        .append([dataFile(name)])
        .commit());
    const [size] = (await manifestsOf(w.io, table)).map(({ manifest }) => manifest.manifestLength);
    // Bins of two: the newest stays, alone in its bin with one other below the count; the older pair is merged.
    const set = {
      "commit.manifest-merge.enabled": "true",
      "commit.manifest.target-size-bytes": String(2 * size! + 20),
    };
    ({ table } = await w.change(table).updateProperties({ set }).commit());
    ({ table } = await w
      .change(table)
      .append([dataFile("d")])
      .commit());
    expect(await entriesOf(w.io, table)).toEqual(["added d", "added c", "existing b", "existing a"]);
    expect(await manifestsOf(w.io, table)).toHaveLength(3);
  });

  it("never mixes specs", async () => {
    const w = await world({ properties: { "commit.manifest.min-count-to-merge": "1" } });
    let { table } = await w
      .change()
      .append([dataFile("a")])
      .commit();
    ({ table } = await w
      .change(table)
      .updateSpec((update) => update.removeField("category"))
      .append([dataFile("b", { specId: 1, partition: [] })])
      .commit());
    ({ table } = await w
      .change(table)
      .append([dataFile("c", { specId: 1, partition: [] })])
      .commit());
    const specs = (await manifestsOf(w.io, table)).map(({ manifest }) => manifest.partitionSpecId);
    expect(specs).toEqual([1, 0]);
    expect(await live(w.io, table)).toBe("a:1 b:2 c:3");
  });

  it("a retry merges what came meanwhile, and removes the manifests of the attempt that lost (CMT-012)", async () => {
    const w = await world({ properties: { "commit.manifest.min-count-to-merge": "2" } });
    const { table } = await w
      .change()
      .append([dataFile("a")])
      .commit();
    const rival = async () => {
      await w
        .change(await w.latest())
        .fastAppend([dataFile("rival")])
        .commit();
    };
    const written: string[] = [];
    const create = w.io.create.bind(w.io);
    w.io.create = async (location, ...rest) => {
      if (/-m\d+\.avro$/.test(location)) written.push(location);
      return await create(location, ...rest);
    };
    const client = beaten(w.client, rival);
    const { table: after } = await w
      .change(table, client)
      .append([dataFile("mine")])
      .commit();
    expect(await live(w.io, after)).toBe("a:1 mine:3 rival:2");
    expect(await manifestsOf(w.io, after)).toHaveLength(1);
    // The new manifest once, a merge per attempt, and the rival's own.
    expect(written).toHaveLength(4);
    expect(await orphans(w.io, after)).toEqual([]);
  });

  it.each([
    ["commit.manifest.target-size-bytes", "8MB"],
    ["commit.manifest.target-size-bytes", "0"],
    ["commit.manifest.min-count-to-merge", "-1"],
    ["commit.manifest-merge.enabled", "yes"],
    ["commit.retry.num-retries", "many"],
  ])("names %s=%s, which cannot be used, and leaves nothing behind (PRP-005)", async (key, value) => {
    const w = await world();
    // Another engine may have set it.
    const updates = [{ action: "set-properties", updates: new Map([[key, value]]) }] as const;
    expect((await w.client.commitTable(w.table, [], updates)).kind).toBe("committed");
    const before = [...w.io.files.keys()];
    const append = w
      .change(await w.client.loadTable(id))
      .append([dataFile("a")])
      .commit();
    await expect(append).rejects.toMatchObject({
      code: "validation-failed",
      message: expect.stringContaining(`${key}=${value}`),
    });
    expect([...w.io.files.keys()]).toEqual(before);
  });

  it("rolls to further manifests at the target size (PRP-020)", async () => {
    const w = await world({ properties: { "commit.manifest.target-size-bytes": "1" } });
    const files = Array.from({ length: 4_500 }, (_, i) => dataFile(`f${i}`));
    const { table } = await w.change().append(files).commit();
    const counts = (await manifestsOf(w.io, table)).map(({ manifest }) => manifest.addedFilesCount);
    expect(counts).toEqual([2_000, 2_000, 500]);
  });
});

describe("packEnd()", () => {
  it("fills bins from the end, so that only the first changes", () => {
    const sizes = (...lengths: number[]) => lengths.map((manifestLength) => ({ manifestLength }));
    const packed = (...lengths: number[]) =>
      packEnd(sizes(...lengths), 10).map((bin) => bin.map(({ manifestLength }) => manifestLength));
    expect(packed(3, 3, 3, 3, 3)).toEqual([
      [3, 3],
      [3, 3, 3],
    ]);
    expect(packed(1, 12, 4, 6)).toEqual([[1], [12], [4, 6]]);
    expect(packed()).toEqual([]);
  });
});
