/**
 * Laws of values: codecs lose nothing, orders are total, bounds enclose. Each takes an implementation, returns how many
 * cases held, and throws with the smallest counterexample. Spec: Appendix A, Appendix D.
 * @module
 */
import fc from "fast-check";
import { compareBytes, isIcebergError, type Json, utf8Encode } from "../base/index.ts";
import { applyTransform, type Transform } from "../partitioning/index.ts";
import {
  type PrimitiveType,
  type PrimitiveValue,
  simpleType,
  type Type,
  typeToString,
  type Value,
  valuesEqual,
} from "../schema/index.ts";
import { encodeValue } from "../values/index.ts";
import { demand, type LawOptions, tryLaw } from "./law.ts";
import { arbitraryTransform } from "./partitioning.ts";
import { arbitraryBytes, arbitraryText } from "./scalars.ts";
import { arbitrarySchema } from "./schemas.ts";
import { arbitraryComparableType } from "./types.ts";
import { arbitraryTypedTriple, arbitraryTypedValue, arbitraryValue } from "./values.ts";

/**
 * `decode(encode(x))` is `x`, for anything.
 * @example checkRoundTrip({ arbitrary: arbitrarySchema(), encode: print, decode: parse, same: sameSchema });
 */
export function checkRoundTrip<T, E>(
  codec: {
    readonly arbitrary: fc.Arbitrary<T>;
    readonly encode: (value: T) => E;
    readonly decode: (encoded: E) => T;
    /** When two values are the same; default: when fast-check prints them alike. */
    readonly same?: (a: T, b: T) => boolean;
  },
  options?: LawOptions,
): number {
  const same = codec.same ?? ((a: T, b: T) => fc.stringify(a) === fc.stringify(b));
  return tryLaw(
    fc.property(codec.arbitrary, (value) => {
      const back = codec.decode(codec.encode(value));
      demand(same(back, value), () => `the round trip gives ${fc.stringify(back)}`);
    }),
    options,
  );
}

/** Single values as bytes: read back as they were, decimals in as few bytes as they need (SCH-055, SCH-056; P3). */
export function checkValueBytes(
  codec: {
    readonly encode: (type: PrimitiveType, value: PrimitiveValue) => Uint8Array;
    readonly decode: (type: PrimitiveType, bytes: Uint8Array) => PrimitiveValue;
  },
  options?: LawOptions,
): number {
  return tryLaw(
    fc.property(arbitraryTypedValue(), ([type, value]) => {
      const bytes = codec.encode(type, value);
      const back = codec.decode(type, bytes);
      demand(valuesEqual(back, value), () => `${typeToString(type)} comes back as ${fc.stringify(back)}`);
      if (type.kind !== "decimal" || bytes.length <= 1) return;
      const shorter = BigInt.asIntN(8 * (bytes.length - 1), value as bigint);
      demand(shorter !== value, () => `${bytes.length} bytes, fewer would do`);
    }),
    options,
  );
}

/**
 * Single values as JSON, nested ones too: read back as they were through JSON, except what has no JSON form, which is
 * refused with any error (SCH-046; P2).
 */
export function checkValueJson(
  codec: {
    readonly encode: (type: Type, value: Value) => Json;
    readonly decode: (type: Type, json: Json) => Value;
  },
  options?: LawOptions,
): number {
  const typed = arbitrarySchema({ leaves: arbitraryComparableType() }).chain((schema) =>
    fc.tuple(fc.constant(schema.asStruct()), arbitraryValue(schema.asStruct())),
  );
  return tryLaw(
    fc.property(typed, ([type, value]) => {
      if (!hasJsonForm(value)) {
        demand(
          throws(() => codec.encode(type, value)),
          "NaN and infinities have no JSON form, yet it wrote one",
        );
        return;
      }
      const back = codec.decode(type, codec.encode(type, value));
      demand(valuesEqual(back, value), () => `comes back as ${fc.stringify(back)}`);
    }),
    options,
  );
}

