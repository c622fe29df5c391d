/**
 * Metadata tables: what a table consists of, as rows under PyIceberg's column names. Front door of `inspect/` and
 * the entry `icewright/inspect`.
 *
 * ```ts
 * for (const row of snapshots(table)) console.log(row.snapshot_id, row.operation);
 * for await (const row of files(table)) console.log(row.file_path, row.record_count);
 * ```
 *
 * Columns have PyIceberg's names and order (its `inspect`, 0.12). Where it differs from Iceberg Java this is Java's way: metrics
 * have an entry for each leaf column (`place.x`), an entry's `data_file` its `spec_id`, unpartitioned tables a
 * `partition` without fields. Java's last columns of a file (`first_row_id`, `referenced_data_file`, `content_offset`,
 * `content_size_in_bytes`) PyIceberg does not have, nor do these tables. A table without snapshots has no rows.
 *
 * Ids are `bigint`; counts, sizes and sequence numbers `number`; times are milliseconds since the epoch.
 * @module
 */
export * from "./entries.ts";
export {
  allDataFiles,
  allDeleteFiles,
  allFiles,
  dataFiles,
  deleteFiles,
  type FileRow,
  files,
  type ReadableMetrics,
} from "./files.ts";
export * from "./manifests.ts";
export * from "./metadata-tables.ts";
export type { InspectOptions } from "./options.ts";
export { type PartitionRecord, partitionColumns } from "./partition-values.ts";
export * from "./partitions.ts";
