/**
 * How stored values become held values: one conversion per pair of file column and table type, promotions included.
 * Spec: Appendix A Parquet; requirements PAR-002 to PAR-008.
 * @module
 */
import { floorDiv, IcebergError } from "../base/index.ts";
import {
  MICROS_PER_DAY,
  NANOS_PER_DAY,
  type PrimitiveType,
  type PrimitiveValue,
  promoter,
  simpleType,
  typeToString,
} from "../schema/index.ts";
import { decodeUnscaled, uuidFromBytes } from "../values/index.ts";
import { decodeText } from "./text-reader.ts";
import type { Annotation, ParquetNode, TimeUnit } from "./tree.ts";

/** From the form of the physical type to the held value; `undefined`: they are the same. */
export type Conversion =
  | { readonly from: "boolean" }
  | { readonly from: "int32"; readonly to: ((value: number) => PrimitiveValue) | undefined }
  | { readonly from: "int64"; readonly to: ((value: bigint) => PrimitiveValue) | undefined }
  | { readonly from: "float" | "double" }
  | { readonly from: "text" }
  | {
      readonly from: "bytes";
      readonly to: (value: Uint8Array) => PrimitiveValue;
      /** The held value is the bytes themselves. */
      readonly copies?: boolean;
    };

/** Copies: held bytes must not keep a whole page alive. */
const copy = (bytes: Uint8Array) => bytes.slice();

/**
 * The conversion of a file column to a table type.
 * @throws IcebergError `corrupt-file` when the column cannot hold the type, also for another decimal scale (PAR-003).
 */
export function conversionOf(node: ParquetNode, type: PrimitiveType): Conversion {
  const conversion = conversionOrNone(node, type);
  if (conversion !== undefined) return conversion;
  const column = node.path.join(".");
  const stored = storedAs(node);
  throw new IcebergError(
    "corrupt-file",
    `Cannot read column ${column} as ${typeToString(type)}: it is stored as ${stored}`,
    { context: { column, stored, type: typeToString(type) } },
  );
}

function conversionOrNone(node: ParquetNode, type: PrimitiveType): Conversion | undefined {
  const { physical, annotation } = node;
  switch (type.kind) {
    case "boolean":
      return physical === "BOOLEAN" ? { from: "boolean" } : undefined;
    case "int":
      return physical === "INT32" && isInteger(annotation, 32) ? { from: "int32", to: undefined } : undefined;
    case "long":
      return longConversion(node);
    case "float":
      return physical === "FLOAT" ? { from: "float" } : undefined;
    case "double":
      if (physical === "FLOAT") return { from: "float" };
      return physical === "DOUBLE" ? { from: "double" } : undefined;
    case "decimal":
      return annotation?.kind === "decimal" && annotation.scale === type.scale
        ? decimalConversion(node)
        : undefined;
    case "date":
      return physical === "INT32" && (annotation === undefined || annotation.kind === "date")
        ? { from: "int32", to: undefined }
        : undefined;
    case "time":
      return timeConversion(node, "time", "micros");
    case "timestamp":
    case "timestamptz":
      return timeConversion(node, "timestamp", "micros");
    case "timestamp_ns":
    case "timestamptz_ns":
      return timeConversion(node, "timestamp", "nanos");
    case "string":
      return physical === "BYTE_ARRAY" && isText(annotation) ? { from: "text" } : undefined;
    case "uuid":
      return physical === "FIXED_LEN_BYTE_ARRAY" && node.typeLength === 16
        ? { from: "bytes", to: uuidFromBytes }
        : undefined;
    case "fixed":
      return physical === "FIXED_LEN_BYTE_ARRAY" && node.typeLength === type.length
        ? { from: "bytes", to: copy, copies: true }
        : undefined;
    case "binary":
    case "geometry":
    case "geography":
      return physical === "BYTE_ARRAY" || physical === "FIXED_LEN_BYTE_ARRAY"
        ? { from: "bytes", to: copy, copies: true }
        : undefined;
    case "unknown":
      return undefined;
  }
}

function longConversion({ physical, annotation }: ParquetNode): Conversion | undefined {
  if (physical === "INT64") {
    return isInteger(annotation, 64) ? { from: "int64", to: undefined } : undefined;
  }
  if (physical !== "INT32" || !(isInteger(annotation, 32) || isUint32(annotation))) return undefined;
  return isUint32(annotation)
    ? { from: "int32", to: (value) => BigInt(value >>> 0) }
    : { from: "int32", to: BigInt };
}

