/**
 * The manifests of a snapshot that adds and removes files: what all operations but the fast append and the rewrite of
 * manifests have in common, as Java's MergingSnapshotProducer has. Spec: Manifests; Row-level Deletes; CMT-032 to CMT-038.
 * @module
 */
import { IcebergError, ValidationError } from "../base/index.ts";
import { isDeletionVector } from "../deletes/index.ts";
import type { DataFile, ManifestContent, ManifestEntry, ManifestFile } from "../manifests/index.ts";
import type { TableMetadata } from "../metadata/index.ts";
import type { Schema } from "../schema/index.ts";
import { filterManifests } from "./filter-manifests.ts";
import { carriedManifests, mayHaveLiveFiles, requireSpec, schemaForSpec } from "./manifest-access.ts";
import { mergeManifests } from "./merge-manifests.ts";
import { dataJudge, deleteJudge, fileKey, isEmptyRemoval, type Removal } from "./removal.ts";
import type { SnapshotAttempt } from "./snapshot-step.ts";

/** A file to add; with a sequence number of its own when it stands in for older ones (CMT-052). */
export interface AddedFile {
  readonly file: DataFile;
  readonly dataSequenceNumber?: number | undefined;
}

/** What a snapshot does to files. */
export interface FileChanges {
  readonly addedData: readonly AddedFile[];
  readonly addedDeletes: readonly AddedFile[];
  readonly removedData: Removal;
  readonly removedDeletes: Removal;
  /** Fail when a file that is named for removal is not there (CMT-034). */
  readonly failMissing: boolean;
  /** The schema the added files were written with. */
  readonly schema: Schema;
}

/** What became of it. */
export interface ChangedFiles {
  readonly manifests: readonly ManifestFile[];
  readonly addedData: readonly DataFile[];
  readonly addedDeletes: readonly DataFile[];
  readonly removedData: readonly DataFile[];
  readonly removedDeletes: readonly DataFile[];
}

/** No file is removed. */
export const NO_REMOVAL: Removal = Object.freeze({ files: new Map() });

/**
 * Builds the manifests of one attempt: new ones first, then those of the parent without what is removed; small ones
 * merged by `commit.manifest.*`.
 * @throws ValidationError for a file that does not fit the table's format version or specs, one that is missing, or
 * one that a filter matches partly.
 */
export async function changeFiles(attempt: SnapshotAttempt, changes: FileChanges): Promise<ChangedFiles> {
  const { metadata, files, head, options } = attempt;
  for (const { file } of changes.addedDeletes) checkDeleteFile(metadata, file);
  const carried = await carriedManifests(files.io, metadata, head, options);
  const ofContent = (content: ManifestContent) => carried.filter((manifest) => manifest.content === content);

  const data = isEmptyRemoval(changes.removedData)
    ? { manifests: ofContent("data"), removed: [] }
    : await filterManifests(
        files,
        metadata,
        ofContent("data"),
        dataJudge(metadata, changes.removedData),
        `data ${metadata.currentSchemaId}`,
        options,
      );
  const gone = new Map(data.removed.map(({ dataFile }) => [dataFile.filePath, dataFile]));
  const removal = deleteRemoval(metadata, changes, data.manifests, gone);
  const deletes = isEmptyRemoval(removal)
    ? { manifests: ofContent("deletes"), removed: [] }
    : await filterManifests(
        files,
        metadata,
        ofContent("deletes"),
        deleteJudge(metadata, removal),
        await criteriaOf(attempt, removal),
        options,
      );
  if (changes.failMissing) {
    requireFound(changes.removedData, data.removed);
    requireFound(changes.removedDeletes, deletes.removed);
  }
  const newData = await writeAdded(attempt, "data", changes.addedData, changes.schema);
  const newDeletes = await writeAdded(attempt, "deletes", changes.addedDeletes, changes.schema);
  const keep = (manifest: ManifestFile) =>
    mayHaveLiveFiles(manifest) || manifest.addedSnapshotId === files.snapshotId;
  return {
    manifests: [
      ...(await mergeManifests(files, metadata, [...newData, ...data.manifests].filter(keep), options)),
      ...(await mergeManifests(files, metadata, [...newDeletes, ...deletes.manifests].filter(keep), options)),
    ],
    addedData: changes.addedData.map(({ file }) => file),
    addedDeletes: changes.addedDeletes.map(({ file }) => file),
    removedData: distinct(data.removed),
    removedDeletes: distinct(deletes.removed),
  };
}

/** Refuses what is given twice. `what` names the operation's files, `table` the table. */
export function checkDistinct(what: string, files: readonly DataFile[]): void {
  const keys = new Set<string>();
  for (const file of files) {
    const key = fileKey(file);
    if (keys.has(key)) {
      throw new ValidationError(`Cannot ${what} ${file.filePath}: it is given twice (MAN-012)`, {
        context: { file: file.filePath },
      });
    }
    keys.add(key);
  }
}

/** The named files by {@link fileKey}, to be removed. */
export function removalOf(files: Iterable<DataFile | string>): Map<string, DataFile | undefined> {
  const byKey = new Map<string, DataFile | undefined>();
  for (const file of files) {
    if (typeof file === "string") byKey.set(file, byKey.get(file));
    else byKey.set(fileKey(file), file);
  }
  return byKey;
}

