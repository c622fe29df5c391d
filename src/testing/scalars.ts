/** Numbers, text and bytes with the edges that break implementations. Spec: Primitive Types. @module */
import fc from "fast-check";
import { INT64_MAX, INT64_MIN } from "../base/index.ts";
import { uuidFromBytes } from "../schema/index.ts";

/** 64-bit integers as `bigint`, dense around zero, 2^31, 2^53 and the ends of the range. */
export function arbitraryLong(): fc.Arbitrary<bigint> {
  return fc.oneof(
    fc.bigInt({ min: INT64_MIN, max: INT64_MAX }),
    fc.bigInt({ min: -1000n, max: 1000n }),
    fc.constantFrom(INT64_MIN, INT64_MAX, 2n ** 31n, 2n ** 53n, 2n ** 53n + 1n, -(2n ** 53n) - 1n, 0n, -1n),
  );
}

/** 32-bit integers. */
export function arbitraryInt(): fc.Arbitrary<number> {
  return fc.oneof(fc.integer(), fc.constantFrom(-(2 ** 31), 2 ** 31 - 1, 0, -1));
}

/** Unscaled integers of at most `precision` digits, dense where two's complement grows by a byte. */
export function arbitraryUnscaled(precision: number): fc.Arbitrary<bigint> {
  const limit = 10n ** BigInt(precision) - 1n;
  const edges = [-limit, limit, 0n, -1n];
  for (let bits = 7n; 2n ** bits <= limit; bits += 8n) edges.push(2n ** bits - 1n, 2n ** bits, -(2n ** bits));
  return fc.oneof(fc.bigInt({ min: -limit, max: limit }), fc.constantFrom(...edges));
}

/** 64-bit floats of every kind: NaN, both zeros, infinities, subnormals. */
export function arbitraryDouble(): fc.Arbitrary<number> {
  return fc.oneof(
    fc.double(),
    fc.constantFrom(0, -0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1, 5e-324),
  );
}

/** 32-bit floats of every kind. */
export function arbitraryFloat(): fc.Arbitrary<number> {
  return arbitraryDouble().map(Math.fround);
}

/**
 * Well-formed text, rich in what goes wrong where text is taken for UTF-16 units: astral characters, the ends of the
 * surrogate gap (U+D7FF, U+E000), U+FFFF, U+10FFFF, NUL and the characters that paths escape.
 */
export function arbitraryText(): fc.Arbitrary<string> {
  const edges = ["a", "b", "\0", ".", "/", "%", "+", "=", "\ud7ff", "\ue000", "\uffff"];
  const astral = ["\u{10000}", "\u{1f9ca}", "\u{10ffff}"];
  const part = fc.oneof(
    fc.string({ unit: "binary", maxLength: 4 }),
    fc.constantFrom(...edges.filter((each) => each !== "\0"), ...astral),
    fc.constantFrom(...edges, ...astral),
  );
  return fc.array(part, { maxLength: 12 }).map((parts) => parts.join(""));
}

/** Text with a lone surrogate in it, which no table can hold (SCH-005): writers must refuse it. */
export function arbitraryIllFormedText(): fc.Arbitrary<string> {
  const lone = fc.constantFrom("\ud800", "\udbff", "\udc00", "\udfff");
  return fc
    .tuple(arbitraryText(), lone, arbitraryText())
    .map((parts) => parts.join(""))
    .filter((text) => !text.isWellFormed());
}

/** Bytes, often at the ends of their range: all 0xff, empty. */
export function arbitraryBytes(): fc.Arbitrary<Uint8Array> {
  return fc.oneof(
    fc.uint8Array({ maxLength: 24 }),
    fc
      .array(fc.constantFrom(0, 1, 0x7f, 0xfe, 0xff), { maxLength: 24 })
      .map((bytes) => Uint8Array.from(bytes)),
    fc.nat({ max: 24 }).map((length) => new Uint8Array(length).fill(0xff)),
  );
}

/** Uuids as text, half of them with the top bit set, where signed comparison goes wrong. */
export function arbitraryUuid(): fc.Arbitrary<string> {
  return fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => uuidFromBytes(bytes));
}

/** Days since 1970-01-01, dense around the epoch and at the ends of 32 bits. */
export function arbitraryDays(): fc.Arbitrary<number> {
  return fc.oneof(arbitraryInt(), fc.integer({ min: -800, max: 800 }), fc.integer({ min: 0, max: 40_000 }));
}

/** Microseconds since the epoch: whole units of time, one off them, and any. */
export function arbitraryMicros(): fc.Arbitrary<bigint> {
  return arbitraryInstant(1n);
}

/** Nanoseconds since the epoch: whole units of time, one off them, and any. */
export function arbitraryNanos(): fc.Arbitrary<bigint> {
  return arbitraryInstant(1000n);
}

function arbitraryInstant(perMicro: bigint): fc.Arbitrary<bigint> {
  const hour = 3_600_000_000n * perMicro;
  const units = fc.constantFrom(hour, 24n * hour, 24n * 365n * hour, 1_000_000n * perMicro);
  const near = fc
    .tuple(units, fc.bigInt({ min: -200n, max: 200n }), fc.constantFrom(0n, 1n, -1n, perMicro, -perMicro))
    .map(([unit, count, off]) => unit * count + off);
  return fc.oneof(arbitraryLong(), near);
}

/** Levels of a namespace, outermost first: odd characters, never NUL or empty levels. */
export function arbitraryNamespace(): fc.Arbitrary<readonly string[]> {
  const level = fc.oneof(
    fc.stringMatching(/^[a-z][a-z0-9_]{0,6}$/),
    arbitraryText().map((text) => text.replaceAll("\0", "")),
  );
  return fc.array(
    level.filter((text) => text !== ""),
    { minLength: 1, maxLength: 4 },
  );
}

/**
 * Sets of row positions, ascending: sparse ones, dense runs, more than 4,096 in one chunk of 65,536 (where a roaring
 * container changes its form), the edges of chunks, and positions past 2^32.
 */
export function arbitraryPositions(): fc.Arbitrary<readonly number[]> {
  const edge = fc.constantFrom(0, 65_535, 65_536, 131_071, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 33 + 5);
  const start = fc.oneof(edge, fc.nat({ max: 200_000 }), fc.nat({ max: 2 ** 34 }));
  const sparse = fc.array(start, { maxLength: 12 });
  const run = fc
    .tuple(start, fc.oneof(fc.nat({ max: 40 }), fc.integer({ min: 4_090, max: 4_110 })))
    .map(([from, length]) => Array.from({ length }, (_, at) => from + at));
  const comb = fc
    .tuple(fc.nat({ max: 3 }), fc.integer({ min: 4_000, max: 4_200 }))
    .map(([chunk, count]) => Array.from({ length: count }, (_, at) => chunk * 65_536 + 3 * at));
  const part = fc.oneof({ weight: 4, arbitrary: sparse }, { weight: 3, arbitrary: run }, comb);
  return fc.array(part, { maxLength: 3 }).map((parts) => [...new Set(parts.flat())].sort((a, b) => a - b));
}
