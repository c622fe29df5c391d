/** Dictionary encoding of one column chunk while it pays. Spec: Parquet format, RLE_DICTIONARY. @module */
import type { PrimitiveValue, Type } from "../schema/index.ts";
import type { ByteSink } from "./byte-sink.ts";
import { bitWidth, writeHybrid } from "./hybrid.ts";
import { BadValue, type PlainWriter } from "./plain.ts";
import type { ColumnData } from "./types.ts";

/** Values looked at before the first verdict on whether values repeat. */
const PROBE = 4096;
/** Indexes are packed in at most this many entries: 24 bits are never reached. */
const MAX_ENTRIES = 1 << 20;

type Key = string | bigint | number;

/** Whether values of a type are worth a dictionary: floats differ in -0, bytes would need hashing. */
export function dictionaryPays(type: Type): boolean {
  switch (type.kind) {
    case "boolean":
    case "float":
    case "double":
    case "fixed":
    case "binary":
    case "geometry":
    case "geography":
      return false;
    default:
      return true;
  }
}

/** Distinct values of a chunk, and the indexes of the current page. */
export class DictionaryWriter {
  /** PLAIN bytes of the distinct values, in index order. */
  readonly entries: PlainWriter;
  private readonly compare: (a: PrimitiveValue, b: PrimitiveValue) => number;
  private readonly index = new Map<Key, number>();
  private readonly keys: Key[] = [];
  private indexes = new Uint32Array(1024);
  private seen = 0;
  /** Page in which an entry was last met, so that bounds are compared once per entry and page. */
  private lastPage = new Uint32Array(256);
  private page = 1;
  min: PrimitiveValue | undefined;
  max: PrimitiveValue | undefined;

  constructor(entries: PlainWriter, compare: (a: PrimitiveValue, b: PrimitiveValue) => number) {
    this.entries = entries;
    this.compare = compare;
  }

  /** Distinct values so far. */
  get size(): number {
    return this.keys.length;
  }
  /** Values in the current page. */
  get count(): number {
    return this.seen;
  }
  /** Bytes the current page would take, roughly. */
  get pageBytes(): number {
    return (this.seen * bitWidth(Math.max(1, this.keys.length - 1))) / 8;
  }

  /** Indexes `values[start, end)`, skipping nulls. Throws {@link BadValue}. */
  append(values: ColumnData, start: number, end: number): void {
    if (this.seen + end - start > this.indexes.length) {
      const larger = new Uint32Array(Math.max(2 * this.indexes.length, this.seen + end - start));
      larger.set(this.indexes.subarray(0, this.seen));
      this.indexes = larger;
    }
    const { index, indexes, page } = this;
    let { seen } = this;
    for (let i = start; i < end; i++) {
      const value = values[i] as Key | null | undefined;
      if (value === null || value === undefined) continue;
      let entry = index.get(value);
      if (entry === undefined) entry = this.add(i, value);
      indexes[seen++] = entry;
      if (this.lastPage[entry] !== page) {
        this.lastPage[entry] = page;
        this.widen(this.keys[entry]!);
      }
    }
    this.seen = seen;
  }

  /** Whether the first values repeat enough to go on; asked at the first page only. */
  repeats(): boolean {
    return this.seen < PROBE || this.keys.length <= 0.7 * this.seen;
  }

  /** Whether dictionary and indexes of the first page are smaller than its values would be. */
  saves(): boolean {
    if (this.seen === 0) return true;
    const plain = (this.entries.byteLength / this.keys.length) * this.seen;
    return this.entries.byteLength + this.pageBytes < 0.9 * plain;
  }

  /** Whether the chunk should go on without the dictionary. */
  isFull(limitBytes: number): boolean {
    return this.entries.byteLength > limitBytes || this.keys.length > MAX_ENTRIES;
  }

  /** The page's values again, for another encoder. */
  pageValues(): Key[] {
    return Array.from(this.indexes.subarray(0, this.seen), (entry) => this.keys[entry]!);
  }

  /** Appends the page's indexes: one byte of width, then runs. */
  writePage(sink: ByteSink): void {
    const width = bitWidth(Math.max(0, this.keys.length - 1));
    sink.byte(width);
    writeHybrid(sink, this.indexes, this.seen, width);
  }

  nextPage(): void {
    this.seen = 0;
    this.page++;
    this.min = undefined;
    this.max = undefined;
  }

  /** Forgets everything, for the next chunk. */
  clear(): void {
    this.nextPage();
    this.index.clear();
    this.keys.length = 0;
    this.entries.clear();
    this.lastPage.fill(0);
  }

  private add(i: number, value: Key): number {
    // Validates as it encodes; an array of one keeps the value's place for the error.
    try {
      this.entries.append([value], 0, 1);
    } catch (error) {
      if (error instanceof BadValue) throw new BadValue(i, error.message);
      throw error;
    }
    const entry = this.keys.length;
    this.keys.push(value);
    this.index.set(value, entry);
    if (entry >= this.lastPage.length) {
      const larger = new Uint32Array(2 * this.lastPage.length);
      larger.set(this.lastPage);
      this.lastPage = larger;
    }
    return entry;
  }

  private widen(value: PrimitiveValue): void {
    if (this.min === undefined || this.compare(value, this.min) < 0) this.min = value;
    if (this.max === undefined || this.compare(value, this.max) > 0) this.max = value;
  }
}
