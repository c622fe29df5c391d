/** What a correct writer records of some rows, by brute force. Spec: Manifests, Data File Fields; MAN-065 to MAN-072. @module */
import fc from "fast-check";
import type { FileMetrics } from "../expressions/index.ts";
import type { PartitionTuple } from "../partitioning/index.ts";
import {
  type Field,
  isPrimitive,
  type PrimitiveType,
  type PrimitiveValue,
  type Schema,
  type StructValue,
} from "../schema/index.ts";
import { encodeValue, type FieldSummary, truncateLowerBound, truncateUpperBound } from "../values/index.ts";
import { compared } from "./oracle.ts";
import { literalOf } from "./predicates.ts";

/** How much a writer records: writers differ, and what they leave out is unknown, never zero. */
export interface MetricsCoverage {
  readonly counts: "all" | "values-only" | "none";
  readonly nans: boolean;
  readonly bounds: "both" | "lower" | "upper" | "none" | "truncated";
  /** Of truncated bounds, in code points or bytes. */
  readonly length: number;
}

/** Writers of every diligence. */
export function arbitraryMetricsCoverage(): fc.Arbitrary<MetricsCoverage> {
  return fc.record({
    counts: fc.constantFrom("all", "all", "values-only", "none"),
    nans: fc.boolean(),
    bounds: fc.constantFrom("both", "both", "truncated", "truncated", "lower", "upper", "none"),
    length: fc.integer({ min: 1, max: 4 }),
  });
}

/** The metrics of a file with these held rows, for the top-level primitive columns of a schema. */
export function metricsOfRows(
  schema: Schema,
  rows: readonly StructValue[],
  coverage: MetricsCoverage,
): FileMetrics {
  const valueCounts = new Map<number, number>();
  const nullValueCounts = new Map<number, number>();
  const nanValueCounts = new Map<number, number>();
  const lowerBounds = new Map<number, Uint8Array>();
  const upperBounds = new Map<number, Uint8Array>();
  for (const field of schema.fields) {
    const { id, type } = field;
    if (!isPrimitive(type)) continue;
    const values = rows.map((row) => (row[field.name] ?? null) as PrimitiveValue | null);
    valueCounts.set(id, values.length);
    nullValueCounts.set(id, values.filter((value) => value === null).length);
    if (type.kind === "float" || type.kind === "double") {
      nanValueCounts.set(id, values.filter((value) => Number.isNaN(value)).length);
    }
    const [least, greatest] = extremes(type, values);
    const cut = coverage.bounds === "truncated" && (type.kind === "string" || type.kind === "binary");
    const lower = cut && least !== undefined ? truncateLowerBound(type, least, coverage.length) : least;
    const upper =
      cut && greatest !== undefined ? truncateUpperBound(type, greatest, coverage.length) : greatest;
    if (lower !== undefined) lowerBounds.set(id, encodeValue(type, lower));
    if (upper !== undefined) upperBounds.set(id, encodeValue(type, upper));
  }
  return {
    recordCount: rows.length,
    ...(coverage.counts !== "none" && { valueCounts }),
    ...(coverage.counts === "all" && { nullValueCounts }),
    ...(coverage.nans && { nanValueCounts }),
    ...(coverage.bounds !== "upper" && coverage.bounds !== "none" && { lowerBounds }),
    ...(coverage.bounds !== "lower" && coverage.bounds !== "none" && { upperBounds }),
  };
}

/** The summaries of a manifest whose entries have these partitions; `nanKnown` is whether NaNs were counted. */
export function summariesOf(
  fields: readonly Field[],
  tuples: readonly PartitionTuple[],
  nanKnown: boolean,
): FieldSummary[] {
  return fields.map((field, at) => {
    const type = field.type as PrimitiveType;
    const values = tuples.map((tuple) => tuple[at] ?? null);
    const [least, greatest] = extremes(type, values);
    return {
      containsNull: values.includes(null),
      ...(nanKnown && { containsNan: values.some((value) => Number.isNaN(value)) }),
      ...(least !== undefined && { lowerBound: encodeValue(type, least) }),
      ...(greatest !== undefined && { upperBound: encodeValue(type, greatest) }),
    };
  });
}

/** The least and the greatest value but null and NaN; -0 is below 0 in bounds, whatever order the values come in. */
function extremes(
  type: PrimitiveType,
  values: readonly (PrimitiveValue | null)[],
): readonly [PrimitiveValue?, PrimitiveValue?] {
  let least: PrimitiveValue | undefined;
  let greatest: PrimitiveValue | undefined;
  for (const value of values) {
    if (value === null || Number.isNaN(value)) continue;
    if (least === undefined || below(type, value, least)) least = value;
    if (greatest === undefined || below(type, greatest, value)) greatest = value;
  }
  return least === undefined || greatest === undefined ? [] : [least, greatest];
}

function below(type: PrimitiveType, a: PrimitiveValue, b: PrimitiveValue): boolean {
  if (a === 0 && b === 0) return Object.is(a, -0) && !Object.is(b, -0);
  return compared(type, a, literalOf(type, b) as never)! < 0;
}
