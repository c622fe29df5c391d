/**
 * Any mix of changes of one table in one commit: all of it becomes visible, or none (CMT-059).
 * Spec: Table Metadata; Commit Conflict Resolution and Retry.
 * @module
 */
import { type AbortOptions, IcebergError } from "../base/index.ts";
import { identifierText, type LoadedTable } from "../catalog/index.ts";
import type { DataFile } from "../manifests/index.ts";
import type { PartitionStatisticsFile, Snapshot, StatisticsFile } from "../metadata/index.ts";
import type { SpecUpdate } from "../partitioning/index.ts";
import type { SchemaUpdate } from "../schema/index.ts";
import type { SortTerm } from "../sorting/index.ts";
import { fastAppendStep, mergeAppendStep } from "./append.ts";
import { type DeleteFiles, deleteFilesStep } from "./delete-files.ts";
import { schemaStep, sortOrderStep, specStep } from "./evolve.ts";
import {
  locationStep,
  partitionStatisticsStep,
  removePartitionStatisticsStep,
  removeStatisticsStep,
  statisticsStep,
  upgradeStep,
} from "./metadata-steps.ts";
import {
  type OverwriteFiles,
  overwriteStep,
  type ReplacePartitions,
  replacePartitionsStep,
} from "./overwrite.ts";
import type { CommitContext } from "./retry.ts";
import { type RewriteFiles, rewriteFilesStep } from "./rewrite-files.ts";
import { type RewriteManifests, rewriteManifestsStep } from "./rewrite-manifests.ts";
import { type RowDelta, rowDeltaStep } from "./row-delta.ts";
import { SnapshotManager } from "./snapshot-manager.ts";
import type { SnapshotOptions } from "./snapshot-options.ts";
import { commitSteps, type TableStep } from "./steps.ts";
import { type PropertyChanges, propertiesStep } from "./update-properties.ts";

/** What a commit came to. */
export interface Committed<T> {
  /** The version that holds the changes. */
  readonly table: T;
  /** The last snapshot the commit added; absent when it added none. */
  readonly snapshot?: Snapshot;
  /** All of them, in the order of the steps. */
  readonly snapshots: readonly Snapshot[];
  /** Nothing was committed: a commit id was found in the table's history, and `snapshot` is what it names. */
  readonly wasCommittedBefore: boolean;
}

/**
 * Changes of one table, collected and committed together, in order. Functions among them run again on every newer
 * version of the table that the commit has to be made on; data files are never written again.
 *
 * @example
 * const { table: next } = await table.newTransaction()
 *   .updateSchema((u) => u.addColumn("region", t.string()))
 *   .append(files)
 *   .manageSnapshots((s) => s.createTag("loaded"))
 *   .commit();
 */
export class Transaction<T = LoadedTable> {
  private readonly context: CommitContext;
  private readonly base: LoadedTable;
  private readonly wrap: (table: LoadedTable) => T;
  private readonly steps: TableStep[] = [];
  private committed = false;

  /** `base` is the version the changes are made for; `wrap` makes what `commit` answers of the new one. */
  constructor(context: CommitContext, base: LoadedTable, wrap: (table: LoadedTable) => T) {
    this.context = context;
    this.base = base;
    this.wrap = wrap;
  }

