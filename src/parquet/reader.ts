/**
 * Reads the columns of a schema from one file, row group by row group, as batches of held values.
 * Spec: Column Projection; Appendix A Parquet; requirements PAR-014, PAR-041, PAR-052.
 * @module
 */
import { type AbortOptions, type ByteRange, IcebergError, type InputFile } from "../base/index.ts";
import type { Field, Schema } from "../schema/index.ts";
import type { ColumnValues } from "./column-array.ts";
import { type ColumnReader, columnReader, neededLeaves, type VectorReader } from "./column-reader.ts";
import { fetchedTail, readParquetFooter } from "./footer-reader.ts";
import { pageDecompressor } from "./page-codec.ts";
import {
  indexedChunk,
  keptRows,
  type PageSpan,
  readColumnIndex,
  readOffsetIndex,
  rowsWithin,
} from "./page-index.ts";
import type { ChunkSource } from "./page-reader.ts";
import { fetchRanges } from "./ranges.ts";
import { intersectRanges, type RowRange, touchesRange } from "./row-ranges.ts";
import { rowGroupStatistics } from "./statistics.ts";
import type { ParquetNode } from "./tree.ts";
import type {
  ByteSpan,
  ParquetBatch,
  ParquetChunk,
  ParquetFooter,
  ParquetRowGroup,
  ReadParquetOptions,
} from "./types.ts";
import type { ColumnVector } from "./vectors.ts";

const DEFAULT_BATCH_ROWS = 4096;

/**
 * Reads the wanted columns of the wanted rows. One row group is in memory at a time, compressed; values are decoded page by page.
 * @throws IcebergError `corrupt-file` naming file and column, `unsupported`, `unavailable` for a codec that is missing
 * @example
 * for await (const { columns, rowStart } of readParquet(file, { schema, signal })) …
 */
export async function* readParquet(
  file: InputFile,
  options: ReadParquetOptions,
): AsyncGenerator<ParquetBatch> {
  const { schema, extra = [], signal, batchSize = DEFAULT_BATCH_ROWS } = options;
  const footer = options.footer ?? (await readParquetFooter(file, options));
  const wanted = [...schema.fields, ...extra].map((field) => ({
    field,
    node: fileColumn(footer.root, field),
  }));
  for (const rowGroup of chosenGroups(footer, options)) {
    if (rowGroup.rowCount === 0) continue;
    signal?.throwIfAborted();
    const group: GroupRead = { file, footer, rowGroup, schema, options: { signal } };
    const rows = await inFile(file, () => chosenRows(group, options));
    if (rows.length === 0) continue;
    const readers = await inFile(file, async () => {
      const chunks = await fetchChunks(group, wanted, rows);
      const sources = { get: (leaf: number) => chunks.get(leaf), missingValue: options.missingValue };
      return wanted.map(({ field, node }) =>
        node === undefined ? undefined : columnReader(field, node, sources, options.vectors?.has(field)),
      );
    });
    try {
      for (const { start, end } of rows) {
        seek(file, readers, start);
        for (let at = start; at < end; at += batchSize) {
          signal?.throwIfAborted();
          const rowCount = Math.min(batchSize, end - at);
          yield { rowStart: rowGroup.rowStart + at, rowCount, ...readBatch(file, readers, rowCount) };
        }
      }
    } finally {
      for (const reader of readers) reader?.close();
    }
  }
}

/** A row group being read. */
interface GroupRead {
  readonly file: InputFile;
  readonly footer: ParquetFooter;
  readonly rowGroup: ParquetRowGroup;
  readonly schema: Schema;
  readonly options: AbortOptions;
}

