/**
 * OAuth2 tokens: client credentials, token exchange, renewal before expiry, one renewal for all who wait.
 * Spec: REST catalog, Authentication (RST-034 … RST-039).
 * @module
 */
import { type AbortOptions, IcebergError } from "../base/index.ts";
import { type AuthContext, basicHeader, bearer, type RestAuth } from "./rest-auth.ts";
import { booleanProperty, numberProperty, type RestProperties } from "./rest-config.ts";
import { jwtExpiryMs, requestToken, type TokenAnswer } from "./rest-token.ts";

/** What the properties say about tokens. */
export interface OAuthSettings {
  readonly tokenUri: string;
  readonly credential: { readonly id: string | undefined; readonly secret: string } | undefined;
  readonly scope: string;
  /** `audience` and `resource`, when given. */
  readonly extra: Readonly<Record<string, string>>;
  /** Whether a token is renewed by exchanging it. */
  readonly exchange: boolean;
  /** Whether tokens are renewed before they expire. */
  readonly refresh: boolean;
  /** The life of a token that does not say how long it lives; `undefined`: not told. */
  readonly lifetimeMs: number | undefined;
}

const DEFAULT_SCOPE = "catalog";
const DEFAULT_TOKEN_PATH = "v1/oauth/tokens";
const DEFAULT_LIFETIME_MS = 3_600_000;
/** Tokens are renewed this long before they expire, or a tenth of their life if that is less. */
const RENEW_AHEAD_MS = 300_000;

const EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange";
const TOKEN_TYPE = "urn:ietf:params:oauth:token-type:";
const ACCESS_TOKEN = `${TOKEN_TYPE}access_token`;
/** Token types a table's config may hold, the most wanted first (RST-039). */
const TABLE_TOKEN_TYPES = ["id_token", "access_token", "jwt", "saml2", "saml1"].map(
  (name) => TOKEN_TYPE + name,
);

/** Reads the OAuth2 properties. Throws `invalid-argument` for text that does not fit. */
export function oauthSettings(properties: RestProperties, base: string): OAuthSettings {
  const endpoint = properties.get("oauth2-server-uri") ?? DEFAULT_TOKEN_PATH;
  const extra: Record<string, string> = {};
  for (const key of ["audience", "resource"]) {
    const value = properties.get(key);
    if (value !== undefined) extra[key] = value;
  }
  return {
    tokenUri: /^https?:\/\//i.test(endpoint) ? endpoint : `${base}/${endpoint.replace(/^\/+/, "")}`,
    credential: splitCredential(properties.get("credential")),
    scope: properties.get("scope") ?? DEFAULT_SCOPE,
    extra,
    exchange: booleanProperty(properties, "token-exchange-enabled", true),
    refresh: booleanProperty(properties, "token-refresh-enabled", true),
    lifetimeMs: numberProperty(properties, "token-expires-in-ms", 1),
  };
}

/** `id:secret`, where the secret may hold colons, or a secret alone. */
function splitCredential(credential: string | undefined): OAuthSettings["credential"] {
  if (credential === undefined) return undefined;
  const colon = credential.indexOf(":");
  if (colon < 0) return { id: undefined, secret: credential };
  return { id: credential.slice(0, colon), secret: credential.slice(colon + 1) };
}

interface Token {
  readonly value: string;
  readonly type: string;
  readonly expiresAtMs: number;
  readonly renewAtMs: number;
}

/** A bearer token and the means to get the next. Its fields are private, so that no printer of objects shows them. */
export class OAuthSession implements RestAuth {
  readonly #settings: OAuthSettings;
  readonly #context: AuthContext;
  #token: Token | undefined;
  /** The request under way that everyone waits for. */
  #pending: Promise<void> | undefined;
  /** Where a first token comes from when neither token nor credential are there: another kind of token. */
  readonly #first: (() => Promise<TokenAnswer>) | undefined;

  constructor(
    settings: OAuthSettings,
    context: AuthContext,
    token?: string,
    first?: () => Promise<TokenAnswer>,
  ) {
    this.#settings = settings;
    this.#context = context;
    this.#first = first;
    if (token !== undefined) this.#token = this.#givenToken(token);
    else if (settings.credential === undefined && first === undefined) {
      throw new IcebergError(
        "invalid-argument",
        "Cannot use OAuth2: give the catalog a token or a credential",
      );
    }
  }

