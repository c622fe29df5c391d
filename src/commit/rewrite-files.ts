/** Replacing files by others with the same rows: compaction. Spec: Snapshots, operation replace; CMT-018, CMT-023, CMT-051, CMT-052. @module */
import { IcebergError, ValidationError } from "../base/index.ts";
import type { LoadedTable } from "../catalog/index.ts";
import type { Runtime } from "../io/index.ts";
import type { DataFile } from "../manifests/index.ts";
import { currentSchema } from "../metadata/index.ts";
import { noNewDeletesFor } from "./conflicts.ts";
import { checkEqualityIds } from "./equality-ids.ts";
import { changeFiles, checkDistinct, removalOf, requireContent } from "./file-changes.ts";
import { type ConflictChecks, sinceOf, startOf } from "./isolation.ts";
import type { SnapshotOptions } from "./snapshot-options.ts";
import { snapshotStep } from "./snapshot-step.ts";
import type { TableStep } from "./steps.ts";

export interface RewriteFiles extends Pick<ConflictChecks, "validateFromSnapshot"> {
  /** Data files that are replaced; each must still be in the table. */
  readonly removedData?: readonly DataFile[];
  /** Delete files that are replaced, or whose deletes the new data files have applied. */
  readonly removedDeletes?: readonly DataFile[];
  readonly addedData?: readonly DataFile[];
  readonly addedDeletes?: readonly DataFile[];
  /**
   * Data sequence number of the added data files: that of the snapshot the rows were read from, so that deletes by
   * value that came meanwhile still apply to them (CMT-052). Default: that of the commit.
   */
  readonly dataSequenceNumber?: number;
}

/** Throws `invalid-argument` when the two sides do not fit each other. */
export function rewriteFilesStep(
  runtime: Runtime,
  base: LoadedTable,
  rewrite: RewriteFiles,
  options: SnapshotOptions = {},
): TableStep {
  const { removedData = [], removedDeletes = [], addedData = [], addedDeletes = [] } = rewrite;
  const { dataSequenceNumber } = rewrite;
  const refuse = (why: string) => new IcebergError("invalid-argument", `Cannot rewrite files: ${why}`);
  if (removedData.length + removedDeletes.length === 0) throw refuse("no file is replaced");
  if (removedData.length === 0 && addedData.length > 0)
    throw refuse("data files are added, none is replaced");
  if (removedDeletes.length === 0 && addedDeletes.length > 0)
    throw refuse("delete files are added, none is replaced");
  requireContent("data", [...removedData, ...addedData]);
  requireContent("deletes", [...removedDeletes, ...addedDeletes]);
  checkDistinct("add", addedData);
  checkDistinct("add", addedDeletes);
  checkEqualityIds(base.metadata, addedDeletes);
  const [before, after] = [rowsOf(removedData), rowsOf(addedData)];
  if (after > before) {
    throw new ValidationError(
      `Cannot rewrite files: ${after} rows would replace ${before}; a rewrite adds no rows (CMT-018)`,
      { context: { before, after } },
    );
  }
  const start = startOf(base.metadata, rewrite, options);
  const changes = {
    addedData: addedData.map((file) => ({ file, dataSequenceNumber })),
    addedDeletes: addedDeletes.map((file) => ({ file })),
    removedData: { files: removalOf(removedData) },
    removedDeletes: { files: removalOf(removedDeletes) },
    failMissing: true,
    schema: currentSchema(base.metadata),
  };
  return snapshotStep(
    runtime,
    base,
    async (attempt) => {
      const { metadata } = attempt;
      if (dataSequenceNumber !== undefined && dataSequenceNumber > metadata.lastSequenceNumber) {
        throw new ValidationError(
          `Cannot give rewritten files sequence number ${dataSequenceNumber}: the table's last is ${metadata.lastSequenceNumber}`,
          { context: { dataSequenceNumber } },
        );
      }
      const ignoreEquality = dataSequenceNumber !== undefined;
      await noNewDeletesFor(sinceOf(attempt, start), removedData, { ignoreEquality }, attempt.options);
      const changed = await changeFiles(attempt, changes);
      return {
        operation: "replace",
        manifests: changed.manifests,
        added: [...changed.addedData, ...changed.addedDeletes],
        removed: [...changed.removedData, ...changed.removedDeletes],
      };
    },
    options,
  );
}

function rowsOf(files: readonly DataFile[]): number {
  return files.reduce((rows, { recordCount }) => rows + recordCount, 0);
}
