/** Table metadata to and from JSON, versions 1 to 3. Spec: Table Metadata Fields; Appendix C. @module */
import {
  concatBytes,
  decompressWith,
  IcebergError,
  type Json,
  type JsonObject,
  parseJson,
  stringifyJson,
  utf8Decode,
  utf8Encode,
} from "../base/index.ts";
import { PARTITION_ID_START, type PartitionSpec, specFromJson, specToJson } from "../partitioning/index.ts";
import { type Schema, schemaFromJson, schemaToJson } from "../schema/index.ts";
import { type SortOrder, sortOrderFromJson, sortOrderToJson, UNSORTED } from "../sorting/index.ts";
import { checkMetadata } from "./check.ts";
import {
  invalid,
  objectOf,
  optionalInteger,
  optionalList,
  optionalLong,
  optionalString,
  optionalStringMap,
  requiredInteger,
  requiredList,
  requiredLong,
  requiredObject,
  requiredString,
  setMember,
  stringMapToJson,
  unknownMembers,
} from "./json-fields.ts";
import { listBytes, type PrintedList } from "./list-bytes.ts";
import { stripTrailingSlash } from "./names.ts";
import type { Snapshot, SnapshotLogEntry } from "./snapshot.ts";
import {
  metadataLogEntryFromJson,
  printSnapshot,
  refsFromJson,
  refToJson,
  snapshotFromJson,
  snapshotLogEntryFromJson,
  snapshotToJson,
} from "./snapshot-json.ts";
import {
  encryptedKeyFromJson,
  encryptedKeyToJson,
  partitionStatisticsFromJson,
  partitionStatisticsToJson,
  statisticsFromJson,
  statisticsToJson,
} from "./statistics-json.ts";
import { type FormatVersion, MAX_FORMAT_VERSION, type TableMetadata } from "./table-metadata.ts";

/** Every member this library reads; the rest is carried along (MET-005). */
const KNOWN = new Set([
  "format-version",
  "table-uuid",
  "location",
  "last-sequence-number",
  "last-updated-ms",
  "last-column-id",
  "schema",
  "schemas",
  "current-schema-id",
  "partition-spec",
  "partition-specs",
  "default-spec-id",
  "last-partition-id",
  "properties",
  "current-snapshot-id",
  "snapshots",
  "snapshot-log",
  "metadata-log",
  "sort-orders",
  "default-sort-order-id",
  "refs",
  "statistics",
  "partition-statistics",
  "next-row-id",
  "encryption-keys",
]);

const GZIP_MAGIC = [0x1f, 0x8b];
const ZSTD_MAGIC = [0x28, 0xb5, 0x2f, 0xfd];

/**
 * Reads a metadata file: JSON text, or its bytes plain, gzip or zstd, told apart by their first bytes (MET-062).
 * `what` names the file in errors.
 * @throws IcebergError `corrupt-file` when it is not JSON, `unsupported` for a format version above 3,
 *   `invalid-metadata` when it breaks a rule of its version.
 */
export function parseMetadata(file: string | Uint8Array, what = "table metadata"): TableMetadata {
  return metadataFromJson(parseJson(typeof file === "string" ? file : textOf(file, what), what), what);
}

/** The text of a metadata file, unpacked when its first bytes say so. */
function textOf(bytes: Uint8Array, what: string): string {
  try {
    if (startsWith(bytes, GZIP_MAGIC)) return utf8Decode(decompressWith("gzip", bytes));
    if (startsWith(bytes, ZSTD_MAGIC)) return utf8Decode(decompressWith("zstd", bytes));
    return utf8Decode(bytes);
  } catch (error) {
    if (!(error instanceof IcebergError)) throw error;
    throw new IcebergError(error.code, `Cannot read ${what}: ${error.message}`, {
      context: { what },
      cause: error,
    });
  }
}

/** Prints a metadata file as compact JSON with exact 64-bit integers (MET-003). */
export function printMetadata(metadata: TableMetadata): string {
  return piecesOf(metadata)
    .map((piece) => (typeof piece === "string" ? piece : piece.text()))
    .join("");
}

/**
 * The bytes of {@link printMetadata}. The lists that grow with the table's age keep theirs from one commit to the
 * next, so a commit prints what it adds, however many snapshots there are.
 */
