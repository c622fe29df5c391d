/** Flat columns in Arrow's layout, without a JavaScript value for each cell. Spec: Arrow columnar format, Layouts. @module */
import { IcebergError } from "../base/index.ts";
import type { ColumnArray } from "./column-array.ts";
import type { Conversion } from "./conversion.ts";
import { readDeltaBytes, readDeltaLength } from "./hyparquet.ts";
import type { PageDecoder, ValueRun } from "./page-reader.ts";
import { PagedColumn } from "./paged-column.ts";
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

/** Where values lie. */
export interface Spans {
  readonly bytes: Uint8Array;
  /** At least as long as there are values. */
  readonly starts: Int32Array;
  readonly ends: Int32Array;
}

/** Finds the byte arrays of pages without taking them out. What its runs hand out holds until the next call. */
export class SpanReader implements PageDecoder<Spans, Spans> {
  private indexes = new Uint32Array(0);

  dictionary(bytes: Uint8Array, count: number): Spans {
    const spans = { bytes, starts: new Int32Array(count), ends: new Int32Array(count) };
    plainSpans(bytes, 0, spans, count);
    return spans;
  }

  run(
    encoding: number,
    bytes: Uint8Array,
    start: number,
    count: number,
    dictionary: Spans | undefined,
  ): ValueRun<Spans> {
    // Writers leave out what a page without values does not need, dictionaries and indexes among it.
    if (count === 0) return this.plain(bytes, start);
    switch (encoding) {
      case READ_ENCODING.PLAIN:
        return this.plain(bytes, start);
      case READ_ENCODING.PLAIN_DICTIONARY:
      case READ_ENCODING.RLE_DICTIONARY: {
        if (dictionary === undefined) throw corrupt("a page refers to a dictionary that is not there");
        if (this.indexes.length < count) this.indexes = new Uint32Array(count);
        readIndexes(bytes, start, count, dictionary.starts.length, this.indexes);
        return this.fromDictionary(dictionary, this.indexes);
      }
      case READ_ENCODING.DELTA_LENGTH_BYTE_ARRAY:
        return this.plain(prefixed(readDeltaLength(bytes.subarray(start), count)), 0);
      case READ_ENCODING.DELTA_BYTE_ARRAY:
        return this.plain(prefixed(readDeltaBytes(bytes.subarray(start), count)), 0);
      default:
        throw new IcebergError("unsupported", `Cannot decode Parquet encoding ${encoding}`);
    }
  }

  private plain(bytes: Uint8Array, start: number): ValueRun<Spans> {
    let at = start;
    const take = (count: number): Spans => {
      const spans = { bytes, ...room(count) };
      at = plainSpans(bytes, at, spans, count);
      return spans;
    };
    return { take, skip: take };
  }

  private fromDictionary(dictionary: Spans, indexes: Uint32Array): ValueRun<Spans> {
    let at = 0;
    return {
      take: (count) => {
        const { starts, ends } = room(count);
        for (let i = 0; i < count; i++) {
          const index = indexes[at + i]!;
          starts[i] = dictionary.starts[index]!;
          ends[i] = dictionary.ends[index]!;
        }
        at += count;
        return { bytes: dictionary.bytes, starts, ends };
      },
      skip: (count) => {
        at += count;
      },
    };
  }
}

/** What runs hand out, shared by all: it is used up before the next is asked for. */
const shared = { starts: new Int32Array(0), ends: new Int32Array(0) };

function room(count: number): Omit<Spans, "bytes"> {
  if (shared.starts.length < count) {
    shared.starts = new Int32Array(count);
    shared.ends = new Int32Array(count);
  }
  return shared;
}

/** Notes where `count` values behind their lengths lie; answers where the last ends. */
function plainSpans(bytes: Uint8Array, start: number, { starts, ends }: Spans, count: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = start;
  for (let i = 0; i < count; i++) {
    if (at + 4 > bytes.length) throw corrupt("its values end early");
    const end = at + 4 + view.getUint32(at, true);
    if (end > bytes.length) throw corrupt("its values end early");
    starts[i] = at + 4;
    ends[i] = end;
    at = end;
  }
  return at;
}

