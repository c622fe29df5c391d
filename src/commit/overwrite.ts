/**
 * Replacing rows by whole files: those of a filter, given ones, or all of the partitions that get new files.
 * Spec: Snapshots, operation overwrite; CMT-017, CMT-032, CMT-035, CMT-088, CMT-089.
 * @module
 */
import { IcebergError, ValidationError } from "../base/index.ts";
import type { LoadedTable } from "../catalog/index.ts";
import {
  alwaysTrue,
  bind,
  type Expression,
  inclusiveMetricsEvaluator,
  residualEvaluator,
  strictMetricsEvaluator,
  toText,
} from "../expressions/index.ts";
import type { Runtime } from "../io/index.ts";
import type { DataFile } from "../manifests/index.ts";
import { currentSchema, type TableMetadata } from "../metadata/index.ts";
import { isUnpartitioned } from "../partitioning/index.ts";
import { noAddedData, noAddedDeletes, noNewDeletesFor, noRemovedData, type Scope } from "./conflicts.ts";
import { type ChangedFiles, changeFiles, checkDistinct, removalOf, requireContent } from "./file-changes.ts";
import { type ConflictChecks, checksOf, sinceOf, startOf } from "./isolation.ts";
import { requireSpec } from "./manifest-access.ts";
import { partitionsOf } from "./removal.ts";
import type { SnapshotOptions } from "./snapshot-options.ts";
import { type SnapshotContent, snapshotStep } from "./snapshot-step.ts";
import type { TableStep } from "./steps.ts";

export interface OverwriteFiles extends ConflictChecks {
  /** Rows to remove. A data file of which it matches some rows only is an error (CMT-032). */
  readonly filter?: Expression;
  /** Data files to remove. One that is not there, because another commit replaced it, is an error only with a check. */
  readonly removed?: readonly DataFile[];
  /** Delete files to remove. */
  readonly removedDeletes?: readonly DataFile[];
  /** Data files to add. */
  readonly added?: readonly DataFile[];
  /** Fail unless all rows of the added files match `filter`, as far as metrics tell. Default false. */
  readonly validateAddedFilesMatchFilter?: boolean;
}

/** Removes rows and files, and adds files, as one snapshot. Throws `invalid-argument` when nothing is asked for. */
export function overwriteStep(
  runtime: Runtime,
  base: LoadedTable,
  overwrite: OverwriteFiles,
  options: SnapshotOptions = {},
): TableStep {
  const { filter, removed = [], removedDeletes = [], added = [] } = overwrite;
  if (filter === undefined && removed.length + removedDeletes.length + added.length === 0) {
    throw new IcebergError("invalid-argument", "Cannot overwrite: give a filter, or files to remove or add");
  }
  requireContent("data", [...removed, ...added]);
  requireContent("deletes", removedDeletes);
  checkDistinct("add", added);
  const checks = checksOf(overwrite);
  const start = startOf(base.metadata, overwrite, options);
  const changes = {
    addedData: added.map((file) => ({ file })),
    addedDeletes: [],
    removedData: { files: removalOf(removed), ...(filter !== undefined && { filter }) },
    removedDeletes: { files: removalOf(removedDeletes) },
    failMissing: checks.data || checks.deletes,
    schema: currentSchema(base.metadata),
  };
  return snapshotStep(
    runtime,
    base,
    async (attempt) => {
      const { metadata } = attempt;
      if (overwrite.validateAddedFilesMatchFilter === true) requireMatch(metadata, filter, added);
      const since = sinceOf(attempt, start);
      const byRows = filter !== undefined && filter.op !== "false";
      const dataFilter = overwrite.conflictFilter ?? (byRows && removed.length === 0 ? filter : undefined);
      if (checks.data) await noAddedData(since, { filter: dataFilter }, attempt.options);
      if (checks.deletes && byRows) {
        const scope = { filter: overwrite.conflictFilter ?? filter };
        await noAddedDeletes(since, scope, attempt.options);
        await noRemovedData(since, scope, attempt.options);
      }
      if (checks.deletes) {
        const scope = { filter: overwrite.conflictFilter, ignoreEquality: false };
        await noNewDeletesFor(since, removed, scope, attempt.options);
      }
      return overwriteContent(await changeFiles(attempt, changes));
    },
    options,
  );
}

