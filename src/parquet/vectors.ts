/** Flat columns in Arrow's layout, without a JavaScript value for each cell. Spec: Arrow columnar format, Layouts. @module */
import { IcebergError } from "../base/index.ts";
import type { Field } from "../schema/index.ts";
import type { ColumnArray } from "./column-array.ts";
import type { Conversion } from "./conversion.ts";
import { readDeltaBytes, readDeltaLength } from "./hyparquet.ts";
import type { Page, PageDecoder, PageReader } from "./page-reader.ts";
import type { ParquetNode } from "./tree.ts";
import { READ_ENCODING, readIndexes } from "./value-reader.ts";

type Numbers = Int32Array | BigInt64Array | Float32Array | Float64Array;

/** Numbers with room for nulls. */
export interface NumberVector {
  readonly kind: "numbers";
  readonly length: number;
  readonly values: Numbers;
  /** One byte a row, 1 where there is a value; absent when none is null. */
  readonly validity: Uint8Array | undefined;
}

/** Text or bytes, end to end. */
export interface BytesVector {
  readonly kind: "bytes";
  readonly length: number;
  /** One more than rows: row `i` is `data[offsets[i], offsets[i + 1])`. */
  readonly offsets: Int32Array;
  readonly data: Uint8Array;
  readonly validity: Uint8Array | undefined;
}
export type ColumnVector = NumberVector | BytesVector;

/** Whether a column's pages can be read without making values. */
export function canBeVector(conversion: Conversion, node: ParquetNode): boolean {
  switch (conversion.from) {
    case "int32":
    case "int64":
      return conversion.to === undefined;
    case "float":
    case "double":
      return true;
    case "text":
      return true;
    default:
      return conversion.from === "bytes" && node.physical === "BYTE_ARRAY" && conversion.copies === true;
  }
}

/** Where the values of a page lie. */
export interface Spans {
  readonly bytes: Uint8Array;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
}

/** Finds the byte arrays of pages without taking them out. */
export class SpanReader implements PageDecoder<Spans> {
  readonly retains = true;
  private indexes = new Uint32Array(0);

  read(
    encoding: number,
    bytes: Uint8Array,
    start: number,
    count: number,
    dictionary: Spans | undefined,
  ): Spans {
    const starts = new Int32Array(count);
    const ends = new Int32Array(count);
    if (count === 0) return { bytes, starts, ends };
    switch (encoding) {
      case READ_ENCODING.PLAIN:
        return plainSpans(bytes, start, starts, ends);
      case READ_ENCODING.PLAIN_DICTIONARY:
      case READ_ENCODING.RLE_DICTIONARY: {
        if (dictionary === undefined) throw corrupt("a page refers to a dictionary that is not there");
        if (this.indexes.length < count) this.indexes = new Uint32Array(count);
        const { indexes } = this;
        readIndexes(bytes, start, count, dictionary.starts.length, indexes);
        for (let i = 0; i < count; i++) {
          starts[i] = dictionary.starts[indexes[i]!]!;
          ends[i] = dictionary.ends[indexes[i]!]!;
        }
        return { bytes: dictionary.bytes, starts, ends };
      }
      case READ_ENCODING.DELTA_LENGTH_BYTE_ARRAY:
        return endToEnd(readDeltaLength(bytes.subarray(start), count));
      case READ_ENCODING.DELTA_BYTE_ARRAY:
        return endToEnd(readDeltaBytes(bytes.subarray(start), count));
      default:
        throw new IcebergError("unsupported", `Cannot decode Parquet encoding ${encoding}`);
    }
  }
}

function plainSpans(bytes: Uint8Array, start: number, starts: Int32Array, ends: Int32Array): Spans {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = start;
  for (let i = 0; i < starts.length; i++) {
    if (at + 4 > bytes.length) throw corrupt("its values end early");
    const end = at + 4 + view.getUint32(at, true);
    if (end > bytes.length) throw corrupt("its values end early");
    starts[i] = at + 4;
    ends[i] = end;
    at = end;
  }
  return { bytes, starts, ends };
}

function endToEnd(values: readonly Uint8Array[]): Spans {
  const starts = new Int32Array(values.length);
  const ends = new Int32Array(values.length);
  let length = 0;
  values.forEach((value, i) => {
    starts[i] = length;
    length += value.length;
    ends[i] = length;
  });
  const bytes = new Uint8Array(length);
  values.forEach((value, i) => {
    bytes.set(value, starts[i]);
  });
  return { bytes, starts, ends };
}

