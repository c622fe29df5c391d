/**
 * Tables that icewright writes for the judges. Rows are given as values whose canonical text is known without our own
 * reader, so a reader's mistake cannot hide a writer's.
 * @module
 */
import type { Feature } from "../harness/engine.ts";

/** A value as written here: exact numbers as bigint or text, bytes as hex text, NaN and infinities as numbers. */
export type Cell =
  | null
  | boolean
  | number
  | bigint
  | string
  | readonly Cell[]
  | { readonly [name: string]: Cell };
export type RowCells = Readonly<Record<string, Cell>>;

export interface WrittenTable {
  readonly name: string;
  /** Iceberg's own JSON for the schema's fields. */
  readonly fields: readonly JsonField[];
  /** `bucket(4, id)`, as `parsePartitionTerm` reads them. */
  readonly partition?: readonly string[];
  readonly sort?: readonly string[];
  readonly version?: 1 | 2 | 3;
  readonly properties?: Readonly<Record<string, string>>;
  /** One commit each. */
  readonly commits: readonly (readonly RowCells[])[];
  readonly features?: readonly Feature[];
}

export type JsonType = string | { readonly type: string; readonly [key: string]: unknown };
export interface JsonField {
  readonly id: number;
  readonly name: string;
  readonly required: boolean;
  readonly type: JsonType;
}

/** Every table of the suite. */
export function writtenTables(): WrittenTable[] {
  return [
    { name: "common_v1", fields: COMMON, version: 1, commits: [commonRows(0), commonRows(1)] },
    { name: "common_v2", fields: COMMON, commits: [commonRows(0), commonRows(1)] },
    { name: "common_v3", fields: COMMON, version: 3, commits: [commonRows(0), commonRows(1)] },
    { name: "extremes", fields: EXTREME, commits: [extremeRows()], features: ["early-dates", "null-nested"] },
    {
      name: "nanoseconds",
      fields: [field(1, "id", "long"), field(2, "at", "timestamp_ns"), field(3, "atz", "timestamptz_ns")],
      version: 3,
      commits: [
        [
          { id: 1n, at: "2024-02-29T23:59:59.999999999", atz: "1969-12-31T23:59:59.999999999Z" },
          { id: 2n, at: null, atz: "1970-01-01T00:00:00.000000001Z" },
        ],
      ],
    },
    {
      name: "nanoseconds_plain",
      fields: [field(1, "id", "long"), field(2, "at", "timestamp_ns")],
      version: 3,
      commits: [
        [
          { id: 1n, at: "2024-02-29T23:59:59.999999999" },
          { id: 2n, at: null },
        ],
      ],
    },
    { name: "never_written", fields: [field(1, "id", "long"), field(2, "s", "string")], commits: [] },
    {
      name: "names",
      fields: NAMES,
      commits: [[{ "a b": 1n, select: "x", A: true, "é/ü": 2 }, nulls(NAMES)]],
    },
    ...PARTITIONS.map((partition) => partitioned(partition)),
    ...["uncompressed", "snappy", "gzip", "zstd"].map((codec) => compressed(codec)),
    ...["none", "counts", "truncate(4)", "full"].map((mode) => measured(mode)),
    {
      name: "many_rows",
      fields: MANY,
      sort: ["group", "id"],
      properties: SMALL_PAGES,
      commits: [manyRows(12_000)],
    },
  ];
}

const SMALL_PAGES = { "write.parquet.row-group-size-bytes": "65536", "write.parquet.page-row-limit": "500" };

function field(id: number, name: string, type: JsonType, required = false): JsonField {
  return { id, name, required, type };
}

function nulls(fields: readonly JsonField[]): RowCells {
  return Object.fromEntries(fields.map(({ name }) => [name, null]));
}

const COMMON: readonly JsonField[] = [
  field(1, "id", "long", true),
  field(2, "flag", "boolean"),
  field(3, "small", "int"),
  field(4, "single", "float"),
  field(5, "dbl", "double"),
  field(6, "dec", "decimal(20, 4)"),
  field(7, "cents", "decimal(9, 2)"),
  field(8, "huge", "decimal(38, 10)"),
  field(9, "day", "date"),
  field(10, "ts", "timestamp"),
  field(11, "tstz", "timestamptz"),
  field(12, "text", "string"),
  field(13, "uid", "uuid"),
  field(14, "bin", "binary"),
  field(15, "fix", "fixed[4]"),
  field(16, "tags", { type: "list", "element-id": 17, element: "string", "element-required": false }, true),
  field(
    18,
    "attrs",
    { type: "map", "key-id": 19, key: "string", "value-id": 20, value: "long", "value-required": false },
    true,
  ),
  field(
    21,
    "meta",
    { type: "struct", fields: [field(22, "host", "string"), field(23, "port", "int")] },
    true,
  ),
];

