/**
 * Values in four forms, whatever their type: booleans, bigints (all integers, dates, times and unscaled decimals),
 * numbers (floats) and bytes (strings as UTF-8, binary, fixed, uuid). Spec: Appendix D, single-value serialization.
 * @module
 */
import type { PrimitiveType } from "./types.ts";

export type LintValue = boolean | bigint | number | Uint8Array;

/** Decodes a bound; `undefined` when the bytes are none of the type. */
export function decodeValue(type: PrimitiveType, bytes: Uint8Array): LintValue | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { length } = bytes;
  switch (type.name) {
    case "boolean":
      return length === 1 && bytes[0]! < 2 ? bytes[0] === 1 : undefined;
    case "int":
    case "date":
      return length === 4 ? BigInt(view.getInt32(0, true)) : undefined;
    case "long":
      if (length === 4) return BigInt(view.getInt32(0, true)); // written before promotion from int
      return length === 8 ? view.getBigInt64(0, true) : undefined;
    case "time":
    case "timestamp":
    case "timestamptz":
    case "timestamp_ns":
    case "timestamptz_ns":
      return length === 8 ? view.getBigInt64(0, true) : undefined;
    case "float":
      return length === 4 ? view.getFloat32(0, true) : undefined;
    case "double":
      if (length === 4) return view.getFloat32(0, true);
      return length === 8 ? view.getFloat64(0, true) : undefined;
    case "decimal":
      return length > 0 && isMinimal(bytes) ? signed(bytes) : undefined;
    case "uuid":
      return length === 16 ? bytes : undefined;
    case "fixed":
      return length === type.length ? bytes : undefined;
    case "string":
      return isUtf8(bytes) ? bytes : undefined;
    case "binary":
      return bytes;
    default:
      return undefined;
  }
}

/** The same; bytes and values of a column that was a date when they were written are days. */
export function decodePromoted(
  type: PrimitiveType,
  bytes: Uint8Array,
  before: readonly PrimitiveType[],
): LintValue | undefined {
  const date = before.find(({ name }) => name === "date");
  return decodeValue(type, bytes) ?? (date && decodeValue(date, bytes));
}

/** Big-endian two's complement. */
export function signed(bytes: Uint8Array): bigint {
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  return BigInt.asIntN(bytes.length * 8, value);
}

/** The minimal big-endian two's complement bytes of an unscaled decimal. */
export function signedBytes(value: bigint): Uint8Array {
  let length = 1;
  while (BigInt.asIntN(length * 8, value) !== value) length++;
  return Uint8Array.from({ length }, (_, at) => Number((value >> BigInt((length - 1 - at) * 8)) & 0xffn));
}

/** The order of Iceberg: false before true, -0 before +0, NaN last, bytes unsigned. Values must be of one form. */
export function compare(a: LintValue, b: LintValue): number {
  if (a instanceof Uint8Array) return Buffer.compare(a, b as Uint8Array);
  if (typeof a === "number") return compareFloats(a, b as number);
  return a === b ? 0 : a < (b as typeof a) ? -1 : 1;
}

export function equal(a: LintValue | null, b: LintValue | null): boolean {
  if (a === null || b === null) return a === b;
  return typeof a === typeof b && compare(a, b) === 0;
}

export function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

/**
 * Whether `bound` is what truncating `value` and raising the last unit that can be raised gives (MAN-068). The units
 * are code points for strings, bytes for binary.
 */
export function isRaisedTruncation(bound: Uint8Array, value: Uint8Array, isText: boolean): boolean {
  const units = (bytes: Uint8Array) =>
    isText ? [...new TextDecoder().decode(bytes)].map((unit) => unit.codePointAt(0)!) : [...bytes];
  const raised = units(bound);
  const whole = units(value);
  const last = raised.length - 1;
  if (last < 0 || whole.length <= raised.length) return false;
  const next = whole[last] === 0xd7ff && isText ? 0xe000 : whole[last]! + 1;
  return raised[last] === next && raised.slice(0, last).every((unit, at) => unit === whole[at]);
}

/** Whether `bound` is a proper prefix of `value`, cut between code points for strings. */
export function isPrefix(bound: Uint8Array, value: Uint8Array, isText: boolean): boolean {
  if (bound.length >= value.length || !bound.every((byte, at) => byte === value[at])) return false;
  return !isText || (value[bound.length]! & 0xc0) !== 0x80;
}

/** Whether no truncation of `value` has an upper bound: its first unit cannot be raised. */
export function isUnraisable(value: Uint8Array, isText: boolean): boolean {
  return isText ? Buffer.from(value.subarray(0, 4)).toString("hex") === "f48fbfbf" : value[0] === 0xff;
}

function compareFloats(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  if (a === 0 && b === 0) return Number(Object.is(b, -0)) - Number(Object.is(a, -0));
  return a === b ? 0 : a < b ? -1 : 1;
}

function isMinimal(bytes: Uint8Array): boolean {
  return signedBytes(signed(bytes)).length === bytes.length;
}
