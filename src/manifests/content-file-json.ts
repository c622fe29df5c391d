/**
 * Data and delete files as JSON, with the names and forms of Iceberg's ContentFileParser (1.11; the older spellings
 * are read): how files travel between workers, committers and REST servers. Spec: Data File Fields; Appendix D.
 * @module
 */
import {
  fromHex,
  IcebergError,
  isJsonObject,
  type Json,
  type JsonObject,
  toHex,
  toSafeNumber,
} from "../base/index.ts";
import type { PartitionTuple } from "../partitioning/index.ts";
import { type Field, type PrimitiveValue, valueFromJson, valueToJson } from "../schema/index.ts";
import type { DataFile, FileContent, FileFormat } from "./data-file.ts";

const CONTENTS: readonly FileContent[] = ["data", "position-deletes", "equality-deletes"];
const FORMATS: readonly FileFormat[] = ["avro", "orc", "parquet", "puffin"];

/** What Jackson writes for numbers that JSON has no form for, quoted. */
const NOT_FINITE: ReadonlyMap<string, number> = new Map([
  ["NaN", Number.NaN],
  ["Infinity", Number.POSITIVE_INFINITY],
  ["-Infinity", Number.NEGATIVE_INFINITY],
]);

/**
 * A file as JSON. `fields` are those of its partition struct, see `partitionFields`.
 * @throws IcebergError `invalid-argument` when the tuple does not have a value per field.
 */
export function contentFileToJson(file: DataFile, fields: readonly Field[]): JsonObject {
  if (file.partition.length !== fields.length) {
    throw new IcebergError(
      "invalid-argument",
      `Cannot write ${file.filePath} as JSON: spec ${file.specId} has ${fields.length} fields, its tuple ${file.partition.length} values`,
      { context: { file: file.filePath, specId: file.specId } },
    );
  }
  return {
    "spec-id": file.specId,
    content: file.content,
    "file-path": file.filePath,
    "file-format": file.fileFormat,
    partition: fields.map((field, at) => partitionValueToJson(field, file.partition[at] ?? null)),
    "file-size-in-bytes": file.fileSizeInBytes,
    "record-count": file.recordCount,
    "column-sizes": mapToJson(file.columnSizes, same),
    "value-counts": mapToJson(file.valueCounts, same),
    "null-value-counts": mapToJson(file.nullValueCounts, same),
    "nan-value-counts": mapToJson(file.nanValueCounts, same),
    "lower-bounds": mapToJson(file.lowerBounds, hex),
    "upper-bounds": mapToJson(file.upperBounds, hex),
    "key-metadata": file.keyMetadata === undefined ? undefined : hex(file.keyMetadata),
    "split-offsets": file.splitOffsets,
    "equality-ids": file.equalityIds,
    "sort-order-id": file.sortOrderId,
    "first-row-id": file.firstRowId,
    "referenced-data-file": file.referencedDataFile,
    "content-offset": file.contentOffset,
    "content-size-in-bytes": file.contentSizeInBytes,
  };
}

/**
 * The file of a JSON document. `fieldsOf` gives the partition struct of a spec, `undefined` where the table has none.
 * Members that are null or unknown are passed over.
 * @throws IcebergError `invalid-payload` naming the member that does not fit.
 */
export function contentFileFromJson(
  json: Json | undefined,
  fieldsOf: (specId: number) => readonly Field[] | undefined,
): DataFile {
  if (!isJsonObject(json)) return misfit("a file", "an object", json);
  const specId = required(json, "spec-id", integer);
  const fields = fieldsOf(specId);
  if (fields === undefined) {
    throw new IcebergError(
      "invalid-payload",
      `Cannot read a file of spec ${specId}: the table has no such spec`,
      {
        context: { specId },
      },
    );
  }
  const members: { -readonly [K in keyof DataFile]?: DataFile[K] | undefined } = {
    content: required(json, "content", contentOf),
    filePath: required(json, "file-path", text),
    fileFormat: required(json, "file-format", formatOf),
    specId,
    partition: tupleFromJson(fields, json.partition),
    recordCount: required(json, "record-count", integer),
    fileSizeInBytes: required(json, "file-size-in-bytes", integer),
    columnSizes: member(json, "column-sizes", mapOf(integer)),
    valueCounts: member(json, "value-counts", mapOf(integer)),
    nullValueCounts: member(json, "null-value-counts", mapOf(integer)),
    nanValueCounts: member(json, "nan-value-counts", mapOf(integer)),
    lowerBounds: member(json, "lower-bounds", mapOf(bytes)),
    upperBounds: member(json, "upper-bounds", mapOf(bytes)),
    keyMetadata: member(json, "key-metadata", bytes),
    splitOffsets: member(json, "split-offsets", listOf(integer)),
    equalityIds: member(json, "equality-ids", listOf(integer)),
    sortOrderId: member(json, "sort-order-id", integer),
    firstRowId: member(json, "first-row-id", long),
    referencedDataFile: member(json, "referenced-data-file", text),
    contentOffset: member(json, "content-offset", integer),
    contentSizeInBytes: member(json, "content-size-in-bytes", integer),
  };
  return Object.fromEntries(
    Object.entries(members).filter(([, value]) => value !== undefined),
  ) as unknown as DataFile;
}

