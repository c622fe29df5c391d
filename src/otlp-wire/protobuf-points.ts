/** Metric data points and exemplars from protobuf. Spec: OTLP metrics.proto. @module */
import type {
  Exemplar,
  ExponentialBuckets,
  ExponentialHistogramDataPoint,
  HistogramDataPoint,
  KeyValue,
  NumberDataPoint,
  QuantileValue,
  SummaryDataPoint,
} from "./model.ts";
import { type Draft, readKeyValue } from "./protobuf-common.ts";
import type { ProtoReader } from "./protobuf-reader.ts";

/** A NumberDataPoint field, at its length prefix. */
export function readNumberPoint(reader: ProtoReader, end: number): NumberDataPoint {
  const stop = reader.enter(end);
  const attributes: KeyValue[] = [];
  const exemplars: Exemplar[] = [];
  const point: Draft<NumberDataPoint> = {
    startTimeUnixNano: 0n,
    timeUnixNano: 0n,
    attributes,
    flags: 0,
    value: null,
    exemplars,
  };
  while (reader.pos < stop) {
    const tag = reader.tag();
    switch (tag) {
      case 0x11:
        point.startTimeUnixNano = reader.fixed64();
        break;
      case 0x19:
        point.timeUnixNano = reader.fixed64();
        break;
      case 0x21:
        point.value = reader.double();
        break;
      case 0x2a:
        exemplars.push(readExemplar(reader, stop));
        break;
      case 0x31:
        point.value = reader.sfixed64();
        break;
      case 0x3a:
        attributes.push(readKeyValue(reader, stop));
        break;
      case 0x40:
        point.flags = reader.uint32();
        break;
      default:
        reader.skip(tag, stop);
    }
  }
  reader.leave(stop);
  return point;
}

/** A HistogramDataPoint field, at its length prefix. */
export function readHistogramPoint(reader: ProtoReader, end: number): HistogramDataPoint {
  const stop = reader.enter(end);
  const attributes: KeyValue[] = [];
  const exemplars: Exemplar[] = [];
  const bucketCounts: bigint[] = [];
  const explicitBounds: number[] = [];
  const point: Draft<HistogramDataPoint> = {
    startTimeUnixNano: 0n,
    timeUnixNano: 0n,
    attributes,
    flags: 0,
    count: 0n,
    sum: null,
    min: null,
    max: null,
    bucketCounts,
    explicitBounds,
    exemplars,
  };
  while (reader.pos < stop) {
    const tag = reader.tag();
    switch (tag) {
      case 0x11:
        point.startTimeUnixNano = reader.fixed64();
        break;
      case 0x19:
        point.timeUnixNano = reader.fixed64();
        break;
      case 0x21:
        point.count = reader.fixed64();
        break;
      case 0x29:
        point.sum = reader.double();
        break;
      case 0x31: // one value outside a packed run
        bucketCounts.push(reader.fixed64());
        break;
      case 0x32:
        readPacked(reader, stop, () => bucketCounts.push(reader.fixed64()));
        break;
      case 0x39:
        explicitBounds.push(reader.double());
        break;
      case 0x3a:
        readPacked(reader, stop, () => explicitBounds.push(reader.double()));
        break;
      case 0x42:
        exemplars.push(readExemplar(reader, stop));
        break;
      case 0x4a:
        attributes.push(readKeyValue(reader, stop));
        break;
      case 0x50:
        point.flags = reader.uint32();
        break;
      case 0x59:
        point.min = reader.double();
        break;
      case 0x61:
        point.max = reader.double();
        break;
      default:
        reader.skip(tag, stop);
    }
  }
  reader.leave(stop);
  return point;
}

