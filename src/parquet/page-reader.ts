/** Walks the pages of one column chunk. Spec: Parquet format, Data Pages. @module */
import { crc32, type Decompress, IcebergError } from "../base/index.ts";
import { type ByteWindow, bytesFrom } from "./byte-windows.ts";
import { bitWidth, readHybrid } from "./hybrid.ts";
import { readThrift, type ThriftFields } from "./hyparquet.ts";
import type { PageSpan } from "./page-index.ts";
import type { ParquetNode } from "./tree.ts";
import type { ParquetChunk } from "./types.ts";

/** The values of a page, decoded as they are asked for: what nobody takes costs nothing. */
export interface ValueRun<V> {
  /** The next values. What is handed out may be overwritten by the next call only if `V` says so. */
  take(count: number): V;
  skip(count: number): void;
}

/** Makes values of some form out of pages. */
export interface PageDecoder<V, D> {
  /** A dictionary page's values; it may refer to the bytes. */
  dictionary(bytes: Uint8Array, count: number): D;
  /** The values of a data page from `start` on, of which there are `count`. The bytes stay until the next page. */
  run(
    encoding: number,
    bytes: Uint8Array,
    start: number,
    count: number,
    dictionary: D | undefined,
  ): ValueRun<V>;
}

/** One data page. */
export interface Page<V> {
  /** First row, counted within the row group; `undefined` for pages of repeating columns without an index. */
  readonly firstRow: number | undefined;
  /** Entries, nulls included. */
  readonly count: number;
  /** The values that are not null, in order; to be taken before the next page is asked for. */
  readonly values: ValueRun<V>;
  /** How many they are. */
  readonly present: number;
  /** `undefined` when no entry can be null. */
  readonly definition: Uint8Array | undefined;
  /** `undefined` when the column does not repeat. */
  readonly repetition: Uint8Array | undefined;
}

type Decoded<V> = Omit<Page<V>, "firstRow">;

const DATA_PAGE = 0;
const DICTIONARY_PAGE = 2;
const DATA_PAGE_V2 = 3;
const BIT_PACKED = 4;
/** A page claiming more entries than this is damaged: runs could otherwise ask for any amount of memory. */
const MAX_PAGE_ENTRIES = 1 << 27;

/** Pages are decompressed into memory that is warm already: a buffer for each column being read, then for the next. */
const freeBuffers: Uint8Array[] = [];
let freeBytes = 0;
const MAX_FREE_BYTES = 16 * 1024 * 1024;
/** Codecs and copies in steps may write or read this far past the end. */
const SLACK = 64;

/** The fetched bytes of a chunk, how to decompress them, and where its pages are if that is known. */
export interface ChunkSource {
  readonly chunk: ParquetChunk;
  readonly windows: readonly ByteWindow[];
  readonly decompress: Decompress | undefined;
  readonly pages: readonly PageSpan[] | undefined;
}

/** One page as it lies in the file. */
interface StoredPage {
  readonly header: ThriftFields;
  readonly body: Uint8Array;
  readonly uncompressedSize: number;
  /** Place of the page after it. */
  readonly next: number;
}

/** Decodes the pages of a chunk in order, leaving out those that are jumped over or were not fetched. */
export class PageReader<V, D = unknown> {
  private readonly source: ChunkSource;
  private readonly leaf: ParquetNode;
  private readonly values: PageDecoder<V, D>;
  private readonly end: number;
  private dictionary: D | undefined;
  private buffer: Uint8Array | undefined;
  private offset: number;
  /** Entries before `offset`, known only while no page of a repeating column was jumped over. */
  private seen = 0;

  constructor(source: ChunkSource, values: PageDecoder<V, D>) {
    const { chunk, pages } = source;
    this.source = source;
    this.leaf = chunk.leaf;
    this.values = values;
    this.offset = chunk.start;
    this.end = pages?.at(-1)?.end ?? chunk.start + chunk.compressedSize;
  }

  /** The next data page; `undefined` after the last, or when its bytes were not fetched. Throws `corrupt-file`. */
  next(): Page<V> | undefined {
    while (!this.isDone()) {
      const stored = this.stored();
      if (stored === undefined) return undefined;
      const firstRow = this.firstRow();
      this.offset = stored.next;
      const kind = stored.header.number(1);
      if (kind === DICTIONARY_PAGE) this.readDictionary(stored);
      // Index pages and kinds yet unknown hold no values.
      if (kind !== DATA_PAGE && kind !== DATA_PAGE_V2) continue;
      const page = kind === DATA_PAGE ? this.dataPage(stored) : this.dataPageV2(stored);
      this.seen += page.count;
      return { ...page, firstRow };
    }
    return undefined;
  }

