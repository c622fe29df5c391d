/** Rules of manifest lists. Spec: Manifest Lists. @module */
import type { AvroFile, AvroRecord } from "../avro.ts";
import { fieldFaults, LIST_FIELDS, recordOf, SUMMARY_FIELDS, unionFaults } from "../avro-fields.ts";
import { show } from "../findings.ts";
import { type JsonObject, objects } from "../json.ts";
import {
  ADDED,
  DELETED,
  type LintManifest,
  type LintManifestFile,
  type LintManifestList,
  longOf,
} from "../manifests.ts";
import type { LintSnapshot, LintTable } from "../table.ts";
import { resultType } from "../transforms.ts";
import type { PrimitiveType } from "../types.ts";
import { compare, decodeValue, equal, type LintValue } from "../values.ts";

/** Codec and unions of any Avro file. */
export function checkAvro({ report }: LintTable, file: string, avro: AvroFile): void {
  if (!avro.header.has("avro.codec")) report.add("avro-codec", file, "its header has no avro.codec");
  for (const fault of unionFaults(avro.schema)) report.add("avro-unions", file, fault);
}

export function checkManifestList(table: LintTable, snapshot: LintSnapshot, list: LintManifestList): void {
  const { report } = table;
  const { avro, file } = list;
  if (avro === undefined) return;
  checkAvro(table, file, avro);
  // A list keeps the version that its table had when the snapshot was made.
  const written = Number(avro.header.get("format-version") ?? guessedVersion(avro.schema));
  const faults = fieldFaults(avro.schema, LIST_FIELDS, written);
  const summary = recordOf(avro.schema, 507);
  if (summary !== undefined) faults.push(...fieldFaults(summary, SUMMARY_FIELDS, written));
  for (const fault of faults) report.add("manifest-list-fields", file, fault);
  checkHeader(table, snapshot, avro, file);
  for (const manifest of list.manifests) {
    for (const [id, name, , presence] of LIST_FIELDS) {
      const value = manifest.record.get(id);
      if (presence[written - 1] === "R" && (value === null || value === undefined))
        report.add("manifest-list-values", file, `${manifest.path} has no ${name}`);
    }
    checkSequence(table, snapshot, list, manifest, written);
  }
  checkRowIds(table, snapshot, list);
}

function checkHeader(
  { report }: LintTable,
  snapshot: LintSnapshot,
  { header }: AvroFile,
  file: string,
): void {
  const wanted: [string, string | undefined][] = [
    ["snapshot-id", String(snapshot.id)],
    ["parent-snapshot-id", String(snapshot.parentId ?? "null")],
    ["sequence-number", snapshot.sequence === 0n ? undefined : String(snapshot.sequence)],
    ["first-row-id", snapshot.firstRowId === undefined ? undefined : String(snapshot.firstRowId)],
  ];
  for (const [key, value] of wanted) {
    if (value !== undefined && header.get(key) !== value)
      report.add("manifest-list-header", file, `${key} is ${show(header.get(key))}, not ${value}`);
  }
  if (!["1", "2", "3"].includes(header.get("format-version") ?? ""))
    report.add("manifest-list-header", file, `format-version is ${show(header.get("format-version"))}`);
}

function checkSequence(
  table: LintTable,
  snapshot: LintSnapshot,
  list: LintManifestList,
  { path, sequence, minSequence, addedSnapshotId }: LintManifest,
  version: number,
): void {
  if (version === 1) return;
  const fault = (why: string) => table.report.add("manifest-sequence", list.file, `${path}: ${why}`);
  const adder = table.snapshot(addedSnapshotId);
  if (adder !== undefined && adder.sequence !== sequence)
    fault(`sequence_number ${sequence}, the snapshot that added it has ${adder.sequence}`);
  if (sequence > snapshot.sequence)
    fault(`sequence_number ${sequence}, the snapshot has ${snapshot.sequence}`);
  if (minSequence !== undefined && minSequence > sequence)
    fault(`min_sequence_number ${minSequence} is above sequence_number ${sequence}`);
}

/** Assignment in list order, from the snapshot's first row id (MAN-035). */
function checkRowIds(
  { report }: LintTable,
  snapshot: LintSnapshot,
  { file, manifests }: LintManifestList,
): void {
  const fault = (why: string) => report.add("manifest-row-ids", file, why);
  for (const { path, isDeletes, firstRowId } of manifests) {
    if (isDeletes && firstRowId !== undefined)
      fault(`${path} holds deletes and has first_row_id ${firstRowId}`);
  }
  if (snapshot.firstRowId === undefined) return;
  let next = snapshot.firstRowId;
  const old: [start: bigint, end: bigint, path: string][] = [];
  for (const { path, isDeletes, firstRowId, record } of manifests) {
    if (isDeletes) continue;
    const rows = (longOf(record.get(512)) ?? 0n) + (longOf(record.get(513)) ?? 0n);
    if (firstRowId === undefined) fault(`${path} has no first_row_id`);
    // Without rows a manifest takes no ids, so an earlier list may have given it the id that is next here, too.
    else if (rows === 0n) continue;
    else if (firstRowId < snapshot.firstRowId) old.push([firstRowId, firstRowId + rows, path]);
    else {
      if (firstRowId !== next) fault(`${path} has first_row_id ${firstRowId}, its turn was ${next}`);
      next = firstRowId + rows;
    }
  }
  old.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  for (const [at, [start, , path]] of old.entries()) {
    if (at > 0 && start < old[at - 1]![1]) fault(`${path} shares row ids with ${old[at - 1]![2]}`);
  }
  const assigned = next - snapshot.firstRowId;
  if (snapshot.addedRows !== undefined && snapshot.addedRows !== assigned)
    report.add(
      "snapshot-row-ids",
      file,
      `snapshot ${snapshot.id} has added-rows ${snapshot.addedRows}, ${assigned} ids were assigned`,
    );
}

