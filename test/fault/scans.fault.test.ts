/**
 * Tables whose files are damaged, missing or not what their manifests say, and stores that fail half-way: every way to
 * read ends in a typed error that names the file, or gives all that it gives of the healthy table. Never a part of it.
 */
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { toArrowTable } from "../../src/arrow/index.ts";
import { openContainer } from "../../src/avro/index.ts";
import { concatBytes, type FileIO, isIcebergError } from "../../src/base/index.ts";
import {
  DELETE_PATH_ID,
  DELETE_POSITION_ID,
  deletionVectorBlob,
  deletionVectorFile,
  PositionBitmap,
  writePuffin,
} from "../../src/deletes/index.ts";
import {
  Catalog,
  identity,
  ManifestCache,
  MemoryCatalogClient,
  MemoryFileIO,
  notIn,
  Table,
} from "../../src/index.ts";
import {
  allDataFiles,
  allManifests,
  entries,
  files,
  manifests,
  partitions,
} from "../../src/inspect/index.ts";
import {
  type DataFile,
  type ManifestFile,
  readManifest,
  readManifestList,
  writeManifest,
  writeManifestList,
} from "../../src/manifests/index.ts";
import { createParquetEncoder, type HeldRow } from "../../src/parquet/index.ts";
import { partitionFields } from "../../src/partitioning/index.ts";
import { type Field, Schema, simpleType } from "../../src/schema/index.ts";
import { runs } from "../property/runs.ts";
import { FaultyIO } from "./faulty-io.ts";

type Files = Map<string, Uint8Array>;

// ---- every public way to read ----

interface Way {
  readonly name: string;
  /** Whether it opens data files, and deletes where there are any. */
  readonly readsRows: boolean;
  /** Whether it hands on what metadata says, rows or not. */
  readonly repeats?: true;
  /** What it gives, item by item. */
  readonly read: (table: Table) => AsyncIterable<unknown> | Promise<unknown>;
}

// No bound settles it.
const picky = notIn("id", [2n, 12n, 22n]);
const WAYS: readonly Way[] = [
  { name: "rows()", readsRows: true, read: (table) => table.scan().rows() },
  { name: "rows() with a filter", readsRows: true, read: (table) => table.scan({ filter: picky }).rows() },
  { name: "toArray()", readsRows: true, read: (table) => table.scan({ batchSize: 1 }).toArray() },
  { name: "batches()", readsRows: true, read: (table) => table.scan({ select: ["id"] }).batches() },
  {
    name: "toArrowTable()",
    readsRows: true,
    read: async (table) => (await toArrowTable(table.scan())).toArray().map((row) => String(row)),
  },
  {
    name: "count() with a filter",
    readsRows: true,
    read: (table) => table.scan({ filter: picky }).count(),
  },
  { name: "count()", readsRows: false, read: (table) => table.scan().count() },
  { name: "countFromMetadata()", readsRows: false, read: (table) => table.scan().countFromMetadata() },
  { name: "rangeFromMetadata()", readsRows: false, read: (table) => table.scan().rangeFromMetadata("id") },
  {
    name: "plan()",
    readsRows: false,
    repeats: true,
    read: async (table) => (await table.scan().plan()).tasks.map(({ dataFile }) => dataFile.filePath),
  },
  {
    name: "planTasks()",
    readsRows: false,
    repeats: true,
    async *read(table) {
      for await (const { tasks } of table.scan().planTasks({ splitSize: 1000, openFileCost: 1 }))
        yield tasks.map(({ dataFile, start, length }) => [dataFile.filePath, start, length]);
    },
  },
  {
    name: "explain()",
    readsRows: false,
    repeats: true,
    read: async (table) => (await table.scan({ filter: picky }).explain()).entries.map(({ path }) => path),
  },
  {
    name: "rows() of appends",
    readsRows: false,
    read: (table) => table.scan({ appended: { from: table.metadata.snapshots[0]!.snapshotId } }).rows(),
  },
  { name: "files", readsRows: false, repeats: true, read: (table) => files(loaded(table)) },
  { name: "entries", readsRows: false, repeats: true, read: (table) => entries(loaded(table)) },
  { name: "all_data_files", readsRows: false, repeats: true, read: (table) => allDataFiles(loaded(table)) },
  { name: "manifests", readsRows: false, repeats: true, read: (table) => manifests(loaded(table)) },
  { name: "all_manifests", readsRows: false, repeats: true, read: (table) => allManifests(loaded(table)) },
  { name: "partitions", readsRows: false, repeats: true, read: (table) => partitions(loaded(table)) },
];

