/**
 * Tables with any history, and what they hold by a model that knows nothing of planning: rows are kept one by one, found
 * by field id in the schema they were written with, and deleted one by one.
 * @module
 */
import fc from "fast-check";
import { concatBytes, isIcebergError } from "../../src/base/index.ts";
import {
  DELETE_PATH_ID,
  DELETE_POSITION_ID,
  deletionVectorBlob,
  deletionVectorFile,
  PositionBitmap,
  writePuffin,
} from "../../src/deletes/index.ts";
import {
  alwaysTrue,
  Catalog,
  type Expression,
  isIn,
  isNaN as isNaNPredicate,
  MemoryCatalogClient,
  MemoryFileIO,
  type Table,
} from "../../src/index.ts";
import type { DataFile } from "../../src/manifests/index.ts";
import { createParquetEncoder, type ParquetEncoderOptions } from "../../src/parquet/index.ts";
import {
  type PartitionSpec,
  partitionFields,
  partitionKey,
  partitionTerm,
} from "../../src/partitioning/index.ts";
import {
  type Field,
  isPrimitive,
  type PrimitiveType,
  type PrimitiveValue,
  Schema,
  type SchemaUpdate,
  type StructValue,
  simpleType,
  type Type,
  type Value,
} from "../../src/schema/index.ts";
import {
  arbitraryComparableType,
  arbitraryPartitionSpec,
  arbitraryPrimitiveValue,
  literalOf,
  partitionOf,
} from "../../src/testing/index.ts";
import { valueKey } from "../../src/values/index.ts";

/** Draws a value of an arbitrary: see `fc.gen()`. */
export type Draw = fc.GeneratorValue;

/** A row as it was written. */
export interface ModelRow {
  readonly held: StructValue;
  /** The schema it was written with, without the columns that its file lacks. */
  readonly written: Schema;
  readonly file: DataFile;
  readonly spec: PartitionSpec;
  readonly position: number;
}

/** What a snapshot holds. */
export interface ModelSnapshot {
  readonly id: bigint;
  readonly schema: Schema;
  readonly live: readonly ModelRow[];
  /** Rows that it appended and nothing else; absent for other operations. */
  readonly appended?: readonly ModelRow[];
}

type Version = 1 | 2 | 3;
const NAMES = ["a", "b", "c", "d"];
const POSITION_FIELDS: readonly Field[] = [
  { id: DELETE_PATH_ID, name: "file_path", required: true, type: simpleType("string") },
  { id: DELETE_POSITION_ID, name: "pos", required: true, type: simpleType("long") },
];

/** One table and its model. */
export class EvolvingTable {
  table!: Table;
  readonly io = new MemoryFileIO();
  readonly snapshots: ModelSnapshot[] = [];
  /** What happened, for counting. */
  readonly done = new Map<string, number>();
  private live: readonly ModelRow[] = [];
  private readonly draw: Draw;
  private version!: Version;
  private fileCount = 0;
  /** Of schemas that a table numbers anew. */
  private draftIds = 0;
  private readonly pools = new Map<string, readonly PrimitiveValue[]>();
  private readonly vectors = new Map<
    string,
    { readonly file: DataFile; readonly positions: PositionBitmap }
  >();

  constructor(draw: Draw) {
    this.draw = draw;
  }

  async create(): Promise<void> {
    this.version = this.oneOf([1, 2, 2, 3, 3] as const);
    const catalog = new Catalog(new MemoryCatalogClient({ io: this.io }));
    await catalog.ensureNamespace("ns");
    const fields = NAMES.slice(0, this.number(1, 3)).map((name) => this.newField(name));
    // A struct, and things that no filter looks into.
    if (this.flag()) fields.push({ ...this.newField("s"), type: this.structType() });
    if (this.flag()) fields.push({ ...this.newField("l"), required: false, type: this.listType() });
    const schema = new Schema(fields);
    this.table = (await catalog.createTable("ns.t", schema, {
      formatVersion: this.version,
      properties: { "commit.manifest.min-count-to-merge": this.oneOf(["2", "100"]) },
    })) as unknown as Table;
    if (this.flag()) await this.changeSpec();
    await this.append();
  }

