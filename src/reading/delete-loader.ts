/**
 * The deletes of planned files, read once per scan: positions by data file, and keys of equality deletes. Spec: Delete
 * Formats; Deletion Vectors; requirements SCN-053 to SCN-068.
 * @module
 */
import { type AbortOptions, type FileIO, IcebergError, isIcebergError } from "../base/index.ts";
import {
  DELETE_PATH_ID,
  DELETE_POSITION_ID,
  deletionVectorRange,
  fileScope,
  isDeletionVector,
  PositionBitmap,
  readDeletionVector,
} from "../deletes/index.ts";
import type { DataFile } from "../manifests/index.ts";
import type { PartitionSpec } from "../partitioning/index.ts";
import { type Field, type Schema, simpleType } from "../schema/index.ts";
import { filledColumns, identityValue } from "./absent-columns.ts";
import { fileBatches } from "./data-files.ts";
import { type EqualityColumn, equalityColumns } from "./equality-columns.ts";
import { type RowKey, rowKeys } from "./row-keys.ts";
import { WeightedCache } from "./weighted-cache.ts";

/** Bytes of deletes that a scan keeps in memory, by default. */
export const DEFAULT_DELETE_CACHE_BYTES = 256 * 1024 * 1024;

export interface DeleteLoaderOptions {
  readonly io: FileIO;
  /** All schemas of the table, oldest first. */
  readonly schemas: readonly Schema[];
  /** The spec of an id. */
  readonly specOf: (specId: number) => PartitionSpec | undefined;
  /** Ids for the columns of files without any. */
  readonly fieldIdOf?: ((path: readonly string[]) => number | undefined) | undefined;
  /** What is kept of deletes beyond the file they are being applied to. Default {@link DEFAULT_DELETE_CACHE_BYTES}. */
  readonly cacheBytes?: number | undefined;
}

/** Rows deleted by value: those whose columns have one of the keys. */
export interface EqualityDeletes {
  readonly columns: readonly EqualityColumn[];
  readonly keys: ReadonlySet<RowKey>;
}

/** What is deleted of one data file. */
export interface FileDeletes {
  /** Places of deleted rows; absent when none is deleted by position. */
  readonly positions?: PositionBitmap;
  /** One per set of columns. */
  readonly equality: readonly EqualityDeletes[];
}

/** Positions of one delete file by the data file they are about. */
type PositionsByPath = ReadonlyMap<string, PositionBitmap>;

/** Reads delete files; a file that several data files share is read once, as long as it fits the cache. */
export class DeleteLoader {
  private readonly options: DeleteLoaderOptions;
  private readonly positions: WeightedCache<PositionsByPath>;
  private readonly keys: WeightedCache<ReadonlySet<RowKey>>;

  constructor(options: DeleteLoaderOptions) {
    this.options = options;
    const limit = options.cacheBytes ?? DEFAULT_DELETE_CACHE_BYTES;
    this.positions = new WeightedCache(limit / 2, (byPath) => {
      let weight = 0;
      for (const [path, { size }] of byPath) weight += 2 * path.length + 2 * size + 200;
      return weight;
    });
    this.keys = new WeightedCache(limit / 2, weightOfKeys);
  }

  /**
   * Everything that is deleted of a data file by the delete files that apply to it.
   * @throws IcebergError `corrupt-file`, `no-such-file`, `unsupported` naming the delete file.
   */
  async load(
    dataFile: DataFile,
    deletes: readonly DataFile[],
    options: AbortOptions = {},
  ): Promise<FileDeletes> {
    const byPosition = deletes.filter(({ content }) => content === "position-deletes");
    const byValue = deletes.filter(({ content }) => content === "equality-deletes");
    const found: PositionBitmap[] = [];
    for (const file of byPosition) {
      const byPath = await this.positions.get(positionKey(file), () => this.readPositions(file, options));
      options.signal?.throwIfAborted();
      const bitmap = byPath.get(dataFile.filePath);
      if (bitmap !== undefined) found.push(bitmap);
    }
    const equality: EqualityDeletes[] = [];
    for (const group of groupsOf(byValue).values()) {
      const columns = equalityColumns(group[0]!.equalityIds ?? [], this.options.schemas, group[0]!.filePath);
      equality.push({ columns, keys: await this.keysOf(group, columns, options) });
    }
    const [first, ...others] = found;
    if (first === undefined) return { equality };
    // The bitmaps are shared: a union is one of its own.
    const positions = others.reduce((all, next) => all.union(next), first);
    return { positions, equality };
  }

  private async readPositions(file: DataFile, options: AbortOptions): Promise<PositionsByPath> {
    if (isDeletionVector(file)) {
      const range = deletionVectorRange(file);
      const input = this.options.io.open(file.filePath, file.fileSizeInBytes);
      const bytes = await input.read(range, options);
      return new Map([[file.referencedDataFile!, readDeletionVector(file, bytes)]]);
    }
    return this.readPositionFile(file, options);
  }

