/**
 * Optimistic concurrency: attempt, and on a definite conflict refresh, re-apply and try again (CMT-007, CMT-008).
 * Writers of one table in one process queue instead of racing each other (decision 7).
 * @module
 */
import {
  type AbortOptions,
  CommitFailedError,
  CommitStateUnknownError,
  isIcebergError,
  ValidationError,
} from "../base/index.ts";
import {
  type CatalogClient,
  type CommitOutcome,
  identifierText,
  type LoadedTable,
  type Turn,
} from "../catalog/index.ts";
import type { Runtime } from "../io/index.ts";
import { metadataCodec, type TableRequirement, type TableUpdate } from "../metadata/index.ts";
import type { MetricsReporter } from "./metrics-reporter.ts";

/** `commit.retry.*` or `commit.status-check.*` of a table; times in milliseconds. */
export interface RetryPolicy {
  /** Attempts after the first. */
  readonly numRetries: number;
  readonly minWaitMs: number;
  readonly maxWaitMs: number;
  readonly totalTimeoutMs: number;
}

/** One change to swap in: what must hold, and what to do. */
export interface Change {
  readonly requirements: readonly TableRequirement[];
  readonly updates: readonly TableUpdate[];
}

export interface CommitContext {
  readonly client: CatalogClient;
  readonly runtime: Runtime;
  /** Gets a report of each snapshot that is committed. */
  readonly metricsReporter?: MetricsReporter | undefined;
}

/** What {@link commitWithRetry} needs to know of an operation. */
export interface CommitOperation {
  /**
   * Builds the change for a base. Called again, with a newer base, after each conflict. One without updates is not
   * sent: the base, or the newest version if that is another, is as wanted already.
   */
  prepare(base: LoadedTable, attempt: number): Promise<Change>;
  /** Whether a table version already holds this operation; settles an unknown outcome (CMT-010). */
  isApplied(table: LoadedTable): boolean;
}

/** Reads the table's `commit.retry.*` properties; Java's defaults. Throws `validation-failed` on a bad number. */
export function retryPolicy(properties: ReadonlyMap<string, string>): RetryPolicy {
  return {
    numRetries: wholeNumber(properties, "commit.retry.num-retries", 4),
    minWaitMs: wholeNumber(properties, "commit.retry.min-wait-ms", 100),
    maxWaitMs: wholeNumber(properties, "commit.retry.max-wait-ms", 60_000),
    totalTimeoutMs: wholeNumber(properties, "commit.retry.total-timeout-ms", 1_800_000),
  };
}

/**
 * Refuses values with which no later commit could be made, not even one that corrects them (PRP-005).
 * Throws `validation-failed` for `commit.*`, `invalid-schema` for the metadata codec.
 */
export function checkCommitProperties(properties: ReadonlyMap<string, string>): void {
  retryPolicy(properties);
  statusCheckPolicy(properties);
  metadataCodec(properties);
}

/** A property that holds a whole number of at least `minimum`. Throws `validation-failed`. */
export function wholeNumber(
  properties: ReadonlyMap<string, string>,
  key: string,
  fallback: number,
  minimum = 0,
): number {
  const text = properties.get(key);
  if (text === undefined) return fallback;
  const number = Number(text);
  if (!/^\d+$/.test(text.trim()) || !Number.isSafeInteger(number) || number < minimum) {
    throw new ValidationError(`Cannot use ${key}=${text}: it must be a whole number, ${minimum} or more`, {
      context: { property: key, value: text },
    });
  }
  return number;
}

/**
 * Commits an operation and answers the table version that holds it.
 * @throws CommitFailedError when other commits won every attempt; nothing is visible.
 * @throws CommitStateUnknownError when the outcome stays unknown; nothing may be deleted.
 */
export async function commitWithRetry(
  context: CommitContext,
  base: LoadedTable,
  operation: CommitOperation,
  options: AbortOptions = {},
): Promise<LoadedTable> {
  return await inTurn(context.client, base, options, (latest) =>
    attemptAll(context, latest, operation, options),
  );
}

async function attemptAll(
  context: CommitContext,
  base: LoadedTable,
  operation: CommitOperation,
  options: AbortOptions,
): Promise<LoadedTable> {
  const place = new Place(context, base, retryPolicy(base.metadata.properties));
  try {
    return await attemptInTurn(context, base, operation, place, options);
  } finally {
    await place.leave();
  }
}

