/**
 * Publishing a snapshot that was staged or is on another branch: by moving the branch where it fits, else by making its
 * changes again on top. Spec: Branching, write-audit-publish; CMT-067.
 * @module
 */
import { ValidationError } from "../base/index.ts";
import type { LoadedTable } from "../catalog/index.ts";
import type { Runtime } from "../io/index.ts";
import type { DataFile } from "../manifests/index.ts";
import {
  ancestorsOf,
  currentSchema,
  type Snapshot,
  snapshotById,
  snapshotOperation,
  type TableMetadata,
  type TableUpdate,
} from "../metadata/index.ts";
import { snapshotManifests } from "../planning/index.ts";
import { noAddedData } from "./conflicts.ts";
import { changeFiles, NO_REMOVAL, removalOf } from "./file-changes.ts";
import { sinceOf } from "./isolation.ts";
import { readEntries } from "./manifest-access.ts";
import { requireSnapshot } from "./metadata-steps.ts";
import { isAncestor } from "./refs.ts";
import { partitionsOf } from "./removal.ts";
import { branchHead, type SnapshotOptions, WAP_ID_KEY } from "./snapshot-options.ts";
import { type SnapshotAttempt, type SnapshotContent, snapshotStep } from "./snapshot-step.ts";
import type { TableStep } from "./steps.ts";

const SOURCE_KEY = "source-snapshot-id";
const PUBLISHED_WAP_KEY = "published-wap-id";
/** Start of the summary keys that are this library's: commit ids, result ids, watermarks. */
const OWN_KEYS = "icewright.";

/**
 * Cherry-picks a snapshot onto a branch. Where its parent is the head the branch moves to it; an append or a dynamic
 * overwrite is otherwise made again as a new snapshot.
 */
export function cherryPickStep(
  runtime: Runtime,
  base: LoadedTable,
  snapshotId: bigint,
  options: SnapshotOptions = {},
): TableStep {
  const again = snapshotStep(runtime, base, (attempt) => pickAgain(attempt, snapshotId), options);
  let moves = false;
  return {
    isPure: false,
    get snapshotId() {
      return moves ? undefined : again.snapshotId;
    },
    async prepare(current, attempt, stepOptions) {
      const { metadata } = current;
      const picked = requireSnapshot(metadata, snapshotId, "cherry-pick");
      const { branch, head, ref } = branchHead(metadata, options.branch);
      requireUnpicked(metadata, picked, head);
      moves = picked.parentSnapshotId === head?.snapshotId;
      if (!moves) {
        const change = await again.prepare(current, attempt, stepOptions);
        return change.updates.length === 0
          ? change
          : { ...change, updates: [...stillThere(snapshotId), ...change.updates] };
      }
      const moved = { ...(ref ?? { type: "branch" as const }), snapshotId };
      return { updates: [{ action: "set-snapshot-ref", refName: branch, ref: moved }] };
    },
    isApplied(metadata) {
      if (!moves) return again.isApplied(metadata);
      const { head } = branchHead(metadata, options.branch);
      return head !== undefined && isAncestor(metadata, snapshotId, head.snapshotId);
    },
    async settle(metadata) {
      const made = await again.settle?.(metadata);
      return moves ? snapshotById(metadata, snapshotId) : made;
    },
    async discard() {
      await again.discard?.();
    },
  };
}

