/** Spark SQL out and in: what is written reads back as the same table. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MemoryCatalogClient } from "../../../src/catalog/index.ts";
import { readTableDdl } from "../../../src/cli/ddl-read.ts";
import { parsePartitionTerms, parseSortTerms } from "../../../src/cli/ddl-terms.ts";
import { ddlName, ddlText, ddlTokens } from "../../../src/cli/ddl-tokens.ts";
import { writeTableDdl } from "../../../src/cli/ddl-write.ts";
import { bucket, day, hour, identity, month, truncate, year } from "../../../src/partitioning/index.ts";
import {
  defineSchema,
  type Field,
  freshFields,
  idsFrom,
  optional,
  required,
  Schema,
  schemaToJson,
  type Type,
  t,
} from "../../../src/schema/index.ts";
import { asc, desc } from "../../../src/sorting/index.ts";
import { Catalog, type CreateTableOptions, type Table } from "../../../src/table/index.ts";
import { logEvents, metricEvents, traceEvents } from "../../../src/telemetry/index.ts";

async function make(schema: Schema, options: CreateTableOptions = {}, name = "ns.t"): Promise<Table> {
  const catalog = new Catalog(new MemoryCatalogClient());
  await catalog.ensureNamespace(name.slice(0, name.lastIndexOf(".")));
  return await catalog.createTable(name, schema, options);
}

/** The table that the DDL of a table makes, and the DDL. */
async function again(
  table: Table,
): Promise<{ readonly made: Table; readonly text: string; losses: readonly string[] }> {
  const { text, losses } = writeTableDdl(table);
  const { schema, partitionSpec, sortOrder, properties } = readTableDdl(text);
  const { "format-version": version = "2", ...stored } = properties;
  const formatVersion = Number(version) as 1 | 2 | 3;
  return {
    made: await make(schema, { partitionSpec, sortOrder, properties: stored, formatVersion }),
    text,
    losses,
  };
}

function expectEqual(made: Table, table: Table): void {
  expect(schemaToJson(made.schema)).toStrictEqual(schemaToJson(table.schema));
  expect(made.spec.fields).toStrictEqual(table.spec.fields);
  expect(made.sortOrder.fields).toStrictEqual(table.sortOrder.fields);
  expect(Object.fromEntries(made.properties)).toStrictEqual(Object.fromEntries(table.properties));
  expect(made.metadata.formatVersion).toBe(table.metadata.formatVersion);
}

