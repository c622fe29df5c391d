/** Writing manifests of format versions 1 to 3. Spec: Manifests; MAN-001 to 045. @module */
import { type AvroCompression, writeContainer } from "../avro/index.ts";
import { IcebergError, stringifyJson } from "../base/index.ts";
import { type PartitionSpec, partitionFields, specFieldsToJson } from "../partitioning/index.ts";
import { type Schema, schemaToJson } from "../schema/index.ts";
import { type EntryHome, storedEntry } from "./check-entry.ts";
import type { EntryStatus, ManifestContent, ManifestEntry, ManifestFile } from "./data-file.ts";
import { entryFields, type FormatVersion } from "./entry-fields.ts";
import { recordEncoder, recordJson } from "./record-fields.ts";
import { partitionSummarizer } from "./summaries.ts";

/** `deflate` at level 6, what Java calls gzip. */
export const DEFAULT_COMPRESSION: AvroCompression = Object.freeze({ codec: "deflate", level: 6 });

export interface WriteManifestOptions {
  readonly formatVersion: FormatVersion;
  /** The table's current schema: types of the partition values, and a header value. */
  readonly schema: Schema;
  readonly spec: PartitionSpec;
  readonly content: ManifestContent;
  /** The snapshot that is being written: it adds the manifest, its added files and its deletions. */
  readonly snapshotId: bigint;
  /** In file order; in version 3 the order gives the row ids. At least one (MAN-090). */
  readonly entries: Iterable<ManifestEntry>;
  /** Default {@link DEFAULT_COMPRESSION}. */
  readonly compression?: AvroCompression;
  /** 16 bytes that separate blocks; draw them at random. */
  readonly sync: Uint8Array;
}

/** A manifest's bytes and what its list must say of it. */
export interface WrittenManifest {
  readonly bytes: Uint8Array;
  /** Without sequence numbers unless a live entry has an explicit one: the list assigns them (MAN-031, 032). */
  readonly manifest: Omit<ManifestFile, "manifestPath">;
}

/**
 * Writes a manifest.
 *
 * Added entries may have an explicit data sequence number and inherit the rest; existing ones keep the snapshot
 * id and sequence numbers they have; deleted ones get `snapshotId` and keep their numbers.
 * @throws IcebergError `invalid-argument` when an entry breaks a rule, or there is none.
 */
export function writeManifest(options: WriteManifestOptions): WrittenManifest {
  const { formatVersion, content, spec, snapshotId } = options;
  if (formatVersion === 1 && content === "deletes") {
    throw new IcebergError("invalid-argument", "Cannot write a delete manifest in format version 1", {
      context: { formatVersion },
    });
  }
  const partition = partitionFields(spec, options.schema);
  const home: EntryHome = {
    formatVersion,
    content,
    specId: spec.specId,
    partitionSize: partition.length,
    snapshotId,
  };
  const counts = new EntryCounts();
  const summarizer = partitionSummarizer(partition);
  const fields = entryFields(formatVersion, partition);
  const encode = recordEncoder(fields);
  const bytes = writeContainer(
    options.entries,
    (out, entry) => {
      const stored = storedEntry(entry, home);
      counts.add(stored);
      summarizer.add(stored.dataFile.partition);
      encode(out, stored);
    },
    {
      schema: recordJson("manifest_entry", fields),
      metadata: header(options),
      compression: options.compression ?? DEFAULT_COMPRESSION,
      sync: options.sync,
    },
  );
  if (counts.total === 0) {
    throw new IcebergError("invalid-argument", "Cannot write a manifest without entries");
  }
  return {
    bytes,
    manifest: {
      manifestLength: bytes.length,
      partitionSpecId: spec.specId,
      content,
      ...(counts.minSequenceNumber === undefined ? {} : { minSequenceNumber: counts.minSequenceNumber }),
      addedSnapshotId: snapshotId,
      ...counts.fields(),
      partitions: summarizer.finish(),
    },
  };
}

/** The six counts of a manifest, for one whose list did not have them (MAN-094). */
export function countEntries(entries: Iterable<ManifestEntry>): ManifestCounts {
  const counts = new EntryCounts();
  for (const entry of entries) counts.add(entry);
  return counts.fields();
}

/** The counts of a manifest list entry, all known. */
export interface ManifestCounts {
  readonly addedFilesCount: number;
  readonly existingFilesCount: number;
  readonly deletedFilesCount: number;
  readonly addedRowsCount: number;
  readonly existingRowsCount: number;
  readonly deletedRowsCount: number;
}

class EntryCounts {
  private readonly files: Record<EntryStatus, number> = { added: 0, existing: 0, deleted: 0 };
  private readonly rows: Record<EntryStatus, number> = { added: 0, existing: 0, deleted: 0 };
  /** Over live entries with an explicit data sequence number (MAN-031). */
  minSequenceNumber: number | undefined;

  get total(): number {
    return this.files.added + this.files.existing + this.files.deleted;
  }

  add(entry: ManifestEntry): void {
    this.files[entry.status]++;
    this.rows[entry.status] += entry.dataFile.recordCount;
    const sequence = entry.sequenceNumber;
    if (entry.status === "deleted" || sequence === undefined) return;
    if (this.minSequenceNumber === undefined || sequence < this.minSequenceNumber) {
      this.minSequenceNumber = sequence;
    }
  }

  fields(): ManifestCounts {
    return {
      addedFilesCount: this.files.added,
      existingFilesCount: this.files.existing,
      deletedFilesCount: this.files.deleted,
      addedRowsCount: this.rows.added,
      existingRowsCount: this.rows.existing,
      deletedRowsCount: this.rows.deleted,
    };
  }
}

/** The key-value pairs of section 1 of the table format's manifests (MAN-001). */
function header(options: WriteManifestOptions): Record<string, string> {
  const { schema, spec, formatVersion } = options;
  return {
    schema: stringifyJson(schemaToJson(schema)),
    "schema-id": String(schema.schemaId),
    "partition-spec": stringifyJson(specFieldsToJson(spec.fields)),
    "partition-spec-id": String(spec.specId),
    "format-version": String(formatVersion),
    ...(formatVersion === 1 ? {} : { content: options.content }),
  };
}
