/** Front door of `values/`. @module */
export * from "./metrics.ts";
