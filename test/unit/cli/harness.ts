/** Runs the command line in this process: argument list in, exit status and both streams out. @module */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import type { CliStream } from "../../../src/cli/output.ts";
import { run } from "../../../src/cli/run.ts";

export const SAMPLE = fileURLToPath(new URL("../../../sample/traces.pb", import.meta.url));

/** A stream that keeps its text. */
export class Captured extends Writable {
  text = "";
  readonly isTTY: boolean;
  readonly columns: number | undefined;

  private readonly written: string[] | undefined;

  constructor(columns?: number, written?: string[]) {
    super({ decodeStrings: false });
    this.isTTY = columns !== undefined;
    this.columns = columns;
    this.written = written;
  }

  override _write(chunk: string, _encoding: string, done: () => void): void {
    this.text += chunk;
    this.written?.push(chunk);
    done();
  }
}

export interface Outcome {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunSettings {
  readonly cwd: string;
  readonly signal?: AbortSignal;
  readonly environment?: Readonly<Record<string, string>>;
  /** Makes standard output a terminal that wide. */
  readonly columns?: number;
  /** The same for standard error. */
  readonly errorColumns?: number;
  /** Takes what either stream is given, in its order. */
  readonly written?: string[];
}

/** One run. */
export async function icewright(argv: readonly string[], settings: RunSettings): Promise<Outcome> {
  const stdout = new Captured(settings.columns, settings.written);
  const stderr = new Captured(settings.errorColumns, settings.written);
  const status = await run(argv, { ...settings, stdout: stdout as CliStream, stderr: stderr as CliStream });
  return { status, stdout: stdout.text, stderr: stderr.text };
}

/** A new folder, for tests that share one. */
export async function makeFolder(): Promise<string> {
  return await mkdtemp(join(tmpdir(), "icewright-cli-"));
}

export async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}

/** Runs `body` with a new folder that is removed when the test has ended. */
export async function inFolder<T>(body: (folder: string) => Promise<T>): Promise<T> {
  const folder = await makeFolder();
  onTestFinished(() => removeFolder(folder));
  return await body(folder);
}
