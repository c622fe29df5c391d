/**
 * Tables that every operation of the commit engine had a hand in. Each story keeps its own account of the rows, so that
 * neither our reader nor our planner has a say in what is expected.
 * @module
 */
import {
  alwaysTrue,
  type Catalog,
  Committer,
  type DataFile,
  defineSchema,
  eq,
  identity,
  isNull,
  optional,
  type PartitionTerm,
  required,
  type SnapshotOptions,
  type Table,
  t,
  writeFiles,
} from "../../../src/index.ts";
import { manifests } from "../../../src/inspect/index.ts";
import type { Feature } from "../harness/engine.ts";
import { assertEqual } from "../harness/suite.ts";
import {
  type Deleted,
  writeEqualityDeletes,
  writePositionDeletes,
  writeRewritten,
  writeVectors,
} from "./delete-files.ts";

/** A row as the account has it; `text` is its canonical form. */
export interface AccountRow {
  readonly id: number;
  readonly tenant: string | null;
  readonly n: number | null;
}

/** What a snapshot that is not the current one must hold. */
export interface Earlier {
  readonly what: string;
  readonly snapshotId: bigint;
  readonly rows: readonly AccountRow[];
}

/** A row's id, and the sequence number of the commit that last changed it, by the column `id`. */
export type Lineage = ReadonlyMap<number, readonly [rowId: number, sequenceNumber: number]>;

/** What a story came to. */
export interface Outcome {
  readonly table: Table;
  readonly rows: readonly string[];
  readonly earlier: readonly Earlier[];
  readonly lineage?: Lineage;
}

export interface OperationTable {
  readonly name: string;
  readonly features: readonly Feature[];
  /** Forget all but the current snapshots when it has been judged, and judge it again. */
  readonly expire?: boolean;
  /** Told in a newer format version too, and judged under filters there. */
  readonly unfiltered?: boolean;
  readonly write: (catalog: Catalog, name: string) => Promise<Outcome>;
}

const SCHEMA = defineSchema({
  id: required(t.long()),
  tenant: optional(t.string()),
  n: optional(t.int()),
});

/** Rows of consecutive ids; every fourth has a null. */
export function accountRows(from: number, to: number, tenants: readonly (string | null)[] = ["a"]) {
  return Array.from({ length: to - from }, (_, i): AccountRow => {
    const id = from + i;
    return { id, tenant: tenants[i % tenants.length]!, n: id % 4 === 3 ? null : id * 10 };
  });
}

export const rowText = ({ id, tenant, n }: AccountRow) => JSON.stringify({ id, tenant, n });

/** As `append` takes rows. */
export const inputs = (rows: readonly AccountRow[]) => rows.map((row) => ({ ...row, id: BigInt(row.id) }));

interface StoryOptions {
  readonly version: 1 | 2 | 3;
  readonly partition?: readonly PartitionTerm<"id" | "tenant" | "n">[];
  readonly properties?: Readonly<Record<string, string>>;
}

/** A table under way and the rows it must hold. */
export class Story {
  table: Table;
  rows: AccountRow[] = [];
  readonly earlier: Earlier[] = [];

  constructor(table: Table) {
    this.table = table;
  }

  static async begin(catalog: Catalog, name: string, options: StoryOptions): Promise<Story> {
    const table = await catalog.createTable(["ns", name], SCHEMA, {
      formatVersion: options.version,
      ...(options.partition && { partitionSpec: options.partition }),
      ...(options.properties && { properties: options.properties }),
    });
    return new Story(table as unknown as Table);
  }

  /** Appends rows and answers the data files they went to. */
  async append(rows: readonly AccountRow[], options: SnapshotOptions = {}): Promise<readonly DataFile[]> {
    const { dataFiles } = await writeFiles(this.table, inputs(rows));
    await this.commit((transaction) => transaction.append(dataFiles, options));
    if (options.branch === undefined && options.stageOnly !== true) this.rows.push(...rows);
    return dataFiles;
  }

  async commit(change: (transaction: ReturnType<Table["newTransaction"]>) => unknown): Promise<bigint> {
    const transaction = this.table.newTransaction();
    change(transaction);
    const committed = await transaction.commit();
    this.table = committed.table;
    return committed.snapshot?.snapshotId ?? -1n;
  }

  /** The rows go from the account. */
  lose(isGone: (row: AccountRow) => boolean): void {
    this.rows = this.rows.filter((row) => !isGone(row));
  }

  /** The current snapshot, or another, is to be read later on. */
  remember(what: string, snapshotId = this.table.currentSnapshot!.snapshotId, rows = this.rows): void {
    this.earlier.push({ what, snapshotId, rows: [...rows] });
  }

