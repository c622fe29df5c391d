/**
 * Column metrics of a file somebody else wrote, from its footer. Spec: Manifests, data_file; requirements PAR-031 to
 * PAR-039.
 * @module
 */
import { isPrimitive, type PrimitiveType, type PrimitiveValue, type Schema } from "../schema/index.ts";
import {
  type ColumnMetrics,
  compareValues,
  DEFAULT_METRICS_MODE,
  encodeValue,
  type MetricsMode,
  truncateLowerBound,
  truncateUpperBound,
} from "../values/index.ts";
import { Bounds } from "./bounds.ts";
import { rowGroupStatistics } from "./statistics.ts";
import type { ColumnStatistics, ParquetFooter } from "./types.ts";

/**
 * What a manifest may record of an imported file. A column that lacks statistics in any row group gets neither counts
 * nor bounds (PAR-032); NaN counts are not in footers and stay unknown (PAR-035).
 * @param modeOf how much is recorded of a column; default `truncate(16)`
 */
export function footerMetrics(
  footer: ParquetFooter,
  schema: Schema,
  modeOf: (fieldId: number) => MetricsMode = () => DEFAULT_METRICS_MODE,
): ColumnMetrics {
  const columnSizes = new Map<number, number>();
  const valueCounts = new Map<number, number>();
  const nullValueCounts = new Map<number, number>();
  const lowerBounds = new Map<number, Uint8Array>();
  const upperBounds = new Map<number, Uint8Array>();
  const groups = footer.rowGroups.map((rowGroup) => rowGroupStatistics(rowGroup, schema));
  for (const { fieldId, leafIndex, maxRepetition, physical } of footer.leaves) {
    const type = fieldId === undefined ? undefined : schema.findField(fieldId)?.type;
    if (fieldId === undefined || type === undefined || !isPrimitive(type)) continue;
    const mode = modeOf(fieldId);
    // INT96 has no order that writers agree on (PAR-038).
    if (mode.kind === "none" || physical === "INT96") continue;
    const chunks = footer.rowGroups.map((rowGroup) => rowGroup.chunks[leafIndex]!);
    columnSizes.set(
      fieldId,
      chunks.reduce((sum, chunk) => sum + chunk.compressedSize, 0),
    );
    // Below a list or map a count is of elements, which nobody asks for (MAN-073).
    if (maxRepetition > 0) continue;
    const known = groups.map((group) => group.get(fieldId)).filter((one) => one?.nullCount !== undefined);
    if (known.length < groups.length) continue;
    const all = known as readonly Known[];
    valueCounts.set(fieldId, sumOf(all, "valueCount"));
    nullValueCounts.set(fieldId, sumOf(all, "nullCount"));
    if (mode.kind === "counts") continue;
    const cut = mode.kind === "truncate" ? mode.length : undefined;
    const { lower, upper } = boundsOf(all, type);
    if (lower !== undefined) {
      lowerBounds.set(fieldId, encodeValue(type, cut ? truncateLowerBound(type, lower, cut) : lower));
    }
    const upperBound = upper !== undefined && cut ? truncateUpperBound(type, upper, cut) : upper;
    if (upperBound !== undefined) upperBounds.set(fieldId, encodeValue(type, upperBound));
  }
  return { columnSizes, valueCounts, nullValueCounts, lowerBounds, upperBounds };
}

type Known = ColumnStatistics & { readonly nullCount: number };

function sumOf(all: readonly Known[], count: "valueCount" | "nullCount"): number {
  return all.reduce((sum, one) => sum + one[count], 0);
}

/** Bounds over all groups; a side is dropped when a group with values has none on it. */
function boundsOf(
  all: readonly Known[],
  type: PrimitiveType,
): { readonly lower: PrimitiveValue | undefined; readonly upper: PrimitiveValue | undefined } {
  const withValues = all.filter(({ valueCount, nullCount }) => nullCount < valueCount);
  const bounds = new Bounds();
  for (const { lower, upper } of withValues) bounds.merge(lower, upper, compareValues(type));
  return {
    lower: withValues.every(({ lower }) => lower !== undefined) ? bounds.min : undefined,
    upper: withValues.every(({ upper }) => upper !== undefined) ? bounds.max : undefined,
  };
}
