/**
 * P42: expiry on random histories with branches, tags and staged snapshots, against a reference that walks everything;
 * and after the files are deleted, every snapshot that is left is still there whole.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MemoryCatalogClient } from "../../src/catalog/index.ts";
import { MemoryFileIO, type Runtime, systemRuntime } from "../../src/io/index.ts";
import { expireSnapshots } from "../../src/maintenance/index.ts";
import {
  type ManifestFile,
  readManifest,
  writeManifest,
  writeManifestList,
} from "../../src/manifests/index.ts";
import type { Snapshot, SnapshotRef, TableMetadata, TableUpdate } from "../../src/metadata/index.ts";
import { UNPARTITIONED } from "../../src/partitioning/index.ts";
import { snapshotManifests } from "../../src/planning/index.ts";
import { defineSchema, required, t } from "../../src/schema/index.ts";
import { Catalog } from "../../src/table/index.ts";

const NOW = 1_000_000;
const schema = defineSchema({ id: required(t.long()) });
const id = { namespace: ["ns"], name: "t" };
const HOME = "memory://warehouse/ns/t";
const sync = new Uint8Array(16);

interface FileStep {
  readonly file: number;
  readonly status: "added" | "deleted" | "existing";
  readonly deletes: boolean;
}
/** A snapshot: what it stands on, which manifests it carries on, which files its own name. */
interface SnapshotStep {
  readonly parent: number | undefined;
  readonly age: number;
  readonly carried: readonly number[];
  readonly files: readonly FileStep[];
  readonly statistics: number | undefined;
}
interface RefStep {
  readonly name: string;
  readonly at: number;
  readonly tag: boolean;
  readonly minSnapshotsToKeep: number | undefined;
  readonly maxSnapshotAgeMs: number | undefined;
  readonly maxRefAgeMs: number | undefined;
}
interface History {
  readonly snapshots: readonly SnapshotStep[];
  readonly refs: readonly RefStep[];
  readonly olderThan: number | undefined;
  readonly retainLast: number | undefined;
}

const gAge = fc.integer({ min: 0, max: 100 });
const maybe = <T>(arb: fc.Arbitrary<T>) => fc.option(arb, { nil: undefined });
const gFile: fc.Arbitrary<FileStep> = fc.record({
  file: fc.nat({ max: 11 }),
  status: fc.constantFrom("added", "added", "deleted", "existing"),
  deletes: fc.boolean(),
});
const gHistory: fc.Arbitrary<History> = fc.record({
  snapshots: fc.array(
    fc.record({
      parent: maybe(fc.nat({ max: 9 })),
      age: gAge,
      carried: fc.array(fc.nat({ max: 19 }), { maxLength: 4 }),
      files: fc.array(gFile, { maxLength: 4 }),
      statistics: maybe(fc.nat({ max: 2 })),
    }),
    { minLength: 1, maxLength: 10 },
  ),
  refs: fc.array(
    fc.record({
      name: fc.constantFrom("main", "main", "audit", "dev", "v1"),
      at: fc.nat({ max: 9 }),
      tag: fc.boolean(),
      minSnapshotsToKeep: maybe(fc.integer({ min: 1, max: 5 })),
      maxSnapshotAgeMs: maybe(fc.integer({ min: 1, max: 100 })),
      maxRefAgeMs: maybe(fc.integer({ min: 1, max: 100 })),
    }),
    { maxLength: 5 },
  ),
  olderThan: maybe(gAge),
  retainLast: maybe(fc.integer({ min: 1, max: 4 })),
});

/** Every file a snapshot leads to, its own list first; `live` leaves out what its manifests say is deleted. */
async function leadsTo(io: MemoryFileIO, snapshot: Snapshot, live: boolean): Promise<Set<string>> {
  const found = new Set([snapshot.manifestList!]);
  for (const manifest of await snapshotManifests(io, snapshot)) {
    const what = manifest.manifestPath;
    found.add(what);
    for (const { status, dataFile } of readManifest(await io.open(what).read(), {
      manifest,
      fields: [],
      what,
    })) {
      if (!live || status !== "deleted") found.add(dataFile.filePath);
    }
  }
  return found;
}

