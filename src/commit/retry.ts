/**
 * Optimistic concurrency: attempt, and on a definite conflict refresh, re-apply and try again (CMT-007, CMT-008).
 * Writers of one table in one process queue instead of racing each other (decision 7).
 * @module
 */
import { type AbortOptions, CommitFailedError, ValidationError } from "../base/index.ts";
import { type CatalogClient, identifierText, type LoadedTable } from "../catalog/index.ts";
import type { Runtime } from "../io/index.ts";
import type { TableRequirement, TableUpdate } from "../metadata/index.ts";

/** `commit.retry.*` of a table; times in milliseconds. */
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
}

/** What {@link commitWithRetry} needs to know of an operation. */
export interface CommitOperation {
  /** Builds the change for a base. Called again, with a newer base, after each conflict. */
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

/** A property that holds a non-negative whole number. Throws `validation-failed`. */
export function wholeNumber(properties: ReadonlyMap<string, string>, key: string, fallback: number): number {
  const text = properties.get(key);
  if (text === undefined) return fallback;
  const number = Number(text);
  if (!/^\d+$/.test(text.trim()) || !Number.isSafeInteger(number)) {
    throw new ValidationError(`Cannot use ${key}=${text}: it must be a whole number, 0 or more`, {
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
  return await inTurn(context.client, base, (latest) => attemptAll(context, latest, operation, options));
}

async function attemptAll(
  { client, runtime }: CommitContext,
  base: LoadedTable,
  operation: CommitOperation,
  options: AbortOptions,
): Promise<LoadedTable> {
  const policy = retryPolicy(base.metadata.properties);
  const started = runtime.now();
  let current = base;
  for (let attempt = 0; ; attempt++) {
    options.signal?.throwIfAborted();
    const change = await operation.prepare(current, attempt);
    const outcome = await client.commitTable(current, change.requirements, change.updates, options);
    switch (outcome.kind) {
      case "committed":
        return outcome.table;
      case "unknown": {
        const settled = outcome.reconcilable ? await reload(client, current, options) : undefined;
        if (settled !== undefined && operation.isApplied(settled)) return settled;
        throw outcome.error;
      }
      case "conflict": {
        const wait = backOff(policy, attempt, runtime);
        const spent = runtime.now() - started;
        if (attempt >= policy.numRetries || spent + wait > policy.totalTimeoutMs) {
          throw new CommitFailedError(
            `Cannot commit to ${identifierText(base.identifier)}: other commits won ${attempt + 1} attempts in ${spent} ms; ` +
              "raise commit.retry.num-retries or lower the number of writers",
            { cause: outcome.error, context: { attempts: attempt + 1, spentMs: spent } },
          );
        }
        await runtime.sleep(wait, options);
        current = await client.loadTable(base.identifier, options);
      }
    }
  }
}

/** Exponential back-off with full jitter above the minimum, so that writers do not march in step. */
function backOff(policy: RetryPolicy, attempt: number, runtime: Runtime): number {
  const ceiling = Math.min(policy.maxWaitMs, policy.minWaitMs * 2 ** attempt);
  return Math.round(ceiling / 2 + (ceiling / 2) * runtime.random());
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

/** Runs `attempt` when every earlier commit of this process to the same table is done: first come, first served. */
async function inTurn(
  client: CatalogClient,
  base: LoadedTable,
  attempt: (latest: LoadedTable) => Promise<LoadedTable>,
): Promise<LoadedTable> {
  const key = identifierText(base.identifier);
  const ofClient = turnstiles.get(client) ?? new Map<string, Turnstile>();
  turnstiles.set(client, ofClient);
  const turnstile = ofClient.get(key) ?? { tail: Promise.resolve(), waiting: 0 };
  ofClient.set(key, turnstile);
  turnstile.waiting++;
  const turn = turnstile.tail.then(async () => {
    const committed = await attempt(newer(base, turnstile.latest));
    turnstile.latest = committed;
    return committed;
  });
  turnstile.tail = turn.catch(() => undefined);
  try {
    return await turn;
  } finally {
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
