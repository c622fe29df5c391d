/** Trace requests to protobuf: for samples, tests and senders. Spec: OTLP trace.proto. @module */
import {
  type AnyValue,
  isKeyValueList,
  type KeyValue,
  type Resource,
  type ResourceSpans,
  type Scope,
  type ScopeSpans,
  type Span,
  type SpanEvent,
  type SpanLink,
  type SpanStatus,
  type TracesData,
} from "./model.ts";
import { ProtoWriter } from "./protobuf-writer.ts";

/**
 * Encodes an ExportTraceServiceRequest. Members with proto3 default values are left out, so decoding gives back an
 * equal request.
 * @throws IcebergError `invalid-argument` when an identifier is not hex.
 */
export function encodeTraces(request: TracesData): Uint8Array {
  const writer = new ProtoWriter();
  for (const group of request.resourceSpans) writer.message(1, () => writeResourceSpans(writer, group));
  return writer.finish();
}

function writeResourceSpans(writer: ProtoWriter, group: ResourceSpans): void {
  writer.message(1, () => writeResource(writer, group.resource));
  for (const scopeSpans of group.scopeSpans) writer.message(2, () => writeScopeSpans(writer, scopeSpans));
  if (group.schemaUrl !== "") writer.string(3, group.schemaUrl);
}

function writeScopeSpans(writer: ProtoWriter, group: ScopeSpans): void {
  writer.message(1, () => writeScope(writer, group.scope));
  for (const span of group.spans) writer.message(2, () => writeSpan(writer, span));
  if (group.schemaUrl !== "") writer.string(3, group.schemaUrl);
}

function writeSpan(writer: ProtoWriter, span: Span): void {
  if (span.traceId !== "") writer.hex(1, span.traceId);
  if (span.spanId !== "") writer.hex(2, span.spanId);
  if (span.traceState !== "") writer.string(3, span.traceState);
  if (span.parentSpanId !== "") writer.hex(4, span.parentSpanId);
  if (span.name !== "") writer.string(5, span.name);
  if (span.kind !== 0) writer.int32(6, span.kind);
  if (span.startTimeUnixNano !== 0n) writer.fixed64(7, span.startTimeUnixNano);
  if (span.endTimeUnixNano !== 0n) writer.fixed64(8, span.endTimeUnixNano);
  writeAttributes(writer, 9, span.attributes);
  if (span.droppedAttributesCount !== 0) writer.uint32(10, span.droppedAttributesCount);
  for (const event of span.events) writer.message(11, () => writeEvent(writer, event));
  if (span.droppedEventsCount !== 0) writer.uint32(12, span.droppedEventsCount);
  for (const link of span.links) writer.message(13, () => writeLink(writer, link));
  if (span.droppedLinksCount !== 0) writer.uint32(14, span.droppedLinksCount);
  writer.message(15, () => writeStatus(writer, span.status));
  if (span.flags !== 0) writer.fixed32(16, span.flags);
}

function writeEvent(writer: ProtoWriter, event: SpanEvent): void {
  if (event.timeUnixNano !== 0n) writer.fixed64(1, event.timeUnixNano);
  if (event.name !== "") writer.string(2, event.name);
  writeAttributes(writer, 3, event.attributes);
  if (event.droppedAttributesCount !== 0) writer.uint32(4, event.droppedAttributesCount);
}

function writeLink(writer: ProtoWriter, link: SpanLink): void {
  if (link.traceId !== "") writer.hex(1, link.traceId);
  if (link.spanId !== "") writer.hex(2, link.spanId);
  if (link.traceState !== "") writer.string(3, link.traceState);
  writeAttributes(writer, 4, link.attributes);
  if (link.droppedAttributesCount !== 0) writer.uint32(5, link.droppedAttributesCount);
  if (link.flags !== 0) writer.fixed32(6, link.flags);
}

function writeStatus(writer: ProtoWriter, { code, message }: SpanStatus): void {
  if (message !== "") writer.string(2, message);
  if (code !== 0) writer.int32(3, code);
}

function writeResource(writer: ProtoWriter, resource: Resource): void {
  writeAttributes(writer, 1, resource.attributes);
  if (resource.droppedAttributesCount !== 0) writer.uint32(2, resource.droppedAttributesCount);
}

function writeScope(writer: ProtoWriter, scope: Scope): void {
  if (scope.name !== "") writer.string(1, scope.name);
  if (scope.version !== "") writer.string(2, scope.version);
  writeAttributes(writer, 3, scope.attributes);
  if (scope.droppedAttributesCount !== 0) writer.uint32(4, scope.droppedAttributesCount);
}

function writeAttributes(writer: ProtoWriter, field: number, attributes: readonly KeyValue[]): void {
  for (const { key, value } of attributes) {
    writer.message(field, () => {
      if (key !== "") writer.string(1, key);
      if (value !== null) writer.message(2, () => writeValue(writer, value));
    });
  }
}

/** The members of an AnyValue; the empty value has none. A oneof member is written even when it is the default. */
function writeValue(writer: ProtoWriter, value: AnyValue): void {
  if (value === null) return;
  if (typeof value === "string") writer.string(1, value);
  else if (typeof value === "boolean") writer.bool(2, value);
  else if (typeof value === "bigint") writer.int64(3, value);
  else if (typeof value === "number") writer.double(4, value);
  else if (value instanceof Uint8Array) writer.bytesField(7, value);
  else if (isKeyValueList(value)) writer.message(6, () => writeAttributes(writer, 1, value.keyValues));
  else {
    writer.message(5, () => {
      for (const item of value) writer.message(1, () => writeValue(writer, item));
    });
  }
}
