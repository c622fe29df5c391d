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
import type { VariantWriter } from "./variant-writer.ts";

/** How the values of a `typed_value` column become encoded variants. */
export interface VariantPrimitive {
  readonly conversion: Conversion;
  /** Writes what the conversion gives. */
  readonly write: (value: PrimitiveValue, to: VariantWriter) => void;
}

/** Bytes as they are, but copies: pages are decompressed into memory that the next one overwrites. */
export const BYTES: Conversion = { from: "bytes", to: (bytes) => bytes.slice(), copies: true };

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
      return of<boolean>({ from: "boolean" }, (value, to) => to.primitive(value ? TYPE.true : TYPE.false));
    case "FLOAT":
      if (annotation !== undefined) return undefined;
      return of<number>({ from: "float" }, (value, to) => {
        to.primitive(TYPE.float);
        to.float(value);
      });
    case "DOUBLE":
      if (annotation !== undefined) return undefined;
      return of<number>({ from: "double" }, (value, to) => {
        to.primitive(TYPE.double);
        to.double(value);
      });
    case "INT32":
      return int32(node);
    case "INT64":
      return int64(node);
    case "BYTE_ARRAY":
      if (annotation === undefined) return of<Uint8Array>(BYTES, (value, to) => to.sized(TYPE.binary, value));
      if (annotation.kind === "string")
        return of<Uint8Array>(BYTES, (value, to) => to.text(TYPE.string, value));
      return annotation.kind === "decimal" ? wideDecimal(node, annotation.scale) : undefined;
    case "FIXED_LEN_BYTE_ARRAY":
      if (annotation?.kind === "decimal") return wideDecimal(node, annotation.scale);
      if (annotation?.kind !== "uuid" || node.typeLength !== 16) return undefined;
      return of<Uint8Array>(BYTES, (value, to) => {
        to.primitive(TYPE.uuid);
        to.encoded(value);
      });
    default:
      return undefined;
  }
}

function int32({ annotation, path }: ParquetNode): VariantPrimitive | undefined {
  const ints = (write: (value: number, to: VariantWriter) => void) =>
    of<number>({ from: "int32", to: undefined }, write);
  const whole = (type: number) =>
    ints((value, to) => {
      to.primitive(type);
      to.int32(value);
    });
  switch (annotation?.kind) {
    case undefined:
      return whole(TYPE.int32);
    case "date":
      return whole(TYPE.date);
    case "decimal": {
      const { scale } = annotation;
      if (!isScale(scale)) return undefined;
      return ints((value, to) => {
        to.primitive(TYPE.decimal4);
        to.int8(scale);
        to.int32(value);
      });
    }
    case "integer": {
      const { bits, signed } = annotation;
      if (!signed) return undefined;
      const inRange = (value: number): number => {
        if ((value << (32 - bits)) >> (32 - bits) === value) return value;
        throw corrupt(path, `${value} does not fit its type of ${bits} bits`);
      };
      if (bits === 8) {
        return ints((value, to) => {
          to.primitive(TYPE.int8);
          to.int8(inRange(value));
        });
      }
      if (bits === 16) {
        return ints((value, to) => {
          to.primitive(TYPE.int16);
          to.int16(inRange(value));
        });
      }
      return bits === 32 ? whole(TYPE.int32) : undefined;
    }
    default:
      return undefined;
  }
}

function int64({ annotation }: ParquetNode): VariantPrimitive | undefined {
  const longs = (write: (value: bigint, to: VariantWriter) => void) =>
    of<bigint>({ from: "int64", to: undefined }, write);
  const whole = (type: number) =>
    longs((value, to) => {
      to.primitive(type);
      to.int64(value);
    });
  switch (annotation?.kind) {
    case undefined:
      return whole(TYPE.int64);
    case "integer":
      return annotation.signed && annotation.bits === 64 ? whole(TYPE.int64) : undefined;
    case "decimal": {
      const { scale } = annotation;
      if (!isScale(scale)) return undefined;
      return longs((value, to) => {
        to.primitive(TYPE.decimal8);
        to.int8(scale);
        to.int64(value);
      });
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
  return of<bigint>({ from: "bytes", to: decodeUnscaled }, (unscaled, to) => {
    if (BigInt.asIntN(128, unscaled) !== unscaled)
      throw corrupt(path, `${unscaled} is no decimal of 38 digits`);
    to.primitive(TYPE.decimal16);
    to.int8(scale);
    to.int64(unscaled);
    to.int64(unscaled >> 64n);
  });
}

function isScale(scale: number): boolean {
  return scale >= 0 && scale <= MAX_SCALE;
}

/** `write` gets what the conversion gives. */
function of<T extends PrimitiveValue>(
  conversion: Conversion,
  write: (value: T, to: VariantWriter) => void,
): VariantPrimitive {
  return { conversion, write: write as VariantPrimitive["write"] };
}

function corrupt(path: readonly string[], why: string): IcebergError {
  const column = path.join(".");
  return new IcebergError("corrupt-file", `Cannot read column ${column}: ${why}`, { context: { column } });
}
