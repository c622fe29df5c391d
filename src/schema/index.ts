/** Front door of `schema/`. @module */
export * from "./decimal.ts";
export * from "./define.ts";
export * from "./equality.ts";
export * from "./fresh-ids.ts";
export * from "./row-types.ts";
export * from "./schema.ts";
export * from "./schema-json.ts";
export * from "./temporal.ts";
export * from "./type-text.ts";
export * from "./types.ts";
export * from "./uuid.ts";
export * from "./value-json.ts";
export * from "./values.ts";
