/**
 * Changes of one table as steps, and their commit in one swap: each step sees the table as the steps before it leave
 * it, and all run again, in order, on every newer base (CMT-059). Spec: Commit Conflict Resolution and Retry.
 * @module
 */
import {
  type AbortOptions,
  CommitStateUnknownError,
  type IcebergError,
  isIcebergError,
  ValidationError,
} from "../base/index.ts";
import { identifierText, type LoadedTable } from "../catalog/index.ts";
import {
  applyUpdates,
  requirementsFor,
  type Snapshot,
  type TableMetadata,
  type TableRequirement,
  type TableUpdate,
} from "../metadata/index.ts";
import { reportSnapshots } from "./metrics-reporter.ts";
import { type Change, type CommitContext, type CommitOperation, commitWithRetry } from "./retry.ts";

/** State that a step was checked against although none of its updates touches it; `ref:` and a branch or tag. */
export type StepGuard = "current-schema" | "default-spec" | `ref:${string}`;

/** What a step comes to on one version of the table. */
export interface StepChange {
  /** Empty: the table is as wanted already. */
  readonly updates: readonly TableUpdate[];
  readonly guards?: readonly StepGuard[];
  /** The step was committed before, under the same commit id, as this snapshot: nothing of the commit is done again. */
  readonly earlier?: Snapshot;
}

/** What a step is told of the commit it is part of. */
export interface StepOptions extends AbortOptions {
  /** Snapshots that earlier steps of the same commit added: nothing conflicts with them. */
  readonly own: ReadonlySet<bigint>;
}

/** One change of a table. Its state, if it has any, lives through all attempts of one commit. */
export interface TableStep {
  /** What it changes, for the error when a newer base no longer allows it. Absent: errors speak for themselves. */
  readonly subject?: string;
  /** Whether `prepare` neither reads nor writes files and answers at once: it is tried before the commit's turn comes. */
  readonly isPure: boolean;
  /** The change on a base; called again with a newer one after each conflict. */
  prepare(base: LoadedTable, attempt: number, options: StepOptions): StepChange | Promise<StepChange>;
  /** Whether a table version holds what the last `prepare` made. */
  isApplied(metadata: TableMetadata): boolean;
  /** The id of the snapshot that the last `prepare` made, if it made one. */
  readonly snapshotId?: bigint | undefined;
  /** After success, when nothing may fail any more: tidies up and answers the snapshot it added. */
  settle?(committed: TableMetadata): Promise<Snapshot | undefined>;
  /** After a definite failure: removes what it wrote. Never throws. */
  discard?(): Promise<void>;
}

/** What a commit of steps comes to. */
export interface CommittedSteps {
  readonly table: LoadedTable;
  /** For each step the snapshot it added, or found there by its commit id. */
  readonly snapshots: readonly (Snapshot | undefined)[];
  /** Nothing was committed: a step's commit id is in the table's history already. */
  readonly wasCommittedBefore: boolean;
}

/**
 * Commits steps together, in order.
 * @throws ValidationError when a step does not fit the table, now or after another commit.
 * @throws CommitFailedError when other commits won every attempt; nothing is visible or left behind.
 * @throws CommitStateUnknownError when the outcome stays unknown; nothing is deleted.
 */
export async function commitSteps(
  context: CommitContext,
  base: LoadedTable,
  steps: readonly TableStep[],
  options: AbortOptions = {},
): Promise<CommittedSteps> {
  options.signal?.throwIfAborted();
  const operation = new StepsOperation(context, base, steps, options);
  try {
    tryPureSteps(steps, base, context.runtime.now());
    const startedAtMs = context.runtime.now();
    const table = await commitWithRetry(context, base, operation, options);
    const { earlier } = operation;
    if (earlier !== undefined) {
      for (const step of steps) await step.discard?.();
      const snapshots = steps.map((step) => (step === earlier.step ? earlier.snapshot : undefined));
      return { table, snapshots, wasCommittedBefore: true };
    }
    const snapshots: (Snapshot | undefined)[] = [];
    for (const step of steps) snapshots.push(await step.settle?.(table.metadata));
    reportSnapshots(context, table, snapshots, { startedAtMs, attempts: operation.attempts });
    return { table, snapshots, wasCommittedBefore: false };
  } catch (error) {
    if (isIcebergError(error, "commit-state-unknown")) throw inDoubt(error, steps);
    for (const step of steps) await step.discard?.();
    throw error;
  }
}

/** Steps that only change metadata: what is wrong on the version at hand need not wait its turn to be refused. */
function tryPureSteps(steps: readonly TableStep[], base: LoadedTable, nowMs: number): void {
  if (!steps.every((step) => step.isPure)) return;
  let { metadata } = base;
  for (const [at, step] of steps.entries()) {
    const { updates } = step.prepare({ ...base, metadata }, 0, { own: new Set() }) as StepChange;
    if (at < steps.length - 1) metadata = applyUpdates(metadata, updates, { nowMs });
  }
}

