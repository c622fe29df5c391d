/** The table definitions bind to their schemas, in every variation. @module */
import { describe, expect, it } from "vitest";
import { buildPartitionSpec, partitionPath, partitionTupleOf } from "../../../src/partitioning/index.ts";
import { buildSortOrder } from "../../../src/sorting/index.ts";
import {
  defineTraceEvents,
  logEvents,
  mapSpans,
  metricEvents,
  traceEvents,
} from "../../../src/telemetry/index.ts";
import { OCTOBER, REQUIRED, span, traces } from "./requests.ts";

const spec = buildPartitionSpec(traceEvents.schema, traceEvents.options.partitionSpec);

/** Folder of a span's row. */
function folder(organization: string, startTimeUnixNano: bigint): string {
  const attributes = { ...REQUIRED, "codon.organization.id": organization };
  const [row] = mapSpans(traces([span(attributes, { startTimeUnixNano })])).rows;
  return partitionPath(spec, traceEvents.schema, partitionTupleOf(spec, traceEvents.schema)(row!));
}

describe("telemetry tables", () => {
  it.each([
    ["trace_events", traceEvents, ["trace_id", "workload_run_id"]],
    ["log_events", logEvents, ["trace_id", "workload_run_id"]],
    ["metric_events", metricEvents, ["workload_run_id"]],
  ] as const)("%s: sorts ascending with nulls first and has bloom filters on ids", (name, table, blooms) => {
    expect(table.name).toBe(name);
    const order = buildSortOrder(table.schema, table.options.sortOrder);
    expect(order.fields.map((field) => [field.direction, field.nullOrder])).toEqual([
      ["asc", "nulls-first"],
      ["asc", "nulls-first"],
    ]);
    const { "write.sorted-by": _, ...properties } = table.options.properties;
    expect(properties).toEqual(
      Object.fromEntries(blooms.map((c) => [`write.parquet.bloom-filter-enabled.column.${c}`, "true"])),
    );
    expect(table.options.formatVersion).toBe(2);
  });

  it.each([
    ["org_abc", OCTOBER, "event_timestamp_month=2025-10/organization_id=org_abc"],
    ["org_abc", OCTOBER - 1n, "event_timestamp_month=2025-09/organization_id=org_abc"],
    ["org_abc", -1n, "event_timestamp_month=1969-12/organization_id=org_abc"],
    ["a/b %c ü", OCTOBER, "event_timestamp_month=2025-10/organization_id=a%2Fb+%25c+%C3%BC"],
  ])("rows of %s at %i go to their folder", (organization, time, path) => {
    expect(folder(organization, time)).toBe(path);
  });

  it("defineTraceEvents() varies the timestamp, the format version and the bloom filters", () => {
    const kind = (table: { schema: typeof traceEvents.schema }) => table.schema.fields[4]!.type.kind;
    const nanos = defineTraceEvents({ timestampType: "timestamptz_ns", bloomFilters: false });
    expect([kind(nanos), nanos.options.formatVersion]).toEqual(["timestamptz_ns", 3]);
    expect(nanos.options.properties).toEqual({ "write.sorted-by": "workload_run_id, logic_id" });
    const zoneless = defineTraceEvents({ timestampType: "timestamp" });
    expect([kind(zoneless), zoneless.options.formatVersion]).toEqual(["timestamp", 2]);
    expect(kind(traceEvents)).toBe("timestamptz");
  });

  it("mapSpans() gives every column of the schema, in its order", () => {
    const [row] = mapSpans(traces([span(REQUIRED)])).rows;
    expect(Object.keys(row!)).toEqual(traceEvents.schema.fields.map((field) => field.name));
  });
});
