import { describe, expect, it } from "vitest";
import { and, eq, gte, lt } from "../../../src/expressions/index.ts";
import {
  beaten,
  dataFile,
  entriesOf,
  equalityDeletes,
  live,
  manifestsOf,
  orphans,
  pathOf,
  positionDeletes,
  vector,
  world,
} from "./tables.ts";

const a = dataFile("a", { category: "a", rows: 10, ids: [1n, 10n] });
const b = dataFile("b", { category: "b", rows: 20, ids: [11n, 30n] });

describe("Transaction.deleteFiles()", () => {
  it.each([1, 2, 3] as const)(
    "removes by path: status deleted, this snapshot's id, the file's own numbers, version %d (CMT-037)",
    async (formatVersion) => {
      const w = await world({ formatVersion });
      const { table } = await w.change().append([a, b]).commit();
      const { table: after, snapshot } = await w
        .change(table)
        .deleteFiles({ files: [a.filePath] })
        .commit();
      const [manifest] = await manifestsOf(w.io, after);
      const [added] = table.metadata.snapshots;
      const sequence = formatVersion === 1 ? 0 : 1;
      expect(manifest!.entries).toMatchObject([
        { status: "deleted", snapshotId: snapshot!.snapshotId, sequenceNumber: sequence },
        { status: "existing", snapshotId: added!.snapshotId, sequenceNumber: sequence },
      ]);
      expect(manifest!.entries.map((entry) => entry.dataFile.firstRowId)).toEqual(
        formatVersion === 3 ? [0n, 10n] : [undefined, undefined],
      );
      expect(manifest!.manifest).toMatchObject({ deletedFilesCount: 1, existingFilesCount: 1 });
      expect(Object.fromEntries(snapshot!.summary!)).toMatchObject({
        operation: "delete",
        "deleted-data-files": "1",
        "deleted-records": "10",
        "total-records": "20",
        "total-data-files": "1",
        "changed-partition-count": "1",
      });
    },
  );

  it("drops a manifest once nothing in it is live or was deleted by the parent (MAN-090)", async () => {
    const w = await world();
    let { table } = await w.change().append([a]).commit();
    ({ table } = await w.change(table).append([b]).commit());
    ({ table } = await w
      .change(table)
      .deleteFiles({ files: [a] })
      .commit());
    expect(await entriesOf(w.io, table)).toEqual(["added b", "deleted a"]);
    ({ table } = await w
      .change(table)
      .deleteFiles({ files: [b] })
      .commit());
    expect(await entriesOf(w.io, table)).toEqual(["deleted b"]);
  });

  it("reads only manifests whose partitions can hold the file", async () => {
    const w = await world({ properties: { "commit.manifest-merge.enabled": "false" } });
    let { table } = await w.change().append([a]).commit();
    ({ table } = await w.change(table).append([b]).commit());
    const opened: string[] = [];
    const open = w.io.open.bind(w.io);
    w.io.open = (location, ...rest) => {
      if (/-m\d+\.avro$/.test(location)) opened.push(location);
      return open(location, ...rest);
    };
    const manifests = table.metadata.snapshots.length;
    await w
      .change(table)
      .deleteFiles({ files: [a] })
      .commit();
    expect([manifests, opened.length]).toEqual([2, 1]);
  });

  it("ignores a path that is not there, or fails when told to (CMT-034)", async () => {
    const w = await world();
    const { table } = await w.change().append([a]).commit();
    const files = [pathOf("missing"), a.filePath];
    const { table: after } = await w.change(table).deleteFiles({ files }).commit();
    expect(await live(w.io, after)).toBe("");
    const strict = w.change(table).deleteFiles({ files, validateFilesExist: true }).commit();
    await expect(strict).rejects.toThrow(/missing\.parquet/);
    expect(await orphans(w.io, await w.latest())).toEqual([]);
  });

  it("by filter takes whole partitions, and files whose metrics prove every row (CMT-032, SCN-048)", async () => {
    const w = await world();
    const { table } = await w.change().append([a, b]).commit();
    const byPartition = await w
      .change(table)
      .deleteFiles({ filter: eq("category", "a") })
      .commit();
    expect(await live(w.io, byPartition.table)).toBe("b:1");
    const byMetrics = await w
      .change(byPartition.table)
      .deleteFiles({ filter: and(gte("id", 5n), lt("id", 31n)) })
      .commit();
    expect(await live(w.io, byMetrics.table)).toBe("");
  });

  it("by filter names a file that matches partly, and changes nothing (CMT-032, SCN-048)", async () => {
    const w = await world();
    const { table } = await w.change().append([a, b]).commit();
    const before = [...w.io.files.keys()];
    const deletion = w
      .change(table)
      .deleteFiles({ filter: lt("id", 20n) })
      .commit();
    await expect(deletion).rejects.toMatchObject({
      code: "validation-failed",
      message: expect.stringMatching(/b\.parquet.*id < 20/),
    });
    expect([...w.io.files.keys()]).toEqual(before);
  });

  it("without a match commits nothing, unless the commit itself is to be remembered (CMT-014)", async () => {
    const w = await world();
    const { table } = await w.change().append([a]).commit();
    const none = await w
      .change(table)
      .deleteFiles({ filter: eq("category", "z") })
      .commit();
    expect([none.snapshot, none.table.metadataLocation]).toEqual([undefined, table.metadataLocation]);
    const noted = await w
      .change(table)
      .deleteFiles({ filter: eq("category", "z") }, { commitId: "batch-1" })
      .commit();
    expect(noted.snapshot?.summary?.get("icewright.commit-id")).toBe("batch-1");
  });

  it("by filter takes what another commit appended meanwhile, too: it runs again on the new base", async () => {
    const w = await world();
    const { table } = await w.change().append([a, b]).commit();
    const client = beaten(w.client, async () => {
      await w
        .change(await w.latest())
        .append([dataFile("late", { category: "a" })])
        .commit();
    });
    const { table: after } = await w
      .change(table, client)
      .deleteFiles({ filter: eq("category", "a") })
      .commit();
    expect(await live(w.io, after)).toBe("b:1");
    expect(after.metadata.snapshots.at(-1)?.summary?.get("deleted-data-files")).toBe("2");
    expect(await orphans(w.io, after)).toEqual([]);
  });
});

