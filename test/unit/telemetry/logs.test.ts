/** mapLogs(): times, ids, severities, bodies, tenants, on data of our own. @module */
import { describe, expect, it } from "vitest";
import type { LogRecord } from "../../../src/otlp-wire/index.ts";
import { type MapLogsOptions, mapLogs } from "../../../src/telemetry/index.ts";
import { type Attributes, log, logs, OCTOBER, SPAN_ID, TRACE_ID } from "./requests.ts";

function row(fields: Partial<LogRecord> = {}, attributes: Attributes = {}, resource: Attributes = {}) {
  const { rows, rejected } = mapLogs(logs([log(fields, attributes)], resource));
  expect(rejected).toEqual([]);
  return rows[0]!;
}

describe("mapLogs() times", () => {
  it("takes the time, then the observed time, then the receive time", () => {
    const request = logs([
      log({ observedTimeUnixNano: 5000n }),
      log({ timeUnixNano: 0n, observedTimeUnixNano: 5999n }),
      log({ timeUnixNano: 0n }),
    ]);
    const { rows } = mapLogs(request, { receivedAt: 7001n });
    expect(rows.map((mapped) => mapped.event_timestamp)).toEqual([OCTOBER / 1000n, 5n, 7n]);
    const { rejected } = mapLogs(request);
    expect(rejected).toEqual([{ index: 2, missing: ["event_timestamp"] }]);
  });

  it("rounds down before 1970", () => {
    expect(row({ timeUnixNano: -1500n }).event_timestamp).toBe(-2n);
    const { rows } = mapLogs(logs([log({ timeUnixNano: -1500n })]), { timestampType: "timestamptz_ns" });
    expect(rows[0]!.event_timestamp).toBe(-1500n);
  });
});

describe("mapLogs() columns", () => {
  it("takes run, organization and namespace from the record, then the resource, and leaves them null", () => {
    expect(row({}, { workload_run_id: "r" }, { workload_run_id: "R", org_namespace: "N" })).toMatchObject({
      workload_run_id: "r",
      organization_id: null,
      org_namespace: "N",
    });
  });

  it("takes the service from the resource alone", () => {
    expect(row({}, { "service.name": "record" }).service_name).toBeNull();
    expect(row({}, {}, { "service.name": "resource" }).service_name).toBe("resource");
  });

  it("takes valid ids from the record, else attributes, hex in lower case", () => {
    expect(row({ traceId: TRACE_ID, spanId: SPAN_ID }, { trace_id: "x" })).toMatchObject({
      trace_id: TRACE_ID,
      span_id: SPAN_ID,
    });
    const attributes = { trace_id: TRACE_ID.toUpperCase(), span_id: "Not Hex" };
    const zeros = { traceId: "0".repeat(32), spanId: "00" };
    expect(row(zeros, attributes)).toMatchObject({ trace_id: TRACE_ID, span_id: "Not Hex" });
    expect(row()).toMatchObject({ trace_id: null, span_id: null });
  });

  it.each([
    [9, "", "INFO"],
    [9, "Notice", "Notice"],
    [1, "", "TRACE"],
    [8, "", "DEBUG4"],
    [24, "", "FATAL4"],
    [25, "", null],
    [-1, "", null],
    [0, "", null],
  ])("severity %i with text %j is %j", (severityNumber, severityText, expected) => {
    expect(row({ severityNumber, severityText }).severity_text).toBe(expected);
  });

  it("keeps text bodies and prints others", () => {
    const bodies = [
      "text",
      "",
      5n,
      {
        keyValues: [
          { key: "b", value: 1n },
          { key: "a", value: null },
        ],
      },
      null,
    ];
    expect(bodies.map((body) => row({ body }).body)).toEqual(["text", "", "5", '{"a":null,"b":1}', null]);
  });

  it("holds the rest in the raw JSON", () => {
    const raw = row(
      { severityNumber: 9, eventName: "e", flags: 1, observedTimeUnixNano: 3n, droppedAttributesCount: 2 },
      { b: 1n, a: "x" },
      { r: true },
    ).raw_attributes_json;
    expect(raw).toBe(
      '{"attributes":{"a":"x","b":1},"dropped":{"attributes":2},"event_name":"e","flags":1,' +
        `"observed_time_unix_nano":"3","resource":{"r":true},"severity_number":9,"time_unix_nano":"${OCTOBER}"}`,
    );
  });
});

describe("mapLogs() log_id", () => {
  it("takes an id the record has", () => {
    expect(row({}, { "log.record.uid": "uid", log_id: "id" }).log_id).toBe("uid");
    expect(row({}, { log_id: "id" }).log_id).toBe("id");
  });

  it("is the same for a retry, whatever the order of attributes and the receive time", () => {
    const request = logs([log({ timeUnixNano: 0n, body: "b" }, { a: 1n, b: 2n })]);
    const retry = logs([log({ timeUnixNano: 0n, body: "b" }, { b: 2n, a: 1n })]);
    const [first] = mapLogs(request, { receivedAt: 1n }).rows;
    const [second] = mapLogs(retry, { receivedAt: 99_000n }).rows;
    expect(first!.log_id).toMatch(/^[0-9a-f]{32}$/);
    expect(second!.log_id).toBe(first!.log_id);
  });

  it("differs with anything the sender says", () => {
    const ids = [
      row(),
      row({ body: "b" }),
      row({ body: 1n }),
      row({ body: "1" }),
      row({ severityText: "x" }),
      row({ severityNumber: 1 }),
      row({ traceId: TRACE_ID }),
      row({ spanId: SPAN_ID }),
      row({ timeUnixNano: OCTOBER + 1n }),
      row({}, { a: 1n }),
      row({}, {}, { a: 1n }),
    ].map((mapped) => mapped.log_id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe("mapLogs() tenants", () => {
  const request = logs([log({}, { organization_id: "own" }), log({}, { organization_id: " " }), log()]);
  const organizations = (options: MapLogsOptions) =>
    mapLogs(request, options).rows.map((mapped) => mapped.organization_id);

  it("accepts records without organization, unless told otherwise", () => {
    expect(organizations({})).toEqual(["own", " ", null]);
    expect(organizations({ requireOrganization: true })).toEqual(["own"]);
    expect(mapLogs(request, { requireOrganization: true }).rejected).toEqual([
      { index: 1, missing: ["organization_id"] },
      { index: 2, missing: ["organization_id"] },
    ]);
  });

  it("takes the tenant from outside where the record names none", () => {
    const options = { tenant: { organization_id: "outer" }, requireOrganization: true };
    expect(organizations(options)).toEqual(["own", "outer", "outer"]);
  });

  it("replaces the list of a column", () => {
    const { rows } = mapLogs(logs([log({}, { tenant: "t" })]), { mapping: { organization_id: ["tenant"] } });
    expect(rows[0]!.organization_id).toBe("t");
  });
});