const COUNTS: readonly [id: number, name: string, status: number, ofRows: boolean][] = [
  [504, "added_files_count", ADDED, false],
  [505, "existing_files_count", 0, false],
  [506, "deleted_files_count", DELETED, false],
  [512, "added_rows_count", ADDED, true],
  [513, "existing_rows_count", 0, true],
  [514, "deleted_rows_count", DELETED, true],
];

/** What a list says of a manifest against what the manifest holds. */
export async function checkListEntry(
  table: LintTable,
  list: LintManifestList,
  manifest: LintManifest,
  content: LintManifestFile,
): Promise<void> {
  const { report } = table;
  const { record, path } = manifest;
  const bytes = await table.files.bytes(path, "the manifest");
  const length = longOf(record.get(501));
  if (length !== undefined && bytes !== undefined && length !== BigInt(bytes.length))
    report.add(
      "manifest-length",
      list.file,
      `${path} is listed with ${length} bytes, it has ${bytes.length}`,
    );
  for (const [id, name, status, ofRows] of COUNTS) {
    const listed = longOf(record.get(id));
    const of = content.entries.filter((entry) => entry.status === status);
    const real = ofRows ? of.reduce((sum, entry) => sum + entry.recordCount, 0n) : BigInt(of.length);
    if (listed !== undefined && listed !== real)
      report.add("manifest-counts", list.file, `${path} is listed with ${name} ${listed}, it has ${real}`);
  }
  const live = content.entries.filter((entry) => entry.status !== DELETED);
  const sequences = live.flatMap(({ sequence }) => sequence ?? []);
  const least = [...sequences, manifest.sequence].sort(compare)[0]!;
  if (manifest.minSequence !== undefined && manifest.minSequence !== least)
    report.add(
      "manifest-sequence",
      list.file,
      `${path} is listed with min_sequence_number ${manifest.minSequence}, it has ${least}`,
    );
  checkSummaries(table, list, manifest, content);
}

function checkSummaries(
  table: LintTable,
  { file }: LintManifestList,
  manifest: LintManifest,
  { entries, partitionTypes }: LintManifestFile,
): void {
  const fault = (why: string) => table.report.add("manifest-partitions", file, `${manifest.path}: ${why}`);
  const spec = table.specs.find(({ specId }) => specId === manifest.specId);
  if (spec === undefined) {
    table.report.add(
      "manifest-spec",
      file,
      `${manifest.path} has spec ${manifest.specId}, which the table does not have`,
    );
    return;
  }
  const summaries = manifest.record.get(507) as readonly AvroRecord[] | null | undefined;
  if (summaries === null || summaries === undefined) return;
  if (summaries.length !== spec.fields.length)
    fault(`it has ${summaries.length} partition summaries, its spec ${spec.fields.length} fields`);
  for (const [at, { id, name, sourceId, transform }] of spec.fields.entries()) {
    const summary = summaries[at];
    if (summary === undefined) continue;
    const source = sourceId === undefined ? undefined : table.typesOf(sourceId)[0];
    const type = source === undefined ? partitionTypes.get(id) : resultType(transform, source);
    if (type === undefined) continue;
    for (const why of summaryFaults(
      summary,
      type,
      entries.map((entry) => entry.partition.get(id) ?? null),
    ))
      fault(`${name}: ${why}`);
  }
}

/** What is wrong with a summary of partition values. */
function summaryFaults(
  summary: AvroRecord,
  type: PrimitiveType,
  values: readonly (LintValue | null)[],
): string[] {
  const faults: string[] = [];
  const hasNull = values.includes(null);
  const hasNan = values.some((value) => Number.isNaN(value));
  if (summary.get(509) !== hasNull) faults.push(`contains_null is ${summary.get(509)}, not ${hasNull}`);
  const nan = summary.get(518);
  if (nan !== null && nan !== undefined && nan !== hasNan)
    faults.push(`contains_nan is ${nan}, not ${hasNan}`);
  const ordered = values
    .filter((value): value is LintValue => value !== null && !Number.isNaN(value))
    .sort(compare);
  for (const [fieldId, name, value] of [
    [510, "lower_bound", ordered[0]],
    [511, "upper_bound", ordered.at(-1)],
  ] as const) {
    const bytes = summary.get(fieldId);
    const bound = bytes instanceof Uint8Array ? (decodeValue(type, bytes) ?? null) : null;
    if (bytes instanceof Uint8Array && bound === null)
      faults.push(`${name} ${show(bytes)} is no ${type.name}`);
    else if (!equal(bound, value ?? null))
      faults.push(`${name} is ${show(bound)}, not ${show(value ?? null)}`);
  }
  return faults;
}

/** For lists without header keys: row ids came with version 3, sequence numbers with 2. */
function guessedVersion(schema: JsonObject): number {
  const ids = objects(schema.fields).map((field) => field["field-id"]);
  return ids.includes(520) ? 3 : ids.includes(515) ? 2 : 1;
}
