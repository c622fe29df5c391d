/**
 * Writes the column chunks of one leaf: pages as they fill, the dictionary first, statistics on the way.
 * Spec: Parquet format, Column chunks and Data Pages; requirements PAR-025, PAR-031.
 * @module
 */
import { type Compress, IcebergError } from "../base/index.ts";
import type { PrimitiveType } from "../schema/index.ts";
import { type Comparator, compareValues } from "../values/index.ts";
import { BloomBuilder } from "./bloom.ts";
import { Bounds } from "./bounds.ts";
import { ByteSink } from "./byte-sink.ts";
import { DictionaryWriter, dictionaryPays } from "./dictionary.ts";
import { bitWidth, writeHybrid } from "./hybrid.ts";
import type { Leaf } from "./layout.ts";
import { dataPageHeader, dictionaryPageHeader, ENCODING } from "./page-header.ts";
import { BadValue, type PlainWriter } from "./plain.ts";
import { plainWriterOf } from "./plain-writer.ts";
import type { BloomFilterOptions, ColumnData } from "./types.ts";

/** What all columns of a file share. */
export interface ColumnSettings {
  readonly pageRows: number;
  readonly pageSizeBytes: number;
  readonly dictionarySizeBytes: number;
  /** Absent: pages are stored as they are. */
  readonly compress: Compress | undefined;
  readonly codecLevel: number | undefined;
  /** A chunk whose first page stays above this share of its size is stored uncompressed. */
  readonly worthwhileRatio: number;
  readonly bloomFilters: ReadonlyMap<number, BloomFilterOptions>;
}

/** One finished page; offsets count from the start of the chunk. */
export interface WrittenPage {
  readonly offset: number;
  /** Header included. */
  readonly size: number;
  readonly firstRow: number;
  readonly nullCount: number;
  readonly valueCount: number;
  readonly bounds: Bounds;
  readonly encoding: number;
}

/** One finished chunk. */
export interface WrittenChunk {
  readonly parts: readonly Uint8Array[];
  readonly compressed: boolean;
  readonly compressedSize: number;
  readonly uncompressedSize: number;
  readonly valueCount: number;
  readonly nullCount: number;
  readonly nanCount: number;
  readonly bounds: Bounds;
  readonly hasDictionary: boolean;
  readonly pages: readonly WrittenPage[];
  readonly bloomFilter: Uint8Array | undefined;
}

/** Levels of nested values, parallel to them; flat columns need none. */
export interface Levels {
  readonly definition: Uint8Array;
  readonly repetition: Uint8Array;
}

/** Values are taken in steps of this many, and page sizes looked at in between. */
const STEP = 1024;

/** Pages below this size do not tell whether a column compresses. */
const TELLING_BYTES = 1024;

/** `probing`: the first page decides whether a dictionary pays. */
type Mode = "probing" | "dictionary" | "plain";

export class ColumnWriter {
  readonly leaf: Leaf;
  private readonly settings: ColumnSettings;
  private readonly compare: Comparator;
  private readonly plain: PlainWriter;
  private readonly dictionary: DictionaryWriter | undefined;
  private readonly bloom: BloomBuilder | undefined;
  private readonly scratch = new ByteSink();
  private mode: Mode;
  private compressing: boolean | undefined;

  // The page being filled.
  private definition = new Uint8Array(STEP);
  private repetition = new Uint8Array(STEP);
  private entries = 0;
  private pageNulls = 0;
  private pageRows = 0;

  // The chunk being filled.
  private parts: Uint8Array[] = [];
  private pages: WrittenPage[] = [];
  private partsSize = 0;
  private uncompressedSize = 0;
  private rows = 0;
  private valueCount = 0;
  private nullCount = 0;
  private nanCount = 0;
  private bounds = new Bounds();

  constructor(leaf: Leaf, settings: ColumnSettings) {
    this.leaf = leaf;
    this.settings = settings;
    this.compare = compareValues(leaf.type as PrimitiveType);
    this.plain = plainWriterOf(leaf.type);
    const pays = dictionaryPays(leaf.type);
    this.dictionary = pays ? new DictionaryWriter(plainWriterOf(leaf.type), this.compare) : undefined;
    this.mode = pays ? "probing" : "plain";
    const bloom = leaf.fieldId === undefined ? undefined : settings.bloomFilters.get(leaf.fieldId);
    const hashable = bloom !== undefined && leaf.node.physical !== "BOOLEAN";
    this.bloom = !hashable ? undefined : new BloomBuilder(leaf.node, bloom);
  }

  /** Bytes of the open chunk: its pages, and what the page being filled would take uncompressed. */
  get bufferedBytes(): number {
    return this.partsSize + this.pageBytes();
  }

  /**
   * Appends `values[start, end)` of a column that is not nested; each is one row.
   * @param firstRow row number in the file of `values[start]`, for errors
   */
  append(values: ColumnData, start: number, end: number, firstRow: number): void {
    const { pageRows } = this.settings;
    let from = start;
    while (from < end) {
      const to = Math.min(end, from + STEP, from + pageRows - this.pageRows);
      this.reserveLevels(to - from);
      const nulls = this.flatLevels(values, from, to, firstRow - start);
      this.encode(values, from, to, (index) => firstRow + index - start);
      this.countRows(to - from, to - from, nulls);
      from = to;
    }
  }

