/** Partition specs as JSON. Spec: Appendix C, Partition Specs. @module */
import { IcebergError, INT32_MAX, isJsonObject, type Json, type JsonObject } from "../base/index.ts";
import { PARTITION_ID_START, type PartitionField, type PartitionSpec } from "./spec.ts";
import { formatTransform, parseTransform, type Transform } from "./transform.ts";

/** Reads a spec object. Throws `invalid-schema`. */
export function specFromJson(json: Json): PartitionSpec {
  if (!isJsonObject(json)) fail("it is no JSON object");
  return Object.freeze({
    specId: intOf(json["spec-id"], "spec-id"),
    fields: specFieldsFromJson(json.fields ?? null),
  });
}

/** Writes a spec object. */
export function specToJson(spec: PartitionSpec): JsonObject {
  return { "spec-id": spec.specId, fields: specFieldsToJson(spec.fields) };
}

/**
 * Reads the bare array of fields, the form of v1's `partition-spec` and of manifest headers (PRT-036). Fields
 * without ids, which v1 allows, get 1000 and up; either all have ids or none (PRT-025).
 */
export function specFieldsFromJson(json: Json): readonly PartitionField[] {
  if (!Array.isArray(json)) fail("its fields are no array");
  const items: readonly Json[] = json;
  const numbered = items.filter((item) => isJsonObject(item) && typeof item["field-id"] === "number").length;
  if (numbered !== 0 && numbered !== items.length) fail("some fields have a field-id and some do not");
  return Object.freeze(items.map((item, index) => fieldFromJson(item, PARTITION_ID_START + 1 + index)));
}

/** Writes the bare array of fields. */
export function specFieldsToJson(fields: readonly PartitionField[]): Json {
  return fields.map((field) => ({
    name: field.name,
    transform: formatTransform(field.transform),
    ...sourceToJson(field),
    "field-id": field.fieldId,
  }));
}

/** What partition and sort fields share: their sources and transform. */
export interface TransformSource {
  readonly sourceId: number;
  readonly sourceIds?: readonly number[];
  readonly transform: Transform;
}

/**
 * Reads `transform` with `source-id` or `source-ids`; several sources make the transform an unknown one (PRT-037).
 * `what` names the field in errors.
 */
export function transformSourceFromJson(json: JsonObject, what: string): TransformSource {
  const text = json.transform;
  if (typeof text !== "string") fail(`transform of ${what} is missing or no string`);
  const several = json["source-ids"];
  if (Array.isArray(several) && several.length > 1) {
    const sourceIds = several.map((item: Json) => intOf(item, `source-ids of ${what}`));
    return {
      sourceId: sourceIds[0]!,
      sourceIds: Object.freeze(sourceIds),
      transform: Object.freeze({ kind: "unknown", text }),
    };
  }
  const single = json["source-id"] ?? (Array.isArray(several) ? (several[0] as Json) : undefined);
  return { sourceId: intOf(single, `source-id of ${what}`), transform: parseTransform(text) };
}

/** Writes exactly one of `source-id` and `source-ids`. */
export function sourceToJson(field: {
  readonly sourceId: number;
  readonly sourceIds?: readonly number[];
}): JsonObject {
  return field.sourceIds === undefined ? { "source-id": field.sourceId } : { "source-ids": field.sourceIds };
}

function fieldFromJson(json: Json, defaultId: number): PartitionField {
  if (!isJsonObject(json)) fail("a field is no JSON object");
  const { name } = json;
  if (typeof name !== "string") fail("name of a field is missing or no string");
  const what = `field ${JSON.stringify(name)}`;
  const source = transformSourceFromJson(json, what);
  const id = json["field-id"];
  const fieldId = id === undefined || id === null ? defaultId : intOf(id, `field-id of ${what}`);
  return Object.freeze({ ...source, fieldId, name });
}

function intOf(json: Json | undefined, what: string): number {
  if (Number.isInteger(json) && Math.abs(json as number) <= INT32_MAX) return json as number;
  return fail(`${what} is missing or no 32-bit integer`);
}

function fail(why: string): never {
  throw new IcebergError("invalid-schema", `Cannot read partition spec or sort order: ${why}`);
}