  /**
   * Moves ahead to the page that holds a row of the row group. Answers whether it moved or stands right before it:
   * `false` when the row is in a page handed out already, or when pages of this column cannot be told apart by rows.
   */
  seek(row: number): boolean {
    const { pages } = this.source;
    if (pages !== undefined) return this.seekIndexed(pages, row);
    if (this.leaf.maxRepetition > 0 || row < this.seen) return false;
    while (!this.isDone()) {
      const stored = this.stored();
      if (stored === undefined) break;
      const kind = stored.header.number(1);
      if (kind === DICTIONARY_PAGE) this.readDictionary(stored);
      if (kind === DATA_PAGE || kind === DATA_PAGE_V2) {
        const details = stored.header.struct(kind === DATA_PAGE ? 5 : 8);
        const count = this.entryCount(details?.number(1));
        if (row < this.seen + count) break;
        this.seen += count;
      }
      this.offset = stored.next;
    }
    return true;
  }

  private seekIndexed(pages: readonly PageSpan[], row: number): boolean {
    const page = pages.findLast(({ firstRow }) => firstRow <= row)!;
    if (page.start < this.offset) return false;
    const first = pages[0]!.start;
    if (this.offset < first && page.start >= first) {
      // What stands before the first data page is the dictionary.
      const stored = this.offset < first ? this.stored() : undefined;
      if (stored?.header.number(1) === DICTIONARY_PAGE) this.readDictionary(stored);
    }
    this.offset = page.start;
    return true;
  }

  /** Gives the memory of the last page back; its values cannot be taken any more. */
  close(): void {
    const { buffer } = this;
    this.buffer = undefined;
    this.offset = this.end;
    this.seen = this.source.chunk.valueCount;
    if (buffer !== undefined) keepBuffer(buffer);
  }

  private isDone(): boolean {
    if (this.source.pages !== undefined) return this.offset >= this.end;
    return this.seen >= this.source.chunk.valueCount;
  }

  /** First row of the page at `offset`, where rows and entries are the same or an index tells. */
  private firstRow(): number | undefined {
    const { pages } = this.source;
    if (pages !== undefined) return pages.find(({ start }) => start === this.offset)?.firstRow;
    return this.leaf.maxRepetition === 0 ? this.seen : undefined;
  }

  private stored(): StoredPage | undefined {
    const bytes = bytesFrom(this.source.windows, this.offset);
    if (bytes === undefined) {
      if (this.source.pages === undefined) throw corrupt("its column ends before all values were found");
      return undefined;
    }
    const { fields: header, end } = readThrift(bytes, 0);
    const size = header.required(3, "compressed page size");
    const uncompressedSize = header.required(2, "page size");
    const next = this.offset + end + size;
    if (size < 0 || uncompressedSize < 0 || end + size > bytes.length || next > this.end) {
      throw corrupt("a page passes the end of its column");
    }
    const body = bytes.subarray(end, end + size);
    checkCrc(header.number(4), body);
    return { header, body, uncompressedSize, next };
  }

  private readDictionary({ header, body, uncompressedSize: size }: StoredPage): void {
    const count = this.entryCount(header.struct(7)?.number(1));
    const { decompress } = this.source;
    this.dictionary = this.values.dictionary(decompress ? decompress(body, size) : body, count);
  }

  private dataPage({ header, body, uncompressedSize: size }: StoredPage): Decoded<V> {
    const details = header.struct(5);
    if (details === undefined) throw corrupt("a page has no header of its kind");
    const count = this.entryCount(details.number(1));
    const bytes = this.inflate(body, size);
    const { maxDefinition, maxRepetition } = this.leaf;
    let at = 0;
    const levels = (highest: number, encoding: number | undefined): Uint8Array | undefined => {
      if (highest === 0) return undefined;
      if (encoding === BIT_PACKED) {
        throw new IcebergError(
          "unsupported",
          "Cannot decode levels in Parquet's deprecated BIT_PACKED encoding",
        );
      }
      if (at + 4 > bytes.length) throw corrupt("its levels are cut off");
      const length = new DataView(bytes.buffer, bytes.byteOffset + at, 4).getUint32(0, true);
      const start = at + 4;
      at = start + length;
      if (at > bytes.length) throw corrupt("its levels pass the end of the page");
      return levelsOf(bytes, start, at, highest, count);
    };
    const repetition = levels(maxRepetition, details.number(4));
    const definition = levels(maxDefinition, details.number(3));
    return this.pageOf(details.number(2), bytes, at, count, definition, repetition);
  }