  /**
   * Appends the entries `[start, end)` of a nested column. An entry below the highest definition level has a null
   * in `values`. The range must begin and end between rows.
   */
  appendNested(values: ColumnData, levels: Levels, start: number, end: number, firstRow: number): void {
    const { definition, repetition } = levels;
    const { maxDefinition } = this.leaf.node;
    let from = start;
    let row = firstRow;
    while (from < end) {
      let to = from;
      let rows = 0;
      let nulls = 0;
      while (to < end && (to - from < STEP || repetition[to] !== 0)) {
        if (repetition[to] === 0) {
          if (this.pageRows + rows === this.settings.pageRows) break;
          rows++;
        }
        if (definition[to]! < maxDefinition) nulls++;
        to++;
      }
      this.reserveLevels(to - from);
      this.definition.set(definition.subarray(from, to), this.entries);
      this.repetition.set(repetition.subarray(from, to), this.entries);
      const [first, base] = [from, row];
      this.encode(values, from, to, (index) => {
        let at = base - 1;
        for (let i = first; i <= index; i++) if (repetition[i] === 0) at++;
        return at;
      });
      this.countRows(to - from, rows, nulls);
      row += rows;
      from = to;
    }
  }

  /** Ends the chunk. */
  closeChunk(): WrittenChunk {
    if (this.entries > 0) this.closePage();
    const dictionary = this.closeDictionary();
    const shift = dictionary === undefined ? 0 : dictionary.length;
    const chunk: WrittenChunk = {
      parts: dictionary === undefined ? this.parts : [dictionary, ...this.parts],
      compressed: this.compressing === true,
      compressedSize: this.partsSize + shift,
      uncompressedSize: this.uncompressedSize,
      valueCount: this.valueCount,
      nullCount: this.nullCount,
      nanCount: this.nanCount,
      bounds: this.bounds,
      hasDictionary: dictionary !== undefined,
      pages: this.pages.map((page) => ({ ...page, offset: page.offset + shift })),
      bloomFilter: this.bloom?.finish(),
    };
    this.openChunk();
    return chunk;
  }

  private openChunk(): void {
    this.mode = this.dictionary === undefined ? "plain" : "probing";
    this.dictionary?.clear();
    this.compressing = undefined;
    this.parts = [];
    this.pages = [];
    this.partsSize = 0;
    this.uncompressedSize = 0;
    this.rows = 0;
    this.valueCount = 0;
    this.nullCount = 0;
    this.nanCount = 0;
    this.bounds = new Bounds();
  }

  private flatLevels(values: ColumnData, from: number, to: number, rowOffset: number): number {
    const { definition, entries } = this;
    // Elements of typed arrays are never null.
    if (!Array.isArray(values)) {
      if (this.leaf.node.maxDefinition > 0) definition.fill(1, entries, entries + to - from);
      return 0;
    }
    let nulls = 0;
    const at = entries - from;
    for (let i = from; i < to; i++) {
      const value = values[i];
      const isNull = value === null || value === undefined;
      definition[at + i] = isNull ? 0 : 1;
      if (isNull) nulls++;
    }
    if (nulls > 0 && this.leaf.node.maxDefinition === 0) {
      for (let i = from; i < to; i++) {
        if (values[i] === null || values[i] === undefined) throw this.missing(rowOffset + i);
      }
    }
    return nulls;
  }

  private encode(values: ColumnData, from: number, to: number, rowOf: (index: number) => number): void {
    try {
      if (this.mode === "plain") this.plain.append(values, from, to);
      else this.look(this.dictionary!, values, from, to);
    } catch (error) {
      if (error instanceof BadValue) throw this.bad(error, values[error.index], rowOf(error.index));
      throw error;
    }
  }

  private look(dictionary: DictionaryWriter, values: ColumnData, from: number, to: number): void {
    dictionary.append(values, from, to);
    if (this.mode === "probing" && !dictionary.repeats()) this.abandonDictionary();
    else if (dictionary.isFull(this.settings.dictionarySizeBytes)) this.fallBack = true;
  }

  /** Set when the dictionary is too large to go on after this page. */
  private fallBack = false;

  /** The first page does not repeat: its values are encoded again, as they are. */
  private abandonDictionary(): void {
    const values = this.dictionary!.pageValues();
    this.plain.append(values, 0, values.length);
    this.dictionary!.clear();
    this.mode = "plain";
  }

  private countRows(entries: number, rows: number, nulls: number): void {
    this.entries += entries;
    this.pageRows += rows;
    this.pageNulls += nulls;
    if (
      this.pageRows >= this.settings.pageRows ||
      this.fallBack ||
      this.pageBytes() >= this.settings.pageSizeBytes
    ) {
      this.closePage();
    }
  }

  private pageBytes(): number {
    if (this.mode === "plain") return this.plain.byteLength;
    return this.dictionary!.pageBytes + this.dictionary!.entries.byteLength;
  }