async function pickAgain(attempt: SnapshotAttempt, snapshotId: bigint): Promise<SnapshotContent> {
  const { metadata, files, head } = attempt;
  const picked = requireSnapshot(metadata, snapshotId, "cherry-pick");
  const { parentSnapshotId: parent } = picked;
  const operation = snapshotOperation(picked);
  const replaces = operation === "overwrite" && picked.summary?.get("replace-partitions") === "true";
  if (operation !== "append" && !replaces) {
    throw refuse(
      picked,
      `it is an ${operation ?? "unknown operation"} on another base; only appends and dynamic overwrites can be made again`,
    );
  }
  const { added, removed } = await files.once(metadata, "picked", () => changesOf(attempt, picked));
  if (replaces) {
    const isKnown =
      parent === undefined || (head !== undefined && isAncestor(metadata, parent, head.snapshotId));
    if (!isKnown) throw refuse(picked, "it overwrites partitions as they were on no ancestor of the branch");
    const scope = { partitions: partitionsOf(metadata, added) };
    await noAddedData(sinceOf(attempt, parent), scope, attempt.options);
  }
  const changed = await changeFiles(attempt, {
    addedData: added.map((file) => ({ file })),
    addedDeletes: [],
    removedData: { files: removalOf(removed) },
    removedDeletes: NO_REMOVAL,
    failMissing: true,
    schema: currentSchema(metadata),
  });
  const wapId = picked.summary?.get(WAP_ID_KEY);
  return {
    operation,
    manifests: changed.manifests,
    added: changed.addedData,
    removed: [...changed.removedData, ...changed.removedDeletes],
    facts: [
      [SOURCE_KEY, String(snapshotId)],
      ...(wapId === undefined ? [] : [[PUBLISHED_WAP_KEY, wapId] as const]),
      ...(replaces ? [["replace-partitions", "true"] as const] : []),
      ...idsOf(picked),
    ],
  };
}

/** Ids under which the work was committed go with it, or whoever does it again would do it twice. */
function idsOf({ summary = new Map<string, string>() }: Snapshot): (readonly [string, string])[] {
  return [...summary].filter(([key]) => key.startsWith(OWN_KEYS));
}

/**
 * Updates that change nothing, and fail once the snapshot is expired: a staged one is nowhere in the requirements, and
 * the files that are about to be added again would be deleted with it.
 */
function stillThere(snapshotId: bigint): readonly TableUpdate[] {
  const refName = `icewright-pick-${snapshotId}`;
  return [
    { action: "set-snapshot-ref", refName, ref: { type: "tag", snapshotId } },
    { action: "remove-snapshot-ref", refName },
  ];
}

/** The data files that a snapshot added and removed. */
async function changesOf({ metadata, files, options }: SnapshotAttempt, picked: Snapshot) {
  const added: DataFile[] = [];
  const removed: DataFile[] = [];
  for (const manifest of await snapshotManifests(files.io, picked, options)) {
    if (manifest.content !== "data" || manifest.addedSnapshotId !== picked.snapshotId) continue;
    for (const { status, snapshotId, dataFile } of await readEntries(files.io, metadata, manifest, options)) {
      if (snapshotId !== picked.snapshotId) continue;
      if (status === "added") added.push(dataFile);
      if (status === "deleted") removed.push(dataFile);
    }
  }
  return { added, removed };
}

/** Fails for a snapshot that is in the branch, was picked before, or whose WAP id was published. */
function requireUnpicked(metadata: TableMetadata, picked: Snapshot, head: Snapshot | undefined): void {
  if (head === undefined) return;
  const id = picked.snapshotId;
  const wapId = picked.summary?.get(WAP_ID_KEY);
  for (const { snapshotId, summary } of ancestorsOf(metadata, head.snapshotId)) {
    if (snapshotId === id) throw refuse(picked, "the branch has it already");
    if (summary?.get(SOURCE_KEY) === String(id))
      throw refuse(picked, `it was picked before, as ${snapshotId}`);
    if (wapId === undefined) continue;
    if (summary?.get(WAP_ID_KEY) !== wapId && summary?.get(PUBLISHED_WAP_KEY) !== wapId) continue;
    throw refuse(picked, `WAP id ${wapId} was published before, by snapshot ${snapshotId}`);
  }
}

function refuse({ snapshotId }: Snapshot, why: string): ValidationError {
  return new ValidationError(`Cannot cherry-pick snapshot ${snapshotId}: ${why}`, {
    context: { snapshotId },
  });
}
