/** Cancellation: every async public function takes `{ signal }` and rejects with the signal's reason. @module */

/** Options of every asynchronous call. */
export interface AbortOptions {
  /** Aborting rejects the call with the signal's reason at the next step; nothing half-written is published. */
  readonly signal?: AbortSignal | undefined;
}
