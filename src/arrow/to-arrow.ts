/**
 * Batches as Arrow record batches, over buffers of our own: no builders, which are slow and generate code (decision 12).
 * Spec: Arrow columnar format, Physical Memory Layout.
 * @module
 */
import {
  type Schema as ArrowSchema,
  type Data,
  type DataType,
  makeData,
  RecordBatch,
  Struct,
  Table,
  util,
} from "apache-arrow";
import { utf8Encode } from "../base/index.ts";
import type { ColumnValues, ColumnVector } from "../parquet/index.ts";
import type { ReadOptions, Scan } from "../reading/index.ts";
import {
  type Field,
  type ListValue,
  type MapValue,
  type StructValue,
  type Type,
  uuidBytes,
} from "../schema/index.ts";
import { arrowSchema } from "./schemas.ts";

/**
 * The matching rows of a scan as record batches, one after the other: at most `batchSize` rows of one are in memory.
 * Text and numbers go from the file's pages to Arrow's buffers without a JavaScript value for each.
 *
 * @example
 * for await (const batch of toArrowBatches(table.scan({ select: ["id", "ts"] }))) writer.write(batch);
 */
export async function* toArrowBatches<Row>(
  scan: Scan<Row>,
  options: ReadOptions = {},
): AsyncGenerator<RecordBatch> {
  const schema = arrowSchema(scan.fields);
  for await (const batch of scan.vectorBatches(options)) {
    yield recordBatch(schema, scan.fields, batch.columns, batch.rowCount);
  }
}

/** All matching rows as one Arrow table. For results that fit in memory. */
export async function toArrowTable<Row>(scan: Scan<Row>, options: ReadOptions = {}): Promise<Table> {
  const batches: RecordBatch[] = [];
  for await (const batch of toArrowBatches(scan, options)) batches.push(batch);
  return new Table(arrowSchema(scan.fields), batches);
}

function recordBatch(
  schema: ArrowSchema,
  fields: readonly Field[],
  columns: readonly (ColumnValues | ColumnVector)[],
  length: number,
): RecordBatch {
  const children = fields.map((field, at) => {
    const column = columns[at]!;
    const { type } = schema.fields[at]!;
    return "kind" in column
      ? vectorData(column, field.type, type)
      : valuesData(column, field.type, type, length);
  });
  const data = makeData({ type: new Struct(schema.fields), length, nullCount: 0, children });
  return new RecordBatch(schema, data);
}

function vectorData(vector: ColumnVector, type: Type, arrow: DataType): Data {
  const { length, validity } = vector;
  const nulls = validity === undefined ? NO_NULLS : packed(validity);
  if (vector.kind === "bytes") {
    return data(arrow, length, nulls, { valueOffsets: vector.offsets, data: vector.data });
  }
  const { values } = vector;
  // A double of a file of floats.
  const wide = type.kind === "double" && values instanceof Float32Array ? Float64Array.from(values) : values;
  return data(arrow, length, nulls, { data: wide });
}

interface Nulls {
  readonly nullCount: number;
  readonly nullBitmap: Uint8Array | undefined;
}
const NO_NULLS: Nulls = { nullCount: 0, nullBitmap: undefined };

/** One bit a row, 1 where there is a value. */
function packed(validity: Uint8Array): Nulls {
  // Arrow wants buffers of whole words.
  const nullBitmap = new Uint8Array(((validity.length + 63) >> 6) << 3);
  let nullCount = 0;
  for (let i = 0; i < validity.length; i++) {
    if (validity[i] === 1) nullBitmap[i >> 3]! |= 1 << (i & 7);
    else nullCount++;
  }
  return nullCount === 0 ? NO_NULLS : { nullCount, nullBitmap };
}

/** Which of some values are null. */
function nullsOf(values: ArrayLike<unknown>, length: number): Nulls {
  let validity: Uint8Array | undefined;
  for (let i = 0; i < length; i++) {
    if (values[i] !== null && values[i] !== undefined) continue;
    validity ??= new Uint8Array(length).fill(1);
    validity[i] = 0;
  }
  return validity === undefined ? NO_NULLS : packed(validity);
}

/** Column data of any type: the overloads of `makeData` know one type each. */
function data(type: DataType, length: number, { nullCount, nullBitmap }: Nulls, buffers: object): Data {
  const props = { type, length, nullCount, ...(nullBitmap && { nullBitmap }), ...buffers };
  return (makeData as (given: object) => Data)(props);
}

