/** `icewright ingest`: OTLP trace exports into the table `trace_events`, all of them or none. Spec: none. @module */
import { IcebergError, isIcebergError } from "../../base/index.ts";
import { type Snapshot, specById } from "../../metadata/index.ts";
import type { Schema } from "../../schema/index.ts";
import type { Catalog, Table } from "../../table/index.ts";
import { mapSpans, type RejectedSpan, type TraceEventRow, traceEvents } from "../../telemetry/index.ts";
import { addedFiles, partitionLines, partitionTotals, totalsJson } from "../added-files.ts";
import { catalogText } from "../catalog-choice.ts";
import { count, document, labelled } from "../format.ts";
import { openCatalog } from "../open-table.ts";
import { type OtlpFile, otlpFiles, readTraceRequests } from "../otlp-files.ts";
import { rejectionsJson, rejectionText } from "../rejections.ts";
import { harmless } from "../terminal.ts";
import type { CliContext, Invocation, Verb } from "../verb.ts";

export const ingest: Verb = {
  name: "ingest",
  summary: "Write OTLP traces to the table trace_events",
  operands: "FILE...",
  operandCount: { min: 1, max: Number.POSITIVE_INFINITY },
  flags: {
    namespace: { kind: "text", placeholder: "NS", help: "Namespace of the table (default telemetry)" },
  },
  notes: [
    "FILE ends in .pb (an export request as protobuf), .json (one as OTLP/JSON) or .jsonl (one request a line), each\n" +
      "also with .gz. The table is created when it does not exist. All files are written in one commit, or none.",
    "Spans without a value for a required column are rejected and named; nothing is invented.\n" +
      "Ingesting a file twice appends its rows twice.",
  ],
  examples: [
    { command: "ingest traces.pb", says: "into telemetry.trace_events of ./warehouse" },
    { command: "ingest exports/*.jsonl.gz --warehouse /data/lake --json", says: "many files, one commit" },
  ],
  run: runIngest,
};

/** What became of the spans of one file so far. */
interface FileTotals {
  readonly file: OtlpFile;
  requests: number;
  spans: number;
  rows: number;
  rejected: number;
}

interface Totals {
  readonly files: readonly FileTotals[];
  readonly rejected: RejectedSpan[];
}

async function runIngest(invocation: Invocation, context: CliContext): Promise<void> {
  const files = otlpFiles(invocation.operands, context.cwd);
  const name = `${invocation.text("namespace") ?? "telemetry"}.${traceEvents.name}`;
  const catalog = await openCatalog(context);
  const existing = await existingTable(catalog, name, context);
  const totals: Totals = {
    files: files.map((file) => ({ file, requests: 0, spans: 0, rows: 0, rejected: 0 })),
    rejected: [],
  };
  const source = mapFiles(totals, context);
  const ready = await readAhead(source);
  const rows = sum(totals.files, "rows");
  if (rows === 0) {
    await report(totals, undefined, name, context);
    throw nothingToWrite(totals);
  }
  const table = existing ?? (await createTraceEvents(catalog, name, context));
  await context.note(`writing to ${table.name} in ${catalogText(context.catalog)}`);
  const appended = await table.append(chain(ready, source), { signal: context.signal });
  await report(totals, appended, name, context);
}

/** Rows held before the table is made: a broken file among small ones then leaves no empty table behind. */
const READ_AHEAD_ROWS = 100_000;

async function readAhead(
  source: AsyncGenerator<readonly TraceEventRow[]>,
): Promise<(readonly TraceEventRow[])[]> {
  const ready: (readonly TraceEventRow[])[] = [];
  let rows = 0;
  while (rows < READ_AHEAD_ROWS) {
    const next = await source.next();
    if (next.done === true) break;
    ready.push(next.value);
    rows += next.value.length;
  }
  return ready;
}

async function* chain<T>(ready: T[], rest: AsyncIterable<T>): AsyncGenerator<T> {
  for (let next = ready.shift(); next !== undefined; next = ready.shift()) yield next;
  yield* rest;
}

/** The rows of all files, request by request; counts into `totals`. */
async function* mapFiles(totals: Totals, context: CliContext): AsyncGenerator<readonly TraceEventRow[]> {
  for (const of of totals.files) {
    for await (const request of readTraceRequests(of.file, context)) {
      context.signal.throwIfAborted();
      const { rows, rejected } = mapSpans(request);
      of.requests++;
      of.rows += rows.length;
      of.rejected += rejected.length;
      of.spans += rows.length + rejected.length;
      for (const span of rejected) totals.rejected.push(span);
      if (rows.length > 0) yield rows;
    }
    const { file, spans, rows, rejected } = of;
    await context.note(`${file.name}: ${count(spans, "span")}, ${count(rows, "row")}, ${rejected} rejected`);
  }
}

