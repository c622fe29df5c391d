/** Addresses below a catalog's base: every name encoded exactly once. Spec: REST catalog (RST-007, RST-010 … RST-013). @module */
import { IcebergError } from "../base/index.ts";
import type { Namespace, TableIdentifier } from "./client.ts";
import type { RestProperties } from "./rest-config.ts";

const DEFAULT_SEPARATOR = "%1F";

/** Paths of one catalog, relative to its base address. */
export interface RestPaths {
  readonly namespaces: string;
  namespace(namespace: Namespace): string;
  tables(namespace: Namespace): string;
  table(id: TableIdentifier): string;
  readonly rename: string;
  /** The `parent` of a listing: not yet encoded as a query parameter. */
  parent(namespace: Namespace): string;
}

/** The paths a catalog's merged properties lead to: `prefix` and `namespace-separator`, which comes encoded. */
export function restPaths(properties: RestProperties): RestPaths {
  const prefix = (properties.get("prefix") ?? "").replace(/^\/+|\/+$/g, "");
  const separator = properties.get("namespace-separator") ?? DEFAULT_SEPARATOR;
  const plainSeparator = decodedSeparator(separator);
  const root = prefix === "" ? "v1" : `v1/${prefix}`;
  const namespaces = `${root}/namespaces`;
  const namespace = (levels: Namespace) => {
    const segment = levels.map(encoded).join(separator);
    return `${namespaces}/${guarded(segment, levels.join("."))}`;
  };
  return {
    namespaces,
    namespace,
    tables: (levels) => `${namespace(levels)}/tables`,
    table: (id) => `${namespace(id.namespace)}/tables/${guarded(encoded(id.name), id.name)}`,
    rename: `${root}/tables/rename`,
    parent: (levels) => levels.join(plainSeparator),
  };
}

/** The base address without its last slashes. Throws `invalid-argument` for anything but http and https. */
export function baseAddress(uri: string): string {
  const base = uri.replace(/\/+$/, "");
  const url = URL.canParse(base) ? new URL(base) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.username !== "" || url.search !== "") {
    throw new IcebergError(
      "invalid-argument",
      `Cannot use ${JSON.stringify(withoutSecrets(uri))} as a catalog address: write http(s)://host[:port][/path], credentials go into options`,
    );
  }
  return base;
}

/** The address of a path with its query. */
export function address(base: string, path: string, query: Readonly<Record<string, string>> = {}): string {
  const pairs = Object.entries(query).map(([key, value]) => `${key}=${encoded(value)}`);
  return pairs.length === 0 ? `${base}/${path}` : `${base}/${path}?${pairs.join("&")}`;
}

function encoded(text: string): string {
  if (text.isWellFormed()) return encodeURIComponent(text);
  throw new IcebergError("invalid-argument", `Cannot send ${JSON.stringify(text)}: it has a lone surrogate`);
}

/** Refuses what every URL parser takes for a step in the path, encoded or not. */
function guarded(segment: string, name: string): string {
  if (!/^(\.|%2e){1,2}$/i.test(segment)) return segment;
  throw new IcebergError(
    "invalid-argument",
    `Cannot send the name ${JSON.stringify(name)}: URLs have no such name`,
    {
      context: { name },
    },
  );
}

function decodedSeparator(separator: string): string {
  try {
    return decodeURIComponent(separator);
  } catch (cause) {
    throw new IcebergError(
      "invalid-payload",
      `Cannot use namespace-separator ${JSON.stringify(separator)}: it is not percent-encoded text`,
      { cause },
    );
  }
}

function withoutSecrets(uri: string): string {
  return uri.replace(/\/\/[^/@]*@/, "//…@").replace(/\?.*$/s, "?…");
}
