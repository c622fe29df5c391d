/** One request for a token, and what a token says about itself. Spec: REST catalog, getToken (RST-034, RST-035). @module */
import { IcebergError, isJsonObject, type Json, parseJson, utf8Decode } from "../base/index.ts";
import { HTTP_MAX_RETRIES, type HttpResponse, retryWait } from "../io/index.ts";
import type { AuthContext } from "./rest-auth.ts";
import { errorBody } from "./rest-errors.ts";
import { invalidPayload, objectIn, requiredStringIn, stringIn } from "./rest-json.ts";

/** A token as the server hands it out. */
export interface TokenAnswer {
  readonly token: string;
  /** `urn:ietf:params:oauth:token-type:…`, when told. */
  readonly type: string | undefined;
  readonly expiresInMs: number | undefined;
}

/**
 * Asks the token endpoint. A busy server is asked again (429, and 503 with `Retry-After`).
 * @throws IcebergError `not-authorized`, `forbidden`, `invalid-argument` for a refused request, `invalid-payload`,
 *   `io-failed`. No message holds what was sent.
 */
export async function requestToken(
  { http, runtime }: AuthContext,
  tokenUri: string,
  form: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>>,
): Promise<TokenAnswer> {
  const request = {
    method: "POST",
    url: tokenUri,
    headers: { ...headers, accept: "application/json", "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams(form).toString(),
  };
  for (let attempt = 0; ; attempt++) {
    const response = await http(request);
    if (response.status >= 200 && response.status < 300) return tokenFrom(response, tokenUri);
    const clock = { nowMs: runtime.now(), random: runtime.random() };
    const wait = retryWait(response, "when-asked", attempt, clock);
    if (wait === undefined || attempt >= HTTP_MAX_RETRIES) throw tokenError(response, tokenUri);
    await runtime.sleep(wait);
  }
}

/** When a JSON web token expires, in milliseconds since the epoch; `undefined` for any other token. */
export function jwtExpiryMs(token: string): number | undefined {
  const parts = token.split(".");
  if (parts.length !== 3) return undefined;
  try {
    const binary = atob(parts[1]!.replaceAll("-", "+").replaceAll("_", "/"));
    const claims = parseJson(utf8Decode(Uint8Array.from(binary, (char) => char.charCodeAt(0))));
    const exp = isJsonObject(claims) ? claims.exp : undefined;
    return typeof exp === "number" ? exp * 1000 : undefined;
  } catch {
    return undefined;
  }
}

function tokenFrom(response: HttpResponse, tokenUri: string): TokenAnswer {
  const what = `the token answer of ${tokenUri}`;
  const json = objectIn(jsonOf(response), what);
  const kind = requiredStringIn(json, "token_type", what);
  // N_A: the answer of an exchange whose result is no access token (RFC 8693).
  if (!/^(bearer|n_a)$/i.test(kind)) invalidPayload(what, `token_type ${JSON.stringify(kind)} is not bearer`);
  const expires = json.expires_in;
  return {
    token: requiredStringIn(json, "access_token", what),
    type: stringIn(json, "issued_token_type", what),
    expiresInMs: typeof expires === "number" ? expires * 1000 : undefined,
  };
}

/** OAuth2's own error body, else the catalog's. */
function tokenError(response: HttpResponse, tokenUri: string): IcebergError {
  const { status } = response;
  const json = jsonOf(response);
  const error = isJsonObject(json) && typeof json.error === "string" ? json.error : "";
  const description =
    isJsonObject(json) && typeof json.error_description === "string" ? json.error_description : "";
  const said =
    error === "" ? errorBody(response).message : `${error}${description === "" ? "" : `: ${description}`}`;
  const text = `Cannot get a token from ${tokenUri}: it answered ${status}${said === "" ? "" : ` ${said}`}`;
  const details = { context: { status, ...(error !== "" && { error }) } };
  if (error === "invalid_client" || (error === "" && status === 401)) {
    return new IcebergError("not-authorized", `${text}; check the credential`, details);
  }
  if (error === "" && status === 403) return new IcebergError("forbidden", text, details);
  if (error === "" && status === 404) {
    return new IcebergError("unavailable", `${text}; set oauth2-server-uri to the token endpoint`, details);
  }
  if (status >= 500 || status === 429)
    return new IcebergError("io-failed", text, { ...details, retryable: true });
  return new IcebergError("invalid-argument", text, details);
}

function jsonOf(response: HttpResponse): Json | undefined {
  try {
    return parseJson(utf8Decode(response.body));
  } catch {
    return undefined;
  }
}
