/**
 * Delete files and rewritten data files as an engine's task would write them, from the library's public pieces: it
 * commits such files but has no writer of its own for position and equality deletes.
 * @module
 */
import {
  DELETE_PATH_ID,
  DELETE_POSITION_ID,
  deletionVectorBlob,
  deletionVectorFile,
  PositionBitmap,
  writePuffin,
} from "../../../src/deletes/index.ts";
import { type DataFile, type Field, Schema, type Table, t, type Value } from "../../../src/index.ts";
import { createParquetEncoder } from "../../../src/parquet/index.ts";
import { METADATA_COLUMN_IDS } from "../../../src/reading/index.ts";

/** Deleted positions of one data file. */
export interface Deleted {
  readonly file: DataFile;
  readonly positions: readonly number[];
}

/** A row whose cells are held values, by column name. */
export type HeldCells = Readonly<Record<string, Value | null>>;

const reserved = (id: number, name: string, type: Field["type"], required = false): Field => ({
  id,
  name,
  required,
  type,
});

/** One position delete file for data files of one partition; it names the data file when it is about a single one. */
export async function writePositionDeletes(
  table: Table,
  name: string,
  deleted: readonly Deleted[],
): Promise<DataFile> {
  const schema = new Schema([
    reserved(DELETE_PATH_ID, "file_path", t.string(), true),
    reserved(DELETE_POSITION_ID, "pos", t.long(), true),
  ]);
  const rows = deleted
    .flatMap(({ file, positions }) =>
      positions.map((pos) => ({ file_path: file.filePath, pos: BigInt(pos) })),
    )
    .sort((a, b) => (a.file_path < b.file_path ? -1 : a.file_path > b.file_path ? 1 : Number(a.pos - b.pos)));
  const { specId, partition, filePath } = deleted[0]!.file;
  const only = deleted.length === 1 ? { referencedDataFile: filePath } : {};
  return {
    content: "position-deletes",
    specId,
    partition,
    ...(await writeParquet(table, name, schema, rows, { "delete-type": "position" })),
    ...only,
  };
}

/** One Puffin file with a deletion vector for each data file. */
export async function writeVectors(
  table: Table,
  name: string,
  deleted: readonly Deleted[],
): Promise<readonly DataFile[]> {
  const blobs = deleted.map(({ file, positions }) =>
    deletionVectorBlob(PositionBitmap.of(positions), file.filePath),
  );
  const written = writePuffin({ blobs });
  const filePath = `${table.location}/data/${name}.puffin`;
  await table.io.create(filePath, [written.bytes]);
  return written.blobs.map((blob, i) => {
    const { specId, partition } = deleted[i]!.file;
    return deletionVectorFile(blob, written, { filePath, specId, partition });
  });
}

/** An equality delete file of some columns for the whole of an unpartitioned table. */
export async function writeEqualityDeletes(
  table: Table,
  name: string,
  columns: readonly string[],
  rows: readonly HeldCells[],
): Promise<DataFile> {
  const fields = table.schema.fields.filter((field) => columns.includes(field.name));
  const properties = { "delete-type": "equality", "delete-field-ids": fields.map(({ id }) => id).join(",") };
  return {
    content: "equality-deletes",
    specId: table.spec.specId,
    partition: [],
    equalityIds: fields.map(({ id }) => id),
    sortOrderId: 0,
    ...(await writeParquet(table, name, new Schema(fields), rows, properties)),
  };
}

/** Rows of an unpartitioned table that were read elsewhere, with their lineage where they have one. */
export async function writeRewritten(
  table: Table,
  name: string,
  rows: readonly HeldCells[],
): Promise<DataFile> {
  const lineage = [
    reserved(METADATA_COLUMN_IDS._row_id, "_row_id", t.long()),
    reserved(METADATA_COLUMN_IDS._last_updated_sequence_number, "_last_updated_sequence_number", t.long()),
  ].filter((field) => field.name in (rows[0] ?? {}));
  return {
    content: "data",
    specId: table.spec.specId,
    partition: [],
    sortOrderId: 0,
    ...(await writeParquet(table, name, new Schema([...table.schema.fields, ...lineage]), rows)),
  };
}

type Written = Omit<DataFile, "content" | "specId" | "partition">;

async function writeParquet(
  table: Table,
  name: string,
  schema: Schema,
  rows: readonly HeldCells[],
  keyValueMetadata: Readonly<Record<string, string>> = {},
): Promise<Written> {
  // Paths whole: cut bounds would hide that a file is about one data file only.
  const encoder = createParquetEncoder(schema, {
    codec: "gzip",
    keyValueMetadata,
    metricsMode: () => ({ kind: "full" }),
  });
  encoder.appendRows(rows);
  const { chunks, recordCount, fileSizeInBytes, metrics, splitOffsets } = encoder.finish();
  const filePath = `${table.location}/data/${name}.parquet`;
  await table.io.create(filePath, chunks);
  return { filePath, fileFormat: "parquet", recordCount, fileSizeInBytes, ...metrics, splitOffsets };
}
