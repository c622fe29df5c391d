/** Reading what was written before the schema or the partitioning changed, through the public API. @module */
import { parquetWriteBuffer } from "hyparquet-writer";
import { describe, expect, it } from "vitest";
import { fastAppend } from "../../../src/commit/index.ts";
import {
  asc,
  bucket,
  Catalog,
  day,
  defineSchema,
  eq,
  formatNameMapping,
  gt,
  hour,
  identity,
  isNull,
  MemoryCatalogClient,
  nameMappingOf,
  optional,
  required,
  type Schema,
  systemRuntime,
  type Table,
  t,
} from "../../../src/index.ts";
import type { DataFile } from "../../../src/manifests/index.ts";
import type { PartitionTerm } from "../../../src/partitioning/index.ts";
import { Scan } from "../../../src/reading/index.ts";

async function setUp(
  schema: Schema,
  partitionSpec: readonly PartitionTerm[] = [],
  formatVersion: 1 | 2 | 3 = 3,
) {
  const client = new MemoryCatalogClient();
  const catalog = new Catalog(client);
  await catalog.ensureNamespace("ns");
  const table: Table = await catalog.createTable("ns.t", schema, { partitionSpec, formatVersion });
  return { client, table };
}
const rowsOf = async (table: Table, filter?: ReturnType<typeof eq>) => {
  const rows = await table.scan(filter === undefined ? {} : { filter }).toArray();
  return rows.toSorted((a, b) => Number(a.id) - Number(b.id));
};

describe("a struct with new fields", () => {
  it("has their defaults where it is in the file, and is null where it was (SCH-042, SCH-043)", async () => {
    const { table } = await setUp(
      defineSchema({ id: required(t.int()), who: optional(t.struct({ name: optional(t.string()) })) }),
    );
    const { table: old } = await table.append([
      { id: 1, who: { name: "a" } },
      { id: 2, who: null },
      { id: 3 },
    ]);
    const { table: next } = await old.updateSchema((u) =>
      u
        .addColumn("who.age", t.int(), { default: 7 })
        .addColumn(
          "home",
          t.struct({ city: optional(t.string(), { initialDefault: "x", writeDefault: "y" }) }),
          { default: {} },
        )
        .addColumn("away", t.struct({ city: optional(t.string(), { initialDefault: "x" }) })),
    );
    expect(await rowsOf(next)).toEqual([
      { id: 1, who: { name: "a", age: 7 }, home: { city: "x" }, away: null },
      { id: 2, who: null, home: { city: "x" }, away: null },
      { id: 3, who: null, home: { city: "x" }, away: null },
    ]);
    const { table: later } = await next.append([
      { id: 4, who: {} },
      { id: 5, home: { city: null } },
    ]);
    expect((await rowsOf(later)).slice(3)).toEqual([
      { id: 4, who: { name: null, age: 7 }, home: { city: "y" }, away: null },
      { id: 5, who: null, home: { city: null }, away: null },
    ]);
  });

  it("that are all it has left still tells null from empty (SCH-078)", async () => {
    const { table } = await setUp(
      defineSchema({ id: required(t.int()), who: optional(t.struct({ name: optional(t.string()) })) }),
    );
    const { table: old } = await table.append([{ id: 1, who: { name: "a" } }, { id: 2 }]);
    const { table: next } = await old.updateSchema((u) =>
      u.addColumn("who.age", t.int()).deleteColumn("who.name"),
    );
    expect(await rowsOf(next)).toEqual([
      { id: 1, who: { age: null } },
      { id: 2, who: null },
    ]);
  });
});

describe("a new required column", () => {
  it("fails old rows by name, at any depth, and leaves new ones alone (SCH-076)", async () => {
    const schema = defineSchema({
      id: required(t.int()),
      who: optional(t.struct({ name: optional(t.string()) })),
    });
    const force = async (path: string) => {
      const { table: old } = await (await setUp(schema)).table.append([{ id: 1, who: { name: "a" } }]);
      return await old.updateSchema((u) =>
        u.allowIncompatibleChanges().addColumn(path, t.int(), { required: true }),
      );
    };
    const { table: top } = await force("must");
    await expect(rowsOf(top)).rejects.toThrow(/required column must \(id \d+\) is missing .* has no default/);
    const { table: nested } = await force("who.must");
    await expect(rowsOf(nested)).rejects.toThrow(
      /it lacks field must \(id \d+\), which is required and has no default/,
    );
    const { table: fresh } = await nested.append([{ id: 2, who: { must: 1 } }]);
    expect(await rowsOf(fresh, gt("id", 1))).toEqual([{ id: 2, who: { name: null, must: 1 } }]);
  });
});

