/**
 * Readers of one JSON member each: kind, range and presence checked in one place. Spec: Appendix C.
 *
 * `null` counts as absent everywhere (MET-004); quoted numbers are refused as Java refuses them (MET-003).
 * @module
 */
import { IcebergError, INT64_MIN, isJsonObject, type Json, type JsonObject } from "../base/index.ts";

/** Ids past the signed range occur in files of other writers; they are kept as they are. */
const UINT64_MAX = 2n ** 64n - 1n;

/** Fails with `invalid-metadata`: `what` names the document, the rest the member and its fault. */
export function invalid(what: string, why: string, context: Record<string, unknown> = {}): never {
  throw new IcebergError("invalid-metadata", `Cannot read ${what}: ${why}`, {
    context: { what, ...context },
  });
}

/** The value itself if it is an object. */
export function objectOf(json: Json | undefined, what: string): JsonObject {
  return isJsonObject(json) ? json : invalid(what, `expected an object, found ${kindOf(json)}`);
}

/** A required object member. */
export function requiredObject(json: JsonObject, key: string, what: string): JsonObject {
  return objectOf(present(json, key, what), `${what} ${key}`);
}

/** A required integer as `number`. */
export function requiredInteger(json: JsonObject, key: string, what: string): number {
  return optionalInteger(json, key, what) ?? absent(key, what);
}

/** An integer as `number`, `undefined` when absent. */
export function optionalInteger(json: JsonObject, key: string, what: string): number | undefined {
  const value = json[key];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "number" || !Number.isSafeInteger(value)) {
    return invalid(what, `${key} must be an integer, found ${describe(value)}`, { key });
  }
  return value;
}

/** A required 64-bit integer as `bigint`. */
export function requiredLong(json: JsonObject, key: string, what: string): bigint {
  return optionalLong(json, key, what) ?? absent(key, what);
}

/** A 64-bit integer as `bigint`, `undefined` when absent. */
export function optionalLong(json: JsonObject, key: string, what: string): bigint | undefined {
  const value = json[key];
  if (value === undefined || value === null) return undefined;
  if (typeof value === "number" && Number.isSafeInteger(value)) return BigInt(value);
  if (typeof value === "bigint" && value >= INT64_MIN && value <= UINT64_MAX) return value;
  return invalid(what, `${key} must be a 64-bit integer, found ${describe(value)}`, { key });
}

/** A required string. */
export function requiredString(json: JsonObject, key: string, what: string): string {
  return optionalString(json, key, what) ?? absent(key, what);
}

/** A string, `undefined` when absent. */
export function optionalString(json: JsonObject, key: string, what: string): string | undefined {
  const value = json[key];
  if (value === undefined || value === null) return undefined;
  return typeof value === "string"
    ? value
    : invalid(what, `${key} must be a string, found ${describe(value)}`, { key });
}

/** A required list. */
export function requiredList(json: JsonObject, key: string, what: string): readonly Json[] {
  return optionalList(json, key, what) ?? absent(key, what);
}

/** A list, `undefined` when absent. */
export function optionalList(json: JsonObject, key: string, what: string): readonly Json[] | undefined {
  const value = json[key];
  if (value === undefined || value === null) return undefined;
  return isList(value) ? value : invalid(what, `${key} must be a list, found ${kindOf(value)}`, { key });
}

/** Members that `known` does not list; `undefined` when there are none, as in nearly all files (MET-005). */
export function unknownMembers(json: JsonObject, known: ReadonlySet<string>): JsonObject | undefined {
  let found: Record<string, Json | undefined> | undefined;
  for (const key in json) {
    if (known.has(key)) continue;
    found ??= {};
    setMember(found, key, json[key]);
  }
  return found;
}

/** A list of integers, `undefined` when absent. */
export function integersOf(list: readonly Json[], key: string, what: string): number[] {
  return list.map((value) =>
    typeof value === "number" && Number.isSafeInteger(value)
      ? value
      : invalid(what, `${key} must hold integers, found ${describe(value)}`, { key }),
  );
}

/** A list of strings. */
export function stringsOf(list: readonly Json[], key: string, what: string): string[] {
  return list.map((value) =>
    typeof value === "string"
      ? value
      : invalid(what, `${key} must hold strings, found ${describe(value)}`, { key }),
  );
}

/** A map of strings, `undefined` when absent. Keys are data: any text is a key (MET-014, MET-016). */
export function optionalStringMap(
  json: JsonObject,
  key: string,
  what: string,
): ReadonlyMap<string, string> | undefined {
  const value = json[key];
  if (value === undefined || value === null) return undefined;
  const map = new Map<string, string>();
  const object = objectOf(value, `${what} ${key}`);
  for (const name of Object.keys(object)) {
    const text = object[name];
    if (typeof text !== "string") {
      invalid(what, `${key} ${JSON.stringify(name)} must be a string, found ${describe(text)}`, {
        key,
        name,
      });
    }
    map.set(name, text);
  }
  return map;
}

/** A map of strings as a JSON object in its own order; `__proto__` is a key like any other. */
export function stringMapToJson(map: ReadonlyMap<string, string>): JsonObject {
  const object: Record<string, string> = {};
  for (const [key, value] of map) setMember(object, key, value);
  return object;
}

/** Sets a member whose name is data. */
export function setMember<T>(object: Record<string, T>, key: string, value: T): void {
  if (key === "__proto__") {
    Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
  } else {
    object[key] = value;
  }
}

/** A value as error messages show it. */
export function describe(value: Json | undefined): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (value === null || typeof value !== "object") return String(value);
  return kindOf(value);
}

/** A list of 64-bit integers. */
export function longsOf(list: readonly Json[], key: string, what: string): bigint[] {
  return list.map((value, at) => requiredLong({ [at]: value }, String(at), `${what} ${key}`));
}

/** Runs a reader of a REST body: its faults are `invalid-payload`, not those of a metadata file. */
export function readPayload<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof IcebergError)) throw error;
    if (error.code !== "invalid-metadata" && error.code !== "invalid-schema") throw error;
    throw new IcebergError("invalid-payload", error.message, { context: error.context, cause: error });
  }
}

function present(json: JsonObject, key: string, what: string): Json {
  const value = json[key];
  return value === undefined || value === null ? absent(key, what) : value;
}

function absent(key: string, what: string): never {
  return invalid(what, `${key} is missing`, { key });
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function kindOf(value: Json | undefined): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