/** Values that every engine can hold; the two batches differ in range, so that bounds prune. */
function commonRows(batch: number): RowCells[] {
  const base = BigInt(batch) * 1000n;
  const empty = { tags: [], attrs: [], meta: { host: null, port: null } };
  return [
    {
      id: base + 1n,
      flag: true,
      small: 2147483647 - batch,
      single: 0.1,
      dbl: 0.1 + batch,
      dec: "1.0000",
      cents: `${batch}.50`,
      huge: "1234567890123456789012345678.0123456789",
      day: `202${batch}-02-28`,
      ts: `202${batch}-02-28T23:59:59.999999`,
      tstz: `202${batch}-02-28T23:59:59.999999Z`,
      text: "plain",
      uid: "00000000-0000-0000-0000-000000000001",
      bin: "00ff",
      fix: "01020304",
      tags: ["a", null, ""],
      attrs: [
        ["a", null],
        ["k", 9007199254740993n],
      ],
      meta: { host: "h", port: 80 },
    },
    {
      id: batch === 0 ? -9223372036854775808n : 9223372036854775807n,
      flag: false,
      small: -2147483648 + batch,
      single: 1.5 + batch,
      dbl: -1e300,
      dec: "-9999999999999999.9999",
      cents: "-9999999.99",
      huge: "-0.0000000001",
      day: "1900-01-01",
      ts: "1969-12-31T23:59:59.999999",
      tstz: "1969-12-31T23:59:59.999999Z",
      text: 'üñí 🧊 "q" \\ \n\t\u2028',
      uid: "ffffffff-ffff-ffff-ffff-ffffffffffff",
      bin: "",
      fix: "ffffffff",
      ...empty,
    },
    { ...nulls(COMMON), id: base + 3n, ...empty },
    {
      ...nulls(COMMON),
      id: base + 4n,
      single: batch === 0 ? Number.NaN : -0,
      dbl: batch === 0 ? Number.NaN : -0,
      text: "x".repeat(40) + String.fromCodePoint(0x10ffff),
      bin: "ff".repeat(20),
      ...empty,
    },
  ];
}

const EXTREME: readonly JsonField[] = [
  field(1, "id", "long", true),
  field(2, "clock", "time"),
  field(3, "day", "date"),
  field(4, "ts", "timestamp"),
  field(5, "tstz", "timestamptz"),
  field(6, "single", "float"),
  field(7, "dbl", "double"),
  field(8, "tags", { type: "list", "element-id": 9, element: "long", "element-required": false }),
  field(10, "attrs", {
    type: "map",
    "key-id": 11,
    key: "int",
    "value-id": 12,
    value: "string",
    "value-required": true,
  }),
  field(13, "meta", {
    type: "struct",
    fields: [
      field(14, "inner", { type: "struct", fields: [field(15, "deep", "double")] }),
      field(16, "list", {
        type: "list",
        "element-id": 17,
        element: { type: "struct", fields: [field(18, "x", "int")] },
        "element-required": false,
      }),
    ],
  }),
];

function extremeRows(): RowCells[] {
  return [
    {
      id: 1n,
      clock: "23:59:59.999999",
      day: "0001-01-01",
      ts: "0001-01-01T00:00:00.000000",
      tstz: "0001-01-01T00:00:00.000000Z",
      single: Number.POSITIVE_INFINITY,
      dbl: Number.NEGATIVE_INFINITY,
      tags: [1n, null],
      attrs: [[-5, "minus"]],
      meta: { inner: { deep: 5e-324 }, list: [{ x: 1 }, null, { x: null }] },
    },
    {
      id: 2n,
      clock: "00:00:00.000000",
      day: "9999-12-31",
      ts: "9999-12-31T23:59:59.999999",
      tstz: "9999-12-31T23:59:59.999999Z",
      single: -0,
      dbl: -0,
      tags: [],
      attrs: [],
      meta: { inner: null, list: [] },
    },
    {
      ...nulls(EXTREME),
      id: 3n,
      single: Number.NaN,
      dbl: Number.NaN,
      meta: { inner: { deep: null }, list: null },
    },
    { ...nulls(EXTREME), id: 4n },
  ];
}

const NAMES: readonly JsonField[] = [
  field(1, "a b", "long"),
  field(2, "select", "string"),
  field(3, "A", "boolean"),
  field(4, "é/ü", "int"),
];

