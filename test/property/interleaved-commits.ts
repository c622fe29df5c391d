/**
 * Several writers with bases of their own at one table in memory, interleaved as fast-check's scheduler says, with
 * conflicts, lost requests and lost replies thrown in; and the history that comes of it.
 * @module
 */
import fc from "fast-check";
import { CommitFailedError, CommitStateUnknownError, isIcebergError } from "../../src/base/index.ts";
import { type CatalogClient, type LoadedTable, MemoryCatalogClient } from "../../src/catalog/index.ts";
import { type IsolationLevel, Transaction } from "../../src/commit/index.ts";
import { eq } from "../../src/expressions/index.ts";
import { MemoryFileIO, type Runtime, systemRuntime } from "../../src/io/index.ts";
import { expireSnapshots } from "../../src/maintenance/index.ts";
import { type DataFile, readManifest } from "../../src/manifests/index.ts";
import { currentSnapshot, type Snapshot, specById } from "../../src/metadata/index.ts";
import { bucket, buildPartitionSpec, identity, partitionFields } from "../../src/partitioning/index.ts";
import { snapshotManifests } from "../../src/planning/index.ts";
import { defineSchema, required, t } from "../../src/schema/index.ts";
import { Table } from "../../src/table/index.ts";

const schema = defineSchema({ id: required(t.long()), part: required(t.string()) });
const ID = { namespace: ["ns"], name: "t" };

/** What became of a request to swap the pointer. */
const FAULTS = ["none", "conflict", "lost request", "lost reply", "not durable"] as const;
type Fault = (typeof FAULTS)[number];

const part = fc.constantFrom("a", "b");
const branch = fc.constantFrom("main", "main", "main", "side");
const pick = fc.nat({ max: 9 });
const isolation = fc.constantFrom<IsolationLevel | undefined>(undefined, "snapshot", "serializable");

/** One commit of one writer. `pick` chooses among what its base has. */
export const arbitraryDeed = fc.oneof(
  fc.record({ kind: fc.constantFrom("append", "fast append"), part, branch }),
  fc.record({ kind: fc.constant("overwrite"), part, isolation }),
  fc.record({ kind: fc.constant("replace partitions"), part }),
  fc.record({ kind: fc.constant("delete"), part }),
  fc.record({ kind: fc.constant("delete file"), pick }),
  fc.record({ kind: fc.constant("row delta"), part, pick }),
  fc.record({ kind: fc.constant("rewrite"), part }),
  fc.record({ kind: fc.constant("properties"), value: fc.constantFrom("1", "2") }),
  fc.record({ kind: fc.constantFrom("add column", "add partition field", "all at once"), part }),
  fc.record({ kind: fc.constantFrom("create branch", "create tag", "remove branch", "fast-forward"), pick }),
  fc.record({ kind: fc.constant("rollback"), pick }),
  fc.record({ kind: fc.constant("expire") }),
);
export type Deed = typeof arbitraryDeed extends fc.Arbitrary<infer T> ? T : never;

export const arbitraryWorld = fc.record({
  writers: fc.array(
    fc.array(fc.record({ deed: arbitraryDeed, fresh: fc.boolean() }), { minLength: 1, maxLength: 3 }),
    {
      minLength: 2,
      maxLength: 4,
    },
  ),
  faults: fc.array(fc.constantFrom<Fault>("none", "none", "none", ...FAULTS), { maxLength: 12 }),
  retries: fc.integer({ min: 0, max: 5 }),
});
export type World = typeof arbitraryWorld extends fc.Arbitrary<infer T> ? T : never;

export const MIN_WAIT_MS = 100;
export const MAX_WAIT_MS = 700;
/** Longer than any back-off, so that the two kinds of waits can be told apart. */
export const CHECK_WAIT_MS = 50_000;

/** One deed: what it was made on, what it was told, what it sent. */
export interface Act {
  readonly deed: Deed;
  readonly name: string;
  readonly base: LoadedTable;
  /** Files it adds. */
  readonly added: DataFile[];
  /** Paths it replaces by name. */
  readonly named: readonly string[];
  readonly sleeps: number[];
  attempts: number;
  /** Versions that were swapped in for it, and those before them. */
  readonly swaps: { readonly from: LoadedTable; readonly to: LoadedTable }[];
  outcome: "acknowledged" | "unknown" | "rejected" | "conflict";
}

export interface History {
  readonly first: LoadedTable;
  readonly last: LoadedTable;
  readonly acts: readonly Act[];
  readonly io: MemoryFileIO;
  /** The data files of every snapshot there ever was, read when it was made. */
  readonly files: ReadonlyMap<bigint, readonly DataFile[]>;
}

