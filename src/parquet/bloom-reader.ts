/**
 * Looking values up in the bloom filters of a file. Spec: Parquet format, Bloom Filter; PAR-042.
 * @module
 */
import { type AbortOptions, IcebergError, type InputFile, utf8Encode } from "../base/index.ts";
import {
  MICROS_PER_DAY,
  NANOS_PER_DAY,
  type PrimitiveType,
  type PrimitiveValue,
  uuidBytes,
} from "../schema/index.ts";
import { encodeUnscaledFixed } from "../values/index.ts";
import { SALT } from "./bloom.ts";
import { fetchedTail } from "./footer-reader.ts";
import { readThrift } from "./hyparquet.ts";
import { fetchRanges } from "./ranges.ts";
import type { ParquetNode } from "./tree.ts";
import type { ParquetChunk, ParquetFooter, ParquetRowGroup } from "./types.ts";
import { hashed, xxh64 } from "./xxh64.ts";

/** Bytes that hold every header there is. */
const HEADER_BYTES = 64;
/** Filters up to this size are fetched whole; of larger ones only the blocks that are looked at. */
const WHOLE_BYTES = 4 * 1024;
const BLOCK_BYTES = 32;

/**
 * Whether a row group may hold one of some values in a column: `true` unless its bloom filter rules all of them out.
 * Values are held ones of the table's type; what is looked up is how the file stores them.
 * @throws IcebergError `corrupt-file` for a filter outside the file or of damaged form
 */
export async function bloomMayContain(
  file: InputFile,
  footer: ParquetFooter,
  rowGroup: ParquetRowGroup,
  probe: {
    readonly fieldId: number;
    readonly type: PrimitiveType;
    readonly values: readonly PrimitiveValue[];
  },
  options: AbortOptions = {},
): Promise<boolean> {
  const chunk = rowGroup.chunks.find(
    ({ leaf }) => leaf.fieldId === probe.fieldId && leaf.maxRepetition === 0,
  );
  if (chunk?.bloomFilter === undefined) return true;
  const hashes: [low: number, high: number][] = [];
  for (const value of probe.values) {
    const bytes = storedBytes(chunk.leaf, probe.type, value);
    if (bytes === undefined) return true;
    // The file's type has no such value.
    if (bytes === "none") continue;
    xxh64(bytes, 0, bytes.length);
    hashes.push([hashed.low, hashed.high]);
  }
  if (hashes.length === 0) return false;
  const filter = await openFilter(file, footer, chunk, options);
  if (filter === undefined) return true;
  const offsets = hashes.map(
    ([, high]) => Math.floor(((high >>> 0) * filter.blocks) / 2 ** 32) * BLOCK_BYTES,
  );
  const blocks = await filter.read(offsets);
  return hashes.some(([low], i) => hasAllBits(blocks[i]!, low));
}

function hasAllBits(block: Uint8Array, low: number): boolean {
  const view = new DataView(block.buffer, block.byteOffset, BLOCK_BYTES);
  for (let i = 0; i < 8; i++) {
    const bit = 1 << (Math.imul(low, SALT[i]!) >>> 27);
    if ((view.getUint32(4 * i, true) & bit) === 0) return false;
  }
  return true;
}

interface OpenFilter {
  readonly blocks: number;
  /** The blocks at offsets within the bits. */
  readonly read: (offsets: readonly number[]) => Promise<readonly Uint8Array[]>;
}

/** `undefined` for filters of kinds yet unknown. */
async function openFilter(
  file: InputFile,
  footer: ParquetFooter,
  { leaf, bloomFilter }: ParquetChunk,
  options: AbortOptions,
): Promise<OpenFilter | undefined> {
  const { offset, length } = bloomFilter!;
  const damaged = (why: string) =>
    new IcebergError("corrupt-file", `the bloom filter of column ${leaf.path.join(".")} ${why}`, {
      context: { column: leaf.path.join(".") },
    });
  const limit = footer.fileSizeInBytes;
  if (offset + (length ?? 0) > limit) throw damaged("lies outside the file");
  const first =
    length !== undefined && length <= WHOLE_BYTES ? length : Math.min(HEADER_BYTES, limit - offset);
  const head = await bytesAt(file, footer, offset, offset + first, options);
  const { fields, end } = readThrift(head, 0);
  const size = fields.number(1) ?? 0;
  const known =
    fields.struct(2)?.has(1) === true &&
    fields.struct(3)?.has(1) === true &&
    fields.struct(4)?.has(1) === true;
  if (!known) return undefined;
  if (size < BLOCK_BYTES || size % BLOCK_BYTES !== 0 || offset + end + size > limit) {
    throw damaged(`has ${size} bytes`);
  }
  return {
    blocks: size / BLOCK_BYTES,
    async read(offsets) {
      if (end + size <= head.length)
        return offsets.map((at) => head.subarray(end + at, end + at + BLOCK_BYTES));
      const start = offset + end;
      const tail = fetchedTail(footer);
      if (tail !== undefined && offsets.every((at) => start + at >= tail.start)) {
        return offsets.map((at) =>
          tail.bytes.subarray(start + at - tail.start, start + at + BLOCK_BYTES - tail.start),
        );
      }
      const ranges = offsets.map((at) => ({ start: start + at, end: start + at + BLOCK_BYTES }));
      return fetchRanges(file, ranges, { ...options, maxGap: BLOCK_BYTES * 4 });
    },
  };
}

