/** `icewright append`: rows of JSON Lines, CSV, Parquet or Arrow files into a table, in one commit. Spec: none. @module */
import { stat } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { IcebergError, type Json } from "../../base/index.ts";
import { fileError } from "../../io/node.ts";
import { type Snapshot, specById } from "../../metadata/index.ts";
import type { Table } from "../../table/index.ts";
import { addedFiles, partitionLines, partitionTotals, totalsJson } from "../added-files.ts";
import { type AppendFile, AppendRows, type AppendTotals } from "../append-rows.ts";
import { choiceFlag } from "../arguments.ts";
import { BadRowFile } from "../bad-rows.ts";
import { catalogText } from "../catalog-choice.ts";
import { count, document, grouped, labelled } from "../format.ts";
import type { RecordReader } from "../input-records.ts";
import { openForCommit } from "../open-table.ts";
import { readArrowRows } from "../read-arrow-rows.ts";
import { readCsv } from "../read-csv.ts";
import { readJsonLines } from "../read-jsonl.ts";
import { readParquetRows } from "../read-parquet-rows.ts";
import { harmless } from "../terminal.ts";
import { type CliContext, type Invocation, UsageError, type Verb } from "../verb.ts";

const FORMAT_NAMES = ["jsonl", "csv", "tsv", "parquet", "arrow"] as const;
type Format = (typeof FORMAT_NAMES)[number];

export const append: Verb = {
  name: "append",
  summary: "Append rows of JSON Lines, CSV, Parquet or Arrow files to a table",
  operands: "TABLE FILE...",
  operandCount: { min: 2, max: Number.POSITIVE_INFINITY },
  flags: {
    format: {
      kind: "text",
      placeholder: "FORMAT",
      choices: FORMAT_NAMES,
      help: "jsonl, csv, tsv, parquet or arrow, where the ending does not say",
    },
    "skip-bad-rows": { kind: "text", placeholder: "FILE", help: "Put bad rows there and write the others" },
    "ignore-unknown": { kind: "switch", help: "Leave out columns the table does not have" },
    delimiter: { kind: "text", placeholder: "CHAR", help: "Between fields of CSV (default a comma)" },
    null: {
      kind: "text",
      placeholder: "TEXT",
      help: "What stands for null in CSV (default nothing, without quotes)",
    },
  },
  notes: [
    "FILE ends in .jsonl or .ndjson (one object a line), .csv or .tsv (with a header row), these also with .gz; .parquet;\n" +
      ".arrow, .arrows or .feather. Columns are matched by name. All files are written in one commit, or none.",
    "A row that does not fit ends the command with its number, column and value, and nothing is written. With\n" +
      "--skip-bad-rows the bad rows go to FILE as JSON Lines: file, row, column, value, error, record.",
    "Values are as scan --json prints them: 64-bit integers exact, decimals, times and uuids as text, binary as hex.\n" +
      "In CSV a field without quotes that is empty is null, one with quotes is empty text; nested values are JSON.",
  ],
  examples: [
    { command: "append shop.orders orders.jsonl", says: "one object a line" },
    {
      command: "append shop.orders 2025-*.csv.gz --skip-bad-rows bad.jsonl --null NA",
      says: "many files, one commit",
    },
    { command: "append shop.orders export.parquet --ignore-unknown", says: "the columns the table has" },
  ],
  run: runAppend,
};

const READERS: Readonly<Record<Format, RecordReader>> = {
  jsonl: readJsonLines,
  csv: readCsv,
  tsv: (file, options) => readCsv(file, { delimiter: "\t", ...options }),
  parquet: readParquetRows,
  arrow: readArrowRows,
};

async function runAppend(invocation: Invocation, context: CliContext): Promise<void> {
  const [operand, ...names] = invocation.operands;
  const { signal } = context;
  const format = choiceFlag(invocation, "format", FORMAT_NAMES);
  const delimiter = delimiterOf(invocation);
  const nullText = invocation.text("null");
  const badRowsName = invocation.text("skip-bad-rows");
  const badRows = badRowsName === undefined ? undefined : new BadRowFile(resolve(context.cwd, badRowsName));
  const files = await Promise.all(names.map((name) => fileOf(name, format, context)));
  const table = await openForCommit(operand!, context);
  const total = files.reduce((sum, { size }) => sum + size, 0);
  const options = {
    schema: table.schema,
    signal,
    ignoreUnknown: invocation.has("ignore-unknown"),
    ...(delimiter !== undefined && { delimiter }),
    ...(nullText !== undefined && { nullText }),
  };
  const label = `appending to ${table.name}`;
  const rows = new AppendRows(table, files, options, badRows, async (done, read) => {
    await context.progress.show({ label, done, total, detail: count(read, "row") });
  });
  await context.note(`appending to ${harmless(table.name)} in ${catalogText(context.catalog)}`);
  let appended: { readonly table: Table; readonly snapshot: Snapshot };
  try {
    appended = await table.append(rows.batches(), { signal });
  } catch (error) {
    throw noRows(rows.totals, error) ?? rows.explain(error);
  } finally {
    await badRows?.close();
    await context.progress.clear();
  }
  await report(rows.totals, appended, badRows, context);
}

