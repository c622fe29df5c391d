/** Tables of files that need not exist, for tests of commits: only metadata is read and written. */
import { type CatalogClient, type LoadedTable, MemoryCatalogClient } from "../../../src/catalog/index.ts";
import { Transaction } from "../../../src/commit/index.ts";
import { MemoryFileIO, type Runtime, systemRuntime } from "../../../src/io/index.ts";
import {
  type DataFile,
  type ManifestEntry,
  type ManifestFile,
  readManifest,
} from "../../../src/manifests/index.ts";
import { currentSchema, snapshotById, specById } from "../../../src/metadata/index.ts";
import { buildPartitionSpec, identity, partitionFields } from "../../../src/partitioning/index.ts";
import { snapshotManifests } from "../../../src/planning/index.ts";
import { defineSchema, optional, required, t } from "../../../src/schema/index.ts";
import { encodeValue } from "../../../src/values/index.ts";

export const schema = defineSchema({ id: required(t.long()), category: optional(t.string()) });
export const id = { namespace: ["ns"], name: "t" };

/** Waits take no time, but the clock moves. */
export function quickRuntime(): Runtime {
  let now = 1_700_000_000_000;
  return {
    ...systemRuntime,
    now: () => ++now,
    sleep: async (ms) => {
      now += ms;
    },
  };
}

export interface World {
  readonly io: MemoryFileIO;
  readonly client: MemoryCatalogClient;
  readonly runtime: Runtime;
  readonly table: LoadedTable;
  /** A transaction on a version of the table, through another catalog if one is given. */
  change(base?: LoadedTable, client?: CatalogClient): Transaction;
  /** The newest version. */
  latest(): Promise<LoadedTable>;
}

export interface WorldOptions {
  readonly formatVersion?: 1 | 2 | 3;
  readonly properties?: Readonly<Record<string, string>>;
  readonly unpartitioned?: boolean;
}

/** An empty table, partitioned by category unless told otherwise. */
export async function world(options: WorldOptions = {}): Promise<World> {
  const { formatVersion = 2, properties = {}, unpartitioned = false } = options;
  const io = new MemoryFileIO();
  const runtime = quickRuntime();
  const client = new MemoryCatalogClient({ io, runtime });
  await client.createNamespace(["ns"]);
  const table = await client.createTable(id, {
    schema,
    formatVersion,
    properties: new Map(Object.entries(properties)),
    ...(!unpartitioned && { spec: buildPartitionSpec(schema, [identity("category")]) }),
  });
  return {
    io,
    client,
    runtime,
    table,
    change: (base = table, over = client) => new Transaction({ client: over, runtime }, base, (now) => now),
    latest: () => client.loadTable(id),
  };
}

export interface FileOptions {
  /** `null` in an unpartitioned table stands for no partition at all. */
  readonly category?: string | null;
  readonly rows?: number;
  /** First and last id, as the metrics tell. */
  readonly ids?: readonly [bigint, bigint];
  readonly specId?: number;
  readonly partition?: DataFile["partition"];
}

/** A data file of a partition. */
export function dataFile(name: string, options: FileOptions = {}): DataFile {
  const { category = "a", rows = 10, ids, specId = 0, partition = [category] } = options;
  const bound = (value: bigint) => new Map([[1, encodeValue(t.long(), value)]]);
  return {
    content: "data",
    filePath: pathOf(name),
    fileFormat: "parquet",
    specId,
    partition,
    recordCount: rows,
    fileSizeInBytes: 100,
    ...(ids && {
      valueCounts: new Map([[1, rows]]),
      nullValueCounts: new Map([[1, 0]]),
      lowerBounds: bound(ids[0]),
      upperBounds: bound(ids[1]),
    }),
  };
}

/** An equality delete file by id. */
export function equalityDeletes(name: string, category: string | null = "a"): DataFile {
  return { ...dataFile(name, { category, rows: 1 }), content: "equality-deletes", equalityIds: [1] };
}

/** A position delete file, about one data file when that is given. */
export function positionDeletes(name: string, of?: DataFile): DataFile {
  return {
    ...dataFile(name, { rows: 1 }),
    ...(of && { referencedDataFile: of.filePath, partition: of.partition, specId: of.specId }),
    content: "position-deletes",
  };
}

/** A deletion vector of a data file, in a Puffin file of its own unless told where. */
export function vector(name: string, of: DataFile, contentOffset = 4): DataFile {
  return {
    ...positionDeletes(name, of),
    filePath: pathOf(name).replace(".parquet", ".puffin"),
    fileFormat: "puffin",
    contentOffset,
    contentSizeInBytes: 40,
  };
}

export function pathOf(name: string): string {
  return `memory://warehouse/ns/t/data/${name}.parquet`;
}

/** `a` of `…/data/a.parquet`. */
export function nameOf(path: string): string {
  return path.replace(/.*\/|\.(parquet|puffin)$/g, "");
}

/** The manifests of a branch's head with their entries, as written. */
export async function manifestsOf(
  io: MemoryFileIO,
  { metadata }: LoadedTable,
  ref = "main",
): Promise<readonly { readonly manifest: ManifestFile; readonly entries: readonly ManifestEntry[] }[]> {
  const snapshotId = metadata.refs.get(ref)?.snapshotId;
  const snapshot = snapshotId === undefined ? undefined : snapshotById(metadata, snapshotId);
  if (snapshot === undefined) return [];
  return (await snapshotManifests(io, snapshot)).map((manifest) => {
    const fields = partitionFields(specById(metadata, manifest.partitionSpecId)!, currentSchema(metadata));
    const bytes = io.files.get(manifest.manifestPath);
    if (bytes === undefined) throw new Error(`${manifest.manifestPath} is gone`);
    return { manifest, entries: readManifest(bytes, { manifest, fields, what: manifest.manifestPath }) };
  });
}

/** Live files and their data sequence numbers: `a:1 b:2`, in order of name. */
export async function live(io: MemoryFileIO, table: LoadedTable, ref = "main"): Promise<string> {
  const found: string[] = [];
  for (const { entries } of await manifestsOf(io, table, ref)) {
    for (const { status, sequenceNumber, dataFile: file } of entries) {
      if (status !== "deleted") found.push(`${nameOf(file.filePath)}:${sequenceNumber}`);
    }
  }
  return found.sort().join(" ");
}

/** All entries with their status: `added a`, in order of manifests. */
export async function entriesOf(io: MemoryFileIO, table: LoadedTable, ref = "main"): Promise<string[]> {
  return (await manifestsOf(io, table, ref)).flatMap(({ entries }) =>
    entries.map(({ status, dataFile: file }) => `${status} ${nameOf(file.filePath)}`),
  );
}

/** A catalog whose first commits are beaten by others. */
export function beaten(client: MemoryCatalogClient, ...rivals: (() => Promise<unknown>)[]): CatalogClient {
  const left = [...rivals];
  return Object.assign(Object.create(client) as MemoryCatalogClient, {
    async commitTable(...args: Parameters<MemoryCatalogClient["commitTable"]>) {
      await left.shift()?.();
      return await client.commitTable(...args);
    },
  });
}

/** Metadata files that the table's present and past snapshots do not lead to: what a clean commit never leaves. */
export async function orphans(io: MemoryFileIO, { metadata }: LoadedTable): Promise<string[]> {
  const known = new Set<string>();
  for (const snapshot of metadata.snapshots) {
    known.add(snapshot.manifestList!);
    for (const { manifestPath } of await snapshotManifests(io, snapshot)) known.add(manifestPath);
  }
  return [...io.files.keys()].filter((path) => path.endsWith(".avro") && !known.has(path));
}