const loaded = ({ identifier, metadata, metadataLocation, io }: Table) => ({
  identifier,
  metadata,
  metadataLocation,
  io,
});

type Outcome = { readonly items: readonly string[] } | { readonly error: unknown; readonly before: number };

async function outcomeOf(way: Way, table: Table): Promise<Outcome> {
  const items: string[] = [];
  try {
    const given = way.read(table);
    if (Symbol.asyncIterator in given) for await (const item of given) items.push(text(item));
    else items.push(text(await given));
  } catch (error) {
    return { error, before: items.length };
  }
  return { items };
}

function text(item: unknown): string {
  return JSON.stringify(item, (_, value: unknown) =>
    typeof value === "bigint" ? `${value}n` : value instanceof Map ? [...value] : value,
  );
}

/** A typed error that names the file, or the whole; whether it was the error. */
async function expectErrorOrWhole(way: Way, table: Table, healthy: Outcome, path: string): Promise<boolean> {
  const outcome = await outcomeOf(way, table);
  if (!("error" in outcome)) {
    expect(outcome, `${way.name} passes something else off as the whole`).toEqual(healthy);
    return false;
  }
  const { error } = outcome;
  if (!isIcebergError(error)) throw new Error(`${way.name} throws what is no IcebergError`, { cause: error });
  expect(error.code).toMatch(/^(corrupt-file|no-such-file|io-failed|invalid-metadata|unsupported)$/);
  expect(error.message, `${way.name} names the file`).toContain(path.split("/").at(-1)!);
  return true;
}

// ---- a table to spoil ----

const COLUMNS: readonly Field[] = [
  { id: 1, name: "id", required: true, type: simpleType("long") },
  { id: 2, name: "name", required: false, type: simpleType("string") },
  { id: 3, name: "p", required: false, type: simpleType("string") },
];
const POSITIONS: readonly Field[] = [
  { id: DELETE_PATH_ID, name: "file_path", required: true, type: simpleType("string") },
  { id: DELETE_POSITION_ID, name: "pos", required: true, type: simpleType("long") },
];

const rowsOf = (p: string, from: number, count: number): HeldRow[] =>
  Array.from({ length: count }, (_, at) => ({ id: BigInt(from + at), name: `${p}-${at}`, p }));

/** Version 2: a position and an equality delete file. Version 3: two vectors in one Puffin file, and equality deletes. */
class Spoilable {
  table!: Table;
  readonly io = new MemoryFileIO();
  readonly healthy = new Map<Way, Outcome>();
  private kept!: Files;

  static async create(version: 2 | 3): Promise<Spoilable> {
    const one = new Spoilable();
    const catalog = new Catalog(new MemoryCatalogClient({ io: one.io }));
    await catalog.ensureNamespace("ns");
    let table = (await catalog.createTable("ns.t", new Schema(COLUMNS), {
      formatVersion: version,
    })) as unknown as Table;
    ({ table } = await table.updateSpec((update) => update.addField(identity("p"))));
    const { specId } = table.spec;
    const write = async (
      name: string,
      fields: readonly Field[],
      rows: readonly HeldRow[],
      facts: Partial<DataFile>,
    ) => {
      const encoder = createParquetEncoder(new Schema(fields), {
        rowGroupRows: 2,
        pageRows: 1,
        codec: "snappy",
      });
      encoder.appendRows(rows);
      const { chunks, metrics, recordCount, fileSizeInBytes, splitOffsets } = encoder.finish();
      const filePath = `${table.location}/data/${name}.parquet`;
      await one.io.create(filePath, concatBytes(chunks));
      const base = { content: "data", fileFormat: "parquet", specId, partition: ["x"] } as const;
      return { ...base, filePath, recordCount, fileSizeInBytes, splitOffsets, ...metrics, ...facts };
    };
    const a = await write("a", COLUMNS, rowsOf("x", 0, 6), {});
    const b = await write("b", COLUMNS, rowsOf("y", 10, 5), { partition: ["y"] });
    ({ table } = await table.newTransaction().append([a, b]).commit());
    const equality = await write("equality", COLUMNS.slice(0, 1), [{ id: 3n }, { id: 4n }], {
      content: "equality-deletes",
      equalityIds: [1],
    });
    const deletes =
      version === 3
        ? await vectors(one.io, `${table.location}/data/vectors.puffin`, [a, b])
        : [
            await write("positions", POSITIONS, [{ file_path: a.filePath, pos: 1n }], {
              content: "position-deletes",
              referencedDataFile: a.filePath,
            }),
          ];
    ({ table } = await table
      .newTransaction()
      .rowDelta({ addedDeletes: [equality, ...deletes] })
      .commit());
    const c = await write("c", COLUMNS, rowsOf("x", 20, 4), {});
    ({ table } = await table.newTransaction().append([c]).commit());
    one.table = table;
    one.kept = new Map(one.io.files);
    for (const way of WAYS) {
      const outcome = await outcomeOf(way, table);
      if ("error" in outcome) throw outcome.error;
      one.healthy.set(way, outcome);
    }
    return one;
  }

