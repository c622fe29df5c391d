/**
 * A catalog that is a folder: Hadoop's layout of `metadata/v<N>.metadata.json` beside `version-hint.text`,
 * published by `link(2)` so that exactly one writer wins each version (decision 5). Spec: File System Tables.
 * @module
 */
import type { Dirent } from "node:fs";
import { mkdir, readdir, realpath, rename, rm, rmdir } from "node:fs/promises";
import { dirname } from "node:path";
import {
  type AbortOptions,
  CommitFailedError,
  CommitStateUnknownError,
  compareBytes,
  type FileIO,
  IcebergError,
  isIcebergError,
  utf8Encode,
  ValidationError,
} from "../base/index.ts";
import { joinLocation, localPath, type Runtime, requireLocalPath, systemRuntime } from "../io/index.ts";
import {
  errno,
  fileError,
  LocalFileIO,
  makeFolders,
  resolveLocal,
  syncFolder,
  writeDurably,
} from "../io/node.ts";
import {
  hadoopMetadataName,
  metadataCodec,
  metadataFileVersion,
  newTableMetadata,
  parseMetadata,
  parseMetadataFileName,
  type TableRequirement,
  type TableUpdate,
} from "../metadata/index.ts";
import { applyCommit, madeAnew } from "./apply-commit.ts";
import {
  type CatalogClient,
  type CommitOutcome,
  type CreateTableRequest,
  type DropTableOptions,
  identifierText,
  type LoadedTable,
  type Namespace,
  namespaceNotEmpty,
  namespaceTaken,
  noSuchNamespace,
  type TableIdentifier,
  type Turn,
  tableExists,
} from "./client.ts";
import { droppedVersions, encodeMetadata } from "./metadata-file.ts";
import { moveAway, purgeGrave } from "./node-file-drop.ts";
import { takeFileTurn } from "./node-file-turns.ts";
import { deleteVersions } from "./node-file-upkeep.ts";
import {
  type FoundVersion,
  findVersion,
  highestVersion,
  holdsTable,
  isFolder,
  isNewestVersion,
  loadFileTable,
  namesIn,
  noSuchTable,
} from "./node-file-versions.ts";
import { requireOwnFiles } from "./reachable-files.ts";

/** Marks tables whose every commit is published by link, so that writing to them is safe (CMT-006). */
export const PUBLISH_PROPERTY = "icewright.publish";
const PUBLISH_BY_LINK = "link";
/** Where every writer puts the UUID of a table: the second field of its metadata. */
const UUID_WITHIN_BYTES = 1024;

export interface FileCatalogOptions {
  /**
   * Files of the tables. Default: the local file system. One that wraps it has to hand on the options of `create`:
   * their `guard` is what keeps a stale writer from a version number that was freed.
   */
  readonly io?: FileIO;
  readonly runtime?: Runtime;
  /**
   * Allows commits to tables another engine made. Such an engine may publish by renaming over an existing file,
   * which loses a commit when both write at once: make sure that only this process does. Default `false`.
   */
  readonly writeForeignTables?: boolean;
}

/** The catalog kept in one folder of the local file system. */
export class FileCatalogClient implements CatalogClient {
  /** `file:///…` of the warehouse folder. */
  readonly warehouse: string;
  /** Its path; empty for the root of the file system, so that names can be joined to it. */
  private readonly root: string;
  private readonly io: FileIO;
  private readonly runtime: Runtime;
  private readonly writeForeignTables: boolean;

  constructor(folder: string, options: FileCatalogOptions = {}) {
    this.root = resolveLocal(folder).replace(/^\/$/, "");
    this.warehouse = `file://${this.root}`;
    this.runtime = options.runtime ?? systemRuntime;
    this.io = options.io ?? new LocalFileIO(this.runtime);
    this.writeForeignTables = options.writeForeignTables ?? false;
  }

