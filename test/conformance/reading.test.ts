/** Requirements of reading rows with deletes and reserved columns: tables are written here, byte by byte where needed. */
import { describe, expect, it } from "vitest";
import { concatBytes } from "../../src/base/index.ts";
import { Transaction } from "../../src/commit/index.ts";
import { defineSchema, eq, gt, optional, required, t } from "../../src/index.ts";
import type { DataFile } from "../../src/manifests/index.ts";
import { createParquetEncoder, type ParquetNode, readParquetFooter } from "../../src/parquet/index.ts";
import { splitTask } from "../../src/planning/index.ts";
import { METADATA_COLUMN_IDS } from "../../src/reading/metadata-columns.ts";
import { type Field, Schema } from "../../src/schema/index.ts";
import { Table } from "../../src/table/index.ts";
import { entriesOf, memory } from "./rows.ts";

const ID = { namespace: ["ns"], name: "t" };
const schema = defineSchema({
  n: required(t.long()),
  place: optional(t.struct({ city: optional(t.string()) })),
});
type World = Awaited<ReturnType<typeof memory>>;

/** A table of rows n = 0 … 9 in one file, in row groups of few rows. */
async function tenRows(formatVersion: 1 | 2 | 3 = 2) {
  const world = await memory();
  const created = await world.catalog.createTable("ns.t", schema, { formatVersion });
  const rows = Array.from({ length: 10 }, (_, at) => ({
    n: BigInt(at),
    place: { city: at % 2 ? "odd" : null },
  }));
  const { table } = await created.append(rows);
  return { ...world, table };
}

/** A Parquet file of rows whose columns have the given ids, whatever they are called. */
function deleteFile(
  { io }: World,
  name: string,
  fields: readonly Field[],
  rows: object[],
  changes: Partial<DataFile>,
): DataFile {
  const encoder = createParquetEncoder(new Schema(fields), { codec: "uncompressed" });
  encoder.appendRows(rows as never);
  const bytes = concatBytes(encoder.finish().chunks);
  const filePath = `memory://w/${name}.parquet`;
  io.files.set(filePath, bytes);
  return {
    content: "position-deletes",
    filePath,
    fileFormat: "parquet",
    specId: 0,
    partition: [],
    recordCount: rows.length,
    fileSizeInBytes: bytes.length,
    ...changes,
  };
}

const positionFields = (path: string, pos: string): readonly Field[] => [
  { id: 2147483546, name: path, required: true, type: { kind: "string" } },
  { id: 2147483545, name: pos, required: true, type: { kind: "long" } },
];

async function after({ client, runtime }: World, addedDeletes: DataFile[], addedData: DataFile[] = []) {
  const transaction = new Transaction({ client, runtime }, await client.loadTable(ID), (loaded) => loaded);
  await transaction.rowDelta({ addedDeletes, addedData }).commit();
  return new Table(await client.loadTable(ID));
}

const numbers = async (table: Table, options = {}) =>
  (await table.scan({ select: ["n"], ...options }).toArray()).map(({ n }) => Number(n));

describe("position delete files (SCH-090, SCN-066, PAR-054)", () => {
  it.each([
    ["file_path", "pos"],
    ["pos", "file_path"],
  ])("are read by the reserved ids, with the columns called %s and %s", async (path, pos) => {
    const world = await tenRows();
    const file = entriesOf(world.io, world.table.metadata)[0]!.dataFile.filePath;
    const rows = [
      { [path]: "memory://w/another.parquet", [pos]: 1n },
      { [path]: file, [pos]: 3n },
      { [path]: file, [pos]: 7n },
      { [path]: file, [pos]: 70n },
    ];
    const table = await after(world, [deleteFile(world, "d", positionFields(path, pos), rows, {})]);
    expect(await numbers(table)).toEqual([0, 1, 2, 4, 5, 6, 8, 9]);
  });
});