function partitionValueToJson(field: Field, value: PrimitiveValue | null): Json {
  if (value === null) return null;
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  return valueToJson(field.type, value);
}

/** The values in the order of the fields (1.11), or by field id with nulls left out (1.10 and before). */
function tupleFromJson(fields: readonly Field[], json: Json | undefined): PartitionTuple {
  if (Array.isArray(json)) {
    if (json.length !== fields.length) misfit("partition", `an array of ${fields.length}`, json);
    return fields.map((field, at) => partitionValueFromJson(field, json[at] as Json));
  }
  if (json === undefined && fields.length === 0) return [];
  if (!isJsonObject(json)) return misfit("partition", "an array or an object", json);
  const known = new Set(fields.map((field) => String(field.id)));
  const stray = Object.keys(json).find((id) => !known.has(id));
  if (stray !== undefined) misfit(`partition field ${stray}`, "a field of the spec", json[stray]);
  return fields.map((field) => partitionValueFromJson(field, json[String(field.id)] ?? null));
}

function partitionValueFromJson(field: Field, json: Json): PrimitiveValue | null {
  if (json === null) return null;
  if (field.type.kind === "float" || field.type.kind === "double") {
    const special = typeof json === "string" ? NOT_FINITE.get(json) : undefined;
    if (special !== undefined) return special;
  }
  return reading(`partition field ${field.name}`, () => valueFromJson(field.type, json) as PrimitiveValue);
}

function mapToJson<V>(
  map: ReadonlyMap<number, V> | undefined,
  print: (value: V) => Json,
): JsonObject | undefined {
  return map && { keys: [...map.keys()], values: Array.from(map.values(), print) };
}

type Read<T> = (json: Json, key: string) => T;

function required<T>(json: JsonObject, key: string, read: Read<T>): T {
  return member(json, key, read) ?? misfit(key, "a value", json[key]);
}

function member<T>(json: JsonObject, key: string, read: Read<T>): T | undefined {
  const value = json[key];
  return value === undefined || value === null ? undefined : read(value, key);
}

function mapOf<V>(read: Read<V>): Read<ReadonlyMap<number, V>> {
  return (json, key) => {
    const { keys, values } = isJsonObject(json) ? json : {};
    if (!Array.isArray(keys) || !Array.isArray(values) || keys.length !== values.length) {
      return misfit(key, "keys and values of one length", json);
    }
    return new Map(keys.map((id: Json, at) => [integer(id, key), read(values[at] as Json, key)]));
  };
}

function listOf<T>(read: Read<T>): Read<readonly T[]> {
  return (json, key) =>
    Array.isArray(json) ? json.map((item: Json) => read(item, key)) : misfit(key, "an array", json);
}

function contentOf(json: Json, key: string): FileContent {
  const name = text(json, key).toLowerCase().replace("_", "-");
  return CONTENTS.find((content) => content === name) ?? misfit(key, CONTENTS.join(", "), json);
}

function formatOf(json: Json, key: string): FileFormat {
  const name = text(json, key).toLowerCase();
  return FORMATS.find((format) => format === name) ?? misfit(key, FORMATS.join(", "), json);
}

function integer(json: Json, key: string): number {
  if (typeof json === "bigint") return reading(key, () => toSafeNumber(json, key));
  return typeof json === "number" && Number.isSafeInteger(json) ? json : misfit(key, "an integer", json);
}

function long(json: Json, key: string): bigint {
  if (typeof json === "bigint") return json;
  return typeof json === "number" && Number.isSafeInteger(json)
    ? BigInt(json)
    : misfit(key, "an integer", json);
}

function text(json: Json, key: string): string {
  return typeof json === "string" ? json : misfit(key, "text", json);
}

function bytes(json: Json, key: string): Uint8Array {
  return reading(key, () => fromHex(text(json, key)));
}

function hex(value: Uint8Array): string {
  return toHex(value).toUpperCase();
}

function same<T>(value: T): T {
  return value;
}

function reading<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new IcebergError("invalid-payload", `Cannot read ${what} of a file: ${why}`, { cause: error });
  }
}

function misfit(what: string, wanted: string, json: Json | undefined): never {
  const shown = json === undefined ? "nothing" : typeof json === "object" ? "another form" : String(json);
  throw new IcebergError(
    "invalid-payload",
    `Cannot read ${what} of a file: it must be ${wanted}, found ${shown}`,
    {
      context: { member: what },
    },
  );
}
