/** Iceberg's primitive types in Avro: schema, encoder and decoder of each. Spec: App. A Avro; MAN-056 to 059. @module */
import { IcebergError, type Json } from "../base/index.ts";
import {
  MICROS_PER_DAY,
  NANOS_PER_DAY,
  type PrimitiveValue,
  parseUuid,
  type Type,
  uuidBytes,
  uuidFromBytes,
} from "../schema/index.ts";
import { decimalByteLength, decodeUnscaled, encodeUnscaledFixed } from "../values/index.ts";
import type { AvroBuffer } from "./buffer.ts";
import {
  asBoolean,
  asBytes,
  asDouble,
  asInt,
  asLong,
  asString,
  type Decode,
  type Decoder,
} from "./decode.ts";
import type { AvroType } from "./schema.ts";

/** Writes one present value. */
export type Encode = (out: AvroBuffer, value: PrimitiveValue) => void;

/**
 * The Avro schema of a primitive type. Named types (fixed, decimal, uuid) are defined where they first occur in
 * a file and referred to by name afterwards; `named` collects the names a file has defined (MAN-057).
 * @throws IcebergError `unsupported` for geometry and geography, which no partition value can have.
 */
export function avroTypeJson(type: Type, named: Set<string>): Json {
  switch (type.kind) {
    case "unknown":
      return "null";
    case "boolean":
    case "int":
    case "long":
    case "float":
    case "double":
    case "string":
      return type.kind;
    case "binary":
      return "bytes";
    case "date":
      return { type: "int", logicalType: "date" };
    case "time":
      return { type: "long", logicalType: "time-micros" };
    case "timestamp":
    case "timestamptz":
      return timestampJson("timestamp-micros", type.kind === "timestamptz");
    case "timestamp_ns":
    case "timestamptz_ns":
      return timestampJson("timestamp-nanos", type.kind === "timestamptz_ns");
    case "uuid":
      return once(named, "uuid_fixed", { size: 16, logicalType: "uuid" });
    case "fixed":
      return once(named, `fixed_${type.length}`, { size: type.length });
    case "decimal": {
      const { precision, scale } = type;
      const size = decimalByteLength(precision);
      return once(named, `decimal_${precision}_${scale}`, { size, logicalType: "decimal", precision, scale });
    }
    default:
      return unsupported(type);
  }
}

/**
 * A field name as Avro can carry it (MAN-058): a leading digit gets `_` before it, any other character that is
 * not an ASCII letter, digit or `_` becomes `_x` and its code in hex. Equal to the name when that is valid.
 */
export function avroName(name: string): string {
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return name;
  let text = "";
  for (let i = 0; i < name.length; i++) {
    const unit = name[i]!;
    if (/[A-Za-z_]/.test(unit) || (i > 0 && /[0-9]/.test(unit))) text += unit;
    else if (/[0-9]/.test(unit)) text += `_${unit}`;
    else text += `_x${name.charCodeAt(i).toString(16).toUpperCase()}`;
  }
  return text === "" ? "_" : text;
}

/** An encoder of present values of a type, which must be held in the form `schema/values.ts` says. */
export function primitiveEncoder(type: Type): Encode {
  switch (type.kind) {
    case "boolean":
      return (out, value) => out.writeBoolean(value as boolean);
    case "int":
    case "date":
      return (out, value) => out.writeNumber(value as number);
    case "long":
    case "time":
    case "timestamp":
    case "timestamptz":
    case "timestamp_ns":
    case "timestamptz_ns":
      return (out, value) => out.writeLong(value as bigint);
    case "float":
      return (out, value) => out.writeFloat(value as number);
    case "double":
      return (out, value) => out.writeDouble(value as number);
    case "string":
      return (out, value) => out.writeString(value as string);
    case "binary":
      return (out, value) => out.writeBytes(value as Uint8Array);
    case "uuid":
      return (out, value) => out.writeRaw(uuidBytes(value as string));
    case "fixed": {
      const length = type.length;
      return (out, value) => out.writeRaw(exactly(value as Uint8Array, length));
    }
    case "decimal": {
      const size = decimalByteLength(type.precision);
      return (out, value) => out.writeRaw(encodeUnscaledFixed(value as bigint, size));
    }
    default:
      return () => unsupported(type);
  }
}

/**
 * A decoder of a type's values, in the form `schema/values.ts` says. The writer's type may be narrower (int for
 * long, float for double, days for timestamps: MAN-063, SCH promotions); when it does not fit at all, because a
 * column changed its type or is gone, the value is what the writer's own type says.
 */
export function primitiveDecoder(type: Type): Decoder<PrimitiveValue> {
  return (writer) => fitting(type, writer) ?? natural(writer);
}

/**
 * The decoder of a column of a data file; `undefined` when the writer's type cannot become the column's. Beside what
 * manifests hold it reads the coarser times of files that were imported (PAR-047).
 */
