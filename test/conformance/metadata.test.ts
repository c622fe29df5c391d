/** Requirements of table metadata that no unit test names: expectations are the specification's. */
import { describe, expect, it } from "vitest";
import { parseJson } from "../../src/base/index.ts";
import { fastAppend } from "../../src/commit/index.ts";
import { defineSchema, required, t } from "../../src/index.ts";
import { randomSnapshotId } from "../../src/io/index.ts";
import type { DataFile } from "../../src/manifests/index.ts";
import {
  applyUpdates,
  currentSnapshot,
  metadataFromJson,
  metadataToJson,
  newTableMetadata,
  printMetadata,
  printSnapshot,
  type Snapshot,
  type TableMetadata,
} from "../../src/metadata/index.ts";
import { memory, rowsOf, tableOf } from "./rows.ts";

const numbers = defineSchema({ n: required(t.long()) });
const ID = { namespace: ["ns"], name: "t" };
const UUID = "0b6f6a68-65aa-4e4e-b520-3f5d7b70c2a1";
const file = (name: string): DataFile => ({
  content: "data",
  filePath: `memory://w/${name}`,
  fileFormat: "parquet",
  specId: 0,
  partition: [],
  recordCount: 1,
  fileSizeInBytes: 1,
});

function emptyTable(changes: { location?: string; formatVersion?: number } = {}): TableMetadata {
  return newTableMetadata({ schema: numbers, location: "s3://b/t", uuid: UUID, nowMs: 1000, ...changes });
}

describe("properties are text (MET-016)", () => {
  it.each([1, true, null, {}])("%j as a value is refused on write", async (value) => {
    const { catalog } = await memory();
    const properties = { a: value } as unknown as Record<string, string>;
    await expect(catalog.createTable("ns.t", numbers, { properties })).rejects.toThrow(/property|"a"/);
  });
  it.each([[1], [[]], [{}]])("%j as a value is refused on read", (value) => {
    const json = { ...metadataToJson(emptyTable()), properties: { a: value } };
    expect(() => metadataFromJson(parseJson(JSON.stringify(json)))).toThrow(/"?a"?/);
  });
});

it("the first snapshot has no parent key, the second has (MET-021)", async () => {
  const { client, runtime, catalog } = await memory();
  await catalog.createTable("ns.t", numbers);
  const first = await fastAppend({ client, runtime }, await client.loadTable(ID), [file("a")]);
  const second = await fastAppend({ client, runtime }, first.table, [file("b")]);
  expect(printSnapshot(first.snapshot)).not.toContain("parent-snapshot-id");
  expect(printSnapshot(second.snapshot)).toMatch(
    new RegExp(`"parent-snapshot-id": ?${first.snapshot.snapshotId}\\b`),
  );
  expect(printMetadata(second.table.metadata)).not.toMatch(/"parent-snapshot-id":\s*null/);
});

describe("snapshot ids (MET-025, CMT-013)", () => {
  const bytes =
    (...all: number[]) =>
    () =>
      new Uint8Array(all);
  it.each([
    [[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], 2n ** 63n - 1n],
    [[0x80, 0, 0, 0, 0, 0, 0, 5], 5n],
    [[0, 0, 0, 0, 0, 0, 0, 0], 1n],
  ])("bytes %j give a positive int64", async (random, id) => {
    const { runtime } = await memory({ randomBytes: bytes(...random) });
    expect(randomSnapshotId(runtime)).toBe(id);
  });

  it("one that the table has is drawn again, and one operation keeps its own", async () => {
    const draws = [1, 1, 1, 2, 2];
    const randomBytes = (length: number) => {
      const drawn = new Uint8Array(length);
      if (length === 8) drawn[7] = draws.shift()!;
      return drawn;
    };
    const { client, runtime, catalog } = await memory({ randomBytes });
    await catalog.createTable("ns.t", numbers);
    const first = await fastAppend({ client, runtime }, await client.loadTable(ID), [file("a")]);
    const second = await fastAppend({ client, runtime }, first.table, [file("b")]);
    expect([first.snapshot.snapshotId, second.snapshot.snapshotId]).toEqual([1n, 2n]);
  });
});

it("a snapshot is not older than its parent when the clock goes back (MET-026, MET-013)", async () => {
  const times = [5_000_000_000_000, 4_000_000_000_000];
  let now = times[0]!;
  const { client, runtime, catalog } = await memory({ now: () => now });
  await catalog.createTable("ns.t", numbers);
  const first = await fastAppend({ client, runtime }, await client.loadTable(ID), [file("a")]);
  now = times[1]!;
  const second = await fastAppend({ client, runtime }, first.table, [file("b")]);
  expect(first.snapshot.timestampMs).toBe(5_000_000_000_000);
  expect(second.snapshot.timestampMs).toBe(5_000_000_000_000);
  expect(second.table.metadata.lastUpdatedMs).toBe(5_000_000_000_000);
});

