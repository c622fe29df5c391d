/**
 * Random sequences of operations against a model: live files with their sequence numbers, what manifests and lists say of
 * themselves, and the totals of summaries (P26, P27, P28, P29, P38, P59).
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  countEntries,
  type ManifestEntry,
  readManifest,
  summarizePartitions,
} from "../../src/manifests/index.ts";
import { currentSchema, type Snapshot, snapshotById, specById } from "../../src/metadata/index.ts";
import { partitionFields } from "../../src/partitioning/index.ts";
import { snapshotManifests } from "../../src/planning/index.ts";
import { applies, arbitraryCommand, arbitrarySetting, keyOf, ModelledTable } from "./commit-model.ts";
import { runs } from "./runs.ts";

describe("commits", () => {
  it("leave exactly the files the model has, numbered, counted and summed up (MAN-029, MAN-042, MAN-085, MET-030)", async () => {
    await fc.assert(
      fc.asyncProperty(
        arbitrarySetting,
        fc.array(arbitraryCommand, { minLength: 1, maxLength: 10 }),
        async (setting, commands) => {
          const world = await ModelledTable.create(setting);
          const rest = [...commands];
          while (rest.length > 0) {
            const { formatVersion } = world.table.metadata;
            const count = rest[0]!.together ? 2 : 1;
            await world.run(rest.splice(0, count));
            expect(world.table.metadata.formatVersion).toBeGreaterThanOrEqual(formatVersion);
            await expectModel(world, setting.formatVersion === 3);
          }
          await expectNoOrphans(world);
        },
      ),
      runs(30),
    );
  }, 600_000);
});

/** Every branch, and every snapshot that a branch was at, is as the model says (P59). */
async function expectModel(world: ModelledTable, bornAsV3: boolean): Promise<void> {
  for (const { snapshotId } of world.table.metadata.refs.values()) {
    const snapshot = snapshotById(world.table.metadata, snapshotId)!;
    const entries = await expectManifests(world, snapshot);
    const live = entries.filter(({ status }) => status !== "deleted");
    expectFiles(world, snapshot, live);
    expectTotals(snapshot, live);
    expectRowIds(world, snapshot, live, bornAsV3);
  }
}

/** What the list says of each manifest is what its entries come to (P29). */
async function expectManifests(world: ModelledTable, snapshot: Snapshot): Promise<readonly ManifestEntry[]> {
  const { metadata } = world.table;
  const all: ManifestEntry[] = [];
  for (const manifest of await snapshotManifests(world.io, snapshot)) {
    const bytes = world.io.files.get(manifest.manifestPath)!;
    const fields = partitionFields(specById(metadata, manifest.partitionSpecId)!, currentSchema(metadata));
    const entries = readManifest(bytes, { manifest, fields, what: manifest.manifestPath });
    expect(entries.length, "no manifest is empty (MAN-090)").toBeGreaterThan(0);
    expect(manifest).toMatchObject({ ...countEntries(entries), manifestLength: bytes.length });
    const tuples = entries.map(({ dataFile }) => dataFile.partition);
    expect(manifest.partitions).toEqual(summarizePartitions(fields, tuples));
    const numbers = entries
      .filter(({ status }) => status !== "deleted")
      .map(({ sequenceNumber }) => sequenceNumber!);
    if (numbers.length > 0) expect(manifest.minSequenceNumber).toBe(Math.min(...numbers));
    for (const { status, snapshotId, sequenceNumber, fileSequenceNumber } of entries) {
      if (status === "deleted") expect(snapshotId).toBe(manifest.addedSnapshotId);
      if (status === "added") expect(snapshotId).toBe(manifest.addedSnapshotId);
      expect(sequenceNumber).toBeLessThanOrEqual(fileSequenceNumber!);
    }
    all.push(...entries);
  }
  return all;
}

/** Data files exactly (P26, P28); delete files may be missing once nothing is left that they apply to. */
function expectFiles(world: ModelledTable, { snapshotId }: Snapshot, live: readonly ManifestEntry[]): void {
  const state = world.stateOf(snapshotId);
  const found = new Map(live.map((entry) => [keyOf(entry.dataFile), entry]));
  expect(found.size, "no file is live twice").toBe(live.length);
  const dropped = new Set<string>();
  for (const [key, wanted] of [...state.data, ...state.deletes]) {
    const entry = found.get(key);
    if (entry === undefined && wanted.file.content !== "data") {
      expect(applies(wanted, state), `${key} was dropped but still deletes rows`).toBe(false);
      dropped.add(key);
      continue;
    }
    expect(entry, `${key} is missing`).toBeDefined();
    const { valueCounts, lowerBounds } = entry!.dataFile;
    // Decoded metrics are maps of another class.
    const metrics = valueCounts && { valueCounts: new Map(valueCounts), lowerBounds: new Map(lowerBounds) };
    expect({ ...entry!.dataFile, ...metrics }).toMatchObject(wanted.file);
    expect(entry!.sequenceNumber, key).toBe(wanted.sequence);
    found.delete(key);
  }
  expect([...found.keys()], "files that the model does not have").toEqual([]);
  world.forget(snapshotId, dropped);
}

/** The totals are a recount (P38). */
function expectTotals({ summary }: Snapshot, live: readonly ManifestEntry[]): void {
  const files = live.map(({ dataFile }) => dataFile);
  const of = (content: string) => files.filter((file) => file.content === content);
  const rows = (content: string) => of(content).reduce((sum, { recordCount }) => sum + recordCount, 0);
  const size = (file: (typeof files)[0]) => file.contentSizeInBytes ?? file.fileSizeInBytes;
  expect(Object.fromEntries(summary!)).toMatchObject({
    "total-data-files": String(of("data").length),
    "total-delete-files": String(files.length - of("data").length),
    "total-records": String(rows("data")),
    "total-position-deletes": String(rows("position-deletes")),
    "total-equality-deletes": String(rows("equality-deletes")),
    "total-files-size": String(files.reduce((sum, file) => sum + size(file), 0)),
  });
}

/** Row ids never overlap, stay below the table's next, and stay with their file (P27). */
function expectRowIds(
  world: ModelledTable,
  { snapshotId, firstRowId }: Snapshot,
  live: readonly ManifestEntry[],
  bornAsV3: boolean,
): void {
  if (firstRowId === undefined) return;
  const ranges = live
    .filter(({ dataFile }) => dataFile.content === "data")
    .map(({ dataFile }) => ({
      path: dataFile.filePath,
      first: dataFile.firstRowId,
      rows: dataFile.recordCount,
    }))
    .sort((a, b) => Number(a.first! - b.first!));
  let next = 0n;
  for (const { path, first, rows } of ranges) {
    expect(first, `${path} in ${snapshotId}`).toBeGreaterThanOrEqual(next);
    next = first! + BigInt(rows);
    if (!bornAsV3) continue;
    expect(first).toBe(world.rowIds.get(path) ?? first);
    world.rowIds.set(path, first!);
  }
  expect(next).toBeLessThanOrEqual(world.table.metadata.nextRowId!);
}

/** Nothing stays behind of attempts that lost, and nothing is gone that any snapshot needs (CMT-012). */
async function expectNoOrphans({ io, table }: ModelledTable): Promise<void> {
  const known = new Set<string>();
  for (const snapshot of table.metadata.snapshots) {
    known.add(snapshot.manifestList!);
    for (const { manifestPath } of await snapshotManifests(io, snapshot)) known.add(manifestPath);
  }
  const there = [...io.files.keys()].filter((path) => path.endsWith(".avro"));
  expect(there.sort()).toEqual([...known].sort());
}
