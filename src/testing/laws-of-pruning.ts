/**
 * Laws of pruning: what is skipped holds no matching row, what must match matches. Each takes functions of the planner
 * under test, which may be anybody's. Spec: Scan Planning.
 * @module
 */
import fc from "fast-check";
import type { Expression, FileMetrics } from "../expressions/index.ts";
import { type PartitionSpec, type PartitionTuple, partitionFields } from "../partitioning/index.ts";
import type { PrimitiveValue, Schema, StructValue } from "../schema/index.ts";
import type { FieldSummary } from "../values/index.ts";
import { arbitraryMetricsCoverage, metricsOfRows, summariesOf } from "./column-metrics.ts";
import { arbitraryFilteredRows, partitionOf } from "./filtered-rows.ts";
import { demand, type LawOptions, tryLaw } from "./law.ts";
import { predicateHolds } from "./oracle.ts";

/** How far a law of projections goes. */
export interface ProjectionLawOptions extends LawOptions {
  /**
   * Whether partitions written by old engines have to be borne, which rounded times before 1970 up instead of down, so
   * that a stored ordinal may be one off (as Java bears them). Default false.
   */
  readonly roundedUp?: boolean;
}

/** Which partitions a filter may, or must, match. */
export type Projection = (
  filter: Expression,
  spec: PartitionSpec,
  schema: Schema,
) => (partition: PartitionTuple) => boolean;

/**
 * A row that matches the filter lies in a partition that matches the projection, for every transform and type
 * (SCN-009, SCN-013 to SCN-018; P17).
 * @example
 * checkInclusiveProjection({
 *   project: (filter, spec, schema) => partitionEvaluator(inclusiveProjection(bind(filter, schema), spec, schema)),
 * });
 */
export function checkInclusiveProjection(
  planner: { readonly project: Projection },
  { roundedUp = false, ...options }: ProjectionLawOptions = {},
): number {
  return tryLaw(
    fc.property(arbitraryFilteredRows(), ({ schema, spec, rows, filter }) => {
      const mayMatch = planner.project(filter, spec, schema);
      for (const row of rows) {
        if (!predicateHolds(filter, schema, row)) continue;
        for (const partition of storedPartitions(spec, schema, row, roundedUp)) {
          demand(mayMatch(partition), () => `${fc.stringify(row)} matches, its partition is skipped`);
        }
      }
    }),
    options,
  );
}

/** Every row of a partition that matches the strict projection matches the filter (SCN-009, SCN-013 to SCN-018; P18). */
export function checkStrictProjection(
  planner: { readonly project: Projection },
  { roundedUp = false, ...options }: ProjectionLawOptions = {},
): number {
  return tryLaw(
    fc.property(arbitraryFilteredRows(), ({ schema, spec, rows, filter }) => {
      const mustMatch = planner.project(filter, spec, schema);
      for (const row of rows) {
        if (predicateHolds(filter, schema, row)) continue;
        for (const partition of storedPartitions(spec, schema, row, roundedUp)) {
          demand(
            !mustMatch(partition),
            () => `${fc.stringify(row)} does not match, its partition is taken whole`,
          );
        }
      }
    }),
    options,
  );
}

/** The residual says of a partition's rows what the filter says (SCN-049; P19). */
export function checkResiduals(
  planner: {
    readonly residual: (
      filter: Expression,
      spec: PartitionSpec,
      schema: Schema,
      partition: PartitionTuple,
    ) => (row: StructValue) => boolean;
  },
  { roundedUp = false, ...options }: ProjectionLawOptions = {},
): number {
  return tryLaw(
    fc.property(arbitraryFilteredRows(), ({ schema, spec, rows, filter }) => {
      for (const row of rows) {
        const expected = predicateHolds(filter, schema, row);
        for (const partition of storedPartitions(spec, schema, row, roundedUp)) {
          const residual = planner.residual(filter, spec, schema, partition);
          demand(
            residual(row) === expected,
            () => `of ${fc.stringify(row)} the filter says ${expected}, the residual does not`,
          );
        }
      }
    }),
    options,
  );
}

/** A manifest with a file that has a matching row is kept, whatever its summaries leave out (SCN-029; P21). */
export function checkManifestPruning(
  planner: {
    readonly mayMatch: (
      filter: Expression,
      spec: PartitionSpec,
      schema: Schema,
    ) => (summaries: readonly FieldSummary[] | undefined) => boolean;
  },
  options?: LawOptions,
): number {
  return tryLaw(
    fc.property(arbitraryFilteredRows(), fc.boolean(), ({ schema, spec, rows, filter }, nanKnown) => {
      if (!rows.some((row) => predicateHolds(filter, schema, row))) return;
      const partition = partitionOf(spec, schema);
      const tuples = rows.map((row) => partition(row)!);
      const mayMatch = planner.mayMatch(filter, spec, schema);
      const summaries = summariesOf(partitionFields(spec, schema), tuples, nanKnown);
      demand(mayMatch(summaries), "a manifest with a matching row is skipped");
      demand(mayMatch(undefined), "a manifest without summaries is skipped: nothing is known of it");
    }),
    options,
  );
}

/** Judges a file by its metrics. */
export type MetricsFilter = (filter: Expression, schema: Schema) => (metrics: FileMetrics) => boolean;

/** A file with a matching row is kept, whatever its metrics leave out (SCN-035 to SCN-043; P20). */
export function checkInclusiveMetrics(
  planner: { readonly mayMatch: MetricsFilter },
  options?: LawOptions,
): number {
  return tryLaw(
    fc.property(arbitraryFilteredRows(), arbitraryMetricsCoverage(), ({ schema, rows, filter }, coverage) => {
      if (!rows.some((row) => predicateHolds(filter, schema, row))) return;
      const metrics = metricsOfRows(schema, rows, coverage);
      demand(planner.mayMatch(filter, schema)(metrics), "a file with a matching row is skipped");
    }),
    options,
  );
}

/** A file whose metrics prove that all rows match has no other row (SCN-044 to SCN-047; P20). */
export function checkStrictMetrics(
  planner: { readonly mustMatch: MetricsFilter },
  options?: LawOptions,
): number {
  return tryLaw(
    fc.property(arbitraryFilteredRows(), arbitraryMetricsCoverage(), ({ schema, rows, filter }, coverage) => {
      if (rows.every((row) => predicateHolds(filter, schema, row))) return;
      const metrics = metricsOfRows(schema, rows, coverage);
      demand(!planner.mustMatch(filter, schema)(metrics), "a file with another row is taken whole");
    }),
    options,
  );
}

/** Every partition some writer may have stored for a row. */
function storedPartitions(
  spec: PartitionSpec,
  schema: Schema,
  row: StructValue,
  roundedUp: boolean,
): PartitionTuple[] {
  const right = partitionOf(spec, schema)(row);
  if (right === undefined) return [];
  if (!roundedUp) return [right];
  const choices = spec.fields.map(({ sourceId, transform }, at): readonly (PrimitiveValue | null)[] => {
    const value = right[at] ?? null;
    const source = schema.findField(sourceId)!.type.kind;
    const isTime = ["year", "month", "day", "hour"].includes(transform.kind);
    if (!isTime || typeof value !== "number" || value >= 0) return [value];
    if (source === "date") return transform.kind === "day" ? [value] : [value, value + 1];
    return [value, value + 1, value - 1];
  });
  return choices.reduce<PartitionTuple[]>(
    (tuples, values) => tuples.flatMap((tuple) => values.map((value) => [...tuple, value])),
    [[]],
  );
}
