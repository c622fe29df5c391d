/**
 * Appending data files: one new manifest per partition spec, every other manifest kept as it is (CMT-027).
 * Spec: Snapshots; Sequence Number Inheritance.
 * @module
 */
import { type AbortOptions, assert, type FileIO, ValidationError } from "../base/index.ts";
import { identifierText, type LoadedTable } from "../catalog/index.ts";
import { joinLocation, type Runtime, randomSnapshotId } from "../io/index.ts";
import { type DataFile, type ManifestFile, writeManifest, writeManifestList } from "../manifests/index.ts";
import {
  collectFile,
  currentSchema,
  metadataFolder,
  newSummaryCollector,
  type Snapshot,
  type SnapshotSummary,
  snapshotById,
  snapshotSummary,
  specById,
  type TableMetadata,
} from "../metadata/index.ts";
import { partitionPath } from "../partitioning/index.ts";
import { snapshotManifests } from "../planning/index.ts";
import {
  type Change,
  type CommitContext,
  type CommitOperation,
  commitWithRetry,
  wholeNumber,
} from "./retry.ts";

export interface AppendOptions extends AbortOptions {
  /** Extra entries of the snapshot summary. A key the format defines is refused. */
  readonly snapshotProperties?: Readonly<Record<string, string>>;
}

export interface Appended {
  readonly table: LoadedTable;
  readonly snapshot: Snapshot;
}

/**
 * Commits data files that already stand in storage. The snapshot id and the new manifests are made once; each
 * retry rebuilds only the manifest list and the totals on the newer base (CMT-008, MAN-032).
 * @throws ValidationError when a file's spec is not the table's, or nothing is appended.
 * @throws CommitFailedError, CommitStateUnknownError as {@link commitWithRetry}. The data files are never deleted.
 */
export async function fastAppend(
  context: CommitContext,
  base: LoadedTable,
  files: readonly DataFile[],
  options: AppendOptions = {},
): Promise<Appended> {
  if (files.length === 0) {
    throw new ValidationError(`Cannot append to ${identifierText(base.identifier)}: there are no data files`);
  }
  const append = new FastAppend(context.runtime, base, files, options);
  try {
    const table = await commitWithRetry(context, base, append, options);
    const snapshot = snapshotById(table.metadata, append.snapshotId);
    await append.discardAllBut(snapshot);
    return { table, snapshot: snapshot! };
  } catch (error) {
    await append.discardAfter(error);
    throw error;
  }
}

class FastAppend implements CommitOperation {
  readonly snapshotId: bigint;
  private readonly runtime: Runtime;
  private readonly io: FileIO;
  private readonly files: readonly DataFile[];
  private readonly options: AppendOptions;
  /** One for all attempts: it names every metadata file this commit writes. */
  private readonly commitUuid: string;
  private readonly sync: Uint8Array;
  private manifests: readonly ManifestFile[] | undefined;
  private readonly lists: string[] = [];

  constructor(runtime: Runtime, base: LoadedTable, files: readonly DataFile[], options: AppendOptions) {
    this.runtime = runtime;
    this.io = base.io;
    this.files = files;
    this.options = options;
    this.commitUuid = runtime.randomUuid();
    this.sync = runtime.randomBytes(16);
    this.snapshotId = unusedSnapshotId(runtime, base.metadata);
  }

