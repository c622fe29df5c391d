/** `icewright history`: which snapshot was current since when. Spec: Table Metadata, snapshot-log. @module */
import { type HistoryRow, history as historyOf } from "../../inspect/index.ts";
import { instant } from "../format.ts";
import { historyJson } from "../metadata-json.ts";
import { openTableArgument } from "../open-table.ts";
import { printRows, type RowForm } from "../print-rows.ts";
import type { CliContext, Invocation, Verb } from "../verb.ts";

export const history: Verb = {
  name: "history",
  summary: "Show which snapshot was current since when",
  operands: "TABLE",
  operandCount: { min: 1, max: 1 },
  flags: {},
  notes: ["--json prints one change a line: made_current_at, snapshot_id, parent_id, is_current_ancestor."],
  examples: [
    { command: "history telemetry.trace_events", says: "oldest first; rolled-back snapshots are marked" },
    { command: "history /data/lake/events --json", says: "a table of any engine, by path" },
  ],
  run: runHistory,
};

async function runHistory(invocation: Invocation, context: CliContext): Promise<void> {
  const table = await openTableArgument(invocation.operands[0]!, context);
  await printRows(historyOf(table), FORM, context);
}

const FORM: RowForm<HistoryRow> = {
  json: historyJson,
  columns: [
    { title: "made current", whole: true, cell: (row) => instant(row.made_current_at) },
    { title: "snapshot", numeric: true, cell: (row) => String(row.snapshot_id) },
    { title: "parent", numeric: true, cell: (row) => (row.parent_id === null ? "-" : String(row.parent_id)) },
    { title: "state", cell: (row) => (row.is_current_ancestor ? "" : "rolled back") },
  ],
};
