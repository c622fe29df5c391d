import { cp, mkdir, mkdtemp, readdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { IcebergError } from "../../../src/base/index.ts";
import { FileCatalogClient } from "../../../src/catalog/node.ts";
import { LocalFileIO } from "../../../src/io/node.ts";
import { fileCatalog, openTable } from "../../../src/node.ts";
import { defineSchema, required, t } from "../../../src/schema/index.ts";
import type { Catalog } from "../../../src/table/index.ts";

const schema = defineSchema({ id: required(t.long()) });
let root: string;
let catalog: Catalog;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "icewright-safety-"));
  catalog = fileCatalog(root);
  await catalog.createNamespace("ns");
});
afterEach(() => rm(root, { recursive: true, force: true }));

const count = async (name: string) => await (await fileCatalog(root).loadTable(name)).scan().count();
const files = async (folder: string) => (await readdir(join(root, folder), { recursive: true })).sort();

describe("FileCatalogClient", () => {
  it("never writes an old table over one that was made anew in its place (CMT-056, MET-058)", async () => {
    const old = await catalog.createTable("ns.t", schema);
    await rm(`${root}/ns/t`, { recursive: true });
    const anew = await fileCatalog(root).createTable("ns.t", schema);
    const before = await files("ns/t");
    await expect(old.append([{ id: 1n }])).rejects.toMatchObject({
      code: "validation-failed",
      message: expect.stringMatching(/dropped and made anew/),
    });
    expect((await files("ns/t")).filter((name) => /\.(json|parquet|avro|text)$/.test(name))).toEqual(
      before.filter((name) => /\.(json|parquet|avro|text)$/.test(name)),
    );
    await anew.append([{ id: 2n }]);
    expect((await fileCatalog(root).loadTable("ns.t")).metadata.tableUuid).toBe(anew.metadata.tableUuid);
  });

  it("does not take a version for unpublished that newer ones have deleted: its files stay (CMT-009)", async () => {
    const properties = {
      "write.metadata.delete-after-commit.enabled": "true",
      "write.metadata.previous-versions-max": "1",
      "commit.status-check.min-wait-ms": "1",
    };
    await catalog.createTable("ns.t", schema, { properties });
    class LateFailure extends LocalFileIO {
      override async create(...args: Parameters<LocalFileIO["create"]>) {
        const outcome = await super.create(...args);
        if (!args[0].endsWith("/v2.metadata.json")) return outcome;
        for (const id of [2n, 3n, 4n]) {
          const other = await fileCatalog(root).loadTable("ns.t");
          await other.as(schema).append([{ id }]);
        }
        throw new IcebergError("io-failed", "the folder could not be synced");
      }
    }
    const failing = await fileCatalog(root, { io: new LateFailure() }).loadTable("ns.t");
    await failing.as(schema).append([{ id: 1n }]);
    expect(await files("ns/t/metadata")).not.toContain("v2.metadata.json");
    const rows = await (await fileCatalog(root).loadTable("ns.t")).as(schema).scan().toArray();
    expect(rows.map(({ id }) => id).sort()).toEqual([1n, 2n, 3n, 4n]);
  });

  it("still commits to a packed table, whose UUID no plain look into the file finds", async () => {
    const properties = { "write.metadata.compression-codec": "gzip" };
    const table = await catalog.createTable("ns.t", schema, { properties });
    const { table: next } = await table.append([{ id: 1n }]);
    await next.append([{ id: 2n }]);
    expect(await count("ns.t")).toBe(2);
  });

  it("refuses to write through a copy of a table: its files would land in the original", async () => {
    const table = await catalog.createTable("ns.t", schema);
    await table.append([{ id: 1n }]);
    await cp(`${root}/ns/t`, `${root}/ns/copy`, { recursive: true });
    const copy = (await catalog.loadTable("ns.copy")).as(schema);
    const before = await files("ns/t");
    await expect(copy.append([{ id: 2n }])).rejects.toMatchObject({
      code: "validation-failed",
      message: expect.stringMatching(/ns\.copy.*ns\/t/),
    });
    expect(await files("ns/t")).toEqual(before);
    expect(await count("ns.copy")).toBe(1);
  });

  it("writes through another path to the same folder", async () => {
    await catalog.createTable("ns.t", schema);
    await symlink(root, `${root}-link`);
    try {
      const linked = fileCatalog(`${root}-link`);
      await (await linked.loadTable("ns.t")).as(schema).append([{ id: 1n }]);
      expect(await count("ns.t")).toBe(1);
    } finally {
      await rm(`${root}-link`);
    }
  });

  it("refuses to move a table", async () => {
    const client = new FileCatalogClient(root);
    const base = await client.createTable({ namespace: ["ns"], name: "t" }, { schema });
    const moving = client.commitTable(
      base,
      [],
      [{ action: "set-location", location: `file://${root}/elsewhere` }],
    );
    await expect(moving).rejects.toMatchObject({ code: "validation-failed" });
  });

  it("a version that cannot be looked at is an error, not an older table", async () => {
    const table = await catalog.createTable("ns.t", schema);
    await table.append([{ id: 1n }]);
    await rename(`${root}/ns/t/metadata/v2.metadata.json`, `${root}/ns/t/metadata/gone`);
    await symlink("v2.metadata.json", `${root}/ns/t/metadata/v2.metadata.json`); // a loop: ELOOP
    await writeFile(`${root}/ns/t/metadata/version-hint.text`, "1");
    await expect(fileCatalog(root).loadTable("ns.t")).rejects.toMatchObject({
      code: "io-failed",
      message: expect.stringContaining("v2.metadata.json"),
    });
  });

  it("a table or namespace called metadata hides nothing", async () => {
    await catalog.createTable("ns.metadata", schema);
    await catalog.createTable("ns.t", schema);
    expect((await catalog.listTables("ns")).map(({ name }) => name)).toEqual(["metadata", "t"]);
    expect(await catalog.listNamespaces()).toEqual([["ns"]]);
  });

  it("a creation that died half-way is no table, and can be made again", async () => {
    await mkdir(`${root}/ns/t/metadata`, { recursive: true });
    await writeFile(`${root}/ns/t/metadata/.0199.tmp`, "{");
    expect(await catalog.listTables("ns")).toEqual([]);
    await catalog.createTable("ns.t", schema);
    expect((await catalog.listTables("ns")).map(({ name }) => name)).toEqual(["t"]);
  });

  it("never creates over a table that another catalog keeps in the folder, and says how to write to it", async () => {
    await catalog.createTable("ns.t", schema);
    const metadata = `${root}/ns/t/metadata`;
    await rename(`${metadata}/v1.metadata.json`, `${metadata}/00000-1b7a.metadata.json`);
    await rm(`${metadata}/version-hint.text`);
    await expect(catalog.createTable("ns.t", schema)).rejects.toMatchObject({ code: "already-exists" });
    const open = fileCatalog(root, { writeForeignTables: true });
    const table = (await open.loadTable("ns.t")).as(schema);
    await expect(table.append([{ id: 1n }])).rejects.toMatchObject({
      code: "validation-failed",
      message: expect.stringMatching(/00000-1b7a\.metadata\.json.*through that catalog/),
    });
  });

  it("a commit that changes nothing writes nothing (CMT-014)", async () => {
    const table = await catalog.createTable("ns.t", schema, { properties: { owner: "me" } });
    const before = await files("ns/t");
    const { table: same } = await table.updateProperties({ set: { owner: "me" } });
    expect(same.metadataLocation).toBe(table.metadataLocation);
    expect(await files("ns/t")).toEqual(before);
  });

  it("a snapshot numbered on an older base is a conflict, not an error (CMT-019)", async () => {
    const client = new FileCatalogClient(root);
    const base = await client.createTable({ namespace: ["ns"], name: "t" }, { schema });
    const snapshot = {
      snapshotId: 1n,
      sequenceNumber: 0,
      timestampMs: 1,
      manifestList: "file:///x",
      parentSnapshotId: 9n,
    };
    const outcome = await client.commitTable(base, [], [{ action: "add-snapshot", snapshot }]);
    expect(outcome.kind).toBe("conflict");
  });

  it("a table is no namespace: neither above others nor when one is ensured", async () => {
    await catalog.createTable("ns.t", schema);
    await expect(catalog.ensureNamespace("ns.t")).rejects.toThrow(/ns\.t.*is a table/);
    await expect(catalog.createNamespace("ns.t.inner")).rejects.toThrow(/ns\.t.*is a table/);
    expect(await catalog.listNamespaces("ns")).toEqual([]);
  });

  it("refuses hidden names, which listings leave out", async () => {
    await expect(catalog.createNamespace([".hidden"])).rejects.toMatchObject({ code: "invalid-argument" });
    await expect(catalog.createTable(["ns", ".t"], schema)).rejects.toMatchObject({
      code: "invalid-argument",
    });
  });
});

describe("fileCatalog() and openTable()", () => {
  it.each(["s3://bucket/warehouse", "https://example.com/warehouse"])(
    "refuse %s instead of taking it for a folder name",
    async (location) => {
      expect(() => fileCatalog(location)).toThrow(/local file system/);
      await expect(openTable(location)).rejects.toThrow(/local file system/);
    },
  );
});
