/** What an entry must satisfy before it is written. Spec: Manifests; MAN-004, 009, 010, 019 to 027, 034, 038. @module */
import { IcebergError } from "../base/index.ts";
import type { DataFile, ManifestContent, ManifestEntry } from "./data-file.ts";
import type { FormatVersion } from "./entry-fields.ts";

/** The manifest an entry goes into. */
export interface EntryHome {
  readonly formatVersion: FormatVersion;
  readonly content: ManifestContent;
  readonly specId: number;
  readonly partitionSize: number;
  /** The snapshot that writes the manifest. */
  readonly snapshotId: bigint;
}

/**
 * The entry as it is stored: ids and numbers that inherit are left out or filled in.
 * @throws IcebergError `invalid-argument` naming the file and the rule it breaks.
 */
export function storedEntry(entry: ManifestEntry, home: EntryHome): ManifestEntry {
  checkFile(entry.dataFile, home);
  switch (entry.status) {
    case "added":
      return addedEntry(entry, home);
    case "existing":
      return existingEntry(entry, home);
    case "deleted":
      // The deleting snapshot's id, never the adding one's (MAN-008).
      return { ...keptNumbers(entry, home), snapshotId: home.snapshotId };
  }
}

function addedEntry(entry: ManifestEntry, home: EntryHome): ManifestEntry {
  const { dataFile } = entry;
  if (entry.snapshotId !== undefined && entry.snapshotId !== home.snapshotId) {
    refuse(dataFile, `it is added by snapshot ${entry.snapshotId}, not by ${home.snapshotId}`);
  }
  // Imported files may carry -1; what a manifest already has is copied as it stands (MAN-024, MAN-026).
  if (dataFile.recordCount < 0) refuse(dataFile, `record count ${dataFile.recordCount} is negative`);
  if (entry.fileSequenceNumber !== undefined) {
    refuse(
      dataFile,
      `an added file inherits its file sequence number, but it has ${entry.fileSequenceNumber}`,
    );
  }
  if (dataFile.firstRowId !== undefined) {
    refuse(dataFile, `an added file inherits its first row id, but it has ${dataFile.firstRowId}`);
  }
  return { ...entry, snapshotId: home.snapshotId };
}

function existingEntry(entry: ManifestEntry, home: EntryHome): ManifestEntry {
  if (entry.snapshotId === undefined) {
    refuse(entry.dataFile, "an existing file needs the id of the snapshot that added it");
  }
  return keptNumbers(entry, home);
}

function keptNumbers(entry: ManifestEntry, home: EntryHome): ManifestEntry {
  if (home.formatVersion === 1) return entry;
  const { sequenceNumber, fileSequenceNumber, dataFile } = entry;
  // Early version 2 manifests have no file sequence numbers, so that one may be unknown.
  if (sequenceNumber === undefined) {
    return refuse(dataFile, `a file with status ${entry.status} needs its data sequence number`);
  }
  if (fileSequenceNumber !== undefined && sequenceNumber > fileSequenceNumber) {
    refuse(dataFile, `data sequence number ${sequenceNumber} is above its file's ${fileSequenceNumber}`);
  }
  return entry;
}

function checkFile(file: DataFile, home: EntryHome): void {
  if ((file.content === "data") !== (home.content === "data")) {
    refuse(file, `a ${file.content} file cannot stand in a ${home.content} manifest`);
  }
  if (file.specId !== home.specId) {
    refuse(file, `it belongs to partition spec ${file.specId}, the manifest to ${home.specId}`);
  }
  if (file.partition.length !== home.partitionSize) {
    refuse(
      file,
      `it has ${file.partition.length} partition values, the spec has ${home.partitionSize} fields`,
    );
  }
  if (file.content === "data") checkData(file);
  else checkDeletes(file, home.formatVersion);
}

function checkData(file: DataFile): void {
  // Some writers store an empty list in place of null.
  if ((file.equalityIds ?? []).length > 0) refuse(file, "a data file has no equality ids");
  if (file.referencedDataFile !== undefined || file.contentOffset !== undefined) {
    refuse(file, "a data file refers to no other file");
  }
  if (file.fileFormat === "puffin") refuse(file, "a data file cannot be puffin");
}

function checkDeletes(file: DataFile, version: FormatVersion): void {
  if (file.firstRowId !== undefined) refuse(file, "a delete file has no first row id");
  if (file.content === "equality-deletes") {
    if (file.equalityIds === undefined || file.equalityIds.length === 0) {
      refuse(file, "an equality delete file needs equality ids");
    }
  } else {
    if ((file.equalityIds ?? []).length > 0) refuse(file, "a position delete file has no equality ids");
    if (file.sortOrderId !== undefined) refuse(file, "a position delete file has no sort order id");
  }
  checkDeletionVector(file, version);
}

function checkDeletionVector(file: DataFile, version: FormatVersion): void {
  const { contentOffset, contentSizeInBytes } = file;
  if ((contentOffset === undefined) !== (contentSizeInBytes === undefined)) {
    refuse(file, "content offset and content size must both be there or both be absent");
  }
  if ((file.fileFormat === "puffin") !== (contentOffset !== undefined)) {
    refuse(file, "a deletion vector is a puffin file with content offset and size, and nothing else is");
  }
  if (contentOffset === undefined) return;
  if (version < 3) refuse(file, `deletion vectors need format version 3, the manifest has ${version}`);
  if (file.content !== "position-deletes") refuse(file, "a deletion vector holds position deletes");
  if (file.referencedDataFile === undefined) refuse(file, "a deletion vector must name its data file");
}

function refuse(file: DataFile, why: string): never {
  throw new IcebergError("invalid-argument", `Cannot write a manifest entry for ${file.filePath}: ${why}`, {
    context: { filePath: file.filePath },
  });
}
