/** One append under one fault, and what must hold afterwards whatever became of it. @module */
import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { type FileIO, isIcebergError } from "../../src/base/index.ts";
import type { CatalogClient } from "../../src/catalog/index.ts";
import { readManifest } from "../../src/manifests/index.ts";
import { specById } from "../../src/metadata/index.ts";
import { identity, partitionFields } from "../../src/partitioning/index.ts";
import { snapshotManifests } from "../../src/planning/index.ts";
import { defineSchema, required, t } from "../../src/schema/index.ts";
import { Catalog, type Table } from "../../src/table/index.ts";

/**
 * `refused`: the call throws before it acts. `lost`: it acts, then throws, as when a reply is lost. `aborted` and
 * `aborted-after`: the caller's signal fires just before or just after it acts. `dead`: this call and all later
 * ones throw, as after a crash.
 */
export const FAULTS = ["refused", "lost", "aborted", "aborted-after", "dead"] as const;
/** `short`, of file systems only: a read or write does half of what it is told. */
export type Fault = (typeof FAULTS)[number] | "short";

/** The reason the signal is aborted with. */
export const STOPPED = new Error("stopped by the test");

const schema = defineSchema({ id: required(t.long()), part: required(t.string()) });
type Events = Table<typeof schema>;
const BASE = [1n, 2n];
const RIVAL = [20n];
const FAULTED = [10n, 11n, 12n];
const NEXT = [30n];
const rowsOf = (ids: readonly bigint[]) => ids.map((id) => ({ id, part: id % 2n === 0n ? "even" : "odd" }));
const sorted = (ids: readonly bigint[]) => [...ids].sort((a, b) => Number(a - b));

/** Where the warehouses go: in memory where there is such a file system, for hundreds of tables sync every file. */
export const SCRATCH = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();

/** The files of a warehouse folder, but for hints, which say nothing that must hold. */
export async function filesBelow(root: string): Promise<readonly string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && entry.name !== "version-hint.text");
  return files.map((entry) => join(entry.parentPath, entry.name)).sort();
}

/** A catalog whose store can be told to fail. */
export interface Warehouse {
  readonly client: CatalogClient;
  /** The catalog and its store as another process sees them: never failing. */
  readonly other: CatalogClient;
  readonly otherIO: FileIO;
  /** From now on, call number `at` (from 1) fails; the signal is the one that the `aborted` faults fire. */
  arm(fault: Fault, at: number): AbortSignal;
  /** Makes the store healthy again; answers whether the failing call was reached. */
  disarm(): boolean;
  files(): Promise<readonly string[]>;
}

/** One schedule, from a stale base if `contested`. Answers what became of the append, and whether it met the fault. */
export async function runAppend(warehouse: Warehouse, contested: boolean, fault: Fault, at: number) {
  const { client, other, otherIO, files } = warehouse;
  const catalog = new Catalog(client);
  await catalog.createNamespace("ns");
  const created = await catalog.createTable("ns.events", schema, {
    partitionSpec: [identity("part")],
    properties: { "commit.retry.min-wait-ms": "1" },
  });
  const { table } = await created.append(rowsOf(BASE));
  const acknowledged = [...BASE];
  if (contested) {
    // The base is stale from now on: the first attempt loses, the second wins.
    await table.append(rowsOf(RIVAL));
    acknowledged.push(...RIVAL);
  }
  const before = await files();

  const outcome = await appendUnderFault(table, warehouse.arm(fault, at));
  const met = warehouse.disarm();

  const reader = new Catalog(other);
  const loaded = (await reader.loadTable("ns.events")).as(schema);
  const seen = await visible(loaded);
  const applied = seen.some((id) => FAULTED.includes(id));
  const title = `${fault} at call ${at}: ${outcome}`;
  if (outcome !== "unknown") expect(applied, title).toBe(outcome === "acknowledged");
  if (applied) acknowledged.push(...FAULTED);
  expect(seen, title).toEqual(sorted(acknowledged));
  if (outcome === "failed" && fault !== "dead") {
    expect(await files(), `${title}: nothing of it is left`).toEqual(before);
  }

  const { table: next } = await loaded.append(rowsOf(NEXT));
  expect(await visible(next), title).toEqual(sorted([...acknowledged, ...NEXT]));
  await expectWhole(otherIO, next);
  return { outcome, met };
}

async function visible(table: Events): Promise<bigint[]> {
  return sorted((await table.scan().toArray()).map(({ id }) => id));
}

/** Every file that any snapshot of the table refers to is there, and every manifest says the truth about itself. */
export async function expectWhole(io: FileIO, { metadata }: Events): Promise<void> {
  for (const snapshot of metadata.snapshots) {
    for (const manifest of await snapshotManifests(io, snapshot)) {
      const what = manifest.manifestPath;
      const bytes = await io.open(what).read();
      expect(bytes.length, what).toBe(manifest.manifestLength);
      const fields = partitionFields(specById(metadata, manifest.partitionSpecId)!, schema);
      for (const { dataFile } of readManifest(bytes, { manifest, fields, what })) {
        expect(await io.open(dataFile.filePath).size(), dataFile.filePath).toBe(dataFile.fileSizeInBytes);
      }
    }
  }
  const numbers = metadata.snapshots.map((snapshot) => snapshot.sequenceNumber);
  expect(numbers, "sequence numbers increase along the branch").toEqual(numbers.map((_, at) => at + 1));
}

/** The append under test; `unknown` may show its rows or not. */
async function appendUnderFault(table: Events, signal: AbortSignal) {
  try {
    const { table: after, snapshot } = await table.append(rowsOf(FAULTED), { signal });
    expect(after.currentSnapshot?.snapshotId).toBe(snapshot.snapshotId);
    return "acknowledged";
  } catch (error) {
    if (isIcebergError(error, "commit-state-unknown")) return "unknown";
    expect(error === STOPPED || isIcebergError(error, "io-failed"), String(error)).toBe(true);
    return "failed";
  }
}