  end(lineage?: Lineage): Outcome {
    return {
      table: this.table,
      rows: this.rows.map(rowText),
      earlier: this.earlier,
      ...(lineage && { lineage }),
    };
  }
}

/** Many small appends, merged, over two partition specs; then their manifests are written anew. */
async function appended(catalog: Catalog, name: string, version: 1 | 2 | 3): Promise<Outcome> {
  const story = await Story.begin(catalog, name, {
    version,
    properties: { "commit.manifest.min-count-to-merge": "3" },
  });
  for (let i = 0; i < 7; i++) await story.append(accountRows(3 * i, 3 * i + 3, ["a", "b", null]));
  story.remember("before the spec changed");
  story.table = (await story.table.updateSpec((update) => update.addField(identity("tenant")))).table;
  for (let i = 7; i < 14; i++) await story.append(accountRows(3 * i, 3 * i + 3, ["a", "b", null]));
  story.remember("before manifests were written anew");
  const merged = await count(manifests(story.table));
  if (merged > 6) throw new Error(`14 appends left ${merged} manifests, though 3 are enough to be merged`);
  await story.commit((transaction) => transaction.rewriteManifests());
  assertEqual(await count(manifests(story.table)), 2, "Number of manifests, of one per spec");
  await story.append(accountRows(100, 101));
  return story.end();
}

/** Whole files replaced and deleted, by filter and by partition. */
async function overwritten(catalog: Catalog, name: string, version: 1 | 2 | 3): Promise<Outcome> {
  const story = await Story.begin(catalog, name, { version, partition: [identity("tenant")] });
  await story.append(accountRows(0, 8, ["a", "b", "c", null]));
  await story.append(accountRows(8, 12, ["a", "b"]));
  story.remember("before anything was overwritten");
  const inPlace = accountRows(20, 23, ["a"]);
  const filter = eq("tenant", "a");
  const options = { filter, isolation: "serializable", validateAddedFilesMatchFilter: true } as const;
  story.table = (await story.table.overwrite(inputs(inPlace), options)).table;
  story.lose(({ tenant }) => tenant === "a");
  story.rows.push(...inPlace);
  story.remember("after the overwrite by filter");
  const ofPartitions = accountRows(30, 34, ["b", "d"]);
  story.table = (await story.table.replacePartitions(inputs(ofPartitions))).table;
  story.lose(({ tenant }) => tenant === "b" || tenant === "d");
  story.rows.push(...ofPartitions);
  story.remember("after the overwrite of partitions");
  story.table = (await story.table.delete(isNull("tenant"))).table;
  story.lose(({ tenant }) => tenant === null);
  return story.end();
}

/** Everything is deleted: no file is left, but a history is. */
async function emptied(catalog: Catalog, name: string, version: 1 | 2 | 3): Promise<Outcome> {
  const story = await Story.begin(catalog, name, { version });
  await story.append(accountRows(0, 4));
  await story.append(accountRows(4, 6));
  story.remember("before all was deleted");
  story.table = (await story.table.delete(alwaysTrue)).table;
  story.rows = [];
  return story.end();
}

/** Position delete files about one data file and about several. */
async function positions(catalog: Catalog, name: string): Promise<Outcome> {
  const story = await Story.begin(catalog, name, {
    version: 2,
    partition: [identity("tenant")],
    properties: MERGE_ON_READ,
  });
  const [a, b] = byTenant(await story.append(accountRows(0, 10, ["a", "b"])));
  const [again] = await story.append(accountRows(10, 15, ["a"]));
  story.remember("before any row was deleted");
  // Ids of tenant a are even, so position 2 is id 4; of b odd, so positions 0 and 4 are ids 1 and 9.
  const one = await writePositionDeletes(story.table, "one", [{ file: b!, positions: [0, 4] }]);
  await story.commit((transaction) => transaction.rowDelta({ addedDeletes: [one] }));
  story.lose(({ id }) => id === 1 || id === 9);
  story.remember("after the first deletes");
  const several: Deleted[] = [
    { file: a!, positions: [2] },
    { file: again!, positions: [0, 3] },
  ];
  const shared = await writePositionDeletes(story.table, "several", several);
  const more = accountRows(20, 22, ["a"]);
  const { dataFiles } = await writeFiles(story.table, inputs(more));
  await story.commit((transaction) =>
    transaction.rowDelta({ addedDeletes: [shared], addedData: dataFiles, isolation: "serializable" }),
  );
  story.lose(({ id }) => [4, 10, 13].includes(id));
  story.rows.push(...more);
  return story.end();
}

