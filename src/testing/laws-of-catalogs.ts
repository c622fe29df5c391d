/** The law of catalogs: commits happen one after another, or not at all. Spec: Commit Conflict Resolution; CMT-001, CMT-016. @module */
import fc from "fast-check";
import { isIcebergError, stringifyJson } from "../base/index.ts";
import type { CatalogClient, CommitOutcome, LoadedTable, TableIdentifier } from "../catalog/index.ts";
import {
  applyUpdates,
  checkRequirements,
  metadataToJson,
  requirementsFor,
  type TableMetadata,
  type TableRequirement,
  type TableUpdate,
} from "../metadata/index.ts";
import { Schema } from "../schema/index.ts";
import { type CommitCommand, updatesOfCommand } from "./commits.ts";
import { demand, type LawOptions, tryLawAsync } from "./law.ts";

/** A commit of one of several writers; `refresh` is whether it looks at the table again before. */
export interface CatalogStep {
  readonly writer: number;
  readonly refresh: boolean;
  readonly command: CommitCommand;
}

/** Writers that get in each other's way: what each commits in turn, then what all commit at once. */
export interface Interleaving {
  readonly formatVersion: 1 | 2 | 3;
  readonly steps: readonly CatalogStep[];
  readonly together: readonly CommitCommand[];
}

/** Commands that any catalog takes: plain names, clocks that go on. */
export function arbitraryCatalogCommand(): fc.Arbitrary<CommitCommand> {
  const pick = fc.nat({ max: 20 });
  const name = fc.constantFrom("a", "b", "c");
  return fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant("append" as const),
        branch: fc.constantFrom("main", "main", "audit"),
        snapshotId: fc.bigInt({ min: 1n, max: 2n ** 63n - 1n }),
        clock: fc.integer({ min: 0, max: 1000 }),
        rows: fc.bigInt({ min: 0n, max: 1000n }),
      }),
    },
    {
      weight: 2,
      arbitrary: fc
        .tuple(name, name)
        .map(([key, value]) => ({ kind: "properties" as const, updates: new Map([[key, value]]) })),
    },
    fc.record({ kind: fc.constant("tag" as const), name, pick }),
    fc.record({ kind: fc.constant("rollback" as const), pick }),
    fc.constant({ kind: "add-column" as const }),
    fc.constant({ kind: "upgrade" as const }),
  );
}

/** Two or three writers, whose bases go stale while others commit. */
export function arbitraryInterleaving(): fc.Arbitrary<Interleaving> {
  return fc.record({
    formatVersion: fc.constantFrom(1 as const, 2 as const, 3 as const),
    steps: fc.array(
      fc.record({
        writer: fc.nat({ max: 2 }),
        refresh: fc.boolean(),
        command: arbitraryCatalogCommand(),
      }),
      { minLength: 1, maxLength: 10 },
    ),
    together: fc.array(arbitraryCatalogCommand(), { maxLength: 3 }),
  });
}

/**
 * For every interleaving of commits the table is what some serial order of the committed ones makes of it, and what was
 * refused has no effect; a commit on the newest version is not refused. Names behave too: nothing is created twice or
 * found that is not there (CMT-001, CMT-016, CMT-018; P39).
 *
 * `open` gives the catalog under test, one for all cases or one for each; every case makes a table of its own in
 * `namespace`, named after a running number.
 * @example await checkCatalog({ open: () => new MemoryCatalogClient() });
 */
export function checkCatalog(
  catalog: {
    readonly open: () => CatalogClient | Promise<CatalogClient>;
    /** Created when it does not exist. Default `["laws"]`. */
    readonly namespace?: readonly string[];
    /** Tables are named `<prefix><n>`. Default `law_`. */
    readonly tablePrefix?: string;
  },
  options?: LawOptions,
): Promise<number> {
  const namespace = catalog.namespace ?? ["laws"];
  let tables = 0;
  return tryLawAsync(
    fc.asyncProperty(arbitraryInterleaving(), async (interleaving) => {
      const client = await catalog.open();
      if (!(await client.namespaceExists(namespace))) await client.createNamespace(namespace);
      const id = { namespace, name: `${catalog.tablePrefix ?? "law_"}${++tables}` };
      await demandError(client.loadTable(id), "no-such-table");
      const request = {
        schema: new Schema([{ id: 1, name: "id", required: true, type: { kind: "long" } }]),
        formatVersion: interleaving.formatVersion,
      };
      const created = await client.createTable(id, request);
      await demandError(client.createTable(id, request), "already-exists");
      const listed = await client.listTables(namespace);
      demand(
        listed.some((each) => each.name === id.name),
        () => `${id.name} is not listed`,
      );
      const before = await inTurns(client, id, created, interleaving.steps);
      await atOnce(client, id, before, interleaving.together);
    }),
    options,
  );
}

