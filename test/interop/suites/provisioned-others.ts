/** Scenarios that Iceberg Java, PyIceberg, DuckDB and ClickHouse write, alone or after Spark. @module */
import type { OtherStep, Scenario, Step } from "../harness/provision.ts";

const field = (id: number, name: string, type: unknown) => ({ id, name, required: false, type });
const java = (op: string, args: Readonly<Record<string, unknown>>): OtherStep => ({
  engine: "java",
  op,
  ...args,
});
const create = (fields: readonly unknown[], more: Readonly<Record<string, unknown>> = {}): OtherStep =>
  java("create", { schema: { type: "struct", "schema-id": 0, fields }, ...more });
const append = (...rows: readonly unknown[]) => java("append", { rows });
const deleted = (columns: readonly string[], rows: readonly unknown[], more = {}) =>
  java("eq-delete", { columns, rows, ...more });
const is = (column: string, ...literals: string[]) => ({ op: "in", column, literals });
const spec = (...terms: readonly (readonly [source: number, transform: string])[]) => ({
  "spec-id": 0,
  fields: terms.map(([source, transform], i) => ({
    "source-id": source,
    "field-id": 1000 + i,
    name: `p${i}`,
    transform,
  })),
});

const ID_NAME = [field(1, "id", "long"), field(2, "name", "string")];
const row = (id: number | null, name: string | null = `n${id}`) => ({ id, name });

const OLD_AND_FAR = [
  "0001-01-01T00:00:00.000000",
  "1969-12-31T23:59:59.999999",
  "1970-01-01T00:00:00.000000",
  "1969-02-28T00:00:00.000001",
  "9999-12-31T23:59:59.999999",
].map((ts, id) => ({ id, ts }));

const EXACT = [
  field(1, "clock", "time"),
  field(2, "uid", "uuid"),
  field(3, "fix", "fixed[25]"),
  field(4, "at", "timestamp_ns"),
  field(5, "atz", "timestamptz_ns"),
  field(6, "bin", "binary"),
  field(7, "big", "decimal(38, 9)"),
];

/** A scenario of PyIceberg: the function of that name in `provision_pyiceberg.py`. */
function python(name: string, count: number): Scenario {
  const step = { engine: "pyiceberg", op: "provision", name } as const;
  return { name: `T48 ${name}`, count, reader: "pyiceberg", everySnapshot: true, steps: [step] };
}

function duckdb(name: string, count: number, ...statements: readonly string[]): Scenario {
  const step = {
    engine: "duckdb",
    op: "statements",
    uri: "{rest}",
    schema: "{ns}",
    table: "t",
    statements,
  } as const;
  return { name: `T49 ${name}`, count, reader: "duckdb", rest: true, steps: [step] };
}

function clickhouse(name: string, count: number, ...statements: readonly string[]): Scenario {
  const step = { engine: "clickhouse", op: "statements", statements } as const;
  return { name: `T41 ${name}`, count, reader: "clickhouse", steps: [step] };
}

const UPGRADE: Step =
  "ALTER TABLE {t} SET TBLPROPERTIES ('format-version'='3', 'write.delete.mode'='merge-on-read')";

