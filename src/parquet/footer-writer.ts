/** The footer, column indexes and offset indexes of a file being written. Spec: Parquet format, Metadata. @module */
import type { PrimitiveType } from "../schema/index.ts";
import { compareValues } from "../values/index.ts";
import { lowerStatistic, upperStatistic } from "./bounds.ts";
import type { WrittenChunk, WrittenPage } from "./column-writer.ts";
import type { Layout, Leaf } from "./layout.ts";
import { ENCODING, PAGE_TYPE } from "./page-header.ts";
import { ThriftWriter } from "./thrift.ts";
import type { Annotation, ParquetNode, PhysicalType, TimeUnit } from "./tree.ts";
import type { ParquetCodec, SortingColumn } from "./types.ts";

/** Text and bytes in statistics are cut to this many code points or bytes, as Parquet's own writer does in indexes. */
const STATISTICS_LENGTH = 64;

/** A chunk with its place in the file. */
export interface PlacedChunk {
  readonly leaf: Leaf;
  readonly chunk: WrittenChunk;
  readonly start: number;
  readonly bloomOffset: number | undefined;
}
export interface PlacedRowGroup {
  readonly start: number;
  readonly rowCount: number;
  readonly chunks: readonly PlacedChunk[];
}
interface Span {
  readonly offset: number;
  readonly length: number;
}
interface IndexedChunk extends PlacedChunk {
  readonly columnIndex: Span | undefined;
  readonly offsetIndex: Span;
}

/** What the footer says beside the row groups. */
export interface FooterSettings {
  readonly layout: Layout;
  readonly codec: ParquetCodec;
  readonly sortingColumns: readonly SortingColumn[];
  readonly keyValueMetadata: Readonly<Record<string, string>>;
  readonly createdBy: string;
}

const MAGIC = Uint8Array.of(0x50, 0x41, 0x52, 0x31);

/** Everything after the last row group: indexes, footer, its length and the magic. */
export function fileTail(
  groups: readonly PlacedRowGroup[],
  position: number,
  settings: FooterSettings,
): Uint8Array[] {
  const parts: Uint8Array[] = [];
  let at = position;
  const place = (bytes: Uint8Array): Span => {
    const span = { offset: at, length: bytes.length };
    parts.push(bytes);
    at += bytes.length;
    return span;
  };
  // Column indexes of the whole file first, then offset indexes: a pruning reader fetches each kind in one go.
  const columnIndexes = groups.map((group) =>
    group.chunks.map((placed) => {
      const bytes = columnIndex(placed);
      return bytes === undefined ? undefined : place(bytes);
    }),
  );
  const indexed = groups.map((group, g) => ({
    ...group,
    chunks: group.chunks.map((placed, c) => ({
      ...placed,
      columnIndex: columnIndexes[g]![c],
      offsetIndex: place(offsetIndex(placed)),
    })),
  }));
  const footer = footerBytes(indexed, settings);
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, footer.length, true);
  parts.push(footer, length, MAGIC);
  return parts;
}

function footerBytes(
  groups: readonly (PlacedRowGroup & { readonly chunks: readonly IndexedChunk[] })[],
  settings: FooterSettings,
): Uint8Array {
  const { layout } = settings;
  const elements = flatten(layout.root);
  const writer = new ThriftWriter();
  writer
    .i32(1, 1)
    .structs(2, elements, (element) => schemaElement(writer, element, element === layout.root))
    .i64(
      3,
      groups.reduce((sum, group) => sum + group.rowCount, 0),
    )
    .structs(4, groups, (group) => rowGroup(writer, group, groups.indexOf(group), settings))
    .structs(5, Object.entries(settings.keyValueMetadata), ([key, value]) => {
      writer.text(1, key).text(2, value);
    })
    .text(6, settings.createdBy)
    // TypeDefinedOrder for every column: without it readers must ignore min and max of text (PAR-033).
    .structs(7, layout.leaves, () => writer.struct(1, () => {}));
  return writer.stop().finish();
}

function rowGroup(
  writer: ThriftWriter,
  group: PlacedRowGroup & { readonly chunks: readonly IndexedChunk[] },
  ordinal: number,
  settings: FooterSettings,
): void {
  const { chunks } = group;
  const sorting = settings.sortingColumns.flatMap((column) => {
    const index = settings.layout.leaves.findIndex((leaf) => leaf.fieldId === column.fieldId);
    return index < 0 ? [] : [{ ...column, index }];
  });
  const sum = (of: (chunk: WrittenChunk) => number) =>
    chunks.reduce((total, { chunk }) => total + of(chunk), 0);
  writer
    .structs(1, chunks, (placed) => columnChunk(writer, placed, settings))
    .i64(
      2,
      sum((chunk) => chunk.uncompressedSize),
    )
    .i64(3, group.rowCount);
  if (sorting.length > 0) {
    writer.structs(4, sorting, ({ index, descending, nullsFirst }) => {
      writer.i32(1, index).bool(2, descending).bool(3, nullsFirst);
    });
  }
  writer.i64(5, group.start).i64(
    6,
    sum((chunk) => chunk.compressedSize),
  );
  // The ordinal is 16 bits wide; files with more groups leave it out.
  if (ordinal <= 0x7fff) writer.i16(7, ordinal);
}

