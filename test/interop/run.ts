/**
 * `npm run interop`: independent engines judge the bytes we write. Options:
 *   --engines a,b    which engines (default: those of the stage)      --stage fast|medium|full   default fast
 *   --full           same as --stage full                             --shard k/n           part k of n of `provisioned`
 *   --scenarios T01  only tables of `provisioned` and `plans` with these starts
 *   --suites a,b     which suites (default: those of the stage)       --list                what there is
 *   --install        install only                                     --tables DIR          see suites/warehouse.ts
 *   --results DIR    where results.json and results.md go (default .interop/results)
 * Exit code 1 when a check failed or an engine is missing; the last line is `N passed, N failed`.
 * @module
 */
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { ENGINES } from "./harness/engines.ts";
import { ensure, type Installed } from "./harness/install.ts";
import { inHome } from "./harness/places.ts";
import { printReport, writeReport } from "./harness/report.ts";
import { Run } from "./harness/run.ts";
import { SUITES } from "./suites/index.ts";

const OPTIONS = {
  engines: { type: "string" },
  suites: { type: "string" },
  stage: { type: "string", default: "fast" },
  full: { type: "boolean" },
  shard: { type: "string" },
  scenarios: { type: "string" },
  tables: { type: "string" },
  results: { type: "string" },
  install: { type: "boolean" },
  list: { type: "boolean" },
} as const;

const STAGES = ["fast", "medium", "full"];

process.exitCode = await main().catch((error: unknown) => {
  console.error(error);
  console.log("0 passed, 1 failed");
  return 1;
});

async function main(): Promise<number> {
  const { values } = parseArgs({ options: OPTIONS, allowNegative: false });
  if (values.full) values.stage = "full";
  const rank = STAGES.indexOf(values.stage);
  if (rank < 0) throw new Error(`--stage ${values.stage} is none of ${STAGES.join(", ")}`);
  const inStage = (thing: { stage: string }) => STAGES.indexOf(thing.stage) <= rank;
  const kinds = chosen(ENGINES, values.engines, inStage, "engine");
  const suites = chosen(SUITES, values.suites, inStage, "suite");
  if (values.list) {
    for (const kind of ENGINES) console.log(`engine ${kind.name.padEnd(20)} ${kind.stage}`);
    for (const suite of SUITES)
      console.log(`suite  ${suite.name.padEnd(20)} ${suite.stage.padEnd(8)} ${suite.purpose}`);
    return 0;
  }
  const started = new Date();
  const installed = await ensure(kinds.flatMap((kind) => kind.pieces));
  if (values.install) return 0;
  const run = new Run(kinds, values);
  try {
    for (const suite of suites) await run.suite(suite);
  } finally {
    await run.close();
  }
  const seconds = (Date.now() - started.getTime()) / 1000;
  const facts = { startedAt: started.toISOString(), seconds, installed, ...run.facts };
  writeReport(values.results ? resolve(values.results) : inHome("results"), run.outcomes, facts);
  printInstalled(installed);
  printReport(run.outcomes);
  const passed = run.outcomes.length > 0 && run.outcomes.every((outcome) => outcome.passed);
  return passed ? 0 : 1;
}

function chosen<T extends { name: string; stage: string }>(
  all: readonly T[],
  names: string | undefined,
  inStage: (thing: T) => boolean,
  what: string,
): readonly T[] {
  if (names === undefined) return all.filter(inStage);
  return names.split(",").map((name) => {
    const found = all.find((thing) => thing.name === name);
    if (found === undefined)
      throw new Error(`No ${what} is named ${name}: ${all.map((t) => t.name).join(", ")}`);
    return found;
  });
}

function printInstalled(installed: readonly Installed[]): void {
  for (const piece of installed.filter((p) => p.fresh)) {
    console.log(`installed ${piece.name} in ${piece.seconds.toFixed(1)} s`);
  }
}
