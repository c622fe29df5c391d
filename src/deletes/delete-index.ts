/**
 * Which delete files apply to which data file. Spec: Scan Planning, Row-level Deletes; requirements SCN-053 to SCN-059,
 * SCN-063 and SCN-067.
 *
 * | deletes | data of sequence number | scope |
 * | --- | --- | --- |
 * | deletion vector | <= its own | the data file it names |
 * | position deletes | <= their own | the data file they name, else the partition; never beside a vector |
 * | equality deletes | < their own | the partition, or the whole table under an unpartitioned spec |
 * @module
 */
import { compareBytes, IcebergError, utf8Encode } from "../base/index.ts";
import type { DataFile, ManifestEntry } from "../manifests/index.ts";
import { isUnpartitioned, type PartitionSpec, partitionFields, partitionKey } from "../partitioning/index.ts";
import type { Field, Schema } from "../schema/index.ts";
import {
  type ColumnFacts,
  columnFacts,
  type DeleteColumn,
  deleteColumns,
  mayShareValue,
} from "./equality-overlap.ts";
import { fileScope, pathBounds } from "./file-scope.ts";
import { isDeletionVector } from "./vector-file.ts";

/** The table the deletes belong to. */
export interface DeleteIndexOptions {
  /** All partition specs of the table. */
  readonly specs: Iterable<PartitionSpec>;
  /** The table's current schema. */
  readonly schema: Schema;
  /** All its schemas, oldest first: equality deletes may name dropped columns. Default only the current one. */
  readonly schemas?: readonly Schema[];
}

/**
 * An index of the live delete files of a snapshot. Metrics of the files, where they were read, let it leave out
 * deletes that cannot match: `equalityFieldIds` are the columns whose metrics data files should carry.
 *
 * @example const deletes = new DeleteFileIndex(entries, { specs, schema }).deletesFor(dataEntry);
 */
export class DeleteFileIndex {
  /** Columns that any equality delete compares. */
  readonly equalityFieldIds: ReadonlySet<number>;
  /** How many delete files are indexed. */
  readonly size: number;
  private readonly specs: ReadonlyMap<number, IndexedSpec>;
  private readonly globalEquality = new Group<IndexedEquality>();
  private readonly equality = new Map<string, Group<IndexedEquality>>();
  private readonly positions = new Map<string, Group<IndexedPositions>>();
  private readonly positionsByPath = new Map<string, Group<Indexed>>();
  private readonly vectors = new Map<string, Indexed>();

  /**
   * Indexes the entries; deleted ones are left out.
   * @throws IcebergError `invalid-argument` for a data file, `invalid-metadata` when a file breaks a rule: an unknown
   * spec, no sequence number, a second deletion vector for a data file (SCN-056).
   */
  constructor(entries: Iterable<ManifestEntry>, { specs, schema, schemas }: DeleteIndexOptions) {
    this.specs = new Map(
      Array.from(specs, (spec) => [
        spec.specId,
        { fields: partitionFields(spec, schema), isGlobal: isUnpartitioned(spec) },
      ]),
    );
    const columns = deleteColumns(schema, schemas);
    const ids = new Set<number>();
    let size = 0;
    for (const entry of entries) {
      if (entry.status === "deleted") continue;
      size++;
      for (const id of entry.dataFile.equalityIds ?? []) ids.add(id);
      this.add(entry, columns);
    }
    this.size = size;
    this.equalityFieldIds = ids;
    for (const group of [this.globalEquality, ...this.equality.values()]) group.sort();
    for (const group of [...this.positions.values(), ...this.positionsByPath.values()]) group.sort();
  }

  /** Whether any file deletes by position. */
  get hasPositionDeletes(): boolean {
    return this.vectors.size + this.positions.size + this.positionsByPath.size > 0;
  }

  /** Whether any file deletes by value. */
  get hasEqualityDeletes(): boolean {
    return this.equalityFieldIds.size > 0;
  }

  /**
   * The deletes to apply to a data file: equality deletes first, then its deletion vector or else position deletes,
   * older ones first. Rows of position deletes must still be matched by path (SCN-066).
   * @throws IcebergError `invalid-metadata` when deletes that name the file are of another partition, or its deletion
   * vector is older than the file (SCN-056, SCN-057).
   */
  deletesFor(data: Pick<ManifestEntry, "sequenceNumber" | "dataFile">): readonly ManifestEntry[] {
    if (this.size === 0) return NONE;
    // Files of version 1 have no number, which stands for 0 (SCN-067).
    const sequence = data.sequenceNumber ?? 0;
    const file = data.dataFile;
    const found: ManifestEntry[] = [];
    const key = this.equality.size + this.positions.size > 0 ? this.keyOf(file) : "";
    this.addEquality(found, this.globalEquality, sequence, file);
    this.addEquality(found, this.equality.get(key), sequence, file);
    const vector = this.vectors.get(file.filePath);
    if (vector !== undefined) {
      if (vector.applies < sequence) {
        throw corrupt(
          `${describe(vector.entry)} is of sequence ${vector.applies}, ${file.filePath} of ${sequence}`,
        );
      }
      this.checkPartition(vector.entry.dataFile, file);
      found.push(vector.entry);
      return found;
    }
    const group = this.positions.get(key);
    if (group !== undefined) {
      const path = utf8Encode(file.filePath);
      for (const { entry, bounds } of group.from(sequence)) {
        const isOutside =
          bounds !== undefined && (compareBytes(path, bounds[0]) < 0 || compareBytes(path, bounds[1]) > 0);
        if (!isOutside) found.push(entry);
      }
    }
    for (const { entry } of this.positionsByPath.get(file.filePath)?.from(sequence) ?? NONE) {
      this.checkPartition(entry.dataFile, file);
      found.push(entry);
    }
    return found;
  }