  /** One change of any kind. Changes that a table refuses are left out. */
  async step(): Promise<void> {
    const kinds = ["append", "append", "equality", "equality", "positions", "positions", "schema", "schema"];
    const kind = this.oneOf([...kinds, "spec", "remove", "upgrade", "replace"]);
    const changes = this.version === 1 ? ["append", "schema", "spec", "remove", "upgrade"] : [kind];
    const chosen = changes.length > 1 ? this.oneOf(changes) : kind;
    this.done.set(chosen, (this.done.get(chosen) ?? 0) + 1);
    switch (chosen) {
      case "append":
        return await this.append();
      case "equality":
        return await this.deleteEqual();
      case "positions":
        // Version 3 adds vectors alone; position deletes of version 2 stay.
        return this.version === 3 ? await this.deleteByVector() : await this.deletePositions();
      case "schema":
        return await this.changeSchema();
      case "spec":
        return await this.changeSpec();
      case "upgrade":
        return await this.upgrade();
      default:
        return await this.removeFile(chosen === "replace");
    }
  }

  /** A predicate that picks rows by one value, of those that the column has somewhere, or might have. */
  picking(schema: Schema): Expression {
    const places = [...schema.places()].filter(
      ({ field: { type }, throughStructs }) => throughStructs && isPrimitive(type),
    );
    if (places.length === 0) return alwaysTrue;
    const { path, field } = this.oneOf(places);
    const type = field.type as PrimitiveType;
    const values = this.someOf(NAMES, 3).map(() => this.valueOf(type) as PrimitiveValue);
    const literals = values.filter((value) => !Number.isNaN(value)).map((value) => literalOf(type, value));
    return literals.length === 0 ? isNaNPredicate(path) : isIn(path, literals as string[]);
  }

  /** A row as a schema of another day shows it, held (SCH-074 to SCH-077). */
  shown(row: ModelRow, schema: Schema): StructValue {
    return shownStruct(schema.fields, row.written.fields, row.held, row);
  }

  // ---- drawing ----

  number(min: number, max: number): number {
    return this.draw(fc.integer, { min, max });
  }

  flag(): boolean {
    return this.draw(fc.boolean);
  }

  oneOf<T>(items: readonly T[]): T {
    return items[this.number(0, items.length - 1)]!;
  }

  someOf<T>(items: readonly T[], max: number): T[] {
    if (items.length === 0) return [];
    return [...new Set(Array.from({ length: this.number(1, max) }, () => this.oneOf(items)))];
  }

  private newField(name: string): Field {
    const type = this.draw(arbitraryComparableType, { formatVersion: this.version });
    return { id: ++this.draftIds, name, required: false, type };
  }

  private structType(): Type {
    return { kind: "struct", fields: NAMES.slice(0, this.number(1, 2)).map((name) => this.newField(name)) };
  }

  private listType(): Type {
    const element = this.structType();
    return { kind: "list", elementId: ++this.draftIds, elementRequired: false, element };
  }

  /** Values repeat, so that filters and deletes meet some. */
  private valueOf(type: Type): Value {
    switch (type.kind) {
      case "struct":
        return Object.fromEntries(type.fields.map((field) => [field.name, this.cellOf(field)]));
      case "list":
        return Array.from({ length: this.number(0, 2) }, () => this.valueOf(type.element));
      default: {
        const primitive = type as PrimitiveType;
        const key = JSON.stringify(primitive);
        let pool = this.pools.get(key);
        if (pool === undefined) {
          pool = Array.from({ length: 4 }, () => this.draw(arbitraryPrimitiveValue, primitive));
          if (type.kind === "float" || type.kind === "double") pool = [...pool, 0, -0, Number.NaN, 1];
          this.pools.set(key, pool);
        }
        return this.oneOf(pool);
      }
    }
  }

  private cellOf({ type, required }: Field): Value | null {
    return !required && this.number(0, 4) === 0 ? null : this.valueOf(type);
  }

  // ---- files ----