describe("DDL round trips", () => {
  test.each([traceEvents, logEvents, metricEvents].map((each) => [each.name, each] as const))(
    "%s",
    async (_name, { schema, options }) => {
      const table = await make(schema, options as CreateTableOptions);
      const { made, text, losses } = await again(table);
      expectEqual(made, table);
      expect(losses).toStrictEqual([]);
      expect(text).toContain("PARTITIONED BY (months(event_timestamp), organization_id)");
      expect(text).toMatch(/ALTER TABLE ns\.t WRITE ORDERED BY workload_run_id ASC NULLS FIRST, /);
    },
  );

  test("every type Spark has, comments, and names that need quotes", async () => {
    const schema = defineSchema({
      a: required(t.boolean(), { doc: 'it\'s "odd" \\ and\nlong\u001b[31m' }),
      "b c": optional(t.int()),
      "d`e.f": optional(t.long()),
      order: optional(t.float()),
      ü: optional(t.double()),
      g: optional(t.decimal(38, 10)),
      h: optional(t.date()),
      i: optional(t.timestamp()),
      j: optional(t.timestamptz()),
      k: optional(t.string()),
      l: optional(t.binary()),
      m: optional(
        t.struct({
          "x y": required(t.int(), { doc: "in" }),
          z: optional(t.list(t.string(), { required: false })),
        }),
      ),
      n: optional(t.map(t.string(), t.map(t.int(), t.date(), { required: false }), { required: false })),
      o: optional(t.variant()),
    });
    const table = await make(schema, { formatVersion: 3, properties: { comment: "all 'types'", k: "v\\'" } });
    const { made, text, losses } = await again(table);
    expectEqual(made, table);
    expect(losses).toStrictEqual([]);
    expect(text).toContain("COMMENT 'it\\'s \"odd\" \\\\ and\\nlong\\u001b[31m'");
    expect(text).toContain("COMMENT 'all \\'types\\''");
    expect(text).toContain("`b c` INT,\n  `d``e.f` BIGINT,\n  `order` FLOAT");
    expect(text).toContain("STRUCT<`x y`: INT NOT NULL COMMENT 'in', z: ARRAY<STRING>>");
    expect(text).toContain("MAP<STRING, MAP<INT, DATE>>");
    expect(text).not.toContain("\u001b");
  });

  test("types Spark lacks read back here, and are told", async () => {
    const schema = defineSchema({
      a: optional(t.time()),
      b: optional(t.uuid()),
      c: optional(t.fixed(16)),
      d: optional(t.timestampNs()),
      e: optional(t.timestamptzNs()),
      f: optional(t.unknown()),
      g: optional(t.geometry("EPSG:3857")),
      h: optional(t.geography("OGC:CRS84", "karney")),
    });
    const table = await make(schema, { formatVersion: 3 });
    const { made, losses } = await again(table);
    expectEqual(made, table);
    expect(losses).toHaveLength(8);
    expect(losses[1]).toBe("b: Spark has no type uuid");
  });

  test("elements and values that are never null become optional, and that is told", async () => {
    const schema = defineSchema({ a: optional(t.struct({ b: optional(t.list(t.map(t.int(), t.int()))) })) });
    const { made, losses } = await again(await make(schema));
    expect(losses).toStrictEqual([
      "a.b: that its elements are never null",
      "a.b.element: that its values are never null",
    ]);
    expect(made.schema.findField(3)?.required).toBe(false);
  });

  test("every transform, nested sources, named fields, order and identifiers", async () => {
    const columns = {
      id: required(t.long()),
      name: required(t.string()),
      ts: required(t.timestamptz()),
      at: optional(t.struct({ "d t": optional(t.timestamp()) })),
    };
    const schema = defineSchema(columns, { identifierFields: ["id", "name"] });
    const spec = [day("ts"), hour("at.d t"), bucket(16, "id"), truncate(4, "name"), identity("name")];
    const sortOrder = [
      desc("ts"),
      asc(bucket(8, "id"), "nulls-last"),
      asc("at.d t"),
      desc(year("ts"), "nulls-first"),
    ];
    const plain = await make(schema, { partitionSpec: spec, sortOrder } as CreateTableOptions, "a b.c.t");
    const first = await again(plain);
    expectEqual(first.made, plain);
    expect(first.text).toContain("CREATE TABLE `a b`.c.t (");
    expect(first.text).toContain(
      "PARTITIONED BY (days(ts), hours(at.`d t`), bucket(16, id), truncate(4, name), name)",
    );
    expect(first.text).toContain(
      "WRITE ORDERED BY ts DESC NULLS LAST, bucket(8, id) ASC NULLS LAST, at.`d t` ASC NULLS FIRST, years(ts) DESC NULLS FIRST;",
    );
    expect(first.text).toContain("SET IDENTIFIER FIELDS id, name;");
    const named = await make(schema, { partitionSpec: [month("ts", "when"), identity("name")] });
    const second = await again(named);
    expectEqual(second.made, named);
    expect(second.text).toContain("ADD PARTITION FIELD months(ts) AS `when`;\n");
    expect(second.text).toContain("ADD PARTITION FIELD name;\n");
    expect(second.text).not.toContain("PARTITIONED BY");
  });

  test("properties that belong to one table alone stay behind", async () => {
    const properties = {
      "icewright.publish": "link",
      owner: "me",
      "write.data.path": "file:///x",
      kept: "1",
    };
    const { text } = writeTableDdl(await make(defineSchema({ a: optional(t.int()) }), { properties }));
    expect(text).toContain("TBLPROPERTIES (\n  'kept' = '1'\n)");
  });

  const name = fc.oneof(
    fc.string({ minLength: 1, maxLength: 8, unit: "grapheme" }).filter((text) => text.isWellFormed()),
    fc.constantFrom("a", "select", "x y", "`", "NULLS", "a--b", "1a"),
  );
  const plainName = name.map((text) =>
    text.replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069.]/gu, "_"),
  );
  const type: fc.Memo<Type> = fc.memo((depth) =>
    depth <= 1
      ? fc.constantFrom<Type>(
          t.int(),
          t.long(),
          t.string(),
          t.timestamptz(),
          t.timestamp(),
          t.decimal(9, 2),
          t.binary(),
        )
      : fc.oneof(
          type(depth - 1),
          type(depth - 1).map((element): Type => t.list(element, { required: false })),
          type(depth - 1).map((value): Type => t.map(t.string(), value, { required: false })),
          fields(depth - 1).map((found): Type => ({ kind: "struct", fields: found })),
        ),
  );
  const fields: fc.Memo<readonly Field[]> = fc.memo((depth) =>
    fc.uniqueArray(
      fc.record(
        {
          id: fc.constant(0),
          name: plainName,
          required: fc.boolean(),
          type: type(depth),
          doc: fc.string({ unit: "grapheme" }),
        },
        { requiredKeys: ["id", "name", "required", "type"] },
      ),
      { minLength: 1, maxLength: 4, selector: (field) => field.name },
    ),
  );

  test("any schema of Spark's types", async () => {
    await fc.assert(
      fc.asyncProperty(fields(3), async (found) => {
        const table = await make(new Schema(freshFields(found, idsFrom(1))));
        const { made, losses } = await again(table);
        expect(losses).toStrictEqual([]);
        expect(schemaToJson(made.schema)).toStrictEqual(schemaToJson(table.schema));
      }),
      { numRuns: 150 },
    );
  });
});

