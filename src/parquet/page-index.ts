/**
 * Column indexes and offset indexes: where pages are, and which of them may hold wanted rows. Spec: Parquet format,
 * Page Index.
 * @module
 */
import { IcebergError } from "../base/index.ts";
import { isPrimitive, type Schema } from "../schema/index.ts";
import { readThrift } from "./hyparquet.ts";
import { intersectRanges, normalizeRanges, type RowRange } from "./row-ranges.ts";
import { chunkStatistics } from "./statistics.ts";
import type { ColumnStatistics, ParquetChunk, ParquetRowGroup } from "./types.ts";

/** Where one data page is, or several that begin at the same row. */
export interface PageSpan {
  /** In the file, at the page's header. */
  readonly start: number;
  readonly end: number;
  /** First row, counted within the row group. */
  readonly firstRow: number;
}

/**
 * The pages of a chunk from its offset index.
 * @throws IcebergError `corrupt-file` when they are not in order or lie outside the chunk
 */
export function readOffsetIndex(
  bytes: Uint8Array,
  chunk: ParquetChunk,
  rowCount: number,
): readonly PageSpan[] {
  const limit = chunk.start + chunk.compressedSize;
  const spans: PageSpan[] = [];
  for (const location of readThrift(bytes, 0).fields.structs(1)) {
    const start = location.required(1, "page offset");
    const end = start + location.required(2, "page size");
    const firstRow = location.required(3, "first row of a page");
    const before = spans.at(-1);
    // Arrow writes pages without entries into columns that repeat: what begins at one row is one span.
    const joins = chunk.leaf.maxRepetition > 0 && before?.firstRow === firstRow;
    const inOrder =
      before === undefined ? firstRow === 0 : start >= before.end && (joins || firstRow > before.firstRow);
    if (!inOrder || start < chunk.start || end < start || end > limit || firstRow >= rowCount) {
      throw damaged(chunk, "offset index");
    }
    if (joins) spans[spans.length - 1] = { ...before, end };
    else spans.push({ start, end, firstRow });
  }
  if (spans.length === 0) throw damaged(chunk, "offset index");
  return spans;
}

/** Statistics of each page of a chunk, in order, from its column index. */
export function readColumnIndex(
  bytes: Uint8Array,
  chunk: ParquetChunk,
  pages: readonly PageSpan[],
  rowCount: number,
  schema: Schema,
): readonly (ColumnStatistics | undefined)[] {
  const { fields } = readThrift(bytes, 0);
  const nullPages = fields.booleans(1);
  const minima = fields.byteArrays(2);
  const maxima = fields.byteArrays(3);
  const nullCounts = fields.numbers(5);
  if ([nullPages, minima, maxima].some((list) => list.length !== pages.length)) {
    throw damaged(chunk, "column index");
  }
  return pages.map((page, i) => {
    const rows = (pages[i + 1]?.firstRow ?? rowCount) - page.firstRow;
    const allNull = nullPages[i]!;
    const nullCount = allNull ? rows : nullCounts[i];
    return chunkStatistics({ ...chunk, valueCount: rows }, schema, {
      ...(!allNull && { min: minima[i]!, max: maxima[i]! }),
      ...(nullCount !== undefined && { nullCount }),
    });
  });
}

/** The pages of one column with what is known of each. */
export interface IndexedColumn {
  readonly fieldId: number;
  readonly pages: readonly PageSpan[];
  readonly statistics: readonly (ColumnStatistics | undefined)[];
}

/**
 * The rows of a group that may be wanted: it is cut wherever a page of any of the columns begins, and each piece is
 * judged by the pages it lies in. Columns without an index keep the statistics of the whole group.
 */
export function keptRows(
  rowGroup: ParquetRowGroup,
  columns: readonly IndexedColumn[],
  groupStatistics: ReadonlyMap<number, ColumnStatistics>,
  keep: (statistics: ReadonlyMap<number, ColumnStatistics>, rows: RowRange) => boolean,
): readonly RowRange[] {
  const cuts = new Set([rowGroup.rowCount]);
  for (const { pages } of columns) for (const { firstRow } of pages) cuts.add(firstRow);
  const borders = [...cuts].sort((a, b) => a - b);
  const kept: RowRange[] = [];
  const at = columns.map(() => 0);
  for (let i = 0; i + 1 < borders.length; i++) {
    const [start, end] = [borders[i]!, borders[i + 1]!];
    const statistics = new Map(groupStatistics);
    columns.forEach(({ fieldId, pages, statistics: known }, c) => {
      while (at[c]! + 1 < pages.length && pages[at[c]! + 1]!.firstRow <= start) at[c]!++;
      const page = known[at[c]!];
      if (page !== undefined) statistics.set(fieldId, page);
    });
    const rows = { start: rowGroup.rowStart + start, end: rowGroup.rowStart + end };
    if (keep(statistics, rows)) kept.push({ start, end });
  }
  return normalizeRanges(kept);
}

/** Rows of a group within file-wide ranges, counted from the group's first. */
export function rowsWithin(rowGroup: ParquetRowGroup, ranges: readonly RowRange[]): readonly RowRange[] {
  const { rowStart, rowCount } = rowGroup;
  const shifted = ranges.map(({ start, end }) => ({ start: start - rowStart, end: end - rowStart }));
  return intersectRanges(normalizeRanges(shifted), [{ start: 0, end: rowCount }]);
}

/** The chunk of a field that pages can be pruned by: a primitive column outside lists and maps, with both indexes. */
export function indexedChunk(
  rowGroup: ParquetRowGroup,
  fieldId: number,
  schema: Schema,
): ParquetChunk | undefined {
  const type = schema.findField(fieldId)?.type;
  if (type === undefined || !isPrimitive(type)) return undefined;
  return rowGroup.chunks.find(
    ({ leaf, columnIndex, offsetIndex }) =>
      leaf.fieldId === fieldId &&
      leaf.maxRepetition === 0 &&
      columnIndex?.length !== undefined &&
      offsetIndex?.length !== undefined,
  );
}

function damaged({ leaf }: ParquetChunk, what: string): IcebergError {
  const column = leaf.path.join(".");
  return new IcebergError("corrupt-file", `the ${what} of column ${column} is damaged`, {
    context: { column },
  });
}
