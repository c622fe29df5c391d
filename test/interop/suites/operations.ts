/**
 * Tables that the commit engine wrote, operation by operation, judged by every engine, by Java's validation and by the
 * spec linter: as they are, at earlier snapshots, when old snapshots are forgotten, and when others went on with them.
 * @module
 */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { alwaysTrue, type Table } from "../../../src/index.ts";
import { allManifests, files, snapshots } from "../../../src/inspect/index.ts";
import { expireSnapshots } from "../../../src/maintenance/index.ts";
import { fileCatalog } from "../../../src/node.ts";
import { lintTable } from "../../linter/lint.ts";
import { assertSameRecords, assertSameRows } from "../harness/compare.ts";
import type { Engine, Feature } from "../harness/engine.ts";
import { judge, judgeRows, type Subject } from "../harness/judge.ts";
import { assertEqual, forEachEngine, type Suite, type SuiteContext } from "../harness/suite.ts";
import { readTable, schemaAt } from "../harness/table-metadata.ts";
import { type Deleted, writePositionDeletes, writeVectors } from "./delete-files.ts";
import {
  accountRows,
  inputs,
  MERGE_ON_READ,
  type OperationTable,
  type Outcome,
  operationTables,
  rowText,
  Story,
} from "./operation-tables.ts";

export const OPERATIONS: Suite = {
  name: "operations",
  purpose:
    "every engine reads what transactions, row deletes, branches, expiry and committers of ours leave behind",
  stage: "fast",
  run: async (context) => {
    const catalog = fileCatalog(context.folder, { writeForeignTables: true });
    await catalog.ensureNamespace("ns");
    for (const wanted of operationTables()) {
      let outcome: Outcome | undefined;
      await context.check(wanted.name, "icewright", "is written", async () => {
        outcome = await wanted.write(catalog, wanted.name);
      });
      if (outcome !== undefined) await judgeOutcome(context, wanted, outcome);
    }
    for (const version of [2, 3] as const) await takenOver(context, version);
  },
};

async function judgeOutcome(context: SuiteContext, wanted: OperationTable, outcome: Outcome): Promise<void> {
  const { table, earlier, lineage } = outcome;
  const { name: told, features, unfiltered = false } = wanted;
  const subject = { ...subjectOf(told, table, outcome.rows, features), unfiltered };
  await lint(context, subject);
  await forEachEngine(context, async (engine) => {
    await judge(context, engine, subject);
    await judgeEarlier(context, engine, subject, earlier);
    if (subject.table.formatVersion === 3) await judgeLineage(context, engine, subject, lineage);
  });
  if (wanted.expire !== true) return;
  const name = `${wanted.name}_expired`;
  let after: Table | undefined;
  await context.check(name, "icewright", "old snapshots are forgotten, and their files gone", async () => {
    after = await expire(table);
  });
  if (after === undefined) return;
  const again = { ...subjectOf(name, after, outcome.rows, wanted.features), unfiltered: true };
  await lint(context, again);
  await forEachEngine(context, async (engine) => {
    await judge(context, engine, again);
    if (again.table.formatVersion === 3) await judgeLineage(context, engine, again, lineage);
  });
}

function subjectOf(
  name: string,
  { metadataLocation }: Table,
  rows: readonly string[],
  features: readonly Feature[],
): Subject {
  const expected = { from: "the account of the rows", rows };
  return { name, table: readTable(metadataLocation), expected, features: new Set(features) };
}

async function lint(context: SuiteContext, { name, table }: Subject): Promise<void> {
  await context.check(name, "linter", "breaks no rule of the specification", async () => {
    // Others, whose locations have Hadoop's single slash, leave out what we do not.
    const findings = (await lintTable(table.metadata)).filter(({ file }) => !/^file:\/[^/]/.test(file));
    if (findings.length === 0) return;
    throw new Error(findings.map(({ rule, file, message }) => `${rule}: ${message} (${file})`).join("\n"));
  });
}

