/**
 * Deletion vectors in Puffin files and in manifests: how the two describe each other. Spec: Puffin,
 * `deletion-vector-v1`; Manifests; requirements PUF-020 to PUF-026, MAN-022.
 * @module
 */
import { IcebergError } from "../base/index.ts";
import type { DataFile } from "../manifests/index.ts";
import type { PartitionTuple } from "../partitioning/index.ts";
import { decodeDeletionVector, encodeDeletionVector } from "./deletion-vector.ts";
import type { PositionBitmap } from "./position-bitmap.ts";
import type { PuffinBlob } from "./puffin.ts";
import type { PuffinBlobInput, WrittenPuffin } from "./write-puffin.ts";

/** Type of a blob that is a deletion vector. */
export const DELETION_VECTOR_V1 = "deletion-vector-v1";
/** Field id of the metadata column `_pos`, which deletion vectors are said to be computed for. */
export const ROW_POSITION_ID = 2147483645;

/** Offset of the first blob of a Puffin file, behind its magic (PUF-032). */
const FIRST_BLOB = 4;
const REFERENCED = "referenced-data-file";
const CARDINALITY = "cardinality";

/** What a blob's metadata says of a deletion vector. */
export interface DeletionVectorFacts {
  /** Location of the data file, byte for byte as its manifest has it. */
  readonly referencedDataFile: string;
  readonly cardinality: number;
}

/**
 * The blob of a data file's deleted positions, ready for `writePuffin` (PUF-020).
 * @throws IcebergError `invalid-argument` for an empty set, which must not be committed (PUF-025).
 */
export function deletionVectorBlob(positions: PositionBitmap, referencedDataFile: string): PuffinBlobInput {
  if (positions.size === 0) {
    throw new IcebergError(
      "invalid-argument",
      `Cannot write a deletion vector for ${referencedDataFile}: it has no positions, leave it out`,
      { context: { referencedDataFile } },
    );
  }
  return {
    type: DELETION_VECTOR_V1,
    fields: [ROW_POSITION_ID],
    // The snapshot is not known when the file is written.
    snapshotId: -1n,
    sequenceNumber: -1,
    bytes: encodeDeletionVector(positions),
    properties: new Map([
      [REFERENCED, referencedDataFile],
      [CARDINALITY, String(positions.size)],
    ]),
  };
}

/**
 * What a blob says of the deletion vector in it. Field ids, snapshot id and sequence number are not judged: writers
 * differ and nothing depends on them.
 * @throws IcebergError `corrupt-file` when it is another type, compressed or lacks a property (PUF-020).
 */
export function deletionVectorFacts(blob: PuffinBlob, what = "a Puffin file"): DeletionVectorFacts {
  const fail = (why: string): never => {
    throw new IcebergError(
      "corrupt-file",
      `Cannot read the deletion vector at ${blob.offset} of ${what}: ${why}`,
      {
        context: { what, offset: blob.offset },
      },
    );
  };
  if (blob.type !== DELETION_VECTOR_V1) fail(`its blob is of type ${JSON.stringify(blob.type)}`);
  if (blob.compressionCodec !== undefined) fail(`it is compressed with ${blob.compressionCodec}`);
  const cardinality = blob.properties.get(CARDINALITY) ?? fail(`it has no property ${CARDINALITY}`);
  if (!/^\d{1,16}$/.test(cardinality) || !Number.isSafeInteger(Number(cardinality))) {
    fail(`its ${CARDINALITY} is ${JSON.stringify(cardinality)}`);
  }
  return {
    referencedDataFile: blob.properties.get(REFERENCED) ?? fail(`it has no property ${REFERENCED}`),
    cardinality: Number(cardinality),
  };
}

/** A written Puffin file's place, and the partition its data files share. */
export interface VectorFilePlace {
  readonly filePath: string;
  readonly specId: number;
  readonly partition: PartitionTuple;
}

