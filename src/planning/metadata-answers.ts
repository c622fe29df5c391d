/**
 * Questions that metadata answers exactly, without opening a data file: how many rows, and the least and greatest value
 * of a column. Spec: Data File Fields; SCN-043.
 * @module
 */
import { type Field, isPrimitive, type PrimitiveType, type PrimitiveValue } from "../schema/index.ts";
import { compareValues, decodeValue } from "../values/index.ts";
import type { FileScanTask } from "./plan-files.ts";

/** The range of a column's values; both absent when it has none but nulls. */
export interface ExactRange {
  readonly min: PrimitiveValue | undefined;
  readonly max: PrimitiveValue | undefined;
}

/** Rows a task is certain to give: those of a file that neither filter nor deletes touch; else `undefined`. */
export function certainRows({ dataFile, residual, deletes, start }: FileScanTask): number | undefined {
  const isWhole = residual.op === "true" && deletes.length === 0 && start === undefined;
  return isWhole && dataFile.recordCount >= 0 ? dataFile.recordCount : undefined;
}

/**
 * The least and greatest value of a top-level column over whole files, or `undefined` where metadata does not tell
 * exactly: rows may be filtered out or deleted, counts or bounds are missing, the type's bounds may be cut (texts,
 * binaries), are in an order of the writer's own (uuids), or leave out NaN or the sign of zero (floats).
 */
export function exactRange(tasks: Iterable<FileScanTask>, field: Field): ExactRange | undefined {
  const { id, type } = field;
  if (!isPrimitive(type) || !hasExactBounds(type)) return undefined;
  const compare = compareValues(type);
  let min: PrimitiveValue | undefined;
  let max: PrimitiveValue | undefined;
  for (const task of tasks) {
    const rows = certainRows(task);
    if (rows === undefined) return undefined;
    if (rows === 0) continue;
    const { valueCounts, nullValueCounts, nanValueCounts, lowerBounds, upperBounds } = task.dataFile;
    const nulls = field.required ? 0 : nullValueCounts?.get(id);
    if (nulls === undefined || (isFloating(type) && nanValueCounts?.get(id) !== 0)) return undefined;
    if (nulls > 0 && nulls === valueCounts?.get(id)) continue;
    const lower = boundOf(type, lowerBounds?.get(id));
    const upper = boundOf(type, upperBounds?.get(id));
    if (lower === undefined || upper === undefined) return undefined;
    if (min === undefined || compare(lower, min) < 0) min = lower;
    if (max === undefined || compare(upper, max) > 0) max = upper;
  }
  return { min, max };
}

function hasExactBounds({ kind }: PrimitiveType): boolean {
  switch (kind) {
    case "string":
    case "uuid":
    case "fixed":
    case "binary":
    case "unknown":
    case "geometry":
    case "geography":
      return false;
    default:
      return true;
  }
}

function isFloating({ kind }: PrimitiveType): boolean {
  return kind === "float" || kind === "double";
}

function boundOf(type: PrimitiveType, bytes: Uint8Array | undefined): PrimitiveValue | undefined {
  if (bytes === undefined) return undefined;
  const value = decodeValue(type, bytes);
  return isFloating(type) && (Number.isNaN(value) || value === 0) ? undefined : value;
}
