/** Front door of `expressions/`. @module */
export * from "./bind.ts";
export * from "./bound.ts";
export * from "./evaluate.ts";
export * from "./expression.ts";
export { type ExpressionFromJsonOptions, expressionFromJson, expressionToJson } from "./json.ts";
export * from "./literal.ts";
export {
  explainInclusive,
  type FileMetrics,
  inclusiveMetricsEvaluator,
  strictMetricsEvaluator,
} from "./metrics.ts";
export { MAX_FILTER_DEPTH, parseExpression } from "./parse.ts";
export { inclusiveProjection, strictProjection } from "./projection.ts";
export type { PruneRule, Ruling } from "./pruning.ts";
export { residualEvaluator } from "./residual.ts";
export { columnsOf, rewriteNot } from "./rewrite.ts";
export { explainManifest, manifestEvaluator } from "./summaries.ts";
export { toText } from "./text.ts";
export { MAX_FILTER_LENGTH } from "./tokens.ts";
