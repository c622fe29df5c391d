/**
 * Decoders of the int-keyed metric maps (MAN-053) to packed maps; what is not wanted is stepped over. These maps are
 * nearly all of a manifest's bytes, so the loops read the usual one-byte keys and lengths without calls.
 * @module
 */
import {
  type AvroCursor,
  type AvroRecord,
  type AvroType,
  asBytes,
  asInt,
  asNumber,
  type Decode,
  type Decoder,
  leastBytes,
  resolve,
} from "../avro/index.ts";
import { IdList, NO_IDS, PackedBounds, PackedCounts } from "./packed-map.ts";

/** Ids whose metrics are decoded: all of them, or those of a set. */
export type WantedIds = "all" | ReadonlySet<number>;

/**
 * Counts by field id; `undefined` when none of a set of wanted ids is there, for absent and unknown are the same.
 */
export function asCounts(wanted: WantedIds): Decoder<ReadonlyMap<number, number>> {
  return (type) => {
    const pair = pairOf(type);
    if (pair === undefined) return undefined;
    if (pair.plain && isVarint(pair.valueType)) return packedCounts(wanted);
    return wholeMap(pair, asNumber, wanted);
  };
}

/** Bounds by field id; `undefined` when none of a set of wanted ids is there. */
export function asBounds(wanted: WantedIds): Decoder<ReadonlyMap<number, Uint8Array>> {
  return (type) => {
    const pair = pairOf(type);
    if (pair === undefined) return undefined;
    if (pair.plain && pair.valueType.kind === "bytes") return packedBounds(wanted);
    return wholeMap(pair, asBytes, wanted);
  };
}

interface Pair {
  readonly keyType: AvroType;
  readonly valueType: AvroType;
  readonly keyFirst: boolean;
  /** Whether a varint key stands first, as every known writer has it. */
  readonly plain: boolean;
  readonly least: number;
}

function pairOf(type: AvroType): Pair | undefined {
  if (type.kind !== "array" || type.items.kind !== "record" || type.items.fields.length !== 2)
    return undefined;
  const [first, second] = type.items.fields as [AvroRecord["fields"][0], AvroRecord["fields"][0]];
  const keyFirst = first.name === "key" || second.name !== "key";
  const [keyType, valueType] = keyFirst ? [first.type, second.type] : [second.type, first.type];
  if (!isVarint(keyType)) return undefined;
  return { keyType, valueType, keyFirst, plain: keyFirst, least: leastBytes(type.items) };
}

function isVarint(type: AvroType): boolean {
  return type.kind === "int" || type.kind === "long";
}

/** The general way, for files whose pairs no known writer writes. */
function wholeMap<T>(
  pair: Pair,
  decoder: Decoder<T>,
  wanted: WantedIds,
): Decode<ReadonlyMap<number, T>> | undefined {
  const readKey = asInt(pair.keyType)!;
  const readValue = resolve(pair.valueType, decoder);
  if (readValue === undefined) return undefined;
  const { keyFirst, least } = pair;
  return (cursor) => {
    const map = new Map<number, T>();
    for (let count = cursor.readBlockCount(least); count > 0; count = cursor.readBlockCount(least)) {
      for (let i = 0; i < count; i++) {
        const before = keyFirst ? undefined : readValue(cursor);
        const key = readKey(cursor)!;
        const value = keyFirst ? readValue(cursor) : before;
        if (value !== undefined && (wanted === "all" || wanted.has(key))) map.set(key, value);
      }
    }
    return wanted === "all" || map.size > 0 ? map : undefined;
  };
}

/** Ids up to this are looked up in a table, the few above (metadata columns) in the set. */
const TABLE_IDS = 16_384;

/** Whether a key in its zig-zag form, twice the id, is wanted. Negative ids have odd forms and never are. */
function wantedKeys(wanted: WantedIds): (key: number) => boolean {
  if (wanted === "all") return (key) => (key & 1) === 0;
  const table = new Uint8Array(2 * TABLE_IDS);
  for (const id of wanted) if (id >= 0 && id < TABLE_IDS) table[2 * id] = 1;
  return (key) => (key < table.length ? table[key] === 1 : wanted.has(key / 2));
}

/** The zig-zag form of a key of several bytes, the first of which stands before `at`; the cursor ends behind it. */
function longKey(cursor: AvroCursor, at: number): number {
  cursor.at = at - 1;
  const id = cursor.readInt();
  return id >= 0 ? 2 * id : 1;
}

