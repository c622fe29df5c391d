/** Front door of `reading/`. @module */
export * from "./read-task.ts";
export * from "./scan.ts";