export function encodeMetadataJson(metadata: TableMetadata): Uint8Array {
  const parts = piecesOf(metadata).map((piece) =>
    typeof piece === "string" ? [utf8Encode(piece)] : piece.bytes(),
  );
  return concatBytes(parts.flat());
}

/** Text, or a list to be printed between its brackets. */
type Piece = string | { readonly text: () => string; readonly bytes: () => readonly Uint8Array[] };

/** The document as text around its two long lists. */
function piecesOf(metadata: TableMetadata): Piece[] {
  const { formatVersion, snapshots, snapshotLog } = metadata;
  const json = metadataToJson({ ...metadata, snapshots: [], snapshotLog: [] });
  const pieces: Piece[] = [];
  let text = "{";
  const list = <T extends object>(printed: PrintedList<T>): void => {
    const { items, print } = printed;
    pieces.push(`${text}[`, {
      text: () => items.map(print).join(","),
      bytes: () => listBytes(printed),
    });
    text = "]";
  };
  let comma = "";
  for (const key of Object.keys(json)) {
    const value = json[key];
    if (value === undefined) continue;
    text += `${comma}${JSON.stringify(key)}:`;
    comma = ",";
    if (key === "snapshots") {
      const print = (snapshot: Snapshot) => printSnapshot(snapshot, formatVersion);
      list({ items: snapshots, print, form: formatVersion });
    } else if (key === "snapshot-log") list({ items: snapshotLog, print: printLogEntry, form: 0 });
    else text += stringifyJson(value);
  }
  pieces.push(`${text}}`);
  return pieces;
}

function printLogEntry(entry: SnapshotLogEntry): string {
  return `{"timestamp-ms":${entry.timestampMs},"snapshot-id":${entry.snapshotId}}`;
}

/** Reads the JSON form of table metadata and checks its invariants (MET-001, MET-009); errors as {@link parseMetadata}. */
export function metadataFromJson(json: Json, what = "table metadata"): TableMetadata {
  const object = objectOf(json, what);
  const formatVersion = formatVersionOf(object, what);
  const v2 = formatVersion > 1;
  const v3 = formatVersion > 2;
  const tableUuid = optionalString(object, "table-uuid", what);
  if (v2 && tableUuid === undefined) invalid(what, `table-uuid is missing in a v${formatVersion} table`);
  const schemas = schemasOf(object, formatVersion, what);
  const specs = specsOf(object, formatVersion, what);
  const orders = sortOrdersOf(object, formatVersion, what);
  const currentSnapshotId = currentSnapshotIdOf(object, what);
  const unknownFields = unknownMembers(object, KNOWN);
  const metadata: TableMetadata = {
    formatVersion,
    ...(tableUuid !== undefined && { tableUuid }),
    location: stripTrailingSlash(requiredString(object, "location", what)),
    lastSequenceNumber: v2 ? requiredInteger(object, "last-sequence-number", what) : 0,
    lastUpdatedMs: requiredInteger(object, "last-updated-ms", what),
    lastColumnId: requiredInteger(object, "last-column-id", what),
    ...schemas,
    ...specs,
    lastPartitionId: lastPartitionIdOf(object, specs.partitionSpecs, v2, what),
    ...orders,
    properties: optionalStringMap(object, "properties", what) ?? new Map(),
    ...(currentSnapshotId !== undefined && { currentSnapshotId }),
    snapshots: (optionalList(object, "snapshots", what) ?? []).map((snapshot) =>
      snapshotFromJson(snapshot, `${what} snapshot`, formatVersion),
    ),
    snapshotLog: (optionalList(object, "snapshot-log", what) ?? []).map((entry) =>
      snapshotLogEntryFromJson(entry, `${what} snapshot-log`),
    ),
    metadataLog: (optionalList(object, "metadata-log", what) ?? []).map((entry) =>
      metadataLogEntryFromJson(entry, `${what} metadata-log`),
    ),
    refs: refsFromJson(object.refs, currentSnapshotId, what),
    statistics: (optionalList(object, "statistics", what) ?? []).map((file) =>
      statisticsFromJson(file, `${what} statistics`),
    ),
    partitionStatistics: (optionalList(object, "partition-statistics", what) ?? []).map((file) =>
      partitionStatisticsFromJson(file, `${what} partition-statistics`),
    ),
    ...(v3 && { nextRowId: nextRowIdOf(object, what) }),
    encryptionKeys: v3
      ? (optionalList(object, "encryption-keys", what) ?? []).map((key) =>
          encryptedKeyFromJson(key, `${what} encryption-keys`),
        )
      : [],
    ...(unknownFields !== undefined && { unknownFields }),
  };
  checkMetadata(metadata, what);
  return Object.freeze(metadata);
}

