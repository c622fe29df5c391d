/** Values of input rows as JSON, as near to what they were as JSON allows. Spec: none. @module */
import { type Json, toHex } from "../base/index.ts";

/** Numbers that JSON lacks become text, bytes hex, what is missing null. */
export function valueJson(value: unknown): Json {
  switch (typeof value) {
    case "string":
    case "boolean":
    case "bigint":
      return value;
    case "number":
      return Number.isFinite(value) ? value : String(value);
    case "object":
      break;
    default:
      return null;
  }
  if (value === null) return null;
  if (value instanceof Uint8Array) return toHex(value);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (Array.isArray(value)) return value.map(valueJson);
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, valueJson(member)]));
}
