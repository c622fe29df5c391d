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
  return object(
    member("attributes", attributesJson(span.attributes)),
    member(
      "dropped",
      members(
        count("attributes", span.droppedAttributesCount),
        count("events", span.droppedEventsCount),
        count("links", span.droppedLinksCount),
        count("resource_attributes", context.droppedResourceAttributes),
        count("scope_attributes", context.droppedScopeAttributes),
      ),
    ),
    time("end_time_unix_nano", span.endTimeUnixNano),
    member("events", array(span.events, eventJson)),
    count("flags", span.flags),
    count("kind", span.kind),
    member("links", array(span.links, linkJson)),
    text("name", span.name),
    text("parent_span_id", oddId(span.parentSpanId, 8)),
    member("resource", context.resource),
    text("resource_schema_url", context.resourceSchemaUrl),
    text("schema_url", context.schemaUrl),
    member("scope", context.scope),
    text("span_id", oddId(span.spanId, 8)),
    time("start_time_unix_nano", span.startTimeUnixNano),
    member("status", members(count("code", status.code), text("message", status.message))),
    text("trace_state", span.traceState),
  );
}

/** A JSON object of rendered members. */
export function object(...rendered: readonly string[]): string {
  const body = rendered.filter((part) => part !== "").join(",");
  return `{${body}}`;
}

/** As {@link object}, but `""` when nothing is in it. */
export function members(...rendered: readonly string[]): string {
  const body = object(...rendered);
  return body === "{}" ? "" : body;
}

/** A member whose value is rendered already; left out when that is `""`. */
export function member(name: string, json: string): string {
  return json === "" ? "" : `"${name}":${json}`;
}

/** A text member; left out when empty. */
export function text(name: string, value: string): string {
  return value === "" ? "" : `"${name}":${JSON.stringify(value)}`;
}

/** A small integer member; left out when 0. */
export function count(name: string, value: number): string {
  return value === 0 ? "" : `"${name}":${value}`;
}

/** A 64-bit time as a decimal string; left out when 0. */
export function time(name: string, value: bigint): string {
  return value === 0n ? "" : `"${name}":"${value}"`;
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
  return members(
    member("attributes", attributesJson(scope.attributes)),
    text("name", scope.name),
    text("version", scope.version),
  );
}

function eventJson(event: SpanEvent): string {
  return object(
    member("attributes", attributesJson(event.attributes)),
    count("dropped_attributes_count", event.droppedAttributesCount),
    text("name", event.name),
    time("time_unix_nano", event.timeUnixNano),
  );
}

function linkJson(link: SpanLink): string {
  return object(
    member("attributes", attributesJson(link.attributes)),
    count("dropped_attributes_count", link.droppedAttributesCount),
    count("flags", link.flags),
    text("span_id", link.spanId),
    text("trace_id", link.traceId),
    text("trace_state", link.traceState),
  );
}
