/**
 * Tables defined in Spark SQL: one `CREATE TABLE … USING iceberg`, and the `ALTER TABLE`s that say what it cannot.
 * Spec: none; the grammar is Spark's, with Iceberg's SQL extensions.
 * @module
 */
import { IcebergError } from "../base/index.ts";
import { type PartitionTerm, partitionTerm } from "../partitioning/index.ts";
import { type Field, freshFields, idsFrom, Schema } from "../schema/index.ts";
import type { SortTerm } from "../sorting/index.ts";
import { DdlReader } from "./ddl-parser.ts";
import { readSortTerm, readTerm } from "./ddl-terms.ts";
import { readField } from "./ddl-types.ts";

/** What the statements say of a table. */
export interface TableDefinition {
  readonly schema: Schema;
  readonly partitionSpec: readonly PartitionTerm[];
  readonly sortOrder: readonly SortTerm[];
  readonly properties: Readonly<Record<string, string>>;
  readonly location?: string;
}

interface Draft {
  fields: readonly Field[];
  partitionSpec: PartitionTerm[];
  sortOrder: readonly SortTerm[];
  identifiers: readonly string[];
  readonly properties: Map<string, string>;
  location?: string;
}

/**
 * Reads the statements.
 * @throws IcebergError `invalid-argument` naming line and column, `unsupported` for clauses that have no meaning
 * here, `invalid-schema` for columns that do not fit together.
 */
export function readTableDdl(text: string): TableDefinition {
  const reader = new DdlReader(text);
  const draft: Draft = {
    fields: [],
    partitionSpec: [],
    sortOrder: [],
    identifiers: [],
    properties: new Map(),
  };
  const table = readCreate(reader, draft);
  while (reader.sign(";"));
  while (!reader.isAtEnd()) {
    readAlter(reader, draft, table);
    if (!reader.isAtEnd()) reader.expectSign(";");
    while (reader.sign(";"));
  }
  const { partitionSpec, sortOrder, location } = draft;
  return {
    schema: schemaOf(draft),
    partitionSpec,
    sortOrder,
    properties: Object.fromEntries(draft.properties),
    ...(location !== undefined && { location }),
  };
}

function readCreate(reader: DdlReader, draft: Draft): string {
  reader.expectKeywords("CREATE");
  if (reader.next.text.toUpperCase() === "OR") throw reader.fault("tables are created, never replaced");
  reader.expectKeywords("TABLE");
  reader.keywords("IF", "NOT", "EXISTS");
  const table = reader.path("a table name").join(".");
  draft.fields = reader.list(() => readField(reader));
  for (;;) {
    const start = reader.next;
    if (start.kind === "end" || (start.kind === "sign" && start.text === ";")) return table;
    if (reader.keywords("USING")) {
      const format = reader.name("a format");
      if (format.toLowerCase() !== "iceberg")
        throw reader.fault(`the format is ${format}, not iceberg`, start);
    } else if (reader.keywords("PARTITIONED", "BY")) {
      draft.partitionSpec = [...reader.list(() => readTerm(reader))];
    } else if (reader.keywords("TBLPROPERTIES")) {
      reader.list(() => readProperty(reader, draft));
    } else if (reader.keywords("LOCATION")) {
      draft.location = reader.literal("a location");
    } else if (reader.keywords("COMMENT")) {
      draft.properties.set("comment", reader.literal("the text of a comment"));
    } else {
      throw reader.expected("USING, PARTITIONED BY, TBLPROPERTIES, LOCATION or COMMENT");
    }
  }
}

/** `'key' = 'value'`; the key may be bare words joined by dots, the value a number or a word. */
function readProperty(reader: DdlReader, draft: Draft): void {
  const key = reader.next.kind === "text" ? reader.literal("a key") : reader.path("a key").join(".");
  reader.sign("=");
  const value = reader.take();
  if (value.kind === "sign" || value.kind === "end") throw reader.fault("a property has no value", value);
  draft.properties.set(key, value.text);
}

function readAlter(reader: DdlReader, draft: Draft, table: string): void {
  reader.expectKeywords("ALTER", "TABLE");
  const start = reader.next;
  const name = reader.path("a table name").join(".");
  if (name !== table) throw reader.fault(`it alters ${name}, but creates ${table}`, start);
  if (reader.keywords("WRITE", "ORDERED", "BY")) {
    draft.sortOrder = reader.items(() => readSortTerm(reader));
  } else if (reader.keywords("ADD", "PARTITION", "FIELD")) {
    const term = readTerm(reader);
    const field = reader.keywords("AS") ? reader.name("a name") : undefined;
    draft.partitionSpec.push(field === undefined ? term : partitionTerm(term.transform, term.column, field));
  } else if (reader.keywords("SET", "IDENTIFIER", "FIELDS")) {
    draft.identifiers = reader.items(() => reader.path("a column").join("."));
  } else if (reader.keywords("SET", "TBLPROPERTIES")) {
    reader.list(() => readProperty(reader, draft));
  } else {
    throw reader.expected(
      "WRITE ORDERED BY, ADD PARTITION FIELD, SET IDENTIFIER FIELDS or SET TBLPROPERTIES",
    );
  }
}

function schemaOf({ fields, identifiers }: Draft): Schema {
  const numbered = freshFields(fields, idsFrom(1));
  const draft = new Schema(numbered);
  const identifierFieldIds = identifiers.map((name) => {
    const id = draft.idOf(name);
    if (id !== undefined) return id;
    throw new IcebergError("invalid-schema", `Cannot identify rows by ${name}: there is no such column`, {
      context: { column: name },
    });
  });
  const schema = new Schema(numbered, { identifierFieldIds });
  schema.checkIdentifierFields();
  return schema;
}
