/** The versions of a table that is a folder: finding the newest, reading it. Spec: File System Tables (MET-061..064). @module */
import type { Stats } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { type AbortOptions, type FileIO, NoSuchTableError } from "../base/index.ts";
import { joinLocation, requireLocalPath } from "../io/index.ts";
import { errno, fileError } from "../io/node.ts";
import { type MetadataFileName, parseMetadata, parseMetadataFileName } from "../metadata/index.ts";
import { identifierText, type LoadedTable, type TableIdentifier } from "./client.ts";

/** A version file of a table folder. */
export interface FoundVersion {
  readonly version: number;
  readonly name: string;
}

/**
 * Reads the newest version of the table in a folder, whoever wrote it: Hadoop's `v<N>` names, gzip variants, or
 * the newest of a catalog's `<V>-<uuid>` names when there are no others.
 * @throws IcebergError `no-such-table` when the folder holds no metadata.
 */
export async function loadFileTable(
  location: string,
  identifier: TableIdentifier,
  io: FileIO,
  options: AbortOptions = {},
): Promise<LoadedTable> {
  const path = requireLocalPath(location);
  const found =
    (await findVersion(`${path}/metadata`)) ?? (await highestVersion(`${path}/metadata`, "catalog"));
  if (found === undefined) throw noSuchTable(identifier, location);
  const metadataLocation = joinLocation(location, "metadata", found.name);
  const metadata = parseMetadata(await io.open(metadataLocation).read(undefined, options), metadataLocation);
  return { identifier, metadata, metadataLocation, io };
}

/** Starts from the hint and probes upward; without a usable hint takes the highest listed version (MET-064). */
export async function findVersion(folder: string): Promise<FoundVersion | undefined> {
  const hint = await readFile(`${folder}/version-hint.text`, "utf8").catch(() => "");
  let found: FoundVersion | undefined;
  if (/^\s*\d{1,9}\s*$/.test(hint)) found = await probe(folder, Number(hint));
  found ??= await highestVersion(folder, "hadoop");
  if (found === undefined) return undefined;
  for (;;) {
    const next = await probe(folder, found.version + 1);
    if (next === undefined) return found;
    found = next;
  }
}

/** `no-such-table`, with the folder that was looked into. */
export function noSuchTable(id: TableIdentifier, location: string): NoSuchTableError {
  return new NoSuchTableError(
    `Cannot load ${identifierText(id)}: ${location}/metadata holds no table metadata`,
    {
      context: { table: identifierText(id), location },
    },
  );
}

async function probe(folder: string, version: number): Promise<FoundVersion | undefined> {
  for (const suffix of [".metadata.json", ".gz.metadata.json", ".metadata.json.gz"]) {
    const name = `v${version}${suffix}`;
    const found = await statIfThere(`${folder}/${name}`);
    if (found?.isFile()) return { version, name };
  }
  return undefined;
}

/** The highest version of one layout among the names in a `metadata` folder. */
export async function highestVersion(
  folder: string,
  layout: MetadataFileName["layout"],
): Promise<FoundVersion | undefined> {
  let best: FoundVersion | undefined;
  for (const name of await namesIn(folder)) {
    const parsed = parseMetadataFileName(name);
    if (parsed?.layout === layout && parsed.version > (best?.version ?? -1))
      best = { version: parsed.version, name };
  }
  return best;
}

/** Whether a folder holds a table of any catalog; one whose creation died half-way is none. */
export async function holdsTable(folder: string): Promise<boolean> {
  return (await namesIn(`${folder}/metadata`)).some((name) => parseMetadataFileName(name) !== undefined);
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isMissing(error)) return [];
    throw fileError("read", folder, error);
  }
}

/** Whether there is a folder of that path. Throws `io-failed` when nobody can tell. */
export async function isFolder(path: string): Promise<boolean> {
  return (await statIfThere(path))?.isDirectory() ?? false;
}

async function statIfThere(path: string): Promise<Stats | undefined> {
  return await stat(path).catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw fileError("read", path, error);
  });
}

function isMissing(error: unknown): boolean {
  return errno(error) === "ENOENT" || errno(error) === "ENOTDIR";
}
