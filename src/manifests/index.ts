/** Front door of `manifests/`. @module */
export * from "./data-file.ts";
