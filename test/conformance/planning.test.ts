/** Requirements of scan planning that no unit test names. */
import { describe, expect, it } from "vitest";
import { defineSchema, eq, gt, identity, required, t } from "../../src/index.ts";
import { type ManifestFile, writeManifestList } from "../../src/manifests/index.ts";
import { currentSnapshot } from "../../src/metadata/index.ts";
import { manifestsOf, memory, rowsOf } from "./rows.ts";

const schema = defineSchema({ org: required(t.string()), n: required(t.long()) });

async function twoCommits(formatVersion: 1 | 2 | 3 = 2) {
  const { io, catalog } = await memory();
  let table = await catalog.createTable("ns.t", schema, { formatVersion, partitionSpec: [identity("org")] });
  ({ table } = await table.append([{ org: "a", n: 1n }]));
  ({ table } = await table.append([{ org: "b", n: 2n }]));
  return { io, table };
}

describe("counts of a manifest (SCN-003)", () => {
  const change = async (counts: Partial<ManifestFile>, formatVersion: 1 | 2) => {
    const { io, table } = await twoCommits(formatVersion);
    const snapshot = currentSnapshot(table.metadata)!;
    const manifests = manifestsOf(io, table.metadata).map((manifest) => {
      const { addedFilesCount: _, existingFilesCount: __, ...rest } = manifest;
      return { ...rest, ...counts };
    });
    const { bytes } = writeManifestList({
      formatVersion,
      snapshotId: snapshot.snapshotId,
      sequenceNumber: snapshot.sequenceNumber,
      manifests,
      sync: new Uint8Array(16),
    });
    io.files.set(snapshot.manifestList!, bytes);
    return (await rowsOf(table)).length;
  };

  it("of zero added and existing files skip it", async () => {
    expect(await change({ addedFilesCount: 0, existingFilesCount: 0 }, 2)).toBe(0);
  });
  it("that are unknown do not", async () => {
    expect(await change({}, 1)).toBe(2);
    expect(await change({ addedFilesCount: 0 }, 1)).toBe(2);
  });
});

describe("selected columns (SCN-005)", () => {
  it("need not be those of the filter, which are read all the same", async () => {
    const { table } = await twoCommits();
    expect(await table.scan({ filter: gt("n", 1n), select: ["org"] }).toArray()).toEqual([{ org: "b" }]);
    expect(await table.scan({ filter: eq("org", "a"), select: ["n"] }).toArray()).toEqual([{ n: 1n }]);
  });
});

describe("tasks (SCN-079)", () => {
  it.each([2, 3] as const)("v%i: carry row id, sequence number, spec and tuple", async (version) => {
    const { table } = await twoCommits(version);
    const { tasks } = await table.scan().plan();
    const facts = tasks.map(({ dataFile, sequenceNumber, spec }) => ({
      tuple: dataFile.partition[0],
      firstRowId: dataFile.firstRowId,
      sequenceNumber,
      specId: spec.specId,
    }));
    expect(facts.toSorted((a, b) => a.sequenceNumber! - b.sequenceNumber!)).toEqual([
      { tuple: "a", firstRowId: version === 3 ? 0n : undefined, sequenceNumber: 1, specId: 0 },
      { tuple: "b", firstRowId: version === 3 ? 1n : undefined, sequenceNumber: 2, specId: 0 },
    ]);
  });
});
