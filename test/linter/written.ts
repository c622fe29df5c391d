/** Writes tables through the public API for the linter's tests. @module */
import {
  asc,
  type Catalog,
  desc,
  MemoryFileIO,
  memoryCatalog,
  parsePartitionTerm,
  type SortTerm,
  schemaFromJson,
  type Table,
} from "../../src/index.ts";
import type { JsonType, RowCells, WrittenTable } from "../interop/suites/written-tables.ts";

/** A table and the memory that holds its files. */
export interface MemoryTable {
  readonly table: Table;
  readonly io: MemoryFileIO;
}

export async function inMemory(write: (catalog: Catalog) => Promise<Table>): Promise<MemoryTable> {
  const io = new MemoryFileIO();
  const catalog = memoryCatalog({ io });
  await catalog.createNamespace("ns");
  return { table: await write(catalog), io };
}

/** Creates and fills one of the tables that the interop suites write. */
export async function writeTable(catalog: Catalog, written: WrittenTable): Promise<Table> {
  const schema = schemaFromJson(
    JSON.parse(JSON.stringify({ type: "struct", "schema-id": 0, fields: written.fields })),
  );
  let table = await catalog.createTable(["ns", written.name], schema, {
    ...(written.partition && { partitionSpec: written.partition.map((term) => parsePartitionTerm(term)) }),
    ...(written.sort && { sortOrder: written.sort.map(sortTerm) }),
    ...(written.properties && { properties: written.properties }),
    ...(written.version && { formatVersion: written.version }),
  });
  for (const rows of written.commits)
    ({ table } = await table.append(rows.map((row) => inputRow(row, written))));
  return table;
}

/** `id` is ascending, `-id` descending. */
function sortTerm(text: string): SortTerm {
  return text.startsWith("-") ? desc(text.slice(1)) : asc(text);
}

function inputRow(row: RowCells, { fields }: WrittenTable): Record<string, unknown> {
  const isBytes = (type: JsonType) =>
    typeof type === "string" && (type === "binary" || type.startsWith("fixed"));
  return Object.fromEntries(
    fields.map(({ name, type }) => {
      const cell = row[name] ?? null;
      return [
        name,
        isBytes(type) && typeof cell === "string" ? new Uint8Array(Buffer.from(cell, "hex")) : cell,
      ];
    }),
  );
}
