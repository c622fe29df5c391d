/** Members of REST answers, each checked where it is read. Spec: REST catalog, HTTP (RST-026). @module */
import { IcebergError, isJsonObject, type Json, type JsonObject } from "../base/index.ts";

/** Fails with `invalid-payload`. */
export function invalidPayload(what: string, why: string): never {
  throw new IcebergError("invalid-payload", `Cannot read ${what}: ${why}`, { context: { what } });
}

/** The value itself if it is an object. */
export function objectIn(json: Json | undefined, what: string): JsonObject {
  return isJsonObject(json) ? json : invalidPayload(what, "it is no JSON object");
}

/** A string; `null` counts as absent. */
export function stringIn(json: JsonObject, key: string, what: string): string | undefined {
  const value = json[key];
  if (value === undefined || value === null) return undefined;
  return typeof value === "string" ? value : invalidPayload(what, `${key} is no string`);
}

export function requiredStringIn(json: JsonObject, key: string, what: string): string {
  return stringIn(json, key, what) ?? invalidPayload(what, `${key} is missing`);
}

/** A list; absent and `null` are `undefined`. */
export function listIn(json: JsonObject, key: string, what: string): readonly Json[] | undefined {
  const value = json[key];
  if (value === undefined || value === null) return undefined;
  return Array.isArray(value) ? (value as readonly Json[]) : invalidPayload(what, `${key} is no list`);
}

/** A list whose items are all strings. */
export function stringsIn(json: Json | undefined, what: string): readonly string[] {
  if (!Array.isArray(json)) return invalidPayload(what, "it is no list");
  return json.map((item: Json) =>
    typeof item === "string" ? item : invalidPayload(what, "an item is no string"),
  );
}

/** A map of strings, some of which may be `null` (RST-005); absent is empty. */
export function nullableMapIn(
  json: JsonObject,
  key: string,
  what: string,
): ReadonlyMap<string, string | null> {
  const map = new Map<string, string | null>();
  const value = json[key];
  if (value === undefined || value === null) return map;
  for (const [name, text] of Object.entries(objectIn(value, `${what} ${key}`))) {
    if (typeof text !== "string" && text !== null) invalidPayload(what, `${key} ${name} is no string`);
    map.set(name, text);
  }
  return map;
}
