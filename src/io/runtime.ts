/** Time, identity and waiting, injected so that everything above can be tested with a fake clock. @module */
import { v7 } from "uuid";
import type { AbortOptions } from "../base/index.ts";
import { INT64_MAX } from "../base/index.ts";

/** The outside world as the verbs see it. */
export interface Runtime {
  /** Milliseconds since the epoch. */
  now(): number;
  /** A random UUID (version 4): table UUIDs. */
  randomUuid(): string;
  /** A time-ordered UUID (version 7): file names, idempotency keys. */
  timeUuid(): string;
  /** Random bytes: Avro sync markers. */
  randomBytes(length: number): Uint8Array;
  /** A number in [0, 1): back-off jitter. */
  random(): number;
  /** Resolves after `ms` milliseconds; rejects with the signal's reason when aborted. */
  sleep(ms: number, options?: AbortOptions): Promise<void>;
}

/** The real clock and the platform's random source. */
export const systemRuntime: Runtime = Object.freeze({
  now: () => Date.now(),
  randomUuid: () => crypto.randomUUID(),
  timeUuid: () => v7(),
  randomBytes: (length: number) => crypto.getRandomValues(new Uint8Array(length)),
  random: () => Math.random(),
  sleep,
});

/** A random positive int64, for snapshot ids (MET-025). */
export function randomSnapshotId(runtime: Runtime): bigint {
  const bytes = runtime.randomBytes(8);
  const id = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0) & INT64_MAX;
  return id === 0n ? 1n : id;
}

/** Beyond it timers fire at once. */
const LONGEST_SLEEP_MS = 2 ** 31 - 1;

function sleep(ms: number, options: AbortOptions = {}): Promise<void> {
  const { signal } = options;
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const abort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(
      () => {
        signal?.removeEventListener("abort", abort);
        resolve();
      },
      Math.min(ms, LONGEST_SLEEP_MS),
    );
    signal?.addEventListener("abort", abort, { once: true });
  });
}
