/** Scenarios that Spark writes, in Spark's SQL. @module */
import type { Scenario, Step } from "../harness/provision.ts";

const MERGE_ON_READ =
  "'write.delete.mode'='merge-on-read', 'write.update.mode'='merge-on-read', 'write.merge.mode'='merge-on-read'";
const version = (formatVersion: number, more = "") =>
  `TBLPROPERTIES ('format-version'='${formatVersion}'${more && `, ${more}`})`;
const ID_NAME = "CREATE TABLE {t} (id BIGINT, name STRING) USING iceberg";
const TWELVE = "CREATE TABLE {t} (dt DATE, number INT, letter STRING) USING iceberg";

/** 2023-03-01 to 12, 1 to 12, a to l, in one file. */
const R12 = `INSERT INTO {t} SELECT /*+ COALESCE(1) */ * FROM VALUES ${[..."abcdefghijkl"]
  .map((letter, i) => `(DATE'2023-03-${String(i + 1).padStart(2, "0")}', ${i + 1}, '${letter}')`)
  .join(", ")}`;

/** `n` rows of ids from `from` in one file. */
const ids = (from: number, n: number) =>
  `INSERT INTO {t} SELECT /*+ COALESCE(1) */ id, concat('n', id) FROM range(${from}, ${from + n})`;

/** Objects that are shredded whole, in part and not at all, with fields of other types and missing ones. */
const VARIED = [
  '{"a": 1, "b": "x", "c": [1, 2], "d": {"e": "p", "f": true}}',
  '{"a": 2, "b": "y", "c": [3, "z"], "d": {"e": "q"}}',
  '{"a": "two", "b": null, "c": [], "d": {"e": "r", "g": 1.5}, "h": 7}',
  '{"a": 4, "z": {"y": 1}, "d": 0}',
  "{}",
  "5",
  "null",
];

function partitioned(name: string, by: string, quick = false): Scenario {
  const create = `CREATE TABLE {t} (ts TIMESTAMP, day DATE, number INT, letter STRING) USING iceberg PARTITIONED BY (${by})`;
  const rows = [..."abcdefghijkl"].map((letter, i) => {
    const date = `20${20 + (i % 3)}-${String(i + 1).padStart(2, "0")}-${String(2 * i + 1).padStart(2, "0")}`;
    return `(TIMESTAMP'${date} ${String(2 * i).padStart(2, "0")}:30:00.123456', DATE'${date}', ${i * 1000 - 5000}, '${letter}${letter}')`;
  });
  return {
    name: `T21 transforms_${name}`,
    count: 12,
    quick,
    steps: [create, `INSERT INTO {t} VALUES ${rows.join(", ")}`],
  };
}

function merged(name: string, formatVersion: number, quick = false): Scenario {
  return {
    name,
    count: 11,
    quick,
    everySnapshot: true,
    steps: [
      `${TWELVE} ${version(formatVersion, MERGE_ON_READ)}`,
      R12,
      "ALTER TABLE {t} CREATE TAG tag_12",
      "ALTER TABLE {t} CREATE BRANCH without_5",
      "DELETE FROM {t}.branch_without_5 WHERE number = 5",
      "DELETE FROM {t} WHERE number = 9",
    ],
  };
}

function double(name: string, formatVersion: number): Scenario {
  return {
    name,
    count: 10,
    everySnapshot: true,
    steps: [
      `${TWELVE} ${version(formatVersion, MERGE_ON_READ)}`,
      R12,
      "DELETE FROM {t} WHERE number = 9",
      "DELETE FROM {t} WHERE letter = 'f'",
    ],
  };
}

function lineage(name: string, before: readonly Step[]): Scenario {
  return {
    name,
    count: 6,
    everySnapshot: true,
    reserved: ["_row_id", "_last_updated_sequence_number", "_file", "_pos", "_spec_id"],
    takesOurs: true,
    steps: [
      ...before,
      "UPDATE {t} SET name = 'updated' WHERE id = 2",
      "DELETE FROM {t} WHERE id = 3",
      "INSERT INTO {t} VALUES (3, 'again')",
    ],
  };
}

function laidOut(name: string, properties: string, quick = false): Scenario {
  return {
    name: `T44 files_${name}`,
    count: 8,
    quick,
    steps: [
      `CREATE TABLE {t} (id BIGINT, name STRING, part INT, tags ARRAY<STRING>) USING iceberg PARTITIONED BY (part) TBLPROPERTIES (${properties})`,
      "INSERT INTO {t} SELECT id, concat('n', id), CAST(id % 2 AS INT), array('x', null, concat('', id)) FROM range(0, 5)",
      "INSERT INTO {t} VALUES (5, null, null, null), (6, '', 1, array()), (7, 'é🧊', 0, array('y'))",
    ],
  };
}

