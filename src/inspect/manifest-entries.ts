/** Reading the entries of many manifests, a few manifests ahead. Spec: Manifests. @module */
import { type AbortOptions, IcebergError } from "../base/index.ts";
import type { LoadedTable } from "../catalog/index.ts";
import { type ManifestEntry, type ManifestFile, readManifest } from "../manifests/index.ts";
import { currentSchema, specById, type TableMetadata } from "../metadata/index.ts";
import { partitionFields } from "../partitioning/index.ts";
import { DEFAULT_MANIFEST_CONCURRENCY, mapAhead } from "../planning/index.ts";
import type { Field } from "../schema/index.ts";

/** What of the entries is wanted. */
interface EntryOptions extends AbortOptions {
  /** Metrics are most of a manifest: leave them out where nobody looks. Default true. */
  readonly metrics?: boolean;
}

/** All entries, deleted ones too, in the order of the manifests. */
export function allEntries(
  table: LoadedTable,
  manifests: readonly ManifestFile[],
  options: EntryOptions = {},
): AsyncGenerator<ManifestEntry> {
  return entriesOf(table, manifests, false, options);
}

/** Entries of files that the snapshot holds. */
export function liveEntries(
  table: LoadedTable,
  manifests: readonly ManifestFile[],
  options: EntryOptions = {},
): AsyncGenerator<ManifestEntry> {
  return entriesOf(table, manifests, true, options);
}

async function* entriesOf(
  { metadata, io }: LoadedTable,
  manifests: readonly ManifestFile[],
  liveOnly: boolean,
  options: EntryOptions,
): AsyncGenerator<ManifestEntry> {
  const columns = { metricsFor: options.metrics === false ? "none" : "all" } as const;
  const read = async (manifest: ManifestFile) => {
    const what = manifest.manifestPath;
    const fields = fieldsOf(metadata, manifest);
    const bytes = await io.open(what, manifest.manifestLength).read(undefined, options);
    return readManifest(bytes, { manifest, fields, what, columns, liveOnly });
  };
  for await (const entries of mapAhead(manifests, DEFAULT_MANIFEST_CONCURRENCY, read)) {
    for (const entry of entries) {
      options.signal?.throwIfAborted();
      yield entry;
    }
  }
}

function fieldsOf(
  metadata: TableMetadata,
  { partitionSpecId, manifestPath }: ManifestFile,
): readonly Field[] {
  const spec = specById(metadata, partitionSpecId);
  if (spec !== undefined) return partitionFields(spec, currentSchema(metadata));
  throw new IcebergError(
    "invalid-metadata",
    `Cannot read ${manifestPath}: it uses partition spec ${partitionSpecId}, which the table does not have`,
    { context: { specId: partitionSpecId, file: manifestPath } },
  );
}
