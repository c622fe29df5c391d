/**
 * The three CREATE TABLE statements of the telemetry requirements, run by Spark as they stand, against the tables made
 * from our definitions: schema, spec, order and properties are equal but for the differences listed here.
 * @module
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileCatalog } from "../../../src/node.ts";
import { logEvents, metricEvents, type TelemetryTable, traceEvents } from "../../../src/telemetry/index.ts";
import { asPath, ROOT } from "../harness/places.ts";
import { assertEqual, assertThrows, type Suite, type SuiteContext } from "../harness/suite.ts";
import { newestMetadata } from "../harness/table-metadata.ts";

/** Handed out beside the checkout; without it the suite fails. */
const REQUIREMENTS = join(ROOT, "..", "shared", "requirements", "mvp-telemetry-schema.txt");

/** A difference that is meant, at one kind of place and between two kinds of values, with its reason. */
interface Difference {
  /** Path into the metadata, as {@link leaves} names it. */
  readonly path: RegExp;
  /** Spark's value as JSON, `undefined` where it has none. */
  readonly spark: RegExp | undefined;
  readonly ours: RegExp | undefined;
  readonly why: string;
}

const DIFFERENCES: readonly Difference[] = [
  {
    path: /^properties\.owner$/,
    spark: /./,
    ours: undefined,
    why: "Spark notes the user who ran it",
  },
  {
    path: /^properties\.write\.parquet\.compression-codec$/,
    spark: /^"zstd"$/,
    ours: undefined,
    why: "Iceberg Java persists its default codec at creation; ours is chosen when files are written: zstd, or gzip where Node has none",
  },
  {
    path: /^properties\.icewright\.publish$/,
    spark: undefined,
    ours: /^"link"$/,
    why: "our folder catalog notes how versions of the table are published, for other writers of ours to agree",
  },
  {
    path: /^properties\.write\.parquet\.bloom-filter-enabled\.column\.(trace_id|workload_run_id)$/,
    spark: undefined,
    ours: /^"true"$/,
    why: "we add bloom filters for look-ups by id; readers need not know",
  },
  {
    path: /^schema\.\w+\.doc$/,
    spark: undefined,
    ours: /^".+"$/,
    why: "we document the columns; in the statements those are SQL comments, which no catalog sees",
  },
  {
    path: /^sort-order\.order-id$/,
    spark: /^0$/,
    ours: /^1$/,
    why: "write.sorted-by is a property no engine reads: we also declare the order that it means",
  },
  {
    path: /^sort-order\.fields\.[01]$/,
    spark: undefined,
    ours: /^"(workload_run_id|logic_id|trace_id|metric_name) identity asc nulls-first"$/,
    why: "write.sorted-by is a property no engine reads: we also declare the order that it means",
  },
];

const DEFINITIONS: readonly TelemetryTable[] = [traceEvents, logEvents, metricEvents];

export const DDL: Suite = {
  name: "ddl",
  purpose: "Spark running the statements of the requirements makes the tables of our definitions",
  stage: "medium",
  run: async (context) => {
    const statements = createStatements(readFileSync(REQUIREMENTS, "utf8"));
    assertEqual([...statements.keys()].join(), DEFINITIONS.map(({ name }) => name).join(), "Tables");
    const used = new Set<Difference>();
    for (const definition of DEFINITIONS) {
      await compare(context, definition, statements.get(definition.name)!, used);
    }
    await context.check("differences", "spark", "each one listed was met", async () => {
      const stale = DIFFERENCES.filter((difference) => !used.has(difference));
      if (stale.length > 0) throw new Error(`Not met: ${stale.map(({ path }) => path).join(", ")}`);
    });
  },
};

async function compare(
  context: SuiteContext,
  definition: TelemetryTable,
  statement: string,
  used: Set<Difference>,
): Promise<void> {
  const { name, schema, options } = definition;
  const warehouse = join(context.folder, "spark");
  let theirs = new Map<string, string>();
  let ours = new Map<string, string>();
  await context.check(name, "spark", "the statement of the requirements runs", async () => {
    const spark = await context.engine("spark");
    const catalogs = { ddl: { type: "hadoop", warehouse } };
    const named = statement.replace(`CREATE TABLE ${name}`, `CREATE TABLE ddl.telemetry.${name}`);
    await spark.call("statements", { catalogs, statements: [named] });
    theirs = leaves(read(newestMetadata(join(warehouse, "telemetry", name))!));
  });
  await context.check(name, "icewright", "the definition makes a table", async () => {
    const catalog = fileCatalog(join(context.folder, "icewright"));
    await catalog.ensureNamespace("telemetry");
    const table = await catalog.createTable(["telemetry", name], schema, options);
    ours = leaves(read(asPath(table.metadataLocation)));
  });
  await context.check(
    name,
    "spark",
    "schema, spec and properties are equal but for what is listed",
    async () => {
      return assertAlike(theirs, ours, used);
    },
  );
  // The comparison must be able to fail, at each thing it looks at
  const damages: readonly (readonly [string, string])[] = [
    ["schema.organization_id.required", "7"],
    ["schema.event_timestamp.type", '"timestamp"'],
    ["schema.service_name.id", "99"],
    ["schema-names", '"other"'],
    ["spec.fields.0", '"event_timestamp day 1000 event_timestamp_day"'],
    ["properties.write.sorted-by", '"other"'],
    ["properties.further", '"x"'],
    ["format-version", "1"],
  ];
  for (const [path, value] of damages) {
    await context.check(name, "icewright", `a changed ${path} is reported`, () =>
      assertThrows(async () => assertAlike(theirs, new Map([...ours, [path, value]]), new Set()), /differs/),
    );
  }
}

