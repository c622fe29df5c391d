/**
 * Tables that engines write once for us to read, kept in `.interop/provisioned/` with the rows their writer read: a
 * folder per scenario and content, so that a changed scenario is written anew and an unchanged one costs nothing.
 * @module
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { assertSameRows } from "./compare.ts";
import { asLocation, asPath, inHome } from "./places.ts";
import { startRestServer } from "./rest-server.ts";
import { assertEqual, type SuiteContext } from "./suite.ts";
import { newestMetadata, readTable } from "./table-metadata.ts";

/** SQL of Spark, in which `{t}` is the table, `{ns}` its namespace and `{dir}` an empty folder; or an operation. */
export type Step = string | OtherStep;
export interface OtherStep {
  readonly engine: "java" | "pyiceberg" | "duckdb" | "clickhouse";
  readonly op: string;
  readonly [argument: string]: unknown;
}

/** A table of the catalogue of reading tests. */
export interface Scenario {
  /** `T01 v1_plain`: number and name in the catalogue. */
  readonly name: string;
  readonly steps: readonly Step[];
  /** How many rows must be left: what the catalogue says, whatever the writer reads. */
  readonly count: number;
  /** Part of the medium stage; all others run with `--full`. */
  readonly quick?: boolean;
  /** Compare the rows of every snapshot, not only of the current one. */
  readonly everySnapshot?: boolean;
  /** Who says what the rows are. Default `spark`. */
  readonly reader?: "spark" | "java" | "pyiceberg" | "clickhouse" | "duckdb";
  /** The rows, where no reader of these can print them. Canonical JSON. */
  readonly rows?: readonly unknown[];
  /** Needs the reference REST catalog: `{rest}` in arguments is its address. */
  readonly rest?: boolean;
}

/** A table that is there, and what its writer read. */
export interface Provisioned {
  readonly metadata: string;
  readonly rows: readonly string[];
  /** Snapshot id -> rows, where every snapshot is compared. */
  readonly snapshots: Readonly<Record<string, readonly string[]>>;
}

/** Changes when tables written before must not be used any longer. */
const LAYOUT = 1;

/** The table of a scenario: from the folder, else written now. */
export async function provision(context: SuiteContext, scenario: Scenario): Promise<Provisioned> {
  const hash = createHash("sha256")
    .update(JSON.stringify([LAYOUT, scenario]))
    .digest("hex")
    .slice(0, 10);
  const namespace = `${scenario.name.replace(/\W+/g, "_").toLowerCase()}_${hash}`;
  const folder = inHome("provisioned", namespace);
  const noted = join(folder, "expected.json");
  if (!existsSync(noted)) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    const written = await write(context, scenario, namespace);
    writeFileSync(noted, JSON.stringify(written));
  }
  return JSON.parse(readFileSync(noted, "utf8")) as Provisioned;
}

async function write(context: SuiteContext, scenario: Scenario, namespace: string): Promise<Provisioned> {
  const folder = inHome("provisioned", namespace);
  const server = scenario.rest ? await startRestServer({ folder: join(folder, "rest") }) : undefined;
  try {
    const metadata = await runSteps(context, scenario, namespace, server?.uri ?? "");
    return await readBack(context, scenario, asLocation(asPath(metadata)));
  } finally {
    await server?.close();
  }
}

/** Answers where the metadata of the table is after the last step. */
async function runSteps(
  context: SuiteContext,
  scenario: Scenario,
  namespace: string,
  uri: string,
): Promise<string> {
  const folder = inHome("provisioned", namespace);
  const table = join(folder, "t");
  const catalogs = { p: { type: "hadoop", warehouse: inHome("provisioned"), "cache-enabled": "false" } };
  const filled = (text: string) =>
    text
      .replaceAll("{t}", `p.${namespace}.t`)
      .replaceAll("{ns}", namespace)
      .replaceAll("{dir}", join(folder, "files"))
      .replaceAll("{rest}", uri);
  let metadata: string | undefined;
  for (const step of scenario.steps) {
    if (typeof step === "string") {
      const spark = await context.engine("spark");
      await spark.call("statements", { catalogs, statements: [filled(step)] });
    } else {
      const { engine: name, op, ...rest } = step;
      const engine = await context.engine(name);
      const request = JSON.parse(filled(JSON.stringify(rest))) as Record<string, unknown>;
      const reply = await engine.call(op, { dir: `file://${table}`, folder, ...request });
      if (typeof reply.fields.metadata === "string") metadata = reply.fields.metadata;
    }
  }
  const last = newestMetadata(table) ?? metadata;
  if (last === undefined) throw new Error(`${scenario.name}: no table was written`);
  return last;
}

async function readBack(context: SuiteContext, scenario: Scenario, metadata: string): Promise<Provisioned> {
  if (scenario.rows !== undefined) {
    return { metadata, rows: scenario.rows.map((row) => JSON.stringify(row)), snapshots: {} };
  }
  const table = readTable(metadata);
  const reader = await context.engine(scenario.reader ?? "spark");
  const rows = await reader.scan({ metadata });
  assertEqual(rows.length, scenario.count, `Rows that ${reader.name} reads`);
  for (const options of reader.kind.scanOptions ?? []) {
    const again = { from: JSON.stringify(options), rows: await reader.scan({ metadata, ...options }) };
    assertSameRows(again, { from: reader.name, rows }, table.schema);
  }
  const snapshots: Record<string, readonly string[]> = {};
  for (const { id } of scenario.everySnapshot ? table.snapshots : []) {
    snapshots[id] = await reader.scan({ metadata, snapshot: id });
  }
  return { metadata, rows, snapshots };
}
