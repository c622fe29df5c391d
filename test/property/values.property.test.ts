/** Laws of single values, orders, hashes and bounds (P2, P3, P10, P14, P22). @module */
import fc from "fast-check";
import { expect, test } from "vitest";
import { compareBytes, JsonFloat, parseJson, stringifyJson, utf8Encode } from "../../src/base/index.ts";
import {
  civilFromDays,
  daysFromCivil,
  decimalType,
  formatDate,
  type PrimitiveType,
  type PrimitiveValue,
  parseDate,
  promoteValue,
  simpleType,
  uuidBytes,
  valueFromJson,
  valuesEqual,
  valueToJson,
} from "../../src/schema/index.ts";
import {
  arbitraryComparableType,
  arbitraryDouble,
  arbitraryInt,
  arbitraryPrimitiveValue,
  arbitrarySchema,
  arbitraryText,
  arbitraryTypedTriple,
  arbitraryUuid,
  arbitraryValue,
  checkTruncatedBounds,
  checkValueBytes,
  checkValueJson,
  checkValueOrder,
} from "../../src/testing/index.ts";
import {
  compareFloats,
  compareText,
  compareValues,
  decodeUnscaled,
  decodeValue,
  encodeUnscaled,
  encodeValue,
  hashValue,
  inputCoercer,
  murmur3,
  toRowValue,
  truncateLowerBound,
  truncateUpperBound,
  valueKey,
} from "../../src/values/index.ts";
import { runs } from "./runs.ts";

test("valueFromJson() inverts valueToJson() through JSON, nested values included (P2, SCH-046)", () => {
  const { numRuns } = runs(100);
  const throughText = (...[type, value]: Parameters<typeof valueToJson>) =>
    parseJson(stringifyJson(valueToJson(type, value)));
  expect(checkValueJson({ encode: throughText, decode: valueFromJson }, { numRuns })).toBe(numRuns);
});

test("valueToJson() prints floats with a fraction or exponent (P2, SCH-047)", () => {
  fc.assert(
    fc.property(arbitraryDouble().filter(Number.isFinite), (value) => {
      const json = valueToJson({ kind: "double" }, value);
      expect(json).toBeInstanceOf(JsonFloat);
      expect(stringifyJson(json)).toMatch(/[.e]/);
    }),
  );
});

test("decodeValue() inverts encodeValue(), decimals in as few bytes as they need (P3, SCH-055, SCH-056)", () => {
  const { numRuns } = runs(200);
  expect(checkValueBytes({ encode: encodeValue, decode: decodeValue }, { numRuns })).toBe(numRuns);
});

test("decodeValue() of a promoted column reads the bytes of the old type as the promoted value (P4, SCH-058, SCH-060)", () => {
  const promoted = arbitraryComparableType().chain((type) => {
    const wider = widerTypes(type);
    if (wider.length === 0) return fc.constant(undefined);
    return fc.tuple(fc.constant(type), fc.constantFrom(...wider), arbitraryPrimitiveValue(type));
  });
  const cases = promoted.filter((each) => each !== undefined);
  fc.assert(
    fc.property(cases, ([from, to, value]) => {
      const bytes = encodeValue(from, value);
      let expected: PrimitiveValue;
      try {
        expected = promoteValue(from, to, value) as PrimitiveValue;
      } catch {
        expect(() => decodeValue(to, bytes)).toThrow(/out of range|fits/); // a day no timestamp reaches
        return;
      }
      expect(valuesEqual(decodeValue(to, bytes), expected)).toBe(true);
    }),
    runs(300),
  );
});

test("encodeUnscaled() is minimal, and longer sign-extended forms read the same (P3, SCH-056)", () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: -(2n ** 127n), max: 2n ** 127n - 1n }),
      fc.nat({ max: 9 }),
      (value, padding) => {
        const bytes = encodeUnscaled(value);
        const shorter = 8 * (bytes.length - 1);
        if (bytes.length > 1) expect(BigInt.asIntN(shorter, value)).not.toBe(value);
        const padded = new Uint8Array(bytes.length + padding).fill(value < 0n ? 0xff : 0);
        padded.set(bytes, padding);
        expect(decodeUnscaled(padded)).toBe(value);
      },
    ),
  );
});

test("murmur3() equals a reference over bigints (P10, PRT-011, PRT-013)", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 70 }), (bytes) => {
      expect(murmur3(bytes)).toBe(reference(bytes));
    }),
  );
});

test("hashValue() of text hashes its UTF-8 bytes, short and long (P10)", () => {
  const text = fc.oneof(
    arbitraryText(),
    fc.string({ unit: "grapheme-ascii", minLength: 250, maxLength: 260 }),
  );
  fc.assert(
    fc.property(text, (value) => {
      expect(hashValue({ kind: "string" }, value)).toBe(reference(utf8Encode(value)));
    }),
  );
});

test("hashValue() of int and long agree, and of decimal ignores scale (P11, PRT-014)", () => {
  fc.assert(
    fc.property(arbitraryInt(), (value) => {
      expect(hashValue({ kind: "int" }, value)).toBe(hashValue({ kind: "long" }, BigInt(value)));
      const [a, b] = [0, 7].map((scale) =>
        hashValue({ kind: "decimal", precision: 12, scale }, BigInt(value)),
      );
      expect(a).toBe(b);
    }),
  );
});

test("compareValues() is the total order of the spec (P14, PRT-058, PRT-059, PRT-060)", () => {
  const { numRuns } = runs(300);
  expect(checkValueOrder({ compare: compareValues }, { numRuns })).toBe(numRuns);
});

