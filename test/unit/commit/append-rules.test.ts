import { describe, expect, it } from "vitest";
import { type LoadedTable, MemoryCatalogClient } from "../../../src/catalog/index.ts";
import { fastAppend, updateSchema } from "../../../src/commit/index.ts";
import { MemoryFileIO, systemRuntime } from "../../../src/io/index.ts";
import {
  type DataFile,
  readManifest,
  readManifestList,
  writeManifestList,
} from "../../../src/manifests/index.ts";
import {
  applyUpdates,
  currentSchema,
  currentSnapshot,
  type TableUpdate,
} from "../../../src/metadata/index.ts";
import { buildPartitionSpec, identity, partitionFields } from "../../../src/partitioning/index.ts";
import { snapshotManifests } from "../../../src/planning/index.ts";
import { defineSchema, required, t } from "../../../src/schema/index.ts";
import { Catalog } from "../../../src/table/index.ts";

const schema = defineSchema({ id: required(t.long()) });
const id = { namespace: ["ns"], name: "t" };
const file = (name: string, recordCount = 10): DataFile => ({
  content: "data",
  filePath: `memory://warehouse/ns/t/data/${name}.parquet`,
  fileFormat: "parquet",
  specId: 0,
  partition: [],
  recordCount,
  fileSizeInBytes: 100,
});

async function setUp(formatVersion: 1 | 2 | 3 = 2) {
  const io = new MemoryFileIO();
  const client = new MemoryCatalogClient({ io });
  await client.createNamespace(["ns"]);
  const table = await client.createTable(id, { schema, formatVersion });
  const context = { client, runtime: systemRuntime };
  const change = async (base: LoadedTable, update: TableUpdate) => {
    const outcome = await client.commitTable(base, [], [update]);
    if (outcome.kind !== "committed") throw new Error(outcome.kind);
    return outcome.table;
  };
  return { io, client, context, table, change };
}

/** First row ids of the live files of a table, by file name. */
async function rowIds(
  io: MemoryFileIO,
  { metadata }: LoadedTable,
): Promise<Record<string, bigint | undefined>> {
  const found: Record<string, bigint | undefined> = {};
  for (const manifest of await snapshotManifests(io, currentSnapshot(metadata)!)) {
    const bytes = io.files.get(manifest.manifestPath)!;
    for (const { dataFile } of readManifest(bytes, { manifest, fields: [], what: manifest.manifestPath }))
      found[dataFile.filePath.replace(/.*\/|\.parquet/g, "")] = dataFile.firstRowId;
  }
  return found;
}

describe("Table.append", () => {
  it.each(["total-records", "added-data-files", "deleted-records", "operation", "partitions.x=1"])(
    "refuses the summary entry %s, which the library works out, before it writes anything (MET-030)",
    async (key) => {
      const { io, client } = await setUp();
      const before = [...io.files.keys()];
      const table = (await new Catalog(client).loadTable("ns.t")).as(schema);
      const appending = table.append([{ id: 1n }], { snapshotProperties: { [key]: "5" } });
      await expect(appending).rejects.toMatchObject({
        code: "invalid-argument",
        message: expect.stringContaining(key),
      });
      expect([...io.files.keys()]).toEqual(before);
    },
  );

  it("refuses summary values that are not text, which Java could not load (MET-023)", async () => {
    const { client } = await setUp();
    const table = (await new Catalog(client).loadTable("ns.t")).as(schema);
    const snapshotProperties = { batch: 5 } as unknown as Record<string, string>;
    await expect(table.append([{ id: 1n }], { snapshotProperties })).rejects.toThrow(/"batch" = 5.*text/);
  });
});

