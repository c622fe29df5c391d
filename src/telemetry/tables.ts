/**
 * The three tables of the MVP telemetry schema as definitions to hand to `createTable`: month and organization
 * partitions, a real sort order beside the document's literal `write.sorted-by`, bloom filters for look-ups by id.
 * @module
 */
import { identity, month, type PartitionTerm } from "../partitioning/index.ts";
import type { Schema } from "../schema/index.ts";
import { asc, type SortTerm } from "../sorting/index.ts";
import type { TelemetryTimestampType } from "./convert.ts";
import { logEventsSchema, metricEventsSchema, traceEventsSchema } from "./schemas.ts";

/**
 * What a telemetry table is before it exists.
 *
 * @example
 * await catalog.createTable(`telemetry.${traceEvents.name}`, traceEvents.schema, traceEvents.options);
 */
export interface TelemetryTable<S extends Schema = Schema, C extends string = string> {
  /** Table name without namespace. */
  readonly name: string;
  readonly schema: S;
  readonly options: TelemetryTableOptions<C>;
}

/** The part of a definition that `createTable` takes as options. */
export interface TelemetryTableOptions<C extends string = string> {
  readonly partitionSpec: readonly PartitionTerm<"event_timestamp" | "organization_id">[];
  /** By `workload_run_id`, then by `C`. */
  readonly sortOrder: readonly SortTerm<"workload_run_id" | C>[];
  readonly properties: Readonly<Record<string, string>>;
  readonly formatVersion: 2 | 3;
}

/** Variations of the definitions. */
export interface TelemetryDefinitionOptions {
  /** Type of `event_timestamp`. Default `timestamptz`; `timestamptz_ns` makes a table of format version 3. */
  readonly timestampType?: TelemetryTimestampType;
  /** Whether files carry bloom filters on ids. Default true. */
  readonly bloomFilters?: boolean;
}

/** Columns that get bloom filters where a table has them. */
const LOOKED_UP = ["trace_id", "workload_run_id"];

/** Defines `trace_events`. */
export function defineTraceEvents(options: TelemetryDefinitionOptions = {}) {
  return define("trace_events", traceEventsSchema(options.timestampType), "logic_id", options);
}

/** Defines `log_events`. */
export function defineLogEvents(options: TelemetryDefinitionOptions = {}) {
  return define("log_events", logEventsSchema(options.timestampType), "trace_id", options);
}

/** Defines `metric_events`. */
export function defineMetricEvents(options: TelemetryDefinitionOptions = {}) {
  return define("metric_events", metricEventsSchema(options.timestampType), "metric_name", options);
}

/** `trace_events` as documented: one row per span. */
export const traceEvents = defineTraceEvents();
/** `log_events` as documented: one row per log record. */
export const logEvents = defineLogEvents();
/** `metric_events` as documented: one row per scalar of a data point. */
export const metricEvents = defineMetricEvents();

function define<S extends Schema, const C extends string>(
  name: string,
  schema: S,
  secondSortColumn: C,
  { timestampType = "timestamptz", bloomFilters = true }: TelemetryDefinitionOptions,
): TelemetryTable<S, C> {
  const sortColumns = ["workload_run_id", secondSortColumn] as const;
  const blooms = bloomFilters ? LOOKED_UP.filter((column) => schema.idOf(column) !== undefined) : [];
  return Object.freeze({
    name,
    schema,
    options: Object.freeze({
      partitionSpec: Object.freeze([
        month("event_timestamp", "event_timestamp_month"),
        identity("organization_id", "organization_id"),
      ]),
      sortOrder: Object.freeze(sortColumns.map((column) => asc(column))),
      properties: Object.freeze({
        // Letter of the document; engines ignore it, the sort order above is what they read.
        "write.sorted-by": sortColumns.join(", "),
        ...Object.fromEntries(
          blooms.map((column) => [`write.parquet.bloom-filter-enabled.column.${column}`, "true"]),
        ),
      }),
      formatVersion: timestampType === "timestamptz_ns" ? 3 : 2,
    }),
  });
}
