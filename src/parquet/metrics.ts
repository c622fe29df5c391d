/** Column metrics of a file from its chunks. Spec: Manifests, data_file; requirements MAN-065 to MAN-073. @module */
import type { PrimitiveType } from "../schema/index.ts";
import {
  type ColumnMetrics,
  compareValues,
  encodeValue,
  type MetricsMode,
  truncateLowerBound,
  truncateUpperBound,
} from "../values/index.ts";
import { Bounds } from "./bounds.ts";
import type { WrittenChunk } from "./column-writer.ts";
import type { Leaf } from "./layout.ts";

/** Sums of one leaf over the chunks of a file. */
export class LeafMetrics {
  readonly leaf: Leaf;
  readonly bounds = new Bounds();
  size = 0;
  valueCount = 0;
  nullCount = 0;
  nanCount = 0;

  constructor(leaf: Leaf) {
    this.leaf = leaf;
  }

  add(chunk: WrittenChunk): void {
    this.size += chunk.compressedSize;
    this.valueCount += chunk.valueCount;
    this.nullCount += chunk.nullCount;
    this.nanCount += chunk.nanCount;
    const { min, max } = chunk.bounds;
    this.bounds.merge(min, max, compareValues(this.leaf.type as PrimitiveType));
  }
}

/** The metrics a manifest records, as far as each column's mode asks for them. */
export function metricsOf(
  leaves: readonly LeafMetrics[],
  modeOf: (fieldId: number) => MetricsMode,
): ColumnMetrics {
  const columnSizes = new Map<number, number>();
  const valueCounts = new Map<number, number>();
  const nullValueCounts = new Map<number, number>();
  const nanValueCounts = new Map<number, number>();
  const lowerBounds = new Map<number, Uint8Array>();
  const upperBounds = new Map<number, Uint8Array>();
  for (const metrics of leaves) {
    const { fieldId, node } = metrics.leaf;
    if (fieldId === undefined) continue;
    const type = metrics.leaf.type as PrimitiveType;
    const mode = modeOf(fieldId);
    if (mode.kind === "none") continue;
    columnSizes.set(fieldId, metrics.size);
    // Below a list or map a count is of elements, which nobody asks for (MAN-073).
    if (node.maxRepetition > 0) continue;
    valueCounts.set(fieldId, metrics.valueCount);
    nullValueCounts.set(fieldId, metrics.nullCount);
    if (type.kind === "float" || type.kind === "double") nanValueCounts.set(fieldId, metrics.nanCount);
    const { min, max } = metrics.bounds;
    if (mode.kind === "counts" || min === undefined || max === undefined) continue;
    const cut = mode.kind === "truncate";
    const lower = cut ? truncateLowerBound(type, min, mode.length) : min;
    const upper = cut ? truncateUpperBound(type, max, mode.length) : max;
    lowerBounds.set(fieldId, encodeValue(type, lower));
    // No upper bound of that length exists for text of U+10FFFF or bytes of 0xFF (MAN-068).
    if (upper !== undefined) upperBounds.set(fieldId, encodeValue(type, upper));
  }
  return { columnSizes, valueCounts, nullValueCounts, nanValueCounts, lowerBounds, upperBounds };
}