function columnChunk(writer: ThriftWriter, placed: IndexedChunk, settings: FooterSettings): void {
  const { chunk, leaf, start } = placed;
  const { node } = leaf;
  const firstData = start + (chunk.pages[0]?.offset ?? 0);
  const encodings = [...new Set([ENCODING.RLE, ...pageEncodings(chunk)])];
  writer
    .i64(2, 0)
    .struct(3, () => {
      writer
        .i32(1, PHYSICAL_CODES[node.physical!])
        .i32s(2, encodings)
        .texts(3, node.path)
        .i32(4, CODEC_CODES[chunk.compressed ? settings.codec : "uncompressed"])
        .i64(5, chunk.valueCount)
        .i64(6, chunk.uncompressedSize)
        .i64(7, chunk.compressedSize)
        .i64(9, firstData)
        .i64(11, chunk.hasDictionary ? start : undefined)
        .struct(12, () => statistics(writer, placed))
        .structs(13, encodingStatistics(chunk), (entry) => {
          writer.i32(1, entry.pageType).i32(2, entry.encoding).i32(3, entry.count);
        })
        .i64(14, placed.bloomOffset)
        .i32(15, chunk.bloomFilter?.length);
    })
    .i64(4, placed.offsetIndex.offset)
    .i32(5, placed.offsetIndex.length)
    .i64(6, placed.columnIndex?.offset)
    .i32(7, placed.columnIndex?.length);
}

function statistics(writer: ThriftWriter, placed: PlacedChunk): void {
  const { chunk, leaf } = placed;
  const { min, max } = chunk.bounds;
  writer.i64(3, chunk.nullCount);
  if (min === undefined || max === undefined) return;
  const type = leaf.type as PrimitiveType;
  const upper = upperStatistic(leaf.node, type, max, STATISTICS_LENGTH);
  const lower = lowerStatistic(leaf.node, type, min, STATISTICS_LENGTH);
  writer.binary(5, upper.bytes).binary(6, lower.bytes).bool(7, upper.exact).bool(8, lower.exact);
}

function pageEncodings(chunk: WrittenChunk): number[] {
  const encodings = chunk.pages.map((page) => page.encoding);
  return chunk.hasDictionary ? [ENCODING.PLAIN, ...encodings] : encodings;
}

function encodingStatistics(chunk: WrittenChunk) {
  const counts = new Map<number, number>();
  for (const page of chunk.pages) counts.set(page.encoding, (counts.get(page.encoding) ?? 0) + 1);
  const entries = [...counts].map(([encoding, count]) => ({
    pageType: PAGE_TYPE.DATA_PAGE as number,
    encoding,
    count,
  }));
  if (!chunk.hasDictionary) return entries;
  return [{ pageType: PAGE_TYPE.DICTIONARY_PAGE, encoding: ENCODING.PLAIN, count: 1 }, ...entries];
}

/** `undefined` when a page with values has no bounds (all NaN, or WKB): the format then forbids the index. */
function columnIndex({ chunk, leaf }: PlacedChunk): Uint8Array | undefined {
  const { pages } = chunk;
  const type = leaf.type as PrimitiveType;
  const empty = new Uint8Array(0);
  const minima: Uint8Array[] = [];
  const maxima: Uint8Array[] = [];
  const isNull = (page: WrittenPage) => page.nullCount === page.valueCount;
  for (const page of pages) {
    const { min, max } = page.bounds;
    if (isNull(page)) {
      minima.push(empty);
      maxima.push(empty);
    } else if (min === undefined || max === undefined) {
      return undefined;
    } else {
      minima.push(lowerStatistic(leaf.node, type, min, STATISTICS_LENGTH).bytes);
      maxima.push(upperStatistic(leaf.node, type, max, STATISTICS_LENGTH).bytes);
    }
  }
  return new ThriftWriter()
    .bools(1, pages.map(isNull))
    .binaries(2, minima)
    .binaries(3, maxima)
    .i32(4, boundaryOrder(pages, type))
    .i64s(
      5,
      pages.map((page) => page.nullCount),
    )
    .stop()
    .finish();
}

