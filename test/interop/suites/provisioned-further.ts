/**
 * What else is asked of tables of the catalogue beside their rows: reserved columns, incremental append scans, and that
 * a commit of ours leaves alone what it has no business with.
 * @module
 */
import { cpSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileCatalog } from "../../../src/node.ts";
import { assertSameRows } from "../harness/compare.ts";
import { EngineError } from "../harness/engine.ts";
import { asPath } from "../harness/places.ts";
import type { Appends, Scenario } from "../harness/provision.ts";
import { assertEqual, type SuiteContext } from "../harness/suite.ts";
import {
  newestMetadata,
  quoteNumbers,
  readTable,
  type StructType,
  schemaAt,
  type TableFacts,
} from "../harness/table-metadata.ts";

const RESERVED: Readonly<Record<string, string>> = {
  _file: "string",
  _pos: "long",
  _spec_id: "int",
  _row_id: "long",
  _last_updated_sequence_number: "long",
};

/** Parts of the metadata that every append changes. */
const CHANGED = new Set([
  "last-sequence-number",
  "last-updated-ms",
  "current-snapshot-id",
  "snapshots",
  "snapshot-log",
  "metadata-log",
  "next-row-id",
]);

/** Rows with reserved columns, of every snapshot. */
export async function judgeReserved(
  context: SuiteContext,
  { name, reserved = [] }: Scenario,
  table: TableFacts,
  expected: Readonly<Record<string, readonly string[]>>,
): Promise<void> {
  const icewright = await context.engine("icewright");
  for (const [snapshot, rows] of Object.entries(expected)) {
    await context.check(name, "icewright", `${reserved.join()} of snapshot ${snapshot}`, async () => {
      const schema = schemaAt(table, snapshot);
      const columns = [...schema.fields.map((field) => field.name), ...reserved];
      const actual = await icewright.scan({ metadata: table.metadata, snapshot, columns });
      assertSameRows(
        { from: "icewright", rows: actual },
        { from: "its writer", rows },
        withReserved(schema, reserved),
      );
    });
  }
}

/** Incremental append scans: the rows Java reads, or a refusal where Java refuses. */
export async function judgeAppends(
  context: SuiteContext,
  { name }: Scenario,
  table: TableFacts,
  expected: readonly Appends[],
): Promise<void> {
  const icewright = await context.engine("icewright");
  const { metadata, schema } = table;
  for (const { range, rows, error } of expected) {
    const { after, from, to } = range;
    // Nothing lies behind the end itself: no rows for us, an error for Java
    if (after === to) continue;
    const title = `appends ${after ? `after ${after} ` : ""}${from ? `from ${from} ` : ""}to ${to}`;
    await context.check(name, "icewright", title, async () => {
      const ours = await icewright.call("appends", { metadata, ...range }).catch((caught: unknown) => {
        if (caught instanceof EngineError && /^icewright: no-such-snapshot/.test(caught.message))
          return caught;
        throw caught;
      });
      if (ours instanceof EngineError) {
        if (error === undefined) throw ours;
      } else if (rows === undefined) {
        throw new Error(`Returned ${ours.rows.length} rows where Java fails: ${error}`);
      } else {
        assertSameRows({ from: "icewright", rows: ours.rows }, { from: "java", rows }, schema);
      }
    });
  }
}

/** Appends the first row once more to a copy of the table: Java reads it, and the rest of the metadata is as it was. */
export async function judgeOurAppend(
  context: SuiteContext,
  { name }: Scenario,
  table: TableFacts,
  rows: readonly string[],
): Promise<void> {
  const java = await context.engine("java");
  await context.check(name, "java", "our append to a copy changes nothing else", async () => {
    const catalog = fileCatalog(context.folder, { writeForeignTables: true });
    await catalog.ensureNamespace("copies");
    const identifier = ["copies", name.replace(/\W+/g, "_").toLowerCase()];
    const before = copyOf(table, join(context.folder, ...identifier));
    const copy = await catalog.loadTable(identifier);
    const old = restOf(newestMetadata(before)!);
    await copy.append([JSON.parse(rows[0]!) as Record<string, unknown>]);
    const metadata = newestMetadata(before)!;
    assertEqual(restOf(metadata), old, "The rest of the metadata");
    await java.call("validate", { metadata });
    const actual = { from: "java", rows: await java.scan({ metadata }) };
    assertSameRows(actual, { from: "its writer and us", rows: [...rows, rows[0]!] }, table.schema);
    assertEqual(readTable(metadata).snapshots.length, table.snapshots.length + 1, "Snapshots");
  });
}

/** The folder of the copy. Its metadata speak of the copy; manifests and files stay where they are. */
function copyOf({ metadata, location }: TableFacts, folder: string): string {
  cpSync(dirname(dirname(asPath(metadata))), folder, { recursive: true });
  for (const file of readdirSync(join(folder, "metadata"))) {
    const path = join(folder, "metadata", file);
    if (file.endsWith(".metadata.json"))
      writeFileSync(path, readFileSync(path, "utf8").replaceAll(location, folder));
  }
  return folder;
}

/** Everything of a metadata file that an append does not change; of the references all but `main`. */
function restOf(path: string): string {
  const held = JSON.parse(quoteNumbers(readFileSync(path, "utf8"), "")) as Record<string, unknown>;
  const { main: _, ...refs } = (held.refs ?? {}) as Record<string, unknown>;
  const rest = Object.entries({ ...held, refs }).filter(([key]) => !CHANGED.has(key));
  return JSON.stringify(Object.fromEntries(rest.sort(([a], [b]) => (a < b ? -1 : 1))));
}

function withReserved(schema: StructType, reserved: readonly string[]): StructType {
  const fields = reserved.map((name, i) => ({
    id: 10_000 + i,
    name,
    required: false,
    type: RESERVED[name]!,
  }));
  return { type: "struct", fields: [...schema.fields, ...fields] };
}
