/**
 * Shredded columns of primitive values to the binary form of variants. Spec: Variant Shredding, Shredded Value Types;
 * Variant Binary Encoding, Value Data for Primitive type (PAR-021, PAR-022).
 * @module
 */
import { IcebergError } from "../base/index.ts";
import type { PrimitiveValue } from "../schema/index.ts";
import { decodeUnscaled } from "../values/index.ts";
import type { Conversion } from "./conversion.ts";
import type { ParquetNode } from "./tree.ts";

/** How the values of a `typed_value` column become encoded variants. */
export interface VariantPrimitive {
  readonly conversion: Conversion;
  /** From what the conversion gives, which mostly is the encoded form already. */
  readonly encode: (value: PrimitiveValue) => Uint8Array;
}

/** Type ids of the encoding. */
const TYPE = {
  true: 1,
  false: 2,
  int8: 3,
  int16: 4,
  int32: 5,
  int64: 6,
  double: 7,
  decimal4: 8,
  decimal8: 9,
  decimal16: 10,
  date: 11,
  timestamptz: 12,
  timestamp: 13,
  float: 14,
  binary: 15,
  string: 16,
  time: 17,
  timestamptzNanos: 18,
  timestampNanos: 19,
  uuid: 20,
} as const;

/** Texts below this length have it in their header. */
const SHORT_STRING_END = 64;
const MAX_SCALE = 38;

/**
 * The encoder of a `typed_value` column.
 * @throws IcebergError `unsupported` naming the column when its type is none that variants are shredded to
 */
export function variantPrimitive(node: ParquetNode): VariantPrimitive {
  const found = primitiveOrNone(node);
  if (found !== undefined) return found;
  const column = node.path.join(".");
  const { physical, annotation = {} } = node;
  const stored = [physical, ...Object.values(annotation)].join(" ");
  throw new IcebergError(
    "unsupported",
    `Cannot read column ${column}: variants are not shredded to ${stored}`,
    { context: { column } },
  );
}

function primitiveOrNone(node: ParquetNode): VariantPrimitive | undefined {
  const { physical, annotation } = node;
  switch (physical) {
    case "BOOLEAN":
      if (annotation !== undefined) return undefined;
      return {
        conversion: { from: "boolean" },
        encode: (value) => Uint8Array.of((value === true ? TYPE.true : TYPE.false) << 2),
      };
    case "FLOAT":
      if (annotation !== undefined) return undefined;
      return {
        conversion: { from: "float" },
        encode: (value) => fixed(TYPE.float, 4, (view) => view.setFloat32(1, value as number, true)),
      };
    case "DOUBLE":
      if (annotation !== undefined) return undefined;
      return {
        conversion: { from: "double" },
        encode: (value) => fixed(TYPE.double, 8, (view) => view.setFloat64(1, value as number, true)),
      };
    case "INT32":
      return int32(node);
    case "INT64":
      return int64(node);
    case "BYTE_ARRAY":
      if (annotation === undefined)
        return encoded({ from: "bytes", to: (bytes) => sized(TYPE.binary, bytes) });
      if (annotation.kind === "string") return encoded({ from: "bytes", to: text });
      return annotation.kind === "decimal" ? wideDecimal(node, annotation.scale) : undefined;
    case "FIXED_LEN_BYTE_ARRAY":
      if (annotation?.kind === "decimal") return wideDecimal(node, annotation.scale);
      return annotation?.kind === "uuid" && node.typeLength === 16
        ? encoded({ from: "bytes", to: (bytes) => headed(TYPE.uuid, bytes) })
        : undefined;
    default:
      return undefined;
  }
}

function int32({ annotation, path }: ParquetNode): VariantPrimitive | undefined {
  const of = (to: (value: number) => Uint8Array) => encoded({ from: "int32", to });
  const whole = (type: number) => of((value) => fixed(type, 4, (view) => view.setInt32(1, value, true)));
  switch (annotation?.kind) {
    case undefined:
      return whole(TYPE.int32);
    case "date":
      return whole(TYPE.date);
    case "decimal": {
      const { scale } = annotation;
      if (!isScale(scale)) return undefined;
      return of((value) => decimal(TYPE.decimal4, scale, 4, (view) => view.setInt32(2, value, true)));
    }
    case "integer": {
      const { bits, signed } = annotation;
      if (!signed) return undefined;
      const inRange = (value: number): number => {
        if ((value << (32 - bits)) >> (32 - bits) === value) return value;
        throw corrupt(path, `${value} does not fit its type of ${bits} bits`);
      };
      if (bits === 8) return of((value) => fixed(TYPE.int8, 1, (view) => view.setInt8(1, inRange(value))));
      if (bits === 16) {
        return of((value) => fixed(TYPE.int16, 2, (view) => view.setInt16(1, inRange(value), true)));
      }
      return bits === 32 ? whole(TYPE.int32) : undefined;
    }
    default:
      return undefined;
  }
}

