/**
 * Reads the columns of a schema from one file, row group by row group, as batches of held values.
 * Spec: Column Projection; Appendix A Parquet; requirements PAR-014, PAR-041, PAR-052.
 * @module
 */
import { type AbortOptions, IcebergError, type InputFile } from "../base/index.ts";
import type { Field } from "../schema/index.ts";
import { type ChunkSource, type ColumnReader, columnReader, neededLeaves } from "./column-reader.ts";
import { readParquetFooter, wholeFile } from "./footer-reader.ts";
import { pageDecompressor } from "./page-codec.ts";
import { fetchRanges } from "./ranges.ts";
import { rowGroupStatistics } from "./statistics.ts";
import type { ParquetNode } from "./tree.ts";
import type {
  ParquetBatch,
  ParquetChunk,
  ParquetFooter,
  ParquetRowGroup,
  ReadParquetOptions,
} from "./types.ts";

const DEFAULT_BATCH_ROWS = 8192;

/**
 * Reads the wanted columns. One row group is in memory at a time, compressed; values are decoded page by page.
 * @throws IcebergError `corrupt-file` naming file and column, `unsupported`, `unavailable` for a codec that is missing
 * @example
 * for await (const { columns, rowStart } of readParquet(file, { schema, signal })) …
 */
export async function* readParquet(
  file: InputFile,
  options: ReadParquetOptions,
): AsyncGenerator<ParquetBatch> {
  const { schema, signal, batchSize = DEFAULT_BATCH_ROWS } = options;
  const footer = options.footer ?? (await readParquetFooter(file, options));
  const wanted = schema.fields.map((field) => ({ field, node: fileColumn(footer.root, field) }));
  for (const rowGroup of chosenGroups(footer, options)) {
    if (rowGroup.rowCount === 0) continue;
    signal?.throwIfAborted();
    const readers = await inFile(file, async () => {
      const sources = await fetchChunks(file, footer, rowGroup, wanted, { signal });
      return wanted.map(({ field, node }) =>
        node === undefined ? undefined : columnReader(field, node, sources),
      );
    });
    for (let at = 0; at < rowGroup.rowCount; at += batchSize) {
      signal?.throwIfAborted();
      const rowCount = Math.min(batchSize, rowGroup.rowCount - at);
      yield { rowStart: rowGroup.rowStart + at, rowCount, columns: readBatch(file, readers, rowCount) };
    }
  }
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
  file: InputFile,
  footer: ParquetFooter,
  rowGroup: ParquetRowGroup,
  wanted: readonly Wanted[],
  options: AbortOptions,
): Promise<ReadonlyMap<number, ChunkSource>> {
  const leaves = new Set(wanted.flatMap(({ field, node }) => (node ? neededLeaves(field, node) : [])));
  const chunks = [...leaves].map((leaf) => rowGroup.chunks[leaf.leafIndex]!);
  const ranges = chunks.map(({ start, compressedSize }) => ({ start, end: start + compressedSize }));
  const whole = wholeFile(footer);
  const parts =
    whole === undefined
      ? await fetchRanges(file, ranges, options)
      : ranges.map(({ start, end }) => whole.subarray(start, end));
  const sources = new Map<number, ChunkSource>();
  for (const [i, chunk] of chunks.entries()) {
    const decompress = await pageDecompressor(chunk.codec);
    checkCount(chunk, rowGroup);
    sources.set(chunk.leaf.leafIndex, { chunk, bytes: parts[i]!, decompress });
  }
  return sources;
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

function readBatch(
  file: InputFile,
  readers: readonly (ColumnReader | undefined)[],
  rowCount: number,
): ParquetBatch["columns"] {
  try {
    return readers.map((reader) => reader?.read(rowCount));
  } catch (error) {
    throw named(file, error);
  }
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
