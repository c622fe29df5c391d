/**
 * Canonical JSON of OTLP values: one text per value, so that equal telemetry gives equal bytes. Keys are sorted by
 * their UTF-8 bytes, of a repeated key the last value stays, integers keep all digits, an integral double prints
 * with `.0` so that it does not turn into an int, NaN and infinities are strings, bytes lower-case hex.
 * @module
 */
import { toHex } from "../base/index.ts";
import { type AnyValue, isKeyValueList, type KeyValue } from "../otlp-wire/index.ts";

/** The canonical JSON text of a value. */
export function canonicalJson(value: AnyValue): string {
  switch (typeof value) {
    case "string":
      return JSON.stringify(value);
    case "bigint":
    case "boolean":
      return String(value);
    case "number":
      return Number.isFinite(value) ? doubleText(value) : `"${value}"`;
  }
  if (value === null) return "null";
  if (value instanceof Uint8Array) return `"${toHex(value)}"`;
  if (isKeyValueList(value)) return canonicalObject(value.keyValues);
  return `[${value.map(canonicalJson).join(",")}]`;
}

/** The canonical JSON object of attributes. */
export function canonicalObject(attributes: readonly KeyValue[]): string {
  const count = attributes.length;
  if (count === 0) return "{}";
  const sorted = count === 1 ? attributes : [...attributes].sort(byKey);
  let text = "{";
  for (let i = 0; i < count; i++) {
    const { key, value } = sorted[i]!;
    // The sort is stable: the last of equal keys is the last on the wire.
    if (i + 1 < count && sorted[i + 1]!.key === key) continue;
    text += (text.length === 1 ? "" : ",") + quotedKey(key) + canonicalJson(value);
  }
  return `${text}}`;
}

/**
 * Text of a value for a string column: strings as they are, what JSON would quote (bytes, NaN) without quotes,
 * anything else canonical JSON; `null` for the empty value.
 */
export function columnText(value: AnyValue): string | null {
  if (typeof value === "string") return value;
  if (value === null) return null;
  if (value instanceof Uint8Array) return toHex(value);
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  return canonicalJson(value);
}

/** Order of two texts by their UTF-8 bytes. Differs from `<` only where surrogates meet U+E000 to U+FFFF. */
export function compareUtf8(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x === y) continue;
    return x >= 0xd800 && y >= 0xd800 ? byteRank(x) - byteRank(y) : x - y;
  }
  return a.length - b.length;
}

/** Moves surrogates, which stand for code points above U+FFFF, behind the units that stand for themselves. */
function byteRank(unit: number): number {
  return unit >= 0xe000 ? unit - 0x800 : unit + 0x2000;
}

/** A key as JSON with its colon, remembered because telemetry repeats few keys. Size and length are limited. */
function quotedKey(key: string): string {
  let quoted = QUOTED_KEYS.get(key);
  if (quoted === undefined) {
    quoted = `${JSON.stringify(key)}:`;
    if (QUOTED_KEYS.size >= 2048) QUOTED_KEYS.clear();
    if (key.length <= 128) QUOTED_KEYS.set(key, quoted);
  }
  return quoted;
}

const QUOTED_KEYS = new Map<string, string>();

function byKey(a: KeyValue, b: KeyValue): number {
  return compareUtf8(a.key, b.key);
}

function doubleText(value: number): string {
  if (Object.is(value, -0)) return "-0.0";
  const text = String(value);
  return Number.isInteger(value) && !text.includes("e") ? `${text}.0` : text;
}
