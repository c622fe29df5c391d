import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { IcebergError } from "../../../src/base/index.ts";
import type { LoadedTable, TableIdentifier } from "../../../src/catalog/index.ts";
import { FileCatalogClient, loadFileTable } from "../../../src/catalog/node.ts";
import { LocalFileIO } from "../../../src/io/node.ts";
import { printMetadata } from "../../../src/metadata/index.ts";
import { defineSchema, required, t } from "../../../src/schema/index.ts";

const schema = defineSchema({ id: required(t.long()) });
const id: TableIdentifier = { namespace: ["ns"], name: "t" };
let root: string;
let catalog: FileCatalogClient;
let metadata: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "icewright-files-"));
  catalog = new FileCatalogClient(root);
  await catalog.createNamespace(["ns"]);
  metadata = `${root}/ns/t/metadata`;
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function commitProperty(base: LoadedTable, key: string, value = "1"): Promise<LoadedTable> {
  const outcome = await catalog.commitTable(
    base,
    [],
    [{ action: "set-properties", updates: new Map([[key, value]]) }],
  );
  if (outcome.kind !== "committed") throw outcome.error;
  return outcome.table;
}

describe("FileCatalogClient", () => {
  it("writes Hadoop's layout and a hint without a newline (MET-064)", async () => {
    await commitProperty(await catalog.createTable(id, { schema }), "a");
    expect((await readdir(metadata)).sort()).toEqual([
      "v1.metadata.json",
      "v2.metadata.json",
      "version-hint.text",
    ]);
    expect(await readFile(`${metadata}/version-hint.text`, "utf8")).toBe("2");
  });

  it.each(["1", "", "garbage", "99", "1\n", undefined])(
    "finds the newest version with the hint %j",
    async (hint) => {
      const base = await catalog.createTable(id, { schema });
      await commitProperty(await commitProperty(base, "a"), "b");
      if (hint === undefined) await rm(`${metadata}/version-hint.text`);
      else await writeFile(`${metadata}/version-hint.text`, hint);
      const loaded = await catalog.loadTable(id);
      expect(loaded.metadataLocation).toBe(`file://${metadata}/v3.metadata.json`);
      await commitProperty(loaded, "c");
      expect(await readFile(`${metadata}/version-hint.text`, "utf8")).toBe("4");
    },
  );

  it("a version another writer published first is a conflict, and no temporary file stays", async () => {
    const base = await catalog.createTable(id, { schema });
    await commitProperty(base, "a");
    const stale = await catalog.commitTable(
      base,
      [],
      [{ action: "set-properties", updates: new Map([["b", "1"]]) }],
    );
    expect(stale.kind).toBe("conflict");
    expect((await readdir(metadata)).filter((name) => name.startsWith("."))).toEqual([]);
  });

  it("changes of the metadata codec race for one name too: the base's codec names the next version", async () => {
    const base = await catalog.createTable(id, { schema });
    const packed = await commitProperty(base, "write.metadata.compression-codec", "gzip");
    expect(packed.metadataLocation).toMatch(/v2\.metadata\.json$/);
    const next = await commitProperty(packed, "a");
    expect(next.metadataLocation).toMatch(/v3\.gz\.metadata\.json$/);
    expect((await catalog.loadTable(id)).metadata.properties.get("a")).toBe("1");
  });

  it("removes the checksum file that Hadoop leaves beside the hint", async () => {
    const base = await catalog.createTable(id, { schema });
    await writeFile(`${metadata}/.version-hint.text.crc`, "stale");
    await commitProperty(base, "a");
    expect(await readdir(metadata)).not.toContain(".version-hint.text.crc");
  });

  it("refuses to commit to a table another engine made unless told to (CMT-006)", async () => {
    const base = await catalog.createTable(id, { schema });
    const outcome = await catalog.commitTable(
      base,
      [],
      [{ action: "remove-properties", removals: ["icewright.publish"] }],
    );
    if (outcome.kind !== "committed") throw outcome.error;
    await expect(commitProperty(outcome.table, "a")).rejects.toMatchObject({
      code: "validation-failed",
      message: expect.stringContaining("writeForeignTables"),
    });
    catalog = new FileCatalogClient(root, { writeForeignTables: true });
    expect((await commitProperty(outcome.table, "a")).metadata.properties.get("a")).toBe("1");
  });

  it("a publish that is visible but perhaps not durable is unknown, and nothing is deleted (CMT-009)", async () => {
    const base = await catalog.createTable(id, { schema });
    const io = new LocalFileIO();
    const failing = new FileCatalogClient(root, {
      io: {
        open: (location, size) => io.open(location, size),
        delete: (location) => io.delete(location),
        create: async (location, bytes) => {
          await io.create(location, bytes);
          throw new IcebergError("io-failed", "fsync failed");
        },
      },
    });
    const outcome = await failing.commitTable(
      base,
      [],
      [{ action: "set-properties", updates: new Map([["a", "1"]]) }],
    );
    expect(outcome).toMatchObject({ kind: "unknown", reconcilable: false });
    expect(await readdir(metadata)).toContain("v2.metadata.json");
  });

  it("a publish that failed before it showed is a definite failure", async () => {
    const base = await catalog.createTable(id, { schema });
    const io = new LocalFileIO();
    const failing = new FileCatalogClient(root, {
      io: {
        open: (location, size) => io.open(location, size),
        delete: (location) => io.delete(location),
        create: async () => {
          throw new IcebergError("io-failed", "disk full");
        },
      },
    });
    await expect(
      failing.commitTable(base, [], [{ action: "set-properties", updates: new Map([["a", "1"]]) }]),
    ).rejects.toThrow("disk full");
  });

  it.each(["..", "a/b", "", "a\0b"])("refuses %j as a table name", async (name) => {
    await expect(catalog.createTable({ namespace: ["ns"], name }, { schema })).rejects.toMatchObject({
      code: "invalid-argument",
    });
  });
});

