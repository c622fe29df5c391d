/** `icewright demo`: sample traces into a table, a scan that explains itself, and how others open it. Spec: none. @module */
import { readFile } from "node:fs/promises";
import type { Json } from "../../base/index.ts";
import { parseExpression } from "../../expressions/index.ts";
import { specById } from "../../metadata/index.ts";
import { decodeTraces, type TracesData } from "../../otlp-wire/index.ts";
import type { Scan } from "../../reading/index.ts";
import { formatTimestamp } from "../../schema/index.ts";
import { mapSpans, sampleTraces, type TraceEventRow, traceEvents } from "../../telemetry/index.ts";
import { canonicalJson } from "../../values/index.ts";
import { partitionLines, partitionTotals, totalsJson } from "../added-files.ts";
import { DEMO_MARKER, removeDemoTable } from "../demo-table.ts";
import { count, document, labelled } from "../format.ts";
import { openLines } from "../open-elsewhere.ts";
import { openCatalog } from "../open-table.ts";
import { rejectionsJson, rejectionText } from "../rejections.ts";
import { reportJson, scanSummary } from "../scan-summary.ts";
import { mapTraces, SIGNALS } from "../signals.ts";
import { createTelemetryTable } from "../telemetry-table.ts";
import { harmless } from "../terminal.ts";
import { type CliContext, type Invocation, UsageError, type Verb } from "../verb.ts";
import { printTable } from "./scan.ts";

export const demo: Verb = {
  name: "demo",
  summary: "Write sample traces, scan them, and show how other engines open the table",
  flags: {},
  notes: [
    "Each run starts from an empty table telemetry.trace_events. A table of that name which the demo did not make, or\n" +
      "into which anybody else wrote, is never touched: the demo stops instead.",
  ],
  examples: [
    { command: "demo", says: "into ./warehouse" },
    { command: "demo --warehouse ./elsewhere --json", says: "elsewhere, as one JSON document" },
  ],
  run: runDemo,
};

/** Columns of the demo's rows that fit a terminal. */
const SHOWN = [
  "event_timestamp",
  "node_name",
  "model_name",
  "duration_ms",
  "input_tokens",
  "output_tokens",
  "status_code",
] as const;
const MOST_ROWS = 10;

async function runDemo(_invocation: Invocation, context: CliContext): Promise<void> {
  const { signal, out } = context;
  const name = `telemetry.${traceEvents.name}`;
  if (context.catalog.kind !== "folder") throw new UsageError("demo works in a folder: --warehouse DIR");
  const catalog = await openCatalog(context);
  const sample = await readSample();
  const { rows } = mapSpans(sample.request);
  const { rejected } = mapTraces(sample.request);
  const batches = exportBatches(rows);
  await removeDemoTable(catalog, name, { signal });
  let table = await createTelemetryTable(catalog, name, traceEvents, context, { [DEMO_MARKER]: "true" });
  for (const batch of batches) {
    ({ table } = await table.append(batch, { signal, snapshotProperties: { [DEMO_MARKER]: "true" } }));
    await context.note(`committed ${count(batch.length, "row")}`);
  }
  const all = await table.scan().plan({ signal });
  const partitions = partitionTotals(
    all.tasks.map(({ dataFile }) => dataFile),
    table.schema,
    (id) => specById(table.metadata, id),
  );
  const where = demoFilter(rows);
  const scan = table.scan({ filter: parseExpression(where), select: SHOWN });
  const open = openLines(table.metadataLocation);
  if (context.json) {
    const firstRows = await rowsJson(scan, context);
    await out.write(
      document({
        table: name,
        location: table.location,
        metadata_location: table.metadataLocation,
        sample: sample.name,
        spans: rows.length + rejected.length,
        rows: rows.length,
        rejected_spans: rejected.length,
        commits: batches.length,
        data_files: all.tasks.length,
        partitions: totalsJson(partitions),
        rejected: rejectionsJson(rejected),
        scan: reportJson(scan.report),
        first_rows: firstRows,
        open: { ...open },
      }),
    );
    return;
  }
  await out.line(
    labelled([
      ["sample", `${sample.name}, ${count(rows.length + rejected.length, "span")}`],
      ["table", `${name} at ${harmless(table.location)}`],
      [
        "written",
        `${count(rows.length, "row")} in ${count(all.tasks.length, "data file")} by ${count(batches.length, "commit")}`,
      ],
    ]),
  );
  await out.line(`\npartitions\n${partitionLines(partitions)}`);
  if (rejected.length > 0) await out.line(`\n${rejectionText(rejected, SIGNALS.traces)}`);
  await printScan(scan, where, context);
  await out.line("\nThe same table in DuckDB, PyIceberg and Spark:");
  for (const line of [open.duckdb, open.pyiceberg, open.spark]) await out.line(line);
}

