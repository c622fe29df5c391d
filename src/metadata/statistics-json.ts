/** Statistics files, partition statistics files and encryption keys to and from JSON. Spec: Appendix C. @module */
import type { Json, JsonObject } from "../base/index.ts";
import {
  integersOf,
  objectOf,
  optionalString,
  optionalStringMap,
  requiredInteger,
  requiredList,
  requiredLong,
  requiredString,
  stringMapToJson,
} from "./json-fields.ts";
import type {
  BlobMetadata,
  EncryptedKey,
  PartitionStatisticsFile,
  StatisticsFile,
} from "./table-metadata.ts";

/** Reads one statistics entry. Throws `invalid-metadata` on a missing member. */
export function statisticsFromJson(json: Json | undefined, what = "statistics"): StatisticsFile {
  const object = objectOf(json, what);
  const keyMetadata = optionalString(object, "key-metadata", what);
  return {
    snapshotId: requiredLong(object, "snapshot-id", what),
    statisticsPath: requiredString(object, "statistics-path", what),
    fileSizeInBytes: requiredInteger(object, "file-size-in-bytes", what),
    fileFooterSizeInBytes: requiredInteger(object, "file-footer-size-in-bytes", what),
    ...(keyMetadata !== undefined && { keyMetadata }),
    blobMetadata: requiredList(object, "blob-metadata", what).map((blob) =>
      blobFromJson(blob, `${what} blob-metadata`),
    ),
  };
}

/** Prints one statistics entry; `key-metadata` is kept (MET-051). */
export function statisticsToJson(file: StatisticsFile): JsonObject {
  return {
    "snapshot-id": file.snapshotId,
    "statistics-path": file.statisticsPath,
    "file-size-in-bytes": file.fileSizeInBytes,
    "file-footer-size-in-bytes": file.fileFooterSizeInBytes,
    "key-metadata": file.keyMetadata,
    "blob-metadata": file.blobMetadata.map((blob) => ({
      type: blob.type,
      "snapshot-id": blob.snapshotId,
      "sequence-number": blob.sequenceNumber,
      fields: blob.fields,
      properties: blob.properties === undefined ? undefined : stringMapToJson(blob.properties),
    })),
  };
}

/** Reads one partition statistics entry. Throws `invalid-metadata` on a missing member. */
export function partitionStatisticsFromJson(
  json: Json | undefined,
  what = "partition statistics",
): PartitionStatisticsFile {
  const object = objectOf(json, what);
  return {
    snapshotId: requiredLong(object, "snapshot-id", what),
    statisticsPath: requiredString(object, "statistics-path", what),
    fileSizeInBytes: requiredInteger(object, "file-size-in-bytes", what),
  };
}

/** Prints one partition statistics entry. */
export function partitionStatisticsToJson(file: PartitionStatisticsFile): JsonObject {
  return {
    "snapshot-id": file.snapshotId,
    "statistics-path": file.statisticsPath,
    "file-size-in-bytes": file.fileSizeInBytes,
  };
}

/** Reads one encryption key (MET-055). Throws `invalid-metadata` on a missing member. */
export function encryptedKeyFromJson(json: Json | undefined, what = "encryption key"): EncryptedKey {
  const object = objectOf(json, what);
  const encryptedById = optionalString(object, "encrypted-by-id", what);
  const properties = optionalStringMap(object, "properties", what);
  return {
    keyId: requiredString(object, "key-id", what),
    encryptedKeyMetadata: requiredString(object, "encrypted-key-metadata", what),
    ...(encryptedById !== undefined && { encryptedById }),
    ...(properties !== undefined && { properties }),
  };
}

/** Prints one encryption key. */
export function encryptedKeyToJson(key: EncryptedKey): JsonObject {
  return {
    "key-id": key.keyId,
    "encrypted-key-metadata": key.encryptedKeyMetadata,
    "encrypted-by-id": key.encryptedById,
    properties: key.properties === undefined ? undefined : stringMapToJson(key.properties),
  };
}

function blobFromJson(json: Json, what: string): BlobMetadata {
  const object = objectOf(json, what);
  const properties = optionalStringMap(object, "properties", what);
  return {
    type: requiredString(object, "type", what),
    snapshotId: requiredLong(object, "snapshot-id", what),
    sequenceNumber: requiredInteger(object, "sequence-number", what),
    fields: integersOf(requiredList(object, "fields", what), "fields", what),
    ...(properties !== undefined && { properties }),
  };
}