/** Whether a failed commit is known to have left the table untouched. */
export function isDefiniteFailure(error: unknown): boolean {
  return !isIcebergError(error, "commit-state-unknown");
}

class StepsOperation implements CommitOperation {
  private readonly context: CommitContext;
  private readonly base: LoadedTable;
  private readonly steps: readonly TableStep[];
  private readonly options: AbortOptions;
  /** Swaps that were tried. */
  attempts = 0;
  /** Set when a step was committed before. */
  earlier: { readonly step: TableStep; readonly snapshot: Snapshot } | undefined;

  constructor(context: CommitContext, base: LoadedTable, steps: readonly TableStep[], options: AbortOptions) {
    this.context = context;
    this.base = base;
    this.steps = steps;
    this.options = options;
  }

  async prepare(current: LoadedTable, attempt: number): Promise<Change> {
    this.earlier = undefined;
    const updates: TableUpdate[] = [];
    const guards = new Set<StepGuard>();
    const own = new Set<bigint>();
    let metadata = current.metadata;
    for (const [at, step] of this.steps.entries()) {
      const change = await this.prepareOne(step, current, metadata, attempt, own);
      if (step.snapshotId !== undefined) own.add(step.snapshotId);
      if (change.earlier !== undefined) {
        if (own.has(change.earlier.snapshotId)) throw sameIdTwice(current);
        this.earlier = { step, snapshot: change.earlier };
        return { requirements: [], updates: [] };
      }
      updates.push(...change.updates);
      for (const guard of change.guards ?? []) guards.add(guard);
      if (at === this.steps.length - 1 || change.updates.length === 0) continue;
      metadata = applyUpdates(metadata, change.updates, { nowMs: this.context.runtime.now() });
    }
    if (updates.length === 0) return { requirements: [], updates };
    this.attempts++;
    const requirements = requirementsFor(current.metadata, updates);
    for (const guard of guards) {
      const wanted = requirementOf(guard, current.metadata);
      if (!requirements.some((known) => isSame(known, wanted))) requirements.push(wanted);
    }
    return { requirements, updates };
  }

  /** A snapshot proves all of the commit, for it was one swap; steps without one have to be looked at each. */
  isApplied({ metadata }: LoadedTable): boolean {
    const proof = this.steps.find((step) => step.snapshotId !== undefined);
    return proof !== undefined
      ? proof.isApplied(metadata)
      : this.steps.every((step) => step.isApplied(metadata));
  }

  private async prepareOne(
    step: TableStep,
    current: LoadedTable,
    metadata: TableMetadata,
    attempt: number,
    own: ReadonlySet<bigint>,
  ): Promise<StepChange> {
    try {
      return await step.prepare({ ...current, metadata }, attempt, { ...this.options, own });
    } catch (cause) {
      if (current === this.base || step.subject === undefined || !isIcebergError(cause)) throw cause;
      throw new ValidationError(
        `Cannot change the ${step.subject} of ${identifierText(current.identifier)}: another commit changed the table meanwhile, and now: ${cause.message}`,
        { cause, context: cause.context },
      );
    }
  }
}

/** The second of two steps with one commit id would pass for committed, and the first be dropped with it. */
function sameIdTwice({ identifier }: LoadedTable): ValidationError {
  return new ValidationError(
    `Cannot commit to ${identifierText(identifier)}: two changes of the same transaction have one commit id; give it to one of them`,
  );
}

function requirementOf(guard: StepGuard, base: TableMetadata): TableRequirement {
  if (guard === "current-schema") {
    return { type: "assert-current-schema-id", currentSchemaId: base.currentSchemaId };
  }
  if (guard === "default-spec") {
    return { type: "assert-default-spec-id", defaultSpecId: base.defaultSpecId };
  }
  const ref = guard.slice("ref:".length);
  return { type: "assert-ref-snapshot-id", ref, snapshotId: base.refs.get(ref)?.snapshotId ?? null };
}

function isSame(one: TableRequirement, other: TableRequirement): boolean {
  const ofRef = one.type === "assert-ref-snapshot-id" && other.type === one.type;
  return one.type === other.type && (!ofRef || one.ref === other.ref);
}

/** The error of an unknown outcome, with the snapshot to look for. */
function inDoubt(error: IcebergError, steps: readonly TableStep[]): IcebergError {
  const snapshotId = steps.find((step) => step.snapshotId !== undefined)?.snapshotId;
  if (snapshotId === undefined) return error;
  const message = `${error.message}; it happened if the table has snapshot ${snapshotId}`;
  return new CommitStateUnknownError(message, { cause: error, context: { ...error.context, snapshotId } });
}
