/** The values of bound terms: what a transform term makes of its column's values. Spec: Partition Transforms. @module */
import { assert, INT32_MAX, INT32_MIN, INT64_MAX, INT64_MIN } from "../base/index.ts";
import { applyTransform } from "../partitioning/index.ts";
import { isPrimitive, type PrimitiveValue, type Type } from "../schema/index.ts";
import type { BoundTerm } from "./bound.ts";

/** A term's value for a non-null value of its column; `undefined` for a column itself. */
export function termFunction(term: BoundTerm): ((value: PrimitiveValue) => PrimitiveValue) | undefined {
  const { transform, sourceType } = term;
  if (transform === undefined) return undefined;
  assert(isPrimitive(sourceType), `${term.name} has a transform on a nested type`);
  if (transform.kind === "truncate") {
    // Partition values must stay in the type; a comparison need not, and the smallest integers leave it.
    const { width } = transform;
    const step = BigInt(width);
    if (sourceType.kind === "int") return (value) => Math.floor((value as number) / width) * width;
    if (sourceType.kind === "long" || sourceType.kind === "decimal") {
      return (value) => {
        const rest = (value as bigint) % step;
        return (value as bigint) - (rest < 0n ? rest + step : rest);
      };
    }
  }
  const apply = applyTransform(transform, sourceType);
  return (value) => apply(value) as PrimitiveValue;
}

/**
 * Whether an integer is within its type. What transforms make need not be: hours of the latest timestamps pass
 * int32, multiples below the smallest integers pass their type.
 */
export function isInRange(type: Type, value: PrimitiveValue): boolean {
  if (typeof value === "number" && type.kind === "int") return value >= INT32_MIN && value <= INT32_MAX;
  if (typeof value === "bigint" && type.kind === "long") return value >= INT64_MIN && value <= INT64_MAX;
  return true;
}

/** Whether a transform keeps the order of its source, so that bounds of the column bound the term (SCN-082). */
export function keepsOrder(term: BoundTerm): boolean {
  return term.transform === undefined || (term.transform.kind !== "bucket" && term.transform.kind !== "void");
}
