/** When an HTTP request may be sent again, and after how long. Spec: REST catalog, HTTP retries (RST-023). @module */
import type { HttpResponse } from "./http-client.ts";

/** Attempts after the first. */
export const HTTP_MAX_RETRIES = 5;
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 64_000;
/** A server that asks for more patience than this is taken to be out of order. */
const LONGEST_RETRY_AFTER_MS = 300_000;

const RETRIABLE = new Set([408, 429, 500, 502, 503, 504]);

/** What is known about sending a request twice. */
export type Repeatable =
  /** Twice is as good as once: GET, HEAD, DELETE. */
  | "always"
  /** Only when the server asks for it with `Retry-After`: it knows the second one by its key, or does not mind. */
  | "when-asked"
  /** Twice may do it twice. */
  | "never";

/**
 * Milliseconds to wait before sending a request again after this answer; `undefined` when it must not be. Requests
 * that are not repeatable are sent again only when the answer says that nothing was done (429), or when
 * asked to (503 with `Retry-After`, decision 6).
 */
export function retryWait(
  response: HttpResponse,
  repeatable: Repeatable,
  attempt: number,
  { nowMs, random }: { readonly nowMs: number; readonly random: number },
): number | undefined {
  if (!RETRIABLE.has(response.status)) return undefined;
  const asked = retryAfterMs(response.header("retry-after"), nowMs);
  const allowed =
    repeatable === "always" ||
    response.status === 429 ||
    (response.status === 503 && repeatable === "when-asked" && asked !== undefined);
  if (!allowed || (asked ?? 0) > LONGEST_RETRY_AFTER_MS) return undefined;
  return asked ?? backOffMs(attempt, random);
}

/** 1 s, 2 s, 4 s … 64 s, plus up to a tenth. */
export function backOffMs(attempt: number, random: number): number {
  const wait = Math.min(FIRST_WAIT_MS * 2 ** attempt, LONGEST_WAIT_MS);
  return Math.round(wait * (1 + random / 10));
}

/** `Retry-After` as milliseconds from now: seconds or an HTTP date. `undefined` for the past, zero and garbage. */
export function retryAfterMs(value: string | undefined, nowMs: number): number | undefined {
  const text = value?.trim() ?? "";
  const wait = /^\d+$/.test(text)
    ? Number(text) * 1000
    : /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/.test(text)
      ? Date.parse(text) - nowMs
      : 0;
  return wait > 0 ? wait : undefined;
}
