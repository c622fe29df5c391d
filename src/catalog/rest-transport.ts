/**
 * Calls of a REST catalog: headers, tokens, repetition, and the difference between a change that failed and one whose
 * fate nobody knows. Spec: REST catalog, HTTP and errors (RST-018 … RST-030).
 * @module
 */
import {
  type AbortOptions,
  CommitStateUnknownError,
  IcebergError,
  type Json,
  parseJson,
  stringifyJson,
  utf8Decode,
} from "../base/index.ts";
import {
  backOffMs,
  HTTP_MAX_RETRIES,
  HttpError,
  type HttpRequest,
  type HttpResponse,
  type HttpSend,
  type Repeatable,
  type Runtime,
  retryWait,
} from "../io/index.ts";
import type { RestAuth } from "./rest-auth.ts";
import { leavesDoubt, type RestSubject, restError } from "./rest-errors.ts";
import { address } from "./rest-paths.ts";

/** One call. `POST` and `DELETE` are changes; all but `POST` may be repeated freely. */
export interface RestCall extends RestSubject {
  readonly method: "GET" | "HEAD" | "POST" | "DELETE";
  /** Below the base address, names already encoded. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: Json;
  /** Instead of the catalog's session. */
  readonly auth?: RestAuth;
}

/** What every call of one catalog shares. */
export interface RestContext {
  readonly http: HttpSend;
  readonly runtime: Runtime;
  readonly base: string;
  /** From `header.*` properties. */
  readonly headers: ReadonlyMap<string, string>;
  readonly auth: RestAuth;
  /** Attempts after the first. Default {@link HTTP_MAX_RETRIES}. */
  readonly maxRetries?: number | undefined;
  /** How long the server remembers keys; `undefined` when it does not. */
  readonly idempotencyLifetimeMs?: number | undefined;
}

/** What became of a change so far. */
interface Fate {
  /** A copy was sent that may have been applied, whatever later copies were answered. */
  earlier: boolean;
  /** The same of the copy under way. */
  current: boolean;
}

/**
 * Makes a call and reads its answer (`undefined` when that is empty).
 * @throws CommitStateUnknownError when a change may have been made: the reply was lost, late or unreadable, the server
 *   failed, or the call was aborted under way. Any other error means that nothing was changed.
 */
export async function callRest<T>(
  context: RestContext,
  call: RestCall,
  read: (answer: Json | undefined) => T,
  options: AbortOptions = {},
): Promise<T> {
  options.signal?.throwIfAborted();
  const fate: Fate = { earlier: false, current: false };
  try {
    const response = await send(context, call, fate, options);
    // What an earlier copy of a DELETE removed, a later one cannot find.
    if (response.status === 404 && call.method === "DELETE" && fate.earlier) return read(undefined);
    if (response.status >= 300) {
      fate.current = fate.current && leavesDoubt(response.status);
      throw restError(call, response);
    }
    return readAnswer(call, response, read);
  } catch (error) {
    if (!fate.earlier && !fate.current) throw error;
    throw new CommitStateUnknownError(
      `Cannot tell whether the catalog did ${call.action}: ${error instanceof Error ? error.message : String(error)}; look before trying again`,
      { cause: error, context: { action: call.action } },
    );
  }
}

/** Sends a call until it has an answer that stands. */
async function send(
  { http, runtime, maxRetries = HTTP_MAX_RETRIES, ...context }: RestContext,
  call: RestCall,
  fate: Fate,
  options: AbortOptions,
): Promise<HttpResponse> {
  const isChange = call.method === "POST" || call.method === "DELETE";
  const keyed = isChange && context.idempotencyLifetimeMs !== undefined;
  const repeatable: Repeatable = call.method !== "POST" ? "always" : keyed ? "when-asked" : "never";
  const keyExpiresAt = runtime.now() + (context.idempotencyLifetimeMs ?? 0);
  const auth = call.auth ?? context.auth;
  const common = commonHeaders(call, context.headers, keyed ? runtime.timeUuid() : undefined);
  const text = call.body === undefined ? undefined : stringifyJson(call.body);
  let renewed = false;
  for (let attempt = 0; ; ) {
    const proof = await auth.headers(options);
    const request: HttpRequest = {
      method: call.method,
      url: address(context.base, call.path, call.query),
      headers: { ...common, ...proof },
      body: text,
    };
    options.signal?.throwIfAborted();
    fate.current = isChange;
    let wait: number | undefined;
    try {
      const response = await http(request, options);
      const { status } = response;
      const refused = status === 401 || status === 419;
      if (refused) fate.current = false;
      if (refused && !renewed && (await auth.renew(proof, options))) {
        renewed = true;
        continue;
      }
      wait = retryWait(response, repeatable, attempt, { nowMs: runtime.now(), random: runtime.random() });
      const tooLate = keyed && runtime.now() + (wait ?? 0) >= keyExpiresAt;
      if (wait === undefined || attempt >= maxRetries || tooLate) return response;
      fate.current = isChange && leavesDoubt(status);
    } catch (error) {
      const wasSent =
        error instanceof HttpError ? error.fault !== "unsent" : options.signal?.aborted === true;
      fate.current &&= wasSent;
      if (!(error instanceof HttpError)) throw error;
      if (call.method === "POST" || error.fault !== "lost" || attempt >= maxRetries)
        throw failed(call, error);
      wait = backOffMs(attempt, runtime.random());
    }
    fate.earlier ||= fate.current;
    fate.current = false;
    attempt++;
    await runtime.sleep(wait, options);
  }
}

function commonHeaders(
  call: RestCall,
  own: ReadonlyMap<string, string>,
  key: string | undefined,
): Record<string, string> {
  return {
    accept: "application/json",
    ...(call.body !== undefined && { "content-type": "application/json" }),
    ...Object.fromEntries([...own].map(([name, value]) => [name.toLowerCase(), value])),
    ...(key !== undefined && { "idempotency-key": key }),
  };
}

function readAnswer<T>(
  call: RestCall,
  { status, body }: HttpResponse,
  read: (answer: Json | undefined) => T,
): T {
  try {
    return read(body.length === 0 ? undefined : parseJson(utf8Decode(body), `the answer to ${call.action}`));
  } catch (error) {
    if (!(error instanceof IcebergError) || error.code === "unsupported") throw error;
    throw new IcebergError(
      "invalid-payload",
      `Cannot ${call.action}: the catalog answered ${status} with something else than the protocol says: ${error.message}`,
      { cause: error, context: { status } },
    );
  }
}

function failed(call: RestCall, error: HttpError): HttpError {
  return new HttpError(error.fault, `Cannot ${call.action}: ${error.message}`, {
    retryable: error.retryable,
    context: error.context,
    cause: error,
  });
}