function int64({ annotation }: ParquetNode): VariantPrimitive | undefined {
  const of = (to: (value: bigint) => Uint8Array) => encoded({ from: "int64", to });
  const whole = (type: number) => of((value) => fixed(type, 8, (view) => view.setBigInt64(1, value, true)));
  switch (annotation?.kind) {
    case undefined:
      return whole(TYPE.int64);
    case "integer":
      return annotation.signed && annotation.bits === 64 ? whole(TYPE.int64) : undefined;
    case "decimal": {
      const { scale } = annotation;
      if (!isScale(scale)) return undefined;
      return of((value) => decimal(TYPE.decimal8, scale, 8, (view) => view.setBigInt64(2, value, true)));
    }
    case "time":
      return annotation.unit === "micros" && !annotation.utc ? whole(TYPE.time) : undefined;
    case "timestamp": {
      const { unit, utc } = annotation;
      if (unit === "micros") return whole(utc ? TYPE.timestamptz : TYPE.timestamp);
      return unit === "nanos" ? whole(utc ? TYPE.timestamptzNanos : TYPE.timestampNanos) : undefined;
    }
    default:
      return undefined;
  }
}

function wideDecimal({ path }: ParquetNode, scale: number): VariantPrimitive | undefined {
  if (!isScale(scale)) return undefined;
  const to = (bytes: Uint8Array): Uint8Array => {
    const unscaled = decodeUnscaled(bytes);
    if (BigInt.asIntN(128, unscaled) !== unscaled)
      throw corrupt(path, `${unscaled} is no decimal of 38 digits`);
    return decimal(TYPE.decimal16, scale, 16, (view) => {
      view.setBigInt64(2, unscaled, true);
      view.setBigInt64(10, unscaled >> 64n, true);
    });
  };
  return encoded({ from: "bytes", to });
}

function isScale(scale: number): boolean {
  return scale >= 0 && scale <= MAX_SCALE;
}

/** Of a conversion that gives the encoded form. */
function encoded(conversion: Conversion): VariantPrimitive {
  return { conversion, encode: (value) => value as Uint8Array };
}

function text(bytes: Uint8Array): Uint8Array {
  if (bytes.length >= SHORT_STRING_END) return sized(TYPE.string, bytes);
  const value = new Uint8Array(1 + bytes.length);
  value[0] = (bytes.length << 2) | 1;
  value.set(bytes, 1);
  return value;
}

/** A header, the length in four bytes, the bytes. */
function sized(type: number, bytes: Uint8Array): Uint8Array {
  const value = new Uint8Array(5 + bytes.length);
  value[0] = type << 2;
  new DataView(value.buffer).setUint32(1, bytes.length, true);
  value.set(bytes, 5);
  return value;
}

function headed(type: number, bytes: Uint8Array): Uint8Array {
  const value = new Uint8Array(1 + bytes.length);
  value[0] = type << 2;
  value.set(bytes, 1);
  return value;
}

/** Numbers are put together here: a view of its own for each would cost more than the rest. */
const scratch = new Uint8Array(18);
const scratchView = new DataView(scratch.buffer);

/** A header and a number of a fixed width. */
function fixed(type: number, width: number, put: (view: DataView) => void): Uint8Array {
  scratch[0] = type << 2;
  put(scratchView);
  return scratch.slice(0, 1 + width);
}

/** A header, the scale, and the unscaled number. */
function decimal(type: number, scale: number, width: number, put: (view: DataView) => void): Uint8Array {
  return fixed(type, 1 + width, (view) => {
    view.setUint8(1, scale);
    put(view);
  });
}

function corrupt(path: readonly string[], why: string): IcebergError {
  const column = path.join(".");
  return new IcebergError("corrupt-file", `Cannot read column ${column}: ${why}`, { context: { column } });
}
