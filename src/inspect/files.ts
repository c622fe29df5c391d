/** The data and delete files of a snapshot, or of all. Spec: Manifests, Data File Fields. @module */
import type { AbortOptions } from "../base/index.ts";
import type { LoadedTable } from "../catalog/index.ts";
import type { DataFile, FileContent, ManifestFile } from "../manifests/index.ts";
import { currentSchema } from "../metadata/index.ts";
import { chooseSnapshot, mapAhead, snapshotManifests } from "../planning/index.ts";
import { isPrimitive, type PrimitiveType, type Schema, type Value } from "../schema/index.ts";
import { decodeValue, rowValueOf } from "../values/index.ts";
import { liveEntries } from "./manifest-entries.ts";
import type { InspectOptions } from "./options.ts";
import { type PartitionRecord, partitionRecorder } from "./partition-values.ts";

/** One file of {@link files}. Maps are keyed by field id and `null` where the writer left none. */
export interface FileRow {
  /** 0 data, 1 position deletes, 2 equality deletes. */
  readonly content: 0 | 1 | 2;
  readonly file_path: string;
  readonly file_format: "AVRO" | "ORC" | "PARQUET" | "PUFFIN";
  readonly spec_id: number;
  /** Over all partition fields the table ever had; `null` for those the file's spec lacks. */
  readonly partition: PartitionRecord;
  readonly record_count: number;
  readonly file_size_in_bytes: number;
  readonly column_sizes: ReadonlyMap<number, number> | null;
  readonly value_counts: ReadonlyMap<number, number> | null;
  readonly null_value_counts: ReadonlyMap<number, number> | null;
  readonly nan_value_counts: ReadonlyMap<number, number> | null;
  /** Single-value bytes, see Appendix D. */
  readonly lower_bounds: ReadonlyMap<number, Uint8Array> | null;
  readonly upper_bounds: ReadonlyMap<number, Uint8Array> | null;
  readonly key_metadata: Uint8Array | null;
  readonly split_offsets: readonly number[] | null;
  readonly equality_ids: readonly number[] | null;
  readonly sort_order_id: number | null;
  /** By full name of every primitive column of the table's schema. */
  readonly readable_metrics: Readonly<Record<string, ReadableMetrics>>;
}

/** What a manifest knows of one column of a file; bounds as rows show values of the column's type. */
export interface ReadableMetrics {
  readonly column_size: number | null;
  readonly value_count: number | null;
  readonly null_value_count: number | null;
  readonly nan_value_count: number | null;
  readonly lower_bound: Value | null;
  readonly upper_bound: Value | null;
}

/**
 * The live data and delete files of a snapshot, manifest by manifest.
 * @throws IcebergError `no-such-snapshot`, `no-such-file`, `corrupt-file`, `unsupported` (v1 inline manifests).
 */
export function files(table: LoadedTable, options: InspectOptions = {}): AsyncGenerator<FileRow> {
  return ofSnapshot(table, ANY, options);
}

/** The data files among {@link files}. */
export function dataFiles(table: LoadedTable, options: InspectOptions = {}): AsyncGenerator<FileRow> {
  return ofSnapshot(table, "data", options);
}

/** The delete files among {@link files}. */
export function deleteFiles(table: LoadedTable, options: InspectOptions = {}): AsyncGenerator<FileRow> {
  return ofSnapshot(table, "deletes", options);
}

/** The live files of every manifest any snapshot names; a file that several manifests hold comes once for each. */
export function allFiles(table: LoadedTable, options: AbortOptions = {}): AsyncGenerator<FileRow> {
  return ofAllSnapshots(table, ANY, options);
}

/** The data files among {@link allFiles}. */
export function allDataFiles(table: LoadedTable, options: AbortOptions = {}): AsyncGenerator<FileRow> {
  return ofAllSnapshots(table, "data", options);
}

/** The delete files among {@link allFiles}. */
export function allDeleteFiles(table: LoadedTable, options: AbortOptions = {}): AsyncGenerator<FileRow> {
  return ofAllSnapshots(table, "deletes", options);
}

