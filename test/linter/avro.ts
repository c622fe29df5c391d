/** Avro container files through avsc: header, schema as written, records keyed by field id, longs exact. @module */
import zlib from "node:zlib";
import avro from "avsc";
import { decompress as decompressZstd } from "fzstd";
import { snappyUncompress } from "hyparquet";
import { parseJson } from "../../src/base/index.ts";
import { type Json, type JsonObject, object, objects, text } from "./json.ts";
import { type PrimitiveType, parsePrimitive } from "./types.ts";
import { type LintValue, signed } from "./values.ts";

/** A record by field id, or by name where a field has no id. Bytes are Uint8Arrays, longs bigints. */
export type AvroRecord = ReadonlyMap<number | string, AvroValue>;
export type AvroValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | readonly AvroValue[]
  | AvroRecord;

export interface AvroFile {
  readonly header: ReadonlyMap<string, string>;
  /** The schema as the file has it, with every attribute. */
  readonly schema: JsonObject;
  readonly records: readonly AvroRecord[];
}

/** Reads a whole container file. Rejects with avsc's error when it is none. */
export async function readAvro(bytes: Uint8Array): Promise<AvroFile> {
  const { header, values } = await decode(bytes);
  const counted = countRecords(bytes);
  if (counted !== values.length)
    throw new Error(`its blocks tell ${counted} records, ${values.length} can be read`);
  const schema = object(parseJson(header.get("avro.schema") ?? "null", "avro.schema"));
  if (schema === undefined) throw new Error("its header has no record schema");
  const records = values.map((value) => byId(schema, value, new Map()) as AvroRecord);
  return { header, schema, records };
}

/** The map of ints that Avro has as an array of key-value records. */
export function intMap<V extends AvroValue>(
  value: AvroValue | undefined,
): ReadonlyMap<number, V> | undefined {
  if (!Array.isArray(value)) return undefined;
  const pairs = (value as readonly AvroRecord[]).map((pair) => [...pair.values()]);
  return new Map(pairs.map(([key, of]) => [Number(key), of as V]));
}

/** The type of a partition value by the Avro schema that it was written with. */
export function typeOfAvro(given: Json | undefined, named: ReadonlyMap<string, JsonObject>): PrimitiveType {
  const json = unwrap(given);
  if (typeof json === "string") {
    const reference = named.get(json);
    if (reference !== undefined) return typeOfAvro(reference, named);
    const plain: Readonly<Record<string, string>> = { bytes: "binary", null: "unknown" };
    return parsePrimitive(plain[json] ?? json);
  }
  const type = object(json) ?? {};
  const logical = text(type.logicalType);
  const utc = type["adjust-to-utc"] === true ? "tz" : "";
  if (logical === "decimal") return parsePrimitive(`decimal(${type.precision}, ${type.scale ?? 0})`);
  if (logical === "date" || logical === "uuid") return parsePrimitive(logical);
  if (logical === "time-micros") return parsePrimitive("time");
  if (logical === "timestamp-micros") return parsePrimitive(`timestamp${utc}`);
  if (logical === "timestamp-nanos") return parsePrimitive(`timestamp${utc}_ns`);
  return type.type === "fixed" ? parsePrimitive(`fixed[${type.size}]`) : typeOfAvro(type.type, named);
}

/** A primitive Avro value in the linter's form. */
export function fromAvro(type: PrimitiveType, value: AvroValue | undefined): LintValue | null {
  if (value === null || value === undefined) return null;
  if (typeof value === "string") return new TextEncoder().encode(value);
  if (value instanceof Uint8Array) return type.name === "decimal" ? signed(value) : value;
  if (typeof value === "number" && type.name !== "float" && type.name !== "double") return BigInt(value);
  return value as LintValue;
}

/** Named records and fixed types of a schema by name. */
export function namedTypes(
  json: Json | undefined,
  found = new Map<string, JsonObject>(),
): Map<string, JsonObject> {
  if (Array.isArray(json)) for (const branch of json as readonly Json[]) namedTypes(branch, found);
  const type = object(json);
  if (type === undefined) return found;
  const name = text(type.name);
  if (name !== undefined && (type.type === "record" || type.type === "fixed")) found.set(name, type);
  for (const field of objects(type.fields)) namedTypes(field.type, found);
  for (const inner of [type.items, type.values, type.type]) {
    if (typeof inner === "object") namedTypes(inner, found);
  }
  return found;
}

/** The type of an optional value without its null, whichever branch that is. */
export function unwrap(json: Json | undefined): Json | undefined {
  return Array.isArray(json) ? (json as readonly Json[]).find((branch) => branch !== "null") : json;
}

