/** `icewright snapshots`: the snapshots a table has. Spec: Snapshots. @module */
import { type SnapshotRow, snapshots as snapshotsOf } from "../../inspect/index.ts";
import { grouped, instant } from "../format.ts";
import { snapshotJson } from "../metadata-json.ts";
import { openTableArgument } from "../open-table.ts";
import { printRows, type RowForm } from "../print-rows.ts";
import type { CliContext, Invocation, Verb } from "../verb.ts";

export const snapshots: Verb = {
  name: "snapshots",
  summary: "List the snapshots of a table",
  operands: "TABLE",
  operandCount: { min: 1, max: 1 },
  flags: {},
  notes: [
    "--json prints one snapshot a line: committed_at, snapshot_id, parent_id, operation, manifest_list, summary.",
  ],
  examples: [
    { command: "snapshots telemetry.trace_events", says: "oldest first" },
    { command: "snapshots telemetry.trace_events --json | jq .summary", says: "with what each changed" },
  ],
  run: runSnapshots,
};

async function runSnapshots(invocation: Invocation, context: CliContext): Promise<void> {
  const table = await openTableArgument(invocation.operands[0]!, context);
  const current = table.currentSnapshot?.snapshotId;
  const form: RowForm<SnapshotRow> = {
    json: snapshotJson,
    columns: [
      { title: "committed", whole: true, cell: (row) => instant(row.committed_at) },
      { title: "snapshot", numeric: true, cell: (row) => String(row.snapshot_id) },
      { title: "parent", spare: true, numeric: true, cell: (row) => idText(row.parent_id) },
      { title: "operation", cell: (row) => row.operation },
      { title: "rows added", numeric: true, cell: (row) => total(row, "added-records") },
      { title: "rows", numeric: true, cell: (row) => total(row, "total-records") },
      { title: "files", spare: true, numeric: true, cell: (row) => total(row, "total-data-files") },
      { title: "state", whole: true, cell: (row) => (row.snapshot_id === current ? "current" : "") },
    ],
  };
  await printRows(snapshotsOf(table), form, context);
}

function idText(id: bigint | null): string {
  return id === null ? "-" : String(id);
}

/** A counter of the summary; summaries are informative, so one that is no number is shown as it stands. */
function total({ summary, operation }: SnapshotRow, key: string): string {
  const text = summary?.get(key);
  // Writers leave counters out that are zero.
  if (text === undefined) return operation === null || !key.startsWith("added-") ? "-" : "0";
  return /^\d{1,18}$/.test(text) ? grouped(BigInt(text)) : text;
}
