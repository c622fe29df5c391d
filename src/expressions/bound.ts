/**
 * Predicates bound to a schema or to the fields of a partition spec: field ids, types and held values.
 * Spec: Scan Planning; Expressions spec, Structure.
 *
 * A bound expression holds no `not` (SCN-010), no predicate that its types already decide and no literal
 * outside its column's range (SCN-025).
 * @module
 */
import { toHex } from "../base/index.ts";
import type { Transform } from "../partitioning/index.ts";
import type { PrimitiveValue, Type } from "../schema/index.ts";
import {
  alwaysFalse,
  alwaysTrue,
  type Constant,
  type LiteralOp,
  type SetOp,
  type UnaryOp,
} from "./expression.ts";

/** What a bound predicate reads: a column, a transform of one, or a partition field. */
export interface BoundTerm {
  readonly kind: "bound";
  /** Id of the source column; of the partition field in a projected predicate. */
  readonly fieldId: number;
  /** Full name of the column or name of the partition field. */
  readonly name: string;
  /** Path of the column from the root. */
  readonly names: readonly string[];
  /** Type of the column. */
  readonly sourceType: Type;
  /** Present on transform terms, never `identity`. */
  readonly transform?: Transform;
  /** Type of the values compared: the transform's result type, else the column's. */
  readonly type: Type;
  /** Whether the column and all its ancestors are required, so that no value is null. */
  readonly alwaysPresent: boolean;
  /** Place in the partition tuple; -1 for columns. */
  readonly position: number;
}

export interface BoundAnd {
  readonly op: "and";
  readonly operands: readonly BoundExpression[];
}
export interface BoundOr {
  readonly op: "or";
  readonly operands: readonly BoundExpression[];
}
export interface BoundUnary {
  readonly op: UnaryOp;
  readonly term: BoundTerm;
}
export interface BoundLiteral {
  readonly op: LiteralOp;
  readonly term: BoundTerm;
  /** Held form of the term's type; never NaN. */
  readonly value: PrimitiveValue;
}
/** At least two distinct values. */
export interface BoundSet {
  readonly op: SetOp;
  readonly term: BoundTerm;
  readonly values: readonly PrimitiveValue[];
}
export type BoundPredicate = BoundUnary | BoundLiteral | BoundSet;

/** A predicate over field ids and typed values. Made by {@link bind} and the projections. */
export type BoundExpression = Constant | BoundAnd | BoundOr | BoundPredicate;

/** Conjunction with constants and nesting removed. */
export function boundAnd(operands: readonly BoundExpression[]): BoundExpression {
  return combine("and", operands);
}

/** Disjunction with constants and nesting removed. */
export function boundOr(operands: readonly BoundExpression[]): BoundExpression {
  return combine("or", operands);
}

export function boundUnary(op: UnaryOp, term: BoundTerm): BoundUnary {
  return Object.freeze({ op, term });
}

export function boundLiteral(op: LiteralOp, term: BoundTerm, value: PrimitiveValue): BoundLiteral {
  return Object.freeze({ op, term, value });
}

/**
 * `in` or `not-in` over distinct values in their order: one value becomes `eq` or `not-eq`, none a constant
 * (SCN-028).
 */
export function boundSet(op: SetOp, term: BoundTerm, values: readonly PrimitiveValue[]): BoundExpression {
  const distinct = new Map<unknown, PrimitiveValue>();
  for (const value of values) {
    const key = valueSetKey(value);
    if (!distinct.has(key)) distinct.set(key, value);
  }
  const kept = [...distinct.values()];
  if (kept.length === 0) return op === "in" ? alwaysFalse : alwaysTrue;
  if (kept.length === 1) return boundLiteral(op === "in" ? "eq" : "not-eq", term, kept[0]!);
  return Object.freeze({ op, term, values: Object.freeze(kept) });
}

/** A key under which equal values of one type are one entry of a `Set` or `Map`: bytes by content. */
export function valueSetKey(value: unknown): unknown {
  return value instanceof Uint8Array ? toHex(value) : value;
}

/** Every leaf of a bound expression, left to right. */
export function predicatesOf(expression: BoundExpression): readonly BoundPredicate[] {
  switch (expression.op) {
    case "true":
    case "false":
      return [];
    case "and":
    case "or":
      return expression.operands.flatMap(predicatesOf);
    default:
      return [expression];
  }
}

/** Ids of the columns a bound expression reads, in order of first appearance, without duplicates (SCN-005). */
export function columnIdsOf(expression: BoundExpression): readonly number[] {
  return [...new Set(predicatesOf(expression).map((predicate) => predicate.term.fieldId))];
}

function combine(op: "and" | "or", operands: readonly BoundExpression[]): BoundExpression {
  const neutral = op === "and" ? "true" : "false";
  const flat: BoundExpression[] = [];
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
