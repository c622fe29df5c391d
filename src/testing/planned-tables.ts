/** Whole tables for planners: metadata, manifest list and manifests in memory, and what rows each data file has. @module */
import fc from "fast-check";
import type { Expression } from "../expressions/index.ts";
import {
  type DataFile,
  type ManifestEntry,
  type ManifestFile,
  writeManifest,
  writeManifestList,
} from "../manifests/index.ts";
import { applyUpdates, newTableMetadata, specById, type TableMetadata } from "../metadata/index.ts";
import { type PartitionSpec, partitionFields, partitionKey, sameTransform } from "../partitioning/index.ts";
import { type Schema, type StructValue, typeToString } from "../schema/index.ts";
import { arbitraryMetricsCoverage, type MetricsCoverage, metricsOfRows } from "./column-metrics.ts";
import { arbitraryFilteredRows, type FilteredRows, partitionOf } from "./filtered-rows.ts";
import { printed } from "./law.ts";
import { arbitraryPartitionSpec } from "./partitioning.ts";
import { arbitraryComparableType } from "./types.ts";

/** A table whose data files are known but not written: planners look at everything else. */
export interface PlannedTable {
  /** Two partition specs where the table's was changed, one snapshot. */
  readonly metadata: TableMetadata;
  readonly schema: Schema;
  /** Bytes by location: the manifest list and the manifests that the snapshot names. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Held rows of the live data files by location. */
  readonly rows: ReadonlyMap<string, readonly StructValue[]>;
  readonly filter: Expression;
}

/** Tables of several manifests over one or two specs, with files that were deleted, by writers of every diligence. */
export function arbitraryPlannedTable(): fc.Arbitrary<PlannedTable> {
  const versioned = fc.constantFrom(2 as const, 3 as const).chain((formatVersion) => {
    const columnTypes = arbitraryComparableType({ formatVersion });
    return fc.tuple(fc.constant(formatVersion), arbitraryFilteredRows({ columnTypes, maxRows: 12 }));
  });
  return versioned.chain(([formatVersion, filtered]) =>
    fc
      .record({
        second: arbitraryPartitionSpec(filtered.schema, { maxFields: 2 }),
        formatVersion: fc.constant(formatVersion),
        coverage: arbitraryMetricsCoverage(),
        rowsPerFile: fc.integer({ min: 1, max: 3 }),
        filesPerManifest: fc.integer({ min: 1, max: 3 }),
        switchAt: fc.nat({ max: 12 }),
      })
      .map((plan) => tableOf(filtered, plan)),
  );
}

interface TablePlan {
  readonly second: PartitionSpec;
  readonly formatVersion: 2 | 3;
  readonly coverage: MetricsCoverage;
  readonly rowsPerFile: number;
  readonly filesPerManifest: number;
  /** Rows from here on are partitioned by the second spec. */
  readonly switchAt: number;
}

const SNAPSHOT_ID = 77n;
const LOCATION = "memory://planned/table";

