/** Upkeep of tables, the entry `icewright/maintenance`. @module */
export * from "./expire-snapshots.ts";
export type { FileLists, FileProblem } from "./unreachable-files.ts";
