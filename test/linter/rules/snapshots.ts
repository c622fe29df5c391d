/** Rules of snapshots, refs and logs. Spec: Snapshots; Snapshot References. @module */
import { show } from "../findings.ts";
import { int, long, object, objects, text } from "../json.ts";
import type { LintSnapshot, LintTable } from "../table.ts";
import { SKEW_MS } from "./metadata.ts";

const OPERATIONS = ["append", "replace", "overwrite", "delete"];

export function checkSnapshots(table: LintTable): void {
  for (const snapshot of table.snapshots) {
    checkFields(table, snapshot);
    checkParent(table, snapshot);
  }
  checkSequences(table);
  checkRowIds(table);
  checkRefs(table);
  checkSnapshotLog(table);
  checkMetadataLog(table);
}

function checkFields(table: LintTable, snapshot: LintSnapshot): void {
  const { report, metadataFile: file, version, snapshots, schemas } = table;
  const { json, id, operation } = snapshot;
  const fault = (why: string) =>
    report.add("snapshot-fields", file, `snapshot ${show(json["snapshot-id"])}: ${why}`);
  if (id <= 0n || id >= 1n << 63n) fault("its id is no positive 64-bit integer");
  if (snapshots.filter((other) => other.id === id).length > 1) fault("its id is taken");
  if (int(json["timestamp-ms"]) === undefined) fault("it has no timestamp-ms");
  if (version >= 2 && snapshot.manifestList === undefined && snapshot.manifests.length === 0)
    fault("it has no manifest-list");
  if (snapshot.manifestList !== undefined && json.manifests !== undefined)
    fault("it has manifest-list and manifests");
  if (version === 1 && json["sequence-number"] !== undefined && snapshot.sequence !== 0n)
    fault("version 1 has no sequence-number");
  if (version < 3 && (snapshot.firstRowId !== undefined || snapshot.addedRows !== undefined))
    fault(`version ${version} has no first-row-id and added-rows`);
  if ((snapshot.firstRowId === undefined) !== (snapshot.addedRows === undefined))
    fault("it has only one of first-row-id and added-rows");
  if (snapshot.schemaId !== undefined && !schemas.some(({ schemaId }) => schemaId === snapshot.schemaId))
    fault(`it names schema ${snapshot.schemaId}, which the table does not have`);
  for (const [key, value] of Object.entries(object(json.summary) ?? {})) {
    if (typeof value !== "string") fault(`summary value ${key} is no text`);
  }
  if (version >= 2 && operation === undefined) fault("its summary has no operation");
  if (operation !== undefined && !OPERATIONS.includes(operation))
    report.add("snapshot-operation", file, `snapshot ${id} has the operation ${show(operation)}`);
}

function checkParent(table: LintTable, { id, parentId, sequence, timestampMs }: LintSnapshot): void {
  if (parentId === undefined) return;
  const { report, metadataFile: file, snapshots } = table;
  const parent = table.snapshot(parentId);
  if (parent === undefined) {
    // Expired, unless every earlier sequence number is still there.
    const earlier = snapshots.filter((other) => other.sequence > 0n && other.sequence < sequence).length;
    if (sequence > 0n && BigInt(earlier) === sequence - 1n)
      report.add(
        "snapshot-parent",
        file,
        `snapshot ${id} has the parent ${parentId}, which the table does not have`,
      );
    return;
  }
  if (parent.id === id) report.add("snapshot-parent", file, `snapshot ${id} is its own parent`);
  if (parent.timestampMs > timestampMs + SKEW_MS)
    report.add("snapshot-parent", file, `snapshot ${id} is older than its parent ${parentId}`);
  if (sequence > 0n && parent.sequence >= sequence)
    report.add(
      "snapshot-sequence",
      file,
      `snapshot ${id} has sequence number ${sequence}, its parent ${parent.sequence}`,
    );
}

function checkSequences({ report, metadataFile: file, metadata, snapshots }: LintTable): void {
  const last = long(metadata["last-sequence-number"]) ?? 0n;
  const seen = new Set<bigint>();
  for (const { id, sequence } of snapshots) {
    if (sequence > last)
      report.add(
        "snapshot-sequence",
        file,
        `snapshot ${id} has sequence number ${sequence}, the table ${last}`,
      );
    if (sequence > 0n && seen.has(sequence))
      report.add("snapshot-sequence", file, `sequence number ${sequence} is taken twice`);
    seen.add(sequence);
  }
}

