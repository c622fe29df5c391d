/** How far an operation must be alone with what it read. Spec: Commit Conflict Resolution; CMT-020, CMT-024. @module */
import { IcebergError } from "../base/index.ts";
import type { Expression } from "../expressions/index.ts";
import type { TableMetadata } from "../metadata/index.ts";
import type { Since } from "./history.ts";
import { branchHead, type SnapshotOptions } from "./snapshot-options.ts";
import type { SnapshotAttempt } from "./snapshot-step.ts";

/** `serializable`: no data and no deletes came in between; `snapshot`: no deletes did. */
export type IsolationLevel = "serializable" | "snapshot";

export interface ConflictChecks {
  /** Asks for both checks below, or for the second alone. Default: only the checks asked for one by one. */
  readonly isolation?: IsolationLevel;
  /** Fail when data files were added that may hold rows the operation depends on. */
  readonly validateNoConflictingData?: boolean;
  /** Fail when deletes were added, or data files removed, that concern rows the operation depends on. */
  readonly validateNoConflictingDeletes?: boolean;
  /** The rows the operation depends on. Default: the rows it overwrites, or else the whole table. */
  readonly conflictFilter?: Expression;
  /** The snapshot the operation was worked out on. Default: the head of the branch in the table it is called on. */
  readonly validateFromSnapshot?: bigint;
}

/** The two questions, answered. Throws `invalid-argument` for another isolation level. */
export function checksOf(checks: ConflictChecks): { readonly data: boolean; readonly deletes: boolean } {
  const { isolation } = checks;
  if (isolation !== undefined && isolation !== "serializable" && isolation !== "snapshot") {
    throw new IcebergError(
      "invalid-argument",
      `Cannot use isolation level ${String(isolation)}: it is serializable or snapshot`,
    );
  }
  return {
    data: checks.validateNoConflictingData ?? isolation === "serializable",
    deletes: checks.validateNoConflictingDeletes ?? isolation !== undefined,
  };
}

/** Where an operation's look at the table began; `base` is the version it was called on. */
export function startOf(
  base: TableMetadata,
  checks: ConflictChecks,
  { branch }: SnapshotOptions,
): bigint | undefined {
  return checks.validateFromSnapshot ?? branchHead(base, branch).head?.snapshotId;
}

/** The history to look at in one attempt. */
export function sinceOf(
  { metadata, head, files, options }: SnapshotAttempt,
  start: bigint | undefined,
): Since {
  return { io: files.io, metadata, head, start, own: options.own };
}
