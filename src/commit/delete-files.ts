/** Removing whole data files, by path or by filter. Spec: Snapshots, operation delete; CMT-032 to CMT-034. @module */
import { IcebergError } from "../base/index.ts";
import type { LoadedTable } from "../catalog/index.ts";
import type { Expression } from "../expressions/index.ts";
import type { Runtime } from "../io/index.ts";
import type { DataFile } from "../manifests/index.ts";
import { currentSchema } from "../metadata/index.ts";
import { changeFiles, NO_REMOVAL, removalOf, requireContent } from "./file-changes.ts";
import type { SnapshotOptions } from "./snapshot-options.ts";
import { snapshotStep } from "./snapshot-step.ts";
import type { TableStep } from "./steps.ts";

export interface DeleteFiles {
  /** Rows to delete; a data file of which it matches some rows only is an error naming the file. */
  readonly filter?: Expression;
  /** Data files, or their paths; with the file itself fewer manifests are read. */
  readonly files?: readonly (DataFile | string)[];
  /** Fail when a file is not in the table. Default false. */
  readonly validateFilesExist?: boolean;
}

/** Deletes data files in whatever version is current; without a match there is nothing to commit. */
export function deleteFilesStep(
  runtime: Runtime,
  base: LoadedTable,
  { filter, files = [], validateFilesExist = false }: DeleteFiles,
  options: SnapshotOptions = {},
): TableStep {
  if (filter === undefined && files.length === 0) {
    throw new IcebergError("invalid-argument", "Cannot delete: give a filter or files");
  }
  requireContent("data", files);
  const changes = {
    addedData: [],
    addedDeletes: [],
    removedData: { files: removalOf(files), ...(filter !== undefined && { filter }) },
    removedDeletes: NO_REMOVAL,
    failMissing: validateFilesExist,
    schema: currentSchema(base.metadata),
  };
  return snapshotStep(
    runtime,
    base,
    async (attempt) => {
      const { manifests, removedData, removedDeletes } = await changeFiles(attempt, changes);
      const removed = [...removedData, ...removedDeletes];
      return { operation: "delete", manifests, added: [], removed, isNothing: removed.length === 0 };
    },
    options,
  );
}
