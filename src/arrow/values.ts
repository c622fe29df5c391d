/**
 * Values straight out of Arrow's buffers: 64-bit integers and times never pass through a float, which Arrow's own
 * getters do (PAR-044, PAR-045). Spec: Arrow columnar format.
 * @module
 */
import { IcebergError, utf8Decode } from "../base/index.ts";
import { childFields, type Type } from "../schema/index.ts";

/** A column, or a part of one, as the package apache-arrow holds it: only what is read here. */
export interface ArrowData {
  readonly type: ArrowType;
  readonly length: number;
  readonly offset: number;
  readonly nullCount: number;
  readonly nullBitmap: Uint8Array | null | undefined;
  readonly values: unknown;
  readonly valueOffsets: Int32Array | BigInt64Array;
  readonly variadicBuffers?: readonly Uint8Array[];
  readonly children: readonly ArrowData[];
  readonly dictionary?: { readonly data: readonly ArrowData[] } | undefined;
}

/** A type of Arrow; which members there are follows from `typeId`, the number in Arrow's own schema format. */
export interface ArrowType {
  readonly typeId: number;
  readonly unit?: number;
  readonly timezone?: string | null | undefined;
  readonly scale?: number;
  readonly bitWidth?: number;
  readonly byteWidth?: number;
  readonly listSize?: number;
  readonly precision?: number;
  readonly children?: readonly { readonly name: string; readonly type: ArrowType }[];
  readonly dictionary?: ArrowType;
  toString(): string;
}

/** Reads one value as row input. What does not fit the column is handed on, for the table to refuse by name. */
export type ArrowValue = (index: number) => unknown;

const TYPE = {
  null: 1,
  int: 2,
  float: 3,
  binary: 4,
  utf8: 5,
  bool: 6,
  decimal: 7,
  date: 8,
  time: 9,
  timestamp: 10,
  list: 12,
  struct: 13,
  fixedSizeBinary: 15,
  fixedSizeList: 16,
  map: 17,
  largeBinary: 19,
  largeUtf8: 20,
  largeList: 21,
  binaryView: 23,
  utf8View: 24,
  dictionary: -1,
} as const;

/** Nanoseconds in a unit of Arrow's times: second, millisecond, microsecond, nanosecond. */
const UNIT_NANOS = [1_000_000_000n, 1_000_000n, 1000n, 1n] as const;
const DAY_MILLIS = 86_400_000n;

/**
 * The reader of a column of the table from Arrow data.
 * @throws IcebergError `unsupported` for a type of Arrow that no column can take; `invalid-row` where an instant would
 * have to be guessed from a time without zone, or the other way round.
 */
export function arrowValue(data: ArrowData, target: Type, path: string): ArrowValue {
  const read = present(data, target, path);
  const { nullBitmap, nullCount, offset } = data;
  if (nullCount === 0 || nullBitmap === null || nullBitmap === undefined || nullBitmap.length === 0)
    return read;
  return (index) => {
    const bit = offset + index;
    return ((nullBitmap[bit >> 3]! >> (bit & 7)) & 1) === 1 ? read(index) : null;
  };
}

function present(data: ArrowData, target: Type, path: string): ArrowValue {
  const { type, values } = data;
  switch (type.typeId) {
    case TYPE.null:
      return () => null;
    case TYPE.bool: {
      const bits = values as Uint8Array;
      return (index) => ((bits[(data.offset + index) >> 3]! >> ((data.offset + index) & 7)) & 1) === 1;
    }
    case TYPE.int:
      return intReader(values as IntArray, target);
    case TYPE.float: {
      if (values instanceof Uint16Array) return (index) => halfFloat(values[index]!);
      const floats = values as Float32Array | Float64Array;
      return (index) => floats[index];
    }
    case TYPE.decimal: {
      const { scale = 0 } = type;
      const unscaled = unscaledReader(values as Uint8Array, (type.bitWidth ?? 128) / 8);
      return (index) => ({ unscaled: unscaled(index), scale });
    }
    case TYPE.date:
      return dateReader(values, type.unit ?? 0, target);
    case TYPE.time:
      return timeReader(values, type.unit ?? 0);
    case TYPE.timestamp:
      checkZone(type, target, path);
      return timestampReader(values, type.unit ?? 0, target);
    case TYPE.binary:
    case TYPE.largeBinary:
      return bytesReader(data, path);
    case TYPE.utf8:
    case TYPE.largeUtf8:
      return textOf(bytesReader(data, path));
    case TYPE.binaryView:
      return viewReader(data, path);
    case TYPE.utf8View:
      return textOf(viewReader(data, path));
    case TYPE.fixedSizeBinary: {
      const width = type.byteWidth!;
      const bytes = values as Uint8Array;
      return (index) => bytes.slice(index * width, (index + 1) * width);
    }
    case TYPE.list:
    case TYPE.largeList:
    case TYPE.fixedSizeList:
      return listReader(data, target, path);
    case TYPE.struct:
      return structReader(data, target, path);
    case TYPE.map:
      return mapReader(data, target, path);
    case TYPE.dictionary:
      return dictionaryReader(data, target, path);
    default:
      throw new IcebergError(
        "unsupported",
        `column ${path} is of Arrow's type ${type}, which no column can take`,
        {
          context: { column: path },
        },
      );
  }
}

