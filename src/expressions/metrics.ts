/** Judging files by their column metrics. Spec: Scan Planning; requirements SCN-035 to SCN-047 and SCN-082. @module */
import { isPrimitive, type PrimitiveValue } from "../schema/index.ts";
import type { ColumnMetrics } from "../values/index.ts";
import type { BoundExpression, BoundPredicate, BoundTerm } from "./bound.ts";
import { type BoundOrder, boundOrder, type Comparable, decodeBound } from "./order.ts";
import {
  comparePrefix,
  explain,
  type Facts,
  hasPrefix,
  holdsNan,
  inclusiveRule,
  type LeafRule,
  mayMatch,
  noBound,
  type Ruling,
} from "./pruning.ts";
import { isInRange, keepsOrder, termFunction } from "./term-values.ts";
import { toText } from "./text.ts";

/** What is known of a file: its metrics and its number of rows, negative when unknown. */
export type FileMetrics = ColumnMetrics & { readonly recordCount: number };

/** Whether a file may hold a matching row. Whatever is unknown keeps it, a number of rows above all (SCN-035). */
export function inclusiveMetricsEvaluator(bound: BoundExpression): (file: FileMetrics) => boolean {
  const test = mayMatch(bound, metricsRule);
  return (file) => file.recordCount < 0 || (file.recordCount > 0 && test(file));
}

/** The same, telling which predicate ruled the file out and by what rule. */
export function explainInclusive(bound: BoundExpression): (file: FileMetrics) => Ruling | undefined {
  const test = explain(bound, metricsRule);
  const text = toText(bound);
  return (file) => {
    if (file.recordCount === 0) return { column: "", predicateText: text, rule: "no-rows" };
    return file.recordCount < 0 ? undefined : test(file);
  };
}

/**
 * Whether every row of a file is certain to match: only known counts and bounds prove anything (SCN-045), for what
 * this accepts a delete may drop unread.
 */
export function strictMetricsEvaluator(bound: BoundExpression): (file: FileMetrics) => boolean {
  const test = mustMatch(bound);
  return (file) => file.recordCount === 0 || (file.recordCount > 0 && test(file));
}

function metricsRule(predicate: BoundPredicate): LeafRule<FileMetrics> {
  return inclusiveRule(predicate, metricsFacts(predicate.term));
}

function metricsFacts(term: BoundTerm): Facts<FileMetrics> {
  const { fieldId: id, transform } = term;
  const floating = holdsNan(term);
  // Rows whose parent is null have a null here which some writers do not count (SCN-040).
  const hidesNulls = term.names.length > 1 && !term.alwaysPresent;
  const isVoid = transform?.kind === "void";
  const noNulls = (file: FileMetrics) => !hidesNulls && !isVoid && file.nullValueCounts?.get(id) === 0;
  const noNans = (file: FileMetrics) => !floating || file.nanValueCounts?.get(id) === 0;
  const allNull = (file: FileMetrics) => {
    const nulls = file.nullValueCounts?.get(id);
    return nulls !== undefined && nulls === file.valueCounts?.get(id);
  };
  const allNan = (file: FileMetrics) => {
    const nans = floating ? file.nanValueCounts?.get(id) : undefined;
    return nans !== undefined && nans === file.valueCounts?.get(id);
  };
  const noneComparable = (file: FileMetrics) => {
    const values = file.valueCounts?.get(id);
    if (values === undefined) return false;
    const nulls = file.nullValueCounts?.get(id);
    if (nulls === values) return true;
    const nans = floating ? file.nanValueCounts?.get(id) : undefined;
    return nans !== undefined && nans + (nulls ?? 0) === values;
  };
  const bounds = boundsOf(term);
  return {
    noNulls,
    noNans,
    allNull,
    allNan: (file) => !hidesNulls && allNan(file),
    noneComparable,
    ...(bounds ?? { lower: noBound, upper: noBound }),
  };
}

