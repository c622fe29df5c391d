/** The filter of a scan, bound once and split into the conjuncts that each can exclude a file. Spec: Scan Planning. @module */
import {
  type BindOptions,
  type BoundExpression,
  bind,
  type Expression,
  rewriteNot,
  toText,
} from "../expressions/index.ts";
import type { Schema } from "../schema/index.ts";

/** One operand of the filter's top-level AND. */
export interface ScanConjunct {
  /** As the caller wrote it, for reports. */
  readonly text: string;
  readonly bound: BoundExpression;
}

export interface ScanFilter {
  readonly text: string;
  readonly bound: BoundExpression;
  /** Rows match exactly when every conjunct does. Empty for a filter that is always true. */
  readonly conjuncts: readonly ScanConjunct[];
}

/** @throws IcebergError `invalid-expression` naming the column or literal that does not fit the schema. */
export function scanFilter(expression: Expression, schema: Schema, options: BindOptions = {}): ScanFilter {
  const positive = rewriteNot(expression);
  const operands = positive.op === "and" ? positive.operands : [positive];
  const conjuncts = operands.map((operand) => ({
    text: toText(operand),
    bound: bind(operand, schema, options),
  }));
  return {
    text: toText(expression),
    bound: bind(expression, schema, options),
    conjuncts: conjuncts.filter(({ bound }) => bound.op !== "true"),
  };
}