  private add(entry: ManifestEntry, columns: ReadonlyMap<number, DeleteColumn>): void {
    const file = entry.dataFile;
    const sequence = entry.sequenceNumber;
    if (file.content === "data") {
      throw new IcebergError(
        "invalid-argument",
        `Cannot index ${file.filePath} as a delete file: it holds data`,
      );
    }
    if (sequence === undefined) throw corrupt(`${describe(entry)} has no data sequence number`);
    if (file.content === "equality-deletes") {
      const indexed = { entry, applies: sequence - 1, columns: equalityFacts(file, columns) };
      if (this.specOf(file).isGlobal) this.globalEquality.add(indexed);
      else groupOf(this.equality, this.keyOf(file)).add(indexed);
      return;
    }
    const indexed = { entry, applies: sequence };
    if (isDeletionVector(file)) {
      const path = file.referencedDataFile;
      if (path === undefined) throw corrupt(`${describe(entry)} names no data file`);
      const other = this.vectors.get(path);
      if (other !== undefined)
        throw corrupt(`${path} has two: ${describe(other.entry)} and ${describe(entry)}`);
      this.vectors.set(path, indexed);
      return;
    }
    const path = fileScope(file);
    if (path !== undefined) groupOf(this.positionsByPath, path).add(indexed);
    else groupOf(this.positions, this.keyOf(file)).add({ ...indexed, bounds: pathBounds(file) });
  }

  private addEquality(
    found: ManifestEntry[],
    group: Group<IndexedEquality> | undefined,
    sequence: number,
    file: DataFile,
  ): void {
    if (group === undefined) return;
    // Several delete files mostly compare the same columns.
    const known = new Map<DeleteColumn, ColumnFacts>();
    const factsOf = (column: DeleteColumn): ColumnFacts => {
      const facts = known.get(column) ?? columnFacts(file, column);
      known.set(column, facts);
      return facts;
    };
    for (const { entry, columns } of group.from(sequence)) {
      // A row is deleted when all columns are equal, so one that cannot be rules the file out.
      if (columns.every(({ column, facts }) => mayShareValue(factsOf(column), facts))) found.push(entry);
    }
  }

  private specOf({ specId, filePath }: DataFile): IndexedSpec {
    const spec = this.specs.get(specId);
    if (spec === undefined)
      throw corrupt(`${filePath} is of partition spec ${specId}, which the table does not have`);
    return spec;
  }

  /** Files share it when they are of one spec and partition (SCN-054, SCN-059). */
  private keyOf(file: DataFile): string {
    return `${file.specId}/${partitionKey(this.specOf(file).fields, file.partition)}`;
  }

  private checkPartition(deletes: DataFile, data: DataFile): void {
    if (this.keyOf(deletes) === this.keyOf(data)) return;
    throw corrupt(
      `${deletes.filePath} names ${data.filePath} but is of another partition (spec ${deletes.specId}, not ${data.specId})`,
    );
  }
}

interface IndexedSpec {
  readonly fields: readonly Field[];
  /** Equality deletes under it apply to the whole table. */
  readonly isGlobal: boolean;
}

interface Indexed {
  readonly entry: ManifestEntry;
  /** The highest data sequence number that the deletes apply to. */
  readonly applies: number;
}
interface IndexedPositions extends Indexed {
  readonly bounds: readonly [Uint8Array, Uint8Array] | undefined;
}
interface IndexedEquality extends Indexed {
  readonly columns: readonly { readonly column: DeleteColumn; readonly facts: ColumnFacts }[];
}

const NONE: readonly never[] = Object.freeze([]);

/** Delete files of one scope, in order of sequence number. */
class Group<T extends Indexed> {
  private readonly files: T[] = [];

  add(file: T): void {
    this.files.push(file);
  }

  sort(): void {
    this.files.sort((a, b) => a.applies - b.applies);
  }

  /** Those that apply to data of a sequence number. */
  from(sequence: number): readonly T[] {
    const { files } = this;
    let from = 0;
    let to = files.length;
    while (from < to) {
      const middle = (from + to) >>> 1;
      if (files[middle]!.applies < sequence) from = middle + 1;
      else to = middle;
    }
    return from === 0 ? files : files.slice(from);
  }
}

function groupOf<T extends Indexed>(groups: Map<string, Group<T>>, key: string): Group<T> {
  const known = groups.get(key);
  if (known !== undefined) return known;
  const made = new Group<T>();
  groups.set(key, made);
  return made;
}

/** Facts of the columns a file compares, as far as anything is known of them. */
function equalityFacts(
  file: DataFile,
  columns: ReadonlyMap<number, DeleteColumn>,
): IndexedEquality["columns"] {
  return (file.equalityIds ?? []).flatMap((id) => {
    const column = columns.get(id);
    return column === undefined ? [] : [{ column, facts: columnFacts(file, column) }];
  });
}

function describe({ dataFile }: ManifestEntry): string {
  return isDeletionVector(dataFile)
    ? `the deletion vector at ${dataFile.contentOffset} of ${dataFile.filePath}`
    : dataFile.filePath;
}

function corrupt(why: string): IcebergError {
  return new IcebergError("invalid-metadata", `Cannot apply deletes: ${why}`);
}
