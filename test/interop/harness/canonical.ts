/**
 * Rows in one exact form, whoever printed them (decision 13): the text of each value is read by the column's Iceberg
 * type, so `1`, `1.0` and `1e0` are one double, but the long 9007199254740993 keeps every digit.
 * @module
 */
import { type IcebergType, quoteNumbers, type StructType } from "./table-metadata.ts";

/** Marks a value that was a bare JSON number, apart from a string of the same digits. */
const NUMBER = "\u0000";

/** Canonical value: JSON with every number as its canonical text after a NUL mark. */
export type Canonical =
  | null
  | boolean
  | string
  | readonly Canonical[]
  | { readonly [name: string]: Canonical };

/** The canonical form of a row printed as a JSON object. @throws Error when the row does not fit the schema. */
export function canonicalRow(text: string, schema: StructType): Canonical {
  return canonical(JSON.parse(quoteNumbers(text, "\\u0000")), schema, "");
}

/** A canonical value as one comparable and readable line. */
export function show(value: Canonical): string {
  return JSON.stringify(value).replaceAll(/"\\u0000([^"]*)"/g, "$1");
}

/** The schema cut down to some columns, in their order. */
export function project(schema: StructType, columns: readonly string[] | undefined): StructType {
  if (columns === undefined) return schema;
  const fields = columns.map((name) => {
    const field = schema.fields.find((f) => f.name === name);
    if (field === undefined) throw new Error(`No column ${name}`);
    return field;
  });
  return { type: "struct", fields };
}

function canonical(value: unknown, type: IcebergType, at: string): Canonical {
  if (value === null) return null;
  if (typeof type === "string") return primitive(value, type, at);
  if (type.type === "struct") return struct(value, type, at);
  if (!Array.isArray(value)) throw mismatch(value, type.type, at);
  if (type.type === "list") return value.map((item, i) => canonical(item, type.element, `${at}[${i}]`));
  const pairs = value.map((pair, i) => {
    if (!Array.isArray(pair) || pair.length !== 2)
      throw mismatch(pair, "map entry [key, value]", `${at}[${i}]`);
    return [
      canonical(pair[0], type.key, `${at}[${i}].key`),
      canonical(pair[1], type.value, `${at}[${i}].value`),
    ];
  });
  return pairs
    .map((pair) => [JSON.stringify(pair), pair] as const)
    .sort(byText)
    .map(([, pair]) => pair);
}

function struct(value: unknown, type: StructType, at: string): Canonical {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw mismatch(value, "struct", at);
  const given = value as Record<string, unknown>;
  const out: Record<string, Canonical> = Object.create(null);
  for (const field of type.fields) {
    const path = at === "" ? field.name : `${at}.${field.name}`;
    const held = given[field.name];
    if (held === undefined) throw new Error(`The row has no value for ${path}`);
    if (held === null && field.required) throw new Error(`${path} is required and null`);
    out[field.name] = canonical(held, field.type, path);
  }
  const extra = Object.keys(given).filter((name) => !type.fields.some((field) => field.name === name));
  if (extra.length > 0)
    throw new Error(`The row has unknown fields ${extra.join(", ")} in ${at || "its top level"}`);
  return out;
}

function primitive(value: unknown, type: string, at: string): Canonical {
  if (type === "boolean") {
    if (typeof value === "boolean") return value;
    throw mismatch(value, type, at);
  }
  if (type === "variant") return value as Canonical;
  if (typeof value !== "string") throw mismatch(value, type, at);
  if (type === "int" || type === "long") {
    if (/^\0-?\d+$/.test(value)) return value;
    throw mismatch(value, `${type} as bare digits`, at);
  }
  if (type === "float" || type === "double") return floating(value, type, at);
  if (value.startsWith(NUMBER) || !form(type).test(value)) throw mismatch(value, type, at);
  return value;
}

function floating(value: string, type: string, at: string): string {
  if (value === "NaN" || value === "Infinity" || value === "-Infinity") return NUMBER + value;
  if (!value.startsWith(NUMBER) && value !== "-0") throw mismatch(value, type, at);
  const read = Number(value.replace(NUMBER, ""));
  const number = type === "float" ? Math.fround(read) : read;
  return NUMBER + (Object.is(number, -0) ? "-0" : String(number));
}

const CLOCK = "\\d\\d:\\d\\d:\\d\\d";
const DATE = "(?:\\d{4}|[+-]\\d{6})-\\d\\d-\\d\\d";
const FORMS: Readonly<Record<string, RegExp>> = {
  date: new RegExp(`^${DATE}$`),
  time: new RegExp(`^${CLOCK}\\.\\d{6}$`),
  timestamp: new RegExp(`^${DATE}T${CLOCK}\\.\\d{6}$`),
  timestamptz: new RegExp(`^${DATE}T${CLOCK}\\.\\d{6}Z$`),
  timestamp_ns: new RegExp(`^${DATE}T${CLOCK}\\.\\d{9}$`),
  timestamptz_ns: new RegExp(`^${DATE}T${CLOCK}\\.\\d{9}Z$`),
  uuid: /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
  binary: /^(?:[0-9a-f]{2})*$/,
};

function form(type: string): RegExp {
  const decimal = /^decimal\(\s*\d+\s*,\s*(\d+)\s*\)$/.exec(type);
  if (decimal) return new RegExp(decimal[1] === "0" ? "^-?\\d+$" : `^-?\\d+\\.\\d{${decimal[1]}}$`);
  const fixed = /^fixed\[(\d+)\]$/.exec(type);
  if (fixed) return new RegExp(`^[0-9a-f]{${2 * Number(fixed[1])}}$`);
  return FORMS[type] ?? /^/;
}

function mismatch(value: unknown, type: string, at: string): Error {
  const shown = (JSON.stringify(value) ?? "undefined").replaceAll("\\u0000", "");
  return new Error(`${at}: ${shown.slice(0, 200)} is not the canonical form of ${type}`);
}

function byText(a: readonly [string, unknown], b: readonly [string, unknown]): number {
  return a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0;
}
