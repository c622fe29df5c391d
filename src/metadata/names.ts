/** Names of metadata files and what they tell. Spec: File System Tables; Metastore Tables (MET-061..064). @module */
import { IcebergError } from "../base/index.ts";

/** `write.metadata.compression-codec` (MET-063). */
export type MetadataCodec = "none" | "gzip";
export const METADATA_COMPRESSION = "write.metadata.compression-codec";

/** What the name of a metadata file says. */
export interface MetadataFileName {
  readonly layout: "hadoop" | "catalog";
  readonly version: number;
  readonly codec: MetadataCodec;
  /** Catalog tables only. */
  readonly uuid?: string;
}

const HADOOP_NAME = /^v(\d{1,15})(?:(\.gz)?\.metadata\.json|\.metadata\.json(\.gz))$/;
const CATALOG_NAME = /^(\d{1,15})-([^/]+?)(?:(\.gz)?\.metadata\.json|\.metadata\.json(\.gz))$/;

/** Reads the name at the end of a path; `undefined` for any other name, which a table may well have (MET-066). */
export function parseMetadataFileName(path: string): MetadataFileName | undefined {
  const name = baseName(path);
  const hadoop = HADOOP_NAME.exec(name);
  if (hadoop !== null) {
    return { layout: "hadoop", version: Number(hadoop[1]), codec: hadoop[2] || hadoop[3] ? "gzip" : "none" };
  }
  const catalog = CATALOG_NAME.exec(name);
  if (catalog === null) return undefined;
  const codec = catalog[3] || catalog[4] ? "gzip" : "none";
  return { layout: "catalog", version: Number(catalog[1]), codec, uuid: catalog[2]! };
}

/** The version in a metadata file's name, -1 when it has none: the next one is then 0 (MET-061). */
export function metadataFileVersion(path: string): number {
  return parseMetadataFileName(path)?.version ?? -1;
}

/** `v<N>.metadata.json` or `v<N>.gz.metadata.json`: file system tables (MET-064). */
export function hadoopMetadataName(version: number, codec: MetadataCodec = "none"): string {
  return `v${version}${suffix(codec)}`;
}

/** `<V>-<uuid>.metadata.json`, V padded to five digits: catalog tables (MET-061). */
export function catalogMetadataName(version: number, uuid: string, codec: MetadataCodec = "none"): string {
  return `${String(version).padStart(5, "0")}-${uuid}${suffix(codec)}`;
}

/** The codec new metadata files are packed with. Throws `invalid-schema` on a value other than none and gzip (MET-063). */
export function metadataCodec(properties: ReadonlyMap<string, string>): MetadataCodec {
  const text = properties.get(METADATA_COMPRESSION) ?? "none";
  const codec = text.toLowerCase();
  if (codec === "none" || codec === "gzip") return codec;
  throw new IcebergError(
    "invalid-schema",
    `Cannot use table property ${METADATA_COMPRESSION}=${JSON.stringify(text)}: set it to none or gzip`,
    { context: { property: METADATA_COMPRESSION, value: text } },
  );
}

/**
 * The folder metadata files go to: `write.metadata.path`, else `metadata/` below the table (MET-061). A path without
 * scheme or leading slash is below the table too, for stored locations are absolute (PRP-027, MET-077).
 */
export function metadataFolder(location: string, properties: ReadonlyMap<string, string>): string {
  const path = properties.get("write.metadata.path") ?? "metadata";
  const absolute = /^[a-z][a-z0-9+.-]*:/i.test(path) || path.startsWith("/");
  return stripTrailingSlash(absolute ? path : `${stripTrailingSlash(location)}/${path}`);
}

/** A location without slashes at its end, except those of a bare `scheme://` (MET-012). */
export function stripTrailingSlash(location: string): string {
  let end = location.length;
  while (end > 1 && location[end - 1] === "/" && !location.slice(0, end).endsWith("://")) end--;
  return location.slice(0, end);
}

function suffix(codec: MetadataCodec): string {
  return codec === "gzip" ? ".gz.metadata.json" : ".metadata.json";
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
