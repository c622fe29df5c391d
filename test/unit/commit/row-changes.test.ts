import { describe, expect, it } from "vitest";
import {
  dataFile,
  entriesOf,
  equalityDeletes,
  live,
  manifestsOf,
  orphans,
  positionDeletes,
  vector,
  world,
} from "./tables.ts";

const a = dataFile("a");
const b = dataFile("b", { category: "b" });

describe("Transaction.rowDelta()", () => {
  it.each([
    { what: "adds data only", change: { addedData: [dataFile("x")] }, operation: "append" },
    { what: "adds deletes only", change: { addedDeletes: [equalityDeletes("eq")] }, operation: "delete" },
    {
      what: "adds both",
      change: { addedData: [dataFile("x")], addedDeletes: [equalityDeletes("eq")] },
      operation: "overwrite",
    },
    {
      what: "adds deletes and removes data",
      change: { addedDeletes: [equalityDeletes("eq")], removedData: [b] },
      operation: "delete",
    },
    {
      what: "adds and removes data",
      change: { addedData: [dataFile("x")], removedData: [b] },
      operation: "overwrite",
    },
    {
      what: "adds data and removes deletes",
      change: { addedData: [dataFile("x")], removedDeletes: [equalityDeletes("old")] },
      operation: "overwrite",
    },
  ])("is the operation $operation when it $what (CMT-017)", async ({ change, operation }) => {
    const w = await world();
    let { table } = await w.change().append([a, b]).commit();
    ({ table } = await w
      .change(table)
      .rowDelta({ addedDeletes: [equalityDeletes("old")] })
      .commit());
    const { snapshot } = await w.change(table).rowDelta(change).commit();
    expect(snapshot?.summary?.get("operation")).toBe(operation);
  });

  it("numbers deletes as the data of their commit, and counts them (CMT-048)", async () => {
    const w = await world();
    const { table } = await w.change().append([a]).commit();
    const { table: after, snapshot } = await w
      .change(table)
      .rowDelta({
        addedData: [dataFile("x")],
        addedDeletes: [positionDeletes("pos", a), equalityDeletes("eq")],
      })
      .commit();
    expect(await live(w.io, after)).toBe("a:1 eq:2 pos:2 x:2");
    expect(Object.fromEntries(snapshot!.summary!)).toMatchObject({
      "added-delete-files": "2",
      "added-equality-deletes": "1",
      "added-position-deletes": "1",
      "total-delete-files": "2",
      "total-equality-deletes": "1",
    });
    const contents = (await manifestsOf(w.io, after)).map(({ manifest }) => manifest.content);
    expect(contents).toEqual(["data", "data", "deletes"]);
  });

  it.each([
    [1, "eq", equalityDeletes("eq"), /version 1 have no delete files/],
    [2, "dv", vector("dv", a), /deletion vectors need format version 3/],
    [3, "pos", positionDeletes("pos", a), /version 3 delete positions by deletion vectors/],
  ] as const)("version %d refuses %s (CMT-038)", async (formatVersion, _, file, message) => {
    const w = await world({ formatVersion });
    const { table } = await w.change().append([a]).commit();
    const delta = w
      .change(table)
      .rowDelta({ addedDeletes: [file] })
      .commit();
    await expect(delta).rejects.toMatchObject({
      code: "validation-failed",
      message: expect.stringMatching(message),
    });
    expect(await orphans(w.io, await w.latest())).toEqual([]);
  });

  it("takes a vector in place of another, not beside it (CMT-044)", async () => {
    const w = await world({ formatVersion: 3 });
    let { table } = await w.change().append([a]).commit();
    const first = vector("first", a);
    ({ table } = await w
      .change(table)
      .rowDelta({ addedDeletes: [first] })
      .commit());
    const second = [vector("second", a)];
    await expect(w.change(table).rowDelta({ addedDeletes: second }).commit()).rejects.toThrow(
      /a\.parquet.*first\.puffin.*CMT-044/,
    );
    const replaced = await w
      .change(table)
      .rowDelta({ addedDeletes: second, removedDeletes: [first] })
      .commit();
    expect(await live(w.io, replaced.table)).toBe("a:1 second:3");
  });

  it("refuses two vectors for one data file (CMT-090)", async () => {
    const w = await world({ formatVersion: 3 });
    const { table } = await w.change().append([a]).commit();
    const addedDeletes = [vector("dvs", a, 4), vector("dvs", a, 60)];
    await expect(w.change(table).rowDelta({ addedDeletes }).commit()).rejects.toThrow(/two deletion vectors/);
  });

  it("refuses to remove a data file that it adds deletes for (CMT-050)", async () => {
    const w = await world();
    const { table } = await w.change().append([a]).commit();
    expect(() =>
      w.change(table).rowDelta({ removedData: [a], addedDeletes: [positionDeletes("pos", a)] }),
    ).toThrow(/a\.parquet.*CMT-050/);
  });
});

