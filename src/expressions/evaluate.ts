/** Evaluating bound predicates on rows, tuples and columns. Spec: Expressions spec, Predicates. @module */
import { assert, compareBytes } from "../base/index.ts";
import type { PartitionTuple } from "../partitioning/index.ts";
import type { PrimitiveValue, Type } from "../schema/index.ts";
import { compareText } from "../values/index.ts";
import type { BoundExpression, BoundPredicate, BoundTerm } from "./bound.ts";
import { membership } from "./order.ts";
import { termFunction } from "./term-values.ts";

/** A row of held values keyed by column name, structs nested. */
export type HeldValues = Readonly<Record<string, unknown>>;

/**
 * A function that tells whether a row of held values matches. Two-valued: never throws on null or NaN
 * (SCN-019 to SCN-022).
 */
export function evaluator(bound: BoundExpression): (row: HeldValues) => boolean {
  return evaluateWith(bound, rowAccess);
}

/**
 * The same over columns: `columns(term)` hands out the values of a term's column, and the result is asked by row
 * index. Columns may be typed arrays; null and undefined entries are null.
 */
export function columnEvaluator(
  bound: BoundExpression,
  columns: (term: BoundTerm) => ArrayLike<unknown>,
): (index: number) => boolean {
  return evaluateWith(bound, (term) => {
    const column = columns(term);
    return (index: number) => column[index];
  });
}

/** A function that tells whether a partition tuple matches a predicate made by a projection. */
export function partitionEvaluator(projected: BoundExpression): (tuple: PartitionTuple) => boolean {
  return evaluateWith(projected, (term) => {
    const { position } = term;
    assert(position >= 0, `the predicate on ${term.name} is not over partition fields`);
    return (tuple: PartitionTuple) => tuple[position];
  });
}

/** Compiles a predicate for any kind of record; `access` makes the reader of one term's column. */
export function evaluateWith<R>(
  bound: BoundExpression,
  access: (term: BoundTerm) => (record: R) => unknown,
): (record: R) => boolean {
  switch (bound.op) {
    case "true":
      return () => true;
    case "false":
      return () => false;
    case "and":
      return every(bound.operands.map((operand) => evaluateWith(operand, access)));
    case "or":
      return some(bound.operands.map((operand) => evaluateWith(operand, access)));
    default: {
      const test = valueTest(bound);
      const read = access(bound.term);
      const convert = termFunction(bound.term);
      if (convert === undefined) return (record) => test(read(record));
      return (record) => {
        const value = read(record);
        return test(isMissing(value) ? null : convert(value as PrimitiveValue));
      };
    }
  }
}

/** A test of one value of the predicate's term; null and undefined are null. */
export function valueTest(predicate: BoundPredicate): (value: unknown) => boolean {
  switch (predicate.op) {
    case "is-null":
      return isMissing;
    case "not-null":
      return (value) => !isMissing(value);
    case "is-nan":
      return Number.isNaN;
    case "not-nan":
      return (value) => !Number.isNaN(value);
    case "in":
      return membership(predicate.values);
    case "not-in": {
      const isMember = membership(predicate.values);
      return (value) => !isMember(value);
    }
    case "starts-with": {
      const prefix = predicate.value as string;
      return (value) => typeof value === "string" && value.startsWith(prefix);
    }
    case "not-starts-with": {
      const prefix = predicate.value as string;
      return (value) => typeof value !== "string" || !value.startsWith(prefix);
    }
    default:
      return comparisonTest(predicate.op, predicate.term.type, predicate.value);
  }
}

function comparisonTest(
  op: "lt" | "lt-eq" | "gt" | "gt-eq" | "eq" | "not-eq",
  type: Type,
  literal: PrimitiveValue,
): (value: unknown) => boolean {
  if (op === "eq" || op === "not-eq") {
    const wanted = op === "eq";
    if (literal instanceof Uint8Array) {
      return (value) => (value instanceof Uint8Array && compareBytes(value, literal) === 0) === wanted;
    }
    return wanted ? (value) => value === literal : (value) => value !== literal;
  }
  const compare = comparatorOf(type);
  if (compare !== undefined) {
    switch (op) {
      case "lt":
        return (value) => !isMissing(value) && compare(value as never, literal as never) < 0;
      case "lt-eq":
        return (value) => !isMissing(value) && compare(value as never, literal as never) <= 0;
      case "gt":
        return (value) => !isMissing(value) && compare(value as never, literal as never) > 0;
      case "gt-eq":
        return (value) => !isMissing(value) && compare(value as never, literal as never) >= 0;
    }
  }
  // Numbers, bigints, booleans and uuids order as JavaScript orders them; NaN fails every one of these tests.
  switch (op) {
    case "lt":
      return (value) => !isMissing(value) && (value as PrimitiveValue) < literal;
    case "lt-eq":
      return (value) => !isMissing(value) && (value as PrimitiveValue) <= literal;
    case "gt":
      return (value) => !isMissing(value) && (value as PrimitiveValue) > literal;
    case "gt-eq":
      return (value) => !isMissing(value) && (value as PrimitiveValue) >= literal;
  }
}

function comparatorOf(type: Type): ((a: never, b: never) => number) | undefined {
  switch (type.kind) {
    case "string":
      return compareText as (a: never, b: never) => number;
    case "fixed":
    case "binary":
      return compareBytes as (a: never, b: never) => number;
    default:
      return undefined;
  }
}

function isMissing(value: unknown): boolean {
  return value === null || value === undefined;
}

function rowAccess(term: BoundTerm): (row: HeldValues) => unknown {
  const [read, second, ...rest] = term.names.map(memberOf);
  if (second === undefined) return read!;
  if (rest.length === 0) return (row) => second(read!(row) as HeldValues | null | undefined);
  return (row) => {
    let value = second(read!(row) as HeldValues | null | undefined);
    for (const step of rest) value = step(value as HeldValues | null | undefined);
    return value;
  };
}

/** Reads one member; those named like members of every object count only when the row has them itself (SCH-029). */
function memberOf(name: string): (row: HeldValues | null | undefined) => unknown {
  if (!(name in Object.prototype)) return (row) => row?.[name];
  return (row) => (row != null && Object.hasOwn(row, name) ? row[name] : undefined);
}

function every<R>(tests: readonly ((record: R) => boolean)[]): (record: R) => boolean {
  const [first, second] = tests;
  if (tests.length === 2) return (record) => first!(record) && second!(record);
  return (record) => {
    for (const test of tests) if (!test(record)) return false;
    return true;
  };
}

function some<R>(tests: readonly ((record: R) => boolean)[]): (record: R) => boolean {
  const [first, second] = tests;
  if (tests.length === 2) return (record) => first!(record) || second!(record);
  return (record) => {
    for (const test of tests) if (test(record)) return true;
    return false;
  };
}
