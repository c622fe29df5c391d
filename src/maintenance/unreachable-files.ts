/** Which files only removed snapshots lead to. Spec: Snapshot Retention Policy; CMT-075 … CMT-078. @module */
import type { AbortOptions, FileIO } from "../base/index.ts";
import { comparableLocation } from "../io/index.ts";
import { type ManifestFile, manifestEntries } from "../manifests/index.ts";
import type { Snapshot, TableMetadata } from "../metadata/index.ts";
import { mapAhead, snapshotManifests } from "../planning/index.ts";

/** Locations by kind, each once. */
export interface FileLists {
  readonly dataFiles: readonly string[];
  /** Position and equality delete files, and Puffin files of deletion vectors. */
  readonly deleteFiles: readonly string[];
  readonly manifests: readonly string[];
  readonly manifestLists: readonly string[];
  /** Of tables and of partitions. */
  readonly statisticsFiles: readonly string[];
}

export const NO_FILES: FileLists = Object.freeze({
  dataFiles: [],
  deleteFiles: [],
  manifests: [],
  manifestLists: [],
  statisticsFiles: [],
});

/** A file that could not be read or deleted, and why. */
export interface FileProblem {
  readonly location: string;
  readonly error: unknown;
}

export interface Unreachable {
  readonly files: FileLists;
  /** Files of removed snapshots that could not be read: what they alone led to stays. */
  readonly problems: readonly FileProblem[];
}

/** What a table was before snapshots were removed, and is since. */
export interface Removal {
  readonly before: TableMetadata;
  readonly after: TableMetadata;
  readonly io: FileIO;
  /** Files read at once. */
  readonly concurrency: number;
}

/**
 * The files that snapshots of `before` lead to and no snapshot of `after` does. What is kept is read as a stream:
 * memory grows with what is removed and with the number of manifests, not with the number of kept files.
 * @throws IcebergError when a list or manifest of a kept snapshot cannot be read: then nothing is known to be
 *   unreachable (CMT-076).
 */
export async function unreachableFiles(removal: Removal, options: AbortOptions = {}): Promise<Unreachable> {
  const { before, after } = removal;
  const kept = new Set(after.snapshots.map((snapshot) => snapshot.snapshotId));
  const removed = before.snapshots.filter((snapshot) => !kept.has(snapshot.snapshotId));
  const problems: FileProblem[] = [];
  const candidates = await manifestsOf(removal, removed, options, problems);
  const retained = candidates.size === 0 ? candidates : await manifestsOf(removal, after.snapshots, options);
  for (const key of retained.keys()) candidates.delete(key);
  const files = await filesOf(removal, candidates, options, problems);
  if (files.size > 0) await keepLiveFiles(removal, retained.values(), files, options);
  return {
    files: {
      dataFiles: [...files.values()].filter((file) => file.isData).map((file) => file.location),
      deleteFiles: [...files.values()].filter((file) => !file.isData).map((file) => file.location),
      manifests: [...candidates.values()].map((manifest) => manifest.manifestPath),
      manifestLists: without(listsOf(removed), listsOf(after.snapshots)),
      statisticsFiles: without(statisticsOf(before), statisticsOf(after)),
    },
    problems,
  };
}

/** The manifests of some snapshots, each once. Lists that cannot be read are put into `problems`, if given. */
async function manifestsOf(
  { io, concurrency }: Removal,
  snapshots: readonly Snapshot[],
  options: AbortOptions,
  problems?: FileProblem[],
): Promise<Map<string, ManifestFile>> {
  const found = new Map<string, ManifestFile>();
  const read = (snapshot: Snapshot) =>
    unlessUnreadable(snapshot.manifestList ?? `snapshot ${snapshot.snapshotId}`, problems, options, () =>
      snapshotManifests(io, snapshot, options),
    );
  for await (const manifests of mapAhead(snapshots, concurrency, read)) {
    for (const manifest of manifests ?? []) found.set(comparableLocation(manifest.manifestPath), manifest);
  }
  return found;
}

interface CandidateFile {
  readonly location: string;
  readonly isData: boolean;
}

/**
 * Every file that manifests name, the deleted ones too: an earlier expiry may have left them behind. A manifest
 * that cannot be read is taken out of `manifests`, so that its files can still be found.
 */
async function filesOf(
  removal: Removal,
  manifests: Map<string, ManifestFile>,
  options: AbortOptions,
  problems: FileProblem[],
): Promise<Map<string, CandidateFile>> {
  const files = new Map<string, CandidateFile>();
  const read = async ([key, manifest]: readonly [string, ManifestFile]) => {
    const what = manifest.manifestPath;
    const found = await unlessUnreadable(what, problems, options, async () => {
      const bytes = await removal.io.open(what, manifest.manifestLength).read(undefined, options);
      return [...locationsIn(bytes, manifest, false)];
    });
    if (found === undefined) manifests.delete(key);
    return { found, isData: manifest.content === "data" };
  };
  for await (const { found, isData } of mapAhead([...manifests], removal.concurrency, read)) {
    for (const location of found ?? []) files.set(comparableLocation(location), { location, isData });
  }
  return files;
}

/** Takes the live files of kept manifests out of `files`. */
async function keepLiveFiles(
  { io, concurrency }: Removal,
  manifests: Iterable<ManifestFile>,
  files: Map<string, CandidateFile>,
  options: AbortOptions,
): Promise<void> {
  const read = async (manifest: ManifestFile) => {
    const bytes = await io.open(manifest.manifestPath, manifest.manifestLength).read(undefined, options);
    return { manifest, bytes };
  };
  for await (const { manifest, bytes } of mapAhead(manifests, concurrency, read)) {
    for (const location of locationsIn(bytes, manifest, true)) files.delete(comparableLocation(location));
    if (files.size === 0) return;
  }
}

function* locationsIn(bytes: Uint8Array, manifest: ManifestFile, liveOnly: boolean): Generator<string> {
  const columns = { metricsFor: "none", columnSizes: false } as const;
  const what = manifest.manifestPath;
  for (const { dataFile } of manifestEntries(bytes, { manifest, fields: [], what, columns, liveOnly })) {
    yield dataFile.filePath;
  }
}

async function unlessUnreadable<T>(
  location: string,
  problems: FileProblem[] | undefined,
  options: AbortOptions,
  read: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (problems === undefined || options.signal?.aborted) throw error;
    problems.push({ location, error });
    return undefined;
  }
}

function listsOf(snapshots: readonly Snapshot[]): string[] {
  return snapshots.flatMap(({ manifestList }) => (manifestList === undefined ? [] : [manifestList]));
}

function statisticsOf({ statistics, partitionStatistics }: TableMetadata): string[] {
  return [...statistics, ...partitionStatistics].map((file) => file.statisticsPath);
}

function without(locations: readonly string[], kept: readonly string[]): readonly string[] {
  const keep = new Set(kept.map(comparableLocation));
  const found = new Map(locations.map((location) => [comparableLocation(location), location]));
  return [...found].filter(([key]) => !keep.has(key)).map(([, location]) => location);
}
