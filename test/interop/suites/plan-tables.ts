/** Tables whose plans change hands: all types, partitions and deletes, several row groups, evolution. @module */
import { fileCatalog } from "../../../src/node.ts";
import { t } from "../../../src/schema/index.ts";
import type { Engine } from "../harness/engine.ts";
import type { Predicate } from "../harness/predicate.ts";
import type { SuiteContext } from "../harness/suite.ts";
import type { TableFacts } from "../harness/table-metadata.ts";
import { javaTables, writeJavaTable } from "./java-tables.ts";
import { operationTables } from "./operation-tables.ts";
import { writeTable } from "./written.ts";
import { type JsonField, type RowCells, type WrittenTable, writtenTables } from "./written-tables.ts";

export interface PlanTable {
  readonly name: string;
  readonly writer: string;
  /** Answers the metadata location. */
  readonly write: () => Promise<string>;
  /** Splits of so many bytes are compared, too. */
  readonly split?: number;
}

/** A table that was written, and the filters under which its plans change hands. */
export interface PlannedSubject {
  readonly name: string;
  readonly table: TableFacts;
  readonly filters: readonly Predicate[];
  readonly split: number | undefined;
  readonly hasDeletes: boolean;
}

/** The tables, those that Java writes only where it is there; of these those that `--scenarios` names. */
export function planTables(context: SuiteContext, java: Engine | undefined): readonly PlanTable[] {
  const { folder, options } = context;
  const starts = options.scenarios?.split(",") ?? [""];
  const written = [...writtenTables(), IDENTITY, ODD_IDENTITY, RENAMED_LATER].filter(({ name }) =>
    WRITTEN.test(name),
  );
  const tables: readonly PlanTable[] = [
    ...written.map((table) => ({
      name: table.name,
      writer: "icewright",
      write: async () => {
        const metadata = await writeTable(folder, table);
        return table === RENAMED_LATER ? renamed(folder, table.name) : metadata;
      },
      ...(table.name === "many_rows" && { split: 40_000 }),
    })),
    ...operationTables()
      .filter(({ name }) => OPERATIONS.test(name))
      .map(({ name, write }) => ({
        name,
        writer: "icewright",
        write: async () => {
          const catalog = fileCatalog(folder);
          await catalog.ensureNamespace("ns");
          return (await write(catalog, name)).table.metadataLocation;
        },
      })),
    ...(java === undefined ? [] : javaTables()).map((table) => ({
      name: `java_${table.name}`,
      writer: "java",
      write: () => writeJavaTable(folder, java!, { ...table, name: `java_${table.name}` }),
    })),
  ];
  return tables.filter(({ name }) => starts.some((start) => name.startsWith(start)));
}

const WRITTEN =
  /^(common_v2|extremes|nanoseconds|names|by_(text|dec|month_tstz_text|day_ts|hour_tstz|bucket.*uid|bucket.*text|truncate.*(text|bin))|many_rows|identity_.*|renamed)$/;
const OPERATIONS = /^(positions|vectors|upgraded_deletes|equality_v3|compacted_v2|evolved_at_once)/;

const field = (id: number, name: string, type: string, required = false): JsonField => ({
  id,
  name,
  required,
  type,
});

const IDENTITY_FIELDS: readonly JsonField[] = [
  field(1, "id", "long", true),
  field(2, "i", "int"),
  field(3, "f", "float"),
  field(4, "d", "double"),
  field(5, "dec", "decimal(20, 4)"),
  field(6, "clock", "time"),
  field(7, "ts", "timestamp"),
  field(8, "tstz", "timestamptz"),
  field(9, "ns", "timestamp_ns"),
  field(10, "nstz", "timestamptz_ns"),
  field(11, "text", "string"),
  field(12, "uid", "uuid"),
  field(13, "bin", "binary"),
  field(14, "fix", "fixed[4]"),
  field(15, "flag", "boolean"),
  field(16, "day", "date"),
];

