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

/** Where engines rightly or wrongly differ from SQL; such rows may be in a filtered scan or not. */
export interface Dialect {
  /**
   * A comparison with a null value: unknown as in SQL (default), or false with its negation true, or left open
   * (PyIceberg and Java differ by operator and by whether statistics answered already).
   */
  readonly nulls?: "sql" | "two-valued" | "open";
  /** `is-nan` may lose rows (Arrow prunes it by Parquet statistics, which leave NaN out). */
  readonly nanTestUnspecified?: boolean;
}

/** What a row is to a predicate: true, false, unknown (null, SQL's), or left open by the engine (undefined). */
export type Verdict = boolean | null | undefined;

/** Whether a canonical row matches. Comparisons with NaN are left open: no two engines agree on them. */
export function evaluate(
  predicate: Predicate,
  row: Canonical,
  schema: StructType,
  dialect: Dialect = {},
): Verdict {
  if ("and" in predicate) {
    const parts = predicate.and.map((part) => evaluate(part, row, schema, dialect));
    return parts.includes(false)
      ? false
      : parts.includes(undefined)
        ? undefined
        : parts.includes(null)
          ? null
          : true;
  }
  if ("or" in predicate) {
    const parts = predicate.or.map((part) => evaluate(part, row, schema, dialect));
    return parts.includes(true)
      ? true
      : parts.includes(undefined)
        ? undefined
        : parts.includes(null)
          ? null
          : false;
  }
  if ("not" in predicate) {
    const inner = evaluate(predicate.not, row, schema, dialect);
    return typeof inner === "boolean" ? !inner : inner;
  }
  const { value, type } = lookUp(predicate.column, row, schema);
  if (predicate.op === "is-null") return value === null;
  if (predicate.op === "not-null") return value !== null;
  const isNaNValue = value === "\u0000NaN";
  if ("literals" in predicate) {
    if (value === null && dialect.nulls === "open") return undefined;
    if (value === null) return dialect.nulls === "two-valued" ? predicate.op.startsWith("not-") : null;
    if (isNaNValue) return dialect.nulls === "two-valued" ? predicate.op.startsWith("not-") : undefined;
    return compared(predicate, String(value), type);
  }
  // is-nan and not-nan of null differ too: PyIceberg answers false and true, SQL answers null
  if (value === null && dialect.nulls === "two-valued") return predicate.op === "not-nan";
  if (value === null) return predicate.op === "not-nan" ? undefined : null;
  if (isNaNValue && dialect.nanTestUnspecified) return undefined;
  return isNaNValue === (predicate.op === "is-nan");
}

function compared(
  predicate: Extract<Predicate, { literals: readonly string[] }>,
  value: string,
  type: IcebergType,
): boolean {
  const orders = predicate.literals.map((literal) => compareValues(value, literal, type));
  const order = orders[0] ?? Number.NaN;
  const prefix = predicate.literals[0] ?? "";
  switch (predicate.op) {
    case "in":
      return orders.includes(0);
    case "not-in":
      return !orders.includes(0);
    case "eq":
      return order === 0;
    case "not-eq":
      return order !== 0;
    case "lt":
      return order < 0;
    case "lt-eq":
      return order <= 0;
    case "gt":
      return order > 0;
    case "gt-eq":
      return order >= 0;
    case "starts-with":
      return value.startsWith(prefix);
    case "not-starts-with":
      return !value.startsWith(prefix);
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