/** Throws on a difference that is not listed; answers the reasons of those that are. */
function assertAlike(
  spark: ReadonlyMap<string, string>,
  ours: ReadonlyMap<string, string>,
  used: Set<Difference>,
): string {
  const unlisted: string[] = [];
  const reasons = new Set<string>();
  for (const path of [...new Set([...spark.keys(), ...ours.keys()])].sort()) {
    const [theirs, mine] = [spark.get(path), ours.get(path)];
    if (theirs === mine) continue;
    const listed = DIFFERENCES.find(
      (known) => known.path.test(path) && fits(known.spark, theirs) && fits(known.ours, mine),
    );
    if (listed === undefined) unlisted.push(`${path} differs: Spark ${theirs}, icewright ${mine}`);
    else {
      used.add(listed);
      reasons.add(
        `DDL, ${path.replace(/^schema\.\w+\./, "schema.*.").replace(/\.[01]$/, "")}: ${listed.why}`,
      );
    }
  }
  if (unlisted.length > 0) throw new Error(unlisted.join("\n"));
  return [...reasons].join("\n  known: ");
}

function fits(pattern: RegExp | undefined, value: string | undefined): boolean {
  return pattern === undefined ? value === undefined : value !== undefined && pattern.test(value);
}

/** `CREATE TABLE name (…) … TBLPROPERTIES (…)` by name, comments and all, in the order of the document. */
function createStatements(text: string): Map<string, string> {
  const found = text.matchAll(/CREATE TABLE (\w+) \([\s\S]*?TBLPROPERTIES \([^)]*\)/g);
  return new Map([...found].map((match) => [match[1]!, match[0]]));
}

interface Metadata {
  readonly "format-version": number;
  readonly "last-column-id": number;
  readonly "last-partition-id": number;
  readonly "current-schema-id": number;
  readonly "default-spec-id": number;
  readonly "default-sort-order-id": number;
  readonly schemas: readonly {
    readonly "schema-id": number;
    readonly "identifier-field-ids"?: readonly number[];
    readonly fields: readonly Readonly<Record<string, unknown> & { name: string; id: number }>[];
  }[];
  readonly "partition-specs": readonly {
    readonly "spec-id": number;
    readonly fields: readonly Readonly<Record<string, unknown>>[];
  }[];
  readonly "sort-orders": readonly {
    readonly "order-id": number;
    readonly fields: readonly Readonly<Record<string, unknown>>[];
  }[];
  readonly properties?: Readonly<Record<string, string>>;
}

function read(path: string): Metadata {
  return JSON.parse(readFileSync(path, "utf8")) as Metadata;
}

/** Everything that makes the table what it is, flat: path -> value as JSON. Nothing of its place, time or identity. */
function leaves(metadata: Metadata): Map<string, string> {
  const out = new Map<string, string>();
  const put = (path: string, value: unknown) => out.set(path, JSON.stringify(value));
  for (const key of ["format-version", "last-column-id", "last-partition-id"] as const)
    put(key, metadata[key]);
  for (const key of ["current-schema-id", "default-spec-id"] as const) put(key, metadata[key]);
  for (const key of ["schemas", "partition-specs", "sort-orders"] as const)
    put(`number of ${key}`, metadata[key].length);
  const schema = metadata.schemas.find((held) => held["schema-id"] === metadata["current-schema-id"])!;
  put("schema-names", schema.fields.map(({ name }) => name).join());
  put("schema-identifiers", schema["identifier-field-ids"] ?? []);
  for (const field of schema.fields) {
    for (const [key, value] of Object.entries(field)) put(`schema.${field.name}.${key}`, value);
  }
  const nameOf = (id: unknown) => schema.fields.find((field) => field.id === id)?.name;
  const spec = metadata["partition-specs"].find((held) => held["spec-id"] === metadata["default-spec-id"])!;
  for (const [at, field] of spec.fields.entries()) {
    const { name, transform } = field;
    put(`spec.fields.${at}`, [nameOf(field["source-id"]), transform, field["field-id"], name].join(" "));
  }
  const chosen = metadata["default-sort-order-id"];
  const order = metadata["sort-orders"].find((held) => held["order-id"] === chosen)!;
  put("sort-order.order-id", chosen);
  for (const [at, field] of order.fields.entries()) {
    const { transform, direction } = field;
    put(
      `sort-order.fields.${at}`,
      [nameOf(field["source-id"]), transform, direction, field["null-order"]].join(" "),
    );
  }
  for (const [key, value] of Object.entries(metadata.properties ?? {})) put(`properties.${key}`, value);
  return out;
}
