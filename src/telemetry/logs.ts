/** Log records to rows of `log_events`. @module */
import {
  type AnyValue,
  type LogRecord,
  type LogsData,
  type ResourceLogs,
  type ScopeLogs,
  SEVERITY_NAMES,
} from "../otlp-wire/index.ts";
import { canonicalJson, columnText } from "./canonical-json.ts";
import {
  eventTimestamp,
  firstNonBlank,
  firstText,
  nonBlank,
  optionalOrganization,
  type TelemetryTenant,
  type TelemetryTimestampType,
  validId,
} from "./convert.ts";
import {
  attributesJson,
  close,
  closeUnlessEmpty,
  OPEN,
  oddId,
  put,
  putCount,
  putSharedDropped,
  putText,
  putTime,
  type RawContext,
  rawContext,
} from "./raw-json.ts";
import type { LogEventRow } from "./schemas.ts";
import { sha256Hex } from "./sha256.ts";
import { compileSources, emptySlots, fillSlots, type SourcePlan } from "./source-plan.ts";
import { LOG_EVENT_SOURCES, type LogEventSource, type Mapping, overrideMapping } from "./sources.ts";

export interface MapLogsOptions {
  /** Replaces the attribute list of single columns; see `LOG_EVENT_SOURCES`. */
  readonly mapping?: Partial<Mapping<LogEventSource>>;
  /** Tenant known from outside the payload (authentication): used where no attribute names one. */
  readonly tenant?: TelemetryTenant | undefined;
  /**
   * When the request arrived, nanoseconds since the epoch: the time of records that carry none. Without it such
   * records are rejected.
   */
  readonly receivedAt?: bigint | undefined;
  /** Rejects records without organization instead of writing them under a null one. Default false. */
  readonly requireOrganization?: boolean;
  /** Must be the type the table was created with. Default `timestamptz`. */
  readonly timestampType?: TelemetryTimestampType;
}

/** A log record that was not mapped, and the columns it lacks. */
export interface RejectedLogRecord {
  /** Index among all records of the request, from 0. */
  readonly index: number;
  readonly missing: readonly ("event_timestamp" | "organization_id")[];
}

/** What became of the records of a request. */
export interface MappedLogs {
  readonly rows: LogEventRow[];
  readonly rejected: RejectedLogRecord[];
}

/**
 * Maps every log record of a request to a row of `log_events`.
 *
 * @example
 * const { rows } = mapLogs(decodeLogs(body), { receivedAt: BigInt(Date.now()) * 1_000_000n });
 * @throws IcebergError `invalid-argument` when `mapping` names a column without attribute sources.
 */
export function mapLogs(request: LogsData, options: MapLogsOptions = {}): MappedLogs {
  const plan =
    options.mapping === undefined
      ? DEFAULT_PLAN
      : compileSources(overrideMapping(LOG_EVENT_SOURCES, options.mapping), ["record", "resource"]);
  const rows: LogEventRow[] = [];
  const rejected: RejectedLogRecord[] = [];
  let index = 0;
  for (const group of request.resourceLogs) {
    const base = emptySlots(plan);
    fillSlots(base, plan.resource, group.resource.attributes);
    for (const scopeLogs of group.scopeLogs) {
      const context = rawContextOf(group, scopeLogs);
      for (const record of scopeLogs.logRecords) {
        const slots = base.slice();
        fillSlots(slots, plan.record, record.attributes);
        const row = logRow(record, slots, plan, context, options);
        if ("missing" in row) rejected.push({ index, missing: row.missing });
        else rows.push(row);
        index++;
      }
    }
  }
  return { rows, rejected };
}

const DEFAULT_PLAN = compileSources(LOG_EVENT_SOURCES, ["record", "resource"]);

function rawContextOf(group: ResourceLogs, { scope, schemaUrl }: ScopeLogs): RawContext {
  return rawContext(group.resource, group.schemaUrl, scope, schemaUrl);
}