describe("a promoted column", () => {
  it("that holds a day no timestamp can hold fails the read (SCH-061)", async () => {
    const { table } = await setUp(defineSchema({ id: required(t.int()), at: optional(t.date()) }));
    const { table: old } = await table.append([
      { id: 1, at: 19_000 },
      { id: 2, at: 106_752 },
    ]);
    const promoted = (type: Parameters<typeof defineSchema>[0][string]["type"]) =>
      old.updateSchema((u) => u.updateColumn("at", { type }));
    const { table: micros } = await promoted(t.timestamp());
    expect(await rowsOf(micros)).toEqual([
      { id: 1, at: 1_641_600_000_000_000n },
      { id: 2, at: 9_223_372_800_000_000n },
    ]);
    const { table: before } = await setUp(defineSchema({ id: required(t.int()), at: optional(t.date()) }));
    const { table: far } = await before.append([{ id: 2, at: 106_752 }]);
    const { table: nanos } = await far.updateSchema((u) => u.updateColumn("at", { type: t.timestampNs() }));
    await expect(rowsOf(nanos)).rejects.toThrow(
      /Cannot promote day 106752 to timestamp_ns: it is out of range/,
    );
  });

  it("still prunes by the bounds of old files, and by their partitions (SCH-058, MAN-079)", async () => {
    const schema = defineSchema({ id: required(t.int()), shard: required(t.int()) });
    const { table } = await setUp(schema, [identity("shard"), bucket(4, "id")]);
    const { table: old } = await table.append([1, 2, 3, 4].map((id) => ({ id, shard: id % 2 })));
    const { table: next } = await old.updateSchema((u) =>
      u.updateColumn("id", { type: t.long() }).updateColumn("shard", { type: t.long() }),
    );
    const { table: both } = await next.append([{ id: 2n ** 40n, shard: 1n }]);
    expect(await rowsOf(both, eq("shard", 1n))).toEqual([
      { id: 1n, shard: 1n },
      { id: 3n, shard: 1n },
      { id: 2n ** 40n, shard: 1n },
    ]);
    const scan = both.scan({ filter: eq("id", 3) });
    expect(await scan.toArray()).toEqual([{ id: 3n, shard: 1n }]);
    expect(scan.report.metrics.resultDataFiles).toBe(1);
  });
});

describe("a changed partition spec", () => {
  it.each([1, 2, 3] as const)(
    "reads the files of every spec, with filters (v%i, PRT-038, PRT-039, SCN-002)",
    async (formatVersion) => {
      const schema = defineSchema({
        id: required(t.int()),
        ts: required(t.timestamptz()),
        kind: optional(t.string()),
      });
      const { table } = await setUp(schema, [day("ts"), identity("kind")], formatVersion);
      const row = (id: number, kind: string | null) => ({ id, kind, ts: new Date(Date.UTC(2025, 0, id)) });
      const { table: one } = await table.append([row(1, "a"), row(2, null)]);
      const { table: spec1 } = await one.updateSpec((u) =>
        u.removeField("ts_day").addField(hour("ts")).renameField("kind", "sort"),
      );
      const { table: sorted } = await spec1.replaceSortOrder([asc("ts")]);
      const { table: two } = await sorted.append([row(3, "a"), row(4, "b")]);
      const { table: spec2 } = await two.updateSpec((u) => u.removeField("ts_hour").removeField("sort"));
      const { table: three } = await spec2.append([row(5, "a")]);
      const ids = async (filter?: ReturnType<typeof eq>) => (await rowsOf(three, filter)).map(({ id }) => id);
      expect(await ids()).toEqual([1, 2, 3, 4, 5]);
      expect(await ids(eq("kind", "a"))).toEqual([1, 3, 5]);
      expect(await ids(isNull("kind"))).toEqual([2]);
      expect(await ids(gt("ts", new Date(Date.UTC(2025, 0, 2)).toISOString()))).toEqual([3, 4, 5]);
    },
  );

  it.each([1, 2] as const)(
    "whose old sources are dropped does not hinder reading or writing (v%i, SCH-069, PRT-032)",
    async (formatVersion) => {
      const schema = defineSchema({
        id: required(t.int()),
        kind: optional(t.string()),
        ts: optional(t.timestamptz()),
      });
      const { table } = await setUp(schema, [identity("kind"), day("ts")], formatVersion);
      const { table: one } = await table.append([
        { id: 1, kind: "a", ts: new Date(0) },
        { id: 2, kind: "b" },
      ]);
      const { table: free } = await one.updateSpec((u) => u.removeField("kind").removeField("ts_day"));
      const { table: less } = await free.updateSchema((u) => u.deleteColumn("kind").deleteColumn("ts"));
      const { table: two } = await less.append([{ id: 3 }]);
      expect(await rowsOf(two)).toEqual([{ id: 1 }, { id: 2 }, { id: 3 }]);
      const { table: again } = await two.updateSchema((u) => u.addColumn("kind", t.string()));
      expect(await rowsOf(again, isNull("kind"))).toHaveLength(3);
    },
  );
});

