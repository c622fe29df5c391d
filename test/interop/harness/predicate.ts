/**
 * Predicates in the form every adapter takes, and their meaning over canonical rows: what a filtered scan must return
 * is `rows.filter(matches)` of the full scan (SQL's null semantics: null never matches a comparison).
 * @module
 */
import type { Canonical } from "./canonical.ts";
import type { IcebergType, StructType } from "./table-metadata.ts";

export type Comparison =
  | "eq"
  | "not-eq"
  | "lt"
  | "lt-eq"
  | "gt"
  | "gt-eq"
  | "starts-with"
  | "not-starts-with";
export type Test = "is-null" | "not-null" | "is-nan" | "not-nan";

/** Literals are canonical JSON strings; numbers as digit strings. */
export type Predicate =
  | {
      readonly op: Comparison | "in" | "not-in";
      readonly column: string;
      readonly literals: readonly string[];
    }
  | { readonly op: Test; readonly column: string }
  | { readonly and: readonly Predicate[] }
  | { readonly or: readonly Predicate[] }
  | { readonly not: Predicate };

/** Whether a canonical row matches: true, false or unknown (null). */
export function evaluate(predicate: Predicate, row: Canonical, schema: StructType): boolean | null {
  if ("and" in predicate) {
    const parts = predicate.and.map((part) => evaluate(part, row, schema));
    return parts.includes(false) ? false : parts.includes(null) ? null : true;
  }
  if ("or" in predicate) {
    const parts = predicate.or.map((part) => evaluate(part, row, schema));
    return parts.includes(true) ? true : parts.includes(null) ? null : false;
  }
  if ("not" in predicate) {
    const inner = evaluate(predicate.not, row, schema);
    return inner === null ? null : !inner;
  }
  const { value, type } = lookUp(predicate.column, row, schema);
  if (predicate.op === "is-null") return value === null;
  if (predicate.op === "not-null") return value !== null;
  if (value === null) return null;
  if (predicate.op === "is-nan") return value === "\u0000NaN";
  if (predicate.op === "not-nan") return value !== "\u0000NaN";
  if (!("literals" in predicate)) throw new Error(`${predicate.op} needs literals`);
  const results = predicate.literals.map((literal) => compareValues(String(value), literal, type));
  const first = predicate.literals[0] ?? "";
  switch (predicate.op) {
    case "in":
      return results.includes(0);
    case "not-in":
      return !results.includes(0);
    case "eq":
      return results[0] === 0;
    case "not-eq":
      return results[0] !== 0;
    case "lt":
      return results[0]! < 0;
    case "lt-eq":
      return results[0]! <= 0;
    case "gt":
      return results[0]! > 0;
    case "gt-eq":
      return results[0]! >= 0;
    case "starts-with":
      return String(value).startsWith(first);
    case "not-starts-with":
      return !String(value).startsWith(first);
  }
}

/** A predicate in the words of SQL, for titles. */
export function describe(predicate: Predicate): string {
  if ("and" in predicate) return `(${predicate.and.map(describe).join(" and ")})`;
  if ("or" in predicate) return `(${predicate.or.map(describe).join(" or ")})`;
  if ("not" in predicate) return `not ${describe(predicate.not)}`;
  return `${predicate.column} ${predicate.op}${"literals" in predicate ? ` ${predicate.literals.join(", ")}` : ""}`;
}

/** Order of a canonical value against a literal, by type: below 0, 0 or above 0. */
export function compareValues(value: string, literal: string, type: IcebergType): number {
  const a = value.replace("\u0000", "");
  const b = literal;
  if (type === "int" || type === "long") return sign(BigInt(a), BigInt(b));
  if (type === "float") return sign(Number(a), Math.fround(Number(b)));
  if (type === "double") return sign(Number(a), Number(b));
  if (typeof type === "string" && type.startsWith("decimal")) return sign(unscaled(a), unscaled(b));
  if (type === "boolean") return sign(Number(a === "true"), Number(b === "true"));
  // ISO dates and times of years 0..9999, hex and uuid text order as their values do
  return Buffer.compare(Buffer.from(a, "utf8"), Buffer.from(b, "utf8"));
}

function sign<T extends bigint | number>(a: T, b: T): number {
  // NaN orders above everything, as in Iceberg and in SQL engines that define it
  if (typeof a === "number" && typeof b === "number" && (Number.isNaN(a) || Number.isNaN(b))) {
    return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  }
  return a < b ? -1 : a > b ? 1 : 0;
}

function unscaled(text: string): bigint {
  return BigInt(text.replace(".", ""));
}

function lookUp(column: string, row: Canonical, schema: StructType): { value: Canonical; type: IcebergType } {
  const whole = schema.fields.find((field) => field.name === column);
  const name = whole ? column : column.slice(0, column.indexOf("."));
  const field = whole ?? schema.fields.find((f) => f.name === name);
  if (field === undefined) throw new Error(`No column ${column}`);
  const value = row === null ? null : ((row as Readonly<Record<string, Canonical>>)[name] ?? null);
  if (whole) return { value, type: field.type };
  return lookUp(column.slice(name.length + 1), value, field.type as StructType);
}
