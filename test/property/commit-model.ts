/**
 * A table in memory beside a model of it: which files are live on each branch, under which data sequence number, and
 * what their summaries must add up to. Commands are drawn without knowing the state and interpreted on it.
 * @module
 */
import fc from "fast-check";
import { type CatalogClient, type LoadedTable, MemoryCatalogClient } from "../../src/catalog/index.ts";
import { Transaction } from "../../src/commit/index.ts";
import { fileScope } from "../../src/deletes/index.ts";
import { eq } from "../../src/expressions/index.ts";
import { MemoryFileIO, systemRuntime } from "../../src/io/index.ts";
import type { DataFile } from "../../src/manifests/index.ts";
import { buildPartitionSpec, identity } from "../../src/partitioning/index.ts";
import { defineSchema, optional, required, t } from "../../src/schema/index.ts";

const schema = defineSchema({ id: required(t.long()), part: optional(t.string()) });
const ID = { namespace: ["ns"], name: "t" };
const PARTS = ["a", "b", null] as const;

/** A file and its data sequence number. */
export interface LiveFile {
  readonly file: DataFile;
  readonly sequence: number;
}
/** What is live, by key; of deletion vectors the key is the path with the offset. */
export interface State {
  readonly data: ReadonlyMap<string, LiveFile>;
  readonly deletes: ReadonlyMap<string, LiveFile>;
}
const EMPTY: State = { data: new Map(), deletes: new Map() };

const KINDS = [
  "append",
  "fast append",
  "append",
  "delete files",
  "delete partition",
  "overwrite",
  "replace partitions",
  "row delta",
  "row delta",
  "rewrite",
  "rewrite with sequence",
  "rewrite manifests",
  "branch",
  "roll back",
  "stage and pick",
  "upgrade",
] as const;

export const arbitraryCommand = fc.record({
  kind: fc.constantFrom(...KINDS),
  /** Chooses files, partitions and branches. */
  picks: fc.array(fc.nat({ max: 20 }), { minLength: 3, maxLength: 3 }),
  /** How many commits of others win first. */
  rivals: fc.constantFrom(0, 0, 0, 1, 2),
  /** Put into one transaction with the next command. */
  together: fc.constantFrom(false, false, true),
});
export type Command = typeof arbitraryCommand extends fc.Arbitrary<infer T> ? T : never;

export const arbitrarySetting = fc.record({
  formatVersion: fc.constantFrom<1 | 2 | 3>(1, 2, 3),
  minCountToMerge: fc.constantFrom(1, 2, 3, 100),
  targetSize: fc.constantFrom(1, 6_000, 8_388_608),
});
export type Setting = typeof arbitrarySetting extends fc.Arbitrary<infer T> ? T : never;

/** The table and the model. */
export class ModelledTable {
  readonly io = new MemoryFileIO();
  private readonly client = new MemoryCatalogClient({ io: this.io });
  private readonly states = new Map<bigint, State>();
  private made = 0;
  table!: LoadedTable;
  /** Row ids that files of a table born as version 3 were seen with. */
  readonly rowIds = new Map<string, bigint>();

  static async create({ formatVersion, minCountToMerge, targetSize }: Setting): Promise<ModelledTable> {
    const made = new ModelledTable();
    await made.client.createNamespace(["ns"]);
    made.table = await made.client.createTable(ID, {
      schema,
      formatVersion,
      spec: buildPartitionSpec(schema, [identity("part")]),
      properties: new Map([
        ["commit.manifest.min-count-to-merge", String(minCountToMerge)],
        ["commit.manifest.target-size-bytes", String(targetSize)],
        ["commit.retry.min-wait-ms", "0"],
      ]),
    });
    return made;
  }

  /** What should be live in a snapshot. */
  stateOf(snapshotId: bigint | undefined): State {
    return snapshotId === undefined ? EMPTY : this.states.get(snapshotId)!;
  }

  /** Delete files that the library may drop, and did: the model follows. */
  forget(snapshotId: bigint, keys: ReadonlySet<string>): void {
    const state = this.stateOf(snapshotId);
    const deletes = new Map([...state.deletes].filter(([key]) => !keys.has(key)));
    this.states.set(snapshotId, { ...state, deletes });
  }

  /** Runs the commands of one transaction; an upgrade, a branch and a rollback take part like any other. */
  async run(commands: readonly Command[]): Promise<void> {
    const rivals = Math.max(...commands.map((command) => command.rivals));
    const effects = new Map<string, Effect>();
    const transaction = new Transaction(
      { client: this.beaten(rivals), runtime: { ...systemRuntime, sleep: async () => undefined } },
      this.table,
      (table) => table,
    );
    for (const [at, command] of commands.entries()) {
      // Files are chosen on what the base has, so only the first command of a transaction may remove some.
      const effect = this.add(transaction, at === 0 ? command : { ...command, kind: "append" }, `step ${at}`);
      if (effect !== undefined) effects.set(`step ${at}`, effect);
    }
    const { table, snapshots } = await transaction.commit();
    this.table = table;
    for (const { snapshotId, parentSnapshotId, sequenceNumber, summary } of snapshots) {
      const effect = effects.get(summary!.get("step")!)!;
      this.states.set(snapshotId, effect(this.stateOf(parentSnapshotId), sequenceNumber));
    }
  }

