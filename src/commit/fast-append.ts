/**
 * Appending data files: one new manifest per partition spec, every other manifest kept as it is (CMT-027).
 * Spec: Snapshots; Sequence Number Inheritance.
 * @module
 */
import {
  type AbortOptions,
  CommitStateUnknownError,
  type FileIO,
  IcebergError,
  isIcebergError,
  ValidationError,
} from "../base/index.ts";
import { identifierText, type LoadedTable } from "../catalog/index.ts";
import { joinLocation, NewFiles, type Runtime, randomSnapshotId } from "../io/index.ts";
import {
  type DataFile,
  type ManifestEntry,
  type ManifestFile,
  writeManifest,
  writeManifestList,
} from "../manifests/index.ts";
import {
  collectFile,
  currentSchema,
  currentSnapshot,
  isDerivedSummaryKey,
  MAIN_BRANCH,
  metadataFolder,
  newSummaryCollector,
  requirementsFor,
  type Snapshot,
  type SnapshotSummary,
  snapshotById,
  snapshotSummary,
  type TableMetadata,
  type TableUpdate,
} from "../metadata/index.ts";
import { partitionPath } from "../partitioning/index.ts";
import type { Schema } from "../schema/index.ts";
import { carriedManifests, requireSpec } from "./carried-manifests.ts";
import {
  type Change,
  type CommitContext,
  type CommitOperation,
  commitWithRetry,
  wholeNumber,
} from "./retry.ts";

export interface AppendOptions extends AbortOptions {
  /** Extra entries of the snapshot summary. A key that the library works out, such as a total, is refused. */
  readonly snapshotProperties?: Readonly<Record<string, string>>;
}

export interface Appended {
  readonly table: LoadedTable;
  readonly snapshot: Snapshot;
}

/**
 * Commits data files that already stand in storage, written for the version `base`. The snapshot id and the new manifests are made once; each
 * retry rebuilds only the manifest list and the totals on the newer base (CMT-008, MAN-032).
 * @throws ValidationError when a file's spec is not the table's, nothing is appended or something twice.
 * @throws CommitFailedError, CommitStateUnknownError as {@link commitWithRetry}; the latter has `context.snapshotId`. The data files are never deleted.
 */
export async function fastAppend(
  context: CommitContext,
  base: LoadedTable,
  files: readonly DataFile[],
  options: AppendOptions = {},
): Promise<Appended> {
  checkAppendOptions(options);
  checkFiles(identifierText(base.identifier), files);
  const append = new FastAppend(context.runtime, base, files, options);
  const table = await commitWithRetry(context, base, append, options).catch(async (error: unknown) => {
    if (isIcebergError(error, "commit-state-unknown")) throw append.inDoubt(error);
    await append.discardAll();
    throw error;
  });
  return { table, snapshot: await append.settled(table) };
}

/** Refuses options that no append can have; to be called before anything is written. Throws `invalid-argument`. */
export function checkAppendOptions({ snapshotProperties = {} }: AppendOptions): void {
  for (const [key, value] of Object.entries(snapshotProperties)) {
    const why =
      typeof value !== "string"
        ? "its value must be text"
        : isDerivedSummaryKey(key)
          ? "the library works it out"
          : undefined;
    if (why === undefined) continue;
    throw new IcebergError(
      "invalid-argument",
      `Cannot put ${JSON.stringify(key)} = ${String(value)} into the snapshot summary: ${why}`,
      { context: { key, value } },
    );
  }
}

/** Whether a failed commit is known to have left the table untouched. */
export function isDefiniteFailure(error: unknown): boolean {
  return !isIcebergError(error, "commit-state-unknown");
}

class FastAppend implements CommitOperation {
  private readonly snapshotId: bigint;
  private readonly runtime: Runtime;
  private readonly io: FileIO;
  private readonly files: readonly DataFile[];
  /** The schema the files were written with: their partition values have its types, whatever is promoted meanwhile. */
  private readonly schema: Schema;
  private readonly options: AppendOptions;
  /** One for all attempts: it names every metadata file this commit writes. */
  private readonly commitUuid: string;
  private readonly sync: Uint8Array;
  private readonly newManifests: NewFiles;
  private readonly lists: NewFiles;
  private manifests: readonly ManifestFile[] | undefined;
  /** Of the latest attempt. */
  private snapshot: Snapshot | undefined;

  constructor(runtime: Runtime, base: LoadedTable, files: readonly DataFile[], options: AppendOptions) {
    this.runtime = runtime;
    this.io = base.io;
    this.files = files;
    this.schema = currentSchema(base.metadata);
    this.options = options;
    this.commitUuid = runtime.randomUuid();
    this.sync = runtime.randomBytes(16);
    this.newManifests = new NewFiles(base.io);
    this.lists = new NewFiles(base.io);
    this.snapshotId = unusedSnapshotId(runtime, base.metadata);
  }

