/** Resolving expressions against a schema. Spec: Expressions spec; requirements SCN-024 to SCN-028. @module */
import { IcebergError } from "../base/index.ts";
import { transformApplies, transformResultType } from "../partitioning/index.ts";
import {
  type FieldPlace,
  isPrimitive,
  type PrimitiveType,
  type PrimitiveValue,
  type Schema,
  type Type,
  typeToString,
} from "../schema/index.ts";
import {
  type BoundExpression,
  type BoundTerm,
  boundAnd,
  boundLiteral,
  boundOr,
  boundSet,
  boundUnary,
} from "./bound.ts";
import { LiteralMisfit, type Placement, placeLiteral } from "./convert.ts";
import {
  alwaysFalse,
  alwaysTrue,
  type Expression,
  type LiteralOp,
  not,
  type Predicate,
  type SetPredicate,
  type Term,
  type UnaryOp,
} from "./expression.ts";
import type { Literal } from "./literal.ts";
import { NEGATED } from "./rewrite.ts";
import { literalText, termText } from "./text.ts";

export interface BindOptions {
  /** Whether column names match to the letter. Default `true`. */
  readonly caseSensitive?: boolean;
}

/**
 * Resolves column names to field ids, turns literals into values of the columns' types, removes `not` and folds
 * what the types already decide. The result is true for exactly the same rows.
 * @throws IcebergError `invalid-expression` naming the column, the literal, the type and what to do.
 * @example const bound = bind(and(gte("ts", "2026-01-01T00:00:00Z"), eq("kind", "error")), schema)
 */
export function bind(expression: Expression, schema: Schema, options: BindOptions = {}): BoundExpression {
  const binder: Binder = { schema, caseSensitive: options.caseSensitive ?? true };
  return bound(binder, expression, false);
}

interface Binder {
  readonly schema: Schema;
  readonly caseSensitive: boolean;
}

/** Binds an expression or, when `negated`, its negation. */
function bound(binder: Binder, expression: Expression, negated: boolean): BoundExpression {
  switch (expression.op) {
    case "true":
    case "false":
      return negated ? (not(expression) as BoundExpression) : expression;
    case "not":
      return bound(binder, expression.operand, !negated);
    case "and":
    case "or": {
      const operands = expression.operands.map((operand) => bound(binder, operand, negated));
      return (expression.op === "and") !== negated ? boundAnd(operands) : boundOr(operands);
    }
    default:
      return boundPredicate(binder, expression, negated);
  }
}

function boundPredicate(binder: Binder, predicate: Predicate, negated: boolean): BoundExpression {
  const term = bindTerm(binder, predicate.term);
  if (!negated) return leaf(predicate, term);
  const op = NEGATED[predicate.op];
  if (op !== undefined) return leaf({ ...predicate, op } as Predicate, term);
  // `not (a < x)` also holds for null and NaN, which `a >= x` does not (SCN-019).
  const opposite = { ...predicate, op: OPPOSITE[predicate.op as keyof typeof OPPOSITE] } as Predicate;
  return boundOr([
    leaf(opposite, term),
    unary("is-null", term),
    ...(isFloating(term.type) ? [boundUnary("is-nan", term)] : []),
  ]);
}

const OPPOSITE = { lt: "gt-eq", "lt-eq": "gt", gt: "lt-eq", "gt-eq": "lt" } as const;

function leaf(predicate: Predicate, term: BoundTerm): BoundExpression {
  switch (predicate.op) {
    case "is-null":
    case "not-null":
    case "is-nan":
    case "not-nan":
      return unary(predicate.op, term);
    case "in":
    case "not-in":
      return set(predicate, term);
    default:
      if (term.type.kind === "unknown") return isNegative(predicate.op) ? alwaysTrue : alwaysFalse;
      return comparison(predicate.op, term, place(predicate.literal, predicate.op, term));
  }
}

function unary(op: UnaryOp, term: BoundTerm): BoundExpression {
  const { kind } = term.type;
  if (op === "is-nan" || op === "not-nan") {
    if (isFloating(term.type)) return boundUnary(op, term);
    throw new IcebergError(
      "invalid-expression",
      `Cannot test ${term.name} for NaN: it is ${typeToString(term.type)}, and only float and double hold NaN`,
      { context: { column: term.name, type: typeToString(term.type) } },
    );
  }
  if (kind === "unknown" || term.transform?.kind === "void")
    return op === "is-null" ? alwaysTrue : alwaysFalse;
  if (term.alwaysPresent) return op === "is-null" ? alwaysFalse : alwaysTrue;
  return boundUnary(op, term);
}

function set(predicate: SetPredicate, term: BoundTerm): BoundExpression {
  if (term.type.kind === "unknown") return predicate.op === "in" ? alwaysFalse : alwaysTrue;
  const values: PrimitiveValue[] = [];
  for (const literal of predicate.literals) {
    const placement = place(literal, predicate.op, term);
    // What is no value of the type equals nothing (SCN-025).
    if (placement.at === "value") values.push(placement.value);
  }
  return boundSet(predicate.op, term, values);
}

