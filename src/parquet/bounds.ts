/** Bounds of pages, chunks and files: merging them and writing them as Parquet statistics. Spec: Parquet format,
 * Statistics; requirements PAR-031 to PAR-036. @module */
import type { PrimitiveType, PrimitiveValue } from "../schema/index.ts";
import { type Comparator, encodeValue, truncateLowerBound, truncateUpperBound } from "../values/index.ts";
import { writeBigEndian } from "./plain-writer.ts";
import type { ParquetNode } from "./tree.ts";

/** Smallest and largest value met; both absent when there was none. */
export class Bounds {
  min: PrimitiveValue | undefined;
  max: PrimitiveValue | undefined;

  /** Takes in other bounds. */
  merge(min: PrimitiveValue | undefined, max: PrimitiveValue | undefined, compare: Comparator): void {
    if (min !== undefined && (this.min === undefined || compare(min, this.min) < 0)) this.min = min;
    if (max !== undefined && (this.max === undefined || compare(max, this.max) > 0)) this.max = max;
  }

  clear(): void {
    this.min = undefined;
    this.max = undefined;
  }
}

/** Bytes of a statistic and whether it is the value itself or only a bound. */
export interface Statistic {
  readonly bytes: Uint8Array;
  readonly exact: boolean;
}

/** The lower bound as Parquet writes it: cut to `length` code points or bytes, zero always as -0. */
export function lowerStatistic(
  node: ParquetNode,
  type: PrimitiveType,
  value: PrimitiveValue,
  length: number,
): Statistic {
  const bound = truncateLowerBound(type, value, length);
  // Spec: a float minimum of zero is written as -0, since readers may treat the zeros as equal.
  return { bytes: physicalBytes(node, type, bound === 0 ? -0 : bound), exact: sameLength(bound, value) };
}

/** The upper bound likewise; a value that cannot be cut upward stays whole. */
export function upperStatistic(
  node: ParquetNode,
  type: PrimitiveType,
  value: PrimitiveValue,
  length: number,
): Statistic {
  const bound = truncateUpperBound(type, value, length) ?? value;
  return { bytes: physicalBytes(node, type, bound === 0 ? 0 : bound), exact: bound === value };
}

/** A held value in the PLAIN form of its column, without a length prefix. */
export function physicalBytes(node: ParquetNode, type: PrimitiveType, value: PrimitiveValue): Uint8Array {
  if (type.kind !== "decimal") return encodeValue(type, value);
  if (node.physical === "INT32") return encodeValue({ kind: "int" }, Number(value));
  if (node.physical === "INT64") return encodeValue({ kind: "long" }, value);
  const bytes = new Uint8Array(node.typeLength);
  writeBigEndian(bytes, 0, value as bigint, node.typeLength);
  return bytes;
}

/** A lower bound is only ever cut, so an equal length means it was not. */
function sameLength(bound: PrimitiveValue, value: PrimitiveValue): boolean {
  if (typeof bound === "string") return bound === value;
  return !(bound instanceof Uint8Array) || bound.length === (value as Uint8Array).length;
}