type IntArray =
  | Int8Array
  | Int16Array
  | Int32Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array;

function intReader(ints: IntArray, target: Type): ArrowValue {
  if (target.kind === "decimal") return (index) => ({ unscaled: BigInt(ints[index]!), scale: 0 });
  // A double or int takes any 64-bit integer that it can hold exactly.
  if (ints instanceof BigInt64Array || ints instanceof BigUint64Array) {
    if (target.kind !== "int" && target.kind !== "double") return (index) => ints[index];
    return (index) => {
      const value = ints[index]!;
      return BigInt(Number(value)) === value ? Number(value) : value;
    };
  }
  return (index) => ints[index];
}

function dateReader(values: unknown, unit: number, target: Type): ArrowValue {
  if (unit === 0) {
    const days = values as Int32Array;
    if (target.kind === "date") return (index) => days[index];
    return (index) => timeIn(target, BigInt(days[index]!) * DAY_MILLIS * 1_000_000n) ?? days[index];
  }
  const millis = int64s(values);
  return (index) => {
    const value = millis[index]!;
    if (target.kind !== "date") return timeIn(target, value * 1_000_000n) ?? value;
    return value % DAY_MILLIS === 0n ? Number(value / DAY_MILLIS) : `${value} ms, which is no whole day`;
  };
}

function timeReader(values: unknown, unit: number): ArrowValue {
  const perUnit = UNIT_NANOS[unit]!;
  // Seconds and milliseconds of a day take 32 bits, the finer units 64.
  const ticks = unit < 2 ? (values as Int32Array) : int64s(values);
  return (index) => {
    const nanos = BigInt(ticks[index]!) * perUnit;
    return nanos % 1000n === 0n ? nanos / 1000n : `${nanos} ns, which are no whole microseconds`;
  };
}

function timestampReader(values: unknown, unit: number, target: Type): ArrowValue {
  const longs = int64s(values);
  const isNanos = target.kind === "timestamp_ns" || target.kind === "timestamptz_ns";
  // The usual case costs nothing.
  if (unit === (isNanos ? 3 : 2)) return (index) => longs[index];
  const perUnit = UNIT_NANOS[unit]!;
  return (index) => {
    const nanos = longs[index]! * perUnit;
    return timeIn(target, nanos) ?? `${nanos} ns, which are no whole microseconds`;
  };
}

/** Nanoseconds in the unit of a timestamp column; `undefined` when digits would be lost, or for no such column. */
function timeIn(target: Type, nanos: bigint): bigint | undefined {
  switch (target.kind) {
    case "timestamp_ns":
    case "timestamptz_ns":
      return nanos;
    case "timestamp":
    case "timestamptz":
      return nanos % 1000n === 0n ? nanos / 1000n : undefined;
    default:
      return undefined;
  }
}

function checkZone(type: ArrowType, target: Type, path: string): void {
  const hasZone = typeof type.timezone === "string" && type.timezone !== "";
  const wantsZone = target.kind === "timestamptz" || target.kind === "timestamptz_ns";
  const wantsNone = target.kind === "timestamp" || target.kind === "timestamp_ns";
  if ((hasZone && wantsNone) || (!hasZone && wantsZone)) {
    throw new IcebergError(
      "invalid-row",
      `column ${path} holds times ${hasZone ? "with" : "without"} time zone, but the table's is a ${target.kind}`,
      { context: { column: path } },
    );
  }
}

/** Arrow hands 64-bit numbers out as halves in some places. */
function int64s(values: unknown): BigInt64Array {
  if (values instanceof BigInt64Array) return values;
  const view = values as Int32Array;
  return new BigInt64Array(view.buffer, view.byteOffset, view.byteLength >> 3);
}

/** Little-endian two's complement of 4 to 32 bytes. */
function unscaledReader(values: Uint8Array, width: number): (index: number) => bigint {
  const view = new DataView(values.buffer, values.byteOffset, values.byteLength);
  if (width === 4) return (index) => BigInt(view.getInt32(index * 4, true));
  const words = width / 8;
  return (index) => {
    const start = index * width;
    let unscaled = view.getBigInt64(start + width - 8, true);
    for (let word = words - 2; word >= 0; word--) {
      unscaled = (unscaled << 64n) | view.getBigUint64(start + word * 8, true);
    }
    return unscaled;
  };
}