/** The rules as the format states them, one branch after the other, without any sharing. */
function reference(
  metadata: TableMetadata,
  oldest: number,
  keep: number,
): { kept: Set<bigint>; refs: Set<string> } {
  const kept = new Set<bigint>();
  const refs = new Set<string>();
  const reached = new Set<bigint>();
  const byId = new Map(metadata.snapshots.map((snapshot) => [snapshot.snapshotId, snapshot]));
  for (const [name, ref] of metadata.refs) {
    const head = byId.get(ref.snapshotId)!;
    if (name !== "main" && NOW - head.timestampMs > (ref.maxRefAgeMs ?? Number.POSITIVE_INFINITY)) continue;
    refs.add(name);
    kept.add(head.snapshotId);
    reached.add(head.snapshotId);
    if (ref.type === "tag") continue;
    const line: Snapshot[] = [];
    for (let at: Snapshot | undefined = head; at; at = byId.get(at.parentSnapshotId ?? -1n)) line.push(at);
    for (const snapshot of line) reached.add(snapshot.snapshotId);
    const since = ref.maxSnapshotAgeMs === undefined ? oldest : NOW - ref.maxSnapshotAgeMs;
    const end = line.findIndex(
      (snapshot, at) => at >= (ref.minSnapshotsToKeep ?? keep) && snapshot.timestampMs < since,
    );
    for (const snapshot of end < 0 ? line : line.slice(0, end)) kept.add(snapshot.snapshotId);
  }
  for (const { snapshotId, timestampMs } of metadata.snapshots) {
    if (!reached.has(snapshotId) && timestampMs >= oldest) kept.add(snapshotId);
  }
  return { kept, refs };
}

async function build(history: History) {
  const runtime: Runtime = { ...systemRuntime, now: () => NOW };
  const io = new MemoryFileIO();
  const client = new MemoryCatalogClient({ io, runtime });
  await client.createNamespace(["ns"]);
  let table = await client.createTable(id, {
    schema,
    properties: new Map([["history.expire.max-snapshot-age-ms", "50"]]),
  });
  const pool: ManifestFile[] = [];
  const updates: TableUpdate[] = [];
  for (const [at, step] of history.snapshots.entries()) {
    const snapshotId = BigInt(at + 1);
    const manifests = new Map<string, ManifestFile>();
    for (const pick of step.carried) {
      const manifest = pool[pick % Math.max(1, pool.length)];
      if (manifest !== undefined) manifests.set(manifest.manifestPath, manifest);
    }
    for (const content of ["data", "deletes"] as const) {
      const files = step.files.filter((file) => file.deletes === (content === "deletes"));
      if (files.length === 0) continue;
      const entries = files.map(({ file, status }) => ({
        status,
        ...(status !== "added" && { snapshotId, sequenceNumber: 1, fileSequenceNumber: 1 }),
        dataFile: {
          content: content === "data" ? ("data" as const) : ("position-deletes" as const),
          filePath: `${HOME}/${content}/${file}.parquet`,
          fileFormat: "parquet" as const,
          specId: 0,
          partition: [],
          recordCount: 1,
          fileSizeInBytes: 1,
        },
      }));
      for (const { dataFile } of entries) await io.create(dataFile.filePath, new Uint8Array(1));
      const options = {
        formatVersion: 2,
        schema,
        spec: UNPARTITIONED,
        content,
        snapshotId,
        entries,
        sync,
      } as const;
      const { bytes, manifest } = writeManifest(options);
      const manifestPath = `${HOME}/metadata/${at}-${content}.avro`;
      await io.create(manifestPath, bytes);
      manifests.set(manifestPath, { ...manifest, manifestPath });
    }
    const list = writeManifestList({
      formatVersion: 2,
      snapshotId,
      sequenceNumber: at + 1,
      manifests: [...manifests.values()],
      sync,
    });
    const manifestList = `${HOME}/metadata/snap-${snapshotId}.avro`;
    await io.create(manifestList, list.bytes);
    for (const manifest of list.manifests) if (manifest.addedSnapshotId === snapshotId) pool.push(manifest);
    const parent = step.parent !== undefined && at > 0 ? BigInt((step.parent % at) + 1) : undefined;
    const snapshot: Snapshot = {
      snapshotId,
      ...(parent !== undefined && { parentSnapshotId: parent }),
      sequenceNumber: at + 1,
      timestampMs: NOW - step.age,
      manifestList,
      summary: new Map([["operation", "append"]]),
    };
    updates.push({ action: "add-snapshot", snapshot });
    if (step.statistics !== undefined) {
      const statisticsPath = `${HOME}/metadata/${step.statistics}.stats`;
      await io.create(statisticsPath, new Uint8Array(1));
      const file = {
        snapshotId,
        statisticsPath,
        fileSizeInBytes: 1,
        fileFooterSizeInBytes: 1,
        blobMetadata: [],
      };
      updates.push({ action: "set-statistics", statistics: file });
    }
  }
  for (const { name, at, tag, minSnapshotsToKeep, maxSnapshotAgeMs, maxRefAgeMs } of history.refs) {
    const isTag = tag && name !== "main";
    const ref: SnapshotRef = {
      snapshotId: BigInt((at % history.snapshots.length) + 1),
      type: isTag ? "tag" : "branch",
      ...(!isTag && minSnapshotsToKeep !== undefined && { minSnapshotsToKeep }),
      ...(!isTag && maxSnapshotAgeMs !== undefined && { maxSnapshotAgeMs }),
      ...(maxRefAgeMs !== undefined && { maxRefAgeMs }),
    };
    updates.push({ action: "set-snapshot-ref", refName: name, ref });
  }
  const outcome = await client.commitTable(table, [], updates);
  if (outcome.kind !== "committed") throw outcome.error;
  table = outcome.table;
  return { io, client, runtime, metadata: table.metadata };
}

