/** `icewright describe`: schema, partitions, order, properties and current snapshot of a table. Spec: Table Metadata. @module */
import type { Json } from "../../base/index.ts";
import { snapshotOperation } from "../../metadata/index.ts";
import { formatTransform, sourcesOf } from "../../partitioning/index.ts";
import { type Schema, schemaToJson, typeToString } from "../../schema/index.ts";
import type { Table } from "../../table/index.ts";
import { writeTableDdl } from "../ddl-write.ts";
import { byteSize, document, grouped, instant, labelled } from "../format.ts";
import { openTableArgument } from "../open-table.ts";
import { harmless } from "../terminal.ts";
import { type Cell, renderTable } from "../terminal-table.ts";
import type { CliContext, Invocation, Verb } from "../verb.ts";

export const describe: Verb = {
  name: "describe",
  summary: "Show columns, partitions, sort order, properties and current snapshot",
  operands: "TABLE",
  operandCount: { min: 1, max: 1 },
  flags: { ddl: { kind: "switch", help: "Print Spark SQL that makes a table like it instead" } },
  notes: [
    "--ddl prints CREATE TABLE … USING iceberg and the ALTER TABLEs for what it cannot say: sort order, names of\n" +
      "partition fields, identifier fields. What Spark cannot say at all is told on standard error. icewright create\n" +
      "--schema reads the same statements.",
  ],
  examples: [
    { command: "describe telemetry.trace_events", says: "a table of ./warehouse" },
    { command: "describe /data/lake/events --json", says: "a table folder of any engine, as JSON" },
    { command: "describe telemetry.trace_events --ddl > trace_events.sql", says: "as Spark SQL" },
  ],
  run: runDescribe,
};

async function runDescribe(invocation: Invocation, context: CliContext): Promise<void> {
  const table = await openTableArgument(invocation.operands[0]!, context);
  if (invocation.has("ddl")) {
    const { text, losses } = writeTableDdl(table);
    await context.out.write(context.json ? document({ table: table.name, ddl: text, losses }) : text);
    for (const loss of losses) await context.note(`not in the DDL: ${harmless(loss)}`);
    return;
  }
  await printTableDescription(table, context);
}

/** The table as text for people or as one document. */
export async function printTableDescription(table: Table, context: CliContext): Promise<void> {
  if (context.json) await context.out.write(document(describeJson(table)));
  else await context.out.line(describeText(table, context));
}

/** The document of `describe --json`. */
function describeJson(table: Table): Json {
  const { metadata, schema, spec, sortOrder, currentSnapshot: snapshot } = table;
  const { fields, "identifier-field-ids": identifiers } = schemaToJson(schema);
  return {
    table: table.name,
    location: table.location,
    metadata_location: table.metadataLocation,
    format_version: metadata.formatVersion,
    table_uuid: metadata.tableUuid ?? null,
    last_updated: instant(metadata.lastUpdatedMs),
    last_sequence_number: metadata.lastSequenceNumber,
    schema_id: schema.schemaId,
    columns: fields ?? [],
    identifier_field_ids: identifiers ?? [],
    partition_spec: {
      spec_id: spec.specId,
      fields: spec.fields.map((field) => ({
        field_id: field.fieldId,
        name: field.name,
        transform: formatTransform(field.transform),
        source: sourceText(schema, field),
        source_ids: sourcesOf(field),
      })),
    },
    sort_order: {
      order_id: sortOrder.orderId,
      fields: sortOrder.fields.map((field) => ({
        source: sourceText(schema, field),
        source_ids: sourcesOf(field),
        transform: formatTransform(field.transform),
        direction: field.direction,
        null_order: field.nullOrder,
      })),
    },
    properties: Object.fromEntries(sorted(table.properties)),
    current_snapshot: snapshot
      ? {
          snapshot_id: snapshot.snapshotId,
          parent_snapshot_id: snapshot.parentSnapshotId ?? null,
          sequence_number: snapshot.sequenceNumber,
          timestamp: instant(snapshot.timestampMs),
          operation: snapshotOperation(snapshot) ?? null,
          manifest_list: snapshot.manifestList ?? null,
          summary: Object.fromEntries(snapshot.summary ?? []),
        }
      : null,
    snapshots: metadata.snapshots.length,
    refs: Object.fromEntries(
      [...metadata.refs].map(([name, ref]) => [name, { type: ref.type, snapshot_id: ref.snapshotId }]),
    ),
  };
}