/** An ExponentialHistogramDataPoint field, at its length prefix. */
export function readExponentialHistogramPoint(
  reader: ProtoReader,
  end: number,
): ExponentialHistogramDataPoint {
  const stop = reader.enter(end);
  const attributes: KeyValue[] = [];
  const exemplars: Exemplar[] = [];
  const point: Draft<ExponentialHistogramDataPoint> = {
    startTimeUnixNano: 0n,
    timeUnixNano: 0n,
    attributes,
    flags: 0,
    count: 0n,
    sum: null,
    min: null,
    max: null,
    scale: 0,
    zeroCount: 0n,
    zeroThreshold: 0,
    positive: NO_BUCKETS,
    negative: NO_BUCKETS,
    exemplars,
  };
  while (reader.pos < stop) {
    const tag = reader.tag();
    switch (tag) {
      case 0x0a:
        attributes.push(readKeyValue(reader, stop));
        break;
      case 0x11:
        point.startTimeUnixNano = reader.fixed64();
        break;
      case 0x19:
        point.timeUnixNano = reader.fixed64();
        break;
      case 0x21:
        point.count = reader.fixed64();
        break;
      case 0x29:
        point.sum = reader.double();
        break;
      case 0x30:
        point.scale = reader.sint32();
        break;
      case 0x39:
        point.zeroCount = reader.fixed64();
        break;
      case 0x42:
        point.positive = readBuckets(reader, stop, point.positive);
        break;
      case 0x4a:
        point.negative = readBuckets(reader, stop, point.negative);
        break;
      case 0x50:
        point.flags = reader.uint32();
        break;
      case 0x5a:
        exemplars.push(readExemplar(reader, stop));
        break;
      case 0x61:
        point.min = reader.double();
        break;
      case 0x69:
        point.max = reader.double();
        break;
      case 0x71:
        point.zeroThreshold = reader.double();
        break;
      default:
        reader.skip(tag, stop);
    }
  }
  reader.leave(stop);
  return point;
}

/** A SummaryDataPoint field, at its length prefix. */
export function readSummaryPoint(reader: ProtoReader, end: number): SummaryDataPoint {
  const stop = reader.enter(end);
  const attributes: KeyValue[] = [];
  const quantileValues: QuantileValue[] = [];
  const point: Draft<SummaryDataPoint> = {
    startTimeUnixNano: 0n,
    timeUnixNano: 0n,
    attributes,
    flags: 0,
    count: 0n,
    sum: 0,
    quantileValues,
  };
  while (reader.pos < stop) {
    const tag = reader.tag();
    switch (tag) {
      case 0x11:
        point.startTimeUnixNano = reader.fixed64();
        break;
      case 0x19:
        point.timeUnixNano = reader.fixed64();
        break;
      case 0x21:
        point.count = reader.fixed64();
        break;
      case 0x29:
        point.sum = reader.double();
        break;
      case 0x32:
        quantileValues.push(readQuantile(reader, stop));
        break;
      case 0x3a:
        attributes.push(readKeyValue(reader, stop));
        break;
      case 0x40:
        point.flags = reader.uint32();
        break;
      default:
        reader.skip(tag, stop);
    }
  }
  reader.leave(stop);
  return point;
}

function readQuantile(reader: ProtoReader, end: number): QuantileValue {
  const stop = reader.enter(end);
  let quantile = 0;
  let value = 0;
  while (reader.pos < stop) {
    const tag = reader.tag();
    if (tag === 0x09) quantile = reader.double();
    else if (tag === 0x11) value = reader.double();
    else reader.skip(tag, stop);
  }
  reader.leave(stop);
  return { quantile, value };
}

function readBuckets(reader: ProtoReader, end: number, before: ExponentialBuckets): ExponentialBuckets {
  const stop = reader.enter(end);
  const bucketCounts = [...before.bucketCounts];
  let offset = before.offset;
  while (reader.pos < stop) {
    const tag = reader.tag();
    if (tag === 0x08) offset = reader.sint32();
    else if (tag === 0x10) bucketCounts.push(reader.uint64());
    else if (tag === 0x12) readPacked(reader, stop, () => bucketCounts.push(reader.uint64()));
    else reader.skip(tag, stop);
  }
  reader.leave(stop);
  return { offset, bucketCounts };
}

function readExemplar(reader: ProtoReader, end: number): Exemplar {
  const stop = reader.enter(end);
  const filteredAttributes: KeyValue[] = [];
  const exemplar: Draft<Exemplar> = {
    filteredAttributes,
    timeUnixNano: 0n,
    value: null,
    spanId: "",
    traceId: "",
  };
  while (reader.pos < stop) {
    const tag = reader.tag();
    if (tag === 0x11) exemplar.timeUnixNano = reader.fixed64();
    else if (tag === 0x19) exemplar.value = reader.double();
    else if (tag === 0x22) exemplar.spanId = reader.hex(stop);
    else if (tag === 0x2a) exemplar.traceId = reader.hex(stop);
    else if (tag === 0x31) exemplar.value = reader.sfixed64();
    else if (tag === 0x3a) filteredAttributes.push(readKeyValue(reader, stop));
    else reader.skip(tag, stop);
  }
  reader.leave(stop);
  return exemplar;
}

function readPacked(reader: ProtoReader, end: number, readOne: () => void): void {
  const stop = reader.enter(end);
  while (reader.pos < stop) readOne();
  reader.leave(stop);
}

const NO_BUCKETS: ExponentialBuckets = Object.freeze({ offset: 0, bucketCounts: Object.freeze([]) });
