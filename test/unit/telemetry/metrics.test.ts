/** mapMetrics(): every kind, special values, rejections, levels, on data of our own. @module */
import { describe, expect, it } from "vitest";
import type { MetricPoints, NumberDataPoint } from "../../../src/otlp-wire/index.ts";
import { type MapMetricsOptions, mapMetrics } from "../../../src/telemetry/index.ts";
import { type Attributes, keyValues, metrics, OCTOBER } from "./requests.ts";

const head = (attributes: Attributes = {}) => ({
  startTimeUnixNano: 0n,
  timeUnixNano: OCTOBER,
  attributes: keyValues(attributes),
  flags: 0,
});
function numberPoint(
  value: NumberDataPoint["value"],
  fields: Partial<NumberDataPoint> = {},
): NumberDataPoint {
  return { ...head(), value, exemplars: [], ...fields };
}
function gauge(value: NumberDataPoint["value"], fields: Partial<NumberDataPoint> = {}): MetricPoints {
  return { kind: "gauge", dataPoints: [numberPoint(value, fields)] };
}
const HISTOGRAM: MetricPoints = {
  kind: "histogram",
  aggregationTemporality: 2,
  dataPoints: [
    {
      ...head({ route: "/a" }),
      count: 6n,
      sum: 12.5,
      min: null,
      max: 9,
      bucketCounts: [1n, 2n, 3n],
      explicitBounds: [0.5, 10],
      exemplars: [
        {
          filteredAttributes: keyValues({ f: 1n }),
          timeUnixNano: 4n,
          value: 3n,
          spanId: "",
          traceId: "0af7651916cd43dd8448eb211c80319c",
        },
      ],
    },
  ],
};

/** Name, type and value of every row of one metric. */
function scalars(data: MetricPoints, options: MapMetricsOptions = {}) {
  const { rows, rejected } = mapMetrics(metrics([{ name: "m", data }]), options);
  expect(rejected).toEqual([]);
  return rows.map((row) => [row.metric_name, row.metric_type, row.metric_value]);
}

function raws(data: MetricPoints, options: MapMetricsOptions = {}) {
  const { rows } = mapMetrics(metrics([{ name: "m", unit: "ms", data }]), options);
  return rows.map((row) => JSON.parse(row.raw_attributes_json!) as Record<string, unknown>);
}

describe("mapMetrics() kinds", () => {
  it("gauge: one row; integers become doubles and stay exact in the raw JSON", () => {
    expect(scalars(gauge(1.5))).toEqual([["m", "gauge", 1.5]]);
    const { rows } = mapMetrics(metrics([{ name: "m", data: gauge(2n ** 53n + 1n) }]));
    expect(rows[0]!.metric_value).toBe(2 ** 53);
    expect(rows[0]!.raw_attributes_json).toContain('"as_int":9007199254740993');
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0])(
    "gauge: stores %s",
    (value) => {
      expect(scalars(gauge(value))).toEqual([["m", "gauge", value]]);
    },
  );

  it("sum: one row, with temporality and monotonicity", () => {
    const dataPoints = [numberPoint(-2)];
    const data: MetricPoints = { kind: "sum", dataPoints, aggregationTemporality: 1, isMonotonic: false };
    expect(scalars(data)).toEqual([["m", "sum", -2]]);
    expect(raws(data)[0]!.metric).toEqual({
      is_monotonic: false,
      name: "m",
      temporality: "delta",
      unit: "ms",
    });
  });

  it("histogram: count, sum and what else is set; buckets and exemplars on the count row", () => {
    expect(scalars(HISTOGRAM)).toEqual([
      ["m_count", "histogram", 6],
      ["m_sum", "histogram", 12.5],
      ["m_max", "histogram", 9],
    ]);
    const [count, sum] = raws(HISTOGRAM);
    expect(count).toEqual({
      attributes: { route: "/a" },
      distribution: { bucket_counts: [1, 2, 3], count: 6, explicit_bounds: [0.5, 10], max: 9, sum: 12.5 },
      exemplars: [
        {
          filtered_attributes: { f: 1 },
          time_unix_nano: "4",
          trace_id: "0af7651916cd43dd8448eb211c80319c",
          value: 3,
        },
      ],
      metric: { name: "m", temporality: "cumulative", unit: "ms" },
      time_unix_nano: String(OCTOBER),
    });
    expect(sum).not.toHaveProperty("distribution");
    expect(sum).not.toHaveProperty("exemplars");
  });

  it("histogram: cumulative buckets when asked for", () => {
    expect(scalars(HISTOGRAM, { histogramBuckets: true }).slice(3)).toEqual([
      ["m_bucket", "histogram", 1],
      ["m_bucket", "histogram", 3],
      ["m_bucket", "histogram", 6],
    ]);
    expect(
      raws(HISTOGRAM, { histogramBuckets: true })
        .slice(3)
        .map((raw) => raw.attributes),
    ).toEqual([
      { le: "0.5", route: "/a" },
      { le: "10", route: "/a" },
      { le: "+Inf", route: "/a" },
    ]);
  });

  it("exponential histogram: parts as rows, the distribution in the raw JSON", () => {
    const data: MetricPoints = {
      kind: "exponential_histogram",
      aggregationTemporality: 0,
      dataPoints: [
        {
          ...head(),
          count: 4n,
          sum: 1,
          min: 0.25,
          max: null,
          scale: -1,
          zeroCount: 2n,
          zeroThreshold: 0,
          positive: { offset: -3, bucketCounts: [1n, 1n] },
          negative: { offset: 0, bucketCounts: [] },
          exemplars: [],
        },
      ],
    };
    expect(scalars(data, { histogramBuckets: true })).toEqual([
      ["m_count", "exponential_histogram", 4],
      ["m_sum", "exponential_histogram", 1],
      ["m_min", "exponential_histogram", 0.25],
    ]);
    expect(raws(data)[0]).toMatchObject({
      distribution: {
        count: 4,
        min: 0.25,
        positive: { bucket_counts: [1, 1], offset: -3 },
        scale: -1,
        sum: 1,
        zero_count: 2,
      },
      metric: { name: "m", unit: "ms" },
    });
  });

  it("summary: count, sum and a row per quantile under the metric's own name", () => {
    const data: MetricPoints = {
      kind: "summary",
      dataPoints: [
        {
          ...head(),
          count: 3n,
          sum: 9,
          quantileValues: [
            { quantile: 0.5, value: 2 },
            { quantile: 1, value: 5 },
          ],
        },
      ],
    };
    expect(scalars(data)).toEqual([
      ["m_count", "summary", 3],
      ["m_sum", "summary", 9],
      ["m", "summary", 2],
      ["m", "summary", 5],
    ]);
    expect(raws(data).map((raw) => raw.quantile)).toEqual([undefined, undefined, 0.5, 1]);
  });
});

