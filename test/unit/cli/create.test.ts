import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isJsonObject, type JsonObject, parseJson, stringifyJson } from "../../../src/base/index.ts";
import { openTable } from "../../../src/node.ts";
import { defineSchema, optional, required, schemaToJson, t } from "../../../src/schema/index.ts";
import { icewright, inFolder, makeFolder, type Outcome, removeFolder, SAMPLE } from "./harness.ts";

let cwd = "";
const run = async (...argv: string[]): Promise<Outcome> => await icewright(argv, { cwd });

const schema = defineSchema(
  { id: required(t.long()), ts: required(t.timestamptz()), tags: optional(t.list(t.string())) },
  { identifierFields: ["id"] },
);

beforeAll(async () => {
  cwd = await makeFolder();
  await writeFile(join(cwd, "orders.json"), stringifyJson(schemaToJson(schema), 2));
  await writeFile(
    join(cwd, "orders.sql"),
    "CREATE TABLE ignored (id BIGINT NOT NULL COMMENT 'key', ts TIMESTAMP)\nUSING iceberg\n" +
      "PARTITIONED BY (days(ts)) TBLPROPERTIES ('format-version'='1', 'a'='1', 'b'='2');\n" +
      "ALTER TABLE ignored WRITE ORDERED BY id;",
  );
});
afterAll(async () => {
  await removeFolder(cwd);
});

function document(text: string): JsonObject {
  const json = parseJson(text);
  if (!isJsonObject(json)) throw new Error("not an object");
  return json;
}