/** Deletion vectors: two in one Puffin file, one replaced, one with a data file that is deleted. */
async function vectors(catalog: Catalog, name: string): Promise<Outcome> {
  const story = await Story.begin(catalog, name, {
    version: 3,
    partition: [identity("tenant")],
    properties: MERGE_ON_READ,
  });
  const [a, b, c] = byTenant(await story.append(accountRows(0, 15, ["a", "b", "c"])));
  story.remember("before any row was deleted");
  const first = await writeVectors(story.table, "first", [
    { file: a!, positions: [0] },
    { file: b!, positions: [1, 4] },
    { file: c!, positions: [2] },
  ]);
  await story.commit((transaction) => transaction.rowDelta({ addedDeletes: first }));
  story.lose(({ id }) => [0, 4, 13, 8].includes(id));
  story.remember("after the first vectors");
  const second = await writeVectors(story.table, "second", [{ file: a!, positions: [0, 2, 3] }]);
  await story.commit((transaction) =>
    transaction.rowDelta({ addedDeletes: second, removedDeletes: [first[0]!] }),
  );
  story.lose(({ id }) => [6, 9].includes(id));
  story.remember("after a vector was replaced");
  story.table = (await story.table.delete(eq("tenant", "c"))).table;
  story.lose(({ tenant }) => tenant === "c");
  await story.append(accountRows(30, 33, ["a", "b", "c"]));
  return story.end();
}

/** Position deletes of version 2, then the upgrade, then a vector that takes one of them in. */
async function upgradedDeletes(catalog: Catalog, name: string): Promise<Outcome> {
  const story = await Story.begin(catalog, name, { version: 2 });
  const [a] = await story.append(accountRows(0, 6));
  const [b] = await story.append(accountRows(6, 12));
  const ofA = await writePositionDeletes(story.table, "of-a", [{ file: a!, positions: [1] }]);
  const ofB = await writePositionDeletes(story.table, "of-b", [{ file: b!, positions: [5] }]);
  await story.commit((transaction) => transaction.rowDelta({ addedDeletes: [ofA, ofB] }));
  story.lose(({ id }) => id === 1 || id === 11);
  story.table = (await story.table.upgradeFormatVersion(3)).table;
  const vector = await writeVectors(story.table, "of-a", [{ file: a!, positions: [1, 3] }]);
  await story.commit((transaction) => transaction.rowDelta({ addedDeletes: vector, removedDeletes: [ofA] }));
  story.lose(({ id }) => id === 3);
  await story.append(accountRows(12, 14));
  return story.end();
}

/** Equality deletes over one column and over two with nulls; rows of the same commit stay. */
async function equality(catalog: Catalog, name: string, version: 2 | 3): Promise<Outcome> {
  const story = await Story.begin(catalog, name, { version });
  const tenants = ["a", null, "b", "a"];
  await story.append(accountRows(0, 8, tenants));
  await story.append(accountRows(8, 12, tenants));
  story.remember("before any row was deleted");
  const byTwo = await writeEqualityDeletes(
    story.table,
    "by-two",
    ["tenant", "n"],
    [
      { tenant: null, n: 10 },
      { tenant: "a", n: null },
      { tenant: "b", n: null },
    ],
  );
  await story.commit((transaction) => transaction.rowDelta({ addedDeletes: [byTwo] }));
  story.lose(
    ({ tenant, n }) => (tenant === null && n === 10) || (n === null && (tenant === "a" || tenant === "b")),
  );
  story.remember("after the first deletes");
  const byId = await writeEqualityDeletes(
    story.table,
    "by-id",
    ["id"],
    [{ id: 4n }, { id: 9n }, { id: 99n }],
  );
  const changed = accountRows(4, 5, ["changed"]);
  const { dataFiles } = await writeFiles(story.table, inputs(changed));
  await story.commit((transaction) => transaction.rowDelta({ addedDeletes: [byId], addedData: dataFiles }));
  story.lose(({ id }) => id === 4 || id === 9);
  story.rows.push(...changed);
  return story.end();
}