  async prepare(base: LoadedTable, attempt: number): Promise<Change> {
    const { metadata } = base;
    this.manifests ??= await this.writeManifests(metadata);
    const parent =
      metadata.currentSnapshotId === undefined
        ? undefined
        : snapshotById(metadata, metadata.currentSnapshotId);
    const kept = parent === undefined ? [] : await snapshotManifests(this.io, parent, this.options);
    const sequenceNumber = metadata.formatVersion === 1 ? 0 : metadata.lastSequenceNumber + 1;
    const name = `snap-${this.snapshotId}-${attempt + 1}-${this.commitUuid}.avro`;
    const manifestList = metadataPath(metadata, name);
    const list = writeManifestList({
      formatVersion: metadata.formatVersion,
      snapshotId: this.snapshotId,
      ...(parent && { parentSnapshotId: parent.snapshotId }),
      sequenceNumber,
      ...(metadata.nextRowId !== undefined && { firstRowId: metadata.nextRowId }),
      manifests: [...this.manifests, ...kept],
      sync: this.sync,
    });
    await this.io.create(manifestList, list.bytes, this.options);
    this.lists.push(manifestList);
    const snapshot: Snapshot = {
      snapshotId: this.snapshotId,
      ...(parent && { parentSnapshotId: parent.snapshotId }),
      sequenceNumber,
      timestampMs: Math.max(this.runtime.now(), metadata.lastUpdatedMs, parent?.timestampMs ?? 0),
      manifestList,
      summary: this.summary(metadata, parent),
      schemaId: metadata.currentSchemaId,
      ...(list.nextRowId !== undefined && {
        firstRowId: metadata.nextRowId!,
        addedRows: list.nextRowId - metadata.nextRowId!,
      }),
    };
    return {
      requirements: [
        { type: "assert-table-uuid", uuid: metadata.tableUuid! },
        { type: "assert-ref-snapshot-id", ref: "main", snapshotId: parent?.snapshotId ?? null },
      ],
      updates: [
        { action: "add-snapshot", snapshot },
        { action: "set-snapshot-ref", refName: "main", ref: { type: "branch", snapshotId: this.snapshotId } },
      ],
    };
  }

  private summary(metadata: TableMetadata, parent: Snapshot | undefined): SnapshotSummary {
    const collector = newSummaryCollector();
    const schema = currentSchema(metadata);
    for (const file of this.files) {
      const spec = specById(metadata, file.specId);
      assert(spec !== undefined, `spec ${file.specId} was checked when the manifests were written`);
      collectFile(collector, "added", file, partitionPath(spec, schema, file.partition));
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

  /** After success: the lists of attempts that lost are nobody's (CMT-012). */
  async discardAllBut(snapshot: Snapshot | undefined): Promise<void> {
    if (snapshot === undefined) return;
    await this.delete(this.lists.filter((list) => list !== snapshot.manifestList));
  }

  /** After a definite failure: everything this commit wrote, never the caller's data files (CMT-011). */
  async discardAfter(error: unknown): Promise<void> {
    if (!isDefiniteFailure(error)) return;
    await this.delete([...this.lists, ...(this.manifests ?? []).map((manifest) => manifest.manifestPath)]);
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
      const spec = specById(metadata, specId);
      if (spec === undefined) {
        throw new ValidationError(
          `Cannot append ${files[0]!.filePath}: the table has no partition spec ${specId}`,
          {
            context: { specId, file: files[0]!.filePath },
          },
        );
      }
      const { bytes, manifest } = writeManifest({
        formatVersion: metadata.formatVersion,
        schema: currentSchema(metadata),
        spec,
        content: "data",
        snapshotId: this.snapshotId,
        entries: files.map((dataFile) => ({ status: "added" as const, dataFile })),
        sync: this.sync,
      });
      const manifestPath = metadataPath(metadata, `${this.commitUuid}-m${written.length}.avro`);
      await this.io.create(manifestPath, bytes, this.options);
      written.push({ ...manifest, manifestPath });
    }
    return written;
  }

  /** Clean-up never fails the operation: what stays is an orphan (CMT-012). */
  private async delete(locations: readonly string[]): Promise<void> {
    await Promise.allSettled(locations.map((location) => this.io.delete(location)));
  }
}

/** Whether a failed commit is known to have left the table untouched. */
export function isDefiniteFailure(error: unknown): boolean {
  return !(error instanceof Error && "code" in error && error.code === "commit-state-unknown");
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
