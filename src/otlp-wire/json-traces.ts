/** ExportTraceServiceRequest from OTLP/JSON. Spec: OTLP JSON Protobuf Encoding; trace.proto. @module */
import type { JsonObject } from "../base/index.ts";
import { jsonKeyValues, jsonResource, jsonScope, parseDocument } from "./json-common.ts";
import { JsonCursor } from "./json-cursor.ts";
import type { Span, SpanEvent, SpanLink, SpanStatus, TracesData } from "./model.ts";
import { EMPTY_RESOURCE, EMPTY_SCOPE } from "./protobuf-common.ts";

/**
 * Decodes a request body.
 * @throws IcebergError `invalid-payload` naming the offset or JSON path at which decoding stopped.
 */
export function parseTraces(bytes: Uint8Array): TracesData {
  const what = "OTLP/JSON traces";
  const cursor = new JsonCursor(what);
  const document = cursor.document(parseDocument(bytes, what));
  return {
    resourceSpans: cursor.objects(document, "resourceSpans", (entry) => ({
      resource: cursor.object(entry, "resource", (value) => jsonResource(cursor, value), EMPTY_RESOURCE),
      scopeSpans: cursor.objects(entry, "scopeSpans", (group) => ({
        scope: cursor.object(group, "scope", (value) => jsonScope(cursor, value), EMPTY_SCOPE),
        spans: cursor.objects(group, "spans", (span) => jsonSpan(cursor, span)),
        schemaUrl: cursor.string(group, "schemaUrl"),
      })),
      schemaUrl: cursor.string(entry, "schemaUrl"),
    })),
  };
}

function jsonSpan(cursor: JsonCursor, span: JsonObject): Span {
  return {
    traceId: cursor.hex(span, "traceId", 16),
    spanId: cursor.hex(span, "spanId", 8),
    traceState: cursor.string(span, "traceState"),
    parentSpanId: cursor.hex(span, "parentSpanId", 8),
    flags: cursor.uint32(span, "flags"),
    name: cursor.string(span, "name"),
    kind: cursor.enumeration(span, "kind", SPAN_KINDS),
    startTimeUnixNano: cursor.uint64(span, "startTimeUnixNano"),
    endTimeUnixNano: cursor.uint64(span, "endTimeUnixNano"),
    attributes: jsonKeyValues(cursor, span, "attributes"),
    droppedAttributesCount: cursor.uint32(span, "droppedAttributesCount"),
    events: cursor.objects(span, "events", (event) => jsonEvent(cursor, event)),
    droppedEventsCount: cursor.uint32(span, "droppedEventsCount"),
    links: cursor.objects(span, "links", (link) => jsonLink(cursor, link)),
    droppedLinksCount: cursor.uint32(span, "droppedLinksCount"),
    status: cursor.object(span, "status", (status) => jsonStatus(cursor, status), UNSET_STATUS),
  };
}

function jsonEvent(cursor: JsonCursor, event: JsonObject): SpanEvent {
  return {
    timeUnixNano: cursor.uint64(event, "timeUnixNano"),
    name: cursor.string(event, "name"),
    attributes: jsonKeyValues(cursor, event, "attributes"),
    droppedAttributesCount: cursor.uint32(event, "droppedAttributesCount"),
  };
}

function jsonLink(cursor: JsonCursor, link: JsonObject): SpanLink {
  return {
    traceId: cursor.hex(link, "traceId", 16),
    spanId: cursor.hex(link, "spanId", 8),
    traceState: cursor.string(link, "traceState"),
    attributes: jsonKeyValues(cursor, link, "attributes"),
    droppedAttributesCount: cursor.uint32(link, "droppedAttributesCount"),
    flags: cursor.uint32(link, "flags"),
  };
}

function jsonStatus(cursor: JsonCursor, status: JsonObject): SpanStatus {
  return {
    code: cursor.enumeration(status, "code", STATUS_CODES),
    message: cursor.string(status, "message"),
  };
}

const UNSET_STATUS: SpanStatus = Object.freeze({ code: 0, message: "" });

const SPAN_KINDS: ReadonlyMap<string, number> = new Map(
  ["UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER"].map((name, i) => [
    `SPAN_KIND_${name}`,
    i,
  ]),
);
const STATUS_CODES: ReadonlyMap<string, number> = new Map(
  ["UNSET", "OK", "ERROR"].map((name, i) => [`STATUS_CODE_${name}`, i]),
);
