/** The 32-bit Murmur3 hash that buckets values. Spec: Appendix B; requirements PRT-011 to PRT-016. @module */
import { floorDiv, IcebergError, utf8Encode } from "../base/index.ts";
import { type PrimitiveType, type PrimitiveValue, typeToString, uuidBytes } from "../schema/index.ts";
import { encodeUnscaled } from "./binary.ts";

/** Murmur3 x86 32-bit with seed 0, as a signed 32-bit integer. */
export function murmur3(bytes: Uint8Array): number {
  return hashPrefix(bytes, bytes.length);
}

/** The hash of one held value. Throws `unsupported` for types that have none. See {@link valueHasher}. */
export function hashValue(type: PrimitiveType, value: PrimitiveValue): number {
  return valueHasher(type)(value);
}

/**
 * The hash function of a type, made once for many values. `boolean`, `float` and `double` have a hash although no
 * bucket transform takes them.
 * @throws IcebergError `unsupported` for `unknown` and the geo types.
 */
export function valueHasher(type: PrimitiveType): (value: PrimitiveValue) => number {
  switch (type.kind) {
    case "int":
    case "date":
      // Spec: hashInt is hashLong of the same value; only that meets the published values (PRT-011).
      return (value) => hashWords(value as number, (value as number) < 0 ? -1 : 0);
    case "boolean":
      return (value) => hashWords(value === true ? 1 : 0, 0);
    case "long":
    case "time":
    case "timestamp":
    case "timestamptz":
      return (value) => hashBigint(value as bigint);
    case "timestamp_ns":
    case "timestamptz_ns":
      return (value) => hashBigint(floorDiv(value as bigint, 1000n));
    case "float":
    case "double":
      return (value) => hashDouble(value as number);
    case "decimal":
      return (value) => murmur3(encodeUnscaled(value as bigint));
    case "string":
      return (value) => hashText(value as string);
    case "uuid":
      return (value) => murmur3(uuidBytes(value as string));
    case "fixed":
    case "binary":
      return (value) => murmur3(value as Uint8Array);
    default:
      throw new IcebergError("unsupported", `Cannot hash values of type ${typeToString(type)}`);
  }
}

const C1 = 0xcc9e2d51;
const C2 = 0x1b873593;
const scratch = new DataView(new ArrayBuffer(8));
/** Room for short ASCII text, so that hashing it allocates nothing. */
const ascii = new Uint8Array(256);

function hashPrefix(bytes: Uint8Array, length: number): number {
  const whole = length & ~3;
  let hash = 0;
  for (let i = 0; i < whole; i += 4) {
    hash = mixBlock(hash, bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24));
  }
  let tail = 0;
  for (let i = length - 1; i >= whole; i--) tail = (tail << 8) | bytes[i]!;
  return finish(hash ^ scramble(tail), length);
}

/** Hash of the 8 bytes of a little-endian 64-bit integer given as two 32-bit words. */
function hashWords(low: number, high: number): number {
  return finish(mixBlock(mixBlock(0, low | 0), high | 0), 8);
}

function hashBigint(value: bigint): number {
  scratch.setBigInt64(0, value, true);
  return hashWords(scratch.getInt32(0, true), scratch.getInt32(4, true));
}

function hashDouble(value: number): number {
  if (Number.isNaN(value)) return hashWords(0, 0x7ff80000);
  scratch.setFloat64(0, value === 0 ? 0 : value, true);
  return hashWords(scratch.getInt32(0, true), scratch.getInt32(4, true));
}

function hashText(text: string): number {
  if (text.length > ascii.length) return murmur3(utf8Encode(text));
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit >= 0x80) return murmur3(utf8Encode(text));
    ascii[i] = unit;
  }
  return hashPrefix(ascii, text.length);
}

function scramble(word: number): number {
  const mixed = Math.imul(word, C1);
  return Math.imul((mixed << 15) | (mixed >>> 17), C2);
}

function mixBlock(hash: number, word: number): number {
  const mixed = hash ^ scramble(word);
  return (Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64) | 0;
}

function finish(hash: number, length: number): number {
  let mixed = hash ^ length;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