  private async write(
    schema: Schema,
    held: readonly StructValue[],
    facts: Pick<DataFile, "content" | "specId" | "partition"> & Partial<DataFile>,
  ): Promise<DataFile> {
    const mode = this.oneOf(["full", "truncate", "truncate", "counts", "none"] as const);
    const metricsMode =
      mode === "truncate" ? ({ kind: mode, length: this.number(1, 3) } as const) : { kind: mode };
    const blooms = [...schema.places()].filter(({ field }) => isPrimitive(field.type) && this.flag());
    const options: ParquetEncoderOptions = {
      // Small groups and pages, so that there is something to prune.
      rowGroupRows: this.number(1, 4),
      pageRows: this.number(1, 3),
      codec: "uncompressed",
      dictionarySizeBytes: this.oneOf([1, 1000]),
      metricsMode: () => metricsMode,
      bloomFilters: new Map(blooms.map(({ field }) => [field.id, {}])),
    };
    const encoder = createParquetEncoder(schema, options);
    encoder.appendRows(held);
    const early = encoder.flush();
    const { chunks, metrics, recordCount, fileSizeInBytes, splitOffsets } = encoder.finish();
    const filePath = `${this.table.location}/data/${this.fileCount++}.parquet`;
    await this.io.create(filePath, concatBytes([...early, ...chunks]));
    const offsets = this.flag() ? { splitOffsets } : {};
    return {
      filePath,
      fileFormat: "parquet",
      recordCount,
      fileSizeInBytes,
      ...offsets,
      ...metrics,
      ...facts,
    };
  }

  /** Files of new rows by partition, some without the columns that their partition tells. */
  private async newFiles(rowCount: number): Promise<readonly ModelRow[]> {
    const { schema, metadata } = this.table;
    const spec = this.flag() ? this.table.spec : this.oneOf(metadata.partitionSpecs);
    const tuple = partitionOf(spec, schema);
    const fields = partitionFields(spec, schema);
    const groups = new Map<string, { partition: DataFile["partition"]; rows: StructValue[] }>();
    for (let i = 0; i < rowCount; i++) {
      const held = Object.fromEntries(schema.fields.map((field) => [field.name, this.cellOf(field)]));
      const partition = tuple(held);
      if (partition === undefined) continue;
      const key = partitionKey(fields, partition);
      const group = groups.get(key) ?? { partition, rows: [] };
      groups.set(key, group);
      group.rows.push(held);
    }
    const rows: ModelRow[] = [];
    for (const { partition, rows: held } of groups.values()) {
      const told = new Set(
        spec.fields.filter(({ transform }) => transform.kind === "identity").map(({ sourceId }) => sourceId),
      );
      const kept = schema.fields.filter(({ id }) => !told.has(id));
      const written = kept.length > 0 && this.number(0, 3) === 0 ? new Schema(kept) : schema;
      const file = await this.write(written, held, { content: "data", specId: spec.specId, partition });
      rows.push(...held.map((row, position) => ({ held: row, written, file, spec, position })));
    }
    return rows;
  }

  // ---- changes ----

  private async append(): Promise<void> {
    const rows = await this.newFiles(this.number(1, 8));
    if (rows.length === 0) return;
    const files = filesOf(rows);
    ({ table: this.table } = await this.table.newTransaction().append(files).commit());
    this.committed([...this.live, ...rows], rows);
  }