  async prepare({ metadata }: LoadedTable, attempt: number): Promise<Change> {
    const parent = currentSnapshot(metadata);
    const summary = this.summary(metadata, parent);
    this.manifests ??= await this.writeManifests(metadata);
    const carried = await carriedManifests(this.io, metadata, parent, this.options);
    const sequenceNumber = metadata.formatVersion === 1 ? 0 : metadata.lastSequenceNumber + 1;
    const name = `snap-${this.snapshotId}-${attempt + 1}-${this.commitUuid}.avro`;
    const manifestList = metadataPath(metadata, name);
    const list = writeManifestList({
      formatVersion: metadata.formatVersion,
      snapshotId: this.snapshotId,
      ...(parent && { parentSnapshotId: parent.snapshotId }),
      sequenceNumber,
      ...(metadata.nextRowId !== undefined && { firstRowId: metadata.nextRowId }),
      manifests: [...this.manifests, ...carried],
      sync: this.sync,
    });
    await this.lists.create(manifestList, list.bytes, this.options);
    const snapshot: Snapshot = {
      snapshotId: this.snapshotId,
      ...(parent && { parentSnapshotId: parent.snapshotId }),
      sequenceNumber,
      timestampMs: Math.max(this.runtime.now(), metadata.lastUpdatedMs, parent?.timestampMs ?? 0),
      manifestList,
      summary,
      schemaId: metadata.currentSchemaId,
      ...(list.nextRowId !== undefined && {
        firstRowId: metadata.nextRowId!,
        addedRows: list.nextRowId - metadata.nextRowId!,
      }),
    };
    this.snapshot = snapshot;
    const updates: TableUpdate[] = [
      { action: "add-snapshot", snapshot },
      {
        action: "set-snapshot-ref",
        refName: MAIN_BRANCH,
        ref: { type: "branch", snapshotId: this.snapshotId },
      },
    ];
    return { requirements: requirementsFor(metadata, updates), updates };
  }

  /** Fails for a spec that the table does not have, or no longer has. */
  private summary(metadata: TableMetadata, parent: Snapshot | undefined): SnapshotSummary {
    const collector = newSummaryCollector();
    for (const file of this.files) {
      const spec = requireSpec(metadata, file.specId, file.filePath);
      collectFile(collector, "added", file, partitionPath(spec, this.schema, file.partition));
    }
    return snapshotSummary({
      operation: "append",
      ...collector,
      previous: parent === undefined ? undefined : (parent.summary ?? new Map()),
      partitionLimit: wholeNumber(metadata.properties, "write.summary.partition-limit", 0),
      extra: Object.entries(this.options.snapshotProperties ?? {}),
    });
  }

  isApplied(table: LoadedTable): boolean {
    return snapshotById(table.metadata, this.snapshotId) !== undefined;
  }

  /** The error of an unknown outcome, with the snapshot to look for. */
  inDoubt(error: IcebergError): CommitStateUnknownError {
    const { snapshotId } = this;
    const message = `${error.message}; it happened if the table has snapshot ${snapshotId}`;
    return new CommitStateUnknownError(message, { cause: error, context: { ...error.context, snapshotId } });
  }

  /** After success, when nothing may fail any more: the lists of attempts that lost are nobody's (CMT-012). */
  async settled(table: LoadedTable): Promise<Snapshot> {
    const committed = snapshotById(table.metadata, this.snapshotId);
    if (committed !== undefined) await this.lists.discard(new Set([committed.manifestList ?? ""]));
    return committed ?? this.snapshot!;
  }

  /** After a definite failure: everything this commit wrote, never the caller's data files (CMT-011). */
  async discardAll(): Promise<void> {
    await Promise.all([this.lists.discard(), this.newManifests.discard()]);
  }

  private async writeManifests(metadata: TableMetadata): Promise<readonly ManifestFile[]> {
    const bySpec = new Map<number, DataFile[]>();
    for (const file of this.files) {
      const sameSpec = bySpec.get(file.specId);
      if (sameSpec === undefined) bySpec.set(file.specId, [file]);
      else sameSpec.push(file);
    }
    const written: ManifestFile[] = [];
    for (const [specId, files] of bySpec) {
      const { bytes, manifest } = writeManifest({
        formatVersion: metadata.formatVersion,
        schema: this.schema,
        spec: requireSpec(metadata, specId, files[0]!.filePath),
        content: "data",
        snapshotId: this.snapshotId,
        entries: files.map(addedEntry),
        sync: this.sync,
      });
      const manifestPath = metadataPath(metadata, `${this.commitUuid}-m${written.length}.avro`);
      await this.newManifests.create(manifestPath, bytes, this.options);
      written.push({ ...manifest, manifestPath });
    }
    return written;
  }
}

/** Row ids are assigned anew by the commit, whatever snapshot the file was read from (CMT-029). */
function addedEntry({ firstRowId: _, ...dataFile }: DataFile): ManifestEntry {
  return { status: "added", dataFile };
}

function checkFiles(table: string, files: readonly DataFile[]): void {
  if (files.length === 0) {
    throw new ValidationError(`Cannot append to ${table}: there are no data files`);
  }
  const paths = new Set<string>();
  for (const { filePath } of files) {
    if (paths.has(filePath)) {
      throw new ValidationError(`Cannot append ${filePath} to ${table}: it is given twice (MAN-012)`, {
        context: { file: filePath },
      });
    }
    paths.add(filePath);
  }
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