/** One character; `\t` is a tab. */
function delimiterOf(invocation: Invocation): string | undefined {
  const text = invocation.text("delimiter");
  if (text === undefined) return undefined;
  const delimiter = text === "\\t" ? "\t" : text;
  if (delimiter.length === 1 && !/["\r\n]/.test(delimiter)) return delimiter;
  throw new UsageError(`--delimiter takes one character other than a quote, not ${JSON.stringify(text)}`);
}

async function fileOf(name: string, format: Format | undefined, { cwd }: CliContext): Promise<AppendFile> {
  const ending = /\.(jsonl|ndjson|csv|tsv|parquet|arrow|arrows|feather)(\.gz)?$/i.exec(basename(name));
  const found = format ?? (ending === null ? undefined : FORMATS[ending[1]!.toLowerCase()]);
  const gzip = /\.gz$/i.test(name);
  const isText = found === "jsonl" || found === "csv" || found === "tsv";
  if (found === undefined || (gzip && !isText)) {
    throw new IcebergError(
      "invalid-argument",
      `Cannot append ${name}: its ending does not say what it holds; ` +
        "use .jsonl, .ndjson, .csv or .tsv, each also with .gz, .parquet, .arrow or .feather, or say --format",
      { context: { file: name } },
    );
  }
  const path = resolve(cwd, name);
  try {
    const { size } = await stat(path);
    return { name, path, gzip, size, read: READERS[found] };
  } catch (error) {
    throw fileError("read", name, error);
  }
}

const FORMATS: Readonly<Record<string, Format>> = {
  jsonl: "jsonl",
  ndjson: "jsonl",
  csv: "csv",
  tsv: "tsv",
  parquet: "parquet",
  arrow: "arrow",
  arrows: "arrow",
  feather: "arrow",
};

/** The table's own word on nothing to write says less than we know. */
function noRows(totals: readonly AppendTotals[], error: unknown): IcebergError | undefined {
  const isEmpty =
    error instanceof IcebergError && error.code === "invalid-argument" && sum(totals, "rows") === 0;
  if (!isEmpty) return undefined;
  const skipped = sum(totals, "skipped");
  const names = totals.length === 1 ? totals[0]!.file.name : `these ${totals.length} files`;
  return new IcebergError(
    "invalid-row",
    skipped > 0
      ? `Cannot append ${names}: all ${count(skipped, "row")} are bad; nothing was written`
      : `Cannot append ${names}: there are no rows; nothing was written`,
    { cause: error },
  );
}

async function report(
  totals: readonly AppendTotals[],
  { table, snapshot }: { readonly table: Table; readonly snapshot: Snapshot },
  badRows: BadRowFile | undefined,
  context: CliContext,
): Promise<void> {
  const files = await addedFiles(table, snapshot, { signal: context.signal });
  const partitions = partitionTotals(files, table.schema, (id) => specById(table.metadata, id));
  const skipped = sum(totals, "skipped");
  if (context.json) {
    const json: Json = {
      table: table.name,
      metadata_location: table.metadataLocation,
      snapshot_id: snapshot.snapshotId,
      rows: sum(totals, "rows"),
      skipped_rows: skipped,
      bad_rows_file: skipped > 0 ? badRows!.path : null,
      data_files: files.length,
      files: totals.map(({ file, rows, skipped }) => ({ file: file.path, rows, skipped_rows: skipped })),
      partitions: totalsJson(partitions),
    };
    await context.out.write(document(json));
    return;
  }
  await context.out.line(
    labelled([
      ["table", harmless(table.name)],
      ["snapshot", String(snapshot.snapshotId)],
      ["metadata", harmless(table.metadataLocation)],
      ["written", `${count(sum(totals, "rows"), "row")} in ${count(files.length, "data file")}`],
      ...(skipped > 0
        ? [["skipped", `${grouped(skipped)} bad, now in ${harmless(badRows!.path)}`] as const]
        : []),
    ]),
  );
  if (table.spec.fields.length > 0) {
    const lines = partitionLines(partitions).split("\n").map(harmless).join("\n");
    await context.out.line(`\npartitions\n${lines}`);
  }
}

function sum(totals: readonly AppendTotals[], what: "rows" | "skipped"): number {
  return totals.reduce((total, each) => total + each[what], 0);
}