  private async deleteEqual(): Promise<void> {
    const { schema } = this.table;
    // Writers refuse floating columns (SCH-036).
    const eligible = [...schema.places()].filter(
      ({ field: { type }, throughStructs }) =>
        throughStructs && isPrimitive(type) && type.kind !== "float" && type.kind !== "double",
    );
    const columns = this.someOf(eligible, 2);
    if (columns.length === 0) return;
    const ids = columns.map(({ field }) => field.id);
    const keys = Array.from({ length: this.number(1, 3) }, () =>
      this.live.length > 0 && this.flag()
        ? this.shown(this.oneOf(this.live), schema)
        : Object.fromEntries(schema.fields.map((field) => [field.name, this.cellOf(field)])),
    );
    const isGlobal = ({ fields }: PartitionSpec) =>
      fields.every(({ transform }) => transform.kind === "void");
    const global = this.table.metadata.partitionSpecs.find(isGlobal);
    const like = this.live.length > 0 ? this.oneOf(this.live) : undefined;
    if (global === undefined && like === undefined) return;
    const everywhere = global !== undefined && (like === undefined || this.flag());
    const spec = everywhere ? global : like!.spec;
    const partition = everywhere ? global.fields.map(() => null) : like!.file.partition;
    const file = await this.write(new Schema(pruned(schema.fields, new Set(ids))), keys, {
      content: "equality-deletes",
      equalityIds: ids,
      specId: spec.specId,
      partition,
    });
    // Rows of the same commit are not deleted (SCN-058).
    const beside = this.flag() ? await this.newFiles(this.number(1, 3)) : [];
    const delta = { addedDeletes: [file], addedData: filesOf(beside) };
    ({ table: this.table } = await this.table.newTransaction().rowDelta(delta).commit());
    const fields = partitionFields(spec, schema);
    const scope = partitionKey(fields, partition);
    const cells = (row: StructValue) =>
      columns.map(({ names, field }) => keyAt(row, names, field.type as PrimitiveType)).join();
    const gone = new Set(keys.map(cells));
    const isGone = (row: ModelRow) =>
      (isGlobal(spec) ||
        (row.file.specId === spec.specId && partitionKey(fields, row.file.partition) === scope)) &&
      gone.has(cells(this.shown(row, schema)));
    this.committed([...this.live.filter((row) => !isGone(row)), ...beside]);
  }

  private async deletePositions(): Promise<void> {
    const gone = this.someOf(this.live, 5);
    const named = this.flag();
    const keyOf = ({ file, spec }: ModelRow) =>
      named
        ? file.filePath
        : `${spec.specId}/${partitionKey(partitionFields(spec, this.table.schema), file.partition)}`;
    const addedDeletes: DataFile[] = [];
    for (const group of grouped(gone, keyOf)) {
      const [{ file }] = group as [ModelRow];
      const held = group
        .map((row) => ({ file_path: row.file.filePath, pos: BigInt(row.position) }))
        .sort((a, b) =>
          a.file_path === b.file_path ? Number(a.pos - b.pos) : a.file_path < b.file_path ? -1 : 1,
        );
      const facts = { content: "position-deletes", specId: file.specId, partition: file.partition } as const;
      const scope = named && this.flag() ? { referencedDataFile: file.filePath } : {};
      addedDeletes.push(await this.write(new Schema(POSITION_FIELDS), held, { ...facts, ...scope }));
    }
    await this.commitDeletes(addedDeletes, [], gone);
  }

  private async deleteByVector(): Promise<void> {
    const gone = this.someOf(this.live, 5);
    const addedDeletes: DataFile[] = [];
    const removedDeletes: DataFile[] = [];
    const groups = grouped(gone, ({ file }) => file.filePath);
    const blobs = groups.map((group) => {
      const [{ file }] = group as [ModelRow];
      // A vector takes the place of all deletes by position: rows that are gone in any way may stand in it.
      const lost = this.vectors.get(file.filePath)?.positions ?? this.lostOf(file);
      return { file, positions: PositionBitmap.of(group.map(({ position }) => position)).union(lost) };
    });
    if (blobs.length === 0) return;
    // All in one file: each is found by its offset.
    const written = writePuffin({
      blobs: blobs.map(({ file, positions }) => deletionVectorBlob(positions, file.filePath)),
    });
    const filePath = `${this.table.location}/data/${this.fileCount++}.puffin`;
    await this.io.create(filePath, written.bytes);
    blobs.forEach(({ file, positions }, at) => {
      const { specId, partition } = file;
      const vector = deletionVectorFile(written.blobs[at]!, written, { filePath, specId, partition });
      addedDeletes.push(vector);
      const before = this.vectors.get(file.filePath);
      if (before !== undefined) removedDeletes.push(before.file);
      this.vectors.set(file.filePath, { file: vector, positions });
    });
    await this.commitDeletes(addedDeletes, removedDeletes, gone);
  }

