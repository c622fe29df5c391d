/** Child processes run to their end, output kept for the error. @module */
import { spawn } from "node:child_process";

export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Milliseconds before the child is killed; default 15 minutes. */
  readonly timeoutMs?: number;
  /** Return the outcome instead of throwing when the exit code is not 0. */
  readonly allowFailure?: boolean;
}

export interface CommandOutcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program. @throws Error with the tail of its output when it fails, unless `allowFailure`. */
export function run(
  program: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandOutcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: ["ignore", "pipe", "pipe"],
      timeout: options.timeoutMs ?? 15 * 60_000,
    });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => err.push(chunk));
    child.once("error", reject);
    child.once("close", (code, signal) => {
      const outcome = {
        code,
        stdout: Buffer.concat(out).toString("utf8"),
        stderr: Buffer.concat(err).toString("utf8"),
      };
      if (code === 0 || options.allowFailure) return resolve(outcome);
      const tail = (outcome.stderr + outcome.stdout).trim().split("\n").slice(-25).join("\n");
      reject(new Error(`${program} ${args.join(" ")} ended with ${signal ?? code}\n${tail}`));
    });
  });
}
