/** A plan as a DuckDB query over its Parquet files. Spec: Scan Planning; Column Projection. @module */
import { IcebergError, toHex } from "../base/index.ts";
import {
  type BoundExpression,
  type BoundPredicate,
  type BoundTerm,
  predicatesOf,
} from "../expressions/index.ts";
import {
  type Field,
  formatDate,
  formatDecimal,
  formatTime,
  formatTimestamp,
  isPrimitive,
  type PrimitiveType,
  type PrimitiveValue,
  type Schema,
  type Type,
} from "../schema/index.ts";
import type { FileScanTask } from "./plan-files.ts";

export interface DuckdbQueryOptions {
  /** The table's columns. */
  readonly fields: readonly Field[];
  /** Columns handed out. Default: all of `fields`. Of the others, the query names those of the filter alone. */
  readonly select?: readonly Field[];
  /** The whole filter; left out where every task's residual is `true`. */
  readonly filter: BoundExpression;
  /** All schemas that files of the table may have been written with. */
  readonly schemas: readonly Schema[];
  /** Whether the table has a name mapping, so that its files may lack field ids. */
  readonly hasNameMapping: boolean;
  /** At most so many rows. */
  readonly limit?: number;
}

/**
 * One `SELECT … FROM read_parquet([…])` that gives a plan's rows. Top-level columns are found by field id, so renamed
 * and promoted ones too. Files must hold their partition columns, as all writers but importers of Hive tables see to.
 * @throws IcebergError `unsupported` where the query would give other rows than the scan: deletes apply; a file is no
 * Parquet or a piece of one; files may lack field ids; fields inside a column were renamed, moved or replaced (DuckDB
 * finds those by name); two columns differ by case only; the filter, a type or a location cannot be said in DuckDB's SQL.
 */
export function duckdbQuery(tasks: Iterable<FileScanTask>, options: DuckdbQueryOptions): string {
  const { select = options.fields, filter, limit } = options;
  const fields = neededFields(options, select);
  const columns = select.map(({ name }) => `  ${quotedName(name)}`).join(",\n");
  const files: string[] = [];
  let isSettled = true;
  for (const { dataFile, deletes, residual, start } of tasks) {
    const { filePath } = dataFile;
    if (deletes.length > 0)
      throw refused(`${deletes.length} delete files apply to ${filePath}; compact the table first`);
    if (dataFile.fileFormat !== "parquet")
      throw refused(`${filePath} is ${dataFile.fileFormat}, not Parquet`);
    if (start !== undefined && start > 0)
      throw refused(`the plan has a piece of ${filePath}; plan whole files`);
    if (residual.op !== "true") isSettled = false;
    files.push(filePath);
  }
  const where = isSettled || filter.op === "true" ? "" : `\nWHERE ${condition(filter)}`;
  if (files.length === 0) {
    const nothing = select
      .map(({ name, type }) => `  NULL::${typeText(type)} AS ${quotedName(name)}`)
      .join(",\n");
    return `SELECT\n${nothing}\nWHERE false;`;
  }
  const paths = files.map((path) => `    ${text(pattern(path))}`).join(",\n");
  const schema = fields.map((field) => `    ${columnText(field)}`).join(",\n");
  return (
    `SELECT\n${columns}\nFROM read_parquet(\n  [\n${paths}\n  ],\n` +
    `  schema = MAP {\n${schema}\n  },\n  hive_partitioning = false\n)${where}${limit === undefined ? "" : `\nLIMIT ${limit}`};`
  );
}