/** Hands out the rows of pages a batch at a time. */
abstract class PagedVector<V> {
  protected readonly field: Field;
  protected readonly node: ParquetNode;
  private readonly pages: PageReader<V>;
  protected page: Page<V> | undefined;
  private pageStart = 0;
  /** Row within the page, and how many of the rows before it have a value. */
  private row = 0;
  private value = 0;

  constructor(field: Field, node: ParquetNode, pages: PageReader<V>) {
    this.field = field;
    this.node = node;
    this.pages = pages;
  }

  seek(row: number): void {
    if (this.pages.seek(row)) this.load();
    const target = row - this.pageStart;
    if (this.page === undefined || target < 0 || target >= this.page.count) throw this.tooFew();
    this.row = target;
    this.value = this.presentBefore(target);
  }

  /** Calls `use` for stretches of rows within one page: `count` rows from `row` on, with values from `value` on. */
  protected take(
    count: number,
    use: (page: Page<V>, row: number, value: number, rows: number, values: number) => void,
  ): void {
    for (let left = count; left > 0; ) {
      if (this.page === undefined || this.row === this.page.count) this.load();
      const page = this.page!;
      const rows = Math.min(left, page.count - this.row);
      const values = page.present === page.count ? rows : this.presentBefore(this.row + rows) - this.value;
      use(page, this.row, this.value, rows, values);
      this.row += rows;
      this.value += values;
      left -= rows;
    }
  }

  private presentBefore(row: number): number {
    const page = this.page!;
    const { definition } = page;
    if (definition === undefined || page.present === page.count) return row;
    const { maxDefinition } = this.node;
    let present = this.row <= row ? this.value : 0;
    for (let i = this.row <= row ? this.row : 0; i < row; i++) if (definition[i] === maxDefinition) present++;
    return present;
  }

  private load(): void {
    const page = this.pages.next();
    if (page === undefined) throw this.tooFew();
    if (this.field.required && page.present < page.count) {
      throw columnError(this.node, "the table requires a value and the file has null");
    }
    this.page = page;
    this.pageStart = page.firstRow ?? 0;
    this.row = 0;
    this.value = 0;
  }

  private tooFew(): IcebergError {
    return columnError(this.node, "it has fewer values than its row group has rows");
  }
}

/** Reads numbers. */
export class NumberVectorReader extends PagedVector<ColumnArray> {
  read(count: number): NumberVector {
    let values: Numbers | undefined;
    let validity: Uint8Array | undefined;
    let at = 0;
    this.take(count, (page, row, value, rows, present) => {
      const source = page.values;
      if (present > 0) {
        if (Array.isArray(source)) throw columnError(this.node, "its values are no numbers");
        if (values === undefined && rows === count && present === count) {
          values = source.subarray(value, value + count);
          return;
        }
        values ??= new (source.constructor as new (length: number) => Int32Array)(count);
        if (present === rows)
          (values as Int32Array).set((source as Int32Array).subarray(value, value + rows), at);
        else spread(source, value, page.definition!, row, rows, this.node.maxDefinition, values, at);
      }
      if (present < rows)
        validity = marked(validity, count, at, page.definition!, row, rows, this.node.maxDefinition);
      at += rows;
    });
    return { kind: "numbers", length: count, values: values ?? emptyNumbers(this.node, count), validity };
  }
}

function emptyNumbers({ physical }: ParquetNode, count: number): Numbers {
  switch (physical) {
    case "INT64":
      return new BigInt64Array(count);
    case "FLOAT":
      return new Float32Array(count);
    case "DOUBLE":
      return new Float64Array(count);
    default:
      return new Int32Array(count);
  }
}

/** Puts values where rows have them; the places of nulls stay 0. */
function spread(
  source: Numbers,
  value: number,
  definition: Uint8Array,
  row: number,
  rows: number,
  maxDefinition: number,
  output: Numbers,
  at: number,
): void {
  let next = value;
  for (let i = 0; i < rows; i++) {
    if (definition[row + i] === maxDefinition)
      (output as Int32Array)[at + i] = (source as Int32Array)[next++]!;
  }
}

/** Notes which rows have a value. */
function marked(
  validity: Uint8Array | undefined,
  count: number,
  at: number,
  definition: Uint8Array,
  row: number,
  rows: number,
  maxDefinition: number,
): Uint8Array {
  const marks = validity ?? new Uint8Array(count).fill(1);
  for (let i = 0; i < rows; i++) marks[at + i] = definition[row + i] === maxDefinition ? 1 : 0;
  return marks;
}

