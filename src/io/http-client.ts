/**
 * One HTTP exchange through `fetch`: bounded in time and size, cancellable, and honest about what became of a
 * request that got no reply. Spec: REST catalog, HTTP (RST-025, RST-096).
 * @module
 */
import { type AbortOptions, concatBytes, type ErrorDetails, IcebergError } from "../base/index.ts";

/** The platform's `fetch`, or one that stands in for it (a proxy agent, a test). */
export type FetchFunction = typeof globalThis.fetch;

export interface HttpRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
}

export interface HttpResponse {
  readonly status: number;
  /** A header by its name in any case. */
  header(name: string): string | undefined;
  /** Decompressed; empty when there is none. */
  readonly body: Uint8Array;
}

/** Sends one request once. Every status is an answer; only a missing answer is an {@link HttpError}. */
export type HttpSend = (request: HttpRequest, options?: AbortOptions) => Promise<HttpResponse>;

/**
 * What became of a request without an answer: `unsent`, the server cannot have got it; `lost`, the connection broke;
 * `timeout`; `too-large`, the answer was beyond the limit; `failed`, the platform does not say why.
 */
export type HttpFault = "unsent" | "lost" | "timeout" | "too-large" | "failed";

/** A request that got no usable answer. Never names headers or bodies: they hold secrets (RST-042). */
export class HttpError extends IcebergError {
  readonly fault: HttpFault;
  constructor(fault: HttpFault, message: string, details: ErrorDetails = {}) {
    super("io-failed", message, { retryable: true, ...details });
    this.fault = fault;
  }
}

/** How long one attempt may take, its whole answer included. */
export const HTTP_TIMEOUT_MS = 60_000;
/** The largest answer that is read: the metadata of a table with hundreds of thousands of snapshots. */
export const HTTP_MAX_RESPONSE_BYTES = 256 * 1024 * 1024;
const MAX_REDIRECTS = 5;

export interface HttpOptions {
  /** Default: the platform's. */
  readonly fetch?: FetchFunction | undefined;
  /** Milliseconds one attempt may take. Default {@link HTTP_TIMEOUT_MS}. */
  readonly timeoutMs?: number | undefined;
  /** Default {@link HTTP_MAX_RESPONSE_BYTES}. */
  readonly maxResponseBytes?: number | undefined;
}

/**
 * A sender over `fetch`. It rejects with an {@link HttpError}, with the signal's reason once that is aborted, or with
 * `invalid-argument` for headers and addresses that cannot be sent.
 */
export function httpClient(options: HttpOptions = {}): HttpSend {
  const { timeoutMs = HTTP_TIMEOUT_MS, maxResponseBytes = HTTP_MAX_RESPONSE_BYTES } = options;
  const send: FetchFunction = options.fetch ?? ((input, init) => globalThis.fetch(input, init));
  return async (request, { signal } = {}) => {
    signal?.throwIfAborted();
    const headers = checkedHeaders(request);
    const stop = new AbortController();
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      stop.abort();
    }, timeoutMs);
    const abort = () => stop.abort();
    signal?.addEventListener("abort", abort, { once: true });
    try {
      const response = await exchange(send, request, headers, stop.signal);
      const body = await readBody(response, request, maxResponseBytes);
      return { status: response.status, header: (name) => response.headers.get(name) ?? undefined, body };
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      if (error instanceof IcebergError) throw error;
      if (timedOut) {
        throw new HttpError("timeout", `${named(request)} got no whole answer in ${timeoutMs} ms`, {
          context: { url: request.url, timeoutMs },
        });
      }
      throw transportError(request, error);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
    }
  };
}

