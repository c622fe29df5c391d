/**
 * Row predicates as frozen plain data over column names, and the functions that build them.
 * Spec: Scan Planning; Expressions spec, Structure.
 *
 * Predicates are two-valued (SCN-019): a comparison with a null or NaN value is false, `notEq` and `notIn`
 * are true for them. Add `notNull(column)` where SQL's answer is wanted.
 * @module
 */
import { IcebergError } from "../base/index.ts";
import type { PartitionTerm, Transform } from "../partitioning/index.ts";
import { type Literal, type LiteralInput, toLiteral } from "./literal.ts";

/** A column by its full name; nested fields are joined by `.` (SCH-021). */
export interface Reference {
  readonly kind: "reference";
  readonly name: string;
}
/** A transform applied to a column, such as `day(ts)`; it compares by the transform's result. */
export interface TransformTerm {
  readonly kind: "transform";
  readonly transform: Transform;
  readonly name: string;
}
export type Term = Reference | TransformTerm;
/** A column name, or a transform of a column as `day("ts")` makes it. */
export type TermInput = string | Term | PartitionTerm;

export type UnaryOp = "is-null" | "not-null" | "is-nan" | "not-nan";
export type OrderOp = "lt" | "lt-eq" | "gt" | "gt-eq";
export type LiteralOp = OrderOp | "eq" | "not-eq" | "starts-with" | "not-starts-with";
export type SetOp = "in" | "not-in";

export interface Constant {
  readonly op: "true" | "false";
}
/** At least two operands, none of them a constant or another `and`. */
export interface And {
  readonly op: "and";
  readonly operands: readonly Expression[];
}
/** At least two operands, none of them a constant or another `or`. */
export interface Or {
  readonly op: "or";
  readonly operands: readonly Expression[];
}
export interface Not {
  readonly op: "not";
  readonly operand: Expression;
}
export interface UnaryPredicate {
  readonly op: UnaryOp;
  readonly term: Term;
}
export interface LiteralPredicate {
  readonly op: LiteralOp;
  readonly term: Term;
  readonly literal: Literal;
}
export interface SetPredicate {
  readonly op: SetOp;
  readonly term: Term;
  readonly literals: readonly Literal[];
}
export type Predicate = UnaryPredicate | LiteralPredicate | SetPredicate;

/** A predicate over column names. {@link bind} resolves it against a schema. */
export type Expression = Constant | And | Or | Not | Predicate;

/** Matches every row. */
export const alwaysTrue: Constant = Object.freeze({ op: "true" });
/** Matches no row. */
export const alwaysFalse: Constant = Object.freeze({ op: "false" });

/** A column by name. Plain strings serve as well wherever a term is taken. */
export function ref(name: string): Reference {
  return Object.freeze({ kind: "reference", name });
}

/** A transform of a column: `transformed({ kind: "day" }, "ts")`, the same term as `day("ts")`. */
export function transformed(transform: Transform, name: string): Term {
  if (transform.kind === "identity") return ref(name);
  return Object.freeze({ kind: "transform", transform: Object.freeze({ ...transform }), name });
}

/** Matches where every operand matches; nothing given matches everything. */
export function and(...operands: readonly Expression[]): Expression {
  return combine("and", operands);
}

/** Matches where any operand matches; nothing given matches nothing. */
export function or(...operands: readonly Expression[]): Expression {
  return combine("or", operands);
}

/** Matches where the operand does not: a row with a null `a` matches `not(lt("a", 1))`, but not `gte("a", 1)`. */
export function not(operand: Expression): Expression {
  if (operand.op === "true") return alwaysFalse;
  if (operand.op === "false") return alwaysTrue;
  if (operand.op === "not") return operand.operand;
  return Object.freeze({ op: "not", operand });
}

/** Equal to the literal: `eq("kind", "error")`. */
export function eq(term: TermInput, literal: LiteralInput): Expression {
  return literalPredicate("eq", term, literal);
}