export function fittingDecoder(type: Type, writer: AvroType): Decode<PrimitiveValue> | undefined {
  const logical = "logicalType" in writer ? writer.logicalType : undefined;
  if (type.kind === "time" && writer.kind === "int") {
    return logical === "time-millis" ? (cursor) => BigInt(cursor.readInt()) * 1000n : undefined;
  }
  if (/^timestamp/.test(type.kind) && writer.kind === "long") {
    const isNanos = type.kind.endsWith("_ns");
    if (logical?.endsWith("timestamp-millis")) {
      const factor = isNanos ? 1_000_000n : 1000n;
      return (cursor) => cursor.readLong() * factor;
    }
    if (logical?.endsWith("timestamp-nanos") && !isNanos) return undefined;
    if (logical === "local-timestamp-micros" && isNanos) return (cursor) => cursor.readLong() * 1000n;
  }
  if (type.kind === "double" || type.kind === "float") {
    return type.kind === "float" && writer.kind === "double" ? undefined : asDouble(writer);
  }
  if (type.kind === "int" && writer.kind === "long") return undefined;
  return fitting(type, writer);
}

function fitting(type: Type, writer: AvroType): Decode<PrimitiveValue> | undefined {
  switch (type.kind) {
    case "boolean":
      return asBoolean(writer);
    case "int":
    case "date":
      return asInt(writer);
    case "long":
    case "time":
      return asLong(writer);
    case "timestamp":
    case "timestamptz":
      return instant(writer, MICROS_PER_DAY);
    case "timestamp_ns":
    case "timestamptz_ns":
      return instant(writer, NANOS_PER_DAY);
    case "float":
    case "double":
      return asDouble(writer);
    case "string":
      return writer.kind === "string" || writer.kind === "bytes" ? asString(writer) : undefined;
    case "uuid":
      return uuid(writer);
    case "fixed":
    case "binary":
    case "geometry":
    case "geography":
      return asBytes(writer);
    case "decimal":
      return decimal(writer);
    default:
      return undefined;
  }
}

/** The value as the writer's type alone describes it. */
function natural(writer: AvroType): Decode<PrimitiveValue> | undefined {
  switch (writer.kind) {
    case "boolean":
      return asBoolean(writer);
    case "int":
      return asInt(writer);
    case "long":
      return asLong(writer);
    case "float":
    case "double":
      return asDouble(writer);
    case "string":
    case "enum":
      return asString(writer);
    case "bytes":
    case "fixed":
      if (writer.logicalType === "decimal") return decimal(writer);
      return writer.logicalType === "uuid" ? uuid(writer) : asBytes(writer);
    default:
      return undefined;
  }
}

/** Timestamps, also from a partition that was a date before the column was promoted. */
function instant(writer: AvroType, perDay: bigint): Decode<bigint> | undefined {
  if (writer.kind === "int" && writer.logicalType === "date") {
    return (cursor) => BigInt(cursor.readInt()) * perDay;
  }
  if (writer.kind === "long" && writer.logicalType === "timestamp-micros" && perDay === NANOS_PER_DAY) {
    return (cursor) => cursor.readLong() * 1000n;
  }
  return asLong(writer);
}

function uuid(writer: AvroType): Decode<string> | undefined {
  if (writer.kind === "fixed" && writer.size === 16) return (cursor) => uuidFromBytes(cursor.readFixed(16));
  if (writer.kind !== "string") return undefined;
  return (cursor) => {
    const start = cursor.at;
    try {
      return parseUuid(cursor.readString());
    } catch (cause) {
      if (cause instanceof IcebergError && cause.code === "corrupt-file") throw cause;
      return cursor.fail("a string that is no uuid", start);
    }
  };
}

/** Unscaled value from big-endian two's complement, as `fixed` or `bytes`. */
function decimal(writer: AvroType): Decode<bigint> | undefined {
  if (writer.kind !== "fixed" && writer.kind !== "bytes") return undefined;
  const read = asBytes(writer)!;
  return (cursor) => {
    const bytes = read(cursor)!;
    return bytes.length === 0 ? 0n : decodeUnscaled(bytes);
  };
}

function exactly(value: Uint8Array, length: number): Uint8Array {
  if (value.length !== length) {
    throw new IcebergError("invalid-argument", `Cannot write ${value.length} bytes as fixed[${length}]`, {
      context: { length: value.length },
    });
  }
  return value;
}

function timestampJson(logicalType: string, adjust: boolean): Json {
  return { type: "long", logicalType, "adjust-to-utc": adjust };
}

function once(named: Set<string>, name: string, definition: { [key: string]: Json }): Json {
  if (named.has(name)) return name;
  named.add(name);
  return { type: "fixed", name, ...definition };
}

function unsupported(type: Type): never {
  throw new IcebergError("unsupported", `Cannot write a ${type.kind} value to a manifest`, {
    context: { type: type.kind },
  });
}
