/** Appending data files, with or without merging manifests. Spec: Snapshots; CMT-027 to CMT-030. @module */
import type { AbortOptions } from "../base/index.ts";
import { ValidationError } from "../base/index.ts";
import { identifierText, type LoadedTable } from "../catalog/index.ts";
import type { Runtime } from "../io/index.ts";
import type { DataFile } from "../manifests/index.ts";
import { currentSchema, type Snapshot } from "../metadata/index.ts";
import { changeFiles, checkDistinct, NO_REMOVAL, requireContent, writeAdded } from "./file-changes.ts";
import { carriedManifests } from "./manifest-access.ts";
import type { CommitContext } from "./retry.ts";
import type { SnapshotOptions } from "./snapshot-options.ts";
import { snapshotStep } from "./snapshot-step.ts";
import { commitSteps, type TableStep } from "./steps.ts";

export interface AppendOptions extends AbortOptions, SnapshotOptions {}

export interface Appended {
  readonly table: LoadedTable;
  readonly snapshot: Snapshot;
  /** Nothing was committed: `snapshot` has the same commit id. The files are still the caller's. */
  readonly wasCommittedBefore: boolean;
}

/**
 * Commits data files that already stand in storage, written for the version `base`. The snapshot id and the new
 * manifests are made once; each retry rebuilds only the manifest list and the totals on the newer base (CMT-008,
 * MAN-032). All other manifests are kept as they are (CMT-027).
 * @throws ValidationError when a file's spec is not the table's, nothing is appended or something twice.
 * @throws CommitFailedError, CommitStateUnknownError as {@link commitSteps}; the latter has `context.snapshotId`. The
 * data files are never deleted.
 */
export async function fastAppend(
  context: CommitContext,
  base: LoadedTable,
  files: readonly DataFile[],
  options: AppendOptions = {},
): Promise<Appended> {
  return await commitAppend(context, base, fastAppendStep(context.runtime, base, files, options), options);
}

/** The same, merging small manifests by `commit.manifest.*`, so that their number stays bounded (CMT-030). */
export async function mergeAppend(
  context: CommitContext,
  base: LoadedTable,
  files: readonly DataFile[],
  options: AppendOptions = {},
): Promise<Appended> {
  return await commitAppend(context, base, mergeAppendStep(context.runtime, base, files, options), options);
}

/** {@link fastAppend} as a step of a transaction. */
export function fastAppendStep(
  runtime: Runtime,
  base: LoadedTable,
  files: readonly DataFile[],
  options: SnapshotOptions = {},
): TableStep {
  const schema = currentSchema(base.metadata);
  const added = checkedFiles(base, files, options);
  return snapshotStep(
    runtime,
    base,
    async (attempt) => ({
      operation: "append",
      manifests: [
        ...(await writeAdded(attempt, "data", added, schema)),
        ...(await carriedManifests(attempt.files.io, attempt.metadata, attempt.head, attempt.options)),
      ],
      added: files,
      removed: [],
    }),
    options,
  );
}

/** {@link mergeAppend} as a step of a transaction. */
export function mergeAppendStep(
  runtime: Runtime,
  base: LoadedTable,
  files: readonly DataFile[],
  options: SnapshotOptions = {},
): TableStep {
  const changes = {
    addedData: checkedFiles(base, files, options),
    addedDeletes: [],
    removedData: NO_REMOVAL,
    removedDeletes: NO_REMOVAL,
    failMissing: false,
    schema: currentSchema(base.metadata),
  };
  return snapshotStep(
    runtime,
    base,
    async (attempt) => {
      const { manifests } = await changeFiles(attempt, changes);
      return { operation: "append", manifests, added: files, removed: [] };
    },
    options,
  );
}

async function commitAppend(
  context: CommitContext,
  base: LoadedTable,
  step: TableStep,
  options: AppendOptions,
): Promise<Appended> {
  const { table, snapshots, wasCommittedBefore } = await commitSteps(context, base, [step], options);
  return { table, snapshot: snapshots[0]!, wasCommittedBefore };
}

/** Without files only a commit that says something else, such as how far a source was read, makes sense (CMT-031). */
function checkedFiles(base: LoadedTable, files: readonly DataFile[], options: SnapshotOptions) {
  const table = identifierText(base.identifier);
  const saysSomething = options.commitId !== undefined || options.sourceWatermark !== undefined;
  if (files.length === 0 && !saysSomething) {
    throw new ValidationError(`Cannot append to ${table}: there are no data files`);
  }
  requireContent("data", files);
  checkDistinct(`append to ${table}`, files);
  return files.map((file) => ({ file }));
}
