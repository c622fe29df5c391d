/** The parent's manifests as a new manifest list takes them over. Spec: Manifest Lists; MAN-047, MAN-094. @module */
import { type AbortOptions, type FileIO, ValidationError } from "../base/index.ts";
import { countEntries, type ManifestFile, manifestEntries } from "../manifests/index.ts";
import { currentSchema, type Snapshot, specById, type TableMetadata } from "../metadata/index.ts";
import { type PartitionSpec, partitionFields } from "../partitioning/index.ts";
import { snapshotManifests } from "../planning/index.ts";

/**
 * The manifests of a snapshot, for the list of its child. Lists of format version 2 and later must have counts; a
 * manifest that comes without, from an old version 1 list, is read and counted.
 */
export async function carriedManifests(
  io: FileIO,
  metadata: TableMetadata,
  parent: Snapshot | undefined,
  options: AbortOptions,
): Promise<readonly ManifestFile[]> {
  if (parent === undefined) return [];
  const carried: ManifestFile[] = [];
  for (const manifest of await snapshotManifests(io, parent, options)) {
    const complete = metadata.formatVersion === 1 || hasCounts(manifest);
    carried.push(complete ? manifest : await counted(io, metadata, manifest, options));
  }
  return carried;
}

/** The spec of files or manifests that are to be committed. Throws `validation-failed` when the table has none. */
export function requireSpec(metadata: TableMetadata, specId: number, what: string): PartitionSpec {
  const spec = specById(metadata, specId);
  if (spec !== undefined) return spec;
  throw new ValidationError(`Cannot append ${what}: the table has no partition spec ${specId}`, {
    context: { specId, file: what },
  });
}

function hasCounts(manifest: ManifestFile): boolean {
  const { addedFilesCount, existingFilesCount, deletedFilesCount } = manifest;
  const { addedRowsCount, existingRowsCount, deletedRowsCount } = manifest;
  const counts = [addedFilesCount, existingFilesCount, deletedFilesCount];
  return ![...counts, addedRowsCount, existingRowsCount, deletedRowsCount].includes(undefined);
}

async function counted(
  io: FileIO,
  metadata: TableMetadata,
  manifest: ManifestFile,
  options: AbortOptions,
): Promise<ManifestFile> {
  const what = manifest.manifestPath;
  const spec = requireSpec(metadata, manifest.partitionSpecId, what);
  const bytes = await io.open(what, manifest.manifestLength).read(undefined, options);
  const fields = partitionFields(spec, currentSchema(metadata));
  const entries = manifestEntries(bytes, { manifest, fields, what, columns: { metricsFor: "none" } });
  return { ...manifest, ...countEntries(entries) };
}
