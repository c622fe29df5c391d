/**
 * Partition values and tuples as text in file paths. Paths are for people: nothing reads values back from them.
 * Spec: Partitioning; requirements PRT-047, PRT-048. The text follows Java's, which other tools expect.
 * @module
 */
import { utf8Encode } from "../base/index.ts";
import {
  civilFromDays,
  formatDecimal,
  formatTime,
  formatTimestamp,
  isPrimitive,
  type PrimitiveType,
  type PrimitiveValue,
  type Schema,
  simpleType,
} from "../schema/index.ts";
import { transformResultType } from "./apply.ts";
import type { PartitionSpec, PartitionTuple } from "./spec.ts";
import type { Transform } from "./transform.ts";

/** The path fragment of a tuple: `event_timestamp_month=2025-10/organization_id=org_abc`; empty without fields. */
export function partitionPath(spec: PartitionSpec, schema: Schema, tuple: PartitionTuple): string {
  const parts = spec.fields.map((field, index) => {
    const source = schema.findField(field.sourceId)?.type;
    const sourceType = source !== undefined && isPrimitive(source) ? source : simpleType("unknown");
    const value = humanString(field.transform, sourceType, tuple[index] ?? null);
    return `${encodePathPart(field.name)}=${encodePathPart(value)}`;
  });
  return parts.join("/");
}

/** A transformed value as people write it: `2017`, `2017-12`, `2017-12-01`, `2017-12-01-10`, `null` (PRT-048). */
export function humanString(
  transform: Transform,
  sourceType: PrimitiveType,
  value: PrimitiveValue | null,
): string {
  if (value === null || transform.kind === "void") return "null";
  switch (transform.kind) {
    case "year":
      return pad((value as number) + 1970, 4);
    case "month": {
      const months = value as number;
      const years = Math.floor(months / 12);
      return `${pad(years + 1970, 4)}-${pad(months - years * 12 + 1, 2)}`;
    }
    case "day":
      return humanDay(value as number);
    case "hour": {
      const days = Math.floor((value as number) / 24);
      return `${humanDay(days)}-${pad((value as number) - days * 24, 2)}`;
    }
    default:
      return humanValue(transformResultType(transform, sourceType), value);
  }
}

/** Escapes text as Java's `URLEncoder` does: space becomes `+`, and `A-Z a-z 0-9 . * _ -` stay. */
export function encodePathPart(text: string): string {
  let encoded = "";
  for (const byte of utf8Encode(text)) encoded += ESCAPED[byte];
  return encoded;
}

const ESCAPED: readonly string[] = Array.from({ length: 256 }, (_, byte) => {
  const character = String.fromCharCode(byte);
  if (/[A-Za-z0-9.*_-]/.test(character)) return character;
  return character === " " ? "+" : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
});

function humanValue(type: PrimitiveType, value: PrimitiveValue): string {
  switch (type.kind) {
    case "date":
      return humanDay(value as number);
    case "time":
      return humanTime(value as bigint);
    case "timestamp":
      return formatTimestamp(value as bigint, { unit: "micros" });
    case "timestamptz":
      return formatTimestamp(value as bigint, { unit: "micros", zone: "+00:00" });
    case "timestamp_ns":
      return formatTimestamp(value as bigint, { unit: "nanos" });
    case "timestamptz_ns":
      return formatTimestamp(value as bigint, { unit: "nanos", zone: "+00:00" });
    case "decimal":
      return humanDecimal(value as bigint, type.scale);
    case "float":
    case "double":
      return humanFloat(value as number);
    default:
      return value instanceof Uint8Array ? base64(value) : String(value);
  }
}

function humanDay(days: number): string {
  const { year, month, day } = civilFromDays(days);
  return `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}`;
}

/** As Java's LocalTime: no seconds when they are zero, the fraction in groups of three digits. */
function humanTime(micros: bigint): string {
  const text = formatTime(micros, "groups");
  return micros % 60_000_000n === 0n ? text.slice(0, 5) : text;
}

/** As Java's BigDecimal: scientific when the number is below 1E-6. */
function humanDecimal(unscaled: bigint, scale: number): string {
  const digits = String(unscaled < 0n ? -unscaled : unscaled);
  const exponent = digits.length - 1 - scale;
  if (exponent >= -6) return formatDecimal(unscaled, scale);
  const point = digits.length > 1 ? `.${digits.slice(1)}` : "";
  return `${unscaled < 0n ? "-" : ""}${digits[0]}${point}E${exponent}`;
}

/** As Java's Double: always a fraction. */
function humanFloat(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const text = Object.is(value, -0) ? "-0" : String(value);
  return /[.e]/.test(text) ? text : `${text}.0`;
}

const BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

function base64(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i += 3) {
    const group = (bytes[i]! << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    const held = Math.min(3, bytes.length - i);
    for (let place = 0; place < 4; place++) {
      text += place <= held ? BASE64[(group >> (18 - 6 * place)) & 63] : "=";
    }
  }
  return text;
}

function pad(value: number, width: number): string {
  return value < 0 ? `-${String(-value).padStart(width - 1, "0")}` : String(value).padStart(width, "0");
}
