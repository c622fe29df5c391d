/**
 * Projections through `year`, `month`, `day` and `hour`. Spec: Scan Planning; requirements SCN-013 to SCN-017.
 *
 * Ordinals before the epoch are not to be trusted: Java up to 0.10 rounded them toward zero, one too large, and
 * later Java stores some timestamps one too small. Projections stay right for tables written either way.
 * @module
 */
import type { Transform } from "../partitioning/index.ts";
import {
  type BoundExpression,
  type BoundLiteral,
  type BoundSet,
  type BoundTerm,
  boundLiteral,
  boundSet,
} from "./bound.ts";
import { orderBound, transformOf } from "./project-width.ts";

type Mode = "inclusive" | "strict";

/** How far stored ordinals of a partition field may be off, for values before the epoch. */
interface Slack {
  /** 1 when the stored ordinal may be one too large (SCN-015). */
  readonly up: 0 | 1;
  /** 1 when it may be one too small (SCN-016). */
  readonly down: 0 | 1;
}

/** Projects a predicate on a column, or on the very transform the partition field applies to it. */
export function projectTime(
  mode: Mode,
  predicate: BoundLiteral | BoundSet,
  transform: Transform,
  term: BoundTerm,
): BoundExpression | undefined {
  const onOrdinals = predicate.term.transform !== undefined;
  const slack = slackOf(transform, term);
  const apply = onOrdinals
    ? (value: unknown) => value as number
    : (transformOf(transform, term) as (value: never) => number);
  switch (predicate.op) {
    case "lt":
    case "lt-eq":
    case "gt":
    case "gt-eq": {
      const bound = orderBound(mode, predicate.op, predicate.term.type, predicate.value);
      if (bound === undefined) return undefined;
      const below = predicate.op === "lt" || predicate.op === "lt-eq";
      return boundLiteral(...order(mode, below, apply(bound as never), slack, term));
    }
    case "eq":
    case "in": {
      const ordinals = valuesOf(predicate).map((value) => apply(value as never));
      if (mode === "inclusive") return boundSet("in", term, widened(ordinals, slack));
      return onOrdinals && exact(ordinals, slack) ? boundSet("in", term, ordinals) : undefined;
    }
    case "not-eq":
    case "not-in": {
      const ordinals = valuesOf(predicate).map((value) => apply(value as never));
      if (mode === "strict") return boundSet("not-in", term, widened(ordinals, slack));
      return onOrdinals && exact(ordinals, slack) ? boundSet("not-in", term, ordinals) : undefined;
    }
    default:
      return undefined;
  }
}

/** Days of dates need no rounding and were always right. */
function slackOf(transform: Transform, term: BoundTerm): Slack {
  if (term.sourceType.kind !== "date") return { up: 1, down: 1 };
  return transform.kind === "day" ? { up: 0, down: 0 } : { up: 1, down: 0 };
}

function order(
  mode: Mode,
  below: boolean,
  ordinal: number,
  slack: Slack,
  term: BoundTerm,
): [op: "lt" | "lt-eq" | "gt" | "gt-eq", term: BoundTerm, value: number] {
  if (mode === "inclusive") {
    if (below) return ["lt-eq", term, ordinal < 0 ? ordinal + slack.up : ordinal];
    return ["gt-eq", term, ordinal < 0 ? ordinal - slack.down : ordinal];
  }
  if (below) return ["lt", term, ordinal < 0 ? ordinal - slack.down : ordinal];
  return ["gt", term, ordinal <= 0 ? ordinal + slack.up : ordinal];
}

/** Every ordinal a value of these ordinals may be stored under. */
function widened(ordinals: readonly number[], slack: Slack): number[] {
  return ordinals.flatMap((ordinal) => {
    if (ordinal >= 0) return [ordinal];
    const all = [ordinal];
    if (slack.down === 1) all.unshift(ordinal - 1);
    if (slack.up === 1) all.push(ordinal + 1);
    return all;
  });
}

/** Whether values stored under these ordinals are certain to have them. */
function exact(ordinals: readonly number[], slack: Slack): boolean {
  return slack.up + slack.down === 0 || ordinals.every((ordinal) => ordinal > 0);
}

function valuesOf(predicate: BoundLiteral | BoundSet): readonly unknown[] {
  return "values" in predicate ? predicate.values : [predicate.value];
}
