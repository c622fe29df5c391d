/**
 * Plans that change hands. Iceberg Java reads the tasks and whole plans that we write as JSON and tells of them what it
 * plans itself, and so do we with Java's; DuckDB runs the query that stands for a plan; Python's XML parser reads the
 * picture of one. Documents that were changed on the way must be noticed.
 * @module
 */
import {
  isJsonObject,
  type Json,
  type JsonObject,
  parseJson,
  stringifyJson,
} from "../../../src/base/index.ts";
import { fileCatalog } from "../../../src/node.ts";
import { canonicalRow } from "../harness/canonical.ts";
import { assertSameRows } from "../harness/compare.ts";
import type { Engine } from "../harness/engine.ts";
import { describe, type Predicate } from "../harness/predicate.ts";
import { probes, sample } from "../harness/probes.ts";
import { assertEqual, assertThrows, type Suite, type SuiteContext } from "../harness/suite.ts";
import { readTable, type TableFacts } from "../harness/table-metadata.ts";
import { draw, drawOdd, judgePictures } from "./plan-pictures.ts";
import { type PlannedSubject, type PlanTable, planTables } from "./plan-tables.ts";

/** Filters of one table that plans change hands for; fewer for large tables. */
const FILTERS = 12;
const ROWS_FILTERED = 40_000;

export const PLANS: Suite = {
  name: "plans",
  purpose: "Java reads our plans and we Java's, DuckDB runs them as a query, the picture is XML",
  stage: "fast",
  run: async (context) => {
    const byName = (name: string) => context.engines.find((engine) => engine.name === name);
    const [ours, java, duckdb] = [await context.engine("icewright"), byName("java"), byName("duckdb")];
    const pictures = [await drawOdd(context)];
    for (const table of planTables(context, java)) {
      const subject = await written(context, ours, table);
      if (subject === undefined) continue;
      if (java !== undefined) await exchange(context, subject, ours, java);
      if (duckdb !== undefined) await handOver(context, subject, ours, duckdb);
      pictures.push(...(await draw(context, subject, ours)));
    }
    await judgePictures(context, pictures);
    if (java !== undefined) await reports(context, java);
  },
};

/** What a document or a scan says of one task, read as {@link Told}. */
interface Told {
  readonly file: string;
  readonly residual: ReadonlySet<string>;
  readonly deletes: ReadonlySet<string>;
  /** Everything else, members in order. */
  readonly text: string;
}

async function written(
  context: SuiteContext,
  ours: Engine,
  planned: PlanTable,
): Promise<PlannedSubject | undefined> {
  let subject: PlannedSubject | undefined;
  await context.check(planned.name, planned.writer, "is written", async () => {
    const table = readTable(await planned.write());
    const { metadata, schema } = table;
    const rows = (await ours.scan({ metadata })).map((text) => canonicalRow(text, schema));
    const tasks = (await ours.call("tell-tasks", { metadata })).rows;
    const limit = Math.min(FILTERS, Math.ceil(ROWS_FILTERED / Math.max(1, rows.length)));
    subject = {
      name: planned.name,
      table,
      filters: [...sample(probes(schema, rows).map(known), limit), ...exactOnes(table, rows)],
      split: planned.split,
      hasDeletes: tasks.some((text) => !text.includes('"deletes":[]')),
    };
  });
  return subject;
}

/** Java's row evaluator throws when these meet a null string. */
function known(filter: Predicate): Predicate {
  return "op" in filter && ["in", "not-in", "not-starts-with"].includes(filter.op)
    ? { and: [{ op: "not-null", column: filter.column }, filter] }
    : filter;
}

/** Literals of the types that engines order differently. */
function exactOnes({ schema }: TableFacts, rows: readonly unknown[]): Predicate[] {
  return schema.fields.flatMap(({ name: column, type }): Predicate[] => {
    if (typeof type !== "string" || !/^(uuid|binary|fixed.*|timestamp(tz)?_ns)$/.test(type)) return [];
    const values = (rows as readonly Readonly<Record<string, unknown>>[]).map((row) => row[column]);
    const literal = values.find((value) => value !== null);
    const ops = ["not-eq", "gt-eq"] as const;
    return literal === undefined ? [] : ops.map((op) => ({ op, column, literals: [String(literal)] }));
  });
}