/** The columns the query must name, all of them such that DuckDB finds them in every file as we do. */
function neededFields(
  { fields, filter, schemas, hasNameMapping }: DuckdbQueryOptions,
  select: readonly Field[],
): readonly Field[] {
  if (hasNameMapping) throw refused("the table has a name mapping, so its files may lack field ids");
  if (select.length === 0) throw refused("no column is selected");
  const stray = select.find((field) => !fields.includes(field));
  if (stray !== undefined) throw refused(`${stray.name} is not in the files`);
  const tested = new Set(predicatesOf(filter).map(({ term }) => term.names[0]));
  const needed = fields.filter((field) => select.includes(field) || tested.has(field.name));
  const byName = new Map<string, string>();
  for (const field of needed) {
    const other = byName.get(field.name.toLowerCase());
    if (other !== undefined) throw refused(`it takes the columns ${other} and ${field.name} for one`);
    byName.set(field.name.toLowerCase(), field.name);
    if (isPrimitive(field.type)) continue;
    const inside = placesInside(field.type);
    for (const schema of schemas) {
      const older = schema.findField(field.id)?.type;
      const moved = older === undefined ? undefined : contradiction(inside, placesInside(older));
      if (moved !== undefined)
        throw refused(`${field.name} was changed inside (${moved}), where DuckDB finds fields by name`);
    }
  }
  return needed;
}

/** Names and ids of the fields inside a type, and whether one has a default. */
function placesInside(type: Type, path = "", into = new Map<string, number>()): Map<string, number> {
  const add = (name: string, id: number, inner: Type) => {
    into.set(`${path}${name}`, id);
    placesInside(inner, `${path}${name}.`, into);
  };
  if (type.kind === "struct") {
    for (const { name, id, type: inner, initialDefault } of type.fields) {
      if (initialDefault !== undefined && initialDefault !== null)
        throw refused(`the field ${path}${name} has a default, which DuckDB gives to columns only`);
      add(name, id, inner);
    }
  } else if (type.kind === "list") add("element", type.elementId, type.element);
  else if (type.kind === "map") {
    add("key", type.keyId, type.key);
    add("value", type.valueId, type.value);
  }
  return into;
}

/** A name that two versions of a type give to different fields, or a field that has two names. */
function contradiction(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): string | undefined {
  const nameOf = new Map(Array.from(a, ([name, id]) => [id, name]));
  for (const [name, id] of b) {
    if ((a.get(name) ?? id) !== id || (nameOf.get(id) ?? name) !== name) return name;
  }
  return undefined;
}

function columnText(field: Field): string {
  const { id, name, type, initialDefault } = field;
  const value =
    initialDefault === undefined || initialDefault === null || !isPrimitive(type)
      ? "NULL"
      : literal(type, initialDefault as PrimitiveValue);
  // DuckDB gives the struct of each entry one type, so defaults travel as text.
  const fallback = value === "NULL" ? "NULL" : `CAST(${value} AS VARCHAR)`;
  return `${id}: {name: ${text(name)}, type: ${text(typeText(type))}, default_value: ${fallback}}`;
}

function typeText(type: Type): string {
  switch (type.kind) {
    case "boolean":
      return "BOOLEAN";
    case "int":
      return "INTEGER";
    case "long":
      return "BIGINT";
    case "float":
      return "FLOAT";
    case "double":
      return "DOUBLE";
    case "decimal":
      return `DECIMAL(${type.precision}, ${type.scale})`;
    case "date":
      return "DATE";
    case "time":
      return "TIME";
    case "timestamp":
      return "TIMESTAMP";
    case "timestamptz":
      return "TIMESTAMPTZ";
    case "timestamp_ns":
      return "TIMESTAMP_NS";
    case "string":
      return "VARCHAR";
    case "uuid":
      return "UUID";
    case "fixed":
    case "binary":
      return "BLOB";
    case "list":
      return `${typeText(type.element)}[]`;
    case "map":
      return `MAP(${typeText(type.key)}, ${typeText(type.value)})`;
    case "struct":
      return `STRUCT(${type.fields.map((field) => `${quotedName(field.name)} ${typeText(field.type)}`).join(", ")})`;
    default:
      throw refused(`DuckDB's SQL has no type for ${type.kind}`);
  }
}

/** SQL's third truth value counts as false here, as the predicates have it; there is no `NOT` above a comparison. */
function condition(bound: BoundExpression): string {
  switch (bound.op) {
    case "true":
    case "false":
      return bound.op;
    case "and":
    case "or":
      return `(${bound.operands.map(condition).join(bound.op === "and" ? " AND " : " OR ")})`;
    default:
      return predicate(bound);
  }
}