function checkRowIds({ report, metadataFile: file, metadata, version, snapshots }: LintTable): void {
  if (version < 3) return;
  const next = long(metadata["next-row-id"]) ?? 0n;
  let end = 0n;
  const lineage = snapshots.filter(({ firstRowId }) => firstRowId !== undefined);
  for (const { id, firstRowId, addedRows } of lineage.sort((a, b) => Number(a.sequence - b.sequence))) {
    if (firstRowId! < end)
      report.add(
        "snapshot-row-ids",
        file,
        `snapshot ${id} starts at row id ${firstRowId}, others reach ${end}`,
      );
    end = firstRowId! + (addedRows ?? 0n);
    if (end > next)
      report.add("snapshot-row-ids", file, `snapshot ${id} reaches row id ${end}, next-row-id is ${next}`);
  }
  const since = lineage[0]?.sequence;
  for (const { id, sequence, firstRowId } of snapshots) {
    if (since !== undefined && sequence > since && firstRowId === undefined)
      report.add("snapshot-row-ids", file, `snapshot ${id} has no first-row-id, earlier ones have`);
  }
}

function checkRefs(table: LintTable): void {
  const { report, metadataFile: file, metadata } = table;
  const current = long(metadata["current-snapshot-id"]);
  const refs = object(metadata.refs) ?? {};
  for (const [name, json] of Object.entries(refs)) {
    const ref = object(json) ?? {};
    const fault = (why: string) => report.add("refs", file, `ref ${show(name)}: ${why}`);
    const id = long(ref["snapshot-id"]);
    if (table.snapshot(id) === undefined) fault(`snapshot ${show(ref["snapshot-id"])} does not exist`);
    const type = text(ref.type);
    if (type !== "branch" && type !== "tag") fault(`type ${show(ref.type)}`);
    if (name === "main" && type !== "branch") fault("it is no branch");
    if (name === "main" && id !== current) fault(`it is at ${id}, current-snapshot-id is ${current}`);
    for (const key of ["min-snapshots-to-keep", "max-snapshot-age-ms", "max-ref-age-ms"]) {
      if (ref[key] === undefined) continue;
      if ((long(ref[key]) ?? 0n) <= 0n) fault(`${key} is ${show(ref[key])}`);
      if (type === "tag" && key !== "max-ref-age-ms") fault(`a tag has no ${key}`);
    }
  }
  const hasCurrent = current !== undefined && current !== -1n;
  if (hasCurrent && metadata.refs !== undefined && refs.main === undefined)
    report.add("refs", file, "there is a current snapshot and no ref main");
}

function checkSnapshotLog(table: LintTable): void {
  const { report, metadataFile: file, metadata } = table;
  const log = objects(metadata["snapshot-log"]);
  const fault = (why: string) => report.add("snapshot-log", file, why);
  let before = 0;
  for (const entry of log) {
    const id = long(entry["snapshot-id"]);
    const time = int(entry["timestamp-ms"]) ?? 0;
    const snapshot = table.snapshot(id);
    if (snapshot === undefined)
      fault(`it names snapshot ${show(entry["snapshot-id"])}, which the table does not have`);
    else if (time + SKEW_MS < snapshot.timestampMs)
      fault(`snapshot ${id} is current at ${time}, before it was made`);
    if (time + SKEW_MS < before) fault(`${time} comes after ${before}`);
    before = time;
  }
  const current = long(metadata["current-snapshot-id"]);
  const last = long(log.at(-1)?.["snapshot-id"]);
  if (log.length > 0 && last !== current) fault(`it ends at ${last}, the current snapshot is ${current}`);
}

function checkMetadataLog({ report, metadataFile: file, metadata, properties }: LintTable): void {
  const log = objects(metadata["metadata-log"]);
  const fault = (why: string) => report.add("metadata-log", file, why);
  const limit = Math.max(1, Number(properties.get("write.metadata.previous-versions-max") ?? 100));
  if (log.length > limit) fault(`it has ${log.length} entries, the limit is ${limit}`);
  const seen = new Set<string>();
  let before = 0;
  for (const entry of log) {
    const name = text(entry["metadata-file"]) ?? "";
    const time = int(entry["timestamp-ms"]) ?? 0;
    if (name.slice(name.lastIndexOf("/") + 1) === file.slice(file.lastIndexOf("/") + 1))
      fault(`it names ${name}, which it is in`);
    if (name === "" || seen.has(name)) fault(`${show(name)} is named twice or not at all`);
    seen.add(name);
    if (time + SKEW_MS < before) fault(`${time} comes after ${before}`);
    before = time;
  }
}