/** Reads text and bytes. */
export class BytesVectorReader extends PagedVector<Spans> {
  read(count: number): BytesVector {
    const offsets = new Int32Array(count + 1);
    let validity: Uint8Array | undefined;
    let data = new Uint8Array(this.guess(count));
    let at = 0;
    let length = 0;
    this.take(count, (page, row, value, rows, present) => {
      const { starts, ends } = page.values;
      let needed = length;
      for (let i = value; i < value + present; i++) needed += ends[i]! - starts[i]!;
      if (needed > MAX_BATCH_BYTES)
        throw columnError(this.node, "a batch of it has more than 2 GiB: read fewer rows at a time");
      if (needed > data.length) {
        const larger = new Uint8Array(
          Math.max(needed, Math.min(MAX_BATCH_BYTES, data.length + (data.length >> 1))),
        );
        larger.set(data.subarray(0, length));
        data = larger;
      }
      const { maxDefinition } = this.node;
      if (present === rows) length = copyAll(page.values, value, rows, data, length, offsets, at);
      else {
        const definition = page.definition!;
        length = copyPresent(
          page.values,
          value,
          definition,
          row,
          rows,
          maxDefinition,
          data,
          length,
          offsets,
          at,
        );
        validity = marked(validity, count, at, definition, row, rows, maxDefinition);
      }
      at += rows;
    });
    this.perRow = count === 0 ? this.perRow : length / count;
    return { kind: "bytes", length: count, offsets, data: data.subarray(0, length), validity };
  }

  private perRow = 16;

  /** Batches of a column are mostly of like size. */
  private guess(count: number): number {
    return Math.ceil(count * this.perRow * 1.125) + 64;
  }
}

const MAX_BATCH_BYTES = 2 ** 31 - 1;

/** Appends values to `data` from `length` on and notes where each ends; answers where the last does. */
function copyAll(
  { bytes, starts, ends }: Spans,
  first: number,
  count: number,
  data: Uint8Array,
  length: number,
  offsets: Int32Array,
  at: number,
): number {
  let to = length;
  for (let i = 0; i < count; i++) {
    to = copySpan(bytes, starts[first + i]!, ends[first + i]!, data, to);
    offsets[at + i + 1] = to;
  }
  return to;
}

/** {@link copyAll} with rows that have no value among them. */
function copyPresent(
  { bytes, starts, ends }: Spans,
  first: number,
  definition: Uint8Array,
  row: number,
  rows: number,
  maxDefinition: number,
  data: Uint8Array,
  length: number,
  offsets: Int32Array,
  at: number,
): number {
  let to = length;
  let next = first;
  for (let i = 0; i < rows; i++) {
    if (definition[row + i] === maxDefinition) {
      to = copySpan(bytes, starts[next]!, ends[next]!, data, to);
      next++;
    }
    offsets[at + i + 1] = to;
  }
  return to;
}

/** Short values are faster byte by byte than by a call. */
function copySpan(bytes: Uint8Array, start: number, end: number, data: Uint8Array, to: number): number {
  if (end - start > 40) {
    data.set(bytes.subarray(start, end), to);
    return to + end - start;
  }
  let out = to;
  for (let from = start; from < end; from++) data[out++] = bytes[from]!;
  return out;
}

/** The rows of a vector at some places. */
export function pickedVector(vector: ColumnVector, places: Int32Array): ColumnVector {
  const length = places.length;
  const { validity } = vector;
  let marks: Uint8Array | undefined;
  if (validity !== undefined) {
    marks = new Uint8Array(length);
    for (let i = 0; i < length; i++) marks[i] = validity[places[i]!]!;
  }
  if (vector.kind === "numbers") {
    const values = new (vector.values.constructor as new (length: number) => Int32Array)(length);
    const source = vector.values as Int32Array;
    for (let i = 0; i < length; i++) values[i] = source[places[i]!]!;
    return { kind: "numbers", length, values, validity: marks };
  }
  const offsets = new Int32Array(length + 1);
  for (let i = 0; i < length; i++) {
    const at = places[i]!;
    offsets[i + 1] = offsets[i]! + vector.offsets[at + 1]! - vector.offsets[at]!;
  }
  const data = new Uint8Array(offsets[length]!);
  for (let i = 0; i < length; i++) {
    const at = places[i]!;
    data.set(vector.data.subarray(vector.offsets[at]!, vector.offsets[at + 1]!), offsets[i]!);
  }
  return { kind: "bytes", length, offsets, data, validity: marks };
}

function columnError(node: ParquetNode, why: string): IcebergError {
  const column = node.path.join(".");
  return new IcebergError("corrupt-file", `Cannot read column ${column}: ${why}`, { context: { column } });
}

function corrupt(why: string): IcebergError {
  return new IcebergError("corrupt-file", `Cannot decode a page: ${why}`);
}
