/**
 * Tables that engines write once for us to read, kept in `.interop/provisioned/` with the rows their writer read: a
 * folder per scenario and content, so that a changed scenario is written anew and an unchanged one costs nothing.
 * @module
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { assertSameRows } from "./compare.ts";
import { type Engine, EngineError } from "./engine.ts";
import { asPath, inHome } from "./places.ts";
import { startRestServer } from "./rest-server.ts";
import { assertEqual, type SuiteContext } from "./suite.ts";
import { newestMetadata, readTable, schemaAt, type TableFacts } from "./table-metadata.ts";

/**
 * SQL of Spark, in which `{t}` is the table, `{ns}` its namespace, `{dir}` a folder that is not there yet, and `{r}` the
 * table in the REST catalog; or an operation.
 */
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
  /** Columns beside those of the schema that the reader shows, such as `_row_id`; for every snapshot that is compared. */
  readonly reserved?: readonly string[];
  /** What was appended between every two snapshots, as Java's incremental append scan says. */
  readonly appends?: boolean;
  /** We append a row to a copy, and nothing else of the metadata may change. */
  readonly takesOurs?: boolean;
  /** Needs the reference REST catalog: `{rest}` in arguments is its address. */
  readonly rest?: boolean;
}

/** A table that is there, and what its writer read. */
export interface Provisioned {
  readonly metadata: string;
  readonly rows: readonly string[];
  /** Snapshot id -> rows, where every snapshot is compared. */
  readonly snapshots: Readonly<Record<string, readonly string[]>>;
  /** Snapshot id -> rows with the reserved columns. */
  readonly reserved?: Readonly<Record<string, readonly string[]>>;
  readonly appends?: readonly Appends[];
}

/** What Java's incremental append scan says of a range: rows, or why there are none. */
export interface Appends {
  readonly range: { readonly after?: string; readonly from?: string; readonly to: string };
  readonly rows?: readonly string[];
  readonly error?: string;
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
    return await readBack(context, scenario, `file://${asPath(metadata)}`);
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
  const rest = `r_${namespace}`;
  const catalogs = {
    p: { type: "hadoop", warehouse: inHome("provisioned"), "cache-enabled": "false" },
    ...(uri !== "" && {
      [rest]: {
        type: "rest",
        uri,
        "io-impl": "org.apache.iceberg.hadoop.HadoopFileIO",
        "cache-enabled": "false",
      },
    }),
  };
  const filled = (text: string) =>
    text
      .replaceAll("{r}", `${rest}.${namespace}.t`)
      .replaceAll("{rest_ns}", `${rest}.${namespace}`)
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
  const last =
    newestMetadata(table) ?? metadata ?? (uri === "" ? undefined : await locatedBy(uri, namespace));
  if (last === undefined) throw new Error(`${scenario.name}: no table was written`);
  return last;
}

/** Where the REST catalog says that the metadata of the table is. */
async function locatedBy(uri: string, namespace: string): Promise<string | undefined> {
  const reply = await fetch(`${uri}/v1/namespaces/${namespace}/tables/t`);
  return ((await reply.json()) as { "metadata-location"?: string })["metadata-location"];
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
  const { reserved } = scenario;
  return {
    metadata,
    rows,
    snapshots,
    ...(reserved && { reserved: await withReserved(reader, table, reserved) }),
    ...(scenario.appends && { appends: await appendsOf(await context.engine("java"), table) }),
  };
}

async function withReserved(reader: Engine, table: TableFacts, reserved: readonly string[]) {
  const out: Record<string, readonly string[]> = {};
  for (const { id } of table.snapshots) {
    const columns = [...schemaAt(table, id).fields.map(({ name }) => name), ...reserved];
    out[id] = await reader.scan({ metadata: table.metadata, snapshot: id, columns });
  }
  return out;
}

async function appendsOf(java: Engine, { metadata, snapshots }: TableFacts): Promise<readonly Appends[]> {
  const ids = snapshots.map(({ id }) => id);
  const ranges = ids.flatMap((to) => [
    { to },
    ...ids.flatMap((id) => [
      { after: id, to },
      { from: id, to },
    ]),
  ]);
  const out: Appends[] = [];
  for (const range of ranges) {
    try {
      out.push({ range, rows: (await java.call("appends", { metadata, ...range })).rows });
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      out.push({ range, error: error.message });
    }
  }
  return out;
}
