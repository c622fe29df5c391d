/**
 * Every metadata table of `src/inspect` against PyIceberg's: the same columns in the same order with the same values,
 * on tables of ours with deletes and evolution and on the tables that other engines left in `../shared/fixtures`.
 * @module
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileCatalog } from "../../../src/node.ts";
import { RowsDiffer } from "../harness/compare.ts";
import type { Engine } from "../harness/engine.ts";
import { asPath, ROOT } from "../harness/places.ts";
import { assertEqual, assertThrows, type Suite, type SuiteContext } from "../harness/suite.ts";
import { quoteNumbers, readTable, type TableFacts } from "../harness/table-metadata.ts";
import { operationTables } from "./operation-tables.ts";

/** Handed out beside the checkout; without it the suite fails. */
const FIXTURES = join(ROOT, "..", "shared", "fixtures");

/** PyIceberg takes minutes over the 5,000 files of one manifest; `npm run test:shared` reads it. */
const TOO_LARGE = ["duckdb/generated_bounds"];

const FILES = ["files", "data_files", "delete_files", "entries"];
/** Tables whose rows come in the order of the metadata; the order of the others is that of a set in PyIceberg. */
const ORDERED = [
  "snapshots",
  "history",
  "refs",
  "metadata_log_entries",
  "manifests",
  "all_manifests",
  ...FILES,
];
const TABLES = [...ORDERED, "all_files", "all_data_files", "all_delete_files", "partitions"];

export const METADATA_TABLES: Suite = {
  name: "metadata-tables",
  purpose: "each of our metadata tables has PyIceberg's columns and values",
  stage: "fast",
  run: async (context) => {
    const catalog = fileCatalog(context.folder, { writeForeignTables: true });
    await catalog.ensureNamespace("ns");
    for (const { name, write } of operationTables()) {
      const { table } = await write(catalog, name);
      await compareTables(context, name, { metadata: table.metadataLocation });
      if (name === "positions_v2") await negativeControls(context, { metadata: table.metadataLocation });
    }
    const expected = JSON.parse(readFileSync(join(FIXTURES, "expected.json"), "utf8"));
    for (const [name, { metadata }] of Object.entries<{ metadata: string }>(expected.tables)) {
      if (TOO_LARGE.includes(name)) continue;
      const moved = join(FIXTURES, name, "metadata");
      await compareTables(context, name, { metadata: join(moved, metadata), moved });
    }
  },
};

interface TableAt {
  readonly metadata: string;
  /** Folder of its metadata, where that is not where it was written. */
  readonly moved?: string;
}

type Row = Record<string, unknown>;

/** What PyIceberg 0.12.0 cannot show; it must then fail with that message, so that progress is noticed. */
const REFUSALS: readonly { readonly why: string; readonly error: RegExp; readonly of?: RegExp }[] = [
  {
    why: "cannot hold bounds of uuid columns",
    error: /ArrowNotImplementedError: extension/,
    of: /files|entries/,
  },
  {
    why: "fails on a file without column sizes",
    error: /TypeError: 'NoneType' object is not iterable/,
    of: /entries/,
  },
  { why: "snapshot ids of 64 bits only", error: /OverflowError/ },
  { why: "needs a snapshot", error: /the table does not have any/, of: /entries|partitions/ },
  { why: "does not read v1 snapshots with inline manifests", error: /manifest-list\s+Field required/ },
  { why: "does not know variant", error: /Unsupported field type: 'variant'/ },
];

async function compareTables(context: SuiteContext, subject: string, at: TableAt): Promise<void> {
  const [ours, theirs] = [await context.engine("icewright"), await context.engine("pyiceberg")];
  const table = readTable(at.metadata);
  for (const name of TABLES) {
    await context.check(subject, theirs.name, name, () => compare(name, table, at, ours, theirs));
  }
}

async function compare(
  name: string,
  table: TableFacts,
  at: TableAt,
  ours: Engine,
  theirs: Engine,
): Promise<string | undefined> {
  const asked = (engine: Engine) =>
    engine.call("metadata-table", { ...at, name }).then(
      ({ rows }) => rows,
      (error: unknown) => error as Error,
    );
  const [mine, other] = await Promise.all([asked(ours), asked(theirs)]);
  if (other instanceof Error) {
    const known = REFUSALS.find(({ error, of }) => error.test(other.message) && (of?.test(name) ?? true));
    if (known !== undefined) {
      // What PyIceberg cannot show we show, unless it is not there.
      if (mine instanceof Error && !/unsupported: .*inline/.test(mine.message)) throw mine;
      return known.why;
    }
    // Files that are not among the fixtures are missed by both.
    if (/FileNotFoundError/.test(other.message) && mine instanceof Error && /ENOENT/.test(mine.message))
      return undefined;
    throw other;
  }
  if (mine instanceof Error) throw mine;
  assertSame(
    name,
    mine.map((text) => ourRow(name, text, table)),
    other.map((text) => theirRow(name, text, table)),
  );
  return undefined;
}

