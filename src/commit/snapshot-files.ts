/**
 * The metadata files of one snapshot operation, through all its attempts: manifests are kept from attempt to attempt,
 * lists are written anew, and in the end what the table does not refer to is removed (CMT-008, CMT-011, CMT-012).
 * Spec: Manifests; Manifest Lists; Commit Conflict Resolution and Retry.
 * @module
 */
import type { AbortOptions, FileIO } from "../base/index.ts";
import { joinLocation, NewFiles, type Runtime, randomSnapshotId } from "../io/index.ts";
import {
  type FormatVersion,
  type ManifestContent,
  type ManifestEntry,
  type ManifestFile,
  type WrittenManifestList,
  writeManifest,
  writeManifestList,
} from "../manifests/index.ts";
import { metadataFolder, type Snapshot, snapshotById, type TableMetadata } from "../metadata/index.ts";
import type { PartitionSpec } from "../partitioning/index.ts";
import type { Schema } from "../schema/index.ts";
import { wholeNumber } from "./retry.ts";

/** What one manifest, or several where one would be too large, is to hold. */
export interface ManifestDraft {
  readonly spec: PartitionSpec;
  /** Gives the partition values their types. */
  readonly schema: Schema;
  readonly content: ManifestContent;
  readonly entries: readonly ManifestEntry[];
}

/** Above so many entries a sample is weighed to see how many fit one manifest. */
const SAMPLE = 2_000;

/** Files of one snapshot. */
export class SnapshotFiles {
  /** Made once, for manifests that are written already name it (CMT-013). */
  readonly snapshotId: bigint;
  readonly io: FileIO;
  private readonly commitUuid: string;
  private readonly sync: Uint8Array;
  private readonly newManifests: NewFiles;
  private readonly lists: NewFiles;
  /** Manifests that each attempt's list names. */
  private readonly listed = new Map<string, readonly ManifestFile[]>();
  private named = 0;
  private cache = new Map<string, unknown>();
  private cachedVersion: FormatVersion | undefined;

  constructor(runtime: Runtime, io: FileIO, base: TableMetadata) {
    this.snapshotId = unusedSnapshotId(runtime, base);
    this.io = io;
    this.commitUuid = runtime.randomUuid();
    this.sync = runtime.randomBytes(16);
    this.newManifests = new NewFiles(io);
    this.lists = new NewFiles(io);
  }

  /**
   * What an earlier attempt made under the same key, else what `make` makes. The format version is part of every key:
   * manifests of an older one do not say all that a newer table needs.
   */
  async once<T>({ formatVersion }: TableMetadata, key: string, make: () => Promise<T>): Promise<T> {
    if (formatVersion !== this.cachedVersion) this.cache = new Map();
    this.cachedVersion = formatVersion;
    const { cache } = this;
    if (cache.has(key)) return cache.get(key) as T;
    const made = await make();
    cache.set(key, made);
    return made;
  }

  /** Writes entries as manifests of at most about `commit.manifest.target-size-bytes`; none for no entries. */
  async writeManifests(
    metadata: TableMetadata,
    draft: ManifestDraft,
    options: AbortOptions,
  ): Promise<readonly ManifestFile[]> {
    const written: ManifestFile[] = [];
    const size = this.entriesPerManifest(metadata, draft);
    for (let from = 0; from < draft.entries.length; from += size) {
      const part = { ...draft, entries: draft.entries.slice(from, from + size) };
      const { bytes, manifest } = this.encode(metadata, part);
      const name = `${this.commitUuid}-m${this.named++}.avro`;
      const manifestPath = metadataPath(metadata, name);
      await this.newManifests.create(manifestPath, bytes, options);
      // Version 1 has no numbers to assign: everything in it is of sequence 0.
      const numbers = metadata.formatVersion === 1 && { sequenceNumber: 0, minSequenceNumber: 0 };
      written.push({ ...manifest, ...numbers, manifestPath });
    }
    return written;
  }

  /** Writes the list of one attempt. Answers it with its location. */
  async writeList(
    metadata: TableMetadata,
    parent: Snapshot | undefined,
    manifests: readonly ManifestFile[],
    attempt: number,
    options: AbortOptions,
  ): Promise<WrittenManifestList & { readonly location: string; readonly sequenceNumber: number }> {
    const { formatVersion, nextRowId } = metadata;
    const sequenceNumber = formatVersion === 1 ? 0 : metadata.lastSequenceNumber + 1;
    const list = writeManifestList({
      formatVersion,
      snapshotId: this.snapshotId,
      ...(parent && { parentSnapshotId: parent.snapshotId }),
      sequenceNumber,
      ...(nextRowId !== undefined && { firstRowId: nextRowId }),
      manifests,
      sync: this.sync,
    });
    const location = metadataPath(metadata, `snap-${this.snapshotId}-${attempt + 1}-${this.commitUuid}.avro`);
    await this.lists.create(location, list.bytes, options);
    this.listed.set(location, list.manifests);
    return { ...list, location, sequenceNumber };
  }

  /** After success: lists of attempts that lost, and manifests the committed list does not name (CMT-012). */
  async keepOnly(committed: Snapshot): Promise<void> {
    const location = committed.manifestList;
    const manifests = location === undefined ? undefined : this.listed.get(location);
    // A list of which we do not know what it names: then nothing is certain to be nobody's.
    if (location === undefined || manifests === undefined) return;
    await Promise.all([
      this.lists.discard(new Set([location])),
      this.newManifests.discard(new Set(manifests.map(({ manifestPath }) => manifestPath))),
    ]);
  }

  /** After a definite failure: everything this operation wrote, never the caller's files (CMT-011). */
  async discardAll(): Promise<void> {
    await Promise.all([this.lists.discard(), this.newManifests.discard()]);
  }

  private encode({ formatVersion }: TableMetadata, draft: ManifestDraft) {
    return writeManifest({ ...draft, formatVersion, snapshotId: this.snapshotId, sync: this.sync });
  }

  private entriesPerManifest(metadata: TableMetadata, draft: ManifestDraft): number {
    const { entries } = draft;
    if (entries.length <= SAMPLE) return Math.max(1, entries.length);
    const target = targetManifestSize(metadata.properties);
    const sample = this.encode(metadata, { ...draft, entries: entries.slice(0, SAMPLE) });
    return Math.max(SAMPLE, Math.floor((target * SAMPLE) / sample.bytes.length));
  }
}

/** `commit.manifest.target-size-bytes`. Throws `validation-failed` unless it is a whole number above 0 (PRP-020). */
export function targetManifestSize(properties: ReadonlyMap<string, string>): number {
  return wholeNumber(properties, "commit.manifest.target-size-bytes", 8 * 1024 * 1024, 1);
}

function unusedSnapshotId(runtime: Runtime, metadata: TableMetadata): bigint {
  for (;;) {
    const id = randomSnapshotId(runtime);
    if (snapshotById(metadata, id) === undefined) return id;
  }
}

function metadataPath({ location, properties }: TableMetadata, name: string): string {
  return joinLocation(metadataFolder(location, properties), name);
}
