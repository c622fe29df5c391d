/** Front door of `commit/`. @module */
export * from "./append.ts";
export * from "./evolve.ts";
export * from "./retry.ts";
export {
  COMMIT_ID_KEY,
  checkSnapshotOptions,
  type SnapshotOptions,
  SOURCE_WATERMARK_KEY,
  WAP_ID_KEY,
} from "./snapshot-options.ts";
export {
  type CommittedSteps,
  commitSteps,
  isDefiniteFailure,
  type StepChange,
  type TableStep,
} from "./steps.ts";
export * from "./update-properties.ts";