  heal(): void {
    this.io.files.clear();
    for (const [path, bytes] of this.kept) this.io.files.set(path, bytes);
  }

  get snapshot() {
    return this.table.currentSnapshot!;
  }

  get list(): string {
    return this.snapshot.manifestList!;
  }

  manifests(): ManifestFile[] {
    return readManifestList(this.io.files.get(this.list)!, this.list);
  }

  /** The location of a file by the end of its name. */
  path(end: string): string {
    return [...this.io.files.keys()].find((path) => path.endsWith(end))!;
  }

  manifestOf(content: "data" | "deletes", at = 0): ManifestFile {
    return this.manifests().filter((manifest) => manifest.content === content)[at]!;
  }

  /** Rewrites the list. */
  editList(change: (manifest: ManifestFile) => ManifestFile | undefined): string {
    const { snapshotId, sequenceNumber, firstRowId } = this.snapshot;
    const { bytes } = writeManifestList({
      formatVersion: this.table.metadata.formatVersion,
      snapshotId,
      sequenceNumber,
      firstRowId,
      manifests: this.manifests().flatMap((manifest) => change(manifest) ?? []),
      sync: new Uint8Array(16).fill(1),
    });
    this.io.files.set(this.list, bytes);
    return this.list;
  }

  /** Rewrites every manifest with what `change` makes of each file, and answers the location of that file. */
  editFile(end: string, change: (file: DataFile) => DataFile | undefined): string {
    const { metadata } = this.table;
    for (const manifest of this.manifests()) {
      const spec = metadata.partitionSpecs.find(({ specId }) => specId === manifest.partitionSpecId)!;
      const schema = this.table.schema;
      const fields = partitionFields(spec, schema);
      const path = manifest.manifestPath;
      const found = readManifest(this.io.files.get(path)!, { manifest, fields, what: path });
      if (!found.some(({ dataFile }) => dataFile.filePath.endsWith(end))) continue;
      const { bytes } = writeManifest({
        formatVersion: metadata.formatVersion,
        schema,
        spec,
        content: manifest.content,
        snapshotId: manifest.addedSnapshotId,
        entries: found.flatMap(({ dataFile: { firstRowId: _, ...dataFile } }) => {
          const next = dataFile.filePath.endsWith(end) ? change({ ...dataFile }) : dataFile;
          return next === undefined ? [] : [{ status: "added" as const, dataFile: next }];
        }),
        sync: new Uint8Array(16).fill(2),
      });
      this.io.files.set(path, bytes);
    }
    return end;
  }
}

async function vectors(io: FileIO, filePath: string, data: readonly DataFile[]): Promise<DataFile[]> {
  const blobs = data.map((file, at) =>
    deletionVectorBlob(PositionBitmap.of(at === 0 ? [1] : [0, 2]), file.filePath),
  );
  const written = writePuffin({ blobs });
  await io.create(filePath, written.bytes);
  return data.map(({ specId, partition }, at) =>
    deletionVectorFile(written.blobs[at]!, written, { filePath, specId, partition }),
  );
}

// ---- faults ----

interface Fault {
  readonly name: string;
  readonly version?: 2 | 3;
  /** Whether planning meets it already; else only what reads rows. */
  readonly inPlanning?: true;
  /** Whether it changes what metadata says: then what only repeats metadata is right to repeat it. */
  readonly inMetadata?: true;
  /** Spoils the table and answers the name that errors must have. */
  readonly spoil: (one: Spoilable) => string;
}

