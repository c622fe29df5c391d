/** The manifests of a snapshot, from its manifest list or its metadata. Spec: Snapshots; Manifest Lists. @module */
import { type AbortOptions, type FileIO, IcebergError } from "../base/index.ts";
import { inlineManifest, type ManifestFile, readManifestList } from "../manifests/index.ts";
import type { Snapshot } from "../metadata/index.ts";
import { mapAhead } from "./concurrency.ts";

/** Manifests read at once while planning. */
export const DEFAULT_MANIFEST_CONCURRENCY = 4;

/**
 * Reads the manifest list of a snapshot. Early version 1 snapshots have none and name their manifests themselves:
 * each is opened for what a list would say of it (MAN-050).
 * @throws IcebergError `no-such-file` or `corrupt-file` naming the list or manifest; `unsupported` when the list is
 * encrypted (MET-057).
 */
export async function snapshotManifests(
  io: FileIO,
  snapshot: Snapshot,
  options: AbortOptions = {},
): Promise<readonly ManifestFile[]> {
  const { manifestList, manifests = [], snapshotId, keyId } = snapshot;
  if (keyId !== undefined) {
    throw new IcebergError(
      "unsupported",
      `Cannot read the manifest list of snapshot ${snapshotId}: it is encrypted (key ${JSON.stringify(keyId)})`,
      { context: { snapshotId, keyId } },
    );
  }
  if (manifestList === undefined) {
    const open = async (manifestPath: string) =>
      inlineManifest(await io.open(manifestPath).read(undefined, options), { manifestPath, snapshotId });
    const opened: ManifestFile[] = [];
    for await (const manifest of mapAhead(manifests, DEFAULT_MANIFEST_CONCURRENCY, open))
      opened.push(manifest);
    return opened;
  }
  const listed = readManifestList(await io.open(manifestList).read(undefined, options), manifestList);
  if (listed.length === 0 && hasAddedFiles(snapshot)) {
    // A list cut off before its first block is a container like any other.
    throw new IcebergError(
      "corrupt-file",
      `Cannot read ${manifestList}: it names no manifest, but snapshot ${snapshotId} added files`,
      { context: { file: manifestList, snapshotId } },
    );
  }
  return listed;
}

function hasAddedFiles({ summary, addedRows = 0n }: Snapshot): boolean {
  const added = ["added-data-files", "added-delete-files"].map((key) => Number(summary?.get(key) ?? 0));
  return addedRows > 0n || added.some((count) => count > 0);
}