  private lostOf({ filePath, recordCount }: DataFile): PositionBitmap {
    const left = new Set(
      this.live.filter(({ file }) => file.filePath === filePath).map(({ position }) => position),
    );
    return PositionBitmap.of([...Array(recordCount).keys()].filter((position) => !left.has(position)));
  }

  private async commitDeletes(
    addedDeletes: DataFile[],
    removedDeletes: DataFile[],
    gone: readonly ModelRow[],
  ): Promise<void> {
    if (addedDeletes.length === 0) return;
    ({ table: this.table } = await this.table
      .newTransaction()
      .rowDelta({ addedDeletes, removedDeletes })
      .commit());
    this.committed(this.live.filter((row) => !gone.includes(row)));
  }

  /** Takes a data file out, or puts the rows that it still has into another one. */
  private async removeFile(rewritten: boolean): Promise<void> {
    if (this.live.length === 0) return;
    const { file, written, spec } = this.oneOf(this.live);
    const own = this.live.filter((row) => row.file === file);
    const others = this.live.filter((row) => row.file !== file);
    if (!rewritten) {
      ({ table: this.table } = await this.table
        .newTransaction()
        .deleteFiles({ files: [file] })
        .commit());
      return this.committed(others);
    }
    const held = own.map((row) => row.held);
    const { specId, partition } = file;
    const next = await this.write(written, held, { content: "data", specId, partition });
    const rewrite = { removedData: [file], addedData: [next] };
    ({ table: this.table } = await this.table.newTransaction().rewriteFiles(rewrite).commit());
    const rows = own.map(({ held: row }, position) => ({ held: row, written, file: next, spec, position }));
    this.committed([...others, ...rows]);
  }

  private committed(live: readonly ModelRow[], appended?: readonly ModelRow[]): void {
    this.live = live;
    const { schema } = this.table;
    this.snapshots.push({
      id: this.table.currentSnapshot!.snapshotId,
      schema,
      live,
      ...(appended && { appended }),
    });
  }

  private async changeSchema(): Promise<void> {
    const { schema } = this.table;
    const structs = schema.fields.filter(({ type }) => type.kind === "struct" || type.kind === "list");
    const home = structs.length > 0 && this.flag() ? this.oneOf(structs) : undefined;
    const inner = home === undefined ? undefined : home.type.kind === "list" ? home.type.element : home.type;
    const fields = inner?.kind === "struct" ? inner.fields : schema.fields;
    const kinds = ["add", "rename", "swap", "move", "promote", "promote", "drop and add"] as const;
    const kind = this.oneOf([...kinds, ...(fields.length > 1 ? (["drop"] as const) : [])]);
    const prefix = home === undefined ? [] : home.type.kind === "list" ? [home.name, "element"] : [home.name];
    const path = (name: string) => [...prefix, name];
    const { name, type } = this.oneOf(fields);
    const other = this.oneOf(fields).name;
    const free = NAMES.find((each) => !fields.some((field) => field.name === each)) ?? "z";
    const fresh = this.newField(free);
    const initial = this.version === 3 && this.flag() ? { default: this.valueOf(fresh.type) as never } : {};
    const change: ((u: SchemaUpdate) => unknown) | undefined = {
      add: (u: SchemaUpdate) => u.addColumn<Type>(path(free), fresh.type, initial),
      drop: (u: SchemaUpdate) => u.deleteColumn(path(name)),
      "drop and add": (u: SchemaUpdate) =>
        u.deleteColumn(path(name)).addColumn<Type>(path(name), fresh.type, initial),
      rename: (u: SchemaUpdate) => u.renameColumn(path(name), free),
      swap: (u: SchemaUpdate) => u.renameColumn(path(name), other).renameColumn(path(other), name),
      move: (u: SchemaUpdate) => u.moveAfter(path(name), path(other)),
      promote: (u: SchemaUpdate) => u.updateColumn(path(name), { type: wider(type, this.version) }),
    }[kind];
    await this.allowed(async () => (await this.table.updateSchema(change!)).table);
  }