  private dataPageV2({ header, body, uncompressedSize: size }: StoredPage): Decoded<V> {
    const details = header.struct(8);
    if (details === undefined) throw corrupt("a page has no header of its kind");
    const count = this.entryCount(details.number(1));
    const definitionLength = details.number(5) ?? 0;
    const repetitionLength = details.number(6) ?? 0;
    const start = definitionLength + repetitionLength;
    if (definitionLength < 0 || repetitionLength < 0 || start > body.length || start > size) {
      throw corrupt("its levels pass the end of the page");
    }
    const { maxDefinition, maxRepetition } = this.leaf;
    const repetition =
      maxRepetition === 0 ? undefined : levelsOf(body, 0, repetitionLength, maxRepetition, count);
    const definition =
      maxDefinition === 0 ? undefined : levelsOf(body, repetitionLength, start, maxDefinition, count);
    const stored = body.subarray(start);
    // Levels are never compressed here; a page without values may have nothing to decompress.
    const plain = details.boolean(7) === false || stored.length === 0;
    const bytes = plain ? stored : this.inflate(stored, size - start);
    return this.pageOf(details.number(4), bytes, 0, count, definition, repetition);
  }

  private pageOf(
    encoding: number | undefined,
    bytes: Uint8Array,
    start: number,
    count: number,
    definition: Uint8Array | undefined,
    repetition: Uint8Array | undefined,
  ): Decoded<V> {
    if (encoding === undefined) throw corrupt("a page names no encoding");
    let present = count;
    if (definition !== undefined) {
      const { maxDefinition } = this.leaf;
      for (let i = 0; i < count; i++) if (definition[i]! < maxDefinition) present--;
    }
    const values = this.values.run(encoding, bytes, start, present, this.dictionary);
    return { count, values, present, definition, repetition };
  }

  private inflate(body: Uint8Array, size: number): Uint8Array {
    const { decompress } = this.source;
    if (decompress === undefined) return body;
    const { buffer } = this;
    if (buffer === undefined || buffer.length < size + SLACK) {
      // Given back for good first: there may be no memory for the larger one.
      this.buffer = undefined;
      if (buffer !== undefined) keepBuffer(buffer);
      this.buffer = warmBuffer(size + SLACK);
    }
    return decompress(body, size, this.buffer);
  }

  private entryCount(count: number | undefined): number {
    if (count === undefined || count < 0 || count > MAX_PAGE_ENTRIES) {
      throw corrupt(`a page claims ${count} values`);
    }
    return count;
  }
}

/** Those given back longest ago go first: pages of another size may be read by now. */
function keepBuffer(buffer: Uint8Array): void {
  if (buffer.length > MAX_FREE_BYTES) return;
  freeBuffers.push(buffer);
  freeBytes += buffer.length;
  while (freeBytes > MAX_FREE_BYTES) freeBytes -= freeBuffers.shift()!.length;
}

function warmBuffer(length: number): Uint8Array {
  const at = freeBuffers.findIndex((buffer) => buffer.length >= length);
  // A little more than asked for: the next page may be a little larger.
  if (at === -1) return new Uint8Array(length + (length >> 3));
  const [buffer] = freeBuffers.splice(at, 1);
  freeBytes -= buffer!.length;
  return buffer!;
}

/** The checksum, where the writer left one, covers the page as stored. */
function checkCrc(crc: number | undefined, body: Uint8Array): void {
  if (crc !== undefined && crc >>> 0 !== crc32(body)) throw corrupt("its checksum does not match");
}

function levelsOf(bytes: Uint8Array, start: number, end: number, highest: number, count: number): Uint8Array {
  const levels = new Uint8Array(count);
  readHybrid(bytes, start, end, bitWidth(highest), levels, count);
  return levels;
}

function corrupt(why: string): IcebergError {
  return new IcebergError("corrupt-file", `Cannot decode a page: ${why}`);
}
