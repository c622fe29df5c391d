/**
 * Every error a caller can meet, and the guard that narrows them.
 *
 * An {@link IcebergError} names the thing, its value and what to do; `code` is stable across releases,
 * `retryable` says whether the same call may succeed later without a change by the caller.
 * @module
 */

/** Stable error codes. A code never changes its meaning; new ones may be added. */
export type ErrorCode =
  /** An argument does not fit the API: wrong type, unknown option, impossible combination. */
  | "invalid-argument"
  /** Input rows do not fit the table schema. */
  | "invalid-row"
  /** A predicate cannot be parsed or bound. */
  | "invalid-expression"
  /** A schema, spec, sort order or property breaks a rule of the table format. */
  | "invalid-schema"
  /** Table metadata breaks a rule of the table format. */
  | "invalid-metadata"
  /** A file's bytes are not what its format demands (truncated, wrong magic, impossible length). */
  | "corrupt-file"
  /** A wire payload (OTLP, REST) cannot be decoded. */
  | "invalid-payload"
  /** The format allows it, this library does not do it. */
  | "unsupported"
  /** A feature of the runtime or file system that is needed is missing. */
  | "unavailable"
  | "no-such-table"
  | "no-such-namespace"
  | "no-such-warehouse"
  | "no-such-snapshot"
  | "no-such-file"
  | "already-exists"
  | "namespace-not-empty"
  /** The operation is not valid against the table's current state; retrying the same operation cannot help. */
  | "validation-failed"
  /** A concurrent commit won; nothing of this commit is visible. */
  | "commit-failed"
  /** The outcome of the commit could not be determined; nothing was deleted. */
  | "commit-state-unknown"
  | "not-authorized"
  | "forbidden"
  /** The file system, object store or catalog service refused or failed. */
  | "io-failed";

/** What an error carries beside its message. */
export interface ErrorDetails {
  /** Whether the same call may succeed later with nothing changed by the caller. Default `false`. */
  readonly retryable?: boolean;
  /** Named values that belong to the message: path, column, row, snapshot id … */
  readonly context?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/** The base of every error thrown on purpose. Narrow with {@link isIcebergError} or `instanceof`. */
export class IcebergError extends Error {
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly context: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = new.target.name;
    this.code = code;
    this.retryable = details.retryable ?? false;
    this.context = details.context ?? {};
  }
}

/** A concurrent commit won and the retries are used up; nothing of this commit is visible. */
export class CommitFailedError extends IcebergError {
  constructor(message: string, details: ErrorDetails = {}) {
    super("commit-failed", message, { retryable: true, ...details });
  }
}

/** The commit may or may not have happened. No file was deleted; look for the snapshot before writing again. */
export class CommitStateUnknownError extends IcebergError {
  constructor(message: string, details: ErrorDetails = {}) {
    super("commit-state-unknown", message, details);
  }
}

/** The operation does not fit the table's current state. */
export class ValidationError extends IcebergError {
  constructor(message: string, details: ErrorDetails = {}) {
    super("validation-failed", message, details);
  }
}

/** The catalog has no table of that name, or the path holds none. */
export class NoSuchTableError extends IcebergError {
  constructor(message: string, details: ErrorDetails = {}) {
    super("no-such-table", message, details);
  }
}

/** Narrows any caught value to an {@link IcebergError}, optionally of one code. */
export function isIcebergError(error: unknown): error is IcebergError;
export function isIcebergError<C extends ErrorCode>(
  error: unknown,
  code: C,
): error is IcebergError & { readonly code: C };
export function isIcebergError(error: unknown, code?: ErrorCode): boolean {
  return error instanceof IcebergError && (code === undefined || error.code === code);
}

/**
 * Checks an invariant of the library itself. A failure is a bug here, never the caller's fault.
 * Bad input gets an {@link IcebergError} instead.
 */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`icewright internal error: ${message}`);
}
