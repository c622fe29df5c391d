import { describe, expect, it } from "vitest";
import { commitReport, commitReportToJson } from "../../../src/commit/index.ts";
import {
  Catalog,
  type CatalogClient,
  defineSchema,
  eq,
  MemoryCatalogClient,
  type MetricsReport,
  memoryCatalog,
  openTelemetryReporter,
  required,
  t,
} from "../../../src/index.ts";
import { systemRuntime } from "../../../src/io/index.ts";

const schema = defineSchema({ id: required(t.long()) });
const rows = [{ id: 1n }, { id: 2n }];

async function reported() {
  const reports: MetricsReport[] = [];
  const catalog = memoryCatalog({ metricsReporter: (report) => reports.push(report) });
  await catalog.createNamespace("ns");
  const table = await catalog.createTable("ns.t", schema);
  return { reports, table };
}

describe("a metricsReporter", () => {
  it("gets a commit report under Java's names for each snapshot, in the body a REST catalog takes", async () => {
    const { reports, table } = await reported();
    const { snapshot } = await table.append(rows);
    expect(reports).toHaveLength(1);
    const [commit] = reports;
    if (commit?.kind !== "commit") throw new Error("no commit report");
    expect(commit.endedAtMs).toBeGreaterThanOrEqual(commit.startedAtMs);
    expect(commit.report).toMatchObject({
      tableName: "ns.t",
      snapshotId: snapshot.snapshotId,
      sequenceNumber: 1,
      operation: "append",
      metrics: { attempts: 1 },
    });
    const json = commit.toJson();
    expect(json).toMatchObject({
      "report-type": "commit-report",
      "table-name": "ns.t",
      "snapshot-id": snapshot.snapshotId,
      "sequence-number": 1,
      operation: "append",
      metadata: {},
      metrics: {
        "total-duration": { count: 1, "time-unit": "nanoseconds", "total-duration": expect.any(Number) },
        attempts: { unit: "count", value: 1 },
        "added-data-files": { unit: "count", value: 1 },
        "added-records": { unit: "count", value: 2 },
        "total-records": { unit: "count", value: 2 },
        "added-files-size-bytes": { unit: "bytes", value: expect.any(Number) },
      },
    });
    expect(json.metrics).not.toHaveProperty("removed-records");
  });

  it("gets a scan report once a scan is planned, whose metrics stand still from then on", async () => {
    const { reports, table: empty } = await reported();
    const { table } = await empty.append(rows);
    reports.length = 0;
    await table.scan({ filter: eq("id", 1n) }).toArray();
    expect(reports).toHaveLength(1);
    const [scan] = reports;
    if (scan?.kind !== "scan") throw new Error("no scan report");
    expect(scan.report).toMatchObject({ tableName: "ns.t", metrics: { resultDataFiles: 1 } });
    expect(scan.toJson()).toMatchObject({
      "report-type": "scan-report",
      filter: { type: "eq", term: "id" },
      "schema-id": 0,
      "projected-field-names": ["id"],
      metrics: { "result-data-files": { unit: "count", value: 1 } },
    });
  });

  it("hears nothing of changes without a snapshot, of failed commits and of failed scans", async () => {
    const { reports, table } = await reported();
    await table.updateProperties({ set: { a: "1" } });
    const bad = [{ id: "x" }] as unknown as typeof rows;
    await expect(table.append(bad)).rejects.toMatchObject({ code: "invalid-row" });
    const scan = (await table.append(rows)).table.scan();
    reports.length = 0;
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(scan.plan({ signal })).rejects.toThrow("enough");
    expect(reports).toEqual([]);
  });

  it("counts the attempts of a commit that others won first", async () => {
    const reports: MetricsReport[] = [];
    const client = new MemoryCatalogClient();
    let rivals = 2;
    const contested = Object.assign(Object.create(client) as CatalogClient, {
      commitTable: async (...args: Parameters<CatalogClient["commitTable"]>) => {
        if (rivals-- > 0) await rival();
        return await client.commitTable(...args);
      },
    });
    const rival = async () => {
      const { table } = await (await new Catalog(client).loadTable("ns.t")).as(schema).append(rows);
      return table;
    };
    const runtime = { ...systemRuntime, sleep: async () => {} };
    const catalog = new Catalog(contested, runtime, { metricsReporter: (report) => reports.push(report) });
    await catalog.createNamespace("ns");
    await (await catalog.createTable("ns.t", schema)).append(rows);
    expect(reports.map(({ report }) => report.metrics)).toMatchObject([{ attempts: 3 }]);
  });

  it.each([
    () => {
      throw new Error("the collector is down");
    },
    () => Promise.reject(new Error("the collector is down")),
  ])("that fails loses its report and nothing else", async (metricsReporter) => {
    const catalog = memoryCatalog({ metricsReporter });
    await catalog.createNamespace("ns");
    const { table } = await (await catalog.createTable("ns.t", schema)).append(rows);
    expect(await table.scan().toArray()).toHaveLength(2);
  });
});

