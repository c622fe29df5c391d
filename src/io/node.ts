/** Front door of `io/` for Node: local files. @module */
export * from "./node-files.ts";
