/** The terminal table, and the JSON and Markdown files of a run. @module */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ENGINES } from "./engines.ts";
import type { Installed } from "./install.ts";
import type { Outcome } from "./suite.ts";

export interface RunFacts {
  readonly startedAt: string;
  readonly seconds: number;
  readonly versions: Readonly<Record<string, string>>;
  readonly startSeconds: Readonly<Record<string, number>>;
  readonly installed: readonly Installed[];
}

/** Prints failures, the table of subjects by engines, and `N passed, N failed` as the last line. */
export function printReport(outcomes: readonly Outcome[]): void {
  const failures = outcomes.filter((outcome) => !outcome.passed);
  for (const failure of failures) {
    console.log(`\nFAILED ${failure.suite} / ${failure.subject} / ${failure.engine}: ${failure.title}`);
    console.log(`  ${(failure.error ?? "").replaceAll("\n", "\n  ")}`);
  }
  for (const why of knownOf(outcomes)) console.log(`known: ${why}`);
  console.log(`\n${boxed(tableOf(outcomes))}\n`);
  console.log(`${outcomes.length - failures.length} passed, ${failures.length} failed`);
}

/** Writes `results.json` and `results.md` into `folder`. */
export function writeReport(folder: string, outcomes: readonly Outcome[], facts: RunFacts): void {
  mkdirSync(folder, { recursive: true });
  const passed = outcomes.filter((outcome) => outcome.passed).length;
  const failed = outcomes.length - passed;
  writeFileSync(
    join(folder, "results.json"),
    `${JSON.stringify({ ...facts, passed, failed, outcomes }, null, 2)}\n`,
  );
  writeFileSync(join(folder, "results.md"), markdown(outcomes, facts));
}

/** Rows: suite and subject; columns: engines; cells: passed/total. */
function tableOf(outcomes: readonly Outcome[]): string[][] {
  const seen = new Set(outcomes.map((outcome) => outcome.engine));
  const engines = [...ENGINES.map((kind) => kind.name), "linter", "python", "harness"].filter((name) =>
    seen.has(name),
  );
  const subjects = [...new Set(outcomes.map((outcome) => `${outcome.suite}\u0000${outcome.subject}`))];
  const body = subjects.map((key) => {
    const [suite = "", subject = ""] = key.split("\u0000");
    const mine = outcomes.filter((outcome) => outcome.suite === suite && outcome.subject === subject);
    const cells = engines.map((engine) => cell(mine.filter((outcome) => outcome.engine === engine)));
    const seconds = mine.reduce((sum, outcome) => sum + outcome.milliseconds, 0) / 1000;
    return [suite, subject, ...cells, seconds.toFixed(1)];
  });
  return [["suite", "subject", ...engines, "s"], ...body];
}

function knownOf(outcomes: readonly Outcome[]): string[] {
  return [...new Set(outcomes.flatMap((outcome) => outcome.known ?? []))];
}

function cell(outcomes: readonly Outcome[]): string {
  if (outcomes.length === 0) return "–";
  const passed = outcomes.filter((outcome) => outcome.passed).length;
  const known = outcomes.filter((outcome) => outcome.known !== undefined).length;
  if (passed === outcomes.length && known > 0) return `ok ${passed} (${known} known)`;
  return passed === outcomes.length ? `ok ${passed}` : `FAIL ${outcomes.length - passed}/${outcomes.length}`;
}

function boxed(table: readonly (readonly string[])[]): string {
  const widths = (table[0] ?? []).map((_, column) =>
    Math.max(...table.map((row) => (row[column] ?? "").length)),
  );
  const line = (row: readonly string[]) =>
    `| ${row.map((text, column) => text.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  const rule = `+${widths.map((width) => "-".repeat(width + 2)).join("+")}+`;
  const [head = [], ...body] = table;
  return [rule, line(head), rule, ...body.map(line), rule].join("\n");
}

function markdown(outcomes: readonly Outcome[], facts: RunFacts): string {
  const [head = [], ...body] = tableOf(outcomes);
  const row = (cells: readonly string[]) =>
    `| ${cells.map((text) => text.replaceAll("|", "\\|")).join(" | ")} |`;
  const failures = outcomes.filter((outcome) => !outcome.passed);
  const versions = Object.entries(facts.versions).map(([engine, version]) => `${engine} ${version}`);
  return [
    "# Interoperability results",
    "",
    `${facts.startedAt}, ${facts.seconds.toFixed(0)} s. Engines: ${versions.join(", ")}.`,
    "",
    row(head),
    row(head.map(() => "---")),
    ...body.map(row),
    "",
    `${outcomes.length - failures.length} passed, ${failures.length} failed`,
    "",
    ...knownOf(outcomes).map((why) => `- known: ${why}`),
    "",
    ...failures.flatMap((failure) => [
      `## ${failure.suite} / ${failure.subject} / ${failure.engine}: ${failure.title}`,
      "",
      "```",
      failure.error ?? "",
      "```",
      "",
    ]),
  ].join("\n");
}
