/**
 * `Table.append` over a store that fails at its 1st, 2nd, 3rd … call, in every way a store can fail, until a run sees
 * no failure. Whatever happens: the table loads, acknowledged rows are there exactly once, nothing referenced is
 * missing, a definite failure leaves nothing behind, and the next append needs no repair.
 */
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type FileIO, isIcebergError } from "../../src/base/index.ts";
import { type CatalogClient, MemoryCatalogClient } from "../../src/catalog/index.ts";
import { FileCatalogClient } from "../../src/catalog/node.ts";
import { MemoryFileIO } from "../../src/io/index.ts";
import { LocalFileIO } from "../../src/io/node.ts";
import { readManifest } from "../../src/manifests/index.ts";
import { specById } from "../../src/metadata/index.ts";
import { identity, partitionFields } from "../../src/partitioning/index.ts";
import { snapshotManifests } from "../../src/planning/index.ts";
import { defineSchema, required, t } from "../../src/schema/index.ts";
import { Catalog, type Table } from "../../src/table/index.ts";
import { FAULTS, type Fault, FaultyIO, STOPPED } from "./faulty-io.ts";

const schema = defineSchema({ id: required(t.long()), part: required(t.string()) });
type Events = Table<typeof schema>;
const BASE = [1n, 2n];
const RIVAL = [20n];
const FAULTED = [10n, 11n, 12n];
const NEXT = [30n];
const rowsOf = (ids: readonly bigint[]) => ids.map((id) => ({ id, part: id % 2n === 0n ? "even" : "odd" }));
const sorted = (ids: readonly bigint[]) => [...ids].sort((a, b) => Number(a - b));

interface Warehouse {
  /** The store of the writer that meets the fault. */
  readonly io: FaultyIO;
  readonly client: CatalogClient;
  /** The catalog as another process sees it. */
  readonly other: CatalogClient;
  files(): Promise<readonly string[]>;
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "icewright-fault-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function memoryWarehouse(): Warehouse {
  const files = new MemoryFileIO();
  const io = new FaultyIO(files);
  const client = new MemoryCatalogClient({ io });
  return { io, client, other: client, files: async () => [...files.files.keys()].sort() };
}

let warehouses = 0;
function fileWarehouse(): Warehouse {
  const root = join(folder, String(warehouses++));
  const io = new FaultyIO(new LocalFileIO());
  return {
    io,
    client: new FileCatalogClient(root, { io }),
    other: new FileCatalogClient(root),
    async files() {
      const entries = await readdir(root, { recursive: true, withFileTypes: true });
      const files = entries.filter((entry) => entry.isFile() && entry.name !== "version-hint.text");
      return files.map((entry) => join(entry.parentPath, entry.name)).sort();
    },
  };
}

async function visible(table: Events): Promise<bigint[]> {
  return sorted((await table.scan().toArray()).map(({ id }) => id));
}

/** Every file that any snapshot of the table refers to is there, and every manifest says the truth about itself. */
async function expectWhole(io: FileIO, { metadata }: Events): Promise<void> {
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

/** One schedule: answers what became of the append, and whether it met the fault. */
async function run({ io, client, other, files }: Warehouse, contested: boolean, fault: Fault, at: number) {
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

  const outcome = await appendUnderFault(table, io.arm(fault, at));
  const met = io.disarm();

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
  await expectWhole(io, next);
  return { outcome, met };
}

describe.each([
  { store: "memory catalog", open: memoryWarehouse },
  { store: "file catalog", open: fileWarehouse },
])("Table.append on a $store", ({ open }) => {
  describe.each([
    { base: "current base", contested: false },
    { base: "stale base", contested: true },
  ])("from a $base", ({ contested }) => {
    it.each(FAULTS)(
      "survives a store that is %s at its nth call, for every n (CMT-009, CMT-011)",
      async (fault) => {
        const outcomes: string[] = [];
        for (let at = 1; ; at++) {
          const { outcome, met } = await run(open(), contested, fault, at);
          if (!met) {
            expect(outcome, "without a fault").toBe("acknowledged");
            break;
          }
          outcomes.push(outcome);
        }
        // Two data files, a manifest, reading the parent's list, a list of its own, the metadata file.
        expect(outcomes.length).toBeGreaterThanOrEqual(6);
        if (fault !== "aborted-after") expect(outcomes).toContain("failed");
      },
      60_000,
    );
  });
});
