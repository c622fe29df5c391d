/** Manifest entries as they stand: existing, added and deleted ones. Spec: Manifests, Manifest Entry Fields. @module */
import type { LoadedTable } from "../catalog/index.ts";
import type { EntryStatus } from "../manifests/index.ts";
import { chooseSnapshot, snapshotManifests } from "../planning/index.ts";
import { type FileRow, fileRows } from "./files.ts";
import { allEntries } from "./manifest-entries.ts";
import type { InspectOptions } from "./options.ts";

/** One entry of {@link entries}. */
export interface EntryRow {
  /** 0 existing, 1 added, 2 deleted. */
  readonly status: 0 | 1 | 2;
  /** The snapshot that added the file, or deleted it. */
  readonly snapshot_id: bigint | null;
  /** Inherited numbers are filled in. */
  readonly sequence_number: number | null;
  readonly file_sequence_number: number | null;
  readonly data_file: Omit<FileRow, "readable_metrics">;
  readonly readable_metrics: FileRow["readable_metrics"];
}

const STATUS: Readonly<Record<EntryStatus, EntryRow["status"]>> = { existing: 0, added: 1, deleted: 2 };

/**
 * The entries of a snapshot's manifests.
 * @throws IcebergError `no-such-snapshot`, `no-such-file`, `corrupt-file`, `unsupported` (v1 inline manifests).
 */
export async function* entries(table: LoadedTable, options: InspectOptions = {}): AsyncGenerator<EntryRow> {
  const { snapshot } = chooseSnapshot(table.metadata, options.at);
  if (snapshot === undefined) return;
  const rowOf = fileRows(table);
  const manifests = await snapshotManifests(table.io, snapshot, options);
  for await (const entry of allEntries(table, manifests, options)) {
    const { readable_metrics, ...data_file } = rowOf(entry.dataFile);
    yield {
      status: STATUS[entry.status],
      snapshot_id: entry.snapshotId ?? null,
      sequence_number: entry.sequenceNumber ?? null,
      file_sequence_number: entry.fileSequenceNumber ?? null,
      data_file,
      readable_metrics,
    };
  }
}
