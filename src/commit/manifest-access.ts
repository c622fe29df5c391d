/** Manifests of a table as commits read them. Spec: Manifests; Manifest Lists; MAN-047, MAN-094. @module */
import { type AbortOptions, type FileIO, ValidationError } from "../base/index.ts";
import {
  countEntries,
  type ManifestEntry,
  type ManifestFile,
  manifestEntries,
  readManifest,
} from "../manifests/index.ts";
import { currentSchema, type Snapshot, specById, type TableMetadata } from "../metadata/index.ts";
import { type PartitionSpec, partitionFields } from "../partitioning/index.ts";
import { snapshotManifests } from "../planning/index.ts";
import type { Schema } from "../schema/index.ts";

/** The spec of files or manifests that are to be committed. Throws `validation-failed` when the table has none. */
export function requireSpec(metadata: TableMetadata, specId: number, what: string): PartitionSpec {
  const spec = specById(metadata, specId);
  if (spec !== undefined) return spec;
  throw new ValidationError(`Cannot commit ${what}: the table has no partition spec ${specId}`, {
    context: { specId, file: what },
  });
}

/**
 * The schema that gives a spec's partition values their types: the one that is preferred, else the current one, else the
 * last one that still had every source column, so that tuples of an old spec are copied whole (MAN-024).
 */
export function schemaForSpec(metadata: TableMetadata, spec: PartitionSpec, preferred?: Schema): Schema {
  const current = currentSchema(metadata);
  const hasSources = (schema: Schema) =>
    spec.fields.every((field) => schema.findField(field.sourceId) !== undefined);
  if (preferred !== undefined && hasSources(preferred)) return preferred;
  if (hasSources(current)) return current;
  return [...metadata.schemas].reverse().find(hasSources) ?? current;
}

/**
 * What the entries of a manifest depend on, as a key for what is made of them. Its first row id is part of it: a
 * table that was upgraded gives manifests theirs later, and with them every row its id.
 */
export function manifestKey({ manifestPath, firstRowId }: ManifestFile): string {
  return firstRowId === undefined ? manifestPath : `${manifestPath} ${firstRowId}`;
}

/** All entries of a manifest with everything they say, for judging or copying them. */
export async function readEntries(
  io: FileIO,
  metadata: TableMetadata,
  manifest: ManifestFile,
  options: AbortOptions,
): Promise<readonly ManifestEntry[]> {
  const what = manifest.manifestPath;
  const spec = requireSpec(metadata, manifest.partitionSpecId, what);
  const bytes = await io.open(what, manifest.manifestLength).read(undefined, options);
  return readManifest(bytes, {
    manifest,
    fields: partitionFields(spec, schemaForSpec(metadata, spec)),
    what,
  });
}

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

/** Whether a manifest may hold live files. Only known zeros count (SCN-003). */
export function mayHaveLiveFiles(manifest: ManifestFile): boolean {
  return manifest.addedFilesCount !== 0 || manifest.existingFilesCount !== 0;
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
  const fields = partitionFields(spec, schemaForSpec(metadata, spec));
  const entries = manifestEntries(bytes, { manifest, fields, what, columns: { metricsFor: "none" } });
  return { ...manifest, ...countEntries(entries) };
}
