/** What every engine is asked about every table. @module */
import { canonicalRow, project, show } from "./canonical.ts";
import { assertSameRecords, assertSameRows, type RowSet } from "./compare.ts";
import type { Engine, Feature } from "./engine.ts";
import { knownFault } from "./known-faults.ts";
import { describe, evaluate } from "./predicate.ts";
import { probes, sample } from "./probes.ts";
import { assertEqual, assertThrows, type CheckWork, type SuiteContext } from "./suite.ts";
import type { TableFacts } from "./table-metadata.ts";

/** Rows that the filters of one table look at, all together: fewer filters for larger tables. */
const ROWS_FILTERED = 200_000;

/** A table, what it must hold, and what its snapshot is made of. */
export interface Subject {
  readonly name: string;
  readonly table: TableFacts;
  readonly expected: RowSet;
  readonly features: ReadonlySet<Feature>;
}

/** Everything below, or, where the engine cannot read such a table, that it says so. */
export async function judge(context: SuiteContext, engine: Engine, subject: Subject): Promise<void> {
  if (await refused(context, engine, subject)) return;
  await judgeTable(context, engine, subject);
  await judgeFilters(context, engine, subject);
}

/** Whether the engine cannot read such a table; then it must say so. */
async function refused(context: SuiteContext, engine: Engine, subject: Subject): Promise<boolean> {
  const refusal = engine.kind.refuses?.(subject.table, subject.features);
  if (refusal === undefined) return false;
  await context.check(subject.name, engine.name, `refuses: ${refusal.why}`, () =>
    assertThrows(() => engine.scan({ metadata: subject.table.metadata }), refusal.pattern),
  );
  return true;
}

/** Only the rows of a full scan, or the refusal: for tables that test us rather than the engine. */
export async function judgeRows(context: SuiteContext, engine: Engine, subject: Subject): Promise<void> {
  const { table, expected } = subject;
  if (await refused(context, engine, subject)) return;
  await context.check(subject.name, engine.name, "every row of a full scan", async () => {
    const rows = await engine.scan({ metadata: table.metadata });
    assertSameRows({ from: engine.name, rows }, expected, table.schema);
  });
}

/** Full scan, one projected column, count, and the metadata views, against the expected rows. */
async function judgeTable(context: SuiteContext, engine: Engine, subject: Subject): Promise<void> {
  const { table, expected } = subject;
  const { metadata, schema } = table;
  const check = (title: string, work: CheckWork) => context.check(subject.name, engine.name, title, work);
  await check("every row of a full scan", async () => {
    assertSameRows({ from: engine.name, rows: await engine.scan({ metadata }) }, expected, schema);
  });
  for (const options of engine.kind.scanOptions ?? []) {
    await check(`every row of a full scan, ${JSON.stringify(options)}`, async () => {
      const actual = { from: engine.name, rows: await engine.scan({ metadata, ...options }) };
      assertSameRows(actual, expected, schema);
    });
  }
  await check("count", async () => {
    assertEqual(await engine.count({ metadata }), expected.rows.length, "Count");
  });
  const last = schema.fields.at(-1)?.name;
  if (last !== undefined) {
    await check(`projection to ${last}`, async () => {
      const columns = [last];
      const actual = { from: engine.name, rows: await engine.scan({ metadata, columns }) };
      assertSameRows(actual, projected(expected, table, columns), project(schema, columns));
    });
  }
  await check("metadata and files open", async () => {
    await engine.call("validate", { metadata });
  });
  if (engine.kind.views.includes("snapshots")) {
    await check("snapshots", async () => {
      const wanted = table.snapshots.map((s) =>
        JSON.stringify({ snapshot_id: s.id, timestamp_ms: s.timestampMs, manifest_list: s.manifestList }),
      );
      const actual = { from: engine.name, rows: await engine.view("snapshots", { metadata }) };
      const keys = ["snapshot_id", "timestamp_ms", "manifest_list"];
      assertSameRecords(actual, { from: "metadata.json", rows: wanted }, keys);
    });
  }
  const ourselves = context.engines.find((other) => other.name === "icewright");
  if (ourselves !== undefined && ourselves !== engine && engine.kind.views.includes("files")) {
    await check("live files", async () => {
      const actual = { from: engine.name, rows: await engine.view("files", { metadata }) };
      const planned = { from: "icewright's plan", rows: await ourselves.view("files", { metadata }) };
      assertSameRecords(actual, planned, ["content", "file_path", "file_format", "record_count"]);
    });
  }
}

/** rows(pushed filter) = filter(rows(full scan)), for predicates derived from the rows. */
async function judgeFilters(context: SuiteContext, engine: Engine, subject: Subject): Promise<void> {
  const { table, expected } = subject;
  const { metadata, schema } = table;
  const rows = expected.rows.map((text) => ({ text, row: canonicalRow(text, schema) }));
  const derived = probes(
    schema,
    rows.map(({ row }) => row),
  );
  const affordable = Math.max(8, Math.ceil(ROWS_FILTERED / Math.max(1, rows.length)));
  const filters = sample(derived, Math.min(engine.kind.filterLimit, affordable));
  if (filters.length === 0) return;
  await context.check(subject.name, engine.name, `${filters.length} filtered scans`, async () => {
    const wrong: string[] = [];
    const known = new Set<string>();
    for (const filter of filters) {
      const verdicts = rows.map(({ text, row }) => ({
        text,
        verdict: evaluate(filter, row, schema, engine.kind.dialect),
      }));
      const must = verdicts.filter(({ verdict }) => verdict === true).map(({ text }) => text);
      const may = verdicts.filter(({ verdict }) => verdict === undefined).map(({ text }) => text);
      try {
        const actual = { from: engine.name, rows: await engine.scan({ metadata, filter }) };
        assertSameRows(actual, { from: "filtered full scan", rows: must, optional: may }, schema);
      } catch (error) {
        const where = `where ${describe(filter)}`;
        const { message } = error as Error;
        const fault = knownFault(engine.name, subject.name, where);
        if (fault?.error.test(message)) known.add(fault.why);
        else wrong.push(`${where}: ${message}`);
      }
    }
    if (wrong.length > 0) {
      throw new Error(`${wrong.length} of ${filters.length} filters differ\n${wrong.slice(0, 6).join("\n")}`);
    }
    return known.size === 0 ? undefined : [...known].join("; ");
  });
}

function projected(set: RowSet, table: TableFacts, columns: readonly string[]): RowSet {
  const wanted = project(table.schema, columns);
  return {
    from: `${set.from}, projected`,
    rows: set.rows.map((text) => {
      const row = canonicalRow(text, table.schema) as Readonly<
        Record<string, ReturnType<typeof canonicalRow>>
      >;
      return show(Object.fromEntries(wanted.fields.map((field) => [field.name, row[field.name] ?? null])));
    }),
  };
}
