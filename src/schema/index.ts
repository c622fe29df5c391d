/** Front door of `schema/`. @module */
export * from "./schema.ts";
export * from "./types.ts";
export * from "./values.ts";