export interface ReplacePartitions
  extends Pick<
    ConflictChecks,
    "isolation" | "validateNoConflictingData" | "validateNoConflictingDeletes" | "validateFromSnapshot"
  > {
  /** Fail when the partitions are not empty: the overwrite may only append. */
  readonly validateAppendOnly?: boolean;
}

/**
 * Adds files in place of all that is in their partitions, of the same spec (CMT-035); files of an unpartitioned spec
 * replace the whole table.
 */
export function replacePartitionsStep(
  runtime: Runtime,
  base: LoadedTable,
  added: readonly DataFile[],
  replace: ReplacePartitions = {},
  options: SnapshotOptions = {},
): TableStep {
  if (added.length === 0) {
    throw new IcebergError("invalid-argument", "Cannot replace partitions: there are no files to add");
  }
  requireContent("data", added);
  checkDistinct("add", added);
  const specs = new Set(added.map(({ specId }) => specId));
  if (specs.size > 1) {
    throw new IcebergError(
      "invalid-argument",
      `Cannot replace partitions of several specs (${[...specs].join(", ")}): write the files with one spec`,
    );
  }
  const checks = checksOf(replace);
  const start = startOf(base.metadata, replace, options);
  return snapshotStep(
    runtime,
    base,
    async (attempt) => {
      const { metadata } = attempt;
      const spec = requireSpec(metadata, added[0]!.specId, added[0]!.filePath);
      const partitions = isUnpartitioned(spec) ? undefined : partitionsOf(metadata, added);
      const since = sinceOf(attempt, start);
      const scope: Scope = { partitions };
      if (checks.data) await noAddedData(since, scope, attempt.options);
      if (checks.deletes) {
        await noRemovedData(since, scope, attempt.options);
        await noAddedDeletes(since, scope, attempt.options);
      }
      const none = { files: new Map<string, DataFile>() };
      const changed = await changeFiles(attempt, {
        addedData: added.map((file) => ({ file })),
        addedDeletes: [],
        removedData: partitions === undefined ? { ...none, filter: alwaysTrue } : { ...none, partitions },
        removedDeletes: none,
        failMissing: false,
        schema: currentSchema(base.metadata),
      });
      const [first] = changed.removedData;
      if (replace.validateAppendOnly === true && first !== undefined) {
        throw new ValidationError(
          `Cannot replace partitions: the operation may only append, and ${first.filePath} is in one of them`,
          { context: { file: first.filePath } },
        );
      }
      return {
        ...overwriteContent(changed),
        operation: "overwrite",
        facts: [["replace-partitions", "true"]],
      };
    },
    options,
  );
}

/** What changed, under the operation it amounts to (CMT-017). */
function overwriteContent(changed: ChangedFiles): SnapshotContent {
  const adds = changed.addedData.length > 0;
  const removes = changed.removedData.length + changed.removedDeletes.length > 0;
  return {
    operation: adds && !removes ? "append" : removes && !adds ? "delete" : "overwrite",
    manifests: changed.manifests,
    added: changed.addedData,
    removed: [...changed.removedData, ...changed.removedDeletes],
    isNothing: !adds && !removes,
  };
}

/** Fails for a file that may hold rows outside the filter (CMT-088). */
function requireMatch(
  metadata: TableMetadata,
  filter: Expression | undefined,
  added: readonly DataFile[],
): void {
  const schema = currentSchema(metadata);
  const bound = bind(filter ?? { op: "false" }, schema);
  for (const file of added) {
    const spec = requireSpec(metadata, file.specId, file.filePath);
    const residual = residualEvaluator(bound, spec, schema)(file.partition);
    const isInside =
      residual.op === "true" ||
      (residual.op !== "false" &&
        inclusiveMetricsEvaluator(residual)(file) &&
        strictMetricsEvaluator(residual)(file));
    if (isInside) continue;
    throw new ValidationError(
      `Cannot add ${file.filePath}: it may hold rows that do not match the filter ${filter === undefined ? "false" : toText(filter)} of the overwrite`,
      { context: { file: file.filePath } },
    );
  }
}
