/**
 * The configuration handshake: what the server adds to and changes in the client's properties, and what it can do.
 * Spec: REST catalog, getConfig (RST-002 … RST-009).
 * @module
 */
import { IcebergError, type Json } from "../base/index.ts";
import { invalidPayload, listIn, nullableMapIn, objectIn, stringIn, stringsIn } from "./rest-json.ts";

/** Catalog properties by their Iceberg names: `uri`, `warehouse`, `prefix`, `token`, `header.X-Foo` … */
export type RestProperties = ReadonlyMap<string, string>;

/** The endpoints this library calls, by their templates. */
export const ENDPOINTS = {
  listNamespaces: "GET /v1/{prefix}/namespaces",
  createNamespace: "POST /v1/{prefix}/namespaces",
  loadNamespace: "GET /v1/{prefix}/namespaces/{namespace}",
  namespaceExists: "HEAD /v1/{prefix}/namespaces/{namespace}",
  dropNamespace: "DELETE /v1/{prefix}/namespaces/{namespace}",
  listTables: "GET /v1/{prefix}/namespaces/{namespace}/tables",
  createTable: "POST /v1/{prefix}/namespaces/{namespace}/tables",
  loadTable: "GET /v1/{prefix}/namespaces/{namespace}/tables/{table}",
  updateTable: "POST /v1/{prefix}/namespaces/{namespace}/tables/{table}",
  dropTable: "DELETE /v1/{prefix}/namespaces/{namespace}/tables/{table}",
  renameTable: "POST /v1/{prefix}/tables/rename",
} as const;
export type EndpointName = keyof typeof ENDPOINTS;

/** What a server that lists no endpoints is taken to have, as far as this library calls it (RST-002). */
const ASSUMED: ReadonlySet<string> = new Set(
  Object.values(ENDPOINTS).filter((endpoint) => endpoint !== ENDPOINTS.namespaceExists),
);

/** The answer of `GET /v1/config`. A `null` in `overrides` takes a property away. */
export interface ConfigResponse {
  readonly defaults: ReadonlyMap<string, string | null>;
  readonly overrides: ReadonlyMap<string, string | null>;
  readonly endpoints: ReadonlySet<string>;
  /** How long the server remembers an `Idempotency-Key`; `undefined` when it does not know them (RST-030). */
  readonly idempotencyLifetimeMs: number | undefined;
}

/** Reads the answer of `GET /v1/config`. Throws `invalid-payload`. */
export function configFromJson(json: Json): ConfigResponse {
  const what = "the catalog's configuration";
  const object = objectIn(json, what);
  const listed = stringsIn(listIn(object, "endpoints", what) ?? [], `${what}, endpoints`);
  for (const endpoint of listed) {
    if (!/^\S+ \S+$/.test(endpoint)) invalidPayload(what, `${JSON.stringify(endpoint)} is no endpoint`);
  }
  const lifetime = stringIn(object, "idempotency-key-lifetime", what);
  return {
    defaults: nullableMapIn(object, "defaults", what),
    overrides: nullableMapIn(object, "overrides", what),
    endpoints: listed.length === 0 ? ASSUMED : new Set(listed),
    idempotencyLifetimeMs: lifetime === undefined ? undefined : durationMs(lifetime, what),
  };
}

/** Defaults, over them the client's properties, over them the overrides (RST-004). */
export function mergeProperties(response: ConfigResponse, client: RestProperties): RestProperties {
  const merged = new Map<string, string>();
  for (const [key, value] of [...response.defaults, ...client, ...response.overrides]) {
    if (value === null) merged.delete(key);
    else merged.set(key, value);
  }
  return merged;
}

/** Properties that start with `prefix`, without it. */
export function withPrefix(properties: RestProperties, prefix: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const [key, value] of properties)
    if (key.startsWith(prefix)) found.set(key.slice(prefix.length), value);
  return found;
}

/** A property that is `true` or `false`. Throws `invalid-argument` for other text. */
export function booleanProperty(properties: RestProperties, key: string, fallback: boolean): boolean {
  const text = properties.get(key)?.toLowerCase();
  if (text === undefined) return fallback;
  if (text !== "true" && text !== "false") return badProperty(properties, key, "it must be true or false");
  return text === "true";
}

/** A property that is a whole number of at least `least`. Throws `invalid-argument` for other text. */
export function numberProperty(properties: RestProperties, key: string, least: number): number | undefined {
  const text = properties.get(key);
  if (text === undefined) return undefined;
  const number = Number(text);
  if (!/^\d{1,15}$/.test(text) || number < least) {
    return badProperty(properties, key, `it must be a whole number of at least ${least}`);
  }
  return number;
}

function badProperty(properties: RestProperties, key: string, why: string): never {
  throw new IcebergError(
    "invalid-argument",
    `Cannot use catalog property ${key}=${properties.get(key)}: ${why}`,
    {
      context: { property: key },
    },
  );
}

/** An ISO-8601 duration of days and smaller, in milliseconds. */
function durationMs(text: string, what: string): number {
  const match = /^P(?=.)(?:(\d+)D)?(?:T(?=.)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/.exec(text);
  if (match === null)
    return invalidPayload(what, `idempotency-key-lifetime ${JSON.stringify(text)} is no duration`);
  const [days, hours, minutes, seconds] = match.slice(1).map((part) => Number(part ?? 0));
  return (((days! * 24 + hours!) * 60 + minutes!) * 60 + seconds!) * 1000;
}
