/**
 * Commits write results together, each at most once: what the table holds already is looked up in every version a
 * commit is tried on, so that other committers of the same results do no harm.
 * @module
 */
import { type AbortOptions, IcebergError } from "../base/index.ts";
import type { LoadedTable } from "../catalog/index.ts";
import {
  type CommitContext,
  commitSteps,
  mergeAppendStep,
  rowDeltaStep,
  type TableStep,
} from "../commit/index.ts";
import { fileScope } from "../deletes/index.ts";
import type { DataFile } from "../manifests/index.ts";
import { currentSchema, type Snapshot, schemaById, specById, type TableMetadata } from "../metadata/index.ts";
import { type PrimitiveValue, promoter } from "../schema/index.ts";
import { RESULT_IDS_KEY, type RecordedResults } from "./recorded-results.ts";
import { partitionFieldsOf, requireTable, type WriteResult } from "./write-result.ts";

/** How one result ended. */
export type ResultOutcome =
  | { readonly kind: "committed"; readonly snapshot: Snapshot; readonly wasCommittedBefore: boolean }
  | { readonly kind: "failed"; readonly error: unknown };

export interface CommitResultsOptions extends AbortOptions {
  readonly branch?: string;
  readonly snapshotProperties?: Readonly<Record<string, string>>;
  /** Told each outcome once. */
  readonly settle: (result: WriteResult, outcome: ResultOutcome) => void;
}

/** What a version of the table already has of the results at hand. */
class AlreadyRecorded extends Error {
  readonly table: LoadedTable;
  constructor(table: LoadedTable) {
    super("some of the results are in the table");
    this.table = table;
  }
}

/**
 * Commits results in one snapshot (those with delete files in one each), and settles every one of them. When the table
 * refuses some, each is tried alone, so that one that does not fit fails nobody else.
 * Answers the newest version seen. Never throws.
 */
export async function commitResults(
  context: CommitContext,
  base: LoadedTable,
  results: readonly WriteResult[],
  recorded: RecordedResults,
  options: CommitResultsOptions,
): Promise<LoadedTable> {
  let table = base;
  const withDeletes = results.filter(({ deleteFiles }) => deleteFiles.length > 0);
  if (results.length > 1 && withDeletes.length > 0) {
    const appends = results.filter(({ deleteFiles }) => deleteFiles.length === 0);
    for (const group of [appends, ...withDeletes.map((result) => [result])]) {
      table = await commitResults(context, table, group, recorded, options);
    }
    return table;
  }
  let left = results;
  let isFresh = false;
  for (;;) {
    try {
      recorded.update(table.metadata);
      if (!isFresh && left.some(({ id }) => recorded.snapshotOf(id) !== undefined)) {
        // Only the newest version may say that nothing is to be done: the commit may have been rolled back since.
        table = await context.client.loadTable(table.identifier, options);
        recorded.update(table.metadata);
        isFresh = true;
      }
      left = left.filter((result) => !settledBefore(result, recorded, options));
      if (left.length === 0) return table;
      table = await refreshedFor(context, table, left, options);
      const committed = await commitOnce(context, table, left, recorded, options);
      for (const result of left) {
        options.settle(result, {
          kind: "committed",
          snapshot: committed.snapshot,
          wasCommittedBefore: false,
        });
      }
      recorded.update(committed.table.metadata);
      return committed.table;
    } catch (error) {
      if (error instanceof AlreadyRecorded) {
        table = error.table;
        isFresh = false;
        continue;
      }
      if (left.length > 1 && blamesOne(error)) {
        for (const result of left) table = await commitResults(context, table, [result], recorded, options);
        return table;
      }
      for (const result of left) options.settle(result, { kind: "failed", error });
      return await context.client.loadTable(base.identifier).catch(() => table);
    }
  }
}

/** Errors that a single result among many may be the reason of. */
function blamesOne(error: unknown): boolean {
  return ["validation-failed", "invalid-argument", "invalid-schema", "unsupported"].some(
    (code) => error instanceof IcebergError && error.code === code,
  );
}

function settledBefore(
  result: WriteResult,
  recorded: RecordedResults,
  { settle }: CommitResultsOptions,
): boolean {
  const snapshot = recorded.snapshotOf(result.id);
  if (snapshot === undefined) return false;
  settle(result, { kind: "committed", snapshot, wasCommittedBefore: true });
  return true;
}

