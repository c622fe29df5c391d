/** `icewright ingest`: OTLP exports into the telemetry tables, all of them or none. Spec: none. @module */
import { IcebergError, type Json } from "../../base/index.ts";
import { specById } from "../../metadata/index.ts";
import type { AttributeSource } from "../../telemetry/index.ts";
import { addedFiles, partitionLines, partitionTotals, totalsJson } from "../added-files.ts";
import { choiceFlag, pairsFlag } from "../arguments.ts";
import { count, document, labelled } from "../format.ts";
import { type IngestOptions, ingestFiles, type SignalTotals } from "../ingestion.ts";
import { openCatalog } from "../open-table.ts";
import { otlpFiles } from "../otlp-files.ts";
import { rejectionsJson, rejectionText } from "../rejections.ts";
import { SIGNAL_NAMES, SIGNALS } from "../signals.ts";
import { harmless } from "../terminal.ts";
import { type CliContext, type Invocation, UsageError, type Verb } from "../verb.ts";

export const ingest: Verb = {
  name: "ingest",
  summary: "Write OTLP traces, logs and metrics to the telemetry tables",
  operands: "FILE...",
  operandCount: { min: 1, max: Number.POSITIVE_INFINITY },
  flags: {
    namespace: { kind: "text", placeholder: "NS", help: "Namespace of the tables (default telemetry)" },
    signal: {
      kind: "text",
      placeholder: "SIGNAL",
      choices: SIGNAL_NAMES,
      help: "What the files hold: traces, logs or metrics",
    },
    tenant: { kind: "text", placeholder: "ORG", help: "organization_id where no attribute names one" },
    "tenant-namespace": { kind: "text", placeholder: "NAME", help: "org_namespace likewise" },
    map: {
      kind: "list",
      placeholder: "COLUMN=ATTR,…",
      help: "Take a column from these attributes instead, the first that has a value",
    },
    "require-organization": { kind: "switch", help: "Reject logs and metrics without organization too" },
    "histogram-buckets": { kind: "switch", help: "Write a row for each bucket of a histogram" },
  },
  notes: [
    "FILE ends in .pb (an export request as protobuf), .json (one as OTLP/JSON) or .jsonl (one request a line), each\n" +
      "also with .gz. Traces go to trace_events, logs to log_events, metrics to metric_events; JSON says which it is, a\n" +
      "protobuf file by its name (trace, log or metric in it) or by --signal. Tables are created when they do not exist.\n" +
      "Everything is decoded before anything is committed; each table gets one commit.",
    "Items without a value for a required column are rejected and named; nothing is invented.\n" +
      "Ingesting a file twice appends its rows twice.",
    "ATTR is looked up on the record, its scope and its resource; record:ATTR, scope:ATTR and resource:ATTR look there\n" +
      "alone. --json prints one document; for files of several signals it holds one for each, as tables.",
  ],
  examples: [
    { command: "ingest traces.pb", says: "into telemetry.trace_events of ./warehouse" },
    { command: "ingest exports/*.jsonl.gz --warehouse /data/lake --json", says: "many files, one commit" },
    {
      command: "ingest dump.pb --signal logs --tenant org_abc --map service_name=app.name",
      says: "logs of one tenant",
    },
  ],
  run: runIngest,
};

async function runIngest(invocation: Invocation, context: CliContext): Promise<void> {
  const files = otlpFiles(invocation.operands, context.cwd);
  const options = optionsOf(invocation);
  const catalog = await openCatalog(context);
  const totals = await ingestFiles(files, catalog, options, context);
  await context.progress.clear();
  await report(totals, context);
  if (totals.every(({ appended }) => appended === undefined)) throw nothingToWrite(totals, files.length);
}

function optionsOf(invocation: Invocation): IngestOptions {
  const signal = choiceFlag(invocation, "signal", SIGNAL_NAMES);
  const organization_id = invocation.text("tenant");
  const org_namespace = invocation.text("tenant-namespace");
  const hasTenant = organization_id !== undefined || org_namespace !== undefined;
  return {
    namespace: invocation.text("namespace") ?? "telemetry",
    ...(signal !== undefined && { signal }),
    settings: {
      ...(hasTenant && { tenant: { organization_id, org_namespace } }),
      mapping: mappingOf(invocation),
      requireOrganization: invocation.has("require-organization"),
      histogramBuckets: invocation.has("histogram-buckets"),
    },
  };
}

