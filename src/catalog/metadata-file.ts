/** The bytes of a metadata file as its name says it is packed. Spec: Table Metadata; MET-062. @module */
import { compressWith, utf8Encode } from "../base/index.ts";
import { parseMetadataFileName, printMetadata, type TableMetadata } from "../metadata/index.ts";

/** Metadata as the bytes of the file at `location`, compressed when that name says so. */
export function encodeMetadata(metadata: TableMetadata, location: string): Uint8Array {
  const bytes = utf8Encode(printMetadata(metadata));
  return parseMetadataFileName(location)?.codec === "gzip" ? compressWith("gzip", bytes) : bytes;
}
