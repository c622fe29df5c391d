/**
 * Few large manifests instead of many small ones: bin packing per spec as Java's ManifestMergeManager does it, so that
 * the number of manifests stays bounded (CMT-030, MAN-085, MAN-086). Spec: Manifests.
 * @module
 */
import { type AbortOptions, ValidationError } from "../base/index.ts";
import type { ManifestEntry, ManifestFile } from "../manifests/index.ts";
import type { TableMetadata } from "../metadata/index.ts";
import { manifestKey, readEntries, requireSpec, schemaForSpec } from "./manifest-access.ts";
import { wholeNumber } from "./retry.ts";
import { type SnapshotFiles, targetManifestSize } from "./snapshot-files.ts";

/** `commit.manifest.*` of a table. */
export interface MergePolicy {
  readonly enabled: boolean;
  readonly targetSizeBytes: number;
  /** So many manifests must be in a bin with the newest one before that bin is merged. */
  readonly minCountToMerge: number;
}

/** Throws `validation-failed` for a value that cannot be used (PRP-020 to PRP-022). */
export function mergePolicy(properties: ReadonlyMap<string, string>): MergePolicy {
  const key = "commit.manifest-merge.enabled";
  const enabled = properties.get(key) ?? "true";
  if (!/^(true|false)$/i.test(enabled)) {
    throw new ValidationError(`Cannot use ${key}=${enabled}: it must be true or false`, {
      context: { property: key, value: enabled },
    });
  }
  return {
    enabled: enabled.toLowerCase() === "true",
    targetSizeBytes: targetManifestSize(properties),
    minCountToMerge: wholeNumber(properties, "commit.manifest.min-count-to-merge", 100),
  };
}

/** Merges manifests of one content, the newest first. Answers them in an order that keeps newer ones in front. */
export async function mergeManifests(
  files: SnapshotFiles,
  metadata: TableMetadata,
  manifests: readonly ManifestFile[],
  options: AbortOptions,
): Promise<readonly ManifestFile[]> {
  const policy = mergePolicy(metadata.properties);
  const [newest] = manifests;
  if (!policy.enabled || newest === undefined) return manifests;
  const bySpec = new Map<number, ManifestFile[]>();
  for (const manifest of manifests) {
    const group = bySpec.get(manifest.partitionSpecId);
    if (group === undefined) bySpec.set(manifest.partitionSpecId, [manifest]);
    else group.push(manifest);
  }
  const merged: ManifestFile[] = [];
  for (const specId of [...bySpec.keys()].sort((a, b) => b - a)) {
    for (const bin of packEnd(bySpec.get(specId)!, policy.targetSizeBytes)) {
      const waits = bin.includes(newest) && bin.length < policy.minCountToMerge;
      if (bin.length === 1 || waits) merged.push(...bin);
      else merged.push(...(await mergeBin(files, metadata, bin, options)));
    }
  }
  return merged;
}

/** Bins of neighbours, filled from the end, so that only the first bin changes as manifests come in front. */
export function packEnd<T extends { readonly manifestLength: number }>(
  items: readonly T[],
  targetSize: number,
): T[][] {
  const bins: T[][] = [];
  let room = -1;
  for (const item of [...items].reverse()) {
    const bin = bins[0];
    if (bin !== undefined && item.manifestLength <= room) {
      bin.unshift(item);
      room -= item.manifestLength;
    } else {
      bins.unshift([item]);
      room = targetSize - item.manifestLength;
    }
  }
  return bins;
}

async function mergeBin(
  files: SnapshotFiles,
  metadata: TableMetadata,
  bin: readonly ManifestFile[],
  options: AbortOptions,
): Promise<readonly ManifestFile[]> {
  const key = `merge ${bin.map(manifestKey).join("\n")}`;
  return await files.once(metadata, key, async () => {
    const [{ partitionSpecId, content, manifestPath }] = bin as [ManifestFile];
    const spec = requireSpec(metadata, partitionSpecId, manifestPath);
    const entries: ManifestEntry[] = [];
    for (const manifest of bin) {
      for (const entry of await readEntries(files.io, metadata, manifest, options)) {
        const kept = keptEntry(entry, files.snapshotId);
        if (kept !== undefined) entries.push(kept);
      }
    }
    const draft = { spec, schema: schemaForSpec(metadata, spec), content, entries };
    return await files.writeManifests(metadata, draft, options);
  });
}

/** What this snapshot adds and deletes stays so; what earlier ones added exists, what they deleted is gone. */
export function keptEntry(entry: ManifestEntry, snapshotId: bigint): ManifestEntry | undefined {
  if (entry.snapshotId === snapshotId) {
    if (entry.status !== "added") return entry;
    // It still inherits the number of the commit.
    const { fileSequenceNumber: _, ...inheriting } = entry;
    return inheriting;
  }
  return entry.status === "deleted" ? undefined : { ...entry, status: "existing" };
}
