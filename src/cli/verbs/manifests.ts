/** `icewright manifests`: the manifests of a snapshot with their counts and partition bounds. Spec: Manifest Lists. @module */
import { type ManifestRow, manifests as manifestsOf } from "../../inspect/index.ts";
import { specById } from "../../metadata/index.ts";
import type { Table } from "../../table/index.ts";
import { byteSize, grouped } from "../format.ts";
import { shortPath } from "../location-text.ts";
import { manifestJson } from "../metadata-json.ts";
import { openTableArgument } from "../open-table.ts";
import { printRows, type RowForm } from "../print-rows.ts";
import { scanTime, TIME_FLAGS } from "../scan-time.ts";
import type { CliContext, Invocation, Verb } from "../verb.ts";

export const manifests: Verb = {
  name: "manifests",
  summary: "List the manifests of a snapshot with counts and partition bounds",
  operands: "TABLE",
  operandCount: { min: 1, max: 1 },
  flags: TIME_FLAGS,
  notes: [
    "--json prints one manifest a line, under PyIceberg's column names; content is 0 for data, 1 for deletes.",
  ],
  examples: [
    { command: "manifests telemetry.trace_events", says: "of the current snapshot" },
    { command: "manifests telemetry.trace_events --as-of 2026-01-31 --json", says: "of an earlier one" },
  ],
  run: runManifests,
};

async function runManifests(invocation: Invocation, context: CliContext): Promise<void> {
  const at = scanTime(invocation);
  const table = await openTableArgument(invocation.operands[0]!, context);
  const rows = manifestsOf(table, { signal: context.signal, ...(at && { at }) });
  await printRows(rows, formOf(table), context);
}

function formOf(table: Table): RowForm<ManifestRow> {
  return {
    json: manifestJson,
    columns: [
      { title: "content", cell: (row) => (row.content === 0 ? "data" : "deletes") },
      { title: "added", numeric: true, cell: (row) => countOf(row, "added") },
      { title: "existing", numeric: true, cell: (row) => countOf(row, "existing") },
      { title: "deleted", numeric: true, cell: (row) => countOf(row, "deleted") },
      { title: "size", numeric: true, cell: (row) => byteSize(row.length) },
      { title: "snapshot", numeric: true, spare: true, cell: (row) => String(row.added_snapshot_id) },
      { title: "partitions", cell: (row) => boundsText(row, table) },
      { title: "manifest", spare: true, keepsEnd: true, cell: (row) => shortPath(row.path, table) },
    ],
    maxCell: 200,
  };
}

function countOf(row: ManifestRow, what: "added" | "existing" | "deleted"): string {
  const files = row.content === 0 ? row[`${what}_data_files_count`] : row[`${what}_delete_files_count`];
  return files === null ? "?" : grouped(files);
}

/** `month 2025-09 … 2025-10, tenant a … b`; one value stands for equal bounds. */
function boundsText({ partition_spec_id, partition_summaries }: ManifestRow, { metadata }: Table): string {
  const fields = specById(metadata, partition_spec_id)?.fields ?? [];
  const parts = partition_summaries.map(({ lower_bound, upper_bound, contains_null }, at) => {
    const values = [
      ...(lower_bound === null ? [] : [lower_bound]),
      ...(upper_bound === null || upper_bound === lower_bound ? [] : [upper_bound]),
    ];
    const bounds = values.join(" … ");
    const nulls = contains_null ? (bounds === "" ? "null" : " or null") : "";
    return `${fields[at]?.name ?? "?"} ${bounds}${nulls}`.trimEnd();
  });
  return parts.length === 0 ? "-" : parts.join(", ");
}