/** A catalog that remembers every version. */
class RecordingClient extends MemoryCatalogClient {
  readonly versions = new Map<string, LoadedTable>();
  readonly files = new Map<bigint, readonly DataFile[]>();
}

export async function play(world: World, scheduler: fc.Scheduler): Promise<History> {
  const io = new MemoryFileIO();
  const client = new RecordingClient({ io });
  await client.createNamespace(ID.namespace);
  const first = await client.createTable(ID, {
    schema,
    spec: buildPartitionSpec(schema, [identity("part")]),
    properties: new Map([
      ["commit.retry.num-retries", String(world.retries)],
      ["commit.retry.min-wait-ms", String(MIN_WAIT_MS)],
      ["commit.retry.max-wait-ms", String(MAX_WAIT_MS)],
      ["commit.status-check.num-retries", "1"],
      ["commit.status-check.min-wait-ms", String(CHECK_WAIT_MS)],
      ["commit.manifest.min-count-to-merge", "3"],
    ]),
  });
  client.versions.set(first.metadataLocation, first);
  const faults = [...world.faults];
  const acts: Act[] = [];
  let clock = first.metadata.lastUpdatedMs;
  const writers = world.writers.map(async (deeds, writer) => {
    let table: LoadedTable = first;
    for (const [at, { deed, fresh }] of deeds.entries()) {
      if (fresh) table = await client.loadTable(ID);
      // From memory: a stale base may name files that an expiry has deleted since.
      const head = currentSnapshot(table.metadata);
      const named = namedFiles(deed, (head && client.files.get(head.snapshotId)) ?? []);
      const act: Act = {
        deed,
        name: `${writer}-${at}`,
        base: table,
        added: addsFile(deed) ? [newFile(`${writer}-${at}`, deed.part)] : [],
        named: named.map(({ filePath }) => filePath),
        sleeps: [],
        attempts: 0,
        swaps: [],
        outcome: "rejected",
      };
      acts.push(act);
      const runtime: Runtime = {
        ...systemRuntime,
        now: () => ++clock,
        async sleep(ms) {
          act.sleeps.push(ms);
          await scheduler.schedule(Promise.resolve(), `${act.name} wakes`);
        },
      };
      const own = clientOf(client, act, scheduler, () => faults.shift() ?? "none");
      try {
        await perform(act, named, new Table(table, { client: own, runtime }), runtime);
        act.outcome = "acknowledged";
        table = act.swaps.at(-1)?.to ?? table;
      } catch (error) {
        if (isIcebergError(error, "commit-state-unknown")) act.outcome = "unknown";
        else if (isIcebergError(error, "commit-failed")) act.outcome = "conflict";
        else if (!isIcebergError(error)) throw error;
      }
    }
  });
  await scheduler.waitFor(Promise.all(writers));
  return { first, last: await client.loadTable(ID), acts, io, files: client.files };
}

/** The catalog as one deed has it: of its own, so that no queue of the process orders the writers. */
function clientOf(
  client: RecordingClient,
  act: Act,
  scheduler: fc.Scheduler,
  nextFault: () => Fault,
): CatalogClient {
  const own: Partial<CatalogClient> = {
    async loadTable(...args) {
      await scheduler.schedule(Promise.resolve(), `${act.name} loads`);
      return await client.loadTable(...args);
    },
    async commitTable(...args) {
      act.attempts++;
      const fault = nextFault();
      await scheduler.schedule(Promise.resolve(), `${act.name} commits, ${fault}`);
      const unknown = (reconcilable: boolean) => ({
        kind: "unknown" as const,
        reconcilable,
        error: new CommitStateUnknownError(fault),
      });
      if (fault === "conflict") return { kind: "conflict", error: new CommitFailedError(fault) };
      if (fault === "lost request") return unknown(true);
      const outcome = await client.commitTable(...args);
      if (outcome.kind === "committed" && !client.versions.has(outcome.table.metadataLocation)) {
        const { table } = outcome;
        const before = client.versions.get(table.metadata.metadataLog.at(-1)!.metadataFile)!;
        client.versions.set(table.metadataLocation, table);
        act.swaps.push({ from: before, to: table });
        for (const snapshot of table.metadata.snapshots) {
          if (client.files.has(snapshot.snapshotId)) continue;
          client.files.set(snapshot.snapshotId, await liveFiles(table, snapshot));
        }
      }
      if (outcome.kind !== "committed" || fault === "none") return outcome;
      return unknown(fault === "lost reply");
    },
  };
  return Object.assign(Object.create(client) as CatalogClient, own);
}

