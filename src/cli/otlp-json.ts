/** Trace exports as OTLP/JSON. Spec: OTLP JSON Protobuf Encoding. @module */
import { type Json, JsonFloat } from "../base/index.ts";
import type { AnyValue, KeyValue, Span, TracesData } from "../otlp-wire/index.ts";

/** A request as the JSON document that decodes to it; empty members are left out. */
export function tracesToJson({ resourceSpans }: TracesData): Json {
  return {
    resourceSpans: resourceSpans.map(({ resource, scopeSpans, schemaUrl }) => ({
      resource: { attributes: attributesJson(resource.attributes) },
      scopeSpans: scopeSpans.map(({ scope, spans, schemaUrl: ofScope }) => ({
        scope: present({
          name: scope.name,
          version: scope.version,
          attributes: attributesJson(scope.attributes),
          droppedAttributesCount: scope.droppedAttributesCount,
        }),
        spans: spans.map(spanJson),
        ...present({ schemaUrl: ofScope }),
      })),
      ...present({ schemaUrl }),
    })),
  };
}

type JsonMembers = { readonly [key: string]: Json };

function spanJson(span: Span): Json {
  return present({
    traceId: span.traceId,
    spanId: span.spanId,
    traceState: span.traceState,
    parentSpanId: span.parentSpanId,
    flags: span.flags,
    name: span.name,
    kind: span.kind,
    startTimeUnixNano: String(span.startTimeUnixNano),
    endTimeUnixNano: String(span.endTimeUnixNano),
    attributes: attributesJson(span.attributes),
    droppedAttributesCount: span.droppedAttributesCount,
    events: span.events.map((event) =>
      present({
        timeUnixNano: String(event.timeUnixNano),
        name: event.name,
        attributes: attributesJson(event.attributes),
        droppedAttributesCount: event.droppedAttributesCount,
      }),
    ),
    droppedEventsCount: span.droppedEventsCount,
    links: span.links.map((link) =>
      present({
        traceId: link.traceId,
        spanId: link.spanId,
        traceState: link.traceState,
        attributes: attributesJson(link.attributes),
        droppedAttributesCount: link.droppedAttributesCount,
        flags: link.flags,
      }),
    ),
    droppedLinksCount: span.droppedLinksCount,
    status: present({ code: span.status.code, message: span.status.message }),
  });
}

function attributesJson(attributes: readonly KeyValue[]): Json {
  return attributes.map(({ key, value }) => ({ key, value: valueJson(value) }));
}

function valueJson(value: AnyValue): Json {
  switch (typeof value) {
    case "string":
      return { stringValue: value };
    case "boolean":
      return { boolValue: value };
    case "bigint":
      return { intValue: String(value) };
    case "number":
      return { doubleValue: Number.isFinite(value) ? new JsonFloat(value) : String(value) };
  }
  if (value === null) return {};
  if (value instanceof Uint8Array) return { bytesValue: Buffer.from(value).toString("base64") };
  if ("keyValues" in value) return { kvlistValue: { values: attributesJson(value.keyValues) } };
  return { arrayValue: { values: value.map(valueJson) } };
}

/** The members that are not empty; a time of 0 is kept, for it looks like any text. */
function present(members: JsonMembers): JsonMembers {
  const kept = Object.entries(members).filter(([, value]) => {
    if (Array.isArray(value)) return value.length > 0;
    return value !== "" && value !== 0;
  });
  return Object.fromEntries(kept);
}
