/** Spans to rows of `trace_events`. @module */
import { floorDiv } from "../base/index.ts";
import type {
  AnyValue,
  KeyValue,
  Resource,
  ResourceSpans,
  Scope,
  ScopeSpans,
  Span,
  TracesData,
} from "../otlp-wire/index.ts";
import { columnText } from "./canonical-json.ts";
import {
  eventTimestamp,
  firstLong,
  firstNonBlank,
  firstText,
  nonBlank,
  type TelemetryTenant,
  type TelemetryTimestampType,
  validId,
} from "./convert.ts";
import { rawContext, rawSpan } from "./raw-json.ts";
import type { TraceEventRow } from "./schemas.ts";
import { compileSources, emptySlots, fillSlots, type SourcePlan } from "./source-plan.ts";
import {
  type Mapping,
  overrideMapping,
  TOKEN_USAGE_PREFIXES,
  TRACE_EVENT_SOURCES,
  type TraceEventSource,
} from "./sources.ts";
import { UsageAttributes } from "./usage-attributes.ts";

/** A span that lacks values for NOT NULL columns, and which, in column order. */
export interface RejectedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly name: string;
  readonly missing: readonly RequiredTraceColumn[];
}

/** Columns of `trace_events` that must not be null. */
export type RequiredTraceColumn =
  | "trace_id"
  | "workload_run_id"
  | "event_timestamp"
  | "organization_id"
  | "logic_id"
  | "nodespec_id";

/** What a `fill` callback sees: the rejection, and where the span comes from. */
export interface UnmappableSpan extends RejectedSpan {
  readonly span: Span;
  readonly scope: Scope;
  readonly resource: Resource;
}

/** Values a `fill` callback may supply; `event_timestamp` in the unit of the column. */
export type FilledColumns = Partial<Pick<TraceEventRow, RequiredTraceColumn>>;

/** Decides about one unmappable span; values still missing after a fill reject it. */
export type FillSpan = (span: UnmappableSpan) => FilledColumns | "reject" | "skip" | "route";

export interface MapSpansOptions {
  /** Replaces the attribute list of single columns; see `TRACE_EVENT_SOURCES`. */
  readonly mapping?: Partial<Mapping<TraceEventSource>>;
  /** Tenant known from outside the payload (authentication): used where no attribute names one. */
  readonly tenant?: TelemetryTenant | undefined;
  /**
   * What becomes of spans that lack a NOT NULL value: counted as rejected (default), accepted but left out, handed
   * on for another table, or completed by a callback.
   */
  readonly onUnmappable?: "reject" | "skip" | "route" | FillSpan;
  /** `otlp` (default): everything the sender said; `codon`: the attribute codon.node.raw_attributes_json verbatim. */
  readonly rawAttributes?: "otlp" | "codon";
  /** Attribute prefixes that make up `token_usage_json` when no attribute holds it whole. */
  readonly tokenUsagePrefixes?: readonly string[];
  /** Must be the type the table was created with. Default `timestamptz`. */
  readonly timestampType?: TelemetryTimestampType;
}

/** What became of the spans of a request. */
export interface MappedSpans {
  readonly rows: TraceEventRow[];
  readonly rejected: RejectedSpan[];
  readonly skipped: RejectedSpan[];
  /** The spans to write elsewhere, with their resources and scopes. */
  readonly routed: TracesData;
}

/**
 * Maps every span of a request to a row of `trace_events`, or says which NOT NULL columns it lacks. Nothing is
 * ever invented.
 *
 * @example
 * const { rows, rejected } = mapSpans(decodeTraces(body), { mapping: { organization_id: ["acme.tenant"] } });
 * @throws IcebergError `invalid-argument` when `mapping` names a column without attribute sources.
 */
export function mapSpans(request: TracesData, options: MapSpansOptions = {}): MappedSpans {
  const mapper = new SpanMapper(options);
  for (const group of request.resourceSpans) mapper.addResource(group);
  return { rows: mapper.rows, rejected: mapper.rejected, skipped: mapper.skipped, routed: mapper.routed() };
}

