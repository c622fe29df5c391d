/**
 * The rows of a Parquet data file that may match a filter: row groups are left out by statistics and bloom filters,
 * stretches of rows by page indexes, and where a filter picks few rows, its own columns are read before the others; what
 * was fetched for them serves the second reading, too.
 * Spec: Appendix A Parquet; requirements PAR-040 to PAR-042, PAR-052.
 * @module
 */
import type { AbortOptions, ByteRange, InputFile } from "../base/index.ts";
import {
  type BoundExpression,
  columnIdsOf,
  evaluator,
  inclusiveMetricsEvaluator,
} from "../expressions/index.ts";
import type { DataFile } from "../manifests/index.ts";
import {
  bloomMayContain,
  type ColumnStatistics,
  type ParquetFooter,
  type ParquetRowGroup,
  type ReadParquetOptions,
  type RowRange,
  readParquet,
  readParquetFooter,
  rowGroupStatistics,
} from "../parquet/index.ts";
import type { ScanConjunct, ScanReporter } from "../planning/index.ts";
import { type Field, isPrimitive, Schema } from "../schema/index.ts";
import { type ColumnMetrics, encodeValue } from "../values/index.ts";
import type { FillColumns } from "./absent-columns.ts";
import { checkRowCount, type FileBatch, type FileRequest } from "./data-files.ts";
import { RememberedFile } from "./remembered-file.ts";

/** What is known of the rows wanted. */
export interface RowFilter {
  /** The schema the conjuncts are bound to. */
  readonly schema: Schema;
  readonly conjuncts: readonly ScanConjunct[];
  /** What must hold of every row; looks at the top-level columns `tested`. */
  readonly residual: BoundExpression;
  readonly tested: readonly Field[];
  /** Fills up the tested columns where the file lacks them. */
  readonly fill: FillColumns;
  readonly reporter: ScanReporter;
}

/** Rows that no filter needs to look at one by one are not worth a reading of their own below this share of a group. */
const FEW = 0.5;
/** Chosen rows closer than this are read as one stretch. */
const GAP_ROWS = 1024;
/** So few bytes are fetched at once: another request would cost more than it could save. */
const ONE_REQUEST = 64 * 1024;

/** The batches that may hold wanted rows, of the row groups whose middle lies in the request's range. */
export async function* filteredParquetBatches(
  file: DataFile,
  request: FileRequest,
  filter: RowFilter,
  options: AbortOptions,
): AsyncGenerator<FileBatch> {
  const { fieldIdOf, batchSize } = request;
  const input = new RememberedFile(request.io.open(file.filePath, file.fileSizeInBytes));
  const footer = await readParquetFooter(input, {
    ...options,
    fileSizeInBytes: file.fileSizeInBytes,
    ...(fieldIdOf && { fieldIdOf }),
  });
  checkRowCount(file, footer.rowCount);
  const { reporter } = filter;
  const schema = new Schema(request.fields);
  const base: ReadParquetOptions = {
    ...options,
    footer,
    schema,
    missingValue: request.missingValue,
    vectors: request.vectors,
    ...(request.extra && { extra: request.extra }),
    ...(batchSize !== undefined && { batchSize }),
  };
  const testedSchema = new Schema(filter.tested);
  const conjuncts = filter.conjuncts.map(judgeOf);
  const matches = evaluator(filter.residual);
  let picky = picksRows(filter.residual) && request.fields.length > filter.tested.length;
  for (const group of footer.rowGroups) {
    if (!isInRange(group, request.range)) continue;
    // Groups come one after the other, and then their indexes.
    input.forget(group.start);
    reporter.metrics.totalRowGroups++;
    const statistics = rowGroupStatistics(group, testedSchema);
    const excluded = conjuncts.find(
      ({ ids, mayMatch }) =>
        !mayMatch({ recordCount: group.rowCount, ...metricsOf(ids, filter.schema, statistics) }),
    );
    if (excluded !== undefined) {
      reporter.skip("row-group", "row-group-statistics", excluded.text, { files: 0, rows: group.rowCount });
      continue;
    }
    const missed = await missedByBlooms(input, footer, group, filter.conjuncts, options);
    if (missed !== undefined) {
      reporter.skip("row-group", "bloom-filter", missed, { files: 0, rows: group.rowCount });
      continue;
    }
    const filterPages = pageFilter(conjuncts, filter.schema, (text, rows) =>
      reporter.skip("page", "page-index", text, { files: 0, rows }),
    );
    const one: ReadParquetOptions = {
      ...base,
      rowGroups: [group.index],
      ...(filterPages && { filterPages }),
    };
    if (!picky) {
      yield* readParquet(input, one);
      continue;
    }
    const span = columnSpan(footer, group, [...request.fields, ...(request.extra ?? [])]);
    if (span !== undefined && input.missing(span) <= ONE_REQUEST) await input.read(span, options);
    const ranges = await matchingRanges(
      readParquet(input, { ...one, schema: testedSchema, extra: [], vectors: undefined }),
      filter,
      matches,
    );
    const count = ranges.reduce((sum, { start, end }) => sum + end - start, 0);
    if (count === 0) continue;
    // A filter that turns out not to pick is not asked again.
    picky = count < FEW * group.rowCount;
    if (!picky) yield* readParquet(input, one);
    else {
      const { filterPages: _, ...rest } = one;
      yield* readParquet(input, { ...rest, rowRanges: ranges });
    }
  }
}