  private async readPositionFile(file: DataFile, options: AbortOptions): Promise<PositionsByPath> {
    const byPath = new Map<string, PositionBitmap>();
    const { io } = this.options;
    const request = { io, fields: POSITION_FIELDS, fieldIdOf: positionFieldId };
    for await (const { columns, rowCount } of fileBatches(file, request, options)) {
      const [paths, positions] = columns;
      if (paths === undefined || positions === undefined) {
        throw broken(file, `it lacks the column ${paths === undefined ? "file_path" : "pos"}`);
      }
      let path: unknown;
      let bitmap: PositionBitmap | undefined;
      for (let row = 0; row < rowCount; row++) {
        const at = paths[row] as string;
        if (at !== path || bitmap === undefined) {
          path = at;
          bitmap = byPath.get(at);
          if (bitmap === undefined) {
            bitmap = new PositionBitmap();
            byPath.set(at, bitmap);
          }
        }
        addPosition(bitmap, positions[row] as bigint, file);
      }
    }
    // A file that names one data file is about no other, whatever else stands in it.
    const scope = fileScope(file);
    if (scope === undefined) return byPath;
    const own = byPath.get(scope);
    return own === undefined ? new Map() : new Map([[scope, own]]);
  }

  private keysOf(
    files: readonly DataFile[],
    columns: readonly EqualityColumn[],
    options: AbortOptions,
  ): Promise<ReadonlySet<RowKey>> {
    const [only, ...others] = files;
    if (only !== undefined && others.length === 0) {
      return this.keys.get(only.filePath, () => this.readKeys(only, columns, options));
    }
    // One look-up per row, however many files there are.
    return this.keys.get(files.map(({ filePath }) => filePath).join("\n"), async () => {
      const all = new Set<RowKey>();
      for (const file of files) {
        const keys = await this.keys.get(file.filePath, () => this.readKeys(file, columns, options));
        for (const key of keys) all.add(key);
      }
      return all;
    });
  }

  private async readKeys(
    file: DataFile,
    columns: readonly EqualityColumn[],
    options: AbortOptions,
  ): Promise<ReadonlySet<RowKey>> {
    const { io, fieldIdOf, specOf } = this.options;
    const keys = new Set<RowKey>();
    const fields = columns.map(({ read }) => read);
    const fill = filledColumns(fields, file, specOf(file.specId));
    for await (const batch of fileBatches(file, { io, fields: [], extra: fields, fieldIdOf }, options)) {
      // Taken for nulls or defaults, it would delete other rows than were meant.
      const missing = fields.find(
        ({ id }, at) =>
          batch.columns[at] === undefined && identityValue(id, file, specOf(file.specId)) === undefined,
      );
      if (missing !== undefined) throw broken(file, `it lacks the column ${missing.name} (id ${missing.id})`);
      const keyOf = rowKeys(columns, fill(batch.columns, batch.rowCount));
      for (let row = 0; row < batch.rowCount; row++) keys.add(keyOf(row));
    }
    return keys;
  }
}

const POSITION_FIELDS: readonly Field[] = [
  { id: DELETE_PATH_ID, name: "file_path", required: true, type: simpleType("string") },
  { id: DELETE_POSITION_ID, name: "pos", required: true, type: simpleType("long") },
];

/** Files of careless writers have no ids: the format fixes the names, too. */
function positionFieldId(path: readonly string[]): number | undefined {
  return path.length === 1 ? POSITION_FIELDS.find(({ name }) => name === path[0])?.id : undefined;
}

function addPosition(bitmap: PositionBitmap, position: bigint, file: DataFile): void {
  try {
    bitmap.add(Number(position));
  } catch (cause) {
    if (!isIcebergError(cause, "invalid-argument")) throw cause;
    throw broken(file, `it deletes position ${position}`, cause);
  }
}

/** Several deletion vectors share a file. */
function positionKey({ filePath, contentOffset }: DataFile): string {
  return contentOffset === undefined ? filePath : `${contentOffset}@${filePath}`;
}

function groupsOf(files: readonly DataFile[]): ReadonlyMap<string, readonly DataFile[]> {
  const groups = new Map<string, DataFile[]>();
  for (const file of files) {
    if (file.equalityIds === undefined || file.equalityIds.length === 0) {
      throw broken(file, "its manifest names no columns to delete by");
    }
    const key = [...new Set(file.equalityIds)].sort((a, b) => a - b).join(",");
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [file]);
    else group.push(file);
  }
  return groups;
}

/** Text takes its characters; numbers and the set's own slots are a guess. */
function weightOfKeys(keys: ReadonlySet<RowKey>): number {
  let weight = 64;
  for (const key of keys) weight += typeof key === "string" ? 48 + key.length : 40;
  return weight;
}

function broken(file: DataFile, why: string, cause?: unknown): IcebergError {
  return new IcebergError("corrupt-file", `Cannot apply the deletes of ${file.filePath}: ${why}`, {
    context: { file: file.filePath },
    ...(cause !== undefined && { cause }),
  });
}
