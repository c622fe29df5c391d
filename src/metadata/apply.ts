/** Updates applied to metadata, as a catalog does when it commits. Pure. Spec: Table Metadata; RST-055, RST-059. @module */
import { ValidationError } from "../base/index.ts";
import { UNPARTITIONED } from "../partitioning/index.ts";
import { UNSORTED } from "../sorting/index.ts";
import {
  addEncryptionKey,
  addSnapshot,
  removeEncryptionKey,
  removePartitionStatistics,
  removeRef,
  removeSnapshots,
  removeStatistics,
  setPartitionStatistics,
  setRef,
  setStatistics,
} from "./apply-snapshots.ts";
import {
  addSchema,
  addSortOrder,
  addSpec,
  assignUuid,
  checkStructure,
  removeProperties,
  removeSchemas,
  removeSpecs,
  setCurrentSchema,
  setDefaultSortOrder,
  setDefaultSpec,
  setLocation,
  setProperties,
  upgradeFormatVersion,
} from "./apply-structure.ts";
import { type Draft, formatVersionFrom, openDraft } from "./draft.ts";
import { nextMetadataLog, nextSnapshotLog } from "./snapshot-log.ts";
import { DEFAULT_FORMAT_VERSION, type TableMetadata } from "./table-metadata.ts";
import type { TableUpdate } from "./updates.ts";

/** What a commit knows beside the updates. */
export interface ApplyOptions {
  /** Commit time, milliseconds since the epoch. */
  readonly nowMs: number;
  /** Location of the file `base` was read from; it enters the metadata log (MET-039). */
  readonly previousMetadataLocation?: string;
  /** Makes a UUID for a table that has none: created without one, or upgraded from v1 (MET-059). */
  readonly newUuid?: () => string;
}

/**
 * The metadata after a list of updates, in order, all or nothing. Without a base the updates create the table.
 * Returns `base` itself when nothing changed (CMT-014). Requirements are checked beforehand, by `checkRequirements`.
 * @throws ValidationError when an update does not fit the table.
 * @throws CommitFailedError when a snapshot was numbered on an older state of the table: rebase and retry (CMT-019).
 */
export function applyUpdates(
  base: TableMetadata | undefined,
  updates: readonly TableUpdate[],
  options: ApplyOptions,
): TableMetadata {
  const draft = openDraft(base, createdVersion(base, updates), options.nowMs, options.newUuid);
  for (const update of updates) applyOne(draft, update);
  if (base !== undefined && !draft.changed) return base;
  return finish(draft, options);
}

function applyOne(draft: Draft, update: TableUpdate): void {
  switch (update.action) {
    case "assign-uuid":
      assignUuid(draft, update.uuid);
      break;
    case "upgrade-format-version":
      upgradeFormatVersion(draft, update.formatVersion);
      break;
    case "add-schema":
      addSchema(draft, update.schema, update.lastColumnId);
      break;
    case "set-current-schema":
      setCurrentSchema(draft, update.schemaId);
      break;
    case "add-spec":
      addSpec(draft, update.spec);
      break;
    case "set-default-spec":
      setDefaultSpec(draft, update.specId);
      break;
    case "add-sort-order":
      addSortOrder(draft, update.sortOrder);
      break;
    case "set-default-sort-order":
      setDefaultSortOrder(draft, update.sortOrderId);
      break;
    case "add-snapshot":
      addSnapshot(draft, update.snapshot);
      break;
    case "set-snapshot-ref":
      setRef(draft, update.refName, update.ref);
      break;
    case "remove-snapshots":
      removeSnapshots(draft, update.snapshotIds);
      break;
    case "remove-snapshot-ref":
      removeRef(draft, update.refName);
      break;
    case "set-location":
      setLocation(draft, update.location);
      break;
    case "set-properties":
      setProperties(draft, update.updates);
      break;
    case "remove-properties":
      removeProperties(draft, update.removals);
      break;
    case "set-statistics":
      setStatistics(draft, update.statistics);
      break;
    case "remove-statistics":
      removeStatistics(draft, [update.snapshotId]);
      break;
    case "set-partition-statistics":
      setPartitionStatistics(draft, update.partitionStatistics);
      break;
    case "remove-partition-statistics":
      removePartitionStatistics(draft, [update.snapshotId]);
      break;
    case "remove-partition-specs":
      removeSpecs(draft, update.specIds);
      break;
    case "remove-schemas":
      removeSchemas(draft, update.schemaIds);
      break;
    case "add-encryption-key":
      addEncryptionKey(draft, update.encryptionKey);
      break;
    case "remove-encryption-key":
      removeEncryptionKey(draft, update.keyId);
      break;
  }
}

/** A new table has the version its updates ask for first; version 1 is below the default and no upgrade. */
function createdVersion(base: TableMetadata | undefined, updates: readonly TableUpdate[]) {
  if (base !== undefined) return base.formatVersion;
  for (const update of updates) {
    if (update.action === "upgrade-format-version") return formatVersionFrom(update.formatVersion);
  }
  return DEFAULT_FORMAT_VERSION;
}

function finish(draft: Draft, options: ApplyOptions): TableMetadata {
  const { base, next } = draft;
  if (base === undefined) completeNewTable(draft);
  if (draft.structureChanged) checkStructure(next);
  next.snapshotLog = nextSnapshotLog(next.snapshotLog, {
    snapshots: next.snapshots,
    removed: draft.snapshotsRemoved,
    currentBefore: base?.currentSnapshotId,
    currentAfter: next.currentSnapshotId,
    added: draft.addedSnapshotIds,
    nowMs: draft.nowMs,
  });
  // Never backward, and never before the log's last entry, or Java refuses the file (MET-013).
  next.lastUpdatedMs = Math.max(
    draft.nowMs,
    base?.lastUpdatedMs ?? 0,
    next.snapshotLog.at(-1)?.timestampMs ?? 0,
    base === undefined ? 0 : (next.metadataLog.at(-1)?.timestampMs ?? 0),
  );
  if (base !== undefined && options.previousMetadataLocation !== undefined) {
    const previous = { timestampMs: base.lastUpdatedMs, metadataFile: options.previousMetadataLocation };
    next.metadataLog = nextMetadataLog(next.metadataLog, previous, next.properties);
  }
  return Object.freeze(next);
}

/** Fills in what every table has; a location and a schema must come from the updates. */
function completeNewTable(draft: Draft): void {
  const { next } = draft;
  if (next.location === "") throw new ValidationError("Cannot create the table: no update sets its location");
  if (next.partitionSpecs.length === 0) addSpec(draft, UNPARTITIONED);
  if (next.sortOrders.length === 0) addSortOrder(draft, UNSORTED);
  if (next.defaultSpecId === -1) setDefaultSpec(draft, next.partitionSpecs[0]!.specId);
  if (next.defaultSortOrderId === -1) setDefaultSortOrder(draft, next.sortOrders[0]!.orderId);
  if (next.tableUuid === undefined) {
    if (draft.newUuid === undefined) {
      throw new ValidationError("Cannot create the table: no update assigns a UUID and newUuid is not given");
    }
    next.tableUuid = draft.newUuid();
  }
}