/** The rows to read, counted within the group: those asked for, less those the page indexes rule out. */
async function chosenRows(group: GroupRead, options: ReadParquetOptions): Promise<readonly RowRange[]> {
  const { rowGroup, schema } = group;
  const { rowRanges, filterPages } = options;
  const all = [{ start: 0, end: rowGroup.rowCount }];
  const asked = rowRanges === undefined ? all : rowsWithin(rowGroup, rowRanges);
  if (filterPages === undefined || asked.length === 0) return asked;
  const chunks = filterPages.fieldIds
    .map((fieldId) => indexedChunk(rowGroup, fieldId, schema))
    .filter((chunk) => chunk !== undefined);
  if (chunks.length === 0) return asked;
  const indexes = await fetchSpans(
    group,
    chunks.flatMap(({ columnIndex, offsetIndex }) => [columnIndex!, offsetIndex!]),
  );
  const columns = chunks.map((chunk, i) => {
    const pages = readOffsetIndex(indexes[2 * i + 1]!, chunk, rowGroup.rowCount);
    const statistics = readColumnIndex(indexes[2 * i]!, chunk, pages, rowGroup.rowCount, schema);
    return { fieldId: chunk.leaf.fieldId!, pages, statistics };
  });
  const kept = keptRows(rowGroup, columns, rowGroupStatistics(rowGroup, schema), filterPages.keep);
  return intersectRanges(asked, kept);
}

/** The column of a field, by id; `undefined` when the file has none. `unknown` fields are never looked up (PAR-010). */
function fileColumn(root: ParquetNode, field: Field): ParquetNode | undefined {
  if (field.type.kind === "unknown") return undefined;
  return root.children.find((node) => node.fieldId === field.id);
}

function chosenGroups(footer: ParquetFooter, options: ReadParquetOptions): readonly ParquetRowGroup[] {
  const { rowGroups, filterRowGroups, schema } = options;
  const chosen =
    rowGroups === undefined
      ? footer.rowGroups
      : footer.rowGroups.filter((rowGroup) => rowGroups.includes(rowGroup.index));
  if (filterRowGroups === undefined) return chosen;
  return chosen.filter((rowGroup) => filterRowGroups(rowGroupStatistics(rowGroup, schema), rowGroup));
}

interface Wanted {
  readonly field: Field;
  readonly node: ParquetNode | undefined;
}

async function fetchChunks(
  group: GroupRead,
  wanted: readonly Wanted[],
  rows: readonly RowRange[],
): Promise<ReadonlyMap<number, ChunkSource>> {
  const { rowGroup } = group;
  const leaves = new Set(wanted.flatMap(({ field, node }) => (node ? neededLeaves(field, node) : [])));
  const chunks = [...leaves].map((leaf) => rowGroup.chunks[leaf.leafIndex]!);
  for (const chunk of chunks) checkCount(chunk, rowGroup);
  const pages = await fetchPageSpans(group, chunks, rows);
  const ranges = chunks.map((chunk, i) => rangesOf(chunk, pages[i], rows));
  const parts = await fetchBytes(group, ranges.flat());
  const sources = new Map<number, ChunkSource>();
  let next = 0;
  for (const [i, chunk] of chunks.entries()) {
    const windows = ranges[i]!.map(({ start }) => ({ start, bytes: parts[next++]! }));
    const decompress = await pageDecompressor(chunk.codec);
    sources.set(chunk.leaf.leafIndex, { chunk, windows, decompress, pages: pages[i] });
  }
  return sources;
}

/** Where the pages of each chunk are, looked up only when part of the group is read. */
async function fetchPageSpans(
  group: GroupRead,
  chunks: readonly ParquetChunk[],
  rows: readonly RowRange[],
): Promise<readonly (readonly PageSpan[] | undefined)[]> {
  const { rowCount } = group.rowGroup;
  const [first] = rows;
  const isWhole = rows.length === 1 && first!.start === 0 && first!.end === rowCount;
  const indexed = isWhole ? [] : chunks.filter(({ offsetIndex }) => offsetIndex?.length !== undefined);
  const bytes = await fetchSpans(
    group,
    indexed.map(({ offsetIndex }) => offsetIndex!),
  );
  const found = new Map(
    indexed.map((chunk, i) => [chunk, readOffsetIndex(bytes[i]!, chunk, rowCount)] as const),
  );
  return chunks.map((chunk) => found.get(chunk));
}

