/** A table's metadata as the rules see it: parsed as far as it can be, faults left to the rules. @module */
import type { TableFiles } from "./files.ts";
import type { Report } from "./findings.ts";
import { array, int, type JsonObject, long, object, objects, text } from "./json.ts";
import { type LintSchema, type PlacedField, type PrimitiveType, parseSchema } from "./types.ts";

export interface SpecField {
  readonly id: number;
  readonly sourceId: number | undefined;
  readonly transform: string;
  readonly name: string;
  readonly json: JsonObject;
}
export interface LintSpec {
  readonly specId: number;
  readonly fields: readonly SpecField[];
}

export interface OrderField {
  readonly sourceId: number | undefined;
  readonly transform: string;
  readonly descending: boolean;
  readonly nullsFirst: boolean;
  readonly json: JsonObject;
}
export interface LintOrder {
  readonly orderId: number;
  readonly fields: readonly OrderField[];
}

export interface LintSnapshot {
  readonly json: JsonObject;
  readonly id: bigint;
  readonly parentId: bigint | undefined;
  /** 0 in version 1. */
  readonly sequence: bigint;
  readonly timestampMs: number;
  readonly manifestList: string | undefined;
  /** Only for the oldest tables: manifests named in the metadata itself. */
  readonly manifests: readonly string[];
  readonly operation: string | undefined;
  readonly summary: ReadonlyMap<string, string>;
  readonly schemaId: number | undefined;
  readonly firstRowId: bigint | undefined;
  readonly addedRows: bigint | undefined;
}

export interface LintTable {
  readonly report: Report;
  readonly files: TableFiles;
  readonly metadataFile: string;
  readonly metadata: JsonObject;
  readonly version: number;
  readonly properties: ReadonlyMap<string, string>;
  readonly schemas: readonly LintSchema[];
  readonly currentSchema: LintSchema | undefined;
  readonly specs: readonly LintSpec[];
  readonly orders: readonly LintOrder[];
  readonly snapshots: readonly LintSnapshot[];
  /** A field of the current schema, else of the newest that has it. */
  field(id: number): PlacedField | undefined;
  /** Every primitive type that a field has had. */
  typesOf(id: number): readonly PrimitiveType[];
  snapshot(id: bigint | undefined): LintSnapshot | undefined;
}

export function tableOf(
  metadata: JsonObject,
  metadataFile: string,
  files: TableFiles,
  report: Report,
): LintTable {
  const listed = objects(metadata.schemas);
  const only = object(metadata.schema);
  const schemas = (listed.length > 0 ? listed : only === undefined ? [] : [only]).map(parseSchema);
  const currentId = int(metadata["current-schema-id"]) ?? schemas[0]?.schemaId;
  const currentSchema = schemas.find(({ schemaId }) => schemaId === currentId);
  const newest = [...(currentSchema ? [currentSchema] : []), ...schemas.toReversed()];
  const snapshots = objects(metadata.snapshots).map(snapshotOf);
  const placed = (id: number) => newest.flatMap(({ byId }) => byId.get(id) ?? []);
  return {
    report,
    files,
    metadataFile,
    metadata,
    version: int(metadata["format-version"]) ?? 0,
    properties: texts(object(metadata.properties)),
    schemas,
    currentSchema,
    specs: specsOf(metadata),
    orders: objects(metadata["sort-orders"]).map(orderOf),
    snapshots,
    field: (id) => placed(id)[0],
    typesOf: (id) => placed(id).flatMap(({ field: { type } }) => (type.kind === "primitive" ? [type] : [])),
    snapshot: (id) => snapshots.find((each) => each.id === id),
  };
}

/** The fields of a spec's JSON array. */
export function specFields(json: JsonObject["fields"]): SpecField[] {
  return objects(json).map((field, at) => ({
    id: int(field["field-id"]) ?? 1000 + at,
    sourceId: int(field["source-id"]) ?? int((array(field["source-ids"]) ?? [])[0]),
    transform: (text(field.transform) ?? "").toLowerCase(),
    name: text(field.name) ?? "",
    json: field,
  }));
}

function specsOf(metadata: JsonObject): LintSpec[] {
  const listed = objects(metadata["partition-specs"]);
  if (listed.length === 0) return [{ specId: 0, fields: specFields(metadata["partition-spec"]) }];
  return listed.map((spec) => ({ specId: int(spec["spec-id"]) ?? -1, fields: specFields(spec.fields) }));
}

function orderOf(order: JsonObject): LintOrder {
  return {
    orderId: int(order["order-id"]) ?? -1,
    fields: objects(order.fields).map((field) => ({
      sourceId: int(field["source-id"]) ?? int((array(field["source-ids"]) ?? [])[0]),
      transform: (text(field.transform) ?? "").toLowerCase(),
      descending: text(field.direction)?.toLowerCase() === "desc",
      nullsFirst: text(field["null-order"])?.toLowerCase() === "nulls-first",
      json: field,
    })),
  };
}

function snapshotOf(json: JsonObject): LintSnapshot {
  const summary = texts(object(json.summary));
  return {
    json,
    id: long(json["snapshot-id"]) ?? -1n,
    parentId: long(json["parent-snapshot-id"]),
    sequence: long(json["sequence-number"]) ?? 0n,
    timestampMs: int(json["timestamp-ms"]) ?? 0,
    manifestList: text(json["manifest-list"]),
    manifests: (array(json.manifests) ?? []).filter((path) => typeof path === "string"),
    operation: summary.get("operation"),
    summary,
    schemaId: int(json["schema-id"]),
    firstRowId: long(json["first-row-id"]),
    addedRows: long(json["added-rows"]),
  };
}

function texts(json: JsonObject | undefined): ReadonlyMap<string, string> {
  return new Map(Object.entries(json ?? {}).map(([key, value]) => [key, String(value)]));
}