const set = (one: Spoilable, path: string, change: (bytes: Uint8Array) => Uint8Array): string => {
  one.io.files.set(path, change(one.io.files.get(path)!));
  return path;
};
const remove = (one: Spoilable, path: string): string => {
  one.io.files.delete(path);
  return path;
};
const cut = (length: number) => (bytes: Uint8Array) =>
  bytes.slice(0, length < 0 ? bytes.length + length : length);
const patched = (at: number, text: string) => (bytes: Uint8Array) => {
  const next = bytes.slice();
  next.set(new TextEncoder().encode(text), at < 0 ? bytes.length + at : at);
  return next;
};
/** Up to the first block: a container without any object. */
const headerOnly = (bytes: Uint8Array) =>
  bytes.slice(0, openContainer(bytes, "f").blocks().next().value!.start);

const parquet = (rows: readonly HeldRow[], fields: readonly Field[]) => {
  const encoder = createParquetEncoder(new Schema(fields), { codec: "snappy" });
  encoder.appendRows(rows);
  return concatBytes(encoder.finish().chunks);
};
const as = (field: Field, change: Partial<Field>): Field => ({ ...field, ...change });
const [ID, NAME, P] = COLUMNS as [Field, Field, Field];

const FAULTS: readonly Fault[] = [
  // Files that are not there.
  { name: "no manifest list", inPlanning: true, spoil: (one) => remove(one, one.list) },
  {
    name: "no data manifest",
    inPlanning: true,
    spoil: (one) => remove(one, one.manifestOf("data").manifestPath),
  },
  {
    name: "no delete manifest",
    inPlanning: true,
    spoil: (one) => remove(one, one.manifestOf("deletes").manifestPath),
  },
  { name: "no data file", spoil: (one) => remove(one, one.path("/a.parquet")) },
  {
    name: "no position delete file",
    version: 2,
    spoil: (one) => remove(one, one.path("/positions.parquet")),
  },
  { name: "no equality delete file", spoil: (one) => remove(one, one.path("/equality.parquet")) },
  { name: "no Puffin file", version: 3, spoil: (one) => remove(one, one.path("/vectors.puffin")) },
  // Files cut off, and of another format.
  { name: "an empty manifest list", inPlanning: true, spoil: (one) => set(one, one.list, cut(0)) },
  {
    name: "a manifest list without its block",
    inPlanning: true,
    spoil: (one) => set(one, one.list, headerOnly),
  },
  {
    name: "a manifest without its block",
    inPlanning: true,
    spoil: (one) => set(one, one.manifestOf("data", 1).manifestPath, headerOnly),
  },
  {
    name: "a delete manifest without its block",
    inPlanning: true,
    spoil: (one) => set(one, one.manifestOf("deletes").manifestPath, headerOnly),
  },
  {
    name: "a manifest without its last byte",
    inPlanning: true,
    spoil: (one) => set(one, one.manifestOf("data").manifestPath, cut(-1)),
  },
  {
    name: "a manifest of another format",
    inPlanning: true,
    spoil: (one) => set(one, one.manifestOf("data").manifestPath, patched(0, "PAR1")),
  },
  { name: "an empty data file", spoil: (one) => set(one, one.path("/a.parquet"), cut(0)) },
  { name: "half a data file", spoil: (one) => set(one, one.path("/a.parquet"), cut(300)) },
  { name: "a data file without its last byte", spoil: (one) => set(one, one.path("/b.parquet"), cut(-1)) },
  {
    name: "a data file with a wrong magic",
    spoil: (one) => set(one, one.path("/b.parquet"), patched(-4, "PAR2")),
  },
  { name: "an encrypted data file", spoil: (one) => set(one, one.path("/b.parquet"), patched(-4, "PARE")) },
  {
    name: "a footer of impossible length",
    spoil: (one) => set(one, one.path("/a.parquet"), patched(-8, "\x7f\x7f\x7f\x7f")),
  },
  { name: "half an equality delete file", spoil: (one) => set(one, one.path("/equality.parquet"), cut(200)) },
  {
    name: "half a position delete file",
    version: 2,
    spoil: (one) => set(one, one.path("/positions.parquet"), cut(200)),
  },
  { name: "half a Puffin file", version: 3, spoil: (one) => set(one, one.path("/vectors.puffin"), cut(60)) },
  {
    name: "a vector with a flipped bit",
    version: 3,
    spoil: (one) => set(one, one.path("/vectors.puffin"), patched(30, "?")),
  },
  // Files that are others than their manifests say.
  {
    name: "a data file of fewer rows",
    spoil: (one) => set(one, one.path("/a.parquet"), () => parquet(rowsOf("x", 0, 5), COLUMNS)),
  },
  {
    name: "a data file of more rows",
    spoil: (one) => set(one, one.path("/b.parquet"), () => parquet(rowsOf("y", 10, 6), COLUMNS)),
  },
  {
    name: "the data file of another partition",
    spoil: (one) => set(one, one.path("/a.parquet"), () => one.io.files.get(one.path("/b.parquet"))!),
  },
  {
    name: "a data file without a required column",
    spoil: (one) =>
      set(one, one.path("/a.parquet"), () => parquet(rowsOf("x", 0, 6), [as(ID, { id: 77 }), NAME, P])),
  },
  {
    name: "a data file whose column has another type",
    spoil: (one) =>
      set(one, one.path("/a.parquet"), () =>
        parquet(
          rowsOf("x", 0, 6).map((row) => ({ ...row, id: "text" })),
          [as(ID, { type: simpleType("string") }), NAME, P],
        ),
      ),
  },
  {
    name: "a data file with an Avro name",
    inMetadata: true,
    spoil: (one) => one.editFile("/a.parquet", (file) => ({ ...file, fileFormat: "avro" })),
  },
  {
    name: "a data file said to be ORC",
    inMetadata: true,
    spoil: (one) => one.editFile("/b.parquet", (file) => ({ ...file, fileFormat: "orc" })),
  },
  {
    name: "a record count that is too low",
    inMetadata: true,
    spoil: (one) => one.editFile("/a.parquet", (file) => ({ ...file, recordCount: 4 })),
  },
  {
    name: "an equality delete file of fewer rows",
    spoil: (one) => set(one, one.path("/equality.parquet"), () => parquet([{ id: 3n }], [ID])),
  },
  {
    name: "an equality delete file without its column",
    spoil: (one) =>
      set(one, one.path("/equality.parquet"), () => parquet([{ id: 3n }, { id: 4n }], [as(ID, { id: 77 })])),
  },
  {
    name: "equality deletes by a column that no schema has",
    inMetadata: true,
    spoil: (one) => one.editFile("/equality.parquet", (file) => ({ ...file, equalityIds: [99] })),
  },
  {
    name: "a position delete file without positions",
    version: 2,
    spoil: (one) =>
      set(one, one.path("/positions.parquet"), () => parquet([{ file_path: "x" }], POSITIONS.slice(0, 1))),
  },
  {
    name: "a position below zero",
    version: 2,
    spoil: (one) =>
      set(one, one.path("/positions.parquet"), () => parquet([{ file_path: "x", pos: -1n }], POSITIONS)),
  },
  {
    name: "a vector of another cardinality",
    version: 3,
    inMetadata: true,
    spoil: (one) =>
      one.editFile("/vectors.puffin", (file) => ({ ...file, recordCount: file.recordCount + 1 })),
  },
  {
    name: "a vector beyond its file",
    version: 3,
    inMetadata: true,
    spoil: (one) => one.editFile("/vectors.puffin", (file) => ({ ...file, contentOffset: 100_000 })),
  },
  {
    name: "a vector beyond its file, which is said to be larger",
    version: 3,
    inMetadata: true,
    spoil: (one) =>
      one.editFile("/vectors.puffin", (file) => ({
        ...file,
        contentOffset: 100_000,
        fileSizeInBytes: 200_000,
      })),
  },
  {
    name: "a vector a byte off",
    version: 3,
    inMetadata: true,
    spoil: (one) =>
      one.editFile("/vectors.puffin", (file) => ({ ...file, contentOffset: file.contentOffset! + 1 })),
  },
  {
    name: "two vectors of one data file",
    version: 3,
    inMetadata: true,
    spoil: (one) =>
      one.editFile("/vectors.puffin", (file) => ({ ...file, referencedDataFile: one.path("/a.parquet") })),
  },
  {
    name: "a vector of another partition than its data file",
    version: 3,
    inMetadata: true,
    spoil: (one) => one.editFile("/vectors.puffin", (file) => ({ ...file, partition: ["z"] })),
  },
  // Manifests that are others than their list says.
  {
    name: "a manifest of fewer files",
    inPlanning: true,
    inMetadata: true,
    spoil: (one) => {
      one.editFile("/b.parquet", () => undefined);
      return one.manifestOf("data", 1).manifestPath;
    },
  },
  {
    name: "a manifest of another spec",
    inPlanning: true,
    spoil: (one) => {
      const { manifestPath } = one.manifestOf("data", 1);
      const { metadata, schema } = one.table;
      const { bytes } = writeManifest({
        formatVersion: metadata.formatVersion,
        schema,
        spec: metadata.partitionSpecs[0]!,
        content: "data",
        snapshotId: 1n,
        entries: ["a", "b"].map((name) => ({
          status: "added" as const,
          dataFile: {
            content: "data" as const,
            filePath: one.path(`/${name}.parquet`),
            fileFormat: "parquet" as const,
            specId: 0,
            partition: [],
            recordCount: 6,
            fileSizeInBytes: 1000,
          },
        })),
        sync: new Uint8Array(16),
      });
      return set(one, manifestPath, () => bytes);
    },
  },
  {
    name: "a manifest of deletes that is said to hold data",
    inPlanning: true,
    inMetadata: true,
    spoil: (one) => {
      const path = one.manifestOf("deletes").manifestPath;
      one.editList((manifest) =>
        manifest.manifestPath === path ? { ...manifest, content: "data" } : manifest,
      );
      return path;
    },
  },
  {
    name: "a list that names a spec that the table does not have",
    inPlanning: true,
    inMetadata: true,
    spoil: (one) => {
      const path = one.manifestOf("data").manifestPath;
      one.editList((manifest) =>
        manifest.manifestPath === path ? { ...manifest, partitionSpecId: 42 } : manifest,
      );
      return path;
    },
  },
  {
    name: "a data manifest that is the list",
    inPlanning: true,
    spoil: (one) => set(one, one.manifestOf("data").manifestPath, () => one.io.files.get(one.list)!),
  },
  {
    name: "a list that is a manifest",
    inPlanning: true,
    spoil: (one) => set(one, one.list, () => one.io.files.get(one.manifestOf("data").manifestPath)!),
  },
];