const UNORDERED = 0;
const ASCENDING = 1;
const DESCENDING = 2;

function boundaryOrder(pages: readonly WrittenPage[], type: PrimitiveType): number {
  const compare = compareValues(type);
  let ascending = true;
  let descending = true;
  let before: WrittenPage | undefined;
  for (const page of pages) {
    if (page.bounds.min === undefined || page.bounds.max === undefined) continue;
    if (before !== undefined) {
      const low = compare(before.bounds.min!, page.bounds.min);
      const high = compare(before.bounds.max!, page.bounds.max);
      if (low > 0 || high > 0) ascending = false;
      if (low < 0 || high < 0) descending = false;
    }
    before = page;
  }
  return ascending ? ASCENDING : descending ? DESCENDING : UNORDERED;
}

function offsetIndex({ chunk, start }: PlacedChunk): Uint8Array {
  const writer = new ThriftWriter();
  writer.structs(1, chunk.pages, (page) => {
    writer
      .i64(1, start + page.offset)
      .i32(2, page.size)
      .i64(3, page.firstRow);
  });
  return writer.stop().finish();
}

const PHYSICAL_CODES: Readonly<Record<PhysicalType, number>> = {
  BOOLEAN: 0,
  INT32: 1,
  INT64: 2,
  INT96: 3,
  FLOAT: 4,
  DOUBLE: 5,
  BYTE_ARRAY: 6,
  FIXED_LEN_BYTE_ARRAY: 7,
};
const CODEC_CODES: Readonly<Record<ParquetCodec, number>> = {
  uncompressed: 0,
  snappy: 1,
  gzip: 2,
  brotli: 4,
  lz4: 5,
  zstd: 6,
  lz4_raw: 7,
};
const REPETITION_CODES = { required: 0, optional: 1, repeated: 2 } as const;

function flatten(node: ParquetNode): ParquetNode[] {
  return [node, ...node.children.flatMap(flatten)];
}

function schemaElement(writer: ThriftWriter, node: ParquetNode, isRoot: boolean): void {
  const { annotation, physical } = node;
  const decimal = annotation?.kind === "decimal" ? annotation : undefined;
  writer
    .i32(1, physical === undefined ? undefined : PHYSICAL_CODES[physical])
    .i32(2, physical === "FIXED_LEN_BYTE_ARRAY" ? node.typeLength : undefined)
    .i32(3, isRoot ? undefined : REPETITION_CODES[node.repetition])
    .text(4, node.name)
    .i32(5, physical === undefined ? node.children.length : undefined)
    .i32(6, convertedCode(annotation))
    .i32(7, decimal?.scale)
    .i32(8, decimal?.precision)
    .i32(9, node.fieldId);
  if (annotation !== undefined) writer.struct(10, () => logicalType(writer, annotation));
}

/** The legacy annotation, where the mapping has one (PAR-001). */
function convertedCode(annotation: Annotation | undefined): number | undefined {
  switch (annotation?.kind) {
    case "string":
      return 0;
    case "map":
      return 1;
    case "list":
      return 3;
    case "decimal":
      return 5;
    case "date":
      return 6;
    case "time":
      return 8;
    case "timestamp":
      return annotation.unit === "micros" ? 10 : undefined;
    default:
      return undefined;
  }
}

function logicalType(writer: ThriftWriter, annotation: Annotation): void {
  switch (annotation.kind) {
    case "string":
      writer.struct(1, () => {});
      break;
    case "map":
      writer.struct(2, () => {});
      break;
    case "list":
      writer.struct(3, () => {});
      break;
    case "decimal":
      writer.struct(5, () => writer.i32(1, annotation.scale).i32(2, annotation.precision));
      break;
    case "date":
      writer.struct(6, () => {});
      break;
    case "time":
    case "timestamp":
      writer.struct(annotation.kind === "time" ? 7 : 8, () => {
        writer.bool(1, annotation.utc).struct(2, () => writer.struct(UNIT_FIELDS[annotation.unit], () => {}));
      });
      break;
    case "uuid":
      writer.struct(14, () => {});
      break;
    case "variant":
      writer.struct(16, () => writer.i8(1, 1));
      break;
    case "geometry":
      writer.struct(17, () => writer.text(1, annotation.crs));
      break;
    case "geography":
      writer.struct(18, () => writer.text(1, annotation.crs).i32(2, annotation.algorithm));
      break;
    default:
      throw new Error(`icewright internal error: annotation ${annotation.kind} is never written`);
  }
}

const UNIT_FIELDS: Readonly<Record<TimeUnit, number>> = { millis: 1, micros: 2, nanos: 3 };