describe("loadFileTable", () => {
  const load = () => loadFileTable(`file://${root}/ns/t`, id, new LocalFileIO());

  it("reads a table with a catalog's file names", async () => {
    const base = await catalog.createTable(id, { schema });
    const text = await readFile(`${metadata}/v1.metadata.json`, "utf8");
    await rm(metadata, { recursive: true });
    await mkdir(metadata);
    await writeFile(`${metadata}/00000-aaaa.metadata.json`, "{}");
    await writeFile(`${metadata}/00011-bbbb.metadata.json`, text);
    const loaded = await load();
    expect(loaded.metadata.tableUuid).toBe(base.metadata.tableUuid);
    expect(loaded.metadataLocation).toMatch(/00011-bbbb/);
  });

  it.each([
    "v2.gz.metadata.json",
    "v2.metadata.json.gz",
    "00002-aaaa.gz.metadata.json",
    "00002-aaaa.metadata.json.gz",
  ])("reads gzip under the name %s (MET-062, MET-064)", async (name) => {
    const next = await commitProperty(await catalog.createTable(id, { schema }), "a");
    await rm(`${metadata}/v2.metadata.json`);
    if (name.startsWith("0")) await rm(`${metadata}/v1.metadata.json`);
    await writeFile(`${metadata}/${name}`, gzipSync(printMetadata(next.metadata)));
    const loaded = await load();
    expect(loaded.metadataLocation).toBe(`file://${metadata}/${name}`);
    expect(loaded.metadata.properties.get("a")).toBe("1");
  });

  it("corrupt metadata is a typed error naming the file", async () => {
    await catalog.createTable(id, { schema });
    await writeFile(`${metadata}/v1.metadata.json`, '{"format-version": 2,');
    await expect(load()).rejects.toMatchObject({
      code: "corrupt-file",
      message: expect.stringContaining("v1.metadata.json"),
    });
  });

  it("a folder without metadata is no-such-table", async () => {
    await expect(load()).rejects.toMatchObject({ code: "no-such-table" });
  });
});
