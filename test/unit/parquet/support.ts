/** Files in memory, and schemas and rows to fill them with. @module */
import fc from "fast-check";
import { type ByteRange, concatBytes, type InputFile } from "../../../src/base/index.ts";
import {
  createParquetEncoder,
  type HeldRow,
  type ParquetEncoderOptions,
  type ParquetFileSummary,
  type ReadParquetOptions,
  readParquet,
} from "../../../src/parquet/index.ts";
import { type Field, Schema, type Type, type Value } from "../../../src/schema/index.ts";

/** A file whose reads are recorded. */
export function memoryFile(bytes: Uint8Array, location = "memory:///file.parquet") {
  const reads: ByteRange[] = [];
  const file: InputFile = {
    location,
    size: async () => bytes.length,
    read: async (range = { start: 0, end: bytes.length }, options) => {
      options?.signal?.throwIfAborted();
      reads.push(range);
      return bytes.slice(range.start, range.end);
    },
  };
  return { file, reads };
}

export interface Encoded extends ParquetFileSummary {
  readonly bytes: Uint8Array;
}

export function encode(
  schema: Schema,
  rows: readonly HeldRow[],
  options: ParquetEncoderOptions = {},
): Encoded {
  const encoder = createParquetEncoder(schema, options);
  encoder.appendRows(rows);
  const early = encoder.flush();
  const summary = encoder.finish();
  return { ...summary, bytes: concatBytes([...early, ...summary.chunks]) };
}

/** All rows of a file as objects; absent columns are left out. */
export async function readRows(
  bytes: Uint8Array,
  schema: Schema,
  options: Partial<ReadParquetOptions> = {},
): Promise<Record<string, Value | null>[]> {
  const rows: Record<string, Value | null>[] = [];
  for await (const batch of readParquet(memoryFile(bytes).file, { schema, ...options })) {
    for (let i = 0; i < batch.rowCount; i++) {
      const row: Record<string, Value | null> = {};
      schema.fields.forEach((field, c) => {
        const column = batch.columns[c];
        if (column !== undefined) row[field.name] = column[i]!;
      });
      rows.push(row);
    }
  }
  return rows;
}

export function field(id: number, name: string, type: Type, required = false): Field {
  return { id, name, type, required };
}

/** Strings that orders and encodings stumble over. */
export const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.string({ unit: "grapheme", maxLength: 20 }),
  fc.constantFrom(
    "",
    "\u{10ffff}",
    "\u{10ffff}\u{10ffff}",
    "\ud7ff",
    "\ue000",
    "\uffff",
    "\u{10000}",
    "a".repeat(100),
  ),
);

const extremes = fc.constantFrom(-(2n ** 63n), 2n ** 63n - 1n, 0n, -1n, 1n);
const int64 = fc.oneof(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), extremes, fc.bigInt(0n, 5n));
const int32 = fc.oneof(
  fc.integer(),
  fc.constantFrom(-(2 ** 31), 2 ** 31 - 1, 0),
  fc.integer({ min: 0, max: 3 }),
);
const odd = fc.constantFrom(Number.NaN, -0, 0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY);

/** Held values of a primitive type. */
export function valuesOf(type: Type): fc.Arbitrary<Value> {
  switch (type.kind) {
    case "boolean":
      return fc.boolean();
    case "time":
      return fc.bigInt(0n, 86_399_999_999n);
    case "int":
    case "date":
      return int32;
    case "float":
      return fc.oneof(fc.float(), odd);
    case "double":
      return fc.oneof(fc.double(), odd);
    case "decimal": {
      const limit = 10n ** BigInt(type.precision) - 1n;
      return fc.oneof(fc.bigInt(-limit, limit), fc.constantFrom(limit, -limit, 0n));
    }
    case "string":
      return text;
    case "uuid":
      return fc.uuid();
    case "fixed":
      return fc.uint8Array({ minLength: type.length, maxLength: type.length });
    case "binary":
      return fc.oneof(fc.uint8Array({ maxLength: 30 }), fc.constant(new Uint8Array(20).fill(255)));
    case "list":
      return fc.array(nullable(type.element, type.elementRequired), { maxLength: 4 }) as fc.Arbitrary<Value>;
    case "map":
      return fc.uniqueArray(fc.tuple(valuesOf(type.key), nullable(type.value, type.valueRequired)), {
        maxLength: 3,
        selector: ([key]) => (key instanceof Uint8Array ? key.join() : key),
        comparator: "SameValue",
      }) as fc.Arbitrary<Value>;
    case "struct":
      return fc.record(
        Object.fromEntries(type.fields.map(({ name, type, required }) => [name, nullable(type, required)])),
      ) as fc.Arbitrary<Value>;
    default:
      return int64;
  }
}

