/** fast-check generators of predicates over one column, and an oracle that evaluates them by the spec's words. @module */
import fc from "fast-check";
import { compareBytes } from "../../src/base/index.ts";
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
} from "../../src/expressions/index.ts";
import type { PrimitiveType, PrimitiveValue } from "../../src/schema/index.ts";
import { encodeValue } from "../../src/values/index.ts";
import { valuesOf } from "./value-generators.ts";

/** One column's type, a few values that predicates and rows share, and more that only predicates use. */
export interface Column {
  readonly type: PrimitiveType;
  /** Values of rows, nulls included. */
  readonly rows: readonly (PrimitiveValue | null)[];
  /** Never NaN. */
  readonly literals: readonly PrimitiveValue[];
}

/** A type with rows and literals that often meet: literals are row values or their neighbours. */
export function columnOf(types: fc.Arbitrary<PrimitiveType>): fc.Arbitrary<Column> {
  return types.chain((type) =>
    fc.array(valuesOf(type), { minLength: 1, maxLength: 4 }).chain((pool) =>
      fc.record({
        type: fc.constant(type),
        rows: fc.array(fc.option(fc.constantFrom(...pool), { nil: null, freq: 5 }), {
          minLength: 1,
          maxLength: 5,
        }),
        literals: fc
          .array(
            fc.oneof(
              fc.constantFrom(...pool).chain((value) => near(type, value)),
              valuesOf(type),
            ),
            { minLength: 1, maxLength: 4 },
          )
          .map((values) => values.filter((value) => !Number.isNaN(value)))
          .filter((values) => values.length > 0),
      }),
    ),
  );
}

/** A value or one close to it: the boundary cases of every comparison. */
function near(type: PrimitiveType, value: PrimitiveValue): fc.Arbitrary<PrimitiveValue> {
  if (typeof value === "number" && type.kind !== "float" && type.kind !== "double") {
    return fc
      .integer({ min: -40, max: 40 })
      .map((step) => Math.min(2 ** 31 - 1, Math.max(-(2 ** 31), value + step)));
  }
  if (typeof value === "bigint" && type.kind !== "time") {
    const limit = type.kind === "decimal" ? 10n ** BigInt(type.precision) - 1n : 2n ** 63n - 1n;
    const low = type.kind === "decimal" ? -limit : -limit - 1n;
    const steps = fc.constantFrom(0n, 1n, -1n, 3_600_000_000n, -3_600_000_000n, 86_400_000_000n, 7n);
    return steps.map((step) => (value + step > limit ? limit : value + step < low ? low : value + step));
  }
  if (typeof value === "string" && type.kind === "string") {
    return fc.constantFrom(
      value,
      `${value}a`,
      [...value].slice(0, -1).join(""),
      [...value].slice(0, 2).join(""),
    );
  }
  return fc.constant(value);
}

/** The literal a caller gives for a held value. */
export function literalOf(type: PrimitiveType, value: PrimitiveValue): LiteralInput {
  return type.kind === "decimal" ? { unscaled: value as bigint, scale: type.scale } : value;
}

const ORDERS: readonly LiteralOp[] = ["lt", "lt-eq", "gt", "gt-eq", "eq", "not-eq"];

