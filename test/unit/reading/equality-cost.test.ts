/** What equality deletes cost: one look-up a row and set of columns, however many deletes and files of them there are. */
import { describe, expect, it, vi } from "vitest";
import {
  Catalog,
  type DataFile,
  defineSchema,
  MemoryCatalogClient,
  required,
  t,
} from "../../../src/index.ts";
import { createParquetEncoder } from "../../../src/parquet/index.ts";
import { Schema } from "../../../src/schema/index.ts";

const ROWS = 1000;
const schema = defineSchema({ id: required(t.long()), other: required(t.long()) });

/** A table whose even ids below `2 * deletes` are deleted by as many files, each about the column named. */
async function deleted(deletes: number, files: number, columns: readonly ("id" | "other")[]) {
  const catalog = new Catalog(new MemoryCatalogClient());
  await catalog.ensureNamespace("ns");
  const created = await catalog.createTable("ns.t", schema);
  const rows = Array.from({ length: ROWS }, (_, id) => ({ id: BigInt(id), other: BigInt(id) }));
  const { table } = await created.append(rows);
  const addedDeletes: DataFile[] = [];
  for (let file = 0; file < files; file++) {
    const column = schema.fields.find(({ name }) => name === columns[file % columns.length])!;
    const encoder = createParquetEncoder(new Schema([column]), { codec: "gzip" });
    const own = Array.from({ length: deletes }, (_, at) => at).filter((at) => at % files === file);
    encoder.appendRows(own.map((at) => ({ [column.name]: BigInt(2 * at) })));
    const { chunks, recordCount, fileSizeInBytes, metrics } = encoder.finish();
    const filePath = `${table.location}/data/deletes-${file}.parquet`;
    await table.io.create(filePath, chunks);
    const kind = { content: "equality-deletes", equalityIds: [column.id], specId: 0, partition: [] } as const;
    addedDeletes.push({ ...kind, filePath, fileFormat: "parquet", recordCount, fileSizeInBytes, ...metrics });
  }
  return (await table.newTransaction().rowDelta({ addedDeletes }).commit()).table;
}

describe("equality deletes", () => {
  it.each([
    [1, 1, ["id"], 1],
    [10, 1, ["id"], 1],
    [400, 1, ["id"], 1],
    [400, 20, ["id"], 1],
    [400, 20, ["id", "other"], 2],
  ] as const)(
    "of %d keys in %d files about %j cost one look-up a row and set of columns",
    async (deletes, files, columns, sets) => {
      const table = await deleted(deletes, files, columns);
      const has = vi.spyOn(Set.prototype, "has");
      try {
        expect(await table.scan().toArray()).toHaveLength(ROWS - deletes);
        const lookups = has.mock.calls.filter(([key]) => typeof key === "bigint").length;
        expect(lookups).toBe(sets * ROWS);
      } finally {
        has.mockRestore();
      }
    },
  );
});