function comparison(op: LiteralOp, term: BoundTerm, placement: Placement): BoundExpression {
  if (placement.at === "value") return boundLiteral(op, term, placement.value);
  switch (op) {
    case "lt":
    case "lt-eq":
      if (placement.at === "gap") return boundLiteral("lt-eq", term, placement.below);
      return placement.at === "above" ? unary("not-null", term) : alwaysFalse;
    case "gt":
    case "gt-eq":
      if (placement.at === "gap") return boundLiteral("gt", term, placement.below);
      return placement.at === "below" ? unary("not-null", term) : alwaysFalse;
    default:
      return isNegative(op) ? alwaysTrue : alwaysFalse;
  }
}

function isNegative(op: LiteralOp): boolean {
  return op === "not-eq" || op === "not-starts-with";
}

function isFloating(type: Type): boolean {
  return type.kind === "float" || type.kind === "double";
}

function place(literal: Literal, op: string, term: BoundTerm): Placement {
  try {
    if ((op === "starts-with" || op === "not-starts-with") && term.type.kind !== "string") {
      throw new LiteralMisfit("only string columns have prefixes");
    }
    return placeLiteral(term.type, literal, term.transform);
  } catch (error) {
    if (!(error instanceof LiteralMisfit)) throw error;
    const type = typeToString(term.type);
    throw new IcebergError(
      "invalid-expression",
      `Cannot compare ${termText(term)}, which is ${type}, with ${literalText(literal)}: ${error.message}`,
      { context: { column: term.name, literal, type }, cause: error.cause ?? error },
    );
  }
}

function bindTerm(binder: Binder, term: Term): BoundTerm {
  const { field, path, names, alwaysPresent } = resolve(binder, term.name);
  const base = {
    kind: "bound",
    fieldId: field.id,
    name: path,
    names,
    sourceType: field.type,
    alwaysPresent,
    position: -1,
  } as const;
  if (term.kind === "reference" || term.transform.kind === "identity")
    return Object.freeze({ ...base, type: field.type });
  return Object.freeze({ ...base, transform: term.transform, type: resultType(term, field.type) });
}

function resultType(term: Term & { kind: "transform" }, source: Type): PrimitiveType {
  const { transform } = term;
  if (transform.kind === "unknown") {
    throw new IcebergError(
      "invalid-expression",
      `Cannot bind ${termText(term)}: this library does not know the transform ${transform.text}; use identity, year, month, day, hour, bucket or truncate`,
      { context: { column: term.name, transform: transform.text } },
    );
  }
  if (isPrimitive(source) && transformApplies(transform, source))
    return transformResultType(transform, source);
  throw new IcebergError(
    "invalid-expression",
    `Cannot bind ${termText(term)}: ${transform.kind} does not apply to ${term.name}, which is ${typeToString(source)}`,
    { context: { column: term.name, transform: transform.kind, type: typeToString(source) } },
  );
}

function resolve(binder: Binder, name: string): FieldPlace {
  const { schema, caseSensitive } = binder;
  const id = schema.idOf(name);
  let place = id === undefined ? undefined : schema.place(id);
  if (!caseSensitive) {
    const wanted = name.toLowerCase();
    const matches = [...schema.places()].filter(({ path }) => path.toLowerCase() === wanted);
    if (matches.length > 1) {
      throw new IcebergError(
        "invalid-expression",
        `Cannot bind predicate on ${JSON.stringify(name)}: without case it names ${matches.map(({ path }) => path).join(" and ")}; bind with caseSensitive: true`,
        { context: { column: name } },
      );
    }
    place = matches[0];
  }
  if (place === undefined) throw unknownColumn(schema, name);
  if (!place.throughStructs) {
    throw new IcebergError(
      "invalid-expression",
      `Cannot bind predicate on ${JSON.stringify(name)}: it lies inside a list or map and has no single value per row`,
      { context: { column: name } },
    );
  }
  return place;
}

/** How many column names an error lists. */
const LISTED = 12;

function unknownColumn(schema: Schema, name: string): IcebergError {
  const paths = [...schema.places()].filter((place) => place.throughStructs).map((place) => place.path);
  const similar = paths.filter((path) => isSimilar(path.toLowerCase(), name.toLowerCase()));
  const listed = paths.slice(0, LISTED).join(", ");
  const more = paths.length > LISTED ? ` and ${paths.length - LISTED} more` : "";
  const hint =
    similar.length > 0
      ? `did you mean ${similar.slice(0, 3).join(" or ")}?`
      : `it has ${listed || "no columns"}${more}`;
  return new IcebergError(
    "invalid-expression",
    `Cannot bind predicate on ${JSON.stringify(name)}: schema ${schema.schemaId} has no such column; ${hint}`,
    { context: { column: name, schemaId: schema.schemaId, similar, columns: paths } },
  );
}

/** Equal but for case and punctuation, the last part of a path, or one or two edits apart. */
function isSimilar(path: string, name: string): boolean {
  const bare = (text: string) => text.replace(/[^\p{L}\p{N}]/gu, "");
  if (bare(path) === bare(name) || path.endsWith(`.${name}`) || name.endsWith(`.${path}`)) return true;
  const edits = name.length < 3 ? 0 : name.length < 5 ? 1 : 2;
  return Math.abs(path.length - name.length) <= edits && editDistance(path, name) <= edits;
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(substitution, previous[j]! + 1, row[j - 1]! + 1));
    }
    previous = row;
  }
  return previous[b.length]!;
}
