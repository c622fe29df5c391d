/**
 * Conflicts with commits that came between an operation's start and its commit; each check is run anew on every base.
 * Spec: Commit Conflict Resolution and Retry; CMT-023 to CMT-026, CMT-088, CMT-089.
 * @module
 */
import { type AbortOptions, ValidationError } from "../base/index.ts";
import { DeleteFileIndex, isDeletionVector } from "../deletes/index.ts";
import { type Expression, toText } from "../expressions/index.ts";
import type { DataFile, ManifestEntry } from "../manifests/index.ts";
import { currentSchema } from "../metadata/index.ts";
import { entriesSince, type Question, type Since, startingSequence } from "./history.ts";
import type { PartitionSet } from "./removal.ts";

/** Which part of the table an operation depends on: all of it when neither is given. */
export interface Scope {
  readonly filter?: Expression | undefined;
  readonly partitions?: PartitionSet | undefined;
}

/** Fails when data files were added that may hold rows in scope (CMT-024). */
export async function noAddedData(since: Since, scope: Scope, options: AbortOptions): Promise<void> {
  const question: Question = {
    content: "data",
    operations: ["append", "overwrite"],
    status: "added",
    ...scope,
  };
  for await (const { dataFile } of entriesSince(since, question, options)) {
    throw conflict(`${dataFile.filePath} was added meanwhile and can contain ${rowsOf(scope)}`, dataFile);
  }
}

/** Fails when data files that may hold rows in scope were removed. */
export async function noRemovedData(since: Since, scope: Scope, options: AbortOptions): Promise<void> {
  const question: Question = {
    content: "data",
    operations: ["overwrite", "replace", "delete"],
    status: "deleted",
    ...scope,
  };
  for await (const { dataFile } of entriesSince(since, question, options)) {
    throw conflict(`${dataFile.filePath} was removed meanwhile and can contain ${rowsOf(scope)}`, dataFile);
  }
}

/** Fails when delete files were added that may apply to rows in scope. */
export async function noAddedDeletes(since: Since, scope: Scope, options: AbortOptions): Promise<void> {
  if (since.metadata.formatVersion < 2) return;
  for await (const { dataFile } of addedDeletes(since, scope, options)) {
    throw conflict(
      `the delete file ${dataFile.filePath} was added meanwhile and can apply to ${rowsOf(scope)}`,
      dataFile,
    );
  }
}

/**
 * Fails when new deletes apply to data files that are to be replaced (CMT-023). With `ignoreEquality` only deletes by
 * position count: the new files get an old sequence number, so deletes by value still apply to them.
 */
export async function noNewDeletesFor(
  since: Since,
  dataFiles: readonly DataFile[],
  { ignoreEquality, ...scope }: Scope & { readonly ignoreEquality: boolean },
  options: AbortOptions,
): Promise<void> {
  const { metadata } = since;
  if (metadata.formatVersion < 2 || dataFiles.length === 0) return;
  const vectors = new Map<string, ManifestEntry>();
  const others: ManifestEntry[] = [];
  for await (const entry of addedDeletes(since, scope, options)) {
    if (ignoreEquality && entry.dataFile.content === "equality-deletes") continue;
    const { referencedDataFile } = entry.dataFile;
    // Several vectors of one file may follow each other; the index knows only one at a time.
    if (isDeletionVector(entry.dataFile) && referencedDataFile !== undefined) {
      vectors.set(referencedDataFile, entry);
    } else others.push(entry);
  }
  if (vectors.size === 0 && others.length === 0) return;
  const index = new DeleteFileIndex(others, {
    specs: metadata.partitionSpecs,
    schema: currentSchema(metadata),
    schemas: metadata.schemas,
  });
  const sequenceNumber = startingSequence(since);
  for (const dataFile of dataFiles) {
    const found = vectors.get(dataFile.filePath) ?? index.deletesFor({ sequenceNumber, dataFile })[0];
    if (found === undefined) continue;
    throw conflict(
      `${found.dataFile.filePath} was added meanwhile and deletes rows of ${dataFile.filePath}, which is to be replaced`,
      dataFile,
    );
  }
}

/** Fails when one of the data files was removed; by deletes alone it may be, with `allowDeletes` (CMT-026). */
export async function dataFilesExist(
  since: Since,
  paths: ReadonlySet<string>,
  { allowDeletes, ...scope }: Scope & { readonly allowDeletes: boolean },
  options: AbortOptions,
): Promise<void> {
  if (paths.size === 0) return;
  const question: Question = {
    content: "data",
    operations: allowDeletes ? ["overwrite", "replace"] : ["overwrite", "replace", "delete"],
    status: "deleted",
    ...scope,
  };
  for await (const { dataFile } of entriesSince(since, question, options)) {
    if (!paths.has(dataFile.filePath)) continue;
    throw conflict(`the data file ${dataFile.filePath} was removed meanwhile`, dataFile);
  }
}

/** Fails when another commit added a deletion vector for one of the data files (CMT-025). */
export async function noAddedVectors(
  since: Since,
  paths: ReadonlySet<string>,
  options: AbortOptions,
): Promise<void> {
  if (paths.size === 0) return;
  const question: Question = {
    content: "deletes",
    operations: ["overwrite", "delete", "replace"],
    status: "added",
  };
  for await (const { dataFile } of entriesSince(since, question, options)) {
    const { referencedDataFile } = dataFile;
    if (!isDeletionVector(dataFile) || referencedDataFile === undefined) continue;
    if (!paths.has(referencedDataFile)) continue;
    throw conflict(`a deletion vector for ${referencedDataFile} was added meanwhile`, dataFile);
  }
}

function addedDeletes(since: Since, scope: Scope, options: AbortOptions): AsyncGenerator<ManifestEntry> {
  const question: Question = {
    content: "deletes",
    operations: ["overwrite", "delete"],
    status: "added",
    ...scope,
  };
  return entriesSince(since, question, options);
}

function rowsOf({ filter, partitions }: Scope): string {
  if (partitions !== undefined) return "rows of the partitions that are replaced";
  return filter === undefined ? "rows the operation depends on" : `rows matching ${toText(filter)}`;
}

function conflict(why: string, file: DataFile): ValidationError {
  return new ValidationError(`Cannot commit, the operation conflicts with another commit: ${why}`, {
    context: { file: file.filePath },
  });
}