function bytesReader(
  { values, valueOffsets, length }: ArrowData,
  path: string,
): (index: number) => Uint8Array {
  const bytes = values as Uint8Array;
  const offsets = valueOffsets;
  if (offsets.length < length + 1) throw damaged(path);
  return (index) => {
    const start = Number(offsets[index]!);
    const end = Number(offsets[index + 1]!);
    if (start < 0 || end < start || end > bytes.length) throw damaged(path);
    return bytes.slice(start, end);
  };
}

/** Values of up to 12 bytes lie in the view itself, longer ones in one of the data buffers. */
function viewReader(
  { values, variadicBuffers = [] }: ArrowData,
  path: string,
): (index: number) => Uint8Array {
  const views = values as Uint8Array;
  const view = new DataView(views.buffer, views.byteOffset, views.byteLength);
  return (index) => {
    const at = index * 16;
    const length = view.getInt32(at, true);
    if (length >= 0 && length <= 12) return views.slice(at + 4, at + 4 + length);
    const buffer = variadicBuffers[view.getInt32(at + 8, true)];
    const start = view.getInt32(at + 12, true);
    if (buffer === undefined || start < 0 || length < 0 || start + length > buffer.length)
      throw damaged(path);
    return buffer.slice(start, start + length);
  };
}

/** Text; bytes that are no UTF-8 are handed on as bytes, which no text column takes. */
function textOf(read: (index: number) => Uint8Array): ArrowValue {
  return (index) => {
    const bytes = read(index);
    try {
      return utf8Decode(bytes);
    } catch {
      return bytes;
    }
  };
}

function listReader(data: ArrowData, target: Type, path: string): ArrowValue {
  const [element] = target.kind === "list" ? childFields(target) : [];
  const child = data.children[0]!;
  const item = arrowValue(child, element?.type ?? target, `${path}.element`);
  const range = rangeReader(data, child, path);
  return (index) => {
    const [start, end] = range(index);
    const items: unknown[] = [];
    for (let at = start; at < end; at++) items.push(item(at));
    return items;
  };
}

function mapReader(data: ArrowData, target: Type, path: string): ArrowValue {
  const [keyField, valueField] = target.kind === "map" ? childFields(target) : [];
  const entries = data.children[0]!;
  const key = arrowValue(entries.children[0]!, keyField?.type ?? target, `${path}.key`);
  const value = arrowValue(entries.children[1]!, valueField?.type ?? target, `${path}.value`);
  const range = rangeReader(data, entries, path);
  return (index) => {
    const [start, end] = range(index);
    const pairs: unknown[] = [];
    for (let at = start; at < end; at++) pairs.push([key(at), value(at)]);
    return pairs;
  };
}

function rangeReader(
  { type, valueOffsets, length }: ArrowData,
  child: ArrowData,
  path: string,
): (index: number) => readonly [start: number, end: number] {
  const { listSize } = type;
  if (type.typeId === TYPE.fixedSizeList && listSize !== undefined) {
    if (child.length < length * listSize) throw damaged(path);
    return (index) => [index * listSize, (index + 1) * listSize];
  }
  if (valueOffsets.length < length + 1) throw damaged(path);
  return (index) => {
    const start = Number(valueOffsets[index]!);
    const end = Number(valueOffsets[index + 1]!);
    if (start < 0 || end < start || end > child.length) throw damaged(path);
    return [start, end];
  };
}

function structReader(data: ArrowData, target: Type, path: string): ArrowValue {
  const fields = target.kind === "struct" ? target.fields : [];
  const members = data.type.children!.map(({ name }, at) => {
    const type = fields.find((field) => field.name === name)?.type ?? target;
    return { name, read: arrowValue(data.children[at]!, type, `${path}.${name}`) };
  });
  return (index) => Object.fromEntries(members.map(({ name, read }) => [name, read(index)]));
}

/** Indexes into the dictionary, which may come in several pieces; each piece is decoded where it is asked for. */
function dictionaryReader(data: ArrowData, target: Type, path: string): ArrowValue {
  const indexes = data.values as IntArray;
  let first = 0;
  const pieces = (data.dictionary?.data ?? []).map((piece) => {
    const start = first;
    first += piece.length;
    return { start, end: first, read: arrowValue(piece, target, path) };
  });
  return (index) => {
    const at = Number(indexes[index]!);
    const piece = pieces.find(({ start, end }) => at >= start && at < end);
    if (piece === undefined) throw damaged(path);
    return piece.read(at - piece.start);
  };
}

/** IEEE 754 half precision. */
function halfFloat(bits: number): number {
  const sign = bits >> 15 === 0 ? 1 : -1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function damaged(path: string): IcebergError {
  return new IcebergError("corrupt-file", `column ${path} points outside its buffers`, {
    context: { column: path },
  });
}
