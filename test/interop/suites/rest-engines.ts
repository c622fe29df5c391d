/**
 * One table behind the reference REST catalog with three writers: icewright creates and fills it, Spark and PyIceberg
 * read it and append to it through the same catalog, and every commit that came too late is refused or tried again.
 * @module
 */
import { restCatalog } from "../../../src/node.ts";
import { identity, month } from "../../../src/partitioning/index.ts";
import { defineSchema, optional, required, t } from "../../../src/schema/index.ts";
import { asc } from "../../../src/sorting/index.ts";
import { assertSameRows } from "../harness/compare.ts";
import type { Engine } from "../harness/engine.ts";
import { judgeRows } from "../harness/judge.ts";
import { linesOf } from "../harness/lines.ts";
import { asLocation, asPath, inHome } from "../harness/places.ts";
import { type RestServer, startRestServer } from "../harness/rest-server.ts";
import { run } from "../harness/run-command.ts";
import { assertEqual, assertThrows, forEachEngine, type Suite, type SuiteContext } from "../harness/suite.ts";
import { readTable } from "../harness/table-metadata.ts";

export const REST_ENGINES: Suite = {
  name: "rest-engines",
  purpose:
    "a table of ours in the reference REST catalog is read and appended to by Spark and PyIceberg, and by us again",
  stage: "medium",
  run: async (context) => {
    const server = await startRestServer({ folder: context.folder });
    try {
      await threeWriters(context, server);
      await lateCommits(context, server);
    } finally {
      await server.close();
    }
  },
};

const SCHEMA = defineSchema({
  id: required(t.long()),
  tenant: optional(t.string()),
  at: required(t.timestamptz()),
  price: optional(t.decimal(12, 2)),
  ratio: optional(t.double()),
});

/** A row in canonical form, which is also what `append` and PyIceberg's adapter take. */
interface WrittenRow {
  readonly id: number;
  readonly tenant: string | null;
  readonly at: string;
  readonly price: string | null;
  readonly ratio: number | null;
}

/** Tenants that a path must escape: `%2F` and its like are what the server's Jetty refuses in its own paths. */
const TENANTS = ["a/b c", "%2F%25", "ü=1", null];

function rowsFrom(first: number, count: number): WrittenRow[] {
  return Array.from({ length: count }, (_, i) => ({
    id: first + i,
    tenant: TENANTS[i % TENANTS.length]!,
    at: i % 2 === 0 ? "1969-12-31T23:59:59.999999Z" : "2024-02-29T12:00:00.000001Z",
    price: i % 3 === 0 ? null : `-${first + i}.50`,
    ratio: i % 4 === 0 ? null : 0.1 * i,
  }));
}

const ours = (rows: readonly WrittenRow[]) => rows.map((row) => ({ ...row, id: BigInt(row.id) }));
const given = (rows: readonly WrittenRow[]) => ({
  from: "rows of all writers",
  rows: rows.map((row) => JSON.stringify(row)),
});

const TABLE = "shop.events";

async function threeWriters(context: SuiteContext, server: RestServer): Promise<void> {
  const spark = await context.engine("spark");
  const pyiceberg = await context.engine("pyiceberg");
  const catalog = await restCatalog({ uri: server.uri });
  const written: WrittenRow[] = [];
  const made = await context.check(TABLE, "icewright", "creates and fills the table", async () => {
    await catalog.ensureNamespace("shop");
    const table = await catalog.createTable(TABLE, SCHEMA, {
      partitionSpec: [month("at"), identity("tenant")],
      sortOrder: [asc("price"), asc("id")],
    });
    const rows = rowsFrom(0, 20);
    await table.append(ours(rows));
    written.push(...rows);
  });
  if (!made) return;
  const readers: readonly (readonly [Engine, () => Promise<readonly string[]>])[] = [
    [spark, () => sparkRows(spark, server)],
    [pyiceberg, async () => (await pyiceberg.call("catalog-scan", fromPython(server))).rows],
  ];
  const readAlike = async (after: string) => {
    for (const [engine, read] of readers) {
      await context.check(TABLE, engine.name, `reads every row through the catalog ${after}`, async () => {
        assertSameRows({ from: engine.name, rows: await read() }, given(written), await schemaOf(server));
      });
    }
    await context.check(TABLE, "icewright", `reads every row through the catalog ${after}`, async () => {
      const rows = await ourRows(server);
      assertSameRows({ from: "icewright", rows }, given(written), await schemaOf(server));
    });
  };
  await readAlike("after our append");
  await context.check(TABLE, "spark", "appends", async () => {
    const rows = rowsFrom(100, 7);
    await spark.call("statements", { ...fromSpark(server), statements: [insert(`rest.${TABLE}`, rows)] });
    written.push(...rows);
  });
  await context.check(TABLE, "pyiceberg", "appends", async () => {
    const rows = rowsFrom(200, 7);
    await pyiceberg.call("catalog-append", { ...fromPython(server), rows });
    written.push(...rows);
  });
  await readAlike("after theirs");
  await context.check(TABLE, "icewright", "appends after them", async () => {
    const rows = rowsFrom(300, 5);
    await (await catalog.loadTable(TABLE)).append(ours(rows));
    written.push(...rows);
  });
  await readAlike("after ours again");
  await context.check(TABLE, "icewright", "a row too few is reported", () =>
    assertThrows(async () => {
      const rows = await ourRows(server);
      assertSameRows({ from: "icewright", rows }, given(written.slice(1)), await schemaOf(server));
    }, /only in icewright \(1\)/),
  );
  const table = readTable(await metadataOf(server, TABLE));
  const subject = { name: TABLE, table, expected: given(written), features: new Set<never>() };
  await forEachEngine(context, (engine) => judgeRows(context, engine, subject));
}

