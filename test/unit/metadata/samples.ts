/** Small tables and files for tests of `metadata/`. @module */
import type { DataFile } from "../../../src/manifests/index.ts";
import {
  applyUpdates,
  newTableMetadata,
  type Snapshot,
  type TableMetadata,
  type TableUpdate,
} from "../../../src/metadata/index.ts";
import { Schema } from "../../../src/schema/index.ts";

export const UUID = "0b6f6a68-65aa-4e4e-b520-3f5d7b70c2a1";
export const T0 = 1_700_000_000_000;

export const schema = new Schema([
  { id: 1, name: "id", required: true, type: { kind: "long" } },
  { id: 2, name: "ts", required: false, type: { kind: "timestamptz" } },
]);

/** An empty table created at `T0`. */
export function emptyTable(formatVersion = 2, properties = new Map<string, string>()): TableMetadata {
  return newTableMetadata({
    schema,
    location: "s3://b/t",
    properties,
    formatVersion,
    uuid: UUID,
    nowMs: T0,
  });
}

/** A snapshot that fits on top of `base`, as a producer would number it. */
export function nextSnapshot(
  base: TableMetadata,
  snapshotId: bigint,
  fields: Partial<Snapshot> = {},
): Snapshot {
  return {
    snapshotId,
    ...(base.currentSnapshotId !== undefined && { parentSnapshotId: base.currentSnapshotId }),
    sequenceNumber: base.formatVersion === 1 ? 0 : base.lastSequenceNumber + 1,
    timestampMs: base.lastUpdatedMs + 1000,
    manifestList: `s3://b/t/metadata/snap-${snapshotId}.avro`,
    summary: new Map([["operation", "append"]]),
    schemaId: base.currentSchemaId,
    ...(base.formatVersion > 2 && { firstRowId: base.nextRowId!, addedRows: 10n }),
    ...fields,
  };
}

/** Adds a snapshot and moves a branch to it. */
export function appendUpdates(snapshot: Snapshot, refName = "main"): TableUpdate[] {
  return [
    { action: "add-snapshot", snapshot },
    { action: "set-snapshot-ref", refName, ref: { snapshotId: snapshot.snapshotId, type: "branch" } },
  ];
}

/** A table with one commit per id, a second apart. */
export function tableWith(ids: readonly bigint[], formatVersion = 2): TableMetadata {
  let table = emptyTable(formatVersion);
  for (const id of ids) {
    const nowMs = table.lastUpdatedMs + 1000;
    table = applyUpdates(table, appendUpdates(nextSnapshot(table, id)), { nowMs });
  }
  return table;
}

export function dataFile(fields: Partial<DataFile>): DataFile {
  return {
    content: "data",
    filePath: "s3://b/t/data/1.parquet",
    fileFormat: "parquet",
    specId: 0,
    partition: [],
    recordCount: 1,
    fileSizeInBytes: 100,
    ...fields,
  };
}
