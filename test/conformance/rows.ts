/** Small helpers of the conformance tests. @module */
import { MemoryCatalogClient } from "../../src/catalog/index.ts";
import { MemoryFileIO, type Runtime, systemRuntime } from "../../src/io/index.ts";
import {
  type ManifestEntry,
  type ManifestFile,
  readManifest,
  readManifestList,
} from "../../src/manifests/index.ts";
import { currentSchema, currentSnapshot, specById, type TableMetadata } from "../../src/metadata/index.ts";
import { partitionFields } from "../../src/partitioning/index.ts";
import { Catalog, Table } from "../../src/table/index.ts";

/** A table as far as these helpers need it. */
export interface ScannedTable<Row> {
  scan(): { rows(): AsyncIterable<Row> };
}

/** Every row of a table's current snapshot. */
export async function rowsOf<Row>(table: ScannedTable<Row>): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const row of table.scan().rows()) rows.push(row);
  return rows;
}

/** A catalog in memory with the namespace `ns`, its files and a clock that tests set. */
export async function memory(changes: Partial<Runtime> = {}) {
  const io = new MemoryFileIO();
  const runtime: Runtime = { ...systemRuntime, ...changes };
  const client = new MemoryCatalogClient({ io, runtime });
  const catalog = new Catalog(client, runtime);
  await catalog.ensureNamespace("ns");
  return { io, runtime, client, catalog };
}

/** The manifests of a table's current snapshot, from its list. */
export function manifestsOf(io: MemoryFileIO, metadata: TableMetadata): ManifestFile[] {
  const list = currentSnapshot(metadata)!.manifestList!;
  return readManifestList(io.files.get(list)!, list);
}

/** The entries of every manifest of a table's current snapshot. */
export function entriesOf(io: MemoryFileIO, metadata: TableMetadata): ManifestEntry[] {
  return manifestsOf(io, metadata).flatMap((manifest) =>
    readManifest(io.files.get(manifest.manifestPath)!, {
      manifest,
      fields: partitionFields(specById(metadata, manifest.partitionSpecId)!, currentSchema(metadata)),
      what: manifest.manifestPath,
    }),
  );
}

/** A read-only table of given metadata whose files are in `io`. */
export function tableOf(io: MemoryFileIO, metadata: TableMetadata): Table {
  return new Table({
    identifier: { namespace: ["ns"], name: "t" },
    metadata,
    metadataLocation: "memory://t",
    io,
  });
}
