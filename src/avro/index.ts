/** Front door of `avro/`. @module */
export * from "./buffer.ts";
export * from "./container.ts";
export * from "./container-writer.ts";
export * from "./cursor.ts";
export * from "./decode.ts";
export * from "./project-rows.ts";
export * from "./repeated.ts";
export * from "./schema.ts";
export * from "./skip.ts";
export * from "./values.ts";