  /** Changes the schema; `change` may run again on a newer one. */
  updateSchema(change: (update: SchemaUpdate) => unknown): this {
    return this.with(schemaStep(change));
  }
  /** Changes how new data is partitioned; `change` may run again on a newer spec. */
  updateSpec(change: (update: SpecUpdate) => unknown): this {
    return this.with(specStep(change));
  }
  /** Sorts new data another way; not at all without terms. */
  replaceSortOrder(terms: readonly SortTerm[]): this {
    return this.with(sortOrderStep(terms));
  }
  updateProperties(changes: PropertyChanges): this {
    return this.with(propertiesStep(identifierText(this.base.identifier), changes));
  }
  /** Moves where new files go; files that are written stay. */
  setLocation(location: string): this {
    return this.with(locationStep(location));
  }
  upgradeFormatVersion(formatVersion: 1 | 2 | 3): this {
    return this.with(upgradeStep(formatVersion));
  }
  setStatistics(statistics: StatisticsFile): this {
    return this.with(statisticsStep(statistics));
  }
  removeStatistics(snapshotId: bigint): this {
    return this.with(removeStatisticsStep(snapshotId));
  }
  setPartitionStatistics(statistics: PartitionStatisticsFile): this {
    return this.with(partitionStatisticsStep(statistics));
  }
  removePartitionStatistics(snapshotId: bigint): this {
    return this.with(removePartitionStatisticsStep(snapshotId));
  }
  /** Branches, tags, rollback, cherry-pick. */
  manageSnapshots(change: (manager: SnapshotManager) => unknown): this {
    change(new SnapshotManager(this.context.runtime, this.base, (step) => this.with(step)));
    return this;
  }

  /** Appends data files, merging small manifests by `commit.manifest.*`. */
  append(files: readonly DataFile[], options: SnapshotOptions = {}): this {
    return this.with(mergeAppendStep(this.context.runtime, this.base, files, options));
  }
  /** Appends data files without a look at other manifests. */
  fastAppend(files: readonly DataFile[], options: SnapshotOptions = {}): this {
    return this.with(fastAppendStep(this.context.runtime, this.base, files, options));
  }
  /** Removes rows by whole files, and adds files in their place. */
  overwrite(overwrite: OverwriteFiles, options: SnapshotOptions = {}): this {
    return this.with(overwriteStep(this.context.runtime, this.base, overwrite, options));
  }
  /** Adds files in place of all that is in their partitions. */
  replacePartitions(
    files: readonly DataFile[],
    replace: ReplacePartitions = {},
    options: SnapshotOptions = {},
  ): this {
    return this.with(replacePartitionsStep(this.context.runtime, this.base, files, replace, options));
  }
  /** Removes whole data files. */
  deleteFiles(deletes: DeleteFiles, options: SnapshotOptions = {}): this {
    return this.with(deleteFilesStep(this.context.runtime, this.base, deletes, options));
  }
  /** Adds rows and deletes of rows. */
  rowDelta(delta: RowDelta, options: SnapshotOptions = {}): this {
    return this.with(rowDeltaStep(this.context.runtime, this.base, delta, options));
  }
  /** Replaces files by others with the same rows. */
  rewriteFiles(rewrite: RewriteFiles, options: SnapshotOptions = {}): this {
    return this.with(rewriteFilesStep(this.context.runtime, this.base, rewrite, options));
  }
  /** Orders live files anew among manifests. */
  rewriteManifests(rewrite: RewriteManifests = {}, options: SnapshotOptions = {}): this {
    return this.with(rewriteManifestsStep(this.context.runtime, this.base, rewrite, options));
  }

  /**
   * Commits what was collected, once; without any change the table is answered as it is.
   * @throws ValidationError when a change does not fit the table, now or after another commit; IcebergError
   * `commit-failed` (nothing is left behind), `commit-state-unknown` (files are kept), `invalid-argument` when the
   * transaction was committed already.
   */
  async commit(options: AbortOptions = {}): Promise<Committed<T>> {
    this.requireOpen();
    this.committed = true;
    if (this.steps.length === 0) {
      return { table: this.wrap(this.base), snapshots: [], wasCommittedBefore: false };
    }
    const result = await commitSteps(this.context, this.base, this.steps, options);
    const snapshots = result.snapshots.filter((snapshot) => snapshot !== undefined);
    const snapshot = snapshots.at(-1);
    return {
      table: this.wrap(result.table),
      ...(snapshot && { snapshot }),
      snapshots,
      wasCommittedBefore: result.wasCommittedBefore,
    };
  }

  private with(step: TableStep): this {
    this.requireOpen();
    this.steps.push(step);
    return this;
  }

  private requireOpen(): void {
    if (!this.committed) return;
    throw new IcebergError(
      "invalid-argument",
      `Cannot go on with a transaction of ${identifierText(this.base.identifier)} after its commit: begin another`,
    );
  }
}
