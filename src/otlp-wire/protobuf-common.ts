/** The protobuf messages every signal shares: AnyValue, KeyValue, Resource, InstrumentationScope. @module */
import { type AnyValue, type KeyValue, MAX_VALUE_DEPTH, type Resource, type Scope } from "./model.ts";
import type { ProtoReader } from "./protobuf-reader.ts";

/** The same shape with its members assignable: decoders fill it field by field. */
export type Draft<T> = { -readonly [K in keyof T]: T[K] };

const NO_ATTRIBUTES: readonly KeyValue[] = Object.freeze([]);
/** What a missing Resource submessage means. */
export const EMPTY_RESOURCE: Resource = Object.freeze({
  attributes: NO_ATTRIBUTES,
  droppedAttributesCount: 0,
});
/** What a missing InstrumentationScope submessage means. */
export const EMPTY_SCOPE: Scope = Object.freeze({
  name: "",
  version: "",
  attributes: NO_ATTRIBUTES,
  droppedAttributesCount: 0,
});

/** One KeyValue field, at its length prefix. */
export function readKeyValue(reader: ProtoReader, end: number, depth = 0): KeyValue {
  const stop = reader.enter(end);
  let key = "";
  let value: AnyValue = null;
  while (reader.pos < stop) {
    const tag = reader.tag();
    if (tag === 0x0a) key = reader.string(stop);
    else if (tag === 0x12) value = readAnyValue(reader, stop, depth);
    else reader.skip(tag, stop);
  }
  reader.leave(stop);
  return { key, value };
}

/** One AnyValue field, at its length prefix. The last member of the oneof wins. */
export function readAnyValue(reader: ProtoReader, end: number, depth = 0): AnyValue {
  const stop = reader.enter(end);
  let value: AnyValue = null;
  while (reader.pos < stop) {
    const tag = reader.tag();
    switch (tag) {
      case 0x0a:
        value = reader.string(stop);
        break;
      case 0x10:
        value = reader.bool();
        break;
      case 0x18:
        value = reader.int64();
        break;
      case 0x21:
        value = reader.double();
        break;
      case 0x2a:
        value = readArray(reader, stop, depth + 1);
        break;
      case 0x32:
        value = { keyValues: readKeyValues(reader, stop, depth + 1) };
        break;
      case 0x3a:
        value = reader.bytesField(stop);
        break;
      case 0x40: // string_value_strindex refers to a dictionary only profiles carry (D4).
        reader.skip(tag, stop);
        value = null;
        break;
      default:
        reader.skip(tag, stop);
    }
  }
  reader.leave(stop);
  return value;
}

/** A Resource field, merged into what an earlier one of the same message said. */
export function readResource(reader: ProtoReader, end: number, before: Resource): Resource {
  const stop = reader.enter(end);
  const attributes = [...before.attributes];
  let droppedAttributesCount = before.droppedAttributesCount;
  while (reader.pos < stop) {
    const tag = reader.tag();
    if (tag === 0x0a) attributes.push(readKeyValue(reader, stop));
    else if (tag === 0x10) droppedAttributesCount = reader.uint32();
    else reader.skip(tag, stop);
  }
  reader.leave(stop);
  return { attributes, droppedAttributesCount };
}

/** An InstrumentationScope field, merged into what an earlier one of the same message said. */
export function readScope(reader: ProtoReader, end: number, before: Scope): Scope {
  const stop = reader.enter(end);
  const attributes = [...before.attributes];
  const scope: Draft<Scope> = { ...before, attributes };
  while (reader.pos < stop) {
    const tag = reader.tag();
    switch (tag) {
      case 0x0a:
        scope.name = reader.string(stop);
        break;
      case 0x12:
        scope.version = reader.string(stop);
        break;
      case 0x1a:
        attributes.push(readKeyValue(reader, stop));
        break;
      case 0x20:
        scope.droppedAttributesCount = reader.uint32();
        break;
      default:
        reader.skip(tag, stop);
    }
  }
  reader.leave(stop);
  return scope;
}

function readArray(reader: ProtoReader, end: number, depth: number): AnyValue[] {
  checkDepth(reader, depth);
  const stop = reader.enter(end);
  const values: AnyValue[] = [];
  while (reader.pos < stop) {
    const tag = reader.tag();
    if (tag === 0x0a) values.push(readAnyValue(reader, stop, depth));
    else reader.skip(tag, stop);
  }
  reader.leave(stop);
  return values;
}

function readKeyValues(reader: ProtoReader, end: number, depth: number): KeyValue[] {
  checkDepth(reader, depth);
  const stop = reader.enter(end);
  const values: KeyValue[] = [];
  while (reader.pos < stop) {
    const tag = reader.tag();
    if (tag === 0x0a) values.push(readKeyValue(reader, stop, depth));
    else reader.skip(tag, stop);
  }
  reader.leave(stop);
  return values;
}

function checkDepth(reader: ProtoReader, depth: number): void {
  if (depth > MAX_VALUE_DEPTH) reader.fail(`values nested deeper than ${MAX_VALUE_DEPTH}`);
}
