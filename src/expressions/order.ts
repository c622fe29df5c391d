/**
 * The order predicates compare by. Spec: Expressions spec, Comparisons; requirement SCN-023.
 *
 * It differs from the order rows are sorted by in floats alone: here -0 equals 0, and NaN is neither below nor
 * above anything, so callers keep it out.
 * @module
 */
import { compareBytes, IcebergError, toHex } from "../base/index.ts";
import type { PrimitiveType, PrimitiveValue, Type } from "../schema/index.ts";
import { type Comparator, decodeValue, encodeValue } from "../values/index.ts";

/** A test for equality with one of the values, for values of one type. */
export function membership(values: readonly PrimitiveValue[]): (value: unknown) => boolean {
  if (values[0] instanceof Uint8Array) {
    const keys = new Set(values.map((value) => toHex(value as Uint8Array)));
    return (value) => value instanceof Uint8Array && keys.has(toHex(value));
  }
  const members: ReadonlySet<unknown> = new Set(values);
  return (value) => members.has(value);
}

/** A bound or literal in the form bounds are compared in: bytes for texts, binaries and uuids, else the held value. */
export type Comparable = PrimitiveValue;

/** How bounds of a type are read, and literals brought into the same form. */
export interface BoundOrder {
  /** Negative, zero or positive. Neither side may be NaN. */
  readonly compare: Comparator<Comparable>;
  readonly ofLiteral: (value: PrimitiveValue) => Comparable;
  /** `undefined` for bytes that are no value of the type and for NaN, which old writers stored (SCN-037). */
  readonly ofBytes: (bytes: Uint8Array) => Comparable | undefined;
}

/** Bounds of texts, binaries and uuids compare as bytes: nothing is decoded, and cut characters do no harm. */
export function boundOrder(type: Type): BoundOrder | undefined {
  switch (type.kind) {
    case "string":
    case "uuid":
    case "binary":
    case "fixed":
      return {
        compare: compareBytes as Comparator<Comparable>,
        ofLiteral: (value) => encodeValue(type, value),
        ofBytes: (bytes) => bytes,
      };
    case "boolean":
    case "int":
    case "long":
    case "float":
    case "double":
    case "decimal":
    case "date":
    case "time":
    case "timestamp":
    case "timestamptz":
    case "timestamp_ns":
    case "timestamptz_ns":
      return {
        compare: compareNumbers,
        ofLiteral: (value) => value,
        ofBytes: (bytes) => decodeBound(type, bytes),
      };
    default:
      return undefined;
  }
}

/** The held value of a bound; `undefined` when the bytes are no value of the type or NaN. */
export function decodeBound(type: PrimitiveType, bytes: Uint8Array): PrimitiveValue | undefined {
  try {
    const value = decodeValue(type, bytes);
    return Number.isNaN(value) ? undefined : value;
  } catch (error) {
    // A bound that cannot be read bounds nothing; the file itself may be fine.
    if (error instanceof IcebergError) return undefined;
    throw error;
  }
}

function compareNumbers(a: PrimitiveValue, b: PrimitiveValue): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
