/** What every catalog must do, run against each one by `catalog.test.ts`. */
import { expect, it } from "vitest";
import { isIcebergError } from "../../src/base/index.ts";
import type { CatalogClient, TableIdentifier } from "../../src/catalog/index.ts";
import { defineSchema, optional, required, t } from "../../src/schema/index.ts";

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

  it("an aborted call rejects with the signal's reason and does nothing", async () => {
    const catalog = await open();
    await catalog.createNamespace(["ns"]);
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(catalog.createTable(id, { schema }, { signal })).rejects.toThrow("enough");
    expect(await catalog.listTables(["ns"])).toEqual([]);
  });
}
