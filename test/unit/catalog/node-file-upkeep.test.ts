/** Deleting old versions, dropping and purging of a file catalog, with writers that are stopped at the worst moment. */
import { cp, mkdir, mkdtemp, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { CreateOptions, CreateOutcome, FileBytes } from "../../../src/base/index.ts";
import type { CommitOutcome, LoadedTable, TableIdentifier } from "../../../src/catalog/index.ts";
import { FileCatalogClient } from "../../../src/catalog/node.ts";
import { LocalFileIO } from "../../../src/io/node.ts";
import { fileCatalog } from "../../../src/node.ts";
import { defineSchema, required, t } from "../../../src/schema/index.ts";

const schema = defineSchema({ id: required(t.long()) });
const id: TableIdentifier = { namespace: ["ns"], name: "t" };
const short = new Map([
  ["write.metadata.previous-versions-max", "1"],
  ["write.metadata.delete-after-commit.enabled", "true"],
]);
let root: string;
let metadata: string;
let client: FileCatalogClient;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "icewright-upkeep-"));
  metadata = `${root}/ns/t/metadata`;
  client = new FileCatalogClient(root);
  await client.createNamespace(["ns"]);
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function commit(base: LoadedTable, value: string, by = client): Promise<CommitOutcome> {
  return await by.commitTable(base, [], [{ action: "set-properties", updates: new Map([["a", value]]) }]);
}

async function committed(outcome: Promise<CommitOutcome>): Promise<LoadedTable> {
  const settled = await outcome;
  if (settled.kind !== "committed") throw settled.error;
  return settled.table;
}

async function commits(base: LoadedTable, count: number): Promise<LoadedTable> {
  let table = base;
  for (let i = 0; i < count; i++) table = await committed(commit(table, `${table.metadataLocation} ${i}`));
  return table;
}

const versions = async () => (await readdir(metadata)).filter((name) => name.startsWith("v")).sort();

/** A store whose next publication stops between its last look at the table and the link. */
class StoppingIO extends LocalFileIO {
  private arrive!: () => void;
  private release!: () => void;
  readonly arrived = new Promise<void>((resolve) => {
    this.arrive = resolve;
  });
  private readonly released = new Promise<void>((resolve) => {
    this.release = resolve;
  });

  override create(location: string, content: FileBytes, options: CreateOptions = {}): Promise<CreateOutcome> {
    const { guard } = options;
    if (guard === undefined) return super.create(location, content, options);
    const stopping = async () => {
      await guard();
      this.arrive();
      await this.released;
    };
    return super.create(location, content, { ...options, guard: stopping });
  }

  go(): void {
    this.release();
  }
}

