/** Front door of `base/`. @module */
export * from "./abort.ts";
export * from "./bytes.ts";
export * from "./codecs.ts";
export * from "./crc32.ts";
export * from "./errors.ts";
export * from "./files.ts";
export * from "./json.ts";
export * from "./numbers.ts";
export * from "./snappy.ts";