/** Results may have been written under a schema or spec that came after the version at hand. */
async function refreshedFor(
  context: CommitContext,
  table: LoadedTable,
  results: readonly WriteResult[],
  options: AbortOptions,
): Promise<LoadedTable> {
  const isKnown = ({ schemaId, dataFiles, deleteFiles }: WriteResult) =>
    schemaById(table.metadata, schemaId) !== undefined &&
    [...dataFiles, ...deleteFiles].every((file) => specById(table.metadata, file.specId) !== undefined);
  return results.every(isKnown) ? table : await context.client.loadTable(table.identifier, options);
}

async function commitOnce(
  context: CommitContext,
  base: LoadedTable,
  results: readonly WriteResult[],
  recorded: RecordedResults,
  options: CommitResultsOptions,
): Promise<{ readonly table: LoadedTable; readonly snapshot: Snapshot }> {
  const { metadata } = base;
  for (const { id, tableUuid } of results)
    requireTable(tableUuid, metadata, "invalid-argument", `write result ${id}`);
  const snapshotOptions = {
    ...(options.branch !== undefined && { branch: options.branch }),
    snapshotProperties: {
      ...options.snapshotProperties,
      [RESULT_IDS_KEY]: results.map(({ id }) => id).join(","),
    },
  };
  const dataFiles = results.flatMap((result) => underCurrentSchema(metadata, result, result.dataFiles));
  const deleteFiles = results.flatMap((result) => underCurrentSchema(metadata, result, result.deleteFiles));
  const { startingSnapshotId, referencedDataFiles } = results[0]!;
  if (startingSnapshotId === undefined) requireOwnRows(results[0]!);
  const delta = {
    addedData: dataFiles,
    addedDeletes: deleteFiles,
    referencedDataFiles,
    ...(startingSnapshotId !== undefined && { validateFromSnapshot: startingSnapshotId }),
  };
  const step =
    deleteFiles.length > 0
      ? rowDeltaStep(context.runtime, base, delta, snapshotOptions)
      : mergeAppendStep(context.runtime, base, dataFiles, snapshotOptions);
  const steps = [onlyNew(results, recorded), step];
  const { table, snapshots } = await commitSteps(context, base, steps, options);
  return { table, snapshot: snapshots[1]! };
}

/**
 * Without the snapshot that its positions were found in, nobody can tell whether the rows were compacted away since, and
 * the deletes would be lost. Deletes by value, and of the rows of the result itself, need none.
 */
function requireOwnRows({ id, dataFiles, deleteFiles }: WriteResult): void {
  const own = new Set(dataFiles.map(({ filePath }) => filePath));
  for (const file of deleteFiles) {
    if (file.content !== "position-deletes" || own.has(fileScope(file) ?? "")) continue;
    throw new IcebergError(
      "invalid-argument",
      `Cannot commit write result ${id}: ${file.filePath} deletes by position, so the result must name the snapshot that was read as startingSnapshotId`,
      { context: { id, file: file.filePath } },
    );
  }
}

/** A step that changes nothing and stops the commit on a version that holds one of the results. */
function onlyNew(results: readonly WriteResult[], recorded: RecordedResults): TableStep {
  return {
    isPure: true,
    prepare(table) {
      recorded.update(table.metadata);
      if (results.some(({ id }) => recorded.snapshotOf(id) !== undefined)) throw new AlreadyRecorded(table);
      return { updates: [] };
    },
    isApplied: () => true,
  };
}

/** Files with their partition values in the types of the table's schema: columns may have been promoted since. */
function underCurrentSchema(
  metadata: TableMetadata,
  { id, schemaId }: WriteResult,
  files: readonly DataFile[],
): readonly DataFile[] {
  const current = currentSchema(metadata);
  if (schemaId === current.schemaId) return files;
  const schema = schemaById(metadata, schemaId);
  if (schema === undefined) {
    throw new IcebergError(
      "invalid-argument",
      `Cannot commit write result ${id}: the table has no schema ${schemaId}`,
      { context: { id, schemaId } },
    );
  }
  const before = partitionFieldsOf(metadata, schema);
  const now = partitionFieldsOf(metadata, current);
  return files.map((file) => {
    const from = before(file.specId);
    const to = now(file.specId);
    if (from === undefined || to === undefined) return file;
    const partition = file.partition.map((value, at) =>
      value === null ? null : (promoter(from[at]!.type, to[at]!.type)(value) as PrimitiveValue),
    );
    return { ...file, partition };
  });
}
