/** Front door of `planning/`. @module */
export * from "./concurrency.ts";
export * from "./duckdb-query.ts";
export * from "./explain.ts";
export * from "./incremental.ts";
export { ManifestCache } from "./manifest-cache.ts";
export * from "./metadata-answers.ts";
export * from "./plan-files.ts";
export * from "./plan-svg.ts";
export * from "./report-json.ts";
export * from "./scan-filter.ts";
export * from "./scan-report.ts";
export * from "./snapshot-choice.ts";
export * from "./snapshot-manifests.ts";
export * from "./task-groups.ts";
export * from "./task-json.ts";
export * from "./tenant.ts";
