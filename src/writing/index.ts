/** Front door of `writing/`. @module */
export * from "./data-file-writer.ts";
export * from "./locations.ts";
export * from "./write-rows.ts";
export * from "./write-settings.ts";
