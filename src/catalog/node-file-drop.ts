/** Taking a table folder out of a file catalog: one rename drops it, the files follow. Spec: File System Tables; CMT-074, RST-052. @module */
import { readdir, rename, rm, rmdir } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { type AbortOptions, type FileIO, IcebergError } from "../base/index.ts";
import { localPath } from "../io/index.ts";
import { errno, fileError, nameOfTemporary, syncFolder } from "../io/node.ts";
import { parseMetadataFileName } from "../metadata/index.ts";
import { identifierText, type TableIdentifier } from "./client.ts";
import { GAPS_MARKER, loadFileTable, namesIn, noSuchTable } from "./node-file-versions.ts";
import { purgeFiles, requireOwnFiles } from "./reachable-files.ts";

/**
 * Drops the table in a folder by renaming the folder to a hidden name beside it, which it answers. Every writer loses
 * at that moment: what it is about to link was moved away too. Throws `no-such-table`.
 */
export async function moveAway(id: TableIdentifier, folder: string, uuid: string): Promise<string> {
  const grave = `${dirname(folder)}/.${basename(folder)}.${uuid}.dropped`;
  try {
    await rename(folder, grave);
    await syncFolder(dirname(folder));
  } catch (error) {
    if (errno(error) === "ENOENT") throw noSuchTable(id, `file://${folder}`);
    throw fileError("drop", folder, error);
  }
  return grave;
}

/**
 * Deletes the files of a dropped table: those its metadata leads to, in their new place, and the catalog's own. What
 * else lies in the folder stays, and the hidden folder with it.
 */
export async function purgeGrave(
  id: TableIdentifier,
  grave: string,
  io: FileIO,
  options: AbortOptions,
): Promise<void> {
  try {
    const loaded = await loadFileTable(`file://${grave}`, id, io, options);
    requireOwnFiles(loaded);
    await purgeFiles({ ...loaded, io: movedIO(io, loaded.metadata.location, grave) }, options);
    for (const name of await namesIn(`${grave}/metadata`)) {
      if (isCatalogFile(name))
        await rm(`${grave}/metadata/${name}`, { force: true, recursive: name === TURNS });
    }
    await removeEmptyFolders(grave);
  } catch (error) {
    if (options.signal?.aborted) throw options.signal.reason;
    throw new IcebergError(
      "io-failed",
      `Cannot delete all files of ${identifierText(id)}: ${error instanceof Error ? error.message : String(error)}; the table is dropped, what is left lies in ${grave}`,
      { cause: error, context: { table: identifierText(id), folder: grave } },
    );
  }
}

const TURNS = ".turns";
const OWN_NAMES = new Set(["version-hint.text", ".version-hint.text.crc", GAPS_MARKER, TURNS]);

function isCatalogFile(name: string): boolean {
  return (
    OWN_NAMES.has(name) || parseMetadataFileName(name) !== undefined || nameOfTemporary(name) !== undefined
  );
}

/** The files of a table whose folder was renamed, by the names its metadata still has for them. */
function movedIO(io: FileIO, from: string, to: string): FileIO {
  const before = localPath(from);
  const now = (location: string) => {
    const path = localPath(location);
    if (before === undefined || !path?.startsWith(`${before}/`)) return location;
    return `file://${to}${path.slice(before.length)}`;
  };
  return {
    open: (location, size) => io.open(now(location), size),
    create: (location, content, options) => io.create(now(location), content, options),
    delete: (location, options) => io.delete(now(location), options),
  };
}

/** Removes a folder if it holds nothing but folders of that kind. */
async function removeEmptyFolders(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) await removeEmptyFolders(`${folder}/${entry.name}`);
  }
  await rmdir(folder).catch((error: unknown) => {
    if (errno(error) !== "ENOTEMPTY" && errno(error) !== "EEXIST") throw fileError("remove", folder, error);
  });
}
