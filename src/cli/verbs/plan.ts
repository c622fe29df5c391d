/** `icewright plan`: the files a scan would read, and what is skipped by which rule. Spec: Scan Planning. @module */
import type { Json, JsonObject } from "../../base/index.ts";
import { toText } from "../../expressions/index.ts";
import {
  type ExplainedRule,
  type FileScanTask,
  type PlanExplanation,
  planSvg,
  type RowGroupShare,
  type Share,
  scanMetricsToJson,
} from "../../planning/index.ts";
import type { Schema } from "../../schema/index.ts";
import type { Table } from "../../table/index.ts";
import { choiceFlag, namesFlag } from "../arguments.ts";
import { writeDrawing } from "../drawing.ts";
import { byteSize, count, document, grouped, labelled } from "../format.ts";
import { shortPath } from "../location-text.ts";
import { openTableArgument } from "../open-table.ts";
import { partitionJson, partitionText } from "../partition-text.ts";
import { PLAN_FORMS, printPlan } from "../plan-forms.ts";
import { reportJson, scanSummary } from "../scan-summary.ts";
import { scanTime, TIME_FLAGS } from "../scan-time.ts";
import { harmless } from "../terminal.ts";
import { type Cell, renderTable } from "../terminal-table.ts";
import type { CliContext, Invocation, Verb } from "../verb.ts";
import { TENANT_FLAG, WHERE_FLAG, WHERE_NOTE, whereOf } from "./scan.ts";

export const plan: Verb = {
  name: "plan",
  summary: "Show which files a scan would read and which it skips, and why",
  operands: "TABLE",
  operandCount: { min: 1, max: 1 },
  flags: {
    where: WHERE_FLAG,
    select: { kind: "text", placeholder: "a,b", help: "Columns the query of --for duckdb hands out" },
    tenant: TENANT_FLAG,
    explain: {
      kind: "switch",
      help: "Look into skipped manifests too: what each predicate and column saved",
    },
    svg: {
      kind: "text",
      placeholder: "FILE",
      help: "Draw partitions and files, kept and skipped, into an SVG file",
    },
    for: {
      kind: "text",
      placeholder: "WHO",
      choices: PLAN_FORMS,
      help: "Print the plan alone, for another program: duckdb, rest, java or workers",
    },
    ...TIME_FLAGS,
  },
  notes: [
    "No data file is opened. Manifests are skipped by partition-summary, files by partition-value and column-metrics;\n" +
      "the residual is what must still be checked row by row.",
    WHERE_NOTE,
    "--explain counts row groups by the split offsets in manifests, one for each where a writer gives any. What is skipped\n" +
      "inside the files to read shows when they are read: scan prints it.",
    "--for duckdb is a query over the files; it is refused where it would give other rows, above all where deletes apply.\n" +
      "--for rest is what a REST catalog answers to planTableScan. --for java is a task a line, as Iceberg Java's\n" +
      "ScanTaskParser reads them. --for workers is a group of tasks a line, of even size by the table's read.split.*\n" +
      "properties; a Node program reads its rows with scanTaskGroupFromJson() and scan.rows({ tasks }).",
  ],
  examples: [
    {
      command: `plan telemetry.trace_events --where "event_timestamp >= '2025-10-01T00:00:00Z'"`,
      says: "how much a month's scan skips",
    },
    { command: "plan ./warehouse/telemetry/trace_events/metadata/v3.metadata.json --json", says: "as JSON" },
    {
      command: `plan telemetry.trace_events --where "organization_id = 'org_abc'" --svg plan.svg`,
      says: "as a picture",
    },
    { command: "plan telemetry.trace_events --for duckdb | duckdb", says: "run by DuckDB" },
    {
      command: "plan telemetry.trace_events --for workers > groups.jsonl",
      says: "work for several programs",
    },
  ],
  run: runPlan,
};

async function runPlan(invocation: Invocation, context: CliContext): Promise<void> {
  const filter = whereOf(invocation);
  const at = scanTime(invocation);
  const select = namesFlag(invocation, "select");
  const tenant = invocation.text("tenant");
  const svg = invocation.text("svg");
  const form = choiceFlag(invocation, "for", PLAN_FORMS);
  const table = await openTableArgument(invocation.operands[0]!, context);
  const scan = table.scan({
    ...(filter && { filter }),
    ...(at && { at }),
    ...(select && { select: select as never }),
    ...(tenant !== undefined && { tenant }),
  });
  const { signal } = context;
  if (form !== undefined) {
    await printPlan(form, scan, table, context);
    return;
  }
  const { tasks, report } = await scan.plan({ signal });
  const explained =
    invocation.has("explain") || svg !== undefined ? await scan.explain({ signal }) : undefined;
  if (svg !== undefined && explained !== undefined) await writeDrawing(svg, planSvg(explained), context);
  const { schema } = scan.chosen;
  if (context.json) {
    const { select: _, ...summary } = reportJson(report);
    await context.out.write(
      document({
        ...summary,
        metadata_location: table.metadataLocation,
        metrics: scanMetricsToJson(report),
        ...(explained && { explained: explanationJson(explained) }),
        tasks: tasks.map((task) => taskJson(task, schema)),
      }),
    );
    return;
  }
  const head = labelled([
    ["table", table.name],
    ["snapshot", report.snapshotId === undefined ? "none" : String(report.snapshotId)],
    ["filter", harmless(report.filter)],
  ]);
  await context.out.line(`${head}\n\n${scanSummary(report)}`);
  if (explained !== undefined) await context.out.line(`\n${explanationText(explained, context)}`);
  if (tasks.length > 0) await context.out.line(`\n${taskTable(tasks, schema, table, context)}`);
}

