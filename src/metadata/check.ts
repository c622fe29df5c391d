/** The invariants every table's metadata holds, checked when a file is read. Spec: Table Metadata; MET-007, MET-009. @module */
import { invalid } from "./json-fields.ts";
import { MAIN_BRANCH } from "./snapshot.ts";
import { findSnapshot, type TableMetadata } from "./table-metadata.ts";

/** How far log entries may be out of order: clocks of writers differ (MET-041). */
const CLOCK_SKEW_MS = 60_000;

/**
 * Checks what has to hold between the members of one metadata file. Snapshots that no reference names may be
 * missing, as in a REST response with `snapshots=refs`.
 * @throws IcebergError `invalid-metadata` naming `what`, the rule and the values.
 */
export function checkMetadata(metadata: TableMetadata, what: string): void {
  checkIds(metadata, what);
  checkSnapshots(metadata, what);
  checkRefs(metadata, what);
  checkLogs(metadata, what);
}

function checkIds(metadata: TableMetadata, what: string): void {
  resolve(
    metadata.schemas.map((schema) => schema.schemaId),
    metadata.currentSchemaId,
    "schema",
    "current-schema-id",
    what,
  );
  resolve(
    metadata.partitionSpecs.map((spec) => spec.specId),
    metadata.defaultSpecId,
    "partition spec",
    "default-spec-id",
    what,
  );
  resolve(
    metadata.sortOrders.map((order) => order.orderId),
    metadata.defaultSortOrderId,
    "sort order",
    "default-sort-order-id",
    what,
  );
}

function resolve(ids: readonly number[], id: number, noun: string, key: string, what: string): void {
  if (new Set(ids).size !== ids.length) invalid(what, `two entries share a ${noun} id (${ids.join(", ")})`);
  if (!ids.includes(id))
    invalid(what, `${key} is ${id}, but the ${noun} ids are [${ids.join(", ")}]`, { id });
}

function checkSnapshots(metadata: TableMetadata, what: string): void {
  const ids = new Set<bigint>();
  for (const { snapshotId, sequenceNumber } of metadata.snapshots) {
    if (ids.has(snapshotId)) invalid(what, `snapshot ${snapshotId} is listed twice`, { snapshotId });
    ids.add(snapshotId);
    if (sequenceNumber > metadata.lastSequenceNumber) {
      invalid(
        what,
        `snapshot ${snapshotId} has sequence number ${sequenceNumber}, above last-sequence-number ${metadata.lastSequenceNumber}`,
        { snapshotId, sequenceNumber },
      );
    }
  }
}

function checkRefs(metadata: TableMetadata, what: string): void {
  const current = metadata.currentSnapshotId;
  if (current !== undefined && findSnapshot(metadata.snapshots, current) === undefined) {
    invalid(what, `current-snapshot-id ${current} is not among its snapshots`, { snapshotId: current });
  }
  for (const [name, ref] of metadata.refs) {
    if (findSnapshot(metadata.snapshots, ref.snapshotId) === undefined) {
      invalid(
        what,
        `${ref.type} ${name} names snapshot ${ref.snapshotId}, which is not among its snapshots`,
        {
          ref: name,
        },
      );
    }
  }
  const main = metadata.refs.get(MAIN_BRANCH);
  if (main?.type === "tag") invalid(what, "main is a tag, but it has to be a branch");
  if (main !== undefined && main.snapshotId !== current) {
    invalid(
      what,
      `branch main is at snapshot ${main.snapshotId}, but current-snapshot-id is ${current ?? "unset"}`,
    );
  }
}

function checkLogs(metadata: TableMetadata, what: string): void {
  for (const [key, log] of [
    ["snapshot-log", metadata.snapshotLog],
    ["metadata-log", metadata.metadataLog],
  ] as const) {
    let previous = Number.NEGATIVE_INFINITY;
    for (const { timestampMs } of log) {
      if (timestampMs < previous - CLOCK_SKEW_MS) {
        invalid(what, `${key} is not sorted: ${timestampMs} stands more than a minute behind ${previous}`);
      }
      previous = timestampMs;
    }
    if (metadata.lastUpdatedMs < previous - CLOCK_SKEW_MS) {
      invalid(
        what,
        `${key} ends at ${previous}, more than a minute after last-updated-ms ${metadata.lastUpdatedMs}`,
      );
    }
  }
}