function identityRow(n: number): RowCells {
  const even = n % 2 === 0;
  return {
    id: BigInt(n) * 9007199254740993n,
    i: n - 2,
    f: even ? 1.5 : 0.1,
    d: [-0, 5e-324, -1, 1e300][n]!,
    dec: ["-0.0001", "9999999999999999.9999", "0.0000", "1.5000"][n]!,
    clock: ["00:00:00.000000", "23:59:59.999999", "12:00:00.000001", "01:02:03.000000"][n]!,
    ts: `${1969 + n}-12-31T23:59:59.999999`,
    tstz: `${1969 + n}-12-31T23:59:59.999999Z`,
    ns: `${1969 + n}-12-31T23:59:59.999999999`,
    nstz: `${1969 + n}-12-31T23:59:59.999999999Z`,
    text: ["a'b\"c", "ü🧊 \\ %", "", "<i>&amp;\u0001"][n]!,
    uid: `0000000${n}-0000-4000-8000-0000000000ff`,
    bin: ["", "00ff", "27", "5c27"][n]!,
    fix: `0102030${n}`,
    flag: even,
    day: `${1969 + n}-02-28`,
  };
}

/**
 * A partition field of each type, odd values and nulls in them; but none of `fix`: Java's InternalReader reads partition
 * values of type fixed as if they were bytes (`Malformed data. Length is negative`).
 */
const IDENTITY: WrittenTable = {
  name: "identity_of_all",
  fields: IDENTITY_FIELDS,
  partition: IDENTITY_FIELDS.slice(1)
    .map(({ name }) => name)
    .filter((name) => name !== "fix"),
  version: 3,
  commits: [
    [0, 1].map(identityRow),
    [2, 3].map(identityRow),
    [{ ...Object.fromEntries(IDENTITY_FIELDS.map(({ name }) => [name, null])), id: 5n }],
  ],
};

/** Partition values that JSON has no numbers for. */
const ODD_IDENTITY: WrittenTable = {
  name: "identity_odd",
  fields: [field(1, "id", "long", true), field(2, "f", "float"), field(3, "d", "double")],
  partition: ["f", "d"],
  commits: [
    [
      { id: 1n, f: Number.NaN, d: Number.POSITIVE_INFINITY },
      { id: 2n, f: Number.NEGATIVE_INFINITY, d: Number.NaN },
      { id: 3n, f: null, d: -0 },
    ],
  ],
};

/** Written under other names and narrower types than it is read. */
const RENAMED_LATER: WrittenTable = {
  name: "renamed",
  fields: [field(1, "a", "int"), field(2, "b", "string"), field(3, "c", "float"), field(4, "gone", "string")],
  commits: [
    [
      { a: 1, b: "it's", c: 0.5, gone: "x" },
      { a: null, b: null, c: null, gone: "y" },
      { a: 2147483647, b: 'say "no"', c: -0, gone: null },
    ],
  ],
};

/** `b` and `a` exchange names, `a` and `c` get wider, `gone` goes and comes back, a column is added; then an append. */
async function renamed(folder: string, name: string): Promise<string> {
  let table = await fileCatalog(folder).loadTable(`ns.${name}`);
  ({ table } = await table.updateSchema((u) =>
    u
      .updateColumn("a", { type: t.long() })
      .updateColumn("c", { type: t.double() })
      .renameColumn("a", "b")
      .renameColumn("b", "a")
      .deleteColumn("gone"),
  ));
  ({ table } = await table.updateSchema((u) =>
    u.addColumn("gone", t.string()).addColumn("extra \"'", t.int()),
  ));
  ({ table } = await table.append([
    { b: 9007199254740993n, a: "later", c: 1e300, gone: "new", "extra \"'": 7 },
    { b: null, a: "", c: Number.NaN, gone: null, "extra \"'": null },
  ]));
  return table.metadataLocation;
}
