/** Skipping manifests by the summaries of their partition fields. Spec: Manifest Lists; SCN-029 to SCN-034. @module */
import type { FieldSummary } from "../values/index.ts";
import type { BoundExpression, BoundPredicate, BoundTerm } from "./bound.ts";
import { boundOrder } from "./order.ts";
import {
  explain,
  type Facts,
  holdsNan,
  inclusiveRule,
  type LeafRule,
  mayMatch,
  noBound,
  type Ruling,
} from "./pruning.ts";

type Summaries = readonly FieldSummary[] | undefined;

/**
 * Whether a manifest may hold a partition that matches an inclusive projection. `fields` are those of the spec the
 * projection was made with; summaries that are absent or of another number prune nothing (SCN-034).
 */
export function manifestEvaluator(
  projected: BoundExpression,
  fields?: readonly unknown[],
): (summaries: Summaries) => boolean {
  const test = mayMatch(projected, summaryRule);
  return (summaries) => !isUsable(summaries, fields) || test(summaries);
}

/** The same, telling which predicate ruled the manifest out. */
export function explainManifest(
  projected: BoundExpression,
  fields?: readonly unknown[],
): (summaries: Summaries) => Ruling | undefined {
  const test = explain(projected, summaryRule);
  return (summaries) => (isUsable(summaries, fields) ? test(summaries) : undefined);
}

function isUsable(
  summaries: Summaries,
  fields: readonly unknown[] | undefined,
): summaries is readonly FieldSummary[] {
  return summaries !== undefined && (fields === undefined || summaries.length === fields.length);
}

function summaryRule(predicate: BoundPredicate): LeafRule<readonly FieldSummary[]> {
  const { position } = predicate.term;
  const rule = inclusiveRule(predicate, summaryFacts(predicate.term));
  return (summaries) => {
    const summary = summaries[position];
    return summary === undefined ? undefined : rule(summary);
  };
}

function summaryFacts(term: BoundTerm): Facts<FieldSummary> {
  const order = boundOrder(term.type);
  const floating = holdsNan(term);
  const noNulls = (summary: FieldSummary) => !summary.containsNull;
  const noNans = (summary: FieldSummary) => !floating || summary.containsNan === false;
  const noBounds = (summary: FieldSummary) =>
    summary.lowerBound === undefined && summary.upperBound === undefined;
  return {
    noNulls,
    noNans,
    allNull: (summary) => summary.containsNull && noBounds(summary) && noNans(summary),
    allNan: (summary) => summary.containsNan === true && noNulls(summary) && noBounds(summary),
    // Without bounds there is nothing but null and NaN; a summary that denies both as well says nothing (SCN-029).
    noneComparable: (summary) => noBounds(summary) && !(noNulls(summary) && noNans(summary)),
    ...(order === undefined
      ? { lower: noBound, upper: noBound }
      : {
          order,
          lower: ({ lowerBound }: FieldSummary) =>
            lowerBound === undefined ? undefined : order.ofBytes(lowerBound),
          upper: ({ upperBound }: FieldSummary) =>
            upperBound === undefined ? undefined : order.ofBytes(upperBound),
        }),
  };
}
