/** ExportLogsServiceRequest from protobuf. Spec: OTLP logs.proto. @module */
import type { AnyValue, KeyValue, LogRecord, LogsData, ResourceLogs, ScopeLogs } from "./model.ts";
import {
  EMPTY_RESOURCE,
  EMPTY_SCOPE,
  readAnyValue,
  readKeyValue,
  readResource,
  readScope,
} from "./protobuf-common.ts";
import { ProtoReader } from "./protobuf-reader.ts";

/**
 * Decodes a request body.
 * @throws IcebergError `invalid-payload` naming the byte at which decoding stopped.
 */
export function readLogs(bytes: Uint8Array): LogsData {
  const reader = new ProtoReader(bytes, "OTLP logs");
  const end = reader.length;
  const resourceLogs: ResourceLogs[] = [];
  while (reader.pos < end) {
    const tag = reader.tag();
    if (tag === 0x0a) resourceLogs.push(readResourceLogs(reader, end));
    else reader.skip(tag, end);
  }
  return { resourceLogs };
}

function readResourceLogs(reader: ProtoReader, end: number): ResourceLogs {
  const stop = reader.enter(end);
  const scopeLogs: ScopeLogs[] = [];
  let resource = EMPTY_RESOURCE;
  let schemaUrl = "";
  while (reader.pos < stop) {
    const tag = reader.tag();
    if (tag === 0x0a) resource = readResource(reader, stop, resource);
    else if (tag === 0x12) scopeLogs.push(readScopeLogs(reader, stop));
    else if (tag === 0x1a) schemaUrl = reader.string(stop);
    else reader.skip(tag, stop);
  }
  reader.leave(stop);
  return { resource, scopeLogs, schemaUrl };
}

function readScopeLogs(reader: ProtoReader, end: number): ScopeLogs {
  const stop = reader.enter(end);
  const logRecords: LogRecord[] = [];
  let scope = EMPTY_SCOPE;
  let schemaUrl = "";
  while (reader.pos < stop) {
    const tag = reader.tag();
    if (tag === 0x0a) scope = readScope(reader, stop, scope);
    else if (tag === 0x12) logRecords.push(readLogRecord(reader, stop));
    else if (tag === 0x1a) schemaUrl = reader.string(stop);
    else reader.skip(tag, stop);
  }
  reader.leave(stop);
  return { scope, logRecords, schemaUrl };
}

function readLogRecord(reader: ProtoReader, end: number): LogRecord {
  const stop = reader.enter(end);
  const attributes: KeyValue[] = [];
  let timeUnixNano = 0n;
  let observedTimeUnixNano = 0n;
  let severityNumber = 0;
  let severityText = "";
  let body: AnyValue = null;
  let droppedAttributesCount = 0;
  let flags = 0;
  let traceId = "";
  let spanId = "";
  let eventName = "";
  while (reader.pos < stop) {
    const tag = reader.tag();
    switch (tag) {
      case 0x09:
        timeUnixNano = reader.fixed64();
        break;
      case 0x10:
        severityNumber = reader.int32();
        break;
      case 0x1a:
        severityText = reader.string(stop);
        break;
      case 0x2a:
        body = readAnyValue(reader, stop);
        break;
      case 0x32:
        attributes.push(readKeyValue(reader, stop));
        break;
      case 0x38:
        droppedAttributesCount = reader.uint32();
        break;
      case 0x45:
        flags = reader.fixed32();
        break;
      case 0x4a:
        traceId = reader.hex(stop);
        break;
      case 0x52:
        spanId = reader.hex(stop);
        break;
      case 0x59:
        observedTimeUnixNano = reader.fixed64();
        break;
      case 0x62:
        eventName = reader.string(stop);
        break;
      default:
        reader.skip(tag, stop);
    }
  }
  reader.leave(stop);
  return {
    timeUnixNano,
    observedTimeUnixNano,
    severityNumber,
    severityText,
    body,
    attributes,
    droppedAttributesCount,
    flags,
    traceId,
    spanId,
    eventName,
  };
}