/**
 * Values of a type are totally ordered; text as its UTF-8 bytes, uuids and bytes as unsigned bytes, floats with -NaN
 * first, -0 below 0 and NaN last (PRT-058 to PRT-060; P14).
 */
export function checkValueOrder(
  order: {
    readonly compare: (type: PrimitiveType) => (a: PrimitiveValue, b: PrimitiveValue) => number;
  },
  options?: LawOptions,
): number {
  const cases = fc.oneof(
    { weight: 3, arbitrary: arbitraryTypedTriple() },
    { weight: 1, arbitrary: arbitraryCloseTexts() },
  );
  return tryLaw(
    fc.property(cases, ([type, [a, b, c]]) => {
      const compare = order.compare(type);
      demand(compare(a, a) === 0, "a value is not equal to itself");
      demand(
        Math.sign(compare(a, b)) === -Math.sign(compare(b, a)) || compare(a, b) === 0,
        "not antisymmetric",
      );
      demand(compare(a, b) > 0 || compare(b, c) > 0 || compare(a, c) <= 0, "not transitive");
      const expected = expectedOrder(type, a, b);
      demand(Math.sign(compare(a, b)) === expected, () => `compares as ${compare(a, b)}, not ${expected}`);
    }),
    options,
  );
}

/**
 * Bounds cut to some length enclose the value, stay within the length, and an upper bound is missing only where none
 * exists (MAN-068; P22).
 */
export function checkTruncatedBounds(
  bounds: {
    readonly lower: (type: PrimitiveType, value: PrimitiveValue, length: number) => PrimitiveValue;
    readonly upper: (
      type: PrimitiveType,
      value: PrimitiveValue,
      length: number,
    ) => PrimitiveValue | undefined;
  },
  options?: LawOptions,
): number {
  const typed = fc.oneof(
    arbitraryText().map((value) => [simpleType("string"), value] as const),
    arbitraryBytes().map((value) => [simpleType("binary"), value] as const),
  );
  const size = (value: unknown) =>
    typeof value === "string" ? [...value].length : (value as Uint8Array).length;
  const isHighest = (part: string | number) => part === 0xff || part === "\u{10ffff}";
  return tryLaw(
    fc.property(typed, fc.integer({ min: 1, max: 32 }), ([type, value], length) => {
      const lower = bounds.lower(type, value, length);
      demand(expectedOrder(type, lower, value) <= 0, () => `lower bound ${fc.stringify(lower)} is above`);
      demand(size(lower) <= length, () => `lower bound ${fc.stringify(lower)} is longer than ${length}`);
      const upper = bounds.upper(type, value, length);
      if (upper === undefined) {
        const none = [...(lower as Iterable<string | number>)].every(isHighest) && size(value) > length;
        demand(none, "the upper bound is missing, though there is one");
        return;
      }
      demand(expectedOrder(type, upper, value) >= 0, () => `upper bound ${fc.stringify(upper)} is below`);
      demand(size(upper) <= length, () => `upper bound ${fc.stringify(upper)} is longer than ${length}`);
    }),
    options,
  );
}

/**
 * Transforms: null stays null, buckets lie in range and ignore a decimal's scale, truncation rounds down and twice is
 * once, time is counted in floored units, and what keeps order keeps it (PRT-001 to PRT-022; P11, P12, P13).
 * A result that leaves its type may be refused with an error. Results are also compared with this library's own, so that
 * hashes and calendars are right and not only consistent.
 */
export function checkTransforms(
  transforms: {
    readonly apply: (
      transform: Transform,
      type: PrimitiveType,
      value: PrimitiveValue | null,
    ) => PrimitiveValue | null;
  },
  options?: LawOptions,
): number {
  const cases = arbitraryComparableType().chain((type) =>
    fc.tuple(fc.constant(type), arbitraryTransform(type), arbitraryTypedTriple(fc.constant(type))),
  );
  return tryLaw(
    fc.property(cases, ([type, transform, [, [a, b]]]) => {
      demand(transforms.apply(transform, type, null) === null, "null does not stay null");
      for (const value of [a, b]) {
        const right = refusable(() => applyTransform(transform, type)(value));
        const result = refusable(() => transforms.apply(transform, type, value));
        if (right === undefined || result === undefined) {
          demand(right === result || right === undefined, "a value that has a result is refused");
          continue;
        }
        checkResult(transform, type, value, result);
        demand(
          right === null || result === null ? right === result : valuesEqual(right, result),
          () => `${transform.kind} gives ${fc.stringify(result)}, not ${fc.stringify(right)}`,
        );
        if (transform.kind === "truncate" && result !== null) {
          const again = transforms.apply(transform, type, result);
          demand(again !== null && valuesEqual(again, result), "truncated twice is not truncated once");
        }
      }
    }),
    options,
  );
}

