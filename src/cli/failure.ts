/** How a failed run is told on standard error. Spec: none. @module */
import { IcebergError } from "../base/index.ts";
import { harmless, type Paint } from "./terminal.ts";

/** An error's lines: `error: … [code]`, then a `hint:` where there is one, then the stack if asked for. */
export function failureText(error: unknown, options: { paint: Paint; verbose: boolean }): string {
  const { paint, verbose } = options;
  const label = paint.red(paint.bold("error:"));
  const lines: string[] = [];
  if (error instanceof IcebergError) {
    // Errors of filters bring the filter and a caret on lines of their own.
    const [first, ...more] = error.message.split("\n");
    lines.push(`${label} ${harmless(first!)} [${error.code}]`, ...more.map(harmless));
    const { hint } = error.context;
    if (typeof hint === "string") lines.push(`hint: ${harmless(hint)}`);
    if (error.retryable) lines.push("hint: the same command may succeed later");
  } else {
    const message = error instanceof Error ? error.message : String(error);
    lines.push(`${label} unexpected: ${harmless(message)}`);
    if (!verbose) lines.push("hint: run it again with --verbose for the stack");
  }
  if (verbose) lines.push(...stackLines(error));
  return lines.join("\n");
}

function stackLines(error: unknown): string[] {
  const lines: string[] = [];
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth++) {
    if (depth > 0) lines.push("caused by:");
    for (const line of (at.stack ?? at.message).split("\n")) lines.push(harmless(line));
  }
  return lines;
}
