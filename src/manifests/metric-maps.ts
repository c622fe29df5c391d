/**
 * Decoders of the int-keyed metric maps (MAN-053) that build only the wanted ids. These maps are nearly all of a
 * manifest's bytes, so the loops read the usual one-byte keys and lengths without calls.
 * @module
 */
import {
  type AvroCursor,
  type AvroRecord,
  asInt,
  type Decode,
  type Decoder,
  leastBytes,
  resolve,
  type Skip,
  skipper,
} from "../avro/index.ts";

/** Ids whose metrics are decoded: all of them, or those of a set. */
export type WantedIds = "all" | ReadonlySet<number>;

/** A map of field id to `T`; `undefined` when none of its ids is wanted, for absent and unknown are the same. */
export function asMetricMap<T>(value: Decoder<T>, wanted: WantedIds): Decoder<ReadonlyMap<number, T>> {
  return (type) => {
    if (type.kind !== "array" || type.items.kind !== "record" || type.items.fields.length !== 2)
      return undefined;
    const decode = pairDecoder(type.items, value);
    if (decode === undefined) return undefined;
    const least = leastBytes(type.items);
    return wanted === "all" ? wholeMap(decode, least) : someOfMap(decode, least, wanted);
  };
}

interface PairDecoder<T> {
  readonly key: Decode<number>;
  readonly value: Decode<T>;
  readonly skipValue: Skip;
  /** Whether the key is a plain varint that stands first, as every writer has it. */
  readonly keyFirst: boolean;
}

function pairDecoder<T>(record: AvroRecord, decoder: Decoder<T>): PairDecoder<T> | undefined {
  const [first, second] = record.fields as [AvroRecord["fields"][0], AvroRecord["fields"][0]];
  const keyFirst = first.name === "key" || second.name !== "key";
  const [keyType, valueType] = keyFirst ? [first.type, second.type] : [second.type, first.type];
  const key = asInt(keyType);
  const value = resolve(valueType, decoder);
  if (key === undefined || value === undefined) return undefined;
  return { key, value, skipValue: skipper(valueType), keyFirst };
}

function wholeMap<T>(pair: PairDecoder<T>, least: number): Decode<ReadonlyMap<number, T>> {
  return (cursor) => {
    const map = new Map<number, T>();
    for (let count = cursor.readBlockCount(least); count > 0; count = cursor.readBlockCount(least)) {
      for (let i = 0; i < count; i++) readPair(cursor, pair, map);
    }
    return map;
  };
}

function readPair<T>(cursor: AvroCursor, pair: PairDecoder<T>, map: Map<number, T>): void {
  const before = pair.keyFirst ? undefined : pair.value(cursor);
  const key = pair.key(cursor)!;
  const value = pair.keyFirst ? pair.value(cursor) : before;
  if (value !== undefined) map.set(key, value);
}

function someOfMap<T>(
  pair: PairDecoder<T>,
  least: number,
  wanted: ReadonlySet<number>,
): Decode<ReadonlyMap<number, T>> {
  if (!pair.keyFirst) {
    const whole = wholeMap(pair, least);
    return (cursor) => {
      const kept = new Map([...whole(cursor)!].filter(([id]) => wanted.has(id)));
      return kept.size === 0 ? undefined : kept;
    };
  }
  const { value, skipValue } = pair;
  // One-byte keys are the ids 0 to 63: a table by the raw byte answers for them.
  const small = Uint8Array.from({ length: 128 }, (_, byte) =>
    wanted.has((byte >>> 1) ^ -(byte & 1)) ? 1 : 0,
  );
  return (cursor) => {
    const bytes = cursor.bytes;
    let map: Map<number, T> | undefined;
    for (let count = cursor.readBlockCount(least); count > 0; count = cursor.readBlockCount(least)) {
      for (let i = 0; i < count; i++) {
        const byte = bytes[cursor.at]!;
        let key: number;
        if (byte < 0x80) {
          cursor.at++;
          if (small[byte] === 0) {
            skipValue(cursor);
            continue;
          }
          key = (byte >>> 1) ^ -(byte & 1);
        } else {
          key = cursor.readInt();
          if (!wanted.has(key)) {
            skipValue(cursor);
            continue;
          }
        }
        const present = value(cursor);
        if (present === undefined) continue;
        map ??= new Map();
        map.set(key, present);
      }
    }
    return map;
  };
}