/** Refuses a file of the wrong content. Throws `invalid-argument`. */
export function requireContent(content: ManifestContent, files: readonly (DataFile | string)[]): void {
  for (const file of files) {
    if (typeof file === "string" || (file.content === "data") === (content === "data")) continue;
    throw new IcebergError(
      "invalid-argument",
      `Cannot use ${file.filePath} as a ${content === "data" ? "data" : "delete"} file: it holds ${file.content}`,
      { context: { file: file.filePath, content: file.content } },
    );
  }
}

/** Row ids are assigned anew by the commit, whatever snapshot the file was read from (CMT-029). */
export function addedEntry({ file, dataSequenceNumber }: AddedFile): ManifestEntry {
  const { firstRowId: _, ...dataFile } = file;
  const sequenceNumber = dataSequenceNumber;
  return { status: "added", dataFile, ...(sequenceNumber !== undefined && { sequenceNumber }) };
}

/** New manifests, one or more per spec, written once for all attempts. */
export async function writeAdded(
  { files, metadata, options }: SnapshotAttempt,
  content: ManifestContent,
  added: readonly AddedFile[],
  schema: Schema,
): Promise<readonly ManifestFile[]> {
  for (const { file } of added) requireSpec(metadata, file.specId, file.filePath);
  return await files.once(metadata, `added ${content}`, async () => {
    const bySpec = new Map<number, AddedFile[]>();
    for (const one of added) {
      const sameSpec = bySpec.get(one.file.specId);
      if (sameSpec === undefined) bySpec.set(one.file.specId, [one]);
      else sameSpec.push(one);
    }
    const written: ManifestFile[] = [];
    for (const [specId, group] of bySpec) {
      const spec = requireSpec(metadata, specId, group[0]!.file.filePath);
      const ofSpec = schemaForSpec(metadata, spec, schema);
      const draft = { spec, schema: ofSpec, content, entries: group.map(addedEntry) };
      written.push(...(await files.writeManifests(metadata, draft, options)));
    }
    return written;
  });
}

/** Which delete files the table's version takes (CMT-038); looked at anew, for it may have been upgraded. */
function checkDeleteFile({ formatVersion }: TableMetadata, file: DataFile): void {
  const isVector = isDeletionVector(file);
  const why =
    formatVersion === 1
      ? "tables of version 1 have no delete files; upgrade the table"
      : formatVersion === 2 && isVector
        ? "deletion vectors need format version 3; write position deletes or upgrade the table"
        : formatVersion > 2 && file.content === "position-deletes" && !isVector
          ? `tables of version ${formatVersion} delete positions by deletion vectors; write one`
          : undefined;
  if (why === undefined) return;
  throw new ValidationError(`Cannot add delete file ${file.filePath}: ${why} (CMT-038)`, {
    context: { file: file.filePath, formatVersion },
  });
}

/** What goes of the delete files: what is asked for, and what the removed data files leave without use (CMT-036). */
function deleteRemoval(
  metadata: TableMetadata,
  { removedDeletes, removedData, addedDeletes, addedData }: FileChanges,
  dataManifests: readonly ManifestFile[],
  dangling: ReadonlyMap<string, DataFile>,
): Removal {
  let olderThan = metadata.lastSequenceNumber + 1;
  for (const { minSequenceNumber = olderThan } of dataManifests.filter(mayHaveLiveFiles))
    olderThan = Math.min(olderThan, minSequenceNumber);
  for (const { dataSequenceNumber = olderThan } of addedData)
    olderThan = Math.min(olderThan, dataSequenceNumber);
  const newVectors = new Map<string, DataFile>();
  for (const { file } of addedDeletes) {
    if (!isDeletionVector(file) || file.referencedDataFile === undefined) continue;
    if (newVectors.has(file.referencedDataFile)) {
      throw new ValidationError(
        `Cannot add two deletion vectors for ${file.referencedDataFile}: merge them into one (CMT-090)`,
        { context: { dataFile: file.referencedDataFile } },
      );
    }
    newVectors.set(file.referencedDataFile, file);
  }
  return {
    ...removedDeletes,
    ...(removedData.filter !== undefined && { filter: removedData.filter }),
    ...(removedData.partitions !== undefined && { partitions: removedData.partitions }),
    dangling,
    olderThan,
    newVectors,
  };
}

/** A key for delete manifests that were filtered under the same conditions. */
async function criteriaOf({ files, metadata }: SnapshotAttempt, removal: Removal): Promise<string> {
  const { dangling = new Map(), olderThan } = removal;
  const seen = await files.once<ReadonlyMap<string, unknown>[]>(metadata, "dangling", async () => []);
  let known = seen.findIndex(
    (one) => one.size === dangling.size && [...dangling.keys()].every((k) => one.has(k)),
  );
  if (known === -1) known = seen.push(dangling) - 1;
  return `deletes ${metadata.currentSchemaId} ${olderThan} ${known}`;
}

function requireFound({ files }: Removal, removed: readonly ManifestEntry[]): void {
  if (files.size === 0) return;
  const found = new Set(removed.map(({ dataFile }) => fileKey(dataFile)));
  const missing = [...files.keys()].filter((key) => !found.has(key));
  if (missing.length === 0) return;
  throw new ValidationError(
    `Cannot remove ${missing.slice(0, 3).join(", ")}${missing.length > 3 ? ` and ${missing.length - 3} more` : ""}: the table has no such file, another commit may have removed it (CMT-034)`,
    { context: { missing } },
  );
}

/** A file that stands in two manifests is one file. */
function distinct(entries: readonly ManifestEntry[]): readonly DataFile[] {
  return [...new Map(entries.map(({ dataFile }) => [fileKey(dataFile), dataFile])).values()];
}
