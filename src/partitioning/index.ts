/** Front door of `partitioning/`. @module */
export * from "./apply.ts";
export * from "./build.ts";
export * from "./path.ts";
export * from "./spec.ts";
export * from "./spec-json.ts";
export * from "./spec-update.ts";
export * from "./term.ts";
export * from "./transform.ts";
export * from "./tuple.ts";
