/** `icewright plan`: the files a scan would read, and what is skipped by which rule. Spec: Scan Planning. @module */
import type { Json } from "../../base/index.ts";
import { toText } from "../../expressions/index.ts";
import type { FileScanTask } from "../../planning/index.ts";
import type { Schema } from "../../schema/index.ts";
import type { Table } from "../../table/index.ts";
import { byteSize, document, grouped, labelled } from "../format.ts";
import { shortPath } from "../location-text.ts";
import { openTableArgument } from "../open-table.ts";
import { partitionJson, partitionText } from "../partition-text.ts";
import { reportJson, scanSummary } from "../scan-summary.ts";
import { scanTime, TIME_FLAGS } from "../scan-time.ts";
import { harmless } from "../terminal.ts";
import { type Cell, renderTable } from "../terminal-table.ts";
import type { CliContext, Invocation, Verb } from "../verb.ts";
import { WHERE_FLAG, WHERE_NOTE, whereOf } from "./scan.ts";

export const plan: Verb = {
  name: "plan",
  summary: "Show which files a scan would read and which it skips, and why",
  operands: "TABLE",
  operandCount: { min: 1, max: 1 },
  flags: { where: WHERE_FLAG, ...TIME_FLAGS },
  notes: [
    "No data file is opened. Manifests are skipped by partition-summary, files by partition-value and column-metrics;\n" +
      "the residual is what must still be checked row by row.",
    WHERE_NOTE,
  ],
  examples: [
    {
      command: `plan telemetry.trace_events --where "event_timestamp >= '2025-10-01T00:00:00Z'"`,
      says: "how much a month's scan skips",
    },
    { command: "plan ./warehouse/telemetry/trace_events/metadata/v3.metadata.json --json", says: "as JSON" },
  ],
  run: runPlan,
};

async function runPlan(invocation: Invocation, context: CliContext): Promise<void> {
  const filter = whereOf(invocation);
  const at = scanTime(invocation);
  const table = await openTableArgument(invocation.operands[0]!, context);
  const scan = table.scan({ ...(filter && { filter }), ...(at && { at }) });
  const { tasks, report } = await scan.plan({ signal: context.signal });
  const { schema } = scan.chosen;
  if (context.json) {
    const { select: _, ...summary } = reportJson(report);
    await context.out.write(
      document({
        ...summary,
        metadata_location: table.metadataLocation,
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
  if (tasks.length > 0) await context.out.line(`\n${taskTable(tasks, schema, table, context)}`);
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
    { title: "file" },
  ];
  return renderTable(titles, rows, { paint, maxCell: 200, ...(columns !== undefined && { columns }) });
}

function taskJson({ dataFile, spec, sequenceNumber, residual }: FileScanTask, schema: Schema): Json {
  return {
    file: dataFile.filePath,
    format: dataFile.fileFormat,
    spec_id: spec.specId,
    partition: partitionJson(spec, schema, dataFile.partition),
    rows: dataFile.recordCount,
    size: dataFile.fileSizeInBytes,
    sequence_number: sequenceNumber,
    residual: toText(residual),
  };
}
