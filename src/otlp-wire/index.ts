/** Front door of `otlp-wire/`. @module */
export * from "./decode.ts";
export * from "./encode-traces.ts";
export { SEVERITY_NAMES } from "./json-logs.ts";
export * from "./model.ts";
export { ProtoWriter } from "./protobuf-writer.ts";