/** Files and their deletes compacted, while equality deletes come that must still hold for the compacted rows. */
async function compacted(catalog: Catalog, name: string, version: 2 | 3): Promise<Outcome> {
  const story = await Story.begin(catalog, name, { version });
  const [a] = await story.append(accountRows(0, 10));
  const [b] = await story.append(accountRows(10, 20));
  const deleted: Deleted[] = [
    { file: a!, positions: [0, 9] },
    { file: b!, positions: [5] },
  ];
  const deletes =
    version === 2
      ? [await writePositionDeletes(story.table, "positions", deleted)]
      : await writeVectors(story.table, "vectors", deleted);
  await story.commit((transaction) => transaction.rowDelta({ addedDeletes: deletes }));
  story.lose(({ id }) => [0, 9, 15].includes(id));
  const read = story.table.currentSnapshot!;
  // Row ids are given in the order of the appends here, the first of which is commit 1.
  const lineage = new Map<number, readonly [number, number]>(
    story.rows.map(({ id }) => [id, [id, id < 10 ? 1 : 2]]),
  );
  const rows = story.rows.map((row) => ({
    ...row,
    id: BigInt(row.id),
    ...(version === 3 && {
      _row_id: BigInt(lineage.get(row.id)![0]),
      _last_updated_sequence_number: BigInt(lineage.get(row.id)![1]),
    }),
  }));
  const compactedFile = await writeRewritten(story.table, "compacted", rows);
  const meanwhile = await writeEqualityDeletes(story.table, "meanwhile", ["id"], [{ id: 3n }, { id: 12n }]);
  await story.commit((transaction) => transaction.rowDelta({ addedDeletes: [meanwhile] }));
  story.lose(({ id }) => id === 3 || id === 12);
  story.remember("before the compaction");
  await story.commit((transaction) =>
    transaction.rewriteFiles({
      removedData: [a!, b!],
      removedDeletes: deletes,
      addedData: [compactedFile],
      dataSequenceNumber: read.sequenceNumber,
      validateFromSnapshot: read.snapshotId,
    }),
  );
  const { nextRowId } = story.table.metadata;
  const late = accountRows(50, 52);
  await story.append(late);
  if (version === 2) return story.end();
  const { lastSequenceNumber } = story.table.metadata;
  for (const [i, { id }] of late.entries()) lineage.set(id, [Number(nextRowId) + i, lastSequenceNumber]);
  return story.end(new Map(story.rows.map(({ id }) => [id, lineage.get(id)!])));
}

/** A branch that main catches up with, a staged snapshot that is published, a rollback. */
async function references(catalog: Catalog, name: string, version: 1 | 2 | 3): Promise<Outcome> {
  const story = await Story.begin(catalog, name, { version });
  await story.append(accountRows(0, 4));
  const start = [...story.rows];
  story.remember("tag start");
  await story.commit((transaction) =>
    transaction.manageSnapshots((manager) => manager.createTag("start").createBranch("audit")),
  );
  const audited = accountRows(10, 13);
  await story.append(audited, { branch: "audit" });
  const head = () => story.table.metadata.refs.get("audit")!.snapshotId;
  story.remember("branch audit", head(), [...start, ...audited]);
  await story.commit((transaction) =>
    transaction.manageSnapshots((manager) => manager.fastForward("main", "audit")),
  );
  story.rows.push(...audited);
  const staged = accountRows(20, 22);
  const { dataFiles } = await writeFiles(story.table, inputs(staged));
  const stagedId = await story.commit((transaction) =>
    transaction.append(dataFiles, { stageOnly: true, wapId: "w1" }),
  );
  story.remember("a staged snapshot", stagedId, [...story.rows, ...staged]);
  await story.append(accountRows(30, 31));
  await story.commit((transaction) => transaction.manageSnapshots((manager) => manager.cherryPick(stagedId)));
  story.rows.push(...staged);
  const published = story.table.currentSnapshot!.snapshotId;
  const kept = [...story.rows];
  await story.append(accountRows(40, 44));
  story.remember("what was rolled back");
  await story.commit((transaction) =>
    transaction.manageSnapshots((manager) => manager.rollbackTo(published)),
  );
  story.rows = kept;
  const further = accountRows(60, 61);
  await story.append(further, { branch: "audit" });
  story.remember("branch audit once more", head(), [...start, ...audited, ...further]);
  return story.end();
}

