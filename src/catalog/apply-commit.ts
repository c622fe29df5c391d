/** What a catalog that keeps its own metadata does before it swaps. Spec: Commit; CMT-014, CMT-056, CMT-057. @module */
import { CommitFailedError } from "../base/index.ts";
import {
  applyUpdates,
  checkRequirements,
  type TableMetadata,
  type TableRequirement,
  type TableUpdate,
} from "../metadata/index.ts";
import { type CommitOutcome, identifierText, type LoadedTable } from "./client.ts";

/**
 * The metadata to swap in for `current`; or how the commit ends without a swap, because a requirement does not hold
 * or nothing changes.
 * @throws ValidationError when an update does not fit the table.
 */
export function applyCommit(
  current: LoadedTable,
  requirements: readonly TableRequirement[],
  updates: readonly TableUpdate[],
  nowMs: number,
): { readonly kind: "swap"; readonly metadata: TableMetadata } | CommitOutcome {
  try {
    checkRequirements(current.metadata, requirements);
    checkSequenceNumbers(current, updates);
    const previousMetadataLocation = current.metadataLocation;
    const metadata = applyUpdates(current.metadata, updates, { nowMs, previousMetadataLocation });
    return metadata === current.metadata ? { kind: "committed", table: current } : { kind: "swap", metadata };
  } catch (error) {
    if (error instanceof CommitFailedError) return { kind: "conflict", error };
    throw error;
  }
}

/**
 * A snapshot is numbered above all others of the table (MET-028). Updates let one without parent pass, as Java's do, for
 * no requirement can say that another branch is new: the first commits to two branches would share a number.
 */
function checkSequenceNumbers({ identifier, metadata }: LoadedTable, updates: readonly TableUpdate[]): void {
  if (metadata.formatVersion === 1) return;
  for (const update of updates) {
    if (update.action !== "add-snapshot") continue;
    const { snapshotId, sequenceNumber } = update.snapshot;
    if (sequenceNumber > metadata.lastSequenceNumber) continue;
    throw new CommitFailedError(
      `Cannot commit to ${identifierText(identifier)}: snapshot ${snapshotId} has sequence number ${sequenceNumber}, the table is at ${metadata.lastSequenceNumber} by now`,
      { context: { snapshotId, sequenceNumber } },
    );
  }
}

/** The conflict with a table that took the name of the one a commit was made for (MET-058). */
export function madeAnew({ identifier, metadata, metadataLocation }: LoadedTable): CommitFailedError {
  return new CommitFailedError(
    `Cannot commit to ${identifierText(identifier)}: it was dropped and made anew since it was loaded`,
    { context: { base: metadataLocation, tableUuid: metadata.tableUuid } },
  );
}