describe("positions (SCN-064, SCN-065)", () => {
  it("are of the whole file, whatever the filter leaves, and deletes come out the same", async () => {
    const world = await tenRows();
    const file = entriesOf(world.io, world.table.metadata)[0]!.dataFile.filePath;
    const rows = [5n, 6n].map((pos) => ({ file_path: file, pos }));
    const table = await after(world, [deleteFile(world, "d", positionFields("file_path", "pos"), rows, {})]);
    const filtered = await table.scan({ filter: gt("n", 4n), select: ["n", "_pos"] as never }).toArray();
    expect(filtered).toEqual([7n, 8n, 9n].map((n) => ({ n, _pos: n })));
    expect(await numbers(table, { filter: eq("n", 5n) })).toEqual([]);
  });
});

describe("equality deletes (CMT-041, CMT-043, SCN-062)", () => {
  it("of an optional column in an optional struct, nulls equal, and of several sets of columns", async () => {
    const world = await tenRows();
    const city: Field = { id: 3, name: "city", required: false, type: { kind: "string" } };
    const place: Field = { id: 2, name: "place", required: false, type: { kind: "struct", fields: [city] } };
    const byCity = deleteFile(world, "city", [place], [{ place: { city: null } }], {
      content: "equality-deletes",
      equalityIds: [3],
    });
    const n: Field = { id: 1, name: "n", required: true, type: { kind: "long" } };
    const byNumber = deleteFile(world, "n", [n], [{ n: 9n }], {
      content: "equality-deletes",
      equalityIds: [1],
    });
    const table = await after(world, [byCity, byNumber]);
    expect(await numbers(table)).toEqual([1, 3, 5, 7]);
  });
});

describe("equality delete columns (SCH-036, CMT-043)", () => {
  const columns = new Schema([
    { id: 1, name: "n", required: true, type: { kind: "long" } },
    { id: 2, name: "ratio", required: true, type: { kind: "double" } },
    {
      id: 3,
      name: "tags",
      required: false,
      type: { kind: "list", elementId: 5, elementRequired: false, element: { kind: "string" } },
    },
    {
      id: 4,
      name: "place",
      required: false,
      type: { kind: "struct", fields: [{ id: 6, name: "city", required: false, type: { kind: "string" } }] },
    },
  ]);
  const commit = async (equalityIds: number[]) => {
    const world = await memory();
    await world.catalog.createTable("ns.t", columns);
    const file = {
      content: "equality-deletes",
      filePath: "memory://w/e.parquet",
      fileFormat: "parquet",
      specId: 0,
      partition: [],
      recordCount: 1,
      fileSizeInBytes: 1,
      equalityIds,
    } as const;
    return await after(world, [file]);
  };

  it.each([
    [2, /ratio .*floating/],
    [5, /tags.element .*list or map/],
    [4, /place .*not primitive/],
    [9, /id 9 .*no schema/],
  ])("field %i is refused", async (id, message) => {
    await expect(commit([1, id])).rejects.toThrow(message);
  });
  it("an optional column below an optional struct is taken", async () => {
    expect((await commit([1, 6])).currentSnapshot?.summary?.get("added-equality-delete-files")).toBe("1");
  });
});

describe("columns that readers add (SCH-079, SCH-089)", () => {
  it("have the ids of the specification", () => {
    expect(METADATA_COLUMN_IDS).toEqual({
      _file: 2147483646,
      _pos: 2147483645,
      _deleted: 2147483644,
      _spec_id: 2147483643,
      _partition: 2147483642,
      _row_id: 2147483540,
      _last_updated_sequence_number: 2147483539,
    });
  });

  it("come from the reader, and a column that is called like one is the table's own", async () => {
    const { io, catalog } = await memory();
    const odd = new Schema([
      { id: 1, name: "_pos", required: true, type: { kind: "string" } },
      { id: 2, name: "n", required: true, type: { kind: "long" } },
    ]);
    const { table } = await (await catalog.createTable("ns.t", odd)).append([
      { _pos: "mine", n: 1n },
      { _pos: "yours", n: 2n },
    ]);
    const rows = await table.scan({ select: ["_pos", "_file", "n"] as never }).toArray();
    const _file = entriesOf(io, table.metadata)[0]!.dataFile.filePath;
    expect(rows).toEqual([
      { _pos: "mine", _file, n: 1n },
      { _pos: "yours", _file, n: 2n },
    ]);
  });
});

