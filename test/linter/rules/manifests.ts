/** Rules of manifests and their entries. Spec: Manifests. @module */
import { parseJson } from "../../../src/base/index.ts";
import { ENTRY_FIELDS, FILE_FIELDS, fieldFaults, recordOf } from "../avro-fields.ts";
import { show } from "../findings.ts";
import { type Json, object, objects, sameText } from "../json.ts";
import {
  ADDED,
  DELETED,
  type LintEntry,
  type LintManifest,
  type LintManifestFile,
  longs,
} from "../manifests.ts";
import { type LintTable, specFields } from "../table.ts";
import { isKnown, resultType } from "../transforms.ts";
import { typeText } from "../types.ts";
import { checkAvro } from "./manifest-lists.ts";

export function checkManifest(table: LintTable, manifest: LintManifest, content: LintManifestFile): void {
  const { report } = table;
  const file = manifest.path;
  checkAvro(table, file, content.avro);
  const data = recordOf(content.avro.schema, 2);
  const faults = [
    ...fieldFaults(content.avro.schema, ENTRY_FIELDS, content.version),
    ...fieldFaults(data, FILE_FIELDS, content.version),
  ];
  for (const fault of faults) report.add("manifest-entry-field-ids", file, fault);
  checkHeader(table, manifest, content);
  checkPartitionFields(table, manifest, content);
  if (content.entries.length === 0) report.add("manifest-empty", file, "it has no entries");
  if (manifest.isDeletes && content.version === 1)
    report.add("manifest-content", file, "version 1 has no delete manifests");
  for (const entry of content.entries) {
    if ((entry.content !== 0) !== manifest.isDeletes)
      report.add("manifest-content", file, `${entry.path} has content ${entry.content}`);
    checkStatus(table, entry);
    checkSequences(table, entry, content.version);
    checkValues(table, entry);
    if (entry.format !== entry.format.toUpperCase())
      report.add("file-format", file, `file_format is ${show(entry.format)}`);
  }
}

function checkHeader(
  table: LintTable,
  manifest: LintManifest,
  { avro: { header }, version }: LintManifestFile,
): void {
  const fault = (why: string) => table.report.add("manifest-header", manifest.path, why);
  const required =
    version === 1
      ? ["schema", "partition-spec"]
      : ["schema", "partition-spec", "partition-spec-id", "format-version", "content"];
  const missing = required.filter((key) => !header.has(key));
  if (missing.length > 0) fault(`it lacks ${missing.join(", ")}`);
  if (!header.has("schema-id"))
    table.report.add("manifest-header-schema-id", manifest.path, "it lacks schema-id");
  const content = manifest.isDeletes ? "deletes" : "data";
  if ((header.get("content") ?? content) !== content)
    fault(`content is ${header.get("content")}, listed as ${content}`);
  const specId = header.get("partition-spec-id");
  if (specId !== undefined && specId !== String(manifest.specId))
    fault(`partition-spec-id is ${specId}, listed as ${manifest.specId}`);
  const spec = table.specs.find((each) => each.specId === manifest.specId);
  const written = parsed(header.get("partition-spec"));
  if (written !== undefined && !Array.isArray(written)) fault("partition-spec is no array of fields");
  else if (written !== undefined && spec !== undefined) {
    const ids = (fields: readonly { id: number; sourceId: number | undefined; transform: string }[]) =>
      fields.map(({ id, sourceId, transform }) => `${id}:${transform}(${sourceId})`).join(", ");
    if (ids(specFields(written)) !== ids(spec.fields))
      fault(`partition-spec is ${ids(specFields(written))}, the table's ${ids(spec.fields)}`);
  }
  const schema = object(parsed(header.get("schema")));
  if (header.has("schema") && schema === undefined) fault("schema is no JSON object");
  const id = header.get("schema-id") ?? schema?.["schema-id"];
  if (schema !== undefined && id !== undefined && header.has("schema-id")) {
    const known = table.schemas.find(({ schemaId }) => String(schemaId) === String(id));
    if (known === undefined) fault(`schema-id ${id} is no schema of the table`);
    else if (sameText(known.json.fields) !== sameText(schema.fields))
      fault(`schema is not schema ${id} of the table`);
  }
}

