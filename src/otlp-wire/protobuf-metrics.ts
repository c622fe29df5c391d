/** ExportMetricsServiceRequest from protobuf. Spec: OTLP metrics.proto. @module */
import type { KeyValue, Metric, MetricPoints, MetricsData, ResourceMetrics, ScopeMetrics } from "./model.ts";
import { EMPTY_RESOURCE, EMPTY_SCOPE, readKeyValue, readResource, readScope } from "./protobuf-common.ts";
import {
  readExponentialHistogramPoint,
  readHistogramPoint,
  readNumberPoint,
  readSummaryPoint,
} from "./protobuf-points.ts";
import { ProtoReader } from "./protobuf-reader.ts";

/**
 * Decodes a request body.
 * @throws IcebergError `invalid-payload` naming the byte at which decoding stopped.
 */
export function readMetrics(bytes: Uint8Array): MetricsData {
  const reader = new ProtoReader(bytes, "OTLP metrics");
  const end = reader.length;
  const resourceMetrics: ResourceMetrics[] = [];
  while (reader.pos < end) {
    const tag = reader.tag();
    if (tag === 0x0a) resourceMetrics.push(readResourceMetrics(reader, end));
    else reader.skip(tag, end);
  }
  return { resourceMetrics };
}

function readResourceMetrics(reader: ProtoReader, end: number): ResourceMetrics {
  const stop = reader.enter(end);
  const scopeMetrics: ScopeMetrics[] = [];
  let resource = EMPTY_RESOURCE;
  let schemaUrl = "";
  while (reader.pos < stop) {
    const tag = reader.tag();
    if (tag === 0x0a) resource = readResource(reader, stop, resource);
    else if (tag === 0x12) scopeMetrics.push(readScopeMetrics(reader, stop));
    else if (tag === 0x1a) schemaUrl = reader.string(stop);
    else reader.skip(tag, stop);
  }
  reader.leave(stop);
  return { resource, scopeMetrics, schemaUrl };
}

function readScopeMetrics(reader: ProtoReader, end: number): ScopeMetrics {
  const stop = reader.enter(end);
  const metrics: Metric[] = [];
  let scope = EMPTY_SCOPE;
  let schemaUrl = "";
  while (reader.pos < stop) {
    const tag = reader.tag();
    if (tag === 0x0a) scope = readScope(reader, stop, scope);
    else if (tag === 0x12) metrics.push(readMetric(reader, stop));
    else if (tag === 0x1a) schemaUrl = reader.string(stop);
    else reader.skip(tag, stop);
  }
  reader.leave(stop);
  return { scope, metrics, schemaUrl };
}

function readMetric(reader: ProtoReader, end: number): Metric {
  const stop = reader.enter(end);
  const metadata: KeyValue[] = [];
  let name = "";
  let description = "";
  let unit = "";
  let data: MetricPoints | null = null;
  while (reader.pos < stop) {
    const tag = reader.tag();
    switch (tag) {
      case 0x0a:
        name = reader.string(stop);
        break;
      case 0x12:
        description = reader.string(stop);
        break;
      case 0x1a:
        unit = reader.string(stop);
        break;
      case 0x2a:
        data = { kind: "gauge", dataPoints: readPoints(reader, stop, readNumberPoint).dataPoints };
        break;
      case 0x3a:
        data = { kind: "sum", ...readPoints(reader, stop, readNumberPoint) };
        break;
      case 0x4a: {
        const { dataPoints, aggregationTemporality } = readPoints(reader, stop, readHistogramPoint);
        data = { kind: "histogram", dataPoints, aggregationTemporality };
        break;
      }
      case 0x52: {
        const { dataPoints, aggregationTemporality } = readPoints(
          reader,
          stop,
          readExponentialHistogramPoint,
        );
        data = { kind: "exponential_histogram", dataPoints, aggregationTemporality };
        break;
      }
      case 0x5a:
        data = { kind: "summary", dataPoints: readPoints(reader, stop, readSummaryPoint).dataPoints };
        break;
      case 0x62:
        metadata.push(readKeyValue(reader, stop));
        break;
      default:
        reader.skip(tag, stop);
    }
  }
  reader.leave(stop);
  return { name, description, unit, metadata, data };
}

interface Points<P> {
  dataPoints: P[];
  aggregationTemporality: number;
  isMonotonic: boolean;
}

/** Gauge, Sum, Histogram, ExponentialHistogram and Summary number their common fields alike: 1, 2 and 3. */
function readPoints<P>(
  reader: ProtoReader,
  end: number,
  readPoint: (reader: ProtoReader, end: number) => P,
): Points<P> {
  const stop = reader.enter(end);
  const points: Points<P> = { dataPoints: [], aggregationTemporality: 0, isMonotonic: false };
  while (reader.pos < stop) {
    const tag = reader.tag();
    if (tag === 0x0a) points.dataPoints.push(readPoint(reader, stop));
    else if (tag === 0x10) points.aggregationTemporality = reader.int32();
    else if (tag === 0x18) points.isMonotonic = reader.bool();
    else reader.skip(tag, stop);
  }
  reader.leave(stop);
  return points;
}
