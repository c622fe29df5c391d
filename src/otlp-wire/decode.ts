/** One decoder for each signal over both encodings of OTLP/HTTP. Spec: OTLP/HTTP. @module */
import { IcebergError } from "../base/index.ts";
import { parseLogs } from "./json-logs.ts";
import { parseMetrics } from "./json-metrics.ts";
import { parseTraces } from "./json-traces.ts";
import type { LogsData, MetricsData, TracesData } from "./model.ts";
import { readLogs } from "./protobuf-logs.ts";
import { readMetrics } from "./protobuf-metrics.ts";
import { readTraces } from "./protobuf-traces.ts";

export type OtlpEncoding = "protobuf" | "json";

export interface DecodeOptions {
  /** Media type of the body, parameters allowed. Default `application/x-protobuf`. */
  readonly contentType?: string | undefined;
}

/** The encoding a media type names, parameters ignored; `null` when OTLP/HTTP does not know it (HTTP 415). */
export function encodingOf(contentType: string): OtlpEncoding | null {
  const type = contentType.split(";", 1)[0]!.trim().toLowerCase();
  if (type === "application/x-protobuf" || type === "application/protobuf") return "protobuf";
  return type === "application/json" ? "json" : null;
}

/**
 * Decodes an uncompressed ExportTraceServiceRequest: all of it, or nothing.
 *
 * @example
 * const { resourceSpans } = decodeTraces(body, { contentType: "application/json" });
 * @throws IcebergError `invalid-payload` naming the byte or JSON path at which decoding stopped;
 * `invalid-argument` for an unknown media type.
 */
export function decodeTraces(bytes: Uint8Array, options: DecodeOptions = {}): TracesData {
  return encoding(options) === "json" ? parseTraces(bytes) : readTraces(bytes);
}

/** Decodes an uncompressed ExportLogsServiceRequest; see {@link decodeTraces}. */
export function decodeLogs(bytes: Uint8Array, options: DecodeOptions = {}): LogsData {
  return encoding(options) === "json" ? parseLogs(bytes) : readLogs(bytes);
}

/** Decodes an uncompressed ExportMetricsServiceRequest; see {@link decodeTraces}. */
export function decodeMetrics(bytes: Uint8Array, options: DecodeOptions = {}): MetricsData {
  return encoding(options) === "json" ? parseMetrics(bytes) : readMetrics(bytes);
}

function encoding({ contentType = "application/x-protobuf" }: DecodeOptions): OtlpEncoding {
  const known = encodingOf(contentType);
  if (known !== null) return known;
  throw new IcebergError(
    "invalid-argument",
    `Cannot decode OTLP of type ${JSON.stringify(contentType)}: use application/x-protobuf or application/json`,
    { context: { contentType } },
  );
}
