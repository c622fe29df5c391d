/** Branches and tags, and where they point. Spec: Snapshot References; CMT-064 to CMT-066, MET-042 to MET-046. @module */
import { ValidationError } from "../base/index.ts";
import {
  ancestorsOf,
  MAIN_BRANCH,
  type Snapshot,
  type SnapshotRef,
  sameRef,
  type TableMetadata,
} from "../metadata/index.ts";
import { type MetadataChange, metadataStep, requireSnapshot } from "./metadata-steps.ts";
import type { TableStep } from "./steps.ts";

/** How long a reference and its history are kept; absent members leave what the reference or the table says. */
export interface RefRetention {
  /** Branches only: snapshots that stay whatever their age. */
  readonly minSnapshotsToKeep?: number;
  /** Branches only, milliseconds. */
  readonly maxSnapshotAgeMs?: number;
  /** Milliseconds; of `main` without effect, for it never expires. */
  readonly maxRefAgeMs?: number;
}

export interface RefOptions extends RefRetention {
  /** Where it points. Default: the current snapshot. */
  readonly snapshotId?: bigint;
}

/** Makes a branch or tag. Throws `validation-failed` when the name is taken or there is no snapshot. */
export function createRefStep(type: "branch" | "tag", name: string, options: RefOptions = {}): TableStep {
  return metadataStep(undefined, (metadata) => {
    const taken = metadata.refs.get(name);
    if (taken !== undefined) {
      throw refuse(name, `Cannot create ${type} ${name}: a ${taken.type} of that name exists`);
    }
    return setRef(name, { type, ...optionsOf(metadata, name, options) });
  });
}

/** Points a branch or tag elsewhere; its retention stays but for what the options say. */
export function replaceRefStep(
  type: "branch" | "tag",
  name: string,
  options: RefOptions & { readonly snapshotId: bigint },
): TableStep {
  return metadataStep(undefined, (metadata) => {
    const { snapshotId: _, ...kept } = requireRef(metadata, type, name, "replace");
    return setRef(name, { ...kept, ...optionsOf(metadata, name, options) });
  });
}

/** Removes a branch or tag; its snapshots stay until they expire. `main` cannot be removed. */
export function removeRefStep(type: "branch" | "tag", name: string): TableStep {
  return metadataStep(undefined, (metadata) => {
    requireRef(metadata, type, name, "remove");
    if (name === MAIN_BRANCH) throw refuse(name, "Cannot remove branch main: every table has it");
    return {
      updates: [{ action: "remove-snapshot-ref", refName: name }],
      // A commit that came meanwhile would be lost with the branch.
      guards: [`ref:${name}`],
      isIn: (now) => !now.refs.has(name),
    };
  });
}

/** Gives a branch another name. Not `main`, and not a name that is taken. */
export function renameBranchStep(from: string, to: string): TableStep {
  return metadataStep(undefined, (metadata) => {
    const ref = requireRef(metadata, "branch", from, "rename");
    if (from === MAIN_BRANCH) throw refuse(from, "Cannot rename branch main: every table has it");
    if (metadata.refs.has(to)) throw refuse(to, `Cannot rename branch ${from} to ${to}: the name is taken`);
    return {
      updates: [
        { action: "remove-snapshot-ref", refName: from },
        { action: "set-snapshot-ref", refName: to, ref },
      ],
      guards: [`ref:${from}`],
      isIn: (now) => !now.refs.has(from) && sameRef(now.refs.get(to), ref),
    };
  });
}

/** Changes how long a branch or tag is kept. */
export function retentionStep(name: string, retention: RefRetention): TableStep {
  return metadataStep(undefined, (metadata) => {
    const ref = metadata.refs.get(name);
    if (ref === undefined)
      throw refuse(name, `Cannot change retention of ${name}: the table has no such reference`);
    return setRef(name, { ...ref, ...definedOf(retention) });
  });
}

/**
 * Moves a branch to where another reference points, which must be a descendant (CMT-065). A branch that is not there
 * is made.
 */
export function fastForwardStep(branch: string, to: string): TableStep {
  return metadataStep(undefined, (metadata) => {
    const target = metadata.refs.get(to);
    if (target === undefined) {
      throw refuse(to, `Cannot fast-forward ${branch} to ${to}: the table has no such reference`);
    }
    const { snapshotId } = target;
    if (!metadata.refs.has(branch)) return setRef(branch, { type: "branch", snapshotId });
    const ref = requireRef(metadata, "branch", branch, "fast-forward");
    if (!isAncestor(metadata, ref.snapshotId, snapshotId)) {
      throw refuse(
        branch,
        `Cannot fast-forward ${branch} to ${to}: snapshot ${ref.snapshotId} is no ancestor of ${snapshotId}`,
      );
    }
    return ref.snapshotId === snapshotId ? nothing(branch, ref) : setRef(branch, { ...ref, snapshotId });
  });
}

