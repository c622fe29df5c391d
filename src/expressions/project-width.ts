/** Projections through `bucket` and `truncate`. Spec: Scan Planning; requirements SCN-013, SCN-014. @module */
import { INT32_MAX, INT32_MIN, INT64_MAX, INT64_MIN } from "../base/index.ts";
import { applyTransform, type Transform } from "../partitioning/index.ts";
import type { PrimitiveType, PrimitiveValue, Type } from "../schema/index.ts";
import {
  type BoundExpression,
  type BoundLiteral,
  type BoundSet,
  type BoundTerm,
  boundLiteral,
  boundSet,
} from "./bound.ts";

type Mode = "inclusive" | "strict";
type WithLiteral = BoundLiteral | BoundSet;

/** Hashes keep equality alone. */
export function projectBucket(
  mode: Mode,
  predicate: WithLiteral,
  transform: Transform,
  term: BoundTerm,
): BoundExpression | undefined {
  return projectEquality(mode, predicate, term, transformOf(transform, term));
}

/** Truncation keeps order and prefixes. */
export function projectTruncate(
  mode: Mode,
  predicate: WithLiteral,
  transform: Transform & { kind: "truncate" },
  term: BoundTerm,
): BoundExpression | undefined {
  const apply = transformOf(transform, term);
  switch (predicate.op) {
    case "starts-with":
    case "not-starts-with":
      return projectPrefix(mode, predicate, transform.width, term, apply);
    case "lt":
    case "lt-eq":
    case "gt":
    case "gt-eq":
      return isText(term.sourceType)
        ? projectTextOrder(mode, predicate, term, apply)
        : projectNumberOrder(mode, predicate, term, apply);
    default:
      return projectEquality(mode, predicate, term, apply);
  }
}

/** `=` and `in` project inclusively, `<>` and `not in` strictly, through any transform. */
export function projectEquality(
  mode: Mode,
  predicate: WithLiteral,
  term: BoundTerm,
  apply: (value: PrimitiveValue) => PrimitiveValue,
): BoundExpression | undefined {
  switch (predicate.op) {
    case "eq":
      return mode === "inclusive" ? boundLiteral("eq", term, apply(predicate.value)) : undefined;
    case "in":
      return mode === "inclusive" ? boundSet("in", term, predicate.values.map(apply)) : undefined;
    case "not-eq":
      return mode === "strict" ? boundLiteral("not-eq", term, apply(predicate.value)) : undefined;
    case "not-in":
      return mode === "strict" ? boundSet("not-in", term, predicate.values.map(apply)) : undefined;
    default:
      return undefined;
  }
}

/** The transform of non-null values of the term's source column. */
export function transformOf(
  transform: Transform,
  term: BoundTerm,
): (value: PrimitiveValue) => PrimitiveValue {
  const apply = applyTransform(transform, term.sourceType as PrimitiveType);
  return (value) => apply(value) as PrimitiveValue;
}

/** The next value up or down, in the unit of the type; `undefined` past its range (SCN-013). */
export function neighbour(type: Type, value: PrimitiveValue, step: 1 | -1): PrimitiveValue | undefined {
  if (typeof value === "number") {
    const next = value + step;
    return next < INT32_MIN || next > INT32_MAX ? undefined : next;
  }
  const next = (value as bigint) + BigInt(step);
  const limit = type.kind === "decimal" ? 10n ** BigInt(type.precision) - 1n : INT64_MAX;
  return next > limit || next < (type.kind === "decimal" ? -limit : INT64_MIN) ? undefined : next;
}

function isText(type: Type): boolean {
  return type.kind === "string" || type.kind === "binary" || type.kind === "fixed";
}

/** Texts have no successor, so the neighbouring cut cannot be named. */
function projectTextOrder(
  mode: Mode,
  predicate: BoundLiteral,
  term: BoundTerm,
  apply: (value: PrimitiveValue) => PrimitiveValue,
): BoundExpression {
  const below = predicate.op === "lt" || predicate.op === "lt-eq";
  const value = apply(predicate.value);
  if (mode === "inclusive") return boundLiteral(below ? "lt-eq" : "gt-eq", term, value);
  return boundLiteral(below ? "lt" : "gt", term, value);
}

function projectNumberOrder(
  mode: Mode,
  predicate: BoundLiteral,
  term: BoundTerm,
  apply: (value: PrimitiveValue) => PrimitiveValue,
): BoundExpression | undefined {
  const { op, value } = predicate;
  const type = term.sourceType;
  const below = op === "lt" || op === "lt-eq";
  const bound = orderBound(mode, op, type, value);
  if (bound === undefined) return undefined;
  const cut = apply(bound);
  if (mode === "inclusive") return boundLiteral(below ? "lt-eq" : "gt-eq", term, cut);
  return boundLiteral(below ? "lt" : "gt", term, cut);
}

/** The literal whose transform bounds the partition values of an ordering, by the table of SCN-013. */
export function orderBound(
  mode: Mode,
  op: BoundLiteral["op"],
  type: Type,
  value: PrimitiveValue,
): PrimitiveValue | undefined {
  switch (op) {
    case "lt":
      return mode === "inclusive" ? neighbour(type, value, -1) : value;
    case "lt-eq":
      return mode === "inclusive" ? value : neighbour(type, value, 1);
    case "gt":
      return mode === "inclusive" ? neighbour(type, value, 1) : value;
    default:
      return mode === "inclusive" ? value : neighbour(type, value, -1);
  }
}

/** Lengths are code points, as truncation counts them (SCN-014). */
function projectPrefix(
  mode: Mode,
  predicate: BoundLiteral,
  width: number,
  term: BoundTerm,
  apply: (value: PrimitiveValue) => PrimitiveValue,
): BoundExpression | undefined {
  const prefix = predicate.value as string;
  const length = codePoints(prefix, width + 1);
  const positive = predicate.op === "starts-with";
  if (length < width) return boundLiteral(predicate.op, term, prefix);
  if (length === width) return boundLiteral(positive ? "eq" : "not-eq", term, prefix);
  if (positive) return mode === "inclusive" ? boundLiteral("starts-with", term, apply(prefix)) : undefined;
  return mode === "strict" ? boundLiteral("not-starts-with", term, apply(prefix)) : undefined;
}

/** The number of code points, counted up to a limit. */
function codePoints(text: string, limit: number): number {
  let count = 0;
  for (const _ of text) if (++count >= limit) break;
  return count;
}
