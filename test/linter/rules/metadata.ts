/** Rules of the metadata document itself. Spec: Table Metadata. @module */
import { show } from "../findings.ts";
import {
  array,
  int,
  isJsonObject,
  type Json,
  type JsonObject,
  long,
  object,
  objects,
  text,
} from "../json.ts";
import type { LintTable } from "../table.ts";

/** Clocks may differ by this much (MET-041). */
export const SKEW_MS = 60_000;

const REQUIRED: Readonly<Record<number, readonly string[]>> = {
  1: ["format-version", "location", "last-updated-ms", "last-column-id", "schema", "partition-spec"],
  2: [
    ...[
      "format-version",
      "table-uuid",
      "location",
      "last-sequence-number",
      "last-updated-ms",
      "last-column-id",
    ],
    ...["schemas", "current-schema-id", "partition-specs", "default-spec-id", "last-partition-id"],
    ...["sort-orders", "default-sort-order-id"],
  ],
};
const FORBIDDEN: Readonly<Record<number, readonly string[]>> = {
  1: ["last-sequence-number", "next-row-id", "encryption-keys"],
  2: ["schema", "partition-spec", "next-row-id", "encryption-keys"],
  3: ["schema", "partition-spec"],
};
const RESERVED = [
  ...["format-version", "uuid", "snapshot-count", "current-snapshot-summary", "current-snapshot-id"],
  ...["current-snapshot-timestamp-ms", "current-schema", "default-partition-spec", "default-sort-order"],
];

export function checkMetadata(table: LintTable): void {
  checkFields(table);
  checkNulls(table);
  checkCurrentIds(table);
  checkProperties(table);
  checkUpdated(table);
  checkEncryptionKeys(table);
}

function checkFields({ report, metadataFile: file, metadata, version }: LintTable): void {
  const required = REQUIRED[Math.min(version, 2)]!.concat(version === 3 ? ["next-row-id"] : []);
  const missing = required.filter((name) => metadata[name] === undefined);
  if (missing.length > 0)
    report.add("metadata-fields", file, `version ${version} requires ${missing.join(", ")}`);
  const foreign = FORBIDDEN[version]!.filter((name) => metadata[name] !== undefined);
  if (foreign.length > 0)
    report.add("metadata-fields", file, `version ${version} does not have ${foreign.join(", ")}`);
  for (const [list, current] of Object.entries(CURRENT)) {
    if (metadata[list] !== undefined && metadata[current] === undefined)
      report.add("metadata-fields", file, `${list} needs ${current}`);
  }
  const location = text(metadata.location) ?? "";
  if (!/^([a-zA-Z][a-zA-Z0-9+.-]*:|\/)/.test(location))
    report.add("metadata-location", file, `the location ${show(location)} is not absolute`);
  if (location.endsWith("/"))
    report.add("metadata-location", file, `the location ${show(location)} ends in a slash`);
}

const CURRENT = {
  schemas: "current-schema-id",
  "partition-specs": "default-spec-id",
  "sort-orders": "default-sort-order-id",
};

/** Version 3 alone may say that there is no current snapshot with a null (MET-004, MET-011). */
function checkNulls({ report, metadataFile: file, metadata, version }: LintTable): void {
  const walk = (value: Json | undefined, path: string): void => {
    if (value === null && !(version >= 3 && path === "current-snapshot-id"))
      report.add("metadata-no-null", file, `${path} is null`);
    else if (isJsonObject(value))
      for (const [key, member] of Object.entries(value)) walk(member, path === "" ? key : `${path}.${key}`);
    else
      array(value)?.forEach((item, at) => {
        walk(item, `${path}[${at}]`);
      });
  };
  walk(metadata, "");
  if (version >= 3 && long(metadata["current-snapshot-id"]) === -1n)
    report.add("metadata-no-null", file, "current-snapshot-id is -1, which versions below 3 write");
}

function checkCurrentIds({ report, metadataFile: file, metadata }: LintTable): void {
  const lists: [list: string, key: string, current: string][] = [
    ["schemas", "schema-id", "current-schema-id"],
    ["partition-specs", "spec-id", "default-spec-id"],
    ["sort-orders", "order-id", "default-sort-order-id"],
  ];
  for (const [list, key, current] of lists) {
    if (metadata[list] === undefined) continue;
    const ids = objects(metadata[list]).map((item) => int(item[key]));
    if (ids.length === 0) report.add("metadata-current-ids", file, `${list} is empty`);
    if (new Set(ids).size < ids.length)
      report.add("metadata-current-ids", file, `${list} has an id twice: ${show(ids)}`);
    const id = int(metadata[current]);
    if (id !== undefined && !ids.includes(id))
      report.add("metadata-current-ids", file, `${current} is ${id}, ${list} has ${show(ids)}`);
  }
  const snapshotId = long(metadata["current-snapshot-id"]);
  if (snapshotId === undefined || snapshotId === -1n) return;
  if (!objects(metadata.snapshots).some((snapshot) => long(snapshot["snapshot-id"]) === snapshotId))
    report.add("metadata-current-ids", file, `current-snapshot-id ${snapshotId} is no snapshot of the table`);
}

function checkProperties({ report, metadataFile: file, metadata }: LintTable): void {
  for (const [key, value] of Object.entries(object(metadata.properties) ?? {})) {
    if (typeof value !== "string") report.add("metadata-properties", file, `property ${key} is no text`);
    if (RESERVED.includes(key)) report.add("metadata-properties", file, `property ${key} is reserved`);
  }
}

function checkUpdated({ report, metadataFile: file, metadata, snapshots }: LintTable): void {
  const updated = int(metadata["last-updated-ms"]) ?? 0;
  const logs = [...objects(metadata["snapshot-log"]), ...objects(metadata["metadata-log"])];
  const times = [
    ...snapshots.map(({ timestampMs }) => timestampMs),
    ...logs.map((log) => int(log["timestamp-ms"]) ?? 0),
  ];
  const latest = Math.max(0, ...times);
  if (latest > updated + SKEW_MS)
    report.add(
      "metadata-updated",
      file,
      `last-updated-ms ${updated} is before ${latest}, when something was added`,
    );
}

function checkEncryptionKeys({ report, metadataFile: file, metadata, snapshots }: LintTable): void {
  const keys = objects(metadata["encryption-keys"]);
  const isWhole = (key: JsonObject) =>
    text(key["key-id"]) !== undefined && text(key["encrypted-key-metadata"]) !== undefined;
  if (!keys.every(isWhole))
    report.add("metadata-encryption-keys", file, "a key lacks key-id or encrypted-key-metadata");
  for (const { id, json } of snapshots) {
    const keyId = text(json["key-id"]);
    if (keyId !== undefined && !keys.some((key) => key["key-id"] === keyId))
      report.add(
        "metadata-encryption-keys",
        file,
        `snapshot ${id} names key ${keyId}, which the table does not have`,
      );
  }
}
