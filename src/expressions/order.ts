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

/** A bound or literal in the form bounds are compared in: bytes where their order is the values', else held values. */
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
    case "int":
    case "date":
      return integerOrder(type, 4);
    case "long":
    case "time":
    case "timestamp":
    case "timestamptz":
    case "timestamp_ns":
    case "timestamptz_ns":
      return integerOrder(type, 8);
    case "boolean":
    case "float":
    case "double":
    case "decimal":
      return {
        compare: compareNumbers,
        ofLiteral: (value) => value,
        ofBytes: (bytes) => decodeBound(type, bytes),
      };
    default:
      return undefined;
  }
}

/** Integers compare as their bytes too: planning looks at every file's bounds, and bigints are slow to make. */
function integerOrder(type: PrimitiveType, width: number): BoundOrder {
  return {
    compare: compareLittleEndian as Comparator<Comparable>,
    ofLiteral: (value) => encodeValue(type, value),
    ofBytes: (bytes) => {
      if (bytes.length === width) return bytes;
      const promoted = decodeBound(type, bytes);
      return promoted === undefined ? undefined : encodeValue(type, promoted);
    },
  };
}

/** Signed order of two little-endian integers of one width. */
function compareLittleEndian(a: Uint8Array, b: Uint8Array): number {
  const last = a.length - 1;
  const sign = (a[last]! ^ 0x80) - (b[last]! ^ 0x80);
  if (sign !== 0) return sign;
  for (let i = last - 1; i >= 0; i--) {
    const difference = a[i]! - b[i]!;
    if (difference !== 0) return difference;
  }
  return 0;
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