async function attemptInTurn(
  { client, runtime }: CommitContext,
  base: LoadedTable,
  operation: CommitOperation,
  place: Place,
  options: AbortOptions,
): Promise<LoadedTable> {
  const { policy } = place;
  // Read before anything is sent: once an outcome is unknown, no error may pass for a definite failure.
  const checks = statusCheckPolicy(base.metadata.properties);
  const started = runtime.now();
  let current = base;
  let isFresh = false;
  let losses = 0;
  if (await place.approach(options)) {
    current = await client.loadTable(base.identifier, options);
    requireSameTable("commit to", base, current);
    isFresh = true;
  }
  for (let attempt = 0; ; attempt++) {
    options.signal?.throwIfAborted();
    const change = await operation.prepare(current, attempt);
    if (change.updates.length === 0) {
      if (isFresh) return current;
      // On a version that may be old: there may be something to do for what came since.
      const latest = await client.loadTable(base.identifier, options);
      requireSameTable("commit to", base, latest);
      if (latest.metadataLocation === current.metadataLocation) return current;
      current = latest;
      isFresh = true;
      continue;
    }
    const outcome = await swap(client, current, change, options);
    switch (outcome.kind) {
      case "committed":
        return outcome.table;
      case "unknown": {
        const settled =
          outcome.reconcilable && (await settle({ client, runtime }, checks, current, operation, options));
        if (settled) return settled;
        throw outcome.error;
      }
      case "conflict": {
        const wait = backOff(policy, losses, runtime);
        const spent = runtime.now() - started;
        if (losses >= policy.numRetries || spent + wait > policy.totalTimeoutMs) {
          const own = await ownCommit(client, base, operation);
          if (own !== undefined) return own;
          throw new CommitFailedError(
            `Cannot commit to ${identifierText(base.identifier)}: other commits won ${losses + 1} attempts in ${spent} ms; ` +
              "raise commit.retry.num-retries or lower the number of writers",
            { cause: outcome.error, context: { attempts: losses + 1, spentMs: spent } },
          );
        }
        try {
          await place.waitAfterLoss(wait, policy.totalTimeoutMs - spent, options);
          current = await client.loadTable(base.identifier, options);
        } catch (error) {
          const own = await ownCommit(client, base, operation);
          if (own !== undefined) return own;
          throw error;
        }
        if (operation.isApplied(current)) return current;
        requireSameTable("commit to", base, current);
        isFresh = true;
        losses++;
      }
    }
  }
}

/**
 * A commit's place among the processes that write to the table. Where the catalog keeps a queue, a writer that lost an
 * attempt waits for its turn, and no longer: its back-off then only says what to do when even that attempt is lost.
 */
class Place {
  readonly policy: RetryPolicy;
  private readonly context: CommitContext;
  private readonly base: LoadedTable;
  private turn: Turn | undefined;
  /** Whether the attempt at hand is made while nobody is ahead. */
  private isFirst = false;

  constructor(context: CommitContext, base: LoadedTable, policy: RetryPolicy) {
    this.context = context;
    this.base = base;
    this.policy = policy;
  }

  /** Before the first attempt: queues if others do. Answers whether it waited. */
  async approach(options: AbortOptions): Promise<boolean> {
    return await this.queue(false, this.policy.maxWaitMs, options);
  }

  async waitAfterLoss(backOffMs: number, leftMs: number, options: AbortOptions): Promise<void> {
    const { maxWaitMs } = this.policy;
    // Whoever wins although nobody is ahead does not queue: then only waiting helps.
    const outsiders = this.isFirst;
    const queued = await this.queue(true, Math.min(maxWaitMs, leftMs), options);
    if (!queued || outsiders) await this.context.runtime.sleep(backOffMs, options);
  }

  /** Never throws. */
  async leave(): Promise<void> {
    await this.turn?.end();
  }

  private async queue(lost: boolean, waitMs: number, options: AbortOptions): Promise<boolean> {
    this.turn ??= await this.context.client.takeTurn?.(this.base.identifier, lost);
    if (this.turn === undefined) return false;
    this.isFirst = await this.turn.wait(waitMs, options);
    return true;
  }
}

/** Swaps the pointer. An error that nobody typed, such as a failed fetch, does not say what the catalog did (CMT-009). */
async function swap(
  client: CatalogClient,
  base: LoadedTable,
  { requirements, updates }: Change,
  options: AbortOptions,
): Promise<CommitOutcome> {
  try {
    return await client.commitTable(base, requirements, updates, options);
  } catch (error) {
    const aborted = options.signal?.aborted === true && error === options.signal.reason;
    if (aborted || isIcebergError(error)) throw error;
    const why = error instanceof Error ? error.message : String(error);
    const unknown = new CommitStateUnknownError(
      `Cannot tell whether the commit to ${identifierText(base.identifier)} happened: ${why}; look before writing again`,
      { cause: error },
    );
    return { kind: "unknown", reconcilable: true, error: unknown };
  }
}

/** Exponential back-off with full jitter above the minimum, so that writers do not march in step. */
function backOff(policy: RetryPolicy, attempt: number, runtime: Runtime): number {
  const ceiling = Math.min(policy.maxWaitMs, policy.minWaitMs * 2 ** attempt);
  return Math.round(ceiling / 2 + (ceiling / 2) * runtime.random());
}

/**
 * Looks whether a commit of unknown outcome is in the table, more than once: what is read may be old (CMT-010).
 * Answers the version that holds it, or `undefined`, which proves nothing.
 */