/** A table of the REST catalog, for those of Hadoop cannot be moved. */
function located(name: string, location: string, properties: string): Scenario {
  return {
    name: `T44 files_${name}`,
    count: 5,
    rest: true,
    everySnapshot: true,
    reserved: ["_file", "_pos"],
    steps: [
      "CREATE NAMESPACE {rest_ns}",
      `CREATE TABLE {r} (id BIGINT, name STRING, part STRING) USING iceberg PARTITIONED BY (part) ${location} ${version(2, `${MERGE_ON_READ}, ${properties}`)}`,
      "INSERT INTO {r} SELECT id, concat('n', id), concat('p ', id % 2) FROM range(0, 4)",
      "INSERT INTO {r} VALUES (4, null, null), (5, 'é🧊', 'a/b')",
      "DELETE FROM {r} WHERE id = 2",
    ],
  };
}

const PATTERN = "x".repeat(100);

export const SPARK_SCENARIOS: readonly Scenario[] = [
  {
    name: "T01 v1_plain",
    count: 3,
    quick: true,
    steps: [`${ID_NAME} ${version(1)}`, ids(0, 3)],
  },
  {
    name: "T02 v1_to_v2",
    count: 4,
    quick: true,
    everySnapshot: true,
    steps: [
      `${ID_NAME} ${version(1)}`,
      ids(0, 3),
      "ALTER TABLE {t} SET TBLPROPERTIES ('format-version'='2')",
      ids(3, 1),
    ],
  },
  { name: "T03 no_snapshot", count: 0, quick: true, steps: [ID_NAME] },
  {
    name: "T04 empty_commit",
    count: 0,
    quick: true,
    steps: [ID_NAME, "INSERT INTO {t} SELECT id, 'x' FROM range(0, 3) WHERE 1 = 0"],
  },
  {
    name: "T05 all_types",
    count: 5,
    quick: true,
    steps: [
      `CREATE TABLE {t} (flag BOOLEAN, i8 TINYINT, i16 SMALLINT, i32 INT, i64 BIGINT, f32 FLOAT, f64 DOUBLE,
        d9 DECIMAL(9, 2), d18 DECIMAL(18, 6), d38 DECIMAL(38, 10), day DATE, ts TIMESTAMP_NTZ, tstz TIMESTAMP, txt STRING,
        bin BINARY, tags ARRAY<STRING>, attrs MAP<STRING, BIGINT>, st STRUCT<a: INT, b: STRUCT<c: STRING>>,
        deep ARRAY<MAP<INT, STRUCT<x: DOUBLE>>>) USING iceberg`,
      `INSERT INTO {t} VALUES
        (true, 127Y, 32767S, 2147483647, 9223372036854775807L, CAST('3.4028235E38' AS FLOAT), 1.7976931348623157E308D, 9999999.99, 999999999999.999999,
         CAST('9999999999999999999999999999.9999999999' AS DECIMAL(38, 10)), DATE'9999-12-31', TIMESTAMP_NTZ'9999-12-31 23:59:59.999999',
         TIMESTAMP'9999-12-31 23:59:59.999999', 'üñí 🧊', X'00FF', array('a', null, ''), map('k', 1L, 'n', null), named_struct('a', 1, 'b', named_struct('c', 'd')),
         array(map(1, named_struct('x', 0.5D)))),
        (false, -128Y, -32768S, -2147483648, -9223372036854775808L, CAST('-1.4E-45' AS FLOAT), 4.9E-324D, -9999999.99, -0.000001,
         CAST('-0.0000000001' AS DECIMAL(38, 10)), DATE'0001-01-01', TIMESTAMP_NTZ'0001-01-01 00:00:00',
         TIMESTAMP'1969-12-31 23:59:59.999999', '', X'', array(), map(), named_struct('a', null, 'b', null), array()),
        (null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null),
        (true, 0Y, 0S, 0, 0L, CAST('NaN' AS FLOAT), CAST('-Infinity' AS DOUBLE), 0.00, 0, 0, DATE'1970-01-01', TIMESTAMP_NTZ'1970-01-01 00:00:00',
         TIMESTAMP'1970-01-01 00:00:00', 'quote "\\\\" line', X'DEADBEEF', array('x'), map('a', -1L), named_struct('a', 7, 'b', named_struct('c', null)),
         array(map(2, null), null)),
        (false, 1Y, 1S, 1, 1L, CAST('-0.0' AS FLOAT), -0.0D, 1.50, 1.5, 1.5, DATE'2024-02-29', TIMESTAMP_NTZ'2024-02-29 12:00:00.000001',
         TIMESTAMP'2024-02-29 12:00:00.000001', 'plain', X'01', array('y', 'z'), map('b', 2L, 'c', 3L), named_struct('a', 8, 'b', named_struct('c', 'e')),
         array(map(3, named_struct('x', null))))`,
    ],
  },
  {
    name: "T07 null_nan",
    count: 3,
    quick: true,
    steps: [
      "CREATE TABLE {t} (v DOUBLE, f FLOAT, id INT) USING iceberg",
      "INSERT INTO {t} VALUES (CAST('NaN' AS DOUBLE), CAST('NaN' AS FLOAT), 1), (null, null, 2), (1.0D, CAST(1 AS FLOAT), 3)",
    ],
  },
  merged("T08 pos_v2", 2, true),
  merged("T09 dv_v3", 3, true),
  double("T10 double_v2", 2),
  double("T11 double_v3", 3),
  {
    name: "T12 granularity",
    count: 33,
    steps: [
      `${TWELVE} ${version(2, `${MERGE_ON_READ}, 'write.delete.granularity'='partition'`)}`,
      R12,
      R12,
      R12,
      "DELETE FROM {t} WHERE number = 5",
    ],
  },
  {
    name: "T13 multi_blob",
    count: 25,
    steps: [
      `${ID_NAME} ${version(3, MERGE_ON_READ)}`,
      ...[0, 10, 20, 30, 40].map((from) => ids(from, 5)),
      "UPDATE {t} SET name = 'updated' WHERE id % 10 = 1",
    ],
  },
  {
    name: "T14 residual",
    count: 7,
    everySnapshot: true,
    steps: [
      `CREATE TABLE {t} (id INT, category STRING, v STRING) USING iceberg PARTITIONED BY (category) ${version(2, MERGE_ON_READ)}`,
      "INSERT INTO {t} VALUES (1, 'a', 'x'), (2, 'a', 'x'), (3, 'a', 'x'), (4, 'b', 'x'), (5, 'b', 'x'), (6, 'b', 'x')",
      "INSERT INTO {t} VALUES (100, 'a', 'x'), (101, 'b', 'x')",
      "DELETE FROM {t} WHERE id = 3",
      "UPDATE {t} SET v = 'u' WHERE id IN (2, 101)",
      "CALL p.system.rewrite_data_files(table => '{ns}.t', where => \"category = 'a'\", options => map('rewrite-all', 'true'))",
    ],
  },
  partitioned("identity_ts", "ts"),
  partitioned("year", "years(ts)"),
  partitioned("month", "months(ts)", true),
  partitioned("day", "days(ts)"),
  partitioned("hour", "hours(ts)", true),
  partitioned("day_of_date", "days(day)"),
  partitioned("truncate", "truncate(letter, 1)", true),
  partitioned("truncate_int", "truncate(number, 10)"),
  partitioned("bucket", "bucket(16, number)", true),
  partitioned("two", "months(ts), bucket(4, letter)"),
  {
    name: "T23 odd_values",
    count: 6,
    quick: true,
    steps: [
      "CREATE TABLE {t} (id INT, p STRING) USING iceberg PARTITIONED BY (p)",
      "INSERT INTO {t} VALUES (1, 'a/b=c%'), (2, ''), (3, ' '), (4, 'ü'), (5, null), (6, '__HIVE_DEFAULT_PARTITION__')",
    ],
  },
  {
    name: "T24 spec_evolution",
    takesOurs: true,
    count: 33,
    quick: true,
    everySnapshot: true,
    steps: [
      "CREATE TABLE {t} (id INT, ts TIMESTAMP) USING iceberg PARTITIONED BY (years(ts))",
      "INSERT INTO {t} SELECT CAST(id AS INT), timestamp_seconds(1577836800 + id * 10000000) FROM range(0, 20)",
      "ALTER TABLE {t} REPLACE PARTITION FIELD years(ts) WITH months(ts)",
      "INSERT INTO {t} SELECT CAST(20 + id AS INT), timestamp_seconds(1577836800 + id * 3000000) FROM range(0, 12)",
      "INSERT INTO {t} VALUES (32, null)",
    ],
  },
  {
    name: "T25 mor_across_specs",
    count: 2,
    everySnapshot: true,
    steps: [
      `CREATE TABLE {t} (id INT, ts TIMESTAMP, v STRING) USING iceberg PARTITIONED BY (days(ts)) ${version(2, MERGE_ON_READ)}`,
      "INSERT INTO {t} SELECT /*+ COALESCE(1) */ * FROM VALUES (1, TIMESTAMP'2024-01-01 01:00:00', 'a'), (2, TIMESTAMP'2024-01-01 02:00:00', 'b')",
      "ALTER TABLE {t} REPLACE PARTITION FIELD days(ts) WITH hours(ts)",
      "INSERT INTO {t} SELECT /*+ COALESCE(1) */ * FROM VALUES (3, TIMESTAMP'2024-01-02 01:00:00', 'c'), (4, TIMESTAMP'2024-01-02 01:30:00', 'b')",
      "DELETE FROM {t} WHERE v = 'b'",
    ],
  },
  {
    name: "T26 void",
    takesOurs: true,
    count: 4,
    quick: true,
    steps: [
      `CREATE TABLE {t} (id INT, p STRING) USING iceberg PARTITIONED BY (p) ${version(1)}`,
      "INSERT INTO {t} VALUES (1, 'a'), (2, 'b')",
      "ALTER TABLE {t} DROP PARTITION FIELD p",
      "INSERT INTO {t} VALUES (3, 'a'), (4, null)",
    ],
  },
  {
    name: "T27 nested_source",
    count: 3,
    quick: true,
    steps: [
      "CREATE TABLE {t} (id INT, meta STRUCT<ts: TIMESTAMP, host: STRING>) USING iceberg PARTITIONED BY (days(meta.ts))",
      "INSERT INTO {t} VALUES (1, named_struct('ts', TIMESTAMP'2024-01-01 01:00:00', 'host', 'a')), (2, named_struct('ts', null, 'host', 'b')), (3, null)",
    ],
  },
  {
    name: "T28 promoted_source",
    count: 19,
    steps: [
      "CREATE TABLE {t} (id INT, i INT, d DECIMAL(4, 2)) USING iceberg PARTITIONED BY (i, bucket(4, d))",
      "INSERT INTO {t} SELECT CAST(id AS INT), CAST(id % 3 AS INT), CAST(id AS DECIMAL(4, 2)) FROM range(0, 10)",
      "ALTER TABLE {t} ALTER COLUMN i TYPE BIGINT",
      "ALTER TABLE {t} ALTER COLUMN d TYPE DECIMAL(12, 2)",
      "INSERT INTO {t} SELECT CAST(10 + id AS INT), 4294967296 + id % 3, CAST(id * 1000000 AS DECIMAL(12, 2)) FROM range(0, 9)",
    ],
  },
  {
    name: "T29 bucket_types_spark",
    count: 20,
    steps: [
      `CREATE TABLE {t} (id BIGINT, i INT, d DECIMAL(9, 2), day DATE, ts TIMESTAMP, s STRING, b BINARY) USING iceberg
       PARTITIONED BY (bucket(4, id), bucket(4, i), bucket(4, d), bucket(4, day), bucket(4, ts), bucket(4, s), bucket(4, b))`,
      "INSERT INTO {t} SELECT id, CAST(id AS INT), CAST(id AS DECIMAL(9, 2)), date_add(DATE'1969-12-25', CAST(id AS INT)), timestamp_seconds(id * 10000 - 50000), concat('s', id), CAST(concat('b', id) AS BINARY) FROM range(0, 19)",
      "INSERT INTO {t} VALUES (null, null, null, null, null, null, null)",
    ],
  },
  {
    name: "T30 rename_drop_readd",
    takesOurs: true,
    count: 4,
    quick: true,
    everySnapshot: true,
    steps: [
      "CREATE TABLE {t} (id INT, x STRING, y INT) USING iceberg",
      "INSERT INTO {t} VALUES (1, 'old', 10), (2, 'old', 20)",
      "ALTER TABLE {t} RENAME COLUMN y TO z",
      "ALTER TABLE {t} DROP COLUMN x",
      "ALTER TABLE {t} ADD COLUMN x STRING",
      "INSERT INTO {t} VALUES (3, 30, 'new'), (4, null, null)",
    ],
  },
  {
    name: "T31 promote",
    count: 4,
    quick: true,
    everySnapshot: true,
    steps: [
      "CREATE TABLE {t} (i INT, f FLOAT, d DECIMAL(12, 8)) USING iceberg",
      "INSERT INTO {t} VALUES (2147483647, CAST(0.1 AS FLOAT), 1234.56789012), (null, null, null)",
      "ALTER TABLE {t} ALTER COLUMN i TYPE BIGINT",
      "ALTER TABLE {t} ALTER COLUMN f TYPE DOUBLE",
      "ALTER TABLE {t} ALTER COLUMN d TYPE DECIMAL(18, 8)",
      "INSERT INTO {t} VALUES (9223372036854775807, 0.1D, 1234567890.12345678), (-1, -0.0D, -0.00000001)",
    ],
  },
  {
    name: "T32 nested_evolution_list",
    count: 4,
    quick: true,
    steps: [
      "CREATE TABLE {t} (id INT, l ARRAY<STRUCT<a: INT, b: STRING>>) USING iceberg",
      "INSERT INTO {t} VALUES (1, array(named_struct('a', 1, 'b', 'x'), null)), (2, null)",
      "ALTER TABLE {t} ALTER COLUMN l.element.a TYPE BIGINT",
      "ALTER TABLE {t} ADD COLUMN l.element.c DOUBLE",
      "ALTER TABLE {t} RENAME COLUMN l.element.b TO bb",
      "INSERT INTO {t} VALUES (3, array(named_struct('a', 4294967296L, 'bb', 'y', 'c', 0.5D))), (4, array())",
    ],
  },
  {
    name: "T32 nested_evolution_map",
    count: 4,
    quick: true,
    steps: [
      "CREATE TABLE {t} (id INT, m MAP<STRING, STRUCT<a: INT, b: STRING>>) USING iceberg",
      "INSERT INTO {t} VALUES (1, map('k', named_struct('a', 1, 'b', 'x'), 'n', null)), (2, null)",
      "ALTER TABLE {t} ALTER COLUMN m.value.a TYPE BIGINT",
      "ALTER TABLE {t} ADD COLUMN m.value.c DOUBLE",
      "ALTER TABLE {t} RENAME COLUMN m.value.b TO bb",
      "INSERT INTO {t} VALUES (3, map('k', named_struct('a', 4294967296L, 'bb', 'y', 'c', 0.5D))), (4, map())",
    ],
  },
  {
    name: "T33 names",
    count: 2,
    // By ids: Spark reads such a table only while its session tells cases apart
    reader: "java",
    steps: [
      "SET spark.sql.caseSensitive = true",
      "CREATE TABLE {t} (`letter/abc` STRING, `A` INT, `a` INT, `select` STRING, `x.y` STRING, `🧊` INT, `sp ace` INT) USING iceberg PARTITIONED BY (`letter/abc`)",
      "INSERT INTO {t} VALUES ('l/1', 1, 2, 's', 'dot', 3, 4), (null, null, null, null, null, null, null)",
      "SET spark.sql.caseSensitive = false",
    ],
  },
  {
    name: "T34 null_vs_empty",
    count: 2,
    quick: true,
    steps: [
      "CREATE TABLE {t} (l ARRAY<INT>, m MAP<STRING, INT>, s STRUCT<a: INT, l: ARRAY<INT>>) USING iceberg",
      "INSERT INTO {t} VALUES (null, null, null), (array(), map(), named_struct('a', null, 'l', array()))",
    ],
  },
  lineage("T36 lineage", [`${ID_NAME} ${version(3, MERGE_ON_READ)}`, ids(0, 3), ids(3, 3)]),
  lineage("T36 lineage_copy_on_write", [`${ID_NAME} ${version(3)}`, ids(0, 3), ids(3, 3)]),
  lineage("T37 lineage_upgraded", [
    `${ID_NAME} ${version(2, MERGE_ON_READ)}`,
    ids(0, 3),
    "ALTER TABLE {t} SET TBLPROPERTIES ('format-version'='3')",
    ids(3, 3),
  ]),
  // The files of before the upgrade get their row ids with the first commit after it
  lineage("T37 lineage_compacted", [
    `${ID_NAME} ${version(2, MERGE_ON_READ)}`,
    ids(0, 3),
    "ALTER TABLE {t} SET TBLPROPERTIES ('format-version'='3')",
    ids(3, 2),
    ids(5, 1),
    "CALL p.system.rewrite_data_files(table => '{ns}.t', options => map('rewrite-all', 'true'))",
  ]),
  {
    name: "T38 variant",
    count: 2,
    // The encoding of {"a": 1, "b": [true, null]} by the Variant specification, decoded by hand
    rows: [
      { id: 1, v: { metadata: "01020001026162", value: "020200010002090c0103020001020400" } },
      { id: 2, v: null },
    ],
    steps: [
      `CREATE TABLE {t} (id INT, v VARIANT) USING iceberg ${version(3)}`,
      'INSERT INTO {t} SELECT 1, parse_json(\'{"a": 1, "b": [true, null]}\') UNION ALL SELECT 2, NULL',
    ],
  },
  {
    name: "T38 variant_shredded",
    count: 3,
    // {"a": 1, "b": "x"} and so on, put together again
    rows: [1, 2, 3].map((id) => ({
      id,
      v: { metadata: "01020001026162", value: `020200010002040c0${id}0578` },
    })),
    steps: [
      `CREATE TABLE {t} (id INT, v VARIANT) USING iceberg ${version(3, "'write.parquet.shred-variants'='true'")}`,
      `INSERT INTO {t} SELECT /*+ COALESCE(1) */ CAST(id AS INT), parse_json(concat('{"a": ', id, ', "b": "x"}')) FROM range(1, 4)`,
    ],
  },
  {
    name: "T38 variant_shredded_mixed",
    count: 8,
    // What VARIED says, encoded by another program
    rows: [
      ...(
        [
          [
            1,
            "010600010203040506616263646566",
            "0204000102030002040d170c01057803020002040c010c0202020405000203057004",
          ],
          [2, "01050001020304056162636465", "0204000102030002040d140c02057903020002040c03057a02010400020571"],
          [
            3,
            "0107000102030405060761626364656768",
            "020500010203060004050817190d74776f0003000002020405000208057220010f0000000c07",
          ],
          [4, "01040001020304617a7964", "02030003010002040b0c040c0002010200020c01"],
          [5, "010000", "020000"],
          [6, "010000", "0c05"],
          [7, "010000", "00"],
        ] as const
      ).map(([id, metadata, value]) => ({ id, v: { metadata, value } })),
      { id: 8, v: null },
    ],
    steps: [
      `CREATE TABLE {t} (id INT, v VARIANT) USING iceberg ${version(3, "'write.parquet.shred-variants'='true'")}`,
      `INSERT INTO {t} SELECT /*+ COALESCE(1) */ id, parse_json(json) FROM VALUES ${VARIED.map((json, i) => `(${i + 1}, '${json}')`).join(", ")}, (8, NULL) AS t(id, json)`,
    ],
  },
  {
    name: "T38 unknown",
    count: 2,
    rows: [
      { id: 1, n: null },
      { id: 2, n: null },
    ],
    steps: [
      `CREATE TABLE {t} (id INT, n VOID) USING iceberg ${version(3)}`,
      "INSERT INTO {t} SELECT 1, NULL UNION ALL SELECT 2, NULL",
    ],
  },
  {
    name: "T39 snapshots_ops",
    count: 5,
    everySnapshot: true,
    steps: [
      ID_NAME,
      "INSERT INTO {t} VALUES (1, 'a'), (2, 'b')",
      "ALTER TABLE {t} CREATE TAG first",
      "DELETE FROM {t} WHERE id = 2",
      "INSERT INTO {t} VALUES (3, 'c'), (4, 'd')",
      "CALL p.system.set_current_snapshot(table => '{ns}.t', ref => 'first')",
      "INSERT INTO {t} VALUES (5, 'e')",
      "ALTER TABLE {t} CREATE BRANCH side",
      "INSERT INTO {t}.branch_side VALUES (6, 'f')",
      "CALL p.system.fast_forward('{ns}.t', 'main', 'side')",
      "ALTER TABLE {t} SET TBLPROPERTIES ('write.wap.enabled'='true')",
      "SET spark.wap.id = w1",
      "INSERT INTO {t} VALUES (7, 'g')",
      "RESET spark.wap.id",
      "CALL p.system.publish_changes(table => '{ns}.t', wap_id => 'w1')",
    ],
  },
  {
    name: "T40 incremental",
    count: 5,
    everySnapshot: true,
    appends: true,
    steps: [
      `${ID_NAME}`,
      ids(0, 2),
      ids(2, 2),
      ids(4, 2),
      "CALL p.system.rewrite_data_files(table => '{ns}.t', options => map('rewrite-all', 'true'))",
      "DELETE FROM {t} WHERE id = 3",
      "ALTER TABLE {t} ADD COLUMN more INT",
    ],
  },
  {
    name: "T40 incremental_replaced",
    count: 3,
    everySnapshot: true,
    appends: true,
    steps: [
      ID_NAME,
      ids(0, 2),
      ids(2, 2),
      "CREATE OR REPLACE TABLE {t} USING iceberg AS SELECT id, concat('r', id) AS name FROM range(0, 2)",
      ids(9, 1),
    ],
  },
  {
    name: "T40 incremental_branched",
    count: 4,
    everySnapshot: true,
    appends: true,
    takesOurs: true,
    steps: [
      `${ID_NAME} TBLPROPERTIES ('commit.manifest.min-count-to-merge'='2')`,
      ids(0, 1),
      ids(1, 1),
      "ALTER TABLE {t} CREATE BRANCH side",
      "INSERT INTO {t}.branch_side VALUES (10, 'side')",
      ids(2, 1),
      "INSERT OVERWRITE {t} SELECT id, concat('o', id) FROM range(0, 3)",
      ids(3, 1),
    ],
  },
  {
    name: "T42 imported",
    count: 5,
    steps: [
      "INSERT OVERWRITE DIRECTORY '{dir}' USING parquet SELECT id, concat('n', id) AS name FROM range(0, 5)",
      ID_NAME,
      "CALL p.system.add_files(table => '{ns}.t', source_table => '`parquet`.`{dir}`')",
    ],
  },
  {
    // The partition's column is in no file, only in the folders' names
    name: "T42 imported_hive",
    count: 7,
    everySnapshot: true,
    takesOurs: true,
    reserved: ["_file", "_pos", "_spec_id"],
    steps: [
      "INSERT OVERWRITE DIRECTORY '{dir}/p=a' USING parquet SELECT id, concat('n', id) AS name FROM range(0, 3)",
      "INSERT OVERWRITE DIRECTORY '{dir}/p=b c' USING parquet SELECT id, concat('n', id) AS name FROM range(3, 5)",
      "CREATE TABLE {t} (id BIGINT, name STRING, p STRING) USING iceberg PARTITIONED BY (p)",
      "CALL p.system.add_files(table => '{ns}.t', source_table => '`parquet`.`{dir}`')",
      "ALTER TABLE {t} RENAME COLUMN name TO title",
      "INSERT INTO {t} VALUES (5, 'five', 'a'), (6, null, null)",
    ],
  },
  {
    name: "T42 imported_remapped",
    count: 6,
    everySnapshot: true,
    steps: [
      "INSERT OVERWRITE DIRECTORY '{dir}' USING parquet SELECT id, concat('n', id) AS name FROM range(0, 5)",
      ID_NAME,
      "CALL p.system.add_files(table => '{ns}.t', source_table => '`parquet`.`{dir}`')",
      "ALTER TABLE {t} RENAME COLUMN name TO title",
      "ALTER TABLE {t} ADD COLUMN name STRING",
      "INSERT INTO {t} VALUES (5, 'five', 'new')",
    ],
  },
  {
    name: "T42 imported_hive_two",
    count: 4,
    everySnapshot: true,
    steps: [
      "INSERT OVERWRITE DIRECTORY '{dir}/year=2024/part=1' USING parquet SELECT id, named_struct('a', id, 'b', array(id)) AS s FROM range(0, 2)",
      "INSERT OVERWRITE DIRECTORY '{dir}/year=2025/part=2' USING parquet SELECT id, named_struct('a', id, 'b', array(id)) AS s FROM range(2, 3)",
      "CREATE TABLE {t} (id BIGINT, s STRUCT<a: BIGINT, b: ARRAY<BIGINT>>, year INT, part INT) USING iceberg PARTITIONED BY (year, part)",
      "CALL p.system.add_files(table => '{ns}.t', source_table => '`parquet`.`{dir}`', partition_filter => map('year', '2024'))",
      "CALL p.system.add_files(table => '{ns}.t', source_table => '`parquet`.`{dir}`', partition_filter => map('part', '2'))",
      "ALTER TABLE {t} RENAME COLUMN s.a TO aa",
      "INSERT INTO {t} VALUES (3, named_struct('aa', 3L, 'b', array(3L)), 2026, 3)",
    ],
  },
  {
    name: "T43 bounds",
    count: 7,
    quick: true,
    steps: [
      "CREATE TABLE {t} (i INT, l BIGINT, f FLOAT, s STRING, b BINARY) USING iceberg",
      `INSERT INTO {t} VALUES (2147483647, 9223372036854775807L, CAST('Infinity' AS FLOAT), '', X'')`,
      `INSERT INTO {t} VALUES (-2147483648, -9223372036854775808L, CAST('-Infinity' AS FLOAT), '${PATTERN}', X'${"ff".repeat(40)}')`,
      "INSERT INTO {t} VALUES (0, 0L, CAST('3.4028235E38' AS FLOAT), '\u{10FFFF}', X'00'), (null, null, null, null, null)",
      `INSERT INTO {t} VALUES (1, 1L, CAST('-0.0' AS FLOAT), '${"\u{10FFFF}".repeat(20)}', X'${"ff".repeat(16)}')`,
      "INSERT INTO {t} VALUES (2, 2L, CAST('NaN' AS FLOAT), '0123456789abcde\u{D7FF}tail', X'7f'), (3, 3L, CAST(1 AS FLOAT), '0123456789abcdef', X'80')",
    ],
  },
  laidOut("object_store", "'write.object-storage.enabled'='true'", true),
  laidOut("gz_metadata", "'write.metadata.compression-codec'='gzip'", true),
  ...["uncompressed", "snappy", "gzip", "zstd", "lz4"].map((codec) =>
    laidOut(codec, `'write.parquet.compression-codec'='${codec}'`, codec === "lz4"),
  ),
  laidOut("avro", "'write.format.default'='avro'", true),
  laidOut("orc", "'write.format.default'='orc'", true),
  laidOut("parquet_v2", "'write.parquet.page-version'='v2'"),
  located("data_path", "", "'write.data.path'='file://{dir}/elsewhere'"),
  located("metadata_path", "", "'write.metadata.path'='file://{dir}/meta'"),
  located(
    "object_store_data_path",
    "",
    "'write.object-storage.enabled'='true', 'write.data.path'='{dir}/objects'",
  ),
  located(
    "trailing_slashes",
    "LOCATION 'file://{dir}/t/'",
    "'write.data.path'='file://{dir}/d//', 'write.metadata.path'='file://{dir}/m/'",
  ),
  located("one_slash", "LOCATION 'file:{dir}/t'", "'write.parquet.compression-codec'='zstd'"),
  located("bare_path", "LOCATION '{dir}/t'", "'write.parquet.compression-codec'='zstd'"),
  located("odd_path", "LOCATION 'file://{dir}/a b/ü%20+'", "'write.parquet.compression-codec'='zstd'"),
  {
    name: "T45 maintained",
    takesOurs: true,
    count: 60,
    everySnapshot: true,
    steps: [
      `${ID_NAME} ${version(2, "'commit.manifest.min-count-to-merge'='5', 'write.metadata.previous-versions-max'='2', 'write.metadata.delete-after-commit.enabled'='true'")}`,
      ...Array.from({ length: 20 }, (_, i) => ids(3 * i, 3)),
      "CALL p.system.rewrite_manifests('{ns}.t')",
      "CALL p.system.rewrite_data_files(table => '{ns}.t', options => map('rewrite-all', 'true'))",
      "CALL p.system.expire_snapshots(table => '{ns}.t', older_than => current_timestamp(), retain_last => 3)",
    ],
  },
  {
    name: "T46 stats_files",
    count: 12,
    takesOurs: true,
    steps: [
      `${TWELVE} PARTITIONED BY (truncate(letter, 1))`,
      R12,
      "CALL p.system.compute_table_stats(table => '{ns}.t')",
      "CALL p.system.compute_partition_stats(table => '{ns}.t')",
    ],
  },
  {
    name: "T47 ctas_replace",
    count: 3,
    everySnapshot: true,
    steps: [
      ID_NAME,
      ids(0, 5),
      "CREATE OR REPLACE TABLE {t} USING iceberg PARTITIONED BY (kind) AS SELECT id AS key, concat('k', id % 2) AS kind, id * 0.5D AS v FROM range(0, 3)",
    ],
  },
  {
    name: "T50 wide_plan",
    count: 1000,
    steps: [
      `CREATE TABLE {t} (id BIGINT, p INT, ${Array.from({ length: 298 }, (_, i) => `c${i} INT`).join(", ")}) USING iceberg PARTITIONED BY (p)`,
      ...Array.from(
        { length: 5 },
        (_, n) =>
          `INSERT INTO {t} SELECT id, CAST(id % 200 AS INT), ${Array.from({ length: 298 }, (_, i) => `CAST(id + ${i} AS INT)`).join(", ")} FROM range(${200 * n}, ${200 * n + 200})`,
      ),
    ],
  },
];