interface Prepared {
  readonly updates: readonly TableUpdate[];
  readonly requirements: readonly TableRequirement[];
}

/** Commits one by one; returns the table at the end. */
async function inTurns(
  client: CatalogClient,
  id: TableIdentifier,
  created: LoadedTable,
  steps: readonly CatalogStep[],
): Promise<LoadedTable> {
  const bases = new Map<number, LoadedTable>();
  let now = created;
  for (const { writer, refresh, command } of steps) {
    const known = bases.get(writer);
    const base = known === undefined || refresh ? await loadSame(client, id, now.metadata) : known;
    bases.set(writer, base);
    const prepared = prepare(base.metadata, command);
    if (prepared === undefined) continue;
    const fresh = stateOf(base.metadata) === stateOf(now.metadata);
    const outcome = await attempt(client, base, prepared);
    if (outcome?.kind === "committed") {
      const expected = applied(now.metadata, prepared);
      demand(expected !== undefined, `${command.kind} was committed though its requirements fail`);
      const got = stateOf(outcome.table.metadata);
      demand(got === stateOf(expected!), () => `after ${command.kind} the table is ${got}`);
      now = outcome.table;
      bases.set(writer, now);
    } else {
      demand(!fresh, `${command.kind} on the newest version was refused`);
    }
    await loadSame(client, id, now.metadata);
  }
  return loadSame(client, id, now.metadata);
}

/** Commits on one base at the same time. */
async function atOnce(
  client: CatalogClient,
  id: TableIdentifier,
  base: LoadedTable,
  commands: readonly CommitCommand[],
): Promise<void> {
  const all = commands.map((command) => prepare(base.metadata, command)).filter((each) => each !== undefined);
  if (all.length === 0) return;
  const outcomes = await Promise.all(all.map((each) => attempt(client, base, each)));
  const committed = all.filter((_, at) => outcomes[at]?.kind === "committed");
  demand(committed.length > 0, "of commits at the same time none was taken");
  const final = stateOf((await client.loadTable(id)).metadata);
  const serial = permutations(committed).some((order) => {
    let state: TableMetadata | undefined = base.metadata;
    for (const each of order) state = state && applied(state, each);
    return state !== undefined && stateOf(state) === final;
  });
  demand(serial, () => `no order of the ${committed.length} committed changes leads to ${final}`);
}

function prepare(base: TableMetadata, command: CommitCommand): Prepared | undefined {
  const updates = updatesOfCommand(base, command);
  return updates.length === 0 ? undefined : { updates, requirements: requirementsFor(base, updates) };
}

/** How the commit ended; `undefined` for a definite refusal that is no conflict. */
async function attempt(
  client: CatalogClient,
  base: LoadedTable,
  { updates, requirements }: Prepared,
): Promise<CommitOutcome | undefined> {
  try {
    const outcome = await client.commitTable(base, requirements, updates);
    demand(outcome.kind !== "unknown", "the outcome is unknown, though nothing failed");
    return outcome;
  } catch (error) {
    if (isIcebergError(error, "validation-failed") || isIcebergError(error, "commit-failed"))
      return undefined;
    throw error;
  }
}

/** The table after a commit; `undefined` when its requirements fail or its updates do not fit. */
function applied(table: TableMetadata, { updates, requirements }: Prepared): TableMetadata | undefined {
  try {
    checkRequirements(table, requirements);
    return applyUpdates(table, updates, { nowMs: table.lastUpdatedMs + 1, previousMetadataLocation: "x" });
  } catch (error) {
    if (isIcebergError(error)) return undefined;
    throw error;
  }
}

async function loadSame(
  client: CatalogClient,
  id: TableIdentifier,
  expected: TableMetadata,
): Promise<LoadedTable> {
  const table = await client.loadTable(id);
  const got = stateOf(table.metadata);
  demand(got === stateOf(expected), () => `the table is loaded as ${got}, not ${stateOf(expected)}`);
  return table;
}

async function demandError(
  action: Promise<unknown>,
  code: "no-such-table" | "already-exists",
): Promise<void> {
  try {
    await action;
  } catch (error) {
    demand(isIcebergError(error, code), () => `${code} was due, this came: ${String(error)}`);
    return;
  }
  demand(false, `${code} was due, nothing was thrown`);
}

/** What commits are about: the metadata without its clocks and its log of files. */
function stateOf(metadata: TableMetadata): string {
  const {
    "last-updated-ms": _updated,
    "metadata-log": _files,
    "snapshot-log": _log,
    ...state
  } = metadataToJson(metadata);
  return stringifyJson(state);
}

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length < 2) return [[...items]];
  return items.flatMap((item, at) =>
    permutations(items.filter((_, other) => other !== at)).map((rest) => [item, ...rest]),
  );
}