  async createNamespace(namespace: Namespace, options: AbortOptions = {}): Promise<void> {
    options.signal?.throwIfAborted();
    const folder = this.folderOf(namespace);
    for (let depth = 1; depth <= namespace.length; depth++) {
      const level = namespace.slice(0, depth);
      if (!(await holdsTable(this.folderOf(level)))) continue;
      throw new ValidationError(
        `Cannot create namespace ${namespace.join(".")}: ${level.join(".")} is a table`,
        { context: { namespace } },
      );
    }
    try {
      await makeFolders(dirname(folder));
      await mkdir(folder);
      await syncFolder(dirname(folder));
    } catch (error) {
      // A file in the way is no namespace: whoever only wants it to exist must not take this for success.
      if (errno(error) === "EEXIST" && (await isFolder(folder))) throw namespaceTaken(namespace, error);
      throw fileError("create", folder, error);
    }
  }

  async listNamespaces(parent: Namespace = [], options: AbortOptions = {}): Promise<readonly Namespace[]> {
    const children = await this.children(parent, options);
    return children.filter((child) => !child.isTable).map((child) => [...parent, child.name]);
  }

  async namespaceExists(namespace: Namespace, options: AbortOptions = {}): Promise<boolean> {
    options.signal?.throwIfAborted();
    const folder = this.folderOf(namespace);
    return (await isFolder(folder)) && !(await holdsTable(folder));
  }

  async dropNamespace(namespace: Namespace, options: AbortOptions = {}): Promise<void> {
    if (!(await this.namespaceExists(namespace, options))) throw noSuchNamespace(namespace);
    const folder = this.folderOf(namespace);
    try {
      await rmdir(folder);
      await syncFolder(dirname(folder));
    } catch (error) {
      if (errno(error) === "ENOENT") throw noSuchNamespace(namespace);
      if (errno(error) !== "ENOTEMPTY" && errno(error) !== "EEXIST") throw fileError("drop", folder, error);
      const [first = "something"] = await namesIn(folder);
      throw namespaceNotEmpty(
        namespace,
        /\.dropped$/.test(first) ? `${first}, the files of a dropped table` : first,
      );
    }
  }

  async listTables(namespace: Namespace, options: AbortOptions = {}): Promise<readonly TableIdentifier[]> {
    const children = await this.children(namespace, options);
    return children.filter((child) => child.isTable).map((child) => ({ namespace, name: child.name }));
  }

  async createTable(
    id: TableIdentifier,
    request: CreateTableRequest,
    options: AbortOptions = {},
  ): Promise<LoadedTable> {
    if (!(await this.namespaceExists(id.namespace, options))) throw noSuchNamespace(id.namespace);
    const folder = this.folderOf([...id.namespace, id.name]);
    const location = `file://${folder}`;
    if (request.location !== undefined && request.location !== location) {
      throw new IcebergError(
        "unsupported",
        `Cannot create ${identifierText(id)} at ${request.location}: a file catalog keeps its tables at ${location}`,
        { context: { location: request.location } },
      );
    }
    const metadata = newTableMetadata({
      ...request,
      properties: new Map([...(request.properties ?? []), [PUBLISH_PROPERTY, PUBLISH_BY_LINK]]),
      location,
      uuid: this.runtime.randomUuid(),
      nowMs: this.runtime.now(),
    });
    const metadataLocation = joinLocation(
      location,
      "metadata",
      hadoopMetadataName(1, metadataCodec(metadata.properties)),
    );
    if (await holdsTable(folder)) throw tableExists(id);
    const outcome = await this.io.create(
      metadataLocation,
      encodeMetadata(metadata, metadataLocation),
      options,
    );
    if (outcome === "exists") throw tableExists(id);
    await this.writeHint(folder, 1);
    return { identifier: id, metadata, metadataLocation, io: this.io };
  }

  async loadTable(id: TableIdentifier, options: AbortOptions = {}): Promise<LoadedTable> {
    options.signal?.throwIfAborted();
    const location = `file://${this.folderOf([...id.namespace, id.name])}`;
    return await loadFileTable(location, id, this.io, options);
  }

