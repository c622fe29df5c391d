/** Access to a table's files: each read once, a missing one told once. @module */
import { readdir, readFile, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Report } from "./findings.ts";

/** Reads a whole file by the location that metadata has for it; rejects when there is none. */
export type ReadFile = (location: string) => Promise<Uint8Array>;

/** The files of the table that is linted. */
export class TableFiles {
  private readonly read: ReadFile;
  private readonly report: Report;
  private readonly held = new Map<string, Promise<Uint8Array | undefined>>();

  constructor(read: ReadFile, report: Report) {
    this.read = read;
    this.report = report;
  }

  /** The bytes, or `undefined` (and a finding) when there is no such file or nothing in it. */
  bytes(location: string, what: string): Promise<Uint8Array | undefined> {
    const held = this.held.get(location);
    if (held !== undefined) return held;
    const bytes = this.open(location, what);
    this.held.set(location, bytes);
    return bytes;
  }

  /** The bytes, without a finding when the file is missing. */
  async optional(location: string): Promise<Uint8Array | undefined> {
    try {
      return await this.read(location);
    } catch {
      return undefined;
    }
  }

  private async open(location: string, what: string): Promise<Uint8Array | undefined> {
    try {
      const bytes = await this.read(location);
      if (bytes.length > 0) return bytes;
      this.report.add("file-readable", location, `${what} is empty`);
    } catch (error) {
      this.report.add("file-readable", location, `${what} cannot be read: ${(error as Error).message}`);
    }
    return undefined;
  }
}

/** Reads `file:` locations and bare paths from the local disk. */
export async function readLocalFile(location: string): Promise<Uint8Array> {
  return new Uint8Array(await readFile(localPath(location)));
}

/**
 * Reads a table that was moved or copied: a location stands for the file below `folder` that shares most of its last
 * path segments with it.
 */
export async function readMoved(folder: string): Promise<ReadFile> {
  const root = localPath(folder);
  const names = (await readdir(root, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  const shared = (name: string, location: string) => {
    const [a, b] = [name.split("/").reverse(), location.split("/").reverse()];
    const end = a.findIndex((step, at) => step !== b[at]);
    return end < 0 ? a.length : end;
  };
  return async (location) => {
    const best = names.toSorted((a, b) => shared(b, location) - shared(a, location))[0];
    if (best === undefined || shared(best, location) === 0) throw new Error(`no such file below ${root}`);
    return new Uint8Array(await readFile(best));
  };
}

/**
 * The metadata file that a path stands for: itself, or the newest in the `metadata` folder of a table's folder:
 * the hinted version or a later one of file tables, else the highest number.
 */
export async function findMetadata(path: string): Promise<string> {
  if (/\.metadata\.json(\.gz)?$/.test(path)) return path;
  const folder = join(localPath(path), "metadata");
  if (!(await stat(folder).catch(() => undefined))?.isDirectory())
    throw new Error(`${path} is neither a metadata file nor a folder with a folder metadata in it`);
  const files = (await readdir(folder)).filter((name) => /\.metadata\.json(\.gz)?$/.test(name));
  const version = (name: string) => Number(/^v?(\d+)/.exec(name)?.[1] ?? -1);
  const newest = files.sort((a, b) => version(a) - version(b)).at(-1);
  if (newest === undefined) throw new Error(`${folder} has no metadata file`);
  return `file://${join(folder, newest)}`;
}

/** Locations are stored as they are used: `%3D` names a file with those three characters (PRT-051). */
function localPath(location: string): string {
  return resolve(location.replace(/^file:(\/\/)?/, ""));
}
