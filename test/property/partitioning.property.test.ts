/** Laws of transforms, tuples and sort orders (P11 to P14, P16). @module */
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  applyTransform,
  parseTransform,
  partitionKey,
  preservesOrder,
  SpecUpdate,
  satisfiesOrderOf,
  type Transform,
  transformApplies,
  transformResultType,
} from "../../src/partitioning/index.ts";
import { type PrimitiveType, Schema, simpleType } from "../../src/schema/index.ts";
import { columnComparator, rowComparator, type SortField, sortedIndexes } from "../../src/sorting/index.ts";
import {
  applySpecChange,
  arbitraryComparableType,
  arbitraryInt,
  arbitraryLong,
  arbitraryTuple,
  arbitraryTypedTriple,
  checkSpecEvolution,
  checkTransforms,
} from "../../src/testing/index.ts";
import { compareValues, valueKey } from "../../src/values/index.ts";
import { runs } from "./runs.ts";

const anyTransform: fc.Arbitrary<Transform> = fc.oneof(
  fc.constantFrom("identity", "year", "month", "day", "hour", "void").map(parseTransform),
  fc.integer({ min: 1, max: 300 }).map((n) => parseTransform(`bucket[${n}]`)),
  fc.integer({ min: 1, max: 300 }).map((w) => parseTransform(`truncate[${w}]`)),
);

test("applyTransform(): null stays null, buckets are in range, truncation rounds down, time is floored (P11, P12, P13, PRT-002, PRT-011, PRT-018)", () => {
  const { numRuns } = runs(500);
  const apply: Parameters<typeof checkTransforms>[0]["apply"] = (transform, type, value) =>
    applyTransform(transform, type)(value);
  expect(checkTransforms({ apply }, { numRuns })).toBe(numRuns);
});

test("transforms that preserve order do (P12, P13, PRT-022)", () => {
  fc.assert(
    fc.property(anyTransform, arbitraryTypedTriple(), (transform, [type, [a, b]]) => {
      if (!preservesOrder(transform) || !transformApplies(transform, type)) return;
      const apply = applyTransform(transform, type);
      const [low, high] = compareValues(type)(a, b) <= 0 ? [a, b] : [b, a];
      const results = attempt(() => [apply(low)!, apply(high)!] as const);
      if (results === undefined) return;
      expect(compareValues(transformResultType(transform, type))(results[0], results[1])).toBeLessThanOrEqual(
        0,
      );
    }),
    runs(500),
  );
});

test("truncate[W] of an int raises below the range instead of wrapping (P12, PRT-018)", () => {
  fc.assert(
    fc.property(arbitraryInt(), fc.integer({ min: 1, max: 2 ** 31 - 1 }), (value, width) => {
      const exact = BigInt(value) - (((BigInt(value) % BigInt(width)) + BigInt(width)) % BigInt(width));
      const apply = applyTransform(parseTransform(`truncate[${width}]`), { kind: "int" });
      if (exact < -(2n ** 31n)) expect(() => apply(value)).toThrow(/leaves int/);
      else expect(apply(value)).toBe(Number(exact));
    }),
  );
});

test("time transforms are floor divisions that agree with each other (P13, PRT-007, PRT-009)", () => {
  const units = ["timestamp", "timestamptz", "timestamp_ns", "timestamptz_ns"] as const;
  fc.assert(
    fc.property(fc.constantFrom(...units), arbitraryLong(), (kind, value) => {
      const type = simpleType(kind);
      const hour = 3_600_000_000n * (kind.endsWith("_ns") ? 1000n : 1n);
      const hours = apply("hour", type, value) as number;
      const days = apply("day", type, value) as number;
      expect(hours).toBe(Number((value - (((value % hour) + hour) % hour)) / hour));
      expect(days).toBe(Math.floor(hours / 24));
      const months = apply("month", { kind: "date" }, days) as number;
      expect(apply("month", type, value)).toBe(months);
      expect(apply("year", type, value)).toBe(Math.floor(months / 12));
      expect(apply("day", { kind: "date" }, days)).toBe(days);
    }),
    runs(300),
  );
});

test("sorted by one transform is sorted by every transform it satisfies (PRT-062)", () => {
  fc.assert(
    fc.property(anyTransform, anyTransform, arbitraryTypedTriple(), (fine, coarse, [type, values]) => {
      if (!transformApplies(fine, type) || !transformApplies(coarse, type)) return;
      if (!satisfiesOrderOf(fine, coarse, type)) return;
      const results = attempt(() => {
        const [byFine, byCoarse] = [applyTransform(fine, type), applyTransform(coarse, type)];
        const order = compareValues(transformResultType(fine, type));
        const sorted = values.toSorted((a, b) => (fine.kind === "void" ? 0 : order(byFine(a)!, byFine(b)!)));
        return sorted.map(byCoarse);
      });
      if (results === undefined || coarse.kind === "void") return;
      const compare = compareValues(transformResultType(coarse, type));
      expect(compare(results[0]!, results[1]!)).toBeLessThanOrEqual(0);
      expect(compare(results[1]!, results[2]!)).toBeLessThanOrEqual(0);
    }),
    runs(1000),
  );
});