describe("delete files of removed data files", () => {
  it("drops delete files of a partition that goes whole, keeps partly covered ones silently (CMT-033)", async () => {
    const w = await world();
    let { table } = await w.change().append([a, b]).commit();
    const deletes = [equalityDeletes("eq-a", "a"), equalityDeletes("eq-b", "b")];
    ({ table } = await w.change(table).rowDelta({ addedDeletes: deletes }).commit());
    expect(await live(w.io, table)).toBe("a:1 b:1 eq-a:2 eq-b:2");
    // b goes by its metrics; of the partition of its deletes the filter says nothing.
    ({ table } = await w
      .change(table)
      .deleteFiles({ filter: gte("id", 11n) })
      .commit());
    expect(await live(w.io, table)).toBe("a:1 eq-a:2 eq-b:2");
    ({ table } = await w
      .change(table)
      .append([dataFile("c", { category: "c" })])
      .commit());
    ({ table } = await w
      .change(table)
      .append([{ ...b, filePath: pathOf("b2") }])
      .commit());
    ({ table } = await w
      .change(table)
      .deleteFiles({ filter: eq("category", "b") })
      .commit());
    expect(await live(w.io, table)).toBe("a:1 c:4 eq-a:2");
  });

  it("drops deletion vectors of a removed data file, which dangle (CMT-036)", async () => {
    const w = await world({ formatVersion: 3 });
    let { table } = await w.change().append([a, b]).commit();
    const vectors = [vector("dvs", a, 4), vector("dvs", b, 50)];
    ({ table } = await w.change(table).rowDelta({ addedDeletes: vectors }).commit());
    const { table: after, snapshot } = await w
      .change(table)
      .deleteFiles({ files: [a.filePath] })
      .commit();
    const entries = (await manifestsOf(w.io, after)).flatMap(({ entries }) => entries);
    const ofVectors = entries.filter(({ dataFile }) => dataFile.content === "position-deletes");
    expect(ofVectors.map(({ status, dataFile }) => [status, dataFile.referencedDataFile])).toEqual([
      ["deleted", a.filePath],
      ["existing", b.filePath],
    ]);
    expect(Object.fromEntries(snapshot!.summary!)).toMatchObject({
      "removed-dvs": "1",
      "removed-position-deletes": "1",
      "total-delete-files": "1",
    });
  });

  it("drops position deletes about a removed data file alone, keeps those about several", async () => {
    const w = await world();
    let { table } = await w.change().append([a, b]).commit();
    const addedDeletes = [positionDeletes("of-a", a), positionDeletes("several")];
    ({ table } = await w.change(table).rowDelta({ addedDeletes }).commit());
    ({ table } = await w
      .change(table)
      .deleteFiles({ files: [a] })
      .commit());
    expect(await live(w.io, table)).toBe("b:1 several:2");
  });

  it("drops deletes older than all data that is left (CMT-036)", async () => {
    const w = await world({ properties: { "commit.manifest-merge.enabled": "false" } });
    let { table } = await w.change().append([a]).commit();
    ({ table } = await w
      .change(table)
      .rowDelta({ addedDeletes: [equalityDeletes("old")] })
      .commit());
    ({ table } = await w
      .change(table)
      .append([dataFile("new")])
      .commit());
    ({ table } = await w
      .change(table)
      .rowDelta({ addedDeletes: [equalityDeletes("young")] })
      .commit());
    ({ table } = await w
      .change(table)
      .deleteFiles({ files: [a] })
      .commit());
    // `old` is of sequence 2, the only data left of 3.
    expect(await live(w.io, table)).toBe("new:3 young:4");
  });

  it("keeps deletes that files with an old sequence number of the same commit need", async () => {
    const w = await world();
    let { table } = await w.change().append([a]).commit();
    ({ table } = await w
      .change(table)
      .rowDelta({ addedDeletes: [equalityDeletes("eq")] })
      .commit());
    ({ table } = await w
      .change(table)
      .rewriteFiles({ removedData: [a], addedData: [dataFile("a2")], dataSequenceNumber: 1 })
      .commit());
    expect(await live(w.io, table)).toBe("a2:1 eq:2");
  });
});

