/** How laws are tried and how they fail, whatever test runner calls them. @module */
import fc from "fast-check";

/** fast-check's own options: `numRuns`, `seed`, `path`, `verbose`, … */
export type LawOptions = Pick<
  fc.Parameters,
  "numRuns" | "seed" | "path" | "verbose" | "endOnFailure" | "interruptAfterTimeLimit" | "timeout"
>;

/**
 * Tries a property.
 * @returns How many cases held.
 * @throws Error with the smallest counterexample found, its seed and its path.
 */
export function tryLaw<T>(property: fc.IProperty<T>, options: LawOptions = {}): number {
  const details = fc.check(property, { ...options });
  if (details.failed) throw failure(fc.defaultReportMessage(details), details.errorInstance);
  return details.numRuns;
}

/** {@link tryLaw} of a property that waits for something. */
export async function tryLawAsync<T>(
  property: fc.IAsyncProperty<T>,
  options: LawOptions = {},
): Promise<number> {
  const details = await fc.check(property, { ...options });
  if (!details.failed) return details.numRuns;
  throw failure(await fc.asyncDefaultReportMessage(details), details.errorInstance);
}

/** Fails a case, saying which law it breaks. */
export function demand(holds: boolean, breach: string | (() => string)): void {
  if (!holds) throw new Error(typeof breach === "string" ? breach : breach());
}

/** Makes fast-check print a case as text worth reading. */
export function printed<T extends object>(value: T, text: () => string): T {
  return Object.defineProperty(value, fc.toStringMethod, { value: text, configurable: true });
}

function failure(report: string | undefined, cause: unknown): Error {
  const breach = cause instanceof Error ? cause.message : String(cause);
  return new Error(`${breach}\n${report ?? ""}`, { cause });
}