describe("a data file without field ids", () => {
  const schema = defineSchema({
    id: required(t.int()),
    "x.y": optional(t.string()),
    a: optional(t.struct({ b: optional(t.string()) })),
  });

  /** A table with one file of three rows that some importer registered. */
  async function imported(
    mapping: string | undefined,
    target: Schema = schema,
    metrics: Partial<DataFile> = {},
  ) {
    const { client, table } = await setUp(target);
    const { table: mapped } =
      mapping === undefined
        ? { table }
        : await table.updateProperties({ set: { "schema.name-mapping.default": mapping } });
    const bytes = new Uint8Array(
      parquetWriteBuffer({
        columnData: [
          { name: "id", data: [1, 2, 3], type: "INT32", nullable: false },
          { name: "x.y", data: ["x", null, "z"], type: "STRING" },
          { name: "a.b", data: ["not", "the", "struct's"], type: "STRING" },
          { name: "stranger", data: [1, 2, 3], type: "INT32" },
        ],
      }),
    );
    const filePath = `${table.location}/data/imported.parquet`;
    await mapped.io.create(filePath, [bytes]);
    const file = {
      content: "data",
      filePath,
      fileFormat: "parquet",
      specId: 0,
      partition: [],
      recordCount: 3,
      fileSizeInBytes: bytes.length,
      ...metrics,
    } as const;
    const base = await client.loadTable(table.identifier);
    await fastAppend({ client, runtime: systemRuntime }, base, [file]);
    return await mapped.refresh();
  }

  it("is read by the table's name mapping, which follows names by structure (SCH-083, SCH-085)", async () => {
    const table = await imported(formatNameMapping(nameMappingOf(schema)));
    expect(await rowsOf(table)).toEqual([
      { id: 1, "x.y": "x", a: null },
      { id: 2, "x.y": null, a: null },
      { id: 3, "x.y": "z", a: null },
    ]);
    expect(await rowsOf(table, gt("id", 2))).toHaveLength(1);
    const { table: renamed } = await table.updateSchema((u) =>
      u.renameColumn("id", "key").updateColumn("id", { type: t.long() }),
    );
    expect((await renamed.scan({ select: ["key"] }).toArray()).map(({ key }) => key)).toEqual([1n, 2n, 3n]);
  });

  it("is not pruned by metrics of a column whose name another one has taken since (SCH-085, SCN-045)", async () => {
    const number = (value: number) => Uint8Array.of(value, 0, 0, 0);
    const table = await imported(
      formatNameMapping(nameMappingOf(schema)),
      defineSchema({ id: optional(t.int()) }),
      {
        valueCounts: new Map([[1, 3]]),
        nullValueCounts: new Map([[1, 0]]),
        lowerBounds: new Map([[1, number(1)]]),
        upperBounds: new Map([[1, number(3)]]),
      },
    );
    const { table: changed } = await table.updateSchema((u) =>
      u.renameColumn("id", "key").addColumn("id", t.int()),
    );
    const mapping = formatNameMapping(nameMappingOf(changed.schema));
    const { table: taken } = await changed.updateProperties({
      set: { "schema.name-mapping.default": mapping },
    });
    const rows = [1, 2, 3].map((id) => ({ key: null, id }));
    expect(await rowsOf(taken)).toEqual(rows);
    expect(await rowsOf(taken, isNull("key"))).toEqual(rows);
    expect(await rowsOf(taken, gt("id", 1))).toEqual(rows.slice(1));
    expect(await taken.scan({ filter: gt("key", 0) as never }).count()).toBe(0);
    expect(await taken.scan().rangeFromMetadata("key" as never)).toBeUndefined();
    expect((await taken.scan({ filter: isNull("key") as never }).explain()).files.kept).toBe(1);
    // Old schemas may have gone: no metrics stand for a look at the rows under any mapping.
    const metadata = { ...taken.metadata, schemas: taken.metadata.schemas.slice(-1) };
    const forgetful = { identifier: taken.identifier, metadataLocation: "", io: taken.io, metadata };
    expect(await new Scan(forgetful, { filter: gt("key", 0) }).count()).toBe(0);
  });

  it("has none of the columns without a mapping: names are not guessed (SCH-087)", async () => {
    const optionals = defineSchema({ id: optional(t.int()), d: optional(t.int(), { initialDefault: 4 }) });
    const table = await imported(undefined, optionals);
    expect(await rowsOf(table)).toEqual(Array(3).fill({ id: null, d: 4 }));
    await expect(rowsOf(await imported(undefined))).rejects.toThrow(/required column id \(id 1\) is missing/);
  });

  it("reports a mapping that cannot be read; other files need none", async () => {
    const table = await imported("[{");
    await expect(rowsOf(table)).rejects.toMatchObject({ code: "invalid-schema" });
    const { table: plain } = await setUp(schema);
    const { table: set } = await plain.updateProperties({ set: { "schema.name-mapping.default": "[{" } });
    const { table: written } = await set.append([{ id: 1, "x.y": "x" }]);
    expect(await rowsOf(written)).toEqual([{ id: 1, "x.y": "x", a: null }]);
  });
});