async function settle(
  { client, runtime }: CommitContext,
  { numRetries, ...waits }: RetryPolicy,
  base: LoadedTable,
  operation: CommitOperation,
  options: AbortOptions,
): Promise<LoadedTable | undefined> {
  const started = runtime.now();
  for (let check = 0; ; check++) {
    const now = await reload(client, base, options);
    if (now !== undefined && operation.isApplied(now)) return now;
    const wait = Math.min(waits.maxWaitMs, waits.minWaitMs * 2 ** check);
    const late = runtime.now() - started + wait > waits.totalTimeoutMs;
    if (check >= numRetries || late || options.signal?.aborted) return undefined;
    await runtime.sleep(wait, options).catch(() => undefined);
  }
}

/** Reads the table's `commit.status-check.*` properties; Java's defaults. Throws `validation-failed` on a bad number. */
function statusCheckPolicy(properties: ReadonlyMap<string, string>): RetryPolicy {
  return {
    numRetries: wholeNumber(properties, "commit.status-check.num-retries", 3),
    minWaitMs: wholeNumber(properties, "commit.status-check.min-wait-ms", 1_000),
    maxWaitMs: wholeNumber(properties, "commit.status-check.max-wait-ms", 60_000),
    totalTimeoutMs: wholeNumber(properties, "commit.status-check.total-timeout-ms", 1_800_000),
  };
}

/** A table that took the name of another is not its next version (MET-058). Throws `validation-failed`. */
export function requireSameTable(action: string, base: LoadedTable, current: LoadedTable): void {
  const { tableUuid: before } = base.metadata;
  const { tableUuid: after } = current.metadata;
  if (before?.toLowerCase() === after?.toLowerCase()) return;
  throw new ValidationError(
    `Cannot ${action} ${identifierText(base.identifier)}: it was dropped and made anew (uuid ${before} is now ${after}); load it again`,
    { context: { before, after } },
  );
}

/** How long an operation that is over may take to look whether it won. */
const LAST_LOOK_MS = 5_000;

/**
 * The version that holds an operation although its last answer was a conflict: that may be with ourselves, when
 * something on the way delivered the request twice. To be asked before the files of the operation are deleted, also when
 * its signal has fired.
 */
async function ownCommit(
  client: CatalogClient,
  base: LoadedTable,
  operation: CommitOperation,
): Promise<LoadedTable | undefined> {
  const now = await reload(client, base, { signal: AbortSignal.timeout(LAST_LOOK_MS) });
  return now !== undefined && operation.isApplied(now) ? now : undefined;
}

/** The table as it is now, or `undefined` when even that cannot be read: the outcome then stays unknown. */
async function reload(
  client: CatalogClient,
  base: LoadedTable,
  options: AbortOptions,
): Promise<LoadedTable | undefined> {
  try {
    return await client.loadTable(base.identifier, options);
  } catch {
    return undefined;
  }
}

/** Per catalog and table: the end of the queue, and the newest version this process has seen committed. */
interface Turnstile {
  tail: Promise<unknown>;
  waiting: number;
  latest?: LoadedTable;
}
const turnstiles = new WeakMap<CatalogClient, Map<string, Turnstile>>();

/**
 * Runs `attempt` when every earlier commit of this process to the same table is done: first come, first served.
 * Whoever is aborted while waiting leaves the queue at once.
 */
async function inTurn(
  client: CatalogClient,
  base: LoadedTable,
  { signal }: AbortOptions,
  attempt: (latest: LoadedTable) => Promise<LoadedTable>,
): Promise<LoadedTable> {
  signal?.throwIfAborted();
  const key = identifierText(base.identifier);
  const ofClient = turnstiles.get(client) ?? new Map<string, Turnstile>();
  turnstiles.set(client, ofClient);
  const turnstile = ofClient.get(key) ?? { tail: Promise.resolve(), waiting: 0 };
  ofClient.set(key, turnstile);
  turnstile.waiting++;
  let leave = (): void => {};
  const left = new Promise<never>((_, reject) => {
    leave = () => reject(signal?.reason);
  });
  signal?.addEventListener("abort", leave, { once: true });
  const turn = turnstile.tail.then(async () => {
    signal?.throwIfAborted();
    // From here on the attempt itself looks at the signal: only it knows what an abort leaves behind.
    signal?.removeEventListener("abort", leave);
    const committed = await attempt(newer(base, turnstile.latest));
    turnstile.latest = committed;
    return committed;
  });
  turnstile.tail = turn.catch(() => undefined);
  try {
    return await Promise.race([turn, left]);
  } finally {
    signal?.removeEventListener("abort", leave);
    if (--turnstile.waiting === 0) ofClient.delete(key);
  }
}

function newer(base: LoadedTable, latest: LoadedTable | undefined): LoadedTable {
  if (latest === undefined || latest.metadata.tableUuid !== base.metadata.tableUuid) return base;
  return latest.metadata.lastUpdatedMs >= base.metadata.lastUpdatedMs &&
    latest.metadata.lastSequenceNumber >= base.metadata.lastSequenceNumber
    ? latest
    : base;
}
