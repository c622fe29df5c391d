/** Values of the columns that readers add. Spec: Reserved Field IDs; Row Lineage; SCH-091 to SCH-093, SCN-080. @module */

import { IcebergError } from "../base/index.ts";
import type { ColumnValues } from "../parquet/index.ts";
import { type PartitionSpec, partitionFields } from "../partitioning/index.ts";
import type { FileScanTask } from "../planning/index.ts";
import { type Field, Schema, type StructType, type Value } from "../schema/index.ts";
import { constantColumn } from "./absent-columns.ts";
import type { MetadataColumn } from "./metadata-columns.ts";

/** The rows to give values for. */
export interface ChosenRows {
  /** Place of the batch's first row in the file. */
  readonly rowStart: number;
  /** How many rows are chosen. */
  readonly rowCount: number;
  /** Which rows of the batch; `undefined` for all. */
  readonly kept: Int32Array | undefined;
  /** Marks of the batch's deleted rows; `undefined` when none is. */
  readonly deleted: Uint8Array | undefined;
  /** The column as the file stores it, for lineage columns. */
  readonly stored: ColumnValues | undefined;
}

/** How a stored lineage column is read: null where the file lacks it (SCH-093). */
export function storedLineage(field: Field): Field {
  return { ...field, required: false };
}

/** The column of a reserved field for some rows of a file. */
export function metadataValues(field: Field, task: FileScanTask, rows: ChosenRows): ColumnValues {
  const { dataFile, spec, sequenceNumber } = task;
  const { rowCount, rowStart, kept, deleted } = rows;
  switch (field.name as MetadataColumn) {
    case "_file":
      return constantColumn(dataFile.filePath, rowCount);
    case "_spec_id":
      return new Int32Array(rowCount).fill(dataFile.specId);
    case "_partition":
      return constantColumn(partitionStruct(field.type as StructType, spec, task), rowCount);
    case "_pos": {
      const positions = new BigInt64Array(rowCount);
      for (let i = 0; i < rowCount; i++) positions[i] = BigInt(rowStart + (kept?.[i] ?? i));
      return positions;
    }
    case "_deleted": {
      const marks: boolean[] = new Array(rowCount);
      for (let i = 0; i < rowCount; i++) marks[i] = deleted?.[kept?.[i] ?? i] === 1;
      return marks;
    }
    case "_row_id": {
      const { firstRowId } = dataFile;
      return inherited(rows, firstRowId, (row) => firstRowId! + BigInt(rowStart + row));
    }
    case "_last_updated_sequence_number": {
      if (sequenceNumber === undefined && dataFile.firstRowId !== undefined) {
        throw new IcebergError(
          "unsupported",
          `Cannot read _last_updated_sequence_number of ${dataFile.filePath}: its task does not tell the file's data sequence number; plan the scan here`,
          { context: { file: dataFile.filePath } },
        );
      }
      const number = BigInt(sequenceNumber ?? 0); // of files without row ids nothing is told
      return inherited(rows, dataFile.firstRowId, () => number);
    }
  }
}

/** The stored value where there is one; nothing at all in files without row ids, whatever they store. */
function inherited(
  { rowCount, kept, stored }: ChosenRows,
  firstRowId: bigint | undefined,
  value: (row: number) => bigint,
): ColumnValues {
  if (firstRowId === undefined) return constantColumn(null, rowCount);
  const ids = new BigInt64Array(rowCount);
  for (let i = 0; i < rowCount; i++) {
    const row = kept?.[i] ?? i;
    ids[i] = (stored?.[row] ?? value(row)) as bigint;
  }
  return ids;
}

/** The tuple as a struct over the partition fields of all specs. */
function partitionStruct(type: StructType, spec: PartitionSpec, { dataFile }: FileScanTask): Value {
  const ids = partitionFields(spec, EMPTY).map(({ id }) => id);
  return Object.fromEntries(
    type.fields.map(({ id, name }) => [name, dataFile.partition[ids.indexOf(id)] ?? null]),
  );
}

/** Ids do not depend on the schema. */
const EMPTY = new Schema([]);
