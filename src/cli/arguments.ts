/** From an argument list to a verb's invocation, by `node:util`'s parseArgs. Spec: none. @module */
import { parseArgs } from "node:util";
import { CATALOG_FLAGS } from "./catalog-choice.ts";
import { type Flags, type Invocation, UsageError, type Verb } from "./verb.ts";

/** Flags every verb takes. */
export const COMMON_FLAGS: Flags = {
  json: { kind: "switch", help: "Print JSON instead of text for people" },
  ...CATALOG_FLAGS,
  verbose: { kind: "switch", help: "On failure print the stack and causes" },
  help: { kind: "switch", short: "h", help: "Show this help" },
};

/** The verb's name and everything else, wherever the common flags stand. */
export interface SplitArguments {
  readonly verb: string | undefined;
  readonly rest: readonly string[];
}

/** Finds the first argument that is no flag and no flag's value. */
export function splitVerb(argv: readonly string[]): SplitArguments {
  for (let at = 0; at < argv.length; at++) {
    const argument = argv[at]!;
    if (argument === "--") break;
    if (argument.startsWith("-")) {
      const name = argument.replace(/^--/, "");
      const flag = Object.hasOwn(COMMON_FLAGS, name) ? COMMON_FLAGS[name] : undefined;
      if (flag !== undefined && flag.kind !== "switch") at++;
      continue;
    }
    return { verb: argument, rest: [...argv.slice(0, at), ...argv.slice(at + 1)] };
  }
  return { verb: undefined, rest: argv };
}

/** Whether a flag stands among the arguments, before any `--`. Serves help, which must work on wrong usage too. */
export function mentions(argv: readonly string[], ...flags: readonly string[]): boolean {
  const end = argv.indexOf("--");
  return (end < 0 ? argv : argv.slice(0, end)).some((argument) => flags.includes(argument));
}

/** Checks arguments against a verb. Throws `UsageError`. */
export function parseInvocation(verb: Verb, argv: readonly string[]): Invocation {
  const flags: Flags = { ...COMMON_FLAGS, ...verb.flags };
  const { values, positionals } = parse(flags, argv);
  checkOperands(verb, positionals);
  return {
    operands: positionals,
    text: (flag) => {
      const value = values[flag];
      return typeof value === "string" ? value : undefined;
    },
    all: (flag) => (Array.isArray(values[flag]) ? (values[flag] as readonly string[]) : []),
    has: (flag) => values[flag] === true,
  };
}

/** A `text` flag that holds a whole number of at least 0. Throws `UsageError`. */
export function wholeNumberFlag(invocation: Invocation, flag: string): number | undefined {
  const text = invocation.text(flag);
  if (text === undefined) return undefined;
  const number = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(number)) {
    throw new UsageError(`--${flag} takes a whole number of 0 or more, not ${JSON.stringify(text)}`);
  }
  return number;
}

/** A `list` flag of `key=value` pairs; the last value of a key counts. Throws `UsageError`. */
export function pairsFlag(invocation: Invocation, flag: string): Readonly<Record<string, string>> {
  const pairs = new Map<string, string>();
  for (const text of invocation.all(flag)) {
    const at = text.indexOf("=");
    if (at < 1) throw new UsageError(`--${flag} takes key=value, not ${JSON.stringify(text)}`);
    pairs.set(text.slice(0, at), text.slice(at + 1));
  }
  return Object.fromEntries(pairs);
}

/** A `text` flag that is one of some words. Throws `UsageError`. */
export function choiceFlag<C extends string>(
  invocation: Invocation,
  flag: string,
  choices: readonly C[],
): C | undefined {
  const text = invocation.text(flag);
  if (text === undefined) return undefined;
  const chosen = choices.find((choice) => choice === text);
  if (chosen !== undefined) return chosen;
  throw new UsageError(`--${flag} takes ${choices.join(", ")}, not ${JSON.stringify(text)}`);
}

/** A `text` flag that holds names separated by commas; `""` quotes names that hold one. Throws `UsageError`. */
export function namesFlag(invocation: Invocation, flag: string): readonly string[] | undefined {
  const text = invocation.text(flag);
  if (text === undefined) return undefined;
  const names: string[] = [];
  const name = /\s*(?:"((?:[^"]|"")*)"|([^,"]*))\s*(,|$)/y;
  do {
    const found = name.exec(text);
    const plain = found?.[1]?.replaceAll('""', '"') ?? found?.[2]?.trim() ?? "";
    if (found === null || plain === "") {
      throw new UsageError(`--${flag} takes names separated by commas, not ${JSON.stringify(text)}`);
    }
    names.push(plain);
    if (found[3] === "") return names;
  } while (name.lastIndex <= text.length);
  return names;
}

interface Parsed {
  readonly values: Readonly<Record<string, unknown>>;
  readonly positionals: readonly string[];
}

function parse(flags: Flags, argv: readonly string[]): Parsed {
  const options = Object.fromEntries(
    Object.entries(flags).map(([name, flag]) => [
      name,
      {
        type: flag.kind === "switch" ? ("boolean" as const) : ("string" as const),
        multiple: flag.kind === "list",
        ...(flag.short !== undefined && { short: flag.short }),
      },
    ]),
  );
  try {
    return parseArgs({ args: [...argv], options, allowPositionals: true, strict: true });
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    if (!code.startsWith("ERR_PARSE_ARGS")) throw error;
    throw new UsageError(parseFault(error as Error, code, Object.keys(flags)), { cause: error });
  }
}

/** parseArgs' first sentence, and the flag that was probably meant. */
function parseFault(error: Error, code: string, known: readonly string[]): string {
  const sentence = error.message
    .split("\n")[0]!
    .replace(/\. .*$/, "")
    .replace(/\.$/, "");
  const name = /'--?([^']+)'/.exec(sentence)?.[1] ?? "";
  if (sentence.endsWith("is ambiguous"))
    return `--${name} takes a value; one that starts with "-" as --${name}=-1`;
  if (code !== "ERR_PARSE_ARGS_UNKNOWN_OPTION") return sentence;
  const meant = closest(name, known);
  return meant === undefined ? sentence : `${sentence}; did you mean --${meant}?`;
}

function checkOperands(verb: Verb, operands: readonly string[]): void {
  const { min, max } = verb.operandCount ?? { min: 0, max: 0 };
  if (operands.length < min) throw new UsageError(`${verb.name} needs ${verb.operands ?? "no operands"}`);
  if (operands.length > max) {
    const extra = JSON.stringify(operands[max]);
    throw new UsageError(
      max === 0
        ? `${verb.name} takes no operands, found ${extra}`
        : `${verb.name} takes ${verb.operands} only, found also ${extra}`,
    );
  }
}

/** The known word at most two edits away. */
export function closest(word: string, known: readonly string[]): string | undefined {
  let best: string | undefined;
  let fewest = 3;
  for (const candidate of known) {
    const edits = distance(word, candidate);
    if (edits < fewest && edits < candidate.length) {
      fewest = edits;
      best = candidate;
    }
  }
  return best;
}

/** Levenshtein's distance of two short words. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