/** What the definitions say by themselves, without another implementation at hand. */
function checkResult(
  transform: Transform,
  type: PrimitiveType,
  value: PrimitiveValue,
  result: PrimitiveValue | null,
): void {
  switch (transform.kind) {
    case "void":
      demand(result === null, "void gives something");
      break;
    case "identity":
      demand(result !== null && valuesEqual(result, value), "identity changes the value");
      break;
    case "bucket":
      demand(
        Number.isInteger(result) && (result as number) >= 0 && (result as number) < transform.numBuckets,
        () => `bucket ${String(result)} is out of range`,
      );
      break;
    case "truncate":
      if (typeof value === "bigint" || (typeof value === "number" && type.kind === "int")) {
        const distance = BigInt(value) - BigInt(result as bigint | number);
        demand(distance >= 0n && distance < BigInt(transform.width), () => `off by ${distance}`);
        demand(
          BigInt(result as bigint | number) % BigInt(transform.width) === 0n,
          "no multiple of the width",
        );
      } else if (typeof value === "string") {
        demand(value.startsWith(result as string), "no prefix");
        demand(
          [...(result as string)].length === Math.min(transform.width, [...value].length),
          "a wrong number of code points",
        );
      }
      break;
    default:
      demand(Number.isInteger(result), () => `${transform.kind} gives no integer`);
  }
}

/** Texts that differ in one character, where the order of UTF-16 units is another than that of code points. */
function arbitraryCloseTexts(): ReturnType<typeof arbitraryTypedTriple> {
  const end = fc.constantFrom("", "a", "\ud7ff", "\ue000", "\uffff", "\u{10000}", "\u{10ffff}");
  return fc
    .tuple(arbitraryText(), end, end, end)
    .map(([start, ...ends]) => [
      simpleType("string"),
      ends.map((each) => start + each) as [string, string, string],
    ]);
}

/** The order of two values from definitions: bytes of text and uuids, bits of floats, numbers otherwise. */
function expectedOrder(type: PrimitiveType, a: PrimitiveValue, b: PrimitiveValue): number {
  if (type.kind === "float" || type.kind === "double") {
    const difference = totalOrderBits(a as number) - totalOrderBits(b as number);
    return difference < 0n ? -1 : difference > 0n ? 1 : 0;
  }
  if (type.kind === "string") {
    return Math.sign(compareBytes(utf8Encode(a as string), utf8Encode(b as string)));
  }
  if (typeof a === "string" || a instanceof Uint8Array) {
    return Math.sign(compareBytes(encodeValue(type, a), encodeValue(type, b)));
  }
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Bits of a double mapped so that their integer order is IEEE 754's total order. */
function totalOrderBits(value: number): bigint {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  const bits = view.getBigInt64(0);
  return bits < 0n ? -(bits + 2n ** 63n) - 1n : bits;
}

function hasJsonForm(value: Value | null): boolean {
  if (typeof value === "number") return Number.isFinite(value);
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return true;
  return Object.values(value as object).every((each: Value | null) => hasJsonForm(each));
}

function throws(action: () => unknown): boolean {
  try {
    action();
    return false;
  } catch {
    return true;
  }
}

/** `undefined` when the result leaves its type and is refused. */
function refusable<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    if (isIcebergError(error, "invalid-row") || /range|leaves|overflow/i.test(String(error)))
      return undefined;
    throw error;
  }
}
