/** Front door of `commit/`. @module */
export * from "./append.ts";
export type { DeleteFiles } from "./delete-files.ts";
export * from "./evolve.ts";
export type { ConflictChecks, IsolationLevel } from "./isolation.ts";
export * from "./metrics-reporter.ts";
export * from "./otel-reporter.ts";
export type { OverwriteFiles, ReplacePartitions } from "./overwrite.ts";
export type { RefOptions, RefRetention } from "./refs.ts";
export * from "./report.ts";
export * from "./retry.ts";
export type { RewriteFiles } from "./rewrite-files.ts";
export type { RewriteManifests } from "./rewrite-manifests.ts";
export { type RowDelta, rowDeltaStep } from "./row-delta.ts";
export { SnapshotManager } from "./snapshot-manager.ts";
export {
  COMMIT_ID_KEY,
  checkSnapshotOptions,
  earlierCommit,
  type SnapshotOptions,
  SOURCE_WATERMARK_KEY,
  WAP_ID_KEY,
} from "./snapshot-options.ts";
export { type CommittedSteps, commitSteps, isDefiniteFailure, type TableStep } from "./steps.ts";
export { type Committed, Transaction } from "./transaction.ts";
export * from "./update-properties.ts";
