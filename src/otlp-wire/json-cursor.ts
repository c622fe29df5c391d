/**
 * Reads OTLP/JSON values and remembers the path to them for errors. Spec: OTLP JSON Protobuf Encoding.
 *
 * Every reader takes a member that may be absent or `null`, both of which mean the proto3 default.
 * @module
 */
import { IcebergError, isJsonObject, type Json, type JsonObject } from "../base/index.ts";

/** Where decoding stands. One cursor serves one document. */
export class JsonCursor {
  private readonly path: (string | number)[] = [];
  private readonly what: string;

  /** `what` names the payload in errors. */
  constructor(what: string) {
    this.what = what;
  }

  /** @throws IcebergError `invalid-payload` naming the JSON path. */
  fail(why: string, key?: string): never {
    const parts = key === undefined ? this.path : [...this.path, key];
    const path = parts.map((part) => (typeof part === "number" ? `[${part}]` : `.${part}`)).join("");
    throw new IcebergError("invalid-payload", `Cannot decode ${this.what}: $${path} ${why}`, {
      context: { what: this.what, path: `$${path}` },
    });
  }

  /** The document itself, which must be an object. */
  document(value: Json): JsonObject {
    if (!isJsonObject(value)) this.fail(`is ${describe(value)}, not an object`);
    return value;
  }

  /** A submessage member, read by `read`; `absent` when it is not there. */
  object<T>(parent: JsonObject, key: string, read: (value: JsonObject) => T, absent: T): T {
    const value = parent[key];
    if (value === undefined || value === null) return absent;
    if (!isJsonObject(value)) this.fail(`is ${describe(value)}, not an object`, key);
    this.path.push(key);
    const result = read(value);
    this.path.pop();
    return result;
  }

  /** A repeated submessage member. */
  objects<T>(parent: JsonObject, key: string, read: (value: JsonObject) => T): T[] {
    return this.list(parent, key, (value) => {
      if (!isJsonObject(value)) this.fail(`is ${describe(value)}, not an object`);
      return read(value);
    });
  }

  /** A repeated member of any kind; `read` sees one element. */
  list<T>(parent: JsonObject, key: string, read: (value: Json) => T): T[] {
    const value = parent[key];
    if (value === undefined || value === null) return [];
    if (!Array.isArray(value)) this.fail(`is ${describe(value)}, not an array`, key);
    const items: readonly Json[] = value;
    const result: T[] = [];
    this.path.push(key);
    const depth = this.path.length;
    for (let i = 0; i < items.length; i++) {
      this.path[depth] = i;
      result.push(read(items[i]!));
    }
    this.path.length = depth - 1;
    return result;
  }

  /** Text; a lone surrogate becomes U+FFFD, as malformed UTF-8 does in protobuf. */
  string(parent: JsonObject, key: string): string {
    const value = parent[key];
    if (value === undefined || value === null) return "";
    if (typeof value !== "string") this.fail(`is ${describe(value)}, not a string`, key);
    return value.toWellFormed();
  }

  bool(parent: JsonObject, key: string): boolean {
    const value = parent[key];
    if (value === undefined || value === null) return false;
    if (typeof value !== "boolean") this.fail(`is ${describe(value)}, not true or false`, key);
    return value;
  }

  /** An unsigned 32-bit count or flags. */
  uint32(parent: JsonObject, key: string): number {
    return Number(this.integer(parent[key], key, 0n, 0xffff_ffffn));
  }

  int32(parent: JsonObject, key: string): number {
    return Number(this.integer(parent[key], key, -0x8000_0000n, 0x7fff_ffffn));
  }

  uint64(parent: JsonObject, key: string): bigint {
    return this.integer(parent[key], key, 0n, 0xffff_ffff_ffff_ffffn);
  }

  int64(parent: JsonObject, key: string): bigint {
    return this.integer(parent[key], key, -0x8000_0000_0000_0000n, 0x7fff_ffff_ffff_ffffn);
  }

  /** One element of a repeated uint64. */
  uint64Element(value: Json): bigint {
    return this.integer(value, undefined, 0n, 0xffff_ffff_ffff_ffffn);
  }