/** Writers that know only an older version: ours tries again, one told not to is refused, and so is PyIceberg. */
async function lateCommits(context: SuiteContext, server: RestServer): Promise<void> {
  const pyiceberg = await context.engine("pyiceberg");
  const catalog = await restCatalog({ uri: server.uri });
  const name = "shop.contended";
  const target = fromPython(server, name);
  const written: WrittenRow[] = [];
  const created = await catalog.createTable(name, SCHEMA);
  await context.check(name, "icewright", "appends on a version that PyIceberg has replaced", async () => {
    for (let turn = 0; turn < 3; turn++) {
      const before = await catalog.loadTable(name);
      const theirs = rowsFrom(10 * turn, 2);
      await pyiceberg.call("catalog-append", { ...target, rows: theirs });
      const mine = rowsFrom(10 * turn + 5, 2);
      await before.append(ours(mine));
      written.push(...theirs, ...mine);
    }
  });
  await context.check(
    name,
    "pyiceberg",
    "its commits on a version that we have replaced are not lost",
    async () => {
      await pyiceberg.call("catalog-load", target);
      const mine = rowsFrom(50, 1);
      await (await catalog.loadTable(name)).append(ours(mine));
      written.push(...mine);
      const late = rowsFrom(60, 1);
      try {
        await pyiceberg.call("catalog-append", { ...target, held: true, rows: late });
      } catch (error) {
        if (!/CommitFailed/.test((error as Error).message)) throw error;
        await pyiceberg.call("catalog-append", { ...target, rows: late });
      }
      written.push(...late);
    },
  );
  await context.check(name, "icewright", "a late commit that may not try again is refused", async () => {
    const table = await catalog.loadTable(name);
    await table.updateProperties({ set: { "commit.retry.num-retries": "0" } });
    const before = await catalog.loadTable(name);
    const theirs = rowsFrom(70, 1);
    await pyiceberg.call("catalog-append", { ...target, rows: theirs });
    written.push(...theirs);
    await assertThrows(() => before.append(ours(rowsFrom(80, 1))), /commit|conflict|branch main/i);
  });
  await context.check(name, "icewright", "every accepted row is there once", async () => {
    const rows = await ourRows(server, name);
    assertSameRows({ from: "icewright", rows }, given(written), await schemaOf(server, name));
    const { snapshots } = readTable(await metadataOf(server, name));
    assertEqual(snapshots.length, 9, "Number of snapshots");
  });
  await context.check(name, "icewright", "a table of that name is not made twice", () =>
    assertThrows(() => catalog.createTable(name, SCHEMA), /already/i),
  );
  assertEqual(created.identifier.name, "contended", "Name");
}

const fromPython = (server: RestServer, table = TABLE) => ({
  catalog: { type: "rest", uri: server.uri },
  table,
});
const fromSpark = (server: RestServer) => ({
  catalogs: { rest: { type: "rest", uri: server.uri, "cache-enabled": "false" } },
});

async function sparkRows(spark: Engine, server: RestServer): Promise<readonly string[]> {
  return (await spark.call("sql", { ...fromSpark(server), sql: `SELECT * FROM rest.${TABLE}` })).rows;
}

/** Through our own command line, which finds the table by `--catalog`. */
async function ourRows(server: RestServer, name = TABLE): Promise<readonly string[]> {
  const cli = inHome("build", "src", "cli", "main.js");
  const args = ["scan", name, "--catalog", server.uri, "--json"];
  return linesOf((await run(process.execPath, [cli, ...args])).stdout);
}

/** What the server itself says, without any client of the engines. */
async function metadataOf(server: RestServer, name: string): Promise<string> {
  const [namespace, table] = name.split(".");
  const reply = await fetch(`${server.uri}/v1/namespaces/${namespace}/tables/${table}`);
  const loaded = (await reply.json()) as { "metadata-location": string };
  return asLocation(asPath(loaded["metadata-location"]));
}

async function schemaOf(server: RestServer, name = TABLE) {
  return readTable(await metadataOf(server, name)).schema;
}

function insert(table: string, rows: readonly WrittenRow[]): string {
  const values = rows.map(({ id, tenant, at, price, ratio }) => {
    const text = (value: string | null) => (value === null ? "NULL" : `'${value}'`);
    return `(${id}L, ${text(tenant)}, TIMESTAMP ${text(at)}, CAST(${text(price)} AS DECIMAL(12, 2)), ${ratio === null ? "CAST(NULL AS DOUBLE)" : `${ratio}D`})`;
  });
  return `INSERT INTO ${table} VALUES ${values.join(", ")}`;
}
