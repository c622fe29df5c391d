/**
 * The JSON of `raw_attributes_json`: everything the sender said that has no column of its own, losslessly.
 * Members are sorted like all canonical JSON, absent and empty ones are left out, 64-bit times are strings.
 * @module
 */
import type { Resource, Scope, Span, SpanEvent, SpanLink } from "../otlp-wire/index.ts";
import { canonicalObject } from "./canonical-json.ts";
import { isZeroId, validId } from "./convert.ts";

/** The parts every record of one scope shares, rendered once. */
export interface RawContext {
  /** JSON object of the resource attributes, `""` when there are none. */
  readonly resource: string;
  /** JSON object of name, version and attributes, `""` when there are none. */
  readonly scope: string;
  readonly schemaUrl: string;
  readonly resourceSchemaUrl: string;
  readonly droppedResourceAttributes: number;
  readonly droppedScopeAttributes: number;
}

/** Renders the shared parts. */
export function rawContext(
  resource: Resource,
  resourceSchemaUrl: string,
  scope: Scope,
  scopeSchemaUrl: string,
): RawContext {
  return {
    resource: resource.attributes.length === 0 ? "" : canonicalObject(resource.attributes),
    scope: scopeJson(scope),
    schemaUrl: scopeSchemaUrl === "" ? resourceSchemaUrl : scopeSchemaUrl,
    resourceSchemaUrl: scopeSchemaUrl === "" || resourceSchemaUrl === scopeSchemaUrl ? "" : resourceSchemaUrl,
    droppedResourceAttributes: resource.droppedAttributesCount,
    droppedScopeAttributes: scope.droppedAttributesCount,
  };
}

/** The raw JSON of a span. */
export function rawSpan(span: Span, context: RawContext): string {
  const { status } = span;
  let json = OPEN;
  json = put(json, "attributes", attributesJson(span.attributes));
  json = put(json, "dropped", droppedJson(span, context));
  json = putTime(json, "end_time_unix_nano", span.endTimeUnixNano);
  json = put(json, "events", array(span.events, eventJson));
  json = putCount(json, "flags", span.flags);
  json = putCount(json, "kind", span.kind);
  json = put(json, "links", array(span.links, linkJson));
  json = putText(json, "name", span.name);
  json = putText(json, "parent_span_id", oddId(span.parentSpanId, 8));
  json = put(json, "resource", context.resource);
  json = putText(json, "resource_schema_url", context.resourceSchemaUrl);
  json = putText(json, "schema_url", context.schemaUrl);
  json = put(json, "scope", context.scope);
  json = putText(json, "span_id", oddId(span.spanId, 8));
  json = putTime(json, "start_time_unix_nano", span.startTimeUnixNano);
  if (status.code !== 0 || status.message !== "") {
    json = put(
      json,
      "status",
      close(putText(putCount(OPEN, "code", status.code), "message", status.message)),
    );
  }
  return close(putText(json, "trace_state", span.traceState));
}

/** An object without members yet; the `put` functions add to it, {@link close} ends it. */
export const OPEN = "{";

/** Ends an object. */
export function close(json: string): string {
  return `${json}}`;
}

/** Ends an object, or gives `""` when it has no members. */
export function closeUnlessEmpty(json: string): string {
  return json === OPEN ? "" : `${json}}`;
}

/** Adds a member whose value is JSON already; `""` is left out. Names need no escapes. */
export function put(json: string, name: string, value: string): string {
  if (value === "") return json;
  return json === OPEN ? `{"${name}":${value}` : `${json},"${name}":${value}`;
}

/** Adds text; left out when empty. */
export function putText(json: string, name: string, value: string): string {
  return value === "" ? json : put(json, name, JSON.stringify(value));
}

/** Adds a small integer; left out when 0. */
export function putCount(json: string, name: string, value: number): string {
  return value === 0 ? json : put(json, name, String(value));
}

/** Adds a 64-bit time as a decimal string; left out when 0. */
export function putTime(json: string, name: string, value: bigint): string {
  return value === 0n ? json : put(json, name, `"${value}"`);
}

/** Attributes as an object; `""` when there are none. */
export function attributesJson(attributes: Resource["attributes"]): string {
  return attributes.length === 0 ? "" : canonicalObject(attributes);
}

/** An array of rendered items; `""` when empty. */
export function array<T>(items: readonly T[], render: (item: T) => string): string {
  return items.length === 0 ? "" : `[${items.map(render).join(",")}]`;
}

/** An identifier that no column can hold: kept, unless it says nothing. */
export function oddId(id: string, bytes: number): string {
  return validId(id, bytes) !== null || isZeroId(id) ? "" : id;
}

function scopeJson(scope: Scope): string {
  const json = put(OPEN, "attributes", attributesJson(scope.attributes));
  return closeUnlessEmpty(putText(putText(json, "name", scope.name), "version", scope.version));
}

function droppedJson(span: Span, context: RawContext): string {
  let json = OPEN;
  json = putCount(json, "attributes", span.droppedAttributesCount);
  json = putCount(json, "events", span.droppedEventsCount);
  json = putCount(json, "links", span.droppedLinksCount);
  return closeUnlessEmpty(putSharedDropped(json, context));
}

/** Adds the dropped counts of resource and scope. */
export function putSharedDropped(json: string, context: RawContext): string {
  const counted = putCount(json, "resource_attributes", context.droppedResourceAttributes);
  return putCount(counted, "scope_attributes", context.droppedScopeAttributes);
}

function eventJson(event: SpanEvent): string {
  let json = put(OPEN, "attributes", attributesJson(event.attributes));
  json = putCount(json, "dropped_attributes_count", event.droppedAttributesCount);
  json = putText(json, "name", event.name);
  return close(putTime(json, "time_unix_nano", event.timeUnixNano));
}

function linkJson(link: SpanLink): string {
  let json = put(OPEN, "attributes", attributesJson(link.attributes));
  json = putCount(json, "dropped_attributes_count", link.droppedAttributesCount);
  json = putCount(json, "flags", link.flags);
  json = putText(json, "span_id", link.spanId);
  json = putText(json, "trace_id", link.traceId);
  return close(putText(json, "trace_state", link.traceState));
}
