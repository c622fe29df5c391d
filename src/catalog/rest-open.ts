/** Opens a REST catalog: properties, handshake, session. Spec: REST catalog, getConfig (RST-004 … RST-009). @module */
import type { AbortOptions, FileIO } from "../base/index.ts";
import { type FetchFunction, type HttpSend, httpClient, type Runtime, systemRuntime } from "../io/index.ts";
import type { RestAuth } from "./rest-auth.ts";
import { RestCatalogClient } from "./rest-catalog.ts";
import {
  configFromJson,
  mergeProperties,
  numberProperty,
  type RestProperties,
  withPrefix,
} from "./rest-config.ts";
import { type FileIOFor, fileIOFor } from "./rest-files.ts";
import { baseAddress, restPaths } from "./rest-paths.ts";
import { restAuth, sameAuth, withoutSecrets } from "./rest-session.ts";
import { callRest, type RestCall } from "./rest-transport.ts";

/** How to reach a REST catalog. */
export interface RestCatalogOptions extends AbortOptions {
  /** The address before `/v1`: `https://host:8181`. */
  readonly uri: string;
  /** The warehouse to ask for, where the server has several. */
  readonly warehouse?: string | undefined;
  /** A bearer token. */
  readonly token?: string | undefined;
  /** OAuth2 client credentials, `id:secret`: a token is fetched with them and renewed. */
  readonly credential?: string | undefined;
  /** OAuth2 scope. Default `catalog`. */
  readonly scope?: string | undefined;
  /** Where tokens come from: an address, or a path below `uri`. Default the catalog's deprecated `v1/oauth/tokens`. */
  readonly oauth2ServerUri?: string | undefined;
  /** Any other property by its Iceberg name: `header.X-Foo`, `rest.auth.type`, `rest-page-size`, `audience` … */
  readonly properties?: Readonly<Record<string, string>> | undefined;
  /** The files of the tables, or a choice by location and table config. */
  readonly io?: FileIO | FileIOFor | undefined;
  /** Default: the platform's `fetch`. */
  readonly fetch?: FetchFunction | undefined;
  /** Milliseconds one request may take. Default 60,000. */
  readonly timeoutMs?: number | undefined;
  /** Bytes one answer may have. Default 256 MiB. */
  readonly maxResponseBytes?: number | undefined;
  readonly runtime?: Runtime | undefined;
}

/**
 * Asks the server for its configuration and answers a client for it. `signal` cancels the opening alone.
 * @throws IcebergError `not-authorized`, `no-such-warehouse`, `invalid-argument`, `io-failed`.
 */
export async function openRestCatalog(options: RestCatalogOptions): Promise<RestCatalogClient> {
  const { runtime = systemRuntime, signal } = options;
  const given = givenProperties(options);
  const timeoutMs = options.timeoutMs ?? numberProperty(given, "rest.client.socket-timeout-ms", 1);
  const http = httpClient({ fetch: options.fetch, timeoutMs, maxResponseBytes: options.maxResponseBytes });
  const before = connection(given, http, runtime);
  const response = await callRest(before, configCall(given), (json) => configFromJson(json ?? null), {
    signal,
  });
  const merged = mergeProperties(response, given);
  const after = connection(merged, http, runtime, sameAuth(given, merged) ? before.auth : undefined);
  return new RestCatalogClient({
    context: { ...after, idempotencyLifetimeMs: response.idempotencyLifetimeMs },
    paths: restPaths(merged),
    properties: withoutSecrets(merged),
    endpoints: response.endpoints,
    pageSize: numberProperty(merged, "rest-page-size", 1),
    io: fileIOFor(options.io),
  });
}

/** Everything the caller says, by property names; named options win over `properties`. */
function givenProperties(options: RestCatalogOptions): RestProperties {
  const properties = new Map(Object.entries(options.properties ?? {}));
  const named = {
    uri: options.uri,
    warehouse: options.warehouse,
    token: options.token,
    credential: options.credential,
    scope: options.scope,
    "oauth2-server-uri": options.oauth2ServerUri,
  };
  for (const [key, value] of Object.entries(named)) if (value !== undefined) properties.set(key, value);
  return properties;
}

/** Address, headers and session by the properties at hand; a session that would be the same is kept. */
function connection(properties: RestProperties, http: HttpSend, runtime: Runtime, auth?: RestAuth) {
  const base = baseAddress(properties.get("uri") ?? "");
  return {
    http,
    runtime,
    base,
    headers: withPrefix(properties, "header."),
    auth: auth ?? restAuth(properties, { http, runtime, base }),
    maxRetries: numberProperty(properties, "rest.client.max-retries", 0),
  };
}

function configCall(properties: RestProperties): RestCall {
  const warehouse = properties.get("warehouse");
  return {
    method: "GET",
    path: "v1/config",
    query: warehouse === undefined ? {} : { warehouse },
    route: "config",
    action: `open the catalog at ${properties.get("uri")}`,
  };
}
