/** The manifests of a snapshot, read from its manifest list. Spec: Snapshots; Manifest Lists. @module */
import { type AbortOptions, type FileIO, IcebergError } from "../base/index.ts";
import { type ManifestFile, readManifestList } from "../manifests/index.ts";
import type { Snapshot } from "../metadata/index.ts";

/**
 * Reads the manifest list of a snapshot.
 * @throws IcebergError `no-such-file` or `corrupt-file` naming the list; `unsupported` for the v1 form that lists
 * manifests inline in table metadata (MAN-050).
 */
export async function snapshotManifests(
  io: FileIO,
  snapshot: Snapshot,
  options: AbortOptions = {},
): Promise<readonly ManifestFile[]> {
  if (snapshot.manifestList === undefined) {
    throw new IcebergError(
      "unsupported",
      `Cannot read snapshot ${snapshot.snapshotId}: it lists its manifests inline, as early v1 tables do; rewrite the table's manifests with the engine that made it`,
      { context: { snapshotId: snapshot.snapshotId } },
    );
  }
  const bytes = await io.open(snapshot.manifestList).read(undefined, options);
  return readManifestList(bytes, snapshot.manifestList);
}
