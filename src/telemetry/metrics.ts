/** Data points to rows of `metric_events`: one row per scalar. @module */
import type { AnyValue, Metric, MetricsData, ResourceMetrics, ScopeMetrics } from "../otlp-wire/index.ts";
import {
  eventTimestamp,
  firstText,
  nonBlank,
  optionalOrganization,
  type TelemetryTenant,
  type TelemetryTimestampType,
} from "./convert.ts";
import { type DataPoint, type ScaledPoint, scalePoints } from "./metric-scalars.ts";
import { rawContext } from "./raw-json.ts";
import { metricJson, rawScalar } from "./raw-metric-json.ts";
import type { MetricEventRow } from "./schemas.ts";
import { compileSources, emptySlots, fillSlots, type SourcePlan } from "./source-plan.ts";
import { type Mapping, METRIC_EVENT_SOURCES, type MetricEventSource, overrideMapping } from "./sources.ts";

export interface MapMetricsOptions {
  /** Replaces the attribute list of single columns; see `METRIC_EVENT_SOURCES`. */
  readonly mapping?: Partial<Mapping<MetricEventSource>>;
  /** Tenant known from outside the payload (authentication): used where no attribute names one. */
  readonly tenant?: TelemetryTenant | undefined;
  /** Rejects points without organization instead of writing them under a null one. Default false. */
  readonly requireOrganization?: boolean;
  /** Adds a cumulative `<name>_bucket` row per explicit bucket, with `le` in its raw JSON. Default false. */
  readonly histogramBuckets?: boolean;
  /** Must be the type the table was created with. Default `timestamptz`. */
  readonly timestampType?: TelemetryTimestampType;
}

/** A data point that was not mapped. */
export interface RejectedDataPoint {
  /** Index among all data points of the request, from 0. */
  readonly index: number;
  readonly metricName: string;
  /** Columns it has no value for, in column order. */
  readonly missing: readonly ("event_timestamp" | "metric_name" | "organization_id" | "metric_value")[];
}

/** What became of the data points of a request. */
export interface MappedMetrics {
  readonly rows: MetricEventRow[];
  /** Points, not rows: a histogram point counts once. */
  readonly rejected: RejectedDataPoint[];
}

/**
 * Maps every data point of a request to rows of `metric_events`. Points flagged as having no recorded value give
 * no row and are not rejected.
 *
 * @example
 * const { rows } = mapMetrics(decodeMetrics(body), { histogramBuckets: true });
 * @throws IcebergError `invalid-argument` when `mapping` names a column without attribute sources.
 */
export function mapMetrics(request: MetricsData, options: MapMetricsOptions = {}): MappedMetrics {
  const mapper = new MetricMapper(options);
  for (const group of request.resourceMetrics) mapper.addResource(group);
  return { rows: mapper.rows, rejected: mapper.rejected };
}

class MetricMapper {
  readonly rows: MetricEventRow[] = [];
  readonly rejected: RejectedDataPoint[] = [];
  private readonly options: MapMetricsOptions;
  private readonly buckets: boolean;
  private readonly plan: SourcePlan<MetricEventSource>;
  private index = 0;

  constructor(options: MapMetricsOptions) {
    this.options = options;
    this.buckets = options.histogramBuckets ?? false;
    this.plan =
      options.mapping === undefined
        ? DEFAULT_PLAN
        : compileSources(overrideMapping(METRIC_EVENT_SOURCES, options.mapping), LEVELS);
  }

  addResource(group: ResourceMetrics): void {
    const base = emptySlots(this.plan);
    fillSlots(base, this.plan.resource, group.resource.attributes);
    for (const scopeMetrics of group.scopeMetrics) this.addScope(group, scopeMetrics, base);
  }

  private addScope(group: ResourceMetrics, { scope, metrics, schemaUrl }: ScopeMetrics, base: AnyValue[]) {
    const context = rawContext(group.resource, group.schemaUrl, scope, schemaUrl);
    const scoped = base.slice();
    fillSlots(scoped, this.plan.scope, scope.attributes);
    for (const metric of metrics) {
      if (metric.data === null) continue;
      const raw = metricJson(metric, metric.data);
      for (const { point, scalars } of scalePoints(metric.name, metric.data, this.buckets)) {
        const slots = scoped.slice();
        fillSlots(slots, this.plan.record, point.attributes);
        const head = this.head(metric, point, scalars, slots);
        this.index++;
        if (head === null || scalars === null) continue;
        for (const scalar of scalars) {
          this.rows.push({
            event_timestamp: head.event_timestamp,
            metric_name: scalar.name,
            organization_id: head.organization_id,
            org_namespace: head.org_namespace,
            workload_run_id: head.workload_run_id,
            service_name: head.service_name,
            metric_value: scalar.value,
            metric_type: metric.data.kind,
            raw_attributes_json: rawScalar(scalar, point, raw, context),
          });
        }
      }
    }
  }

  /** What all rows of a point share; `null` when it gives none. */
  private head(
    metric: Metric,
    point: DataPoint,
    scalars: ScaledPoint["scalars"],
    slots: readonly AnyValue[],
  ) {
    if ((point.flags & NO_RECORDED_VALUE) !== 0) return null;
    const { columns } = this.plan;
    const { tenant, timestampType = "timestamptz", requireOrganization } = this.options;
    const organization = optionalOrganization(slots, columns.organization_id, tenant);
    const missing: RejectedDataPoint["missing"][number][] = [];
    if (point.timeUnixNano === 0n) missing.push("event_timestamp");
    if (metric.name.trim() === "") missing.push("metric_name");
    if (requireOrganization === true && nonBlank(organization ?? undefined) === null) {
      missing.push("organization_id");
    }
    if (scalars === null) missing.push("metric_value");
    if (missing.length > 0) {
      this.rejected.push({ index: this.index, metricName: metric.name, missing });
      return null;
    }
    return {
      event_timestamp: eventTimestamp(point.timeUnixNano, timestampType),
      organization_id: organization,
      org_namespace: firstText(slots, columns.org_namespace) ?? tenant?.org_namespace ?? null,
      workload_run_id: firstText(slots, columns.workload_run_id),
      service_name: firstText(slots, columns.service_name),
    };
  }
}

const LEVELS = ["record", "scope", "resource"] as const;
const DEFAULT_PLAN = compileSources(METRIC_EVENT_SOURCES, LEVELS);
const NO_RECORDED_VALUE = 1;
