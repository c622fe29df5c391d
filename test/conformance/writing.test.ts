/** Requirements of what is written from rows: expectations are the specification's. */
import { describe, expect, it } from "vitest";
import { defineSchema, identity, optional, required, t } from "../../src/index.ts";
import type { MemoryFileIO } from "../../src/io/index.ts";
import { printMetadata } from "../../src/metadata/index.ts";
import { type ParquetNode, readParquetFooter } from "../../src/parquet/index.ts";
import { Schema } from "../../src/schema/index.ts";
import { entriesOf, memory, rowsOf } from "./rows.ts";

const numbers = defineSchema({ n: required(t.long()) });

async function columnsOf(io: MemoryFileIO, location: string): Promise<unknown[]> {
  const idsBelow = (node: ParquetNode): unknown[] =>
    node.children.flatMap((child) => [child.fieldId, ...idsBelow(child)]);
  return idsBelow((await readParquetFooter(io.open(location))).root).filter((id) => id !== undefined);
}

describe("text with a lone surrogate (SCH-005)", () => {
  const schema = defineSchema({ a: required(t.string()), tags: optional(t.list(t.string())) });
  it.each([
    ["in a column", { a: "x\ud800" }, false],
    ["in a partition value", { a: "\udc00x" }, true],
    ["inside a list", { a: "x", tags: ["\ud800"] }, false],
  ])("%s is refused with the row's number, and nothing is left", async (_, row, partitioned) => {
    const { io, catalog } = await memory();
    const table = await catalog.createTable(
      "ns.t",
      schema,
      partitioned ? { partitionSpec: [identity("a")] } : {},
    );
    const before = [...io.files.keys()];
    await expect(table.append([{ a: "fine" }, row])).rejects.toMatchObject({
      code: "invalid-row",
      context: { row: 1 },
    });
    expect([...io.files.keys()]).toEqual(before);
  });
});

describe("columns of a data file (SCH-039, PAR-056, CMT-082)", () => {
  it("are all the table's, also those that are null throughout or tell the partition", async () => {
    const { io, catalog } = await memory();
    const schema = defineSchema({
      org: required(t.string()),
      n: required(t.long()),
      empty: optional(t.struct({ x: optional(t.int()) })),
    });
    const created = await catalog.createTable("ns.t", schema, { partitionSpec: [identity("org")] });
    const { table } = await created.append([{ org: "a", n: 1n }]);
    const [entry] = entriesOf(io, table.metadata);
    expect(await columnsOf(io, entry!.dataFile.filePath)).toEqual([1, 2, 3, 4]);
  });

  it("a required one without value or default fails the row (SCH-039)", async () => {
    const { catalog } = await memory();
    const table = await catalog.createTable("ns.t", numbers);
    await expect(table.append([{}] as never)).rejects.toMatchObject({
      code: "invalid-row",
      message: expect.stringContaining('"n"'),
    });
  });
});

it("a file's recorded size is that of its bytes (CMT-085, PAR-028, MAN-095)", async () => {
  const { io, catalog } = await memory();
  const { table } = await (await catalog.createTable("ns.t", numbers)).append([{ n: 1n }, { n: 2n }]);
  for (const { dataFile } of entriesOf(io, table.metadata)) {
    expect(dataFile.fileSizeInBytes).toBe(io.files.get(dataFile.filePath)!.length);
    expect(dataFile.recordCount).toBe(2);
  }
});

it("geometry has counts and no bounds: the order of its bytes means nothing (MAN-074, PAR-037)", async () => {
  const { io, catalog } = await memory();
  const schema = new Schema([
    { id: 1, name: "g", required: true, type: { kind: "geometry", crs: "OGC:CRS84" } },
  ]);
  const point = new Uint8Array([1, 1, 0, 0, 0, ...new Uint8Array(new Float64Array([30, 10]).buffer)]);
  const { table } = await (await catalog.createTable("ns.t", schema, { formatVersion: 3 })).append([
    { g: point },
  ]);
  const { valueCounts, nullValueCounts, lowerBounds, upperBounds } = entriesOf(io, table.metadata)[0]!
    .dataFile;
  expect([valueCounts?.get(1), nullValueCounts?.get(1)]).toEqual([1, 0]);
  expect([lowerBounds?.has(1) ?? false, upperBounds?.has(1) ?? false]).toEqual([false, false]);
});

describe("metadata files", () => {
  it.each([1, 2, 3] as const)(
    "v%i: no null but that of a v3 table's current snapshot (MET-004)",
    async (formatVersion) => {
      const { io, catalog } = await memory();
      let table = await catalog.createTable("ns.t", numbers, { formatVersion });
      ({ table } = await table.append([{ n: 1n }]));
      ({ table } = await table.append([{ n: 2n }]));
      const files = [...io.files].filter(([name]) => name.endsWith(".metadata.json"));
      expect(files).toHaveLength(3);
      for (const [name, bytes] of files) {
        const text = new TextDecoder()
          .decode(bytes)
          .replace(formatVersion === 3 ? /"current-snapshot-id": ?null/ : /^$/, "");
        expect(text.match(/: ?null\b/), name).toBeNull();
      }
      expect(printMetadata(table.metadata)).not.toContain("null");
    },
  );

  it("are written once and never changed, also when the table changes (MET-015, CMT-001)", async () => {
    const { io, catalog } = await memory();
    let table = await catalog.createTable("ns.t", numbers);
    const seen = new Map<string, Uint8Array>();
    for (const step of [1n, 2n, 3n]) {
      for (const [name, bytes] of io.files) {
        expect(bytes, name).toEqual(seen.get(name) ?? bytes);
        seen.set(name, bytes.slice());
      }
      ({ table } = await table.append([{ n: step }]));
    }
    expect([...io.files.keys()].filter((name) => name.endsWith(".metadata.json"))).toHaveLength(4);
    expect(await rowsOf(table)).toHaveLength(3);
  });
});
