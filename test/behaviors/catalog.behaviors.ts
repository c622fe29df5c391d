/** What every catalog must do, run against each one by `catalog.test.ts`. */
import { expect, it } from "vitest";
import { isIcebergError } from "../../src/base/index.ts";
import type { CatalogClient, TableIdentifier } from "../../src/catalog/index.ts";
import { expireSnapshots } from "../../src/maintenance/index.ts";
import { defineSchema, optional, required, t } from "../../src/schema/index.ts";
import { Catalog } from "../../src/table/index.ts";

const schema = defineSchema({ id: required(t.long()), name: optional(t.string()) });
const id: TableIdentifier = { namespace: ["ns"], name: "events" };

export function catalogBehaviors(open: () => Promise<CatalogClient>): void {
  it("creates namespaces once and lists them in order", async () => {
    const catalog = await open();
    expect(await catalog.listNamespaces()).toEqual([]);
    await catalog.createNamespace(["b"]);
    await catalog.createNamespace(["a", "inner"]);
    expect(await catalog.listNamespaces()).toEqual([["a"], ["b"]]);
    expect(await catalog.listNamespaces(["a"])).toEqual([["a", "inner"]]);
    expect(await catalog.namespaceExists(["a", "inner"])).toBe(true);
    expect(await catalog.namespaceExists(["c"])).toBe(false);
    await expect(catalog.createNamespace(["b"])).rejects.toMatchObject({ code: "already-exists" });
  });

  it("refuses tables in a namespace that is not there, and says how to make it", async () => {
    const catalog = await open();
    await expect(catalog.createTable(id, { schema })).rejects.toMatchObject({
      code: "no-such-namespace",
      message: expect.stringContaining('createNamespace("ns")'),
    });
    await expect(catalog.listTables(["ns"])).rejects.toMatchObject({ code: "no-such-namespace" });
  });

  it("creates a table once, loads it back equal, lists it", async () => {
    const catalog = await open();
    await catalog.createNamespace(["ns"]);
    const created = await catalog.createTable(id, { schema, properties: new Map([["owner", "me"]]) });
    const loaded = await catalog.loadTable(id);
    expect(loaded.metadataLocation).toBe(created.metadataLocation);
    expect(loaded.metadata.tableUuid).toBe(created.metadata.tableUuid);
    expect(loaded.metadata.properties.get("owner")).toBe("me");
    expect(loaded.metadata.currentSnapshotId).toBeUndefined();
    expect(await catalog.listTables(["ns"])).toEqual([id]);
    await expect(catalog.createTable(id, { schema })).rejects.toMatchObject({ code: "already-exists" });
  });

  it("of racing creations exactly one wins, the others already-exists (CMT-015)", async () => {
    const catalog = await open();
    await catalog.createNamespace(["ns"]);
    const outcomes = await Promise.allSettled(
      Array.from({ length: 8 }, () => catalog.createTable(id, { schema })),
    );
    const losers = outcomes.filter((outcome) => outcome.status === "rejected");
    expect(losers).toHaveLength(7);
    for (const { reason } of losers) expect(isIcebergError(reason, "already-exists")).toBe(true);
  });

  it("a missing table is no-such-table naming it", async () => {
    const catalog = await open();
    await catalog.createNamespace(["ns"]);
    await expect(catalog.loadTable(id)).rejects.toMatchObject({
      code: "no-such-table",
      message: expect.stringContaining("ns.events"),
    });
  });

  it("commits updates whose requirements hold; a stale base is a conflict and changes nothing (CMT-001)", async () => {
    const catalog = await open();
    await catalog.createNamespace(["ns"]);
    const base = await catalog.createTable(id, { schema });
    const uuid = base.metadata.tableUuid!;
    const set = (key: string) => [{ action: "set-properties", updates: new Map([[key, "1"]]) }] as const;
    const first = await catalog.commitTable(base, [{ type: "assert-table-uuid", uuid }], set("a"));
    expect(first.kind).toBe("committed");
    const stale = await catalog.commitTable(
      base,
      [{ type: "assert-last-assigned-field-id", lastAssignedFieldId: 99 }],
      set("b"),
    );
    expect(stale.kind).toBe("conflict");
    const now = await catalog.loadTable(id);
    expect(now.metadata.properties.get("a")).toBe("1");
    expect(now.metadata.properties.has("b")).toBe(false);
  });

  it("a commit that changes nothing answers the version there is (CMT-014)", async () => {
    const catalog = await open();
    await catalog.createNamespace(["ns"]);
    const base = await catalog.createTable(id, { schema, properties: new Map([["a", "1"]]) });
    const update = { action: "set-properties", updates: new Map([["a", "1"]]) } as const;
    const outcome = await catalog.commitTable(base, [], [update]);
    expect(outcome).toMatchObject({ kind: "committed", table: { metadataLocation: base.metadataLocation } });
  });

  it("a requirement that does not hold is a conflict, also on the newest base", async () => {
    const catalog = await open();
    await catalog.createNamespace(["ns"]);
    const base = await catalog.createTable(id, { schema });
    const outcome = await catalog.commitTable(
      base,
      [{ type: "assert-table-uuid", uuid: "00000000-0000-0000-0000-000000000000" }],
      [{ action: "set-properties", updates: new Map([["a", "1"]]) }],
    );
    expect(outcome.kind).toBe("conflict");
    expect((await catalog.loadTable(id)).metadata.properties.has("a")).toBe(false);
  });

  it("logs the previous metadata file of each commit (MET-039)", async () => {
    const catalog = await open();
    await catalog.createNamespace(["ns"]);
    const base = await catalog.createTable(id, { schema });
    const outcome = await catalog.commitTable(
      base,
      [],
      [{ action: "set-properties", updates: new Map([["a", "1"]]) }],
    );
    if (outcome.kind !== "committed") throw new Error(outcome.kind);
    expect(outcome.table.metadata.metadataLog.map((entry) => entry.metadataFile)).toEqual([
      base.metadataLocation,
    ]);
    expect(outcome.table.metadataLocation).not.toBe(base.metadataLocation);
  });

  it("drops namespaces that are empty, and says what is in the others", async () => {
    const catalog = await open();
    await catalog.createNamespace(["ns", "inner"]);
    await catalog.createTable({ namespace: ["ns", "inner"], name: "t" }, { schema });
    await expect(catalog.dropNamespace(["ns"])).rejects.toMatchObject({ code: "namespace-not-empty" });
    await expect(catalog.dropNamespace(["ns", "inner"])).rejects.toMatchObject({
      code: "namespace-not-empty",
      message: expect.stringMatching(/\bt\b/),
    });
    await catalog.dropTable({ namespace: ["ns", "inner"], name: "t" }, { purge: true });
    await catalog.dropNamespace(["ns", "inner"]);
    await catalog.dropNamespace(["ns"]);
    expect(await catalog.listNamespaces()).toEqual([]);
    await expect(catalog.dropNamespace(["ns"])).rejects.toMatchObject({ code: "no-such-namespace" });
  });

  it.each([false, true])("drops a table, whose name is free again (purge %s)", async (purge) => {
    const catalog = await open();
    await catalog.createNamespace(["ns"]);
    const first = await catalog.createTable(id, { schema });
    await catalog.dropTable(id, { purge });
    expect(await catalog.listTables(["ns"])).toEqual([]);
    await expect(catalog.loadTable(id)).rejects.toMatchObject({ code: "no-such-table" });
    await expect(catalog.dropTable(id, { purge })).rejects.toMatchObject({
      code: "no-such-table",
      message: expect.stringContaining("ns.events"),
    });
    const second = await catalog.createTable(id, { schema });
    expect(second.metadata.tableUuid).not.toBe(first.metadata.tableUuid);
    expect((await catalog.loadTable(id)).metadata.tableUuid).toBe(second.metadata.tableUuid);
  });

  it("renames a table whole, or refuses and says why", async () => {
    const catalog = await open();
    await catalog.createNamespace(["ns"]);
    await catalog.createNamespace(["other"]);
    const to: TableIdentifier = { namespace: ["other"], name: "moved" };
    const missing: TableIdentifier = { namespace: ["ns"], name: "missing" };
    await expect(catalog.renameTable(missing, to)).rejects.toMatchObject({ code: "no-such-table" });
    const table = await catalog.createTable(id, { schema });
    try {
      await catalog.renameTable(id, to);
    } catch (error) {
      expect(error).toMatchObject({
        code: "unsupported",
        message: expect.stringMatching(/no rename is atomic/),
      });
      expect((await catalog.loadTable(id)).metadataLocation).toBe(table.metadataLocation);
      expect(await catalog.listTables(["other"])).toEqual([]);
      return;
    }
    expect(await catalog.listTables(["ns"])).toEqual([]);
    const moved = await catalog.loadTable(to);
    expect(moved.identifier).toEqual(to);
    expect(moved.metadata.tableUuid).toBe(table.metadata.tableUuid);
    const stale = catalog.commitTable(table, [], [{ action: "remove-properties", removals: ["x"] }]);
    await expect(stale).rejects.toMatchObject({ code: "no-such-table" });
    await catalog.createTable(id, { schema });
    await expect(catalog.renameTable(id, to)).rejects.toMatchObject({ code: "already-exists" });
    await expect(catalog.renameTable(id, { namespace: ["nowhere"], name: "t" })).rejects.toMatchObject({
      code: "no-such-namespace",
    });
  });

  it("a commit to a table that was dropped under its writer is no-such-table, and does not bring it back", async () => {
    const catalog = await open();
    await catalog.createNamespace(["ns"]);
    const base = await catalog.createTable(id, { schema });
    const writer = await new Catalog(catalog).loadTable("ns.events");
    await catalog.dropTable(id);
    const set = [{ action: "set-properties", updates: new Map([["a", "1"]]) }] as const;
    await expect(catalog.commitTable(base, [], set)).rejects.toMatchObject({
      code: "no-such-table",
      message: expect.stringContaining("ns.events"),
    });
    await expect(writer.updateProperties({ set: { a: "1" } })).rejects.toMatchObject({
      code: "no-such-table",
    });
    await expect(writer.refresh()).rejects.toMatchObject({ code: "no-such-table" });
    expect(await catalog.listTables(["ns"])).toEqual([]);
    expect(await catalog.listNamespaces(["ns"])).toEqual([]);
  });

  it("a commit to a table that was replaced under its name changes nothing and says so (MET-058)", async () => {
    const catalog = await open();
    await catalog.createNamespace(["ns"]);
    const base = await catalog.createTable(id, { schema });
    const writer = await new Catalog(catalog).loadTable("ns.events");
    await catalog.dropTable(id);
    const other = await catalog.createTable(id, { schema });
    const uuid = base.metadata.tableUuid!;
    const set = [{ action: "set-properties", updates: new Map([["a", "1"]]) }] as const;
    const outcome = await catalog.commitTable(base, [{ type: "assert-table-uuid", uuid }], set);
    expect(outcome.kind).toBe("conflict");
    const late = [() => writer.updateProperties({ set: { a: "1" } }), () => writer.refresh()];
    for (const call of late) {
      await expect(call()).rejects.toMatchObject({
        code: "validation-failed",
        message: expect.stringMatching(/ns\.events.*dropped and made anew/),
      });
    }
    const now = await catalog.loadTable(id);
    expect(now.metadata.tableUuid).toBe(other.metadata.tableUuid);
    expect(now.metadata.properties.has("a")).toBe(false);
  });

  it("a schema change that lost to another one is told which, and appends go on (CMT-008)", async () => {
    const catalog = new Catalog(await open());
    await catalog.createNamespace("ns");
    const base = await catalog.createTable("ns.events", schema);
    const set = { action: "set-current-schema", schemaId: -1 } as const;
    const added = { action: "add-schema", schema: base.schema, lastColumnId: 2 } as const;
    await base.updateSchema((update) => update.addColumn("note", t.string()));
    const late = base.updateSchema((update) => update.addColumn("note", t.long()));
    await expect(late).rejects.toMatchObject({
      code: "validation-failed",
      message: expect.stringMatching(
        /schema of ns\.events: another commit changed the table meanwhile.*note/,
      ),
    });
    const stale = await catalog.client.commitTable(
      base,
      [{ type: "assert-current-schema-id", currentSchemaId: 0 }],
      [added, set],
    );
    expect(stale).toMatchObject({ kind: "conflict", error: { code: "commit-failed" } });
    const { table } = await base.append([{ id: 1n, name: "a" }]);
    expect(await table.scan().toArray()).toEqual([{ id: 1n, name: "a", note: null }]);
  });

  it("an upgrade to v3 in mid-flight: a snapshot of v2 is a conflict, an append gets its row ids (MET-070)", async () => {
    const catalog = new Catalog(await open());
    await catalog.createNamespace("ns");
    const base = await catalog.createTable("ns.events", schema);
    await base.updateProperties({ set: { "format-version": "3" } });
    const uuid = base.metadata.tableUuid!;
    const snapshot = { snapshotId: 5n, sequenceNumber: 1, timestampMs: 1, manifestList: "memory://x" };
    const stale = await catalog.client.commitTable(
      base,
      [{ type: "assert-table-uuid", uuid }],
      [{ action: "add-snapshot", snapshot }],
    );
    expect(stale).toMatchObject({ kind: "conflict", error: { code: "commit-failed" } });
    const { table, snapshot: made } = await base.append([{ id: 1n, name: "a" }]);
    expect(table.metadata).toMatchObject({ formatVersion: 3, nextRowId: 1n });
    expect(made).toMatchObject({ firstRowId: 0n, addedRows: 1n });
    expect(await table.scan().toArray()).toEqual([{ id: 1n, name: "a" }]);
  });

  it("expires snapshots and deletes their files, the rows stay", async () => {
    const catalog = new Catalog(await open());
    await catalog.createNamespace("ns");
    let table = await catalog.createTable("ns.events", schema);
    for (const id of [1n, 2n, 3n]) table = (await table.append([{ id, name: null }])).table;
    const lists = table.metadata.snapshots.map((snapshot) => snapshot.manifestList!);
    const result = await expireSnapshots(table, { olderThan: Date.now() + 60_000 });
    expect(result.problems).toEqual([]);
    expect(result.files.manifestLists).toEqual(lists.slice(0, 2));
    const loaded = await catalog.loadTable("ns.events");
    expect(loaded.metadata.snapshots).toHaveLength(1);
    expect((await loaded.scan().toArray()).map((row) => row.id).sort()).toEqual([1n, 2n, 3n]);
    for (const list of lists.slice(0, 2)) {
      await expect(table.io.open(list).size()).rejects.toMatchObject({ code: "no-such-file" });
    }
  });

  it("purge leaves no file of the table behind", async () => {
    const catalog = new Catalog(await open());
    await catalog.createNamespace("ns");
    const { table } = await (await catalog.createTable("ns.events", schema)).append([{ id: 1n, name: "a" }]);
    const files = [table.metadataLocation, table.currentSnapshot!.manifestList!];
    for await (const { dataFile } of table.scan().planFiles()) files.push(dataFile.filePath);
    expect(files).toHaveLength(3);
    await catalog.dropTable("ns.events", { purge: true });
    for (const file of files) {
      await expect(table.io.open(file).size(), file).rejects.toMatchObject({ code: "no-such-file" });
    }
  });

  it("keeps write.metadata.previous-versions-max entries in the metadata log (MET-039)", async () => {
    const catalog = await open();
    await catalog.createNamespace(["ns"]);
    let table = await catalog.createTable(id, {
      schema,
      properties: new Map([["write.metadata.previous-versions-max", "2"]]),
    });
    const locations = [table.metadataLocation];
    for (const value of ["1", "2", "3"]) {
      const update = { action: "set-properties", updates: new Map([["a", value]]) } as const;
      const outcome = await catalog.commitTable(table, [], [update]);
      if (outcome.kind !== "committed") throw outcome.error;
      table = outcome.table;
      locations.push(table.metadataLocation);
    }
    const { metadataLog } = (await catalog.loadTable(id)).metadata;
    expect(metadataLog.map((entry) => entry.metadataFile)).toEqual(locations.slice(1, 3));
  });

  it("an aborted call rejects with the signal's reason and does nothing", async () => {
    const catalog = await open();
    await catalog.createNamespace(["ns"]);
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(catalog.createTable(id, { schema }, { signal })).rejects.toThrow("enough");
    expect(await catalog.listTables(["ns"])).toEqual([]);
  });
}