/** What is changed on both sides: numbers become marked text, the same for the same float, and what is said below. */
function normal(name: string, text: string, table: TableFacts): Row {
  const row = JSON.parse(quoteNumbers(text, "#"), (_key, value: unknown) =>
    typeof value === "string" && /^#.*[.e]/i.test(value) ? `#${Number(value.slice(1))}` : value,
  ) as Row;
  if ("readable_metrics" in row) row.readable_metrics = topLevel(row.readable_metrics as Row, table);
  // Opened by a path here, by a location there.
  if (name === "metadata_log_entries") row.file = asPath(row.file as string);
  if (name === "entries") {
    // Where a file has no such counts PyIceberg shows none among its files, but an empty map among its entries.
    const file = row.data_file as Row;
    for (const key of Object.keys(file)) if (JSON.stringify(file[key]) === "[]") file[key] = null;
  }
  return row;
}

function ourRow(name: string, text: string, table: TableFacts): Row {
  const row = normal(name, text, table);
  const { partition, spec_id, ...unpartitioned } = row;
  // Java shows a file's spec among the entries, too, as we do.
  if (name === "entries") delete (row.data_file as Row).spec_id;
  // PyIceberg leaves both out where the snapshot's specs have no fields; Java shows the fields of all specs, as we do.
  if (name === "partitions" && Object.keys(partition as Row).length === 0) return unpartitioned;
  return row;
}

function theirRow(name: string, text: string, table: TableFacts): Row {
  const row = normal(name, text, table);
  // Text made of Python's None.
  if (name === "snapshots" && row.summary === null) row.operation = null;
  return row;
}

/** PyIceberg gives each top-level column one entry, empty for nested ones; we, as Java, give each leaf one. */
function topLevel(metrics: Row, { schema }: TableFacts): Row {
  const flat = new Set(schema.fields.filter(({ type }) => typeof type === "string").map(({ name }) => name));
  return Object.fromEntries(Object.entries(metrics).filter(([name]) => flat.has(name)));
}

/** @throws RowsDiffer unless the rows are the same, columns in the same order, in tables with an order rows too. */
function assertSame(name: string, mine: readonly Row[], other: readonly Row[]): void {
  const [ours, theirs] = [mine, other].map((rows) => {
    const texts = rows.map((row) => JSON.stringify(row));
    return ORDERED.includes(name) ? texts : texts.sort();
  }) as [string[], string[]];
  assertEqual(ours.length, theirs.length, `Number of rows of ${name}`);
  const at = ours.findIndex((text, i) => text !== theirs[i]);
  if (at < 0) return;
  const [a, b] = [ours[at]!, theirs[at]!];
  const from = Math.max(0, [...a].findIndex((letter, i) => letter !== b[i]) - 60);
  throw new RowsDiffer(`${name}, row ${at}: ${a.slice(from, from + 200)} ≠ ${b.slice(from, from + 200)}`);
}

/** Whatever is wrong in a metadata table of ours must be reported: a cell, a column's name or place, a lost row. */
async function negativeControls(context: SuiteContext, at: TableAt): Promise<void> {
  const ours = await context.engine("icewright");
  const table = readTable(at.metadata);
  for (const name of TABLES) {
    await context.check(
      "negative controls",
      ours.name,
      `whatever is wrong in ${name} is reported`,
      async () => {
        const { rows } = await ours.call("metadata-table", { ...at, name });
        const right = rows.map((text) => ourRow(name, text, table));
        const first = Object.entries(right[0]!);
        const reported = (wrong: readonly (readonly [string, unknown])[]) =>
          assertThrows(() => assertSame(name, [Object.fromEntries(wrong), ...right.slice(1)], right), /≠/);
        for (const [i, [key]] of first.entries()) {
          await reported(first.with(i, [key, "wrong"]));
          await reported(first.with(i, [`${key}s`, first[i]![1]]));
        }
        await reported([...first.slice(1), first[0]!]);
        await assertThrows(() => assertSame(name, right.slice(1), right), /Number of rows/);
      },
    );
  }
}