/** The manifest's record of one deletion vector in a written file (MAN-022, PUF-021). */
export function deletionVectorFile(blob: PuffinBlob, file: WrittenPuffin, place: VectorFilePlace): DataFile {
  const { referencedDataFile, cardinality } = deletionVectorFacts(blob, place.filePath);
  return {
    content: "position-deletes",
    filePath: place.filePath,
    fileFormat: "puffin",
    specId: place.specId,
    partition: place.partition,
    recordCount: cardinality,
    // Of the whole file, in every entry that has a part of it (PUF-023).
    fileSizeInBytes: file.bytes.length,
    referencedDataFile,
    contentOffset: blob.offset,
    contentSizeInBytes: blob.length,
  };
}

/** Whether a delete file is a deletion vector. */
export function isDeletionVector(file: DataFile): boolean {
  return file.content === "position-deletes" && file.fileFormat === "puffin";
}

/** Bytes of a Puffin file that are a deletion vector: `start` up to but not including `end`. */
export interface VectorRange {
  readonly start: number;
  readonly end: number;
}

/**
 * Where a manifest says the blob lies: read exactly these bytes, then {@link readDeletionVector}. The footer is not
 * needed (PUF-021).
 * @throws IcebergError `corrupt-file` when the record is no deletion vector, lacks its coordinates or points outside
 * the file.
 */
export function deletionVectorRange(file: DataFile): VectorRange {
  const { contentOffset: start, contentSizeInBytes: length, filePath } = file;
  const fail = (why: string): never => {
    throw new IcebergError("corrupt-file", `Cannot read the deletion vector in ${filePath}: ${why}`, {
      context: { filePath, contentOffset: start, contentSizeInBytes: length },
    });
  };
  if (!isDeletionVector(file)) return fail(`its manifest says ${file.content} in ${file.fileFormat}`);
  if (start === undefined || length === undefined) return fail("its manifest has no content offset and size");
  if (start < FIRST_BLOB || length < 0 || start + length > file.fileSizeInBytes) {
    // Vectors at 0 exist in the wild, as bare blobs in no Puffin file (PUF-001).
    return fail(
      `${length} bytes at ${start} are not from ${FIRST_BLOB} to its end at ${file.fileSizeInBytes}`,
    );
  }
  if (file.referencedDataFile === undefined) return fail("its manifest names no data file");
  return { start, end: start + length };
}

/**
 * The positions of a manifest's deletion vector from the bytes of {@link deletionVectorRange}.
 * @throws IcebergError `corrupt-file` when the bytes are no such vector, or their number or that of the positions
 * differs from the manifest's (PUF-021).
 */
export function readDeletionVector(file: DataFile, bytes: Uint8Array): PositionBitmap {
  const { start, end } = deletionVectorRange(file);
  const what = `the deletion vector at ${start} of ${file.filePath}`;
  if (bytes.length !== end - start) {
    throw new IcebergError(
      "corrupt-file",
      `Cannot read ${what}: ${bytes.length} of ${end - start} bytes are there`,
    );
  }
  return decodeDeletionVector(bytes, what, { cardinality: file.recordCount });
}

/**
 * Checks a manifest's record against the footer of the file it names, for tools that open both.
 * @throws IcebergError `corrupt-file` when no blob lies exactly there, or its properties differ (MAN-022).
 */
export function checkDeletionVectorFile(file: DataFile, blobs: readonly PuffinBlob[]): void {
  const { start, end } = deletionVectorRange(file);
  const fail = (why: string): never => {
    throw new IcebergError(
      "corrupt-file",
      `Cannot trust the deletion vector at ${start} of ${file.filePath}: ${why}`,
      {
        context: { filePath: file.filePath, contentOffset: start },
      },
    );
  };
  const blob =
    blobs.find(({ offset, length }) => offset === start && offset + length === end) ??
    fail(`the footer has no blob of ${end - start} bytes there`);
  const { referencedDataFile, cardinality } = deletionVectorFacts(blob, file.filePath);
  if (cardinality !== file.recordCount) {
    fail(`its blob says ${cardinality} positions, its manifest ${file.recordCount}`);
  }
  if (referencedDataFile !== file.referencedDataFile) {
    fail(`its blob names ${referencedDataFile}, its manifest ${file.referencedDataFile}`);
  }
}
