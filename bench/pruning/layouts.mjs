/** Shapes of `trace_events` that are compared: how it is partitioned and sorted, and whether its files have bloom filters. */

/** The document's layout first; each of the others changes one thing. `needs` are what the builders come from. */
export function layouts({ asc, identity, month, day }) {
  const byMonth = month("event_timestamp", "event_timestamp_month");
  const byTenant = identity("organization_id", "organization_id");
  const byRun = [asc("workload_run_id"), asc("logic_id")];
  const document = { spec: [byMonth, byTenant], sort: byRun, bloom: true };
  return new Map([
    ["month, org", document],
    ["org, month", { ...document, spec: [byTenant, byMonth] }],
    ["not sorted", { ...document, sort: [] }],
    ["by time", { ...document, sort: [asc("event_timestamp")] }],
    ["no bloom", { ...document, bloom: false }],
    ["month", { ...document, spec: [byMonth] }],
    ["day, org", { ...document, spec: [day("event_timestamp", "event_timestamp_day"), byTenant] }],
    ["no partition", { ...document, spec: [] }],
  ]);
}
