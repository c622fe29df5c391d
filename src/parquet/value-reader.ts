/** Decodes the values of a page, whatever their encoding, into held values. Spec: Parquet format, Encodings. @module */
import { IcebergError } from "../base/index.ts";
import type { PrimitiveValue } from "../schema/index.ts";
import type { Conversion } from "./conversion.ts";
import { readHybrid } from "./hybrid.ts";
import {
  type PhysicalValues,
  readByteStreamSplit,
  readDelta,
  readDeltaBytes,
  readDeltaLength,
} from "./hyparquet.ts";
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
export class ValueReader {
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
    dictionary: readonly PrimitiveValue[] | undefined,
  ): PrimitiveValue[] {
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
    dictionary: readonly PrimitiveValue[] | undefined,
  ): PrimitiveValue[] {
    if (dictionary === undefined) throw corrupt("a page refers to a dictionary that is not there");
    const width = bytes[start];
    if (width === undefined || width > 32) throw corrupt("the width of its dictionary indexes is damaged");
    if (this.indexes.length < count) this.indexes = new Uint32Array(count);
    const { indexes } = this;
    readHybrid(bytes, start + 1, bytes.length, width, indexes, count);
    const output: PrimitiveValue[] = new Array(count);
    const size = dictionary.length;
    for (let i = 0; i < count; i++) {
      const index = indexes[i]!;
      if (index >= size) throw corrupt(`index ${index} is outside its dictionary of ${size}`);
      output[i] = dictionary[index]!;
    }
    return output;
  }

  private booleanRuns(bytes: Uint8Array, start: number, count: number): boolean[] {
    if (this.conversion.from !== "boolean") throw corrupt("RLE values of a type that is not boolean");
    // A length of four bytes stands before the runs.
    const bits = new Uint8Array(count);
    readHybrid(bytes, start + 4, bytes.length, 1, bits, count);
    return Array.from(bits, (bit) => bit !== 0);
  }

  private plain(bytes: Uint8Array, start: number, count: number): PrimitiveValue[] {
    const { conversion, node } = this;
    switch (conversion.from) {
      case "boolean":
        return plainBooleans(bytes, start, count);
      case "int32":
        return convertAll(new Int32Array(aligned(bytes, start, 4 * count)), conversion.to);
      case "int64":
        return convertAll(new BigInt64Array(aligned(bytes, start, 8 * count)), conversion.to);
      case "float":
        return Array.from(new Float32Array(aligned(bytes, start, 4 * count)));
      case "double":
        return Array.from(new Float64Array(aligned(bytes, start, 8 * count)));
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

  private convert(values: PhysicalValues): PrimitiveValue[] {
    const { conversion } = this;
    switch (conversion.from) {
      case "int32":
        return convertAll(values as Int32Array, conversion.to);
      case "int64":
        return convertAll(values as BigInt64Array, conversion.to);
      case "float":
      case "double":
        return Array.from(values as Float32Array | Float64Array);
      case "text":
        return (values as Uint8Array[]).map((bytes) => decodeText(bytes, 0, bytes.length));
      case "bytes":
        return (values as Uint8Array[]).map((bytes) => conversion.to(bytes));
      case "boolean":
        throw corrupt("a boolean column has an encoding of numbers");
    }
  }
}

function convertAll<T extends number | bigint>(
  values: ArrayLike<T>,
  to: ((value: T) => PrimitiveValue) | undefined,
): PrimitiveValue[] {
  const count = values.length;
  const output: PrimitiveValue[] = new Array(count);
  if (to === undefined) for (let i = 0; i < count; i++) output[i] = values[i]!;
  else for (let i = 0; i < count; i++) output[i] = to(values[i]!);
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
