/** Partition specs: how a table derives a partition tuple from a row. Spec: Partitioning. @module */
import type { PrimitiveValue } from "../schema/index.ts";
import type { Transform } from "./transform.ts";

/** One partition field. `fieldId` is unique over all specs of a table and starts at 1000 (PRT-027). */
export interface PartitionField {
  readonly sourceId: number;
  readonly fieldId: number;
  readonly name: string;
  readonly transform: Transform;
}

export interface PartitionSpec {
  readonly specId: number;
  readonly fields: readonly PartitionField[];
}

export const UNPARTITIONED: PartitionSpec = Object.freeze({ specId: 0, fields: Object.freeze([]) });

/** The highest partition field id of a table that never had one (PRT-027). */
export const PARTITION_ID_START = 999;

/** Partition values in the order of the spec's fields, each null or a value of the field's result type. */
export type PartitionTuple = readonly (PrimitiveValue | null)[];
