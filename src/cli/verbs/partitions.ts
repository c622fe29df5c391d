/** `icewright partitions`: rows, files and size of each partition. Spec: Partitioning. @module */
import { type PartitionRow, partitions as partitionsOf } from "../../inspect/index.ts";
import type { Table } from "../../table/index.ts";
import { byteSize, grouped, instant } from "../format.ts";
import { partitionRowJson } from "../metadata-json.ts";
import { openTableArgument } from "../open-table.ts";
import { recordText } from "../partition-text.ts";
import { printRows, type RowForm } from "../print-rows.ts";
import { scanTime, TIME_FLAGS } from "../scan-time.ts";
import type { CliContext, Invocation, Verb } from "../verb.ts";

export const partitions: Verb = {
  name: "partitions",
  summary: "List the partitions of a snapshot with their rows and files",
  operands: "TABLE",
  operandCount: { min: 1, max: 1 },
  flags: TIME_FLAGS,
  notes: [
    "--json prints one partition a line, under PyIceberg's column names; values of the partition are canonical, months\n" +
      "count from 1970-01 as in the manifests.",
  ],
  examples: [
    { command: "partitions telemetry.trace_events", says: "by name" },
    { command: "partitions telemetry.trace_events --ref main --json", says: "of a branch, as JSON Lines" },
  ],
  run: runPartitions,
};

async function runPartitions(invocation: Invocation, context: CliContext): Promise<void> {
  const at = scanTime(invocation);
  const table = await openTableArgument(invocation.operands[0]!, context);
  const rows = await partitionsOf(table, { signal: context.signal, ...(at && { at }) });
  const name = recordText(table);
  const named = rows.map((row) => ({ row, text: name(row.spec_id, row.partition) }));
  named.sort((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : a.row.spec_id - b.row.spec_id));
  await printRows(named, formOf(table), context);
}

interface Named {
  readonly row: PartitionRow;
  readonly text: string;
}

function formOf(table: Table): RowForm<Named> {
  const json = partitionRowJson(table);
  return {
    json: ({ row }) => json(row),
    columns: [
      { title: "partition", cell: ({ text }) => text },
      { title: "rows", numeric: true, cell: ({ row }) => grouped(row.record_count) },
      { title: "files", numeric: true, cell: ({ row }) => grouped(row.file_count) },
      { title: "size", numeric: true, cell: ({ row }) => byteSize(row.total_data_file_size_in_bytes) },
      { title: "delete files", numeric: true, cell: ({ row }) => grouped(deletes(row)) },
      {
        title: "last updated",
        whole: true,
        spare: true,
        cell: ({ row }) => (row.last_updated_at === null ? "-" : instant(row.last_updated_at)),
      },
    ],
    maxCell: 120,
  };
}

function deletes(row: PartitionRow): number {
  return row.position_delete_file_count + row.equality_delete_file_count;
}
