/** Predicates whose literals lie near a table's data, where pruning goes wrong. Spec: Scan Planning. @module */
import fc from "fast-check";
import { INT32_MAX, INT32_MIN, INT64_MAX, INT64_MIN } from "../base/index.ts";
import {
  and,
  type Expression,
  type LiteralInput,
  type LiteralOp,
  literalPredicate,
  not,
  or,
  setPredicate,
  type TermInput,
  unaryPredicate,
} from "../expressions/index.ts";
import {
  type FieldPlace,
  isPrimitive,
  type PrimitiveType,
  type PrimitiveValue,
  type Schema,
  type StructValue,
} from "../schema/index.ts";
import { arbitraryPrimitiveValue } from "./values.ts";

/** The literal a caller gives for a held value. */
export function literalOf(type: PrimitiveType, value: PrimitiveValue): LiteralInput {
  return type.kind === "decimal" ? { unscaled: value as bigint, scale: type.scale } : value;
}

/** A value or one close to it: the boundary cases of every comparison. */
export function arbitraryNear(type: PrimitiveType, value: PrimitiveValue): fc.Arbitrary<PrimitiveValue> {
  if (typeof value === "number" && type.kind !== "float" && type.kind !== "double") {
    return fc
      .integer({ min: -40, max: 40 })
      .map((step) => Math.min(INT32_MAX, Math.max(INT32_MIN, value + step)));
  }
  if (typeof value === "bigint" && type.kind !== "time") {
    const limit = type.kind === "decimal" ? 10n ** BigInt(type.precision) - 1n : INT64_MAX;
    const low = type.kind === "decimal" ? -limit : INT64_MIN;
    const steps = fc.constantFrom(0n, 1n, -1n, 3_600_000_000n, -3_600_000_000n, 86_400_000_000n, 7n);
    return steps.map((step) => (value + step > limit ? limit : value + step < low ? low : value + step));
  }
  if (typeof value === "string" && type.kind === "string") {
    const points = [...value];
    return fc.constantFrom(value, `${value}a`, points.slice(0, -1).join(""), points.slice(0, 2).join(""));
  }
  return fc.constant(value);
}

const ORDERS: readonly LiteralOp[] = ["lt", "lt-eq", "gt", "gt-eq", "eq", "not-eq"];

/** Single predicates on a term whose values are of a type. No literal is NaN. */
export function arbitraryLeafPredicate(
  term: TermInput,
  type: PrimitiveType,
  literals: readonly PrimitiveValue[],
): fc.Arbitrary<Expression> {
  const usable = literals.filter((value) => !Number.isNaN(value)).map((value) => literalOf(type, value));
  const leaves: { weight: number; arbitrary: fc.Arbitrary<Expression> }[] = [
    {
      weight: 1,
      arbitrary: fc.constantFrom("is-null", "not-null").map((op) => unaryPredicate(op as "is-null", term)),
    },
  ];
  if (type.kind === "float" || type.kind === "double") {
    const arbitrary = fc.constantFrom("is-nan", "not-nan").map((op) => unaryPredicate(op as "is-nan", term));
    leaves.push({ weight: 1, arbitrary });
  }
  if (usable.length > 0) {
    const literal = fc.constantFrom(...usable);
    leaves.push(
      {
        weight: 2,
        arbitrary: fc
          .tuple(fc.constantFrom(...ORDERS), literal)
          .map(([op, value]) => literalPredicate(op, term, value)),
      },
      {
        weight: 1,
        arbitrary: fc
          .tuple(fc.constantFrom("in", "not-in"), fc.array(literal, { maxLength: 4 }))
          .map(([op, values]) => setPredicate(op as "in", term, values)),
      },
    );
    if (type.kind === "string") {
      const arbitrary = fc
        .tuple(fc.constantFrom("starts-with", "not-starts-with"), literal)
        .map(([op, value]) => literalPredicate(op as "starts-with", term, value));
      leaves.push({ weight: 1, arbitrary });
    }
  }
  return fc.oneof(...leaves);
}

/** Trees of `and`, `or` and `not` over leaves. */
export function arbitraryTree(leaf: fc.Arbitrary<Expression>): fc.Arbitrary<Expression> {
  const signed = fc.oneof(leaf, leaf.map(not));
  const some = fc.array(signed, { minLength: 2, maxLength: 3 });
  return fc.oneof(
    { weight: 3, arbitrary: leaf },
    { weight: 1, arbitrary: leaf.map(not) },
    { weight: 1, arbitrary: some.map((all) => and(...all)) },
    { weight: 1, arbitrary: some.map((all) => or(...all)) },
    { weight: 1, arbitrary: fc.tuple(leaf, leaf, leaf).map(([a, b, c]) => not(or(a, and(b, not(c))))) },
  );
}

/**
 * Predicates over the primitive columns of a schema that lists and maps do not hide. Literals are values of `rows`,
 * neighbours of them, and some of any kind.
 * @example fc.property(arbitraryPredicate(schema, rows), (filter) => { … })
 */
export function arbitraryPredicate(schema: Schema, rows: readonly StructValue[]): fc.Arbitrary<Expression> {
  const columns = [...schema.places()].filter(
    ({ field, throughStructs }) => throughStructs && isComparable(field.type.kind) && isPrimitive(field.type),
  );
  if (columns.length === 0) return fc.constant(and());
  const leaf = fc.constantFrom(...columns).chain((place) => {
    const type = place.field.type as PrimitiveType;
    return arbitraryLiterals(type, valuesAt(place, rows)).chain((literals) =>
      arbitraryLeafPredicate(place.path, type, literals),
    );
  });
  return arbitraryTree(leaf);
}

/** One to three literals for a column that holds `values`. */
export function arbitraryLiterals(
  type: PrimitiveType,
  values: readonly PrimitiveValue[],
): fc.Arbitrary<PrimitiveValue[]> {
  const any = arbitraryPrimitiveValue(type);
  const literal =
    values.length === 0
      ? any
      : fc.oneof(
          { weight: 2, arbitrary: fc.constantFrom(...values).chain((value) => arbitraryNear(type, value)) },
          { weight: 1, arbitrary: any },
        );
  return fc.array(literal, { minLength: 1, maxLength: 3 });
}

function valuesAt({ names }: FieldPlace, rows: readonly StructValue[]): PrimitiveValue[] {
  const values: PrimitiveValue[] = [];
  for (const row of rows) {
    let value: unknown = row;
    for (const name of names) value = (value as StructValue | null)?.[name] ?? null;
    if (value !== null) values.push(value as PrimitiveValue);
  }
  return values;
}

function isComparable(kind: string): boolean {
  return !/^(unknown|geometry|geography|variant)$/.test(kind);
}
