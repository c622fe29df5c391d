/**
 * How one value of each type is held in memory between the boundary and the bytes.
 *
 * | type | held as |
 * | --- | --- |
 * | boolean | `boolean` |
 * | int, float, double | `number` |
 * | date | `number`, days since 1970-01-01 |
 * | long | `bigint` |
 * | time | `bigint`, microseconds since midnight |
 * | timestamp, timestamptz | `bigint`, microseconds since the epoch |
 * | timestamp_ns, timestamptz_ns | `bigint`, nanoseconds since the epoch |
 * | decimal | `bigint`, unscaled; the scale is the type's |
 * | string | `string` |
 * | uuid | `string`, 36 lower-case characters (its text order is its byte order) |
 * | fixed, binary, geometry, geography | `Uint8Array` |
 * | struct | object keyed by field name |
 * | list | array |
 * | map | array of `[key, value]` pairs (keys may be structs) |
 * | variant | object of its encoded parts `metadata` and `value`, both `Uint8Array` |
 *
 * Rows handed to callers hold the same, except that decimals are strings (decision 2).
 * @module
 */

/** A non-null primitive value. Which form belongs to which type: see the module's table. */
export type PrimitiveValue = boolean | number | bigint | string | Uint8Array;

/** A non-null value of any type, nested ones included. */
export type Value = PrimitiveValue | StructValue | ListValue | MapValue;
export interface StructValue {
  readonly [name: string]: Value | null | undefined;
}
export type ListValue = readonly (Value | null)[];
export type MapValue = readonly (readonly [Value, Value | null])[];
