/**
 * Every kind of change of a table, each prepared on a healthy store and then made under one fault; and what must hold
 * afterwards whatever became of it.
 * @module
 */
import { expect } from "vitest";
import { type FileIO, isIcebergError } from "../../src/base/index.ts";
import {
  deletionVectorBlob,
  deletionVectorFile,
  PositionBitmap,
  writePuffin,
} from "../../src/deletes/index.ts";
import { eq } from "../../src/expressions/index.ts";
import { systemRuntime } from "../../src/io/index.ts";
import type { DataFile } from "../../src/manifests/index.ts";
import type { Snapshot } from "../../src/metadata/index.ts";
import { identity } from "../../src/partitioning/index.ts";
import { defineSchema, required, t } from "../../src/schema/index.ts";
import { Catalog, type Table } from "../../src/table/index.ts";
import { writeRows } from "../../src/writing/index.ts";
import { expectWhole, type Fault, STOPPED, type Warehouse } from "./schedule.ts";

const schema = defineSchema({ id: required(t.long()), part: required(t.string()) });
type Events = Table<typeof schema>;

const BASE = [1n, 2n, 3n, 4n];
const RIVAL = [20n];
const NEXT = [30n];
const partOf = (id: bigint) => (RIVAL.includes(id) ? "rival" : id % 2n === 0n ? "even" : "odd");
const rowsOf = (ids: readonly bigint[]) => ids.map((id) => ({ id, part: partOf(id) }));
const sorted = (ids: readonly bigint[]) => [...ids].sort((a, b) => Number(a - b));
/** In the summary of the snapshot under test, so that it can be told from others. */
const MARK = { snapshotProperties: { "under-test": "yes" } };

/** A change under test, as it is made once everything is prepared. */
type Deed = (signal: AbortSignal) => Promise<{ readonly snapshot?: Snapshot }>;

interface Operation {
  readonly name: string;
  /** Writes what the caller of the operation brings along; the deed is what the fault strikes. */
  prepare(table: Events): Promise<Deed>;
  /** The rows of the base after it. */
  readonly after: readonly bigint[];
  /** What else it leaves, all of it or nothing. */
  readonly others?: readonly ((table: Events) => boolean)[];
}

const NEW = [10n, 12n];

/** Base: rows 1 to 4, from two appends, each a file of odd and a file of even ids, all in two manifests. */
export const OPERATIONS: readonly Operation[] = [
  {
    name: "overwrite of a partition",
    prepare: async (table) => (signal) =>
      table.overwrite(rowsOf(NEW), {
        filter: eq("part", "even"),
        isolation: "serializable",
        signal,
        ...MARK,
      }),
    after: [1n, 3n, ...NEW],
  },
  {
    name: "delete by filter",
    prepare: async (table) => (signal) => table.delete(eq("part", "even"), { signal, ...MARK }),
    after: [1n, 3n],
  },
  {
    name: "row delta with a deletion vector",
    async prepare(table) {
      const [file] = await filesOf(table, "even");
      const added = await newFiles(table, NEW);
      const vector = await firstRowOf(table, file!);
      const delta = { addedData: added, addedDeletes: [vector], validateDeletedFiles: true };
      return (signal) => table.newTransaction().rowDelta(delta, MARK).commit({ signal });
    },
    after: [1n, 3n, 4n, ...NEW],
  },
  {
    name: "rewrite of files",
    async prepare(table) {
      const removedData = await filesOf(table, "even");
      const addedData = await newFiles(table, [2n, 4n]);
      return (signal) =>
        table.newTransaction().rewriteFiles({ removedData, addedData }, MARK).commit({ signal });
    },
    after: BASE,
  },
  {
    name: "rewrite of manifests",
    prepare: async (table) => (signal) =>
      table
        .newTransaction()
        .rewriteManifests({ clusterBy: ({ partition }) => String(partition[0]) }, MARK)
        .commit({ signal }),
    after: BASE,
  },
  {
    name: "schema change, append and tag at once",
    async prepare(table) {
      const files = await newFiles(table, NEW);
      return (signal) =>
        table
          .newTransaction()
          .updateSchema((u) => u.addColumn("extra", t.string()))
          .append(files, MARK)
          .manageSnapshots((s) => s.createTag("loaded"))
          .commit({ signal });
    },
    after: [...BASE, ...NEW],
    others: [({ metadata }) => metadata.schemas.length === 2, ({ metadata }) => metadata.refs.has("loaded")],
  },
];

