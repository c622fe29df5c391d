/** The limit of the manifest cache, and plans that share one. */
import { describe, expect, it } from "vitest";
import { eq } from "../../../src/expressions/index.ts";
import { defineSchema, memoryCatalog, required, stringifyJson, t } from "../../../src/index.ts";
import { fileScanTaskToJson, ManifestCache } from "../../../src/planning/index.ts";
import { Scan, type ScanPlan } from "../../../src/reading/index.ts";
import { dataFile, positionDeletes, schema, world } from "../commit/tables.ts";

const bytes = (length: number) => new Uint8Array(length);

describe("ManifestCache", () => {
  it("never holds more than its limit; the least recently used go first", () => {
    const cache = new ManifestCache(10);
    cache.keep("a", bytes(4));
    cache.keep("b", bytes(4));
    expect(cache.find("a")).toHaveLength(4);
    cache.keep("c", bytes(4));
    expect(cache.bytes).toBe(8);
    expect([cache.find("a"), cache.find("b"), cache.find("c")].map((found) => found?.length)).toEqual([
      4,
      undefined,
      4,
    ]);
    expect([cache.hits, cache.misses]).toEqual([3, 1]);
  });

  it("keeps nothing beyond its limit, and what is there once", () => {
    const cache = new ManifestCache(10);
    cache.keep("a", bytes(4));
    cache.keep("big", bytes(11));
    cache.keep("a", bytes(4));
    expect(cache.bytes).toBe(4);
    expect(cache.find("big")).toBeUndefined();
    expect(cache.find("a")).toHaveLength(4);
  });

  it.each([-1, 1.5, Number.NaN])("refuses a limit of %d bytes", (limit) => {
    expect(() => new ManifestCache(limit)).toThrow(/whole number/);
  });

  it("a second plan with the cache reads no manifest anew and plans the same", async () => {
    const catalog = memoryCatalog();
    await catalog.createNamespace("ns");
    let table = await catalog.createTable("ns.t", defineSchema({ n: required(t.long()) }));
    ({ table } = await table.append([{ n: 1n }]));
    ({ table } = await table.append([{ n: 2n }]));
    const manifestCache = new ManifestCache(1_000_000);
    const paths = async () =>
      (await table.scan({ manifestCache }).plan()).tasks.map(({ dataFile }) => dataFile.filePath);
    const first = await paths();
    expect([first.length, manifestCache.hits, manifestCache.misses]).toEqual([2, 0, 2]);
    expect(await paths()).toEqual(first);
    expect([manifestCache.hits, manifestCache.misses]).toEqual([2, 2]);
  });

  it("plans with a cache of any size are those without one, and it never holds more", async () => {
    const w = await world();
    let { table } = w;
    for (let at = 0; at < 4; at++) {
      const files = ["a", "b"].map((category) => dataFile(`${category}${at}`, { category, ids: [1n, 9n] }));
      ({ table } = await w.change(table).fastAppend(files).commit());
    }
    const [first] = (await new Scan(table).plan()).tasks;
    const deletes = [positionDeletes("p", first!.dataFile)];
    ({ table } = await w.change(table).rowDelta({ addedDeletes: deletes }).commit());
    for (const maxBytes of [0, 1, 4_000, 9_000, 1_000_000]) {
      const manifestCache = new ManifestCache(maxBytes);
      for (const filter of [eq("category", "a"), eq("id", 5n), eq("id", 50n), eq("category", "a")]) {
        const cached = planText(await new Scan(table, { filter, manifestCache }).plan());
        expect(manifestCache.bytes).toBeLessThanOrEqual(maxBytes);
        expect(cached).toEqual(planText(await new Scan(table, { filter }).plan()));
      }
      if (maxBytes < 2) expect([manifestCache.hits, manifestCache.bytes]).toEqual([0, 0]);
      if (maxBytes === 1_000_000) expect(manifestCache.hits).toBeGreaterThan(3);
    }
  });

  it("serves scans of several tables", async () => {
    const manifestCache = new ManifestCache(1_000_000);
    const tables = await Promise.all(
      ["a", "b"].map(async (name) => {
        const w = await world();
        return (
          await w
            .change()
            .fastAppend([dataFile(name)])
            .commit()
        ).table;
      }),
    );
    for (const table of [...tables, ...tables]) await new Scan(table, { manifestCache }).plan();
    expect([manifestCache.hits, manifestCache.misses]).toEqual([2, 2]);
  });
});

/** All that a plan says, but how long it took. */
function planText({ tasks, report }: ScanPlan): unknown {
  const { metrics, ...rest } = report;
  const json = tasks.map((task) => stringifyJson(fileScanTaskToJson(task, schema)));
  return { json, rest, metrics: { ...metrics, totalPlanningDurationMs: 0 } };
}
