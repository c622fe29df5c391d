/** Branches, tags and the current snapshot, changed together in one commit. Spec: Snapshot References. @module */
import type { LoadedTable } from "../catalog/index.ts";
import type { Runtime } from "../io/index.ts";
import { cherryPickStep } from "./cherry-pick.ts";
import {
  createRefStep,
  fastForwardStep,
  type RefOptions,
  type RefRetention,
  removeRefStep,
  renameBranchStep,
  replaceRefStep,
  retentionStep,
  rollbackStep,
  rollbackToTimeStep,
  setCurrentStep,
} from "./refs.ts";
import type { SnapshotOptions } from "./snapshot-options.ts";
import type { TableStep } from "./steps.ts";

/**
 * Collects changes of references. Each method answers the manager, so calls chain; nothing happens before the commit,
 * and a change that does not fit the table then is a `validation-failed`.
 * @example await table.manageSnapshots((s) => s.createTag("eom", { snapshotId }).rollbackTo(snapshotId));
 */
export class SnapshotManager {
  private readonly runtime: Runtime;
  private readonly base: LoadedTable;
  private readonly add: (step: TableStep) => void;

  constructor(runtime: Runtime, base: LoadedTable, add: (step: TableStep) => void) {
    this.runtime = runtime;
    this.base = base;
    this.add = add;
  }

  /** Makes a branch, at the current snapshot unless told otherwise. */
  createBranch(name: string, options: RefOptions = {}): this {
    return this.with(createRefStep("branch", name, options));
  }
  /** Makes a tag, at the current snapshot unless told otherwise. */
  createTag(name: string, options: Pick<RefOptions, "snapshotId" | "maxRefAgeMs"> = {}): this {
    return this.with(createRefStep("tag", name, options));
  }
  /** Points a branch at another snapshot; retention that is not given stays. */
  replaceBranch(name: string, options: RefOptions & { readonly snapshotId: bigint }): this {
    return this.with(replaceRefStep("branch", name, options));
  }
  /** Points a tag at another snapshot; retention that is not given stays. */
  replaceTag(name: string, options: Pick<RefOptions, "maxRefAgeMs"> & { readonly snapshotId: bigint }): this {
    return this.with(replaceRefStep("tag", name, options));
  }
  removeBranch(name: string): this {
    return this.with(removeRefStep("branch", name));
  }
  removeTag(name: string): this {
    return this.with(removeRefStep("tag", name));
  }
  renameBranch(from: string, to: string): this {
    return this.with(renameBranchStep(from, to));
  }
  /** Changes how long a branch or tag and its history are kept. */
  setRetention(name: string, retention: RefRetention): this {
    return this.with(retentionStep(name, retention));
  }
  /** Moves a branch forward to where another reference points (CMT-065). */
  fastForward(branch: string, to: string): this {
    return this.with(fastForwardStep(branch, to));
  }
  /** Moves `main`, or another branch, back to one of its ancestors. */
  rollbackTo(snapshotId: bigint, branch?: string): this {
    return this.with(rollbackStep(snapshotId, branch));
  }
  /** Moves `main`, or another branch, back to its newest ancestor before a time. */
  rollbackToTime(time: Date | number, branch?: string): this {
    return this.with(rollbackToTimeStep(Number(time), branch));
  }
  /** Points `main`, or another branch, at any snapshot of the table. */
  setCurrent(snapshotId: bigint, branch?: string): this {
    return this.with(setCurrentStep(snapshotId, branch));
  }
  /** Publishes a staged snapshot, or one of another branch (CMT-067). */
  cherryPick(snapshotId: bigint, options: SnapshotOptions = {}): this {
    return this.with(cherryPickStep(this.runtime, this.base, snapshotId, options));
  }

  private with(step: TableStep): this {
    this.add(step);
    return this;
  }
}
