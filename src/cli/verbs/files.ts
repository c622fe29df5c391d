/** `icewright files`: the data and delete files of a snapshot with their metrics. Spec: Manifests. @module */
import {
  allFiles,
  dataFiles,
  deleteFiles,
  type FileRow,
  files as filesOf,
  type InspectOptions,
} from "../../inspect/index.ts";
import type { Table } from "../../table/index.ts";
import { choiceFlag } from "../arguments.ts";
import { byteSize, grouped } from "../format.ts";
import { shortPath } from "../location-text.ts";
import { fileJson } from "../metadata-json.ts";
import { openTableArgument } from "../open-table.ts";
import { recordText } from "../partition-text.ts";
import { printRows, type RowForm } from "../print-rows.ts";
import { scanTime, TIME_FLAGS } from "../scan-time.ts";
import { type CliContext, type Invocation, UsageError, type Verb } from "../verb.ts";

const CONTENT = ["data", "deletes"] as const;

export const files: Verb = {
  name: "files",
  summary: "List the data and delete files of a snapshot",
  operands: "TABLE",
  operandCount: { min: 1, max: 1 },
  flags: {
    ...TIME_FLAGS,
    content: {
      kind: "text",
      placeholder: "data|deletes",
      choices: CONTENT,
      help: "Only files of this content",
    },
    all: { kind: "switch", help: "Files of every snapshot, not of one" },
  },
  notes: [
    "--json prints one file a line with all its metrics, under PyIceberg's column names; content is 0 for data, 1 for\n" +
      "position deletes, 2 for equality deletes; bounds are hex, readable_metrics has them as values.",
  ],
  examples: [
    { command: "files telemetry.trace_events", says: "of the current snapshot" },
    {
      command: "files telemetry.trace_events --json | jq .readable_metrics.event_timestamp.upper_bound",
      says: "one bound of each file",
    },
  ],
  run: runFiles,
};

async function runFiles(invocation: Invocation, context: CliContext): Promise<void> {
  const at = scanTime(invocation);
  const content = choiceFlag(invocation, "content", CONTENT);
  const all = invocation.has("all");
  if (all && at !== undefined) throw new UsageError("--all and a snapshot exclude each other");
  const table = await openTableArgument(invocation.operands[0]!, context);
  const options: InspectOptions = { signal: context.signal, ...(at && { at }) };
  const rows = all
    ? ofContent(allFiles(table, options), content)
    : OF_SNAPSHOT[content ?? "any"](table, options);
  await printRows(rows, formOf(table), context);
}

const OF_SNAPSHOT = { any: filesOf, data: dataFiles, deletes: deleteFiles };

async function* ofContent(
  rows: AsyncIterable<FileRow>,
  content: "data" | "deletes" | undefined,
): AsyncGenerator<FileRow> {
  for await (const row of rows) {
    if (content === undefined || (content === "data") === (row.content === 0)) yield row;
  }
}

function formOf(table: Table): RowForm<FileRow> {
  const partition = recordText(table);
  return {
    json: fileJson(table),
    columns: [
      { title: "content", cell: (row) => CONTENTS[row.content] },
      { title: "partition", cell: (row) => partition(row.spec_id, row.partition) },
      { title: "rows", numeric: true, cell: (row) => grouped(row.record_count) },
      { title: "size", numeric: true, cell: (row) => byteSize(row.file_size_in_bytes) },
      { title: "file", spare: true, keepsEnd: true, cell: (row) => shortPath(row.file_path, table) },
    ],
    maxCell: 200,
  };
}

const CONTENTS = ["data", "position deletes", "equality deletes"] as const;