function predicate(bound: BoundPredicate): string {
  const { term } = bound;
  const column = columnOf(term);
  const value = (held: PrimitiveValue) => literal(term.type as PrimitiveType, held);
  switch (bound.op) {
    case "is-null":
      return `${column} IS NULL`;
    case "not-null":
      return `${column} IS NOT NULL`;
    case "is-nan":
      return `isnan(${column})`;
    case "not-nan":
      return `(${column} IS NULL OR NOT isnan(${column}))`;
    case "eq":
      return `${column} = ${value(bound.value)}`;
    case "not-eq":
      return `${column} IS DISTINCT FROM ${value(bound.value)}`;
    case "in":
      return `${column} IN (${bound.values.map(value).join(", ")})`;
    case "not-in":
      return `(${column} IS NULL OR ${column} NOT IN (${bound.values.map(value).join(", ")}))`;
    case "starts-with":
      return `starts_with(${column}, ${value(bound.value)})`;
    case "not-starts-with":
      return `(${column} IS NULL OR NOT starts_with(${column}, ${value(bound.value)}))`;
    default: {
      const compared = `${column} ${OPERATORS[bound.op]} ${value(bound.value)}`;
      const floating = term.type.kind === "float" || term.type.kind === "double";
      // NaN is above every number there, and neither above nor below any here.
      return floating && bound.op.startsWith("gt") ? `(${compared} AND NOT isnan(${column}))` : compared;
    }
  }
}

const OPERATORS = { lt: "<", "lt-eq": "<=", gt: ">", "gt-eq": ">=" } as const;

function columnOf({ names, transform, name }: BoundTerm): string {
  if (transform !== undefined) throw refused(`the filter asks for a transform of ${name}`);
  return names.map(quotedName).join(".");
}

function literal(type: PrimitiveType, value: PrimitiveValue): string {
  switch (type.kind) {
    case "boolean":
    case "int":
    case "long":
      return String(value);
    case "float":
    case "double":
      return `${text(Object.is(value, -0) ? "-0" : String(value).replace("Infinity", "inf"))}::${typeText(type)}`;
    case "decimal":
      return `${text(formatDecimal(value as bigint, type.scale))}::${typeText(type)}`;
    case "date":
      return `DATE ${text(yearOf(formatDate(value as number)))}`;
    case "time":
      return `TIME ${text(formatTime(value as bigint))}`;
    case "timestamp":
      return `TIMESTAMP ${text(yearOf(formatTimestamp(value as bigint, { unit: "micros" })))}`;
    case "timestamptz":
      return `TIMESTAMPTZ ${text(yearOf(formatTimestamp(value as bigint, { unit: "micros", zone: "Z" })))}`;
    case "timestamp_ns":
      return `${text(formatTimestamp(value as bigint, { unit: "nanos" }))}::TIMESTAMP_NS`;
    case "string":
      return text(value as string);
    case "uuid":
      return `UUID ${text(String(value))}`;
    case "fixed":
    case "binary":
      return `${text(toHex(value as Uint8Array).replace(/../g, "\\x$&"))}::BLOB`;
    default:
      throw refused(`DuckDB's SQL has no literal of ${type.kind}`);
  }
}

/** Years of five digits have no sign there. */
function yearOf(instant: string): string {
  return instant.replace(/^\+0?/, "");
}

function quotedName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A text; the parser ends at a NUL, so that one is spliced in. */
function text(value: string): string {
  return `'${value.replaceAll("'", "''").replaceAll("\0", "' || chr(0) || '")}'`;
}

/** A path without its scheme. Paths are patterns there: a bracket makes each special character a plain one. */
function pattern(location: string): string {
  const path = location.replace(/^file:(?:\/\/)?(?=\/)/, "");
  if (/[*?[]/.test(path) && path.includes("\\"))
    throw refused(`${path} has a backslash beside one of * ? [, which DuckDB's patterns cannot say`);
  return path.replace(/[*?[]/g, "[$&]");
}

function refused(why: string): IcebergError {
  return new IcebergError("unsupported", `Cannot write the plan as a DuckDB query: ${why}`);
}
