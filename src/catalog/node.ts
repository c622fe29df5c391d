/** Front door of `catalog/` for Node: the catalog that is a folder. @module */
export * from "./node-file-catalog.ts";
export { loadFileTable } from "./node-file-versions.ts";
