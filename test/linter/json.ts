/** Typed looks into parsed JSON: absent, null and mistyped members all read as `undefined`. @module */
import { isJsonObject, type Json, type JsonObject } from "../../src/base/index.ts";

export type { Json, JsonObject } from "../../src/base/index.ts";
export { isJsonObject };

export function object(value: Json | undefined): JsonObject | undefined {
  return isJsonObject(value) ? value : undefined;
}
export function array(value: Json | undefined): readonly Json[] | undefined {
  return Array.isArray(value) ? (value as readonly Json[]) : undefined;
}
/** The objects of an array; other items are left out. */
export function objects(value: Json | undefined): readonly JsonObject[] {
  return (array(value) ?? []).filter((item): item is JsonObject => isJsonObject(item));
}
export function text(value: Json | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}
/** An integer that a number holds exactly. */
export function int(value: Json | undefined): number | undefined {
  return typeof value === "number" && Number.isSafeInteger(value) ? value : undefined;
}
/** An integer of up to 64 bits. */
export function long(value: Json | undefined): bigint | undefined {
  if (typeof value === "bigint") return value;
  return typeof value === "number" && Number.isInteger(value) ? BigInt(value) : undefined;
}

/** JSON text with sorted keys: equal for equal documents. */
export function sameText(value: Json | undefined): string {
  if (Array.isArray(value)) return `[${(value as readonly Json[]).map(sameText).join(",")}]`;
  const members = object(value);
  if (members === undefined) return typeof value === "bigint" ? String(value) : JSON.stringify(value ?? null);
  const keys = Object.keys(members).sort();
  return `{${keys.map((key) => `${JSON.stringify(key)}:${sameText(members[key])}`).join(",")}}`;
}