const LONG = avro.types.LongType.__with({
  fromBuffer: (buffer: Buffer) => buffer.readBigInt64LE(),
  toBuffer: (value: bigint) => {
    const buffer = Buffer.alloc(8);
    buffer.writeBigInt64LE(value);
    return buffer;
  },
  fromJSON: (json: unknown) => BigInt(json as number),
  toJSON: (value: bigint) => Number(value),
  isValid: (value: unknown) => typeof value === "bigint",
  compare: (a: bigint, b: bigint) => (a < b ? -1 : a > b ? 1 : 0),
});

/** avsc's type of a schema. The registry answers for plain longs, the hook for those with a logical type. */
export function typeOf(schema: unknown): avro.Type {
  const typeHook = (each: unknown) => ((each as { type?: unknown }).type === "long" ? LONG : undefined);
  return avro.Type.forSchema(schema as avro.Schema, { registry: { long: LONG }, typeHook } as never);
}

type Decompress = (data: Buffer, done: (error: Error | null, data?: Buffer) => void) => void;

const CODECS: Readonly<Record<string, Decompress>> = {
  null: (data, done) => done(null, data),
  deflate: (data, done) => zlib.inflateRaw(data, done),
  snappy: (data, done) => attempt(done, () => unsnap(data)),
  zstandard: (data, done) => attempt(done, () => decompressZstd(data)),
};

function attempt(done: Parameters<Decompress>[1], work: () => Uint8Array): void {
  let output: Buffer;
  try {
    output = Buffer.from(work());
  } catch (error) {
    done(error as Error);
    return;
  }
  done(null, output);
}

/** Four bytes of checksum follow the compressed ones. */
function unsnap(data: Buffer): Uint8Array {
  let length = 0;
  for (let at = 0, shift = 0; ; at++, shift += 7) {
    length |= (data[at]! & 0x7f) << shift;
    if (data[at]! < 0x80) break;
  }
  const output = new Uint8Array(length);
  snappyUncompress(data.subarray(0, -4), output);
  return output;
}

type Decoded = { header: Map<string, string>; values: unknown[] };

/** Header and values of a container file, as avsc makes them: objects by field name. */
export function decode(bytes: Uint8Array): Promise<Decoded> {
  return new Promise((resolve, reject) => {
    let header = new Map<string, string>();
    const values: unknown[] = [];
    const decoder = new avro.streams.BlockDecoder({ parseHook: typeOf, codecs: CODECS } as never);
    decoder.on("metadata", (_type: unknown, _codec: unknown, { meta }: { meta: Record<string, Buffer> }) => {
      header = new Map(Object.entries(meta).map(([key, value]) => [key, value.toString("utf8")]));
    });
    decoder.on("data", (value: unknown) => values.push(value));
    decoder.on("error", reject);
    decoder.on("end", () => resolve({ header, values }));
    decoder.end(Buffer.from(bytes));
  });
}

/** Walks the blocks, which avsc does not do to the end: it drops what follows a cut. Answers how many records they tell. */
function countRecords(bytes: Uint8Array): number {
  let at = 4;
  const varint = () => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = bytes[at++];
      if (byte === undefined) throw new Error("it ends within a block");
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
    }
  };
  const skip = () => {
    const length = varint();
    at += length;
  };
  for (let pairs = varint(); pairs !== 0; pairs = varint()) {
    if (pairs < 0) varint();
    for (let pair = Math.abs(pairs); pair > 0; pair--) {
      skip();
      skip();
    }
  }
  const sync = Buffer.from(bytes.subarray(at, at + 16));
  at += 16;
  let records = 0;
  while (at < bytes.length) {
    records += varint();
    skip();
    if (!sync.equals(bytes.subarray(at, at + 16))) throw new Error("a block does not end in the sync marker");
    at += 16;
  }
  return records;
}

/** Turns avsc's objects into records by id, along the schema as written. */
function byId(given: Json | undefined, value: unknown, named: Map<string, JsonObject>): AvroValue {
  if (value === null || value === undefined) return null;
  const json = unwrap(given);
  const type = typeof json === "string" ? named.get(json) : object(json);
  if (type === undefined) return value as AvroValue;
  const name = text(type.name);
  if (name !== undefined && typeof type.type === "string") named.set(name, type);
  if (type.type === "array") return (value as unknown[]).map((item) => byId(type.items, item, named));
  if (type.type !== "record")
    return typeof type.type === "object" ? byId(type.type, value, named) : (value as AvroValue);
  const held = value as Record<string, unknown>;
  return new Map(
    objects(type.fields).map((field) => {
      const key = typeof field["field-id"] === "number" ? field["field-id"] : String(field.name);
      return [key, byId(field.type, held[String(field.name)], named)];
    }),
  );
}