describe("create", () => {
  test("from an Iceberg schema, with partitions, order, properties and version of the flags", async () => {
    const flags = [
      "--partition-by",
      "months(ts), bucket(4, id)",
      "--order-by",
      "ts DESC",
      "--property",
      "a=b=c",
    ];
    const { status, stdout, stderr } = await run(
      ...["create", "shop.json", "--schema", "orders.json", "--format-version", "3", "--json", ...flags],
    );
    expect([status, stderr]).toStrictEqual([
      0,
      expect.stringMatching(/^created shop\.json as file:.*v1\.metadata\.json\n$/),
    ]);
    expect(document(stdout)).toMatchObject({
      table: "shop.json",
      format_version: 3,
      identifier_field_ids: [1],
      properties: { a: "b=c" },
      current_snapshot: null,
    });
    const table = await openTable(join(cwd, "warehouse/shop/json"));
    expect(table.spec.fields.map(({ name }) => name)).toStrictEqual(["ts_month", "id_bucket"]);
    expect(table.sortOrder.fields).toMatchObject([
      { sourceId: 2, direction: "desc", nullOrder: "nulls-last" },
    ]);
    expect(schemaToJson(table.schema)).toStrictEqual(schemaToJson(schema));
  });

  test("from Spark SQL; flags win and properties are added", async () => {
    const { status, stdout } = await run(
      ...["create", "shop.sql", "--schema", "orders.sql", "--format-version", "2", "--order-by", ""],
      ...["--property", "b=3", "--property", "c=4", "--json"],
    );
    expect(status).toBe(0);
    expect(document(stdout)).toMatchObject({
      format_version: 2,
      columns: [
        { id: 1, name: "id", required: true, type: "long", doc: "key" },
        { id: 2, name: "ts", required: false, type: "timestamptz" },
      ],
      partition_spec: { fields: [{ name: "ts_day", transform: "day" }] },
      sort_order: { fields: [] },
      properties: { a: "1", b: "3", c: "4" },
    });
    const first = await run("create", "shop.v1", "--schema", "orders.sql", "--json");
    expect(document(first.stdout)).toMatchObject({
      format_version: 1,
      sort_order: { fields: [{ source: "id" }] },
    });
  });

  test("like another table: everything but what is that table's own", async () => {
    await inFolder(async (folder) => {
      await icewright(["ingest", SAMPLE], { cwd: folder });
      const like = ["create", "copy.traces", "--like", "telemetry.trace_events", "--json"];
      const made = document((await icewright(like, { cwd: folder })).stdout);
      const from = document(
        (await icewright(["describe", "telemetry.trace_events", "--json"], { cwd: folder })).stdout,
      );
      for (const key of ["columns", "partition_spec", "sort_order", "properties", "format_version"]) {
        expect(made[key]).toStrictEqual(from[key]);
      }
      expect(made.current_snapshot).toBe(null);
      expect(made.table_uuid).not.toBe(from.table_uuid);
      const byPath = await icewright(["create", "copy.two", "--like", "warehouse/copy/traces"], {
        cwd: folder,
      });
      expect(byPath.status).toBe(0);
      expect(byPath.stdout).toContain("event_timestamp_month = month(event_timestamp)");
    });
  });

  test("DDL of one table makes an equal one", async () => {
    await inFolder(async (folder) => {
      await icewright(["ingest", SAMPLE], { cwd: folder });
      const ddl = await icewright(["describe", "telemetry.trace_events", "--ddl"], { cwd: folder });
      expect([ddl.status, ddl.stderr]).toStrictEqual([0, ""]);
      await writeFile(join(folder, "t.sql"), ddl.stdout);
      await icewright(["create", "telemetry.trace_events", "--schema", "t.sql", "--warehouse", "two"], {
        cwd: folder,
      });
      const again = ["describe", "telemetry.trace_events", "--ddl", "--warehouse", "two"];
      expect((await icewright(again, { cwd: folder })).stdout).toBe(ddl.stdout);
    });
  });

  test("an existing table stays, as a failure or as asked", async () => {
    await run("create", "shop.twice", "--schema", "orders.json");
    const again = await run("create", "shop.twice", "--schema", "orders.sql");
    expect([again.status, again.stderr]).toStrictEqual([1, expect.stringContaining("[already-exists]")]);
    const left = await run("create", "shop.twice", "--schema", "orders.sql", "--if-not-exists", "--json");
    expect([left.status, left.stderr]).toStrictEqual([0, "shop.twice exists and stays as it is\n"]);
    expect(document(left.stdout)).toMatchObject({
      format_version: 2,
      properties: { "icewright.publish": "link" },
    });
  });

  test("describe --ddl --json holds the text and what it cannot say", async () => {
    await run("create", "shop.lists", "--schema", "orders.json");
    const { stdout, stderr } = await run("describe", "shop.lists", "--ddl", "--json");
    expect(document(stdout)).toMatchObject({
      table: "shop.lists",
      ddl: expect.stringContaining("tags ARRAY<STRING>") as string,
      losses: ["tags: that its elements are never null"],
    });
    expect(stderr).toBe("not in the DDL: tags: that its elements are never null\n");
  });

  test.each([
    [["create", "a.b"], 2, "needs either --schema FILE or --like TABLE"],
    [["create", "a.b", "--schema", "x", "--like", "y.z"], 2, "needs either"],
    [["create", "a.b", "--schema", "orders.json", "--partition-by", "weeks(ts)"], 2, "--partition-by: "],
    [["create", "a.b", "--schema", "orders.json", "--order-by", "ts,"], 2, "--order-by: "],
    [
      ["create", "a.b", "--schema", "orders.json", "--format-version", "4"],
      2,
      "--format-version takes 1, 2, 3",
    ],
    [["create", "a.b", "--schema", "orders.json", "--property", "format-version=4"], 1, "[unsupported]"],
    [["create", "a.b", "--schema", "orders.json", "--partition-by", "days(id)"], 1, "[invalid-schema]"],
    [["create", "a.b", "--schema", "orders.json", "--order-by", "nothing"], 1, "no such column"],
    [["create", "nodot", "--schema", "orders.json"], 1, "[invalid-argument]"],
    [["create", "a.b", "--schema", "none.json"], 1, "[no-such-file]"],
    [["create", "a.b", "--like", "no.such"], 1, "[no-such-table]"],
    [["create", "a.b", "--schema", "broken.json"], 1, "Cannot use broken.json as a schema: "],
    [
      ["create", "a.b", "--schema", "broken.sql"],
      1,
      "Cannot use broken.sql as a schema: Cannot read the DDL at line 1",
    ],
  ])("%j fails and makes no table", async (argv, expected, message) => {
    await writeFile(join(cwd, "broken.json"), '{"type":"struct","fields":[{"name":"x"}]}');
    await writeFile(join(cwd, "broken.sql"), "CREATE TABLE x (a INT,)");
    const { status, stderr } = await run(...argv);
    expect([status, stderr]).toStrictEqual([expected, expect.stringContaining(message)]);
    expect((await run("describe", "a.b")).stderr).toContain("[no-such-table]");
  });
});
