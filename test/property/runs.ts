/** How many cases a law is tried on; who imports this has the default of fast-check multiplied, too. @module */
import fc from "fast-check";

/** `count` cases, times the environment's `ICEWRIGHT_RUNS` for a long run. */
export function runs(count: number): { readonly numRuns: number } {
  return { numRuns: Math.max(1, Math.round(count * Number(process.env.ICEWRIGHT_RUNS ?? 1))) };
}

fc.configureGlobal({ ...fc.readConfigureGlobal(), ...runs(100) });