function packedCounts(wanted: WantedIds): Decode<ReadonlyMap<number, number>> {
  const isWanted = wantedKeys(wanted);
  const none = wanted === "all" ? new PackedCounts(NO_IDS, []) : undefined;
  const found: number[] = [];
  const counts: number[] = [];
  let ids = NO_IDS;
  let last: PackedCounts | undefined;
  return (cursor) => {
    const bytes = cursor.bytes;
    let size = 0;
    for (let count = cursor.readBlockCount(2); count > 0; count = cursor.readBlockCount(2)) {
      let at = cursor.at;
      for (let i = 0; i < count; i++) {
        let key = bytes[at++]!;
        if (key >= 0x80) {
          key = longKey(cursor, at);
          at = cursor.at;
        }
        if (!isWanted(key)) {
          while (bytes[at++]! >= 0x80);
          continue;
        }
        cursor.at = at;
        found[size] = key / 2;
        counts[size++] = cursor.readNumber();
        at = cursor.at;
      }
      cursor.at = at;
      cursor.check();
    }
    if (size === 0) return none;
    ids = sharedIds(found, size, ids);
    // Counts repeat from file to file, above all counts of no nulls at all.
    if (last === undefined || !last.equals(ids, counts)) last = new PackedCounts(ids, counts.slice(0, size));
    return last;
  };
}

/** Bounds are copied out of the block into chunks of this size, so that a block need not stay in memory. */
const CHUNK_SIZE = 32_768;

function packedBounds(wanted: WantedIds): Decode<ReadonlyMap<number, Uint8Array>> {
  const isWanted = wantedKeys(wanted);
  const none = wanted === "all" ? new PackedBounds(NO_IDS, new Uint8Array(0), 0, []) : undefined;
  const found: number[] = [];
  const places: number[] = [];
  const copy = chunkCopier();
  let ids = NO_IDS;
  return (cursor) => {
    const bytes = cursor.bytes;
    let size = 0;
    for (let count = cursor.readBlockCount(2); count > 0; count = cursor.readBlockCount(2)) {
      let at = cursor.at;
      for (let i = 0; i < count; i++) {
        let key = bytes[at++]!;
        if (key >= 0x80) {
          key = longKey(cursor, at);
          at = cursor.at;
        }
        const short = bytes[at]!;
        const skip = !isWanted(key);
        // A one-byte length; one that leads past the end is noticed after the block.
        if (skip && short < 0x80 && (short & 1) === 0) {
          at += 1 + (short >>> 1);
          continue;
        }
        cursor.at = at;
        const length = cursor.readLength();
        at = cursor.at + length;
        if (skip) continue;
        places[2 * size] = cursor.at;
        places[2 * size + 1] = at;
        found[size++] = key / 2;
      }
      cursor.at = at;
      cursor.check();
    }
    if (size === 0) return none;
    ids = sharedIds(found, size, ids);
    return copy(ids, bytes, places);
  };
}

/** The ids before when they are the same, else a list of the new ones. */
function sharedIds(found: readonly number[], size: number, before: IdList): IdList {
  const numbers = shared(found, size, before.ids);
  return numbers === before.ids ? before : new IdList(numbers);
}

/** The list before when it holds the same numbers, else a copy of the new one. */
function shared(found: readonly number[], size: number, before: readonly number[]): readonly number[] {
  let same = size === before.length;
  for (let i = 0; same && i < size; i++) same = found[i] === before[i];
  return same ? before : found.slice(0, size);
}

/** Packs values into chunks. `places` are starts and ends in `bytes`, a pair per id (and stale ones). */
function chunkCopier(): (ids: IdList, bytes: Uint8Array, places: readonly number[]) => PackedBounds {
  let chunk = new Uint8Array(0);
  let used = 0;
  let ends: readonly number[] = [];
  const sums: number[] = [];
  return (ids, bytes, places) => {
    const count = ids.ids.length;
    let total = 0;
    for (let i = 0; i < count; i++) {
      total += places[2 * i + 1]! - places[2 * i]!;
      sums[i] = total;
    }
    if (used + total > chunk.length) {
      chunk = new Uint8Array(Math.max(CHUNK_SIZE, total));
      used = 0;
    }
    const start = used;
    for (let i = 0; i < count; i++) {
      const end = places[2 * i + 1]!;
      for (let at = places[2 * i]!; at < end; at++) chunk[used++] = bytes[at]!;
    }
    ends = shared(sums, count, ends);
    return new PackedBounds(ids, chunk, start, ends);
  };
}