test("valueKey() agrees with compareValues() on what is equal (P14, P16)", () => {
  fc.assert(
    fc.property(arbitraryTypedTriple(), ([type, [a, b, c]]) => {
      for (const [x, y] of [
        [a, b],
        [b, c],
        [a, a],
      ] as const) {
        expect(compareValues(type)(x, y) === 0).toBe(valueKey(type, x) === valueKey(type, y));
      }
    }),
    runs(200),
  );
});

test("compareText() orders by UTF-8 bytes (P14, PRT-059)", () => {
  fc.assert(
    fc.property(arbitraryText(), arbitraryText(), arbitraryText(), (prefix, a, b) => {
      const bytes = compareBytes(utf8Encode(prefix + a), utf8Encode(prefix + b));
      expect(Math.sign(compareText(prefix + a, prefix + b))).toBe(Math.sign(bytes));
    }),
  );
});

test("uuids order by their bytes (P14, PRT-060)", () => {
  fc.assert(
    fc.property(arbitraryUuid(), arbitraryUuid(), (a, b) => {
      const compare = compareValues({ kind: "uuid" });
      expect(Math.sign(compare(a, b))).toBe(Math.sign(compareBytes(uuidBytes(a), uuidBytes(b))));
    }),
  );
});

test("compareFloats() orders by the bits of IEEE 754's totalOrder (P14, PRT-058)", () => {
  const negativeNan = decodeValue({ kind: "double" }, Uint8Array.of(0, 0, 0, 0, 0, 0, 0xf8, 0xff)) as number;
  fc.assert(
    fc.property(fc.oneof(arbitraryDouble(), fc.constant(negativeNan)), arbitraryDouble(), (a, b) => {
      expect(Math.sign(compareFloats(a, b))).toBe(Math.sign(Number(totalOrder(a) - totalOrder(b))));
    }),
  );
});

test("truncated bounds enclose the value and are missing only where none exists (P22, MAN-068)", () => {
  const { numRuns } = runs(400);
  const bounds = { lower: truncateLowerBound, upper: truncateUpperBound };
  expect(checkTruncatedBounds(bounds, { numRuns })).toBe(numRuns);
});

test("daysFromCivil() inverts civilFromDays() over all int32 days, one day at a time (PRT-010, SCH-053)", () => {
  fc.assert(
    fc.property(
      arbitraryInt().filter((day) => day < 2 ** 31 - 1),
      (days) => {
        const { year, month, day } = civilFromDays(days);
        expect(daysFromCivil(year, month, day)).toBe(days);
        expect(parseDate(formatDate(days))).toBe(days);
        const next = civilFromDays(days + 1);
        const follows = next.day === day + 1 && next.month === month && next.year === year;
        const opensMonth =
          next.day === 1 &&
          (next.month - month - 1) % 12 === 0 &&
          next.year - year === (month === 12 ? 1 : 0);
        expect(follows || (opensMonth && day >= 28)).toBe(true);
      },
    ),
  );
});

test("civilFromDays() agrees with Date where Date reaches (PRT-010)", () => {
  fc.assert(
    fc.property(fc.integer({ min: -100_000_000, max: 100_000_000 }), (days) => {
      const date = new Date(days * 86_400_000);
      const expected = { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
      expect(civilFromDays(days)).toEqual(expected);
    }),
  );
});

test("a row handed out can be handed in again, nested values included (decision 2)", () => {
  const schemaAndRow = arbitrarySchema({ leaves: arbitraryComparableType() }).chain((schema) =>
    arbitraryValue(schema.asStruct()).map((row) => ({ schema, row })),
  );
  fc.assert(
    fc.property(schemaAndRow, ({ schema, row }) => {
      const type = schema.asStruct();
      expect(valuesEqual(inputCoercer(type, "row")(toRowValue(type, row)), row)).toBe(true);
    }),
  );
});

/** Bits of a double mapped so that their integer order is the total order. */
function totalOrder(value: number): bigint {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  const bits = view.getBigInt64(0);
  return bits < 0n ? -(bits + 2n ** 63n) - 1n : bits;
}

/** Murmur3 x86 32 with bigints, from its definition. */
function reference(bytes: Uint8Array): number {
  const mask = 0xffffffffn;
  const rotate = (x: bigint, by: bigint) => ((x << by) | (x >> (32n - by))) & mask;
  const scramble = (k: bigint) => (rotate((k * 0xcc9e2d51n) & mask, 15n) * 0x1b873593n) & mask;
  let hash = 0n;
  const blocks = Math.floor(bytes.length / 4);
  for (let block = 0; block < blocks; block++) {
    let k = 0n;
    for (let i = 3; i >= 0; i--) k = (k << 8n) | BigInt(bytes[block * 4 + i]!);
    hash = (rotate(hash ^ scramble(k), 13n) * 5n + 0xe6546b64n) & mask;
  }
  let tail = 0n;
  for (let i = bytes.length - 1; i >= blocks * 4; i--) tail = (tail << 8n) | BigInt(bytes[i]!);
  hash ^= scramble(tail);
  hash ^= BigInt(bytes.length);
  hash = ((hash ^ (hash >> 16n)) * 0x85ebca6bn) & mask;
  hash = ((hash ^ (hash >> 13n)) * 0xc2b2ae35n) & mask;
  return Number(BigInt.asIntN(32, hash ^ (hash >> 16n)));
}

/** Every type that a column of this type may be promoted to. */
function widerTypes(type: PrimitiveType): PrimitiveType[] {
  switch (type.kind) {
    case "int":
      return [simpleType("long")];
    case "float":
      return [simpleType("double")];
    case "date":
      return [simpleType("timestamp"), simpleType("timestamp_ns")];
    case "decimal":
      return type.precision < 38
        ? [decimalType(38, type.scale), decimalType(type.precision + 1, type.scale)]
        : [];
    default:
      return [];
  }
}