  /** Without `purge` the folder stays, under a hidden name beside its old one; renaming it back undoes the drop. */
  async dropTable(id: TableIdentifier, options: DropTableOptions = {}): Promise<void> {
    options.signal?.throwIfAborted();
    const folder = this.folderOf([...id.namespace, id.name]);
    if (!(await holdsTable(folder))) throw noSuchTable(id, `file://${folder}`);
    if (options.purge === true) {
      const loaded = await this.loadTable(id, options);
      await requireInPlace("purge", loaded, folder);
      requireOwnFiles(loaded);
    }
    const grave = await moveAway(id, folder, this.runtime.timeUuid());
    if (options.purge === true) await purgeGrave(id, grave, this.io, options);
  }

  /** Always refused: a table's metadata names its files by their place in its folder, so a rename would lose them. */
  async renameTable(from: TableIdentifier, to: TableIdentifier, options: AbortOptions = {}): Promise<void> {
    options.signal?.throwIfAborted();
    const folder = this.folderOf([...from.namespace, from.name]);
    if (!(await holdsTable(folder))) throw noSuchTable(from, `file://${folder}`);
    throw new IcebergError(
      "unsupported",
      `Cannot rename ${identifierText(from)} to ${identifierText(to)}: the metadata of a file catalog's table names every file by its folder, ` +
        "so no rename is atomic; append its rows to a new table, or use a REST catalog",
      { context: { from: identifierText(from), to: identifierText(to) } },
    );
  }

  async commitTable(
    base: LoadedTable,
    requirements: readonly TableRequirement[],
    updates: readonly TableUpdate[],
    options: AbortOptions = {},
  ): Promise<CommitOutcome> {
    const { identifier: id, metadata: before } = base;
    options.signal?.throwIfAborted();
    if (before.properties.get(PUBLISH_PROPERTY) !== PUBLISH_BY_LINK && !this.writeForeignTables) {
      throw new ValidationError(
        `Cannot commit to ${identifierText(id)}: another engine made this table and may publish its commits by renaming over ours; ` +
          "if nothing else writes to it, open the catalog with writeForeignTables: true",
        { context: { location: before.location } },
      );
    }
    const folder = this.folderOf([...id.namespace, id.name]);
    await requireInPlace("commit to", base, folder);
    const stale = await this.outdated(base, folder, options);
    if (stale !== undefined) return { kind: "conflict", error: stale };
    const applied = applyCommit(base, requirements, updates, this.runtime.now());
    if (applied.kind !== "swap") return applied;
    const { metadata } = applied;
    if (metadata.location !== before.location) {
      throw new ValidationError(
        `Cannot move ${identifierText(id)} to ${metadata.location}: a file catalog keeps its tables where they are`,
        { context: { location: metadata.location } },
      );
    }
    // The name follows the base's codec: two writers with one base then race for one name, whatever they change.
    const version = metadataFileVersion(base.metadataLocation) + 1;
    const name = hadoopMetadataName(version, metadataCodec(before.properties));
    const metadataLocation = `file://${folder}/metadata/${name}`;
    const bytes = encodeMetadata(metadata, metadataLocation);
    // Asked again when the temporary file stands: what this finds is what the link relies on (node-file-upkeep.ts).
    const guard = async () => {
      const late = await this.outdated(base, folder, options);
      if (late !== undefined) throw late;
    };
    const outcome = await this.publish(metadataLocation, bytes, guard, options);
    if (outcome !== undefined) return outcome;
    await this.writeHint(folder, version);
    if (before.properties.get(PUBLISH_PROPERTY) === PUBLISH_BY_LINK) {
      await deleteVersions(`${folder}/metadata`, droppedVersions(before, metadata));
    }
    return { kind: "committed", table: { identifier: id, metadata, metadataLocation, io: this.io } };
  }