async function printScan(scan: Scan, where: string, context: CliContext): Promise<void> {
  const { out, paint } = context;
  await out.line(`\n${paint.bold("scan")} where ${where}\n`);
  const found = await printTable(scan, context, MOST_ROWS);
  await out.line(`\n${count(found, "row")} found\n${scanSummary(scan.report)}`);
}

interface Sample {
  readonly name: string;
  readonly request: TracesData;
}

/** The sample file of the repository; an installed package, which has no such file, generates the same spans. */
async function readSample(): Promise<Sample> {
  const file = new URL("../../../sample/traces.pb", import.meta.url);
  const bytes = await readFile(file).catch(() => undefined);
  return bytes === undefined
    ? { name: "generated traces", request: sampleTraces() }
    : { name: "sample/traces.pb", request: decodeTraces(bytes) };
}

/** Rows as two exports a month would have brought them, so that planning has manifests to skip. */
function exportBatches(rows: readonly TraceEventRow[]): readonly (readonly TraceEventRow[])[] {
  const batches = new Map<string, TraceEventRow[]>();
  for (const row of rows) {
    const day = dayOf(row);
    const key = `${day.slice(0, 7)} ${Number(day.slice(8)) <= 15 ? "early" : "late"}`;
    const batch = batches.get(key);
    if (batch === undefined) batches.set(key, [row]);
    else batch.push(row);
  }
  return [...batches].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, batch]) => batch);
}

/**
 * Month, organization and workload run, all taken from the rows. Of the runs whose ids come first and last in their
 * month, so that bounds alone exclude the other file, the one with more spans.
 */
function demoFilter(rows: readonly TraceEventRow[]): string {
  const months = [...new Set(rows.map((row) => dayOf(row).slice(0, 7)))].sort();
  const month = months[months.length >> 1]!;
  const inMonth = rows.filter((row) => dayOf(row).startsWith(month));
  const organization = inMonth.map((row) => row.organization_id).sort()[0]!;
  const spans = inMonth.filter((row) => row.organization_id === organization);
  const runs = spans.map((row) => row.workload_run_id).sort();
  const [first, last] = [runs[0]!, runs[runs.length - 1]!];
  const run = runs.lastIndexOf(first) + 1 >= runs.length - runs.indexOf(last) ? first : last;
  const [year, number] = month.split("-").map(Number) as [number, number];
  const next = number === 12 ? `${year + 1}-01` : `${year}-${String(number + 1).padStart(2, "0")}`;
  return (
    `event_timestamp >= '${month}-01T00:00:00Z' AND event_timestamp < '${next}-01T00:00:00Z' ` +
    `AND organization_id = '${organization}' AND workload_run_id = '${run}'`
  );
}

/** `2025-10-31`, in UTC. */
function dayOf(row: TraceEventRow): string {
  return formatTimestamp(row.event_timestamp, { unit: "micros" }).slice(0, 10);
}

/** The first rows as canonical JSON; the scan runs to its end for the sake of its report. */
async function rowsJson(scan: Scan, { signal }: CliContext): Promise<readonly Json[]> {
  const rows: Json[] = [];
  for await (const batch of scan.batches({ signal })) {
    for (let row = 0; row < batch.rowCount && rows.length < MOST_ROWS; row++) {
      const cells = scan.fields.map((field, at) => [
        field.name,
        canonicalJson(field.type, batch.columns[at]![row] ?? null),
      ]);
      rows.push(Object.fromEntries(cells) as Json);
    }
  }
  return rows;
}