/** A function that turns files of a table into rows, made once for many files. */
export function fileRows({ metadata }: LoadedTable): (file: DataFile) => FileRow {
  const metrics = metricsReader(currentSchema(metadata));
  const recorders = new Map<number, ReturnType<typeof partitionRecorder>>();
  return (file) => {
    const record = recorders.get(file.specId) ?? partitionRecorder(metadata, file.specId);
    recorders.set(file.specId, record);
    return {
      content: CONTENT[file.content],
      file_path: file.filePath,
      file_format: file.fileFormat.toUpperCase() as FileRow["file_format"],
      spec_id: file.specId,
      partition: record(file.partition),
      record_count: file.recordCount,
      file_size_in_bytes: file.fileSizeInBytes,
      column_sizes: mapOf(file.columnSizes),
      value_counts: mapOf(file.valueCounts),
      null_value_counts: mapOf(file.nullValueCounts),
      nan_value_counts: mapOf(file.nanValueCounts),
      lower_bounds: boundsOf(file.lowerBounds),
      upper_bounds: boundsOf(file.upperBounds),
      key_metadata: file.keyMetadata ?? null,
      split_offsets: file.splitOffsets ?? null,
      equality_ids: file.equalityIds ?? null,
      sort_order_id: file.sortOrderId ?? null,
      readable_metrics: metrics(file),
    };
  };
}

/** A plain map of its own: those of decoded manifests print as what they are packed in, which is shared by many files. */
function mapOf(packed: ReadonlyMap<number, number> | undefined): ReadonlyMap<number, number> | null {
  return packed === undefined ? null : new Map(packed);
}

function boundsOf(packed: ReadonlyMap<number, Uint8Array> | undefined): FileRow["lower_bounds"] {
  return packed === undefined ? null : new Map([...packed].map(([id, bytes]) => [id, bytes.slice()]));
}

/** Contents of manifests a table of files is made of. */
const ANY = "any";
type Wanted = ManifestFile["content"] | typeof ANY;

const CONTENT: Readonly<Record<FileContent, FileRow["content"]>> = {
  data: 0,
  "position-deletes": 1,
  "equality-deletes": 2,
};

async function* ofSnapshot(
  table: LoadedTable,
  wanted: Wanted,
  options: InspectOptions,
): AsyncGenerator<FileRow> {
  const { snapshot } = chooseSnapshot(table.metadata, options.at);
  if (snapshot === undefined) return;
  yield* rowsOf(table, await snapshotManifests(table.io, snapshot, options), wanted, options);
}

async function* ofAllSnapshots(
  table: LoadedTable,
  wanted: Wanted,
  options: AbortOptions,
): AsyncGenerator<FileRow> {
  const seen = new Map<string, ManifestFile>();
  const { snapshots } = table.metadata;
  const read = mapAhead(snapshots, 4, (snapshot) => snapshotManifests(table.io, snapshot, options));
  for await (const found of read) for (const manifest of found) seen.set(manifest.manifestPath, manifest);
  yield* rowsOf(table, [...seen.values()], wanted, options);
}

async function* rowsOf(
  table: LoadedTable,
  manifests: readonly ManifestFile[],
  wanted: Wanted,
  options: AbortOptions,
): AsyncGenerator<FileRow> {
  const rowOf = fileRows(table);
  const chosen = manifests.filter(({ content }) => wanted === ANY || content === wanted);
  for await (const entry of liveEntries(table, chosen, options)) yield rowOf(entry.dataFile);
}

function metricsReader(schema: Schema): (file: DataFile) => FileRow["readable_metrics"] {
  const columns = [...schema.places()].flatMap(({ field, path }) => {
    const { id, type } = field;
    return isPrimitive(type) ? [{ id, path, bound: boundReader(type) }] : [];
  });
  return (file) => {
    const metrics: Record<string, ReadableMetrics> = {};
    for (const { id, path, bound } of columns) {
      metrics[path] = {
        column_size: file.columnSizes?.get(id) ?? null,
        value_count: file.valueCounts?.get(id) ?? null,
        null_value_count: file.nullValueCounts?.get(id) ?? null,
        nan_value_count: file.nanValueCounts?.get(id) ?? null,
        lower_bound: bound(file.lowerBounds?.get(id)),
        upper_bound: bound(file.upperBounds?.get(id)),
      };
    }
    return metrics;
  };
}

/** Bounds of geo columns are points in a form of their own (MAN-074): they stay bytes. */
function boundReader(type: PrimitiveType): (bytes: Uint8Array | undefined) => Value | null {
  if (type.kind === "unknown") return () => null;
  const convert = rowValueOf(type);
  return (bytes) => (bytes === undefined ? null : convert(decodeValue(type, bytes)));
}