describe("readTableDdl()", () => {
  test("comments, both quotes, any case, and Spark's other spellings", () => {
    const { schema, partitionSpec, properties, location } = readTableDdl(`
      -- a table
      create table if not exists x.y (
        a tinyint not null comment "say \\"hi\\"", -- ' unbalanced
        b ARRAY<STRUCT<c: VARCHAR(10), d CHAR(3)>>, /* and
        more */ e DEC, f NUMERIC(5), g timestamp_ltz
      )
      USING ICEBERG PARTITIONED BY (MONTH(g), bucket(a, 4), truncate(4, \`a\`))
      TBLPROPERTIES (write.x.y = true, 'k' '2', "n" = -1.5) LOCATION 's3://b/t' COMMENT 'it''s';`);
    expect(schema.fields.map(({ name, type, required: must }) => [name, type.kind, must])).toStrictEqual([
      ["a", "int", true],
      ["b", "list", false],
      ["e", "decimal", false],
      ["f", "decimal", false],
      ["g", "timestamptz", false],
    ]);
    expect(schema.fields[0]!.doc).toBe('say "hi"');
    expect(partitionSpec.map(({ column, transform }) => [column, transform.kind])).toStrictEqual([
      ["g", "month"],
      ["a", "bucket"],
      ["a", "truncate"],
    ]);
    expect(properties).toStrictEqual({ "write.x.y": "true", k: "2", n: "-1.5", comment: "it's" });
    expect(location).toBe("s3://b/t");
  });

  test.each([
    ["", "line 1, column 1: expected CREATE, found the end"],
    ["CREATE TABLE t\n(a INT,\n b WRONG)", 'line 3, column 4: there is no type "WRONG"'],
    ["CREATE TABLE t (a INT DEFAULT 5)", "default and generated values are not supported"],
    ["CREATE TABLE t (a INT) USING parquet", "the format is parquet, not iceberg"],
    ["CREATE OR REPLACE TABLE t (a INT)", "tables are created, never replaced"],
    ["CREATE TABLE t (a INT) CLUSTERED BY (a)", "expected USING, PARTITIONED BY"],
    ["CREATE TABLE t (a INT) PARTITIONED BY (weeks(a))", "there is no transform weeks"],
    ["CREATE TABLE t (a DECIMAL(39, 0))", "line 1, column 19: Cannot use precision 39"],
    ["CREATE TABLE t (a INT); ALTER TABLE u WRITE ORDERED BY a", "it alters u, but creates t"],
    ["CREATE TABLE t (a INT); DROP TABLE t", "expected ALTER TABLE"],
    ["CREATE TABLE t (a INT); ALTER TABLE t DROP COLUMN a", "expected WRITE ORDERED BY"],
    ["CREATE TABLE t (a INT) TBLPROPERTIES (a = )", "a property has no value"],
    ["CREATE TABLE t (a INT", "expected ), found the end"],
    ["CREATE TABLE t (`a INT)", "line 1, column 17"],
    ["CREATE TABLE t (a INT) TBLPROPERTIES ('a' = 'b)", "line 1, column 45"],
    ["CREATE TABLE t (a INT) x", 'found "x"'],
  ])("%s is refused", (text, message) => {
    expect(() => readTableDdl(text)).toThrow(message);
    expect(() => readTableDdl(text)).toThrow(expect.objectContaining({ code: "invalid-argument" }) as Error);
  });

  test("columns that do not fit together are refused", () => {
    const code = (text: string) => {
      try {
        readTableDdl(text);
      } catch (error) {
        return (error as { code: string }).code;
      }
      return undefined;
    };
    expect(code("CREATE TABLE t (a INT, a INT)")).toBe("invalid-schema");
    expect(code("CREATE TABLE t (a INT); ALTER TABLE t SET IDENTIFIER FIELDS a")).toBe("invalid-schema");
    expect(code("CREATE TABLE t (a INT); ALTER TABLE t SET IDENTIFIER FIELDS b")).toBe("invalid-schema");
  });
});

describe("terms of flags", () => {
  test("partition and sort terms", () => {
    expect(
      parsePartitionTerms("months(ts), a.b , bucket(16,`x y`)").map(({ column }) => column),
    ).toStrictEqual(["ts", "a.b", "x y"]);
    expect(
      parseSortTerms("a, b desc, c desc nulls first, days(d) asc nulls last").map(
        ({ direction, nullOrder }) => `${direction} ${nullOrder}`,
      ),
    ).toStrictEqual(["asc nulls-first", "desc nulls-last", "desc nulls-first", "asc nulls-last"]);
  });

  test.each(["a b", "a,", "months()", "bucket(id)", "bucket(0, id)", "(a)"])("%s is refused", (text) => {
    expect(() => parsePartitionTerms(text)).toThrow();
  });
});

describe("tokens", () => {
  test("text and names survive", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(ddlTokens(ddlText(text))[0]).toMatchObject({ kind: "text", text });
      }),
    );
    fc.assert(
      fc.property(fc.string({ unit: "grapheme-ascii", minLength: 1 }), (text) => {
        expect(ddlTokens(ddlName(text))[0]).toMatchObject({ kind: "word", text });
      }),
    );
  });
});
