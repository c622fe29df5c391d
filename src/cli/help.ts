/** Help and usage text, all of it made from the table of verbs. Spec: none. @module */
import { COMMON_FLAGS } from "./arguments.ts";
import type { Flags, Verb } from "./verb.ts";

/** `usage: icewright scan TABLE [flags]`. */
export function usageLine(verb: Verb): string {
  const operands = verb.operands === undefined ? "" : ` ${verb.operands}`;
  const flags = Object.entries(verb.flags).map(
    ([name, flag]) =>
      ` [--${name}${flag.placeholder === undefined ? "" : ` ${flag.placeholder}`}]${flag.kind === "list" ? "…" : ""}`,
  );
  return `usage: icewright ${verb.name}${operands}${flags.join("")} [--json] [--warehouse DIR | --catalog URI]`;
}

/** Everything about one verb. */
export function verbHelp(verb: Verb): string {
  const parts = [`icewright ${verb.name}: ${verb.summary}`, usageLine(verb)];
  parts.push(flagList({ ...verb.flags, ...COMMON_FLAGS }));
  for (const note of verb.notes ?? []) parts.push(note);
  const examples = verb.examples.map(({ command, says }) => `  # ${says}\n  icewright ${command}`);
  parts.push(`Examples:\n${examples.join("\n")}`);
  return parts.join("\n\n");
}

/** Two lines for a command line without a known verb. */
export function generalUsage(verbs: readonly Verb[]): string {
  const names = verbs.map(({ name }) => name).join(", ");
  return `usage: icewright VERB [operands] [flags]\nverbs: ${names}; icewright --help says more`;
}

/** The list of verbs. */
export function generalHelp(verbs: readonly Verb[]): string {
  const width = Math.max(...verbs.map((verb) => title(verb).length));
  const list = verbs.map((verb) => `  ${title(verb).padEnd(width)}  ${verb.summary}`);
  return [
    "icewright: Apache Iceberg tables and OpenTelemetry data from the command line",
    "usage: icewright VERB [operands] [flags]",
    `Verbs:\n${list.join("\n")}`,
    `Flags of every verb:\n${flagList(COMMON_FLAGS)}`,
    "TABLE is namespace.name in the warehouse or catalog, or the path of a table folder or metadata file.",
    "Environment: ICEWRIGHT_WAREHOUSE, ICEWRIGHT_CATALOG, ICEWRIGHT_TOKEN and ICEWRIGHT_CREDENTIAL stand for the\n" +
      "flags of those names where a flag is not given; NO_COLOR turns colours off.",
    "Results go to standard output, progress and errors to standard error.\n" +
      "Exit status: 0 done, 1 failed, 2 wrong usage, 130 interrupted.",
    "icewright VERB --help shows flags and examples of a verb.",
  ].join("\n\n");
}

function title(verb: Verb): string {
  return verb.operands === undefined ? verb.name : `${verb.name} ${verb.operands}`;
}

function flagList(flags: Flags): string {
  const rows = Object.entries(flags).map(([name, flag]) => {
    const short = flag.short === undefined ? "" : `-${flag.short}, `;
    const value = flag.placeholder === undefined ? "" : ` ${flag.placeholder}`;
    return [`  ${short}--${name}${value}`, flag.help] as const;
  });
  const width = Math.max(...rows.map(([flag]) => flag.length));
  return rows.map(([flag, text]) => `${flag.padEnd(width)}  ${text}`).join("\n");
}
