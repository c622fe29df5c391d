/** Row-group statistics as held values, for pruning. Spec: Parquet format, Statistics; PAR-032 to PAR-038. @module */
import { IcebergError } from "../base/index.ts";
import { isPrimitive, type PrimitiveType, type PrimitiveValue, type Schema } from "../schema/index.ts";
import { conversionOf, convertOne } from "./conversion.ts";
import type { ParquetNode } from "./tree.ts";
import type { ColumnStatistics, ParquetChunk, ParquetRowGroup, RawStatistics } from "./types.ts";

/**
 * Statistics of the schema's primitive columns that the row group has, by field id; fields inside lists and maps are
 * left out. A column whose stored type does not fit is left out too: reading it will say why.
 */
export function rowGroupStatistics(
  rowGroup: ParquetRowGroup,
  schema: Schema,
): ReadonlyMap<number, ColumnStatistics> {
  const statistics = new Map<number, ColumnStatistics>();
  for (const chunk of rowGroup.chunks) {
    const known = chunkStatistics(chunk, schema, chunk.statistics);
    if (known !== undefined) statistics.set(chunk.leaf.fieldId!, known);
  }
  return statistics;
}

/** Raw statistics of a chunk, or of one of its pages, as held values; `undefined` when the column is left out. */
export function chunkStatistics(
  { leaf, valueCount }: Pick<ParquetChunk, "leaf" | "valueCount">,
  schema: Schema,
  raw: RawStatistics | undefined,
): ColumnStatistics | undefined {
  if (leaf.fieldId === undefined || leaf.maxRepetition > 0) return undefined;
  const type = schema.findField(leaf.fieldId)?.type;
  if (type === undefined || !isPrimitive(type) || !fits(leaf, type)) return undefined;
  const bounds = raw === undefined ? {} : boundsOf(leaf, type, raw);
  const bounded = bounds.lower !== undefined && bounds.upper !== undefined;
  const nullCount = raw?.nullCount;
  return {
    type,
    valueCount,
    ...(nullCount !== undefined && { nullCount }),
    ...bounds,
    exact: bounded && raw?.minExact === true && raw.maxExact === true,
  };
}

function fits(leaf: ParquetNode, type: PrimitiveType): boolean {
  try {
    conversionOf(leaf, type);
    return true;
  } catch (error) {
    if (error instanceof IcebergError) return false;
    throw error;
  }
}

interface HeldBounds {
  readonly lower?: PrimitiveValue;
  readonly upper?: PrimitiveValue;
}

function boundsOf(leaf: ParquetNode, type: PrimitiveType, raw: RawStatistics): HeldBounds {
  // WKB has no order worth pruning by, INT96 none that writers agree on (PAR-037, PAR-038).
  if (type.kind === "geometry" || type.kind === "geography" || leaf.physical === "INT96") return {};
  if (type.kind === "string") return textBounds(raw);
  const lower = heldBound(leaf, type, raw.min);
  const upper = heldBound(leaf, type, raw.max);
  // A NaN among the bounds means the writer compared carelessly: neither can be trusted (PAR-035).
  if (Number.isNaN(lower) || Number.isNaN(upper)) return {};
  return {
    ...(lower !== undefined && { lower: lower === 0 ? -0 : lower }),
    ...(upper !== undefined && { upper: upper === 0 ? 0 : upper }),
  };
}

function heldBound(
  leaf: ParquetNode,
  type: PrimitiveType,
  bytes: Uint8Array | undefined,
): PrimitiveValue | undefined {
  if (bytes === undefined) return undefined;
  const width = WIDTHS[leaf.physical!];
  if (width !== undefined && bytes.length !== width) return undefined;
  return convertOne(leaf, type, bytes);
}

const WIDTHS: Readonly<Record<string, number | undefined>> = {
  BOOLEAN: 1,
  INT32: 4,
  INT64: 8,
  FLOAT: 4,
  DOUBLE: 8,
};

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Writers may cut text within a character: a cut minimum is shortened to whole ones, a cut maximum is dropped. */
function textBounds({ min, max }: RawStatistics): HeldBounds {
  const lower = min && [0, 1, 2, 3].map((cut) => textOf(min, cut)).find((text) => text !== undefined);
  const upper = max && textOf(max, 0);
  return { ...(lower !== undefined && { lower }), ...(upper !== undefined && { upper }) };
}

function textOf(bytes: Uint8Array, cut: number): string | undefined {
  if (cut > bytes.length) return undefined;
  try {
    return strict.decode(bytes.subarray(0, bytes.length - cut));
  } catch {
    return undefined;
  }
}
