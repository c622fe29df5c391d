/** A small table and its files, for the tests of manifests. @module */
import {
  type DataFile,
  type FormatVersion,
  type ManifestContent,
  type ManifestEntry,
  type ManifestFile,
  type ReadManifestOptions,
  readManifest,
  type WrittenManifest,
  writeManifest,
} from "../../../src/manifests/index.ts";
import { type PartitionSpec, partitionFields } from "../../../src/partitioning/index.ts";
import { Schema } from "../../../src/schema/index.ts";

export const SNAPSHOT = 6653143792592159268n;
export const sync = new Uint8Array(16).fill(7);

export const schema = new Schema(
  [
    { id: 1, name: "id", required: true, type: { kind: "long" } },
    { id: 2, name: "ts-event", required: false, type: { kind: "timestamptz" } },
    { id: 3, name: "price", required: false, type: { kind: "decimal", precision: 9, scale: 2 } },
    { id: 4, name: "cost", required: false, type: { kind: "decimal", precision: 9, scale: 2 } },
    { id: 5, name: "ratio", required: false, type: { kind: "double" } },
  ],
  { schemaId: 4 },
);

export const spec: PartitionSpec = {
  specId: 3,
  fields: [
    { sourceId: 2, fieldId: 1000, name: "ts-event_day", transform: { kind: "day" } },
    { sourceId: 3, fieldId: 1001, name: "price", transform: { kind: "identity" } },
    { sourceId: 4, fieldId: 1002, name: "cost", transform: { kind: "identity" } },
  ],
};

export const fields = partitionFields(spec, schema);

export function dataFile(changes: Partial<DataFile> = {}): DataFile {
  return {
    content: "data",
    filePath: "s3://bucket//data/é 1.parquet",
    fileFormat: "parquet",
    specId: 3,
    partition: [19_723, 1050n, null],
    recordCount: 100,
    fileSizeInBytes: 12_345,
    ...changes,
  };
}

const METRICS = [
  "columnSizes",
  "valueCounts",
  "nullValueCounts",
  "nanValueCounts",
  "lowerBounds",
  "upperBounds",
] as const;

/** The same file with ordinary maps, as tests write them, in place of packed ones. */
export function unpacked(file: DataFile): DataFile {
  const maps = METRICS.flatMap((key) =>
    file[key] === undefined ? [] : [[key, new Map<number, unknown>(file[key])]],
  );
  return { ...file, ...Object.fromEntries(maps) };
}

export const fullMetrics: Partial<DataFile> = {
  columnSizes: new Map([
    [1, 500],
    [5, 2 ** 40],
  ]),
  valueCounts: new Map([
    [1, 100],
    [2, 100],
    [5, 100],
    [70, 1],
    [2147483546, 3],
  ]),
  nullValueCounts: new Map([
    [1, 0],
    [2, 7],
  ]),
  nanValueCounts: new Map([[5, 3]]),
  lowerBounds: new Map([
    [1, new Uint8Array([1, 0, 0, 0, 0, 0, 0, 0])],
    [2, new Uint8Array(200).fill(9)],
    [70, new Uint8Array()],
  ]),
  upperBounds: new Map([[1, new Uint8Array([9, 0, 0, 0, 0, 0, 0, 0])]]),
  keyMetadata: new Uint8Array([1, 2, 3]),
  splitOffsets: [4, 2 ** 33],
  sortOrderId: 2,
};

export function added(changes: Partial<DataFile> = {}): ManifestEntry {
  return { status: "added", dataFile: dataFile(changes) };
}

export function existing(changes: Partial<DataFile> = {}): ManifestEntry {
  return {
    status: "existing",
    snapshotId: 5n,
    sequenceNumber: 2,
    fileSequenceNumber: 3,
    dataFile: dataFile(changes),
  };
}

export function write(
  entries: readonly ManifestEntry[],
  formatVersion: FormatVersion = 2,
  content: ManifestContent = "data",
): WrittenManifest {
  return writeManifest({ formatVersion, schema, spec, content, snapshotId: SNAPSHOT, entries, sync });
}

/** The manifest as its list gives it once the commit has a sequence number. */
export function listed(written: WrittenManifest, changes: Partial<ManifestFile> = {}): ManifestFile {
  return {
    manifestPath: "m0.avro",
    sequenceNumber: 9,
    minSequenceNumber: 9,
    ...written.manifest,
    ...changes,
  };
}

export function read(
  written: WrittenManifest,
  changes: Partial<ManifestFile> = {},
  options: Partial<ReadManifestOptions> = {},
): ManifestEntry[] {
  return readManifest(written.bytes, {
    manifest: listed(written, changes),
    fields,
    what: "m0.avro",
    ...options,
  });
}
