/**
 * Adding rows and deletes of single rows together. Spec: Row-level Deletes; CMT-017, CMT-025, CMT-026, CMT-049, CMT-050.
 * @module
 */
import { IcebergError, ValidationError } from "../base/index.ts";
import type { LoadedTable } from "../catalog/index.ts";
import { fileScope, isDeletionVector } from "../deletes/index.ts";
import type { Runtime } from "../io/index.ts";
import type { DataFile } from "../manifests/index.ts";
import { currentSchema, type SnapshotOperation } from "../metadata/index.ts";
import { dataFilesExist, noAddedData, noAddedDeletes, noAddedVectors, noNewDeletesFor } from "./conflicts.ts";
import { checkEqualityIds } from "./equality-ids.ts";
import { type ChangedFiles, changeFiles, checkDistinct, removalOf, requireContent } from "./file-changes.ts";
import { type ConflictChecks, checksOf, sinceOf, startOf } from "./isolation.ts";
import type { SnapshotOptions } from "./snapshot-options.ts";
import { snapshotStep } from "./snapshot-step.ts";
import type { TableStep } from "./steps.ts";

export interface RowDelta extends ConflictChecks {
  /** Data files to add. */
  readonly addedData?: readonly DataFile[];
  /** Delete files or deletion vectors to add. */
  readonly addedDeletes?: readonly DataFile[];
  /** Data files to remove. */
  readonly removedData?: readonly DataFile[];
  /** Delete files to remove: those that new ones take in. */
  readonly removedDeletes?: readonly DataFile[];
  /**
   * Paths of further data files that must still be there. Those that deletes by position name are always looked at,
   * for a delete of rows that compaction moved elsewhere would be lost.
   */
  readonly referencedDataFiles?: readonly string[];
  /** Fail, too, when a referenced data file was removed by a delete, or a removed file is not there. Default false. */
  readonly validateDeletedFiles?: boolean;
}

/** Throws `invalid-argument` when nothing is asked for, `validation-failed` for changes that contradict each other. */
export function rowDeltaStep(
  runtime: Runtime,
  base: LoadedTable,
  delta: RowDelta,
  options: SnapshotOptions = {},
): TableStep {
  const { addedData = [], addedDeletes = [], removedData = [], removedDeletes = [] } = delta;
  if (addedData.length + addedDeletes.length + removedData.length + removedDeletes.length === 0) {
    throw new IcebergError(
      "invalid-argument",
      "Cannot commit a row delta: there are no files to add or remove",
    );
  }
  requireContent("data", [...addedData, ...removedData]);
  requireContent("deletes", [...addedDeletes, ...removedDeletes]);
  checkDistinct("add", addedData);
  checkDistinct("add", addedDeletes);
  checkEqualityIds(base.metadata, addedDeletes);
  const referenced = new Set(delta.referencedDataFiles);
  const vectors = new Set<string>();
  const added = new Set(addedData.map(({ filePath }) => filePath));
  for (const file of addedDeletes) {
    const path = fileScope(file);
    if (path === undefined) continue;
    if (!added.has(path)) referenced.add(path);
    if (isDeletionVector(file)) vectors.add(path);
  }
  for (const { filePath } of removedData) {
    if (!referenced.has(filePath)) continue;
    throw new ValidationError(
      `Cannot remove ${filePath}: the same commit adds deletes of its rows (CMT-050)`,
      { context: { file: filePath } },
    );
  }
  const checks = checksOf(delta);
  const { validateDeletedFiles = false, conflictFilter: filter } = delta;
  const start = startOf(base.metadata, delta, options);
  const changes = {
    addedData: addedData.map((file) => ({ file })),
    addedDeletes: addedDeletes.map((file) => ({ file })),
    removedData: { files: removalOf(removedData) },
    removedDeletes: { files: removalOf(removedDeletes) },
    failMissing: validateDeletedFiles,
    schema: currentSchema(base.metadata),
  };
  return snapshotStep(
    runtime,
    base,
    async (attempt) => {
      const since = sinceOf(attempt, start);
      const { options: abort } = attempt;
      await dataFilesExist(since, referenced, { allowDeletes: !validateDeletedFiles, filter }, abort);
      if (checks.data) await noAddedData(since, { filter }, abort);
      if (checks.deletes) {
        await noNewDeletesFor(since, removedData, { filter, ignoreEquality: false }, abort);
        await noAddedDeletes(since, { filter }, abort);
      }
      await noAddedVectors(since, vectors, abort);
      const changed = await changeFiles(attempt, changes);
      return {
        operation: operationOf(changed),
        manifests: changed.manifests,
        added: [...changed.addedData, ...changed.addedDeletes],
        removed: [...changed.removedData, ...changed.removedDeletes],
      };
    },
    options,
  );
}

/** An append removes nothing at all, not even a delete file, whatever Java says (CMT-017). */
function operationOf(changed: ChangedFiles): SnapshotOperation {
  const addsData = changed.addedData.length > 0;
  const addsDeletes = changed.addedDeletes.length > 0;
  const removes = changed.removedData.length + changed.removedDeletes.length > 0;
  if (addsData && !addsDeletes && !removes) return "append";
  return addsDeletes && !addsData ? "delete" : "overwrite";
}