/** From the first byte to the last of the columns that fields are read from; `undefined` when the file has none. */
function columnSpan(
  { root }: ParquetFooter,
  { chunks }: ParquetRowGroup,
  fields: readonly Field[],
): ByteRange | undefined {
  const ids = new Set(fields.map(({ id }) => id));
  const names = new Set(
    root.children.filter(({ fieldId }) => fieldId !== undefined && ids.has(fieldId)).map(({ name }) => name),
  );
  let [start, end] = [Number.POSITIVE_INFINITY, 0];
  for (const chunk of chunks) {
    if (!names.has(chunk.leaf.path[0]!)) continue;
    start = Math.min(start, chunk.start);
    end = Math.max(end, chunk.start + chunk.compressedSize);
  }
  return start < end ? { start, end } : undefined;
}

interface Judge {
  readonly text: string;
  readonly ids: readonly number[];
  readonly mayMatch: (metrics: ColumnMetrics & { readonly recordCount: number }) => boolean;
}

function judgeOf({ text, bound }: ScanConjunct): Judge {
  return { text, ids: [...columnIdsOf(bound)], mayMatch: inclusiveMetricsEvaluator(bound) };
}

/** Splits are made at row groups; one belongs where its middle lies, wherever the cuts are (as in parquet-java). */
function isInRange({ start, chunks }: ParquetRowGroup, range: ByteRange | undefined): boolean {
  if (range === undefined) return true;
  const size = chunks.reduce((sum, { compressedSize }) => sum + compressedSize, 0);
  const middle = start + Math.floor(size / 2);
  return middle >= range.start && middle < range.end;
}

/** The conjunct whose values no bloom filter of the group has; `undefined` when each may match. */
async function missedByBlooms(
  file: InputFile,
  footer: ParquetFooter,
  group: ParquetRowGroup,
  conjuncts: readonly ScanConjunct[],
  options: AbortOptions,
): Promise<string | undefined> {
  if (!group.chunks.some(({ bloomFilter }) => bloomFilter !== undefined)) return undefined;
  const mayMatch = async (bound: BoundExpression): Promise<boolean> => {
    switch (bound.op) {
      case "and":
        for (const operand of bound.operands) if (!(await mayMatch(operand))) return false;
        return true;
      case "or":
        for (const operand of bound.operands) if (await mayMatch(operand)) return true;
        return false;
      case "eq":
      case "in": {
        const { fieldId, transform, type } = bound.term;
        if (transform !== undefined || !isPrimitive(type)) return true;
        const values = "values" in bound ? bound.values : [bound.value];
        return bloomMayContain(file, footer, group, { fieldId, type, values }, options);
      }
      default:
        return true;
    }
  };
  for (const { text, bound } of conjuncts) if (!(await mayMatch(bound))) return text;
  return undefined;
}

/** Prunes stretches of rows by the same evaluators as files. */
function pageFilter(
  conjuncts: readonly Judge[],
  schema: Schema,
  skipped: (text: string, rows: number) => void,
): ReadParquetOptions["filterPages"] | undefined {
  const fieldIds = [...new Set(conjuncts.flatMap(({ ids }) => ids))];
  if (fieldIds.length === 0) return undefined;
  return {
    fieldIds,
    keep(statistics, { start, end }) {
      const recordCount = end - start;
      for (const { text, ids, mayMatch } of conjuncts) {
        if (mayMatch({ recordCount, ...metricsOf(ids, schema, statistics) })) continue;
        skipped(text, recordCount);
        return false;
      }
      return true;
    },
  };
}

/** Whether a filter is of the kind that picks out rows. */
function picksRows(residual: BoundExpression): boolean {
  switch (residual.op) {
    case "eq":
    case "in":
    case "starts-with":
      return true;
    case "and":
      return residual.operands.some(picksRows);
    case "or":
      return residual.operands.every(picksRows);
    default:
      return false;
  }
}

/** Stretches of the file with all rows that match, by the tested columns alone. */
async function matchingRanges(
  batches: AsyncIterable<FileBatch>,
  { tested, fill }: RowFilter,
  matches: (row: Readonly<Record<string, unknown>>) => boolean,
): Promise<readonly RowRange[]> {
  const ranges: { start: number; end: number }[] = [];
  const row: Record<string, unknown> = Object.create(null);
  for await (const { columns, rowStart, rowCount } of batches) {
    const values = fill(columns, rowCount);
    for (let at = 0; at < rowCount; at++) {
      for (let i = 0; i < tested.length; i++) row[tested[i]!.name] = values[i]![at];
      if (!matches(row)) continue;
      const place = rowStart + at;
      const last = ranges.at(-1);
      if (last !== undefined && place - last.end < GAP_ROWS) last.end = place + 1;
      else ranges.push({ start: place, end: place + 1 });
    }
  }
  return ranges;
}

function metricsOf(
  ids: readonly number[],
  schema: Schema,
  statistics: ReadonlyMap<number, ColumnStatistics>,
): ColumnMetrics {
  const valueCounts = new Map<number, number>();
  const nullValueCounts = new Map<number, number>();
  const lowerBounds = new Map<number, Uint8Array>();
  const upperBounds = new Map<number, Uint8Array>();
  for (const id of ids) {
    const column = statistics.get(id);
    const type = schema.findField(id)?.type;
    if (column === undefined || type === undefined || !isPrimitive(type)) continue;
    valueCounts.set(id, column.valueCount);
    if (column.nullCount !== undefined) nullValueCounts.set(id, column.nullCount);
    if (column.lower !== undefined) lowerBounds.set(id, encodeValue(type, column.lower));
    if (column.upper !== undefined) upperBounds.set(id, encodeValue(type, column.upper));
  }
  return { valueCounts, nullValueCounts, lowerBounds, upperBounds };
}