  private add(transaction: Transaction, command: Command, step: string): Effect | undefined {
    const { metadata } = this.table;
    const [first = 0, second = 0, third = 0] = command.picks;
    const branches = [...metadata.refs.keys()].filter((name) => name !== "main");
    const branch = command.kind === "roll back" || first < 14 ? "main" : (pick(branches, second) ?? "main");
    const head = metadata.refs.get(branch)?.snapshotId ?? metadata.currentSnapshotId;
    const state = this.stateOf(head);
    const options = { branch, snapshotProperties: { step } };
    const some = pickSome([...state.data.values()], second, third);
    const removed = some.map(({ file }) => file);
    const version = metadata.formatVersion;
    switch (command.kind) {
      case "append":
      case "fast append": {
        const added = this.files(1 + (third % 3), second);
        if (command.kind === "append") transaction.append(added, options);
        else transaction.fastAppend(added, options);
        return adding(added);
      }
      case "delete files":
        if (removed.length === 0) return undefined;
        transaction.deleteFiles(
          { files: third % 2 === 0 ? removed : removed.map((file) => file.filePath) },
          options,
        );
        return removing(removed);
      case "delete partition": {
        const part = PARTS[second % 2] as string;
        transaction.deleteFiles({ filter: eq("part", part) }, options);
        return droppingPartitions(new Set([part]));
      }
      case "overwrite": {
        const added = this.files(third % 2, second);
        if (removed.length + added.length === 0) return undefined;
        transaction.overwrite({ removed, added, isolation: "snapshot" }, options);
        return (before, sequence) => adding(added)(removing(removed)(before, sequence), sequence);
      }
      case "replace partitions": {
        const added = this.files(1 + (third % 2), second);
        transaction.replacePartitions(added, {}, options);
        const parts = new Set(added.map(({ partition }) => partition[0] as string | null));
        return (before, sequence) => adding(added)(droppingPartitions(parts)(before, sequence), sequence);
      }
      case "row delta": {
        const target = some[0];
        if (version === 1 || target === undefined) return undefined;
        const deletes = this.deletes(target.file, third, version);
        const key = target.file.filePath;
        const old = [...state.deletes.values()].filter(
          ({ file }) => file.fileFormat === "puffin" && fileScope(file) === key,
        );
        const removedDeletes = deletes.fileFormat === "puffin" ? old.map(({ file }) => file) : [];
        const addedData = this.files(second % 2, third);
        transaction.rowDelta({ addedDeletes: [deletes], removedDeletes, addedData }, options);
        return (before, sequence) =>
          adding([deletes, ...addedData])(removing(removedDeletes)(before, sequence), sequence);
      }
      case "rewrite":
      case "rewrite with sequence": {
        if (removed.length === 0) return undefined;
        const rows = removed.reduce((sum, { recordCount }) => sum + recordCount, 0);
        const added = { ...this.files(1, second)[0]!, recordCount: rows };
        const explicit = command.kind === "rewrite with sequence" && version > 1;
        const dataSequenceNumber = Math.max(...some.map(({ sequence }) => sequence));
        transaction.rewriteFiles(
          { removedData: removed, addedData: [added], ...(explicit && { dataSequenceNumber }) },
          options,
        );
        return (before, sequence) =>
          adding([added], explicit ? dataSequenceNumber : undefined)(
            removing(removed)(before, sequence),
            sequence,
          );
      }
      case "rewrite manifests":
        transaction.rewriteManifests(
          third % 2 === 0 ? {} : { clusterBy: ({ partition }) => String(partition[0]) },
          options,
        );
        return (before) => before;
      case "branch":
        if (head !== undefined && !metadata.refs.has(`b${second}`))
          transaction.manageSnapshots((s) => s.createBranch(`b${second}`, { snapshotId: head }));
        return undefined;
      case "roll back": {
        const parent = metadata.snapshots.find(({ snapshotId }) => snapshotId === head)?.parentSnapshotId;
        if (parent !== undefined) transaction.manageSnapshots((s) => s.rollbackTo(parent));
        return undefined;
      }
      case "stage and pick": {
        const added = this.files(1, second);
        transaction.append(added, { ...options, stageOnly: true });
        return adding(added);
      }
      case "upgrade":
        if (version < 3) transaction.upgradeFormatVersion((version + 1) as 2 | 3);
        return undefined;
    }
  }

