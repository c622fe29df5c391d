/** `icewright properties`: shows, sets and removes table properties. Spec: Table Metadata, properties. @module */
import type { Table } from "../../table/index.ts";
import { pairsFlag } from "../arguments.ts";
import { count, document } from "../format.ts";
import { openForCommit, openTableArgument } from "../open-table.ts";
import { harmless } from "../terminal.ts";
import type { CliContext, Invocation, Verb } from "../verb.ts";

export const properties: Verb = {
  name: "properties",
  summary: "Show, set or remove properties of a table",
  operands: "TABLE",
  operandCount: { min: 1, max: 1 },
  flags: {
    set: { kind: "list", placeholder: "K=V", help: "Set a property; may be given several times" },
    unset: { kind: "list", placeholder: "K", help: "Remove a property; may be given several times" },
  },
  notes: [
    "All changes of one command are one commit. --set format-version=3 upgrades the table.\n" +
      "--json prints one document: table, metadata_location, format_version, properties.",
  ],
  examples: [
    { command: "properties telemetry.trace_events", says: "all of them" },
    {
      command:
        "properties telemetry.trace_events --set write.parquet.compression-codec=zstd --unset write.sorted-by",
      says: "changed in one commit",
    },
  ],
  run: runProperties,
};

async function runProperties(invocation: Invocation, context: CliContext): Promise<void> {
  const [operand] = invocation.operands;
  const set = pairsFlag(invocation, "set");
  const unset = invocation.all("unset");
  const changes = Object.keys(set).length + unset.length;
  let table: Table;
  if (changes === 0) {
    table = await openTableArgument(operand!, context);
  } else {
    const before = await openForCommit(operand!, context);
    ({ table } = await before.updateProperties({ set, unset }, { signal: context.signal }));
    await context.note(`committed ${count(changes, "change")} as ${harmless(table.metadataLocation)}`);
  }
  const sorted = [...table.properties].sort(([a], [b]) => (a < b ? -1 : 1));
  if (context.json) {
    await context.out.write(
      document({
        table: table.name,
        metadata_location: table.metadataLocation,
        format_version: table.metadata.formatVersion,
        properties: Object.fromEntries(sorted),
      }),
    );
    return;
  }
  for (const [key, value] of sorted) await context.out.line(`${harmless(key)} = ${harmless(value)}`);
}
