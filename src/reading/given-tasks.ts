/** Tasks that a scan reads without having planned them. Spec: Scan Planning; SCN-051, SCN-079. @module */
import { IcebergError } from "../base/index.ts";
import { boundAnd, predicatesOf, toText } from "../expressions/index.ts";
import type { FileScanTask, ScanConjunct } from "../planning/index.ts";
import type { Schema } from "../schema/index.ts";
import type { ReadTaskInput } from "./read-task.ts";

/**
 * The task under the scan's own filter too, and an input whose conjuncts, which prune inside files, are those of both.
 * @throws IcebergError `invalid-argument` for a residual that speaks of other columns than the schema read with.
 */
export function givenTask(
  task: FileScanTask,
  input: ReadTaskInput,
): { readonly task: FileScanTask; readonly input: ReadTaskInput } {
  const { filter, reporter, schema } = input;
  requireSameColumns(task, schema);
  reporter.planned(task);
  const residual = task.residual === filter.bound ? filter.bound : boundAnd([task.residual, filter.bound]);
  const conjuncts = (residual.op === "and" ? residual.operands : [residual])
    .filter(({ op }) => op !== "true")
    .map((bound): ScanConjunct => ({ text: toText(bound), bound }));
  return {
    task: { ...task, residual },
    input: { ...input, filter: { ...filter, bound: residual, conjuncts } },
  };
}

/** Residuals find their columns by name: a column that was renamed meanwhile would be read as absent. */
function requireSameColumns({ residual, dataFile }: FileScanTask, schema: Schema): void {
  for (const { term } of predicatesOf(residual)) {
    const place = schema.place(term.fieldId);
    const isSame =
      place !== undefined &&
      place.field.type.kind === term.sourceType.kind &&
      place.names.join("\0") === term.names.join("\0");
    if (isSame) continue;
    throw new IcebergError(
      "invalid-argument",
      `Cannot read the task of ${dataFile.filePath}: its residual asks for ${term.name} (field ${term.fieldId}), which schema ${schema.schemaId} does not have by this name and type; plan anew, or scan the snapshot that was planned`,
      { context: { file: dataFile.filePath, column: term.name } },
    );
  }
}