function logRow(
  record: LogRecord,
  slots: readonly AnyValue[],
  { columns }: SourcePlan<LogEventSource>,
  context: RawContext,
  options: MapLogsOptions,
): LogEventRow | { readonly missing: RejectedLogRecord["missing"] } {
  const { tenant, timestampType = "timestamptz" } = options;
  const nanos = record.timeUnixNano || record.observedTimeUnixNano || options.receivedAt;
  const organization = optionalOrganization(slots, columns.organization_id, tenant);
  const lacksOrganization =
    options.requireOrganization === true && nonBlank(organization ?? undefined) === null;
  if (nanos === undefined || lacksOrganization) {
    return {
      missing: [
        ...(nanos === undefined ? (["event_timestamp"] as const) : []),
        ...(lacksOrganization ? (["organization_id"] as const) : []),
      ],
    };
  }
  return {
    log_id: firstNonBlank(slots, columns.log_id) ?? recordId(record, context),
    event_timestamp: eventTimestamp(nanos, timestampType),
    workload_run_id: firstText(slots, columns.workload_run_id),
    trace_id: validId(record.traceId, 16) ?? idText(firstNonBlank(slots, columns.trace_id), 16),
    span_id: validId(record.spanId, 8) ?? idText(firstNonBlank(slots, columns.span_id), 8),
    organization_id: organization,
    org_namespace: firstText(slots, columns.org_namespace) ?? tenant?.org_namespace ?? null,
    service_name: firstText(slots, columns.service_name),
    severity_text: severityText(record),
    body: columnText(record.body),
    raw_attributes_json: rawLog(record, context, ""),
  };
}

function severityText({ severityNumber, severityText }: LogRecord): string | null {
  if (severityText !== "") return severityText;
  return severityNumber === 0 ? null : (SEVERITY_NAMES[severityNumber] ?? null);
}

/** An identifier from an attribute: hex of the right length in lower case as in the record's own field. */
function idText(text: string | null, bytes: number): string | null {
  return text !== null && text.length === 2 * bytes && HEX.test(text) ? text.toLowerCase() : text;
}

const HEX = /^[0-9a-fA-F]+$/;

/** The first 128 bits of a hash over all the sender said: the same for every retry of the record. */
function recordId(record: LogRecord, context: RawContext): string {
  return sha256Hex(rawLog(record, context, identityJson(record))).slice(0, 32);
}

/** The members of a record that have columns and are not in its raw JSON. */
function identityJson(record: LogRecord): string {
  let json = put(OPEN, "body", record.body === null ? "" : canonicalJson(record.body));
  json = putText(json, "severity_text", record.severityText);
  json = putText(json, "span_id", record.spanId);
  return close(putText(json, "trace_id", record.traceId));
}

/** The raw JSON of a log record; `extra` is JSON for the member `record`, `""` for none. */
function rawLog(record: LogRecord, context: RawContext, extra: string): string {
  let json = put(OPEN, "attributes", attributesJson(record.attributes));
  const dropped = putCount(OPEN, "attributes", record.droppedAttributesCount);
  json = put(json, "dropped", closeUnlessEmpty(putSharedDropped(dropped, context)));
  json = putText(json, "event_name", record.eventName);
  json = putCount(json, "flags", record.flags);
  json = putTime(json, "observed_time_unix_nano", record.observedTimeUnixNano);
  json = put(json, "record", extra);
  json = put(json, "resource", context.resource);
  json = putText(json, "resource_schema_url", context.resourceSchemaUrl);
  json = putText(json, "schema_url", context.schemaUrl);
  json = put(json, "scope", context.scope);
  json = putCount(json, "severity_number", record.severityNumber);
  json = putText(json, "span_id", oddId(record.spanId, 8));
  json = putTime(json, "time_unix_nano", record.timeUnixNano);
  return close(putText(json, "trace_id", oddId(record.traceId, 16)));
}