/** Not equal to the literal; true for null and NaN (SCN-021). */
export function notEq(term: TermInput, literal: LiteralInput): Expression {
  return literalPredicate("not-eq", term, literal);
}

/** Below the literal. */
export function lt(term: TermInput, literal: LiteralInput): Expression {
  return literalPredicate("lt", term, literal);
}

/** At or below the literal. */
export function lte(term: TermInput, literal: LiteralInput): Expression {
  return literalPredicate("lt-eq", term, literal);
}

/** Above the literal. */
export function gt(term: TermInput, literal: LiteralInput): Expression {
  return literalPredicate("gt", term, literal);
}

/** At or above the literal. */
export function gte(term: TermInput, literal: LiteralInput): Expression {
  return literalPredicate("gt-eq", term, literal);
}

/** String column starts with the text, compared by code points. */
export function startsWith(term: TermInput, prefix: string): Expression {
  return literalPredicate("starts-with", term, prefix);
}

/** Negation of {@link startsWith}; true for null (SCN-022). */
export function notStartsWith(term: TermInput, prefix: string): Expression {
  return literalPredicate("not-starts-with", term, prefix);
}

/** Equal to one of the literals; an empty list matches nothing. */
export function isIn(term: TermInput, literals: Iterable<LiteralInput>): Expression {
  return setPredicate("in", term, literals);
}

/** Equal to none of the literals; true for null and NaN, an empty list matches everything. */
export function notIn(term: TermInput, literals: Iterable<LiteralInput>): Expression {
  return setPredicate("not-in", term, literals);
}

export function isNull(term: TermInput): Expression {
  return unaryPredicate("is-null", term);
}

export function notNull(term: TermInput): Expression {
  return unaryPredicate("not-null", term);
}

/** Float or double column is NaN. Exported as `isNaN`. */
function isNotANumber(term: TermInput): Expression {
  return unaryPredicate("is-nan", term);
}

export { isNotANumber as isNaN };

/** Float or double column is not NaN; true for null. */
export function notNaN(term: TermInput): Expression {
  return unaryPredicate("not-nan", term);
}

/** A predicate without literal. */
export function unaryPredicate(op: UnaryOp, term: TermInput): Expression {
  return Object.freeze({ op, term: toTerm(term) });
}

/** A predicate with one literal. Throws `invalid-expression` for null and NaN. */
export function literalPredicate(op: LiteralOp, term: TermInput, literal: LiteralInput): Expression {
  return Object.freeze({ op, term: toTerm(term), literal: toLiteral(literal) });
}

/** A predicate with a list of literals. */
export function setPredicate(op: SetOp, term: TermInput, literals: Iterable<LiteralInput>): Expression {
  if (typeof literals === "string") {
    throw new IcebergError(
      "invalid-expression",
      `Cannot use the string "${literals}" as a list: use ["${literals}"]`,
    );
  }
  return Object.freeze({ op, term: toTerm(term), literals: Object.freeze(Array.from(literals, toLiteral)) });
}

function toTerm(term: TermInput): Term {
  if (typeof term === "string") return ref(term);
  if (term.kind === "reference") return ref(term.name);
  return transformed(term.transform, term.kind === "transform" ? term.name : term.column);
}

function combine(op: "and" | "or", operands: readonly Expression[]): Expression {
  const neutral = op === "and" ? "true" : "false";
  const flat: Expression[] = [];
  for (const operand of operands) {
    if (operand.op === neutral) continue;
    if (operand.op === "true" || operand.op === "false") return operand;
    if (operand.op === op) for (const inner of operand.operands) flat.push(inner);
    else flat.push(operand);
  }
  if (flat.length === 0) return op === "and" ? alwaysTrue : alwaysFalse;
  if (flat.length === 1) return flat[0]!;
  return Object.freeze({ op, operands: Object.freeze(flat) });
}