describe("a scan relies on files alone", () => {
  /** A table of three rows, opened with changed metadata. */
  async function changed(change: (metadata: TableMetadata, snapshot: Snapshot) => Partial<TableMetadata>) {
    const { io, catalog } = await memory();
    const rows = [{ n: 1n }, { n: 2n }, { n: 3n }];
    const { metadata } = (await (await catalog.createTable("ns.t", numbers)).append(rows)).table;
    return tableOf(io, { ...metadata, ...change(metadata, currentSnapshot(metadata)!) });
  }

  it("and not on the totals of a summary (MET-033)", async () => {
    const table = await changed((_, snapshot) => {
      const wrong = [...snapshot.summary!].map(
        ([key, value]) => [key, /^[0-9]+$/.test(value) ? "-77" : value] as const,
      );
      return { snapshots: [{ ...snapshot, summary: new Map(wrong) }] };
    });
    expect(currentSnapshot(table.metadata)!.summary!.get("total-records")).toBe("-77");
    expect(await rowsOf(table)).toHaveLength(3);
    expect(await table.scan().count()).toBe(3);
  });

  it("and not on statistics: their files may be missing (MET-048)", async () => {
    const table = await changed((_, { snapshotId }) => ({
      statistics: [
        {
          snapshotId,
          statisticsPath: "s3://nowhere/s",
          fileSizeInBytes: 10,
          fileFooterSizeInBytes: 5,
          blobMetadata: [],
        },
      ],
      partitionStatistics: [{ snapshotId, statisticsPath: "s3://nowhere/p", fileSizeInBytes: 10 }],
    }));
    expect(await rowsOf(table)).toHaveLength(3);
  });

  it.each([[[]], [[{ keyId: "k1", encryptedKeyMetadata: "AAEC" }]]])(
    "an encrypted manifest list is refused, with the keys %j (MET-057)",
    async (encryptionKeys) => {
      const table = await changed((_, snapshot) => ({
        formatVersion: 3,
        encryptionKeys: encryptionKeys as unknown as TableMetadata["encryptionKeys"],
        snapshots: [{ ...snapshot, keyId: "k1" }],
      }));
      await expect(rowsOf(table)).rejects.toMatchObject({
        code: "unsupported",
        message: expect.stringContaining('"k1"'),
      });
    },
  );
});

it("a v1 table may have refs, which Java writes though v1 has none (MET-047)", () => {
  const metadata = emptyTable({ formatVersion: 1 });
  const snapshot = {
    snapshotId: 5n,
    sequenceNumber: 0,
    timestampMs: 1000,
    manifestList: "s3://b/l",
    summary: new Map([["operation", "append"]]),
    schemaId: 0,
  };
  const with5 = applyUpdates(
    metadata,
    [
      { action: "add-snapshot", snapshot },
      { action: "set-snapshot-ref", refName: "main", ref: { snapshotId: 5n, type: "branch" } },
      { action: "set-snapshot-ref", refName: "v", ref: { snapshotId: 5n, type: "tag" } },
    ],
    { nowMs: 2000 },
  );
  const json = {
    ...metadataToJson(with5),
    refs: {
      main: { "snapshot-id": 5, type: "branch" },
      old: { "snapshot-id": 5, type: "tag", "max-ref-age-ms": 9 },
    },
  };
  const read = metadataFromJson(
    parseJson(JSON.stringify(json, (_, value) => (typeof value === "bigint" ? Number(value) : value))),
  );
  expect(read.formatVersion).toBe(1);
  expect([...read.refs.keys()].toSorted()).toEqual(["main", "old"]);
  expect(read.refs.get("old")).toMatchObject({ type: "tag", snapshotId: 5n });
});

describe("an upgrade (MET-072)", () => {
  it.each([
    [1, 2],
    [1, 3],
    [2, 3],
  ] as const)("from v%i to v%i leaves every file as it is, and its rows", async (from, to) => {
    const { io, catalog } = await memory();
    const { table } = await (await catalog.createTable("ns.t", numbers, { formatVersion: from })).append([
      { n: 1n },
      { n: 2n },
    ]);
    const before = new Map([...io.files].filter(([name]) => !name.endsWith(".json")));
    const { table: upgraded } = await table.updateProperties({ set: { "format-version": String(to) } });
    expect(upgraded.metadata.formatVersion).toBe(to);
    for (const [name, bytes] of before) expect(io.files.get(name), name).toEqual(bytes);
    expect(await rowsOf(upgraded)).toEqual([{ n: 1n }, { n: 2n }]);
  });
});

describe("locations are absolute (MET-077, PRP-027)", () => {
  it("in everything that a table's metadata, lists and manifests name", async () => {
    const { io, catalog } = await memory();
    const { table } = await (
      await catalog.createTable("ns.t", numbers, {
        properties: { "write.data.path": "elsewhere", "write.metadata.path": "meta" },
      })
    ).append([{ n: 1n }]);
    const names = [...io.files.keys()];
    expect(names.length).toBeGreaterThan(3);
    for (const name of names) expect(name).toMatch(/^[a-z]+:\/\//);
    expect(table.location).toMatch(/^[a-z]+:\/\//);
    expect(currentSnapshot(table.metadata)!.manifestList).toMatch(/^[a-z]+:\/\//);
  });
});
