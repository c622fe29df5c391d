/** What proves to a REST catalog who sends a request. Spec: REST catalog, Authentication (RST-032, RST-033). @module */
import { type AbortOptions, utf8Encode } from "../base/index.ts";
import type { HttpSend, Runtime } from "../io/index.ts";
import type { RestProperties } from "./rest-config.ts";

/** Headers of requests, obtained and renewed as needed. */
export interface RestAuth {
  /** Headers for one request. Obtains or renews a token first when that is due. */
  headers(options?: AbortOptions): Promise<Readonly<Record<string, string>>>;
  /** After the server refused these headers: whether new ones are worth another try. */
  renew(refused: Readonly<Record<string, string>>, options?: AbortOptions): Promise<boolean>;
  /** The session of one table, by what its `config` holds; this one when it holds nothing (RST-039). */
  forTable(config: RestProperties): RestAuth;
}

/** What a session works with. */
export interface AuthContext {
  readonly http: HttpSend;
  readonly runtime: Runtime;
  /** The catalog's base address, which a relative token endpoint is below. */
  readonly base: string;
}

/** The same headers for every request and table. */
export function fixedAuth(headers: Readonly<Record<string, string>>): RestAuth {
  const auth: RestAuth = { headers: async () => headers, renew: async () => false, forTable: () => auth };
  return auth;
}

/** `Basic …` of a name and password as UTF-8. */
export function basicHeader(username: string, password: string): string {
  return `Basic ${btoa(String.fromCharCode(...utf8Encode(`${username}:${password}`)))}`;
}

/** `Bearer …` as headers. */
export function bearer(token: string): { readonly authorization: string } {
  return { authorization: `Bearer ${token}` };
}