/**
 * The JSON form for the metadata's own version. No member is null (MET-004); a table without a current snapshot
 * has `current-snapshot-id` -1 in v1 and v2, as old Java readers want it, and none in v3 (MET-011).
 */
export function metadataToJson(metadata: TableMetadata): JsonObject {
  const version = metadata.formatVersion;
  return {
    "format-version": version,
    "table-uuid": metadata.tableUuid,
    location: metadata.location,
    ...(version > 1 && { "last-sequence-number": metadata.lastSequenceNumber }),
    "last-updated-ms": metadata.lastUpdatedMs,
    "last-column-id": metadata.lastColumnId,
    ...(version === 1 && v1FieldsOf(metadata)),
    "current-schema-id": metadata.currentSchemaId,
    schemas: metadata.schemas.map((schema) => schemaToJson(schema)),
    "default-spec-id": metadata.defaultSpecId,
    "partition-specs": metadata.partitionSpecs.map((spec) => specToJson(spec)),
    "last-partition-id": metadata.lastPartitionId,
    "default-sort-order-id": metadata.defaultSortOrderId,
    "sort-orders": metadata.sortOrders.map((order) => sortOrderToJson(order)),
    properties: stringMapToJson(metadata.properties),
    "current-snapshot-id": metadata.currentSnapshotId ?? (version < 3 ? -1 : undefined),
    ...(version > 2 && { "next-row-id": metadata.nextRowId ?? 0n }),
    ...(version > 2 &&
      metadata.encryptionKeys.length > 0 && {
        "encryption-keys": metadata.encryptionKeys.map(encryptedKeyToJson),
      }),
    refs: refsToJson(metadata),
    snapshots: metadata.snapshots.map((snapshot) => snapshotToJson(snapshot, version)),
    statistics: metadata.statistics.map(statisticsToJson),
    "partition-statistics": metadata.partitionStatistics.map(partitionStatisticsToJson),
    "snapshot-log": metadata.snapshotLog.map((entry) => ({
      "timestamp-ms": entry.timestampMs,
      "snapshot-id": entry.snapshotId,
    })),
    "metadata-log": metadata.metadataLog.map((entry) => ({
      "timestamp-ms": entry.timestampMs,
      "metadata-file": entry.metadataFile,
    })),
    ...metadata.unknownFields,
  };
}

/** The version, checked before anything else is interpreted (MET-002). */
function formatVersionOf(object: JsonObject, what: string): FormatVersion {
  const version = requiredInteger(object, "format-version", what);
  if (version === 1 || version === 2 || version === 3) return version;
  throw new IcebergError(
    "unsupported",
    `Cannot read ${what}: format version ${version} is not supported, this library knows 1 to ${MAX_FORMAT_VERSION}`,
    { context: { what, formatVersion: version } },
  );
}

/** Schemas and the current one; v1 may hold a single `schema` instead (MET-006). */
function schemasOf(
  object: JsonObject,
  formatVersion: FormatVersion,
  what: string,
): { schemas: readonly Schema[]; currentSchemaId: number } {
  const list = optionalList(object, "schemas", what);
  if (list === undefined && formatVersion === 1) {
    const schema = readPart(() => schemaFromJson(requiredObject(object, "schema", what)), what);
    return { schemas: [schema], currentSchemaId: schema.schemaId };
  }
  const schemas = (list ?? requiredList(object, "schemas", what)).map((schema) =>
    readPart(() => schemaFromJson(schema), what),
  );
  let currentSchemaId = optionalInteger(object, "current-schema-id", what);
  if (currentSchemaId === undefined && formatVersion === 1 && object.schema !== undefined) {
    // Java refuses this; the lone schema still says which one is meant.
    currentSchemaId = readPart(() => schemaFromJson(requiredObject(object, "schema", what)), what).schemaId;
  }
  return { schemas, currentSchemaId: currentSchemaId ?? requiredInteger(object, "current-schema-id", what) };
}

