/** Laws of planners, writers and catalogs: this library passes them, and one with a classic fault does not. @module */
import { describe, expect, test } from "vitest";
import { type CatalogClient, MemoryCatalogClient } from "../../../src/catalog/index.ts";
import { asc, desc, memoryCatalog } from "../../../src/index.ts";
import { MemoryFileIO } from "../../../src/io/index.ts";
import { type ManifestEntry, readManifest, readManifestList } from "../../../src/manifests/index.ts";
import { currentSchema, currentSnapshot, specById, type TableMetadata } from "../../../src/metadata/index.ts";
import { partitionFields, partitionTerm } from "../../../src/partitioning/index.ts";
import { Scan } from "../../../src/reading/index.ts";
import {
  checkCatalog,
  checkPlanner,
  checkWriter,
  type PlannedTable,
  type WriterCase,
  type WrittenFile,
} from "../../../src/testing/index.ts";

/** Enough for every fault below to show; the counterexamples need not be small. */
const MANY = { numRuns: 300, endOnFailure: true };

describe("checkPlanner()", () => {
  const plan = async ({ metadata, files, filter }: PlannedTable) => {
    const io = new MemoryFileIO();
    for (const [location, bytes] of files) await io.create(location, bytes);
    const identifier = { namespace: ["laws"], name: "planned" };
    const table = { identifier, metadata, metadataLocation: `${metadata.location}/v1.json`, io };
    const { tasks } = await new Scan(table, { filter }).plan();
    return tasks.map(({ dataFile }) => dataFile.filePath);
  };

  test("holds of Scan.plan() (P20, P21, SCN-001, SCN-035)", async () => {
    expect(await checkPlanner({ plan }, { numRuns: 20 })).toBe(20);
  });

  test("fails a planner that drops a file, plans one twice or reads what was deleted", async () => {
    await expect(checkPlanner({ plan: async (table) => (await plan(table)).slice(1) }, MANY)).rejects.toThrow(
      /is skipped/,
    );
    const twice = async (table: PlannedTable) => [...(await plan(table)), ...(await plan(table))];
    await expect(checkPlanner({ plan: twice }, MANY)).rejects.toThrow(/twice/);
    const dead = ({ rows }: PlannedTable) => [...rows.keys(), "memory://planned/table/data/gone-0.parquet"];
    await expect(checkPlanner({ plan: dead }, MANY)).rejects.toThrow(/no live file/);
  });
});

describe("checkWriter()", () => {
  const write = async ({
    formatVersion,
    schema,
    spec,
    sortOrder,
    rows,
  }: WriterCase): Promise<WrittenFile[]> => {
    const io = new MemoryFileIO();
    const catalog = memoryCatalog({ io });
    await catalog.ensureNamespace("laws");
    const pathOf = (id: number) => schema.pathOf(id)!;
    const created = await catalog.createTable("laws.written", schema, {
      formatVersion,
      partitionSpec: spec.fields.map(({ transform, sourceId, name }) =>
        partitionTerm(transform, pathOf(sourceId), name),
      ),
      sortOrder: sortOrder.fields.map(({ transform, sourceId, direction, nullOrder }) =>
        (direction === "asc" ? asc : desc)(partitionTerm(transform, pathOf(sourceId)), nullOrder),
      ),
    });
    if (rows.length === 0) return [];
    const { table } = await created.append(rows);
    const entries = await entriesOf(io, table.metadata);
    const names = schema.fields.map(({ name }) => name);
    const all = await table.scan({ select: [...names, "_file", "_pos"] }).toArray();
    return entries.map(({ dataFile }) => ({
      dataFile,
      rows: all
        .filter((row) => row._file === dataFile.filePath)
        .sort((a, b) => Number(a._pos as bigint) - Number(b._pos as bigint))
        .map(({ _file, _pos, ...row }) => row),
    }));
  };

  test("holds of Table.append() (P16, P23, MAN-065, PRT-057, PRT-065)", async () => {
    expect(await checkWriter({ write }, { numRuns: 20 })).toBe(20);
  });

  test("fails lost rows, wrong counts and bounds that do not enclose", async () => {
    const altered = (alter: (file: WrittenFile) => WrittenFile) =>
      checkWriter({ write: async (given) => (await write(given)).map(alter) }, MANY);
    await expect(altered((file) => ({ ...file, rows: file.rows.slice(1) }))).rejects.toThrow(
      /are written of/,
    );
    await expect(
      altered(({ dataFile, rows }) => ({
        dataFile: { ...dataFile, nullValueCounts: new Map([[1, 0]]) },
        rows,
      })),
    ).rejects.toThrow(/null count/);
    await expect(
      altered(({ dataFile, rows }) => ({
        dataFile: { ...dataFile, upperBounds: dataFile.lowerBounds! },
        rows,
      })),
    ).rejects.toThrow(/beyond its bound/);
  });
});

describe("checkCatalog()", () => {
  test("holds of MemoryCatalogClient (P39, CMT-001, CMT-016)", async () => {
    const client = new MemoryCatalogClient();
    expect(await checkCatalog({ open: () => client }, { numRuns: 40 })).toBe(40);
  });

  test("fails a catalog that overwrites, and one that commits what it refuses", async () => {
    const overwriting = broken(
      (client) => async (base, _requirements, updates) =>
        client.commitTable(await client.loadTable(base.identifier), [], updates),
    );
    await expect(checkCatalog({ open: overwriting }, MANY)).rejects.toThrow(
      /requirements fail|no order|the table is/,
    );
    const leaking = broken((client) => async (base, requirements, updates) => {
      const outcome = await client.commitTable(base, requirements, updates);
      if (outcome.kind === "conflict") {
        await client.commitTable(await client.loadTable(base.identifier), [], updates);
      }
      return outcome;
    });
    await expect(checkCatalog({ open: leaking }, MANY)).rejects.toThrow(/is loaded as|no order/);
  });
});

/** The entries of the current snapshot with all their metrics, which a plan leaves out. */
async function entriesOf(io: MemoryFileIO, metadata: TableMetadata): Promise<readonly ManifestEntry[]> {
  const { manifestList } = currentSnapshot(metadata)!;
  const entries: ManifestEntry[] = [];
  for (const manifest of readManifestList(await io.open(manifestList!).read(), "list")) {
    const fields = partitionFields(specById(metadata, manifest.partitionSpecId)!, currentSchema(metadata));
    const bytes = await io.open(manifest.manifestPath).read();
    entries.push(...readManifest(bytes, { manifest, fields, what: manifest.manifestPath }));
  }
  return entries;
}

function broken(commit: (client: CatalogClient) => CatalogClient["commitTable"]): () => CatalogClient {
  return () => {
    const client = new MemoryCatalogClient();
    const commitTable = commit(client);
    return new Proxy(client, {
      get(target, key) {
        if (key === "commitTable") return commitTable;
        const member: unknown = Reflect.get(target, key);
        return typeof member === "function" ? member.bind(target) : member;
      },
    });
  };
}
