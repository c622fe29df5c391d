/** One run of the command line, from an argument list to an exit status. Spec: none. @module */
import { readFileSync } from "node:fs";
import { closest, mentions, parseInvocation, splitVerb } from "./arguments.ts";
import { catalogChoice } from "./catalog-choice.ts";
import { failureText } from "./failure.ts";
import { generalHelp, generalUsage, usageLine, verbHelp } from "./help.ts";
import { BrokenPipe, type CliStream, Output } from "./output.ts";
import { progressOn } from "./progress.ts";
import { paintFor } from "./terminal.ts";
import { type CliContext, UsageError, type Verb } from "./verb.ts";
import { VERBS } from "./verbs/index.ts";

/** What a run gets from its process. */
export interface RunOptions {
  readonly stdout: CliStream;
  readonly stderr: CliStream;
  /** Relative paths start here. */
  readonly cwd: string;
  /** Aborting ends the run with {@link EXIT_INTERRUPTED}; nothing half-written is published. */
  readonly signal?: AbortSignal;
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

export const EXIT_DONE = 0;
export const EXIT_FAILED = 1;
export const EXIT_USAGE = 2;
/** What shells report of a process ended by SIGINT. */
export const EXIT_INTERRUPTED = 130;

/** Runs one command line, without the program's own name. Never throws: failures are told on `stderr`. */
export async function run(argv: readonly string[], options: RunOptions): Promise<number> {
  const streams = { out: new Output(options.stdout), err: new Output(options.stderr) };
  const signal = options.signal ?? new AbortController().signal;
  try {
    await dispatch(argv, { ...options, signal }, streams);
    await streams.out.finish();
    return EXIT_DONE;
  } catch (error) {
    try {
      return await tell(error, argv, { ...options, signal }, streams.err);
    } catch {
      // Standard error itself is gone: the exit status is all that is left to say.
      return error instanceof BrokenPipe ? EXIT_DONE : EXIT_FAILED;
    }
  }
}

interface Streams {
  readonly out: Output;
  readonly err: Output;
}

type Settled = RunOptions & { readonly signal: AbortSignal };

async function dispatch(argv: readonly string[], options: Settled, { out, err }: Streams): Promise<void> {
  const { verb: name, rest } = splitVerb(argv);
  const wantsHelp = mentions(argv, "--help", "-h");
  if (name === undefined) {
    if (mentions(argv, "--version")) return await out.line(packageVersion());
    if (wantsHelp) return await out.line(generalHelp(VERBS));
    throw new UsageError("a verb is missing");
  }
  if (name === "help") {
    const about = splitVerb(rest).verb;
    return await out.line(about === undefined ? generalHelp(VERBS) : verbHelp(findVerb(about)));
  }
  const verb = findVerb(name);
  if (wantsHelp) return await out.line(verbHelp(verb));
  const invocation = parseInvocation(verb, rest);
  const { columns } = options.stdout;
  const environment = options.environment ?? {};
  const isTerminal = options.stdout.isTTY === true;
  const progress = progressOn(options.stderr, err, environment);
  if (isTerminal) out.beforeWrite = () => progress.clear();
  const context: CliContext = {
    out,
    note: async (line) => {
      await progress.clear();
      await err.line(line);
    },
    progress,
    json: invocation.has("json"),
    catalog: catalogChoice(invocation, options.cwd, environment),
    cwd: options.cwd,
    signal: options.signal,
    paint: paintFor(isTerminal, environment),
    ...(isTerminal && columns !== undefined && { columns }),
  };
  options.signal.throwIfAborted();
  try {
    await verb.run(invocation, context);
  } finally {
    await progress.clear();
  }
}

async function tell(error: unknown, argv: readonly string[], options: Settled, err: Output): Promise<number> {
  if (error instanceof BrokenPipe) return EXIT_DONE;
  if (options.signal.aborted) {
    await err.line("interrupted: nothing half-written was published");
    return EXIT_INTERRUPTED;
  }
  const paint = paintFor(options.stderr.isTTY === true, options.environment ?? {});
  if (error instanceof UsageError) {
    const verb = VERBS.find((candidate) => candidate.name === splitVerb(argv).verb);
    await err.line(`${paint.red(paint.bold("error:"))} ${error.message}`);
    await err.line(verb === undefined ? generalUsage(VERBS) : usageLine(verb));
    if (verb !== undefined) await err.line(`icewright ${verb.name} --help says more`);
    return EXIT_USAGE;
  }
  await err.line(failureText(error, { paint, verbose: mentions(argv, "--verbose") }));
  return EXIT_FAILED;
}

function findVerb(name: string): Verb {
  const verb = VERBS.find((candidate) => candidate.name === name);
  if (verb !== undefined) return verb;
  const names = VERBS.map((candidate) => candidate.name);
  const meant = closest(name, names);
  throw new UsageError(
    `there is no verb ${JSON.stringify(name)}${meant === undefined ? "" : `; did you mean ${meant}?`}`,
  );
}

/** Both `src/cli` and `dist/cli` lie two folders below `package.json`. */
function packageVersion(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  const { version } = JSON.parse(text) as { version: string };
  return version;
}