async function exchange(
  context: SuiteContext,
  subject: PlannedSubject,
  ours: Engine,
  java: Engine,
): Promise<void> {
  const { name, table, filters, split, hasDeletes } = subject;
  const requests = [undefined, ...filters].map((filter) => ({ metadata: table.metadata, filter }));
  const all = split === undefined ? requests : requests.flatMap((one) => [one, { ...one, split }]);
  const each = (engine: string, title: string, work: (request: PlanRequest) => Promise<void>) =>
    context.check(name, engine, `${all.length} plans: ${title}`, () => forEachRequest(all, work));
  const both = [
    [ours, java],
    [java, ours],
  ] as const;
  await each("java", "the files, deletes, pieces and residuals that Java plans", async (request) => {
    const mine = told((await ours.call("tell-tasks", request)).rows);
    const theirs = told((await java.call("tell-tasks", request)).rows);
    if (!ordersApart(request)) assertSamePlan(mine, theirs);
  });
  await each("icewright", "the report counts what Java's counts", async (request) => {
    if (!ordersApart(request)) await assertSameReport(ours, java, request);
  });
  for (const [writer, reader] of both) {
    const from = `${writer.name === "java" ? "Java's" : "our"}`;
    await each(reader.name, `${from} tasks as JSON say the same here`, async (request) => {
      const { rows: tasks } = await writer.call("tasks-to-json", request);
      await assertRead(reader, writer, request, { tasks });
    });
    await each(reader.name, `${from} tasks as JSON give the rows of the scan here`, async (request) => {
      const { rows: tasks } = await writer.call("tasks-to-json", request);
      if (ordersApart(request)) return;
      const read = await reader.call("read-tasks", { metadata: request.metadata, tasks });
      const wanted = await reader.scan({
        metadata: request.metadata,
        ...(request.filter && { filter: request.filter }),
      });
      assertSameRows({ from: "tasks", rows: read.rows }, { from: "scan", rows: wanted }, table.schema);
    });
    await each(reader.name, `${from} whole plan in REST form says the same here`, async (request) => {
      if (request.split !== undefined) return;
      const plan = String((await writer.call("plan-to-json", request)).fields.json);
      await assertRead(reader, writer, request, { plan });
    });
  }
  if (hasDeletes || split !== undefined) await changed(context, subject, ours, java);
}

/** Java orders uuids in a way of its own, and prunes and tests rows by it. */
function ordersApart({ filter }: PlanRequest): boolean {
  return filter !== undefined && "op" in filter && filter.op === "gt-eq" && filter.column === "uid";
}

interface PlanRequest {
  readonly [key: string]: unknown;
  readonly metadata: string;
  readonly filter: Predicate | undefined;
  readonly split?: number;
}

async function forEachRequest(
  requests: readonly PlanRequest[],
  work: (request: PlanRequest) => Promise<void>,
): Promise<void> {
  const wrong: string[] = [];
  for (const request of requests) {
    try {
      await work(request);
    } catch (error) {
      const where = request.filter === undefined ? "without filter" : `where ${describe(request.filter)}`;
      wrong.push(`${where}${request.split === undefined ? "" : ", split"}: ${(error as Error).message}`);
    }
  }
  if (wrong.length > 0)
    throw new Error(`${wrong.length} of ${requests.length} differ\n${wrong.slice(0, 5).join("\n")}`);
}

/** The reader says of a document what its writer says of the plan. */
async function assertRead(
  reader: Engine,
  writer: Engine,
  request: PlanRequest,
  document: { readonly tasks?: readonly string[]; readonly plan?: string },
): Promise<void> {
  const { metadata } = request;
  const here = told((await reader.call("tell-tasks", { metadata, ...document })).rows, true);
  const there = told((await writer.call("tell-tasks", request)).rows, true);
  assertEqual(texts(here), texts(there), "what the reader says");
}

/**
 * Two plans of one scan. Ours may lack what Java checks again: of residuals what a file's metrics prove for every row, of
 * deletes position delete files whose bounds tell of other data files. Metrics differ because we keep those of the
 * filter's columns. That rows are the same is another check.
 */
