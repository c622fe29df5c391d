/**
 * icewright: Apache Iceberg tables from TypeScript. This entry runs in every JavaScript runtime; the catalog on
 * a local disk is in `icewright/node`.
 * @module
 */
export {
  type AbortOptions,
  type ByteRange,
  CommitFailedError,
  CommitStateUnknownError,
  type CreateOutcome,
  type ErrorCode,
  type ErrorDetails,
  type FileBytes,
  type FileIO,
  IcebergError,
  type InputFile,
  isIcebergError,
  NoSuchTableError,
  ValidationError,
} from "./base/index.ts";
