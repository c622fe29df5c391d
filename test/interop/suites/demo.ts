/**
 * What `icewright demo` writes: its rows, as the command line prints them, must be what every engine reads.
 * `--tables DIR` judges the tables of another warehouse in the same way, beside it.
 * @module
 */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { judge } from "../harness/judge.ts";
import { linesOf } from "../harness/lines.ts";
import { inHome } from "../harness/places.ts";
import { run } from "../harness/run-command.ts";
import { assertEqual, forEachEngine, type Suite, type SuiteContext } from "../harness/suite.ts";
import { findTables, newestMetadata, readTable } from "../harness/table-metadata.ts";

/** The command line, compiled beside the harness from the sources as they are. */
const CLI = inHome("build", "src", "cli", "main.js");

export const DEMO: Suite = {
  name: "demo",
  purpose: "every engine reads what `icewright demo` wrote as `icewright scan --json` prints it",
  stage: "fast",
  run: async (context) => {
    const written = resolve(context.folder, "warehouse");
    let demo: DemoDocument | undefined;
    await context.check("demo", "icewright", "the demo runs", async () => {
      demo = JSON.parse(await cli(["demo", "--json", "--warehouse", written])) as DemoDocument;
    });
    if (demo !== undefined) {
      await judgeWarehouse(context, written);
      await printedLines(context, demo);
    }
    const further = context.options.tables;
    if (further !== undefined) await judgeWarehouse(context, resolve(further));
  },
};

/** What the suite uses of the document that `icewright demo --json` prints. */
interface DemoDocument {
  readonly first_rows: readonly Readonly<Record<string, unknown>>[];
  /** Engine -> the shell line that opens the table in it. */
  readonly open: Readonly<Record<string, string>>;
}

/** The lines that the demo prints for other engines must work as they stand. */
async function printedLines(context: SuiteContext, demo: DemoDocument): Promise<void> {
  for (const engine of context.engines) {
    const line = demo.open[engine.name];
    if (line === undefined) continue;
    await context.check("demo", engine.name, "the line printed for it opens the table", async () => {
      const { fields } = await engine.call("run-line", { line });
      assertEqual(/\w/.test(String(fields.printed)), true, "Whether the line printed something");
    });
  }
}

async function judgeWarehouse(context: SuiteContext, folder: string): Promise<void> {
  if (!existsSync(folder)) throw new Error(`There is no folder ${folder}`);
  const tables = findTables(folder);
  await context.check(folder, "icewright", "has tables", async () => {
    assertEqual(tables.length > 0, true, "Whether there is a table");
  });
  for (const place of tables) await judgePlace(context, place, place.slice(folder.length + 1));
}

/** One table folder against what our command line prints for it. */
async function judgePlace(context: SuiteContext, place: string, name: string): Promise<void> {
  const table = readTable(newestMetadata(place)!);
  const rows = linesOf(await cli(["scan", place, "--json"]));
  const expected = { from: "icewright scan --json", rows };
  await context.check(name, "icewright", "--count agrees with the rows", async () => {
    const counted = JSON.parse(await cli(["scan", table.metadata, "--count", "--json"])) as { count: number };
    assertEqual(counted.count, rows.length, "Count");
  });
  await forEachEngine(context, async (engine) => {
    await context.check(name, engine.name, "opens by the table's folder", async () => {
      const { fields } = await engine.call("open-folder", { folder: place });
      assertEqual(Number(fields.count), rows.length, "Count");
    });
    await judge(context, engine, { name, table, expected, features: new Set() });
  });
}

async function cli(args: readonly string[]): Promise<string> {
  return (await run(process.execPath, [CLI, ...args])).stdout;
}
