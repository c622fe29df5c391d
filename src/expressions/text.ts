/** Expressions as readable SQL-like text that {@link parseExpression} reads back. Spec: Expressions spec. @module */
import { toHex } from "../base/index.ts";
import type { Transform } from "../partitioning/index.ts";
import {
  daysFromCivil,
  formatDate,
  formatDecimal,
  formatTime,
  formatTimestamp,
  type PrimitiveValue,
} from "../schema/index.ts";
import type { BoundExpression, BoundPredicate, BoundTerm } from "./bound.ts";
import type { Expression, LiteralOp, Predicate, SetOp, Term, UnaryOp } from "./expression.ts";
import { decimalText, isDecimalLiteral, isInstantLiteral, type Literal } from "./literal.ts";

/**
 * SQL-like text of an expression: `kind = 'error' AND (id < 5 OR id IS NULL)`. Bound values print as their types
 * write them, so that the text binds to the same predicate again.
 */
export function toText(expression: Expression | BoundExpression): string {
  switch (expression.op) {
    case "true":
    case "false":
      return expression.op.toUpperCase();
    case "and":
    case "or":
      return expression.operands.map(operandText).join(expression.op === "and" ? " AND " : " OR ");
    case "not":
      return `NOT (${toText(expression.operand)})`;
    default:
      return predicateText(expression.op, termText(expression.term), literalTexts(expression));
  }
}

/** One predicate from its parts. */
function predicateText(op: UnaryOp | LiteralOp | SetOp, term: string, literals: readonly string[]): string {
  if (op === "in") return `${term} IN (${literals.join(", ")})`;
  if (op === "not-in") return `${term} NOT IN (${literals.join(", ")})`;
  const symbol = SYMBOL[op];
  return literals.length === 0 ? `${term} ${symbol}` : `${term} ${symbol} ${literals[0]}`;
}

/** A column or a transform of one: `"http.status-code"`, `bucket(16, id)`. */
export function termText(term: Term | BoundTerm): string {
  const name = nameText(term.name);
  return "transform" in term && term.transform !== undefined ? transformText(term.transform, name) : name;
}

/** A transform applied to the text of a column. */
function transformText(transform: Transform, column: string): string {
  switch (transform.kind) {
    case "bucket":
      return `bucket(${transform.numBuckets}, ${column})`;
    case "truncate":
      return `truncate(${transform.width}, ${column})`;
    case "unknown":
      return `${nameText(transform.text)}(${column})`;
    default:
      return `${transform.kind}(${column})`;
  }
}

/** A column name, quoted when it is not made of plain words or is a reserved word. */
export function nameText(name: string): string {
  const plain = PLAIN.test(name) && !name.split(".").some((part) => RESERVED.has(part.toLowerCase()));
  return plain ? name : `"${name.replaceAll('"', '""')}"`;
}

/** A string in single quotes. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** One literal as {@link parseExpression} reads it. */
export function literalText(literal: Literal): string {
  switch (typeof literal) {
    case "string":
      return quoted(literal);
    case "boolean":
      return literal ? "TRUE" : "FALSE";
    case "number":
      return numberText(literal);
    case "bigint":
      return String(literal);
  }
  if (literal instanceof Uint8Array) return `X'${toHex(literal)}'`;
  if (isDecimalLiteral(literal)) return decimalText(literal);
  if (isInstantLiteral(literal)) return `TIMESTAMP '${new Date(literal.epochMillis).toISOString()}'`;
  return String(literal);
}

/** Words that cannot stand for a column unquoted. */
export const RESERVED: ReadonlySet<string> = new Set(
  "and or not in is null nan like between starts with true false infinity".split(" "),
);

const PLAIN = /^[\p{L}_][\p{L}\p{N}_$]*(?:\.[\p{L}_][\p{L}\p{N}_$]*)*$/u;

const SYMBOL: Record<UnaryOp | LiteralOp, string> = {
  "is-null": "IS NULL",
  "not-null": "IS NOT NULL",
  "is-nan": "IS NAN",
  "not-nan": "IS NOT NAN",
  lt: "<",
  "lt-eq": "<=",
  gt: ">",
  "gt-eq": ">=",
  eq: "=",
  "not-eq": "<>",
  "starts-with": "STARTS WITH",
  "not-starts-with": "NOT STARTS WITH",
};

function literalTexts(predicate: Predicate | BoundPredicate): readonly string[] {
  if ("literal" in predicate) return [literalText(predicate.literal)];
  if ("literals" in predicate) return predicate.literals.map(literalText);
  if ("value" in predicate) return [valueText(predicate.term, predicate.value)];
  return "values" in predicate ? predicate.values.map((value) => valueText(predicate.term, value)) : [];
}

/** A held value as a literal of its column's type. */
function valueText(term: BoundTerm, value: PrimitiveValue): string {
  const { type, transform } = term;
  switch (type.kind) {
    case "decimal":
      return formatDecimal(value as bigint, type.scale);
    case "date":
      return `DATE '${formatDate(value as number)}'`;
    case "time":
      return `TIME '${formatTime(value as bigint)}'`;
    case "timestamp":
    case "timestamptz":
    case "timestamp_ns":
    case "timestamptz_ns": {
      const unit = type.kind.endsWith("_ns") ? "nanos" : "micros";
      const zone = type.kind.startsWith("timestamptz") ? "Z" : "";
      return `TIMESTAMP '${formatTimestamp(value as bigint, { unit, zone, fraction: "full" })}'`;
    }
    case "int":
      if (term.position >= 0 || transform === undefined) return String(value);
      return ordinalText(transform, value as number);
    default:
      return literalText(value);
  }
}

/** Years, months and hours since the epoch as people write them. */
function ordinalText(transform: Transform, ordinal: number): string {
  switch (transform.kind) {
    case "year":
      return quoted(formatDate(daysFromCivil(1970 + ordinal, 1, 1)).slice(0, -6));
    case "month": {
      const month = ((ordinal % 12) + 12) % 12;
      return quoted(formatDate(daysFromCivil(1970 + (ordinal - month) / 12, month + 1, 1)).slice(0, -3));
    }
    case "hour": {
      const hour = ((ordinal % 24) + 24) % 24;
      return quoted(`${formatDate((ordinal - hour) / 24)}-${String(hour).padStart(2, "0")}`);
    }
    default:
      return String(ordinal);
  }
}

function operandText(operand: Expression | BoundExpression): string {
  const text = toText(operand);
  return operand.op === "and" || operand.op === "or" ? `(${text})` : text;
}

/** Doubles past 2^53 print with an exponent, so that they are not read back as exact integers. */
function numberText(value: number): string {
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? value.toExponential() : String(value);
}
