/** Front door of `standard-schema/`. @module */
export * from "./define.ts";
export * from "./json-schema.ts";
export * from "./standard.ts";
