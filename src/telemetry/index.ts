/** Front door of `telemetry/`. @module */
export { canonicalJson } from "./canonical-json.ts";
export type { TelemetryTenant, TelemetryTimestampType } from "./convert.ts";
export * from "./logs.ts";
export * from "./metrics.ts";
export { type SampleTracesOptions, sampleTraces } from "./sample.ts";
export * from "./schemas.ts";
export * from "./sources.ts";
export * from "./spans.ts";
export * from "./tables.ts";