  /** The client, with commits of others before the first attempts. */
  private beaten(rivals: number): CatalogClient {
    let left = rivals;
    const { client } = this;
    return Object.assign(Object.create(client) as MemoryCatalogClient, {
      commitTable: async (...args: Parameters<CatalogClient["commitTable"]>) => {
        if (left-- > 0) await this.appendAsRival();
        return await client.commitTable(...args);
      },
    });
  }

  private async appendAsRival(): Promise<void> {
    const added = this.files(1, this.made);
    const base = await this.client.loadTable(ID);
    const context = { client: this.client, runtime: systemRuntime };
    const { snapshot } = await new Transaction(context, base, (table) => table).fastAppend(added).commit();
    const state = this.stateOf(snapshot!.parentSnapshotId);
    this.states.set(snapshot!.snapshotId, adding(added)(state, snapshot!.sequenceNumber));
  }

  private files(count: number, from: number): DataFile[] {
    return Array.from({ length: count }, (_, i) => this.file(PARTS[(from + i) % PARTS.length]!));
  }

  private file(part: string | null): DataFile {
    const number = ++this.made;
    return {
      content: "data",
      filePath: `memory://warehouse/ns/t/data/f${number}.parquet`,
      fileFormat: "parquet",
      specId: 0,
      partition: [part],
      recordCount: 1 + (number % 7),
      fileSizeInBytes: 100 + number,
      valueCounts: new Map([[1, 1 + (number % 7)]]),
      lowerBounds: new Map([[1, new Uint8Array([number % 256, 0, 0, 0, 0, 0, 0, 0])]]),
      splitOffsets: [4],
      sortOrderId: 0,
    };
  }

  /** By value, of the file by position, or of the partition by position, as the version allows. */
  private deletes(of: DataFile, choice: number, version: number): DataFile {
    const { valueCounts: _v, lowerBounds: _l, sortOrderId: _s, splitOffsets: _o, ...plain } = this.file(null);
    const base = { ...plain, partition: of.partition, recordCount: 1 };
    if (choice % 3 === 0) return { ...base, content: "equality-deletes", equalityIds: [1] };
    if (version < 3) {
      const scope = choice % 3 === 1 ? { referencedDataFile: of.filePath } : {};
      return { ...base, ...scope, content: "position-deletes" };
    }
    return {
      ...base,
      filePath: base.filePath.replace(".parquet", ".puffin"),
      content: "position-deletes",
      fileFormat: "puffin",
      referencedDataFile: of.filePath,
      contentOffset: 4,
      contentSizeInBytes: 40 + (choice % 5),
    };
  }
}

/** Whether any data file of a state can have rows that a delete file removes. */
export function applies({ file, sequence }: LiveFile, { data }: State): boolean {
  const scope = fileScope(file);
  for (const one of data.values()) {
    if (scope !== undefined) {
      if (one.file.filePath === scope && one.sequence <= sequence) return true;
    } else if (one.file.partition[0] === file.partition[0]) {
      if (file.content === "equality-deletes" ? one.sequence < sequence : one.sequence <= sequence)
        return true;
    }
  }
  return false;
}

/** A key that vectors of one Puffin file do not share. */
export function keyOf(file: DataFile): string {
  return `${file.filePath}#${file.contentOffset ?? ""}`;
}

type Effect = (before: State, sequence: number) => State;

function adding(files: readonly DataFile[], explicit?: number): Effect {
  return (before, sequence) => {
    const data = new Map(before.data);
    const deletes = new Map(before.deletes);
    for (const file of files) {
      const map = file.content === "data" ? data : deletes;
      map.set(keyOf(file), { file, sequence: explicit ?? sequence });
    }
    return { data, deletes };
  };
}

function removing(files: readonly DataFile[]): Effect {
  const keys = new Set(files.map(keyOf));
  return (before) => ({
    data: new Map([...before.data].filter(([key]) => !keys.has(key))),
    deletes: new Map([...before.deletes].filter(([key]) => !keys.has(key))),
  });
}

function droppingPartitions(parts: ReadonlySet<string | null>): Effect {
  const stays = ([, { file }]: readonly [string, LiveFile]) => !parts.has(file.partition[0] as string | null);
  return (before) => ({
    data: new Map([...before.data].filter(stays)),
    deletes: new Map([...before.deletes].filter(stays)),
  });
}

function pick<T>(items: readonly T[], at: number): T | undefined {
  return items.length === 0 ? undefined : items[at % items.length];
}

/** One to three neighbours. */
function pickSome<T>(items: readonly T[], at: number, count: number): readonly T[] {
  if (items.length === 0) return [];
  const start = at % items.length;
  return items.slice(start, start + 1 + (count % 3));
}