type Missing = RequiredTraceColumn[];

class SpanMapper {
  readonly rows: TraceEventRow[] = [];
  readonly rejected: RejectedSpan[] = [];
  readonly skipped: RejectedSpan[] = [];
  private readonly routedGroups: ResourceSpans[] = [];
  private readonly options: MapSpansOptions;
  private readonly plan: SourcePlan<TraceEventSource>;
  private readonly usage: UsageAttributes;
  private readonly timestampType: TelemetryTimestampType;

  constructor(options: MapSpansOptions) {
    this.options = options;
    this.plan =
      options.mapping === undefined
        ? DEFAULT_PLAN
        : compileSources(overrideMapping(TRACE_EVENT_SOURCES, options.mapping), ["record", "resource"]);
    this.usage = new UsageAttributes(options.tokenUsagePrefixes ?? TOKEN_USAGE_PREFIXES);
    this.timestampType = options.timestampType ?? "timestamptz";
  }

  routed(): TracesData {
    return { resourceSpans: this.routedGroups };
  }

  addResource(group: ResourceSpans): void {
    const base = emptySlots(this.plan);
    fillSlots(base, this.plan.resource, group.resource.attributes);
    const routed: ScopeSpans[] = [];
    for (const scopeSpans of group.scopeSpans) {
      const spans = this.addScope(group, scopeSpans, base);
      if (spans.length > 0) routed.push({ ...scopeSpans, spans });
    }
    if (routed.length > 0) this.routedGroups.push({ ...group, scopeSpans: routed });
  }

  /** Maps the spans of one scope; hands back those to route. */
  private addScope(group: ResourceSpans, scopeSpans: ScopeSpans, base: readonly AnyValue[]): Span[] {
    const { plan } = this;
    const { resource } = group;
    const { scope } = scopeSpans;
    const context = rawContext(resource, group.schemaUrl, scope, scopeSpans.schemaUrl);
    const routed: Span[] = [];
    for (const span of scopeSpans.spans) {
      const slots = base.slice();
      fillSlots(slots, plan.record, span.attributes);
      const missing: Missing = [];
      const row = this.row(span, resource, slots, missing);
      if (missing.length > 0) {
        const unmappable = { traceId: span.traceId, spanId: span.spanId, name: span.name, missing };
        const verdict = this.decide(unmappable, row, { ...unmappable, span, scope, resource });
        if (verdict === "route") routed.push(span);
        if (verdict !== "fill") continue;
      }
      row.raw_attributes_json =
        this.options.rawAttributes === "codon"
          ? attributeText(span.attributes, CODON_RAW)
          : rawSpan(span, context);
      this.rows.push(row);
    }
    return routed;
  }

  private row(span: Span, resource: Resource, slots: readonly AnyValue[], missing: Missing): TraceEventRow {
    const { columns } = this.plan;
    const { tenant } = this.options;
    const start = span.startTimeUnixNano === 0n ? span.endTimeUnixNano : span.startTimeUnixNano;
    const status = firstText(slots, columns.status_code) ?? STATUS_NAMES[span.status.code] ?? "UNSET";
    // Column order, so that `missing` names columns in it.
    return {
      span_id: validId(span.spanId, 8),
      trace_id: need(validId(span.traceId, 16), "trace_id", missing),
      parent_span_id: validId(span.parentSpanId, 8),
      workload_run_id: need(firstNonBlank(slots, columns.workload_run_id), "workload_run_id", missing),
      event_timestamp: needTime(start, this.timestampType, missing),
      duration_ms: firstLong(slots, columns.duration_ms, 0n) ?? durationMs(span),
      organization_id: need(
        firstNonBlank(slots, columns.organization_id) ?? nonBlank(tenant?.organization_id),
        "organization_id",
        missing,
      ),
      org_namespace: firstText(slots, columns.org_namespace) ?? tenant?.org_namespace ?? null,
      logic_id: need(firstNonBlank(slots, columns.logic_id), "logic_id", missing),
      nodespec_id: need(firstNonBlank(slots, columns.nodespec_id), "nodespec_id", missing),
      service_name: firstText(slots, columns.service_name),
      workload_name: firstText(slots, columns.workload_name),
      node_name: firstText(slots, columns.node_name),
      node_role: firstText(slots, columns.node_role),
      model_name: firstText(slots, columns.model_name),
      model_vendor: firstText(slots, columns.model_vendor),
      input_tokens: firstLong(slots, columns.input_tokens),
      output_tokens: firstLong(slots, columns.output_tokens),
      token_usage_json:
        firstText(slots, columns.token_usage_json) ?? this.usage.json(span.attributes, resource.attributes),
      node_input: firstText(slots, columns.node_input),
      node_output: firstText(slots, columns.node_output),
      status_code: status,
      error_message: firstText(slots, columns.error_message) ?? errorMessage(span, resource, status),
      raw_attributes_json: null,
    };
  }