function assertSamePlan(mine: readonly Told[], theirs: readonly Told[]): void {
  assertEqual(mine.map(({ text }) => text).join("\n"), theirs.map(({ text }) => text).join("\n"), "our plan");
  for (const [at, { file, residual, deletes }] of mine.entries()) {
    const java = theirs[at]!;
    const stray = [...residual].find((conjunct) => !java.residual.has(conjunct));
    if (stray !== undefined)
      throw new Error(`residual of ${file}: ours has ${stray}, Java's ${[...java.residual].join(" AND ")}`);
    const added = [...deletes].find((text) => !java.deletes.has(text));
    if (added !== undefined) throw new Error(`deletes of ${file}: only ours has ${added}`);
    const left = [...java.deletes].find((text) => !deletes.has(text) && !isOfManyFiles(text));
    if (left !== undefined) throw new Error(`deletes of ${file}: ours lacks ${left}`);
  }
}

function isOfManyFiles(told: string): boolean {
  return told.includes('"content":1,') && told.includes('"referenced_data_file":null');
}

/** All that is told of tasks, in one text. */
function texts(tasks: readonly Told[]): string {
  return tasks.map(({ text, residual, deletes }) => [text, ...residual, ...deletes].join("\n  ")).join("\n");
}

const METRICS = /_(counts|sizes|bounds)$/;

function told(rows: readonly string[], withMetrics = false): readonly Told[] {
  const tasks = rows.map((row): Told => {
    const { residual, deletes, ...rest } = parseJson(row) as JsonObject;
    const { start, length, file } = rest as { start: number; length: number; file: JsonObject };
    const offsets = file.split_offsets as readonly number[];
    // Java's first piece begins at the first row group, ours at the file's beginning.
    const first = start === offsets[0] ? start : 0;
    return {
      file: String(file.file_path),
      residual: new Set(residual as readonly string[]),
      deletes: new Set(
        (deletes as readonly JsonObject[]).map((one) => stringifyJson(ordered(one, withMetrics))),
      ),
      text: stringifyJson(ordered({ ...rest, start: start - first, length: length + first }, withMetrics)),
    };
  });
  return tasks.sort((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0));
}

function ordered(json: unknown, withMetrics: boolean): never {
  if (Array.isArray(json)) return json.map((item) => ordered(item, withMetrics)) as never;
  if (!isJsonObject(json as JsonObject)) return json as never;
  const entries = Object.entries(json as JsonObject)
    .filter(([key]) => withMetrics || !METRICS.test(key))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, value]) => [key, ordered(value, withMetrics)])) as never;
}

/** A document that lost or gained something on the way does not pass: each change is an error or says something else. */
async function changed(
  context: SuiteContext,
  subject: PlannedSubject,
  ours: Engine,
  java: Engine,
): Promise<void> {
  const { metadata } = subject.table;
  const tasks: readonly string[] = (await ours.call("tasks-to-json", { metadata }).catch(() => NO_ROWS)).rows;
  const before = told((await ours.call("tell-tasks", { metadata, tasks })).rows, true);
  for (const [what, change] of Object.entries(CHANGES)) {
    const documents = tasks.map((text) => stringifyJson(change(parseJson(text) as JsonObject)));
    if (documents.join() === tasks.join()) continue;
    for (const reader of [java, ours]) {
      await context.check(subject.name, reader.name, `tasks changed on the way are noticed: ${what}`, () =>
        assertThrows(async () => {
          const after = told((await reader.call("tell-tasks", { metadata, tasks: documents })).rows, true);
          assertEqual(texts(after), texts(before), "what the reader says");
        }, /./),
      );
    }
  }
}

const NO_ROWS = { rows: [] };

const CHANGES: Readonly<Record<string, (task: JsonObject) => JsonObject>> = {
  "a delete file is gone": (task) => ({
    ...task,
    "delete-files": (task["delete-files"] as JsonObject[]).slice(1),
  }),
  "another residual": (task) => ({ ...task, "residual-filter": false }),
  "another start": (task) => ({ ...task, start: Number(task.start) + 1 }),
  "another file": (task) => ({
    ...task,
    "data-file": { ...(task["data-file"] as JsonObject), "file-path": "file:/other.parquet" },
  }),
  "another count of rows": (task) => ({
    ...task,
    "data-file": { ...(task["data-file"] as JsonObject), "record-count": 1_000_003 },
  }),
  "no file size": (task) => ({
    ...task,
    "data-file": { ...(task["data-file"] as JsonObject), "file-size-in-bytes": undefined },
  }),
};

