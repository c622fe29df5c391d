/** The limit of the manifest cache, and plans that share one. */
import { describe, expect, it } from "vitest";
import { defineSchema, memoryCatalog, required, t } from "../../../src/index.ts";
import { ManifestCache } from "../../../src/planning/index.ts";

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
});
