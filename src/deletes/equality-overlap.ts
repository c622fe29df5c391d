/**
 * Whether an equality delete file may match rows of a data file, judged by the metrics of both. Spec: Scan Planning;
 * requirement SCN-063.
 * @module
 */
import { compareBytes, IcebergError } from "../base/index.ts";
import { isPrimitive, type PrimitiveType, type Schema } from "../schema/index.ts";
import { type ColumnMetrics, decodeValue } from "../values/index.ts";

/** A delete column, as far as its metrics can be trusted. */
export interface DeleteColumn {
  readonly id: number;
  readonly type: PrimitiveType;
  /** No value is null, in any schema of the table. */
  readonly alwaysPresent: boolean;
  /** Rows whose parent is null have a null here that some writers do not count (SCN-040). */
  readonly hidesNulls: boolean;
}

/** What metrics tell of one column of a file. Whatever is unknown counts as possible. */
export interface ColumnFacts {
  readonly mayHoldNull: boolean;
  readonly allNull: boolean;
  /** Bounds leave NaN out, which equals itself. */
  readonly mayHoldNan: boolean;
  readonly range?: readonly [lower: Bound, upper: Bound] | undefined;
}
type Bound = number | bigint | boolean | Uint8Array;

/**
 * The columns of a table by id, dropped ones included. `schema` decides the type of those it has, the last of `schemas`
 * that of others. Columns that are no primitives are left out: nothing is known of them.
 */
export function deleteColumns(
  schema: Schema,
  schemas: readonly Schema[] = [],
): ReadonlyMap<number, DeleteColumn> {
  const columns = new Map<number, DeleteColumn>();
  for (const place of [...schemas, schema].flatMap((each) => Array.from(each.places()))) {
    const { id, type } = place.field;
    if (!isPrimitive(type) || !place.throughStructs) {
      columns.delete(id);
      continue;
    }
    const before = columns.get(id);
    columns.set(id, {
      id,
      type,
      alwaysPresent: place.alwaysPresent && before?.alwaysPresent !== false,
      hidesNulls: (place.names.length > 1 && !place.alwaysPresent) || before?.hidesNulls === true,
    });
  }
  return columns;
}

/** What a file's metrics tell of a column. */
export function columnFacts(file: ColumnMetrics, column: DeleteColumn): ColumnFacts {
  const { id, type } = column;
  const nulls = file.nullValueCounts?.get(id);
  const isFloating = type.kind === "float" || type.kind === "double";
  return {
    mayHoldNull: !column.alwaysPresent && (column.hidesNulls || nulls !== 0),
    allNull: nulls !== undefined && nulls > 0 && nulls === file.valueCounts?.get(id),
    mayHoldNan: isFloating && file.nanValueCounts?.get(id) !== 0,
    range: rangeOf(type, file.lowerBounds?.get(id), file.upperBounds?.get(id)),
  };
}

/** Whether a value of one file may equal one of the other: two nulls are equal, and so are two NaNs (SCN-060). */
export function mayShareValue(a: ColumnFacts, b: ColumnFacts): boolean {
  if (a.mayHoldNull && b.mayHoldNull) return true;
  if ((a.allNull && !b.mayHoldNull) || (b.allNull && !a.mayHoldNull)) return false;
  if (a.mayHoldNan && b.mayHoldNan) return true;
  if (a.range === undefined || b.range === undefined) return true;
  return compare(a.range[0], b.range[1]) <= 0 && compare(b.range[0], a.range[1]) <= 0;
}

/** Both bounds in a form to compare; `undefined` unless both are there, make sense and can be compared. */
function rangeOf(
  type: PrimitiveType,
  lower: Uint8Array | undefined,
  upper: Uint8Array | undefined,
): readonly [Bound, Bound] | undefined {
  if (lower === undefined || upper === undefined) return undefined;
  const low = boundOf(type, lower);
  const high = boundOf(type, upper);
  return low === undefined || high === undefined || compare(low, high) > 0 ? undefined : [low, high];
}

function boundOf(type: PrimitiveType, bytes: Uint8Array): Bound | undefined {
  switch (type.kind) {
    case "string":
    case "uuid":
    case "fixed":
    case "binary":
      // Their order is that of their bytes, and cut characters do no harm.
      return bytes;
    case "unknown":
    case "geometry":
    case "geography":
      return undefined;
    default:
      try {
        const value = decodeValue(type, bytes) as Exclude<Bound, Uint8Array>;
        return Number.isNaN(value) ? undefined : value;
      } catch (error) {
        // A bound that cannot be read bounds nothing.
        if (error instanceof IcebergError) return undefined;
        throw error;
      }
  }
}

/** Here -0 equals 0, whether writers of deletes think so or not. */
function compare(a: Bound, b: Bound): number {
  if (a instanceof Uint8Array) return compareBytes(a, b as Uint8Array);
  return a < b ? -1 : a > b ? 1 : 0;
}
