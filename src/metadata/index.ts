/** Front door of `metadata/`. @module */
export * from "./snapshot.ts";
export * from "./table-metadata.ts";
