/** Sort terms and their binding to a schema. Spec: Sorting; requirements PRT-052 to PRT-056, PRT-062. @module */
import { IcebergError } from "../base/index.ts";
import {
  bindSource,
  identity,
  type PartitionTerm,
  sameSources,
  satisfiesOrderOf,
} from "../partitioning/index.ts";
import { isPrimitive, type Schema } from "../schema/index.ts";
import { type NullOrder, type SortDirection, type SortField, type SortOrder, UNSORTED } from "./order.ts";

/** One key of a sort, not yet bound to a schema. */
export interface SortTerm<C extends string = string> {
  readonly kind: "sort-term";
  readonly term: PartitionTerm<C>;
  readonly direction: SortDirection;
  readonly nullOrder: NullOrder;
}

/** Ascending by a column or a transform of one, such as `asc(day("ts"))`. Nulls come first unless said otherwise. */
export function asc<const C extends string>(
  key: C | PartitionTerm<C>,
  nullOrder: NullOrder = "nulls-first",
): SortTerm<C> {
  return sortTerm(key, "asc", nullOrder);
}

/** Descending by a column or a transform of one. Nulls come last unless said otherwise. */
export function desc<const C extends string>(
  key: C | PartitionTerm<C>,
  nullOrder: NullOrder = "nulls-last",
): SortTerm<C> {
  return sortTerm(key, "desc", nullOrder);
}

/**
 * The order of terms over a schema; without terms the unsorted order, whatever the id (PRT-053).
 * @throws IcebergError `invalid-schema` when a column cannot be sorted by, or for id 0 with terms.
 */
export function buildSortOrder(schema: Schema, terms: readonly SortTerm[], orderId = 1): SortOrder {
  if (terms.length === 0) return UNSORTED;
  if (orderId === 0) {
    throw new IcebergError("invalid-schema", "Cannot build sort order 0 with fields: 0 means unsorted");
  }
  const fields = terms.map(({ term, direction, nullOrder }): SortField => {
    const { field } = bindSource(schema, term.column, term.transform, "sort");
    return Object.freeze({ sourceId: field.id, transform: term.transform, direction, nullOrder });
  });
  return Object.freeze({ orderId, fields: Object.freeze(fields) });
}

/** Whether rows in order `a` are also in order `b` (PRT-062). Every order satisfies the unsorted one. */
export function satisfiesOrder(a: SortOrder, b: SortOrder, schema: Schema): boolean {
  if (a.fields.length < b.fields.length) return false;
  return b.fields.every((wanted, index) => {
    const field = a.fields[index]!;
    const type = schema.findField(field.sourceId)?.type;
    return (
      sameSources(field, wanted) &&
      field.direction === wanted.direction &&
      field.nullOrder === wanted.nullOrder &&
      satisfiesOrderOf(
        field.transform,
        wanted.transform,
        type !== undefined && isPrimitive(type) ? type : undefined,
      )
    );
  });
}

function sortTerm<C extends string>(
  key: C | PartitionTerm<C>,
  direction: SortDirection,
  nullOrder: NullOrder,
): SortTerm<C> {
  const term = typeof key === "string" ? identity(key) : key;
  return Object.freeze({ kind: "sort-term", term, direction, nullOrder });
}
