import { readFile } from "node:fs/promises";
import { Writable } from "node:stream";
import { describe, expect, test } from "vitest";
import type { CliStream } from "../../../src/cli/output.ts";
import { EXIT_DONE, EXIT_FAILED, EXIT_INTERRUPTED, EXIT_USAGE, run } from "../../../src/cli/run.ts";
import { VERBS } from "../../../src/cli/verbs/index.ts";
import { Captured, icewright, inFolder, SAMPLE } from "./harness.ts";

const cwd = "/";

describe("run() with help and versions", () => {
  test("--help lists every verb on standard output", async () => {
    for (const argv of [["--help"], ["-h"], ["help"]]) {
      const { status, stdout, stderr } = await icewright(argv, { cwd });
      expect(status).toBe(EXIT_DONE);
      expect(stderr).toBe("");
      for (const verb of VERBS) expect(stdout).toContain(`  ${verb.name}`);
    }
  });

  test.each(VERBS.map((verb) => [verb.name, verb] as const))(
    "%s --help has flags and examples",
    async (name, verb) => {
      const { status, stdout } = await icewright([name, "--help"], { cwd });
      expect(status).toBe(EXIT_DONE);
      for (const flag of [...Object.keys(verb.flags), "json", "warehouse"])
        expect(stdout).toContain(`--${flag}`);
      expect(verb.examples.length).toBeGreaterThan(0);
      for (const { command } of verb.examples) expect(stdout).toContain(`icewright ${command}`);
      expect((await icewright(["help", name], { cwd })).stdout).toBe(stdout);
    },
  );

  test("--help wins over wrong usage", async () => {
    expect((await icewright(["scan", "--nonsense", "--help"], { cwd })).status).toBe(EXIT_DONE);
  });

  test("--version is the package's", async () => {
    const text = await readFile(new URL("../../../package.json", import.meta.url), "utf8");
    const { version } = JSON.parse(text) as { version: string };
    expect((await icewright(["--version"], { cwd })).stdout).toBe(`${version}\n`);
  });
});

describe("run() with wrong usage", () => {
  test.each([
    [[], "a verb is missing"],
    [["scna", "t"], 'there is no verb "scna"; did you mean scan?'],
    [["help", "nothing"], 'there is no verb "nothing"'],
    [["scan"], "scan needs TABLE"],
    [["scan", "a.b", "c.d"], "takes TABLE only"],
    [["scan", "a.b", "--wher", "x"], "did you mean --where?"],
    [["scan", "a.b", "--limit", "many"], '--limit takes a whole number of 0 or more, not "many"'],
    [["scan", "a.b", "--select", "a,,b"], "--select takes names separated by commas"],
    [["scan", "a.b", "--limit", "-1"], '--limit takes a value; one that starts with "-" as --limit=-1'],
    [["plan", "a.b", "--limit", "3"], "Unknown option '--limit'"],
    [["ingest"], "ingest needs FILE..."],
    [["demo", "x"], 'demo takes no operands, found "x"'],
  ])("%j exits 2 with the usage on standard error", async (argv, message) => {
    const { status, stdout, stderr } = await icewright(argv, { cwd });
    expect(status).toBe(EXIT_USAGE);
    expect(stdout).toBe("");
    expect(stderr).toContain(`error: `);
    expect(stderr).toContain(message);
    expect(stderr).toContain("usage: icewright");
  });
});

describe("run() and its streams", () => {
  test("ends quietly when the reader of standard output goes away", async () => {
    await inFolder(async (folder) => {
      await icewright(["ingest", SAMPLE], { cwd: folder });
      const gone = new Writable({
        write: (_chunk, _encoding, done) => done(Object.assign(new Error("write EPIPE"), { code: "EPIPE" })),
      });
      const stderr = new Captured();
      const status = await run(["scan", "telemetry.trace_events", "--json"], {
        cwd: folder,
        stdout: gone as CliStream,
        stderr: stderr as CliStream,
      });
      expect(status).toBe(EXIT_DONE);
      expect(stderr.text).toBe("");
    });
  });

  test("fails when standard output cannot be written", async () => {
    const full = new Writable({
      write: (_chunk, _encoding, done) =>
        done(Object.assign(new Error("ENOSPC: no space left"), { code: "ENOSPC" })),
    });
    const stderr = new Captured();
    const status = await run(["--help"], { cwd, stdout: full as CliStream, stderr: stderr as CliStream });
    expect(status).toBe(EXIT_FAILED);
    expect(stderr.text).toBe("error: Cannot write the results: ENOSPC: no space left [io-failed]\n");
  });

  test("waits for a slow reader", async () => {
    let text = "";
    const slow = new Writable({
      highWaterMark: 16,
      decodeStrings: false,
      write: (chunk: string, _encoding, done) => {
        setTimeout(() => {
          text += chunk;
          done();
        }, 5);
      },
    });
    const status = await run(["--help"], {
      cwd,
      stdout: slow as CliStream,
      stderr: new Captured() as CliStream,
    });
    expect(status).toBe(EXIT_DONE);
    expect(text).toBe((await icewright(["--help"], { cwd })).stdout);
  });

  test("an aborted run exits 130 and says that nothing half-written was published", async () => {
    await inFolder(async (folder) => {
      const { status, stderr } = await icewright(["ingest", SAMPLE], {
        cwd: folder,
        signal: AbortSignal.abort(),
      });
      expect(status).toBe(EXIT_INTERRUPTED);
      expect(stderr).toContain("interrupted");
    });
  });
});
