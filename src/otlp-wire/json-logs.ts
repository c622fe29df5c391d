/** ExportLogsServiceRequest from OTLP/JSON. Spec: OTLP JSON Protobuf Encoding; logs.proto. @module */
import type { JsonObject } from "../base/index.ts";
import { jsonAnyValue, jsonKeyValues, jsonResource, jsonScope, parseDocument } from "./json-common.ts";
import { JsonCursor } from "./json-cursor.ts";
import type { AnyValue, LogRecord, LogsData } from "./model.ts";
import { EMPTY_RESOURCE, EMPTY_SCOPE } from "./protobuf-common.ts";

/**
 * Decodes a request body.
 * @throws IcebergError `invalid-payload` naming the offset or JSON path at which decoding stopped.
 */
export function parseLogs(bytes: Uint8Array): LogsData {
  const what = "OTLP/JSON logs";
  const cursor = new JsonCursor(what);
  const document = cursor.document(parseDocument(bytes, what));
  return {
    resourceLogs: cursor.objects(document, "resourceLogs", (entry) => ({
      resource: cursor.object(entry, "resource", (value) => jsonResource(cursor, value), EMPTY_RESOURCE),
      scopeLogs: cursor.objects(entry, "scopeLogs", (group) => ({
        scope: cursor.object(group, "scope", (value) => jsonScope(cursor, value), EMPTY_SCOPE),
        logRecords: cursor.objects(group, "logRecords", (record) => jsonLogRecord(cursor, record)),
        schemaUrl: cursor.string(group, "schemaUrl"),
      })),
      schemaUrl: cursor.string(entry, "schemaUrl"),
    })),
  };
}

function jsonLogRecord(cursor: JsonCursor, record: JsonObject): LogRecord {
  return {
    timeUnixNano: cursor.uint64(record, "timeUnixNano"),
    observedTimeUnixNano: cursor.uint64(record, "observedTimeUnixNano"),
    severityNumber: cursor.enumeration(record, "severityNumber", SEVERITIES),
    severityText: cursor.string(record, "severityText"),
    body: cursor.object<AnyValue>(record, "body", (body) => jsonAnyValue(cursor, body), null),
    attributes: jsonKeyValues(cursor, record, "attributes"),
    droppedAttributesCount: cursor.uint32(record, "droppedAttributesCount"),
    flags: cursor.uint32(record, "flags"),
    traceId: cursor.hex(record, "traceId", 16),
    spanId: cursor.hex(record, "spanId", 8),
    eventName: cursor.string(record, "eventName"),
  };
}

const LEVELS = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"];

/**
 * Names of severity numbers 1 to 24, at their index; index 0 is unspecified.
 * `TRACE, TRACE2, TRACE3, TRACE4, DEBUG …`
 */
export const SEVERITY_NAMES: readonly string[] = Object.freeze([
  "UNSPECIFIED",
  ...LEVELS.flatMap((level) => [level, `${level}2`, `${level}3`, `${level}4`]),
]);

const SEVERITIES: ReadonlyMap<string, number> = new Map(
  SEVERITY_NAMES.map((name, i) => [`SEVERITY_NUMBER_${name}`, i]),
);