  /** One element of a repeated double. */
  doubleElement(value: Json): number {
    return this.number(value, undefined) ?? 0;
  }

  double(parent: JsonObject, key: string): number {
    return this.number(parent[key], key) ?? 0;
  }

  /** A double whose absence means something. */
  optionalDouble(parent: JsonObject, key: string): number | null {
    return this.number(parent[key], key);
  }

  /** An enum: any integer, or a name of the table. */
  enumeration(parent: JsonObject, key: string, names: ReadonlyMap<string, number>): number {
    const value = parent[key];
    if (typeof value === "string" && !INTEGER.test(value)) {
      return names.get(value) ?? this.fail(`is ${describe(value)}, not a known name`, key);
    }
    return this.int32(parent, key);
  }

  /** An identifier of `bytes` bytes as hex in either case, or nothing. OTLP/JSON never has base64 here. */
  hex(parent: JsonObject, key: string, bytes: number): string {
    const value = this.string(parent, key);
    if (value === "") return "";
    if (value.length !== 2 * bytes || !HEX.test(value)) {
      this.fail(`is ${describe(value)}, not ${2 * bytes} hex digits`, key);
    }
    return value.toLowerCase();
  }

  /** Base64 in the standard or the URL alphabet, padding optional. */
  base64(parent: JsonObject, key: string): Uint8Array {
    const text = this.string(parent, key);
    return decodeBase64(text) ?? this.fail(`is ${describe(text)}, not base64`, key);
  }

  private integer(value: Json | undefined, key: string | undefined, low: bigint, high: bigint): bigint {
    if (value === undefined || value === null) return 0n;
    let exact: bigint;
    if (typeof value === "bigint") exact = value;
    else if (typeof value === "number" && Number.isInteger(value)) exact = BigInt(value);
    else if (typeof value === "string" && INTEGER.test(value)) exact = BigInt(value);
    else return this.fail(`is ${describe(value)}, not an integer`, key);
    if (exact < low || exact > high) this.fail(`is ${exact}, outside ${low} to ${high}`, key);
    return exact;
  }

  private number(value: Json | undefined, key: string | undefined): number | null {
    if (value === undefined || value === null) return null;
    if (typeof value === "number") return value;
    if (typeof value === "bigint") return Number(value);
    if (typeof value === "string") {
      if (NUMBER.test(value)) return Number(value);
      const special = SPECIAL_DOUBLES.get(value);
      if (special !== undefined) return special;
    }
    return this.fail(`is ${describe(value)}, not a number`, key);
  }
}

const HEX = /^[0-9a-fA-F]*$/;
const INTEGER = /^-?[0-9]{1,20}$/;
const NUMBER = /^-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/;
const SPECIAL_DOUBLES: ReadonlyMap<string, number> = new Map([
  ["NaN", Number.NaN],
  ["Infinity", Number.POSITIVE_INFINITY],
  ["-Infinity", Number.NEGATIVE_INFINITY],
]);

/** A value for an error message: short, and never with raw control characters. */
function describe(value: Json): string {
  if (typeof value === "string") {
    return JSON.stringify(value.length > 24 ? `${value.slice(0, 24)}…` : value);
  }
  if (Array.isArray(value)) return "an array";
  return isJsonObject(value) ? "an object" : String(value);
}

const BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const BASE64_DIGITS: ReadonlyMap<number, number> = new Map([
  ...[...BASE64].map((digit, i) => [digit.charCodeAt(0), i] as const),
  [0x2d, 62], // -
  [0x5f, 63], // _
]);

function decodeBase64(text: string): Uint8Array | null {
  const digits = text.replace(/={1,2}$/, "");
  const rest = digits.length % 4;
  if (rest === 1 || (digits.length !== text.length && text.length % 4 !== 0)) return null;
  const bytes = new Uint8Array(Math.floor((digits.length * 3) / 4));
  let at = 0;
  let bits = 0;
  let held = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = BASE64_DIGITS.get(digits.charCodeAt(i));
    if (digit === undefined) return null;
    held = ((held << 6) | digit) & 0xffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[at++] = (held >> bits) & 0xff;
    }
  }
  return bytes;
}
