/** The manifests of a snapshot, or of all. Spec: Manifest Lists. @module */
import type { AbortOptions } from "../base/index.ts";
import type { LoadedTable } from "../catalog/index.ts";
import type { ManifestFile } from "../manifests/index.ts";
import { currentSchema, type Snapshot, specById, type TableMetadata } from "../metadata/index.ts";
import { humanString, partitionFields } from "../partitioning/index.ts";
import { chooseSnapshot, mapAhead, snapshotManifests } from "../planning/index.ts";
import { isPrimitive, type PrimitiveType, simpleType } from "../schema/index.ts";
import { decodeValue, type FieldSummary } from "../values/index.ts";
import type { InspectOptions } from "./options.ts";

/** One manifest of {@link manifests}. Counts are `null` where the manifest list does not know them (v1). */
export interface ManifestRow {
  /** 0 data, 1 deletes. */
  readonly content: 0 | 1;
  readonly path: string;
  readonly length: number;
  readonly partition_spec_id: number;
  readonly added_snapshot_id: bigint;
  readonly added_data_files_count: number | null;
  readonly existing_data_files_count: number | null;
  readonly deleted_data_files_count: number | null;
  readonly added_delete_files_count: number | null;
  readonly existing_delete_files_count: number | null;
  readonly deleted_delete_files_count: number | null;
  /** One per partition field, in the order of the manifest's spec; empty where unknown. */
  readonly partition_summaries: readonly PartitionSummaryRow[];
}

/** Bounds of a partition field as people write them: `2025-10`. */
export interface PartitionSummaryRow {
  readonly contains_null: boolean;
  readonly contains_nan: boolean | null;
  readonly lower_bound: string | null;
  readonly upper_bound: string | null;
}

/** One manifest of {@link allManifests}. */
export interface AllManifestsRow extends ManifestRow {
  /** The snapshot whose manifest list names it. */
  readonly reference_snapshot_id: bigint;
  readonly key_metadata: Uint8Array | null;
}

/**
 * The manifests of a snapshot.
 * @throws IcebergError `no-such-snapshot`, `no-such-file`, `corrupt-file`, `unsupported` (v1 inline manifests).
 */
export async function* manifests(
  table: LoadedTable,
  options: InspectOptions = {},
): AsyncGenerator<ManifestRow> {
  const { snapshot } = chooseSnapshot(table.metadata, options.at);
  if (snapshot === undefined) return;
  for (const manifest of await snapshotManifests(table.io, snapshot, options)) {
    yield manifestRow(table.metadata, manifest);
  }
}

/** The manifests of every snapshot; one that several share comes once for each. */
export async function* allManifests(
  table: LoadedTable,
  options: AbortOptions = {},
): AsyncGenerator<AllManifestsRow> {
  const read = async (snapshot: Snapshot) => ({
    snapshot,
    found: await snapshotManifests(table.io, snapshot, options),
  });
  for await (const { snapshot, found } of mapAhead(table.metadata.snapshots, LISTS_AT_ONCE, read)) {
    for (const manifest of found) {
      yield {
        ...manifestRow(table.metadata, manifest),
        reference_snapshot_id: snapshot.snapshotId,
        key_metadata: manifest.keyMetadata ?? null,
      };
    }
  }
}

/** Manifest lists read at once. */
const LISTS_AT_ONCE = 4;

function manifestRow(metadata: TableMetadata, manifest: ManifestFile): ManifestRow {
  const holdsData = manifest.content === "data";
  const known = {
    added: manifest.addedFilesCount ?? null,
    existing: manifest.existingFilesCount ?? null,
    deleted: manifest.deletedFilesCount ?? null,
  };
  return {
    content: holdsData ? 0 : 1,
    path: manifest.manifestPath,
    length: manifest.manifestLength,
    partition_spec_id: manifest.partitionSpecId,
    added_snapshot_id: manifest.addedSnapshotId,
    added_data_files_count: holdsData ? known.added : 0,
    existing_data_files_count: holdsData ? known.existing : 0,
    deleted_data_files_count: holdsData ? known.deleted : 0,
    added_delete_files_count: holdsData ? 0 : known.added,
    existing_delete_files_count: holdsData ? 0 : known.existing,
    deleted_delete_files_count: holdsData ? 0 : known.deleted,
    partition_summaries: summaryRows(metadata, manifest),
  };
}

function summaryRows(metadata: TableMetadata, manifest: ManifestFile): readonly PartitionSummaryRow[] {
  const spec = specById(metadata, manifest.partitionSpecId);
  if (spec === undefined || manifest.partitions === undefined) return [];
  const schema = currentSchema(metadata);
  const fields = partitionFields(spec, schema);
  return manifest.partitions.slice(0, fields.length).map((summary: FieldSummary, at) => {
    const { transform, sourceId } = spec.fields[at]!;
    const source = schema.findField(sourceId)?.type;
    const sourceType: PrimitiveType =
      source !== undefined && isPrimitive(source) ? source : simpleType("unknown");
    const type = fields[at]!.type as PrimitiveType;
    // The bounds of a field whose type is lost cannot be told.
    const text = (bound: Uint8Array | undefined) =>
      bound === undefined || type.kind === "unknown"
        ? null
        : humanString(transform, sourceType, decodeValue(type, bound));
    return {
      contains_null: summary.containsNull,
      contains_nan: summary.containsNan ?? null,
      lower_bound: text(summary.lowerBound),
      upper_bound: text(summary.upperBound),
    };
  });
}