/** What there is and what is kept, then what each predicate saved. */
function explanationText(explained: PlanExplanation, { paint, columns }: CliContext): string {
  const { manifests, files, rowGroups, rows, bytes } = explained;
  const shares: [string, Share, (value: number) => string][] = [
    ["manifests", manifests, grouped],
    ["files", files, grouped],
    [rowGroupsTitle(rowGroups), rowGroups, grouped],
    ["rows", rows, grouped],
    ["bytes", bytes, byteSize],
  ];
  const options = { paint, maxCell: 200, ...(columns !== undefined && { columns }) };
  const totals = renderTable(
    [
      { title: "of all" },
      { title: "considered", numeric: true },
      { title: "skipped", numeric: true },
      { title: "kept", numeric: true },
    ],
    shares.map(([name, share, text]) => [
      name,
      text(share.considered),
      text(share.skipped),
      text(share.kept),
    ]),
    options,
  );
  if (explained.rules.length === 0) return totals;
  const rules = renderTable(
    [
      { title: "skipped by" },
      { title: "column" },
      { title: "because of", spare: true },
      { title: "predicate" },
      { title: "manifests", numeric: true, spare: true },
      { title: "files", numeric: true },
      { title: "row groups", numeric: true, spare: true },
      { title: "rows", numeric: true },
      { title: "bytes", numeric: true },
    ],
    explained.rules.map((rule) => [
      rule.rule,
      harmless(rule.column),
      rule.detail ?? "",
      harmless(rule.predicate),
      grouped(rule.manifests),
      grouped(rule.files),
      grouped(rule.rowGroups),
      grouped(rule.rows),
      byteSize(rule.bytes),
    ]),
    options,
  );
  return `${totals}\n\n${rules}`;
}

/** Not every writer tells of row groups. */
function rowGroupsTitle({ filesUntold }: RowGroupShare): string {
  return filesUntold === 0 ? "row groups" : `row groups (not of ${count(filesUntold, "file")})`;
}

function explanationJson({ manifests, files, rowGroups, rows, bytes, rules }: PlanExplanation): JsonObject {
  const share = ({ considered, skipped, kept }: Share): JsonObject => ({ considered, skipped, kept });
  return {
    manifests: share(manifests),
    files: share(files),
    row_groups: { ...share(rowGroups), files_untold: rowGroups.filesUntold },
    rows: share(rows),
    bytes: share(bytes),
    rules: rules.map(
      (rule: ExplainedRule): JsonObject => ({
        level: rule.level,
        rule: rule.rule,
        predicate: rule.predicate,
        column: rule.column,
        detail: rule.detail ?? null,
        manifests: rule.manifests,
        files: rule.files,
        row_groups: rule.rowGroups,
        rows: rule.rows,
        bytes: rule.bytes,
      }),
    ),
  };
}

/** Files in a table; their locations are told from the table's own on. */
function taskTable(
  tasks: readonly FileScanTask[],
  schema: Schema,
  table: Table,
  { paint, columns }: CliContext,
): string {
  const rows = tasks.map(({ dataFile, spec, residual }): Cell[] => [
    partitionText(spec, schema, dataFile.partition),
    grouped(dataFile.recordCount),
    byteSize(dataFile.fileSizeInBytes),
    toText(residual),
    shortPath(dataFile.filePath, table),
  ]);
  const titles = [
    { title: "partition" },
    { title: "rows", numeric: true },
    { title: "size", numeric: true },
    { title: "residual" },
    { title: "file", spare: true, keepsEnd: true },
  ];
  return renderTable(titles, rows, { paint, maxCell: 200, ...(columns !== undefined && { columns }) });
}

function taskJson({ dataFile, spec, sequenceNumber, residual, deletes }: FileScanTask, schema: Schema): Json {
  return {
    file: dataFile.filePath,
    format: dataFile.fileFormat,
    spec_id: spec.specId,
    partition: partitionJson(spec, schema, dataFile.partition),
    rows: dataFile.recordCount,
    size: dataFile.fileSizeInBytes,
    sequence_number: sequenceNumber ?? null,
    residual: toText(residual),
    deletes: deletes.map(({ dataFile: file, sequenceNumber: number }) => ({
      file: file.filePath,
      content: file.content,
      format: file.fileFormat,
      sequence_number: number ?? null,
      ...(file.contentOffset !== undefined && { offset: file.contentOffset, size: file.contentSizeInBytes }),
    })),
  };
}