function decimalConversion({ physical }: ParquetNode): Conversion | undefined {
  switch (physical) {
    case "INT32":
      return { from: "int32", to: BigInt };
    case "INT64":
      return { from: "int64", to: undefined };
    case "BYTE_ARRAY":
    case "FIXED_LEN_BYTE_ARRAY":
      return { from: "bytes", to: decodeUnscaled };
    default:
      return undefined;
  }
}

/** Times of any unit that is not finer than the table's; days where a date was promoted; INT96 of old writers. */
function timeConversion(
  { physical, annotation }: ParquetNode,
  kind: "time" | "timestamp",
  unit: "micros" | "nanos",
): Conversion | undefined {
  if (physical === "INT96" && kind === "timestamp") {
    return { from: "bytes", to: (bytes) => int96(bytes, unit) };
  }
  if (physical === "INT32") {
    if (annotation?.kind === "date" && kind === "timestamp") {
      const type = simpleType(unit === "micros" ? "timestamp" : "timestamp_ns");
      const promote = promoter(simpleType("date"), type) as (days: number) => PrimitiveValue;
      return { from: "int32", to: promote };
    }
    return annotation?.kind === "time" && kind === "time" && annotation.unit === "millis"
      ? { from: "int32", to: (millis) => BigInt(millis) * 1000n }
      : undefined;
  }
  if (physical !== "INT64") return undefined;
  const stored = annotation?.kind === kind ? annotation.unit : annotation === undefined ? unit : undefined;
  if (stored === undefined) return undefined;
  const factor = FINENESS[unit] / FINENESS[stored];
  if (factor < 1) return undefined;
  return { from: "int64", to: factor === 1 ? undefined : (value) => value * BigInt(factor) };
}

const FINENESS: Readonly<Record<TimeUnit, number>> = { millis: 1, micros: 1000, nanos: 1_000_000 };
const JULIAN_EPOCH = 2440588;

/** Nanoseconds of the day, then the Julian day, both little-endian (PAR-005). */
function int96(bytes: Uint8Array, unit: "micros" | "nanos"): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, 12);
  const nanos = view.getBigInt64(0, true);
  const days = BigInt(view.getInt32(8, true) - JULIAN_EPOCH);
  return unit === "nanos" ? days * NANOS_PER_DAY + nanos : days * MICROS_PER_DAY + floorDiv(nanos, 1000n);
}

function isInteger(annotation: Annotation | undefined, bits: number): boolean {
  if (annotation === undefined) return true;
  if (annotation.kind !== "integer") return false;
  return annotation.signed ? annotation.bits <= bits : annotation.bits < Math.min(bits, 64);
}

function isUint32(annotation: Annotation | undefined): boolean {
  return annotation?.kind === "integer" && !annotation.signed && annotation.bits === 32;
}

function isText(annotation: Annotation | undefined): boolean {
  return annotation === undefined || ["string", "enum", "json"].includes(annotation.kind);
}

function storedAs({ physical, annotation, typeLength }: ParquetNode): string {
  const form = physical === "FIXED_LEN_BYTE_ARRAY" ? `${physical}(${typeLength})` : (physical ?? "a group");
  if (annotation === undefined) return form;
  const detail = annotation.kind === "decimal" ? ` of scale ${annotation.scale}` : "";
  return `${form} (${annotation.kind}${detail})`;
}

/** The held value of one PLAIN value without length prefix, as statistics store it. */
export function convertOne(node: ParquetNode, type: PrimitiveType, bytes: Uint8Array): PrimitiveValue {
  const conversion = conversionOf(node, type);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  switch (conversion.from) {
    case "boolean":
      return view.getUint8(0) !== 0;
    case "int32": {
      const value = view.getInt32(0, true);
      return conversion.to === undefined ? value : conversion.to(value);
    }
    case "int64": {
      const value = view.getBigInt64(0, true);
      return conversion.to === undefined ? value : conversion.to(value);
    }
    case "float":
      return view.getFloat32(0, true);
    case "double":
      return view.getFloat64(0, true);
    case "text":
      return decodeText(bytes, 0, bytes.length);
    case "bytes":
      return conversion.to(bytes);
  }
}