  async takeTurn(id: TableIdentifier, lost: boolean): Promise<Turn | undefined> {
    const folder = this.folderOf([...id.namespace, id.name]);
    return await takeFileTurn(`${folder}/metadata/.turns`, lost, this.runtime);
  }

  /**
   * Why the table is no longer as `base` says, `undefined` when it is.
   * @throws IcebergError `no-such-table`; `validation-failed` when another catalog keeps it.
   */
  private async outdated(
    base: LoadedTable,
    folder: string,
    options: AbortOptions,
  ): Promise<CommitFailedError | undefined> {
    const { identifier: id, metadataLocation } = base;
    const found = versionIn(folder, metadataLocation);
    if (found === undefined || !(await isNewestVersion(`${folder}/metadata`, found))) {
      const current = await findVersion(`${folder}/metadata`);
      if (current === undefined) throw await notOurs(id, folder);
      if (current.name !== found?.name) {
        return new CommitFailedError(
          `Cannot commit to ${identifierText(id)}: version ${current.version} is newer than the base`,
          { context: { base: metadataLocation, current: current.name } },
        );
      }
    }
    return (await this.isSameTable(base, options)) ? undefined : madeAnew(base);
  }

  /**
   * Whether the newest version is still of the table that `base` was read from. A table made anew counts its versions
   * from 1, so equal file names prove nothing; the UUID does, and it stands at the start of an unpacked file.
   */
  private async isSameTable(
    { metadata, metadataLocation }: LoadedTable,
    options: AbortOptions,
  ): Promise<boolean> {
    const { tableUuid } = metadata;
    const file = this.io.open(metadataLocation);
    try {
      const end = Math.min(await file.size(options), UUID_WITHIN_BYTES);
      const head = new TextDecoder().decode(await file.read({ start: 0, end }, options));
      if (tableUuid !== undefined && head.includes(`"${tableUuid}"`)) return true;
      return parseMetadata(await file.read(undefined, options), metadataLocation).tableUuid === tableUuid;
    } catch (error) {
      if (isIcebergError(error, "no-such-file")) return false;
      throw error;
    }
  }

  /** Creates the next version; answers only when that did not plainly succeed. */
  private async publish(
    location: string,
    bytes: Uint8Array,
    guard: () => Promise<void>,
    options: AbortOptions,
  ): Promise<CommitOutcome | undefined> {
    try {
      if ((await this.io.create(location, bytes, { ...options, guard })) === "created") return undefined;
      return conflict(`Cannot publish ${location}: another commit took this version`, { location });
    } catch (error) {
      if (error instanceof CommitFailedError) return { kind: "conflict", error };
      const found = await this.io
        .open(location)
        .read()
        .catch((readError: unknown) => (isIcebergError(readError, "no-such-file") ? "absent" : "unreadable"));
      if (found === "absent" && isIcebergError(error, "no-such-file")) {
        // Dropped, or revoked by a newer version: loading the table again tells which.
        return conflict(`Cannot publish ${location}: ${error.message}`, { location });
      }
      if (found === "absent") {
        if (!(await this.wasOvertaken(location))) throw error;
        return inDoubt(location, error, "newer versions are there, which may have deleted it", true);
      }
      if (typeof found !== "string" && compareBytes(found, bytes) !== 0) {
        return conflict(`Cannot publish ${location}: another commit took this version`, { location });
      }
      return inDoubt(location, error, "publishing it failed half-way", false);
    }
  }

  /** Whether a version that is not there may have been: a newer one is, or nobody can tell. */
  private async wasOvertaken(location: string): Promise<boolean> {
    try {
      const newest = await highestVersion(dirname(requireLocalPath(location)), "hadoop");
      return newest !== undefined && newest.version > metadataFileVersion(location);
    } catch {
      return true;
    }
  }