function parsed(text: string | undefined): Json | undefined {
  if (text === undefined) return undefined;
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

function checkPartitionFields(table: LintTable, manifest: LintManifest, content: LintManifestFile): void {
  const fault = (why: string) => table.report.add("partition-fields", manifest.path, why);
  const spec = table.specs.find(({ specId }) => specId === manifest.specId);
  if (spec === undefined) return;
  const fields = objects(recordOf(recordOf(content.avro.schema, 2), 102)?.fields);
  const found = fields.map((field) => field["field-id"]).join(", ");
  const wanted = spec.fields.map(({ id }) => id).join(", ");
  if (found !== wanted)
    fault(`the partition has the fields ${found || "(none)"}, the spec ${wanted || "(none)"}`);
  for (const { id, name, sourceId, transform } of spec.fields) {
    const field = fields.find((each) => each["field-id"] === id);
    const type = content.partitionTypes.get(id);
    if (field === undefined || type === undefined) continue;
    if (!Array.isArray(field.type) && field.type !== "null") fault(`${name} is not optional`);
    const sources = sourceId === undefined ? [] : table.typesOf(sourceId);
    const types = sources.map((source) => typeText(resultType(transform, source)));
    if (transform === "void") types.push("int");
    // Nobody knows the type of what is derived from a dropped column (Java writes unknown).
    if (sourceId !== undefined && table.currentSchema?.byId.get(sourceId) === undefined)
      types.push("unknown");
    if (isKnown(transform) && types.length > 0 && !types.includes(typeText(type)))
      fault(`${name} is ${typeText(type)}, not ${types.join(" or ")}`);
  }
}

function checkStatus({ report }: LintTable, entry: LintEntry): void {
  const { manifest, status, storedSnapshotId, path } = entry;
  const fault = (why: string) => report.add("manifest-entry-status", manifest.path, `${path}: ${why}`);
  if (![0, 1, 2].includes(status)) fault(`status ${status}`);
  if (storedSnapshotId === undefined && status === 0) fault("it is existing and has no snapshot id");
  const isOwn = storedSnapshotId === undefined || storedSnapshotId === manifest.addedSnapshotId;
  if ((status === ADDED || status === DELETED) && !isOwn)
    fault(
      `status ${status} with snapshot id ${storedSnapshotId}, the manifest was added by ${manifest.addedSnapshotId}`,
    );
}

function checkSequences({ report }: LintTable, entry: LintEntry, version: number): void {
  const { manifest, status, path, storedSequence, storedFileSequence, sequence, fileSequence } = entry;
  const fault = (why: string) => report.add("sequence-inheritance", manifest.path, `${path}: ${why}`);
  if (version === 1 || manifest.sequence === 0n) return;
  if (status === ADDED && storedFileSequence !== undefined)
    fault("it is added and has a file sequence number");
  if (status !== ADDED && (storedSequence === undefined || storedFileSequence === undefined))
    fault(`status ${status} without its sequence numbers`);
  if (sequence !== undefined && fileSequence !== undefined && sequence > fileSequence)
    fault(`sequence number ${sequence} is above file sequence number ${fileSequence}`);
  if (fileSequence !== undefined && fileSequence > manifest.sequence)
    fault(`file sequence number ${fileSequence} is above the manifest's ${manifest.sequence}`);
}

/** Which fields of a data file go with its content (MAN-020 to MAN-027). */
function checkValues({ report, orders }: LintTable, entry: LintEntry): void {
  const { content, file, format } = entry;
  const fault = (why: string) => report.add("entry-values", entry.manifest.path, `${entry.path}: ${why}`);
  const has = (id: number) => file.get(id) !== null && file.get(id) !== undefined;
  const isVector = format.toLowerCase() === "puffin";
  if (![0, 1, 2].includes(content)) fault(`content ${content}`);
  if (entry.recordCount < 0n) fault(`record_count ${entry.recordCount}`);
  if (entry.recordCount === 0n) fault("it has no rows");
  if ((content === 2) !== (longs(file.get(135)) ?? []).length > 0)
    fault(`content ${content} with equality_ids ${show(longs(file.get(135)))}`);
  if (content === 1 && has(140)) fault("it holds position deletes and has a sort_order_id");
  if (content === 0 && has(143)) fault("it is a data file and has a referenced_data_file");
  if (has(144) !== has(145)) fault("it has only one of content_offset and content_size_in_bytes");
  if (isVector !== has(144))
    fault(isVector ? "a deletion vector without content_offset" : "content_offset without a deletion vector");
  if (isVector && (content !== 1 || !has(143)))
    fault("a deletion vector has content 1 and a referenced_data_file");
  if (content !== 0 && has(142)) fault("it holds deletes and has a first_row_id");
  if (content === 0 && entry.status === ADDED && has(142))
    report.add("entry-row-ids", entry.manifest.path, `${entry.path} is added and has a first_row_id`);
  const order = file.get(140);
  if (
    content !== 1 &&
    typeof order === "number" &&
    order !== 0 &&
    !orders.some(({ orderId }) => orderId === order)
  )
    report.add(
      "sort-order",
      entry.manifest.path,
      `${entry.path} claims order ${order}, which the table does not have`,
    );
}
