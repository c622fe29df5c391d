/** Decodes the values of a page, whatever their encoding, into held values. Spec: Parquet format, Encodings. @module */
import { IcebergError } from "../base/index.ts";
import type { PrimitiveValue } from "../schema/index.ts";
import { type ColumnArray, part, sameKind } from "./column-array.ts";
import type { Conversion } from "./conversion.ts";
import { readHybrid } from "./hybrid.ts";
import {
  type PhysicalValues,
  readByteStreamSplit,
  readDelta,
  readDeltaBytes,
  readDeltaLength,
} from "./hyparquet.ts";
import type { PageDecoder, ValueRun } from "./page-reader.ts";
import { decodeText, endAt, readPrefixedTexts } from "./text-reader.ts";
import type { ParquetNode } from "./tree.ts";

/** Codes of the format's Encoding enum. */
export const READ_ENCODING = {
  PLAIN: 0,
  PLAIN_DICTIONARY: 2,
  RLE: 3,
  DELTA_BINARY_PACKED: 5,
  DELTA_LENGTH_BYTE_ARRAY: 6,
  DELTA_BYTE_ARRAY: 7,
  RLE_DICTIONARY: 8,
  BYTE_STREAM_SPLIT: 9,
} as const;

/** Decodes the pages of one column chunk. */
export class ValueReader implements PageDecoder<ColumnArray, ColumnArray> {
  private readonly node: ParquetNode;
  private readonly conversion: Conversion;
  private indexes = new Uint32Array(0);

  constructor(node: ParquetNode, conversion: Conversion) {
    this.node = node;
    this.conversion = conversion;
  }

  dictionary(bytes: Uint8Array, count: number): ColumnArray {
    return this.plain(bytes, 0, count).take(count);
  }

  /** @throws IcebergError `corrupt-file` when the bytes end early, `unsupported` for an unknown encoding */
  run(
    encoding: number,
    bytes: Uint8Array,
    start: number,
    count: number,
    dictionary: ColumnArray | undefined,
  ): ValueRun<ColumnArray> {
    if (count === 0) return new DecodedRun([]);
    switch (encoding) {
      case READ_ENCODING.PLAIN:
        return this.plain(bytes, start, count);
      case READ_ENCODING.PLAIN_DICTIONARY:
      case READ_ENCODING.RLE_DICTIONARY:
        return this.fromDictionary(bytes, start, count, dictionary);
      case READ_ENCODING.RLE:
        return new DecodedRun(this.booleanRuns(bytes, start, count));
      case READ_ENCODING.DELTA_BINARY_PACKED:
        return this.decoded(readDelta(bytes.subarray(start), count, this.node));
      case READ_ENCODING.DELTA_LENGTH_BYTE_ARRAY:
        return this.decoded(readDeltaLength(bytes.subarray(start), count));
      case READ_ENCODING.DELTA_BYTE_ARRAY:
        return this.decoded(readDeltaBytes(bytes.subarray(start), count));
      case READ_ENCODING.BYTE_STREAM_SPLIT:
        return this.decoded(readByteStreamSplit(bytes.subarray(start), count, this.node));
      default:
        throw new IcebergError("unsupported", `Cannot decode Parquet encoding ${encoding}`);
    }
  }

  private fromDictionary(
    bytes: Uint8Array,
    start: number,
    count: number,
    dictionary: ColumnArray | undefined,
  ): ValueRun<ColumnArray> {
    if (dictionary === undefined) throw corrupt("a page refers to a dictionary that is not there");
    if (this.indexes.length < count) this.indexes = new Uint32Array(count);
    readIndexes(bytes, start, count, dictionary.length, this.indexes);
    return new DictionaryRun(dictionary, this.indexes);
  }

  private booleanRuns(bytes: Uint8Array, start: number, count: number): boolean[] {
    if (this.conversion.from !== "boolean") throw corrupt("RLE values of a type that is not boolean");
    // A length of four bytes stands before the runs.
    const bits = new Uint8Array(count);
    readHybrid(bytes, start + 4, bytes.length, 1, bits, count);
    return Array.from(bits, (bit) => bit !== 0);
  }

