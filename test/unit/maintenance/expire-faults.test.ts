/** Expiry over a store that fails at its 1st, 2nd, 3rd … call: whatever becomes of it, nothing that is kept is missing. */
import { expect, it } from "vitest";
import { isIcebergError } from "../../../src/base/index.ts";
import { MemoryCatalogClient } from "../../../src/catalog/index.ts";
import { MemoryFileIO } from "../../../src/io/index.ts";
import { expireSnapshots } from "../../../src/maintenance/index.ts";
import { defineSchema, required, t } from "../../../src/schema/index.ts";
import { Catalog } from "../../../src/table/index.ts";
import { FaultyIO } from "../../fault/faulty-io.ts";
import { FAULTS, STOPPED } from "../../fault/schedule.ts";

const schema = defineSchema({ id: required(t.long()) });
const LATER = { olderThan: 8_000_000_000_000 };

/** Four snapshots; the last one has replaced the files of the first three. */
async function setUp() {
  const store = new MemoryFileIO();
  const io = new FaultyIO(store);
  const client = new MemoryCatalogClient({ io });
  const catalog = new Catalog(client);
  await catalog.createNamespace("ns");
  let table = await catalog.createTable("ns.t", schema);
  for (const id of [1n, 2n, 3n]) table = (await table.append([{ id }])).table;
  const files = [];
  for await (const { dataFile } of table.scan().planFiles()) files.push(dataFile);
  table = (await table.append([{ id: 4n }])).table;
  table = (await table.newTransaction().deleteFiles({ files }).commit()).table.as(schema);
  return { store, io, catalog, table };
}

it.each(FAULTS)(
  "expireSnapshots() under a call that is %s: kept rows stay, and nothing goes before the commit stands",
  async (fault) => {
    const seen = new Set<string>();
    for (let at = 1; ; at++) {
      const { store, io, catalog, table } = await setUp();
      const before = new Set(store.files.keys());
      const signal = io.arm(fault, at);
      const outcome = await expireSnapshots(table, { ...LATER, signal }).then(
        ({ problems }) => (problems.length > 0 ? "incomplete" : "done"),
        (error: unknown) => {
          expect(error === STOPPED || isIcebergError(error), String(error)).toBe(true);
          return isIcebergError(error, "commit-state-unknown") ? "unknown" : "failed";
        },
      );
      const met = io.disarm();
      seen.add(outcome);
      const now = (await catalog.loadTable("ns.t")).as(schema);
      const title = `${fault} at call ${at}: ${outcome}`;
      for (const { snapshotId } of now.metadata.snapshots) {
        const rows = await now.scan({ at: { snapshotId } }).toArray();
        expect(rows.length, title).toBeGreaterThan(0);
      }
      expect(await now.scan().toArray(), title).toEqual([{ id: 4n }]);
      if (now.metadata.snapshots.length > 1) {
        for (const file of before) expect(store.files.has(file), `${title}: ${file}`).toBe(true);
      }
      // What an interrupted run left is no hindrance to the next.
      const again = await expireSnapshots(now, LATER);
      expect(again.table.metadata.snapshots, title).toHaveLength(1);
      expect(await again.table.scan().toArray(), title).toEqual([{ id: 4n }]);
      if (met) continue;
      expect(outcome, "without a fault").toBe("done");
      break;
    }
    expect(seen.has("failed") || seen.has("incomplete")).toBe(true);
  },
);
