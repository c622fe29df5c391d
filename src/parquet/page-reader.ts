/** Walks the pages of one column chunk. Spec: Parquet format, Data Pages. @module */
import { type Decompress, IcebergError } from "../base/index.ts";
import type { PrimitiveValue } from "../schema/index.ts";
import { crc32 } from "./crc32.ts";
import { bitWidth, readHybrid } from "./hybrid.ts";
import { readThrift, type ThriftFields } from "./hyparquet.ts";
import type { ParquetChunk } from "./types.ts";
import { READ_ENCODING, type ValueReader } from "./value-reader.ts";

/** One decoded data page. */
export interface Page {
  /** Entries, nulls included. */
  readonly count: number;
  /** The values that are not null, in order. */
  readonly values: readonly PrimitiveValue[];
  /** `undefined` when no entry can be null. */
  readonly definition: Uint8Array | undefined;
  /** `undefined` when the column does not repeat. */
  readonly repetition: Uint8Array | undefined;
}

const DATA_PAGE = 0;
const DICTIONARY_PAGE = 2;
const DATA_PAGE_V2 = 3;
const BIT_PACKED = 4;
/** A page claiming more entries than this is damaged: runs could otherwise ask for any amount of memory. */
const MAX_PAGE_ENTRIES = 1 << 27;

/** Decodes the pages of a chunk in order. */
export class PageReader {
  private readonly chunk: ParquetChunk;
  private readonly bytes: Uint8Array;
  private readonly values: ValueReader;
  private readonly decompress: Decompress | undefined;
  private dictionary: readonly PrimitiveValue[] | undefined;
  private offset = 0;
  private seen = 0;

  constructor(
    chunk: ParquetChunk,
    bytes: Uint8Array,
    values: ValueReader,
    decompress: Decompress | undefined,
  ) {
    this.chunk = chunk;
    this.bytes = bytes;
    this.values = values;
    this.decompress = decompress;
  }

  /** The next data page; `undefined` after the last. Throws `corrupt-file`. */
  next(): Page | undefined {
    while (this.seen < this.chunk.valueCount) {
      const { fields: header, end } = readThrift(this.bytes, this.offset);
      const size = header.required(3, "compressed page size");
      const uncompressedSize = header.required(2, "page size");
      if (size < 0 || uncompressedSize < 0 || end + size > this.bytes.length) {
        throw corrupt("a page passes the end of its column");
      }
      const body = this.bytes.subarray(end, end + size);
      checkCrc(header.number(4), body);
      this.offset = end + size;
      switch (header.number(1)) {
        case DATA_PAGE:
          return this.counted(this.dataPage(header, body, uncompressedSize));
        case DATA_PAGE_V2:
          return this.counted(this.dataPageV2(header, body, uncompressedSize));
        case DICTIONARY_PAGE:
          this.readDictionary(header, body, uncompressedSize);
          break;
        default:
          // Index pages and kinds yet unknown hold no values.
          break;
      }
    }
    return undefined;
  }

  private counted(page: Page): Page {
    this.seen += page.count;
    return page;
  }

  private readDictionary(header: ThriftFields, body: Uint8Array, size: number): void {
    const count = this.entryCount(header.struct(7)?.number(1));
    const bytes = this.inflate(body, size);
    this.dictionary = this.values.read(READ_ENCODING.PLAIN, bytes, 0, count, undefined);
  }

  private dataPage(header: ThriftFields, body: Uint8Array, size: number): Page {
    const details = header.struct(5);
    if (details === undefined) throw corrupt("a page has no header of its kind");
    const count = this.entryCount(details.number(1));
    const bytes = this.inflate(body, size);
    const { maxDefinition, maxRepetition } = this.chunk.leaf;
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

  private dataPageV2(header: ThriftFields, body: Uint8Array, size: number): Page {
    const details = header.struct(8);
    if (details === undefined) throw corrupt("a page has no header of its kind");
    const count = this.entryCount(details.number(1));
    const definitionLength = details.number(5) ?? 0;
    const repetitionLength = details.number(6) ?? 0;
    const start = definitionLength + repetitionLength;
    if (definitionLength < 0 || repetitionLength < 0 || start > body.length || start > size) {
      throw corrupt("its levels pass the end of the page");
    }
    const { maxDefinition, maxRepetition } = this.chunk.leaf;
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
  ): Page {
    if (encoding === undefined) throw corrupt("a page names no encoding");
    let present = count;
    if (definition !== undefined) {
      const { maxDefinition } = this.chunk.leaf;
      for (let i = 0; i < count; i++) if (definition[i]! < maxDefinition) present--;
    }
    const values = this.values.read(encoding, bytes, start, present, this.dictionary);
    return { count, values, definition, repetition };
  }

  private inflate(body: Uint8Array, size: number): Uint8Array {
    return this.decompress === undefined ? body : this.decompress(body, size);
  }

  private entryCount(count: number | undefined): number {
    if (count === undefined || count < 0 || count > MAX_PAGE_ENTRIES) {
      throw corrupt(`a page claims ${count} values`);
    }
    return count;
  }
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
