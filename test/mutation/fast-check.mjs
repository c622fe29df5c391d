/** What the laws import as `fast-check` while mutants run: few inputs, always the same, and no search for small ones. @module */
import * as real from "fast-check";

export * from "fast-check";

/** Laws judge thousands of mutants here: more inputs find little more. */
const MOST_RUNS = 30;

export function assert(property, parameters = {}) {
  const numRuns = Math.min(parameters.numRuns ?? MOST_RUNS, MOST_RUNS);
  return real.assert(property, { seed: 4, endOnFailure: true, ...parameters, numRuns });
}

export default { ...real, assert };
