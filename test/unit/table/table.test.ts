import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { defineSchema, memoryCatalog, optional, required, t } from "../../../src/index.ts";
import { fileCatalog } from "../../../src/node.ts";

const schema = defineSchema({
  id: required(t.long()),
  place: optional(t.struct({ lat: required(t.double()), tags: required(t.list(t.string())) })),
});

async function create() {
  const catalog = memoryCatalog();
  await catalog.createNamespace("ns");
  return { catalog, table: await catalog.createTable("ns.t", schema) };
}

describe("Table", () => {
  it("refresh() sees newer commits, and never takes another table of the same name for its own (MET-058)", async () => {
    const folder = await mkdtemp(join(tmpdir(), "icewright-table-"));
    try {
      const catalog = fileCatalog(folder);
      await catalog.createNamespace("ns");
      const table = await catalog.createTable("ns.t", schema);
      await table.append([{ id: 1n }]);
      expect(await (await table.refresh()).scan().count()).toBe(1);
      await rm(`${folder}/ns/t`, { recursive: true });
      await expect(table.refresh()).rejects.toMatchObject({ code: "no-such-table" });
      await fileCatalog(folder).createTable("ns.t", defineSchema({ other: required(t.string()) }));
      await expect(table.refresh()).rejects.toMatchObject({
        code: "validation-failed",
        message: expect.stringMatching(/refresh ns\.t.*made anew/),
      });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it("as() compares nested types whatever their field ids, and names the column that differs", async () => {
    const { catalog } = await create();
    const loaded = await catalog.loadTable("ns.t");
    expect(loaded.as(schema).name).toBe("ns.t");
    expect(() => loaded.as(defineSchema({ id: required(t.int()) }))).toThrow(/for id.*another type/);
    expect(() => loaded.as(defineSchema({ id: optional(t.long()) }))).toThrow(/for id.*required/);
    expect(() => loaded.as(defineSchema({ nope: optional(t.long()) }))).toThrow(/for nope.*no such column/);
  });

  it("updateProperties() refuses values that are not text, with which no engine could load the table again", async () => {
    const { table } = await create();
    const set = { owner: true } as unknown as Record<string, string>;
    await expect(table.updateProperties({ set })).rejects.toThrow(/"owner".*true is no text/);
  });

  it.each([
    ["commit.retry.num-retries", "-1"],
    ["commit.retry.total-timeout-ms", "soon"],
    ["commit.status-check.min-wait-ms", "1.5"],
    ["commit.manifest.target-size-bytes", "0"],
    ["commit.manifest-merge.enabled", "on"],
    ["write.summary.partition-limit", "many"],
    ["write.metadata.compression-codec", "zstd"],
  ])("refuses %s=%s when it is set: no commit could correct it (PRP-005)", async (key, value) => {
    const { catalog, table } = await create();
    const properties = { [key]: value };
    await expect(table.updateProperties({ set: properties })).rejects.toThrow(key);
    await expect(catalog.createTable("ns.u", schema, { properties })).rejects.toThrow(key);
    expect(await catalog.tableExists("ns.u")).toBe(false);
  });

  it("append() keeps the version it was called on: each table is one version", async () => {
    const { table } = await create();
    const { table: next, snapshot } = await table.append([{ id: 1n }]);
    expect(await table.scan().count()).toBe(0);
    expect(await next.scan().count()).toBe(1);
    expect(next.currentSnapshot).toEqual(snapshot);
  });

  it("rows of every catalog are numbered from 0 in errors, and a bad one leaves no file", async () => {
    const { table } = await create();
    const bad = [{ id: 1n }, { id: "x" }] as unknown as { id: bigint }[];
    await expect(table.append(bad)).rejects.toMatchObject({ code: "invalid-row", context: { row: 1 } });
    expect((await table.refresh()).currentSnapshot).toBeUndefined();
  });
});

describe("Scan", () => {
  it.each([-1, 1.5, Number.NaN])("refuses the limit %d", async (limit) => {
    const { table } = await create();
    expect(() => table.scan({ limit })).toThrow(expect.objectContaining({ code: "invalid-argument" }));
  });

  it("hands out no columns, or one twice, when asked to", async () => {
    const { table } = await create();
    const { table: next } = await table.append([{ id: 1n }, { id: 2n }]);
    expect(await next.scan({ select: [] }).toArray()).toEqual([{}, {}]);
    expect(() => next.scan({ select: ["id", "id"] })).toThrow(/"id".*twice/);
  });

  it("ends early without reading on, and two readers of one scan do not disturb each other", async () => {
    const { table } = await create();
    const { table: next } = await table.append(Array.from({ length: 10 }, (_, at) => ({ id: at })));
    const scan = next.scan({ select: ["id"] });
    const [one, other] = [scan.rows(), scan.rows()];
    const seen: bigint[] = [];
    for await (const { id } of one) {
      seen.push(id, (await other.next()).value!.id);
      if (seen.length >= 6) break;
    }
    expect(seen).toEqual([0n, 0n, 1n, 1n, 2n, 2n]);
    expect((await other.next()).value).toEqual({ id: 3n });
    await other.return(undefined);
  });
});
