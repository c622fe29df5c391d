/**
 * What a worker wrote and a committer is to commit: files, with the ids of the schema and specs they were written
 * under, as JSON that travels between processes. Files have the form of Iceberg's ContentFileParser.
 * @module
 */
import { IcebergError, isJsonObject, type Json, parseJson, stringifyJson } from "../base/index.ts";
import { contentFileFromJson, contentFileToJson, type DataFile } from "../manifests/index.ts";
import { schemaById, specById, type TableMetadata } from "../metadata/index.ts";
import { partitionFields } from "../partitioning/index.ts";
import type { Field, Schema } from "../schema/index.ts";

/** Files that stand in storage and belong to no snapshot yet. */
export interface WriteResult {
  /** Names the result: it is committed at most once, however often and through however many committers it is sent. */
  readonly id: string;
  readonly tableUuid: string;
  /** The schema the files were written with; partition values have its types. */
  readonly schemaId: number;
  readonly dataFiles: readonly DataFile[];
  /** Position and equality delete files, deletion vectors. */
  readonly deleteFiles: readonly DataFile[];
  /** Data files that position deletes refer to: they must still be there when the deletes are committed. */
  readonly referencedDataFiles: readonly string[];
  /** The snapshot the rows to delete were looked for in; needed for position deletes of other files than its own. */
  readonly startingSnapshotId?: bigint;
}

/** The version of a table that a result belongs to: a `Table` or a `LoadedTable`. */
export interface ResultTable {
  readonly metadata: TableMetadata;
}

/** Ids go into snapshot summaries, many to a line, and name files. */
const ID = /^[A-Za-z0-9._-]{1,64}$/;

/** Throws `invalid-argument` for an id that is no plain name. */
export function checkResultId(id: string): void {
  if (ID.test(id) && !id.startsWith(".")) return;
  throw new IcebergError(
    "invalid-argument",
    `Cannot use ${JSON.stringify(id)} as the id of a write result: take up to 64 letters, digits, . _ -`,
    { context: { id } },
  );
}

/**
 * A result as JSON text, for a committer in another process.
 * @example socket.send(writeResultToJson(await writeFiles(table, rows), table));
 * @throws IcebergError `invalid-argument` when it belongs to another table, or to a version newer than `table`.
 */
export function writeResultToJson(result: WriteResult, table: ResultTable): string {
  const { metadata } = table;
  requireTable(result.tableUuid, metadata, "invalid-argument", `write result ${result.id} as JSON`);
  const schema = schemaById(metadata, result.schemaId);
  const files = (list: readonly DataFile[]): Json[] =>
    list.map((file) => {
      const spec = specById(metadata, file.specId);
      if (schema === undefined || spec === undefined) {
        throw new IcebergError(
          "invalid-argument",
          `Cannot write result ${result.id} as JSON: the table has no schema ${result.schemaId} or no spec ${file.specId}; refresh it`,
          { context: { id: result.id, schemaId: result.schemaId, specId: file.specId } },
        );
      }
      return contentFileToJson(file, partitionFields(spec, schema));
    });
  return stringifyJson({
    id: result.id,
    "table-uuid": result.tableUuid,
    "schema-id": result.schemaId,
    "starting-snapshot-id": result.startingSnapshotId,
    "data-files": files(result.dataFiles),
    "delete-files": files(result.deleteFiles),
    "referenced-data-files": result.referencedDataFiles,
  });
}

/**
 * The result of a JSON text.
 * @throws IcebergError `corrupt-file` when it is no JSON, `invalid-payload` naming what does not fit, also when it belongs to
 * another table or to a version newer than `table`.
 */
export function writeResultFromJson(text: string, table: ResultTable): WriteResult {
  const { metadata } = table;
  const json = parseJson(text, "write result", { floats: "exact" });
  if (!isJsonObject(json)) throw misfit("it must be an object");
  const id = textOf(json.id, "id");
  try {
    checkResultId(id);
  } catch (error) {
    throw misfit(`its id ${JSON.stringify(id)} is no plain name`, error);
  }
  const tableUuid = textOf(json["table-uuid"], "table-uuid");
  requireTable(tableUuid, metadata, "invalid-payload", `a write result ${id}`);
  const schemaId = json["schema-id"];
  const schema = typeof schemaId === "number" ? schemaById(metadata, schemaId) : undefined;
  if (schema === undefined) throw misfit(`the table has no schema ${String(schemaId)}`);
  const fieldsOf = partitionFieldsOf(metadata, schema);
  const files = (key: string) => listOf(json[key], key).map((file) => contentFileFromJson(file, fieldsOf));
  const starting = json["starting-snapshot-id"];
  return {
    id,
    tableUuid,
    schemaId: schema.schemaId,
    dataFiles: files("data-files"),
    deleteFiles: files("delete-files"),
    referencedDataFiles: listOf(json["referenced-data-files"], "referenced-data-files").map((path) =>
      textOf(path, "referenced-data-files"),
    ),
    ...(starting !== undefined && starting !== null && { startingSnapshotId: longOf(starting) }),
  };
}

/** The partition structs of a table's specs under one schema, each worked out once. */
export function partitionFieldsOf(
  metadata: TableMetadata,
  schema: Schema,
): (specId: number) => readonly Field[] | undefined {
  const known = new Map<number, readonly Field[]>();
  return (specId) => {
    const found = known.get(specId);
    if (found !== undefined) return found;
    const spec = specById(metadata, specId);
    if (spec === undefined) return undefined;
    const fields = partitionFields(spec, schema);
    known.set(specId, fields);
    return fields;
  };
}

/** Refuses what was written for another table. */
export function requireTable(
  tableUuid: string,
  metadata: TableMetadata,
  code: "invalid-argument" | "invalid-payload",
  what: string,
): void {
  if (tableUuid.toLowerCase() === (metadata.tableUuid ?? "").toLowerCase()) return;
  throw new IcebergError(
    code,
    `Cannot take ${what}: it was written for the table ${tableUuid}, this is ${metadata.tableUuid}`,
    { context: { tableUuid, found: metadata.tableUuid } },
  );
}

function listOf(json: Json | undefined, key: string): readonly Json[] {
  if (json === undefined || json === null) return [];
  if (Array.isArray(json)) return json as readonly Json[];
  throw misfit(`${key} must be an array`);
}

function textOf(json: Json | undefined, key: string): string {
  if (typeof json === "string") return json;
  throw misfit(`${key} must be text`);
}

function longOf(json: Json): bigint {
  if (typeof json === "bigint" || (typeof json === "number" && Number.isSafeInteger(json)))
    return BigInt(json);
  throw misfit("starting-snapshot-id must be an integer");
}

function misfit(why: string, cause?: unknown): IcebergError {
  return new IcebergError("invalid-payload", `Cannot read a write result: ${why}`, { cause });
}
