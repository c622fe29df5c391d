import { describe, expect, it, vi } from "vitest";
import { type FileIO, IcebergError } from "../../../src/base/index.ts";
import { type CatalogClient, MemoryCatalogClient } from "../../../src/catalog/index.ts";
import { MemoryFileIO, type Runtime, systemRuntime } from "../../../src/io/index.ts";
import { defineSchema, required, t } from "../../../src/schema/index.ts";
import { Catalog, type Table } from "../../../src/table/index.ts";

const schema = defineSchema({ id: required(t.long()) });
const quick = { "commit.retry.min-wait-ms": "1", "commit.status-check.num-retries": "0" };

async function setUp(runtime: Runtime = systemRuntime, io: FileIO = new MemoryFileIO()) {
  const client = new MemoryCatalogClient({ io, runtime });
  const catalog = new Catalog(client, runtime);
  await catalog.createNamespace("ns");
  const table = await catalog.createTable("ns.t", schema, { properties: quick });
  return { client, catalog, table };
}

/** The table through a client with some methods of its own. */
async function through(client: CatalogClient, own: Partial<CatalogClient>): Promise<Table<typeof schema>> {
  const catalog = new Catalog(Object.assign(Object.create(client) as CatalogClient, own));
  return (await catalog.loadTable("ns.t")).as(schema);
}

async function ids(table: Table<typeof schema>): Promise<bigint[]> {
  const rows = await (await table.refresh()).scan().toArray();
  return rows.map((row) => row.id).sort((a, b) => Number(a - b));
}

describe("clean-up of an append", () => {
  it("a published commit stands when removing the lists of lost attempts fails (CMT-012)", async () => {
    const io = new MemoryFileIO();
    const { table } = await setUp(systemRuntime, io);
    await table.append([{ id: 1n }]);
    io.delete = () => {
      throw new Error("no deletes here");
    };
    // The base is stale: the first attempt loses, and its list is removed once the second has won.
    await expect(table.append([{ id: 2n }])).resolves.toBeDefined();
    expect(await ids(table)).toEqual([1n, 2n]);
  });

  it("a data file that stands there already is another's: refused, and never deleted", async () => {
    const runtime: Runtime = { ...systemRuntime, timeUuid: () => "0199-same" };
    const { table } = await setUp(runtime);
    const { table: first } = await table.append([{ id: 1n }]);
    await expect(first.append([{ id: 2n }])).rejects.toMatchObject({
      code: "io-failed",
      message: expect.stringContaining("0199-same.parquet"),
    });
    expect(await ids(table)).toEqual([1n]);
  });

  it("a manifest that stands there already is another's: refused, and never deleted", async () => {
    const runtime: Runtime = { ...systemRuntime, randomUuid: () => "11111111-1111-4111-8111-111111111111" };
    const { table } = await setUp(runtime);
    const { table: first } = await table.append([{ id: 1n }]);
    await expect(first.append([{ id: 2n }])).rejects.toMatchObject({
      code: "io-failed",
      message: expect.stringContaining("-m0.avro"),
    });
    expect(await ids(table)).toEqual([1n]);
  });

  it("an error nobody typed, out of the swap itself, is an unknown outcome and keeps the files (CMT-009)", async () => {
    const { client, table } = await setUp();
    let blind = false;
    const broken = await through(client, {
      async commitTable(...args) {
        await client.commitTable(...args);
        throw new TypeError("fetch failed");
      },
      async loadTable(...args) {
        if (blind) throw new TypeError("fetch failed");
        return await client.loadTable(...args);
      },
    });
    await expect(broken.append([{ id: 1n }]), "found when looked for").resolves.toBeDefined();
    const next = await broken.refresh();
    blind = true;
    await expect(next.append([{ id: 2n }])).rejects.toMatchObject({
      code: "commit-state-unknown",
      cause: { cause: { message: "fetch failed" } },
    });
    expect(await ids(table)).toEqual([1n, 2n]);
  });

  it("a failed create of metadata in memory leaves nothing, a failed removal after a lost race is still a conflict", async () => {
    const io = new MemoryFileIO();
    const { client, table } = await setUp(systemRuntime, io);
    const rival = await client.loadTable({ namespace: ["ns"], name: "t" });
    const create = io.create.bind(io);
    let raced = false;
    io.create = async (location, content, options) => {
      if (!raced && location.includes("00001-")) {
        raced = true;
        const won = await client.commitTable(
          rival,
          [],
          [{ action: "set-properties", updates: new Map([["x", "1"]]) }],
        );
        expect(won.kind).toBe("committed");
        io.delete = () => Promise.reject(new IcebergError("io-failed", "no deletes here"));
      }
      return await create(location, content, options);
    };
    await expect(table.append([{ id: 1n }]), "retried, as after any conflict").resolves.toBeDefined();
    expect(await ids(table)).toEqual([1n]);
  });
});

describe("commits of one process", () => {
  it("an append that is aborted while it waits for its turn leaves at once, and nothing behind", async () => {
    const io = new MemoryFileIO();
    const { client, table } = await setUp(systemRuntime, io);
    let release = (): void => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const slow = await through(client, {
      async commitTable(...args) {
        await held;
        return await client.commitTable(...args);
      },
    });
    const first = slow.append([{ id: 1n }]);
    const controller = new AbortController();
    const second = slow.append([{ id: 2n }], { signal: controller.signal });
    const third = slow.append([{ id: 3n }]);
    await vi.waitUntil(() => [...io.files.keys()].filter((name) => name.includes("/data/")).length === 3);
    controller.abort(new Error("enough"));
    await expect(second, "before the first is done").rejects.toThrow("enough");
    expect([...io.files.keys()].filter((name) => name.includes("/data/"))).toHaveLength(2);
    release();
    await Promise.all([first, third]);
    expect(await ids(table)).toEqual([1n, 3n]);
  });
});