export const OTHER_SCENARIOS: readonly Scenario[] = [
  {
    name: "T06 exact_types",
    count: 4,
    reader: "java",
    quick: true,
    steps: [
      create(EXACT, { version: "3" }),
      append(
        {
          clock: "23:59:59.999999",
          uid: "ffffffff-ffff-ffff-ffff-ffffffffffff",
          fix: "ff".repeat(25),
          at: "2262-04-11T23:47:16.854775807",
          atz: "2262-04-11T23:47:16.854775807Z",
          bin: "00ff",
          big: "99999999999999999999999999999.999999999",
        },
        {
          clock: "00:00:00.000000",
          uid: "00000000-0000-0000-0000-000000000000",
          fix: "00".repeat(25),
          at: "1677-09-21T00:12:43.145224193",
          atz: "1969-12-31T23:59:59.999999999Z",
          bin: "",
          big: "-99999999999999999999999999999.999999999",
        },
        { clock: null, uid: null, fix: null, at: null, atz: null, bin: null, big: null },
        {
          clock: "12:00:00.000001",
          uid: "01234567-89ab-cdef-0123-456789abcdef",
          fix: "0102030405060708090a0b0c0d0e0f10111213141516171819",
          at: "2024-02-29T12:00:00.000000001",
          atz: "2024-02-29T12:00:00.000000001Z",
          bin: "deadbeef",
          big: "0.000000001",
        },
      ),
    ],
  },
  {
    name: "T15 eq_basic",
    count: 3,
    reader: "java",
    quick: true,
    steps: [create(ID_NAME), append(row(1), row(2), row(3), row(4)), deleted(["id"], [{ id: 2 }])],
  },
  {
    name: "T16 eq_seq",
    count: 3,
    reader: "java",
    everySnapshot: true,
    steps: [
      create(ID_NAME),
      append(row(1), row(2), row(3)),
      deleted(["id"], [{ id: 2 }]),
      append(row(2, "later")),
    ],
  },
  {
    name: "T16 eq_same_commit",
    count: 4,
    reader: "java",
    everySnapshot: true,
    steps: [
      create(ID_NAME),
      append(row(1), row(2), row(3)),
      deleted(["id"], [{ id: 2 }], { added: [row(2, "same commit"), row(4)] }),
      deleted(["id"], [{ id: 4 }], { added: [row(2, "twice")] }),
      deleted(["name"], [{ name: "n1" }], { added: [row(1, "n1")] }),
    ],
  },
  {
    name: "T17 eq_null_multi",
    count: 2,
    reader: "java",
    steps: [
      create(ID_NAME),
      append(row(1, null), row(1, "x"), row(null, null), row(2, null)),
      deleted(["id", "name"], [row(1, null), row(null, null)]),
    ],
  },
  {
    name: "T18 eq_global",
    count: 2,
    reader: "java",
    steps: [
      "CREATE TABLE {t} (id BIGINT, name STRING) USING iceberg",
      "ALTER TABLE {t} ADD PARTITION FIELD name",
      append(row(1, "a"), row(1, "b"), row(2, "a"), row(2, "b")),
      deleted(["id"], [{ id: 1 }], { global: true }),
    ],
  },
  {
    name: "T18 eq_partition_scoped",
    count: 2,
    reader: "java",
    steps: [
      create(ID_NAME, { spec: spec([2, "identity"]) }),
      append(row(1, "a"), row(1, "b"), row(2, "a")),
      deleted(["id"], [{ id: 1 }], { partitionRow: row(1, "a") }),
    ],
  },
  {
    name: "T19 eq_evolved",
    count: 3,
    reader: "java",
    steps: [
      create([field(1, "id", "long"), field(2, "k", "int"), field(3, "name", "string")]),
      append(...[1, 2, 3, 4, 5].map((id) => ({ id, k: id, name: `n${id}` }))),
      deleted(["k"], [{ k: 2 }]),
      java("evolve", { changes: [{ rename: ["k", "kk"] }] }),
      java("evolve", { changes: [{ widen: ["kk", "long"] }] }),
      deleted(["kk"], [{ kk: 4 }]),
    ],
  },
  {
    name: "T19 eq_dropped",
    count: 3,
    // Java's generic reader: "Cannot find required field for ID 2"
    rows: [1, 3, 5].map((id) => ({ id, name: `n${id}` })),
    steps: [
      create([field(1, "id", "long"), field(2, "k", "int"), field(3, "name", "string")]),
      append(...[1, 2, 3, 4, 5].map((id) => ({ id, k: id, name: `n${id}` }))),
      deleted(["k"], [{ k: 2 }]),
      java("evolve", { changes: [{ rename: ["k", "kk"] }] }),
      java("evolve", { changes: [{ widen: ["kk", "long"] }] }),
      deleted(["kk"], [{ kk: 4 }]),
      java("evolve", { changes: [{ drop: "kk" }] }),
    ],
  },
  {
    name: "T20 mixed",
    count: 9,
    reader: "java",
    everySnapshot: true,
    steps: [
      create(ID_NAME),
      append(...[0, 1, 2, 3, 4, 5].map((id) => row(id))),
      append(...[6, 7, 8, 9, 10, 11].map((id) => row(id))),
      java("pos-delete", { filter: is("id", "1") }),
      deleted(["id"], [{ id: 7 }]),
      UPGRADE,
      "DELETE FROM {t} WHERE id = 4",
    ],
  },
  ...["year", "month", "day", "hour"].map(
    (transform): Scenario => ({
      name: `T22 pre_epoch_${transform}`,
      count: 5,
      reader: "java",
      quick: transform === "month",
      steps: [
        create([field(1, "id", "int"), field(2, "ts", "timestamp")], { spec: spec([2, transform]) }),
        append(...OLD_AND_FAR),
      ],
    }),
  ),
  {
    name: "T29 bucket_types_java",
    count: 3,
    reader: "java",
    steps: [
      create(
        [
          field(1, "clock", "time"),
          field(2, "uid", "uuid"),
          field(3, "fix", "fixed[4]"),
          field(4, "s", "string"),
        ],
        {
          spec: spec([1, "bucket[4]"], [2, "bucket[4]"], [3, "bucket[4]"], [4, "bucket[4]"]),
        },
      ),
      append(
        {
          clock: "22:31:08.000000",
          uid: "f79c3e09-677c-4bbd-a479-3f349cb785e7",
          fix: "00010203",
          s: "iceberg",
        },
        { clock: "00:00:00.000000", uid: "00000000-0000-0000-0000-000000000000", fix: "ffffffff", s: "ü🧊" },
        { clock: null, uid: null, fix: null, s: null },
      ),
    ],
  },
  {
    name: "T35 defaults",
    count: 3,
    reader: "java",
    quick: true,
    steps: [
      create(ID_NAME, { version: "3" }),
      append(row(0), row(1)),
      java("evolve", { changes: [{ add: { name: "level", type: "int", default: 7 } }] }),
      append({ ...row(2), level: 9 }),
    ],
  },
  {
    name: "T35 write_default",
    count: 5,
    reader: "java",
    everySnapshot: true,
    takesOurs: true,
    steps: [
      create(ID_NAME, { version: "3" }),
      append(row(0), row(1)),
      java("evolve", { changes: [{ add: { name: "level", type: "int", default: 7 } }] }),
      java("evolve", { changes: [{ writeDefault: ["level", 9] }] }),
      append({ ...row(2), level: 3 }, { ...row(3), level: null }),
      "INSERT INTO {t} (id, name) VALUES (4, 'n4')",
    ],
  },
  {
    name: "T35 nested_defaults",
    count: 4,
    reader: "java",
    everySnapshot: true,
    takesOurs: true,
    steps: [
      create(
        [
          field(1, "id", "long"),
          field(2, "s", { type: "struct", fields: [field(3, "a", "int")] }),
          field(4, "l", {
            type: "list",
            "element-id": 5,
            "element-required": false,
            element: { type: "struct", fields: [field(6, "b", "string")] },
          }),
          field(7, "m", {
            type: "map",
            "key-id": 8,
            key: "string",
            "value-id": 9,
            "value-required": false,
            value: { type: "struct", fields: [field(10, "c", "string")] },
          }),
        ],
        { version: "3" },
      ),
      append(
        { id: 0, s: { a: 1 }, l: [{ b: "x" }, null], m: [["k", { c: "y" }]] },
        { id: 1, s: null, l: [], m: null },
        { id: 2, s: { a: null }, l: null, m: [["k", null]] },
      ),
      java("evolve", {
        changes: [
          { add: { in: "s", name: "n", type: "decimal(9, 2)", default: "1.50" } },
          { add: { in: "s", name: "d", type: "date", default: "1969-12-31" } },
          { add: { in: "l.element", name: "t", type: "string", default: "ü🧊" } },
          { add: { in: "m.value", name: "at", type: "timestamptz", default: "2024-02-29T12:00:00.000001Z" } },
        ],
      }),
      append({
        id: 3,
        s: { a: 4, n: null, d: null },
        l: [{ b: null, t: null }],
        m: [["z", { c: null, at: null }]],
      }),
    ],
  },
  python("append_overwrite", 4),
  python("delete_copy_on_write", 3),
  python("dynamic_overwrite", 4),
  python("upsert", 4),
  python("add_files", 3),
  python("evolved", 4),
  duckdb(
    "insert_update_delete",
    4,
    "CREATE TABLE {s} (id BIGINT, name VARCHAR)",
    "INSERT INTO {s} VALUES (1, 'a'), (2, 'b'), (3, NULL)",
    "INSERT INTO {s} VALUES (4, 'd'), (5, 'é🧊')",
    "UPDATE {s} SET name = 'updated' WHERE id = 2",
    "DELETE FROM {s} WHERE id = 4",
  ),
  duckdb(
    "insert",
    3,
    "CREATE TABLE {s} (id BIGINT, name VARCHAR, day DATE, ts TIMESTAMPTZ, price DECIMAL(12, 2), tags VARCHAR[])",
    "INSERT INTO {s} VALUES (1, 'a', DATE '1969-12-31', TIMESTAMPTZ '2024-02-29 12:00:00.000001+00', 1.50, ['x', NULL]), (2, NULL, NULL, NULL, NULL, NULL)",
    "INSERT INTO {s} VALUES (3, '', DATE '9999-12-31', TIMESTAMPTZ '1969-12-31 23:59:59.999999+00', -0.01, [])",
  ),
  duckdb(
    "merge",
    4,
    "CREATE TABLE {s} (id BIGINT, name VARCHAR)",
    "INSERT INTO {s} VALUES (1, 'a'), (2, 'b'), (3, 'c')",
    "MERGE INTO {s} AS t USING (VALUES (2, 'merged'), (4, 'new'), (5, 'newer')) AS u(id, name) ON t.id = u.id WHEN MATCHED THEN UPDATE SET name = u.name WHEN NOT MATCHED THEN INSERT VALUES (u.id, u.name)",
    "MERGE INTO {s} AS t USING (VALUES (3)) AS u(id) ON t.id = u.id WHEN MATCHED THEN DELETE",
  ),
  duckdb(
    "alter",
    4,
    "CREATE TABLE {s} (id INTEGER, name VARCHAR)",
    "INSERT INTO {s} VALUES (1, 'a'), (2, 'b')",
    "ALTER TABLE {s} ADD COLUMN more VARCHAR",
    "ALTER TABLE {s} RENAME COLUMN name TO title",
    "ALTER TABLE {s} ALTER COLUMN id TYPE BIGINT",
    "INSERT INTO {s} VALUES (4294967296, 'c', 'm')",
    "ALTER TABLE {s} DROP COLUMN title",
    "INSERT INTO {s} VALUES (4, NULL)",
  ),
  clickhouse(
    "hostile_insert",
    2,
    "create table w (id Int64, n Nullable(String)) engine=IcebergLocal('{folder}/t/', 'Parquet') settings iceberg_format_version=2",
    "insert into w settings allow_experimental_insert_into_iceberg=1 values (1, 'a'), (2, null)",
  ),
  clickhouse(
    "hostile_delete",
    1,
    "create table w (id Int64, n Nullable(String)) engine=IcebergLocal('{folder}/t/', 'Parquet') settings iceberg_format_version=2",
    "insert into w settings allow_experimental_insert_into_iceberg=1 values (1, 'a'), (2, null)",
    "alter table w delete where id = 2 settings allow_experimental_insert_into_iceberg=1",
  ),
];