/** The query gives DuckDB the rows of our scan, or there is none because deletes apply. */
async function handOver(
  context: SuiteContext,
  { name, table, filters, hasDeletes }: PlannedSubject,
  ours: Engine,
  duckdb: Engine,
): Promise<void> {
  const requests = [undefined, ...filters].map((filter) => ({ metadata: table.metadata, filter }));
  const title = hasDeletes ? "plans with deletes are no query" : "plans as queries";
  await context.check(name, duckdb.name, `${requests.length} ${title}`, () =>
    forEachRequest(requests, async (request) => {
      const { metadata, filter } = request;
      if (hasDeletes && (await hasDeletesUnder(ours, request))) {
        await assertThrows(() => ours.call("duckdb-query", request), /unsupported: .*delete files apply to/);
        return;
      }
      if (hasNoType(table)) {
        await assertThrows(
          () => ours.call("duckdb-query", request),
          /unsupported: .*has no (type for|literal of)/,
        );
        return;
      }
      const { sql } = (await ours.call("duckdb-query", request)).fields;
      const rows = (await duckdb.call("sql", { sql })).rows;
      const wanted = await ours.scan({ metadata, ...(filter && { filter }) });
      assertSameRows({ from: "the query", rows }, { from: "our scan", rows: wanted }, table.schema);
    }),
  );
}

/** What DuckDB has no type for. */
function hasNoType({ schema }: TableFacts): boolean {
  return schema.fields.some(({ type }) => type === "timestamptz_ns");
}

async function hasDeletesUnder(ours: Engine, request: PlanRequest): Promise<boolean> {
  return (await ours.call("tell-tasks", request)).rows.some((text) => !text.includes('"deletes":[]'));
}

/** Java reads our scan reports and prints them as they were, name for name and unit for unit. */
async function reports(context: SuiteContext, java: Engine): Promise<void> {
  await context.check("scan report", "java", "is read and printed again without loss", async () => {
    const bodies: JsonObject[] = [];
    const catalog = fileCatalog(context.folder, {
      metricsReporter: (reported) => {
        if (reported.kind === "scan") bodies.push(reported.toJson());
      },
    });
    await catalog.ensureNamespace("ns");
    for (const { name } of await catalog.listTables("ns"))
      await (await catalog.loadTable(["ns", name])).scan().plan();
    if (bodies.length === 0) throw new Error("no report was made");
    for (const { "report-type": type, ...body } of bodies) {
      assertEqual(String(type), "scan-report", "the type");
      const { json } = (await java.call("report", { json: stringifyJson(body) })).fields;
      const { metadata, ...wanted } = body;
      // Java leaves out what is empty.
      assertEqual(stringifyJson(metadata!), "{}", "the metadata");
      assertEqual(
        stringifyJson(ordered(parseJson(String(json)), true)),
        stringifyJson(ordered(wanted, true)),
        "the report",
      );
    }
  });
}

/** The reports of both planners; we may have found more to skip. */
async function assertSameReport(ours: Engine, java: Engine, request: PlanRequest): Promise<void> {
  const report = async (engine: Engine) =>
    parseJson(String((await engine.call("scan-report", request)).fields.json)) as JsonObject;
  const [mine, theirs] = [await report(ours), await report(java)];
  const told = ({ metrics, ...rest }: JsonObject) => {
    const counters = Object.entries(metrics as JsonObject).map(([name, value]) => [
      name,
      name === "total-planning-duration" || OURS_MAY_BE_LESS.has(name) ? "told" : value,
    ]);
    const sorted = (key: string) => [...(rest[key] as readonly Json[])].map(String).sort();
    return stringifyJson(
      ordered(
        {
          snapshot: rest["snapshot-id"] ?? null,
          schema: rest["schema-id"]!,
          ids: sorted("projected-field-ids"),
          names: sorted("projected-field-names"),
          metrics: Object.fromEntries(counters),
        },
        true,
      ),
    );
  };
  assertEqual(told(mine), told(theirs), "our report");
}

/** Counters of what applies to data files: position deletes are matched by their bounds here. */
const OURS_MAY_BE_LESS = new Set(["result-delete-files", "total-delete-file-size-in-bytes"]);
