/**
 * One writer to the table for many producers: what they submit is committed together, once per interval, so that the
 * number of commits does not grow with the number of producers.
 * @module
 */
import { type AbortOptions, IcebergError } from "../base/index.ts";
import type { LoadedTable } from "../catalog/index.ts";
import type { CommitContext } from "../commit/index.ts";
import type { Snapshot } from "../metadata/index.ts";
import type { Table } from "../table/index.ts";
import { commitResults, type ResultOutcome } from "./commit-results.ts";
import { RecordedResults } from "./recorded-results.ts";
import { checkResultId, requireTable, type WriteResult } from "./write-result.ts";

export interface CommitterOptions {
  /** How long the first result of a group waits for others, in milliseconds. Default 1,000. */
  readonly intervalMs?: number;
  /** A group with so many files is committed at once, and no group has many more. Default 10,000. */
  readonly maxFiles?: number;
  /** Results that may wait for their commit; `submit` holds further ones back. Default 1,000. */
  readonly maxPending?: number;
  /** The branch to commit to. Default `main`. */
  readonly branch?: string;
  /** Extra entries of each snapshot's summary. */
  readonly snapshotProperties?: Readonly<Record<string, string>>;
  /** Called after each commit that added a snapshot. */
  readonly onCommit?: (commit: GroupCommit) => void;
}

/** One commit of a committer. */
export interface GroupCommit {
  readonly snapshot: Snapshot;
  readonly results: number;
  readonly files: number;
}

/** What became of a submitted result. */
export interface Submitted {
  /** The snapshot that added its files. */
  readonly snapshot: Snapshot;
  /** It was in the table before: this submission, or its copy, came second. */
  readonly wasCommittedBefore: boolean;
}

interface Pending {
  readonly result: WriteResult;
  readonly since: number;
  readonly done: Promise<Submitted>;
  readonly settle: (outcome: ResultOutcome) => void;
}

const DEFAULTS = { intervalMs: 1_000, maxFiles: 10_000, maxPending: 1_000 };

/**
 * Commits the write results of many producers in groups.
 *
 * ```ts
 * const committer = new Committer(table, { intervalMs: 200 });
 * const { snapshot } = await committer.submit(await writeFiles(table, rows));
 * await committer.close();
 * ```
 *
 * Results are recognised by their ids: one that is submitted twice, to this committer or another, is committed once to
 * a branch, as long as the snapshot that has it is kept there. So after any error the same result can be submitted again. The committer
 * deletes no file of a result, whatever happens: `discardResult` is for whoever gives one up.
 */
export class Committer {
  private readonly context: CommitContext;
  private readonly options: CommitterOptions & typeof DEFAULTS;
  private readonly recorded: RecordedResults;
  /** In order of arrival; those of the commit under way are no longer in it. */
  private readonly queue: Pending[] = [];
  /** By id: the queue and the commit under way. */
  private readonly pending = new Map<string, Pending>();
  private readonly stop = new AbortController();
  private table: LoadedTable;
  /** Producers held back, first come, first served. */
  private heldBack: (() => void)[] = [];
  private driving: Promise<void> | undefined;
  /** Ends the wait for further results. */
  private hurry: (() => void) | undefined;
  private flushing = 0;
  private closed = false;

  /**
   * @param table The table to commit to, through its catalog; any version of it will do.
   * @throws IcebergError `invalid-argument` for a read-only table or an option out of range.
   */
  constructor(table: Pick<Table, "contextFor" | keyof LoadedTable>, options: CommitterOptions = {}) {
    this.context = table.contextFor("commit to");
    this.table = table;
    this.options = { ...DEFAULTS, ...options };
    this.recorded = new RecordedResults(options.branch);
    for (const name of ["intervalMs", "maxFiles", "maxPending"] as const) {
      const value = this.options[name];
      if (value >= (name === "intervalMs" ? 0 : 1) && (Number.isInteger(value) || name === "intervalMs"))
        continue;
      throw new IcebergError(
        "invalid-argument",
        `Cannot commit with ${name} = ${value}: it must be a whole number above 0`,
        {
          context: { [name]: value },
        },
      );
    }
  }

  /** Results that wait for their commit or are being committed. */
  get pendingResults(): number {
    return this.pending.size;
  }

  /**
   * Hands over a result; resolves when its files are in the table. While too many wait it does not get in: a producer
   * that awaits each submission slows down to what the table can take. The signal only ends that wait.
   * @throws IcebergError `invalid-argument` when the result belongs to another table, `unavailable` when the committer
   * is closed, `validation-failed` when the table refuses the result, `commit-failed` when other commits won every
   * attempt, `commit-state-unknown` when nobody can tell: submitting it again finds out.
   */
  async submit(result: WriteResult, options: AbortOptions = {}): Promise<Submitted> {
    checkResultId(result.id);
    requireTable(result.tableUuid, this.table.metadata, "invalid-argument", `write result ${result.id}`);
    options.signal?.throwIfAborted();
    while (!this.closed && !this.pending.has(result.id) && this.pending.size >= this.options.maxPending) {
      await this.room(options);
    }
    if (this.closed) throw closedError();
    const twin = this.pending.get(result.id);
    if (twin !== undefined) return await twin.done;
    return await this.enqueue(result);
  }

