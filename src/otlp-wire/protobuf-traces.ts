/** ExportTraceServiceRequest from protobuf. Spec: OTLP trace.proto. @module */
import type {
  KeyValue,
  ResourceSpans,
  ScopeSpans,
  Span,
  SpanEvent,
  SpanLink,
  SpanStatus,
  TracesData,
} from "./model.ts";
import { EMPTY_RESOURCE, EMPTY_SCOPE, readKeyValue, readResource, readScope } from "./protobuf-common.ts";
import { ProtoReader } from "./protobuf-reader.ts";

/**
 * Decodes a request body.
 * @throws IcebergError `invalid-payload` naming the byte at which decoding stopped.
 */
export function readTraces(bytes: Uint8Array): TracesData {
  const reader = new ProtoReader(bytes, "OTLP traces");
  const end = reader.length;
  const resourceSpans: ResourceSpans[] = [];
  while (reader.pos < end) {
    const tag = reader.tag();
    if (tag === 0x0a) resourceSpans.push(readResourceSpans(reader, end));
    else reader.skip(tag, end);
  }
  return { resourceSpans };
}

function readResourceSpans(reader: ProtoReader, end: number): ResourceSpans {
  const stop = reader.enter(end);
  const scopeSpans: ScopeSpans[] = [];
  let resource = EMPTY_RESOURCE;
  let schemaUrl = "";
  while (reader.pos < stop) {
    const tag = reader.tag();
    if (tag === 0x0a) resource = readResource(reader, stop, resource);
    else if (tag === 0x12) scopeSpans.push(readScopeSpans(reader, stop));
    else if (tag === 0x1a) schemaUrl = reader.string(stop);
    else reader.skip(tag, stop);
  }
  reader.leave(stop);
  return { resource, scopeSpans, schemaUrl };
}

function readScopeSpans(reader: ProtoReader, end: number): ScopeSpans {
  const stop = reader.enter(end);
  const spans: Span[] = [];
  let scope = EMPTY_SCOPE;
  let schemaUrl = "";
  while (reader.pos < stop) {
    const tag = reader.tag();
    if (tag === 0x0a) scope = readScope(reader, stop, scope);
    else if (tag === 0x12) spans.push(readSpan(reader, stop));
    else if (tag === 0x1a) schemaUrl = reader.string(stop);
    else reader.skip(tag, stop);
  }
  reader.leave(stop);
  return { scope, spans, schemaUrl };
}

function readSpan(reader: ProtoReader, end: number): Span {
  const stop = reader.enter(end);
  const attributes: KeyValue[] = [];
  const events: SpanEvent[] = [];
  const links: SpanLink[] = [];
  let traceId = "";
  let spanId = "";
  let traceState = "";
  let parentSpanId = "";
  let flags = 0;
  let name = "";
  let kind = 0;
  let startTimeUnixNano = 0n;
  let endTimeUnixNano = 0n;
  let droppedAttributesCount = 0;
  let droppedEventsCount = 0;
  let droppedLinksCount = 0;
  let status = UNSET_STATUS;
  while (reader.pos < stop) {
    const tag = reader.tag();
    switch (tag) {
      case 0x0a:
        traceId = reader.hex(stop);
        break;
      case 0x12:
        spanId = reader.hex(stop);
        break;
      case 0x1a:
        traceState = reader.string(stop);
        break;
      case 0x22:
        parentSpanId = reader.hex(stop);
        break;
      case 0x2a:
        name = reader.string(stop);
        break;
      case 0x30:
        kind = reader.int32();
        break;
      case 0x39:
        startTimeUnixNano = reader.fixed64();
        break;
      case 0x41:
        endTimeUnixNano = reader.fixed64();
        break;
      case 0x4a:
        attributes.push(readKeyValue(reader, stop));
        break;
      case 0x50:
        droppedAttributesCount = reader.uint32();
        break;
      case 0x5a:
        events.push(readEvent(reader, stop));
        break;
      case 0x60:
        droppedEventsCount = reader.uint32();
        break;
      case 0x6a:
        links.push(readLink(reader, stop));
        break;
      case 0x70:
        droppedLinksCount = reader.uint32();
        break;
      case 0x7a:
        status = readStatus(reader, stop, status);
        break;
      case 0x85: // field 16, fixed32
        flags = reader.fixed32();
        break;
      default:
        reader.skip(tag, stop);
    }
  }
  reader.leave(stop);
  return {
    traceId,
    spanId,
    traceState,
    parentSpanId,
    flags,
    name,
    kind,
    startTimeUnixNano,
    endTimeUnixNano,
    attributes,
    droppedAttributesCount,
    events,
    droppedEventsCount,
    links,
    droppedLinksCount,
    status,
  };
}

function readEvent(reader: ProtoReader, end: number): SpanEvent {
  const stop = reader.enter(end);
  const attributes: KeyValue[] = [];
  let timeUnixNano = 0n;
  let name = "";
  let droppedAttributesCount = 0;
  while (reader.pos < stop) {
    const tag = reader.tag();
    if (tag === 0x09) timeUnixNano = reader.fixed64();
    else if (tag === 0x12) name = reader.string(stop);
    else if (tag === 0x1a) attributes.push(readKeyValue(reader, stop));
    else if (tag === 0x20) droppedAttributesCount = reader.uint32();
    else reader.skip(tag, stop);
  }
  reader.leave(stop);
  return { timeUnixNano, name, attributes, droppedAttributesCount };
}

function readLink(reader: ProtoReader, end: number): SpanLink {
  const stop = reader.enter(end);
  const attributes: KeyValue[] = [];
  let traceId = "";
  let spanId = "";
  let traceState = "";
  let droppedAttributesCount = 0;
  let flags = 0;
  while (reader.pos < stop) {
    const tag = reader.tag();
    if (tag === 0x0a) traceId = reader.hex(stop);
    else if (tag === 0x12) spanId = reader.hex(stop);
    else if (tag === 0x1a) traceState = reader.string(stop);
    else if (tag === 0x22) attributes.push(readKeyValue(reader, stop));
    else if (tag === 0x28) droppedAttributesCount = reader.uint32();
    else if (tag === 0x35) flags = reader.fixed32();
    else reader.skip(tag, stop);
  }
  reader.leave(stop);
  return { traceId, spanId, traceState, attributes, droppedAttributesCount, flags };
}

function readStatus(reader: ProtoReader, end: number, before: SpanStatus): SpanStatus {
  const stop = reader.enter(end);
  let { code, message } = before;
  while (reader.pos < stop) {
    const tag = reader.tag();
    if (tag === 0x12) message = reader.string(stop);
    else if (tag === 0x18) code = reader.int32();
    else reader.skip(tag, stop);
  }
  reader.leave(stop);
  return { code, message };
}

const UNSET_STATUS: SpanStatus = Object.freeze({ code: 0, message: "" });
