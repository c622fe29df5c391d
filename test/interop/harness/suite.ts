/** Suites, checks and their outcomes. @module */
import type { Engine } from "./engine.ts";

export interface Outcome {
  readonly suite: string;
  /** What was looked at: a table, or the adapter. */
  readonly subject: string;
  readonly engine: string;
  readonly title: string;
  readonly passed: boolean;
  readonly milliseconds: number;
  readonly error?: string;
  /** The engine's own fault that this check met as expected; `passed` is true then. */
  readonly known?: string;
}

/** Throws when the check fails; may answer why a failure it met is a known fault of the engine. */
export type CheckWork = () => Promise<string | undefined | void>;

/** What a suite gets to work with. */
export interface SuiteContext {
  /** The engines selected for this run, started on first use. */
  readonly engines: readonly Engine[];
  /** The engine of that name. @throws Error when it was not selected. */
  engine(name: string): Promise<Engine>;
  /** An empty folder of this suite's own, kept after the run for looking at. */
  readonly folder: string;
  /** Options of the command line, such as `--tables`. */
  readonly options: Readonly<Record<string, string | undefined>>;
  /** Runs one check; a throw is a failure with that message. Never rejects. */
  check(subject: string, engine: string, title: string, work: CheckWork): Promise<boolean>;
}

export interface Suite {
  readonly name: string;
  /** One line for `--list`. */
  readonly purpose: string;
  readonly stage: "fast" | "medium" | "full";
  readonly run: (context: SuiteContext) => Promise<void>;
}

/** Runs `work` for every engine at once: each is a process of its own, and answers its requests in turn. */
export async function forEachEngine(
  context: SuiteContext,
  work: (engine: Engine) => Promise<unknown>,
): Promise<void> {
  await Promise.all(context.engines.map(work));
}

/** @throws Error unless the two are equal. */
export function assertEqual<T extends string | number | boolean>(actual: T, expected: T, what: string): void {
  if (actual !== expected) throw new Error(`${what} is ${actual}, expected ${expected}`);
}

/** Runs `work`, which must throw an error whose message matches. */
export async function assertThrows(work: () => unknown, pattern: RegExp): Promise<void> {
  let error: unknown;
  try {
    await work();
  } catch (caught) {
    error = caught;
  }
  if (error === undefined) throw new Error(`Nothing was thrown; expected ${pattern}`);
  const message = error instanceof Error ? error.message : String(error);
  if (!pattern.test(message))
    throw new Error(`Threw ${JSON.stringify(message.slice(0, 500))}, expected ${pattern}`);
}
