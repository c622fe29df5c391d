/**
 * What bounds and counts prove of a predicate, the same for files and manifests. Spec: Scan Planning;
 * requirements SCN-029 to SCN-047.
 * @module
 */
import type { PrimitiveValue } from "../schema/index.ts";
import type { BoundExpression, BoundPredicate, BoundTerm } from "./bound.ts";
import type { BoundOrder, Comparable } from "./order.ts";
import { toText } from "./text.ts";

/** What is known of a term's values in a `S`, a file or a manifest. Everything unknown is `false` or `undefined`. */
export interface Facts<S> {
  /** No value is null. */
  readonly noNulls: (source: S) => boolean;
  /** Every value is null. */
  readonly allNull: (source: S) => boolean;
  /** No value is NaN. */
  readonly noNans: (source: S) => boolean;
  /** Every value is NaN. */
  readonly allNan: (source: S) => boolean;
  /** Every value is null or NaN. */
  readonly noneComparable: (source: S) => boolean;
  /** At or below every value that is neither null nor NaN. */
  readonly lower: (source: S) => Comparable | undefined;
  /** At or above every such value. */
  readonly upper: (source: S) => Comparable | undefined;
  /** Absent when the type has no order; then `lower` and `upper` give nothing. */
  readonly order?: BoundOrder;
}

/** Why no row can match a predicate. */
export type PruneRule =
  /** There are no rows. */
  | "no-rows"
  /** No value is null, or none is NaN. */
  | "no-nulls"
  | "no-nans"
  /** Every value is null, or NaN, or either. */
  | "all-null"
  | "all-nan"
  | "all-null-or-nan"
  /** All values lie above, or below, what the predicate asks for. */
  | "lower-bound"
  | "upper-bound"
  /** No listed value lies within the bounds. */
  | "outside-bounds"
  /** The only value is the one excluded. */
  | "single-value"
  /** Every value starts with the excluded prefix. */
  | "all-with-prefix"
  /** The predicate matches nothing at all. */
  | "always-false";

/** Tells why a leaf rules a source out; `undefined` when rows may match. */
export type LeafRule<S> = (source: S) => PruneRule | undefined;

/** Why a predicate rules something out. */
export interface Ruling {
  /** The column whose bounds or counts decided; of the first operand under an OR; empty for constants. */
  readonly column: string;
  /** The leaf that decided, or the OR whose operands all did. */
  readonly predicateText: string;
  readonly rule: PruneRule;
}

/** Whether rows may match, leaf by leaf: AND needs all its operands, OR any. */
export function mayMatch<S>(
  bound: BoundExpression,
  leafRule: (predicate: BoundPredicate) => LeafRule<S>,
): (source: S) => boolean {
  switch (bound.op) {
    case "true":
      return () => true;
    case "false":
      return () => false;
    case "and": {
      const operands = bound.operands.map((operand) => mayMatch(operand, leafRule));
      return (source) => {
        for (const operand of operands) if (!operand(source)) return false;
        return true;
      };
    }
    case "or": {
      const operands = bound.operands.map((operand) => mayMatch(operand, leafRule));
      return (source) => {
        for (const operand of operands) if (operand(source)) return true;
        return false;
      };
    }
    default: {
      const rule = leafRule(bound);
      return (source) => rule(source) === undefined;
    }
  }
}

/** The same, telling what decided. */
export function explain<S>(
  bound: BoundExpression,
  leafRule: (predicate: BoundPredicate) => LeafRule<S>,
): (source: S) => Ruling | undefined {
  const text = toText(bound);
  switch (bound.op) {
    case "true":
      return () => undefined;
    case "false":
      return () => ({ column: "", predicateText: text, rule: "always-false" });
    case "and": {
      const operands = bound.operands.map((operand) => explain(operand, leafRule));
      return (source) => {
        for (const operand of operands) {
          const ruling = operand(source);
          if (ruling !== undefined) return ruling;
        }
        return undefined;
      };
    }
    case "or": {
      const operands = bound.operands.map((operand) => explain(operand, leafRule));
      return (source) => {
        let first: Ruling | undefined;
        for (const operand of operands) {
          const ruling = operand(source);
          if (ruling === undefined) return undefined;
          first ??= ruling;
        }
        return first && { ...first, predicateText: text };
      };
    }
    default: {
      const test = leafRule(bound);
      return (source) => {
        const rule = test(source);
        return rule && { column: bound.term.name, predicateText: text, rule };
      };
    }
  }
}

/** The rule by which facts exclude every row from a leaf (SCN-029 to SCN-039). */
export function inclusiveRule<S>(predicate: BoundPredicate, facts: Facts<S>): LeafRule<S> {
  switch (predicate.op) {
    case "is-null":
      return (source) => (facts.noNulls(source) ? "no-nulls" : undefined);
    case "not-null":
      return (source) => (facts.allNull(source) ? "all-null" : undefined);
    case "is-nan":
      return (source) => (facts.noNans(source) ? "no-nans" : facts.allNull(source) ? "all-null" : undefined);
    case "not-nan":
      return (source) => (facts.allNan(source) ? "all-nan" : undefined);
    case "in":
      return comparable(facts, rangeRule(predicate.values, facts));
    case "not-in":
      return singleValueRule(predicate.values, facts);
    case "not-eq":
      return singleValueRule([predicate.value], facts);
    case "eq":
      return comparable(facts, equalityRule(predicate.value, facts));
    case "starts-with":
      return comparable(facts, prefixRule(predicate.value, facts));
    case "not-starts-with":
      return allWithPrefixRule(predicate.value, facts);
    default:
      return comparable(facts, orderRule(predicate.op, predicate.value, facts));
  }
}

/** The shared facts of a term whose source has no usable bounds. */
export function noBound(): undefined {
  return undefined;
}

