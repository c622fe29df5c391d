/** Decodes the values of a page, whatever their encoding, into held values. Spec: Parquet format, Encodings. @module */
import { IcebergError } from "../base/index.ts";
import type { PrimitiveValue } from "../schema/index.ts";
import { type ColumnArray, sameKind } from "./column-array.ts";
import type { Conversion } from "./conversion.ts";
import { readHybrid } from "./hybrid.ts";
import {
  type PhysicalValues,
  readByteStreamSplit,
  readDelta,
  readDeltaBytes,
  readDeltaLength,
} from "./hyparquet.ts";
import type { PageDecoder } from "./page-reader.ts";
import { decodeText } from "./text-reader.ts";
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
export class ValueReader implements PageDecoder<ColumnArray> {
  readonly retains = false;
  private readonly node: ParquetNode;
  private readonly conversion: Conversion;
  private indexes = new Uint32Array(0);

  constructor(node: ParquetNode, conversion: Conversion) {
    this.node = node;
    this.conversion = conversion;
  }

  /**
   * `count` values starting at `bytes[start]`.
   * @throws IcebergError `corrupt-file` when the bytes end early, `unsupported` for an unknown encoding
   */
  read(
    encoding: number,
    bytes: Uint8Array,
    start: number,
    count: number,
    dictionary: ColumnArray | undefined,
  ): ColumnArray {
    if (count === 0) return [];
    switch (encoding) {
      case READ_ENCODING.PLAIN:
        return this.plain(bytes, start, count);
      case READ_ENCODING.PLAIN_DICTIONARY:
      case READ_ENCODING.RLE_DICTIONARY:
        return this.fromDictionary(bytes, start, count, dictionary);
      case READ_ENCODING.RLE:
        return this.booleanRuns(bytes, start, count);
      case READ_ENCODING.DELTA_BINARY_PACKED:
        return this.convert(readDelta(bytes.subarray(start), count, this.node));
      case READ_ENCODING.DELTA_LENGTH_BYTE_ARRAY:
        return this.convert(readDeltaLength(bytes.subarray(start), count));
      case READ_ENCODING.DELTA_BYTE_ARRAY:
        return this.convert(readDeltaBytes(bytes.subarray(start), count));
      case READ_ENCODING.BYTE_STREAM_SPLIT:
        return this.convert(readByteStreamSplit(bytes.subarray(start), count, this.node));
      default:
        throw new IcebergError("unsupported", `Cannot decode Parquet encoding ${encoding}`);
    }
  }

  private fromDictionary(
    bytes: Uint8Array,
    start: number,
    count: number,
    dictionary: ColumnArray | undefined,
  ): ColumnArray {
    if (dictionary === undefined) throw corrupt("a page refers to a dictionary that is not there");
    if (this.indexes.length < count) this.indexes = new Uint32Array(count);
    const { indexes } = this;
    readIndexes(bytes, start, count, dictionary.length, indexes);
    const output = sameKind(dictionary, count);
    pick(dictionary, indexes, output, count);
    return output;
  }

  private booleanRuns(bytes: Uint8Array, start: number, count: number): boolean[] {
    if (this.conversion.from !== "boolean") throw corrupt("RLE values of a type that is not boolean");
    // A length of four bytes stands before the runs.
    const bits = new Uint8Array(count);
    readHybrid(bytes, start + 4, bytes.length, 1, bits, count);
    return Array.from(bits, (bit) => bit !== 0);
  }

  private plain(bytes: Uint8Array, start: number, count: number): ColumnArray {
    const { conversion, node } = this;
    switch (conversion.from) {
      case "boolean":
        return plainBooleans(bytes, start, count);
      case "int32":
        return convertAll(new Int32Array(aligned(bytes, start, 4 * count)), conversion.to);
      case "int64":
        return convertAll(new BigInt64Array(aligned(bytes, start, 8 * count)), conversion.to);
      case "float":
        return new Float32Array(aligned(bytes, start, 4 * count));
      case "double":
        return new Float64Array(aligned(bytes, start, 8 * count));
      case "text":
        return plainTexts(bytes, start, count);
      case "bytes": {
        if (node.physical === "BYTE_ARRAY") return plainBytes(bytes, start, count, conversion.to);
        const width = node.physical === "INT96" ? 12 : node.typeLength;
        if (start + width * count > bytes.length) throw cutOff();
        const output: PrimitiveValue[] = new Array(count);
        for (let i = 0, at = start; i < count; i++, at += width) {
          output[i] = conversion.to(bytes.subarray(at, at + width));
        }
        return output;
      }
    }
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
function pick(dictionary: ColumnArray, indexes: Uint32Array, output: ColumnArray, count: number): void {
  if (dictionary instanceof Int32Array) pickNumbers(dictionary, indexes, output as Int32Array, count);
  else if (dictionary instanceof BigInt64Array) {
    const to = output as BigInt64Array;
    for (let i = 0; i < count; i++) to[i] = dictionary[indexes[i]!]!;
  } else if (dictionary instanceof Float64Array || dictionary instanceof Float32Array) {
    const to = output as Float64Array;
    for (let i = 0; i < count; i++) to[i] = dictionary[indexes[i]!]!;
  } else {
    const to = output as PrimitiveValue[];
    for (let i = 0; i < count; i++) to[i] = dictionary[indexes[i]!]!;
  }
}

function pickNumbers(from: Int32Array, indexes: Uint32Array, to: Int32Array, count: number): void {
  for (let i = 0; i < count; i++) to[i] = from[indexes[i]!]!;
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
  if (start + length > bytes.length) throw cutOff();
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

function plainTexts(bytes: Uint8Array, start: number, count: number): string[] {
  const output: string[] = new Array(count);
  const end = bytes.length;
  let at = start;
  for (let i = 0; i < count; i++) {
    if (at + 4 > end) throw cutOff();
    const length = lengthAt(bytes, at);
    at += 4;
    if (at + length > end) throw cutOff();
    output[i] = decodeText(bytes, at, at + length);
    at += length;
  }
  return output;
}

function plainBytes(
  bytes: Uint8Array,
  start: number,
  count: number,
  to: (value: Uint8Array) => PrimitiveValue,
): PrimitiveValue[] {
  const output: PrimitiveValue[] = new Array(count);
  const end = bytes.length;
  let at = start;
  for (let i = 0; i < count; i++) {
    if (at + 4 > end) throw cutOff();
    const length = lengthAt(bytes, at);
    at += 4;
    if (at + length > end) throw cutOff();
    output[i] = to(bytes.subarray(at, at + length));
    at += length;
  }
  return output;
}

function lengthAt(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}

function cutOff(): IcebergError {
  return corrupt("its values end early");
}

function corrupt(why: string): IcebergError {
  return new IcebergError("corrupt-file", `Cannot decode a page: ${why}`);
}