describe("write.metadata.delete-after-commit.enabled in a file catalog", () => {
  it("deletes the versions that fall off the log, no others (MET-040)", async () => {
    const table = await commits(await client.createTable(id, { schema, properties: short }), 4);
    expect(await versions()).toEqual(["v4.metadata.json", "v5.metadata.json", "version-hint.text"]);
    expect(table.metadata.metadataLog).toHaveLength(1);
    await writeFile(`${metadata}/v1.metadata.json`, "not in the log");
    await commits(table, 1);
    expect(await versions()).toContain("v1.metadata.json");
  });

  it("deletes nothing without the property", async () => {
    const properties = new Map([["write.metadata.previous-versions-max", "1"]]);
    await commits(await client.createTable(id, { schema, properties }), 3);
    expect(await versions()).toHaveLength(5);
  });

  it.each(["1", "2", "4", "5", "99", "", "x"])(
    "finds the newest version with the hint %j (CMT-005, MET-064)",
    async (hint) => {
      const table = await commits(await client.createTable(id, { schema, properties: short }), 4);
      await writeFile(`${metadata}/version-hint.text`, hint);
      expect((await client.loadTable(id)).metadataLocation).toBe(table.metadataLocation);
    },
  );

  it("takes no survivor below a gap for the newest version, whatever the hint says", async () => {
    const base = await client.createTable(id, { schema });
    const two = await commits(base, 1);
    const on = { action: "set-properties", updates: short } as const;
    const last = await commits(await committed(client.commitTable(two, [], [on])), 4);
    expect(await versions()).not.toContain("v3.metadata.json");
    await writeFile(`${metadata}/v2.metadata.json`, JSON.stringify({ "table-uuid": two.metadata.tableUuid }));
    await writeFile(`${metadata}/version-hint.text`, "2");
    expect((await client.loadTable(id)).metadataLocation).toBe(last.metadataLocation);
    const stale = await commit(two, "stale");
    expect(stale).toMatchObject({
      kind: "conflict",
      error: { message: expect.stringContaining("version 7") },
    });
  });

  it("a stale writer stopped right before its link cannot take a number that was freed meanwhile", async () => {
    const base = await client.createTable(id, { schema, properties: short });
    const io = new StoppingIO();
    const stale = commit(base, "stale", new FileCatalogClient(root, { io }));
    await io.arrived;
    const last = await commits(base, 4);
    expect(await versions(), "the number it wants is free").not.toContain("v2.metadata.json");
    io.go();
    expect(await stale).toMatchObject({ kind: "conflict" });
    expect(await versions()).toEqual(["v4.metadata.json", "v5.metadata.json", "version-hint.text"]);
    expect((await client.loadTable(id)).metadataLocation).toBe(last.metadataLocation);
    expect((await readdir(metadata)).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });

  it("control: with the same versions merely deleted, that writer hides the commits of the others", async () => {
    const base = await client.createTable(id, { schema });
    const io = new StoppingIO();
    const stale = commit(base, "stale", new FileCatalogClient(root, { io }));
    await io.arrived;
    const last = await commits(base, 4);
    for (const name of ["v1", "v2", "v3"]) await rm(`${metadata}/${name}.metadata.json`);
    io.go();
    expect((await stale).kind).toBe("committed");
    expect((await client.loadTable(id)).metadataLocation).not.toBe(last.metadataLocation);
  });

  it("writers that race while versions are deleted lose no commit", async () => {
    const properties = {
      ...Object.fromEntries(short),
      "commit.retry.num-retries": "100",
      "commit.retry.min-wait-ms": "1",
      "commit.retry.max-wait-ms": "5",
    };
    await fileCatalog(root).createTable("ns.t", schema, { properties });
    const acknowledged: bigint[] = [];
    const writer = async (from: number) => {
      // A client of its own each: they do not queue as writers of one client do.
      let table = (await fileCatalog(root).loadTable("ns.t")).as(schema);
      for (let at = from; at < from + 8; at++) {
        table = (await table.append([{ id: BigInt(at) }])).table;
        acknowledged.push(BigInt(at));
      }
    };
    await Promise.all([0, 100, 200, 300].map(writer));
    const table = await fileCatalog(root).loadTable("ns.t");
    const ids = (await table.scan().toArray()).map((row) => row.id as bigint);
    const sorted = (list: readonly bigint[]) => [...list].sort((a, b) => Number(a - b));
    expect(sorted(ids)).toEqual(sorted(acknowledged));
    expect(table.metadata.lastSequenceNumber).toBe(32);
    expect(table.metadataLocation).toMatch(/v33\.metadata\.json$/);
    expect((await versions()).length, "versions left").toBeLessThan(8);
  });

  it("a writer that is not stale keeps its temporary file through the deletions of others", async () => {
    const base = await commits(await client.createTable(id, { schema, properties: short }), 4);
    await writeFile(`${metadata}/.v6.metadata.json.0199.tmp`, "of a writer of version 6");
    await writeFile(`${metadata}/.m0.avro.0199.tmp`, "of a manifest");
    await writeFile(`${metadata}/.v3.metadata.json.0199.tmp`, "of a writer long gone");
    await commits(base, 1);
    const left = (await readdir(metadata)).filter((name) => name.endsWith(".tmp"));
    expect(left.sort()).toEqual([".m0.avro.0199.tmp", ".v6.metadata.json.0199.tmp"]);
  });
});

describe("FileCatalogClient.dropTable()", () => {
  it.each([false, true])(
    "a writer stopped right before its link cannot bring the table back (anew %s)",
    async (anew) => {
      const base = await client.createTable(id, { schema });
      const io = new StoppingIO();
      const stale = commit(base, "stale", new FileCatalogClient(root, { io }));
      await io.arrived;
      await client.dropTable(id);
      if (anew) await client.createTable(id, { schema });
      io.go();
      expect(await stale).toMatchObject({ kind: "conflict" });
      expect(await client.listTables(["ns"])).toEqual(anew ? [id] : []);
      if (anew) expect((await client.loadTable(id)).metadata.properties.has("a")).toBe(false);
    },
  );

  it("a writer that comes just after it makes no folder anew", async () => {
    const base = await client.createTable(id, { schema });
    class LateIO extends LocalFileIO {
      override async create(...args: Parameters<LocalFileIO["create"]>): Promise<CreateOutcome> {
        await client.dropTable(id);
        return await super.create(...args);
      }
    }
    const late = commit(base, "late", new FileCatalogClient(root, { io: new LateIO() }));
    expect(await late).toMatchObject({ kind: "conflict" });
    expect(await client.listNamespaces(["ns"])).toEqual([]);
    await expect(client.loadTable(id)).rejects.toMatchObject({ code: "no-such-table" });
  });

  it("keeps the files under a hidden name, from which the table can be brought back", async () => {
    const catalog = fileCatalog(root);
    const { table } = await (await catalog.createTable("ns.t", schema)).append([{ id: 1n }]);
    await catalog.dropTable("ns.t");
    const [hidden] = await readdir(`${root}/ns`);
    expect(hidden).toMatch(/^\.t\..*\.dropped$/);
    await expect(catalog.dropNamespace("ns")).rejects.toMatchObject({
      code: "namespace-not-empty",
      message: expect.stringContaining("the files of a dropped table"),
    });
    await rename(`${root}/ns/${hidden}`, `${root}/ns/t`);
    const back = (await catalog.loadTable("ns.t")).as(schema);
    expect(back.metadataLocation).toBe(table.metadataLocation);
    expect(await back.scan().toArray()).toEqual([{ id: 1n }]);
  });

  it("purge deletes what the metadata leads to and the catalog's own files, and leaves no folder", async () => {
    const catalog = fileCatalog(root);
    let table = await catalog.createTable("ns.t", schema, { properties: Object.fromEntries(short) });
    for (const n of [1n, 2n, 3n]) table = (await table.append([{ id: n }])).table;
    await writeFile(`${metadata}/.v4.metadata.json.0199.tmp`, "left by a crash");
    await mkdir(`${metadata}/.turns`);
    await catalog.dropTable("ns.t", { purge: true });
    expect(await readdir(`${root}/ns`)).toEqual([]);
  });

  it("purge never deletes files that are not the table's, inside its folder or outside", async () => {
    const catalog = fileCatalog(root);
    const first = await catalog.createTable("ns.other", schema);
    const { table: other } = await first.append([{ id: 1n }]);
    const { table } = await (await catalog.createTable("ns.t", schema)).append([{ id: 2n }]);
    await writeFile(`${root}/ns/t/data/notes.txt`, "mine");
    await catalog.dropTable("ns.t", { purge: true });
    expect(await other.scan().toArray()).toEqual([{ id: 1n }]);
    const [hidden] = (await readdir(`${root}/ns`)).filter((name) => name.startsWith("."));
    expect(await readdir(`${root}/ns/${hidden}`, { recursive: true })).toEqual(["data", "data/notes.txt"]);
    expect(table.location).toBe(`file://${root}/ns/t`);
  });

  it("refuses to purge a table with gc.enabled=false, or a copy, and drops nothing (CMT-074)", async () => {
    const catalog = fileCatalog(root);
    const made = await catalog.createTable("ns.t", schema, { properties: { "gc.enabled": "false" } });
    const { table } = await made.append([{ id: 1n }]);
    await expect(catalog.dropTable("ns.t", { purge: true })).rejects.toMatchObject({
      code: "validation-failed",
      message: expect.stringContaining("gc.enabled=false"),
    });
    await cp(`${root}/ns/t`, `${root}/ns/copy`, { recursive: true });
    await expect(catalog.dropTable("ns.copy", { purge: true })).rejects.toThrow(/copied or moved/);
    await catalog.dropTable("ns.copy");
    expect(await table.scan().toArray()).toEqual([{ id: 1n }]);
    expect((await stat(`${root}/ns/t`)).isDirectory()).toBe(true);
  });
});
