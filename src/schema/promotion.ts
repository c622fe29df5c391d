/** Which types a column may be widened to, and what becomes of its values. Spec: Schema Evolution; SCH-060, SCH-061. @module */
import { IcebergError, INT64_MAX, INT64_MIN } from "../base/index.ts";
import { typesEqual } from "./equality.ts";
import { MICROS_PER_DAY, NANOS_PER_DAY } from "./temporal.ts";
import { typeToString } from "./type-text.ts";
import type { Type, TypeKind } from "./types.ts";
import type { Value } from "./values.ts";

/** One promotion the format allows. */
export interface PromotionRule {
  readonly from: TypeKind;
  /** `any`: every type, nested ones included. */
  readonly to: TypeKind | "any";
  /** First format version with the rule. */
  readonly since: 1 | 3;
  /** What must hold of the parameters. */
  readonly condition?: "same scale, more digits";
}

/** Every promotion. Whatever is not listed is refused, zoned timestamps from dates among them (SCH-061). */
export const promotionRules: readonly PromotionRule[] = Object.freeze([
  { from: "int", to: "long", since: 1 },
  { from: "float", to: "double", since: 1 },
  { from: "decimal", to: "decimal", since: 1, condition: "same scale, more digits" },
  { from: "unknown", to: "any", since: 3 },
  { from: "date", to: "timestamp", since: 3 },
  { from: "date", to: "timestamp_ns", since: 3 },
]);

/** Whether a column may change its type. A type is no promotion of itself. */
export function canPromote(from: Type, to: Type, formatVersion: number): boolean {
  if (typesEqual(from, to)) return false;
  return promotionRules.some((rule) => {
    if (rule.from !== from.kind || (rule.to !== "any" && rule.to !== to.kind)) return false;
    if (formatVersion < rule.since) return false;
    if (from.kind !== "decimal" || to.kind !== "decimal") return true;
    return to.scale === from.scale && to.precision > from.precision;
  });
}

/**
 * A held value of one type as a held value of a type it can be promoted to, or of the same type.
 * @throws IcebergError `invalid-argument` when there is no such promotion in any format version, `corrupt-file` when a
 * date lies outside what the timestamp can hold (SCH-061).
 */
export function promoteValue(from: Type, to: Type, value: Value): Value {
  return promoter(from, to)(value);
}

/** {@link promoteValue} of one pair of types, made once for many values. */
export function promoter(from: Type, to: Type): (value: Value) => Value {
  if (typesEqual(from, to)) return same;
  if (!canPromote(from, to, 3)) {
    throw new IcebergError(
      "invalid-argument",
      `Cannot promote ${typeToString(from)} to ${typeToString(to)}: no version of the format allows it`,
      { context: { from: typeToString(from), to: typeToString(to) } },
    );
  }
  switch (to.kind) {
    case "long":
      return from.kind === "int" ? (value) => BigInt(value as number) : same;
    case "timestamp":
    case "timestamp_ns": {
      const perDay = to.kind === "timestamp" ? MICROS_PER_DAY : NANOS_PER_DAY;
      return from.kind === "date" ? (value) => timestampOf(value as number, perDay, to) : same;
    }
    default:
      // A float is held as the double of the same value, a decimal without its precision.
      return same;
  }
}

function same(value: Value): Value {
  return value;
}

function timestampOf(days: number, perDay: bigint, to: Type): bigint {
  const value = BigInt(days) * perDay;
  if (value >= INT64_MIN && value <= INT64_MAX) return value;
  throw new IcebergError("corrupt-file", `Cannot promote day ${days} to ${to.kind}: it is out of range`, {
    context: { days, type: to.kind },
  });
}
