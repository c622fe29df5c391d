/** Single values as bytes: column bounds and partition summaries. Spec: Appendix D, Binary single-value serialization. @module */
import { IcebergError, INT64_MAX, INT64_MIN, utf8Decode, utf8Encode } from "../base/index.ts";
import {
  MICROS_PER_DAY,
  NANOS_PER_DAY,
  type PrimitiveType,
  type PrimitiveValue,
  typeToString,
  uuidBytes,
  uuidFromBytes,
} from "../schema/index.ts";

/**
 * The bytes of a held value (SCH-055). Bytes of geo types pass through: their bounds are points, see MAN-074.
 * @throws IcebergError `unsupported` for `unknown`, which has no binary form (SCH-057).
 */
export function encodeValue(type: PrimitiveType, value: PrimitiveValue): Uint8Array {
  switch (type.kind) {
    case "boolean":
      return Uint8Array.of(value === true ? 1 : 0);
    case "int":
    case "date": {
      const bytes = new Uint8Array(4);
      viewOf(bytes).setInt32(0, value as number, true);
      return bytes;
    }
    case "long":
    case "time":
    case "timestamp":
    case "timestamptz":
    case "timestamp_ns":
    case "timestamptz_ns": {
      const bytes = new Uint8Array(8);
      viewOf(bytes).setBigInt64(0, value as bigint, true);
      return bytes;
    }
    case "float": {
      const bytes = new Uint8Array(4);
      viewOf(bytes).setFloat32(0, value as number, true);
      return bytes;
    }
    case "double": {
      const bytes = new Uint8Array(8);
      viewOf(bytes).setFloat64(0, value as number, true);
      return bytes;
    }
    case "decimal":
      return encodeUnscaled(value as bigint);
    case "string":
      return utf8Encode(value as string);
    case "uuid":
      return uuidBytes(value as string);
    case "fixed":
    case "binary":
    case "geometry":
    case "geography":
      return value as Uint8Array;
    case "unknown":
      throw new IcebergError("unsupported", "Cannot encode a value of type unknown: it has no binary form");
  }
}

/**
 * The held value of single-value bytes. Four bytes of a `long`, `double`, `timestamp` or `timestamp_ns` are read
 * as the type the column was promoted from (SCH-058).
 * @throws IcebergError `corrupt-file` when the length does not fit the type.
 */
export function decodeValue(type: PrimitiveType, bytes: Uint8Array): PrimitiveValue {
  switch (type.kind) {
    case "boolean":
      return expect(type, bytes, 1)[0] !== 0;
    case "int":
    case "date":
      return viewOf(expect(type, bytes, 4)).getInt32(0, true);
    case "long":
      if (bytes.length === 4) return BigInt(viewOf(bytes).getInt32(0, true));
      return viewOf(expect(type, bytes, 8)).getBigInt64(0, true);
    case "timestamp":
      if (bytes.length === 4) return promotedDate(type, bytes, MICROS_PER_DAY);
      return viewOf(expect(type, bytes, 8)).getBigInt64(0, true);
    case "timestamp_ns":
      if (bytes.length === 4) return promotedDate(type, bytes, NANOS_PER_DAY);
      return viewOf(expect(type, bytes, 8)).getBigInt64(0, true);
    case "time":
    case "timestamptz":
    case "timestamptz_ns":
      return viewOf(expect(type, bytes, 8)).getBigInt64(0, true);
    case "float":
      return viewOf(expect(type, bytes, 4)).getFloat32(0, true);
    case "double":
      if (bytes.length === 4) return viewOf(bytes).getFloat32(0, true);
      return viewOf(expect(type, bytes, 8)).getFloat64(0, true);
    case "decimal":
      return decodeUnscaled(bytes);
    case "string":
      return utf8Decode(bytes);
    case "uuid":
      return uuidFromBytes(bytes);
    case "fixed":
      return expect(type, bytes, type.length);
    case "binary":
    case "geometry":
    case "geography":
      return bytes;
    case "unknown":
      throw new IcebergError("unsupported", "Cannot decode a value of type unknown: it has no binary form");
  }
}

/** Two's complement, big-endian, in the fewest bytes: 0 takes one, 128 two, -128 one (SCH-056). */
export function encodeUnscaled(unscaled: bigint): Uint8Array {
  let length = 1;
  while (BigInt.asIntN(8 * length, unscaled) !== unscaled) length++;
  return encodeUnscaledFixed(unscaled, length);
}

/**
 * Two's complement, big-endian, sign-extended to `length` bytes, as data files store decimals.
 * @throws IcebergError `invalid-argument` when the value takes more bytes.
 */
export function encodeUnscaledFixed(unscaled: bigint, length: number): Uint8Array {
  if (BigInt.asIntN(8 * length, unscaled) !== unscaled) {
    throw new IcebergError("invalid-argument", `Cannot encode ${unscaled} in ${length} bytes`, {
      context: { unscaled, length },
    });
  }
  const bytes = new Uint8Array(length);
  let rest = unscaled;
  for (let i = length - 1; i >= 0; i--) {
    bytes[i] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  return bytes;
}

/** The integer of big-endian two's complement bytes, sign-extended ones included. Throws `corrupt-file` on none. */
export function decodeUnscaled(bytes: Uint8Array): bigint {
  if (bytes.length === 0) throw new IcebergError("corrupt-file", "Cannot decode a decimal from 0 bytes");
  if (bytes.length <= 6) {
    let small = bytes[0]! >= 0x80 ? -1 : 0;
    for (const byte of bytes) small = small * 256 + byte;
    return BigInt(small);
  }
  let value = bytes[0]! >= 0x80 ? -1n : 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  return value;
}

/** Fewest bytes that hold every decimal of a precision: the length of its fixed encoding in data files. */
export function decimalByteLength(precision: number): number {
  return DECIMAL_LENGTHS[precision]!;
}

const DECIMAL_LENGTHS = Array.from({ length: 39 }, (_, precision) => {
  return encodeUnscaled(10n ** BigInt(precision) - 1n).length;
});

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function promotedDate(type: PrimitiveType, bytes: Uint8Array, perDay: bigint): bigint {
  const value = BigInt(viewOf(bytes).getInt32(0, true)) * perDay;
  if (value < INT64_MIN || value > INT64_MAX) {
    throw new IcebergError(
      "corrupt-file",
      `Cannot promote day ${value / perDay} to ${typeToString(type)}: out of range`,
    );
  }
  return value;
}

function expect(type: PrimitiveType, bytes: Uint8Array, length: number): Uint8Array {
  if (bytes.length === length) return bytes;
  throw new IcebergError(
    "corrupt-file",
    `Cannot decode ${bytes.length} bytes as ${typeToString(type)}: it takes ${length}`,
    { context: { type: typeToString(type), length: bytes.length } },
  );
}
