/** Column types between Spark SQL and the table format. Spec: Schemas and Data Types; App. A, Spark's type names. @module */
import { isIcebergError } from "../base/index.ts";
import { type Field, type Type, t, typeFromString } from "../schema/index.ts";
import type { DdlReader } from "./ddl-parser.ts";
import { type DdlToken, ddlName, ddlText } from "./ddl-tokens.ts";

/** Id of a field no schema holds yet. */
const UNASSIGNED = 0;

/** What Spark calls a type without parameters; its own TIMESTAMP is an instant. */
const SPARK_NAMES: Readonly<Record<string, () => Type>> = {
  BOOLEAN: t.boolean,
  BYTE: t.int,
  TINYINT: t.int,
  SHORT: t.int,
  SMALLINT: t.int,
  INT: t.int,
  INTEGER: t.int,
  LONG: t.long,
  BIGINT: t.long,
  FLOAT: t.float,
  REAL: t.float,
  DOUBLE: t.double,
  DATE: t.date,
  TIMESTAMP: t.timestamptz,
  TIMESTAMP_LTZ: t.timestamptz,
  TIMESTAMP_NTZ: t.timestamp,
  STRING: t.string,
  BINARY: t.binary,
  VARIANT: t.variant,
  // The format's own names of what Spark has no word for.
  TIME: t.time,
  TIMESTAMPTZ: t.timestamptz,
  TIMESTAMP_NS: t.timestampNs,
  TIMESTAMPTZ_NS: t.timestamptzNs,
  UUID: t.uuid,
  UNKNOWN: t.unknown,
};

/** Reads a type. Field ids are left to whoever builds the schema. */
export function readType(reader: DdlReader): Type {
  const start = reader.next;
  const name = reader.name("a type").toUpperCase();
  switch (name) {
    case "DECIMAL":
    case "DEC":
    case "NUMERIC": {
      if (!reader.sign("(")) return t.decimal(10, 0);
      const precision = reader.wholeNumber("a precision");
      const scale = reader.sign(",") ? reader.wholeNumber("a scale") : 0;
      reader.expectSign(")");
      return checked(reader, start, () => t.decimal(precision, scale));
    }
    case "VARCHAR":
    case "CHAR":
    case "CHARACTER":
      if (reader.sign("(")) {
        reader.wholeNumber("a length");
        reader.expectSign(")");
      }
      return t.string();
    case "FIXED": {
      const close = reader.sign("[") ? "]" : ")";
      if (close === ")") reader.expectSign("(");
      const length = reader.wholeNumber("a length");
      reader.expectSign(close);
      return checked(reader, start, () => t.fixed(length));
    }
    case "GEOMETRY":
    case "GEOGRAPHY":
      return checked(reader, start, () => typeFromString(name.toLowerCase() + geoParameters(reader)));
    case "ARRAY": {
      reader.expectSign("<");
      const element = readType(reader);
      reader.expectSign(">");
      return t.list(element, { required: false });
    }
    case "MAP": {
      reader.expectSign("<");
      const key = readType(reader);
      reader.expectSign(",");
      const value = readType(reader);
      reader.expectSign(">");
      return t.map(key, value, { required: false });
    }
    case "STRUCT": {
      reader.expectSign("<");
      const fields = reader.items(() => readField(reader));
      reader.expectSign(">");
      return { kind: "struct", fields };
    }
    default: {
      const make = Object.hasOwn(SPARK_NAMES, name) ? SPARK_NAMES[name] : undefined;
      if (make === undefined) throw reader.fault(`there is no type ${JSON.stringify(start.text)}`, start);
      return make();
    }
  }
}

/** Reads a column, or a field of a struct: `name type [NOT NULL] [COMMENT 'text']`. */
export function readField(reader: DdlReader): Field {
  const name = reader.name("a column name");
  reader.sign(":");
  const type = readType(reader);
  let required = false;
  let doc: string | undefined;
  for (;;) {
    if (reader.keywords("NOT", "NULL")) required = true;
    else if (reader.keywords("COMMENT")) doc = reader.literal("the text of a comment");
    else if (reader.keywords("DEFAULT") || reader.keywords("GENERATED"))
      throw reader.fault(`column ${name}: default and generated values are not supported`);
    else return { id: UNASSIGNED, name, required, type, ...(doc !== undefined && { doc }) };
  }
}

/** `(OGC:CRS84, spherical)` as it stands. */
function geoParameters(reader: DdlReader): string {
  if (!reader.sign("(")) return "";
  const parts: string[] = [];
  while (!reader.sign(")")) {
    if (reader.isAtEnd()) throw reader.expected(")");
    parts.push(reader.take().text);
  }
  return `(${parts.join("")})`;
}

/** Errors of the type itself get a place. */
function checked(reader: DdlReader, start: DdlToken, make: () => Type): Type {
  try {
    return make();
  } catch (error) {
    throw isIcebergError(error) ? reader.fault(error.message, start) : error;
  }
}

/**
 * Writes a column, or a field of a struct with `separator` `": "`. What Spark cannot say of it goes to `losses`, each
 * a phrase that begins with the full name of the field.
 */
export function writeField(field: Field, path: string, losses: string[], separator = " "): string {
  const parts = [`${ddlName(field.name)}${separator}${typeText(field.type, path, losses)}`];
  if (field.required) parts.push("NOT NULL");
  if (field.doc !== undefined) parts.push(`COMMENT ${ddlText(field.doc)}`);
  if (field.initialDefault !== undefined || field.writeDefault !== undefined)
    losses.push(`${path}: its default value`);
  return parts.join(" ");
}

function typeText(type: Type, path: string, losses: string[]): string {
  switch (type.kind) {
    case "struct":
      return `STRUCT<${type.fields.map((field) => writeField(field, `${path}.${field.name}`, losses, ": ")).join(", ")}>`;
    case "list":
      if (type.elementRequired) losses.push(`${path}: that its elements are never null`);
      return `ARRAY<${typeText(type.element, `${path}.element`, losses)}>`;
    case "map":
      if (type.valueRequired) losses.push(`${path}: that its values are never null`);
      return `MAP<${typeText(type.key, `${path}.key`, losses)}, ${typeText(type.value, `${path}.value`, losses)}>`;
    case "long":
      return "BIGINT";
    case "timestamptz":
      return "TIMESTAMP";
    case "timestamp":
      return "TIMESTAMP_NTZ";
    case "decimal":
      return `DECIMAL(${type.precision}, ${type.scale})`;
    case "boolean":
    case "int":
    case "float":
    case "double":
    case "date":
    case "string":
    case "binary":
    case "variant":
      return type.kind.toUpperCase();
    case "fixed":
      losses.push(`${path}: Spark has no type fixed`);
      return `FIXED(${type.length})`;
    case "geometry":
      losses.push(`${path}: Spark writes geometry otherwise`);
      return `GEOMETRY(${ddlText(type.crs)})`;
    case "geography":
      losses.push(`${path}: Spark writes geography otherwise`);
      return `GEOGRAPHY(${ddlText(type.crs)}, ${ddlText(type.algorithm)})`;
    default:
      losses.push(`${path}: Spark has no type ${type.kind}`);
      return type.kind.toUpperCase();
  }
}
