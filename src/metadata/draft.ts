/** Metadata under change: what one list of updates has done so far. Internal to `metadata/`. @module */
import { IcebergError } from "../base/index.ts";
import { PARTITION_ID_START } from "../partitioning/index.ts";
import type { FormatVersion, TableMetadata } from "./table-metadata.ts";

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** A shallow copy of the base: lists are replaced when they change, never edited. */
export interface Draft {
  readonly base: TableMetadata | undefined;
  readonly next: Mutable<TableMetadata>;
  readonly nowMs: number;
  /** Whether any update had an effect (CMT-014). */
  changed: boolean;
  /** Whether schema, spec or order moved, so that their fit has to be checked again. */
  structureChanged: boolean;
  lastAddedSchemaId: number | undefined;
  lastAddedSpecId: number | undefined;
  lastAddedOrderId: number | undefined;
  readonly addedSnapshotIds: Set<bigint>;
  snapshotsRemoved: boolean;
  readonly newUuid: (() => string) | undefined;
}

/** A draft of an existing table, or of one to be created when there is no base. */
export function openDraft(
  base: TableMetadata | undefined,
  formatVersion: FormatVersion,
  nowMs: number,
  newUuid: (() => string) | undefined,
): Draft {
  return {
    base,
    next: { ...(base ?? emptyMetadata(formatVersion, nowMs)) },
    nowMs,
    changed: false,
    structureChanged: base === undefined,
    lastAddedSchemaId: undefined,
    lastAddedSpecId: undefined,
    lastAddedOrderId: undefined,
    addedSnapshotIds: new Set(),
    snapshotsRemoved: false,
    newUuid,
  };
}

/** A format version this library writes. Throws `unsupported` for any other number (MET-002). */
export function formatVersionFrom(version: number): FormatVersion {
  if (version === 1 || version === 2 || version === 3) return version;
  throw new IcebergError("unsupported", `Cannot use format version ${version}: this library writes 1 to 3`, {
    context: { formatVersion: version },
  });
}

/** What a table is before its first updates. Ids of -1 resolve to nothing until something is added. */
function emptyMetadata(formatVersion: FormatVersion, nowMs: number): TableMetadata {
  return {
    formatVersion,
    location: "",
    lastSequenceNumber: 0,
    lastUpdatedMs: nowMs,
    lastColumnId: 0,
    schemas: [],
    currentSchemaId: -1,
    partitionSpecs: [],
    defaultSpecId: -1,
    lastPartitionId: PARTITION_ID_START,
    sortOrders: [],
    defaultSortOrderId: -1,
    properties: new Map(),
    snapshots: [],
    snapshotLog: [],
    metadataLog: [],
    refs: new Map(),
    statistics: [],
    partitionStatistics: [],
    ...(formatVersion > 2 && { nextRowId: 0n }),
    encryptionKeys: [],
  };
}