/** Snapshots other than the current one: history, branches, what is staged or rolled back. */
async function judgeEarlier(
  context: SuiteContext,
  engine: Engine,
  { name, table, features }: Subject,
  earlier: Outcome["earlier"],
): Promise<void> {
  if (!engine.kind.views.includes("snapshots") || engine.kind.refuses?.(table, features) !== undefined)
    return;
  for (const { what, snapshotId, rows } of earlier) {
    await context.check(name, engine.name, `every row of an earlier snapshot: ${what}`, async () => {
      const snapshot = String(snapshotId);
      const actual = await engine.scan({ metadata: table.metadata, snapshot });
      const expected = { from: "the account of the rows", rows: rows.map(rowText) };
      assertSameRows({ from: engine.name, rows: actual }, expected, schemaAt(table, snapshot));
    });
  }
}

const LINEAGE = ["id", "_row_id", "_last_updated_sequence_number"];

/** Row ids of version 3: as the account has them, if it has; by Spark as by us; of files apart, as Java reads them. */
async function judgeLineage(
  context: SuiteContext,
  engine: Engine,
  { name, table }: Subject,
  lineage: Outcome["lineage"],
): Promise<void> {
  const { metadata } = table;
  const read = async (from: Engine) => ({
    from: from.name,
    rows: await from.scan({ metadata, columns: LINEAGE }),
  });
  const ourselves = context.engines.find((other) => other.name === "icewright");
  if (engine === ourselves && lineage !== undefined) {
    await context.check(name, engine.name, "row ids and the commits that last changed the rows", async () => {
      const rows = [...lineage].map(([id, [rowId, sequenceNumber]]) =>
        JSON.stringify({ id, _row_id: rowId, _last_updated_sequence_number: sequenceNumber }),
      );
      assertSameRecords(await read(engine), { from: "the account of the rows", rows }, LINEAGE);
    });
  }
  if (engine.name === "spark" && ourselves !== undefined) {
    await context.check(name, engine.name, "row ids and last changes as we show them", async () => {
      assertSameRecords(await read(engine), await read(ourselves), LINEAGE);
    });
  }
  if (engine.name === "java") {
    await context.check(name, engine.name, "row ids of files lie apart, below the next row id", async () => {
      const { fields, rows } = await engine.call("dump", { metadata });
      assertRowIdsApart(rows, Number((fields.metadata as Record<string, unknown>)["next-row-id"]));
    });
  }
}

function assertRowIdsApart(entries: readonly string[], next: number): void {
  const ranges = entries
    .map((row) => JSON.parse(row) as Record<string, number | null>)
    .filter(({ content, status }) => content === 0 && status !== 2)
    .map(({ first_row_id: first, record_count: count }) => [first ?? Number.NaN, Number(count)] as const)
    .sort(([a], [b]) => a - b);
  let end = 0;
  for (const [first, count] of ranges) {
    if (!(first >= end)) throw new Error(`Files overlap or have no row ids: ${JSON.stringify(ranges)}`);
    end = first + count;
  }
  if (!(end <= next)) throw new Error(`Row ids go to ${end}, the next is said to be ${next}`);
}

/** Forgets every snapshot that no branch or tag is at; the folder then holds what is still led to and nothing else. */
async function expire(table: Table): Promise<Table> {
  const soon = Date.now() + 60_000;
  const result = await expireSnapshots(table, { olderThan: soon, retainLast: 1 });
  assertEqual(result.problems.length, 0, "Number of problems");
  const heads = new Set([...result.table.metadata.refs.values()].map(({ snapshotId }) => snapshotId));
  assertEqual(result.table.metadata.snapshots.length, heads.size, "Number of snapshots that are left");
  const led = new Set<string>();
  for (const { snapshot_id: snapshotId } of snapshots(result.table)) {
    for await (const { file_path } of files(result.table, { at: { snapshotId } })) led.add(file_path);
  }
  const gone = [...result.files.dataFiles, ...result.files.deleteFiles, ...result.files.manifests];
  for (const file of [...gone, ...result.files.manifestLists]) {
    if (existsSync(fileURLToPath(file))) throw new Error(`${file} should be gone`);
  }
  const found = filesUnder(join(fileURLToPath(table.location), "data"));
  const expected = [...led].map((file) => fileURLToPath(file)).sort();
  assertEqual(found.sort().join("\n"), expected.join("\n"), "What the data folder holds");
  const manifestPaths = new Set<string>();
  for await (const { path } of allManifests(result.table)) manifestPaths.add(fileURLToPath(path));
  const avro = filesUnder(join(fileURLToPath(table.location), "metadata")).filter((file) =>
    /\.avro$/.test(file),
  );
  assertEqual(avro.length, manifestPaths.size + heads.size, "Number of manifests and manifest lists");
  return result.table;
}

