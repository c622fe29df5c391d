/** Tables of every type, transform, codec and metrics mode that icewright writes, judged by every engine. @module */
import { stringifyJson } from "../../../src/base/index.ts";
import { fileCatalog } from "../../../src/node.ts";
import { parsePartitionTerm } from "../../../src/partitioning/index.ts";
import { schemaFromJson } from "../../../src/schema/index.ts";
import { asc } from "../../../src/sorting/index.ts";
import { judge } from "../harness/judge.ts";
import { forEachEngine, type Suite, type SuiteContext } from "../harness/suite.ts";
import { readTable } from "../harness/table-metadata.ts";
import {
  type Cell,
  type JsonType,
  type RowCells,
  type WrittenTable,
  writtenTables,
} from "./written-tables.ts";

export const WRITTEN: Suite = {
  name: "written",
  purpose:
    "every engine reads the rows that icewright was given, over all types, transforms, codecs and metrics modes",
  stage: "fast",
  run: async (context) => {
    for (const written of writtenTables()) await judgeWritten(context, written);
  },
};

async function judgeWritten(context: SuiteContext, written: WrittenTable): Promise<void> {
  let metadata = "";
  const done = await context.check(written.name, "icewright", "is written", async () => {
    metadata = await writeTable(context.folder, written);
  });
  if (!done) return;
  const rows = written.commits.flat().map((row) => rowText(row, written));
  const expected = { from: "rows given", rows };
  const features = new Set(written.features ?? []);
  const table = readTable(metadata);
  const subject = { name: written.name, table, expected, features };
  await forEachEngine(context, (engine) => judge(context, engine, subject));
}

/** Creates and fills a table; answers its metadata location. */
export async function writeTable(folder: string, written: WrittenTable): Promise<string> {
  const catalog = fileCatalog(folder);
  await catalog.ensureNamespace("ns");
  const schema = schemaFromJson(
    JSON.parse(JSON.stringify({ type: "struct", "schema-id": 0, fields: written.fields })),
  );
  let table = await catalog.createTable(["ns", written.name], schema, {
    ...(written.partition && { partitionSpec: written.partition.map((term) => parsePartitionTerm(term)) }),
    ...(written.sort && { sortOrder: written.sort.map((column) => asc(column)) }),
    ...(written.properties && { properties: written.properties }),
    ...(written.version && { formatVersion: written.version }),
  });
  for (const rows of written.commits) {
    ({ table } = await table.append(rows.map((row) => inputRow(row, written))));
  }
  return table.metadataLocation;
}

function inputRow(row: RowCells, { fields }: WrittenTable): Record<string, unknown> {
  return Object.fromEntries(fields.map(({ name, type }) => [name, input(row[name] ?? null, type)]));
}

/** What `append` takes for a cell: bytes for hex text, everything else as it is. */
function input(cell: Cell, type: JsonType): unknown {
  if (typeof type === "string") {
    const isBytes = type === "binary" || type.startsWith("fixed");
    return isBytes && typeof cell === "string" ? new Uint8Array(Buffer.from(cell, "hex")) : cell;
  }
  return cell;
}

function rowText(row: RowCells, { fields }: WrittenTable): string {
  return `{${fields.map(({ name }) => `${JSON.stringify(name)}:${cellText(row[name] ?? null)}`).join(",")}}`;
}

function cellText(cell: Cell): string {
  if (typeof cell === "number" && !Number.isFinite(cell)) return JSON.stringify(String(cell));
  if (Object.is(cell, -0)) return "-0.0";
  if (Array.isArray(cell)) return `[${cell.map(cellText).join(",")}]`;
  if (typeof cell === "object" && cell !== null) {
    return `{${Object.entries(cell)
      .map(([name, value]) => `${JSON.stringify(name)}:${cellText(value)}`)
      .join(",")}}`;
  }
  return stringifyJson(cell as string | number | bigint | boolean | null);
}