  /** Commits at once what was submitted so far; resolves when all of it is settled, well or badly. Never throws. */
  async flush(): Promise<void> {
    this.flushing++;
    this.hurry?.();
    await Promise.allSettled([...this.pending.values()].map(({ done }) => done));
    this.flushing--;
  }

  /** Takes no more results, commits those that wait and resolves when they are settled. Never throws. */
  async close(): Promise<void> {
    this.closed = true;
    this.admit();
    await this.flush();
    await this.driving;
  }

  /**
   * Takes no more results and rejects those that wait with `reason`. The commit under way is told to stop and comes to
   * its own end: its results are settled with what became of them. Never throws.
   */
  async abort(reason: unknown = closedError()): Promise<void> {
    this.closed = true;
    this.admit();
    for (const waiting of this.queue.splice(0)) this.settle(waiting, { kind: "failed", error: reason });
    this.stop.abort(reason);
    this.hurry?.();
    await this.driving;
  }

  private enqueue(result: WriteResult): Promise<Submitted> {
    let settle: Pending["settle"] = () => {};
    const done = new Promise<Submitted>((resolve, reject) => {
      settle = (outcome) => {
        if (outcome.kind === "failed") reject(outcome.error);
        else resolve({ snapshot: outcome.snapshot, wasCommittedBefore: outcome.wasCommittedBefore });
      };
    });
    const pending: Pending = { result, since: this.context.runtime.now(), done, settle };
    this.queue.push(pending);
    this.pending.set(result.id, pending);
    if (this.filesWaiting() >= this.options.maxFiles) this.hurry?.();
    this.driving ??= this.drive();
    return done;
  }

  /** Runs while results wait. */
  private async drive(): Promise<void> {
    while (this.queue.length > 0) {
      await this.gather();
      const group = this.nextGroup();
      if (group.length > 0) await this.commit(group);
    }
    this.driving = undefined;
  }

  /** Waits until the first result has waited long enough, or there is a reason not to wait. */
  private async gather(): Promise<void> {
    const { runtime } = this.context;
    const waited = runtime.now() - this.queue[0]!.since;
    const wait = Math.min(this.options.intervalMs, this.options.intervalMs - waited);
    if (wait <= 0 || this.closed || this.flushing > 0 || this.filesWaiting() >= this.options.maxFiles) return;
    const timer = new AbortController();
    const hurried = new Promise<void>((resolve) => {
      this.hurry = resolve;
    });
    await Promise.race([hurried, runtime.sleep(wait, { signal: timer.signal }).catch(() => undefined)]);
    this.hurry = undefined;
    timer.abort();
  }

  private nextGroup(): readonly Pending[] {
    let files = 0;
    let size = 0;
    while (size < this.queue.length && files < this.options.maxFiles) {
      files += filesOf(this.queue[size++]!.result);
    }
    return this.queue.splice(0, size);
  }

  private async commit(group: readonly Pending[]): Promise<void> {
    const byResult = new Map(group.map((pending) => [pending.result, pending]));
    const added = new Map<Snapshot, WriteResult[]>();
    const { branch, snapshotProperties, onCommit } = this.options;
    this.table = await commitResults(this.context, this.table, [...byResult.keys()], this.recorded, {
      signal: this.stop.signal,
      ...(branch !== undefined && { branch }),
      ...(snapshotProperties !== undefined && { snapshotProperties }),
      settle: (result, outcome) => {
        this.settle(byResult.get(result)!, outcome);
        if (outcome.kind !== "committed" || outcome.wasCommittedBefore) return;
        const results = added.get(outcome.snapshot);
        if (results === undefined) added.set(outcome.snapshot, [result]);
        else results.push(result);
      },
    });
    for (const [snapshot, results] of added) {
      const files = results.reduce((sum, result) => sum + filesOf(result), 0);
      try {
        onCommit?.({ snapshot, results: results.length, files });
      } catch {
        // The commit stands, whatever its observer thinks of it.
      }
    }
  }

  private settle(pending: Pending, outcome: ResultOutcome): void {
    this.pending.delete(pending.result.id);
    pending.settle(outcome);
    this.admit();
  }

  private filesWaiting(): number {
    return this.queue.reduce((sum, { result }) => sum + filesOf(result), 0);
  }

  /** Resolves when somebody may try to get in. */
  private async room({ signal }: AbortOptions): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const enter = () => {
        signal?.removeEventListener("abort", leave);
        resolve();
      };
      const leave = () => {
        this.heldBack = this.heldBack.filter((other) => other !== enter);
        reject(signal?.reason);
      };
      signal?.addEventListener("abort", leave, { once: true });
      this.heldBack.push(enter);
    });
  }

  private admit(): void {
    const free = this.closed ? this.heldBack.length : this.options.maxPending - this.pending.size;
    for (const enter of this.heldBack.splice(0, Math.max(0, free))) enter();
  }
}

/** A result without files counts too: it waits and is recorded like any other. */
function filesOf({ dataFiles, deleteFiles }: WriteResult): number {
  return Math.max(1, dataFiles.length + deleteFiles.length);
}

function closedError(): IcebergError {
  return new IcebergError("unavailable", "Cannot submit to this committer: it is closed; make a new one");
}