describe("fastAppend()", () => {
  it("refuses a file that is given twice (MAN-012)", async () => {
    const { context, table } = await setUp();
    await expect(fastAppend(context, table, [file("a"), file("b"), file("a")])).rejects.toThrow(
      /a\.parquet.*twice/,
    );
  });

  it("ignores the row ids of files read from another snapshot (CMT-029)", async () => {
    const { io, context, table } = await setUp(3);
    const { table: after } = await fastAppend(context, table, [{ ...file("a"), firstRowId: 77n }]);
    expect(await rowIds(io, after)).toEqual({ a: 0n });
  });

  it("numbers rows of a v3 table one after the other, and keeps the numbers (MET-027, MAN-089)", async () => {
    const { io, context, table } = await setUp(3);
    const first = await fastAppend(context, table, [file("a", 10), file("b", 5)]);
    const second = await fastAppend(context, first.table, [file("c", 7)]);
    expect(await rowIds(io, second.table)).toEqual({ a: 0n, b: 10n, c: 15n });
    expect(second.snapshot).toMatchObject({ firstRowId: 15n, addedRows: 7n });
    expect(second.table.metadata.nextRowId).toBe(22n);
  });

  it("numbers rows on from a manifest whose files were all removed (MAN-035)", async () => {
    const { client, context, table } = await setUp(3);
    await fastAppend(context, table, [file("a", 10)]);
    const loaded = (await new Catalog(client).loadTable("ns.t")).as(schema);
    const { table: emptied } = await loaded
      .newTransaction()
      .deleteFiles({ files: [file("a")] })
      .commit();
    expect(emptied.currentSnapshot).toMatchObject({ firstRowId: 10n, addedRows: 0n });
    const refilled = await fastAppend(context, await client.loadTable(id), [file("b", 5)]);
    expect(refilled.snapshot).toMatchObject({ firstRowId: 10n, addedRows: 5n });
  });

  it("numbers the rows of older files with the first snapshot after an upgrade to v3 (MET-070, MAN-048)", async () => {
    const { io, context, table, change } = await setUp(1);
    const first = await fastAppend(context, table, [file("a", 10)]);
    const v2 = await change(first.table, { action: "upgrade-format-version", formatVersion: 2 });
    const second = await fastAppend(context, v2, [file("b", 5)]);
    const v3 = await change(second.table, { action: "upgrade-format-version", formatVersion: 3 });
    expect(await rowIds(io, v3)).toEqual({ a: undefined, b: undefined });
    const third = await fastAppend(context, v3, [file("c", 7)]);
    const ids = await rowIds(io, third.table);
    const ranges = Object.entries(ids).sort(([, one], [, other]) => Number(one! - other!));
    expect(ranges).toEqual([
      ["c", 0n],
      ["b", 7n],
      ["a", 12n],
    ]);
    expect(third.snapshot).toMatchObject({ firstRowId: 0n, addedRows: 22n, sequenceNumber: 2 });
    expect(third.snapshot.summary?.get("added-records")).toBe("7");
    expect(third.snapshot.summary?.get("total-records")).toBe("22");
    expect(third.table.metadata.nextRowId).toBe(22n);
  });

  it("counts the entries of manifests whose v1 list did not (MAN-094)", async () => {
    const { io, context, table, change } = await setUp(1);
    const first = await fastAppend(context, table, [file("a", 10), file("b", 5)]);
    const list = first.snapshot.manifestList!;
    const [manifest] = readManifestList(io.files.get(list)!, list);
    const { manifestPath, manifestLength, partitionSpecId, content, addedSnapshotId } = manifest!;
    const uncounted = { manifestPath, manifestLength, partitionSpecId, content, addedSnapshotId };
    const { bytes } = writeManifestList({
      formatVersion: 1,
      snapshotId: first.snapshot.snapshotId,
      sequenceNumber: 0,
      manifests: [uncounted],
      sync: new Uint8Array(16),
    });
    io.files.set(list, bytes);
    const v3 = await change(first.table, { action: "upgrade-format-version", formatVersion: 3 });
    const { table: after, snapshot } = await fastAppend(context, v3, [file("c", 7)]);
    const [, carried] = await snapshotManifests(io, currentSnapshot(after.metadata)!);
    expect(carried).toMatchObject({
      manifestPath,
      addedFilesCount: 2,
      addedRowsCount: 15,
      deletedRowsCount: 0,
    });
    expect(snapshot.addedRows).toBe(22n);
  });

  it("names the spec that another commit removed meanwhile, and leaves nothing", async () => {
    const { io, client, context, table, change } = await setUp();
    const added = await change(table, {
      action: "add-spec",
      spec: {
        specId: 1,
        fields: [{ sourceId: 1, fieldId: 1000, name: "id_v", transform: { kind: "void" } }],
      },
    });
    const spec1 = await change(added, { action: "set-default-spec", specId: 1 });
    const before = [...io.files.keys()].length;
    let raced = false;
    const contested = Object.assign(Object.create(client) as MemoryCatalogClient, {
      async commitTable(...args: Parameters<MemoryCatalogClient["commitTable"]>) {
        if (!raced) {
          raced = true;
          await fastAppend(context, spec1, [{ ...file("rival"), specId: 1, partition: [null] }]);
          await change(await client.loadTable(id), { action: "remove-partition-specs", specIds: [0] });
        }
        return await client.commitTable(...args);
      },
    });
    const appending = fastAppend({ client: contested, runtime: systemRuntime }, spec1, [file("mine")]);
    await expect(appending).rejects.toMatchObject({
      code: "validation-failed",
      message: expect.stringMatching(/mine\.parquet.*no partition spec 0/),
    });
    const rivals = 4; // its manifest, list and metadata, and the metadata without the spec
    expect([...io.files.keys()]).toHaveLength(before + rivals);
  });

  it.each([1, 2] as const)(
    "carries over manifests that a v1 snapshot names itself, into a list of version %d (MAN-050, MAN-094)",
    async (formatVersion) => {
      const { io, client, context, table } = await setUp(1);
      const first = await fastAppend(context, table, [file("a", 10)]);
      const [manifest] = await snapshotManifests(io, first.snapshot);
      const { manifestList: _, ...inline } = { ...first.snapshot, manifests: [manifest!.manifestPath] };
      const metadata = { ...first.table.metadata, formatVersion, snapshots: [inline] };
      const { snapshot } = await fastAppend(applying(client), { ...first.table, metadata }, [file("b", 5)]);
      const [added, carried] = await snapshotManifests(io, snapshot);
      expect(added!.addedRowsCount).toBe(5);
      expect(carried).toMatchObject({
        manifestPath: manifest!.manifestPath,
        manifestLength: manifest!.manifestLength,
        addedSnapshotId: first.snapshot.snapshotId,
        sequenceNumber: 0,
      });
      expect(carried!.addedRowsCount).toBe(formatVersion === 1 ? undefined : 10);
    },
  );

  it("keeps partition values of files that were written before their column was promoted", async () => {
    const io = new MemoryFileIO();
    const client = new MemoryCatalogClient({ io });
    await client.createNamespace(["ns"]);
    const narrow = defineSchema({ key: required(t.int()) });
    const spec = buildPartitionSpec(narrow, [identity("key")]);
    const table = await client.createTable(id, { schema: narrow, spec });
    const context = { client, runtime: systemRuntime };
    // Both wait for the same turn: the files were made for a version that is no longer the newest when they commit.
    const [, { table: after }] = await Promise.all([
      updateSchema(context, table, (update) => update.updateColumn("key", { type: t.long() })),
      fastAppend(context, table, [{ ...file("a"), partition: [5] }]),
    ]);
    const [manifest] = await snapshotManifests(io, currentSnapshot(after.metadata)!);
    const fields = partitionFields(spec, currentSchema(after.metadata));
    const bytes = io.files.get(manifest!.manifestPath)!;
    const [entry] = readManifest(bytes, { manifest: manifest!, fields, what: "manifest" });
    expect(entry!.dataFile.partition).toEqual([5n]);
    expect(after.metadata.snapshots[0]!.schemaId).toBe(1);
  });

  it("commits to a v1 table that has no UUID, which early writers left out (MET-059)", async () => {
    const { client, table } = await setUp(1);
    const { tableUuid: _, ...metadata } = table.metadata;
    const base: LoadedTable = { ...table, metadata };
    const { snapshot } = await fastAppend(applying(client, ["assert-ref-snapshot-id"]), base, [file("a")]);
    expect(snapshot.sequenceNumber).toBe(0);
  });
});

/** A catalog that takes any base for the current version: for bases of a form we do not write. */
function applying(client: MemoryCatalogClient, requirementTypes?: readonly string[]) {
  const stub = Object.assign(Object.create(client) as MemoryCatalogClient, {
    async commitTable(...[base, requirements, updates]: Parameters<MemoryCatalogClient["commitTable"]>) {
      if (requirementTypes !== undefined)
        expect(requirements.map(({ type }) => type)).toEqual(requirementTypes);
      const metadata = applyUpdates(base.metadata, updates, { nowMs: 1_700_000_000_000 });
      return { kind: "committed", table: { ...base, metadata } };
    },
  });
  return { client: stub, runtime: systemRuntime };
}
