/** What a verb of the command line is, and what it gets to work with. Spec: none. @module */
import type { CatalogChoice } from "./catalog-choice.ts";
import type { Output } from "./output.ts";
import type { Progress } from "./progress.ts";
import type { Paint } from "./terminal.ts";

/** One flag. A `text` flag takes a value, a `list` one each time it is given, a `switch` none. */
export interface Flag {
  readonly kind: "text" | "list" | "switch";
  /** What the help calls the value. */
  readonly placeholder?: string;
  readonly short?: string;
  readonly help: string;
  /** The values there are, where they are few: for completion. */
  readonly choices?: readonly string[];
}

export type Flags = Readonly<Record<string, Flag>>;

export interface Example {
  /** Without the leading `icewright`. */
  readonly command: string;
  readonly says: string;
}

/** The arguments of one call, checked against the verb's flags. */
export interface Invocation {
  readonly operands: readonly string[];
  /** Value of a `text` flag. */
  text(flag: string): string | undefined;
  /** Values of a `list` flag, in order. */
  all(flag: string): readonly string[];
  /** Whether a `switch` flag was given. */
  has(flag: string): boolean;
}

/** What a verb works with besides its own arguments. */
export interface CliContext {
  /** Results: standard output. */
  readonly out: Output;
  /** Progress and diagnostics: one line on standard error. */
  note(line: string): Promise<void>;
  readonly json: boolean;
  /** Shows how far long work is; does nothing where standard error is no terminal. */
  readonly progress: Progress;
  /** The catalog that names of tables are looked up in. */
  readonly catalog: CatalogChoice;
  /** Relative paths of the command line start here. */
  readonly cwd: string;
  readonly signal: AbortSignal;
  readonly paint: Paint;
  /** Columns of the terminal results go to; absent when they go elsewhere. */
  readonly columns?: number;
}

/** One verb: a file in `verbs/` and a line in `verbs/index.ts`. */
export interface Verb {
  readonly name: string;
  /** One line for the list of verbs. */
  readonly summary: string;
  /** Operands as the usage line shows them. */
  readonly operands?: string;
  /** Fewest and most operands; default none. */
  readonly operandCount?: { readonly min: number; readonly max: number };
  /** What the operand may be, where that is a few words: for completion. */
  readonly operandChoices?: readonly string[];
  readonly flags: Flags;
  /** Paragraphs below the flags. */
  readonly notes?: readonly string[];
  readonly examples: readonly Example[];
  /** Throws for a failed run (exit 1) and `UsageError` for wrong usage (exit 2). */
  run(invocation: Invocation, context: CliContext): Promise<void>;
}

/** The command line itself is wrong: exit 2, with the usage of the verb. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
