/**
 * The transforms, written again from the specification with big integers, so that a fault of the library's own cannot
 * hide. Spec: Partition Transforms; Appendix B, 32-bit hash.
 * @module
 */
import type { PrimitiveType } from "./types.ts";
import { type LintValue, signedBytes } from "./values.ts";

/** What a transform makes of a value of a type. */
export type Apply = (value: LintValue | null) => LintValue | null;

const TIMES = ["timestamp", "timestamptz", "timestamp_ns", "timestamptz_ns"];
const BUCKETS = ["int", "long", "decimal", "date", "time", ...TIMES, "string", "uuid", "fixed", "binary"];
const TRUNCATES = ["int", "long", "decimal", "string", "binary"];
const DAY_MICROS = 86_400_000_000n;
const INT: PrimitiveType = { kind: "primitive", name: "int" };

/** Whether a transform text is one that the specification knows. */
export function isKnown(transform: string): boolean {
  return /^(identity|year|month|day|hour|void|(bucket|truncate)\[[1-9]\d*\])$/.test(transform);
}

/** Whether a known transform takes values of a type. */
export function applies(transform: string, type: PrimitiveType): boolean {
  if (transform === "void") return true;
  if (transform === "identity") return !["geometry", "geography", "variant", "unknown"].includes(type.name);
  if (transform.startsWith("bucket")) return BUCKETS.includes(type.name);
  if (transform.startsWith("truncate")) return TRUNCATES.includes(type.name);
  return TIMES.includes(type.name) || (type.name === "date" && transform !== "hour");
}

/** The type of what a known transform gives. */
export function resultType(transform: string, source: PrimitiveType): PrimitiveType {
  if (transform === "day") return { kind: "primitive", name: "date" };
  return /^(identity|void|truncate)/.test(transform) ? source : INT;
}

/** The transform of a text over values of a type; `undefined` when it is not known or does not take the type. */
export function transformOf(transform: string, type: PrimitiveType): Apply | undefined {
  if (!isKnown(transform) || !applies(transform, type)) return undefined;
  if (transform === "void") return () => null;
  if (transform === "identity") return (value) => value;
  const parameter = BigInt(/\d+/.exec(transform)?.[0] ?? 0);
  const apply = transform.startsWith("bucket")
    ? (value: LintValue) => bucket(value, type, parameter)
    : transform.startsWith("truncate")
      ? (value: LintValue) => truncate(value, type, parameter)
      : (value: LintValue) => ordinal(value as bigint, type, transform);
  return (value) => (value === null ? null : apply(value));
}

export function floorDivide(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  return a % b !== 0n && a < 0n !== b < 0n ? quotient - 1n : quotient;
}

/** murmur3_x86_32, seed 0, in big integers. */
export function murmur3(bytes: Uint8Array): bigint {
  const u32 = (value: bigint) => BigInt.asUintN(32, value);
  const rotate = (value: bigint, by: bigint) => u32(value << by) | (value >> (32n - by));
  const scramble = (block: bigint) => u32(rotate(u32(block * 0xcc9e2d51n), 15n) * 0x1b873593n);
  let hash = 0n;
  const tail = bytes.length % 4;
  for (let at = 0; at + 4 <= bytes.length; at += 4)
    hash = u32(rotate(hash ^ scramble(littleEndian(bytes.subarray(at, at + 4))), 13n) * 5n + 0xe6546b64n);
  if (tail > 0) hash ^= scramble(littleEndian(bytes.subarray(bytes.length - tail)));
  hash ^= BigInt(bytes.length);
  hash = u32((hash ^ (hash >> 16n)) * 0x85ebca6bn);
  hash = u32((hash ^ (hash >> 13n)) * 0xc2b2ae35n);
  return BigInt.asIntN(32, hash ^ (hash >> 16n));
}

function littleEndian(bytes: Uint8Array): bigint {
  return bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

function bucket(value: LintValue, type: PrimitiveType, count: bigint): bigint {
  return (murmur3(hashed(value, type)) & 0x7fffffffn) % count;
}

function hashed(value: LintValue, type: PrimitiveType): Uint8Array {
  if (value instanceof Uint8Array) return value;
  if (type.name === "decimal") return signedBytes(value as bigint);
  const whole = type.name.endsWith("_ns") ? floorDivide(value as bigint, 1000n) : (value as bigint);
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigInt64(0, whole, true);
  return bytes;
}

function truncate(value: LintValue, type: PrimitiveType, width: bigint): LintValue {
  if (typeof value === "bigint") return floorDivide(value, width) * width;
  const bytes = value as Uint8Array;
  if (type.name === "binary") return bytes.subarray(0, Number(width));
  const text = [...new TextDecoder().decode(bytes)].slice(0, Number(width)).join("");
  return new TextEncoder().encode(text);
}

/** Years, months, days or hours since 1970. */
function ordinal(value: bigint, type: PrimitiveType, unit: string): bigint {
  const micros = type.name.endsWith("_ns") ? floorDivide(value, 1000n) : value;
  if (unit === "hour") return floorDivide(micros, DAY_MICROS / 24n);
  const days = type.name === "date" ? value : floorDivide(micros, DAY_MICROS);
  if (unit === "day") return days;
  const months = monthsOf(days);
  return unit === "month" ? months : floorDivide(months, 12n);
}

/** Months since 1970-01 of a day, by counting from 0000-03-01 in cycles of 400, 100, 4 and 1 years. */
function monthsOf(days: bigint): bigint {
  const since = days + 719_468n;
  const cycle = floorDivide(since, 146_097n);
  const day = since - cycle * 146_097n;
  const year = (day - day / 1460n + day / 36_524n - day / 146_096n) / 365n;
  const dayOfYear = day - (365n * year + year / 4n - year / 100n);
  const month = (5n * dayOfYear + 2n) / 153n; // 0 is March
  return (cycle * 400n + year) * 12n + month + 2n - 1970n * 12n;
}
