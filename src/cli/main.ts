#!/usr/bin/env node
/** The `icewright` command: one run with the streams and signals of this process. Spec: none. @module */
import { run } from "./run.ts";

const controller = new AbortController();
// Once only: a second Ctrl-C ends the process at once.
process.once("SIGINT", () => controller.abort(new Error("interrupted")));

process.exitCode = await run(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  cwd: process.cwd(),
  signal: controller.signal,
  environment: process.env,
});
