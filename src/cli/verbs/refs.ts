/** `icewright refs`: branches and tags. Spec: Snapshot References. @module */
import { type RefRow, refs as refsOf } from "../../inspect/index.ts";
import { refJson } from "../metadata-json.ts";
import { openTableArgument } from "../open-table.ts";
import { printRows, type RowForm } from "../print-rows.ts";
import type { CliContext, Invocation, Verb } from "../verb.ts";

export const refs: Verb = {
  name: "refs",
  summary: "List branches and tags of a table",
  operands: "TABLE",
  operandCount: { min: 1, max: 1 },
  flags: {},
  notes: [
    "--json prints one reference a line: name, type, snapshot_id, max_reference_age_in_ms, min_snapshots_to_keep,\n" +
      "max_snapshot_age_in_ms.",
  ],
  examples: [
    { command: "refs telemetry.trace_events", says: "with their retention" },
    { command: "scan telemetry.trace_events --ref audit --limit 5", says: "reads one of them" },
  ],
  run: runRefs,
};

async function runRefs(invocation: Invocation, context: CliContext): Promise<void> {
  const table = await openTableArgument(invocation.operands[0]!, context);
  await printRows(refsOf(table), FORM, context);
}

const FORM: RowForm<RefRow> = {
  json: refJson,
  columns: [
    { title: "name", cell: (row) => row.name },
    { title: "type", cell: (row) => row.type.toLowerCase() },
    { title: "snapshot", numeric: true, cell: (row) => String(row.snapshot_id) },
    { title: "max age", numeric: true, cell: (row) => ageText(row.max_reference_age_in_ms) },
    {
      title: "keep snapshots",
      numeric: true,
      cell: (row) => (row.min_snapshots_to_keep === null ? "-" : String(row.min_snapshots_to_keep)),
    },
    { title: "max snapshot age", numeric: true, cell: (row) => ageText(row.max_snapshot_age_in_ms) },
  ],
};

/** Milliseconds in the largest unit that tells them exactly: `7 d`, `36 h`, `90 s`, `1500 ms`. */
export function ageText(milliseconds: number | null): string {
  if (milliseconds === null) return "-";
  const [unit, size] = UNITS.find(([, size]) => milliseconds % size === 0)!;
  return `${milliseconds / size} ${unit}`;
}

const UNITS = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["min", 60_000],
  ["s", 1000],
  ["ms", 1],
] as const;