  async headers(options: AbortOptions = {}): Promise<Readonly<Record<string, string>>> {
    const now = this.#context.runtime.now();
    if (this.#token === undefined) await this.#obtain(options);
    else if (this.#settings.refresh && now >= this.#token.renewAtMs && this.#canRenew(this.#token, now)) {
      try {
        await this.#obtain(options);
      } catch (error) {
        options.signal?.throwIfAborted();
        if (now >= this.#token.expiresAtMs) throw error;
        this.#postpone(this.#token, now);
      }
    }
    return bearer(this.#token!.value);
  }

  async renew(refused: Readonly<Record<string, string>>, options: AbortOptions = {}): Promise<boolean> {
    if (this.#token !== undefined && bearer(this.#token.value).authorization !== refused.authorization)
      return true;
    if (this.#settings.credential === undefined) return false;
    this.#token = undefined;
    await this.#obtain(options);
    return true;
  }

  forTable(config: RestProperties): RestAuth {
    const settings = { ...this.#settings, credential: undefined };
    const token = config.get("token");
    if (token !== undefined) {
      return token === this.#token?.value ? this : new OAuthSession(settings, this.#context, token);
    }
    const type = TABLE_TOKEN_TYPES.find((name) => config.has(name));
    if (type === undefined) return this;
    return new OAuthSession(settings, this.#context, undefined, async () => {
      const { authorization } = await this.headers();
      const actor = authorization!.replace("Bearer ", "");
      return await this.#ask(this.#exchangeForm(config.get(type)!, type, actor), {
        authorization: authorization!,
      });
    });
  }

  /** Waits for the one request under way, or starts it. It outlives a caller that gives up. */
  async #obtain({ signal }: AbortOptions): Promise<void> {
    this.#pending ??= this.#next()
      .then((token) => {
        this.#token = token;
      })
      .finally(() => {
        this.#pending = undefined;
      });
    await untilAborted(this.#pending, signal);
  }

  async #next(): Promise<Token> {
    const { credential, exchange, scope, extra } = this.#settings;
    const current = this.#token;
    if (current !== undefined && exchange) {
      try {
        return this.#answered(await this.#exchange(current));
      } catch (error) {
        if (credential === undefined) throw error;
      }
    }
    if (credential === undefined) return this.#answered(await this.#first!());
    const form = {
      grant_type: "client_credentials",
      ...(credential.id !== undefined && { client_id: credential.id }),
      client_secret: credential.secret,
      scope,
      ...extra,
    };
    return this.#answered(await this.#ask(form, {}));
  }

  /** An expired token cannot vouch for its own exchange: the credential does then (RST-036). */
  async #exchange(current: Token): Promise<TokenAnswer> {
    const { credential } = this.#settings;
    const expired = this.#context.runtime.now() >= current.expiresAtMs;
    const authorization =
      expired && credential !== undefined
        ? basicHeader(credential.id ?? "", credential.secret)
        : bearer(current.value).authorization;
    return await this.#ask(this.#exchangeForm(current.value, current.type), { authorization });
  }

  #exchangeForm(token: string, type: string, actor?: string): Record<string, string> {
    return {
      grant_type: EXCHANGE,
      scope: this.#settings.scope,
      subject_token: token,
      subject_token_type: type,
      ...(actor !== undefined && { actor_token: actor, actor_token_type: ACCESS_TOKEN }),
      ...this.#settings.extra,
    };
  }

  #ask(
    form: Readonly<Record<string, string>>,
    headers: Readonly<Record<string, string>>,
  ): Promise<TokenAnswer> {
    return requestToken(this.#context, this.#settings.tokenUri, form, headers);
  }

  #answered(answer: TokenAnswer): Token {
    const now = this.#context.runtime.now();
    const { lifetimeMs = DEFAULT_LIFETIME_MS } = this.#settings;
    const expires =
      answer.expiresInMs === undefined
        ? (jwtExpiryMs(answer.token) ?? now + lifetimeMs)
        : now + answer.expiresInMs;
    return tokenOf(answer.token, answer.type ?? ACCESS_TOKEN, expires, now);
  }

  /** A token from the user lives as long as it says; if it does not, nobody knows, and only a refusal tells. */
  #givenToken(value: string): Token {
    const now = this.#context.runtime.now();
    const { lifetimeMs } = this.#settings;
    const told = lifetimeMs === undefined ? Number.POSITIVE_INFINITY : now + lifetimeMs;
    return tokenOf(value, ACCESS_TOKEN, jwtExpiryMs(value) ?? told, now);
  }

  #canRenew(token: Token, now: number): boolean {
    return this.#settings.credential !== undefined || (this.#settings.exchange && now < token.expiresAtMs);
  }

  /** A failed renewal is tried again half-way to the end, not at every request. */
  #postpone(token: Token, now: number): void {
    if (this.#token === token) this.#token = { ...token, renewAtMs: now + (token.expiresAtMs - now) / 2 };
  }
}

function tokenOf(value: string, type: string, expiresAtMs: number, now: number): Token {
  const ahead = Math.min((expiresAtMs - now) / 10, RENEW_AHEAD_MS);
  return { value, type, expiresAtMs, renewAtMs: expiresAtMs - ahead };
}

/** Settles with the promise, or rejects with the signal's reason as soon as that is aborted. */
function untilAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