/** Values as Arrow data, nested ones level by level. */
function valuesData(values: ArrayLike<unknown>, type: Type, arrow: DataType, length: number): Data {
  if (type.kind === "unknown") return data(arrow, length, NO_NULLS, {});
  const nulls = Array.isArray(values) ? nullsOf(values, length) : NO_NULLS;
  switch (type.kind) {
    case "boolean":
      return data(arrow, length, nulls, {
        data: util.packBools(Array.from({ length }, (_, i) => values[i] === true)),
      });
    case "int":
    case "date":
      return data(arrow, length, nulls, { data: numbers(values, new Int32Array(length)) });
    case "float":
      return data(arrow, length, nulls, { data: numbers(values, new Float32Array(length)) });
    case "double":
      return data(arrow, length, nulls, { data: numbers(values, new Float64Array(length)) });
    case "long":
    case "time":
    case "timestamp":
    case "timestamptz":
    case "timestamp_ns":
    case "timestamptz_ns":
      return data(arrow, length, nulls, { data: longs(values, length) });
    case "decimal":
      return data(arrow, length, nulls, { data: decimals(values, length) });
    case "string":
      return data(
        arrow,
        length,
        nulls,
        endToEnd(values, length, (value) => utf8Encode(value as string)),
      );
    case "binary":
    case "geometry":
    case "geography":
      return data(
        arrow,
        length,
        nulls,
        endToEnd(values, length, (value) => value as Uint8Array),
      );
    case "uuid":
      return data(arrow, length, nulls, {
        data: sideBySide(values, length, 16, (value) => uuidBytes(value as string)),
      });
    case "fixed":
      return data(arrow, length, nulls, {
        data: sideBySide(values, length, type.length, (value) => value as Uint8Array),
      });
    case "struct":
      return structData(values, type.fields, arrow, length, nulls);
    case "variant":
      return structData(values, VARIANT_PARTS, arrow, length, nulls);
    case "list": {
      const { offsets, items } = flattened(values as ArrayLike<ListValue | null>, length);
      const child = valuesData(items, type.element, arrow.children[0]!.type, items.length);
      return data(arrow, length, nulls, { valueOffsets: offsets, child });
    }
    case "map": {
      const { offsets, items } = flattened(values as ArrayLike<MapValue | null>, length);
      const entries = arrow.children[0]!.type as DataType;
      const parts = [type.key, type.value].map((part, at) =>
        valuesData(
          items.map((pair) => (pair as readonly unknown[])[at]),
          part,
          entries.children[at]!.type,
          items.length,
        ),
      );
      const child = data(entries, items.length, NO_NULLS, { children: parts });
      return data(arrow, length, nulls, { valueOffsets: offsets, child });
    }
  }
}

const VARIANT_PARTS: readonly Field[] = ["metadata", "value"].map((name, id) => ({
  id,
  name,
  required: true,
  type: { kind: "binary" },
}));

function structData(
  values: ArrayLike<unknown>,
  fields: readonly Field[],
  arrow: DataType,
  length: number,
  nulls: Nulls,
): Data {
  const children = fields.map(({ name, type }, at) => {
    const members: unknown[] = new Array(length);
    for (let i = 0; i < length; i++) {
      const struct = values[i] as StructValue | null | undefined;
      members[i] =
        struct === null || struct === undefined || !Object.hasOwn(struct, name) ? null : struct[name];
    }
    return valuesData(members, type, arrow.children[at]!.type, length);
  });
  return data(arrow, length, nulls, { children });
}

function numbers<T extends Int32Array | Float32Array | Float64Array>(
  values: ArrayLike<unknown>,
  output: T,
): T {
  if (values.constructor === output.constructor) return values as T;
  for (let i = 0; i < output.length; i++) output[i] = (values[i] as number | null) ?? 0;
  return output;
}

function longs(values: ArrayLike<unknown>, length: number): BigInt64Array {
  if (values instanceof BigInt64Array) return values;
  const output = new BigInt64Array(length);
  for (let i = 0; i < length; i++) output[i] = (values[i] as bigint | null) ?? 0n;
  return output;
}

/** 128 bits, little-endian two's complement. */
function decimals(values: ArrayLike<unknown>, length: number): Uint32Array {
  const words = new BigInt64Array(2 * length);
  for (let i = 0; i < length; i++) {
    const value = (values[i] as bigint | null) ?? 0n;
    words[2 * i] = value;
    words[2 * i + 1] = value >> 64n;
  }
  return new Uint32Array(words.buffer);
}

function endToEnd(
  values: ArrayLike<unknown>,
  length: number,
  bytesOf: (value: unknown) => Uint8Array,
): { readonly valueOffsets: Int32Array; readonly data: Uint8Array } {
  const valueOffsets = new Int32Array(length + 1);
  const parts: Uint8Array[] = [];
  for (let i = 0; i < length; i++) {
    const value = values[i];
    const bytes = value === null || value === undefined ? EMPTY : bytesOf(value);
    parts.push(bytes);
    valueOffsets[i + 1] = valueOffsets[i]! + bytes.length;
  }
  return { valueOffsets, data: joined(parts, valueOffsets[length]!) };
}

function sideBySide(
  values: ArrayLike<unknown>,
  length: number,
  width: number,
  bytesOf: (value: unknown) => Uint8Array,
): Uint8Array {
  const output = new Uint8Array(length * width);
  for (let i = 0; i < length; i++) {
    const value = values[i];
    if (value !== null && value !== undefined) output.set(bytesOf(value), i * width);
  }
  return output;
}

const EMPTY = new Uint8Array(0);

function joined(parts: readonly Uint8Array[], length: number): Uint8Array {
  const output = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    output.set(part, at);
    at += part.length;
  }
  return output;
}

function flattened(
  values: ArrayLike<readonly unknown[] | null>,
  length: number,
): { readonly offsets: Int32Array; readonly items: unknown[] } {
  const offsets = new Int32Array(length + 1);
  const items: unknown[] = [];
  for (let i = 0; i < length; i++) {
    for (const item of values[i] ?? []) items.push(item);
    offsets[i + 1] = items.length;
  }
  return { offsets, items };
}
