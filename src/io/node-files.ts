/**
 * Files on a local disk, through `node:fs`. A file appears under its name whole and durable or not at all:
 * it is written under a temporary name, synced, and linked (decision 5, CMT-004). Spec: File System Operations.
 * @module
 */
import { close, fstat as fstatCall, open as openCall, read as readCall } from "node:fs";
import { link, mkdir, open, readdir, rm, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import type {
  AbortOptions,
  ByteRange,
  CreateOptions,
  CreateOutcome,
  FileBytes,
  FileIO,
  InputFile,
  ListedFile,
} from "../base/index.ts";
import { IcebergError } from "../base/index.ts";
import { requireLocalPath } from "./location.ts";
import { type Runtime, systemRuntime } from "./runtime.ts";

/** A {@link FileIO} for `file://` locations and absolute paths. */
export class LocalFileIO implements FileIO {
  private readonly runtime: Runtime;

  constructor(runtime: Runtime = systemRuntime) {
    this.runtime = runtime;
  }

  open(location: string, size?: number): InputFile {
    return new LocalInputFile(location, requireLocalPath(location), size);
  }

  async create(location: string, content: FileBytes, options: CreateOptions = {}): Promise<CreateOutcome> {
    options.signal?.throwIfAborted();
    const path = requireLocalPath(location);
    const folder = dirname(path);
    const temporary = join(folder, temporaryName(basename(path), this.runtime.timeUuid()));
    try {
      if (options.guard === undefined) await makeFolders(folder);
      await writeDurably(temporary, content, options);
      options.signal?.throwIfAborted();
      await options.guard?.();
      try {
        await link(temporary, path);
      } catch (error) {
        if (errno(error) !== "EEXIST") throw error;
        // NFS says so too when the first answer was lost and the request sent again: then the name is ours.
        if ((await stat(temporary)).nlink < 2) return "exists";
      }
      await syncFolder(folder);
      return "created";
    } catch (error) {
      if (options.signal?.aborted) throw options.signal.reason;
      if (options.guard !== undefined && errno(error) === "ENOENT") throw folderGone(location, error);
      throw fileError("create", location, error);
    } finally {
      await rm(temporary, { force: true }).catch(ignoreLeftover);
    }
  }

  async delete(location: string, options: AbortOptions = {}): Promise<void> {
    options.signal?.throwIfAborted();
    try {
      await rm(requireLocalPath(location), { force: true });
    } catch (error) {
      throw fileError("delete", location, error);
    }
  }

  async *list(folder: string, options: AbortOptions = {}): AsyncGenerator<ListedFile> {
    const base = folder.replace(/\/+$/, "");
    const names = await readdir(requireLocalPath(base), { withFileTypes: true }).catch((error: unknown) => {
      if (errno(error) === "ENOENT") return [];
      throw fileError("list", folder, error);
    });
    for (const entry of names) {
      options.signal?.throwIfAborted();
      const location = `${base}/${entry.name}`;
      if (entry.isDirectory()) yield* this.list(location, options);
      if (!entry.isFile()) continue;
      const found = await stat(requireLocalPath(location)).catch((error: unknown) => {
        if (errno(error) === "ENOENT") return undefined;
        throw fileError("list", location, error);
      });
      if (found !== undefined) yield { location, size: found.size, modifiedMs: found.mtimeMs };
    }
  }
}

/**
 * The name a file has until it is whole. It tells which file it is to become, so that whoever removes it knows what it
 * prevents.
 */
export function temporaryName(name: string, uuid: string): string {
  return `.${name}.${uuid}.tmp`;
}

/** The name that the file of a temporary name is to get; `undefined` for other names. */
export function nameOfTemporary(name: string): string | undefined {
  return /^\.(.+)\.[^.]+\.tmp$/.exec(name)?.[1];
}

function folderGone(location: string, cause: unknown): IcebergError {
  return new IcebergError(
    "no-such-file",
    `Cannot create ${location}: its folder, or what was written there for it, was taken away meanwhile`,
    { context: { location }, cause },
  );
}

class LocalInputFile implements InputFile {
  readonly location: string;
  private readonly path: string;
  private knownSize: number | undefined;
  private opened: { readonly file: Promise<number>; users: number } | undefined;

  constructor(location: string, path: string, size: number | undefined) {
    this.location = location;
    this.path = path;
    this.knownSize = size;
  }

  async size(options: AbortOptions = {}): Promise<number> {
    options.signal?.throwIfAborted();
    this.knownSize ??= await this.withFile(async (file) => (await fstat(file)).size);
    return this.knownSize;
  }

  async read(range?: ByteRange, options: AbortOptions = {}): Promise<Uint8Array> {
    options.signal?.throwIfAborted();
    return this.withFile(async (file) => {
      const atOnce = await (range === undefined ? this.readAsAnnounced(file) : readRange(file, range));
      if (atOnce !== undefined) return atOnce;
      const { size } = await fstat(file);
      const { start, end } = range ?? { start: 0, end: size };
      if (start < 0 || start > end || end > size) {
        throw new IcebergError(
          "corrupt-file",
          `Cannot read bytes ${start}-${end} of ${this.location}: it has ${size} bytes`,
          { context: { location: this.location, start, end, size } },
        );
      }
      const bytes = new Uint8Array(end - start);
      let filled = 0;
      while (filled < bytes.length) {
        options.signal?.throwIfAborted();
        const { bytesRead } = await read(file, bytes, filled, bytes.length - filled, start + filled);
        if (bytesRead === 0) {
          throw new IcebergError(
            "corrupt-file",
            `Cannot read bytes ${start}-${end} of ${this.location}: the file ended at ${start + filled}`,
            { context: { location: this.location, start, end, size } },
          );
        }
        filled += bytesRead;
      }
      return bytes;
    });
  }

  /**
   * The whole file in one read, without asking for its size first, when it has the size that its opener told;
   * `undefined` when it has another. A plan reads thousands of small manifests whose sizes are known.
   */
  private async readAsAnnounced(file: number): Promise<Uint8Array | undefined> {
    const size = this.knownSize;
    if (size === undefined || size < 0 || size > LARGEST_AT_ONCE) return undefined;
    // One byte more shows whether the file ends there.
    const { bytesRead, buffer } = await read(file, new Uint8Array(size + 1), 0, size + 1, 0);
    return bytesRead === size ? buffer.subarray(0, size) : undefined;
  }

  /** Reads under way at the same time share one descriptor: opening costs as much as reading. */
  private async withFile<T>(use: (file: number) => Promise<T>): Promise<T> {
    this.opened ??= { file: openForReading(this.path, "r"), users: 0 };
    const { opened } = this;
    opened.users++;
    try {
      return await use(await opened.file);
    } catch (error) {
      throw fileError("read", this.location, error);
    } finally {
      opened.users--;
      if (opened.users === 0) {
        this.opened = undefined;
        // What was read stands, whatever closing says.
        opened.file.then((file) => close(file, () => undefined)).catch(() => undefined);
      }
    }
  }
}

/** What is asked for is only believed to be there as far as the memory for it costs little: 64 MiB. */
const LARGEST_AT_ONCE = 2 ** 26;

// Bare descriptors: the handles of `node:fs/promises` cost half as much again.
const openForReading = promisify(openCall);
const fstat = promisify(fstatCall);
const read = promisify(readCall);

/** A range in one read; `undefined` when it is not one, is large, or was not read whole. */
async function readRange(file: number, { start, end }: ByteRange): Promise<Uint8Array | undefined> {
  const length = end - start;
  if (start < 0 || length <= 0 || length > LARGEST_AT_ONCE) return undefined;
  const { bytesRead, buffer } = await read(file, new Uint8Array(length), 0, length, start);
  return bytesRead === length ? buffer : undefined;
}

/** Writes and syncs one file. The whole content is on the disk when it resolves. */
export async function writeDurably(
  path: string,
  content: FileBytes,
  options: AbortOptions = {},
): Promise<void> {
  const handle = await open(path, "wx");
  try {
    for (const bytes of content instanceof Uint8Array ? [content] : content) {
      let written = 0;
      while (written < bytes.length) {
        options.signal?.throwIfAborted();
        const { bytesWritten } = await handle.write(bytes, written, bytes.length - written);
        if (bytesWritten === 0) throw new Error(`wrote ${written} of ${bytes.length} bytes`);
        written += bytesWritten;
      }
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Makes a folder and those above it, durably. Not `mkdir({ recursive: true })`: Node 20's never returns on a file
 * system that answers ENOENT below an existing folder, as `/proc` does.
 */
export async function makeFolders(path: string): Promise<void> {
  try {
    await makeFolder(path);
  } catch (error) {
    if (errno(error) !== "ENOENT") throw error;
    // Another writer may have made the folder above since.
    if (!(await exists(dirname(path)))) await makeFolders(dirname(path));
    await makeFolder(path);
  }
}

async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path);
    await syncFolder(dirname(path));
  } catch (error) {
    if (errno(error) !== "EEXIST" || !(await stat(path)).isDirectory()) throw error;
  }
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

/** Makes new names in a folder durable. */
export async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * The absolute path of a folder or file as callers name it: a path, relative or not, or `file:///…`.
 * @throws IcebergError `unsupported` for another scheme, which must not become the name of a folder.
 */
export function resolveLocal(path: string): string {
  return resolve(/^(file:|[a-z][a-z0-9+.-]*:\/\/)/i.test(path) ? requireLocalPath(path) : path);
}

/** The system's error code, such as `ENOENT`. */
export function errno(error: unknown): string | undefined {
  // Not every `code` is the system's: that of an AbortError is a number.
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

const NO_LINK = new Set(["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK"]);

/** A typed error for a failed file operation; typed errors pass through. */
export function fileError(action: string, location: string, cause: unknown): unknown {
  if (cause instanceof IcebergError) return cause;
  const code = errno(cause);
  const context = { location, errno: code };
  if (code === undefined) return cause;
  const syscall = cause instanceof Error && "syscall" in cause ? String(cause.syscall) : "";
  if (action === "create" && syscall === "link" && NO_LINK.has(code)) {
    return new IcebergError(
      "unavailable",
      `Cannot create ${location}: this file system has no hard links (${code}), so commits on it would not be atomic; use another file system or a REST catalog`,
      { context, cause },
    );
  }
  if (code === "ENOENT" && action === "read") {
    return new IcebergError("no-such-file", `Cannot read ${location}: no such file`, { context, cause });
  }
  const advice = ADVICE[code];
  return new IcebergError(
    "io-failed",
    `Cannot ${action} ${location}: ${cause instanceof Error ? cause.message : String(cause)}${advice === undefined ? "" : `; ${advice}`}`,
    { context, cause },
  );
}

const ADVICE: Readonly<Record<string, string>> = {
  EACCES: "check the permissions of the folder",
  EROFS: "the file system is read-only",
  ENOSPC: "the disk is full; free some space and run it again",
  EDQUOT: "the disk quota is used up",
  EMFILE: "too many open files; raise the limit or lower the concurrency",
  ENOTDIR: "a part of the path is a file where a folder is needed",
  EEXIST: "a part of the path is a file where a folder is needed",
  EISDIR: "the path is a folder, a file is needed",
};

/** A temporary file that cannot be removed is only an orphan; the outcome of the operation stands. */
function ignoreLeftover(): void {}
