/**
 * The catalogue of tables for reading: each written by another engine, read by us as its writer reads it. What we do
 * not read yet must be refused with the error `unsupported`, and is named; `provisioned-supported.json` pins what is
 * read, so that the number only grows.
 * @module
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { assertSameRows } from "../harness/compare.ts";
import { type Engine, EngineError } from "../harness/engine.ts";
import { judge, judgeRows } from "../harness/judge.ts";
import { SOURCES } from "../harness/places.ts";
import { type Provisioned, provision, type Scenario } from "../harness/provision.ts";
import { assertEqual, assertThrows, type Suite, type SuiteContext } from "../harness/suite.ts";
import { readTable, schemaAt } from "../harness/table-metadata.ts";
import { judgeAppends, judgeOurAppend, judgeReserved } from "./provisioned-further.ts";
import { OTHER_SCENARIOS } from "./provisioned-others.ts";
import { SPARK_SCENARIOS } from "./provisioned-spark.ts";

const FLOOR = join(SOURCES, "provisioned-supported.json");

const MANY_ROWS = 1000;

export const PROVISIONED: Suite = {
  name: "provisioned",
  purpose:
    "tables of other engines, by catalogue number, are read as their writers read them (all with --full)",
  stage: "medium",
  run: async (context) => {
    const floor = JSON.parse(readFileSync(FLOOR, "utf8")) as { readonly supported: readonly string[] };
    const all = [...SPARK_SCENARIOS, ...OTHER_SCENARIOS];
    const tally: Tally = { supported: [], unsupported: [] };
    for (const scenario of chosen(all, context.options)) {
      await judgeScenario(context, scenario, floor.supported, tally);
    }
    await context.check("floor", "icewright", "names only scenarios that there are", async () => {
      const unknown = floor.supported.filter((name) => !all.some((scenario) => scenario.name === name));
      assertEqual(unknown.join(), "", "Unknown names");
    });
    await context.check("floor", "icewright", "a row too few is reported", () =>
      assertThrows(lostRow, /only in/),
    );
    print(tally, floor.supported);
  },
};

interface Tally {
  readonly supported: string[];
  readonly unsupported: string[];
}

/** The quick ones, or with `--full` every `n`-th beginning at `k` as `--shard k/n` says. */
function chosen(
  all: readonly Scenario[],
  options: Readonly<Record<string, string | undefined>>,
): readonly Scenario[] {
  if (options.scenarios !== undefined) {
    const wanted = options.scenarios.split(",");
    return all.filter(({ name }) => wanted.some((start) => name.startsWith(start)));
  }
  if (options.stage !== "full") return all.filter(({ quick }) => quick === true);
  const shard = /^([1-9]\d*)\/([1-9]\d*)$/.exec(options.shard ?? "1/1");
  const [k, n] = [Number(shard?.[1]), Number(shard?.[2])];
  if (shard === null || k > n) throw new Error(`--shard ${options.shard} is not k/n with k up to n`);
  return all.filter((_, at) => at % n === k - 1);
}

async function judgeScenario(
  context: SuiteContext,
  scenario: Scenario,
  floor: readonly string[],
  tally: Tally,
): Promise<void> {
  let written: Provisioned | undefined;
  await context.check(scenario.name, "harness", "is written, and its writer reads it", async () => {
    written = await provision(context, scenario);
    assertEqual(written.rows.length, scenario.count, "Rows");
  });
  if (written === undefined) return;
  const { metadata, rows, snapshots, reserved, appends } = written;
  const icewright = await context.engine("icewright");
  let refusal: string | undefined;
  await context.check(scenario.name, "icewright", "is read, or refused as unsupported", async () => {
    refusal = await unsupported(icewright, metadata);
    if (refusal !== undefined && floor.includes(scenario.name))
      throw new Error(`Was supported and is not any longer: ${refusal}`);
    return refusal && `not yet supported: ${scenario.name}: ${refusal}`;
  });
  if (refusal !== undefined) {
    tally.unsupported.push(scenario.name);
    return;
  }
  const table = readTable(metadata);
  const expected = { from: "its writer", rows };
  let failed = false;
  const check: SuiteContext["check"] = async (...args) => {
    const passed = await context.check(...args);
    failed ||= !passed;
    return passed;
  };
  const subject = { name: scenario.name, table, expected, features: new Set<never>() };
  // A thousand files are opened for their rows, not for every filter
  const isWhole = rows.length < MANY_ROWS;
  await (isWhole ? judge : judgeRows)({ ...context, check }, icewright, subject);
  for (const [snapshot, held] of Object.entries(snapshots)) {
    await check(scenario.name, "icewright", `every row of snapshot ${snapshot}`, async () => {
      const actual = { from: "icewright", rows: await icewright.scan({ metadata, snapshot }) };
      assertSameRows(actual, { from: "its writer", rows: held }, schemaAt(table, snapshot));
    });
  }
  if (reserved) await judgeReserved({ ...context, check }, scenario, table, reserved);
  if (appends) await judgeAppends({ ...context, check }, scenario, table, appends);
  if (scenario.takesOurs) await judgeOurAppend({ ...context, check }, scenario, table, rows);
  if (!failed) tally.supported.push(scenario.name);
}

/** Why we refuse the table, if so. Any other failure is left to the checks. */
async function unsupported(icewright: Engine, metadata: string): Promise<string | undefined> {
  try {
    await icewright.scan({ metadata });
    return undefined;
  } catch (error) {
    if (error instanceof EngineError && error.unsupported) return error.message.split("\n")[0];
    throw error;
  }
}

async function lostRow(): Promise<void> {
  const schema = { type: "struct", fields: [{ id: 1, name: "id", required: true, type: "long" }] } as const;
  assertSameRows({ from: "icewright", rows: [] }, { from: "its writer", rows: ['{"id":1}'] }, schema);
}

function print(tally: Tally, floor: readonly string[]): void {
  const tried = tally.supported.length + tally.unsupported.length;
  console.log(`  provisioned: ${tally.supported.length} of ${tried} tables supported`);
  for (const name of tally.unsupported) console.log(`    not yet supported: ${name}`);
  for (const name of tally.supported.filter((held) => !floor.includes(held)))
    console.log(`    newly supported, to be added to provisioned-supported.json: ${name}`);
}
