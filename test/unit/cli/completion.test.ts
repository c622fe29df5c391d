import { execFileSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { COMMON_FLAGS } from "../../../src/cli/arguments.ts";
import { completionScript, SHELLS } from "../../../src/cli/completion-scripts.ts";
import type { Verb } from "../../../src/cli/verb.ts";
import { VERBS } from "../../../src/cli/verbs/index.ts";
import { icewright, inFolder } from "./harness.ts";

describe("completion", () => {
  test.each(SHELLS)("%s: names every verb and flag", async (shell) => {
    const { status, stdout, stderr } = await icewright(["completion", shell], { cwd: "/" });
    expect([status, stderr]).toStrictEqual([0, ""]);
    for (const verb of VERBS) {
      expect(stdout).toContain(verb.name);
      for (const flag of Object.keys({ ...verb.flags, ...COMMON_FLAGS })) {
        expect(stdout).toContain(shell === "fish" ? `-l ${flag}` : `--${flag}`);
      }
    }
  });

  test("no shell, or another one, is wrong usage", async () => {
    expect((await icewright(["completion"], { cwd: "/" })).stderr).toContain(
      "completion needs bash|zsh|fish",
    );
    const other = await icewright(["completion", "tcsh"], { cwd: "/" });
    expect([other.status, other.stderr]).toStrictEqual([2, expect.stringContaining("not tcsh")]);
  });

  test("quotes of help texts do not end the words of zsh and fish", () => {
    const verb: Verb = {
      name: "odd",
      summary: "It's [odd]: $x",
      flags: { f: { kind: "list", placeholder: "A:B", help: "it's [a]: \\ `b`" } },
      examples: [],
      run: () => Promise.resolve(),
    };
    const zsh = completionScript("zsh", [verb]);
    expect(zsh).toContain(`'odd:It'\\''s [odd]: $x'`);
    expect(zsh).toContain(`'*--f[it'\\''s \\[a\\]\\: \\\\ \`b\`]:A\\:B:_files'`);
    expect(completionScript("fish", [verb])).toContain(`-l f -r -d 'it'\\''s [a]: \\ \`b\`'`);
  });
});

describe("the bash script", () => {
  /** What bash offers for the last of some words. */
  async function offers(...words: readonly string[]): Promise<readonly string[]> {
    return await inFolder(async (cwd) => {
      await writeFile(join(cwd, "traces.pb"), "");
      const script = `${completionScript("bash", VERBS)}
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _icewright; printf '%s\\n' "\${COMPREPLY[@]}"`;
      const argv = ["--noprofile", "--norc", "-c", script, "bash", "icewright", ...words];
      const text = execFileSync("bash", argv, { cwd, encoding: "utf8" });
      return text.split("\n").filter((line) => line !== "");
    });
  }

  test.each<readonly [words: readonly string[], expected: readonly string[]]>([
    [["sn"], ["snapshots"]],
    [["--warehouse", "w", "des"], ["describe"]],
    [["help", "par"], ["partitions"]],
    [["scan", "--wh"], ["--where"]],
    [["scan", "a.b", "--wa"], ["--warehouse"]],
    [["--verb"], ["--verbose"]],
    [
      ["ingest", "--signal", ""],
      ["traces", "logs", "metrics"],
    ],
    [
      ["create", "--format-version", ""],
      ["1", "2", "3"],
    ],
    [["append", "--format", "p"], ["parquet"]],
    [["completion", "z"], ["zsh"]],
    [["ingest", "tr"], ["traces.pb"]],
    [["create", "--schema", "tr"], ["traces.pb"]],
    [["nonsense", "--x"], []],
  ])("%j", async (words, expected) => {
    expect(await offers(...words)).toStrictEqual(expected);
  });

  test("offers all verbs at first", async () => {
    expect(await offers("")).toStrictEqual([...VERBS.map(({ name }) => name), "help"]);
  });
});
