/** `icewright create`: an empty table from a schema, from DDL, or like another. Spec: Table Metadata. @module */
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { IcebergError, isIcebergError, parseJson } from "../../base/index.ts";
import { fileError } from "../../io/node.ts";
import { FORMAT_VERSION_PROPERTY } from "../../metadata/index.ts";
import { schemaFromJson } from "../../schema/index.ts";
import type { Table } from "../../table/index.ts";
import { choiceFlag, pairsFlag } from "../arguments.ts";
import { readTableDdl, type TableDefinition } from "../ddl-read.ts";
import { parsePartitionTerms, parseSortTerms } from "../ddl-terms.ts";
import { openCatalog, openTableArgument } from "../open-table.ts";
import { definitionOf } from "../table-like.ts";
import { harmless } from "../terminal.ts";
import { type CliContext, type Invocation, UsageError, type Verb } from "../verb.ts";
import { printTableDescription } from "./describe.ts";

const VERSIONS = ["1", "2", "3"] as const;

export const create: Verb = {
  name: "create",
  summary: "Create an empty table from a schema, from Spark SQL, or like another table",
  operands: "TABLE",
  operandCount: { min: 1, max: 1 },
  flags: {
    schema: {
      kind: "text",
      placeholder: "FILE",
      help: "Iceberg schema as JSON, or CREATE TABLE as Spark SQL",
    },
    like: {
      kind: "text",
      placeholder: "TABLE",
      help: "Columns, partitions, order and properties of this table",
    },
    "partition-by": { kind: "text", placeholder: "TERMS", help: 'Partitions: "months(ts), bucket(16, id)"' },
    "order-by": { kind: "text", placeholder: "TERMS", help: 'Sort order: "tenant, ts DESC NULLS LAST"' },
    property: { kind: "list", placeholder: "K=V", help: "A table property; may be given several times" },
    "format-version": {
      kind: "text",
      placeholder: "1|2|3",
      choices: VERSIONS,
      help: "Version of the table format (default 2)",
    },
    location: {
      kind: "text",
      placeholder: "URI",
      help: "Where the table lies, in catalogs that allow a choice",
    },
    "if-not-exists": { kind: "switch", help: "Leave a table that exists alone" },
  },
  notes: [
    "The namespace is created too. Field ids are assigned anew. Flags win over what FILE and --like say; properties are\n" +
      "added to theirs. Spark's TIMESTAMP is timestamptz, its TIMESTAMP_NTZ is timestamp; the DDL's table name is not used.\n" +
      "--json prints what describe --json does.",
  ],
  examples: [
    {
      command: 'create shop.orders --schema orders.json --partition-by "months(ts), tenant" --order-by id',
      says: "from an Iceberg schema",
    },
    { command: "create shop.orders --schema orders.sql", says: "from CREATE TABLE … USING iceberg" },
    { command: "create staging.orders --like shop.orders --property owner=me", says: "like another table" },
  ],
  run: runCreate,
};

async function runCreate(invocation: Invocation, context: CliContext): Promise<void> {
  const name = invocation.operands[0]!;
  const definition = await definitionOfFlags(invocation, context);
  const properties = { ...definition.properties, ...pairsFlag(invocation, "property") };
  const formatVersion = versionOf(invocation, properties);
  const location = invocation.text("location") ?? definition.location;
  const { [FORMAT_VERSION_PROPERTY]: _, ...stored } = properties;
  const catalog = await openCatalog(context);
  const dot = name.lastIndexOf(".");
  if (dot > 0 && dot < name.length - 1) {
    await catalog.ensureNamespace(name.slice(0, dot), { signal: context.signal });
  }
  let table: Table;
  try {
    table = await catalog.createTable(name, definition.schema, {
      partitionSpec: definition.partitionSpec,
      sortOrder: definition.sortOrder,
      properties: stored,
      ...(location !== undefined && { location }),
      ...(formatVersion !== undefined && { formatVersion }),
      signal: context.signal,
    });
    await context.note(`created ${harmless(table.name)} as ${harmless(table.metadataLocation)}`);
  } catch (error) {
    if (!invocation.has("if-not-exists") || !isIcebergError(error, "already-exists")) throw error;
    table = await catalog.loadTable(name, { signal: context.signal });
    await context.note(`${harmless(table.name)} exists and stays as it is`);
  }
  await printTableDescription(table, context);
}

async function definitionOfFlags(invocation: Invocation, context: CliContext): Promise<TableDefinition> {
  const schema = invocation.text("schema");
  const like = invocation.text("like");
  if ((schema === undefined) === (like === undefined)) {
    throw new UsageError("create needs either --schema FILE or --like TABLE");
  }
  const partitions = invocation.text("partition-by");
  const order = invocation.text("order-by");
  // Flags are read first: they are checked without opening anything.
  const overrides = {
    ...(partitions !== undefined && {
      partitionSpec: termsOf("partition-by", partitions, parsePartitionTerms),
    }),
    ...(order !== undefined && { sortOrder: termsOf("order-by", order, parseSortTerms) }),
  };
  const definition =
    schema === undefined
      ? definitionOf(await openTableArgument(like!, context))
      : await readDefinition(schema, context);
  return { ...definition, ...overrides };
}

/** An empty text means none. */
function termsOf<T>(flag: string, text: string, parse: (text: string) => readonly T[]): readonly T[] {
  if (text.trim() === "") return [];
  try {
    return parse(text);
  } catch (error) {
    if (!isIcebergError(error)) throw error;
    throw new UsageError(`--${flag}: ${error.message}`, { cause: error });
  }
}

function versionOf(
  invocation: Invocation,
  properties: Readonly<Record<string, string>>,
): 1 | 2 | 3 | undefined {
  const text = choiceFlag(invocation, "format-version", VERSIONS) ?? properties[FORMAT_VERSION_PROPERTY];
  if (text === undefined) return undefined;
  if (text === "1" || text === "2" || text === "3") return Number(text) as 1 | 2 | 3;
  throw new IcebergError(
    "unsupported",
    `Cannot create a table of format version ${JSON.stringify(text)}: this library writes 1, 2 and 3`,
    { context: { formatVersion: text } },
  );
}

/** A file that begins with `{` is JSON, any other DDL. */
async function readDefinition(file: string, { cwd, signal }: CliContext): Promise<TableDefinition> {
  let text: string;
  try {
    text = await readFile(resolve(cwd, file), { encoding: "utf8", signal });
  } catch (error) {
    signal.throwIfAborted();
    throw fileError("read", file, error);
  }
  try {
    if (!/^\ufeff?\s*\{/.test(text)) return readTableDdl(text);
    const schema = schemaFromJson(parseJson(text, file));
    return { schema, partitionSpec: [], sortOrder: [], properties: {} };
  } catch (error) {
    if (!isIcebergError(error)) throw error;
    throw new IcebergError(error.code, `Cannot use ${file} as a schema: ${error.message}`, {
      context: { ...error.context, file },
      cause: error,
    });
  }
}
