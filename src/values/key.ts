/** Values as map keys. Spec: Partitioning; requirement PRT-065. @module */
import { toHex } from "../base/index.ts";
import type { PrimitiveType, PrimitiveValue } from "../schema/index.ts";

/**
 * Text that two held values of a type share exactly when they are equal: NaN equals itself, -0 is not 0, bytes
 * compare by content, and a `number` equals the `bigint` of the same integer.
 */
export function valueKey(_type: PrimitiveType, value: PrimitiveValue): string {
  if (typeof value === "object") return toHex(value);
  return Object.is(value, -0) ? "-0" : String(value);
}