  private plain(bytes: Uint8Array, start: number, count: number): ValueRun<ColumnArray> {
    const { conversion, node } = this;
    switch (conversion.from) {
      case "boolean":
        return new DecodedRun(plainBooleans(bytes, start, count));
      case "int32":
        return new FixedRun(bytes, start, 4, (at, n) =>
          convertAll(new Int32Array(aligned(bytes, at, 4 * n)), conversion.to),
        );
      case "int64":
        return new FixedRun(bytes, start, 8, (at, n) =>
          convertAll(new BigInt64Array(aligned(bytes, at, 8 * n)), conversion.to),
        );
      case "float":
        return new FixedRun(bytes, start, 4, (at, n) => new Float32Array(aligned(bytes, at, 4 * n)));
      case "double":
        return new FixedRun(bytes, start, 8, (at, n) => new Float64Array(aligned(bytes, at, 8 * n)));
      case "text":
        return new TextRun(bytes, start);
      case "bytes": {
        if (node.physical === "BYTE_ARRAY") return new BytesRun(bytes, start, conversion.to);
        const width = node.physical === "INT96" ? 12 : node.typeLength;
        return new FixedRun(bytes, start, width, (from, n) => {
          const output: PrimitiveValue[] = new Array(n);
          for (let i = 0, at = from; i < n; i++, at += width) {
            output[i] = conversion.to(bytes.subarray(at, at + width));
          }
          return output;
        });
      }
    }
  }

  private decoded(values: PhysicalValues): ValueRun<ColumnArray> {
    return new DecodedRun(this.convert(values));
  }

  private convert(values: PhysicalValues): ColumnArray {
    const { conversion } = this;
    switch (conversion.from) {
      case "int32":
        return convertAll(values as Int32Array, conversion.to);
      case "int64":
        return convertAll(values as BigInt64Array, conversion.to);
      case "float":
      case "double":
        return values as Float32Array | Float64Array;
      case "text":
        return (values as Uint8Array[]).map((bytes) => decodeText(bytes, 0, bytes.length));
      case "bytes":
        return (values as Uint8Array[]).map((bytes) => conversion.to(bytes));
      case "boolean":
        throw corrupt("a boolean column has an encoding of numbers");
    }
  }
}

/** Values that had to be decoded all at once. */
class DecodedRun implements ValueRun<ColumnArray> {
  private readonly values: ColumnArray;
  private at = 0;

  constructor(values: ColumnArray) {
    this.values = values;
  }

  take(count: number): ColumnArray {
    const from = this.at;
    this.at += count;
    return part(this.values, from, this.at) as ColumnArray;
  }

  skip(count: number): void {
    this.at += count;
  }
}

class DictionaryRun implements ValueRun<ColumnArray> {
  private readonly dictionary: ColumnArray;
  private readonly indexes: Uint32Array;
  private at = 0;

  constructor(dictionary: ColumnArray, indexes: Uint32Array) {
    this.dictionary = dictionary;
    this.indexes = indexes;
  }

  take(count: number): ColumnArray {
    const output = sameKind(this.dictionary, count);
    pick(this.dictionary, this.indexes, this.at, output, count);
    this.at += count;
    return output;
  }

  skip(count: number): void {
    this.at += count;
  }
}

/** PLAIN values of one width. */
class FixedRun implements ValueRun<ColumnArray> {
  private readonly bytes: Uint8Array;
  private at: number;
  private readonly width: number;
  private readonly make: (at: number, count: number) => ColumnArray;

  constructor(
    bytes: Uint8Array,
    start: number,
    width: number,
    make: (at: number, count: number) => ColumnArray,
  ) {
    this.bytes = bytes;
    this.at = start;
    this.width = width;
    this.make = make;
  }

  take(count: number): ColumnArray {
    const from = this.at;
    this.skip(count);
    return this.make(from, count);
  }

  skip(count: number): void {
    this.at += count * this.width;
    if (this.at > this.bytes.length) throw cutOff();
  }
}

/** PLAIN byte arrays: each behind its length. */
abstract class PrefixedRun implements ValueRun<ColumnArray> {
  protected readonly bytes: Uint8Array;
  protected at: number;

  constructor(bytes: Uint8Array, start: number) {
    this.bytes = bytes;
    this.at = start;
  }