export function nullable(type: Type, required: boolean): fc.Arbitrary<Value | null> {
  return required ? valuesOf(type) : fc.oneof(valuesOf(type), fc.constant(null));
}

export const primitives: readonly Type[] = [
  { kind: "boolean" },
  { kind: "int" },
  { kind: "long" },
  { kind: "float" },
  { kind: "double" },
  { kind: "decimal", precision: 9, scale: 2 },
  { kind: "decimal", precision: 18, scale: 0 },
  { kind: "decimal", precision: 19, scale: 19 },
  { kind: "decimal", precision: 38, scale: 5 },
  { kind: "date" },
  { kind: "time" },
  { kind: "timestamp" },
  { kind: "timestamptz" },
  { kind: "timestamp_ns" },
  { kind: "timestamptz_ns" },
  { kind: "string" },
  { kind: "uuid" },
  { kind: "fixed", length: 3 },
  { kind: "binary" },
];

/** Types with ids handed out by `nextId`; `depth` levels of nesting at most. */
function typeArbitrary(depth: number, nextId: () => number): fc.Arbitrary<Type> {
  const primitive = fc.constantFrom(...primitives);
  if (depth === 0) return primitive;
  const child = typeArbitrary(depth - 1, nextId);
  const list = fc
    .tuple(child, fc.boolean())
    .map(
      ([element, elementRequired]): Type => ({ kind: "list", elementId: nextId(), elementRequired, element }),
    );
  const map = fc.tuple(primitive, child, fc.boolean()).map(
    ([key, value, valueRequired]): Type => ({
      kind: "map",
      keyId: nextId(),
      key,
      valueId: nextId(),
      valueRequired,
      value,
    }),
  );
  const struct = fc.array(fc.tuple(child, fc.boolean()), { minLength: 1, maxLength: 3 }).map(
    (parts): Type => ({
      kind: "struct",
      fields: parts.map(([type, required], i) => field(nextId(), `f${i}`, type, required)),
    }),
  );
  return fc.oneof({ weight: 3, arbitrary: primitive }, list, map, struct);
}

/** A schema of a few columns and rows that fit it. */
export function tables(depth: number, maxRows = 60): fc.Arbitrary<{ schema: Schema; rows: HeldRow[] }> {
  let id = 100;
  return fc
    .array(
      fc.tuple(
        typeArbitrary(depth, () => id++),
        fc.boolean(),
      ),
      { minLength: 1, maxLength: 5 },
    )
    .chain((parts) => {
      const fields = parts.map(([type, required], i) => field(i + 1, `c${i}`, type, required));
      const row = fc.record(
        Object.fromEntries(fields.map(({ name, type, required }) => [name, nullable(type, required)])),
      );
      return fc
        .array(row, { maxLength: maxRows })
        .map((rows) => ({ schema: new Schema(fields), rows: rows as HeldRow[] }));
    });
}

/** Options that put page, chunk and row-group borders everywhere. */
export const options: fc.Arbitrary<ParquetEncoderOptions> = fc.record({
  codec: fc.constantFrom("snappy", "gzip", "uncompressed"),
  rowGroupRows: fc.integer({ min: 1, max: 40 }),
  pageRows: fc.integer({ min: 1, max: 20 }),
  pageSizeBytes: fc.constantFrom(1, 64, 1 << 20),
  dictionarySizeBytes: fc.constantFrom(16, 1 << 20),
});
