/** Rows as canonical JSON, the form of `--json` output and of comparisons between engines (decision 13). @module */
import { type Json, JsonFloat, toHex } from "../base/index.ts";
import {
  type Field,
  formatDate,
  formatDecimal,
  formatTime,
  formatTimestamp,
  type ListValue,
  type MapValue,
  type StructValue,
  type Type,
  type Value,
} from "../schema/index.ts";

/**
 * A held value, or one of a row handed out, as canonical JSON: 64-bit integers as bare digits, decimals with their scale, NaN and infinities as
 * text, bytes as hex, times with all fraction digits, maps as `[[key, value], …]`.
 */
export function canonicalJson(type: Type, value: Value | null): Json {
  if (value === null) return null;
  switch (type.kind) {
    case "boolean":
    case "int":
    case "long":
    case "string":
    case "uuid":
      return value as boolean | number | bigint | string;
    case "float":
    case "double":
      return Number.isFinite(value) ? new JsonFloat(value as number) : String(value);
    case "decimal":
      // Rows handed out hold decimals as text already.
      return typeof value === "string" ? value : formatDecimal(value as bigint, type.scale);
    case "date":
      return formatDate(value as number);
    case "time":
      return formatTime(value as bigint, "full");
    case "timestamp":
      return formatTimestamp(value as bigint, { unit: "micros", fraction: "full" });
    case "timestamptz":
      return formatTimestamp(value as bigint, { unit: "micros", fraction: "full", zone: "Z" });
    case "timestamp_ns":
      return formatTimestamp(value as bigint, { unit: "nanos", fraction: "full" });
    case "timestamptz_ns":
      return formatTimestamp(value as bigint, { unit: "nanos", fraction: "full", zone: "Z" });
    case "fixed":
    case "binary":
    case "geometry":
    case "geography":
      return toHex(value as Uint8Array);
    case "struct":
      return structJson(type.fields, value as StructValue);
    case "list":
      return (value as ListValue).map((item) => canonicalJson(type.element, item));
    case "map":
      return (value as MapValue).map(([key, item]) => [
        canonicalJson(type.key, key),
        canonicalJson(type.value, item),
      ]);
    case "unknown":
      return null;
    case "variant":
      return plainJson(value);
  }
}

/** A row of held values as one canonical JSON object, members in the order of the fields. */
export function canonicalRow(fields: readonly Field[], row: Readonly<Record<string, unknown>>): Json {
  return structJson(fields, row as StructValue);
}

function structJson(fields: readonly Field[], value: StructValue): Json {
  return Object.fromEntries(
    fields.map((field) => [field.name, canonicalJson(field.type, value[field.name] ?? null)]),
  );
}

/** JSON of a value whose type is not declared, as variants hold them. */
function plainJson(value: unknown): Json {
  if (value instanceof Uint8Array) return toHex(value);
  if (Array.isArray(value)) return value.map(plainJson);
  if (value instanceof Date) return value.toISOString();
  switch (typeof value) {
    case "object":
      if (value === null) return null;
      return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, plainJson(member)]));
    case "number":
      return Number.isFinite(value) ? value : String(value);
    case "string":
    case "boolean":
    case "bigint":
      return value;
    default:
      return null;
  }
}