/** Values as PLAIN has them. */
function prefixed(values: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(values.reduce((length, value) => length + 4 + value.length, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const value of values) {
    view.setUint32(at, value.length, true);
    bytes.set(value, at + 4);
    at += 4 + value.length;
  }
  return bytes;
}

/** Reads numbers. */
export class NumberVectorReader extends PagedColumn<ColumnArray> {
  read(count: number): NumberVector {
    let values: Numbers | undefined;
    let validity: Uint8Array | undefined;
    let at = 0;
    this.take(count, (source, page, row, rows, present) => {
      if (present > 0) {
        if (Array.isArray(source)) throw columnError(this.node, "its values are no numbers");
        if (present === count) {
          values = source;
          return;
        }
        values ??= new (source.constructor as new (length: number) => Int32Array)(count);
        if (present === rows) (values as Int32Array).set(source as Int32Array, at);
        else spread(source, page.definition!, row, rows, this.node.maxDefinition, values, at);
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
  definition: Uint8Array,
  row: number,
  rows: number,
  maxDefinition: number,
  output: Numbers,
  at: number,
): void {
  let next = 0;
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
export class BytesVectorReader extends PagedColumn<Spans> {
  private perRow = 16;
  /** Batches may differ in rows and their values in length: a guess is never far above what a batch took. */
  private largest = LARGEST_FIRST;

  read(count: number): BytesVector {
    const offsets = new Int32Array(count + 1);
    let validity: Uint8Array | undefined;
    // Batches of a column are mostly of like size.
    const guess = Math.min(Math.ceil(count * this.perRow * 1.125), this.largest);
    let data = new Uint8Array(guess + SLACK);
    let at = 0;
    let length = 0;
    this.take(count, (spans, page, row, rows, present) => {
      const { starts, ends } = spans;
      let needed = length + SLACK;
      for (let i = 0; i < present; i++) needed += ends[i]! - starts[i]!;
      if (needed > MAX_BATCH_BYTES)
        throw columnError(this.node, "a batch of it has more than 2 GiB: read fewer rows at a time");
      if (needed > data.length) {
        const larger = new Uint8Array(
          Math.max(needed, Math.min(MAX_BATCH_BYTES, data.length + (data.length >> 1))),
        );
        larger.set(data.subarray(0, length));
        data = larger;
      }
      const marks = present === rows ? undefined : page.definition!;
      const { maxDefinition } = this.node;
      length = copySpans(spans, marks, maxDefinition, row, rows, data, length, offsets, at);
      if (marks !== undefined) validity = marked(validity, count, at, marks, row, rows, maxDefinition);
      at += rows;
    });
    if (count > 0) {
      this.perRow = length / count;
      this.largest = Math.max(LARGEST_FIRST, 2 * length);
    }
    return { kind: "bytes", length: count, offsets, data: data.subarray(0, length), validity };
  }
}

const MAX_BATCH_BYTES = 2 ** 31 - 1;
const LARGEST_FIRST = 2 ** 20;
/** Copies go on in steps of four bytes past their end; what they spill is written over or cut off. */
const SLACK = 4;
/** Longer values are copied by a call. */
const MAX_STEPPED = 96;

/** Appends values to `data` from `length` on and notes where each row ends; answers where the last does. */
function copySpans(
  { bytes, starts, ends }: Spans,
  definition: Uint8Array | undefined,
  maxDefinition: number,
  row: number,
  rows: number,
  data: Uint8Array,
  length: number,
  offsets: Int32Array,
  at: number,
): number {
  // All of the memory below the bytes, as far as a step may read past their end.
  const from = new DataView(bytes.buffer);
  const shift = bytes.byteOffset;
  const limit = bytes.buffer.byteLength - shift - SLACK;
  const to = new DataView(data.buffer);
  let out = length;
  let next = 0;
  for (let i = 0; i < rows; i++) {
    if (definition === undefined || definition[row + i] === maxDefinition) {
      const start = starts[next]!;
      const end = ends[next]!;
      next++;
      const size = end - start;
      if (size > MAX_STEPPED) data.set(bytes.subarray(start, end), out);
      else if (end > limit) for (let k = 0; k < size; k++) data[out + k] = bytes[start + k]!;
      else
        for (let k = 0; k < size; k += 4) to.setInt32(out + k, from.getInt32(shift + start + k, true), true);
      out += size;
    }
    offsets[at + i + 1] = out;
  }
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