describe("expireSnapshots() on random histories (P42)", () => {
  test("keeps what the rules keep, and deletes exactly what nothing kept leads to", async () => {
    const seen = { removed: 0, keptSome: 0, dataFiles: 0, refs: 0 };
    await fc.assert(
      fc.asyncProperty(gHistory, async (history) => {
        const { io, client, runtime, metadata } = await build(history);
        const olderThan = history.olderThan === undefined ? undefined : NOW - history.olderThan;
        const expected = reference(metadata, olderThan ?? NOW - 50, history.retainLast ?? 1);
        const leaving = metadata.snapshots.filter(({ snapshotId }) => !expected.kept.has(snapshotId));
        const staying = metadata.snapshots.filter(({ snapshotId }) => expected.kept.has(snapshotId));
        const needed = new Set<string>();
        for (const snapshot of staying)
          for (const file of await leadsTo(io, snapshot, true)) needed.add(file);
        const statistics = (ids: readonly Snapshot[]) =>
          metadata.statistics.filter((file) => ids.some((s) => s.snapshotId === file.snapshotId));
        for (const file of statistics(staying)) needed.add(file.statisticsPath);
        const doomed = new Set<string>(statistics(leaving).map((file) => file.statisticsPath));
        for (const snapshot of leaving) {
          const kept = new Set<string>();
          for (const other of staying)
            for (const manifest of await snapshotManifests(io, other)) kept.add(manifest.manifestPath);
          for (const manifest of await snapshotManifests(io, snapshot)) {
            if (kept.has(manifest.manifestPath)) continue;
            doomed.add(manifest.manifestPath);
            const what = manifest.manifestPath;
            for (const { dataFile } of readManifest(await io.open(what).read(), {
              manifest,
              fields: [],
              what,
            }))
              doomed.add(dataFile.filePath);
          }
          doomed.add(snapshot.manifestList!);
        }
        for (const file of needed) doomed.delete(file);
        const before = new Set(io.files.keys());

        const table = await new Catalog(client, runtime).loadTable(["ns", "t"]);
        const result = await expireSnapshots(table, {
          ...(olderThan !== undefined && { olderThan }),
          ...(history.retainLast !== undefined && { retainLast: history.retainLast }),
        });

        expect(result.problems).toEqual([]);
        expect(result.snapshots.map((s) => s.snapshotId)).toEqual(leaving.map((s) => s.snapshotId));
        expect(new Set(result.table.metadata.refs.keys())).toEqual(expected.refs);
        expect(result.refs).toEqual([...metadata.refs.keys()].filter((name) => !expected.refs.has(name)));
        expect(new Set(Object.values(result.files).flat())).toEqual(doomed);
        const gone = [...before].filter((file) => !io.files.has(file));
        expect(new Set(gone)).toEqual(doomed);
        for (const snapshot of result.table.metadata.snapshots) {
          for (const file of await leadsTo(io, snapshot, true)) expect(io.files.has(file), file).toBe(true);
        }
        seen.removed += leaving.length;
        seen.keptSome += staying.length;
        seen.dataFiles += result.files.dataFiles.length + result.files.deleteFiles.length;
        seen.refs += result.refs.length;
      }),
      { numRuns: 60 },
    );
    // Without these the law would hold of nothing.
    for (const [what, count] of Object.entries(seen)) expect(count, what).toBeGreaterThan(10);
  });
});