function filesUnder(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** Java and Spark, where they are in the run, go on with a table of ours that has deletes, and we go on with theirs. */
async function takenOver(context: SuiteContext, version: 2 | 3): Promise<void> {
  const others = context.engines.filter(({ name }) => name === "java" || name === "spark");
  if (others.length === 0) return;
  const name = `taken_over_with_deletes_v${version}`;
  const catalog = fileCatalog(context.folder, { writeForeignTables: true });
  const reload = async () => (await catalog.loadTable(["ns", name])) as unknown as Table;
  const deletes = async (table: Table, file: string, deleted: readonly Deleted[]) =>
    version === 2
      ? [await writePositionDeletes(table, file, deleted)]
      : await writeVectors(table, file, deleted);
  const features: Feature[] = [version === 2 ? "position-deletes" : "deletion-vectors"];
  let story: Story | undefined;
  await context.check(name, "icewright", "is written", async () => {
    const begun = await Story.begin(catalog, name, { version, properties: MERGE_ON_READ });
    const [file] = await begun.append(accountRows(0, 10));
    const addedDeletes = await deletes(begun.table, "ours-0", [{ file: file!, positions: [0, 1] }]);
    await begun.commit((transaction) => transaction.rowDelta({ addedDeletes }));
    begun.lose(({ id }) => id < 2);
    story = begun;
  });
  if (story === undefined) return;
  const account: Story = story;
  for (const [turn, engine] of others.entries()) {
    const from = 100 * (turn + 1);
    const theirs = accountRows(from, from + 3);
    await context.check(
      name,
      engine.name,
      "appends, and deletes one of our rows and one of its own",
      async () => {
        const victims = [2 + turn, from + 1];
        await writeAs(engine, context.folder, account.table.location, name, version, theirs, victims);
        account.rows.push(...theirs);
        account.lose(({ id }) => victims.includes(id));
      },
    );
    await context.check(name, "icewright", `appends and deletes after ${engine.name}`, async () => {
      account.table = await reload();
      const [file] = await account.append(accountRows(from + 10, from + 15));
      const addedDeletes = await deletes(account.table, `ours-${from}`, [{ file: file!, positions: [4] }]);
      await account.commit((transaction) => transaction.rowDelta({ addedDeletes }));
      account.lose(({ id }) => id === from + 14);
    });
    const subject = subjectOf(name, await reload(), account.rows.map(rowText), features);
    await lint(context, subject);
    await forEachEngine(context, async (other) => {
      if (turn < others.length - 1) return await judgeRows(context, other, subject);
      await judge(context, other, subject);
      if (version === 3) await judgeLineage(context, other, subject, undefined);
    });
  }
  const emptied = `${name}_emptied`;
  let table: Table | undefined;
  await context.check(emptied, "icewright", "all of it is deleted, theirs as well", async () => {
    table = (await (await reload()).delete(alwaysTrue)).table;
    await table.append(inputs(accountRows(900, 902)));
    table = await reload();
  });
  if (table === undefined) return;
  const subject = subjectOf(emptied, table, accountRows(900, 902).map(rowText), []);
  await lint(context, subject);
  await forEachEngine(context, (engine) => judge(context, engine, subject));
}

/** Appends rows and deletes others, by the engine's own means, through Hadoop's commit protocol. */
async function writeAs(
  engine: Engine,
  folder: string,
  dir: string,
  name: string,
  version: 2 | 3,
  rows: ReturnType<typeof accountRows>,
  victims: readonly number[],
): Promise<void> {
  if (engine.name === "java") {
    await engine.call("append", { dir, rows });
    const filter = { op: "in", column: "id", literals: victims.map(String) };
    await engine.call(version === 2 ? "pos-delete" : "dv", { dir, filter });
    return;
  }
  const catalogs = { ops: { type: "hadoop", warehouse: `file://${folder}`, "cache-enabled": "false" } };
  const values = rows.map(
    ({ id, tenant, n }) => `(${id}L, ${tenant === null ? "NULL" : `'${tenant}'`}, ${n})`,
  );
  await engine.call("statements", {
    catalogs,
    statements: [
      `INSERT INTO ops.ns.${name} VALUES ${values.join(", ")}`,
      `DELETE FROM ops.ns.${name} WHERE id IN (${victims.join(", ")})`,
    ],
  });
}