/** Whether bytes start with a prefix. */
export function hasPrefix(bytes: Uint8Array, prefix: Uint8Array): boolean {
  return bytes.length >= prefix.length && comparePrefix(bytes, prefix) === 0;
}

/** Compares the first bytes of a value with a prefix; a value that ends within the prefix sorts before it. */
export function comparePrefix(bytes: Uint8Array, prefix: Uint8Array): number {
  const length = Math.min(bytes.length, prefix.length);
  for (let i = 0; i < length; i++) {
    const difference = bytes[i]! - prefix[i]!;
    if (difference !== 0) return difference;
  }
  return bytes.length < prefix.length ? -1 : 0;
}

/** Comparisons match neither null nor NaN. */
function comparable<S>(facts: Facts<S>, rule: LeafRule<S>): LeafRule<S> {
  return (source) => (facts.noneComparable(source) ? "all-null-or-nan" : rule(source));
}

function orderRule<S>(
  op: "lt" | "lt-eq" | "gt" | "gt-eq",
  value: PrimitiveValue,
  facts: Facts<S>,
): LeafRule<S> {
  const { order } = facts;
  if (order === undefined) return noBound;
  const { compare } = order;
  const literal = order.ofLiteral(value);
  switch (op) {
    case "lt":
      return (source) => {
        const lower = facts.lower(source);
        return lower !== undefined && compare(lower, literal) >= 0 ? "lower-bound" : undefined;
      };
    case "lt-eq":
      return (source) => {
        const lower = facts.lower(source);
        return lower !== undefined && compare(lower, literal) > 0 ? "lower-bound" : undefined;
      };
    case "gt":
      return (source) => {
        const upper = facts.upper(source);
        return upper !== undefined && compare(upper, literal) <= 0 ? "upper-bound" : undefined;
      };
    case "gt-eq":
      return (source) => {
        const upper = facts.upper(source);
        return upper !== undefined && compare(upper, literal) < 0 ? "upper-bound" : undefined;
      };
  }
}

function equalityRule<S>(value: PrimitiveValue, facts: Facts<S>): LeafRule<S> {
  const { order } = facts;
  if (order === undefined) return noBound;
  const { compare } = order;
  const literal = order.ofLiteral(value);
  return (source) => {
    const lower = facts.lower(source);
    if (lower !== undefined && compare(lower, literal) > 0) return "lower-bound";
    const upper = facts.upper(source);
    return upper !== undefined && compare(upper, literal) < 0 ? "upper-bound" : undefined;
  };
}

/** Looks for the smallest listed value at or above the lower bound, and whether it is within the upper one. */
function rangeRule<S>(values: readonly PrimitiveValue[], facts: Facts<S>): LeafRule<S> {
  const { order } = facts;
  if (order === undefined) return noBound;
  const { compare } = order;
  const sorted = values.map(order.ofLiteral).sort(compare);
  return (source) => {
    const lower = facts.lower(source);
    const first = lower === undefined ? 0 : lowestIndex(sorted, lower, compare);
    if (first === sorted.length) return "outside-bounds";
    const upper = facts.upper(source);
    return upper !== undefined && compare(upper, sorted[first]!) < 0 ? "outside-bounds" : undefined;
  };
}

/** Index of the first entry at or above `bound`. */
function lowestIndex(
  sorted: readonly Comparable[],
  bound: Comparable,
  compare: (a: Comparable, b: Comparable) => number,
): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compare(sorted[middle]!, bound) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** `<>` and `not in` match nulls and NaN: they exclude only sources of one single value (SCN-032, SCN-038). */
function singleValueRule<S>(values: readonly PrimitiveValue[], facts: Facts<S>): LeafRule<S> {
  const { order } = facts;
  if (order === undefined) return noBound;
  const { compare } = order;
  const sorted = values.map(order.ofLiteral).sort(compare);
  return (source) => {
    if (!facts.noNulls(source) || !facts.noNans(source)) return undefined;
    const lower = facts.lower(source);
    const upper = facts.upper(source);
    if (lower === undefined || upper === undefined || compare(lower, upper) !== 0) return undefined;
    const index = lowestIndex(sorted, lower, compare);
    return index < sorted.length && compare(sorted[index]!, lower) === 0 ? "single-value" : undefined;
  };
}

function prefixRule<S>(value: PrimitiveValue, facts: Facts<S>): LeafRule<S> {
  const { order } = facts;
  if (order === undefined) return noBound;
  const prefix = order.ofLiteral(value) as Uint8Array;
  return (source) => {
    const lower = facts.lower(source);
    // A lower bound that ends within the prefix is below values that have it.
    if (lower !== undefined && comparePrefix(lower as Uint8Array, prefix) > 0) return "lower-bound";
    const upper = facts.upper(source);
    return upper !== undefined && comparePrefix(upper as Uint8Array, prefix) < 0 ? "upper-bound" : undefined;
  };
}

function allWithPrefixRule<S>(value: PrimitiveValue, facts: Facts<S>): LeafRule<S> {
  const { order } = facts;
  if (order === undefined) return noBound;
  const prefix = order.ofLiteral(value) as Uint8Array;
  return (source) => {
    if (!facts.noNulls(source)) return undefined;
    const lower = facts.lower(source) as Uint8Array | undefined;
    const upper = facts.upper(source) as Uint8Array | undefined;
    const all =
      lower !== undefined && upper !== undefined && hasPrefix(lower, prefix) && hasPrefix(upper, prefix);
    return all ? "all-with-prefix" : undefined;
  };
}

/** Whether a term's values may be NaN. */
export function holdsNan(term: BoundTerm): boolean {
  return term.type.kind === "float" || term.type.kind === "double";
}
