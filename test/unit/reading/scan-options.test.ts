/** Options of scans that could never be meant. */
import { expect, it } from "vitest";
import { Catalog, defineSchema, MemoryCatalogClient, required, t } from "../../../src/index.ts";

async function table() {
  const catalog = new Catalog(new MemoryCatalogClient());
  await catalog.ensureNamespace("ns");
  const empty = await catalog.createTable("ns.t", defineSchema({ id: required(t.int()) }));
  return (await empty.append([{ id: 1 }, { id: 2 }, { id: 3 }])).table;
}

it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])("batchSize %d is refused", async (batchSize) => {
  const read = await table();
  expect(() => read.scan({ batchSize })).toThrow(/batchSize .* must be a whole number, 1 or more/);
});

it("batchSize 1 gives a row at a time", async () => {
  const counts: number[] = [];
  for await (const { rowCount } of (await table()).scan({ batchSize: 1 }).batches()) counts.push(rowCount);
  expect(counts).toEqual([1, 1, 1]);
});

it.each([-1, 1.5, Number.NaN])("limit %d is refused", async (limit) => {
  const read = await table();
  expect(() => read.scan({ limit })).toThrow(/limit .* must be a whole number, 0 or more/);
});
