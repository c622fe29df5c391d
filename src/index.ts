/**
 * icewright: Apache Iceberg tables from TypeScript. This entry runs in every JavaScript runtime; the catalog on
 * a local disk is in `icewright/node`.
 * @module
 */
import {
  MemoryCatalogClient,
  type MemoryCatalogOptions,
  openRestCatalog,
  type RestCatalogOptions,
} from "./catalog/index.ts";
import { Catalog, type CatalogSettings } from "./table/index.ts";

/** A catalog in memory: for tests and short-lived tables. */
export function memoryCatalog(options: MemoryCatalogOptions & CatalogSettings = {}): Catalog {
  return new Catalog(new MemoryCatalogClient(options), options.runtime, options);
}

/**
 * A catalog behind Iceberg's REST protocol. Its tables can be looked at; reading and writing their files needs `io`
 * (for files on a local disk take `restCatalog` of `icewright/node`).
 * @throws IcebergError `not-authorized`, `no-such-warehouse`, `invalid-argument`, `io-failed`.
 * @example const catalog = await restCatalog({ uri: "http://127.0.0.1:8181", credential: "id:secret" });
 */
export async function restCatalog(options: RestCatalogOptions & CatalogSettings): Promise<Catalog> {
  return new Catalog(await openRestCatalog(options), options.runtime, options);
}

export {
  type AbortOptions,
  type ByteRange,
  CommitFailedError,
  CommitStateUnknownError,
  type CreateOptions,
  type CreateOutcome,
  type ErrorCode,
  type ErrorDetails,
  type FileBytes,
  type FileIO,
  IcebergError,
  type InputFile,
  isIcebergError,
  type Json,
  type JsonObject,
  NoSuchTableError,
  parseJson,
  stringifyJson,
  ValidationError,
} from "./base/index.ts";
export {
  type CatalogClient,
  type CommitOutcome,
  type CreateTableRequest,
  type DropTableOptions,
  type FileIOFor,
  type LoadedTable,
  MemoryCatalogClient,
  type MemoryCatalogOptions,
  type Namespace,
  type NamespaceName,
  RestCatalogClient,
  type RestCatalogOptions,
  type TableIdentifier,
  type TableName,
} from "./catalog/index.ts";
export {
  type CommitReport,
  type Committed,
  type ConflictChecks,
  commitReportToJson,
  type DeleteFiles,
  type IsolationLevel,
  type MetricsReport,
  type MetricsReporter,
  type OverwriteFiles,
  openTelemetryReporter,
  type PropertyChanges,
  type RefOptions,
  type RefRetention,
  type ReplacePartitions,
  type RewriteFiles,
  type RewriteManifests,
  type RowDelta,
  type SnapshotManager,
  type SnapshotOptions,
  type Transaction,
} from "./commit/index.ts";
export {
  alwaysFalse,
  alwaysTrue,
  and,
  type Expression,
  eq,
  gt,
  gte,
  isIn,
  isNaN,
  isNull,
  lt,
  lte,
  not,
  notEq,
  notIn,
  notNaN,
  notNull,
  notStartsWith,
  or,
  parseExpression,
  ref,
  startsWith,
  toText,
  transformed,
} from "./expressions/index.ts";
export {
  Committer,
  type CommitterOptions,
  discardResult,
  FolderChannel,
  type GroupCommit,
  type ServeOptions,
  type Submitted,
  serveChannel,
  type WriteFilesOptions,
  type WriteResult,
  writeFiles,
  writeResultFromJson,
  writeResultToJson,
} from "./ingest/index.ts";
export { type FetchFunction, MemoryFileIO, type Runtime, systemRuntime } from "./io/index.ts";
export type { DataFile, FileContent, FileFormat } from "./manifests/index.ts";
export type { Snapshot, SnapshotRef, TableMetadata } from "./metadata/index.ts";
export type { ColumnValues } from "./parquet/index.ts";
export {
  bucket,
  day,
  hour,
  identity,
  month,
  type PartitionSpec,
  type PartitionTerm,
  type PartitionTuple,
  parsePartitionTerm,
  type SpecUpdate,
  type Transform,
  truncate,
  year,
} from "./partitioning/index.ts";
export {
  type ExactRange,
  type ExplainedFile,
  type ExplainedRule,
  type FileScanTask,
  fileScanTaskFromJson,
  fileScanTaskToJson,
  ManifestCache,
  type PlanExplanation,
  type PlanSvgOptions,
  type PlanTableScanContext,
  planSvg,
  planTableScanResultFromJson,
  planTableScanResultToJson,
  type RowGroupShare,
  type ScanMetrics,
  type ScanReport,
  type ScanTaskGroup,
  type ScanTime,
  type Share,
  type SkipCount,
  type SkipReason,
  type SkipRule,
  type SplitOptions,
  scanTaskGroupFromJson,
  scanTaskGroupToJson,
  type TaskDelete,
} from "./planning/index.ts";
export type {
  MetadataColumn,
  ReadOptions,
  RowBatch,
  RowStream,
  Scan,
  ScanOptions,
  ScanPlan,
} from "./reading/index.ts";
export {
  type AddColumnOptions,
  type ColumnChanges,
  type ColumnName,
  type ColumnPath,
  canPromote,
  type Field,
  formatNameMapping,
  type NameMapping,
  nameMappingOf,
  optional,
  type PrimitiveType,
  type Row,
  type RowInput,
  required,
  Schema,
  type SchemaUpdate,
  schemaFromJson,
  schemaToJson,
  type Type,
  type TypedSchema,
  t,
  type Value,
} from "./schema/index.ts";
export { asc, desc, type SortOrder, type SortTerm } from "./sorting/index.ts";
export * from "./standard-schema/index.ts";
export {
  type AppendResult,
  Catalog,
  type CatalogSettings,
  type CommitResult,
  type CreateTableOptions,
  Table,
  type TableAppendOptions,
  type TableOverwriteOptions,
  type TableReplaceOptions,
} from "./table/index.ts";
export { canonicalJson } from "./values/index.ts";
export type { RowSource } from "./writing/index.ts";
