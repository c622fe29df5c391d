/** Front door of `commit/`. @module */
export * from "./evolve.ts";
export * from "./fast-append.ts";
export * from "./retry.ts";
export * from "./update-properties.ts";
