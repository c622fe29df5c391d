/** Rewriting of unbound expressions. Spec: Scan Planning; Expressions spec, Boolean logic. @module */
import { and, type Expression, type LiteralOp, not, or, type SetOp, type UnaryOp } from "./expression.ts";

/**
 * The operators whose negation is again one operator whatever the column holds. Orderings are not among them:
 * a null value makes both `a < 1` and `a >= 1` false (SCN-019), so their negation depends on the column.
 */
export const NEGATED: Partial<Record<UnaryOp | LiteralOp | SetOp, UnaryOp | LiteralOp | SetOp>> =
  Object.freeze({
    "is-null": "not-null",
    "not-null": "is-null",
    "is-nan": "not-nan",
    "not-nan": "is-nan",
    eq: "not-eq",
    "not-eq": "eq",
    "starts-with": "not-starts-with",
    "not-starts-with": "starts-with",
    in: "not-in",
    "not-in": "in",
  });

/**
 * The same truth with every `not` pushed to the leaves (SCN-010). A `not` stays only directly over `<`, `<=`,
 * `>` and `>=`, whose exact negation also matches null and NaN; {@link bind} resolves it with the column's type.
 */
export function rewriteNot(expression: Expression): Expression {
  switch (expression.op) {
    case "and":
      return and(...expression.operands.map(rewriteNot));
    case "or":
      return or(...expression.operands.map(rewriteNot));
    case "not":
      return negate(expression.operand);
    default:
      return expression;
  }
}

/** The columns an expression reads, in order of first appearance, without duplicates (SCN-005). */
export function columnsOf(expression: Expression): readonly string[] {
  const names = new Set<string>();
  collect(expression, names);
  return [...names];
}

function negate(expression: Expression): Expression {
  switch (expression.op) {
    case "and":
      return or(...expression.operands.map(negate));
    case "or":
      return and(...expression.operands.map(negate));
    case "not":
      return rewriteNot(expression.operand);
    case "true":
    case "false":
      return not(expression);
    default: {
      const op = NEGATED[expression.op];
      return op === undefined ? not(expression) : (Object.freeze({ ...expression, op }) as Expression);
    }
  }
}

function collect(expression: Expression, names: Set<string>): void {
  switch (expression.op) {
    case "true":
    case "false":
      return;
    case "and":
    case "or":
      for (const operand of expression.operands) collect(operand, names);
      return;
    case "not":
      collect(expression.operand, names);
      return;
    default:
      names.add(expression.term.name);
  }
}