  /** Applies `onUnmappable` to a span; `fill` means that the row is complete now. */
  private decide(
    rejection: RejectedSpan,
    row: TraceEventRow,
    unmappable: UnmappableSpan,
  ): "reject" | "skip" | "route" | "fill" {
    const { onUnmappable = "reject" } = this.options;
    const verdict = typeof onUnmappable === "function" ? onUnmappable(unmappable) : onUnmappable;
    if (verdict === "route") return "route";
    if (verdict === "skip") {
      this.skipped.push(rejection);
      return "skip";
    }
    if (verdict !== "reject") {
      const missing = rejection.missing.filter((column) => !fill(row, column, verdict));
      if (missing.length === 0) return "fill";
      this.rejected.push({ ...rejection, missing });
      return "reject";
    }
    this.rejected.push(rejection);
    return "reject";
  }
}

const DEFAULT_PLAN = compileSources(TRACE_EVENT_SOURCES, ["record", "resource"]);
const CODON_RAW = "codon.node.raw_attributes_json";
const STATUS_NAMES = ["UNSET", "OK", "ERROR"];
const STATUS_ERROR = 2;

function need(value: string | null, column: RequiredTraceColumn, missing: Missing): string {
  if (value === null) missing.push(column);
  return value ?? "";
}

function needTime(nanos: bigint, type: TelemetryTimestampType, missing: Missing): bigint {
  if (nanos === 0n) missing.push("event_timestamp");
  return eventTimestamp(nanos, type);
}

/** Puts a supplied value into a NOT NULL column; whether there was one. */
function fill(row: TraceEventRow, column: RequiredTraceColumn, values: FilledColumns): boolean {
  if (column === "event_timestamp") {
    if (values.event_timestamp === undefined) return false;
    row.event_timestamp = values.event_timestamp;
    return true;
  }
  const value = nonBlank(values[column]);
  if (value === null) return false;
  row[column] = value;
  return true;
}

/** Whole milliseconds from start to end; `null` when a time is missing or the end is before the start. */
function durationMs({ startTimeUnixNano, endTimeUnixNano }: Span): bigint | null {
  if (endTimeUnixNano === 0n || startTimeUnixNano === 0n || endTimeUnixNano < startTimeUnixNano) return null;
  return floorDiv(endTimeUnixNano - startTimeUnixNano, 1_000_000n);
}

function errorMessage(span: Span, resource: Resource, status: string): string | null {
  if (span.status.code !== STATUS_ERROR && status !== "ERROR") return null;
  if (span.status.message !== "") return span.status.message;
  const exception = span.events.findLast((event) => event.name === "exception");
  return (
    (exception === undefined ? null : attributeText(exception.attributes, "exception.message")) ??
    attributeText(span.attributes, "error.type") ??
    attributeText(resource.attributes, "error.type")
  );
}

/** The last attribute of a key as column text. */
function attributeText(attributes: readonly KeyValue[], key: string): string | null {
  const found = attributes.findLast((attribute) => attribute.key === key);
  return found === undefined ? null : columnText(found.value);
}
