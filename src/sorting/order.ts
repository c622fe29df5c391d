/** Sort orders. Spec: Sorting. @module */
import { sameSources, sameTransform, type Transform } from "../partitioning/index.ts";

export type SortDirection = "asc" | "desc";
export type NullOrder = "nulls-first" | "nulls-last";

export interface SortField {
  readonly sourceId: number;
  /** All sources of a transform with several arguments, which counts as unknown (PRT-072); else absent. */
  readonly sourceIds?: readonly number[];
  readonly transform: Transform;
  readonly direction: SortDirection;
  /** Independent of the direction (PRT-061). */
  readonly nullOrder: NullOrder;
}

/** Order id 0 means unsorted and has no fields (PRT-053). */
export interface SortOrder {
  readonly orderId: number;
  readonly fields: readonly SortField[];
}

export const UNSORTED: SortOrder = Object.freeze({ orderId: 0, fields: Object.freeze([]) });

/** Whether two orders have the same fields in the same order; ids do not count (PRT-054). */
export function sameSortFields(a: SortOrder, b: SortOrder): boolean {
  if (a.fields.length !== b.fields.length) return false;
  return a.fields.every((field, index) => {
    const other = b.fields[index]!;
    return (
      sameSources(field, other) &&
      sameTransform(field.transform, other.transform) &&
      field.direction === other.direction &&
      field.nullOrder === other.nullOrder
    );
  });
}