  /** Best effort: a missing or stale hint costs readers a few probes, never correctness (CMT-005). */
  private async writeHint(folder: string, version: number): Promise<void> {
    const metadata = `${folder}/metadata`;
    const temporary = `${metadata}/.${this.runtime.timeUuid()}.hint.tmp`;
    try {
      await writeDurably(temporary, utf8Encode(String(version)));
      await rename(temporary, `${metadata}/version-hint.text`);
      await rm(`${metadata}/.version-hint.text.crc`, { force: true });
    } catch {
      await rm(temporary, { force: true }).catch(() => undefined);
    }
  }

  /** The folder of a namespace or table; refuses names that are no folder names. */
  private folderOf(names: readonly string[]): string {
    for (const name of names) {
      if (name === "" || name.startsWith(".") || /[/\\\0]/.test(name)) {
        throw new IcebergError(
          "invalid-argument",
          `Cannot use ${JSON.stringify(name)} as a name in a file catalog: it must be a plain folder name, without / and \\ and not hidden`,
          { context: { name } },
        );
      }
    }
    return [this.root, ...names].join("/");
  }

  private async children(
    namespace: Namespace,
    options: AbortOptions,
  ): Promise<{ name: string; isTable: boolean }[]> {
    options.signal?.throwIfAborted();
    const folder = this.folderOf(namespace) || "/";
    let entries: Dirent[];
    try {
      entries = await readdir(folder, { withFileTypes: true });
    } catch (error) {
      if (errno(error) !== "ENOENT") throw fileError("read", folder, error);
      if (namespace.length === 0) return [];
      throw noSuchNamespace(namespace);
    }
    const folders = entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith("."));
    const children = folders.map(async ({ name }) => ({
      name,
      isTable: await holdsTable(`${folder}/${name}`),
    }));
    return (await Promise.all(children)).sort((a, b) => (a.name < b.name ? -1 : 1));
  }
}

/** A copied or moved table still names its old folder: what is written through it would land there. */
async function requireInPlace(
  action: string,
  { identifier, metadata }: LoadedTable,
  folder: string,
): Promise<void> {
  const named = localPath(metadata.location);
  if (named === folder) return;
  const [here, there] = await Promise.all(
    [folder, named].map((path) => (path === undefined ? undefined : realpath(path).catch(() => path))),
  );
  if (here === there) return;
  throw new ValidationError(
    `Cannot ${action} ${identifierText(identifier)}: it lies in ${folder}, but its files are kept below ${metadata.location}; ` +
      "it was copied or moved: write to it where it was made, or append its rows to a new table",
    { context: { folder, location: metadata.location } },
  );
}

/** The version a location names, if it is one of the table in the folder. */
function versionIn(folder: string, location: string): FoundVersion | undefined {
  const start = `file://${folder}/metadata/`;
  const parsed = parseMetadataFileName(location);
  if (parsed?.layout !== "hadoop" || !location.startsWith(start)) return undefined;
  return { version: parsed.version, name: location.slice(start.length) };
}

/** Why a table that could be loaded has no version to commit on. */
async function notOurs(id: TableIdentifier, folder: string): Promise<IcebergError> {
  const found = await highestVersion(`${folder}/metadata`, "catalog");
  if (found === undefined) return noSuchTable(id, `file://${folder}`);
  return new ValidationError(
    `Cannot commit to ${identifierText(id)}: ${found.name} is a version of another catalog's; commit through that catalog`,
    { context: { table: identifierText(id), metadata: found.name } },
  );
}

function inDoubt(location: string, cause: unknown, why: string, reconcilable: boolean): CommitOutcome {
  const what = reconcilable ? "was published" : "is durable";
  const message = `Cannot tell whether ${location} ${what}: ${why}; read the table before writing again`;
  const error = new CommitStateUnknownError(message, { cause, context: { location } });
  return { kind: "unknown", reconcilable, error };
}

function conflict(message: string, context: Readonly<Record<string, unknown>>): CommitOutcome {
  return { kind: "conflict", error: new CommitFailedError(message, { context }) };
}
