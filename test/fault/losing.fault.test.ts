/** A writer whose every attempt loses to another: it gives up as its table says, in an error that says so. */
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CommitFailedError } from "../../src/base/index.ts";
import { type CatalogClient, MemoryCatalogClient } from "../../src/catalog/index.ts";
import { FileCatalogClient } from "../../src/catalog/node.ts";
import { type Runtime, systemRuntime } from "../../src/io/index.ts";
import { defineSchema, required, t } from "../../src/schema/index.ts";
import { Catalog } from "../../src/table/index.ts";
import { raceFaults } from "./race-faults.ts";
import { filesBelow, SCRATCH } from "./schedule.ts";

const schema = defineSchema({ id: required(t.long()) });
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(SCRATCH, "icewright-losing-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The clock stands still but for what is slept, so that no time limit has a say. */
function sleeper() {
  const waits: number[] = [];
  let now = Date.now();
  const runtime: Runtime = {
    ...systemRuntime,
    now: () => now,
    async sleep(ms) {
      waits.push(ms);
      now += ms;
    },
  };
  return { runtime, waits };
}

describe.each([
  { store: "memory catalog", open: () => new MemoryCatalogClient() },
  { store: "file catalog", open: () => new FileCatalogClient(folder) },
])("a writer that always comes second, on a $store", ({ store, open }) => {
  it("fails after 1 attempt and 4 retries, with attempts and cause; what is there is what was acknowledged (CMT-007)", async () => {
    // Outsiders that no queue orders, or the rival would wait for the one it is to overtake.
    const client: CatalogClient = open();
    Object.assign(client, { takeTurn: undefined });
    const catalog = new Catalog(client);
    await catalog.createNamespace("ns");
    const created = await catalog.createTable("ns.events", schema);
    const { runtime, waits } = sleeper();
    const acknowledged: bigint[] = [];
    let attempts = 0;
    const own: Partial<CatalogClient> = {
      async commitTable(...args) {
        attempts++;
        const id = BigInt(100 + attempts);
        await (await catalog.loadTable("ns.events")).as(schema).append([{ id }]);
        acknowledged.push(id);
        return await client.commitTable(...args);
      },
    };
    const overtaken = new Catalog(Object.assign(Object.create(client) as CatalogClient, own), runtime);
    const table = (await overtaken.loadTable("ns.events")).as(schema);
    const error = await table.append([{ id: 1n }]).catch((reason: unknown) => reason);

    expect(error).toBeInstanceOf(CommitFailedError);
    expect(error).toMatchObject({
      code: "commit-failed",
      message: expect.stringContaining("other commits won 5 attempts"),
      context: { attempts: 5 },
      cause: expect.any(CommitFailedError),
    });
    expect(attempts).toBe(5);
    // Twice as long each time, from 100 ms, with jitter of up to a half.
    expect(waits).toHaveLength(4);
    waits.forEach((ms, at) => {
      expect(ms).toBeGreaterThanOrEqual(50 * 2 ** at);
      expect(ms).toBeLessThanOrEqual(100 * 2 ** at);
    });
    const now = (await catalog.loadTable("ns.events")).as(schema);
    expect(await raceFaults(now, acknowledged)).toEqual([]);
    if (store === "file catalog") {
      // A data file, a manifest, a list and a version of each rival, and the first version: nothing of the loser.
      expect(await filesBelow(folder)).toHaveLength(4 * acknowledged.length + 1);
    }
    // The next commit needs nothing but to be first.
    const { table: after } = await created.append([{ id: 1n }]);
    expect(await raceFaults(after, [...acknowledged, 1n])).toEqual([]);
  });
});
