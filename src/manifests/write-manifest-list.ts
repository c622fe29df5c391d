/** Writing manifest lists: numbers what the commit adds. Spec: Manifest Lists; First Row ID Assignment. @module */
import { type AvroCompression, writeContainer } from "../avro/index.ts";
import { IcebergError } from "../base/index.ts";
import type { ManifestFile } from "./data-file.ts";
import type { FormatVersion } from "./entry-fields.ts";
import { listFields } from "./list-fields.ts";
import { recordEncoder, recordJson } from "./record-fields.ts";
import { DEFAULT_COMPRESSION } from "./write-manifest.ts";

export interface WriteManifestListOptions {
  readonly formatVersion: FormatVersion;
  /** The snapshot that the list belongs to. */
  readonly snapshotId: bigint;
  readonly parentSnapshotId?: bigint | undefined;
  /** The snapshot's sequence number; 0 in version 1. */
  readonly sequenceNumber: number;
  /** Version 3: the table's next row id when the commit began. */
  readonly firstRowId?: bigint | undefined;
  /** In list order, which in version 3 gives the row ids. */
  readonly manifests: readonly ManifestFile[];
  readonly sync: Uint8Array;
  readonly compression?: AvroCompression;
}

export interface WrittenManifestList {
  readonly bytes: Uint8Array;
  /** The manifests as the list has them, every number assigned. */
  readonly manifests: readonly ManifestFile[];
  /** Version 3: the table's next row id once the snapshot is committed. */
  readonly nextRowId?: bigint;
}

/**
 * Writes a manifest list. Manifests without a sequence number get the commit's (MAN-033); in version 3 data
 * manifests without a first row id get one and advance it by their added and existing rows (MAN-035).
 * @throws IcebergError `invalid-argument` for an unnumbered manifest of another snapshot, a delete manifest in
 *   version 1 (MAN-051), unknown counts in version 2 and later (MAN-094), or a missing `firstRowId` in version 3.
 */
export function writeManifestList(options: WriteManifestListOptions): WrittenManifestList {
  const { formatVersion, firstRowId } = options;
  let nextRowId = firstRowId;
  if (formatVersion >= 3 && nextRowId === undefined) {
    throw new IcebergError(
      "invalid-argument",
      `Cannot write the manifest list of snapshot ${options.snapshotId}: format version 3 needs firstRowId`,
      { context: { snapshotId: options.snapshotId } },
    );
  }
  const manifests = options.manifests.map((manifest) => {
    const numbered = formatVersion === 1 ? forVersion1(manifest) : withSequence(manifest, options);
    if (formatVersion < 3 || nextRowId === undefined) return numbered;
    if (manifest.content === "deletes") return withoutRowId(numbered);
    if (manifest.firstRowId !== undefined) return numbered;
    const assigned = { ...numbered, firstRowId: nextRowId };
    nextRowId += BigInt(numbered.existingRowsCount! + numbered.addedRowsCount!);
    return assigned;
  });
  const fields = listFields(formatVersion);
  const bytes = writeContainer(manifests, recordEncoder(fields), {
    schema: recordJson("manifest_file", fields),
    metadata: header(options),
    compression: options.compression ?? DEFAULT_COMPRESSION,
    sync: options.sync,
  });
  return {
    bytes,
    manifests,
    ...(formatVersion < 3 || nextRowId === undefined ? {} : { nextRowId }),
  };
}

function forVersion1(manifest: ManifestFile): ManifestFile {
  if (manifest.content === "deletes") refuse(manifest, "format version 1 has no delete manifests");
  return manifest;
}

function withSequence(manifest: ManifestFile, options: WriteManifestListOptions): ManifestFile {
  for (const key of COUNTS) {
    if (manifest[key] === undefined)
      refuse(manifest, `${key} is unknown; count the manifest's entries first`);
  }
  const { sequenceNumber, minSequenceNumber } = manifest;
  if (sequenceNumber !== undefined && minSequenceNumber !== undefined) return manifest;
  if (manifest.addedSnapshotId !== options.snapshotId) {
    refuse(manifest, `it has no sequence number but was added by snapshot ${manifest.addedSnapshotId}`);
  }
  return {
    ...manifest,
    sequenceNumber: sequenceNumber ?? options.sequenceNumber,
    minSequenceNumber: minSequenceNumber ?? options.sequenceNumber,
  };
}

function withoutRowId(manifest: ManifestFile): ManifestFile {
  if (manifest.firstRowId !== undefined) refuse(manifest, "a delete manifest has no first row id");
  return manifest;
}

const COUNTS = [
  "addedFilesCount",
  "existingFilesCount",
  "deletedFilesCount",
  "addedRowsCount",
  "existingRowsCount",
  "deletedRowsCount",
] as const;

/** The pairs Java writes; readers must not depend on them (MAN-049). */
function header(options: WriteManifestListOptions): Record<string, string> {
  const { formatVersion, parentSnapshotId, firstRowId } = options;
  return {
    "snapshot-id": String(options.snapshotId),
    "parent-snapshot-id": String(parentSnapshotId ?? null),
    ...(formatVersion > 1 ? { "sequence-number": String(options.sequenceNumber) } : {}),
    ...(formatVersion > 2 ? { "first-row-id": String(firstRowId) } : {}),
    "format-version": String(formatVersion),
  };
}

function refuse(manifest: ManifestFile, why: string): never {
  throw new IcebergError("invalid-argument", `Cannot list manifest ${manifest.manifestPath}: ${why}`, {
    context: { manifestPath: manifest.manifestPath },
  });
}
