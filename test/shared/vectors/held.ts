/** Reading vectors: JSON from `shared/vectors`, and their loosely written values as held ones. @module */
import { readFileSync } from "node:fs";
import { fromHex } from "../../../src/base/index.ts";
import {
  type PrimitiveType,
  type PrimitiveValue,
  parseDate,
  parseDecimal,
  parseTime,
  parseTimestamp,
  parseUuid,
  typeFromString,
} from "../../../src/schema/index.ts";

/** One vector file. A missing file throws: these tests never skip. */
export function vectors<T>(file: string): T {
  return JSON.parse(
    readFileSync(new URL(`../../../../shared/vectors/${file}`, import.meta.url), "utf8"),
  ) as T;
}

export function primitive(text: string): PrimitiveType {
  return typeFromString(text) as PrimitiveType;
}

/** A vector's value, text or internal number, as held. */
export function held(type: PrimitiveType, value: unknown): PrimitiveValue | null {
  if (value === null) return null;
  const text = String(value);
  switch (type.kind) {
    case "boolean":
      return value as boolean;
    case "int":
    case "float":
    case "double":
      return Number(value);
    case "long":
      return BigInt(text);
    case "date":
      return typeof value === "number" ? value : parseDate(text);
    case "time":
      return isInteger(text) ? BigInt(text) : parseTime(text);
    case "timestamp":
    case "timestamptz":
      return isInteger(text) ? BigInt(text) : parseTimestamp(text, { unit: "micros", zone: "optional" });
    case "timestamp_ns":
    case "timestamptz_ns":
      return isInteger(text) ? BigInt(text) : parseTimestamp(text, { unit: "nanos", zone: "optional" });
    case "decimal":
      return parseDecimal(text, type.precision, type.scale);
    case "uuid":
      return parseUuid(text);
    case "fixed":
    case "binary":
      return fromHex(text.replace(/^hex:/, ""));
    default:
      return text;
  }
}

function isInteger(text: string): boolean {
  return /^-?\d+$/.test(text);
}