/** The answer after redirects within the origin; one that leads elsewhere would carry our headers there (RST-025). */
async function exchange(
  send: FetchFunction,
  { method, url: first, body }: HttpRequest,
  headers: Headers,
  signal: AbortSignal,
): Promise<Response> {
  let url = first;
  for (let hops = 0; ; hops++) {
    const init = {
      method,
      headers,
      redirect: "manual" as const,
      signal,
      ...(body !== undefined && { body }),
    };
    const response = await send(url, init);
    const target = redirectTarget(method, url, response);
    if (target === undefined) return response;
    await response.body?.cancel();
    if (hops === MAX_REDIRECTS) throw redirected(method, url, target, `after ${hops} others`);
    url = target;
  }
}

function redirectTarget(method: string, url: string, response: Response): string | undefined {
  if (response.type === "opaqueredirect") throw redirected(method, url, "an address the platform hides", "");
  if (![301, 302, 303, 307, 308].includes(response.status)) return undefined;
  const location = response.headers.get("location");
  if (location === null || !URL.canParse(location, url)) return undefined;
  const target = new URL(location, url);
  if (target.origin !== new URL(url).origin) throw redirected(method, url, target.href, "of another origin");
  const keepsMethod = method === "GET" || method === "HEAD" || response.status >= 307;
  if (!keepsMethod) throw redirected(method, url, target.href, `with status ${response.status}`);
  return target.href;
}

function redirected(method: string, url: string, target: string, why: string): HttpError {
  const message = `${method} ${url} was redirected to ${target} ${why}, which is not followed; configure that address`;
  return new HttpError("unsent", message, { retryable: false, context: { url, target } });
}

/** The whole body. Reading stops at the limit, however long the answer says it is. */
async function readBody(response: Response, request: HttpRequest, limit: number): Promise<Uint8Array> {
  if (response.body === null) return new Uint8Array();
  const reader = response.body.getReader();
  const parts: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return parts.length === 1 ? parts[0]! : concatBytes(parts);
    size += value.length;
    if (size > limit) {
      await reader.cancel();
      throw new HttpError("too-large", `${named(request)} was answered with more than ${limit} bytes`, {
        retryable: false,
        context: { url: request.url, limit },
      });
    }
    parts.push(value);
  }
}

/** Headers checked here, because the platform's error would quote the value, which may be a token. */
function checkedHeaders(request: HttpRequest): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers)) {
    try {
      headers.set(name, value);
    } catch {
      throw new IcebergError(
        "invalid-argument",
        `Cannot send header ${JSON.stringify(name)}: its name or value has characters that HTTP does not allow`,
        { context: { header: name } },
      );
    }
  }
  if (!URL.canParse(request.url)) {
    throw new IcebergError(
      "invalid-argument",
      `Cannot send a request to ${JSON.stringify(request.url)}: no URL`,
    );
  }
  return headers;
}

/** The request never left: no address, no connection, or no trust. */
const UNSENT =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT|CERT_.*|ERR_TLS_.*|ERR_SSL_.*|.*SELF_SIGNED.*|UNABLE_TO_.*)$/;
const LOST = /^(ECONNRESET|EPIPE|UND_ERR_SOCKET|ConnectionClosed)$/;

function transportError(request: HttpRequest, error: unknown): HttpError {
  const code = codeOf(error);
  const fault = UNSENT.test(code) ? "unsent" : LOST.test(code) ? "lost" : "failed";
  const what = fault === "unsent" ? "could not be sent" : "got no whole answer";
  return new HttpError(fault, `${named(request)} ${what}: ${reasonOf(error, code)}`, {
    context: { url: request.url, code },
    cause: error,
  });
}

/** The system's code, which fetch hides in the cause. */
function codeOf(error: unknown): string {
  for (let at = error, depth = 0; at instanceof Error && depth < 4; at = at.cause, depth++) {
    if ("code" in at && typeof at.code === "string") return at.code;
  }
  return "";
}

function reasonOf(error: unknown, code: string): string {
  let message = String(error);
  for (let at = error, depth = 0; at instanceof Error && depth < 4; at = at.cause, depth++) {
    if (at.message !== "") message = at.message;
  }
  return code === "" || message.includes(code) ? message : `${message} (${code})`;
}

function named(request: HttpRequest): string {
  return `${request.method} ${request.url}`;
}
