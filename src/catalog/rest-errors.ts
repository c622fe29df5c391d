/**
 * What an answer that is no success means, by the route it came from. Spec: REST catalog, HTTP and errors
 * (RST-018 … RST-022).
 * @module
 */
import {
  CommitFailedError,
  type ErrorDetails,
  IcebergError,
  isJsonObject,
  type Json,
  NoSuchTableError,
  parseJson,
  ValidationError,
} from "../base/index.ts";
import type { HttpResponse } from "../io/index.ts";
import type { Namespace } from "./client.ts";

/** Routes whose statuses mean the same. */
export type RestRoute = "config" | "namespace" | "create-table" | "table" | "rename" | "commit";

/** The call an answer belongs to, as errors name it. */
export interface RestSubject {
  readonly route: RestRoute;
  /** After "Cannot": `load ns.t`. */
  readonly action: string;
  readonly namespace?: Namespace;
  /** Whether the call drops a namespace. */
  readonly drops?: boolean;
}

const LONGEST_TEXT = 500;

/** The error an answer stands for. Whether a change may have been made is decided elsewhere. */
export function restError(subject: RestSubject, response: HttpResponse): IcebergError {
  const { status } = response;
  const { type, message } = errorBody(response);
  const said = `the catalog answered ${status}${type === "" ? "" : ` ${type}`}${message === "" ? "" : `: ${message}`}`;
  const text = `Cannot ${subject.action}: ${said}`;
  const details: ErrorDetails = { context: { status, ...(type !== "" && { type }) } };
  switch (status) {
    case 400:
      return badRequest(subject, type, text, details);
    case 401:
    case 419:
      return new IcebergError("not-authorized", `${text}; check the token or credential`, details);
    case 403:
      return new IcebergError("forbidden", text, details);
    case 404:
      return notFound(subject, type, text, details);
    case 405:
    case 406:
    case 501:
      return new IcebergError("unsupported", text, details);
    case 409:
      if (subject.route === "commit") return new CommitFailedError(text, details);
      // Old servers say 400 (RST-065). Nothing else is in the way of a drop.
      if (type === "NamespaceNotEmptyException" || subject.drops === true) {
        return new IcebergError("namespace-not-empty", text, details);
      }
      return new IcebergError("already-exists", text, details);
    case 422:
      return new ValidationError(text, details);
  }
  const retryable = status === 408 || status === 429 || status >= 500;
  return new IcebergError("io-failed", text, { ...details, retryable });
}

/** Whether a change may have been made although this answer is no success (RST-020). */
export function leavesDoubt(status: number): boolean {
  return status === 408 || (status >= 500 && status !== 501);
}

/** `type` and `message` of an error body; of a body that is none (a proxy's page), its beginning. */
export function errorBody(response: HttpResponse): { readonly type: string; readonly message: string } {
  const text = new TextDecoder().decode(response.body.subarray(0, 64 * 1024));
  const json = jsonOf(text);
  const error = isJsonObject(json) ? json.error : undefined;
  if (!isJsonObject(error)) return { type: "", message: shortened(text.replace(/<[^>]*>/g, " ")) };
  const { type, message } = error;
  return {
    type: typeof type === "string" ? shortened(type) : "",
    message: typeof message === "string" ? shortened(message) : "",
  };
}

function badRequest(subject: RestSubject, type: string, text: string, details: ErrorDetails): IcebergError {
  if (type === "NamespaceNotEmptyException") return new IcebergError("namespace-not-empty", text, details);
  if (subject.route === "commit") return new ValidationError(text, details);
  return new IcebergError("invalid-argument", text, details);
}

/** The type decides, else the route (RST-019). */
function notFound(subject: RestSubject, type: string, text: string, details: ErrorDetails): IcebergError {
  const { route, namespace } = subject;
  if (route === "config") {
    const help = type === "" ? "check the catalog's uri" : "check the warehouse";
    return new IcebergError("no-such-warehouse", `${text}; ${help}`, details);
  }
  const byType = type === "NoSuchTableException" || type === "NoSuchNamespaceException";
  const ofNamespace = byType
    ? type === "NoSuchNamespaceException"
    : route === "namespace" || route === "create-table";
  if (ofNamespace) {
    const help = `create it first with createNamespace(${JSON.stringify(namespace?.join(".") ?? "")})`;
    return new IcebergError("no-such-namespace", `${text}; ${help}`, details);
  }
  // The table is known, but its metadata file is gone.
  if (type === "NotFoundException") return new IcebergError("no-such-file", text, details);
  return new NoSuchTableError(text, details);
}

function jsonOf(text: string): Json | undefined {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

function shortened(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > LONGEST_TEXT ? `${line.slice(0, LONGEST_TEXT)}…` : line;
}