/** Specs and the default one; v1 may hold the bare fields of a single `partition-spec` instead (MET-006). */
function specsOf(
  object: JsonObject,
  formatVersion: FormatVersion,
  what: string,
): { partitionSpecs: readonly PartitionSpec[]; defaultSpecId: number } {
  const list = optionalList(object, "partition-specs", what);
  if (list === undefined && formatVersion === 1) {
    const fields = requiredList(object, "partition-spec", what);
    const spec = readPart(() => specFromJson({ "spec-id": 0, fields }), what);
    return { partitionSpecs: [spec], defaultSpecId: 0 };
  }
  const partitionSpecs = (list ?? requiredList(object, "partition-specs", what)).map((spec) =>
    readPart(() => specFromJson(spec), what),
  );
  let defaultSpecId = optionalInteger(object, "default-spec-id", what);
  if (defaultSpecId === undefined && formatVersion === 1 && partitionSpecs.length > 0) {
    // Java refuses this; specs were only ever added, so the last one is the newest.
    defaultSpecId = Math.max(...partitionSpecs.map((spec) => spec.specId));
  }
  return { partitionSpecs, defaultSpecId: defaultSpecId ?? requiredInteger(object, "default-spec-id", what) };
}

/** Sort orders and the default one; v1 may have none (PRT-055). */
function sortOrdersOf(
  object: JsonObject,
  formatVersion: FormatVersion,
  what: string,
): { sortOrders: readonly SortOrder[]; defaultSortOrderId: number } {
  const list = optionalList(object, "sort-orders", what);
  if (list === undefined && formatVersion === 1) {
    return { sortOrders: [UNSORTED], defaultSortOrderId: UNSORTED.orderId };
  }
  return {
    sortOrders: (list ?? requiredList(object, "sort-orders", what)).map((order) =>
      readPart(() => sortOrderFromJson(order), what),
    ),
    defaultSortOrderId: requiredInteger(object, "default-sort-order-id", what),
  };
}

/** The highest partition field id ever given; v1 may leave it to be worked out (MET-008). */
function lastPartitionIdOf(
  object: JsonObject,
  specs: readonly PartitionSpec[],
  required: boolean,
  what: string,
): number {
  const id = optionalInteger(object, "last-partition-id", what);
  if (id !== undefined || required) return id ?? requiredInteger(object, "last-partition-id", what);
  let last = PARTITION_ID_START;
  for (const spec of specs) for (const field of spec.fields) last = Math.max(last, field.fieldId);
  return last;
}

/** -1, null and absent all mean that there is none (MET-011). */
function currentSnapshotIdOf(object: JsonObject, what: string): bigint | undefined {
  const id = optionalLong(object, "current-snapshot-id", what);
  return id === -1n ? undefined : id;
}

/**
 * Required in v3; a file on which nothing was ever committed may lack it: no row can have an id, so it is 0.
 * A default for any other table could give ids out twice.
 */
function nextRowIdOf(object: JsonObject, what: string): bigint {
  const id = optionalLong(object, "next-row-id", what);
  if (id === undefined && requiredInteger(object, "last-sequence-number", what) === 0) return 0n;
  return id ?? requiredLong(object, "next-row-id", what);
}

/** v1 repeats the current schema and the default spec's fields on their own (MET-006). */
function v1FieldsOf(metadata: TableMetadata): JsonObject {
  const schema = metadata.schemas.find((candidate) => candidate.schemaId === metadata.currentSchemaId);
  const spec = metadata.partitionSpecs.find((candidate) => candidate.specId === metadata.defaultSpecId);
  return {
    schema: schema && schemaToJson(schema),
    "partition-spec": spec && specToJson(spec).fields,
  };
}

function refsToJson(metadata: TableMetadata): JsonObject {
  const refs: Record<string, JsonObject> = {};
  for (const [name, ref] of metadata.refs) setMember(refs, name, refToJson(ref));
  return refs;
}

/** Schemas, specs and orders report `invalid-schema`; inside metadata the file has to be named as well. */
function readPart<T>(read: () => T, what: string): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof IcebergError) || error.code === "unsupported") throw error;
    if (error.code === "invalid-metadata") throw error;
    throw new IcebergError("invalid-metadata", `Cannot read ${what}: ${error.message}`, {
      context: { ...error.context, what },
      cause: error,
    });
  }
}

function startsWith(bytes: Uint8Array, magic: readonly number[]): boolean {
  return magic.every((byte, at) => bytes[at] === byte);
}