describe("row lineage", () => {
  const lineage = ["n", "_row_id", "_last_updated_sequence_number"] as never;

  it("counts ids from the file's first one by place, filtered or not (SCH-091, SCH-093, SCN-080)", async () => {
    const { table } = await tenRows(3);
    const { table: more } = await table.append([{ n: 10n, place: null }]);
    const rows = await more.scan({ filter: gt("n", 7n), select: lineage }).toArray();
    expect(rows.toSorted((a, b) => Number(a.n - b.n))).toEqual([
      { n: 8n, _row_id: 8n, _last_updated_sequence_number: 1n },
      { n: 9n, _row_id: 9n, _last_updated_sequence_number: 1n },
      { n: 10n, _row_id: 10n, _last_updated_sequence_number: 2n },
    ]);
  });

  it("is null in files from before version 3 (SCH-091, SCH-092)", async () => {
    const { table } = await tenRows(2);
    const { table: upgraded } = await table.updateProperties({ set: { "format-version": "3" } });
    const [row] = await upgraded.scan({ filter: eq("n", 3n), select: lineage }).toArray();
    expect(row).toEqual({ n: 3n, _row_id: null, _last_updated_sequence_number: null });
  });

  it("a row that takes the place of one deleted by value is a new row (SCH-095)", async () => {
    const world = await tenRows(3);
    const before = world.table.metadata.nextRowId!;
    const n: Field = { id: 1, name: "n", required: true, type: { kind: "long" } };
    const upsert = deleteFile(world, "n", [n], [{ n: 4n }], {
      content: "equality-deletes",
      equalityIds: [1],
    });
    const data = deleteFile(world, "data", schema.fields, [{ n: 4n, place: { city: "new" } }], {
      content: "data",
    });
    const table = await after(world, [upsert], [data]);
    const [row, ...more] = await table.scan({ filter: eq("n", 4n), select: lineage }).toArray();
    expect(more).toEqual([]);
    expect(row).toEqual({ n: 4n, _row_id: before, _last_updated_sequence_number: 2n });
  });

  it("its columns are in no file that is written from rows, nor in the schema (SCH-096)", async () => {
    const { io, table } = await tenRows(3);
    const { filePath } = entriesOf(io, table.metadata)[0]!.dataFile;
    const footer = await readParquetFooter(io.open(filePath));
    const idsBelow = (node: ParquetNode): unknown[] =>
      node.children.flatMap((child) => [child.fieldId, ...idsBelow(child)]);
    expect(idsBelow(footer.root)).toEqual([1, 2, 3]);
    for (const { highestFieldId } of table.metadata.schemas) expect(highestFieldId).toBe(3);
  });
});

describe("split offsets (MAN-025)", () => {
  const task = (splitOffsets: number[] | undefined) =>
    ({
      dataFile: { fileFormat: "parquet", fileSizeInBytes: 100, ...(splitOffsets && { splitOffsets }) },
    }) as never;
  const starts = (offsets: number[] | undefined) => splitTask(task(offsets), 40).map(({ start }) => start);

  it("divide a file where they ascend within it", () => expect(starts([4, 50])).toEqual([0, 50]));
  it.each([[undefined], [[]], [[50, 4]], [[4, 4]], [[4, 100]], [[-1, 50]]])("%j are ignored", (offsets) => {
    expect(starts(offsets)).toEqual([0, 40, 80]);
  });
});

it.each(["orc", "avro"] as const)(
  "a %s data file is read or refused by name, never left out (PAR-051)",
  async (fileFormat) => {
    const world = await tenRows();
    const odd = deleteFile(world, "odd", schema.fields, [{ n: 99n, place: null }], {
      content: "data",
      fileFormat,
    });
    const table = await after(world, [], [odd]);
    await expect(numbers(table)).rejects.toMatchObject({
      code: fileFormat === "orc" ? "unsupported" : "corrupt-file",
      message: expect.stringContaining("memory://w/odd.parquet"),
    });
  },
);
