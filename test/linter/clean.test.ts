/** Tables that the library writes through its public API break no rule of the spec linter. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import zlib from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  defineSchema,
  month,
  optional,
  parsePartitionTerm,
  required,
  Schema,
  t,
  writeFiles,
} from "../../src/index.ts";
import type { TableUpdate } from "../../src/metadata/index.ts";
import { fileCatalog } from "../../src/node.ts";
import { decodeTraces } from "../../src/otlp-wire/index.ts";
import { mapSpans, traceEvents } from "../../src/telemetry/index.ts";
import { type WrittenTable, writtenTables } from "../interop/suites/written-tables.ts";
import { expectLintClean } from "./expect-clean.ts";
import { lintTable } from "./lint.ts";
import { inMemory, writeTable } from "./written.ts";

/** What this Node can compress with. */
const writable = ({ properties }: WrittenTable) =>
  properties?.["write.parquet.compression-codec"] !== "zstd" || "zstdCompressSync" in zlib;

const tables = new Map(writtenTables().map((table) => [table.name, table]));
const common = tables.get("common_v2")!;
const many = tables.get("codec_snappy")!;
const large = tables.get("many_rows")!;

/** Layouts, orders and versions beyond those of the interop suites. */
const variants: readonly WrittenTable[] = [
  { ...many, name: "sorted_descending", sort: ["-group", "-sparse", "unique"] },
  { ...many, name: "sorted_by_floats", sort: ["-value", "uid"] },
  { ...common, name: "sorted_over_nulls", sort: ["dbl", "-text", "bin", "meta.port"] },
  { ...large, name: "small_files", properties: { "write.target-file-size-bytes": "20000" }, sort: ["at"] },
  { ...many, name: "no_metrics_of_one", properties: { "write.metadata.metrics.column.unique": "none" } },
  ...[1, 2, 3].map(
    (version): WrittenTable => ({
      ...tables.get("by_bucket_4_num_bucket_3_text")!,
      name: `object_layout_v${version}`,
      version: version as 1 | 2 | 3,
      properties: {
        "write.object-storage.enabled": "true",
        "write.object-storage.partitioned-paths": String(version !== 2),
        "write.metadata.compression-codec": "gzip",
        "write.metadata.previous-versions-max": "2",
      },
      commits: tables
        .get("by_day")!
        .commits.flatMap((rows) => rows.slice(0, 6).map((row) => [row]))
        .slice(0, 5),
    }),
  ),
];

const folders: string[] = [];
let warehouse = "";
beforeAll(async () => {
  warehouse = await mkdtemp(join(tmpdir(), "icewright-lint-"));
  folders.push(warehouse);
});
afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

