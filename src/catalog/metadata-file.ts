/** Metadata files: their bytes as their names say they are packed, and when old ones go. Spec: Table Metadata; MET-040, MET-062. @module */
import { compressWith } from "../base/index.ts";
import { encodeMetadataJson, parseMetadataFileName, type TableMetadata } from "../metadata/index.ts";

/** Metadata as the bytes of the file at `location`, compressed when that name says so. */
export function encodeMetadata(metadata: TableMetadata, location: string): Uint8Array {
  const bytes = encodeMetadataJson(metadata);
  return parseMetadataFileName(location)?.codec === "gzip" ? compressWith("gzip", bytes) : bytes;
}

/** Deletes metadata files that fall off the metadata log, once the commit that dropped them stands (MET-040). */
const DELETE_AFTER_COMMIT = "write.metadata.delete-after-commit.enabled";

/** The metadata files to delete after a commit: those its log dropped, when the table asks for it. */
export function droppedVersions(before: TableMetadata, after: TableMetadata): readonly string[] {
  if (after.properties.get(DELETE_AFTER_COMMIT)?.toLowerCase() !== "true") return [];
  const kept = new Set(after.metadataLog.map((entry) => entry.metadataFile));
  const logged = before.metadataLog.map((entry) => entry.metadataFile);
  return logged.filter((location) => !kept.has(location));
}
