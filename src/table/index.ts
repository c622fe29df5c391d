/** Front door of `table/`. @module */
export * from "./catalog.ts";
export * from "./table.ts";
