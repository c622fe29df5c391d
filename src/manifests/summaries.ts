/** Partition summaries of a manifest: bounds per partition field. Spec: Manifest Lists, field_summary; MAN-043 to 045. @module */
import type { PartitionTuple } from "../partitioning/index.ts";
import type { Field, PrimitiveType, PrimitiveValue } from "../schema/index.ts";
import { compareValues, encodeValue, type FieldSummary } from "../values/index.ts";

/** Gathers summaries tuple by tuple. */
export interface PartitionSummarizer {
  add(tuple: PartitionTuple): void;
  /** One summary per field, in their order. */
  finish(): FieldSummary[];
}

/**
 * Summarises partition values: null and NaN are flags and never bounds; -0.0 sorts before +0.0; bounds are exact
 * (MAN-044). `fields` are the partition fields of the spec, tuples stand in their order.
 */
export function summarizePartitions(
  fields: readonly Field[],
  tuples: Iterable<PartitionTuple>,
): FieldSummary[] {
  const summarizer = partitionSummarizer(fields);
  for (const tuple of tuples) summarizer.add(tuple);
  return summarizer.finish();
}

/** The same, fed one tuple at a time. */
export function partitionSummarizer(fields: readonly Field[]): PartitionSummarizer {
  const columns = fields.map((field) => columnSummarizer(field));
  let last: PartitionTuple | undefined;
  return {
    add(tuple) {
      // Files of one commit often share the tuple itself.
      if (tuple === last) return;
      last = tuple;
      for (let i = 0; i < columns.length; i++) columns[i]!.add(tuple[i] ?? null);
    },
    finish: () => columns.map((column) => column.finish()),
  };
}

interface ColumnSummarizer {
  add(value: PrimitiveValue | null): void;
  finish(): FieldSummary;
}

function columnSummarizer(field: Field): ColumnSummarizer {
  const type = field.type as PrimitiveType;
  const unknown = type.kind === "unknown";
  const compare = unknown ? () => 0 : compareValues(type);
  let containsNull = false;
  let containsNan = false;
  let lower: PrimitiveValue | undefined;
  let upper: PrimitiveValue | undefined;
  return {
    add(value) {
      if (value === null) {
        containsNull = true;
      } else if (typeof value === "number" && Number.isNaN(value)) {
        containsNan = true;
      } else if (lower === undefined || upper === undefined) {
        lower = value;
        upper = value;
      } else if (value !== lower || value === 0) {
        if (compare(value, lower) < 0) lower = value;
        if (compare(value, upper) > 0) upper = value;
      }
    },
    finish: () => ({
      containsNull,
      containsNan,
      ...(lower === undefined || unknown ? {} : { lowerBound: encodeValue(type, lower) }),
      ...(upper === undefined || unknown ? {} : { upperBound: encodeValue(type, upper) }),
    }),
  };
}