describe("a spoiled table", () => {
  const tables = new Map<2 | 3, Spoilable>();
  beforeAll(async () => {
    for (const version of [2, 3] as const) tables.set(version, await Spoilable.create(version));
  });

  it.each(FAULTS)("with $name is refused by name, or read whole", async (fault) => {
    const { version, inPlanning, inMetadata, spoil } = fault;
    for (const one of [2, 3] as const) {
      if (version !== undefined && version !== one) continue;
      const spoilable = tables.get(one)!;
      spoilable.heal();
      const path = spoil(spoilable);
      for (const way of WAYS) {
        if (inMetadata && way.repeats) continue;
        const failed = await expectErrorOrWhole(way, spoilable.table, spoilable.healthy.get(way)!, path);
        if (way.readsRows || (inPlanning && /^(plan|explain|count\(|files|entries)/.test(way.name)))
          expect(failed, `${way.name} of version ${one}`).toBe(true);
      }
    }
  });

  it("a reader that stops at the error and keeps what it has does not pass (the check can fail)", async () => {
    const one = tables.get(2)!;
    one.heal();
    const way: Way = {
      name: "careless rows()",
      readsRows: true,
      async *read(table) {
        try {
          yield* table.scan().rows();
        } catch {}
      },
    };
    const healthy = await outcomeOf(way, one.table);
    const path = remove(one, one.path("/b.parquet"));
    await expect(expectErrorOrWhole(way, one.table, healthy, path)).rejects.toThrow(
      "passes something else off",
    );
    const untyped: Way = {
      name: "plain",
      readsRows: true,
      read: () => Promise.reject(new TypeError("plain")),
    };
    await expect(expectErrorOrWhole(untyped, one.table, healthy, path)).rejects.toThrow("no IcebergError");
    const nameless: Way = { ...way, read: (table) => table.scan().rows() };
    await expect(expectErrorOrWhole(nameless, one.table, healthy, "other.parquet")).rejects.toThrow(
      "names the file",
    );
  });

  it("cut off anywhere, each file is refused by name", async () => {
    const way = WAYS[0]!;
    for (const version of [2, 3] as const) {
      const one = tables.get(version)!;
      one.heal();
      const used = [one.list, ...one.manifests().map(({ manifestPath }) => manifestPath)];
      for (const path of [...used, ...[...one.io.files.keys()].filter((name) => name.includes("/data/"))]) {
        const whole = one.io.files.get(path)!;
        // Version 3 has no use for the footer of a Puffin file.
        const end = path.endsWith(".puffin") ? 60 : whole.length - 1;
        const step = version === 2 ? 97 : 197;
        const lengths = new Set([0, 1, 4, 12, end, end - 1, end - 8]);
        for (let length = 16; length < end; length += step) lengths.add(length);
        if (path.endsWith(".avro")) {
          for (const { start, cursor } of openContainer(whole, path).blocks()) {
            lengths.add(start);
            cursor.at = cursor.end;
          }
        }
        for (const length of lengths) {
          one.io.files.set(path, whole.slice(0, length));
          const failed = await expectErrorOrWhole(way, one.table, one.healthy.get(way)!, path);
          expect(failed, `${path} cut to ${length} of ${whole.length} bytes`).toBe(true);
        }
        one.io.files.set(path, whole);
      }
    }
  }, 180_000);

  it("whose manifest was read short once is read whole by the next plan with the same cache", async () => {
    const one = tables.get(2)!;
    one.heal();
    const { manifestPath } = one.manifestOf("data", 1);
    const manifestCache = new ManifestCache(1 << 20);
    const count = () => one.table.scan({ manifestCache }).count();
    set(one, manifestPath, cut(-20));
    await expect(count()).rejects.toMatchObject({ code: "corrupt-file" });
    one.heal();
    expect([String(await count())]).toEqual(
      (one.healthy.get(WAYS.find(({ name }) => name === "count()")!) as { items: string[] }).items,
    );
  });

  it("with any bit flipped ends in rows or in a typed error by name", async () => {
    const [rows, , , , arrow] = WAYS as [Way, Way, Way, Way, Way];
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(2 as const, 3 as const),
        fc.nat(),
        fc.nat(),
        fc.nat({ max: 7 }),
        async (version, file, byte, bit) => {
          const one = tables.get(version)!;
          one.heal();
          const used = one.manifests().map(({ manifestPath }) => manifestPath);
          const all = [
            one.list,
            ...used,
            ...[...one.io.files.keys()].filter((name) => name.includes("/data/")),
          ];
          const path = all[file % all.length]!;
          set(one, path, (bytes) => {
            const next = bytes.slice();
            next[byte % next.length]! ^= 1 << bit;
            return next;
          });
          for (const way of [rows, arrow]) {
            const outcome = await outcomeOf(way, one.table);
            if (!("error" in outcome)) continue;
            refused++;
            const { error } = outcome;
            if (!isIcebergError(error)) throw error;
            // A flipped path names a file that is not there, a flipped entry one that it does not fit.
            expect(error.message).toMatch(/\/ns\/t\/|\.(avro|parquet|puffin)/);
          }
        },
      ),
      runs(120),
    );
    expect(refused).toBeGreaterThan(30);
  }, 600_000);
});

describe("a store that fails at its nth call, for every n", () => {
  it.each(["refused", "dead"] as const)(
    "%s: no way to read gives a part for the whole",
    async (fault) => {
      const one = await Spoilable.create(3);
      const io = new FaultyIO(one.io);
      const table = new Table({ ...loaded(one.table), io });
      let late = 0;
      for (const way of WAYS) {
        for (let at = 1; ; at++) {
          io.arm(fault, at);
          const outcome = await outcomeOf(way, table);
          if (!io.disarm()) {
            expect(outcome, `${way.name} without a fault`).toEqual(one.healthy.get(way));
            break;
          }
          if (!("error" in outcome)) throw new Error(`${way.name} passes over a failure at call ${at}`);
          expect(isIcebergError(outcome.error, "io-failed")).toBe(true);
          expect((outcome.error as Error).message).toMatch(/\.(avro|parquet|puffin)/);
          if (outcome.before > 0) late++;
        }
      }
      expect(late, "failures after the first rows").toBeGreaterThan(3);
    },
    180_000,
  );
});
