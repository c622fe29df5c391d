import { describe, expect, it } from "vitest";
import { CommitStateUnknownError } from "../../../src/base/index.ts";
import { type CatalogClient, MemoryCatalogClient } from "../../../src/catalog/index.ts";
import { updateProperties } from "../../../src/commit/index.ts";
import { systemRuntime } from "../../../src/io/index.ts";
import { defineSchema, required, t } from "../../../src/schema/index.ts";
import { Catalog } from "../../../src/table/index.ts";

const schema = defineSchema({ id: required(t.long()) });
const id = { namespace: ["ns"], name: "t" };
const runtime = { ...systemRuntime, sleep: async () => undefined };

async function setUp(properties: Record<string, string>) {
  const client = new MemoryCatalogClient({ runtime });
  await client.createNamespace(["ns"]);
  const table = await client.createTable(id, { schema, properties: new Map(Object.entries(properties)) });
  return { client, table, context: { client, runtime } };
}

/** The client with `commitTable` replaced. */
function withCommit(client: CatalogClient, commitTable: CatalogClient["commitTable"]): CatalogClient {
  return Object.assign(Object.create(client) as CatalogClient, { commitTable });
}

describe("updateProperties()", () => {
  it("sets and removes, and leaves everything else", async () => {
    const { context, table } = await setUp({ kept: "1", changed: "1", gone: "1" });
    const changes = { set: { changed: "2", added: "é\n" }, unset: ["gone", "never-there", "gone"] };
    const next = await updateProperties(context, table, changes);
    expect(Object.fromEntries(next.metadata.properties)).toMatchObject({
      kept: "1",
      changed: "2",
      added: "é\n",
    });
    expect(next.metadata.properties.has("gone")).toBe(false);
    expect(table.metadata.properties.get("changed")).toBe("1");
    expect(next.metadata.snapshots).toStrictEqual(table.metadata.snapshots);
  });

  it("keeps what a commit that won the race changed", async () => {
    const { client, context, table } = await setUp({ a: "1" });
    let raced = false;
    const rival = withCommit(client, async (...args) => {
      if (!raced) {
        raced = true;
        await updateProperties(context, await client.loadTable(id), { set: { rival: "yes" } });
      }
      return await client.commitTable(...args);
    });
    const next = await updateProperties({ client: rival, runtime }, table, { set: { a: "2" } });
    expect(next.metadata.properties.get("rival")).toBe("yes");
    expect(next.metadata.properties.get("a")).toBe("2");
  });

  it.each([
    ["was made", true],
    ["was not made", false],
  ])("settles an unknown outcome by looking: the change %s", async (_what, made) => {
    const { client, table } = await setUp({ gone: "1" });
    const lost = withCommit(client, async (...args) => {
      if (made) await client.commitTable(...args);
      return { kind: "unknown", reconcilable: true, error: new CommitStateUnknownError("no answer") };
    });
    const update = updateProperties({ client: lost, runtime }, table, { set: { a: "1" }, unset: ["gone"] });
    if (made) expect((await update).metadata.properties.get("a")).toBe("1");
    else await expect(update).rejects.toMatchObject({ code: "commit-state-unknown" });
  });

  it("format-version upgrades the table and is not stored (MET-017)", async () => {
    const { context, table } = await setUp({});
    const next = await updateProperties(context, table, { set: { "format-version": "3" } });
    expect(next.metadata.formatVersion).toBe(3);
    expect(next.metadata.properties.has("format-version")).toBe(false);
  });

  it.each([
    [{}, /nothing to set or remove/],
    [{ set: { a: "1" }, unset: ["a"] }, /property "a" of ns\.t: it is both set and removed/],
    [{ set: { "": "1" } }, /a key is not empty/],
    [{ set: { uuid: "1" } }, /never store it/],
    [{ unset: ["current-schema"] }, /cannot be removed/],
    [{ set: { "format-version": "4" } }, /"4" is none of 1, 2 and 3/],
  ])("refuses %j", async (changes, message) => {
    const { context, table } = await setUp({});
    const update = updateProperties(context, table, changes);
    await expect(update).rejects.toMatchObject({ code: "invalid-argument" });
    await expect(updateProperties(context, table, changes)).rejects.toThrow(message);
  });

  it("Table.updateProperties answers the next version of the same rows", async () => {
    const catalog = new Catalog(new MemoryCatalogClient());
    await catalog.ensureNamespace("ns");
    const table = await catalog.createTable("ns.t", schema);
    const { table: next } = await table.updateProperties({ set: { note: "x" } });
    expect(next.properties.get("note")).toBe("x");
    expect((await next.append([{ id: 1n }])).table.properties.get("note")).toBe("x");
  });
});