type Adding = Extract<Deed, { readonly part: string }>;

function addsFile(deed: Deed): deed is Adding {
  return "part" in deed && !["delete", "add column", "add partition field"].includes(deed.kind);
}

/** A file that only manifests know; nobody reads its rows. */
function newFile(name: string, partition: string): DataFile {
  return {
    content: "data",
    filePath: `memory://warehouse/ns/t/data/${name}.parquet`,
    fileFormat: "parquet",
    specId: 0,
    partition: [partition],
    recordCount: 1,
    fileSizeInBytes: 100,
  };
}

/** The files of the base that a deed replaces by name. */
function namedFiles(deed: Deed, live: readonly DataFile[]): readonly DataFile[] {
  if (deed.kind === "rewrite") return live.filter(({ partition }) => partition[0] === deed.part);
  if (deed.kind !== "delete file" && deed.kind !== "row delta") return [];
  return live.length === 0 ? [] : [live[deed.pick % live.length]!];
}

async function perform(
  { deed, added, base }: Act,
  named: readonly DataFile[],
  table: Table<typeof schema>,
  runtime: Runtime,
): Promise<void> {
  const context = table.contextFor("test");
  const transaction = new Transaction(context, base, (loaded) => loaded);
  const refs = (change: Parameters<typeof transaction.manageSnapshots>[0]) =>
    transaction.manageSnapshots(change);
  const heads = base.metadata.snapshots;
  switch (deed.kind) {
    case "append":
      transaction.append(added, deed);
      break;
    case "fast append":
      transaction.fastAppend(added, deed);
      break;
    case "overwrite": {
      const level = deed.isolation;
      transaction.overwrite({ filter: eq("part", deed.part), added, ...(level && { isolation: level }) });
      break;
    }
    case "replace partitions":
      transaction.replacePartitions(added);
      break;
    case "delete":
      transaction.deleteFiles({ filter: eq("part", deed.part) });
      break;
    case "delete file":
      transaction.deleteFiles({ files: named, validateFilesExist: true });
      break;
    case "row delta":
      transaction.rowDelta({ addedData: added, removedData: named, validateDeletedFiles: true });
      break;
    case "rewrite":
      transaction.rewriteFiles({
        removedData: named,
        addedData: named.length > 0 ? combined(added, named) : [],
      });
      break;
    case "properties":
      transaction.updateProperties({ set: { key: deed.value } });
      break;
    case "add column":
      transaction.updateSchema((u) => u.addColumn(`extra_${deed.part}`, t.string()));
      break;
    case "add partition field":
      transaction.updateSpec((u) => u.addField(bucket(deed.part === "a" ? 4 : 8, "id")));
      break;
    case "all at once":
      transaction
        .append(added)
        .updateProperties({ set: { key: "all" } })
        .deleteFiles({ filter: eq("part", deed.part === "a" ? "b" : "a") })
        .manageSnapshots((s) => s.createTag("all"));
      break;
    case "create branch":
      refs((s) => s.createBranch("side"));
      break;
    case "create tag":
      refs((s) => s.createTag(`tag-${deed.pick % 2}`));
      break;
    case "remove branch":
      refs((s) => s.removeBranch("side"));
      break;
    case "fast-forward":
      refs((s) => s.fastForward("side", "main"));
      break;
    case "rollback": {
      const target = heads[deed.pick % Math.max(1, heads.length)];
      refs((s) => s.rollbackTo(target?.snapshotId ?? 1n));
      break;
    }
    case "expire":
      await expireSnapshots(table, { retainLast: 1, olderThan: runtime.now() + 1_000_000 });
      return;
  }
  await transaction.commit();
}

/** A rewrite has the rows of what it replaces. */
function combined(added: DataFile[], named: readonly DataFile[]): DataFile[] {
  added[0] = { ...added[0]!, recordCount: named.reduce((sum, file) => sum + file.recordCount, 0) };
  return added;
}

/** The data files that a snapshot has. */
export async function liveFiles(
  { metadata, io }: LoadedTable,
  snapshot: Snapshot | undefined,
): Promise<readonly DataFile[]> {
  if (snapshot === undefined) return [];
  const files: DataFile[] = [];
  for (const manifest of await snapshotManifests(io, snapshot)) {
    const what = manifest.manifestPath;
    const fields = partitionFields(specById(metadata, manifest.partitionSpecId)!, schema);
    for (const { status, dataFile } of readManifest(await io.open(what).read(), { manifest, fields, what })) {
      if (status !== "deleted") files.push(dataFile);
    }
  }
  return files.sort((a, b) => (a.filePath < b.filePath ? -1 : 1));
}
