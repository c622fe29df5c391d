/** The linter's negative controls: one thing changed in a good table is found, by the rule that is meant to find it. */
import { beforeAll, describe, expect, it } from "vitest";
import { DATA_FILE_FAULTS } from "./faults/data-file-faults.ts";
import { DELETE_FAULTS } from "./faults/delete-faults.ts";
import type { Faults } from "./faults/fault.ts";
import { MANIFEST_FAULTS } from "./faults/manifest-faults.ts";
import { METADATA_FAULTS } from "./faults/metadata-faults.ts";
import { PARQUET_FAULTS } from "./faults/parquet-faults.ts";
import { goodTables, type TableName } from "./faults/tables.ts";
import type { Tampered } from "./faults/tamper.ts";
import { RULES } from "./lint.ts";

const FAULTS: Faults = {
  ...METADATA_FAULTS,
  ...MANIFEST_FAULTS,
  ...DATA_FILE_FAULTS,
  ...PARQUET_FAULTS,
  ...DELETE_FAULTS,
};

let tables: ReadonlyMap<TableName, Tampered> = new Map();
beforeAll(async () => {
  tables = await goodTables();
});

describe("lintTable() finds deliberate faults", () => {
  it("the tables are good as they were written, and with manifests and metadata written anew", async () => {
    expect(tables.size).toBeGreaterThan(0);
    for (const [name, good] of tables) {
      const table = good.copy();
      expect(await table.lint(), name).toEqual([]);
      await table.manifest(() => {});
      table.metadata(() => {});
      expect(await table.lint(), name).toEqual([]);
    }
  });

  it.each(Object.entries(FAULTS))("%s", async (_, { rules, table: name = "sorted v2", edit }) => {
    const table = tables.get(name)!.copy();
    await edit(table);
    const found = [...new Set((await table.lint()).map(({ rule }) => rule))];
    expect(found.toSorted()).toEqual([...rules].toSorted());
  });

  it("every rule finds something", () => {
    const found = new Set(Object.values(FAULTS).flatMap(({ rules }) => rules));
    const idle = Object.keys(RULES).filter((rule) => !found.has(rule as keyof typeof RULES));
    expect(idle).toEqual([]);
  });
});