describe("commitReportToJson()", () => {
  it("leaves out what the summary does not know, and what is no number, as Java does", () => {
    const snapshot = {
      snapshotId: 9223372036854775807n,
      sequenceNumber: 7,
      timestampMs: 1,
      summary: new Map([
        ["operation", "overwrite"],
        ["deleted-records", "12"],
        ["added-position-delete-files", "3"],
        ["total-records", "many"],
      ]),
    };
    const report = commitReport("ns.t", snapshot, { attempts: 2, totalDurationMs: 1.5 });
    expect(commitReportToJson(report)).toEqual({
      "table-name": "ns.t",
      "snapshot-id": 9223372036854775807n,
      "sequence-number": 7,
      operation: "overwrite",
      metrics: {
        "total-duration": { count: 1, "time-unit": "nanoseconds", "total-duration": 1_500_000 },
        attempts: { unit: "count", value: 2 },
        "added-positional-delete-files": { unit: "count", value: 3 },
        "removed-records": { unit: "count", value: 12 },
      },
      metadata: {},
    });
  });
});

describe("openTelemetryReporter()", () => {
  it("feeds counters, histograms and spans; totals and ids stay out of the metrics", async () => {
    const measured: unknown[][] = [];
    const instruments: string[] = [];
    const spans: unknown[] = [];
    const instrument = (kind: string) => (name: string, options?: { unit?: string }) => {
      instruments.push(`${kind} ${name} ${options?.unit}`);
      const take = (value: number, attributes?: object) => measured.push([name, value, attributes]);
      return { add: take, record: take };
    };
    const metricsReporter = openTelemetryReporter({
      meter: { createCounter: instrument("counter"), createHistogram: instrument("histogram") },
      tracer: {
        startSpan: (name, options) => ({ end: (end) => spans.push({ name, ...options, end }) }),
      },
    });
    const catalog = memoryCatalog({ metricsReporter });
    await catalog.createNamespace("ns");
    const { table, snapshot } = await (await catalog.createTable("ns.t", schema)).append(rows);
    await table.append(rows);
    await table.scan().toArray();
    const commit = { "iceberg.table": "ns.t", "iceberg.operation": "append" };
    expect(measured).toContainEqual(["iceberg.commit.added-records", 2, commit]);
    expect(measured).toContainEqual(["iceberg.commit.attempts", 1, commit]);
    expect(measured).toContainEqual(["iceberg.scan.result-data-files", 1, { "iceberg.table": "ns.t" }]);
    expect(instruments).toContain("histogram iceberg.commit.duration s");
    expect(instruments).toContain("counter iceberg.commit.added-files-size-bytes By");
    expect(instruments.filter((name) => name.includes("total-") && name.includes("commit"))).toEqual([]);
    expect(new Set(instruments).size, "each instrument is made once").toBe(instruments.length);
    expect(spans).toHaveLength(3);
    expect(spans[0]).toMatchObject({
      name: "iceberg.commit",
      startTime: expect.any(Date),
      end: expect.any(Date),
      attributes: { "iceberg.snapshot.id": String(snapshot.snapshotId), "iceberg.commit.attempts": 1 },
    });
    expect(spans[2]).toMatchObject({
      name: "iceberg.scan.plan",
      attributes: { "iceberg.scan.filter": "TRUE" },
    });
  });
});