test("SpecUpdate keeps ids unique, reuses those of fields that come back, leaves v1 fields in place (P15, PRT-027, PRT-028, PRT-039, PRT-040)", () => {
  const { numRuns } = runs(200);
  const evolve: Parameters<typeof checkSpecEvolution>[0]["evolve"] = (table, changes) => {
    const update = new SpecUpdate(table.specs.at(-1)!, table);
    for (const change of changes) allowed(() => applySpecChange(update, change));
    const spec = allowed(() => update.apply());
    const ids = (spec?.fields ?? []).map(({ fieldId }) => fieldId);
    return spec && { spec, lastPartitionId: Math.max(table.lastPartitionId, ...ids) };
  };
  expect(checkSpecEvolution({ evolve }, { numRuns })).toBe(numRuns);
});

test("partitionKey() tells tuples apart exactly when a value differs (P16, PRT-065)", () => {
  const tuples = fc
    .array(arbitraryComparableType(), { minLength: 1, maxLength: 3 })
    .chain((types) => fc.tuple(fc.constant(types), arbitraryTuple(types), arbitraryTuple(types)));
  fc.assert(
    fc.property(tuples, ([types, a, b]) => {
      const fields = types.map((type, index) => ({
        id: 1000 + index,
        name: `p${index}`,
        required: false,
        type,
      }));
      const same = types.every((type, index) => {
        const [x, y] = [a[index]!, b[index]!];
        return x === null || y === null ? x === y : valueKey(type, x) === valueKey(type, y);
      });
      expect(partitionKey(fields, a) === partitionKey(fields, b)).toBe(same);
    }),
    runs(500),
  );
});

test("rowComparator(), columnComparator() and sortedIndexes() sort alike (P14, PRT-057, PRT-061)", () => {
  const field = fc.record({
    transform: fc.constantFrom("identity", "bucket[3]", "truncate[2]", "day").map(parseTransform),
    direction: fc.constantFrom("asc", "desc"),
    nullOrder: fc.constantFrom("nulls-first", "nulls-last"),
  }) as fc.Arbitrary<Omit<SortField, "sourceId">>;
  const cases = fc
    .array(fc.tuple(arbitraryComparableType(), field), { minLength: 1, maxLength: 2 })
    .chain((keys) =>
      fc.tuple(fc.constant(keys), fc.array(arbitraryTuple(keys.map(([type]) => type)), { maxLength: 8 })),
    );
  fc.assert(
    fc.property(cases, ([keys, tuples]) => {
      if (!keys.every(([type, { transform }]) => transformApplies(transform, type))) return;
      const columns = keys.map(([type], index) => ({
        id: index + 1,
        name: `c${index}`,
        required: false,
        type,
      }));
      const schema = new Schema(columns);
      const order = { orderId: 1, fields: keys.map(([, key], index) => ({ ...key, sourceId: index + 1 })) };
      const rows = tuples.map((tuple) =>
        Object.fromEntries(tuple.map((value, index) => [`c${index}`, value])),
      );
      const columnOf = (path: string) => rows.map((row) => row[path] ?? null);
      const byRow = rowComparator(order, schema);
      const indexes = attempt(() => [...sortedIndexes(order, schema, columnOf, rows.length)]);
      if (indexes === undefined) return;
      expect(indexes.map((index) => rows[index])).toEqual(rows.toSorted(byRow));
      const byColumn = columnComparator(order, schema, columnOf, rows.length);
      for (let i = 1; i < indexes.length; i++)
        expect(byColumn(indexes[i - 1]!, indexes[i]!)).toBeLessThanOrEqual(0);
    }),
    runs(300),
  );
});

function apply(transform: string, type: PrimitiveType, value: number | bigint) {
  return applyTransform(parseTransform(transform), type)(value);
}

/** Truncating near the end of a type's range throws on purpose; those runs prove nothing here. */
function attempt<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    if (/the result leaves/.test(String(error))) return undefined;
    throw error;
  }
}

/** The result, or `undefined` when the update refuses with a typed error. */
function allowed<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    expect(["validation-failed", "invalid-schema"]).toContain((error as { code?: string }).code);
    return undefined;
  }
}