describe("lintTable() finds nothing in tables that we write", () => {
  it.each(
    [...tables.values(), ...variants].filter(writable).map((written) => [written.name, written] as const),
  )("in memory: %s", async (_, written) => {
    const { table, io } = await inMemory((catalog) => writeTable(catalog, written));
    await expectLintClean(table, io);
  });

  it("files and row groups are several where properties make them small", async () => {
    const small = variants.find(({ name }) => name === "small_files")!;
    const { table, io } = await inMemory((catalog) => writeTable(catalog, small));
    expect([...io.files.keys()].filter((location) => location.endsWith(".parquet")).length).toBeGreaterThan(
      1,
    );
    const { tasks } = await (await inMemory((catalog) => writeTable(catalog, large))).table.scan().plan();
    expect(tasks[0]!.dataFile.splitOffsets!.length).toBeGreaterThan(1);
    expect(table.currentSnapshot?.summary?.get("total-records")).toBe("12000");
  });

  it.each(["common_v1", "common_v3", "by_month_tstz_text"])("on a disk: %s", async (name) => {
    const catalog = fileCatalog(warehouse);
    await catalog.ensureNamespace("ns");
    const table = await writeTable(catalog, tables.get(name)!);
    await expectLintClean(table);
    expect(await lintTable(table.location.replace("file://", ""))).toEqual([]);
  });

  it("the telemetry sample", async () => {
    const sample = await readFile(new URL("../../sample/traces.pb", import.meta.url));
    const { rows } = mapSpans(decodeTraces(new Uint8Array(sample)));
    const half = rows.length >> 1;
    const { table, io } = await inMemory(async (catalog) => {
      let table = await catalog.createTable("ns.trace_events", traceEvents.schema, traceEvents.options);
      ({ table } = await table.append(rows.slice(0, half)));
      return (await table.append(rows.slice(half))).table as never;
    });
    await expectLintClean(table, io);
  });

  it("a table that is upgraded, widened and repartitioned between appends, with a tag and a branch", async () => {
    const schema = defineSchema({
      id: required(t.int()),
      at: required(t.timestamptz()),
      kind: optional(t.string()),
    });
    const row = (id: number) => ({ id, at: `2025-0${1 + (id % 3)}-05T00:00:00Z`, kind: `k${id}` });
    const { table, io } = await inMemory(async (catalog) => {
      const created = await catalog.createTable("ns.t", schema, {
        formatVersion: 1,
        partitionSpec: [month("at")],
      });
      const append = async (ids: readonly number[], long = false) => {
        const rows = ids.map(row).map(({ id, ...rest }) => ({ id: long ? BigInt(id) : id, ...rest }));
        return (await (await catalog.loadTable("ns.t")).append(rows)).snapshot.snapshotId;
      };
      const change = async (...updates: TableUpdate[]) => {
        const loaded = await catalog.client.loadTable(created.identifier);
        expect((await catalog.client.commitTable(loaded, [], updates)).kind).toBe("committed");
      };
      const first = await append([1, 2, 3]);
      await change({ action: "upgrade-format-version", formatVersion: 2 });
      await append([4, 5, 6]);
      const [id, ...others] = created.schema.fields;
      const added = { id: 4, name: "extra", type: t.double(), required: false } as const;
      const evolved = new Schema([{ ...id!, type: t.long() }, ...others, added], { schemaId: 1 });
      const { transform } = parsePartitionTerm("kind");
      await change(
        { action: "add-schema", schema: evolved },
        { action: "set-current-schema", schemaId: -1 },
        {
          action: "add-spec",
          spec: { specId: 1, fields: [{ sourceId: 3, fieldId: 1001, name: "kind", transform }] },
        },
        { action: "set-default-spec", specId: -1 },
        { action: "set-snapshot-ref", refName: "old", ref: { type: "tag", snapshotId: first } },
        { action: "set-snapshot-ref", refName: "audit", ref: { type: "branch", snapshotId: first } },
      );
      await append([7, 8, 9], true);
      await change({ action: "upgrade-format-version", formatVersion: 3 });
      await append([10, 11], true);
      await append([12], true);
      return await catalog.loadTable("ns.t");
    });
    expect(table.metadata.formatVersion).toBe(3);
    expect(table.metadata.nextRowId).toBe(12n);
    await expectLintClean(table, io);
  });

  it("a file that was written before the schema changed and committed after", async () => {
    const schema = defineSchema({ id: required(t.int()), kind: optional(t.string()) });
    const { table, io } = await inMemory(async (catalog) => {
      const created = await catalog.createTable("ns.t", schema, { formatVersion: 1 });
      const { dataFiles } = await writeFiles(created, [{ id: 1, kind: "a" }]);
      const committed = await created
        .newTransaction()
        .upgradeFormatVersion(2)
        .updateSchema((update) =>
          update
            .addColumn("extra", t.string())
            .updateColumn("id", { type: t.long() })
            .renameColumn("kind", "sort"),
        )
        .upgradeFormatVersion(3)
        .append(dataFiles)
        .commit();
      return committed.table;
    });
    expect(table.schema.fields.map(({ name }) => name)).toEqual(["id", "sort", "extra"]);
    await expectLintClean(table, io);
  });

  it("required columns, a table without rows in most columns, strings of every length around a truncation", async () => {
    const schema = defineSchema({
      id: required(t.long()),
      text: required(t.string()),
      bytes: optional(t.binary()),
      nothing: optional(t.double()),
      inner: required(t.struct({ deep: required(t.string()), x: optional(t.float()) })),
    });
    const units = ["a", "\u{7f}", "\u{7ff}", "\u{d7ff}", "\u{ffff}", "\u{10ffff}"];
    const rows = units.flatMap((unit, at) =>
      [1, 15, 16, 17, 40].map((length) => ({
        id: BigInt(at * 100 + length),
        text: unit.repeat(length),
        bytes: new Uint8Array(length).fill(0xff - at),
        inner: { deep: `x${unit.repeat(length)}`, x: at === 0 ? Number.NaN : -0 },
      })),
    );
    const { table, io } = await inMemory(async (catalog) => {
      let table = await catalog.createTable("ns.t", schema);
      for (const row of rows) ({ table } = await table.append([row]));
      return table as never;
    });
    await expectLintClean(table, io);
  });
});
