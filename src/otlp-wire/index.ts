/** Front door of `otlp-wire/`. @module */
export * from "./decode.ts";
export { SEVERITY_NAMES } from "./json-logs.ts";
export * from "./model.ts";
