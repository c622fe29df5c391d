/** The versions of a table that is a folder: finding the newest, reading it. Spec: File System Tables (MET-061..064). @module */
import type { Stats } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { type AbortOptions, type FileIO, isIcebergError, NoSuchTableError } from "../base/index.ts";
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
 * Stands in a `metadata` folder from which versions were deleted: a missing number then does not mean that there is
 * no higher one. Hidden, so that no clean-up of orphans takes it.
 */
export const GAPS_MARKER = ".versions-deleted";
/** After so many steps up from a hint a listing is cheaper. */
const LONGEST_CLIMB = 16;
/** How often the newest version may be deleted by newer ones while it is being read. */
const LOAD_ATTEMPTS = 5;

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
  const folder = `${requireLocalPath(location)}/metadata`;
  for (let attempt = 1; ; attempt++) {
    const found = (await findVersion(folder)) ?? (await highestVersion(folder, "catalog"));
    if (found === undefined) throw noSuchTable(identifier, location);
    const metadataLocation = joinLocation(location, "metadata", found.name);
    try {
      const bytes = await io.open(metadataLocation).read(undefined, options);
      return { identifier, metadata: parseMetadata(bytes, metadataLocation), metadataLocation, io };
    } catch (error) {
      // Newer versions may delete it, or somebody drop the table, between looking and reading.
      if (!isIcebergError(error, "no-such-file") || attempt === LOAD_ATTEMPTS) throw error;
    }
  }
}

/**
 * The newest version of Hadoop's layout. The hint is only where the search starts: it may be missing, torn, old or
 * ahead (MET-064). From there it climbs while there is a next version; where versions were deleted, a listing decides.
 */
export async function findVersion(folder: string): Promise<FoundVersion | undefined> {
  const hint = await readFile(`${folder}/version-hint.text`, "utf8").catch(() => "");
  let found = /^\s*\d{1,9}\s*$/.test(hint) ? await probe(folder, Number(hint)) : undefined;
  for (let step = 0; found !== undefined && step < LONGEST_CLIMB; step++) {
    const next = await probe(folder, found.version + 1);
    if (next === undefined) {
      if (await hasGaps(folder)) break;
      return found;
    }
    found = next;
  }
  found = higher(found, await highestVersion(folder, "hadoop"));
  while (found !== undefined) {
    const next = await probe(folder, found.version + 1);
    if (next === undefined) break;
    found = next;
  }
  return found;
}

/** Whether a version is there and no newer one is. */
export async function isNewestVersion(folder: string, { version, name }: FoundVersion): Promise<boolean> {
  if ((await probe(folder, version + 1)) !== undefined) return false;
  if ((await statIfThere(`${folder}/${name}`)) === undefined) return false;
  if (!(await hasGaps(folder))) return true;
  return (await highestVersion(folder, "hadoop"))?.version === version;
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

function higher(a: FoundVersion | undefined, b: FoundVersion | undefined): FoundVersion | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a.version > b.version ? a : b;
}

async function hasGaps(folder: string): Promise<boolean> {
  return (await statIfThere(`${folder}/${GAPS_MARKER}`)) !== undefined;
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

/** The names in a folder; none when there is no such folder. */
export async function namesIn(folder: string): Promise<readonly string[]> {
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