function mappingOf(invocation: Invocation): Readonly<Record<string, readonly AttributeSource[]>> {
  const mapping = Object.entries(pairsFlag(invocation, "map")).map(([column, text]) => {
    const known = SIGNAL_NAMES.flatMap((name) => SIGNALS[name].mappable);
    if (!known.includes(column)) {
      const columns = [...new Set(known)].sort().join(", ");
      throw new UsageError(`--map takes one of the columns ${columns}, not ${JSON.stringify(column)}`);
    }
    const sources = text.split(",").map((part) => sourceOf(part.trim()));
    return [column, sources] as const;
  });
  return Object.fromEntries(mapping);
}

function sourceOf(text: string): AttributeSource {
  const [, level, name] = /^(?:(record|scope|resource):)?(.*)$/s.exec(text)!;
  if (name === "") throw new UsageError("--map takes COLUMN=ATTR,ATTR…, with a name for each attribute");
  if (level === "record") return { record: name! };
  if (level === "scope") return { scope: name! };
  return level === "resource" ? { resource: name! } : name!;
}

async function report(totals: readonly SignalTotals[], context: CliContext): Promise<void> {
  const reports = await Promise.all(totals.map((each) => written(each, context)));
  if (context.json) {
    const documents = reports.map(reportJson);
    await context.out.write(document(documents.length === 1 ? documents[0]! : { tables: documents }));
    return;
  }
  const texts = reports.map(reportText).filter((text) => text !== "");
  if (texts.length > 0) await context.out.line(texts.join("\n\n"));
}

/** Totals with the files and partitions the commit added. */
interface Written {
  readonly totals: SignalTotals;
  readonly dataFiles: number;
  readonly partitions: ReturnType<typeof partitionTotals>;
}

async function written(totals: SignalTotals, { signal }: CliContext): Promise<Written> {
  const { appended } = totals;
  if (appended === undefined) return { totals, dataFiles: 0, partitions: [] };
  const { table, snapshot } = appended;
  const files = await addedFiles(table, snapshot, { signal });
  const partitions = partitionTotals(files, table.schema, (id) => specById(table.metadata, id));
  return { totals, dataFiles: files.length, partitions };
}

function reportJson({ totals, dataFiles, partitions }: Written): Json {
  const { signal, target, files, rejected, appended } = totals;
  const { countName } = signal;
  return {
    table: target.name,
    signal: signal.name,
    metadata_location: appended?.table.metadataLocation ?? null,
    snapshot_id: appended?.snapshot.snapshotId ?? null,
    [countName]: sum(totals, "items"),
    rows: sum(totals, "rows"),
    [`rejected_${countName}`]: rejected.length,
    data_files: dataFiles,
    files: [...files.values()].map((of) => ({
      file: of.file.path,
      requests: of.requests,
      [countName]: of.items,
      rows: of.rows,
      [`rejected_${countName}`]: of.rejected,
    })),
    partitions: totalsJson(partitions),
    rejected: rejectionsJson(rejected),
  };
}

function reportText({ totals, dataFiles, partitions }: Written): string {
  const { target, appended } = totals;
  const parts: string[] = [];
  if (appended !== undefined) {
    parts.push(
      labelled([
        ["table", harmless(target.name)],
        ["snapshot", String(appended.snapshot.snapshotId)],
        ["metadata", harmless(appended.table.metadataLocation)],
        ["written", `${count(sum(totals, "rows"), "row")} in ${count(dataFiles, "data file")}`],
      ]),
      `partitions\n${harmlessLines(partitionLines(partitions))}`,
    );
  }
  const rejections = rejectionText(totals.rejected, totals.signal);
  if (rejections !== "") parts.push(rejections);
  return parts.join("\n\n");
}

function nothingToWrite(totals: readonly SignalTotals[], fileCount: number): IcebergError {
  const [first] = totals;
  const files = first === undefined ? [] : [...first.files.keys()];
  const names = fileCount === 1 && files[0] !== undefined ? files[0].name : `these ${fileCount} files`;
  const found = totals.filter((each) => sum(each, "items") > 0);
  if (found.length === 0) {
    return new IcebergError(
      "invalid-payload",
      `Cannot ingest ${names}: found no spans, log records or data points; are these OTLP exports?`,
    );
  }
  const items = found.map((each) => count(sum(each, "items"), ...each.signal.item)).join(" and ");
  return new IcebergError(
    "invalid-row",
    `Cannot ingest ${names}: all ${items} lack required values; nothing was written`,
    {
      context: {
        hint: "the required columns come from attributes such as codon.workload.run_id and organization_id; --map and --tenant name others",
      },
    },
  );
}

function sum({ files }: SignalTotals, what: "items" | "rows"): number {
  let total = 0;
  for (const of of files.values()) total += of[what];
  return total;
}

/** Each line made harmless; partition values are text from outside. */
function harmlessLines(text: string): string {
  return text.split("\n").map(harmless).join("\n");
}
