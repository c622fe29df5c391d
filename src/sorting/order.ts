/** Sort orders. Spec: Sorting. @module */
import type { Transform } from "../partitioning/index.ts";

export type SortDirection = "asc" | "desc";
export type NullOrder = "nulls-first" | "nulls-last";

export interface SortField {
  readonly sourceId: number;
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