/** Untyped: the rows come from `mapSpans`, which types them. */
const SCHEMA: Schema = traceEvents.schema;

async function existingTable(
  catalog: Catalog,
  name: string,
  { signal }: CliContext,
): Promise<Table | undefined> {
  const table = await catalog.loadTable(name, { signal }).catch((error: unknown) => {
    if (isIcebergError(error, "no-such-table") || isIcebergError(error, "no-such-namespace"))
      return undefined;
    throw error;
  });
  if (table === undefined) return undefined;
  try {
    table.as(SCHEMA);
    return table;
  } catch (error) {
    if (!(error instanceof IcebergError)) throw error;
    throw new IcebergError(error.code, `Cannot ingest into ${name}: ${error.message}`, {
      context: {
        ...error.context,
        hint: "it is no trace_events table; choose another --namespace or --warehouse",
      },
      cause: error,
    });
  }
}

/** Creates `trace_events` with its partitions, sort order and properties. */
export async function createTraceEvents(
  catalog: Catalog,
  name: string,
  { signal }: CliContext,
  properties: Readonly<Record<string, string>> = {},
): Promise<Table> {
  const { options } = traceEvents;
  await catalog.ensureNamespace(name.slice(0, name.lastIndexOf(".")), { signal });
  return await catalog.createTable(name, SCHEMA, {
    ...options,
    properties: { ...options.properties, ...properties },
    signal,
  });
}

interface Appended {
  readonly table: Table;
  readonly snapshot: Snapshot;
}

async function report(
  totals: Totals,
  appended: Appended | undefined,
  name: string,
  context: CliContext,
): Promise<void> {
  const files =
    appended === undefined
      ? []
      : await addedFiles(appended.table, appended.snapshot, { signal: context.signal });
  const partitions =
    appended === undefined
      ? []
      : partitionTotals(files, appended.table.schema, (id) => specById(appended.table.metadata, id));
  if (context.json) {
    await context.out.write(
      document({
        table: name,
        metadata_location: appended?.table.metadataLocation ?? null,
        snapshot_id: appended?.snapshot.snapshotId ?? null,
        spans: sum(totals.files, "spans"),
        rows: sum(totals.files, "rows"),
        rejected_spans: totals.rejected.length,
        data_files: files.length,
        files: totals.files.map(({ file, requests, spans, rows, rejected }) => ({
          file: file.path,
          requests,
          spans,
          rows,
          rejected_spans: rejected,
        })),
        partitions: totalsJson(partitions),
        rejected: rejectionsJson(totals.rejected),
      }),
    );
    return;
  }
  const rejections = rejectionText(totals.rejected);
  if (appended !== undefined) {
    const written = `${count(sum(totals.files, "rows"), "row")} in ${count(files.length, "data file")}`;
    await context.out.line(
      labelled([
        ["table", name],
        ["snapshot", String(appended.snapshot.snapshotId)],
        ["metadata", harmless(appended.table.metadataLocation)],
        ["written", written],
      ]),
    );
    await context.out.line(`\npartitions\n${harmlessLines(partitionLines(partitions))}`);
    if (rejections !== "") await context.out.line();
  }
  if (rejections !== "") await context.out.line(rejections);
}

function nothingToWrite(totals: Totals): IcebergError {
  const spans = sum(totals.files, "spans");
  const { files } = totals;
  const names = files.length === 1 ? files[0]!.file.name : `these ${files.length} files`;
  return spans === 0
    ? new IcebergError("invalid-payload", `Cannot ingest ${names}: found no spans; are these trace exports?`)
    : new IcebergError(
        "invalid-row",
        `Cannot ingest ${names}: all ${count(spans, "span")} lack required values; nothing was written`,
        {
          context: {
            hint: "the required columns come from attributes such as codon.workload.run_id and organization_id",
          },
        },
      );
}

function sum(files: readonly FileTotals[], what: "spans" | "rows"): number {
  return files.reduce((total, file) => total + file[what], 0);
}

/** Each line made harmless; partition values are text from outside. */
function harmlessLines(text: string): string {
  return text.split("\n").map(harmless).join("\n");
}
