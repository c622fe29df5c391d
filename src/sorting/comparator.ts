/** Comparing rows in a sort order. Spec: Sorting; requirements PRT-057 to PRT-061. @module */
import { IcebergError } from "../base/index.ts";
import {
  applyTransform,
  columnReader,
  type HeldColumns,
  transformResultType,
} from "../partitioning/index.ts";
import {
  type FieldPlace,
  isPrimitive,
  type PrimitiveType,
  type PrimitiveValue,
  type Schema,
} from "../schema/index.ts";
import { type Comparator, compareValues } from "../values/index.ts";
import type { SortField, SortOrder } from "./order.ts";

/** Column values by row index: an array or a typed array of held values. */
export type ColumnValues = ArrayLike<PrimitiveValue | null | undefined>;

/**
 * The comparator of rows of held values.
 * @throws IcebergError `invalid-schema` when a source column is gone, `unsupported` for an unknown transform
 * (PRT-072).
 */
export function rowComparator(order: SortOrder, schema: Schema): (a: HeldColumns, b: HeldColumns) => number {
  const keys = order.fields.map((field) => {
    const { place, type } = sourceOf(field, schema);
    const read = columnReader(place);
    const compare = keyComparator(field, type);
    if (field.transform.kind === "identity") return { read, compare };
    const apply = applyTransform(field.transform, type);
    return { read: (row: HeldColumns) => apply(read(row)), compare };
  });
  return (a, b) => {
    for (const { read, compare } of keys) {
      const difference = compare(read(a), read(b));
      if (difference !== 0) return difference;
    }
    return 0;
  };
}

/**
 * Row indexes in a sort order, from columns instead of rows: transforms run once per value, not once per
 * comparison. Equal rows keep their order. `columnOf` gives the held values of a source column by its full name.
 * @throws IcebergError as {@link rowComparator}.
 */
export function sortedIndexes(
  order: SortOrder,
  schema: Schema,
  columnOf: (path: string, sourceId: number) => ColumnValues,
  rowCount: number,
): Uint32Array {
  const indexes = Uint32Array.from({ length: rowCount }, (_, index) => index);
  const compare = columnComparator(order, schema, columnOf, rowCount);
  return indexes.sort((a, b) => compare(a, b) || a - b);
}

/** The comparator of row indexes over columns; see {@link sortedIndexes}. */
export function columnComparator(
  order: SortOrder,
  schema: Schema,
  columnOf: (path: string, sourceId: number) => ColumnValues,
  rowCount: number,
): (a: number, b: number) => number {
  const keys = order.fields.map((field) => {
    const { place, type } = sourceOf(field, schema);
    const compare = keyComparator(field, type);
    const column = columnOf(place.path, field.sourceId);
    if (field.transform.kind === "identity") return { column, compare };
    const apply = applyTransform(field.transform, type);
    const transformed: (PrimitiveValue | null)[] = new Array(rowCount);
    for (let row = 0; row < rowCount; row++) transformed[row] = apply(column[row] ?? null);
    return { column: transformed, compare };
  });
  return (a, b) => {
    for (const { column, compare } of keys) {
      const difference = compare(column[a] ?? null, column[b] ?? null);
      if (difference !== 0) return difference;
    }
    return 0;
  };
}

type NullableComparator = (a: PrimitiveValue | null, b: PrimitiveValue | null) => number;

function keyComparator(field: SortField, sourceType: PrimitiveType): NullableComparator {
  const compare: Comparator = compareValues(transformResultType(field.transform, sourceType));
  const nullRank = field.nullOrder === "nulls-first" ? -1 : 1;
  const sign = field.direction === "asc" ? 1 : -1;
  return (a, b) => {
    if (a === null) return b === null ? 0 : nullRank;
    return b === null ? -nullRank : sign * compare(a, b);
  };
}

function sourceOf(field: SortField, schema: Schema): { place: FieldPlace; type: PrimitiveType } {
  const place = schema.place(field.sourceId);
  const type = place?.field.type;
  if (place !== undefined && type !== undefined && place.throughStructs && isPrimitive(type))
    return { place, type };
  throw new IcebergError(
    "invalid-schema",
    `Cannot sort by field ${field.sourceId}: schema ${schema.schemaId} has no primitive column with that id`,
    { context: { sourceId: field.sourceId } },
  );
}
