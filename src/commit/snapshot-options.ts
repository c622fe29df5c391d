/** What a caller may say of the snapshot an operation makes. Spec: Snapshots; Snapshot summary; Branching. @module */
import { IcebergError, ValidationError } from "../base/index.ts";
import {
  ancestorsOf,
  currentSnapshot,
  isDerivedSummaryKey,
  MAIN_BRANCH,
  type Snapshot,
  type SnapshotRef,
  snapshotById,
  type TableMetadata,
} from "../metadata/index.ts";

/** Summary key of {@link SnapshotOptions.commitId}. */
export const COMMIT_ID_KEY = "icewright.commit-id";
/** Summary key of {@link SnapshotOptions.sourceWatermark}. */
export const SOURCE_WATERMARK_KEY = "icewright.source-watermark";
/** Summary key of {@link SnapshotOptions.wapId}, as every engine writes it. */
export const WAP_ID_KEY = "wap.id";

export interface SnapshotOptions {
  /** The branch to write to. One that is not there starts at the current snapshot (CMT-063). Default `main`. */
  readonly branch?: string;
  /** Extra entries of the snapshot summary. A key that the library works out, such as a total, is refused. */
  readonly snapshotProperties?: Readonly<Record<string, string>>;
  /** Add the snapshot without moving the branch, to be cherry-picked later (CMT-069). Default false. */
  readonly stageOnly?: boolean;
  /** Names a staged snapshot (write-audit-publish): the summary's `wap.id`. */
  readonly wapId?: string;
  /**
   * Makes the operation idempotent: a snapshot with the same id in the kept history of the branch is answered instead
   * of committing again. Once that snapshot is expired the id is forgotten.
   */
  readonly commitId?: string;
  /** How far the caller's source was read, kept beside the commit id for whoever resumes. */
  readonly sourceWatermark?: string;
}

/** Refuses options that no snapshot can have; to be called before anything is written. Throws `invalid-argument`. */
export function checkSnapshotOptions(options: SnapshotOptions): void {
  const refuse = (key: string, value: unknown, why: string): never => {
    throw new IcebergError(
      "invalid-argument",
      `Cannot put ${JSON.stringify(key)} = ${String(value)} into the snapshot summary: ${why}`,
      { context: { key, value } },
    );
  };
  for (const [key, value] of Object.entries(options.snapshotProperties ?? {})) {
    if (typeof value !== "string") refuse(key, value, "its value must be text");
    if (isDerivedSummaryKey(key)) refuse(key, value, "the library works it out");
  }
  for (const name of ["branch", "wapId", "commitId", "sourceWatermark"] as const) {
    const value = options[name];
    if (value === undefined || (typeof value === "string" && value !== "")) continue;
    throw new IcebergError("invalid-argument", `Cannot use ${name} = ${String(value)}: give text`, {
      context: { [name]: value },
    });
  }
}

/** What the options add to the summary. */
export function* summaryEntries(options: SnapshotOptions): Generator<readonly [string, string]> {
  yield* Object.entries(options.snapshotProperties ?? {});
  if (options.wapId !== undefined) yield [WAP_ID_KEY, options.wapId];
  if (options.commitId !== undefined) yield [COMMIT_ID_KEY, options.commitId];
  if (options.sourceWatermark !== undefined) yield [SOURCE_WATERMARK_KEY, options.sourceWatermark];
}

/** The branch an operation writes to, as it is on a base. */
export interface BranchHead {
  readonly branch: string;
  /** Parent of the new snapshot. */
  readonly head: Snapshot | undefined;
  /** Absent when the branch is still to be made. */
  readonly ref: SnapshotRef | undefined;
}

/** @throws ValidationError when the name is a tag's, or the branch names a snapshot that is gone. */
export function branchHead(metadata: TableMetadata, branch: string = MAIN_BRANCH): BranchHead {
  const ref = metadata.refs.get(branch);
  if (ref === undefined) return { branch, ref, head: currentSnapshot(metadata) };
  if (ref.type === "tag") {
    throw new ValidationError(`Cannot write to ${branch}: it is a tag, and tags do not move; name a branch`, {
      context: { ref: branch },
    });
  }
  const head = snapshotById(metadata, ref.snapshotId);
  if (head === undefined) {
    throw new ValidationError(`Cannot write to ${branch}: its snapshot ${ref.snapshotId} is gone`, {
      context: { ref: branch, snapshotId: ref.snapshotId },
    });
  }
  return { branch, ref, head };
}

/** The snapshot that was committed under the options' commit id; of staged ones anywhere in the table. */
export function earlierCommit(metadata: TableMetadata, options: SnapshotOptions): Snapshot | undefined {
  const { commitId } = options;
  if (commitId === undefined) return undefined;
  const { head } = branchHead(metadata, options.branch);
  const history =
    options.stageOnly === true
      ? metadata.snapshots
      : head === undefined
        ? []
        : ancestorsOf(metadata, head.snapshotId);
  for (const snapshot of history) if (snapshot.summary?.get(COMMIT_ID_KEY) === commitId) return snapshot;
  return undefined;
}
