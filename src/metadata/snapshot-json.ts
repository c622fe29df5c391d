/** Snapshots, references and log entries to and from JSON. Spec: Snapshots; Appendix C. @module */
import { type Json, type JsonObject, stringifyJson } from "../base/index.ts";
import {
  describe,
  invalid,
  objectOf,
  optionalInteger,
  optionalList,
  optionalLong,
  optionalString,
  optionalStringMap,
  requiredInteger,
  requiredLong,
  requiredString,
  stringMapToJson,
  stringsOf,
  unknownMembers,
} from "./json-fields.ts";
import {
  MAIN_BRANCH,
  type MetadataLogEntry,
  type Snapshot,
  type SnapshotLogEntry,
  type SnapshotRef,
  type SnapshotSummary,
} from "./snapshot.ts";

/** Members of a snapshot that this library reads; the rest is carried along (MET-005). */
const SNAPSHOT_MEMBERS = new Set([
  "sequence-number",
  "snapshot-id",
  "parent-snapshot-id",
  "timestamp-ms",
  "summary",
  "manifest-list",
  "manifests",
  "schema-id",
  "first-row-id",
  "added-rows",
  "key-id",
]);

/** The same of a reference. */
const REF_MEMBERS = new Set([
  "snapshot-id",
  "type",
  "min-snapshots-to-keep",
  "max-snapshot-age-ms",
  "max-ref-age-ms",
]);

/**
 * Reads one snapshot. A v1 table's sequence numbers are 0 whatever the file says (MET-020); a missing one is 0.
 * @throws IcebergError `invalid-metadata` when a required member is missing or of another kind.
 */
export function snapshotFromJson(json: Json | undefined, what = "snapshot", formatVersion = 3): Snapshot {
  const object = objectOf(json, what);
  const snapshotId = requiredLong(object, "snapshot-id", what);
  const name = `${what} ${snapshotId}`;
  const manifestList = optionalString(object, "manifest-list", name);
  const manifests = optionalList(object, "manifests", name);
  if (manifestList === undefined && manifests === undefined) {
    invalid(name, "it has neither manifest-list nor manifests");
  }
  const parentSnapshotId = optionalLong(object, "parent-snapshot-id", name);
  const schemaId = optionalInteger(object, "schema-id", name);
  const firstRowId = optionalLong(object, "first-row-id", name);
  const addedRows = optionalLong(object, "added-rows", name);
  if (firstRowId !== undefined && firstRowId < 0n) invalid(name, `first-row-id ${firstRowId} is negative`);
  if (addedRows !== undefined && addedRows < 0n) invalid(name, `added-rows ${addedRows} is negative`);
  const keyId = optionalString(object, "key-id", name);
  const summary = summaryFromJson(object, name);
  const unknownFields = unknownMembers(object, SNAPSHOT_MEMBERS);
  return Object.freeze({
    snapshotId,
    ...(parentSnapshotId !== undefined && { parentSnapshotId }),
    sequenceNumber: formatVersion === 1 ? 0 : (optionalInteger(object, "sequence-number", name) ?? 0),
    timestampMs: requiredInteger(object, "timestamp-ms", name),
    // With both present the list wins (MET-087).
    ...(manifestList !== undefined
      ? { manifestList }
      : { manifests: stringsOf(manifests ?? [], "manifests", name) }),
    ...(summary !== undefined && { summary }),
    ...(schemaId !== undefined && { schemaId }),
    ...(firstRowId !== undefined && { firstRowId }),
    ...(addedRows !== undefined && { addedRows }),
    ...(keyId !== undefined && { keyId }),
    ...(unknownFields !== undefined && { unknownFields }),
  });
}

/** Prints one snapshot for a table of a format version; later versions' members are left out of earlier ones. */
export function snapshotToJson(snapshot: Snapshot, formatVersion = 3): JsonObject {
  return {
    ...(formatVersion > 1 && { "sequence-number": snapshot.sequenceNumber }),
    "snapshot-id": snapshot.snapshotId,
    "parent-snapshot-id": snapshot.parentSnapshotId,
    "timestamp-ms": snapshot.timestampMs,
    summary: snapshot.summary === undefined ? undefined : stringMapToJson(snapshot.summary),
    "manifest-list": snapshot.manifestList,
    // Kept by an upgrade from v1: without a list the paths are all there is.
    manifests: snapshot.manifestList === undefined ? snapshot.manifests : undefined,
    "schema-id": snapshot.schemaId,
    ...(formatVersion > 2 && {
      "first-row-id": snapshot.firstRowId,
      "added-rows": snapshot.addedRows,
      "key-id": snapshot.keyId,
    }),
    ...snapshot.unknownFields,
  };
}

/** Texts of snapshots by object: a commit prints the one it added, not the thousands before it. */
const texts = new WeakMap<Snapshot, { readonly formatVersion: number; readonly text: string }>();