function tableOf({ schema, spec, rows, filter }: FilteredRows, plan: TablePlan): PlannedTable {
  const created = newTableMetadata({
    schema,
    spec,
    location: LOCATION,
    formatVersion: plan.formatVersion,
    uuid: "5f0b9c55-3a4f-4a3f-9b0c-0d6c5a9be001",
    nowMs: 1_700_000_000_000,
  });
  const evolved = applyUpdates(
    created,
    [
      { action: "add-spec", spec: afterFirst(spec, plan.second) },
      { action: "set-default-spec", specId: -1 },
    ],
    { nowMs: 1_700_000_001_000 },
  );
  const files = new Map<string, Uint8Array>();
  const rowsByFile = new Map<string, readonly StructValue[]>();
  const manifests: ManifestFile[] = [];
  const batches: readonly (readonly [number, readonly StructValue[]])[] = [
    [0, rows.slice(0, plan.switchAt)],
    [evolved.defaultSpecId, rows.slice(plan.switchAt)],
  ];
  for (const [specId, batch] of batches) {
    const own = specById(evolved, specId)!;
    const entries: ManifestEntry[] = [];
    for (const { partition, rows: held } of filesOf(own, schema, batch, plan.rowsPerFile)) {
      const filePath = `${LOCATION}/data/${rowsByFile.size}.parquet`;
      rowsByFile.set(filePath, held);
      entries.push({
        status: "added",
        dataFile: dataFile(filePath, specId, partition, metricsOfRows(schema, held, plan.coverage)),
      });
    }
    for (let from = 0; from < entries.length; from += plan.filesPerManifest) {
      const manifestPath = `${LOCATION}/metadata/m${manifests.length}.avro`;
      const slice = entries.slice(from, from + plan.filesPerManifest);
      const { bytes, manifest } = writeManifest({
        formatVersion: plan.formatVersion,
        schema,
        spec: own,
        content: "data",
        snapshotId: SNAPSHOT_ID,
        entries: [...slice, goneBeside(slice[0]!, manifests.length)],
        sync: new Uint8Array(16).fill(7),
      });
      files.set(manifestPath, bytes);
      manifests.push({ ...manifest, manifestPath });
    }
  }
  const manifestList = `${LOCATION}/metadata/snap.avro`;
  const list = writeManifestList({
    formatVersion: plan.formatVersion,
    snapshotId: SNAPSHOT_ID,
    sequenceNumber: 1,
    firstRowId: plan.formatVersion === 3 ? 0n : undefined,
    manifests,
    sync: new Uint8Array(16).fill(9),
  });
  files.set(manifestList, list.bytes);
  const snapshot = {
    snapshotId: SNAPSHOT_ID,
    sequenceNumber: 1,
    timestampMs: 1_700_000_002_000,
    manifestList,
    summary: new Map([["operation", "append"]]),
    schemaId: 0,
    ...(plan.formatVersion === 3 && { firstRowId: 0n, addedRows: list.nextRowId! }),
  };
  const metadata = applyUpdates(
    evolved,
    [
      { action: "add-snapshot", snapshot },
      { action: "set-snapshot-ref", refName: "main", ref: { snapshotId: SNAPSHOT_ID, type: "branch" } },
    ],
    { nowMs: 1_700_000_002_000 },
  );
  const text = () =>
    `${typeToString(schema.asStruct())}, specs ${fc.stringify(metadata.partitionSpecs)}, ${fc.stringify(filter)}, files ${fc.stringify([...rowsByFile])}`;
  return printed({ metadata, schema, files, rows: rowsByFile, filter }, text);
}

/** The second spec with ids of its own, but for what the first has already (PRT-028). */
function afterFirst(first: PartitionSpec, second: PartitionSpec): PartitionSpec {
  let next = 1000 + first.fields.length;
  return {
    specId: 1,
    fields: second.fields.map((field) => {
      const twin = first.fields.find(
        ({ sourceId, transform }) => sourceId === field.sourceId && sameTransform(transform, field.transform),
      );
      return twin ?? { ...field, name: `second_${field.name}`, fieldId: next++ };
    }),
  };
}

function filesOf(
  spec: PartitionSpec,
  schema: Schema,
  rows: readonly StructValue[],
  rowsPerFile: number,
): { readonly partition: DataFile["partition"]; readonly rows: readonly StructValue[] }[] {
  const partition = partitionOf(spec, schema);
  const fields = partitionFields(spec, schema);
  const groups = new Map<string, { partition: DataFile["partition"]; rows: StructValue[] }>();
  for (const row of rows) {
    const tuple = partition(row);
    if (tuple === undefined) continue; // the second spec cannot hold it
    const key = partitionKey(fields, tuple);
    const group = groups.get(key) ?? { partition: tuple, rows: [] };
    groups.set(key, group);
    group.rows.push(row);
  }
  return [...groups.values()].flatMap((group) => {
    const files = [];
    for (let from = 0; from < group.rows.length; from += rowsPerFile) {
      files.push({ partition: group.partition, rows: group.rows.slice(from, from + rowsPerFile) });
    }
    return files;
  });
}

function dataFile(
  filePath: string,
  specId: number,
  partition: DataFile["partition"],
  metrics: ReturnType<typeof metricsOfRows>,
): DataFile {
  return {
    ...metrics,
    content: "data",
    filePath,
    fileFormat: "parquet",
    specId,
    partition,
    fileSizeInBytes: 100,
  };
}

/** The entry of a file that was there before and is no longer: it must not be read (MAN-026). */
function goneBeside(live: ManifestEntry, number: number): ManifestEntry {
  return {
    status: "deleted",
    sequenceNumber: 0,
    fileSequenceNumber: 0,
    dataFile: { ...live.dataFile, filePath: `${LOCATION}/data/gone-${number}.parquet` },
  };
}
