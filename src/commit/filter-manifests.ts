/**
 * Manifests without the files an operation removes: only those that can hold one are read, only those that do are
 * written anew, their other entries kept as existing (MAN-024, CMT-037). Spec: Manifests.
 * @module
 */
import type { AbortOptions } from "../base/index.ts";
import type { ManifestEntry, ManifestFile } from "../manifests/index.ts";
import type { TableMetadata } from "../metadata/index.ts";
import type { PartitionSpec } from "../partitioning/index.ts";
import { mapAhead } from "../planning/index.ts";
import { manifestKey, mayHaveLiveFiles, readEntries, requireSpec, schemaForSpec } from "./manifest-access.ts";
import type { Judge } from "./removal.ts";
import type { SnapshotFiles } from "./snapshot-files.ts";

/** Manifests read at once. */
export const MANIFEST_LOOK_AHEAD = 4;

export interface Filtered {
  /** In their order; several for one where it was rewritten. */
  readonly manifests: readonly ManifestFile[];
  /** The entries that were live and are not any more. */
  readonly removed: readonly ManifestEntry[];
}

/**
 * Removes files from manifests.
 * @param criteria names what the judge goes by: results of an earlier attempt with the same criteria are used again.
 * @throws ValidationError from the judge.
 */
export async function filterManifests(
  files: SnapshotFiles,
  metadata: TableMetadata,
  manifests: readonly ManifestFile[],
  judgeOf: (spec: PartitionSpec) => Judge,
  criteria: string,
  options: AbortOptions,
): Promise<Filtered> {
  const judges = new Map<number, Judge>();
  const filterOne = async (manifest: ManifestFile): Promise<Filtered> => {
    if (!mayHaveLiveFiles(manifest)) return { manifests: [manifest], removed: [] };
    const spec = requireSpec(metadata, manifest.partitionSpecId, manifest.manifestPath);
    let judge = judges.get(spec.specId);
    if (judge === undefined) {
      judge = judgeOf(spec);
      judges.set(spec.specId, judge);
    }
    if (!judge.mayHold(manifest)) return { manifests: [manifest], removed: [] };
    const fixed = judge;
    return await files.once(metadata, `filter ${criteria} ${manifestKey(manifest)}`, () =>
      rewrite(files, metadata, manifest, spec, fixed, options),
    );
  };
  const kept: ManifestFile[] = [];
  const removed: ManifestEntry[] = [];
  for await (const result of mapAhead(manifests, MANIFEST_LOOK_AHEAD, filterOne)) {
    kept.push(...result.manifests);
    removed.push(...result.removed);
  }
  return { manifests: kept, removed };
}

async function rewrite(
  files: SnapshotFiles,
  metadata: TableMetadata,
  manifest: ManifestFile,
  spec: PartitionSpec,
  judge: Judge,
  options: AbortOptions,
): Promise<Filtered> {
  const removed: ManifestEntry[] = [];
  const entries: ManifestEntry[] = [];
  for (const entry of await readEntries(files.io, metadata, manifest, options)) {
    // What earlier snapshots removed is theirs to tell.
    if (entry.status === "deleted") continue;
    if (judge.removes(entry)) {
      removed.push(entry);
      entries.push({ ...entry, status: "deleted" });
    } else {
      entries.push({ ...entry, status: "existing" });
    }
  }
  if (removed.length === 0) return { manifests: [manifest], removed };
  const schema = schemaForSpec(metadata, spec);
  const draft = { spec, schema, content: manifest.content, entries };
  return { manifests: await files.writeManifests(metadata, draft, options), removed };
}
