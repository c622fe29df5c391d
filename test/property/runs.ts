/** How many cases a law is tried on. @module */

/** `count` cases, times the environment's `ICEWRIGHT_RUNS` for a long run. */
export function runs(count: number): { readonly numRuns: number } {
  return { numRuns: Math.max(1, Math.round(count * Number(process.env.ICEWRIGHT_RUNS ?? 1))) };
}