  private async changeSpec(): Promise<void> {
    const { schema, spec } = this.table;
    const next = this.draw(arbitraryPartitionSpec, schema, { maxFields: 2 });
    await this.allowed(
      async () =>
        (
          await this.table.updateSpec((update) => {
            for (const { name, transform } of spec.fields) {
              if (transform.kind !== "void" && this.flag()) update.removeField(name);
            }
            for (const { sourceId, transform } of next.fields) {
              const unique = `p${this.fileCount++}`;
              update.addField(partitionTerm(transform, schema.pathOf(sourceId)!, unique));
            }
          })
        ).table,
    );
  }

  private async upgrade(): Promise<void> {
    if (this.version === 3) return;
    const next = (this.version + 1) as Version;
    ({ table: this.table } = await this.table.newTransaction().upgradeFormatVersion(next).commit());
    this.version = next;
  }

  private async allowed(change: () => Promise<Table>): Promise<void> {
    try {
      this.table = await change();
    } catch (error) {
      if (!isIcebergError(error) || !/^(validation-failed|invalid-schema|invalid-argument)$/.test(error.code))
        throw error;
      this.done.set("refused", (this.done.get("refused") ?? 0) + 1);
    }
  }
}

function filesOf(rows: readonly ModelRow[]): DataFile[] {
  return [...new Set(rows.map(({ file }) => file))];
}

function grouped(rows: readonly ModelRow[], keyOf: (row: ModelRow) => string): ModelRow[][] {
  const groups = new Map<string, ModelRow[]>();
  for (const row of rows) groups.set(keyOf(row), [...(groups.get(keyOf(row)) ?? []), row]);
  return [...groups.values()];
}

/** The next type that holds all values of one; itself where there is none. */
function wider(type: Type, version: Version): Type {
  switch (type.kind) {
    case "int":
      return simpleType("long");
    case "float":
      return simpleType("double");
    case "date":
      return version === 3 ? simpleType("timestamp") : type;
    case "decimal":
      return { ...type, precision: Math.min(38, type.precision + 3) };
    default:
      return type;
  }
}

/** Only the fields of some ids, and the structs around them. */
function pruned(fields: readonly Field[], ids: ReadonlySet<number>): Field[] {
  return fields.flatMap((field) => {
    if (ids.has(field.id)) return [field];
    if (field.type.kind !== "struct") return [];
    const inner = pruned(field.type.fields, ids);
    return inner.length === 0 ? [] : [{ ...field, type: { kind: "struct", fields: inner } }];
  });
}

function keyAt(row: StructValue, names: readonly string[], type: PrimitiveType): string {
  let value: unknown = row;
  for (const name of names) value = (value as StructValue | null)?.[name] ?? null;
  return value === null ? "null" : JSON.stringify(valueKey(type, value as PrimitiveValue));
}

function shownStruct(
  fields: readonly Field[],
  written: readonly Field[],
  held: StructValue,
  row: ModelRow,
): Record<string, Value | null> {
  return Object.fromEntries(
    fields.map((field) => {
      const before = written.find(({ id }) => id === field.id);
      if (before !== undefined)
        return [field.name, shownValue(field.type, before.type, held[before.name] ?? null, row)];
      const at = row.spec.fields.findIndex(
        (each) => each.sourceId === field.id && each.transform.kind === "identity",
      );
      return [
        field.name,
        at === -1 ? (field.initialDefault ?? null) : promoted(field.type, row.file.partition[at] ?? null),
      ];
    }),
  );
}

function shownValue(type: Type, before: Type, value: Value | null, row: ModelRow): Value | null {
  if (value === null) return null;
  if (type.kind === "struct" && before.kind === "struct")
    return shownStruct(type.fields, before.fields, value as StructValue, row);
  if (type.kind === "list" && before.kind === "list")
    return (value as readonly (Value | null)[]).map((item) =>
      shownValue(type.element, before.element, item, row),
    );
  return promoted(type, value, before);
}

function promoted(type: Type, value: Value | null, before?: Type): Value | null {
  if (type.kind === "long" && typeof value === "number") return BigInt(value);
  if (type.kind === "timestamp" && (before?.kind ?? "date") === "date" && typeof value === "number")
    return BigInt(value) * 86_400_000_000n;
  return value;
}
