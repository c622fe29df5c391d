/**
 * Setup of a conformance run: counts the assertions that each test evaluates. The count is of matchers that ran, so
 * an `expect(x)` without one is worth nothing, and each run of a fast-check property counts its own.
 * @module
 */
import { afterEach, beforeEach, chai } from "vitest";

declare module "vitest" {
  interface TaskMeta {
    /** Assertions evaluated while the test ran. */
    assertions?: number;
  }
}

type Matcher = (this: unknown, ...args: unknown[]) => unknown;
const prototype = chai.Assertion.prototype as unknown as Record<string, Matcher>;
let evaluated = 0;

for (const name of Object.getOwnPropertyNames(prototype)) {
  // Getters such as `not` and `resolves` are read, not called, so they are left alone.
  const matcher: unknown = Object.getOwnPropertyDescriptor(prototype, name)?.value;
  if (!/^to[A-Z]/.test(name) || typeof matcher !== "function") continue;
  prototype[name] = function counted(...args) {
    evaluated++;
    return (matcher as Matcher).apply(this, args);
  };
}

beforeEach(() => {
  evaluated = 0;
});
afterEach(({ task }) => {
  task.meta.assertions = evaluated;
});
