/**
 * What a predicate says of a row, by the words of the spec and on its own: nothing here is shared with the evaluators
 * it judges. Spec: Scan Planning; SCN-019 to SCN-023.
 * @module
 */
import { compareBytes, IcebergError, utf8Encode } from "../base/index.ts";
import type { Expression, Literal, Term } from "../expressions/index.ts";
import { applyTransform, transformResultType } from "../partitioning/index.ts";
import type { PrimitiveType, PrimitiveValue, Schema, StructValue } from "../schema/index.ts";
import { encodeValue } from "../values/index.ts";

/**
 * Whether a held row satisfies an expression: texts and bytes compare as their single-value bytes, null and NaN are
 * neither below nor above anything, `<=` is `<` or `=`.
 * @throws IcebergError `invalid-expression` when a column does not exist.
 */
export function predicateHolds(expression: Expression, schema: Schema, row: StructValue): boolean {
  switch (expression.op) {
    case "true":
      return true;
    case "false":
      return false;
    case "and":
      return expression.operands.every((operand) => predicateHolds(operand, schema, row));
    case "or":
      return expression.operands.some((operand) => predicateHolds(operand, schema, row));
    case "not":
      return !predicateHolds(expression.operand, schema, row);
    default:
  }
  const { type, value } = termValue(expression.term, schema, row);
  switch (expression.op) {
    case "is-null":
      return value === null;
    case "not-null":
      return value !== null;
    case "is-nan":
      return Number.isNaN(value);
    case "not-nan":
      return !Number.isNaN(value);
    case "in":
      return expression.literals.some((literal) => compared(type, value, literal) === 0);
    case "not-in":
      return !expression.literals.some((literal) => compared(type, value, literal) === 0);
    case "starts-with":
      return value !== null && isPrefix(expression.literal as string, value as string);
    case "not-starts-with":
      return value === null || !isPrefix(expression.literal as string, value as string);
    default: {
      const order = compared(type, value, expression.literal);
      if (expression.op === "eq") return order === 0;
      if (expression.op === "not-eq") return order !== 0;
      if (order === undefined) return false;
      if (expression.op === "lt") return order < 0;
      if (expression.op === "lt-eq") return order <= 0;
      return expression.op === "gt" ? order > 0 : order >= 0;
    }
  }
}

function termValue(
  term: Term,
  schema: Schema,
  row: StructValue,
): { readonly type: PrimitiveType; readonly value: PrimitiveValue | null } {
  const id = schema.idOf(term.name);
  const place = id === undefined ? undefined : schema.place(id);
  if (place === undefined) {
    throw new IcebergError("invalid-expression", `Cannot judge a row by ${term.name}: no such column`, {
      context: { column: term.name },
    });
  }
  let value: unknown = row;
  for (const name of place.names) value = (value as StructValue | null)?.[name] ?? null;
  const type = place.field.type as PrimitiveType;
  const held = value as PrimitiveValue | null;
  if (term.kind === "reference") return { type, value: held };
  return {
    type: transformResultType(term.transform, type),
    value: applyTransform(term.transform, type)(held),
  };
}

function isPrefix(prefix: string, value: string): boolean {
  const wanted = utf8Encode(prefix);
  return compareBytes(utf8Encode(value).subarray(0, wanted.length), wanted) === 0;
}

/** -1, 0 or 1; `undefined` where null or NaN has no place in the order. */
export function compared(
  type: PrimitiveType,
  value: PrimitiveValue | null,
  literal: Literal,
): number | undefined {
  if (value === null || Number.isNaN(value)) return undefined;
  if (type.kind === "decimal") {
    const difference = (value as bigint) - unscaledOf(literal, type.scale);
    return difference < 0n ? -1 : difference > 0n ? 1 : 0;
  }
  if (typeof value === "string" || value instanceof Uint8Array) {
    return compareBytes(encodeValue(type, value), encodeValue(type, literal as PrimitiveValue));
  }
  // Canonical literals hold small bigints as numbers; JavaScript compares the two kinds exactly.
  return value < (literal as typeof value) ? -1 : value > (literal as typeof value) ? 1 : 0;
}

/** Canonical decimal literals are `{ unscaled, scale }` or a number that prints the same digits. */
function unscaledOf(literal: Literal, scale: number): bigint {
  if (typeof literal === "object" && "unscaled" in literal)
    return literal.unscaled * 10n ** BigInt(scale - literal.scale);
  const [digits, exponent] = String(literal).split("e");
  const [whole, fraction = ""] = digits!.split(".");
  return BigInt(whole! + fraction) * 10n ** BigInt(scale - fraction.length + Number(exponent ?? 0));
}