  abstract take(count: number): ColumnArray;

  skip(count: number): void {
    for (let i = 0; i < count; i++) this.at = endAt(this.bytes, this.at);
  }
}

class TextRun extends PrefixedRun {
  take(count: number): string[] {
    const output: string[] = new Array(count);
    this.at = readPrefixedTexts(this.bytes, this.at, output);
    return output;
  }
}

class BytesRun extends PrefixedRun {
  private readonly to: (value: Uint8Array) => PrimitiveValue;

  constructor(bytes: Uint8Array, start: number, to: (value: Uint8Array) => PrimitiveValue) {
    super(bytes, start);
    this.to = to;
  }

  take(count: number): PrimitiveValue[] {
    const output: PrimitiveValue[] = new Array(count);
    for (let i = 0; i < count; i++) {
      const end = endAt(this.bytes, this.at);
      output[i] = this.to(this.bytes.subarray(this.at + 4, end));
      this.at = end;
    }
    return output;
  }
}

/**
 * Decodes `count` dictionary indexes: a byte of width, then runs.
 * @throws IcebergError `corrupt-file` when one is not below `size`
 */
export function readIndexes(
  bytes: Uint8Array,
  start: number,
  count: number,
  size: number,
  output: Uint32Array,
): void {
  const width = bytes[start];
  if (width === undefined || width > 32) throw corrupt("the width of its dictionary indexes is damaged");
  readHybrid(bytes, start + 1, bytes.length, width, output, count);
  let highest = 0;
  for (let i = 0; i < count; i++) if (output[i]! > highest) highest = output[i]!;
  if (highest >= size) throw corrupt(`index ${highest} is outside its dictionary of ${size}`);
}

/** One loop per kind of array: a loop that meets several kinds is many times slower. */
function pick(
  dictionary: ColumnArray,
  indexes: Uint32Array,
  from: number,
  output: ColumnArray,
  count: number,
): void {
  if (dictionary instanceof Int32Array) {
    const to = output as Int32Array;
    for (let i = 0; i < count; i++) to[i] = dictionary[indexes[from + i]!]!;
  } else if (dictionary instanceof BigInt64Array) {
    const to = output as BigInt64Array;
    for (let i = 0; i < count; i++) to[i] = dictionary[indexes[from + i]!]!;
  } else if (dictionary instanceof Float64Array || dictionary instanceof Float32Array) {
    const to = output as Float64Array;
    for (let i = 0; i < count; i++) to[i] = dictionary[indexes[from + i]!]!;
  } else pickHeld(dictionary, indexes, from, output as PrimitiveValue[], count);
}

function pickHeld(
  dictionary: readonly PrimitiveValue[],
  indexes: Uint32Array,
  from: number,
  to: PrimitiveValue[],
  count: number,
): void {
  for (let i = 0; i < count; i++) to[i] = dictionary[indexes[from + i]!]!;
}

function convertAll<T extends number | bigint>(
  values: ColumnArray & ArrayLike<T>,
  to: ((value: T) => PrimitiveValue) | undefined,
): ColumnArray {
  if (to === undefined) return values;
  const count = values.length;
  const output: PrimitiveValue[] = new Array(count);
  for (let i = 0; i < count; i++) output[i] = to(values[i]!);
  return output;
}

/** The range in a buffer of its own: typed arrays need aligned starts, which pages do not have. */
function aligned(bytes: Uint8Array, start: number, length: number): ArrayBuffer {
  const copy = new Uint8Array(length);
  copy.set(bytes.subarray(start, start + length));
  return copy.buffer;
}

function plainBooleans(bytes: Uint8Array, start: number, count: number): boolean[] {
  if (start + Math.ceil(count / 8) > bytes.length) throw cutOff();
  const output: boolean[] = new Array(count);
  for (let i = 0; i < count; i++) output[i] = ((bytes[start + (i >>> 3)]! >>> (i & 7)) & 1) === 1;
  return output;
}

function cutOff(): IcebergError {
  return corrupt("its values end early");
}

function corrupt(why: string): IcebergError {
  return new IcebergError("corrupt-file", `Cannot decode a page: ${why}`);
}
