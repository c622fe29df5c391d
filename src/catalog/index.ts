/** Front door of `catalog/` for every runtime; the file catalog stands in `node.ts`. @module */
export * from "./client.ts";
export * from "./memory-catalog.ts";
