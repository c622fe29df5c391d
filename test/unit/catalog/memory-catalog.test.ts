import { describe, expect, it } from "vitest";
import { MemoryCatalogClient } from "../../../src/catalog/index.ts";
import { MemoryFileIO } from "../../../src/io/index.ts";
import { defineSchema, required, t } from "../../../src/schema/index.ts";
import { Catalog } from "../../../src/table/index.ts";

const schema = defineSchema({ id: required(t.long()) });

async function setUp(properties: Record<string, string> = {}) {
  const io = new MemoryFileIO();
  const catalog = new Catalog(new MemoryCatalogClient({ io }));
  await catalog.createNamespace("ns");
  const table = await catalog.createTable("ns.t", schema, { properties });
  return { io, catalog, table };
}

describe("MemoryCatalogClient", () => {
  it("purges exactly the table's own files below its location", async () => {
    const { io, catalog, table } = await setUp();
    const kept = (await (await catalog.createTable("ns.other", schema)).append([{ id: 1n }])).table;
    const before = [...io.files.keys()].filter((name) => name.startsWith(kept.location));
    await io.create(`${table.location}/data/notes.txt`, new Uint8Array(1));
    await table.append([{ id: 2n }]);
    await catalog.dropTable("ns.t", { purge: true });
    expect([...io.files.keys()].sort()).toEqual([...before, `${table.location}/data/notes.txt`].sort());
  });

  it("leaves files of the table alone that lie elsewhere: others may have them too", async () => {
    const { io, catalog, table } = await setUp();
    const { table: other } = await (await catalog.createTable("ns.other", schema)).append([{ id: 1n }]);
    for await (const { dataFile } of other.scan().planFiles()) {
      await table.newTransaction().append([dataFile]).commit();
    }
    expect(await (await catalog.loadTable("ns.t")).scan().toArray()).toEqual([{ id: 1n }]);
    await catalog.dropTable("ns.t", { purge: true });
    expect(await other.scan().toArray()).toEqual([{ id: 1n }]);
    expect([...io.files.keys()].filter((name) => name.startsWith(`${table.location}/`))).toEqual([]);
  });

  it("a commit without requirements still belongs to the table it was made for (MET-058)", async () => {
    const { catalog, table } = await setUp();
    await catalog.dropTable("ns.t");
    await catalog.createTable("ns.t", schema);
    const update = { action: "set-properties", updates: new Map([["a", "1"]]) } as const;
    const outcome = await catalog.client.commitTable(table, [], [update]);
    expect(outcome).toMatchObject({
      kind: "conflict",
      error: { message: expect.stringMatching(/made anew/) },
    });
    expect((await catalog.loadTable("ns.t")).properties.has("a")).toBe(false);
  });

  it("keeps all files without purge, and refuses a purge with gc.enabled=false (CMT-074)", async () => {
    const { io, catalog, table } = await setUp({ "gc.enabled": "false" });
    await table.append([{ id: 2n }]);
    const before = [...io.files.keys()];
    await expect(catalog.dropTable("ns.t", { purge: true })).rejects.toMatchObject({
      code: "validation-failed",
      message: expect.stringContaining("gc.enabled=false"),
    });
    expect(await catalog.tableExists("ns.t")).toBe(true);
    await catalog.dropTable("ns.t");
    expect([...io.files.keys()]).toEqual(before);
  });

  it("deletes metadata files that fall off the log when the table asks for it (MET-040)", async () => {
    const { io, table } = await setUp({
      "write.metadata.previous-versions-max": "2",
      "write.metadata.delete-after-commit.enabled": "true",
    });
    let last = table;
    for (const a of ["1", "2", "3", "4"]) last = (await last.updateProperties({ set: { a } })).table;
    const versions = [...io.files.keys()].filter((name) => name.endsWith(".metadata.json"));
    const logged = last.metadata.metadataLog.map((entry) => entry.metadataFile);
    expect(versions.sort()).toEqual([...logged, last.metadataLocation].sort());
    expect(logged).toHaveLength(2);
  });
});