/** Moves a branch back to one of its ancestors (CMT-066). */
export function rollbackStep(snapshotId: bigint, branch: string = MAIN_BRANCH): TableStep {
  return metadataStep(undefined, (metadata) => {
    requireSnapshot(metadata, snapshotId, "roll back to");
    const ref = requireRef(metadata, "branch", branch, "roll back");
    if (!isAncestor(metadata, snapshotId, ref.snapshotId)) {
      throw refuse(
        branch,
        `Cannot roll back ${branch} to snapshot ${snapshotId}: it is no ancestor of ${ref.snapshotId}; set it as current instead`,
      );
    }
    return setRef(branch, { ...ref, snapshotId });
  });
}

/** Moves a branch back to the newest ancestor older than a time in milliseconds since the epoch (CMT-066). */
export function rollbackToTimeStep(timeMs: number, branch: string = MAIN_BRANCH): TableStep {
  return metadataStep(undefined, (metadata) => {
    const ref = requireRef(metadata, "branch", branch, "roll back");
    let target: Snapshot | undefined;
    for (const snapshot of ancestorsOf(metadata, ref.snapshotId)) {
      if (snapshot.timestampMs >= timeMs) continue;
      target = snapshot;
      break;
    }
    if (target === undefined) {
      throw refuse(
        branch,
        `Cannot roll back ${branch}: no snapshot of its kept history is older than ${timeMs}`,
      );
    }
    return setRef(branch, { ...ref, snapshotId: target.snapshotId });
  });
}

/** Points a branch at any snapshot of the table (CMT-066). */
export function setCurrentStep(snapshotId: bigint, branch: string = MAIN_BRANCH): TableStep {
  return metadataStep(undefined, (metadata) => {
    requireSnapshot(metadata, snapshotId, "set as current");
    const ref = metadata.refs.get(branch);
    if (ref !== undefined) requireRef(metadata, "branch", branch, "move");
    return setRef(branch, { ...(ref ?? { type: "branch" }), snapshotId });
  });
}

/** Whether a snapshot is another, or an ancestor of it in the kept history. */
export function isAncestor(metadata: TableMetadata, ancestor: bigint, snapshotId: bigint): boolean {
  for (const snapshot of ancestorsOf(metadata, snapshotId)) if (snapshot.snapshotId === ancestor) return true;
  return false;
}

function setRef(refName: string, ref: SnapshotRef): MetadataChange {
  return {
    updates: [{ action: "set-snapshot-ref", refName, ref }],
    isIn: (now) => sameRef(now.refs.get(refName), ref),
  };
}

function nothing(refName: string, ref: SnapshotRef): MetadataChange {
  return { updates: [], isIn: (now) => sameRef(now.refs.get(refName), ref) };
}

function requireRef(
  metadata: TableMetadata,
  type: "branch" | "tag",
  name: string,
  verb: string,
): SnapshotRef {
  const ref = metadata.refs.get(name);
  if (ref === undefined) throw refuse(name, `Cannot ${verb} ${type} ${name}: the table has no such ${type}`);
  if (ref.type !== type) throw refuse(name, `Cannot ${verb} ${type} ${name}: it is a ${ref.type}`);
  return ref;
}

function optionsOf(metadata: TableMetadata, name: string, { snapshotId, ...retention }: RefOptions) {
  const id = snapshotId ?? metadata.currentSnapshotId;
  if (id === undefined)
    throw refuse(name, `Cannot point ${name} at the current snapshot: the table has none`);
  requireSnapshot(metadata, id, `point ${name} at`);
  return { snapshotId: id, ...definedOf(retention) };
}

/** Without members that are there but undefined, which would hide what the reference has. */
function definedOf({ minSnapshotsToKeep, maxSnapshotAgeMs, maxRefAgeMs }: RefRetention): RefRetention {
  return {
    ...(minSnapshotsToKeep !== undefined && { minSnapshotsToKeep }),
    ...(maxSnapshotAgeMs !== undefined && { maxSnapshotAgeMs }),
    ...(maxRefAgeMs !== undefined && { maxRefAgeMs }),
  };
}

function refuse(ref: string, message: string): ValidationError {
  return new ValidationError(message, { context: { ref } });
}
