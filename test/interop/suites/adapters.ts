/**
 * The judges judged: on tables that PyIceberg wrote, every engine must return the same rows, and a wrong expectation
 * must be reported as a failure.
 * @module
 */
import { canonicalRow } from "../harness/canonical.ts";
import { assertSameRows } from "../harness/compare.ts";
import type { Engine, Feature } from "../harness/engine.ts";
import { judge } from "../harness/judge.ts";
import { assertEqual, assertThrows, forEachEngine, type Suite, type SuiteContext } from "../harness/suite.ts";
import { readTable, type TableFacts } from "../harness/table-metadata.ts";
import { assertSameView, COMPARED_VIEWS, comparedIn } from "../harness/views.ts";

const ROWS: Readonly<Record<string, number>> = {
  common_types: 5,
  all_types: 5,
  partitioned: 120,
  evolved: 3,
  empty: 0,
  deleted: 19,
};

export const ADAPTERS: Suite = {
  name: "adapters",
  purpose: "the engines agree on tables that PyIceberg wrote, and each reports a wrong expectation",
  stage: "fast",
  run: async (context) => {
    const writer = await context.engine("pyiceberg");
    const reply = await writer.call("write", { dir: context.folder });
    const tables = reply.fields.tables as Readonly<Record<string, string>>;
    for (const [name, metadata] of Object.entries(tables)) {
      const table = readTable(metadata);
      const expected = { from: "pyiceberg", rows: await writer.scan({ metadata }) };
      await context.check(name, writer.name, "row count as written", async () => {
        assertEqual(expected.rows.length, ROWS[name] ?? -1, "Row count");
      });
      const features = new Set<Feature>(name === "all_types" ? ["early-dates", "null-nested"] : []);
      await forEachEngine(context, (engine) => judge(context, engine, { name, table, expected, features }));
      if (name === "partitioned")
        await forEachEngine(context, (engine) => wrongViews(context, engine, metadata));
    }
    const common = readTable(tables.common_types!);
    await forEachEngine(context, (engine) => negativeControls(context, engine, common));
  },
};

/** Each expectation below is wrong in one way, and the comparison must say so. */
async function negativeControls(context: SuiteContext, engine: Engine, table: TableFacts): Promise<void> {
  const { metadata, schema } = table;
  const rows = await engine.scan({ metadata });
  const actual = { from: engine.name, rows };
  const first = rows.find((row) => row.includes('"id":1,'))!;
  const rest = rows.filter((row) => row !== first);
  const control = (title: string, wrong: readonly string[], pattern: RegExp) =>
    context.check("negative controls", engine.name, title, () =>
      assertThrows(() => assertSameRows(actual, { from: "wrong", rows: wrong }, schema), pattern),
    );
  await control("a missing row is reported", rest, new RegExp(`only in ${engine.name} \\(1\\)`));
  await control("a duplicated row is reported", [...rows, first], /only in wrong \(1\)/);
  await control(
    "a long off by one is reported",
    edited(rows, "9223372036854775807", "9223372036854775806"),
    /: .*≠/,
  );
  await control("a null for a value is reported", edited(rows, '"plain"', "null"), /text: "plain" ≠ null/);
  await control("a lost negative zero is reported", edited(rows, "-0.0", "0.0"), /-0 ≠ 0/);
  await control(
    "a decimal without its scale is reported",
    edited(rows, '"1.0000"', '"1"'),
    /canonical form of decimal/,
  );
  await control("a microsecond is reported", edited(rows, "23:59:59.999999Z", "23:59:59.999998Z"), /tstz: /);
  await control("a lost column is reported", edited(rows, '"flag":true,', ""), /no value for flag/);
  await context.check(
    "negative controls",
    engine.name,
    "a missing file is an error, not an empty table",
    () =>
      assertThrows(() => engine.scan({ metadata: metadata.replace(/[^/]+$/, "absent.metadata.json") }), /./),
  );
  await context.check(
    "negative controls",
    engine.name,
    "a filter that matches nothing returns nothing",
    async () => {
      const filter = { op: "eq", column: "text", literals: ["no such text"] } as const;
      assertEqual((await engine.scan({ metadata, filter })).length, 0, "Row count");
      const one = await engine.scan({ metadata, filter: { ...filter, literals: ["plain"] } });
      assertEqual(
        JSON.stringify(one.map((row) => canonicalRow(row, schema))).includes("plain"),
        true,
        "Row found",
      );
    },
  );
}

/** One wrong value in a view must be reported, in each column that the engine shows. */
async function wrongViews(context: SuiteContext, engine: Engine, metadata: string): Promise<void> {
  for (const view of COMPARED_VIEWS.filter((name) => engine.kind.views.includes(name))) {
    await context.check(
      "negative controls",
      engine.name,
      `a wrong value in ${view} is reported`,
      async () => {
        const actual = { from: engine.name, rows: await engine.view(view, { metadata }) };
        const cells = Object.entries(JSON.parse(actual.rows[0]!) as Readonly<Record<string, unknown>>);
        const wrong = (key: string, text: string) =>
          actual.rows.with(0, JSON.stringify({ ...Object.fromEntries(cells), [key]: altered(text) }));
        for (const [key, cell] of cells.filter(
          ([key, cell]) => comparedIn(view).includes(key) && cell !== null,
        )) {
          if (!/\w/.test(JSON.stringify(cell))) continue;
          const rows = wrong(key, JSON.stringify(cell));
          await assertThrows(
            () => assertSameView(view, actual, { from: "wrong", rows }),
            new RegExp(`${key}: .*≠`),
          );
        }
        await assertThrows(
          () => assertSameView(view, actual, { from: "wrong", rows: actual.rows.slice(1) }),
          /only in/,
        );
      },
    );
  }
}

/** The JSON value with its last digit changed, or else its last letter. */
function altered(text: string): unknown {
  const at = /\d/.test(text) ? text.search(/\d\D*$/) : text.search(/\w\W*$/);
  return JSON.parse(`${text.slice(0, at)}${text[at] === "1" ? 2 : 1}${text.slice(at + 1)}`);
}

/** The rows with the first occurrence of a text replaced; throws when there is none, or the control would be void. */
function edited(rows: readonly string[], text: string, by: string): string[] {
  // DuckDB prints doubles as 0.0 where others print 0: the row is edited as text, so look for either form
  const at = rows.findIndex((row) => row.includes(text));
  if (at < 0) throw new Error(`No row has ${text}`);
  return rows.map((row, i) => (i === at ? row.replace(text, by) : row));
}