describe("mapMetrics() points", () => {
  it("gives no row for a point without recorded value, and does not reject it", () => {
    const { rows, rejected } = mapMetrics(
      metrics([{ name: "m", data: gauge(null, { flags: 1, timeUnixNano: 0n }) }]),
    );
    expect([rows, rejected]).toEqual([[], []]);
  });

  it("rejects points, not rows, and names what is missing", () => {
    const [point] = (HISTOGRAM as Extract<MetricPoints, { kind: "histogram" }>).dataPoints;
    const { rows, rejected } = mapMetrics(
      metrics([
        { name: "good", data: gauge(1) },
        {
          name: "timeless",
          data: { ...HISTOGRAM, dataPoints: [{ ...point!, timeUnixNano: 0n }] } as MetricPoints,
        },
        { name: "empty", data: gauge(null) },
        { name: "", data: gauge(1) },
        { name: "nothing", data: null },
      ]),
    );
    expect(rows.map((row) => row.metric_name)).toEqual(["good"]);
    expect(rejected).toEqual([
      { index: 1, metricName: "timeless", missing: ["event_timestamp"] },
      { index: 2, metricName: "empty", missing: ["metric_value"] },
      { index: 3, metricName: "", missing: ["metric_name"] },
    ]);
  });

  it("looks attributes up on the point, then the scope, then the resource; the service on the resource", () => {
    const data = gauge(1, { attributes: keyValues({ workload_run_id: "point", "service.name": "point" }) });
    const { rows } = mapMetrics(
      metrics(
        [{ name: "m", data }],
        {
          workload_run_id: "resource",
          organization_id: "resource",
          org_namespace: "resource",
          "service.name": "svc",
        },
        { workload_run_id: "scope", organization_id: "scope" },
      ),
    );
    expect(rows[0]).toMatchObject({
      workload_run_id: "point",
      organization_id: "scope",
      org_namespace: "resource",
      service_name: "svc",
      event_timestamp: OCTOBER / 1000n,
    });
  });

  it("accepts points without organization, unless told otherwise", () => {
    const request = metrics([{ name: "m", data: gauge(1) }]);
    expect(mapMetrics(request).rows[0]!.organization_id).toBeNull();
    expect(mapMetrics(request, { requireOrganization: true }).rejected[0]!.missing).toEqual([
      "organization_id",
    ]);
    const tenant = { organization_id: "outer", org_namespace: "Outer" };
    expect(mapMetrics(request, { tenant, requireOrganization: true }).rows[0]).toMatchObject(tenant);
  });

  it("replaces the list of a column", () => {
    const request = metrics([{ name: "m", data: gauge(1) }], { pod: "p" });
    expect(mapMetrics(request, { mapping: { service_name: ["pod"] } }).rows[0]!.service_name).toBe("p");
  });
});
