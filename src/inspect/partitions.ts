/** Rows and files of each partition of a snapshot. Spec: Partitioning. @module */
import { assert } from "../base/index.ts";
import type { LoadedTable } from "../catalog/index.ts";
import type { ManifestEntry } from "../manifests/index.ts";
import { currentSchema, snapshotById, specById, type TableMetadata } from "../metadata/index.ts";
import { type PartitionTuple, partitionFields, partitionKey } from "../partitioning/index.ts";
import { chooseSnapshot, snapshotManifests } from "../planning/index.ts";
import type { Field } from "../schema/index.ts";
import { liveEntries } from "./manifest-entries.ts";
import type { InspectOptions } from "./options.ts";
import { type PartitionRecord, partitionRecorder } from "./partition-values.ts";

/** One partition of {@link partitions}: a tuple of one spec. An unpartitioned table is one partition. */
export interface PartitionRow {
  /** Over all partition fields the table ever had; `null` for those the spec lacks. */
  readonly partition: PartitionRecord;
  readonly spec_id: number;
  readonly record_count: number;
  readonly file_count: number;
  readonly total_data_file_size_in_bytes: number;
  readonly position_delete_record_count: number;
  readonly position_delete_file_count: number;
  readonly equality_delete_record_count: number;
  readonly equality_delete_file_count: number;
  /** Commit time of the newest snapshot that added a file here and still exists. */
  readonly last_updated_at: number | null;
  readonly last_updated_snapshot_id: bigint | null;
}

/**
 * The partitions of a snapshot, in the order in which the manifests name them.
 * @throws IcebergError `no-such-snapshot`, `no-such-file`, `corrupt-file`, `unsupported` (v1 inline manifests).
 */
export async function partitions(
  table: LoadedTable,
  options: InspectOptions = {},
): Promise<readonly PartitionRow[]> {
  const { metadata } = table;
  const { snapshot } = chooseSnapshot(metadata, options.at);
  if (snapshot === undefined) return [];
  const manifests = await snapshotManifests(table.io, snapshot, options);
  const specs = new Map<number, SpecTotals>();
  for await (const entry of liveEntries(table, manifests, { ...options, metrics: false })) {
    const { specId, partition } = entry.dataFile;
    const ofSpec = specs.get(specId) ?? specTotals(metadata, specId);
    specs.set(specId, ofSpec);
    const key = partitionKey(ofSpec.fields, partition);
    const totals = ofSpec.byKey.get(key) ?? emptyTotals(ofSpec.record(partition), specId);
    ofSpec.byKey.set(key, totals);
    add(totals, entry, table);
  }
  return [...specs.values()].flatMap(({ byKey }) => [...byKey.values()]);
}

/** What is summed up of one spec's partitions. */
interface SpecTotals {
  readonly fields: readonly Field[];
  readonly record: (tuple: PartitionTuple) => PartitionRecord;
  readonly byKey: Map<string, Totals>;
}

function specTotals(metadata: TableMetadata, specId: number): SpecTotals {
  const spec = specById(metadata, specId);
  assert(spec !== undefined, `spec ${specId} was checked when its manifest was read`);
  return {
    fields: partitionFields(spec, currentSchema(metadata)),
    record: partitionRecorder(metadata, specId),
    byKey: new Map(),
  };
}

type Totals = { -readonly [K in keyof PartitionRow]: PartitionRow[K] };

function emptyTotals(partition: PartitionRecord, specId: number): Totals {
  return {
    partition,
    spec_id: specId,
    record_count: 0,
    file_count: 0,
    total_data_file_size_in_bytes: 0,
    position_delete_record_count: 0,
    position_delete_file_count: 0,
    equality_delete_record_count: 0,
    equality_delete_file_count: 0,
    last_updated_at: null,
    last_updated_snapshot_id: null,
  };
}

function add(totals: Totals, { snapshotId, dataFile }: ManifestEntry, { metadata }: LoadedTable): void {
  const { content, recordCount, fileSizeInBytes } = dataFile;
  if (content === "data") {
    totals.record_count += recordCount;
    totals.file_count++;
    totals.total_data_file_size_in_bytes += fileSizeInBytes;
  } else if (content === "position-deletes") {
    totals.position_delete_record_count += recordCount;
    totals.position_delete_file_count++;
  } else {
    totals.equality_delete_record_count += recordCount;
    totals.equality_delete_file_count++;
  }
  const snapshot = snapshotId === undefined ? undefined : snapshotById(metadata, snapshotId);
  if (snapshot !== undefined && snapshot.timestampMs > (totals.last_updated_at ?? Number.NEGATIVE_INFINITY)) {
    totals.last_updated_at = snapshot.timestampMs;
    totals.last_updated_snapshot_id = snapshot.snapshotId;
  }
}
