/** Front door of `ingest/`. @module */
export * from "./committer.ts";
export * from "./folder-channel.ts";
export * from "./recorded-results.ts";
export * from "./write-files.ts";
export * from "./write-result.ts";