function describeText(table: Table, { paint, columns }: CliContext): string {
  const { metadata, schema, spec, sortOrder } = table;
  const limits = { paint, maxCell: 80, ...(columns !== undefined && { columns }) };
  const places = [...schema.places()];
  const withDoc = places.some(({ field }) => field.doc !== undefined);
  const rows = places.map(({ field, path }): Cell[] => [
    String(field.id),
    path,
    typeToString(field.type),
    field.required ? "required" : "optional",
    ...(withDoc ? [field.doc ?? ""] : []),
  ]);
  const titles = [
    { title: "id", numeric: true },
    { title: "column" },
    { title: "type" },
    { title: "null" },
    ...(withDoc ? [{ title: "doc" }] : []),
  ];
  const partitions = spec.fields.map(
    (field) => `${field.name} = ${termText(formatTransform(field.transform), sourceText(schema, field))}`,
  );
  const order = sortOrder.fields.map((field) => {
    const term = termText(formatTransform(field.transform), sourceText(schema, field));
    return `${term} ${field.direction} ${field.nullOrder}`;
  });
  const sections = [
    labelled([
      ["table", harmless(table.name)],
      ["location", harmless(table.location)],
      ["metadata", harmless(table.metadataLocation)],
      ["format", `version ${metadata.formatVersion}`],
      ["uuid", metadata.tableUuid ?? "none"],
      ["updated", instant(metadata.lastUpdatedMs)],
      ["partitions", partitions.length === 0 ? "none" : harmless(partitions.join(", "))],
      ["sort order", order.length === 0 ? "none" : harmless(order.join(", "))],
      ...snapshotRows(table),
    ]),
    renderTable(titles, rows, limits),
  ];
  const properties = sorted(table.properties).map(
    ([key, value]) => `  ${harmless(key)} = ${harmless(value)}`,
  );
  if (properties.length > 0) sections.push(`${paint.bold("properties")}\n${properties.join("\n")}`);
  return sections.join("\n\n");
}

function snapshotRows({ currentSnapshot: snapshot, metadata }: Table): [string, string][] {
  if (snapshot === undefined) return [["snapshot", "none: nothing was ever written"]];
  const operation = snapshotOperation(snapshot) ?? "operation unknown";
  const rows: [string, string][] = [
    [
      "snapshot",
      `${snapshot.snapshotId} ${harmless(operation)} at ${instant(snapshot.timestampMs)}, ` +
        `the newest of ${grouped(metadata.snapshots.length)}`,
    ],
  ];
  const total = (key: string) => {
    const text = snapshot.summary?.get(key);
    return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
  };
  const records = total("total-records");
  const files = total("total-data-files");
  const size = total("total-files-size");
  const parts = [
    ...(records === undefined ? [] : [`${grouped(records)} rows`]),
    ...(files === undefined ? [] : [`${grouped(files)} data files`]),
    ...(size === undefined ? [] : [byteSize(size)]),
  ];
  if (parts.length > 0) rows.push(["totals", parts.join(", ")]);
  return rows;
}

/** Full names of the sources of a field; a dropped column shows as its id. */
function sourceText(
  schema: Schema,
  field: { readonly sourceId: number; readonly sourceIds?: readonly number[] },
): string {
  return sourcesOf(field)
    .map((id) => schema.pathOf(id) ?? `#${id}`)
    .join(", ");
}

/** `month(event_timestamp)`, `bucket[16](id)`; the column alone for identity. */
function termText(transform: string, source: string): string {
  return transform === "identity" ? source : `${transform}(${source})`;
}

function sorted(properties: ReadonlyMap<string, string>): [string, string][] {
  return [...properties].sort(([a], [b]) => (a < b ? -1 : 1));
}
