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
    const previousMetadataLocation = current.metadataLocation;
    const metadata = applyUpdates(current.metadata, updates, { nowMs, previousMetadataLocation });
    return metadata === current.metadata ? { kind: "committed", table: current } : { kind: "swap", metadata };
  } catch (error) {
    if (error instanceof CommitFailedError) return { kind: "conflict", error };
    throw error;
  }
}

/** The conflict with a table that took the name of the one a commit was made for (MET-058). */
export function madeAnew({ identifier, metadata, metadataLocation }: LoadedTable): CommitFailedError {
  return new CommitFailedError(
    `Cannot commit to ${identifierText(identifier)}: it was dropped and made anew since it was loaded`,
    { context: { base: metadataLocation, tableUuid: metadata.tableUuid } },
  );
}
