/** Records described once as lists of fields, from which both the Avro schema and the encoder follow. Spec: App. A Avro. @module */
import type { AvroBuffer } from "../avro/index.ts";
import type { Json, JsonObject } from "../base/index.ts";

/** One field of a record made from a `T`. */
export interface RecordField<T> {
  readonly id: number;
  readonly name: string;
  readonly json: JsonObject;
  readonly write: (out: AvroBuffer, item: T) => void;
}

interface FieldTexts {
  readonly id: number;
  readonly name: string;
  readonly type: Json;
  readonly doc?: string;
}

/** A field that is always there. */
export function required<T, V>(
  texts: FieldTexts,
  of: (item: T) => V,
  encode: (out: AvroBuffer, value: V) => void,
): RecordField<T> {
  return {
    id: texts.id,
    name: texts.name,
    json: fieldJson(texts, texts.type, false),
    write: (out, item) => encode(out, of(item)),
  };
}

/** A field that may be null: a union of null and its type, null by default (MAN-055). */
export function optional<T, V>(
  texts: FieldTexts,
  of: (item: T) => V | null | undefined,
  encode: (out: AvroBuffer, value: V) => void,
): RecordField<T> {
  return {
    id: texts.id,
    name: texts.name,
    json: fieldJson(texts, ["null", texts.type], true),
    write: (out, item) => {
      const value = of(item);
      if (value === undefined || value === null) {
        out.writeNumber(0);
      } else {
        out.writeNumber(1);
        encode(out, value);
      }
    },
  };
}

/** The Avro schema of a record. */
export function recordJson<T>(name: string, fields: readonly RecordField<T>[]): Json {
  return { type: "record", name, fields: fields.map((field) => field.json) };
}

/** Writes all fields in order. */
export function recordEncoder<T>(fields: readonly RecordField<T>[]): (out: AvroBuffer, item: T) => void {
  return (out, item) => {
    for (const field of fields) field.write(out, item);
  };
}

/** The Avro schema of a list of required elements. */
export function listJson(elementId: number, items: Json): Json {
  return { type: "array", items, "element-id": elementId };
}

/** The Avro schema of an int-keyed map: an array of key-value records (MAN-053). */
export function mapJson(keyId: number, valueId: number, value: Json): Json {
  const fields = [
    { name: "key", type: "int", "field-id": keyId },
    { name: "value", type: value, "field-id": valueId },
  ];
  return {
    type: "array",
    items: { type: "record", name: `k${keyId}_v${valueId}`, fields },
    logicalType: "map",
  };
}

export function writeInt(out: AvroBuffer, value: number): void {
  out.writeNumber(value);
}

export function writeLong(out: AvroBuffer, value: bigint): void {
  out.writeLong(value);
}

export function writeText(out: AvroBuffer, value: string): void {
  out.writeString(value);
}

export function writeBytes(out: AvroBuffer, value: Uint8Array): void {
  out.writeBytes(value);
}

export function writeBoolean(out: AvroBuffer, value: boolean): void {
  out.writeBoolean(value);
}

/** An array in one block. */
export function writeList<V>(encode: (out: AvroBuffer, value: V) => void) {
  return (out: AvroBuffer, values: readonly V[]): void => {
    if (values.length > 0) {
      out.writeNumber(values.length);
      for (const value of values) encode(out, value);
    }
    out.writeNumber(0);
  };
}

/** An int-keyed map in one block. */
export function writeMap<V>(encode: (out: AvroBuffer, value: V) => void) {
  return (out: AvroBuffer, map: ReadonlyMap<number, V>): void => {
    if (map.size > 0) {
      out.writeNumber(map.size);
      for (const [key, value] of map) {
        out.writeNumber(key);
        encode(out, value);
      }
    }
    out.writeNumber(0);
  };
}

function fieldJson(texts: FieldTexts, type: Json, nullable: boolean): JsonObject {
  return {
    name: texts.name,
    type,
    ...(texts.doc === undefined ? {} : { doc: texts.doc }),
    ...(nullable ? { default: null } : {}),
    "field-id": texts.id,
  };
}