/** Bounds of a term, through its transform when that keeps order; none for structs, lists and maps. */
function boundsOf(
  term: BoundTerm,
): Required<Pick<Facts<FileMetrics>, "lower" | "upper" | "order">> | undefined {
  const { fieldId: id, sourceType } = term;
  const order = boundOrder(term.type);
  if (order === undefined || !keepsOrder(term) || !isPrimitive(sourceType)) return undefined;
  const apply = termFunction(term);
  const read = (bytes: Uint8Array | undefined): Comparable | undefined => {
    if (bytes === undefined) return undefined;
    if (apply === undefined) return order.ofBytes(bytes);
    const value = decodeBound(sourceType, bytes);
    const applied = value === undefined ? undefined : apply(value);
    return applied === undefined || !isInRange(term.type, applied) ? undefined : order.ofLiteral(applied);
  };
  return {
    order,
    lower: (file) => read(file.lowerBounds?.get(id)),
    upper: (file) => read(file.upperBounds?.get(id)),
  };
}

function mustMatch(bound: BoundExpression): (file: FileMetrics) => boolean {
  switch (bound.op) {
    case "true":
      return () => true;
    case "false":
      return () => false;
    case "and": {
      const operands = bound.operands.map(mustMatch);
      return (file) => operands.every((operand) => operand(file));
    }
    case "or": {
      const operands = bound.operands.map(mustMatch);
      return (file) => operands.some((operand) => operand(file));
    }
    default:
      // Counts of nested columns do not tell of null parents, and terms have none of their own (SCN-044, SCN-082).
      if (bound.term.names.length > 1 || bound.term.transform !== undefined) return () => false;
      return strictTest(bound, metricsFacts(bound.term));
  }
}

/** Whether facts prove a leaf for every row (SCN-045 to SCN-047). */
function strictTest(predicate: BoundPredicate, facts: Facts<FileMetrics>): (file: FileMetrics) => boolean {
  // A required column has no nulls, whatever the counts say or do not say.
  const noNulls = predicate.term.alwaysPresent ? () => true : facts.noNulls;
  switch (predicate.op) {
    case "is-null":
      return facts.allNull;
    case "not-null":
      return noNulls;
    case "is-nan":
      return facts.allNan;
    case "not-nan":
      return (file) => facts.noNans(file) || facts.allNull(file);
    default: {
      const { order } = facts;
      if (order === undefined) return () => false;
      const test = strictComparison(predicate, order);
      if (predicate.op === "not-eq" || predicate.op === "not-in" || predicate.op === "not-starts-with") {
        // Nulls and NaN match these, bounds need only speak for the rest.
        return (file) => facts.noneComparable(file) || test(facts.lower(file), facts.upper(file));
      }
      return (file) => noNulls(file) && facts.noNans(file) && test(facts.lower(file), facts.upper(file));
    }
  }
}

/** Whether everything within bounds matches. */
function strictComparison(
  predicate: BoundPredicate,
  order: BoundOrder,
): (lower: Comparable | undefined, upper: Comparable | undefined) => boolean {
  const { compare } = order;
  const literals = literalsOf(predicate).map(order.ofLiteral);
  const literal = literals[0]!;
  switch (predicate.op) {
    case "lt":
      return (_, upper) => upper !== undefined && compare(upper, literal) < 0;
    case "lt-eq":
      return (_, upper) => upper !== undefined && compare(upper, literal) <= 0;
    case "gt":
      return (lower) => lower !== undefined && compare(lower, literal) > 0;
    case "gt-eq":
      return (lower) => lower !== undefined && compare(lower, literal) >= 0;
    case "eq":
    case "in":
      return (lower, upper) =>
        lower !== undefined &&
        upper !== undefined &&
        compare(lower, upper) === 0 &&
        literals.some((value) => compare(value, lower) === 0);
    case "not-eq":
    case "not-in":
      return (lower, upper) =>
        literals.every(
          (value) =>
            (lower !== undefined && compare(value, lower) < 0) ||
            (upper !== undefined && compare(value, upper) > 0),
        );
    case "starts-with":
      return (lower, upper) =>
        lower !== undefined &&
        upper !== undefined &&
        hasPrefix(lower as Uint8Array, literal as Uint8Array) &&
        hasPrefix(upper as Uint8Array, literal as Uint8Array);
    case "not-starts-with":
      return (lower, upper) =>
        (lower !== undefined && comparePrefix(lower as Uint8Array, literal as Uint8Array) > 0) ||
        (upper !== undefined && comparePrefix(upper as Uint8Array, literal as Uint8Array) < 0);
    default:
      return () => false;
  }
}

function literalsOf(predicate: BoundPredicate): readonly PrimitiveValue[] {
  return "values" in predicate ? predicate.values : "value" in predicate ? [predicate.value] : [];
}
