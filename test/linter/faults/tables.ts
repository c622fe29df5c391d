/** The good tables that faults are made in. @module */
import {
  asc,
  defineSchema,
  month,
  optional,
  required,
  type SortTerm,
  t,
  truncate,
} from "../../../src/index.ts";
import { inMemory, type MemoryTable } from "../written.ts";
import { addDeleteFile, deletionVectorFile, equalityDeleteFile, positionDeleteFile } from "./deletes.ts";
import { Tampered } from "./tamper.ts";

export type TableName =
  | `${"sorted" | "unsorted" | "plain"} v${1 | 2 | 3}`
  | "deletion vector v3"
  | "position deletes v2"
  | "equality deletes v2";

/** Ids of the columns of the sorted and unsorted tables. */
export const ID = 1;
export const TEXT = 3;
export const X = 4;
export const AMOUNT = 5;

/** Every table; a fault changes a copy. */
export async function goodTables(): Promise<ReadonlyMap<TableName, Tampered>> {
  const tables = new Map<TableName, Tampered>();
  for (const version of [1, 2, 3] as const) {
    tables.set(`sorted v${version}`, new Tampered(await partitioned(version, [asc("id")])));
    tables.set(`unsorted v${version}`, new Tampered(await partitioned(version, [])));
    tables.set(`plain v${version}`, new Tampered(await plain(version)));
  }
  const copy = (name: TableName) => tables.get(name)!.copy();
  tables.set("deletion vector v3", await addDeleteFile(copy("plain v3"), deletionVectorFile));
  tables.set("position deletes v2", await addDeleteFile(copy("plain v2"), positionDeleteFile));
  tables.set("equality deletes v2", await addDeleteFile(copy("plain v2"), equalityDeleteFile));
  return tables;
}

/** Partitioned, with every kind of metric. Ids descend within a commit: files are out of order unless sorted. */
async function partitioned(formatVersion: 1 | 2 | 3, sortOrder: SortTerm<"id">[]): Promise<MemoryTable> {
  const schema = defineSchema({
    id: required(t.long()),
    at: required(t.timestamptz()),
    text: optional(t.string()),
    x: optional(t.double()),
    amount: optional(t.decimal(9, 2)),
    tags: optional(t.list(t.string())),
  });
  const rows = (from: bigint) =>
    Array.from({ length: 6 }, (_, n) => ({
      id: from - BigInt(n),
      at: `2025-0${1 + (n % 2)}-11T00:00:00Z`,
      text: n === 5 ? null : `text-longer-than-sixteen-${n}`,
      x: n === 4 ? Number.NaN : n / 2,
      amount: `${n}.25`,
      tags: ["a", "b"],
    }));
  return await inMemory(async (catalog) => {
    const partitionSpec = [month("at"), truncate(4, "text")];
    let table = await catalog.createTable("ns.t", schema, { formatVersion, partitionSpec, sortOrder });
    for (const from of [100n, 200n]) ({ table } = await table.append(rows(from)));
    return table as never;
  });
}

/** One file a commit, of columns that are easily written by hand. */
async function plain(formatVersion: 1 | 2 | 3): Promise<MemoryTable> {
  const schema = defineSchema({
    id: required(t.long()),
    organization_id: optional(t.string()),
    at: optional(t.timestamptz()),
    tags: optional(t.list(t.string())),
  });
  const rows = (from: bigint) =>
    Array.from({ length: 12 }, (_, n) => ({
      id: from + BigInt(n),
      organization_id: "acme",
      at: "2025-01-11T00:00:00Z",
      tags: null,
    }));
  return await inMemory(async (catalog) => {
    let table = await catalog.createTable("ns.t", schema, { formatVersion });
    for (const from of [100n, 200n]) ({ table } = await table.append(rows(from)));
    return table as never;
  });
}
