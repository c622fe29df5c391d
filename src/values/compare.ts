/** The order of values of one type. Spec: Sorting; requirements PRT-058 to PRT-060. @module */
import { compareBytes } from "../base/index.ts";
import type { PrimitiveType, PrimitiveValue } from "../schema/index.ts";

/** Negative when `a` sorts before `b`, zero when they are equal, else positive. */
export type Comparator<T = PrimitiveValue> = (a: T, b: T) => number;

/**
 * The comparator of held values of a type: strings by code point, floats in total order, bytes unsigned, decimals
 * and times by number, uuids by byte.
 */
export function compareValues(type: PrimitiveType): Comparator {
  switch (type.kind) {
    case "float":
    case "double":
      return compareFloats as Comparator;
    case "string":
      return compareText as Comparator;
    case "fixed":
    case "binary":
    case "geometry":
    case "geography":
      return compareBytes as Comparator;
    default:
      // Booleans, integers, bigints, and uuids: lower-case hex with dashes in fixed places sorts as its bytes do.
      return compareNatural;
  }
}

/** -NaN < -Infinity < … < -0 < +0 < … < Infinity < NaN (PRT-058). */
export function compareFloats(a: number, b: number): number {
  if (a < b) return -1;
  if (a > b) return 1;
  if (a === b) return a !== 0 ? 0 : signOf(a) - signOf(b);
  const aRank = Number.isNaN(a) ? signOf(a) * 2 : 0;
  const bRank = Number.isNaN(b) ? signOf(b) * 2 : 0;
  return aRank - bRank;
}

/** Code point order, which is the order of the UTF-8 bytes (PRT-059); `<` on strings is not. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return x < SURROGATES || y < SURROGATES ? x - y : rank(x) - rank(y);
  }
  return a.length - b.length;
}

const SURROGATES = 0xd800;

/** Moves surrogates, which stand for code points from U+10000, above the rest of the basic plane. */
function rank(unit: number): number {
  return unit >= 0xe000 ? unit - 0x2000 : unit + 0x2000;
}

const signProbe = new DataView(new ArrayBuffer(8));

function signOf(value: number): number {
  signProbe.setFloat64(0, value);
  return signProbe.getUint8(0) >= 0x80 ? -1 : 1;
}

function compareNatural(a: PrimitiveValue, b: PrimitiveValue): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
