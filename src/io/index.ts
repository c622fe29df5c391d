/** Front door of `io/` for every runtime; what needs Node stands in `node.ts`. @module */
export * from "./http-client.ts";
export * from "./http-retry.ts";
export * from "./location.ts";
export * from "./memory.ts";
export * from "./new-files.ts";
export * from "./runtime.ts";