const PARTITION_FIELDS: readonly JsonField[] = [
  field(1, "id", "long", true),
  field(2, "num", "int"),
  field(3, "text", "string"),
  field(4, "day", "date"),
  field(5, "ts", "timestamp"),
  field(6, "tstz", "timestamptz"),
  field(7, "dec", "decimal(9, 2)"),
  field(8, "uid", "uuid"),
  field(9, "bin", "binary"),
  field(10, "flag", "boolean"),
];

const PARTITIONS: readonly (readonly string[])[] = [
  ["text"],
  ["flag", "num"],
  ["day"],
  ["dec"],
  ["bucket(4, id)"],
  ["bucket(4, num)", "bucket(3, text)"],
  ["bucket(4, day)", "bucket(4, tstz)"],
  ["bucket(4, dec)", "bucket(4, uid)"],
  ["bucket(4, bin)"],
  ["truncate(10, num)", "truncate(2, text)"],
  ["truncate(50, dec)", "truncate(2, bin)"],
  ["truncate(100, id)"],
  ["year(ts)"],
  ["month(tstz)", "text"],
  ["day(ts)"],
  ["hour(tstz)"],
  ["month(day)"],
];

/** Odd partition values, times around the epoch and negative numbers, in two commits. */
function partitioned(partition: readonly string[]): WrittenTable {
  const texts = ["a/b=c%", "", " ", "ü🧊", null, "__HIVE_DEFAULT_PARTITION__", "acme", "acme+corp"];
  const times = [
    "1969-12-31T23:59:59.999999",
    "1970-01-01T00:00:00.000000",
    "2024-02-29T12:30:00.000001",
    "1931-05-06T07:08:09.000000",
    null,
  ];
  const rows = Array.from({ length: 24 }, (_, n): RowCells => {
    const time = times[n % times.length] ?? null;
    return {
      id: BigInt(n * 37 - 200),
      num: n % 6 === 5 ? null : n * 7 - 60,
      text: texts[n % texts.length] ?? null,
      day: time === null ? null : time.slice(0, 10),
      ts: time,
      tstz: time === null ? null : `${time}Z`,
      dec: n % 7 === 6 ? null : `${n - 12}.${String(n % 4).padStart(1, "0")}5`,
      uid: n % 8 === 7 ? null : `${String(n).padStart(8, "0")}-0000-4000-8000-0000000000ff`,
      bin: n % 5 === 4 ? null : Buffer.from(`b${n % 3}\u0000ÿ`, "latin1").toString("hex"),
      flag: n % 3 === 2 ? null : n % 3 === 0,
    };
  });
  const name = `by_${partition.join("_").replaceAll(/[^a-z0-9]+/g, "_")}`.replace(/_$/, "");
  return { name, fields: PARTITION_FIELDS, partition, commits: [rows.slice(0, 12), rows.slice(12)] };
}

function compressed(codec: string): WrittenTable {
  const properties = { "write.parquet.compression-codec": codec };
  return { name: `codec_${codec}`, fields: MANY, properties, commits: [manyRows(1500)] };
}

function measured(mode: string): WrittenTable {
  const properties = { "write.metadata.metrics.default": mode };
  const name = `metrics_${mode.replaceAll(/[^a-z0-9]+/g, "_")}`.replace(/_$/, "");
  return { name, fields: COMMON, properties, commits: [commonRows(0), commonRows(1)] };
}

const MANY: readonly JsonField[] = [
  field(1, "id", "long", true),
  field(2, "group", "string", true),
  field(3, "unique", "string"),
  field(4, "value", "double"),
  field(5, "at", "timestamptz"),
  field(6, "sparse", "int"),
  field(7, "uid", "uuid"),
];

/** Repeated and unique strings, sparse nulls, long runs: dictionaries, plain pages and several row groups. */
function manyRows(count: number): RowCells[] {
  const start = Date.UTC(2024, 0, 1);
  return Array.from({ length: count }, (_, n) => ({
    id: BigInt(n),
    group: `group-${n % 13}`,
    unique: n % 11 === 0 ? null : `value ${(n * 2654435761) % 1000003} ${"pad".repeat(n % 5)}`,
    value: n / 3,
    at: new Date(start + n * 61_001).toISOString().replace("Z", "000Z"),
    sparse: n % 100 === 0 ? n : null,
    uid: `${n.toString(16).padStart(8, "0")}-1111-4222-8333-${(n * 7).toString(16).padStart(12, "0")}`,
  }));
}