/** Two upgrades, a new column, a wider one and a new name in one transaction, with appends before and between. */
async function evolved(catalog: Catalog, name: string): Promise<Outcome> {
  const story = await Story.begin(catalog, name, { version: 1 });
  await story.append(accountRows(0, 3));
  story.remember("before anything changed");
  const [one, two] = [accountRows(3, 6), accountRows(6, 9)];
  const ofOne = await writeFiles(story.table, inputs(one));
  const ofTwo = await writeFiles(story.table, inputs(two));
  await story.commit((transaction) =>
    transaction
      .append(ofOne.dataFiles)
      .upgradeFormatVersion(2)
      .updateSchema((update) =>
        update
          .addColumn("extra", t.string())
          .updateColumn("n", { type: t.long() })
          .renameColumn("tenant", "organization"),
      )
      .updateSpec((update) => update.addField(identity("extra")))
      .upgradeFormatVersion(3)
      .append(ofTwo.dataFiles),
  );
  assertEqual(story.table.metadata.formatVersion, 3, "Format version");
  const last = [
    { id: 9, organization: "x", n: 2 ** 40, extra: "new" },
    { id: 10, organization: null, n: null, extra: null },
  ];
  const { table } = await story.table.append(
    last.map((row) => ({ ...row, id: BigInt(row.id), n: row.n === null ? null : BigInt(row.n) })),
  );
  const old = [...story.rows, ...one, ...two].map(({ id, tenant, n }) => ({
    id,
    organization: tenant,
    n,
    extra: null,
  }));
  return { table, rows: [...old, ...last].map((row) => JSON.stringify(row)), earlier: story.earlier };
}

/** Results of several workers committed by one; one of them comes twice, and so does an append with an id. */
async function committed(catalog: Catalog, name: string, version: 1 | 2 | 3): Promise<Outcome> {
  const story = await Story.begin(catalog, name, { version, partition: [identity("tenant")] });
  const committer = new Committer(story.table, { intervalMs: 1 });
  for (let group = 0; group < 3; group++) {
    const results = await Promise.all(
      [0, 1, 2].map(async (worker) => {
        const from = 100 * group + 10 * worker;
        const rows = accountRows(from, from + 4, ["a", null]);
        story.rows.push(...rows);
        return await writeFiles(story.table, inputs(rows), { id: `g${group}w${worker}` });
      }),
    );
    await Promise.all([...results, results[0]!].map((result) => committer.submit(result)));
    const { wasCommittedBefore } = await committer.submit(results[1]!);
    assertEqual(wasCommittedBefore, true, "A result submitted again was committed before");
  }
  await committer.close();
  let table = await story.table.refresh();
  const once = accountRows(900, 902, ["b"]);
  for (const expected of [false, true]) {
    const result = await table.append(inputs(once), { commitId: "once", sourceWatermark: "42" });
    assertEqual(result.wasCommittedBefore, expected, "An append with a commit id was committed before");
    ({ table } = result);
  }
  story.rows.push(...once);
  story.table = table;
  return story.end();
}

export const MERGE_ON_READ = {
  "write.delete.mode": "merge-on-read",
  "write.update.mode": "merge-on-read",
} as const;

/** Every story in the format versions it can be told in. */
export function operationTables(): readonly OperationTable[] {
  const each = <V extends 1 | 2 | 3>(
    story: string,
    versions: readonly V[],
    write: (catalog: Catalog, name: string, version: V) => Promise<Outcome>,
    features: (version: V) => readonly Feature[] = () => [],
  ) =>
    versions.map((version) => ({
      name: `${story}_v${version}`,
      features: features(version),
      unfiltered: version !== versions.at(-1),
      write: (catalog: Catalog, name: string) => write(catalog, name, version),
    }));
  const expired = (tables: readonly OperationTable[]) => tables.map((table) => ({ ...table, expire: true }));
  const ALL = [1, 2, 3] as const;
  const NEWER = [2, 3] as const;
  return [
    ...each("appended", ALL, appended),
    ...expired(each("overwritten", ALL, overwritten)),
    ...each("emptied", ALL, emptied),
    ...expired([{ name: "positions_v2", features: ["position-deletes"], write: positions }]),
    ...expired([{ name: "vectors_v3", features: ["deletion-vectors"], write: vectors }]),
    {
      name: "upgraded_deletes",
      features: ["position-deletes", "deletion-vectors"],
      write: upgradedDeletes,
    },
    ...each("equality", NEWER, equality, () => ["equality-deletes"]),
    ...expired(each("compacted", NEWER, compacted, () => ["equality-deletes"])),
    ...expired(each("references", NEWER, references)),
    { name: "evolved_at_once", features: [], write: evolved },
    ...each("committed", ALL, committed),
  ];
}

/** In the order of their partitions, which is the order of the tenants. */
function byTenant(files: readonly DataFile[]): readonly DataFile[] {
  return [...files].sort((x, y) => (String(x.partition[0]) < String(y.partition[0]) ? -1 : 1));
}

async function count(items: AsyncIterable<unknown>): Promise<number> {
  let found = 0;
  for await (const _ of items) found++;
  return found;
}
