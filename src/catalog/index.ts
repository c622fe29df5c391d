/** Front door of `catalog/` for every runtime; the file catalog stands in `node.ts`. @module */
export * from "./client.ts";
export * from "./memory-catalog.ts";
export { RestCatalogClient } from "./rest-catalog.ts";
export type { RestProperties } from "./rest-config.ts";
export { type FileIOFor, fileIOFor } from "./rest-files.ts";
export { openRestCatalog, type RestCatalogOptions } from "./rest-open.ts";
