/** Front door of `metadata/`. @module */
export * from "./apply.ts";
export * from "./check.ts";
export * from "./create.ts";
export * from "./metadata-json.ts";
export * from "./names.ts";
export * from "./requirement-json.ts";
export * from "./requirements.ts";
export * from "./reserved-properties.ts";
export * from "./schema-version.ts";
export * from "./snapshot.ts";
export * from "./snapshot-json.ts";
export * from "./snapshot-log.ts";
export * from "./statistics-json.ts";
export * from "./summary.ts";
export * from "./table-metadata.ts";
export * from "./update-json.ts";
export * from "./updates.ts";
