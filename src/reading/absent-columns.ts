/** What stands for columns that a file lacks. Spec: Column Projection; SCH-075, SCH-076. @module */
import { IcebergError } from "../base/index.ts";
import type { DataFile } from "../manifests/index.ts";
import type { ColumnValues, ColumnVector } from "../parquet/index.ts";
import type { PartitionSpec } from "../partitioning/index.ts";
import { type Field, initialValueOrMissing, MISSING, type Value } from "../schema/index.ts";

/** Fills up the columns of a batch: `undefined` ones are those the file lacks, but for those that are vectors. */
export type FillColumns = (
  columns: readonly (ColumnValues | undefined)[],
  rowCount: number,
  vectors?: readonly (ColumnVector | undefined)[],
) => readonly ColumnValues[];

/**
 * What the file's partition says of a column it may lack: the value of an identity field, `undefined` when the spec
 * has no such field.
 */
export function identityValue(
  fieldId: number,
  file: DataFile,
  spec: PartitionSpec | undefined,
): Value | null | undefined {
  const at = spec?.fields.findIndex(
    ({ sourceId, transform }) => sourceId === fieldId && transform.kind === "identity",
  );
  return at === undefined || at === -1 ? undefined : (file.partition[at] ?? null);
}

/** The function that fills up batches of fields, in order. It throws `corrupt-file` for a required column without value. */
export function filledColumns(
  fields: readonly Field[],
  file: DataFile,
  spec: PartitionSpec | undefined,
): FillColumns {
  return (columns, rowCount, vectors) =>
    fields.map((field, at) => {
      const column = columns[at];
      if (column !== undefined) return column;
      return vectors?.[at] !== undefined ? NONE : constantColumn(absentValue(field, file, spec), rowCount);
    });
}

/** In the place of a vector. */
const NONE: ColumnValues = [];

/** A column of one value. */
export function constantColumn(value: Value | null, rowCount: number): readonly (Value | null)[] {
  return new Array<Value | null>(rowCount).fill(value);
}

/**
 * The value of a column the file lacks: identity partition value, initial default, null.
 * @throws IcebergError `corrupt-file` naming file and column when it is required and has none of them.
 */
export function absentValue(field: Field, file: DataFile, spec: PartitionSpec | undefined): Value | null {
  const fromPartition = identityValue(field.id, file, spec);
  const value = fromPartition === undefined ? initialValueOrMissing(field) : fromPartition;
  if (value !== MISSING && (value !== null || !field.required)) return value;
  throw new IcebergError(
    "corrupt-file",
    `Cannot read ${file.filePath}: required column ${field.name} (id ${field.id}) is missing from it and has no default`,
    { context: { file: file.filePath, column: field.name, id: field.id } },
  );
}
