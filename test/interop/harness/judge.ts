/** What every engine is asked about every table. @module */
import { boundProbes, type StoredBounds, spread } from "./bound-probes.ts";
import { canonicalRow, project, show } from "./canonical.ts";
import { assertSameRecords, assertSameRows, type RowSet } from "./compare.ts";
import type { Engine, Feature } from "./engine.ts";
import { knownFault } from "./known-faults.ts";
import { describe, evaluate, type Predicate } from "./predicate.ts";
import { probes, sample } from "./probes.ts";
import { assertEqual, assertThrows, type CheckWork, type SuiteContext } from "./suite.ts";
import { quoteNumbers, type TableFacts } from "./table-metadata.ts";
import { assertSameView, COMPARED_VIEWS, compareView } from "./views.ts";

/** The engine whose views the others are held against. */
const OURSELVES = "icewright";

/** Rows that the filters of one table look at, all together: fewer filters for larger tables. */
const ROWS_FILTERED = 200_000;

/** A table, what it must hold, and what its snapshot is made of. */
export interface Subject {
  readonly name: string;
  readonly table: TableFacts;
  readonly expected: RowSet;
  readonly features: ReadonlySet<Feature>;
  /** Its like is judged under filters elsewhere. */
  readonly unfiltered?: boolean;
}

/** Everything below, or, where the engine cannot read such a table, that it says so. */
export async function judge(context: SuiteContext, engine: Engine, subject: Subject): Promise<void> {
  if (await refused(context, engine, subject)) return;
  await judgeTable(context, engine, subject);
  if (subject.unfiltered !== true) await judgeFilters(context, engine, subject);
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
  if (engine.name === OURSELVES) {
    await check("our view of the data files against our plan", async () => {
      const planned = { from: "plan", rows: (await engine.call("plan", { metadata })).rows };
      const files = (await engine.view("files", { metadata })).filter(
        (text) => (JSON.parse(text) as { content: number }).content === 0,
      );
      assertSameView("files", planned, { from: "files", rows: files });
    });
  }
  const ourselves = context.engines.find((other) => other.name === OURSELVES);
  if (ourselves === undefined || ourselves === engine) return;
  for (const view of COMPARED_VIEWS.filter((name) => engine.kind.views.includes(name))) {
    await check(`${view} as we show them`, () => compareView(view, engine, ourselves, { metadata }));
  }
}

/** rows(pushed filter) = filter(rows(full scan)), for predicates derived from the rows. */
async function judgeFilters(context: SuiteContext, engine: Engine, subject: Subject): Promise<void> {
  const { schema } = subject.table;
  const rows = subject.expected.rows.map((text) => canonicalRow(text, schema));
  const derived = probes(schema, rows);
  const affordable = Math.max(8, Math.ceil(ROWS_FILTERED / Math.max(1, rows.length)));
  const filters = sample(derived, Math.min(engine.kind.filterLimit, affordable));
  await judgeFiltered(context, engine, subject, filters, "filtered scans");
  const stored = await storedBounds(context, subject);
  const known = new Set(filters.map((filter) => JSON.stringify(filter)));
  const around = boundProbes(schema, stored, (type) => engine.kind.compares?.test(type) ?? false).filter(
    (filter) => !known.has(JSON.stringify(filter)),
  );
  const chosen = spread(around, Math.min(engine.kind.boundLimit, affordable));
  await judgeFiltered(context, engine, subject, chosen, "scans filtered around stored bounds");
}

/** Our view of the columns of every file; none when this run is without us. */
async function storedBounds(context: SuiteContext, { table }: Subject): Promise<readonly StoredBounds[]> {
  const ourselves = context.engines.find((other) => other.name === OURSELVES);
  const rows = (await ourselves?.view("columns", { metadata: table.metadata })) ?? [];
  return rows.map((text) => JSON.parse(quoteNumbers(text, "")) as StoredBounds);
}

async function judgeFiltered(
  context: SuiteContext,
  engine: Engine,
  subject: Subject,
  filters: readonly Predicate[],
  what: string,
): Promise<void> {
  if (filters.length === 0) return;
  const { table, expected } = subject;
  const { metadata, schema } = table;
  const rows = expected.rows.map((text) => ({ text, row: canonicalRow(text, schema) }));
  await context.check(subject.name, engine.name, `${filters.length} ${what}`, async () => {
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
