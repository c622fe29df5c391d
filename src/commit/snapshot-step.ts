/**
 * A step that adds one snapshot: what every operation on files has in common around the manifests it makes.
 * Spec: Snapshots; Commit Conflict Resolution and Retry; CMT-008, CMT-062, CMT-063, CMT-069.
 * @module
 */
import type { LoadedTable } from "../catalog/index.ts";
import type { Runtime } from "../io/index.ts";
import type { DataFile, ManifestFile } from "../manifests/index.ts";
import {
  collectFile,
  currentSchema,
  MAIN_BRANCH,
  newSummaryCollector,
  type Snapshot,
  type SnapshotOperation,
  type SnapshotSummary,
  type SummaryCollector,
  snapshotById,
  snapshotSummary,
  type TableMetadata,
  type TableUpdate,
} from "../metadata/index.ts";
import { partitionPath } from "../partitioning/index.ts";
import type { Schema } from "../schema/index.ts";
import { requireSpec, schemaForSpec } from "./manifest-access.ts";
import { wholeNumber } from "./retry.ts";
import { SnapshotFiles } from "./snapshot-files.ts";
import {
  type BranchHead,
  branchHead,
  checkSnapshotOptions,
  earlierCommit,
  type SnapshotOptions,
  summaryEntries,
} from "./snapshot-options.ts";
import type { StepChange, StepGuard, StepOptions, TableStep } from "./steps.ts";

/** One attempt, as an operation sees it. */
export interface SnapshotAttempt {
  readonly metadata: TableMetadata;
  /** Parent of the new snapshot. */
  readonly head: Snapshot | undefined;
  readonly files: SnapshotFiles;
  readonly options: StepOptions;
}

/** What an operation makes of one base. */
export interface SnapshotContent {
  readonly operation: SnapshotOperation;
  /** In list order. */
  readonly manifests: readonly ManifestFile[];
  readonly added: readonly DataFile[];
  readonly removed: readonly DataFile[];
  /** Facts of the operation for the summary. */
  readonly facts?: Iterable<readonly [string, string]>;
  /** Nothing came of it: no snapshot is needed unless the caller asks for one by what the options say of it. */
  readonly isNothing?: boolean;
}

/** Validates and builds, anew for every attempt. */
export type SnapshotProducer = (attempt: SnapshotAttempt) => Promise<SnapshotContent>;

/** `write.summary.partition-limit`. Throws `validation-failed` unless it is a whole number. */
export function partitionSummaryLimit(properties: ReadonlyMap<string, string>): number {
  return wholeNumber(properties, "write.summary.partition-limit", 0);
}

/** A step out of a producer. `base` is the version the operation was made for. Throws `invalid-argument`. */
export function snapshotStep(
  runtime: Runtime,
  base: LoadedTable,
  produce: SnapshotProducer,
  options: SnapshotOptions,
): TableStep {
  checkSnapshotOptions(options);
  return new SnapshotStep(runtime, base, produce, options);
}

class SnapshotStep implements TableStep {
  readonly isPure = false;
  private readonly runtime: Runtime;
  private readonly produce: SnapshotProducer;
  private readonly options: SnapshotOptions;
  private readonly files: SnapshotFiles;
  /** Partition values of new files have its types, whatever is promoted meanwhile. */
  private readonly schema: Schema;
  /** Of the latest attempt. */
  private snapshot: Snapshot | undefined;

  constructor(runtime: Runtime, base: LoadedTable, produce: SnapshotProducer, options: SnapshotOptions) {
    this.runtime = runtime;
    this.produce = produce;
    this.options = options;
    this.files = new SnapshotFiles(runtime, base.io, base.metadata);
    this.schema = currentSchema(base.metadata);
  }

  get snapshotId(): bigint | undefined {
    return this.snapshot?.snapshotId;
  }

  async prepare({ metadata }: LoadedTable, attempt: number, options: StepOptions): Promise<StepChange> {
    this.snapshot = undefined;
    const earlier = earlierCommit(metadata, this.options);
    if (earlier !== undefined) return { updates: [], earlier };
    const target = branchHead(metadata, this.options.branch);
    const parent = target.head;
    const content = await this.produce({ metadata, head: parent, files: this.files, options });
    const summary = this.summary(metadata, parent, content);
    if (content.isNothing === true && [...summaryEntries(this.options)].length === 0) return { updates: [] };
    const list = await this.files.writeList(metadata, parent, content.manifests, attempt, options);
    this.snapshot = {
      snapshotId: this.files.snapshotId,
      ...(parent && { parentSnapshotId: parent.snapshotId }),
      sequenceNumber: list.sequenceNumber,
      timestampMs: Math.max(this.runtime.now(), metadata.lastUpdatedMs, parent?.timestampMs ?? 0),
      manifestList: list.location,
      summary,
      schemaId: metadata.currentSchemaId,
      ...(list.nextRowId !== undefined && {
        firstRowId: metadata.nextRowId!,
        addedRows: list.nextRowId - metadata.nextRowId!,
      }),
    };
    // A new branch starts where main is: elsewhere main's old head may be expired, and files with it.
    const guards: StepGuard[] =
      target.ref === undefined && parent !== undefined ? [`ref:${MAIN_BRANCH}`] : [];
    return { updates: this.updates(this.snapshot, target), guards };
  }

  isApplied(metadata: TableMetadata): boolean {
    return snapshotById(metadata, this.files.snapshotId) !== undefined;
  }

  async settle(metadata: TableMetadata): Promise<Snapshot | undefined> {
    if (this.snapshot === undefined) {
      await this.files.discardAll();
      return undefined;
    }
    const committed = snapshotById(metadata, this.files.snapshotId);
    // What cannot be seen any more, expired perhaps, may still be referred to.
    if (committed !== undefined) await this.files.keepOnly(committed);
    return committed ?? this.snapshot;
  }

  async discard(): Promise<void> {
    await this.files.discardAll();
  }

  private updates(snapshot: Snapshot, { branch, ref }: BranchHead): TableUpdate[] {
    const added: TableUpdate = { action: "add-snapshot", snapshot };
    if (this.options.stageOnly === true) return [added];
    const moved = { ...(ref ?? { type: "branch" }), snapshotId: snapshot.snapshotId };
    return [added, { action: "set-snapshot-ref", refName: branch, ref: moved }];
  }

  private summary(
    metadata: TableMetadata,
    parent: Snapshot | undefined,
    { operation, added, removed, facts = [] }: SnapshotContent,
  ): SnapshotSummary {
    const collector = newSummaryCollector();
    this.collect(metadata, collector, "added", added);
    this.collect(metadata, collector, "removed", removed);
    return snapshotSummary({
      operation,
      ...collector,
      previous: parent === undefined ? undefined : (parent.summary ?? new Map()),
      partitionLimit: partitionSummaryLimit(metadata.properties),
      extra: [...facts, ...summaryEntries(this.options)],
    });
  }

  private collect(
    metadata: TableMetadata,
    collector: SummaryCollector,
    change: "added" | "removed",
    files: readonly DataFile[],
  ): void {
    const written = change === "added" ? this.schema : undefined;
    const paths = new Map<number, (file: DataFile) => string>();
    for (const file of files) {
      let pathOf = paths.get(file.specId);
      if (pathOf === undefined) {
        const spec = requireSpec(metadata, file.specId, file.filePath);
        const schema = schemaForSpec(metadata, spec, written);
        pathOf = ({ partition }) => partitionPath(spec, schema, partition);
        paths.set(file.specId, pathOf);
      }
      collectFile(collector, change, file, pathOf(file));
    }
  }
}
