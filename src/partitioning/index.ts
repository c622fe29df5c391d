/** Front door of `partitioning/`. @module */
export * from "./spec.ts";
export * from "./transform.ts";
