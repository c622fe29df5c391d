/**
 * The entry `icewright/core`: the format itself, bytes and JSON in, typed records out. It imports nothing from
 * `node:`, generates no code, and reaches no network, so that it runs in a Worker's request handler as it is.
 *
 * ```ts
 * const metadata = metadataFromJson(parseJson(text));
 * for (const entry of manifestEntries(bytes, { manifest, fields, what: manifest.manifestPath })) { … }
 * ```
 * @module
 */

export * from "./avro/index.ts";
export {
  type AbortOptions,
  type ByteRange,
  CommitFailedError,
  CommitStateUnknownError,
  type ErrorCode,
  type ErrorDetails,
  IcebergError,
  type InputFile,
  isIcebergError,
  type Json,
  NoSuchTableError,
  parseJson,
  registerCodec,
  stringifyJson,
  ValidationError,
} from "./base/index.ts";
export * from "./deletes/index.ts";
export * from "./expressions/index.ts";
export * from "./manifests/index.ts";
// Two doors have this name, for the same three numbers.
export type { FormatVersion } from "./metadata/index.ts";
export * from "./metadata/index.ts";
export * from "./partitioning/index.ts";
export * from "./schema/index.ts";
export * from "./sorting/index.ts";
export * from "./standard-schema/index.ts";
// Two doors have this name: this one's schemas validate rows, too.
export { defineSchema } from "./standard-schema/index.ts";
export * from "./values/index.ts";
