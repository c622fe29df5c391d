/** Front door of `reading/`. @module */
export {
  DEFAULT_DELETE_CACHE_BYTES,
  DeleteLoader,
  type DeleteLoaderOptions,
  type FileDeletes,
} from "./delete-loader.ts";
export { METADATA_COLUMN_IDS, type MetadataColumn, metadataField } from "./metadata-columns.ts";
export * from "./read-task.ts";
export type { RowStream } from "./rows.ts";
export * from "./scan.ts";