/** The bytes to fetch of a chunk: all of it, or its dictionary and the pages that hold wanted rows. */
function rangesOf(
  { start, compressedSize }: ParquetChunk,
  pages: readonly PageSpan[] | undefined,
  rows: readonly RowRange[],
): readonly ByteRange[] {
  if (pages === undefined) return [{ start, end: start + compressedSize }];
  const first = pages[0]!.start;
  const needed = pages.filter(({ firstRow }, i) =>
    touchesRange(rows, firstRow, pages[i + 1]?.firstRow ?? Number.POSITIVE_INFINITY),
  );
  return start < first ? [{ start, end: first }, ...needed] : needed;
}

async function fetchSpans(group: GroupRead, spans: readonly ByteSpan[]): Promise<readonly Uint8Array[]> {
  const { fileSizeInBytes } = group.footer;
  const ranges = spans.map(({ offset, length = 0 }) => ({ start: offset, end: offset + length }));
  if (ranges.some(({ start, end }) => start < 4 || end < start || end > fileSizeInBytes)) {
    throw new IcebergError("corrupt-file", "a page index lies outside the file");
  }
  return fetchBytes(group, ranges);
}

/** Bytes of ranges, without a request when they came along with the footer. */
async function fetchBytes(
  { file, footer, options }: GroupRead,
  ranges: readonly ByteRange[],
): Promise<readonly Uint8Array[]> {
  const tail = fetchedTail(footer);
  if (tail === undefined || ranges.some(({ start }) => start < tail.start)) {
    return fetchRanges(file, ranges, options);
  }
  return ranges.map(({ start, end }) => tail.bytes.subarray(start - tail.start, end - tail.start));
}

function checkCount({ leaf, valueCount }: ParquetChunk, { rowCount }: ParquetRowGroup): void {
  const fits = leaf.maxRepetition === 0 ? valueCount === rowCount : valueCount >= rowCount;
  if (fits) return;
  const column = leaf.path.join(".");
  throw new IcebergError(
    "corrupt-file",
    `column ${column} has ${valueCount} values in a row group of ${rowCount} rows`,
    { context: { column } },
  );
}

function seek(
  file: InputFile,
  readers: readonly (ColumnReader | VectorReader | undefined)[],
  row: number,
): void {
  if (row === 0) return;
  try {
    for (const reader of readers) reader?.seek(row);
  } catch (error) {
    throw named(file, error);
  }
}

function readBatch(
  file: InputFile,
  readers: readonly (ColumnReader | VectorReader | undefined)[],
  rowCount: number,
): Pick<ParquetBatch, "columns" | "vectors"> {
  try {
    const read = readers.map((reader) => reader?.read(rowCount));
    if (!read.some(isVector)) return { columns: read as ParquetBatch["columns"] };
    return {
      columns: read.map((column) => (isVector(column) ? undefined : column)),
      vectors: read.map((column) => (isVector(column) ? column : undefined)),
    };
  } catch (error) {
    throw named(file, error);
  }
}

function isVector(column: ColumnValues | ColumnVector | undefined): column is ColumnVector {
  return column !== undefined && "kind" in column;
}

async function inFile<T>(file: InputFile, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw named(file, error);
  }
}

/** Errors of decoding get the file's name; anything a decoder throws unforeseen is damage it stumbled over. */
function named(file: InputFile, error: unknown): unknown {
  if (error instanceof IcebergError) {
    if (error.message.includes(file.location)) return error;
    const message = `Cannot read ${file.location}: ${error.message}`;
    return new IcebergError(error.code, message, {
      retryable: error.retryable,
      context: { ...error.context, file: file.location },
      cause: error.cause ?? error,
    });
  }
  if (error instanceof RangeError || error instanceof TypeError || isDecoderError(error)) {
    return new IcebergError(
      "corrupt-file",
      `Cannot read ${file.location}: a page is damaged: ${(error as Error).message}`,
      { context: { file: file.location }, cause: error },
    );
  }
  return error;
}

/** Plain errors come from hyparquet's decoders; an abort reason is a DOMException or the caller's own. */
function isDecoderError(error: unknown): error is Error {
  return error instanceof Error && error.constructor === Error;
}
