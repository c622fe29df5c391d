/** Row ids of version 3, and rows through upgrades (P27, P43). @module */
import fc from "fast-check";
import { expect, test } from "vitest";
import { defineSchema, eq, gte, memoryCatalog, optional, required, type Table, t } from "../../src/index.ts";
import { runs } from "./runs.ts";

const schema = defineSchema({ n: required(t.int()), text: optional(t.string()) });
const row = fc.record({ n: fc.integer({ min: 0, max: 9 }), text: fc.option(fc.constantFrom("a", "b")) });
const batches = fc.array(fc.array(row, { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 4 });

async function create(formatVersion: 1 | 2 | 3) {
  const catalog = memoryCatalog();
  await catalog.ensureNamespace("a");
  return { catalog, table: await catalog.createTable("a.b", schema, { formatVersion }) };
}

test("row ids are unique, below next-row-id, and the same whatever is filtered or appended later (P27, MAN-035, SCH-091, MET-027)", async () => {
  await fc.assert(
    fc.asyncProperty(batches, async (all) => {
      let { table }: { table: Table<typeof schema> } = await create(3);
      let known: unknown[] = [];
      for (const batch of all) {
        table = (await table.append(batch)).table;
        const select = ["_row_id", "n", "text"] as const;
        const rows = await table.scan({ select }).toArray();
        const ids = rows.map((each) => (each as { readonly _row_id?: bigint })._row_id!);
        expect(new Set(ids).size).toBe(rows.length);
        expect(ids.every((id) => id >= 0n && id < table.metadata.nextRowId!)).toBe(true);
        for (const filter of [gte("n", 5), eq("text", "a")]) {
          for (const each of await table.scan({ select, filter }).toArray())
            expect(rows).toContainEqual(each);
        }
        // What was there keeps its id.
        for (const each of known) expect(rows).toContainEqual(each);
        known = rows;
      }
      expect(known).toHaveLength(all.flat().length);
    }),
    runs(10),
  );
});

test("rows read the same before and after every upgrade (P43, MET-068)", async () => {
  const key = (rows: readonly object[]) => rows.map((each) => JSON.stringify(each)).sort();
  await fc.assert(
    fc.asyncProperty(batches, async (all) => {
      let { table }: { table: Table<typeof schema> } = await create(1);
      for (const version of [1, 2, 3] as const) {
        if (version > 1) {
          const before = key(await table.scan().toArray());
          ({ table } = await table.upgradeFormatVersion(version));
          expect(table.metadata.formatVersion).toBe(version);
          expect(key(await table.scan().toArray())).toEqual(before);
        }
        for (const batch of all) table = (await table.append(batch)).table;
      }
      expect(await table.scan().count()).toBe(3 * all.flat().length);
      await expect(table.upgradeFormatVersion(2)).rejects.toThrow(/Cannot/);
    }),
    runs(5),
  );
});