/** Predicates and small trees over a term whose values are of a type. */
export function expressionOn(
  term: TermInput,
  type: PrimitiveType,
  literals: readonly PrimitiveValue[],
): fc.Arbitrary<Expression> {
  const literal = fc.constantFrom(...literals).map((value) => literalOf(type, value));
  const leaves: fc.Arbitrary<Expression>[] = [
    fc.tuple(fc.constantFrom(...ORDERS), literal).map(([op, value]) => literalPredicate(op, term, value)),
    fc.tuple(fc.constantFrom(...ORDERS), literal).map(([op, value]) => literalPredicate(op, term, value)),
    fc
      .tuple(fc.constantFrom("in", "not-in"), fc.array(literal, { maxLength: 4 }))
      .map(([op, values]) => setPredicate(op as "in", term, values)),
    fc.constantFrom("is-null", "not-null").map((op) => unaryPredicate(op as "is-null", term)),
  ];
  if (type.kind === "float" || type.kind === "double") {
    leaves.push(fc.constantFrom("is-nan", "not-nan").map((op) => unaryPredicate(op as "is-nan", term)));
  }
  if (type.kind === "string") {
    leaves.push(
      fc
        .tuple(fc.constantFrom("starts-with", "not-starts-with"), literal)
        .map(([op, value]) => literalPredicate(op as "starts-with", term, value)),
    );
  }
  const leaf = fc.oneof(...leaves);
  return fc.oneof(
    { weight: 3, arbitrary: leaf },
    { weight: 1, arbitrary: leaf.map(not) },
    {
      weight: 1,
      arbitrary: fc
        .array(fc.oneof(leaf, leaf.map(not)), { minLength: 2, maxLength: 3 })
        .map((all) => and(...all)),
    },
    {
      weight: 1,
      arbitrary: fc
        .array(fc.oneof(leaf, leaf.map(not)), { minLength: 2, maxLength: 3 })
        .map((all) => or(...all)),
    },
    { weight: 1, arbitrary: fc.tuple(leaf, leaf, leaf).map(([a, b, c]) => not(or(a, and(b, not(c))))) },
  );
}

/**
 * Truth of an expression over one value, by the words of the spec and on its own: texts and bytes compare as their
 * single-value bytes, `<=` is `<` or `=`, null and NaN are neither below nor above anything.
 */
export function oracle(expression: Expression, type: PrimitiveType, value: PrimitiveValue | null): boolean {
  switch (expression.op) {
    case "true":
      return true;
    case "false":
      return false;
    case "and":
      return expression.operands.every((operand) => oracle(operand, type, value));
    case "or":
      return expression.operands.some((operand) => oracle(operand, type, value));
    case "not":
      return !oracle(expression.operand, type, value);
    case "is-null":
      return value === null;
    case "not-null":
      return value !== null;
    case "is-nan":
      return Number.isNaN(value);
    case "not-nan":
      return !Number.isNaN(value);
    case "in":
      return expression.literals.some((literal) => compared(type, value, literal as LiteralInput) === 0);
    case "not-in":
      return !expression.literals.some((literal) => compared(type, value, literal as LiteralInput) === 0);
    case "starts-with":
      return value !== null && isPrefix(expression.literal as string, value as string);
    case "not-starts-with":
      return value === null || !isPrefix(expression.literal as string, value as string);
    default: {
      const order = compared(type, value, expression.literal as LiteralInput);
      if (expression.op === "eq") return order === 0;
      if (expression.op === "not-eq") return order !== 0;
      if (order === undefined) return false;
      if (expression.op === "lt") return order < 0;
      if (expression.op === "lt-eq") return order <= 0;
      return expression.op === "gt" ? order > 0 : order >= 0;
    }
  }
}

function isPrefix(prefix: string, value: string): boolean {
  const encoder = new TextEncoder();
  const wanted = encoder.encode(prefix);
  return compareBytes(encoder.encode(value).subarray(0, wanted.length), wanted) === 0;
}

function compared(
  type: PrimitiveType,
  value: PrimitiveValue | null,
  literal: LiteralInput,
): number | undefined {
  if (value === null || Number.isNaN(value)) return undefined;
  if (type.kind === "decimal") return Math.sign(Number((value as bigint) - unscaledOf(literal, type.scale)));
  if (typeof value === "string" || value instanceof Uint8Array) {
    return compareBytes(encodeValue(type, value), encodeValue(type, literal as PrimitiveValue));
  }
  // Canonical literals hold small bigints as numbers; JavaScript compares the two kinds exactly.
  return value < (literal as typeof value) ? -1 : value > (literal as typeof value) ? 1 : 0;
}

/** Canonical decimal literals are `{ unscaled, scale }` or a number that prints the same digits. */
function unscaledOf(literal: LiteralInput, scale: number): bigint {
  if (typeof literal === "object" && "unscaled" in literal)
    return literal.unscaled * 10n ** BigInt(scale - literal.scale);
  const [digits, exponent] = String(literal).split("e");
  const [whole, fraction = ""] = digits!.split(".");
  return BigInt(whole! + fraction) * 10n ** BigInt(scale - fraction.length + Number(exponent ?? 0));
}
