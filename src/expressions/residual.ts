/** What of a filter remains to be checked in one partition. Spec: Scan Planning; SCN-049 to SCN-052. @module */
import type { PartitionSpec, PartitionTuple } from "../partitioning/index.ts";
import type { Schema } from "../schema/index.ts";
import { type BoundExpression, boundAnd, boundOr } from "./bound.ts";
import { partitionEvaluator } from "./evaluate.ts";
import { alwaysFalse, alwaysTrue } from "./expression.ts";
import { inclusiveProjection, strictProjection } from "./projection.ts";

/**
 * A function from a partition tuple to the part of the filter its rows must still be checked against (SCN-051):
 * `true` where the partition settles it. `schema` is the one the filter is bound to.
 */
export function residualEvaluator(
  bound: BoundExpression,
  spec: PartitionSpec,
  schema: Schema,
): (tuple: PartitionTuple) => BoundExpression {
  switch (bound.op) {
    case "true":
    case "false":
      return () => bound;
    case "and":
    case "or": {
      const operands = bound.operands.map((operand) => residualEvaluator(operand, spec, schema));
      const combine = bound.op === "and" ? boundAnd : boundOr;
      return (tuple) => {
        const residuals = operands.map((operand) => operand(tuple));
        // The filter itself stands for "nothing settled": callers may keep what they compiled for it (SCN-050).
        return residuals.every((residual, index) => residual === bound.operands[index])
          ? bound
          : combine(residuals);
      };
    }
    default: {
      const strict = strictProjection(bound, spec, schema);
      const inclusive = inclusiveProjection(bound, spec, schema);
      if (strict.op === "false" && inclusive.op === "true") return () => bound;
      const allMatch = partitionEvaluator(strict);
      const someMayMatch = partitionEvaluator(inclusive);
      return (tuple) => (allMatch(tuple) ? alwaysTrue : someMayMatch(tuple) ? bound : alwaysFalse);
    }
  }
}
