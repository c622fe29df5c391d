/** Delete files made by hand, and their commit into a table, for the rules that the library does not exercise yet. @module */

import type { SchemaElement } from "hyparquet";
import { parquetWriteBuffer } from "hyparquet-writer";
import { get, set, type Tampered } from "./tamper.ts";

/** A delete file and the members of its entry that tell of it. */
export interface DeleteFile {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly entry: Readonly<Record<string, unknown>>;
  /** Counters of the snapshot's summary. */
  readonly summary: Readonly<Record<string, number>>;
}

/** Adds a delete file to the newest snapshot, which becomes an overwrite. */
export async function addDeleteFile(
  table: Tampered,
  make: (dataFile: string) => DeleteFile,
): Promise<Tampered> {
  const target = table.dataFiles()[0]!;
  const { name, bytes, entry, summary } = make(target);
  const path = target.replace(/[^/]*$/, name);
  table.files.set(path, bytes);
  const dataManifest = await table.newestManifest();
  const manifest = dataManifest.replace(/[^/]*$/, "deletes-m0.avro");
  await table.avro(
    dataManifest,
    {
      header: (header) => header.set("content", "deletes"),
      records: (entries) => {
        const file = get(entries[0]!, "data_file") as Record<string, unknown>;
        const nulls = Object.fromEntries(Object.keys(file).map((key) => [key, null]));
        const kept = {
          ...nulls,
          file_path: path,
          partition: file.partition,
          file_size_in_bytes: BigInt(bytes.length),
        };
        entries.splice(0, entries.length, { ...entries[0], data_file: { ...kept, ...entry } });
      },
    },
    manifest,
  );
  const rows = BigInt(entry.record_count as bigint);
  await table.list((manifests) => {
    const own = { manifest_path: manifest, content: 1, added_files_count: 1, added_rows_count: rows };
    const length = BigInt(table.files.get(manifest)!.length);
    const row = "first_row_id" in manifests[0]! ? { first_row_id: null } : {};
    manifests.push({ ...manifests[0], ...own, manifest_length: length, partitions: [], ...row });
  });
  table.metadata((json) => {
    set(json, "snapshots.1.summary.operation", "overwrite");
    const size = (entry.content_size_in_bytes as bigint | undefined) ?? BigInt(bytes.length);
    for (const [key, count] of Object.entries({
      ...summary,
      "added-delete-files": 1,
      "total-delete-files": 1,
    }))
      set(json, `snapshots.1.summary.${key}`, String(count));
    for (const key of ["added-files-size", "total-files-size"])
      set(
        json,
        `snapshots.1.summary.${key}`,
        String(BigInt(get(json, `snapshots.1.summary.${key}`) as string) + size),
      );
  });
  return table;
}

/** The golden vector of the positions 1, 3, 5, 7 and 9. */
export const VECTOR =
  "0000002ad1d33964010000000000000000000000" + "3a30000001000000000004001000000001000300050007000900b3fb20be";

/** A Puffin file with one deletion vector. */
export function deletionVectorFile(dataFile: string): DeleteFile {
  const blob = Buffer.from(VECTOR, "hex");
  const properties = { "referenced-data-file": dataFile, cardinality: "5" };
  const place = { offset: 4, length: blob.length, "snapshot-id": -1, "sequence-number": -1 };
  const entry = { content: 1, file_format: "PUFFIN", record_count: 5n, referenced_data_file: dataFile };
  return {
    name: "dv.puffin",
    bytes: puffinFile(blob, { type: "deletion-vector-v1", fields: [2147483645], ...place, properties }),
    entry: { ...entry, content_offset: 4n, content_size_in_bytes: BigInt(blob.length) },
    summary: { "added-dvs": 1, "added-position-deletes": 5, "total-position-deletes": 5 },
  };
}

/** A Puffin file of one blob. */
export function puffinFile(blob: Uint8Array, metadata: object): Uint8Array {
  const magic = Buffer.from("PFA1");
  const payload = Buffer.from(JSON.stringify({ blobs: [metadata] }));
  const size = Buffer.alloc(8); // the flags after it are zero
  size.writeInt32LE(payload.length);
  return new Uint8Array(Buffer.concat([magic, blob, magic, payload, size, magic]));
}

/** A position delete file of two rows. */
export function positionDeleteFile(dataFile: string): DeleteFile {
  return {
    name: "positions.parquet",
    bytes: positionDeletes(dataFile, [1n, 5n]),
    entry: { content: 1, file_format: "PARQUET", record_count: 2n },
    summary: { "added-position-delete-files": 1, "added-position-deletes": 2, "total-position-deletes": 2 },
  };
}

export function positionDeletes(dataFile: string, positions: readonly bigint[]): Uint8Array {
  return parquetFile([
    {
      ...TEXT_COLUMN,
      name: "file_path",
      field_id: 2_147_483_546,
      repetition_type: "REQUIRED",
      values: positions.map(() => dataFile),
    },
    { name: "pos", type: "INT64", field_id: 2_147_483_545, repetition_type: "REQUIRED", values: positions },
  ]);
}

/** An equality delete file by id, of one row. */
export function equalityDeleteFile(): DeleteFile {
  return {
    name: "equality.parquet",
    bytes: parquetFile([
      { name: "id", type: "INT64", field_id: 1, repetition_type: "REQUIRED", values: [103n] },
    ]),
    entry: { content: 2, file_format: "PARQUET", record_count: 1n, equality_ids: [1] },
    summary: { "added-equality-delete-files": 1, "added-equality-deletes": 1, "total-equality-deletes": 1 },
  };
}

/** A column of a hand-made file: its schema element and its values. */
export interface HandColumn extends SchemaElement {
  readonly values: readonly unknown[];
  /** Elements below it, for nested columns. */
  readonly below?: readonly SchemaElement[];
}

export const TEXT_COLUMN = {
  name: "organization_id",
  type: "BYTE_ARRAY",
  field_id: 2,
  repetition_type: "OPTIONAL",
  converted_type: "UTF8",
  logical_type: { type: "STRING" },
} as const;

/** A Parquet file of a schema to the letter, by hyparquet-writer. */
export function parquetFile(columns: readonly HandColumn[]): Uint8Array {
  const elements = columns.flatMap(({ values: _, below = [], ...element }) => [element, ...below]);
  const schema: SchemaElement[] = [{ name: "table", num_children: columns.length }, ...elements];
  const columnData = columns.map(({ name, values }) => ({ name, data: [...values] }));
  return new Uint8Array(parquetWriteBuffer({ columnData, schema, codec: "SNAPPY", statistics: true }));
}
