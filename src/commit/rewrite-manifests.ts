/** Ordering live files anew among manifests, no file changed. Spec: Snapshots, operation replace; CMT-054, CMT-091, MAN-088. @module */
import type { LoadedTable } from "../catalog/index.ts";
import type { Runtime } from "../io/index.ts";
import type { DataFile, ManifestEntry, ManifestFile } from "../manifests/index.ts";
import { type PartitionSpec, partitionFields, partitionKey } from "../partitioning/index.ts";
import { mapAhead } from "../planning/index.ts";
import { MANIFEST_LOOK_AHEAD } from "./filter-manifests.ts";
import {
  carriedManifests,
  manifestKey,
  mayHaveLiveFiles,
  readEntries,
  requireSpec,
  schemaForSpec,
} from "./manifest-access.ts";
import type { SnapshotOptions } from "./snapshot-options.ts";
import { type SnapshotAttempt, snapshotStep } from "./snapshot-step.ts";
import type { TableStep } from "./steps.ts";

export interface RewriteManifests {
  /** Which data manifests to rewrite. Default all. */
  readonly rewriteIf?: (manifest: ManifestFile) => boolean;
  /** Files of one key stand in manifests of their own. Default: files in partition order, manifests filled up. */
  readonly clusterBy?: (file: DataFile) => string | number;
}

/** Clusters the live data files of the chosen manifests; entries keep ids and sequence numbers (CMT-091). */
export function rewriteManifestsStep(
  runtime: Runtime,
  base: LoadedTable,
  rewrite: RewriteManifests = {},
  options: SnapshotOptions = {},
): TableStep {
  const { rewriteIf = () => true } = rewrite;
  let chosen: ReadonlySet<string> | undefined;
  return snapshotStep(
    runtime,
    base,
    async (attempt) => {
      const { metadata, files, head } = attempt;
      const carried = await carriedManifests(files.io, metadata, head, attempt.options);
      const candidates = carried.filter(
        (manifest) => manifest.content === "data" && mayHaveLiveFiles(manifest),
      );
      const stillThere = new Set(candidates.map(({ manifestPath }) => manifestPath));
      // What an earlier attempt wrote serves again as long as all it replaces is still there.
      if (chosen === undefined || [...chosen].some((path) => !stillThere.has(path)))
        chosen = new Set(candidates.filter(rewriteIf).map(({ manifestPath }) => manifestPath));
      const replaced = candidates.filter(({ manifestPath }) => chosen!.has(manifestPath));
      const key = `rewrite ${replaced.map(manifestKey).join("\n")}`;
      const made = await files.once(metadata, key, () => cluster(attempt, replaced, rewrite));
      const kept = carried.filter(
        (manifest) => !chosen!.has(manifest.manifestPath) && mayHaveLiveFiles(manifest),
      );
      return {
        operation: "replace",
        manifests: [...made.manifests, ...kept],
        added: [],
        removed: [],
        facts: [
          ["manifests-created", String(made.manifests.length)],
          ["manifests-kept", String(kept.length)],
          ["manifests-replaced", String(replaced.length)],
          ["entries-processed", String(made.entries)],
        ],
        isNothing: replaced.length === 0,
      };
    },
    options,
  );
}

interface Clusters {
  readonly manifests: readonly ManifestFile[];
  readonly entries: number;
}

async function cluster(
  { metadata, files, options }: SnapshotAttempt,
  replaced: readonly ManifestFile[],
  { clusterBy }: RewriteManifests,
): Promise<Clusters> {
  const bySpec = new Map<PartitionSpec, Map<string, ManifestEntry[]>>();
  let count = 0;
  const read = async (manifest: ManifestFile) => ({
    spec: requireSpec(metadata, manifest.partitionSpecId, manifest.manifestPath),
    entries: await readEntries(files.io, metadata, manifest, options),
  });
  for await (const { spec, entries } of mapAhead(replaced, MANIFEST_LOOK_AHEAD, read)) {
    const groups = bySpec.get(spec) ?? new Map<string, ManifestEntry[]>();
    bySpec.set(spec, groups);
    const fields = partitionFields(spec, schemaForSpec(metadata, spec));
    for (const entry of entries) {
      if (entry.status === "deleted") continue;
      const { dataFile } = entry;
      const key =
        clusterBy === undefined ? partitionKey(fields, dataFile.partition) : String(clusterBy(dataFile));
      const group = groups.get(key);
      const existing: ManifestEntry = { ...entry, status: "existing" };
      if (group === undefined) groups.set(key, [existing]);
      else group.push(existing);
      count++;
    }
  }
  const manifests: ManifestFile[] = [];
  for (const [spec, groups] of bySpec) {
    const sorted = [...groups].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, entries]) => entries);
    const parts = clusterBy === undefined ? [sorted.flat()] : sorted;
    for (const entries of parts) {
      const draft = { spec, schema: schemaForSpec(metadata, spec), content: "data", entries } as const;
      manifests.push(...(await files.writeManifests(metadata, draft, options)));
    }
  }
  return { manifests, entries: count };
}