async function bytesAt(
  file: InputFile,
  footer: ParquetFooter,
  start: number,
  end: number,
  options: AbortOptions,
): Promise<Uint8Array> {
  const tail = fetchedTail(footer);
  if (tail !== undefined && start >= tail.start) {
    return tail.bytes.subarray(start - tail.start, end - tail.start);
  }
  return file.read({ start, end }, options);
}

/**
 * The PLAIN form of a value in a file's column; `"none"` when the column cannot hold it, `undefined` when there is no
 * telling which form the writer chose.
 */
function storedBytes(
  { physical, annotation, typeLength }: ParquetNode,
  type: PrimitiveType,
  value: PrimitiveValue,
): Uint8Array | "none" | undefined {
  switch (physical) {
    case "INT32": {
      if (annotation?.kind === "integer" && !annotation.signed) return undefined;
      let stored = value as number | bigint;
      if (type.kind === "time") stored = divided(stored as bigint, 1000n) ?? 2n ** 40n;
      else if (type.kind === "timestamp") stored = divided(stored as bigint, MICROS_PER_DAY) ?? 2n ** 40n;
      else if (type.kind === "timestamp_ns") stored = divided(stored as bigint, NANOS_PER_DAY) ?? 2n ** 40n;
      const number = Number(stored);
      if ((number | 0) !== number) return "none";
      const bytes = new Uint8Array(4);
      new DataView(bytes.buffer).setInt32(0, number, true);
      return bytes;
    }
    case "INT64": {
      const perUnit = unitsPer(
        type,
        annotation?.kind === "timestamp" || annotation?.kind === "time" ? annotation.unit : undefined,
      );
      const stored = divided(value as bigint, perUnit);
      if (stored === undefined || BigInt.asIntN(64, stored) !== stored) return "none";
      const bytes = new Uint8Array(8);
      new DataView(bytes.buffer).setBigInt64(0, stored, true);
      return bytes;
    }
    case "FLOAT":
    case "DOUBLE": {
      const number = value as number;
      // Both zeros and all NaNs are one value to some and several to others.
      if (number === 0 || Number.isNaN(number)) return undefined;
      if (physical === "FLOAT" && Math.fround(number) !== number) return "none";
      const bytes = new Uint8Array(physical === "FLOAT" ? 4 : 8);
      const view = new DataView(bytes.buffer);
      if (physical === "FLOAT") view.setFloat32(0, number, true);
      else view.setFloat64(0, number, true);
      return bytes;
    }
    case "BYTE_ARRAY":
      if (typeof value === "string") return type.kind === "string" ? utf8Encode(value) : undefined;
      return value instanceof Uint8Array ? value : undefined;
    case "FIXED_LEN_BYTE_ARRAY":
      if (type.kind === "uuid") return uuidBytes(value as string);
      if (type.kind === "decimal") {
        return fitsBytes(value as bigint, typeLength)
          ? encodeUnscaledFixed(value as bigint, typeLength)
          : "none";
      }
      return value instanceof Uint8Array ? value : undefined;
    default:
      return undefined;
  }
}

function divided(value: bigint, by: bigint): bigint | undefined {
  return value % by === 0n ? value / by : undefined;
}

function unitsPer(type: PrimitiveType, unit: "millis" | "micros" | "nanos" | undefined): bigint {
  const isNanos = type.kind === "timestamp_ns" || type.kind === "timestamptz_ns";
  if (unit === "millis") return isNanos ? 1_000_000n : 1000n;
  return unit === "micros" && isNanos ? 1000n : 1n;
}

function fitsBytes(value: bigint, length: number): boolean {
  return BigInt.asIntN(8 * length, value) === value;
}