describe("Transaction.overwrite()", () => {
  it.each([
    { what: "adds only", change: { added: [dataFile("x")] }, operation: "append" },
    { what: "removes only", change: { removed: [a] }, operation: "delete" },
    { what: "does both", change: { removed: [a], added: [dataFile("x")] }, operation: "overwrite" },
    {
      what: "finds nothing to remove",
      change: { filter: eq("category", "z"), added: [dataFile("x")] },
      operation: "append",
    },
  ])("is the operation $operation when it $what (CMT-017)", async ({ change, operation }) => {
    const w = await world();
    const { table } = await w.change().append([a, b]).commit();
    const { snapshot } = await w.change(table).overwrite(change).commit();
    expect(snapshot?.summary?.get("operation")).toBe(operation);
  });

  it("replaces rows of a filter by files (static overwrite)", async () => {
    const w = await world();
    const { table } = await w.change().append([a, b]).commit();
    const overwrite = { filter: eq("category", "a"), added: [dataFile("a2")] };
    const { table: after, snapshot } = await w.change(table).overwrite(overwrite).commit();
    expect(await live(w.io, after)).toBe("a2:2 b:1");
    expect(Object.fromEntries(snapshot!.summary!)).toMatchObject({
      "added-data-files": "1",
      "deleted-data-files": "1",
      "total-records": "30",
    });
  });

  it("refuses files that may hold rows outside the filter, when asked to look (CMT-088)", async () => {
    const w = await world();
    const overwrite = (added: ReturnType<typeof dataFile>) =>
      w
        .change()
        .overwrite({
          filter: and(eq("category", "a"), lt("id", 50n)),
          added: [added],
          validateAddedFilesMatchFilter: true,
        })
        .commit();
    await expect(overwrite(dataFile("other", { category: "b", ids: [1n, 9n] }))).rejects.toThrow(
      /other\.parquet.*filter/,
    );
    await expect(overwrite(dataFile("beyond", { ids: [1n, 50n] }))).rejects.toThrow(/beyond\.parquet/);
    await expect(overwrite(dataFile("unknown"))).rejects.toThrow(/unknown\.parquet/);
    await expect(overwrite(dataFile("inside", { ids: [1n, 49n] }))).resolves.toBeDefined();
  });

  it("refuses to do nothing, and files of the wrong kind", async () => {
    const w = await world();
    expect(() => w.change().overwrite({})).toThrow(/give a filter, or files/);
    expect(() => w.change().overwrite({ added: [equalityDeletes("eq")] })).toThrow(/eq\.parquet.*equality/);
    expect(() => w.change().append([positionDeletes("pos")])).toThrow(/pos\.parquet.*position/);
  });
});

describe("Transaction.replacePartitions()", () => {
  it("drops all files of the partitions that get new ones, and their deletes (CMT-035)", async () => {
    const w = await world();
    let { table } = await w.change().append([a, b]).commit();
    ({ table } = await w
      .change(table)
      .rowDelta({ addedDeletes: [equalityDeletes("eq")] })
      .commit());
    const { table: after, snapshot } = await w
      .change(table)
      .replacePartitions([dataFile("a2")])
      .commit();
    expect(await live(w.io, after)).toBe("a2:3 b:1");
    expect(snapshot!.summary!.get("replace-partitions")).toBe("true");
    expect(snapshot!.summary!.get("operation")).toBe("overwrite");
  });

  it("replaces everything in an unpartitioned table (CMT-035)", async () => {
    const w = await world({ unpartitioned: true });
    const plain = (name: string) => dataFile(name, { partition: [] });
    const { table } = await w
      .change()
      .append([plain("x"), plain("y")])
      .commit();
    const { table: after } = await w
      .change(table)
      .replacePartitions([plain("z")])
      .commit();
    expect(await live(w.io, after)).toBe("z:2");
  });

  it("leaves files of other specs alone, whatever their partition (CMT-035)", async () => {
    const w = await world();
    let { table } = await w.change().append([a]).commit();
    ({ table } = await w
      .change(table)
      .updateSpec((update) => update.addField("id"))
      .commit());
    const fresh = dataFile("fresh", { specId: 1, partition: ["a", 1n] });
    ({ table } = await w.change(table).replacePartitions([fresh]).commit());
    expect(await live(w.io, table)).toBe("a:1 fresh:2");
  });

  it("may be held to appending only (CMT-089)", async () => {
    const w = await world();
    const { table } = await w.change().append([a]).commit();
    const onlyAppend = (name: string, category: string) =>
      w
        .change(table)
        .replacePartitions([dataFile(name, { category })], { validateAppendOnly: true })
        .commit();
    await expect(onlyAppend("a2", "a")).rejects.toThrow(/a\.parquet/);
    await expect(onlyAppend("c", "c")).resolves.toBeDefined();
  });
});
