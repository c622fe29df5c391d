/** Literals of unbound predicates, in one canonical form per value. Spec: Expressions, Constant values. @module */
import { IcebergError } from "../base/index.ts";

/** A decimal number as its digits: `unscaled * 10^-scale`. */
export interface DecimalLiteral {
  readonly unscaled: bigint;
  readonly scale: number;
}

/** A point in time given as a `Date`: milliseconds since the epoch. */
export interface InstantLiteral {
  readonly epochMillis: number;
}

/** What a predicate builder takes: the forms rows take (decision 2). */
export type LiteralInput =
  | string
  | number
  | bigint
  | boolean
  | Date
  | Uint8Array
  | DecimalLiteral
  | InstantLiteral;

/**
 * A literal inside an expression. Equal numbers have one form: integers within 2^53 are `number`, larger ones
 * `bigint`, decimals that a double prints exactly are `number`, all others {@link DecimalLiteral}.
 */
export type Literal = string | number | bigint | boolean | Uint8Array | DecimalLiteral | InstantLiteral;

/** Exponents beyond this are refused: no column type reaches them, and they would build huge integers. */
const MAX_SCALE = 1000;

/**
 * The canonical form of a literal. Bytes are copied, dates become {@link InstantLiteral}, -0 becomes 0.
 * @throws IcebergError `invalid-expression` for null, NaN (use `isNull`, `isNaN`) and values of other types.
 */
export function toLiteral(input: LiteralInput): Literal {
  switch (typeof input) {
    case "string":
      if (!input.isWellFormed()) refuse(input, "it holds a lone surrogate, which no table can store");
      return input;
    case "boolean":
      return input;
    case "number":
      if (Number.isNaN(input)) refuse(input, "NaN equals nothing; use isNaN or notNaN");
      return input === 0 ? 0 : input;
    case "bigint":
      return integerLiteral(input);
    case "object":
      if (input !== null) return objectLiteral(input);
  }
  return refuse(
    input,
    input == null ? "use isNull or notNull" : "use a string, number, bigint, boolean, Date or bytes",
  );
}

/** Plain decimal text of a decimal literal: `-1.50`. */
export function decimalText(literal: DecimalLiteral): string {
  const { unscaled, scale } = literal;
  if (scale <= 0) return String(unscaled * 10n ** BigInt(-scale));
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, "0");
  const point = digits.length - scale;
  return `${unscaled < 0n ? "-" : ""}${digits.slice(0, point)}.${digits.slice(point)}`;
}

export function isDecimalLiteral(literal: Literal): literal is DecimalLiteral {
  return typeof literal === "object" && "unscaled" in literal;
}

export function isInstantLiteral(literal: Literal): literal is InstantLiteral {
  return typeof literal === "object" && "epochMillis" in literal;
}

function integerLiteral(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

function objectLiteral(input: Date | Uint8Array | DecimalLiteral | InstantLiteral): Literal {
  if (input instanceof Date) {
    const epochMillis = input.getTime();
    if (Number.isNaN(epochMillis)) refuse(input, "it is an invalid Date");
    return Object.freeze({ epochMillis });
  }
  if (input instanceof Uint8Array) return input.slice();
  if ("unscaled" in input) return decimalLiteral(input);
  if (typeof input.epochMillis === "number") return Object.freeze({ epochMillis: input.epochMillis });
  return refuse(input, "use a string, number, bigint, boolean, Date or bytes");
}

function decimalLiteral(input: DecimalLiteral): Literal {
  const { unscaled, scale } = input;
  if (typeof unscaled !== "bigint" || !Number.isInteger(scale) || Math.abs(scale) > MAX_SCALE) {
    return refuse(input, "a decimal is { unscaled: bigint, scale: integer }");
  }
  if (scale <= 0) return integerLiteral(unscaled * 10n ** BigInt(-scale));
  const text = decimalText(input);
  const number = Number(text);
  if (String(number) === text) return number === 0 ? 0 : number;
  return Object.freeze({ unscaled, scale });
}

function refuse(input: unknown, why: string): never {
  throw new IcebergError("invalid-expression", `Cannot compare with ${String(input)}: ${why}`, {
    context: { literal: input },
  });
}