  private closePage(): void {
    const { dictionary } = this;
    // A page of nulls decides nothing and needs no dictionary.
    if (this.mode === "probing" && dictionary!.count > 0) {
      if (this.fallBack || dictionary!.saves()) this.mode = "dictionary";
      else this.abandonDictionary();
    }
    const { node } = this.leaf;
    const { scratch } = this;
    scratch.clear();
    if (node.maxRepetition > 0) this.writeLevels(this.repetition, node.maxRepetition);
    if (node.maxDefinition > 0) this.writeLevels(this.definition, node.maxDefinition);
    const source = this.mode === "plain" ? this.plain : this.dictionary!;
    let encoding: number;
    let nans = 0;
    if (this.mode === "probing") {
      encoding = ENCODING.PLAIN;
    } else if (this.mode === "plain") {
      encoding = ENCODING.PLAIN;
      const bytes = this.plain.written();
      nans = this.plain.nanCount;
      this.bloom?.addPlain(bytes);
      scratch.append(bytes);
    } else {
      encoding = ENCODING.RLE_DICTIONARY;
      this.dictionary!.writePage(scratch);
    }
    const bounds = new Bounds();
    bounds.merge(source.min, source.max, this.compare);
    this.bounds.merge(source.min, source.max, this.compare);
    const offset = this.partsSize;
    const body = this.compressed(scratch.written());
    const header = dataPageHeader(scratch.length, body.length, this.entries, encoding);
    this.parts.push(header, body);
    this.partsSize += header.length + body.length;
    this.uncompressedSize += header.length + scratch.length;
    this.pages.push({
      offset,
      size: header.length + body.length,
      firstRow: this.rows,
      nullCount: this.pageNulls,
      valueCount: this.entries,
      bounds,
      encoding,
    });
    this.rows += this.pageRows;
    this.valueCount += this.entries;
    this.nullCount += this.pageNulls;
    this.nanCount += nans;
    this.entries = 0;
    this.pageRows = 0;
    this.pageNulls = 0;
    if (this.mode === "plain") this.plain.clear();
    else this.dictionary!.nextPage();
    if (this.fallBack) {
      this.fallBack = false;
      this.mode = "plain";
    }
  }

  private closeDictionary(): Uint8Array | undefined {
    const { dictionary } = this;
    if (dictionary === undefined || dictionary.size === 0) return undefined;
    const bytes = dictionary.entries.written();
    this.bloom?.addPlain(bytes);
    const body = this.compressed(bytes);
    const header = dictionaryPageHeader(bytes.length, body.length, dictionary.size);
    this.uncompressedSize += header.length + bytes.length;
    const page = new Uint8Array(header.length + body.length);
    page.set(header);
    page.set(body, header.length);
    return page;
  }

  /** A page's bytes as stored, in memory of their own. The first page decides for the chunk. */
  private compressed(bytes: Uint8Array): Uint8Array {
    const { compress, codecLevel, worthwhileRatio } = this.settings;
    if (compress === undefined || this.compressing === false) return bytes.slice();
    const smaller = compress(bytes, codecLevel);
    if (this.compressing === undefined) {
      // Indexes shrink little, the dictionary they point into may well; tiny pages say nothing.
      const undecided = this.mode !== "plain" || bytes.length < TELLING_BYTES;
      this.compressing = undecided || smaller.length <= worthwhileRatio * bytes.length;
      if (!this.compressing) return bytes.slice();
    }
    return smaller.length < smaller.buffer.byteLength ? smaller.slice() : smaller;
  }

  private writeLevels(levels: Uint8Array, highest: number): void {
    const { scratch } = this;
    const start = scratch.length;
    scratch.uint32(0);
    writeHybrid(scratch, levels, this.entries, bitWidth(highest));
    scratch.view.setUint32(start, scratch.length - start - 4, true);
  }

  private reserveLevels(count: number): void {
    if (this.entries + count <= this.definition.length) return;
    const length = Math.max(2 * this.definition.length, this.entries + count);
    this.definition = widened(this.definition, length);
    this.repetition = widened(this.repetition, length);
  }

  private missing(row: number): IcebergError {
    const column = this.column();
    return new IcebergError("invalid-row", `Cannot write row ${row}: required column ${column} is null`, {
      context: { column, row },
    });
  }

  private bad(error: BadValue, value: unknown, row: number): IcebergError {
    const column = this.column();
    return new IcebergError(
      "invalid-row",
      `Cannot write row ${row}: column ${column} is ${this.leaf.type.kind} and ${describe(value)} ${error.message}`,
      { context: { column, row, value } },
    );
  }

  private column(): string {
    return this.leaf.node.path.join(".");
  }
}

function widened(levels: Uint8Array<ArrayBuffer>, length: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(length);
  larger.set(levels);
  return larger;
}

function describe(value: unknown): string {
  if (value instanceof Uint8Array) return `a Uint8Array of ${value.length}`;
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "string") return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
  return typeof value === "object" ? "an object" : String(value);
}
