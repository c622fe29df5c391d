/** The commits that the sweep interrupts, and the rows they must leave. @module */
import { eq, writeFiles } from "../../src/index.ts";
import { defineSchema, required, t } from "../../src/schema/index.ts";
import type { Table } from "../../src/table/index.ts";

export const schema = defineSchema({ id: required(t.long()), part: required(t.string()) });
export type Events = Table<typeof schema>;

/** Rows of the table before the operation, one data file per commit. */
export const BASE: readonly (readonly bigint[])[] = [[1n], [2n, 4n]];
/** The row of the commit that comes after. */
export const NEXT = 30n;

export const rowsOf = (ids: readonly bigint[]) =>
  ids.map((id) => ({ id, part: id % 2n === 0n ? "even" : "odd" }));

export interface Operation {
  /** The ids that are there once it is committed. */
  readonly after: readonly bigint[];
  /** Ids that are new with it. */
  readonly run: (table: Events) => Promise<unknown>;
}

export const OPERATIONS: Readonly<Record<string, Operation>> = {
  append: { after: [1n, 2n, 4n, 10n], run: (table) => table.append(rowsOf([10n])) },
  overwrite: {
    after: [1n, 12n],
    async run(table) {
      const { dataFiles } = await writeFiles(table, rowsOf([12n]));
      await table
        .newTransaction()
        .overwrite({ filter: eq("part", "even"), added: dataFiles })
        .commit();
    },
  },
  delete: {
    after: [2n, 4n],
    run: (table) =>
      table
        .newTransaction()
        .deleteFiles({ filter: eq("part", "odd") })
        .commit(),
  },
};