/** The JSON text of one snapshot, the same that printing {@link snapshotToJson} gives. */
export function printSnapshot(snapshot: Snapshot, formatVersion = 3): string {
  const known = texts.get(snapshot);
  if (known?.formatVersion === formatVersion) return known.text;
  const json = snapshotToJson(snapshot, formatVersion);
  const members: string[] = [];
  for (const key of Object.keys(json)) {
    const value = json[key];
    if (value === undefined) continue;
    // Nothing inside a known member is a bigint: the platform's printer is exact there, and ten times faster.
    const text =
      SNAPSHOT_MEMBERS.has(key) && typeof value !== "bigint" ? JSON.stringify(value) : stringifyJson(value);
    members.push(`${JSON.stringify(key)}:${text}`);
  }
  const text = `{${members.join(",")}}`;
  texts.set(snapshot, { formatVersion, text });
  return text;
}

/** Reads one reference; `type` in any case (MET-042). Throws `invalid-metadata` on settings that do not fit (MET-043). */
export function refFromJson(json: Json | undefined, what: string): SnapshotRef {
  const object = objectOf(json, what);
  const word = requiredString(object, "type", what);
  const type = word.toLowerCase();
  if (type !== "branch" && type !== "tag") {
    return invalid(what, `type must be branch or tag, found ${describe(word)}`);
  }
  const minSnapshotsToKeep = optionalInteger(object, "min-snapshots-to-keep", what);
  const maxSnapshotAgeMs = optionalAge(object, "max-snapshot-age-ms", what);
  const maxRefAgeMs = optionalAge(object, "max-ref-age-ms", what);
  const unknownFields = unknownMembers(object, REF_MEMBERS);
  const ref: SnapshotRef = {
    snapshotId: requiredLong(object, "snapshot-id", what),
    type,
    ...(minSnapshotsToKeep !== undefined && { minSnapshotsToKeep }),
    ...(maxSnapshotAgeMs !== undefined && { maxSnapshotAgeMs }),
    ...(maxRefAgeMs !== undefined && { maxRefAgeMs }),
    ...(unknownFields !== undefined && { unknownFields }),
  };
  const fault = refFault(ref);
  return fault === undefined ? ref : invalid(what, fault);
}

/** An age in milliseconds. Some writers say "for ever" with the largest long; 285,000 years are as good. */
function optionalAge(json: JsonObject, key: string, what: string): number | undefined {
  const age = optionalLong(json, key, what);
  if (age === undefined) return undefined;
  return age > Number.MAX_SAFE_INTEGER ? Number.MAX_SAFE_INTEGER : Number(age);
}

/** What is wrong with a reference's settings, `undefined` when nothing is (MET-043). */
export function refFault(ref: SnapshotRef): string | undefined {
  if (ref.type === "tag" && ref.minSnapshotsToKeep !== undefined) {
    return "a tag cannot have min-snapshots-to-keep";
  }
  if (ref.type === "tag" && ref.maxSnapshotAgeMs !== undefined)
    return "a tag cannot have max-snapshot-age-ms";
  const settings = {
    "min-snapshots-to-keep": ref.minSnapshotsToKeep,
    "max-snapshot-age-ms": ref.maxSnapshotAgeMs,
    "max-ref-age-ms": ref.maxRefAgeMs,
  };
  for (const [key, value] of Object.entries(settings)) {
    if (value !== undefined && !(value > 0)) return `${key} must be greater than 0, found ${value}`;
  }
  return undefined;
}

/** Prints one reference. */
export function refToJson(ref: SnapshotRef): JsonObject {
  return {
    "snapshot-id": ref.snapshotId,
    type: ref.type,
    "min-snapshots-to-keep": ref.minSnapshotsToKeep,
    "max-snapshot-age-ms": ref.maxSnapshotAgeMs,
    "max-ref-age-ms": ref.maxRefAgeMs,
    ...ref.unknownFields,
  };
}

/**
 * Reads the references of a table. With a current snapshot but no `main`, `main` is made up as a branch on that
 * snapshot (MET-010).
 */
export function refsFromJson(
  json: Json | undefined,
  currentSnapshotId: bigint | undefined,
  what: string,
): ReadonlyMap<string, SnapshotRef> {
  const refs = new Map<string, SnapshotRef>();
  if (json !== undefined && json !== null) {
    const object = objectOf(json, `${what} refs`);
    for (const name of Object.keys(object)) refs.set(name, refFromJson(object[name], `${what} ref ${name}`));
  }
  if (currentSnapshotId !== undefined && !refs.has(MAIN_BRANCH)) {
    refs.set(MAIN_BRANCH, { snapshotId: currentSnapshotId, type: "branch" });
  }
  return refs;
}

/** Reads one entry of the snapshot log. */
export function snapshotLogEntryFromJson(json: Json, what: string): SnapshotLogEntry {
  const object = objectOf(json, what);
  return {
    timestampMs: requiredInteger(object, "timestamp-ms", what),
    snapshotId: requiredLong(object, "snapshot-id", what),
  };
}

/** Reads one entry of the metadata log. */
export function metadataLogEntryFromJson(json: Json, what: string): MetadataLogEntry {
  const object = objectOf(json, what);
  return {
    timestampMs: requiredInteger(object, "timestamp-ms", what),
    metadataFile: requiredString(object, "metadata-file", what),
  };
}

/** A summary that names no operation reads as `overwrite`; an empty one as unknown (MET-022). */
function summaryFromJson(object: JsonObject, what: string): SnapshotSummary | undefined {
  const summary = optionalStringMap(object, "summary", what);
  if (summary === undefined || summary.size === 0) return undefined;
  return summary.has("operation") ? summary : new Map([["operation", "overwrite"], ...summary]);
}
