/** Every file a table's metadata leads to, for whoever drops the table with its files. Spec: Manifest Lists; Manifests; RST-052. @module */
import { type AbortOptions, type FileIO, isIcebergError, ValidationError } from "../base/index.ts";
import { discardFiles, isBelow } from "../io/index.ts";
import { inlineManifest, type ManifestFile, manifestEntries, readManifestList } from "../manifests/index.ts";
import type { Snapshot, TableMetadata } from "../metadata/index.ts";
import { identifierText, type LoadedTable } from "./client.ts";

/** Files deleted at once. */
const BATCH = 64;

/** Refuses to delete files that may belong to other tables too (CMT-074). Throws `validation-failed`. */
export function requireOwnFiles(table: LoadedTable): void {
  if (table.metadata.properties.get("gc.enabled")?.toLowerCase() !== "false") return;
  throw new ValidationError(
    `Cannot purge ${identifierText(table.identifier)}: it has gc.enabled=false, its files may belong to other tables; drop it without purge`,
    { context: { table: identifierText(table.identifier) } },
  );
}

/** Deletes the files a table leads to, as far as they lie below its location; `io` is where they are looked for. */
export async function purgeFiles(
  { metadata, metadataLocation, io }: LoadedTable,
  options: AbortOptions,
): Promise<void> {
  let batch: string[] = [];
  // Metadata goes last, so that what a crash leaves behind still says what it is.
  for await (const location of reachableFiles(io, metadata, options)) {
    if (!isBelow(location, metadata.location)) continue;
    batch.push(location);
    if (batch.length < BATCH) continue;
    await discardFiles(io, batch);
    batch = [];
  }
  const versions = [...metadata.metadataLog.map((entry) => entry.metadataFile), metadataLocation];
  await discardFiles(io, [...batch, ...versions.filter((location) => isBelow(location, metadata.location))]);
}

/**
 * The locations of data files, delete files, manifests, manifest lists and statistics of all snapshots. Each manifest
 * is read once; a data file that several manifests name comes several times. Files that are gone lead nowhere.
 */
async function* reachableFiles(
  io: FileIO,
  metadata: TableMetadata,
  options: AbortOptions,
): AsyncGenerator<string> {
  const manifests = new Map<string, ManifestFile>();
  for (const snapshot of metadata.snapshots) {
    const found = await unlessMissing(manifestsOf(io, snapshot, options));
    for (const manifest of found ?? []) manifests.set(manifest.manifestPath, manifest);
  }
  for (const manifest of manifests.values()) {
    options.signal?.throwIfAborted();
    const what = manifest.manifestPath;
    const bytes = await unlessMissing(io.open(what, manifest.manifestLength).read(undefined, options));
    if (bytes === undefined) continue;
    const columns = { metricsFor: "none", columnSizes: false } as const;
    for (const { dataFile } of manifestEntries(bytes, { manifest, fields: [], what, columns })) {
      yield dataFile.filePath;
    }
  }
  yield* manifests.keys();
  for (const { manifestList } of metadata.snapshots) if (manifestList !== undefined) yield manifestList;
  for (const file of [...metadata.statistics, ...metadata.partitionStatistics]) yield file.statisticsPath;
}

async function manifestsOf(
  io: FileIO,
  { manifestList, manifests = [], snapshotId }: Snapshot,
  options: AbortOptions,
): Promise<readonly ManifestFile[]> {
  if (manifestList !== undefined) {
    return readManifestList(await io.open(manifestList).read(undefined, options), manifestList);
  }
  const opened = manifests.map(async (manifestPath) => {
    const bytes = await unlessMissing(io.open(manifestPath).read(undefined, options));
    return bytes && inlineManifest(bytes, { manifestPath, snapshotId });
  });
  return (await Promise.all(opened)).filter((manifest) => manifest !== undefined);
}

/** A purge that was interrupted can be run again: what is gone has nothing left to delete. */
async function unlessMissing<T>(read: Promise<T>): Promise<T | undefined> {
  try {
    return await read;
  } catch (error) {
    if (isIcebergError(error, "no-such-file")) return undefined;
    throw error;
  }
}