describe("Transaction.rewriteFiles()", () => {
  it.each([1, 2, 3] as const)("replaces files, version %d (CMT-051)", async (formatVersion) => {
    const w = await world({ formatVersion });
    const { table } = await w
      .change()
      .append([a, dataFile("a2")])
      .commit();
    const { table: after, snapshot } = await w
      .change(table)
      .rewriteFiles({ removedData: [a, dataFile("a2")], addedData: [dataFile("big", { rows: 20 })] })
      .commit();
    expect(await live(w.io, after)).toBe(formatVersion === 1 ? "big:0" : "big:2");
    expect(await entriesOf(w.io, after)).toEqual(["added big", "deleted a", "deleted a2"]);
    expect(Object.fromEntries(snapshot!.summary!)).toMatchObject({
      operation: "replace",
      "added-records": "20",
      "deleted-records": "20",
      "total-records": "20",
    });
  });

  it("keeps the data sequence number it is given, through a merge, too (CMT-052, MAN-034)", async () => {
    const w = await world({ properties: { "commit.manifest.min-count-to-merge": "2" } });
    let { table } = await w.change().append([a]).commit();
    ({ table } = await w.change(table).append([b]).commit());
    ({ table } = await w
      .change(table)
      .rewriteFiles({ removedData: [a], addedData: [dataFile("big")], dataSequenceNumber: 1 })
      .commit());
    expect(await live(w.io, table)).toBe("b:2 big:1");
    const [{ manifest, entries }] = (await manifestsOf(w.io, table)) as [
      Awaited<ReturnType<typeof manifestsOf>>[number],
    ];
    expect(manifest).toMatchObject({ minSequenceNumber: 1, sequenceNumber: 3 });
    const big = entries.find(({ dataFile }) => dataFile.filePath.includes("big"));
    expect(big).toMatchObject({ status: "added", sequenceNumber: 1, fileSequenceNumber: 3 });
  });

  it("replaces delete files by others", async () => {
    const w = await world();
    let { table } = await w.change().append([a]).commit();
    const small = [positionDeletes("p1", a), positionDeletes("p2", a)];
    ({ table } = await w.change(table).rowDelta({ addedDeletes: small }).commit());
    ({ table } = await w
      .change(table)
      .rewriteFiles({ removedDeletes: small, addedDeletes: [positionDeletes("p", a)] })
      .commit());
    expect(await live(w.io, table)).toBe("a:1 p:3");
  });

  it.each([
    [{ addedData: [dataFile("x")] }, /no file is replaced/],
    [{ removedDeletes: [positionDeletes("p", a)], addedData: [dataFile("x")] }, /none is replaced/],
    [{ removedData: [a], addedDeletes: [positionDeletes("p")] }, /delete files are added, none/],
    [{ removedData: [a], addedData: [dataFile("x", { rows: 11 })] }, /11 rows would replace 10/],
  ])("refuses what is no rewrite (CMT-018, CMT-051) %#", async (rewrite, message) => {
    const w = await world();
    const { table } = await w.change().append([a]).commit();
    expect(() => w.change(table).rewriteFiles(rewrite)).toThrow(message);
  });

  it("names a replaced file that is not there, and a sequence number of the future", async () => {
    const w = await world();
    const { table } = await w.change().append([a]).commit();
    const gone = w.change(table).rewriteFiles({ removedData: [b], addedData: [dataFile("x")] });
    await expect(gone.commit()).rejects.toThrow(/b\.parquet.*CMT-034/);
    const late = w
      .change(table)
      .rewriteFiles({ removedData: [a], addedData: [dataFile("x")], dataSequenceNumber: 2 });
    await expect(late.commit()).rejects.toThrow(/sequence number 2.*last is 1/);
  });
});

describe("Transaction.rewriteManifests()", () => {
  it.each([1, 2, 3] as const)(
    "clusters by partition; entries exist with the ids and numbers they had, version %d (CMT-054, CMT-091, MAN-088)",
    async (formatVersion) => {
      const w = await world({ formatVersion });
      let table = w.table;
      for (const [name, category] of [
        ["x1", "x"],
        ["a1", "a"],
        ["x2", "x"],
        ["a2", "a"],
      ] as const)
        ({ table } = await w
          .change(table)
          .append([dataFile(name, { category })])
          .commit());
      const facts = async (of: typeof table) =>
        (await manifestsOf(w.io, of))
          .flatMap(({ entries }) => entries)
          .map(({ status: _, ...entry }) => entry)
          .sort((one, other) => (one.dataFile.filePath < other.dataFile.filePath ? -1 : 1));
      const before = await facts(table);
      const { table: after, snapshot } = await w.change(table).rewriteManifests().commit();
      expect(await entriesOf(w.io, after)).toEqual(
        ["a2", "a1", "x2", "x1"].map((name) => `existing ${name}`),
      );
      expect(await facts(after)).toEqual(before);
      expect(Object.fromEntries(snapshot!.summary!)).toMatchObject({
        operation: "replace",
        "manifests-created": "1",
        "manifests-replaced": "4",
        "manifests-kept": "0",
        "entries-processed": "4",
        "total-data-files": "4",
      });
    },
  );

  it("takes the caller's key and choice, and leaves delete manifests alone", async () => {
    const w = await world();
    let { table } = await w.change().append([a, b]).commit();
    ({ table } = await w
      .change(table)
      .rowDelta({ addedDeletes: [equalityDeletes("eq")] })
      .commit());
    ({ table } = await w
      .change(table)
      .append([dataFile("later")])
      .commit());
    ({ table } = await w
      .change(table)
      .rewriteManifests({
        clusterBy: ({ filePath }) => filePath,
        rewriteIf: ({ addedFilesCount }) => addedFilesCount === 2,
      })
      .commit());
    expect(await entriesOf(w.io, table)).toEqual(["existing a", "existing b", "added later", "added eq"]);
    expect((await manifestsOf(w.io, table)).map(({ entries }) => entries.length)).toEqual([1, 1, 1, 1]);
  });

  it("without manifests commits nothing", async () => {
    const w = await world();
    expect((await w.change().rewriteManifests().commit()).snapshot).toBeUndefined();
  });
});