/** One operation under one fault, from a stale base if `contested`. Answers what became of it, and whether it met the fault. */
export async function runOperation(
  warehouse: Warehouse,
  operation: Operation,
  contested: boolean,
  fault: Fault,
  at: number,
) {
  const { client, other, otherIO, files } = warehouse;
  const catalog = new Catalog(client);
  await catalog.createNamespace("ns");
  const created = await catalog.createTable("ns.events", schema, {
    formatVersion: 3,
    partitionSpec: [identity("part")],
    properties: {
      "commit.retry.min-wait-ms": "1",
      // The appended manifest is merged with those of the base.
      "commit.manifest.min-count-to-merge": "2",
      // Hundreds of small tables are written: what takes time and is not the matter is left out.
      "write.parquet.compression-codec": "uncompressed",
      "write.avro.compression-codec": "uncompressed",
    },
  });
  const { table: first } = await created.append(rowsOf([1n, 2n]));
  const more = await newFiles(first, [3n, 4n]);
  const table = (await first.newTransaction().fastAppend(more).commit()).table.as(schema);
  const deed = await operation.prepare(table);
  if (contested) await table.append(rowsOf(RIVAL));
  const others = contested ? RIVAL : [];
  const before = await files();

  const outcome = await attempt(deed, warehouse.arm(fault, at));
  const met = warehouse.disarm();

  const title = `${fault} at call ${at}: ${outcome}`;
  const loaded = (await new Catalog(other).loadTable("ns.events")).as(schema);
  const own = loaded.metadata.snapshots.filter(({ summary }) => summary?.get("under-test") === "yes");
  expect(own.length, `${title}: at most once`).toBeLessThanOrEqual(1);
  const applied = own.length === 1;
  if (outcome !== "unknown") expect(applied, title).toBe(outcome === "acknowledged");
  for (const holds of operation.others ?? []) expect(holds(loaded), `${title}: all or nothing`).toBe(applied);
  const expected = [...(applied ? operation.after : BASE), ...others];
  expect(await visible(loaded), title).toEqual(sorted(expected));
  if (outcome === "failed" && fault !== "dead") {
    expect(await files(), `${title}: nothing of it is left, what was there still is`).toEqual(before);
  }

  const { table: next } = await loaded.append(rowsOf(NEXT));
  expect(await visible(next), title).toEqual(sorted([...expected, ...NEXT]));
  await expectWhole(otherIO, next);
  return { outcome, met };
}

async function attempt(deed: Deed, signal: AbortSignal): Promise<"acknowledged" | "unknown" | "failed"> {
  try {
    const { snapshot } = await deed(signal);
    expect(snapshot?.summary?.get("under-test")).toBe("yes");
    return "acknowledged";
  } catch (error) {
    if (isIcebergError(error, "commit-state-unknown")) return "unknown";
    expect(error === STOPPED || isIcebergError(error, "io-failed"), String(error)).toBe(true);
    return "failed";
  }
}

async function visible(table: Events): Promise<bigint[]> {
  return sorted((await table.scan().toArray()).map(({ id }) => id));
}

/** Data files of a partition, oldest first. */
async function filesOf(table: Events, part: string): Promise<readonly DataFile[]> {
  const found: { readonly file: DataFile; readonly sequenceNumber: number }[] = [];
  for await (const { dataFile, sequenceNumber } of table.scan().planFiles()) {
    if (dataFile.partition[0] === part) found.push({ file: dataFile, sequenceNumber: sequenceNumber! });
  }
  return found.sort((a, b) => a.sequenceNumber - b.sequenceNumber).map(({ file }) => file);
}

function newFiles({ metadata, io }: Events, ids: readonly bigint[]): Promise<readonly DataFile[]> {
  return writeRows({ metadata, io, runtime: systemRuntime }, rowsOf(ids));
}

/** A deletion vector of the first row of a file. */
async function firstRowOf({ io }: { readonly io: FileIO }, file: DataFile): Promise<DataFile> {
  const positions = PositionBitmap.of([0]);
  const written = writePuffin({ blobs: [deletionVectorBlob(positions, file.filePath)] });
  const filePath = file.filePath.replace(".parquet", ".puffin");
  await io.create(filePath, written.bytes);
  const { specId, partition } = file;
  return deletionVectorFile(written.blobs[0]!, written, { filePath, specId, partition });
}
