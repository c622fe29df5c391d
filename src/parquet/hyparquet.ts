/**
 * The one place that reaches into hyparquet: Thrift structs and the rarer encodings. Its internals are outside its
 * version promise, hence the exact pin. Spec: Parquet format, Encodings.
 * @module
 */
import { deltaBinaryUnpack, deltaByteArray, deltaLengthByteArray } from "hyparquet/src/delta.js";
import { byteStreamSplit } from "hyparquet/src/encoding.js";
import { deserializeTCompactProtocol } from "hyparquet/src/thrift.js";
import { IcebergError, toSafeNumber } from "../base/index.ts";
import type { ParquetNode } from "./tree.ts";

/** A Thrift struct with typed access to its fields by id; a field of another type is an error. */
export class ThriftFields {
  private readonly fields: Readonly<Record<string, unknown>>;

  constructor(fields: Readonly<Record<string, unknown>>) {
    this.fields = fields;
  }

  has(id: number): boolean {
    return this.fields[`field_${id}`] !== undefined;
  }
  /** An integer field of any width. */
  number(id: number): number | undefined {
    const value = this.fields[`field_${id}`];
    if (value === undefined || typeof value === "number") return value;
    if (typeof value === "bigint") return toSafeNumber(value, `Thrift field ${id}`);
    throw mistyped(id);
  }
  boolean(id: number): boolean | undefined {
    return this.typed(id, (value): value is boolean => typeof value === "boolean");
  }
  bytes(id: number): Uint8Array | undefined {
    return this.typed(id, (value): value is Uint8Array => value instanceof Uint8Array);
  }
  text(id: number): string | undefined {
    const bytes = this.bytes(id);
    return bytes === undefined ? undefined : lenient.decode(bytes);
  }
  struct(id: number): ThriftFields | undefined {
    const value = this.fields[`field_${id}`];
    if (value === undefined) return undefined;
    if (!isStruct(value)) throw mistyped(id);
    return new ThriftFields(value);
  }
  structs(id: number): ThriftFields[] {
    return this.list(id).map((item) => {
      if (!isStruct(item)) throw mistyped(id);
      return new ThriftFields(item);
    });
  }
  texts(id: number): string[] {
    return this.byteArrays(id).map((item) => lenient.decode(item));
  }
  byteArrays(id: number): Uint8Array[] {
    return this.list(id).map((item) => {
      if (!(item instanceof Uint8Array)) throw mistyped(id);
      return item;
    });
  }
  booleans(id: number): boolean[] {
    return this.list(id).map((item) => {
      if (typeof item !== "boolean") throw mistyped(id);
      return item;
    });
  }
  numbers(id: number): number[] {
    return this.list(id).map((item) => {
      if (typeof item !== "bigint" && typeof item !== "number") throw mistyped(id);
      return toSafeNumber(item, `Thrift field ${id}`);
    });
  }
  /** A field that must be there. */
  required(id: number, what: string): number {
    const value = this.number(id);
    if (value === undefined) throw new IcebergError("corrupt-file", `Cannot decode ${what}: it is missing`);
    return value;
  }

  private list(id: number): readonly unknown[] {
    return this.typed(id, (value): value is readonly unknown[] => Array.isArray(value)) ?? [];
  }
  private typed<T>(id: number, is: (value: unknown) => value is T): T | undefined {
    const value = this.fields[`field_${id}`];
    if (value === undefined || is(value)) return value;
    throw mistyped(id);
  }
}

const lenient = new TextDecoder();

function isStruct(value: unknown): value is Readonly<Record<string, unknown>> {
  return (
    typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array)
  );
}

function mistyped(id: number): IcebergError {
  return new IcebergError("corrupt-file", `Cannot decode Thrift field ${id}: it has another type`);
}

/** One struct at an offset, and where it ends. Errors are hyparquet's own: callers wrap them. */
export function readThrift(bytes: Uint8Array, offset: number): { fields: ThriftFields; end: number } {
  const reader = { view: viewOf(bytes), offset };
  const fields = new ThriftFields(deserializeTCompactProtocol(reader));
  return { fields, end: reader.offset };
}

/** Values as the physical type holds them. */
export type PhysicalValues = Int32Array | BigInt64Array | Float32Array | Float64Array | Uint8Array[];

/** DELTA_BINARY_PACKED. */
export function readDelta(bytes: Uint8Array, count: number, node: ParquetNode): PhysicalValues {
  const output = node.physical === "INT32" ? new Int32Array(count) : new BigInt64Array(count);
  if (count > 0) deltaBinaryUnpack({ view: viewOf(bytes), offset: 0 }, count, output);
  return output;
}

/** DELTA_LENGTH_BYTE_ARRAY. */
export function readDeltaLength(bytes: Uint8Array, count: number): Uint8Array[] {
  const output: Uint8Array[] = new Array(count);
  if (count > 0) deltaLengthByteArray({ view: viewOf(bytes), offset: 0 }, count, output);
  return output;
}

/** DELTA_BYTE_ARRAY. */
export function readDeltaBytes(bytes: Uint8Array, count: number): Uint8Array[] {
  const output: Uint8Array[] = new Array(count);
  if (count > 0) deltaByteArray({ view: viewOf(bytes), offset: 0 }, count, output);
  return output;
}

/** BYTE_STREAM_SPLIT. */
export function readByteStreamSplit(bytes: Uint8Array, count: number, node: ParquetNode): PhysicalValues {
  const reader = { view: viewOf(bytes), offset: 0 };
  return byteStreamSplit(reader, count, node.physical!, node.typeLength) as PhysicalValues;
}

function viewOf(bytes: Uint8Array): DataView<ArrayBuffer> {
  return new DataView(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength);
}
